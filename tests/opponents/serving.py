"""Serve an opponent on 127.0.0.1, in this process (`main`) or in one of its own (`opponent`)."""

from __future__ import annotations

import argparse
import asyncio
import difflib
import importlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.opponents.store import Record, Store
from tests.opponents.ways import Ways, parsed

MODULES = {
    "aicc": "tests.opponents.aicc",
    "egain": "tests.opponents.egain",
    "onlyoffice": "tests.opponents.onlyoffice",
    "r7office": "tests.opponents.r7office",
}
"""The module of each API; imported only when it is served."""

_ROOT = Path(__file__).parents[2]
_HOST = "127.0.0.1"
_START_SECONDS = 20.0
_STOP_SECONDS = 5.0
_STIR_SECONDS = 0.05


@contextmanager
def opponent(api: str, ways: Ways = Ways(), fault: str | None = None) -> Iterator[str]:  # noqa: B008 (Ways is frozen)
    """
    Serve an opponent in a process of its own while the block runs; yields its address, "http://127.0.0.1:40123".

    Raises RuntimeError with what the process wrote to stderr when it does not start, or ended before the block did.
    """
    with tempfile.TemporaryDirectory() as folder:
        port_file, complaints = Path(folder, "port"), Path(folder, "stderr")
        command = [sys.executable, "-m", "tests.opponents", api, "--port-file", str(port_file), "--ways", text(ways)]
        if fault is not None:
            command += ["--fault", fault]
        with complaints.open("wb") as stderr:
            # A session of its own: Ctrl-C ends the tests first, and they end the server here.
            process = subprocess.Popen(
                command, cwd=_ROOT, stdout=subprocess.DEVNULL, stderr=stderr, start_new_session=True
            )
        try:
            yield f"http://{_HOST}:{_announced_port(process, port_file, complaints)}"
            if process.poll() is not None:
                raise RuntimeError(f"The opponent {api} ended by itself:\n{complaints.read_text('utf-8')}")
        finally:
            _stop(process)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the opponent that the command line names until SIGTERM or SIGINT, or say what there is to know of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.opponents", description="Serve one opponent.")
    parser.add_argument("api", help=f"one of {', '.join(MODULES)}, or the dotted name of another module like them")
    parser.add_argument("--port", type=int, default=0, help="0, the default: any free one")
    parser.add_argument("--ways", type=_ways, default=Ways(), help="such as settles=0.3,big_ids; see ways.py")
    parser.add_argument("--fault", help="the one promise to break; see --list-faults")
    parser.add_argument("--port-file", type=Path, help="where to write the port once requests are taken")
    parser.add_argument("--list-faults", action="store_true", help="name, kind, operation, statements and sentence")
    parser.add_argument("--known", action="store_true", help="the records and users that there are")
    options = parser.parse_args(arguments)
    if options.api not in MODULES and "." not in options.api:
        parser.error(f"there is no opponent {options.api!r}, but {', '.join(MODULES)}")
    module = importlib.import_module(MODULES.get(options.api, options.api))
    if options.list_faults:
        for name, fault in module.FAULTS.items():
            print(name, fault.kind, fault.operation, " ".join(fault.statements), fault.sentence, sep="\t")
        return
    if options.known:
        print(str(getattr(module, "KNOWN", module.__doc__)).strip())
        for who, credential in module.credentials(options.ways).items():
            print(f"{who}: {credential}")
        return
    if options.fault is not None and options.fault not in module.FAULTS:
        near = difflib.get_close_matches(options.fault, module.FAULTS) or list(module.FAULTS)
        parser.error(f"{options.api} has no fault {options.fault!r}. Did you mean {' or '.join(near)}?")
    serve(module, options.ways, options.fault, options.port, options.port_file)


def serve(module: ModuleType, ways: Ways, fault: str | None, port: int, port_file: Path | None) -> None:
    """Serve the opponent of a module until SIGTERM or SIGINT."""
    with socket.create_server((_HOST, port), backlog=2048) as listening:
        if ways.workers > 1:
            with tempfile.TemporaryDirectory() as folder:
                _serve_in_workers(module, ways, fault, listening, port_file, Path(folder, "records"))
            return
        store = ThreadSafeStore(module.seed(ways), ways.settles)
        app = wrapped(module.build(ways, fault, store), ways)
        if ways.busy:
            threading.Thread(target=_stir_for_ever, args=(module, store), daemon=True).start()
        _announce(listening, port_file)
        _run(app, listening)


def wrapped(app: ASGIApp, ways: Ways) -> ASGIApp:
    """The server behind a gateway that fails now and then, and far away, where the ways say so."""
    if ways.gateway_errors:
        app = FailingGateway(app, ways.gateway_errors)
    if ways.delay:
        app = Delay(app, ways.delay)
    return app


