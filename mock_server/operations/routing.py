"""The route index: from a path to its operations, at a cost that does not grow with their number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote

from specs.flaws import CasepactError

Target = TypeVar("Target")

_PARAMETER = re.compile(r"\{([^{}]*)\}")
_ANYTHING = ".+"


@dataclass(slots=True)
class _Node(Generic[Target]):
    children: dict[str, _Node[Target]] = field(default_factory=dict)
    parameters: list[_Parameter[Target]] = field(default_factory=list)
    methods: dict[str, Target] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Parameter(Generic[Target]):
    """A segment with parameters; `names` are not kept here: templates may call the same place differently."""

    pattern: re.Pattern[str]
    groups: tuple[str, ...]
    literals: int
    node: _Node[Target]


@dataclass(frozen=True, slots=True)
class Route(Generic[Target]):
    """A path found: what each method leads to, and the texts of the path parameters."""

    methods: Mapping[str, Target]
    texts: Mapping[str, str]


class RouteIndex(Generic[Target]):
    """
    Paths as a tree of segments.

    A literal segment is found before one with parameters, and of those the one with more literal characters first.
    """

    def __init__(self) -> None:
        self._root: _Node[Target] = _Node()

    def add(
        self,
        template: str,
        method: str,
        target: Target,
        patterns: Mapping[str, str],
        suffix: str = "",
        *,
        named: bool = True,
    ) -> None:
        """
        Serve `target` at a path template.

        "/case/{id}/close" with the suffix ".xml" matches "/case/7/close.xml"; "/case/{id}" with it matches
        "/case/7.xml". A segment may hold several parameters: "/diff/{base}...{head}". `patterns` says what a parameter
        must match for the path to exist at all. What was added first keeps its place. Raises `CasepactError` for a
        template that names the parameters of one already there in another order: OpenAPI 3.0 has them as identical.
        Where they are not `named`, nobody asks for the texts of its parameters, and no order of theirs is wrong.
        Texts of a template may be percent-encoded, as they are in requests.
        """
        node = self._root
        names: list[str] = []
        segments = template[1:].split("/")
        for depth, segment in enumerate(segments):
            segment += suffix if depth == len(segments) - 1 else ""
            if "{" in segment:
                names += _PARAMETER.findall(segment)
                node = self._parameter(node, segment, patterns)
            else:
                node = node.children.setdefault(unquote(segment), _Node())
        if method in node.methods:
            return
        for position, name in enumerate(names if named else ()):
            if node.positions.setdefault(name, position) != position:
                raise CasepactError(f"{template}: another path has its parameters in another order; rename one's.")
        node.methods[method] = target

    def find(self, path: str) -> Route[Target] | None:
        """The route of a path as it was sent, percent-encoded; None when no operation has it."""
        segments = path[1:].split("/")
        if "%" in path:
            segments = [unquote(segment, errors="replace") for segment in segments]
        values: list[str] = []
        node = _descend(self._root, segments, 0, values)
        if node is None:
            return None
        return Route(node.methods, {name: values[position] for name, position in node.positions.items()})

    def _parameter(self, node: _Node[Target], segment: str, patterns: Mapping[str, str]) -> _Node[Target]:
        literals, groups, pattern = _pattern(segment, patterns)
        for known in node.parameters:
            if known.pattern.pattern == pattern:
                return known.node
        made: _Parameter[Target] = _Parameter(re.compile(pattern, re.ASCII | re.DOTALL), groups, literals, _Node())
        node.parameters.append(made)
        node.parameters.sort(key=lambda parameter: -parameter.literals)
        return made.node


def _descend(node: _Node[Target], segments: Sequence[str], depth: int, values: list[str]) -> _Node[Target] | None:
    if depth == len(segments):
        return node if node.methods else None
    segment = segments[depth]
    child = node.children.get(segment)
    if child is not None:
        found = _descend(child, segments, depth + 1, values)
        if found is not None:
            return found
    for parameter in node.parameters:
        match = parameter.pattern.fullmatch(segment)
        if match is not None:
            known = len(values)
            values += [match[group] for group in parameter.groups]
            found = _descend(parameter.node, segments, depth + 1, values)
            if found is not None:
                return found
            del values[known:]
    return None


def _pattern(segment: str, patterns: Mapping[str, str]) -> tuple[int, tuple[str, ...], str]:
    """How many literal characters a segment has, and the regular expression that has a group per parameter."""
    parts = _PARAMETER.split(segment)
    literals, names = [*map(unquote, parts[::2])], parts[1::2]
    # The groups have names of ours, so that groups within the contract's own patterns do not count.
    groups = tuple(f"_{index}" for index in range(len(names)))
    written = re.escape(literals[0])
    for group, name, literal in zip(groups, names, literals[1:], strict=True):
        pattern = patterns.get(name, ".+?" if literal else ".+")
        written += f"(?P<{group}>{pattern}){re.escape(literal)}"
    return sum(map(len, literals)), groups, written
