"""What a probe presumes of records, read and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from conformance.rollback import preconditions
from conformance.rollback.inverses import INVERSES, Ask, Inverse, NotRead
from conformance.rollback.inverses.inverse import State
from conformance.rollback.preconditions import Preconditions, failing
from conformance.target.profile import ApiTarget
from specs.roles import Comparison, Condition, Role, Roles

RECORDS = {"case.open": {"id": "7"}, "user.self": {"id": "1001"}}


class Server:
    """Records by id, and how often each was read."""

    def __init__(self, **states: Any) -> None:
        self.states = {id.removeprefix("_"): state for id, state in states.items()}
        self.reads: list[str] = []

    def read(self, ask: Ask, ids: Sequence[str]) -> dict[str, State]:
        """As an inverse reads them."""
        self.reads += ids
        missing = [id for id in ids if id not in self.states]
        if missing:
            raise NotRead(f"there is no {missing}")
        return {id: self.states[id] for id in ids}


def role(*conditions: Condition) -> Roles:
    """Roles with an open case that these conditions hold for."""
    return Roles({}, {"case.open": Role("case.open", "An open case.", "", {}, conditions, "", False, False)}, ())


OWNED = Condition("/owner/id", Comparison.SAME_AS, "user.self", "owned by user.self")
OPEN = Condition("/status", Comparison.NOT, ["closed"], "open")


def looking(server: Server, monkeypatch: pytest.MonkeyPatch, *conditions: Condition) -> Preconditions:
    """Preconditions over a server of that kind."""
    inverse: Inverse = replace(INVERSES["egain"], read=server.read)
    monkeypatch.setattr(preconditions, "INVERSES", {"toy": inverse})
    return Preconditions(ApiTarget("toy", "", "documented", {}, RECORDS), role(*conditions), lambda name: None)  # type: ignore[arg-type,return-value] # nothing is asked


@pytest.mark.parametrize(
    ("condition", "state", "fits"),
    [
        (OPEN, {"status": "open"}, True),
        (OPEN, {"Status": "closed"}, False),
        (OPEN, {}, True),
        (OWNED, {"owner": {"id": "1001"}}, True),
        (OWNED, {"owner": {"id": "1007"}}, False),
        (OWNED, {"owner": {"id": None}}, True),
        (Condition("/related", Comparison.AT_MOST, 1, "few"), {"related": [1, 2]}, False),
        (Condition("/related", Comparison.AT_MOST, 1, "few"), {}, True),
        (Condition("/related", Comparison.AT_LEAST, 2, "many"), {"related": [1]}, False),
        (Condition("/related", Comparison.AT_LEAST, 2, "many"), {}, True),
        (Condition("/related", Comparison.HOLDS, "user.self", "in it"), {"related": [{"id": "1001"}]}, True),
        (Condition("/related", Comparison.HOLDS, "user.self", "in it"), {"related": []}, False),
        (Condition("/related", Comparison.LACKS, "user.self", "not in it"), {"related": [{"id": "1001"}]}, False),
    ],
)
def test_condition_is_compared_with_what_is_shown(condition: Condition, state: State, fits: bool) -> None:
    """
    What a record shows fits or does not; what it does not show is presumed.
    """
    assert (failing(condition, state, RECORDS) == "") is fits


def test_record_that_is_otherwise_is_a_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The reason names the role, what it must be, and what it has instead.
    """
    look = looking(Server(_7={"owner": {"id": "1007"}}), monkeypatch, OWNED)

    assert look.unmet(["case.open"]) == "needs case.open owned by user.self; it has '1007' as /owner/id (7)"


def test_record_is_read_once_until_somebody_wrote_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A probe costs no read when the record was read before and nobody here wrote to it since.
    """
    server = Server(_7={"status": "open"})
    look = looking(server, monkeypatch, OPEN)
    for _ in range(3):
        look.unmet(["case.open"])
    look.forget(["7"])
    look.unmet(["case.open"])

    assert server.reads == ["7", "7"]


def test_record_is_read_again_when_a_finding_rests_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Afterwards the state of now counts, whatever was read before.
    """
    server = Server(_7={"status": "open"})
    look = looking(server, monkeypatch, OPEN)
    before = look.unmet(["case.open"])
    server.states["7"] = {"status": "closed"}

    assert (before, look.unmet(["case.open"]), bool(look.unmet(["case.open"], fresh=True))) == ("", "", True)


def test_record_that_cannot_be_read_is_presumed(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Nobody can tell what it is; whether it is there the run has looked before.
    """
    assert looking(Server(), monkeypatch, OPEN).unmet(["case.open"]) == ""
