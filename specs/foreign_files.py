"""Files of a document that is not ours: any JSON or YAML, what stands on which line, and where its `$ref`s lead."""

from __future__ import annotations

import copy
import json
import re
from bisect import bisect
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson
import yaml

from specs.flaws import CasepactError, Flaw, FlawedDocument, Place, did_you_mean
from specs.references import at, split
from specs.source import Builder, Pointer, built, display_name, line_of

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_SPACE = re.compile(r"[ \t\r\n]*")
_JSON_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq")}
_TEXT_TAG = "tag:yaml.org,2002:str"
# What the aliases of one file may add up to: anchors that hold aliases of anchors grow without bound.
_MOST_ALIASED = 500_000
# OpenAPI 3.0.3, Example Object.
_OF_EXAMPLES = {"summary", "description", "value", "externalValue"}


class File:
    """One file as it was read; nodes are known by their pointers."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, display_name(path)
        self._text = ""
        self._lines: JsonLines | None = None
        self._places: dict[Pointer, Place] = {}
        try:
            body = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        except FileNotFoundError:
            raise CasepactError(f"{self.name}: there is no such file.") from None
        except OSError as error:
            raise CasepactError(f"{self.name}: cannot be read ({error.strerror}).") from None
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise CasepactError(f"{self.name}: cannot be read as UTF-8 text ({error}).") from None
        self._text = text
        if path.suffix.lower() == ".json" or text.lstrip()[:1] == "{":
            try:
                self.data: Any = orjson.loads(body)
                self._lines = JsonLines(text)
                return
            except orjson.JSONDecodeError as error:
                if path.suffix.lower() == ".json":
                    raise FlawedDocument([Flaw(Place(self.name, error.lineno), "", f"is not JSON: {error}.")]) from None
        document = _read_yaml(text, self.name)
        self.data, self._places = document.data, document.places

    def has_any(self, words: Iterable[str]) -> bool:
        """Whether one of the words stands anywhere in the text: a cheap question about what the data might hold."""
        return any(word in self._text for word in words)

    def place(self, pointer: Pointer) -> Place:
        """The line of a node, or of the nearest one above it."""
        if self._lines is not None:
            return Place(self.name, self._lines.line(pointer))
        while pointer and pointer not in self._places:
            pointer = pointer[:-1]
        return self._places.get(pointer, Place(self.name, 1))


class JsonLines:
    """
    Where the nodes of a JSON text stand.

    Only the containers on the way to a node are looked through; what they hold is passed over at the speed of C.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._skip: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().raw_decode
        self._ends: list[int] | None = None
        self._members: dict[Pointer, dict[str | int, tuple[int, int]]] = {}

    def line(self, pointer: Pointer) -> int:
        """The line on which a node starts, its name included; of the nearest node above when there is none."""
        if self._ends is None:
            self._ends = [match.start() for match in re.finditer("\n", self._text)]
        start = value = self._after_space(0)
        with suppress(RecursionError):  # Data may be nested deeper than this decoder goes.
            for depth, part in enumerate(pointer):
                found = self._of(pointer[:depth], value).get(part)
                if found is None:
                    break
                start, value = found
        return bisect(self._ends, start - 1) + 1

    def _of(self, pointer: Pointer, start: int) -> dict[str | int, tuple[int, int]]:
        """By name or index, where each member of the container at `start` begins, and where its value does."""
        if pointer not in self._members:
            self._members[pointer] = dict(self._parsed(start))
        return self._members[pointer]

    def _parsed(self, start: int) -> Iterable[tuple[str | int, tuple[int, int]]]:
        text, at = self._text, self._after_space(start + 1)
        opening = text[start : start + 1]
        index = 0
        while opening in ("{", "[") and text[at] not in "}]":
            key: str | int = index
            value = at
            if opening == "{":
                key, end = self._skip(text, at)
                value = self._after_space(self._after_space(end) + 1)
            yield key, (at, value)
            _, end = self._skip(text, value)
            at = self._after_space(end)
            if text[at] == ",":
                at = self._after_space(at + 1)
            index += 1

    def _after_space(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return match.end() if match is not None else at


@dataclass(frozen=True, slots=True)
class Site:
    """
    A node of a file, or what stands for one.

    Where a value was made of nodes that stand elsewhere, it holds their sites in their stead.
    """

    file: File
    pointer: Pointer
    value: Any

    def member(self, *path: str | int) -> Site:
        """The node below; raises `LookupError` when there is none."""
        site = self
        for part in path:
            found = at(site.value, (part,))
            if not isinstance(found, Site):
                key = int(part) if isinstance(site.value, list) else part
                found = Site(site.file, (*site.pointer, key), found)
            site = found
        return site

    @property
    def key(self) -> tuple[str, Pointer]:
        """What distinguishes this node from every other."""
        return self.file.name, self.pointer


Adapt = Callable[[Site], Site]
"""How a node becomes one that is written in another way; its place stays."""


class Files:
    """The files of one document, read when a `$ref` first leads to them."""

    def __init__(self, path: Path) -> None:
        self.root = File(path)
        self.flaws: list[Flaw] = []
        self.lookup: Callable[[Site, str], Site | None] | None = None
        """How a `$ref` finds what it names by something else than file and pointer; None where nothing else does."""
        self._base = path.resolve().parent.parent
        self._files = {path.resolve(): self.root}
        self._on_the_way: set[tuple[str, Pointer]] = set()

    def read(self) -> list[File]:
        """The files that were read so far, the document first."""
        return list(self._files.values())

    def followed(self, site: Site, is_end: Callable[[Any], bool] | None = None) -> Site:
        """
        What stands at the end of the `$ref`s that begin here; the node itself when it is not a reference.

        A reference whose value `is_end` is led to and followed no further. What leads nowhere is reported and gives a
        node that holds an empty mapping.
        """
        start = site
        passed: set[tuple[str, Pointer]] = set()
        while isinstance(site.value, dict) and "$ref" in site.value:
            if passed and is_end is not None and is_end(site.value):
                return site
            passed.add(site.key)
            target = self._target(site)
            if target is None or target.key in passed:
                if target is not None:
                    self.flaw(start, f"$ref {site.value['$ref']!r} leads back to itself.")
                return Site(start.file, start.pointer, {})
            site = target
        return site

    def named(self, site: Site, text: str) -> Site | None:
        """The node that a reference in the file of `site` names; None, and a flaw reported, when there is none."""
        return self._target(Site(site.file, site.pointer, {"$ref": text}))

    def data(self, site: Site) -> Any:
        """
        The value of an example, with what its `$ref`s name in their places; what names nothing here is data.

        A reference to an Example Object stands for its value.
        """
        return self._data(site, frozenset()) if _refers(site.value) else site.value

    def _data(self, site: Site, passed: frozenset[tuple[str, Pointer]]) -> Any:
        value = site.value
        if isinstance(value, list):
            return [self._data(site.member(index), passed) for index in range(len(value))]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"$ref"} and isinstance(value["$ref"], str):
            known = len(self.flaws)
            target = self._target(site) if site.key not in passed else None
            del self.flaws[known:]
            if target is None:
                return value
            whole = isinstance(target.value, dict) and "value" in target.value and target.value.keys() <= _OF_EXAMPLES
            return self._data(target.member("value") if whole else target, passed | {site.key})
        return {name: self._data(site.member(name), passed) for name in value}

    def text(self, site: Site, name: str) -> str | None:
        """The text of the file that an `externalValue` names; None when it is not to be had."""
        if _SCHEME.match(name):
            return None
        path = self._path(site, name)
        try:
            return path.read_text(encoding="utf-8") if path is not None else None
        except (OSError, UnicodeDecodeError, ValueError):
            return None

    def flaw(self, site: Site, message: str, *path: str | int) -> None:
        """Tell what is wrong with a node, or with what stands below it."""
        self.flaws.append(Flaw(site.file.place((*site.pointer, *path)), "", message))

    def _target(self, site: Site) -> Site | None:
        reference = site.value["$ref"]
        if not isinstance(reference, str) or not reference:
            self.flaw(site, f"$ref {reference!r} is not a reference.", "$ref")
            return None
        if self.lookup is not None and (found := self.lookup(site, reference)) is not None:
            return found
        name, _, fragment = reference.partition("#")
        if _SCHEME.match(name):
            self.flaw(
                site,
                f"$ref {reference} is remote, and nothing is fetched; save what it names in a file beside this one.",
                "$ref",
            )
            return None
        file = self._file(site, unquote(name)) if name else site.file
        if file is None:
            return None
        if fragment and not fragment.startswith("/"):
            self.flaw(site, f"$ref {reference} has a fragment that is not a JSON pointer.", "$ref")
            return None
        parts = tuple(split(unquote(fragment)))
        try:
            return self._found(file, parts)
        except LookupError:
            self.flaw(site, f"$ref leads nowhere: {file.name} has no #{fragment}.{self._hint(file, parts)}", "$ref")
            return None

    def _found(self, file: File, parts: tuple[str, ...]) -> Site:
        """The node that a pointer leads to, also through `$ref`s on its way; raises `LookupError`."""
        site = Site(file, (), file.data)
        for part in parts:
            if isinstance(site.value, dict) and part not in site.value and isinstance(site.value.get("$ref"), str):
                if site.key in self._on_the_way:
                    raise LookupError(part)
                self._on_the_way.add(site.key)
                target = self.followed(site)
                self._on_the_way.discard(site.key)
                site = target
            at(site.value, (part,))
            site = site.member(int(part) if isinstance(site.value, list) else part)
        return site

    def _hint(self, file: File, parts: tuple[str, ...]) -> str:
        try:
            known = at(file.data, parts[:-1])
        except LookupError:
            return ""
        return did_you_mean(parts[-1], known) if isinstance(known, dict) and parts else ""

    def _file(self, site: Site, name: str) -> File | None:
        path = self._path(site, name)
        if path is None:
            self.flaw(site, f"$ref leads out of {self._base}: {name}.", "$ref")
            return None
        if path not in self._files:
            try:
                self._files[path] = File(path)
            except FlawedDocument as error:
                self.flaws += error.flaws
                return None
            except CasepactError as error:
                self.flaw(site, f"$ref leads to no file: {error}", "$ref")
                return None
        return self._files[path]

    def _path(self, site: Site, name: str) -> Path | None:
        """The file that a name means, when it lies in the folder of the document, below it or one above."""
        try:
            path = (site.file.path.parent / name).resolve()
        except (OSError, ValueError):  # A name that no file can have: too long, or with a NUL in it.
            return None
        return path if path.is_relative_to(self._base) else None


