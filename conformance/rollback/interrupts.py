"""Ctrl-C, held back where it would tear a write from its answer or stop what puts records back."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Interrupts:
    """
    Catches Ctrl-C while entered; raises `KeyboardInterrupt` at once only inside `exposed` and outside `sheltered`.

    `pending` says that Ctrl-C came. Outside the main thread signals cannot be caught, and nothing is changed.
    """

    def __init__(self) -> None:
        self.pending = False
        self._exposed = False
        self._sheltering = 0
        self._lock = threading.Lock()
        self._former: Any = None

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._former = signal.signal(signal.SIGINT, self._caught)
        return self

    def __exit__(self, *_: object) -> None:
        if self._former is not None:
            signal.signal(signal.SIGINT, self._former)

    @contextmanager
    def exposed(self) -> Iterator[None]:
        """Where Ctrl-C stops what is done."""
        self._exposed = True
        self.check()
        try:
            yield
        finally:
            self._exposed = False

    @contextmanager
    def sheltered(self) -> Iterator[None]:
        """Where Ctrl-C waits until the end of the block: a write and its answer."""
        with self._lock:
            self._sheltering += 1
        try:
            yield
        finally:
            with self._lock:
                self._sheltering -= 1
            self.check()

    def check(self) -> None:
        """Raise a `KeyboardInterrupt` that was held back, if it may be raised here."""
        if (
            self.pending
            and self._exposed
            and not self._sheltering
            and threading.current_thread() is threading.main_thread()
        ):
            # Only one, so that what follows it is not interrupted in turn.
            self._exposed = False
            raise KeyboardInterrupt

    def _caught(self, _number: int, _frame: FrameType | None) -> None:
        self.pending = True
        self.check()
