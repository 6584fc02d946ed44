"""When the next request may leave: budgets, the rate, and a server that asks to be left alone. For all processes."""

from __future__ import annotations

import fcntl
import math
import mmap
import os
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from specs.flaws import CasepactError

ENDURED = 3
"""How often in a row a server may ask to wait before the run ends."""
FAILURES = 10
"""After how many server errors in a row a server that is not ours is suspected to be down."""
LONGEST_WAIT = 120.0
"""What is waited at most because a server asks for it, in seconds."""
# A slot of the rate whose request never came back is free again after this many seconds.
_LOST = 60.0


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many requests in any period of so many seconds."""

    requests: int
    per_seconds: float


class Spent(CasepactError):
    """A budget is spent: what is left is not exercised."""


class Overloaded(CasepactError):
    """The server asks to be left alone, or only fails: the environment's fault, never a verdict."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to send one request; `slot` is its place in the rate, -1 where there is none."""

    slot: int


class Pacer:
    """
    Gives leave to send, one request after the other, in this process and all others that open the same file.

    A request leaves only when fewer than `rate.requests` were under way or came back within the last
    `rate.per_seconds`; so the limit holds where the server counts, too. Times are of the monotonic clock, which all
    processes of a machine share.
    """

    _FIELDS: tuple[str, ...] = (
        *("sent", "most", "deadline", "seconds", "next", "interval", "period", "slots"),
        *("refusals", "errors", "since", "stopped", "endured"),
    )

    def __init__(self, path: Path | None, size: int) -> None:
        self._lock = threading.Lock()
        self._file = os.open(path, os.O_RDWR) if path else None
        self._state: mmap.mmap | bytearray = bytearray(size) if self._file is None else mmap.mmap(self._file, size)

    @classmethod
    def fresh(
        cls,
        path: Path | None = None,
        *,
        rate: Rate | None = None,
        most: int = 0,
        seconds: float = 0.0,
        endures_errors: bool = False,
    ) -> Pacer:
        """
        A pacer that let nothing through yet; with a path it is written there for other processes.

        `most` and `seconds` are budgets, 0 for none. `endures_errors` never suspects an outage.
        """
        slots = rate.requests if rate else 0
        size = 8 * (len(cls._FIELDS) + slots)
        if path:
            path.write_bytes(bytes(size))
        pacer = cls(path, size)
        with pacer._locked():
            pacer._set("most", most)
            pacer._set("deadline", time.monotonic() + seconds if seconds else 0)
            pacer._set("seconds", seconds)
            pacer._set("endured", 0 if endures_errors else FAILURES)
            if rate:
                pacer._set("slots", slots)
                pacer._set("period", rate.per_seconds)
                pacer._set("interval", rate.per_seconds / rate.requests)
        return pacer

    @classmethod
    def shared(cls, path: Path) -> Pacer:
        """The pacer that another process wrote there."""
        return cls(path, path.stat().st_size)

    @property
    def sent(self) -> int:
        """How many requests got leave."""
        return int(self._get("sent"))

    def enter(self, *, putting_back: bool = False) -> Ticket:
        """
        Wait until a request may leave.

        `putting_back` says that it puts back what the run changed: then budgets do not hold it, only the rate does.
        Raises `Spent` or `Overloaded`.
        """
        while True:
            with self._locked():
                now = time.monotonic()
                if not putting_back:
                    self._refuse(now)
                slots = int(self._get("slots"))
                slot = int(self._get("sent")) % slots if slots else -1
                at = max(self._get("next"), self._slot(slot) if slots else 0.0)
                if at <= now:
                    self._set("sent", self._get("sent") + 1)
                    if slots:
                        self._set("next", now + self._get("interval"))
                        self._set_slot(slot, now + self._get("period") + _LOST)
                    return Ticket(slot)
                deadline = self._get("deadline")
                if not putting_back and deadline and at > deadline and at - now < _LOST / 2:
                    raise Spent(f"--max-time {self._get('seconds'):g} leaves no time for another request")
            # Short naps: another process may stop the run meanwhile.
            time.sleep(min(at - now, 0.25))

    def leave(self, ticket: Ticket, status: int = 0, retry_after: str = "") -> bool:
        """
        Say that a request is over, and with which answer (0: none).

        True when the server asks to send the same again later (429, or 503 with Retry-After: RFC 6585 section 4, RFC
        9110 section 15.6.4); the next `enter` waits as long as it asks, within `LONGEST_WAIT`.
        """
        with self._locked():
            now = time.monotonic()
            if ticket.slot >= 0:
                self._set_slot(ticket.slot, now + self._get("period"))
            if not self._get("endured") or not status:
                return False
            if status == 429 or (status == 503 and retry_after):
                return self._asked_to_wait(now, retry_after)
            self._set("refusals", 0)
            errors = self._get("errors") + 1 if status >= 500 else 0
            if errors == 1:
                self._set("since", self._get("sent"))
            self._set("errors", errors)
            return False

    @property
    def suspects_outage(self) -> bool:
        """Whether so many server errors came in a row that the server may be down."""
        return bool(self._get("endured")) and self._get("errors") >= self._get("endured")

    @property
    def errors_since(self) -> int:
        """The number, in the run, of the request that the server errors in a row began with."""
        return int(self._get("since"))

    def trust(self) -> None:
        """Forget the server errors in a row: the server was seen to work."""
        with self._locked():
            self._set("errors", 0)

    def stop_for_errors(self) -> None:
        """Give no leave any more: the server is down."""
        with self._locked():
            self._set("stopped", 2)

    def unsent(self, ticket: Ticket) -> None:
        """Say that a request did not leave after all: no connection could be made."""
        with self._locked():
            if ticket.slot < 0:
                self._set("sent", self._get("sent") - 1)
            else:
                # The slots are passed in turn, so the count stays.
                self._set_slot(ticket.slot, time.monotonic() + self._get("period"))

    def close(self) -> None:
        """Let go of the file."""
        if isinstance(self._state, mmap.mmap):
            self._state.close()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _refuse(self, now: float) -> None:
        if stopped := self._get("stopped"):
            raise Overloaded(
                f"since request {self.errors_since} of the run it answers with server errors"
                if stopped == 2
                else f"it limits the rate of requests and asks to wait; give the profile a lower `rate` "
                f"(waited {ENDURED} times, {LONGEST_WAIT:g} s at most)"
            )
        if (most := int(self._get("most"))) and self._get("sent") >= most:
            raise Spent(f"the budget of {most} requests is spent")
        if (deadline := self._get("deadline")) and now >= deadline:
            raise Spent(f"the budget of {self._get('seconds'):g} s is spent")

    def _asked_to_wait(self, now: float, retry_after: str) -> bool:
        refusals = self._get("refusals") + 1
        self._set("refusals", refusals)
        wait = asked(retry_after)
        if wait is None:
            wait = 2.0 ** (refusals - 1)
        if refusals > ENDURED or wait > LONGEST_WAIT:
            self._set("stopped", 1)
            return True
        self._set("next", max(self._get("next"), now + wait))
        return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock:
            if self._file is None:
                yield
                return
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _get(self, name: str) -> float:
        return self._at(self._FIELDS.index(name))

    def _set(self, name: str, value: float) -> None:
        struct.pack_into("d", self._state, 8 * self._FIELDS.index(name), value)

    def _slot(self, slot: int) -> float:
        return self._at(len(self._FIELDS) + slot)

    def _set_slot(self, slot: int, value: float) -> None:
        struct.pack_into("d", self._state, 8 * (len(self._FIELDS) + slot), value)

    def _at(self, index: int) -> float:
        found: float = struct.unpack_from("d", self._state, 8 * index)[0]
        return found


def asked(retry_after: str) -> float | None:
    """How many seconds a Retry-After asks to wait (RFC 9110 section 10.2.3); None when it cannot be read."""
    text = retry_after.strip()
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, math.ceil((moment - datetime.now(UTC)).total_seconds()))
