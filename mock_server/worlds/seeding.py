"""Fixtures → records: every record is judged by the contract's schema before the mock starts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from rpds import HashTrieMap

from mock_server.worlds.records import Actor, Actors, Records
from mock_server.worlds.relations import ACTORS, references
from specs.contract import Contract
from specs.document_schemas import misfits
from specs.flaws import CasepactError, Flaw, FlawedDocument, Place, UnknownName, did_you_mean
from specs.project import files_of
from specs.source import Document, display_name, parse, read
from specs.validation import Schema


class DanglingReferences(FlawedDocument):
    """A fixture that is in order but for records and actors that ask for records which it does not have."""


def seed_records(contract: Contract, folder: Path | None = None, name: str = "default") -> Records:
    """
    The records and actors of `<folder>/<api>/<name>.yaml`, or of `<name>.json`; else those of the project's set.

    A record takes the members that it lacks from `defaults` of its collection. Raises `FlawedDocument` with file and
    line for each record or actor that breaks its schema or asks for a record that is not there, unknown collection,
    credential of an unknown scheme and credential that two actors share.
    """
    homes = _homes(folder, contract.api)
    return _records(contract, _read(next((home for home in homes if name in _sets(home)), homes[0]), name))


def fixture_sets(folder: Path | None, api: str) -> list[str]:
    """The names of the fixtures that there are for an API: in this folder, and in the project."""
    return sorted({name for home in _homes(folder, api) for name in _sets(home)})


def adds_sets(folder: Path, api: str) -> bool:
    """Whether this folder has any fixture of an API."""
    return bool(_sets(folder / api))


def records_of(contract: Contract, data: Mapping[str, Any], name: str) -> Records:
    """The same of a fixture at hand; `name` stands for the file in errors."""
    return _records(contract, Document(name, dict(data), {}))


def as_fixture(contract: Contract, records: Records) -> dict[str, Any]:
    """Records and actors as `records_of` reads them, and as a fixture file holds them."""
    actors = {
        actor.name: {**actor.attributes, "credentials": dict(actor.credentials)} for actor in records.actors.values()
    }
    stored = {
        collection: {id: dict(record) for id, record in sorted(found.items())}
        for collection, found in records.snapshot().items()
    }
    return {"api": contract.api, "actors": actors, "records": stored}


def fixture_text(document: Mapping[str, Any]) -> str:
    """A fixture as the text of a file that `seed_records` reads to the same records."""
    return yaml.dump(dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


# RFC 6901 section 4.
_INDEX = re.compile(r"(?:0|[1-9][0-9]{0,8})\Z")


class _Dumper(yaml.SafeDumper):
    """Writes every text in quotes, so that none is taken for a number, and every value out in full."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_scalar(self, tag: str, value: Any, style: str | None = None) -> yaml.ScalarNode:
        """Not inherited: Connexion replaces PyYAML's own, for everybody, when it first writes a document as YAML."""
        return yaml.ScalarNode(tag, value, style='"' if tag == "tag:yaml.org,2002:str" else style)


def _homes(folder: Path | None, api: str) -> list[Path]:
    """The folders with fixtures of an API, those that come first standing for those of the same name in the others."""
    homes = [folder / api] if folder is not None else []
    try:
        return [*homes, files_of(api).fixtures]
    except UnknownName:
        # A document that is served by `--spec` alone.
        return homes


def _sets(home: Path) -> set[str]:
    return {path.stem for suffix in (".yaml", ".json") for path in home.glob(f"*{suffix}")}


