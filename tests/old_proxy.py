"""A proxy that makes of any server one of HTTP/1.0: no lengths, and each answer ends with its connection."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"^content-length: *([0-9]+)\r$", re.IGNORECASE | re.MULTILINE)
_DROPPED = ("content-length", "transfer-encoding", "connection", "keep-alive")


@contextmanager
def of_http_1_0(address: str) -> Iterator[str]:
    """The address under which the server at `address` speaks HTTP/1.0 (RFC 1945)."""
    parts = urlsplit(address)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = b"".join(iter(lambda: self.rfile.readline() or b"\r\n", b"\r\n"))
            if not head:
                return
            first, *lines = head.decode("latin-1").splitlines()
            length = _LENGTH.search(head)
            there = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
            there.putrequest(*first.split(" ")[:2], skip_host=True, skip_accept_encoding=True)
            for name, _, value in (line.partition(":") for line in lines):
                there.putheader(name, value.strip())
            there.endheaders(self.rfile.read(int(length[1])) if length else None)
            answer = there.getresponse()
            headers = [pair for pair in answer.getheaders() if pair[0].lower() not in _DROPPED]
            told = [
                f"HTTP/1.0 {answer.status} {answer.reason}",
                *(f"{name}: {value}" for name, value in headers),
                "",
                "",
            ]
            self.wfile.write("\r\n".join(told).encode("latin-1") + answer.read())
            there.close()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that went away is no news."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
