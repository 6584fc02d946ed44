"""What the page shows: values for its template, taken from the control API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from mock_server.addresses import Addresses
from mock_server.http.connection_failures import KINDS
from mock_server.http.control import Control
from mock_server.http.pages.control_calls import ControlCalls, NotDone
from mock_server.http.pages.credentials import Credential, credentials_of
from mock_server.http.pages.curl import as_curl
from mock_server.http.pages.filters import Filter
from mock_server.http.pages.forms import SAYS
from mock_server.http.pages.gate import HOME
from mock_server.reply import Refusal
from mock_server.worlds.records import Actor
from mock_server.worlds.store import DEFAULT, World, escaped_name
from specs.contract import Contract

LONGEST_JOURNAL = 50
"""Exchanges that the page shows."""
_LISTED = 100
"""Worlds, and records of a collection, that are listed."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the query of the page's address chooses; a collection is named with its API, "aicc/cases"."""

    world: str = DEFAULT
    filter: Filter = field(default_factory=Filter)
    refusal: str = ""
    collection: str = ""
    id: str = ""
    done: str = ""
    without_journal: bool = False
    """A page that only takes its other parts anew needs no exchanges."""

    @classmethod
    def of(cls, query: Mapping[str, str], world: str = DEFAULT) -> Chosen:
        """What a query string chooses; `world` where it names none."""
        named = query.get("world") or world
        names = ("refusal", "collection", "id", "done")
        texts = {name: query.get(name, "") for name in names}
        return cls(escaped_name(named), Filter.of(query), **texts, without_journal="without_journal" in query)

    def address(self, **other: str) -> str:
        """The address of the page with this choice, except for what is named otherwise."""
        mine = {"world": self.world, **self.filter.as_query(), "collection": self.collection, "id": self.id}
        mine["refusal"] = self.refusal
        found = {name: value for name, value in {**mine, **other}.items() if value}
        return f"{HOME}?{urlencode(found, quote_via=quote)}" if found else HOME


@dataclass(frozen=True, slots=True)
class Failed:
    """A form that was not carried out: what it held, and why."""

    fields: Mapping[str, str]
    refusals: tuple[Refusal, ...]


class ShownActor(NamedTuple):
    """An actor with what it sends to prove itself."""

    name: str
    credentials: list[Credential]


class ShownApi(NamedTuple):
    """An API as the page lists it; `bases` are its base URLs in the world, the one below its name first."""

    name: str
    title: str
    edition: str
    bases: list[str]
    pages: str
    is_modelled: bool
    actors: list[ShownActor]


class View:
    """The page of a mock."""

    def __init__(self, control: Control, calls: ControlCalls, addresses: Addresses) -> None:
        self._control, self._calls, self._addresses = control, calls, addresses

    def values(self, root: str, chosen: Chosen, failed: Failed | None = None) -> dict[str, Any]:
        """What the template needs, for a mock that is addressed as `root` ("http://127.0.0.1:8080")."""
        found = self._control.worlds.find(chosen.world)
        worlds = self._calls.call("listWorlds")
        return {
            "root": root,
            "chosen": chosen,
            "failed": failed,
            "says": SAYS.get(chosen.done, ""),
            "worlds": worlds["worlds"][:_LISTED],
            "worlds_count": len(worlds["worlds"]),
            "world": self._calls.call("getWorld", {"world": chosen.world}) if found is not None else None,
            "fixture_sets": self._sets(),
            "apis": list(self._apis(root, chosen.world, found)),
            "operations": sorted({id for item in self._control.contracts.values() for id in item.operations}),
            "kinds": ("status", "delay", *sorted(KINDS)),
            "entries": [] if chosen.without_journal else self._entries(found, chosen.filter),
            "since": since(found),
            "refusal": self._refusal(root, chosen.refusal) if chosen.refusal else None,
            "records": self._records(found, chosen, failed),
        }

    def entries(self, world: World, after: int, filter: Filter) -> list[Mapping[str, Any]]:
        """The exchanges of a world with higher numbers that the filter lets through, the oldest first."""
        return [entry for entry in self._control.shown_entries(world, after) if filter.fits(entry)]

    def _entries(self, world: World | None, filter: Filter) -> list[Mapping[str, Any]]:
        return [] if world is None else self.entries(world, 0, filter)[: -LONGEST_JOURNAL - 1 : -1]

    def _sets(self) -> list[str]:
        found = self._calls.call("listFixtureSets")["sets"].values()
        return sorted({name for names in found for name in names})

    def _apis(self, root: str, name: str, world: World | None) -> Iterator[ShownApi]:
        prefix = root if name == DEFAULT else f"{root}/~{quote(name)}"
        for api, contract in self._control.contracts.items():
            base = self._addresses.base(api)
            bases = [f"{prefix}{base}"] if base else []
            if api == self._addresses.root:
                bases.append(prefix)
            known = self._actors(world).get(api, {})
            actors = [ShownActor(actor.name, credentials_of(contract, actor)) for actor in known.values()]
            pages = f"/{api}" if name == DEFAULT else f"/~{quote(name)}/{api}"
            yield ShownApi(api, contract.title, contract.edition, bases, pages, contract.dialect.modelled, actors)

    def _actors(self, world: World | None) -> Mapping[str, Mapping[str, Actor]]:
        records = world.records if world is not None else self._control.worlds.seed
        return {api: shelf.actors for api, shelf in records.items()}

    def _refusal(self, root: str, id: str) -> dict[str, Any] | None:
        """The explanation, and the corrected request as a command; None where it is no longer there."""
        try:
            explained = self._calls.call("getRefusal", {"refusal": id})
        except NotDone:
            return None
        contracts: Mapping[str, Contract] = self._control.contracts
        asked = [contracts[explained["api"]]] if explained["api"] in contracts else list(contracts.values())
        actors = self._actors(self._control.worlds.find(explained["world"]))
        corrected = explained["corrected"]
        curl = as_curl(root, corrected, asked, actors) if corrected is not None else None
        return {**explained, "curl": curl}

    def _records(self, world: World | None, chosen: Chosen, failed: Failed | None) -> dict[str, Any]:
        """The collections with their sizes, the ids of the one that is chosen, and the text of one record."""
        shelves = world.records if world is not None else {}
        sizes = {f"{api}/{name}": size for api, shelf in shelves.items() for name, size in shelf.sizes().items()}
        shown: dict[str, Any] = {"sizes": sizes, "ids": [], "collection": "", "id": chosen.id, "text": "", "count": 0}
        if world is None or chosen.collection not in sizes:
            return shown
        api, _, name = chosen.collection.partition("/")
        shelf = world.records[api]
        shown |= {
            "collection": chosen.collection,
            "ids": sorted(shelf.ids(name, _LISTED)),
            "count": sizes[chosen.collection],
        }
        if failed is not None and "record" in failed.fields:
            shown["text"] = failed.fields["record"]
        elif (record := shelf.find(name, chosen.id)) is not None:
            shown["text"] = json.dumps(dict(record), ensure_ascii=False, indent=2, default=dict)
        return shown


def since(world: World | None) -> str:
    """Which world this is, and how far its journal goes: what a listener has seen."""
    return f"{world.created!r}:{world.journal.last}" if world is not None else ":0"