def text(ways: Ways) -> str:
    """The list that `parsed` turns into these ways: "settles=0.3,big_ids"."""
    plain = Ways()
    different = {
        field.name: getattr(ways, field.name)
        for field in fields(ways)
        if getattr(ways, field.name) != getattr(plain, field.name)
    }
    return ",".join(name if value is True else f"{name}={value}" for name, value in different.items())


class ThreadSafeStore(Store):
    """A store that `stir` may change from a thread while the server answers in another."""

    def __init__(self, seed: dict[str, dict[str, Record]], lag: float = 0.0, file: Path | None = None) -> None:
        self._one_thread = threading.RLock()
        super().__init__(seed, lag, file)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other process and every other thread out until the end of the block."""
        with self._one_thread, super().alone():
            yield


class Delay:
    """Each answer takes some seconds longer."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then answer."""
        if scope["type"] == "http":
            await asyncio.sleep(self._seconds)
        await self._app(scope, receive, send)


class FailingGateway:
    """Each n-th request ends at a gateway: 502 with a page for people, and the server never sees it."""

    def __init__(self, app: ASGIApp, each: int) -> None:
        self._app = app
        self._each = each
        self._seen = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it as a gateway."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._seen += 1
        if self._seen % self._each:
            await self._app(scope, receive, send)
            return
        while (await receive()).get("more_body", False):
            pass
        page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
        answer = Response(page, 502, {"Via": "1.1 gateway.internal"}, "text/html")
        await answer(scope, receive, send)


def _ways(text_of_ways: str) -> Ways:
    try:
        return parsed(text_of_ways)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _announce(listening: socket.socket, port_file: Path | None) -> None:
    """Tell the port. The socket listens already: what comes before a process accepts waits in the backlog."""
    port = listening.getsockname()[1]
    print(f"http://{_HOST}:{port}", flush=True)
    if port_file is not None:
        unfinished = port_file.with_name(port_file.name + ".part")
        unfinished.write_text(str(port), encoding="utf-8")
        unfinished.rename(port_file)


def _announced_port(process: subprocess.Popen[bytes], port_file: Path, complaints: Path) -> int:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if port_file.exists():
            return int(port_file.read_text(encoding="utf-8"))
        if process.poll() is not None:
            break
        time.sleep(0.02)
    outcome = "is not there yet" if process.poll() is None else f"ended with {process.returncode}"
    raise RuntimeError(f"{process.args!r} {outcome}:\n{complaints.read_text('utf-8')}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS + 1)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _run(app: ASGIApp, listening: socket.socket) -> None:
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
    # uvicorn shuts down in order on SIGINT and then passes it on.
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


def _stir_for_ever(module: ModuleType, store: Store) -> None:
    turn = 0
    while True:
        time.sleep(_STIR_SECONDS)
        turn += 1
        try:
            module.stir(store, turn)
        except Exception:  # noqa: BLE001 (whatever it is, it ends the process)
            # An opponent that is not busy any more would only seem to be tested; let everybody notice.
            traceback.print_exc()
            os._exit(1)


def _serve_in_workers(
    module: ModuleType, ways: Ways, fault: str | None, listening: socket.socket, port_file: Path | None, records: Path
) -> None:
    """Serve in several processes; this one stirs and waits for the signal to end them."""
    store = ThreadSafeStore(module.seed(ways), ways.settles, records)
    app = wrapped(module.build(ways, fault, store), ways)
    ends = {signal.SIGTERM, signal.SIGINT}
    # Blocked here, so that a signal cannot end this process before its children; they let it in again.
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    workers = [_forked(app, listening, ends) for _ in range(ways.workers)]
    turn = 0
    try:
        _announce(listening, port_file)
        while signal.sigtimedwait(ends, _STIR_SECONDS) is None:
            if any(os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) for pid in workers):
                raise SystemExit("A worker has ended by itself.")
            if ways.busy:
                turn += 1
                module.stir(store, turn)
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGTERM)
        _reap(workers)


def _forked(app: ASGIApp, listening: socket.socket, ends: set[signal.Signals]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ends)
        _run(app, listening)
        status = 0
    except BaseException:  # noqa: BLE001 (whatever it is, it ends the process)
        traceback.print_exc()
    finally:
        # Not sys.exit: the parent's clean-up is not this process's business.
        os._exit(status)


def _reap(workers: list[int]) -> None:
    end = time.monotonic() + _STOP_SECONDS
    left = list(workers)
    while left:
        if time.monotonic() > end:
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            end = float("inf")
        left = [pid for pid in left if os.waitpid(pid, os.WNOHANG)[0] == 0]
        time.sleep(0.01)
