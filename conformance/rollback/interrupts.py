"""Ctrl-C and SIGTERM, held back where they would tear a write from its answer or stop what puts records back."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Terminated(KeyboardInterrupt):
    """SIGTERM, which stops a run as Ctrl-C does: what is to be put back is put back, and reports are written."""


class _Seen:
    """What came to this process."""

    sigterm = False


def was_terminated() -> bool:
    """Whether SIGTERM stopped what runs within `terminable`, whoever kept the exception to himself."""
    return _Seen.sigterm


@contextmanager
def terminable() -> Iterator[None]:
    """
    Raise `Terminated` in the main thread on the first SIGTERM of this process; later ones change nothing.

    A forked process ends at once. Outside the main thread signals cannot be caught, and nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    owner, _Seen.sigterm = os.getpid(), False

    def stop(number: int, _frame: FrameType | None) -> None:
        if os.getpid() != owner:
            os._exit(128 + number)
        if not _Seen.sigterm:
            _Seen.sigterm = True
            raise Terminated

    former = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


class Interrupts:
    """
    Catches Ctrl-C and SIGTERM while entered; raises at once only inside `exposed` and outside `sheltered`.

    Ctrl-C is raised as `KeyboardInterrupt`, SIGTERM as `Terminated`. `pending` says that one came, `stop` which to
    raise. Outside the main thread signals cannot be caught, and nothing is changed.
    """

    def __init__(self) -> None:
        self.pending = False
        self.stop: type[KeyboardInterrupt] = KeyboardInterrupt
        self._exposed = False
        self._sheltering = 0
        self._lock = threading.Lock()
        self._former: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._former[number] = signal.signal(number, self._caught)
        return self

    def __exit__(self, *_: object) -> None:
        for number, former in self._former.items():
            signal.signal(number, former)

    @contextmanager
    def exposed(self) -> Iterator[None]:
        """Where a signal stops what is done."""
        self._exposed = True
        self.check()
        try:
            yield
        finally:
            self._exposed = False

    @contextmanager
    def sheltered(self) -> Iterator[None]:
        """Where a signal waits until the end of the block: a write and its answer."""
        with self._lock:
            self._sheltering += 1
        try:
            yield
        finally:
            with self._lock:
                self._sheltering -= 1
            self.check()

    def check(self) -> None:
        """Raise what was held back, if it may be raised here."""
        if (
            self.pending
            and self._exposed
            and not self._sheltering
            and threading.current_thread() is threading.main_thread()
        ):
            # Only one, so that what follows it is not interrupted in turn.
            self._exposed = False
            raise self.stop

    def _caught(self, number: int, _frame: FrameType | None) -> None:
        if not self.pending and number == signal.SIGTERM:
            self.stop, _Seen.sigterm = Terminated, True
        self.pending = True
        self.check()
