"""One run on several machines: which of its probes each of them takes, the same on every machine."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pytest

from specs.flaws import CasepactError

OWN, SHARED = "own", "shared"
SERVERS = (OWN, SHARED)
"""What `--shard-server` says: each shard has a server of its own, or all have the same one and run in turn."""

MOST = 1000
"""How many shards a run has at most."""


@dataclass(frozen=True, slots=True)
class Shard:
    """The part of a run that one machine does: part `index` of `total`, counted from 1."""

    index: int
    total: int

    def __str__(self) -> str:
        return f"{self.index}/{self.total}"


@dataclass(frozen=True, slots=True)
class Piece:
    """
    A probe as it is dealt out: what it costs, and what it must not be parted from.

    Pieces of one `group` go to the same machine wherever probes are dealt; with `first` also where they are cut.
    """

    group: str
    weight: int
    first: bool = False


def parsed(text: str) -> Shard:
    """The shard that "2/5" names; raises `CasepactError` for what is not one."""
    match = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text, re.ASCII)
    if match is None:
        raise CasepactError(f"'{text[:40]}' is not a shard; the second of five is 2/5")
    shard = Shard(int(match[1]), int(match[2]))
    if not 1 <= shard.total <= MOST:
        raise CasepactError(f"'{text}' has {shard.total} shards; give 1 to {MOST}")
    if not 1 <= shard.index <= shard.total:
        last = Shard(shard.total, shard.total)
        raise CasepactError(f"'{text}' is not one of {shard.total} shards; they are 1/{shard.total} to {last}")
    return shard


def dealt(pieces: Sequence[Piece], total: int) -> list[int]:
    """
    The number of the shard of each piece, where the order in which probes run does not matter.

    The heaviest group goes first, each to the shard that has least by then.
    """
    weights: dict[str, int] = {}
    for piece in pieces:
        weights[piece.group] = weights.get(piece.group, 0) + piece.weight
    loads = [0] * total
    shard_of: dict[str, int] = {}
    # `sorted` keeps the order of equals, so the outcome depends on the pieces alone.
    for group in sorted(weights, key=lambda name: -weights[name]):
        lightest = loads.index(min(loads))
        loads[lightest] += weights[group]
        shard_of[group] = lightest + 1
    return [shard_of[piece.group] for piece in pieces]


def cut(pieces: Sequence[Piece], total: int) -> list[int]:
    """
    The number of the shard of each piece, where one shard runs after the other as one run would.

    Each shard has a stretch of the whole order; what is `first` is in the first shard, wherever it stands.
    """
    whole = max(1, sum(piece.weight for piece in pieces))
    before = sum(piece.weight for piece in pieces if piece.first)
    shards = []
    for piece in pieces:
        if piece.first:
            shards.append(1)
            continue
        # A piece belongs where its middle is.
        shards.append(min(total, 1 + (2 * before + piece.weight) * total // (2 * whole)))
        before += piece.weight
    return shards


def digest(names: Iterable[str]) -> str:
    """What two machines agree in that have the same probes, in the same order."""
    return hashlib.sha256("\n".join(names).encode("utf-8", "backslashreplace")).hexdigest()[:16]


class PartOfRun:
    """
    A pytest plugin that leaves out what another shard runs, and what an earlier run has done that this one resumes.

    It comes before `-k`, so that no probe changes its shard by what is chosen. `mine` says of each item whether it is
    of this shard.
    """

    def __init__(self, mine: Callable[[Sequence[pytest.Item]], Sequence[bool]], done: Iterable[str] = ()) -> None:
        self._mine, self._done = mine, frozenset(done)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep what is to run here."""
        kept: list[pytest.Item] = []
        others: list[pytest.Item] = []
        for item, mine in zip(items, self._mine(items), strict=True):
            (kept if mine and item.name not in self._done else others).append(item)
        if others:
            config.hook.pytest_deselected(items=others)
            items[:] = kept
