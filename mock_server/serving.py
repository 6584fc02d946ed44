"""A mock that runs until it is stopped: a socket, an app and the server between them."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from mock_server.assembly import Assembly, behaviours_of
from mock_server.banner import banner, remarks
from mock_server.settings import Settings, control_token
from mock_server.workers import listeners, supervise
from specs.flaws import CasepactError

if TYPE_CHECKING:
    import uvicorn

    from mock_server.worlds.store import WorldStore


def serve(settings: Settings, assembly: Assembly) -> int:
    """
    Listen, and answer requests until a signal ends it; the exit code, 1 where workers ended again and again.

    Raises `CasepactError` where the address, the token or the file for the port is not to be had.
    """
    listener = _listen(settings)
    address, port = listener.getsockname()[:2]
    token = control_token(address)
    # Connexion takes longer to import than everything above; a flawed contract is reported before it.
    from mock_server.console import log_to_console
    from mock_server.watching import Swapping, watch

    log_to_console(json=settings.json_log, quiet=settings.quiet)
    store = _store(settings, assembly)
    build = _builder(settings, store, token)
    swapping = Swapping(build(assembly))
    announce = partial(_announce, settings, assembly, port, token)
    if settings.watch:
        # With --watch the app can be exchanged; without it nothing stands between the server and the app.
        _answer(swapping, store, listener, announce, partial(watch, settings, assembly, swapping, store, build))
        return 0
    # What is there now stays to the end: the collector of cyclic garbage need not look at it again and again, and
    # workers share its memory as long as nobody writes to it.
    gc.freeze()
    if settings.workers == 1:
        _answer(swapping.app, store, listener, announce)
        return 0
    return supervise(listeners(listener, settings.workers), partial(_work, swapping.app, store), announce)


def _answer(
    app: Any,
    store: WorldStore,
    listener: socket.socket,
    ready: Callable[[], None],
    aside: Callable[[], Coroutine[Any, Any, None]] | None = None,
) -> None:
    """Answer requests until a signal ends it, and run what is to run `aside` as long; `ready` is called before."""
    import uvicorn
    import uvloop

    server = uvicorn.Server(server_config(app))

    async def run() -> None:
        beside = asyncio.create_task(aside()) if aside is not None else None
        await server.serve(sockets=[listener])
        await store.close()
        if beside is not None:
            beside.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beside

    def stop(*_: object) -> None:
        server.should_exit = True

    # Whoever reads the port may stop the mock at once, before the loop runs; the server has handlers of its own then.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    ready()
    uvloop.run(run())


def _work(app: Any, store: WorldStore, listener: socket.socket, ready: Callable[[], None]) -> None:
    """What a worker does; an interrupt of the terminal is the parent's to pass on."""

    # Runs after the server has set its own handlers.
    async def ignore_interrupts() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    _answer(app, store, listener, ready, ignore_interrupts)


def server_config(app: Any) -> uvicorn.Config:
    """How a `MockApp` is served: directly, with five seconds for requests in flight at the end."""
    import uvicorn

    from mock_server.http.direct import DirectProtocol
    from mock_server.http.outbox import Outbox

    return uvicorn.Config(
        app,
        # uvicorn takes anything that makes a protocol.
        http=partial(DirectProtocol, outbox=Outbox()),  # type: ignore[arg-type]
        interface="asgi3",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )


def _store(settings: Settings, assembly: Assembly) -> WorldStore:
    """The worlds, which outlive the apps that --watch makes."""
    from mock_server.worlds.clock import Clock
    from mock_server.worlds.store import WorldStore

    kind: type[WorldStore] = WorldStore
    if settings.worlds:
        from mock_server.worlds.shared.store import SharedWorldStore

        kind = SharedWorldStore
    store = kind(
        assembly.seeds,
        Clock(),
        settings.max_worlds,
        idle=settings.idle,
        strict=settings.strict_worlds,
        journal=settings.journal,
    )
    if settings.worlds:
        _join(store, settings, assembly)
    return store


def _join(store: WorldStore, settings: Settings, assembly: Assembly) -> None:
    """Connect the store with the Redis of --worlds."""
    from mock_server.worlds.shared.about import about
    from mock_server.worlds.shared.store import SharedWorldStore

    try:
        from mock_server.worlds.shared.joining import join
    except ModuleNotFoundError as error:
        if error.name != "redis":
            raise
        raise CasepactError("--worlds needs a package that is not installed: pip install 'casepact[redis]'.") from None
    assert isinstance(store, SharedWorldStore)
    join(store, settings.worlds, about(assembly.contracts, assembly.seeds, settings.seed))


def _builder(settings: Settings, store: WorldStore, token: str) -> Callable[[Assembly], Any]:
    """What makes the app of an assembly; every app has the same worlds and the same book of refusals."""
    from mock_server.http.app import build_app, new_book

    book = new_book(store)

    def build(found: Assembly) -> Any:
        return build_app(
            found.contracts.values(),
            behaviours_of(found, settings),
            found.seeds,
            max_body=settings.max_body,
            worlds=store,
            control=found.control,
            token=token,
            fixtures=settings.fixtures,
            book=book,
            addresses=found.addresses,
        )

    return build


def _announce(settings: Settings, assembly: Assembly, port: int, token: str) -> None:
    """Report that the mock listens: the port in a file, on the console what is not served, and the banner."""
    if settings.port_file is not None:
        try:
            settings.port_file.write_text(f"{port}\n")
        except OSError as error:
            raise CasepactError(f"--port-file {settings.port_file} cannot be written: {error.strerror}.") from None
    for remark in () if settings.quiet else remarks(assembly):
        print(f"casepact mock: {remark}", file=sys.stderr)
    if not settings.quiet and not settings.json_log:
        print(banner(settings, assembly, port, token), flush=True)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The loop switches Nagle's algorithm off only on sockets that say they are TCP; with it each answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(2048)
    except (OSError, TypeError, ValueError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        # What cannot be looked up, and what is the address of another machine.
        elsewhere = isinstance(error, socket.gaierror | TypeError | ValueError) or error.errno == errno.EADDRNOTAVAIL
        way_out = (
            "Give a --host that this machine has: 127.0.0.1, ::1 or another."
            if elsewhere
            else "Give another --port, or --port 0 for a free one."
        )
        raise CasepactError(f"cannot listen on {settings.host}:{settings.port}: {reason}. {way_out}") from None
    return listener
