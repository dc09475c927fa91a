"""A web server with one large page, on port 80. Of the standard library."""

from __future__ import annotations

import ctypes
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGE = b"<html>" + b"x" * 40000 + b"</html>\n"


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        return


if __name__ == "__main__":
    ctypes.CDLL(None).prctl(15, b"httpd", 0, 0, 0)
    server = ThreadingHTTPServer(("0.0.0.0", 80), Page)
    # Only who has the port writes down who it is: a second start must not hide the first.
    Path("/run/http.pid").write_text(str(os.getpid()))
    server.serve_forever()