def _read(folder: Path, name: str) -> Document:
    """
    A fixture file. What begins as JSON does is read as JSON, under either name: what a control API gave may be saved.

    YAML takes most of JSON, but not long names, nor all characters.
    """
    path, other = folder / f"{name}.yaml", folder / f"{name}.json"
    if not path.is_file() and other.is_file():
        path = other
    elif other.is_file():
        raise CasepactError(f"{display_name(path)}: {name}.json stands beside it; keep one of the two.")
    if not path.is_file():
        return read(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return read(path)
    if not text.lstrip().startswith("{") and path.suffix != ".json":
        return parse(text, display_name(path))
    try:
        data = json.loads(text, object_pairs_hook=_Once, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        if path.suffix != ".json":
            return parse(text, display_name(path))
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        raise FlawedDocument([Flaw(Place(display_name(path), line), "", f"is not JSON: {error}.")]) from None
    try:
        lines = parse(text, display_name(path)).lines
    except CasepactError:
        lines = {}
    return Document(display_name(path), data, lines)


class _Once(dict[str, Any]):
    """An object of JSON in which no name stands twice; raises `ValueError` for one in which one does."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        if len(self) < len(pairs):
            names = [name for name, _ in pairs]
            raise ValueError(f"the key '{next(name for name in names if names.count(name) > 1)}' stands twice")


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is not a JSON value")


def _completed(data: Any) -> Any:
    """The data of a fixture, its records with the members that they lack from the defaults of their collection."""
    defaults, stored = (data.get("defaults"), data.get("records")) if isinstance(data, dict) else (None, None)
    if not isinstance(defaults, dict) or not isinstance(stored, dict):
        return data
    records = dict(stored)
    for collection, lacking in defaults.items():
        found = stored.get(collection)
        if isinstance(lacking, dict) and isinstance(found, dict):
            records[collection] = {
                id: {**lacking, **record} if isinstance(record, dict) else record for id, record in found.items()
            }
    return {**data, "records": records}


def _records(contract: Contract, document: Document) -> Records:
    document = replace(document, data=_completed(document.data))
    flaws = list(_flaws(document, contract))
    if flaws:
        raise FlawedDocument(flaws)
    dangling = list(_dangling(document, contract))
    if dangling:
        raise DanglingReferences(dangling)
    stored = document.data.get("records") or {}
    collections = {
        collection: HashTrieMap({str(id): record for id, record in (stored.get(collection) or {}).items()})
        for collection in contract.records
    }
    actors = {
        actor: Actor(
            actor,
            {key: value for key, value in data.items() if key != "credentials"},
            {scheme: str(credential) for scheme, credential in (data.get("credentials") or {}).items()},
        )
        for actor, data in (document.data.get("actors") or {}).items()
    }
    return Records(collections, Actors(actors))


def _flaws(document: Document, contract: Contract) -> Iterable[Flaw]:
    data: Any = document.data
    if not isinstance(data, dict) or data.get("api") != contract.api:
        yield Flaw(document.place(("api",)), "", f"a fixture of {contract.api} says `api: {contract.api}`.")
        return
    found = misfits("fixture", data)
    for misfit in found:
        yield Flaw(document.place(misfit.pointer), misfit.path if misfit.misshapen else "", misfit.message)
    if any(misfit.misshapen for misfit in found):
        return
    owners: dict[tuple[str, str], str] = {}
    for actor, attributes in (data.get("actors") or {}).items():
        for scheme, credential in (attributes.get("credentials") or {}).items():
            place = document.place(("actors", actor, "credentials", scheme))
            if scheme not in contract.security_schemes:
                hint = did_you_mean(scheme, contract.security_schemes)
                yield Flaw(place, actor, f"the contract has no security scheme '{scheme}'.{hint}")
            owner = owners.setdefault((scheme, str(credential)), actor)
            if owner != actor:
                yield Flaw(place, actor, f"has the same {scheme} credential as {owner}.")
        yield from _judged(document, contract.actors, (ACTORS, actor), attributes)
    for key in ("defaults", "records"):
        for collection in (data.get(key) or {}).keys() - contract.records.keys():
            hint = did_you_mean(collection, contract.records)
            yield Flaw(document.place((key, collection)), "", f"the contract stores no '{collection}'.{hint}")
    for collection, records in (data.get("records") or {}).items():
        if collection not in contract.records:
            continue
        for id, record in (records or {}).items():
            schema = contract.records[collection]
            if isinstance(record, dict) and schema.says_another(str(id), record):
                place = document.place(("records", collection, id, schema.key))
                yield Flaw(place, f"{collection} {id}", f"stands under {id} but its id is {record[schema.key]}.")
            yield from _judged(document, schema, ("records", collection, id), record)


def _judged(document: Document, schema: Schema | None, pointer: tuple[str, ...], value: Any) -> Iterable[Flaw]:
    """How a record or an actor breaks its schema."""
    for flaw in schema.flaws(value) if schema is not None else ():
        at = tuple(int(part) if _INDEX.match(part) else part for part in flaw.pointer.split("/")[1:])
        whole = "the actor" if pointer[0] == ACTORS else "the record"
        yield Flaw(
            document.place((*pointer, *at)),
            " ".join(pointer[-2:]),
            f"{flaw.pointer or whole} breaks its schema: {flaw.message}.",
        )


def _dangling(document: Document, contract: Contract) -> Iterable[Flaw]:
    """The records that others, or actors, ask for and that are not there; of a fixture that is in order otherwise."""
    stored = document.data.get("records") or {}
    asking: list[tuple[Schema | None, tuple[str, ...], Any]] = [
        (contract.records[collection], ("records", collection, id), record)
        for collection, records in stored.items()
        for id, record in (records or {}).items()
    ]
    asking += [(contract.actors, (ACTORS, name), actor) for name, actor in (document.data.get(ACTORS) or {}).items()]
    for schema, pointer, value in asking:
        for reference in references(schema, value):
            known = stored.get(reference.collection) or {}
            if reference.id not in known:
                place = document.place((*pointer, *reference.path))
                yield Flaw(place, " ".join(pointer[-2:]), reference.missing(known))
