"""OpenAPI's schemas as JSON Schema 2020-12, with statement ids kept as annotations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jsonschema_rs

from specs.discriminators import deciding
from specs.formats import (
    INTEGER_FORMATS,
    OPAQUE_FORMATS,
    OWN_FORMATS,
    STANDARD_FORMATS,
    judge,
    validator,
)
from specs.references import split
from specs.schema import SchemaView
from specs.source import Pointer
from specs.statements import WHOLE, Charges
from specs.validation import Judge, RecordSchema, Schema, without_required
from specs.vocabularies import MANY, MANY_OF_2020, NAMED_OF_2020, ONE, ONE_OF_2020

# OpenAPI 3.0.3, Components Object.
_NAME = re.compile(r"[a-zA-Z0-9._-]+\Z")

Complain = Callable[[Pointer, str], None]

# What is put otherwise below, and annotations of OpenAPI that nobody asks for.
_DROPPED = {"nullable", "externalDocs", "deprecated", "exclusiveMinimum", "exclusiveMaximum", "x-statement"}
_KNOWN = {
    *("title", "description", "type", "enum", "default", "format", "pattern", "required", "properties", "readOnly"),
    *("writeOnly", "minimum", "maximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems"),
    *("uniqueItems", "minProperties", "maxProperties", "x-max-bytes", "x-role", "x-entry", "x-current", "$ref"),
    "x-second-role",
    *("example", "discriminator", "xml", "x-refers-to", "x-keys-refer-to"),
    *_DROPPED,
    *ONE,
    *MANY,
}


class Translator:
    """
    Turns the schemas of one document into `Schema` values; complains instead of raising.

    With `late` they are compiled when they are first asked, so nobody complains about one that cannot be compiled.
    Those of a `modern` document (OpenAPI 3.1 and later) are of JSON Schema 2020-12 already.
    """

    def __init__(
        self, components: Mapping[str, Any], complain: Complain, *, late: bool = False, modern: bool = False
    ) -> None:
        self._complain, self._late, self._modern = complain, late, modern
        self._definitions: dict[str, Any] = {}
        self._views = SchemaView({}, self._definitions)
        self._cache: dict[int, Schema] = {}
        self._leading: dict[str, Schema] = {}
        self._sequences: dict[int, dict[str, Any]] = {}
        for name, schema in components.items():
            if not _NAME.match(name):
                complain(
                    ("components", "schemas", name), "the name of a component is letters, digits, '.', '_' and '-'."
                )
            self._definitions[name] = self._node(schema, ("components", "schemas", name))

    def schema(self, source: Any, pointer: Pointer) -> Schema:
        """
        The compiled schema of the document's element at `pointer`.

        A schema that cannot be compiled is complained about and stands in as one that admits everything.
        """
        if id(source) in self._cache:
            return self._cache[id(source)]
        translated = self._node(source, pointer)
        if self._late:
            # What only leads to a definition is one schema wherever it stands: to compile a large one takes megabytes.
            only = str(translated["$ref"]) if isinstance(translated, dict) and translated.keys() == {"$ref"} else ""
            if only in self._leading:
                self._cache[id(source)] = self._leading[only]
                return self._leading[only]
            # All definitions, though few are needed: they are the same object for every schema.
            if any(_named(translated)):
                translated = {**translated, "$defs": self._definitions}
            found = self._cache[id(source)] = Schema(
                translated, LateValidator(translated), among=self._views, charged=False
            )
            if only:
                self._leading[only] = found
            return found
        if isinstance(translated, dict):
            translated = pruned(translated, self._definitions)
        try:
            compiled = Schema(translated, judge(translated), among=self._views)
        except (ValueError, TypeError) as error:
            self._complain(pointer, f"is not a schema: {str(error).splitlines()[0]}")
            compiled = Schema({}, validator({}))
        self._cache[id(source)] = compiled
        return compiled

    def sequence(self, media: Mapping[str, Any], pointer: Pointer) -> Schema:
        """The compiled schema of the array of all items of a body (OpenAPI 3.2, `itemSchema` and `schema`)."""
        key = id(media["itemSchema"])
        if key not in self._sequences:
            items = {"type": "array", "items": media["itemSchema"]}
            parts = [items, media["schema"]] if "schema" in media else [items]
            # What the identity is of has to live as long as it is known by that.
            self._sequences[key] = {"allOf": parts}
        return self.schema(self._sequences[key], pointer)

    def record_schema(self, source: Any, pointer: Pointer) -> RecordSchema:
        """The compiled schema of what is stored; see `schema`."""
        whole = self.schema(source, pointer)
        members = without_required(whole.document)
        return RecordSchema(
            whole.document,
            whole.validator,
            judge(dict(members)) if members is not None else None,
            among=self._views,
        )

    def _node(self, source: Any, pointer: Pointer) -> Any:
        if isinstance(source, bool):
            return source
        if not isinstance(source, dict):
            self._complain(pointer, "a schema must be a mapping.")
            return {}
        if self._modern:
            return self._of_2020(source, pointer)
        if "$ref" in source:
            return self._reference(source, pointer)
        for key in source.keys() - _KNOWN:
            self._complain((*pointer, key), f"'{key}' is not a keyword of an OpenAPI 3.0 schema.")
        result = {key: value for key, value in source.items() if key not in _DROPPED}
        if "x-statement" in source:
            result["x-statement"] = {key: list(ids) for key, ids in charges(source["x-statement"]).items()}
        if isinstance(source.get("properties"), dict):
            result["properties"] = {
                name: self._node(member, (*pointer, "properties", name))
                for name, member in source["properties"].items()
            }
        for key in ONE:
            if key in source:
                result[key] = self._node(source[key], (*pointer, key))
        for key in MANY:
            if key in source:
                result[key] = [self._node(item, (*pointer, key, index)) for index, item in enumerate(source[key])]
        if "discriminator" in source:
            result["discriminator"] = self._discriminator(source["discriminator"], (*pointer, "discriminator"))
        self._bounds(source, result)
        self._format(source, result, pointer)
        return _nullable(result) if source.get("nullable") is True else result

    def _of_2020(self, source: dict[str, Any], pointer: Pointer) -> dict[str, Any]:
        """The same schema with references to `$defs`, and with bounds for the formats that are ranges."""
        result = dict(source)
        if "$ref" in source:
            result["$ref"] = self._reference({"$ref": source["$ref"]}, pointer)["$ref"]
        for key in ONE_OF_2020:
            if key in source:
                result[key] = self._node(source[key], (*pointer, key))
        for key in MANY_OF_2020:
            if key in source:
                result[key] = [self._node(item, (*pointer, key, index)) for index, item in enumerate(source[key])]
        for key in NAMED_OF_2020:
            if key in source:
                result[key] = {name: self._node(part, (*pointer, key, name)) for name, part in source[key].items()}
        if "discriminator" in source:
            result["discriminator"] = self._discriminator(source["discriminator"], (*pointer, "discriminator"))
        self._format(source, result, pointer)
        return result

    def _reference(self, source: dict[str, Any], pointer: Pointer) -> dict[str, Any]:
        if len(source) > 1:
            others = ", ".join(sorted(source.keys() - {"$ref"}))
            self._complain(pointer, f"OpenAPI 3.0 ignores {others} beside $ref; wrap the reference in allOf.")
        parts = split(str(source["$ref"])[1:])
        if parts[:2] != ["components", "schemas"] or len(parts) != 3:
            self._complain(pointer, f"$ref {source['$ref']} does not name a schema under #/components/schemas.")
            return {}
        return {"$ref": f"#/$defs/{parts[2]}"}

    def _discriminator(self, source: Any, pointer: Pointer) -> dict[str, Any]:
        """Which branch goes by which name, for `deciding` and for whoever makes a value."""
        mapping = source.get("mapping", {}) if isinstance(source, dict) else None
        if not isinstance(mapping, dict) or not isinstance(source.get("propertyName"), str):
            self._complain(pointer, "a discriminator has a propertyName and may have a mapping.")
            return {"propertyName": "", "mapping": {}}
        targets = {str(name): str(target).rsplit("/", 1)[-1] for name, target in mapping.items()}
        return {
            "propertyName": source["propertyName"],
            "mapping": {name: f"#/$defs/{target}" for name, target in targets.items()},
        }

    def _bounds(self, source: dict[str, Any], result: dict[str, Any]) -> None:
        for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            if source.get(exclusive) is True and bound in result:
                result[exclusive] = result.pop(bound)
                _charge_too(result, exclusive, bound)

    def _format(self, source: dict[str, Any], result: dict[str, Any], pointer: Pointer) -> None:
        name = source.get("format")
        if name in INTEGER_FORMATS:
            low, high = INTEGER_FORMATS[name]
            del result["format"]
            if "exclusiveMinimum" not in result and result.get("minimum", low) <= low:
                result["minimum"] = low
                _charge_too(result, "minimum", "format")
            if "exclusiveMaximum" not in result and result.get("maximum", high) >= high:
                result["maximum"] = high
                _charge_too(result, "maximum", "format")
        elif name in OPAQUE_FORMATS:
            del result["format"]
        elif name is not None and name not in STANDARD_FORMATS and name not in OWN_FORMATS:
            known = ", ".join(sorted(STANDARD_FORMATS | set(OWN_FORMATS) | set(INTEGER_FORMATS) | OPAQUE_FORMATS))
            self._complain((*pointer, "format"), f"the format '{name}' is not enforced. Known: {known}.")


class LateValidator:
    """
    A judge that is compiled when it is first asked.

    A document with thousands of schemas is there sooner; most of them are never asked for. `schema` must be in order.
    """

    __slots__ = ("_schema", "_validator")

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._validator: Judge | None = None

    def is_valid(self, instance: Any) -> bool:
        """Whether the value fits."""
        return self._compiled().is_valid(instance)

    def iter_errors(self, instance: Any) -> Iterator[jsonschema_rs.ValidationError]:
        """Every way in which it does not."""
        return self._compiled().iter_errors(instance)

    def validate(self, instance: Any) -> None:
        """Raises `jsonschema_rs.ValidationError` for the first way in which it does not."""
        self._compiled().validate(instance)

    def evaluate(self, instance: Any) -> jsonschema_rs.Evaluation:
        """The annotations of the schemas that it fits."""
        return self._compiled().evaluate(instance)

    def _compiled(self) -> Judge:
        if self._validator is None:
            self._validator = validator(deciding(pruned(self._schema, self._schema.get("$defs", {}))))
        return self._validator


def pruned(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A translated schema with those of the definitions that it leads to, and no others."""
    found: set[str] = set()
    waiting = set(_named(schema))
    while waiting:
        name = waiting.pop()
        if name not in found and name in definitions:
            found.add(name)
            waiting.update(_named(definitions[name]))
    own = {key: value for key, value in schema.items() if key != "$defs"}
    return {**own, "$defs": {name: definitions[name] for name in sorted(found)}} if found else own


