"""An independent judge: what a mock makes of a document, held against the document as its author wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import yaml
from jsonschema import FormatChecker
from openapi_schema_validator import OAS30ReadValidator, OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4, DRAFT202012

from mock_server.behaviours.unmodelled import behaviours, refusing
from mock_server.http.app import build_app
from mock_server.synthesis.synthesis import Impossible, Synthesizer
from mock_server.worlds.records import Actors, Records
from specs.contract import Contract, Media, Operation
from specs.foreign import load_foreign
from specs.references import join
from tests.mock_server.client import Client

BODILESS = (204, 205, 304)


@dataclass(frozen=True, slots=True)
class Answers:
    """What was made of a document: how many values were judged, what was wrong with some, what could not be made."""

    judged: int
    wrong: tuple[str, ...]
    impossible: tuple[str, ...]


def client_of(path: Path, name: str = "shop", *, strict: bool = True) -> Client:
    """A client of a mock that serves this document alone."""
    contract = refusing(load_foreign(path, name, strict=strict))
    seeds = {name: Records({}, Actors({}))}
    return Client(build_app([contract], {name: behaviours(contract)}, seeds), f"/{name}")


def judged(path: Path) -> Answers:
    """
    Every JSON answer that the document has a schema for, made and judged by it.

    Of those that have the same schema one is made.
    """
    text = path.read_text(encoding="utf-8-sig")
    data: Any = orjson.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    contract = refusing(load_foreign(path, "judged", strict=False))
    judge = Judge(data)
    count, wrong, impossible = 0, [], []
    seen: set[int] = set()
    for operation, status, media in _answers(contract):
        assert media.schema is not None, "only answers with a schema are judged"
        if id(media.schema) in seen:
            continue
        seen.add(id(media.schema))
        label = f"{operation.method} {operation.path} {status} {media.name}"
        try:
            value = Synthesizer(media.schema, label).value()
        except Impossible as error:
            impossible.append(f"{label}: {error}")
            continue
        count += 1
        wrong += [f"{label}: {message}" for message in judge.flaws(operation, status, media.name, value)]
    return Answers(count, tuple(wrong), tuple(impossible))


class Judge:
    """`jsonschema` with the schemas of the document as they stand in its file; documents of one file alone."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document = _readable(document, _write_only(document))
        self._modern = str(document.get("openapi", "")).startswith(("3.1", "3.2"))
        specification = DRAFT202012 if self._modern else DRAFT4
        resource: Resource[Any] = Resource(contents=document, specification=specification)
        self._registry: Registry[Any] = Registry().with_resource("urn:document", resource)

    def flaws(self, operation: Operation, status: int, media: str, value: Any) -> Iterator[str]:
        """What is wrong with a value as the answer of an operation."""
        pointer = self._schema(operation, status, media)
        if pointer is None:
            yield "the document has no schema here"
            return
        validator = OAS31Validator if self._modern else OAS30ReadValidator
        checked = validator(
            {"$ref": f"urn:document#/{quote(join(pointer), safe='/~')}"},
            registry=self._registry,
            format_checker=FormatChecker(("uuid", "ipv4")),
        )
        yield from (f"/{join(error.absolute_path)}: {error.message[:200]}" for error in checked.iter_errors(value))

    def _schema(self, operation: Operation, status: int, media: str) -> tuple[str | int, ...] | None:
        """Where the schema of an answer stands, `$ref`s on the way followed."""
        path: tuple[str | int, ...] = ("paths", operation.path, operation.method.lower(), "responses")
        path, responses = self._at(path)
        family = f"{status // 100}XX"
        key = next((key for key in (str(status), family, "default") if key in responses), None)
        if key is None:
            return None
        path, response = self._at((*path, key))
        if "schema" in response:
            return (*path, "schema")
        for name, content in response.get("content", {}).items():
            if name.partition(";")[0].strip().lower() in (media, "*/*") and "schema" in content:
                return (*path, "content", name, "schema")
        return None

    def _at(self, path: tuple[str | int, ...]) -> tuple[tuple[str | int, ...], Any]:
        node: Any = self._document
        here: tuple[str | int, ...] = ()
        for part in path:
            while "$ref" in node:
                here, node = self._at(tuple(_parts(node["$ref"])))
            here, node = (*here, part), node[part]
        while "$ref" in node:
            here, node = self._at(tuple(_parts(node["$ref"])))
        return here, node


_DATA = frozenset({"example", "examples", "default", "enum", "const", "x-example"})


def _write_only(document: Mapping[str, Any]) -> frozenset[str]:
    """The references to schemas which are themselves marked, and mark so the members that take them in."""
    schemas = document.get("components", {}).get("schemas", {})
    marked = (name for name, schema in schemas.items() if isinstance(schema, dict) and schema.get("writeOnly") is True)
    return frozenset(f"#/components/schemas/{name}" for name in marked)


def _is_write_only(part: Any, marked: frozenset[str]) -> bool:
    if not isinstance(part, dict):
        return False
    parts = part.get("allOf", ())
    return part.get("writeOnly") is True or any(isinstance(one, dict) and one.get("$ref") in marked for one in parts)


def _readable(value: Any, marked: frozenset[str]) -> Any:
    """
    A document with what its judge reads otherwise than OpenAPI has it.

    A discriminator adds nothing to the branches; a member to be written only is none of an answer, required or not;
    null fits what is nullable, also without a type; and Swagger 2.0 has files, and null by an extension.
    """
    if isinstance(value, list):
        return [_readable(item, marked) for item in value]
    if not isinstance(value, dict):
        return value
    read = {key: part if key in _DATA else _readable(part, marked) for key, part in value.items()}
    if isinstance(read.get("discriminator"), str) or "propertyName" in (read.get("discriminator") or {}):
        del read["discriminator"]
    if isinstance(read.get("writeOnly"), bool):
        # Of a schema that is no member's own the mark says nothing (OpenAPI 3.0.3, Schema Object).
        del read["writeOnly"]
    if read.get("type") == "file":
        read["type"] = "string"
    if read.get("x-nullable") is True:
        read["nullable"] = True
    properties = read.get("properties")
    if isinstance(properties, dict):
        source = value["properties"]
        hidden = {name for name, part in source.items() if _is_write_only(part, marked)}
        read["properties"] = {name: {"not": {}} if name in hidden else part for name, part in properties.items()}
    if isinstance(read.get("required"), list) and isinstance(properties, dict):
        read["required"] = [name for name in read["required"] if name not in hidden]
    if read.get("nullable") is True and "type" not in read:
        for keyword in ("anyOf", "oneOf"):
            if keyword in read:
                read[keyword] = [*read[keyword], {"enum": [None]}]
        if "allOf" in read:
            read["anyOf"] = [{"allOf": read.pop("allOf")}, {"enum": [None]}]
    return read


def _parts(reference: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in reference.removeprefix("#/").split("/")]


def _answers(contract: Contract) -> Iterator[tuple[Operation, int, Media]]:
    for operation in contract.operations.values():
        for status, response in operation.responses.items():
            for media in response.content.values() if status not in BODILESS else ():
                if media.schema is not None and media.name.endswith("json"):
                    yield operation, status, media
