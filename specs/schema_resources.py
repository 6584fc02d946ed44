"""What JSON Schema says of whole schemas within a document: their identifiers, anchors and dialects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urljoin

from specs.foreign_files import File, Files, Site
from specs.references import at, split
from specs.source import Pointer

MODERN = frozenset(
    {
        "https://json-schema.org/draft/2020-12/schema",
        "https://spec.openapis.org/oas/3.1/dialect/base",
        "https://spec.openapis.org/oas/3.1/dialect/2024-10-25",
        "https://spec.openapis.org/oas/3.1/dialect/2024-11-10",
        "https://spec.openapis.org/oas/3.2/dialect/base",
        "https://spec.openapis.org/oas/3.2/dialect/2025-09-17",
    }
)
"""The dialects that are read as they stand: JSON Schema 2020-12, alone or with what OpenAPI adds."""

_OLDER: Mapping[str, int] = {
    "https://json-schema.org/draft-04/schema": 4,
    "https://json-schema.org/draft-05/schema": 4,
    "https://json-schema.org/draft-06/schema": 6,
    "https://json-schema.org/draft-07/schema": 7,
    "https://json-schema.org/draft/2019-09/schema": 2019,
}
"""The dialects that are translated, by the number of their draft; all but the last really begin with http."""

MARKS = ("$id", "$anchor", "$dynamicAnchor", "$schema")


@dataclass(slots=True)
class _Index:
    """Where a file has the keywords that are about whole schemas: their values by pointer."""

    found: dict[str, dict[Pointer, str]] = field(default_factory=lambda: {mark: {} for mark in MARKS})
    bases: dict[Pointer, str] = field(default_factory=dict)
    """The full identifier of each schema that has one."""


class Resources:
    """The schemas of a document by identifier and anchor; each file is looked through when it is first asked about."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._indexes: dict[str, _Index] = {}

    def find(self, site: Site, reference: str) -> Site | None:
        """
        The node that a `$ref` names by an identifier or an anchor; None where it names neither.

        "#tree" is the schema with `$anchor: tree`, "https://example.com/pet" the one with that `$id`.
        """
        self._indexed(site.file)
        base = self._base(site)
        target = f"{base}{reference}" if reference.startswith("#") else urljoin(base, reference)
        name, _, fragment = target.partition("#")
        if not name and (not fragment or fragment.startswith("/")):
            return None
        for file in self._files.read():
            index = self._indexed(file)
            roots = [pointer for pointer, known in index.bases.items() if known == name]
            if not name and file is site.file:
                roots.append(())
            for root in roots:
                found = self._within(file, root, unquote(fragment))
                if found is not None:
                    return found
        return None

    def modern(self, site: Site) -> Site:
        """
        A schema in the keywords of JSON Schema 2020-12, whatever its dialect.

        A `$dynamicRef` becomes a `$ref` where it can lead to one schema alone; where it may lead to several, that is a
        flaw.
        """
        found = _translated(site, self._draft(site))
        if not isinstance(found.value, dict) or "$dynamicRef" not in found.value:
            return found
        reference = str(found.value["$dynamicRef"])
        anchors = Counter(
            anchor for file in self._files.read() for anchor in self._indexed(file).found["$dynamicAnchor"].values()
        )
        if anchors[reference.rpartition("#")[2]] > 1:
            self._files.flaw(
                site, f"$dynamicRef {reference} leads to one of several schemas; name the one with $ref.", "$dynamicRef"
            )
        rest = {key: value for key, value in found.value.items() if key != "$dynamicRef"}
        return Site(site.file, site.pointer, {"$ref": reference, **rest})

    def _draft(self, site: Site) -> int:
        """
        The number of the draft that a schema is written in; 2020 for the one that OpenAPI has.

        The nearest `$schema` counts, else the `jsonSchemaDialect` of the document. One that is not known is a flaw, and
        read like that of OpenAPI.
        """
        index = self._indexed(site.file)
        for end in range(len(site.pointer), -1, -1) if index.found["$schema"] else ():
            if (named := index.found["$schema"].get(site.pointer[:end])) is not None:
                return self._number(Site(site.file, (*site.pointer[:end], "$schema"), named))
        root = self._files.root
        named = root.data.get("jsonSchemaDialect")
        return 2020 if named is None else self._number(Site(root, ("jsonSchemaDialect",), named))

    def _number(self, site: Site) -> int:
        named = str(site.value).rstrip("#").replace("http://", "https://", 1)
        if named in MODERN:
            return 2020
        if named not in _OLDER:
            self._files.flaw(
                site,
                f"the schema dialect {str(site.value)[:100]} is not read; JSON Schema draft-04, 06, 07, 2019-09 and "
                "2020-12 are, and the dialect of OpenAPI itself.",
            )
        return _OLDER.get(named, 2020)

    def _within(self, file: File, root: Pointer, fragment: str) -> Site | None:
        index = self._indexed(file)
        if not fragment:
            return Site(file, root, at(file.data, root))
        if fragment.startswith("/"):
            try:
                return Site(file, root, at(file.data, root)).member(*split(fragment))
            except LookupError:
                return None
        for mark in ("$anchor", "$dynamicAnchor"):
            for pointer, name in index.found[mark].items():
                if name == fragment and self._root_of(index, pointer) == root:
                    return Site(file, pointer, at(file.data, pointer))
        return None

    def _base(self, site: Site) -> str:
        index = self._indexed(site.file)
        return index.bases.get(self._root_of(index, site.pointer), "")

    def _root_of(self, index: _Index, pointer: Pointer) -> Pointer:
        """The nearest schema at or above a node that has an identifier; the file where none has."""
        for end in range(len(pointer), -1, -1):
            if pointer[:end] in index.bases:
                return pointer[:end]
        return ()

    def _indexed(self, file: File) -> _Index:
        if file.name not in self._indexes:
            index = self._indexes[file.name] = _Index()
            if file is self._files.root and isinstance(named := file.data.get("$self"), str):
                index.bases[()] = named.rstrip("#")
            if file.has_any(MARKS):
                for pointer, mark, value in _marked(file.data, ()):
                    index.found[mark][pointer] = value
            for pointer, name in sorted(index.found["$id"].items(), key=lambda item: len(item[0])):
                index.bases[pointer] = urljoin(index.bases.get(self._root_of(index, pointer), ""), name).rstrip("#")
        return self._indexes[file.name]


