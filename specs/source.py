"""Find and read our YAML: JSON types only, nothing twice, the line of everything remembered."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from specs.flaws import CasepactError, Flaw, FlawedDocument, Place

try:
    from yaml import CSafeLoader as _Parser
except ImportError:  # PyYAML built without libyaml makes the same events, only slower.
    from yaml import SafeLoader as _Parser  # type: ignore[assignment] # same interface

YAML_PARSER = _Parser
PACKAGE = Path(__file__).parent
FIXTURES = next(path for path in (PACKAGE / "fixtures", PACKAGE.parent / "fixtures") if path.is_dir())
"""Seed worlds and target profiles: beside the packages in a checkout, within this one where it is installed."""

# RFC 8259 section 6: no leading zeros, so 01013 stays text.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z")
# A body may be nested 128 levels deep (specs.values), and a saved record stands three levels down in its file.
_MAX_DEPTH = 140

Pointer = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A file's data with the place each element starts on; what was brought in from another file keeps its own."""

    file: str
    data: Any
    lines: dict[Pointer, Place] = field(repr=False)

    def place(self, pointer: Pointer = ()) -> Place:
        """The nearest known place at or above `pointer`."""
        while pointer and pointer not in self.lines:
            pointer = pointer[:-1]
        return self.lines.get(pointer, Place(self.file, 1))


def read(path: Path) -> Document:
    """
    Read one YAML file strictly.

    Raises `FlawedDocument` with every duplicate key, anchor, alias, tag and non-text key, or `CasepactError` when the
    file cannot be read at all.
    """
    name = display_name(path)
    if path.exists() and not path.is_file():
        # A pipe would be waited for.
        raise CasepactError(f"{name}: cannot be read: it is not a file.")
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CasepactError(f"{name}: there is no such file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CasepactError(f"{name}: cannot be read as UTF-8 text ({error}).") from None
    return parse(text, name)


def parse(text: str, name: str) -> Document:
    """Like `read`, for text at hand; `name` stands for the file in errors."""
    builder = Builder(name)
    return Document(name, built(builder, text), builder.lines)


def built(builder: Builder, text: str) -> Any:
    """The data that a builder makes of a text; raises `FlawedDocument` with all that it complains about."""
    data: Any = None
    try:
        data = builder.document(yaml.parse(text, Loader=YAML_PARSER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(part for part in (error.context, error.problem) if part)
        builder.flaw(mark.line + 1 if mark else 1, f"is not YAML: {problem}.")
    except yaml.YAMLError as error:
        builder.flaw(1, f"is not YAML: {error}.")
    if builder.flaws:
        raise FlawedDocument(builder.flaws)
    return data


def display_name(path: Path) -> str:
    """A path as a reader would type it: from the working directory or the project when below it."""
    resolved = path.resolve()
    # Where the package is reached through a link, the project is where that leads.
    for base in (Path.cwd(), PACKAGE.resolve().parent):
        if resolved.is_relative_to(base):
            return str(resolved.relative_to(base))
    return str(resolved)


CONTROL_BASE = "/_casepact/v1"
"""Where a mock serves our own contract: the first server that its document names."""


def name_of(path: Path) -> str:
    """The name that the API of a document goes by: that of its file, or of its folder for an `openapi.yaml`."""
    name = path.resolve().parent.name if path.stem.lower() in ("openapi", "swagger", "api") else path.stem
    return "".join(part if part.isalnum() or part in "-_" else "-" for part in name.lower()) or "api"


class Builder:
    """Makes data of a parser's events. No node is composed: that would follow any depth until the stack ends."""

    booleans: Mapping[str, bool] = {"true": True, "false": False}
    nulls: frozenset[str] = frozenset({"null", "~", ""})

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Pointer, Place] = {}
        self.flaws: list[Flaw] = []

    def document(self, events: Iterator[yaml.Event]) -> Any:
        self.events = events
        next(events)
        if isinstance(next(events), yaml.StreamEndEvent):
            return self.flaw(1, "is empty.")
        data = self._node(next(events), ())
        next(events)
        following = next(events)
        if not isinstance(following, yaml.StreamEndEvent):
            self.flaw(line_of(following), "holds a second document; write it to a file of its own.")
        return data

    def flaw(self, line: int, message: str) -> None:
        self.flaws.append(Flaw(Place(self.name, line), "", message))

    def _node(self, event: yaml.Event, pointer: Pointer) -> Any:
        line = line_of(event)
        self.lines.setdefault(pointer, Place(self.name, line))
        if len(pointer) > _MAX_DEPTH:
            self.flaw(line, f"is nested deeper than {_MAX_DEPTH} levels.")
            raise FlawedDocument(self.flaws)
        self._refuse_references(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(pointer)
        if isinstance(event, yaml.SequenceStartEvent):
            return [
                self._node(item, (*pointer, index)) for index, item in enumerate(self._until(yaml.SequenceEndEvent))
            ]
        return self._scalar(event) if isinstance(event, yaml.ScalarEvent) else None

    def _mapping(self, pointer: Pointer) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for event in self._until(yaml.MappingEndEvent):
            line = line_of(event)
            if not isinstance(event, yaml.ScalarEvent):
                self.flaw(line, "has a key that is not text.")
                self._node(event, (*pointer, ""))
                self._node(next(self.events), (*pointer, ""))
                continue
            self._refuse_references(event)
            key = str(event.value)
            if key in members:
                first = self.lines[(*pointer, key)].line
                self.flaw(line, f"has the key '{key}' twice; it stands on line {first} too.")
            self.lines.setdefault((*pointer, key), Place(self.name, line))
            members[key] = self._node(next(self.events), (*pointer, key))
        return members

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self.events), end):
            yield event

    def _refuse_references(self, event: yaml.Event) -> None:
        tag, anchor = getattr(event, "tag", None), getattr(event, "anchor", None)
        if isinstance(event, yaml.AliasEvent):
            self.flaw(line_of(event), f"uses the alias *{anchor}; write the value out.")
        elif anchor is not None:
            self.flaw(line_of(event), f"uses the anchor &{anchor}; write the value out wherever it is needed.")
        if tag is not None:
            self.flaw(line_of(event), f"uses the tag {tag}; only JSON types are read.")

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text = str(event.value)
        if event.style:
            return text
        if text in self.nulls:
            return None
        if text in self.booleans:
            return self.booleans[text]
        if not _FLOAT.match(text):
            return text
        if not math.isfinite(float(text)):
            return self.flaw(line_of(event), "is a number that no double can hold; write it as text.")
        return int(text) if _INTEGER.match(text) else float(text)


def line_of(event: yaml.Event) -> int:
    """The line on which an event of the parser starts."""
    return event.start_mark.line + 1 if event.start_mark else 1
