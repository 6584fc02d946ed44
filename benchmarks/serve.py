"""
The mock, or an app that does nothing, under one of the transports that `make bench-mock` compares.

`python -m benchmarks.serve uvicorn PORT`, or `granian-rsgi`, or `direct`. Where CASEPACT_BENCH_ANSWER names the file of
an answer (see `benchmarks.bare`) it is the app that does nothing. The command `granian` calls `asgi` or `rsgi`.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.bare import BareApp, BarePath, bare_asgi, bare_rsgi, read_answer
from benchmarks.rsgi import rsgi_app
from mock_server.assembly import assemble, behaviours_of
from mock_server.console import log_to_console
from mock_server.http.app import MockApp, build_app
from mock_server.settings import Settings
from specs.project import apis

ANSWER = "CASEPACT_BENCH_ANSWER"
BACKLOG = 2048


def asgi() -> Any:
    """The app for a server that speaks ASGI."""
    return _ready(bare_asgi(read_answer(file)) if (file := _file()) else casepact())


def rsgi() -> Callable[[Any, Any], Awaitable[None]]:
    """The app for a server that speaks RSGI."""
    return _ready(bare_rsgi(read_answer(file)) if (file := _file()) else rsgi_app(casepact().path))


def casepact() -> MockApp:
    """What `casepact mock --quiet` serves."""
    settings = Settings(apis())
    found = assemble(settings)
    return build_app(
        found.contracts.values(),
        behaviours_of(found, settings),
        found.seeds,
        control=found.control,
        addresses=found.addresses,
    )


def listen(port: int) -> socket.socket:
    """A listening socket of 127.0.0.1, as `casepact mock` opens it; 0 is a free port."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(BACKLOG)
    return listener


def _uvicorn(port: int) -> None:
    import uvicorn

    uvicorn.run(
        asgi(),
        port=port,
        http="httptools",
        loop="uvloop",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
    )


def _direct(port: int) -> None:
    import uvicorn
    import uvloop

    from mock_server.serving import server_config

    app = _ready(BareApp(BarePath(read_answer(file))) if (file := _file()) else casepact())
    uvloop.run(uvicorn.Server(server_config(app)).serve(sockets=[listen(port)]))


def _granian_rsgi(port: int) -> None:
    import uvloop
    from granian.constants import HTTPModes
    from granian.server.embed import Server

    async def run() -> None:
        server = Server(rsgi(), port=port, http=HTTPModes.http1, websockets=False, backlog=BACKLOG, log_enabled=False)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
        await server.serve()

    uvloop.run(run())


_TRANSPORTS: dict[str, Callable[[int], None]] = {
    "uvicorn": _uvicorn,
    "direct": _direct,
    "granian-rsgi": _granian_rsgi,
}

_App = TypeVar("_App")


def _ready(app: _App) -> _App:
    """The app, with log and garbage collection as `casepact mock --quiet` has them."""
    log_to_console(json=False, quiet=True)
    gc.freeze()
    return app


def _file() -> Path | None:
    name = os.environ.get(ANSWER)
    return Path(name) if name else None


if __name__ == "__main__":
    _TRANSPORTS[sys.argv[1]](int(sys.argv[2]))
