"""Reads on a server whose writes take time to show."""

from __future__ import annotations

from typing import Any, cast

from conformance.target.client import Target
from conformance.target.exchange import Exchange, Request, Response
from conformance.target.settling import Settling, usual
from tests.conformance.answers import contract_of

READ, WRITE = "getCase", "modifyCase"


class Late:
    """A target that shows a write only after so many further reads."""

    def __init__(self, settles: float, after: int) -> None:
        self.profile = type("Profile", (), {"settles": settles})()
        self.settled_in: list[float] = []
        self._after, self._left, self.reads = after, 0, 0

    def exchange(self, operation: Any, *request: Any, **world: str) -> Exchange:
        """A success; a read shows the new state when its time has come."""
        if operation.id == WRITE:
            self._left = self._after
            body, value = b"{}", {"resCode": "0", "resMsg": "Success"}
        else:
            self.reads += 1
            body, value = (b"new" if self._left == 0 else b"old"), None
            self._left = max(0, self._left - 1)
        return Exchange(operation.id, Request("GET", "http://late/1", ()), Response(200, (), body), value)


def read_after_write(server: Late) -> tuple[bytes, int]:
    """What the read after a write shows, and how many reads that took; one read came before."""
    operations = contract_of("aicc").operations
    settling = Settling(cast(Target, server))
    server._left = 1
    settling.exchange(operations[READ])
    settling.exchange(operations[WRITE])
    server.reads = 0
    return settling.exchange(operations[READ]).response.body, server.reads


def test_read_is_repeated_until_the_write_shows() -> None:
    """
    Two old answers are passed over, the third is the new one.
    """
    assert read_after_write(Late(settles=5.0, after=2)) == (b"new", 3)


def test_read_is_given_up_when_the_time_is_over() -> None:
    """
    A write that never shows is shown as what it is.
    """
    assert read_after_write(Late(settles=0.1, after=1000))[0] == b"old"


def test_server_without_a_delay_is_read_once() -> None:
    """
    Without `settles` nothing is repeated.
    """
    assert read_after_write(Late(settles=0.0, after=2)) == (b"old", 1)


def test_time_that_is_given_is_learned() -> None:
    """
    After three writes that were seen to show, another one is given three times the longest of them.
    """
    server = Late(settles=2.0, after=0)
    server.settled_in = [0.1, 0.2, 0.1]

    assert round(usual(cast(Target, server)), 3) == 0.6
