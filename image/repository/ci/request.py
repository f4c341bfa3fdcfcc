"""One HTTP request: `request.py METHOD URL [HEADER: VALUE ...]`, run inside the runtime image.

Standard input is a line with a bearer token, with `user:password` or with a header `NAME: value`, or an empty one, and
then the body. Prints the answer's body and, on a line of its own at the end, the status: 000 with the reason as the body
when there was no answer.
"""

import base64
import http.client
import socket
import sys
import time
import urllib.error
import urllib.request

#: Seconds for one try, and between tries.
TIMEOUT, PAUSE = 60, 1
TRIES = 4

resolve = socket.getaddrinfo


def loopback(host, *args, **options):
    """Names below localhost are this machine's, whether or not the resolver knows them (RFC 6761, 6.3)."""
    return resolve("127.0.0.1" if str(host).endswith(".localhost") else host, *args, **options)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


def main(method, url, *headers):
    credential = sys.stdin.buffer.readline().strip()
    request = urllib.request.Request(url, sys.stdin.buffer.read() or None, method=method)
    for header in headers:
        request.add_header(*(part.strip() for part in header.split(":", 1)))
    if b": " in credential:
        request.add_header(*credential.decode().split(": ", 1))
    elif b":" in credential:
        request.add_header("Authorization", f"Basic {base64.b64encode(credential).decode()}")
    elif credential:
        request.add_header("Authorization", f"Bearer {credential.decode()}")
    # Proxies as the environment has them; a credential never goes on to another address.
    opener = urllib.request.build_opener(NoRedirect)
    for attempt in range(1, TRIES + 1):
        try:
            with opener.open(request, timeout=TIMEOUT) as answer:
                return answer.read(), answer.status
        except urllib.error.HTTPError as error:
            return error.read(), error.code
        except (OSError, http.client.HTTPException) as error:
            reason = f"{type(error).__name__}: {error}"
            if attempt < TRIES:
                time.sleep(PAUSE)
    return reason.encode(), 0


socket.getaddrinfo = loopback
if len(sys.argv) > 1:
    body, status = main(*sys.argv[1:])
    sys.stdout.buffer.write(body + b"\n%03d\n" % status)
