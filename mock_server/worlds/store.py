"""All worlds of a running mock: the one mutable thing in it."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping

from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Records

DEFAULT = "default"
WORLD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")


class World:
    """One isolated copy of the fixtures, with its own records per API and its own clock."""

    __slots__ = ("clock", "name", "records")

    def __init__(self, name: str, records: Mapping[str, Records], clock: Clock) -> None:
        self.name, self.records, self.clock = name, records, clock


class WorldStore:
    """
    Worlds by name, made from the seed on first use.

    Beyond `limit` worlds the one used longest ago is dropped, so that a mock which runs all day does not grow without
    bound; the default world always stays.
    """

    def __init__(self, seed: Mapping[str, Records], clock: Clock, limit: int = 1000) -> None:
        self._seed, self._clock, self._limit = seed, clock, limit
        self._worlds: OrderedDict[str, World] = OrderedDict()
        self._default = self._make(DEFAULT)

    def world(self, name: str) -> World:
        """The world of this name; the caller has matched the name with `WORLD_NAME`."""
        if name == DEFAULT:
            return self._default
        found = self._worlds.get(name)
        if found is None:
            found = self._worlds[name] = self._make(name)
            if len(self._worlds) > max(1, self._limit - 1):
                self._worlds.popitem(last=False)
        else:
            self._worlds.move_to_end(name)
        return found

    def __len__(self) -> int:
        return len(self._worlds) + 1

    def _make(self, name: str) -> World:
        return World(name, {api: records.fork() for api, records in self._seed.items()}, self._clock)
