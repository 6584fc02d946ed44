"""Before a probe, and after one that found something: are the records as the probe presumes them?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.rollback.inverses import INVERSES, Ask, NotRead, State
from conformance.target.profile import ApiTarget
from specs.references import split
from specs.roles import Comparison, Condition, Roles, kind_of

FRESH = 2.0
"""For so many seconds a state that was read is taken for the state of now, unless somebody here wrote to the record."""

_UNKNOWN = object()


@dataclass(frozen=True, slots=True)
class Unfit:
    """A record that is not as a condition of a role wants it: `text` says so, as "1 as /renewals"."""

    need: str
    condition: Condition
    id: str
    text: str

    @property
    def member(self) -> str:
        """The member of the record that is looked at, in small letters."""
        return str(split(self.condition.pointer)[0]).lower() if self.condition.pointer.strip("/") else ""

    @property
    def changed(self) -> str:
        """The same of a record that was fit before."""
        return f"{self.condition.of or self.need} changed during the probe; it has {self.text} ({self.id})"

    def __str__(self) -> str:
        return f"{self.need} {self.condition.says}; it has {self.text} ({self.id})"


class Preconditions:
    """
    The states of an API's known records as they were read last, and what they must be for a probe.

    A state is read once and again only after a write of ours to that record, or when `fresh` is asked for.
    """

    def __init__(self, api: ApiTarget, roles: Roles, ask: Ask) -> None:
        self.api, self.roles, self._ask = api, roles, ask
        self._inverse = INVERSES.get(api.api)
        self._states: dict[str, tuple[float, State | None]] = {}

    def unmet(self, needs: Sequence[str], *, fresh: bool = False, api: ApiTarget | None = None) -> str:
        """
        What keeps a probe with these needs from being run, as "needs case.open owned by user.self; it has '1007' as …".

        An empty text when all that can be read is as it must be; what cannot be read is presumed. `api` stands for the
        profile where a probe uses other records than the profile's.
        """
        return "; ".join(f"needs {item}" for item in self.differing(needs, fresh=fresh, api=api))

    def differing(self, needs: Sequence[str], *, fresh: bool = False, api: ApiTarget | None = None) -> tuple[str, ...]:
        """What of these records is not as it must be, as "case.open owned by user.self; it has '1007' as …" each."""
        return tuple(dict.fromkeys(map(str, self.unfit(needs, fresh=fresh, api=api))))

    def unfit(self, needs: Sequence[str], *, fresh: bool = False, api: ApiTarget | None = None) -> tuple[Unfit, ...]:
        """What of these records is not as it must be."""
        held = api or self.api
        if self._inverse is None:
            return ()
        presumed = [
            (need, condition, condition.of or need)
            for need in needs
            if need in held.records and need in self.roles.records
            for condition in self.roles.records[need].presumes
            if (condition.of or need) in held.records and kind_of(condition.of or need) in self._inverse.kinds
        ]
        ids = {str(held.records[role]["id"]) for _, _, role in presumed}
        self._read([id for id in ids if fresh or id not in self._states])
        wrong = []
        for need, condition, role in presumed:
            id = str(held.records[role]["id"])
            state = self._states[id][1]
            if state is not None and (shown := failing(condition, state, held.records)):
                wrong.append(Unfit(need, condition, id, shown))
        return tuple(wrong)

    def learn(self, states: Mapping[str, State]) -> None:
        """Take states that somebody else has just read."""
        for id, state in states.items():
            self._states[id] = (time.monotonic(), state)

    def known(self, id: str) -> State | None:
        """A state that was read within the last seconds; None when it has to be read."""
        found = self._states.get(id)
        return found[1] if found and time.monotonic() - found[0] < FRESH else None

    def forget(self, ids: Iterable[str]) -> None:
        """Read these again before they are looked at: somebody here wrote to them."""
        for id in ids:
            self._states.pop(id, None)

    def _read(self, ids: Sequence[str]) -> None:
        if not ids or self._inverse is None:
            return
        try:
            self.learn(self._inverse.read(self._ask, list(dict.fromkeys(ids))))
        except NotRead:
            # One of them cannot be read, so each is asked for by itself.
            for id in ids:
                try:
                    self.learn(self._inverse.read(self._ask, [id]))
                except NotRead:
                    self._states[id] = (time.monotonic(), None)


def failing(condition: Condition, state: State, records: Mapping[str, Mapping[str, Any]]) -> str:
    """What a record holds instead of what a condition wants; an empty text where it fits, or where it is not shown."""
    shown = _at(state, condition.pointer)
    if condition.test in (Comparison.AT_MOST, Comparison.AT_LEAST):
        count = len(shown) if isinstance(shown, list) else 0 if shown is None or shown is _UNKNOWN else None
        if count is None or (shown is _UNKNOWN and condition.test is Comparison.AT_LEAST and condition.value):
            return ""
        fits = count <= condition.value if condition.test is Comparison.AT_MOST else count >= condition.value
        return "" if fits else f"{count} of {condition.pointer}"
    if condition.test in (Comparison.HOLDS, Comparison.LACKS):
        other = records.get(str(condition.value))
        if other is None or shown is _UNKNOWN:
            return ""
        ids = {str(_at(item, "/id")) if isinstance(item, dict) else str(item) for item in shown or ()}
        fits = (str(other["id"]) in ids) is (condition.test is Comparison.HOLDS)
        return "" if fits else f"{sorted(ids)} as {condition.pointer}"
    if shown is _UNKNOWN:
        return ""
    if condition.test is Comparison.SAME_AS:
        other = records.get(str(condition.value))
        fits = other is None or shown is None or str(shown).lower() == str(other["id"]).lower()
    else:
        fits = (shown in condition.value) is (condition.test is Comparison.IS)
    return "" if fits else f"{shown!r} as {condition.pointer}"


def _at(value: Any, pointer: str) -> Any:
    """The value at a pointer, whatever the letter case of names; `_UNKNOWN` where nothing is shown."""
    for part in split(pointer):
        if not isinstance(value, Mapping):
            return _UNKNOWN
        found = next((member for name, member in value.items() if name.lower() == str(part).lower()), _UNKNOWN)
        if found is _UNKNOWN:
            return _UNKNOWN
        value = found
    return value
