"""Undoes what the body of a request may be wrapped in before MLServer reads it: compression, binary tensors."""

import zlib

from .binary import LENGTH_HEADER, json_of
from .errors import error_response

#: Bytes that a body may have after decompression: as many as nginx lets in (client_max_body_size).
MAX_BODY = 16 * 1024 * 1024

#: Window bits of zlib for each content coding (RFC 9110, 8.4.1).
CODINGS = {b"gzip": 31, b"x-gzip": 31, b"deflate": 15}

_CODING = b"content-encoding"
_LENGTH = LENGTH_HEADER.lower().encode()


class Wire:
    """ASGI application around another; requests with neither of the two headers pass untouched."""

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        headers = dict(scope["headers"]) if scope["type"] == "http" else {}
        if _CODING not in headers and _LENGTH not in headers:
            return await self._app(scope, receive, send)
        body = await _read(receive)
        try:
            if _CODING in headers:
                body = _decompress(body, headers.pop(_CODING))
            if _LENGTH in headers:
                body = json_of(body, headers.pop(_LENGTH).decode("latin-1"))
                headers[b"content-type"] = b"application/json"
        except _Refused as refusal:
            return await error_response(refusal.status, str(refusal))(scope, receive, send)
        except (ValueError, zlib.error) as error:
            return await error_response(400, f"the body cannot be read: {error}")(scope, receive, send)
        headers[b"content-length"] = str(len(body)).encode()

        async def again():
            nonlocal body
            if body is None:
                return await receive()
            message, body = {"type": "http.request", "body": body, "more_body": False}, None
            return message

        await self._app({**scope, "headers": list(headers.items())}, again, send)


class _Refused(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


async def _read(receive):
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _decompress(body, coding):
    coding = coding.strip().lower()
    if coding == b"identity":
        return body
    if coding not in CODINGS:
        raise _Refused(415, f"Content-Encoding is '{coding.decode('latin-1')}'; it must be gzip or deflate")
    # A few kilobytes can decompress to gigabytes: stop at the limit.
    decoder = zlib.decompressobj(CODINGS[coding])
    plain = decoder.decompress(body, MAX_BODY)
    if decoder.unconsumed_tail:
        raise _Refused(413, "the request body is larger than 16 MB")
    if not decoder.eof:
        raise ValueError("it ends in the middle of its compressed data")
    return plain
