"""The route index: from a path to its operations, at a cost that does not grow with their number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote

Target = TypeVar("Target")


@dataclass(slots=True)
class _Node(Generic[Target]):
    children: dict[str, _Node[Target]] = field(default_factory=dict)
    parameters: list[_Parameter[Target]] = field(default_factory=list)
    methods: dict[str, Target] = field(default_factory=dict)


@dataclass(slots=True)
class _Parameter(Generic[Target]):
    name: str
    pattern: re.Pattern[str]
    suffix: str
    node: _Node[Target]


@dataclass(frozen=True, slots=True)
class Route(Generic[Target]):
    """A path found: what each method leads to, and the texts of the path parameters."""

    methods: Mapping[str, Target]
    texts: Mapping[str, str]


class RouteIndex(Generic[Target]):
    """
    Paths as a tree of segments.

    A literal segment is found before a parameter, a parameter with a suffix before one without.
    """

    def __init__(self) -> None:
        self._root: _Node[Target] = _Node()

    def add(self, template: str, method: str, target: Target, patterns: Mapping[str, str], suffix: str = "") -> None:
        """
        Serve `target` at a path template.

        "/case/{id}/close" with the suffix ".xml" matches "/case/7/close.xml"; "/case/{id}" with it matches
        "/case/7.xml". `patterns` says what a parameter must match for the path to exist at all. What was added first
        keeps its place.
        """
        node = self._root
        segments = template[1:].split("/")
        for depth, segment in enumerate(segments):
            ending = suffix if depth == len(segments) - 1 else ""
            if segment.startswith("{"):
                node = self._parameter(node, segment[1:-1], patterns.get(segment[1:-1], r".+"), ending)
            else:
                node = node.children.setdefault(segment + ending, _Node())
        node.methods.setdefault(method, target)

    def find(self, path: str) -> Route[Target] | None:
        """The route of a path as it was sent, percent-encoded; None when no operation has it."""
        segments = path[1:].split("/")
        if "%" in path:
            segments = [unquote(segment, errors="replace") for segment in segments]
        texts: dict[str, str] = {}
        node = self._descend(self._root, segments, 0, texts)
        return Route(node.methods, texts) if node is not None else None

    def _descend(
        self, node: _Node[Target], segments: list[str], depth: int, texts: dict[str, str]
    ) -> _Node[Target] | None:
        if depth == len(segments):
            return node if node.methods else None
        segment = segments[depth]
        child = node.children.get(segment)
        if child is not None:
            found = self._descend(child, segments, depth + 1, texts)
            if found is not None:
                return found
        for parameter in node.parameters:
            if not segment.endswith(parameter.suffix):
                continue
            text = segment[: len(segment) - len(parameter.suffix)]
            if parameter.pattern.fullmatch(text):
                found = self._descend(parameter.node, segments, depth + 1, texts)
                if found is not None:
                    texts[parameter.name] = text
                    return found
        return None

    def _parameter(self, node: _Node[Target], name: str, pattern: str, suffix: str) -> _Node[Target]:
        for known in node.parameters:
            if (known.name, known.pattern.pattern, known.suffix) == (name, pattern, suffix):
                return known.node
        made: _Parameter[Target] = _Parameter(name, re.compile(pattern, re.ASCII | re.DOTALL), suffix, _Node())
        node.parameters.append(made)
        node.parameters.sort(key=lambda parameter: -len(parameter.suffix))
        return made.node
