"""A server between the harness and a mock: it hands requests on, and alters, counts or stops as a test asks."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.acceptance.product import MODIFY

Answer = tuple[int, bytes]


def _same(body: bytes) -> bytes:
    return body


@dataclass(slots=True)
class FaultyServer:
    """What a server does otherwise than the mock behind it, in one operation that writes."""

    path: str = MODIFY
    """What the paths of the operation end with."""
    request: Callable[[bytes], bytes] = _same
    """The body of a modification → the one that is handed on."""
    answer: Callable[[str, bytes], Answer | None] = lambda world, body: None
    """World and body of a modification → the answer in place of the mock's, None for the mock's own."""
    written: Callable[[int], None] = lambda count: None
    """Called when so many modifications have been carried out, before the last is answered."""
    writes: int = 0
    dead: bool = False
    """Whether every connection is closed without an answer."""
    address: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def faulty(server: FaultyServer, port: int) -> Iterator[FaultyServer]:
    """Serve it on loopback, in front of the mock at this port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request() or server.dead:
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            modifies = self.command in ("POST", "PUT") and self.path.endswith(server.path)
            with server.lock:
                status, headers, content = self._answered(body, modifies)
            if server.dead:
                self.close_connection = True
                return
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            if self.command != "HEAD" and status not in (204, 304):
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def _answered(self, body: bytes, modifies: bool) -> tuple[int, list[tuple[str, str]], bytes]:
            own = server.answer(self.headers.get("X-Casepact-World", ""), body) if modifies else None
            if own is not None:
                return own[0], [("Content-Type", "application/json; charset=UTF-8")], own[1]
            sent = server.request(body) if modifies else body
            upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "content-length"}
            upstream.request(self.command, self.path, sent or None, headers)
            found = upstream.getresponse()
            content = found.read()
            upstream.close()
            if modifies and found.status == 200:
                server.writes += 1
                server.written(server.writes)
            return found.status, found.getheaders(), content

    http_server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http_server.daemon_threads = True
    thread = threading.Thread(target=http_server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    server.address = f"http://127.0.0.1:{http_server.server_address[1]}"
    try:
        yield server
    finally:
        http_server.shutdown()
        http_server.server_close()
        thread.join(timeout=5)
