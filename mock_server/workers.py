"""`--workers`: processes that serve one address, and the process that starts them, replaces them and ends them."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import selectors
import signal
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol

from mock_server.console import LOGGER
from specs.flaws import CasepactError

logger = logging.getLogger(LOGGER)

GRACE = 6.0
"""Seconds between the signal that ends a worker, which has five for requests in flight, and the one that kills it."""
SETTLED = 5.0
"""Seconds after which a worker that ends has not failed to start."""
MOST_FAILURES = 6
"""Workers that may end before they have settled, within `WITHIN` seconds, until the whole mock gives up."""
WITHIN = 60.0
MOST_WORKERS = 512
_FIRST_DELAY, _LONGEST_DELAY = 0.1, 2.0
_HANDLED = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
_READY, _FLAW = b"R", b"F"


class Serve(Protocol):
    """What a worker does: it calls `ready` when it answers on the listener, and returns after SIGTERM."""

    def __call__(self, listener: socket.socket, ready: Callable[[], None]) -> None:
        """Answer requests until a signal ends it; raises `CasepactError` where it cannot start."""


def processors() -> int:
    """How many processors this process may use."""
    # macOS has no affinity.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def listeners(first: socket.socket, count: int) -> list[socket.socket]:
    """
    A listening socket for each of `count` workers, on the address of `first`, which is closed if it is not among them.

    Linux spreads connections over the sockets of one address (SO_REUSEPORT). Elsewhere all workers share `first`,
    because other systems hand every connection to one of the sockets. Raises `CasepactError` if the address was taken
    in between.
    """
    if not sys.platform.startswith("linux"):
        return [first] * count
    address, backlog = first.getsockname(), 2048
    family, kind, protocol = first.family, first.type, first.proto
    # A socket without SO_REUSEPORT has shown that nobody else listens there; with it a second mock would join in.
    first.close()
    found: list[socket.socket] = []
    try:
        for _ in range(count):
            listener = socket.socket(family, kind, protocol)
            found.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            listener.bind(address)
            listener.listen(backlog)
    except OSError as error:
        for listener in found:
            listener.close()
        raise CasepactError(
            f"cannot listen on {address[0]}:{address[1]}: {os.strerror(error.errno or errno.EADDRINUSE)}. "
            "Another program took the address while the workers were started; start the mock again."
        ) from None
    return found


def supervise(sockets: Sequence[socket.socket], serve: Serve, announce: Callable[[], None]) -> int:
    """
    Run a worker for each socket until SIGTERM or SIGINT; 0 then, and 1 if workers ended at once again and again.

    The workers are forked, so no thread and no event loop may have been started before. `announce` is called once,
    when all of them are ready. Raises `CasepactError` with the words of the first worker that cannot start, and
    whatever `announce` raises.
    """
    with _Supervisor(sockets, serve) as supervisor:
        return supervisor.run(announce)


@dataclass(slots=True)
class _Worker:
    """
    One place to be filled by a process; `pid` 0 means that none runs, and one is started at `due`.

    `reports` is the end of a pipe on which the process says that it is ready, or why it cannot start.
    """

    number: int
    listener: socket.socket
    due: float = 0.0
    pid: int = 0
    reports: int = -1
    started: float = 0.0
    ready: bool = False
    flaw: str = ""


class _Supervisor:
    """The workers, the signals that this process waits for, and the pipe whose end tells workers that it is gone."""

    def __init__(self, sockets: Sequence[socket.socket], serve: Serve) -> None:
        self._serve = serve
        self._workers = [_Worker(number, listener) for number, listener in enumerate(sockets, 1)]
        self._failures: deque[float] = deque()
        self._received: list[signal.Signals] = []

    def __enter__(self) -> _Supervisor:
        self._lifeline, self._held = os.pipe()
        wakes, self._wakened = os.pipe()
        self._wakes = wakes
        for end in (wakes, self._wakened):
            os.set_blocking(end, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(wakes, selectors.EVENT_READ)
        signal.set_wakeup_fd(self._wakened, warn_on_full_buffer=False)
        for number in _HANDLED:
            signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        self._end_all()
        signal.set_wakeup_fd(-1)
        for number in _HANDLED:
            signal.signal(number, signal.SIG_DFL)
        self._selector.close()
        for end in (self._lifeline, self._held, self._wakes, self._wakened):
            os.close(end)

    def run(self, announce: Callable[[], None]) -> int:
        """Start workers, and others for those that end, until a signal or too many failures."""
        announced = False
        while not self._asked_to_stop():
            now = time.monotonic()
            for worker in self._workers:
                if not worker.pid and worker.due <= now:
                    self._start(worker)
            self._wait(min((worker.due for worker in self._workers if not worker.pid), default=None))
            for worker, how in list(self._ended()):
                if worker.flaw and not announced:
                    raise CasepactError(worker.flaw)
                if not self._replace(worker, how):
                    return 1
            if not announced and all(worker.ready for worker in self._workers):
                announced = True
                announce()
        return 0

    def _note(self, number: int, _: object) -> None:
        self._received.append(signal.Signals(number))

    def _asked_to_stop(self) -> bool:
        return any(number is not signal.SIGCHLD for number in self._received)

    def _start(self, worker: _Worker) -> None:
        """Fork a process for a worker."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        sys.stdout.flush()
        sys.stderr.flush()
        # A signal that comes before the new process has handlers of its own waits for them.
        signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
        pid = os.fork()
        if pid == 0:
            self._work(worker, writing)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)
        os.close(writing)
        worker.pid, worker.reports, worker.started = pid, reading, time.monotonic()
        worker.ready, worker.flaw = False, ""
        self._selector.register(reading, selectors.EVENT_READ, worker)

    def _work(self, worker: _Worker, reports: int) -> NoReturn:
        """Serve in the new process, which keeps nothing that belongs to the others, and end it."""
        code = 1
        try:
            self._forget(worker)
            _end_with_parent(self._lifeline)
            self._serve(worker.listener, lambda: _report(reports, _READY))
            code = 0
        except CasepactError as error:
            _report(reports, _FLAW + str(error).encode())
            code = 2
        except BaseException:
            logger.exception("worker %s failed", worker.number)
        finally:
            # Nothing of the parent's is to be run at the end: no handlers, no buffers, no tests that called it.
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _forget(self, own: _Worker) -> None:
        """Close in a new process what the parent and the other workers hold, and take signals as any process does."""
        signal.set_wakeup_fd(-1)
        for number in _HANDLED:
            signal.signal(number, signal.SIG_DFL)
        # Ctrl-C reaches every process of the terminal; the parent passes it on.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)
        self._selector.close()
        for end in (self._held, self._wakes, self._wakened):
            os.close(end)
        for worker in self._workers:
            if worker.reports != -1:
                os.close(worker.reports)
            if worker.listener is not own.listener:
                worker.listener.close()

    def _wait(self, until: float | None) -> None:
        """Wait for a signal, for what a worker reports, or until this moment."""
        timeout = None if until is None else max(0.0, until - time.monotonic())
        for key, _ in self._selector.select(timeout):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wakes, 1024)
            else:
                self._read(key.data)

    def _read(self, worker: _Worker) -> None:
        said = b""
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(worker.reports, 65536):
                said += piece
            # The process has closed its end, so it ends; nothing more comes.
            self._selector.unregister(worker.reports)
            os.close(worker.reports)
            worker.reports = -1
        if said.startswith(_FLAW):
            worker.flaw = said[1:].decode()
        elif said:
            worker.ready = True

    def _ended(self) -> Iterator[tuple[_Worker, str]]:
        """The workers whose process has ended since the last call, and how."""
        for worker in self._workers:
            if worker.pid and (status := _status(worker.pid)) is not None:
                if worker.reports != -1:
                    self._read(worker)
                worker.pid = 0
                yield worker, _how(status)

    def _replace(self, worker: _Worker, how: str) -> bool:
        """Report how a worker ended and say when another is due; False when there were too many failures."""
        now = time.monotonic()
        delay = 0.0
        if now - worker.started < SETTLED:
            self._failures.append(now)
            while self._failures[0] < now - WITHIN:
                self._failures.popleft()
            delay = min(_FIRST_DELAY * 2 ** (len(self._failures) - 1), _LONGEST_DELAY)
        what = f"worker {worker.number} {f'could not start: {worker.flaw}' if worker.flaw else how}"
        if len(self._failures) >= MOST_FAILURES:
            logger.error(
                "%s; %s workers ended within %g s of their start, so the mock ends", what, MOST_FAILURES, SETTLED
            )
            return False
        worker.due = now + delay
        logger.warning("%s; another is started%s", what, f" in {delay:g} s" if delay else "")
        return True

    def _end_all(self) -> None:
        """End every worker: by SIGTERM, then, after a time or at a second signal, by SIGKILL; none is left."""
        before = len(self._received)
        for worker in self._workers:
            worker.listener.close()
            if worker.pid:
                os.kill(worker.pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        while any(worker.pid for worker in self._workers):
            again = any(number is not signal.SIGCHLD for number in self._received[before:])
            if again or time.monotonic() > deadline:
                for worker in self._workers:
                    if worker.pid:
                        os.kill(worker.pid, signal.SIGKILL)
                        os.waitpid(worker.pid, 0)
                        worker.pid = 0
                return
            self._wait(deadline)
            for _ in self._ended():
                pass


def _status(pid: int) -> int | None:
    """The wait status of a child that has ended; None while it runs."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return status if found else None


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"ended with exit code {code}"
    return f"was ended by signal {-code} ({signal.strsignal(-code)})"


def _report(pipe: int, said: bytes) -> None:
    # A parent that is gone reads nothing; its end is noticed elsewhere.
    with contextlib.suppress(BrokenPipeError):
        os.write(pipe, said)


def _end_with_parent(lifeline: int) -> None:
    """End this process when the parent has ended, however that happened: its end of the pipe is closed then."""

    def watch() -> None:
        os.read(lifeline, 1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()
