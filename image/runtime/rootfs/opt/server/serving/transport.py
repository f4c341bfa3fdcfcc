"""uvicorn's HTTP protocol, with the head of an answer sent together with the start of its body."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Protocol(HttpToolsProtocol):
    def connection_made(self, transport):
        super().connection_made(_Joined(transport))


class _Joined:
    """A transport that keeps the head of an answer until the next part.

    uvicorn writes the two apart. That is a system call more here, and wakes nginx twice for one answer.
    """

    def __init__(self, transport):
        self._transport = transport
        self._head = b""

    def write(self, data):
        if data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 100 "):
            self._head += data
        else:
            self._send(data)

    def _send(self, data):
        data, self._head = self._head + data, b""
        self._transport.write(data)

    def close(self):
        self._send(b"")
        self._transport.close()

    def __getattr__(self, name):
        return getattr(self._transport, name)
