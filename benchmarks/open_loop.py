"""
A client that sends requests at a constant rate, whether or not the answers keep up.

`wrk` sends the next request when an answer has come, so a server that stalls is asked less often while it stalls, and
the stall hardly shows in its percentiles ("coordinated omission"). Here each request has the moment at which it is to
be sent, and its latency runs from that moment, also where it has to wait for one of the connections.

Limits: one process in Python, busy for 15 to 40 µs per request, so that it does not send more than some 20,000 a second
in time. What it does itself is part of the latency; therefore it reports how busy it was, and is to be seen beside its
latencies against a server that does nothing. More than `CONNECTIONS` requests are never under way.
"""

from __future__ import annotations

import gc
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httptools

from benchmarks.load import CONNECTIONS
from benchmarks.machine import CannotMeasure

_LONGEST = 5
"""How many times as long as intended a run may take."""


@dataclass(frozen=True, slots=True)
class Latencies:
    """The latencies of one run in seconds, ascending; `busy` is the processor time of the client per second."""

    ascending: Sequence[float]
    busy: float

    def percentile(self, percent: float) -> float:
        """The latency in seconds that so many percent of the requests do not exceed (nearest rank)."""
        rank = -(-len(self.ascending) * percent // 100)
        return self.ascending[max(0, int(rank) - 1)]


class _Connection:
    """One connection, which has one request at a time under way; `due` is when that was to be sent."""

    def __init__(self, port: int, status: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._parser = httptools.HttpResponseParser(self)
        self._status, self._complete, self.due = status, False, 0.0

    def on_message_complete(self) -> None:
        """The parser has read an answer to its end."""
        self._complete = True

    def is_answered(self) -> bool:
        """Read what has come; True with the last byte of an answer."""
        received = self.socket.recv(65536)
        if not received:
            raise CannotMeasure("the server closed a connection that was to stay open")
        self._parser.feed_data(received)
        if not self._complete:
            return False
        if (found := self._parser.get_status_code()) != self._status:
            raise CannotMeasure(f"a request was answered {found}, not {self._status}")
        self._complete = False
        return True


def constant_rate(port: int, request: bytes, status: int, rate: float, seconds: float) -> Latencies:
    """
    Send the same request `rate` times a second to 127.0.0.1 for so many seconds; the latency of each.

    Raises `CannotMeasure` for another status, a closed connection, and a server that cannot keep up by far.
    """
    with ExitStack() as stack:
        connections = [_Connection(port, status) for _ in range(CONNECTIONS)]
        for connection in connections:
            stack.enter_context(connection.socket)
        stack.enter_context(_punctual())
        used = time.process_time()
        started = time.perf_counter()
        latencies = _run(connections, request, rate, max(1, round(rate * seconds)))
        busy = (time.process_time() - used) / (time.perf_counter() - started)
    return Latencies(sorted(latencies), busy)


def _run(connections: Sequence[_Connection], request: bytes, rate: float, total: int) -> list[float]:
    by_file = {connection.socket.fileno(): connection for connection in connections}
    free, sent = deque(connections), 0
    latencies: list[float] = []
    now: Callable[[], float] = time.perf_counter
    with select.epoll() as readable:
        for file in by_file:
            readable.register(file, select.EPOLLIN)
        start = now()
        latest = start + _LONGEST * total / rate + 1
        while len(latencies) < total:
            while sent < total and free and start + sent / rate <= now():
                connection = free.popleft()
                connection.due = start + sent / rate
                connection.socket.sendall(request)
                sent += 1
            wait = max(0.0, start + sent / rate - now()) if sent < total and free else 1.0
            # epoll itself waits for whole milliseconds; select takes microseconds, and an epoll can be selected.
            select.select([readable], [], [], wait)
            for file, _ in readable.poll(0):
                connection = by_file[file]
                if connection.is_answered():
                    latencies.append(now() - connection.due)
                    free.append(connection)
            if now() > latest:
                raise CannotMeasure(f"{len(latencies)} of {total} requests were answered in {_LONGEST} times the time")
    return latencies


@contextmanager
def _punctual() -> Iterator[None]:
    """Keep this process from pausing for the collector of cyclic garbage, and its timers from slipping by 50 µs."""
    gc.collect()
    gc.disable()
    before = _slack("1")
    try:
        yield
    finally:
        _slack(before)
        gc.enable()


def _slack(nanoseconds: str) -> str:
    """Set how much later than asked for the system may wake this process (proc(5)); what it was before."""
    file = Path("/proc/self/timerslack_ns")
    try:
        before = file.read_text().strip()
        file.write_text(nanoseconds)
    except OSError:
        return nanoseconds
    return before
