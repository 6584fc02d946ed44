"""What a client may read, after what it wrote."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Protocol

from tests.load import AICC, JSON, ONLYOFFICE, World

CONTACTS = (1234, 1235, 1236, 1237, 1238, 1239)
_CASES = ("c6m800000142mS63Voa8", "c6m800000147rF58Yqd2")
_EMPTY_CASE = 1235


class Part(Protocol):
    """A part of a record that one client writes, while others write other parts of the same record."""

    @property
    def world(self) -> World:
        """Where it is."""

    def read(self) -> bytes:
        """The request that reads it."""

    def write(self, value: int) -> tuple[bytes, int]:
        """The request that writes a value, and the status of success."""

    def shown(self, body: bytes) -> int:
        """The value in what was read; 0 if it was never written."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a case of AICC which the template does not have; each client has one of its own."""

    world: World
    owner: int
    case: str

    def read(self) -> bytes:
        """GET of the case."""
        return self.world.request("GET", f"/aicc/service/AICC__Case/1.0.0/openapi/case/{self.case}", AICC)

    def write(self, value: int) -> tuple[bytes, int]:
        """POST of a change of this member, with those that every change needs."""
        members = f'"id":"{self.case}","title":"t","description":"d","creatorId":"c","soak{self.owner}":"{value}"'
        body = f'{{"caseInfo":{{{members}}}}}'
        path = "/aicc/service/AICC__Case/1.0.0/openapi/case/modify"
        return self.world.request("POST", path, AICC, JSON, body=body), 200

    def shown(self, body: bytes) -> int:
        """The member's value."""
        found = re.search(rb'"soak%d":"(\d+)"' % self.owner, body)
        return int(found[1]) if found else 0


@dataclass(frozen=True, slots=True)
class Participation:
    """Whether a contact takes part in a case of ONLYOFFICE, which has a list of those that do: it does when odd."""

    world: World
    contact: int

    def read(self) -> bytes:
        """GET of the contacts of the case."""
        return self.world.request("GET", f"/onlyoffice/api/2.0/crm/case/{_EMPTY_CASE}/contact", ONLYOFFICE)

    def write(self, value: int) -> tuple[bytes, int]:
        """POST of the contact, or DELETE."""
        path = f"/onlyoffice/api/2.0/crm/case/{_EMPTY_CASE}/contact"
        if value % 2:
            return self.world.request("POST", path, ONLYOFFICE, JSON, body=f'{{"contactid":{self.contact}}}'), 201
        return self.world.request("DELETE", f"{path}/{self.contact}", ONLYOFFICE), 200

    def shown(self, body: bytes) -> int:
        """1 if it takes part, 0 if not."""
        # Contacts name other contacts: the company of a person.
        return int(any(contact["id"] == self.contact for contact in json.loads(body)["response"]))


@dataclass(slots=True)
class Known:
    """
    The values that a part may have by what its only writer did: one, or two after a write that was not acknowledged.

    `last` is the last value that was sent.
    """

    part: Part
    may_be: set[int] = field(default_factory=lambda: {0})
    last: int = 0

    def next_value(self) -> int:
        """The next value to write: every one differs from all before, and odd and even alternate."""
        self.last += 1
        return self.last

    def acknowledge(self, value: int) -> None:
        """A write was answered with success."""
        self.may_be = {self._comparable(value)}

    def doubt(self, value: int) -> None:
        """A write may have happened or not."""
        self.may_be.add(self._comparable(value))

    def compare(self, body: bytes) -> str:
        """What is wrong with a body that was read, "" if nothing is; what it shows is certain from then on."""
        shown, expected = self.part.shown(body), sorted(self.may_be)
        if shown in expected:
            self.may_be = {shown}
            return ""
        return f"{self.part}: {' or '.join(map(str, expected))} was written, but {shown} is shown"

    def _comparable(self, value: int) -> int:
        return value % 2 if isinstance(self.part, Participation) else value


def parts(world: World, owners: int) -> dict[int, list[Part]]:
    """The parts of a world by owner: each has a member of a case, and some have a contact."""
    found: dict[int, list[Part]] = {
        owner: [Member(world, owner, _CASES[owner % len(_CASES)])] for owner in range(owners)
    }
    for number, contact in enumerate(CONTACTS):
        found[(world.number + number) % owners].append(Participation(world, contact))
    return found
