"""Transactions and looks as the arguments of the script, and its replies as values."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mock_server.worlds.shared.errors import UnreadableState
from mock_server.worlds.shared.store import Attempted
from mock_server.worlds.shared.working import Effect, Need

_LENGTH = struct.Struct(">I")

LOG_LENGTH, LOG_BYTES = 256, 512 * 1024
"""Changes of a world that are remembered, for mirrors to catch up by and refusals to be explained on."""
REFUSALS = 500
"""Refused requests that are kept, of all worlds."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept; `idle` is in seconds, 0 for ever."""

    idle: float
    worlds: int
    journal: int
    journal_bytes: int


class FieldChange(NamedTuple):
    """One field of an entry of the log; empty bytes for what is not there."""

    name: bytes
    new: bytes
    old: bytes


class Report(NamedTuple):
    """
    How a world is that was another than expected.

    `changes` lead there from the expected stamp, or else `fields` are the whole state; `stamp` is empty where the world
    is not there.
    """

    name: str
    stamp: bytes
    changes: Sequence[FieldChange] | None = None
    fields: Mapping[bytes, bytes] | None = None


class Replies(NamedTuple):
    """
    What became of a batch: of each transaction None where it was applied, else what stood in its way.

    `looked` has what was looked up; it is None where an earlier sending of the batch was carried out, whose reply is
    lost. `seconds` is the time of the server, since 1970.
    """

    seconds: float
    results: list[list[Report] | None]
    looked: list[Any] | None


class OtherMocks(Exception):
    """Mocks that serve something else work on the same worlds; `about` is what they say of themselves."""

    def __init__(self, about: bytes) -> None:
        super().__init__()
        self.about = about


def arguments(
    about: bytes,
    client: bytes,
    batch: int,
    bounds: Bounds,
    attempts: Sequence[Attempted],
    looks: Sequence[Sequence[Any]],
) -> list[Any]:
    """The arguments of the script for these transactions, and then these looks."""
    found: list[Any] = [about, client, batch, bounds.idle, bounds.worlds, bounds.journal, bounds.journal_bytes]
    found += [LOG_LENGTH, LOG_BYTES, REFUSALS, len(attempts)]
    for attempted in attempts:
        found.append(len(attempted.effects))
        for effect in attempted.effects:
            found += _effect(effect)
        found.append(len(attempted.refusals))
        for id, kept in attempted.refusals:
            found += (id, kept)
    found.append(len(looks))
    for look in looks:
        found += look
    return found


def _effect(effect: Effect) -> list[Any]:
    mode = "delete" if effect.after is None else "change" if effect.patch else "leave"
    after = effect.after.stamp if effect.after is not None else b""
    used, cleared = "1" if effect.used else "0", "1" if effect.cleared else "0"
    found = [effect.name, effect.before.stamp, mode, after, used, effect.requests, cleared, 2 * len(effect.patch)]
    for name, value in effect.patch.items():
        found += (name, value if value is not None else b"")
    found.append(len(effect.entries))
    found += effect.entries
    return found


def look_arguments(need: Need, known: int = 0) -> list[Any]:
    """The arguments of a look; `known` is the number of the last exchange of a journal that was read before."""
    kind, *rest = need
    return [kind, *rest, *((known,) if kind == "journal" else ())]


def replies(reply: Sequence[Any]) -> Replies:
    """A reply of the script, read. Raises `OtherMocks`, and `UnreadableState` for what this version does not write."""
    kind = reply[0]
    if kind == b"about":
        raise OtherMocks(reply[1])
    seconds = int(reply[1]) + int(reply[2]) / 1_000_000
    if kind == b"again":
        return Replies(seconds, [None if sign == ord("1") else [] for sign in reply[3]], None)
    results = [None if result == 1 else [_report(item) for item in result] for result in reply[3]]
    return Replies(seconds, results, reply[4])


def read_world(reply: Sequence[Any]) -> Report:
    """What a look at a world gives."""
    return _report(reply)


def read_past(reply: Sequence[Any]) -> tuple[Mapping[bytes, bytes], list[FieldChange]] | None:
    """The state of a world, and the changes since a stamp, the last one first; None where they are lost."""
    if reply[0] == b"lost":
        return None
    changes = [change for entry in reply[2] for change in read_change(entry)]
    return pairs(reply[1]), changes[::-1]


def pairs(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    """Names and values in turn, as a mapping."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def read_change(entry: bytes) -> list[FieldChange]:
    """The fields that one change of a world has changed."""
    parts = list(_parts(entry))[2:]
    if len(parts) % 3:
        raise UnreadableState("an entry of the log of a world is not what this version writes")
    return [FieldChange(*parts[at : at + 3]) for at in range(0, len(parts), 3)]


def _parts(entry: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(entry):
        try:
            (length,) = _LENGTH.unpack_from(entry, at)
        except struct.error:
            raise UnreadableState("an entry of the log of a world is cut off") from None
        at += _LENGTH.size
        yield entry[at : at + length]
        at += length


def _report(item: Sequence[Any]) -> Report:
    name, kind = item[0].decode(), item[1]
    if kind == b"gone":
        return Report(name, b"")
    if kind == b"whole":
        return Report(name, item[2], fields=pairs(item[3]))
    return Report(name, item[2], changes=[change for entry in item[3] for change in read_change(entry)])