def _translated(site: Site, draft: int) -> Site:
    """A schema of an older draft as one of 2020-12: the same node, with what was renamed since under its new name."""
    source = site.value
    if draft == 2020 or not isinstance(source, dict):
        return site
    if draft < 2019 and "$ref" in source:
        return Site(site.file, site.pointer, {"$ref": source["$ref"]})
    result = dict(source)
    if isinstance(source.get("items"), list):
        result["prefixItems"] = [site.member("items", index) for index in range(len(source["items"]))]
        result.pop("items")
        if "additionalItems" in source:
            result["items"] = site.member("additionalItems")
        if not source["items"]:
            result.pop("prefixItems")
    if isinstance(source.get("dependencies"), dict):
        named = source["dependencies"]
        result["dependentRequired"] = {name: value for name, value in named.items() if isinstance(value, list)}
        result["dependentSchemas"] = {
            name: site.member("dependencies", name) for name, value in named.items() if not isinstance(value, list)
        }
    if "$recursiveRef" in source:
        result["$ref"] = result.pop("$recursiveRef")
    if draft == 4:
        for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            if isinstance(result.get(exclusive), bool) and result.pop(exclusive) and bound in result:
                result[exclusive] = result.pop(bound)
    return Site(site.file, site.pointer, result)


def _marked(value: Any, pointer: Pointer) -> Iterator[tuple[Pointer, str, str]]:
    """The keywords that are about whole schemas, with the pointers of the schemas."""
    waiting: list[tuple[Any, Pointer]] = [(value, pointer)]
    while waiting:
        node, here = waiting.pop()
        if isinstance(node, dict):
            for mark in MARKS:
                if isinstance(node.get(mark), str):
                    yield here, mark, node[mark]
            waiting += [(member, (*here, key)) for key, member in node.items()]
        elif isinstance(node, list):
            waiting += [(item, (*here, index)) for index, item in enumerate(node)]
