"""How bytes become requests: uvicorn's reading of HTTP/1.1, without what it takes from trailers."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class HeadersAlone(HttpToolsProtocol):
    """
    Keeps the fields after a chunked body out of the headers (RFC 9110 section 6.5.1).

    They come to the same list, and a request that is read after its body came would find a credential, or the name of a
    world, that its headers do not have.
    """

    def on_headers_complete(self) -> None:
        """Go on with another list; the request has the one so far."""
        super().on_headers_complete()
        self.headers = []