def _refers(value: Any) -> bool:
    """Whether a `$ref` stands anywhere in a value."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if "$ref" in item:
                return True
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
    return False


@dataclass(frozen=True, slots=True)
class _Yaml:
    data: Any
    places: dict[Pointer, Place]


def _read_yaml(text: str, name: str) -> _Yaml:
    builder = _ForeignBuilder(name)
    return _Yaml(built(builder, text), builder.lines)


class _ForeignBuilder(Builder):
    """Takes what our own documents leave out: anchors, aliases, merge keys, tags of JSON types."""

    booleans: Mapping[str, bool] = {
        **dict.fromkeys(("true", "True", "TRUE"), True),
        **dict.fromkeys(("false", "False", "FALSE"), False),
    }
    nulls = frozenset({"null", "Null", "NULL", "~", ""})

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._count = self._aliased = 0
        self._anchors: dict[str, tuple[Any, int] | None] = {}

    def _node(self, event: yaml.Event, pointer: Pointer) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, pointer)
        before = self._count
        self._count += 1
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self._anchors[anchor] = None
        value = super()._node(event, pointer)
        if anchor is not None:
            self._anchors[anchor] = value, self._count - before
        return value

    def _alias(self, event: yaml.AliasEvent, pointer: Pointer) -> Any:
        line = line_of(event)
        self.lines.setdefault(pointer, Place(self.name, line))
        name = str(event.anchor)
        known = self._anchors.get(name)
        if known is None:
            reason = "stands within what it names" if name in self._anchors else "names no anchor before it"
            return self.flaw(line, f"the alias *{name} {reason}.")
        value, size = known
        self._count += size
        self._aliased += size
        if self._aliased > _MOST_ALIASED:
            self.flaw(line, f"its aliases stand for more than {_MOST_ALIASED} values.")
            raise FlawedDocument(self.flaws)
        return copy.deepcopy(value)

    def _mapping(self, pointer: Pointer) -> dict[str, Any]:
        members = super()._mapping(pointer)
        if "<<" not in members:
            return members
        merged: dict[str, Any] = {}
        sources = members.pop("<<")
        for source in reversed(sources if isinstance(sources, list) else [sources]):
            if isinstance(source, dict):
                merged |= source
        return merged | members

    def _refuse_references(self, event: yaml.Event) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None and tag not in _JSON_TAGS and tag != "!":
            self.flaw(line_of(event), f"uses the tag {tag}; only JSON types are read.")

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        return str(event.value) if event.tag in (_TEXT_TAG, "!") else super()._scalar(event)
