"""Documents by address: https alone, within limits, fetched once and kept."""

from __future__ import annotations

import hashlib
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from mock_server.cli import main
from specs import fetching
from specs.fetching import cache_folder, fetch
from specs.flaws import CasepactError

DOCUMENT = b"openapi: 3.1.0\ninfo: {title: Far, version: '1'}\npaths: {}\n"


@dataclass
class Far:
    """A server behind TLS, and what it was asked for."""

    address: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Far]:
    """A server whose CA this process trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found = Far()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            if self.path.startswith("/to/"):
                self.send_response(302)
                self.send_header("location", self.path.removeprefix("/to/"))
                self.send_header("content-length", "0")
                self.end_headers()
                return
            self.send_response(200 if self.path.endswith("/api.yaml") else 404)
            self.send_header("content-length", str(len(DOCUMENT)))
            self.end_headers()
            self.wfile.write(DOCUMENT)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    found.address = f"https://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


def test_document_is_fetched_once_and_kept(far: Far) -> None:
    """
    The second time nothing is asked for.
    """
    url = f"{far.address}/specs/api.yaml"
    first, second = fetch(url), fetch(url)

    assert (first.kept, second.kept, far.asked) == (False, True, ["/specs/api.yaml"])
    assert (first.path.read_bytes(), first.digest) == (DOCUMENT, hashlib.sha256(DOCUMENT).hexdigest())
    assert (first.path.name, first.path.is_relative_to(cache_folder())) == ("api.yaml", True)


def test_redirects_are_followed(far: Far) -> None:
    """
    An address may lead to another one that begins with https.
    """
    assert fetch(f"{far.address}/to//specs/api.yaml").path.read_bytes() == DOCUMENT


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/nowhere", "was answered with 404"),
        ("/to/http://127.0.0.1:1/api.yaml", "only addresses that begin with https:// are fetched"),
        ("/to/file:///etc/passwd", "only addresses that begin with https:// are fetched"),
        ("/to//to//to//to//to//to//specs/api.yaml", "leads over more than 5 redirects"),
    ],
)
def test_what_is_no_document_is_told(far: Far, path: str, message: str) -> None:
    """
    Nothing is kept of an address that leads to none.
    """
    with pytest.raises(CasepactError, match=message):
        fetch(far.address + path)
    assert not cache_folder().exists()


def test_large_document_is_refused(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What is larger than the limit is not taken.
    """
    monkeypatch.setattr(fetching, "LARGEST", 10)

    with pytest.raises(CasepactError, match="is larger than"):
        fetch(f"{far.address}/specs/api.yaml")


def test_unknown_certificate_is_refused(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A server that nobody vouches for is not believed.
    """
    monkeypatch.delenv("SSL_CERT_FILE")

    with pytest.raises(CasepactError, match=r"cannot be fetched: .*certificate"):
        fetch(f"{far.address}/specs/api.yaml")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/api.yaml", "ftp://127.0.0.1/api.yaml"])
def test_other_schemes_are_refused(url: str) -> None:
    """
    Nothing but https is fetched.
    """
    with pytest.raises(CasepactError, match="only addresses that begin with https:// are fetched"):
        fetch(url)


def test_nothing_is_fetched_unasked(far: Far, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Without --fetch an address is refused, and its server hears nothing.
    """
    assert main(["--spec", f"{far.address}/specs/api.yaml", "--describe"]) == 2
    assert (far.asked, "--fetch" in capsys.readouterr().err) == ([], True)


def test_fetched_document_is_served(far: Far, capsys: pytest.CaptureFixture[str]) -> None:
    """
    With --fetch it is served like a file, and its digest is told.
    """
    assert main(["--spec", f"{far.address}/specs/far/api.yaml", "--fetch", "--describe"]) == 0
    told = capsys.readouterr()
    assert f"sha256 {hashlib.sha256(DOCUMENT).hexdigest()}" in told.err
    assert '"127-0-0-1": {' in told.out
