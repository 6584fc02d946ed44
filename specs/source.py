"""Find and read our YAML: JSON types only, nothing twice, the line of everything remembered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from specs.flaws import CasepactError, Flaw, FlawedDocument, Place

try:
    from yaml import CSafeLoader as _Composer
except ImportError:  # PyYAML built without libyaml composes the same nodes, only slower.
    from yaml import SafeLoader as _Composer  # type: ignore[assignment] # same interface

PACKAGE = Path(__file__).parent

_NULL = {"null", "~", ""}
_BOOLEAN = {"true": True, "false": False}
# RFC 8259 section 6: no leading zeros, so 01013 stays text.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z")
_MAX_DEPTH = 100

Pointer = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A file's data with the line each element starts on."""

    file: str
    data: Any
    lines: dict[Pointer, int] = field(repr=False)

    def place(self, pointer: Pointer = ()) -> Place:
        """The nearest known place at or above `pointer`."""
        while pointer and pointer not in self.lines:
            pointer = pointer[:-1]
        return Place(self.file, self.lines.get(pointer, 1))


def read(path: Path) -> Document:
    """
    Read one YAML file strictly.

    Raises `FlawedDocument` with every duplicate key, alias, tag and non-text key, or `CasepactError` when the file
    cannot be read at all.
    """
    name = display_name(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CasepactError(f"{name}: there is no such file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CasepactError(f"{name}: cannot be read as UTF-8 text ({error}).") from None
    return parse(text, name)


def parse(text: str, name: str) -> Document:
    """Like `read`, for text at hand; `name` stands for the file in errors."""
    try:
        root = yaml.compose(text, Loader=_Composer)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(name, mark.line + 1 if mark else 1)
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise FlawedDocument([Flaw(place, "", f"is not YAML: {problem}.")]) from None
    except yaml.YAMLError as error:
        raise FlawedDocument([Flaw(Place(name, 1), "", f"is not YAML: {error}.")]) from None
    if root is None:
        raise FlawedDocument([Flaw(Place(name, 1), "", "is empty.")])
    builder = _Builder(name)
    data = builder.build(root, ())
    if builder.flaws:
        raise FlawedDocument(builder.flaws)
    return Document(name, data, builder.lines)


def display_name(path: Path) -> str:
    """A path as a reader would type it: from the working directory or the project when below it."""
    resolved = path.resolve()
    for base in (Path.cwd(), PACKAGE.parent):
        if resolved.is_relative_to(base):
            return str(resolved.relative_to(base))
    return str(resolved)


def apis() -> tuple[str, ...]:
    """The ids of the APIs that have a contract in this package, in alphabetical order."""
    return tuple(sorted(path.parent.name for path in PACKAGE.glob("*/openapi.yaml")))


class _Builder:
    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Pointer, int] = {}
        self.flaws: list[Flaw] = []
        self._seen: set[int] = set()

    def build(self, node: yaml.Node, pointer: Pointer) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(pointer, line)
        if id(node) in self._seen:
            return self._flaw(line, "uses an alias (*name); write the value out.")
        self._seen.add(id(node))
        if node.tag.startswith("!") or node.tag.startswith("tag:yaml.org,2002:python"):
            return self._flaw(line, f"uses the tag {node.tag}; only JSON types are read.")
        if len(pointer) > _MAX_DEPTH:
            return self._flaw(line, f"is nested deeper than {_MAX_DEPTH} levels.")
        if isinstance(node, yaml.MappingNode):
            return dict(self._members(node, pointer))
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*pointer, index)) for index, item in enumerate(node.value)]
        return _scalar(node)

    def _members(self, node: yaml.MappingNode, pointer: Pointer) -> Iterator[tuple[str, Any]]:
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._flaw(line, "has a key that is not text.")
                continue
            key = str(key_node.value)
            if key in first:
                self._flaw(line, f"has the key '{key}' twice; it stands on line {first[key]} too.")
                continue
            first[key] = line
            self.lines[(*pointer, key)] = line
            yield key, self.build(value_node, (*pointer, key))

    def _flaw(self, line: int, message: str) -> None:
        self.flaws.append(Flaw(Place(self.name, line), "", message))


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) not in (None, ""):
        return text
    if text in _NULL:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text
