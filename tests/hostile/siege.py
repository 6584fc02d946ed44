"""A server under fire: what is sent, what comes back, and what no server may do."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.hostile.drawn import drawn, shot
from tests.hostile.garbage import MODIFY, VICTIMS, garbage
from tests.hostile.shots import Ending, Hit, Shot, fire
from tests.mocks import control, records

BETWEEN_LOOKS = 500
"""So many shots are fired between two looks at the records."""

SLOW_CLIENTS = 25

_TRACEBACK = re.compile(rb'Traceback|File "[^"]*", line \d|site-packages|Exception in ASGI')
_READING = (b"GET ", b"HEAD ", b"OPTIONS ", b"TRACE ")


@dataclass(slots=True)
class Siege:
    """What a server did under fire."""

    requests: int = 0
    hits: Counter[tuple[str, int]] = field(default_factory=Counter)
    offences: list[str] = field(default_factory=list)

    def take(self, fired: Shot, hit: Hit) -> None:
        """Count a hit and note what is wrong with it."""
        self.requests += max(1, fired.answers)
        self.hits.update((fired.kind, status) for status in hit.statuses or (0,))
        for wrong in offences(fired, hit):
            self.offences.append(f"{fired.kind}: {wrong}\n  sent     {fired.text}\n  received {hit.received[:500]!r}")


def offences(fired: Shot, hit: Hit) -> Iterator[str]:
    """What no server may answer, and what this one had to."""
    if failed := [status for status in hit.statuses if status >= 500 and status != 501]:
        yield f"answered {failed[0]}"
    if fired.ending is Ending.AWAIT and len(hit.statuses) != fired.answers:
        yield f"{len(hit.statuses)} answers instead of {fired.answers}"
    if not hit.closed:
        yield "the connection was kept open"
    if fired.statuses and not fired.statuses.issuperset(hit.statuses):
        yield f"answered {hit.statuses}, not one of {sorted(fired.statuses)}"
    if _TRACEBACK.search(hit.received):
        yield "the answer holds a traceback"
    if b"\nx-injected" in hit.received.partition(b"\r\n\r\n")[0].lower():
        yield "the client has added a header to the answer"


def prepare(port: int) -> dict[str, Any]:
    """
    Change one case in each world that is shot at; the records of all of them afterwards.

    A world that were dropped and made anew would have the case as it is in the fixtures.
    """
    for world in VICTIMS:
        path = f"/worlds/{world}/records/aicc/cases/c6m800000142mS63Voa8"
        if world != "default":
            control(port, "POST", "/worlds", {"name": world})
        control(port, "PUT", path, {**control(port, "GET", path), "title": f"of {world}"})
    return held(port)


def held(port: int) -> dict[str, Any]:
    """The records of every world that is shot at."""
    return {world: records(port, world) for world in VICTIMS}


def besiege(port: int, shots: Iterable[Shot], siege: Siege, before: dict[str, Any], most: int = 20) -> None:
    """Fire, and look at the records again and again; ends early after `most` offences."""
    for number, each in enumerate(shots, start=1):
        siege.take(each, fire(port, each))
        if number % BETWEEN_LOOKS == 0:
            _look(port, siege, before)
        if len(siege.offences) >= most:
            return
    _look(port, siege, before)


def _look(port: int, siege: Siege, before: dict[str, Any]) -> None:
    now = held(port)
    changed = [f"{world}/{api}" for world in VICTIMS for api in now[world] if now[world][api] != before[world][api]]
    if changed:
        siege.offences.append(f"records of {', '.join(changed)} changed within the last {BETWEEN_LOOKS} shots")


def tried(port: int, seed: int, of: int, siege: Siege) -> Iterator[Shot]:
    """
    The drawn requests that are refused, aimed at the worlds of `VICTIMS`.

    Each is tried in a world of its own first: what a lenient vendor takes after all would change a world rightly.
    """
    for index, (target, body) in enumerate(drawn(seed, of)):
        trial = shot(target, body, f"trial-{index % 2_000}")
        hit = fire(port, trial)
        siege.take(trial, hit)
        refused = bool(hit.statuses) and hit.statuses[0] >= 400
        if refused or trial.pieces[0].startswith(_READING):
            yield shot(target, body, VICTIMS[index % len(VICTIMS)])


def everything(port: int, seed: int, total: int, siege: Siege) -> Iterator[Shot]:
    """Drawn requests, up to a fifth of `total`, then garbage up to `total` requests in all."""
    yield from tried(port, seed, max(5, total // 200), siege)
    index = 0
    while siege.requests < total:
        yield from garbage(seed, 1, start=index)
        index += 1


@contextmanager
def slow_clients(port: int) -> Iterator[None]:
    """Connections that send a request of no end, a byte at a time, while others are served."""
    beginning = b"POST " + MODIFY + b" HTTP/1.1\r\nHost: 127.0.0.1\r\naccess-token: aicc-operator-token-0001\r\n"
    with_body = b"Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(SLOW_CLIENTS)]
    ended = threading.Event()

    def dribble() -> None:
        for index, connection in enumerate(connections):
            connection.sendall(beginning + (with_body if index % 2 else b"X-Slow: "))
        while not ended.wait(0.1):
            for connection in connections:
                with contextlib.suppress(OSError):
                    connection.sendall(b" ")

    thread = threading.Thread(target=dribble, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        for connection in connections:
            connection.close()


def answers_soon(port: int) -> bool:
    """Whether a question is answered within a second."""
    started = time.monotonic()
    return bool(control(port, "GET", "/ready")) and time.monotonic() - started < 1
