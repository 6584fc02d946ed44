"""Several processes share the probes of a run. They are forked when all is loaded, so that none loads it again."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Any

import pytest

_SECONDS = 5.0
"""How long a process that was asked to end may take."""
_WIDTH = 4


class ForkedWorkers:
    """
    A pytest plugin that runs the items of a session in so many processes.

    Each takes the next item when it is done with one, and hands the reports on to this process, whose plugins see them
    as if the items had been run here. Items of the same `in_turn` count as one.
    """

    def __init__(self, size: int) -> None:
        self._size = size

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Stand in for pytest's own loop; what could not be collected is left to that."""
        if session.testsfailed:
            return None
        shifts = _shifts(session.items)
        with _turns(len(shifts)) as turns, _members(self._size, session, shifts, turns) as members:
            while members:
                for connection in wait(list(members)):
                    assert isinstance(connection, Connection), "nothing else is waited for"
                    _receive(session, members, connection)
                if session.shouldstop:
                    # Nobody gets another turn.
                    os.ftruncate(turns, 0)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        return True


class _Sender:
    """In a worker process: hands each report on, with whether the run is to stop."""

    def __init__(self, session: pytest.Session, connection: Connection) -> None:
        self._session, self._connection = session, connection

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Send one report."""
        config = self._session.config
        data = config.hook.pytest_report_to_serializable(config=config, report=report)
        self._connection.send((data, self._session.shouldstop))


def _shifts(items: Sequence[pytest.Item]) -> list[list[pytest.Item]]:
    """
    What a process takes at a time: one item, or all that must not run beside each other.

    Items say so by the same `in_turn`, a text. Those come first, so that nobody waits for them at the end.
    """
    together: dict[str, list[pytest.Item]] = {}
    alone: list[list[pytest.Item]] = []
    for item in items:
        if chain := getattr(item, "in_turn", ""):
            together.setdefault(chain, []).append(item)
        else:
            alone.append([item])
    return [*together.values(), *alone]


@contextmanager
def _turns(count: int) -> Iterator[int]:
    """An open file from which processes take the index of the next shift: they share the position in it."""
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(b"".join(index.to_bytes(_WIDTH, "big") for index in range(count)))
        file.seek(0)
        yield file.fileno()


@contextmanager
def _members(
    size: int, session: pytest.Session, shifts: Sequence[list[pytest.Item]], turns: int
) -> Iterator[dict[Connection, ForkProcess]]:
    """The processes, each by the connection that its reports come on; ended at the end, whatever brought that about."""
    context = multiprocessing.get_context("fork")
    members: dict[Connection, ForkProcess] = {}
    processes: list[ForkProcess] = []
    try:
        for _ in range(min(size, len(shifts))):
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(session, shifts, turns, ours, theirs), daemon=True)
            processes.append(process)
            process.start()
            theirs.close()
            members[ours] = process
        yield members
    finally:
        started = [process for process in processes if process.pid]
        for process in started:
            process.terminate()
        for process in started:
            process.join(_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()


def _work(
    session: pytest.Session, shifts: Sequence[list[pytest.Item]], turns: int, ours: Connection, theirs: Connection
) -> None:
    """Run items until there are none, in a process of its own."""
    # Ctrl-C reaches every process of a terminal; the one that forked this ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ours.close()
    hook, plugins = session.config.hook, session.config.pluginmanager
    for implementation in hook.pytest_runtest_logreport.get_hookimpls():
        if implementation.plugin is not session:
            plugins.unregister(implementation.plugin)
    plugins.register(_Sender(session, theirs))
    while not session.shouldstop and (turn := os.read(turns, _WIDTH)):
        for item in shifts[int.from_bytes(turn, "big")]:
            if session.shouldstop:
                break
            item.ihook.pytest_runtest_protocol(item=item, nextitem=None)


def _receive(session: pytest.Session, members: dict[Connection, ForkProcess], connection: Connection) -> None:
    """Take in one report, or the end of a process."""
    hook = session.config.hook
    try:
        data, stop = connection.recv()
    except EOFError:
        process = members.pop(connection)
        process.join(_SECONDS)
        if process.exitcode:
            hook.pytest_runtest_logreport(report=_death(process.exitcode))
        return
    report = hook.pytest_report_from_serializable(config=session.config, data=data)
    hook.pytest_runtest_logreport(report=report)
    session.shouldstop = session.shouldstop or stop


def _death(code: int) -> pytest.TestReport:
    """What is reported of a process that ended before its items did."""
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    message = f"a process that ran probes died ({how})"
    location: Any = ("", None, "")
    return pytest.TestReport("", location, {}, "failed", message, "teardown")
