"""What a foreign document says and nothing of ours enforces: unknown formats and keywords, links, callbacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specs.flaws import Flaw
from specs.foreign_files import Files, Site
from specs.formats import INTEGER_FORMATS, OPAQUE_FORMATS, OWN_FORMATS, STANDARD_FORMATS, validator

_KNOWN_FORMATS = STANDARD_FORMATS | set(OWN_FORMATS) | set(INTEGER_FORMATS) | OPAQUE_FORMATS
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")

_ONE: Mapping[str, Mapping[str, str]] = {
    "document": {"components": "components"},
    "path": dict.fromkeys(_METHODS, "operation"),
    "operation": {"requestBody": "body"},
    "parameter": {"schema": "schema"},
    "header": {"schema": "schema"},
    "answered": {"schema": "schema"},
    "sent": {"schema": "schema"},
    "schema": dict.fromkeys(
        ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"), "schema"
    ),
}
_MANY: Mapping[str, Mapping[str, str]] = {
    "document": {"paths": "path"},
    "components": {
        "schemas": "schema",
        "responses": "response",
        "parameters": "parameter",
        "requestBodies": "body",
        "headers": "header",
        "pathItems": "path",
    },
    "path": {"parameters": "parameter"},
    "operation": {"parameters": "parameter", "responses": "response"},
    "parameter": {"content": "other"},
    "header": {"content": "other"},
    "body": {"content": "sent"},
    "response": {"headers": "header", "content": "answered"},
    "schema": {
        **dict.fromkeys(("properties", "patternProperties", "$defs", "dependentSchemas"), "schema"),
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), "schema"),
    },
}
"""By the kind of a node, the kinds of the nodes below its members: of one, or of each in a mapping or list."""

_IGNORED: Mapping[str, Mapping[str, str]] = {
    "document": {"webhooks": "webhooks are neither served nor checked"},
    "components": {
        "callbacks": "callbacks are neither sent nor checked",
        "links": "links are not followed",
    },
    "path": {"servers": "of the servers of single paths only the paths count; requests go to one address"},
    "operation": {
        "servers": "of the servers of single operations only the paths count; requests go to one address",
        "callbacks": "callbacks are neither sent nor checked",
    },
    "response": {"links": "links are not followed"},
    "schema": {
        "contentEncoding": "the encoding of texts is not judged",
        "contentMediaType": "the content of texts is not judged",
        "contentSchema": "the content of texts is not judged",
    },
}
_OF_3_0 = frozenset(
    {
        *(
            "title",
            "multipleOf",
            "maximum",
            "exclusiveMaximum",
            "minimum",
            "exclusiveMinimum",
            "maxLength",
            "minLength",
        ),
        *("pattern", "maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties", "required", "enum"),
        *("type", "allOf", "oneOf", "anyOf", "not", "items", "properties", "additionalProperties", "description"),
        *("format", "default", "nullable", "discriminator", "readOnly", "writeOnly", "xml", "externalDocs", "example"),
        *("deprecated", "$ref"),
    }
)
"""The keywords of a schema (OpenAPI 3.0.3, Schema Object)."""


def unenforced(path: Path) -> list[Flaw]:
    """
    What stands in a document, in the order of its lines, and would neither be enforced by the mock nor by the harness.

    Raises `CasepactError` for a file that cannot be read. What is wrong with the document is not looked for.
    """
    files = Files(path)
    walk = _Walk(files, str(files.root.data.get("openapi", "")) if isinstance(files.root.data, dict) else "")
    walk.enter(Site(files.root, (), files.root.data), "document")
    return sorted(set(walk.found))


@dataclass
class _Walk:
    files: Files
    version: str
    found: list[Flaw] = field(default_factory=list)
    _seen: set[tuple[Any, str]] = field(default_factory=set)

    def enter(self, start: Site, kind: str) -> None:
        """Look at a node and all below it; each node once."""
        waiting = [(start, kind)]
        while waiting:
            site, kind = waiting.pop()
            site = self.files.followed(site)
            if not isinstance(site.value, dict) or (site.key, kind) in self._seen:
                continue
            self._seen.add((site.key, kind))
            self._look(site, kind)
            waiting += self._below(site, kind)

    def _below(self, site: Site, kind: str) -> Iterator[tuple[Site, str]]:
        for member, below in _ONE.get(kind, {}).items():
            if member in site.value:
                yield site.member(member), below
        for member, below in _MANY.get(kind, {}).items():
            held = site.value.get(member)
            names = held if isinstance(held, dict) else range(len(held)) if isinstance(held, list) else ()
            for name in names:
                if not str(name).startswith("x-"):
                    yield site.member(member, name), below

    def _look(self, site: Site, kind: str) -> None:
        for member, message in _IGNORED.get(kind, {}).items():
            if site.value.get(member):
                self._note(site, message, member)
        if kind == "schema":
            self._look_at_schema(site)
        if kind in ("answered", "sent") and site.value.get("schema"):
            name = str(site.pointer[-1]).partition(";")[0].strip().lower()
            if kind == "answered" and not _is_json(name):
                self._note(site, f"bodies of {name} are not judged by their schema")
            elif kind == "sent" and not (_is_json(name) or "xml" in name or "form" in name):
                self._note(site, f"bodies of {name} are accepted unchecked")

    def _look_at_schema(self, site: Site) -> None:
        schema = site.value
        name, pattern = schema.get("format"), schema.get("pattern")
        if isinstance(name, str) and name not in _KNOWN_FORMATS:
            self._note(site, f"the format '{name}' is not enforced", "format")
        if isinstance(pattern, str):
            try:
                validator({"pattern": pattern})
            except ValueError:
                self._note(site, f"our validator cannot read the regular expression {pattern[:60]}", "pattern")
        if self.version.startswith("3.0"):
            for key in schema:
                if key not in _OF_3_0 and not key.startswith("x-"):
                    self._note(site, f"'{key[:40]}' is not a keyword of a schema in OpenAPI 3.0", key)

    def _note(self, site: Site, message: str, *path: str | int) -> None:
        self.found.append(Flaw(site.file.place((*site.pointer, *path)), "", f"{message}."))


def _is_json(media: str) -> bool:
    return media in ("application/json", "text/json", "*/*", "application/*") or media.endswith("+json")