def _named(schema: Any) -> Iterator[str]:
    """The definitions that a translated schema leads to, one after the other."""
    if not isinstance(schema, Mapping):
        return
    if "$ref" in schema:
        yield schema["$ref"].rsplit("/", 1)[-1]
    for target in schema.get("discriminator", {}).get("mapping", {}).values():
        yield target.rsplit("/", 1)[-1]
    for key in NAMED_OF_2020:
        if key in schema:
            for member in schema[key].values():
                yield from _named(member)
    for key in ONE_OF_2020:
        if key in schema:
            yield from _named(schema[key])
    for key in MANY_OF_2020:
        for branch in schema.get(key, ()):
            yield from _named(branch)


def charges(value: Any) -> Charges:
    """An `x-statement` as ids by keyword: "HW-62" gives {"*": ("HW-62",)}."""
    if isinstance(value, dict):
        return {str(key): _ids(ids) for key, ids in value.items()}
    return {WHOLE: _ids(value)} if value else {}


def _ids(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _charge_too(schema: dict[str, Any], keyword: str, spoken: str) -> None:
    """Charge the keyword that judges here to the statement of the one that the document speaks of."""
    charged = schema.get("x-statement", {})
    if spoken in charged:
        charged.setdefault(keyword, charged[spoken])


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if "type" in schema and not any(key in schema for key in MANY):
        return {**schema, "type": [schema["type"], "null"]}
    _charge_too(schema, "anyOf", "type")
    outer: dict[str, Any] = {key: schema[key] for key in ("x-statement", "title", "description") if key in schema}
    inner = {key: value for key, value in schema.items() if key not in outer}
    return {**outer, "anyOf": [inner, {"type": "null"}]}
