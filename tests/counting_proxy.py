"""A proxy in front of a server: every request that came through, by method and address, and when."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Passed:
    """A request that came through; `target` is its address as the request line has it."""

    method: str
    target: str
    headers: dict[str, str]
    at: float


@dataclass(slots=True)
class CountingProxy:
    """An HTTP proxy on loopback (RFC 9110 section 7.3.2); `passed` is what came through it."""

    address: str
    passed: list[Passed] = field(default_factory=list)

    def most_within(self, seconds: float) -> int:
        """The most requests that came in any period of so many seconds."""
        moments = sorted(item.at for item in self.passed)
        return max(sum(start <= at < start + seconds for at in moments) for start in moments)


@contextmanager
def counting_proxy() -> Iterator[CountingProxy]:
    """A proxy that hands every request on to the address in its request line."""
    found = CountingProxy("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline:
                self.close_connection = True
                return
            if not self.parse_request():
                return
            found.passed.append(Passed(self.command, self.path, dict(self.headers.items()), time.monotonic()))
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else None
            parts = urlsplit(self.path)
            upstream = http.client.HTTPConnection(parts.netloc, timeout=30)
            place = f"{parts.path}?{parts.query}" if parts.query else parts.path
            headers = {name: value for name, value in self.headers.items() if name.lower() != "proxy-authorization"}
            upstream.request(self.command, place, body, headers)
            answer = upstream.getresponse()
            content = answer.read()
            upstream.close()
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            if self.command == "HEAD" and answer.getheader("Content-Length"):
                # What GET would have had (RFC 9110 section 8.6).
                self.send_header("Content-Length", str(answer.getheader("Content-Length")))
            elif answer.status not in (204, 304):
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
            self.wfile.flush()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
