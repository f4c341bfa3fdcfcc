"""A web process that behaves well or badly on request, for the tests of dynos and router."""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODE = os.environ.get("MODE", "serve")


def eat(megabytes: int) -> None:
    block = bytearray(megabytes * 1024 * 1024)
    for i in range(0, len(block), 4096):
        block[i] = 1


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-app", "yes")
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        if self.path == "/exit":
            os._exit(3)
        if self.path == "/close":
            self.close_connection = True
            return
        if self.path == "/half":
            self.send_response(200)
            self.send_header("content-length", "100")
            self.end_headers()
            self.wfile.write(b"x" * 10)
            self.wfile.flush()
            time.sleep(0.3)
            self.close_connection = True
            return
        if self.path.startswith("/slow/"):
            time.sleep(float(self.path.removeprefix("/slow/")))
        if self.path.startswith("/eat/"):
            eat(int(self.path.removeprefix("/eat/")))
        if self.path == "/child":
            if os.fork() == 0:
                # The kernel takes the one that eats, not the server.
                with open("/proc/self/oom_score_adj", "w") as file:
                    file.write("1000")
                eat(700)
                os._exit(0)
        if self.path == "/stream":
            self.send_response(200)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for i in range(4):
                self.wfile.write(b"6\r\npart%d\n\r\n" % i)
                self.wfile.flush()
                time.sleep(0.2)
            self.wfile.write(b"0\r\n\r\n")
            return
        if self.headers.get("Upgrade") == "echo":
            self.send_response(101)
            self.send_header("upgrade", "echo")
            self.send_header("connection", "upgrade")
            self.end_headers()
            self.wfile.write(b"you said " + self.rfile.read(5))
            self.close_connection = True
            return
        body = {
            "path": self.path,
            "headers": {key.lower(): value for key, value in self.headers.items()},
            "env": dict(os.environ),
            "uid": os.getuid(),
            "version": open("/version").read().strip(),
        }
        self.answer(json.dumps(body).encode())

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers.get("content-length", 0))))


print(f"mode {MODE}", flush=True)
if MODE == "crash":
    print("cannot go on", file=sys.stderr, flush=True)
    sys.exit(7)
if MODE == "silent":
    time.sleep(3600)
if MODE == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
time.sleep(float(os.environ.get("BOOT", "0")))
ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
