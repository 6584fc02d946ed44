"""Recognises what is written alike in both documents, so that only the rest is compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from conformance.contract_diff.reading import Side
from specs.foreign_files import Site


class Unchanged:
    """Tells whether two nodes say the same, with everything that their `$ref`s lead to, wherever members stand."""

    def __init__(self, old: Side, new: Side) -> None:
        self._old, self._new = old, new
        self._comparable = old.dialect == new.dialect
        self._alike: dict[tuple[Any, Any], bool] = {}
        self._same: dict[tuple[Any, Any], bool] = {}
        self._references: dict[Any, list[str]] = {}

    def same(self, old: Site, new: Site) -> bool:
        """Whether nothing differs; False where that is not easily seen."""
        if not self._comparable:
            return False
        key = (old.key, new.key)
        if key not in self._same:
            self._decide(old, new)
        return self._same[key]

    def _decide(self, old: Site, new: Site) -> None:
        start = (old.key, new.key)
        seen = {start}
        waiting = [(old, new)]
        while waiting:
            one, other = waiting.pop()
            key = (one.key, other.key)
            if self._same.get(key) or (one is not old and self._same.get(key) is True):
                continue
            if self._same.get(key) is False or not self._is_alike(one, other):
                self._same[key] = self._same[start] = False
                return
            for reference in self._named(one):
                before, after = self._old.lookup(one, reference), self._new.lookup(other, reference)
                if before is None or after is None:
                    continue
                if self._old.relative(before) != self._new.relative(after):
                    self._same[start] = False
                    return
                if (pair := (before.key, after.key)) not in seen:
                    seen.add(pair)
                    waiting.append((before, after))
        self._same.update(dict.fromkeys(seen, True))

    def _is_alike(self, old: Site, new: Site) -> bool:
        key = (old.key, new.key)
        if key not in self._alike:
            self._alike[key] = old.value == new.value and _written(old.value) == _written(new.value) != b""
        return self._alike[key]

    def _named(self, site: Site) -> list[str]:
        if site.key not in self._references:
            self._references[site.key] = list(dict.fromkeys(_references(site.value)))
        return self._references[site.key]


def _written(value: Any) -> bytes:
    """A value as JSON, in which 1 and true differ; nothing where a value was made of nodes that stand elsewhere."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return b""


def _references(value: Any) -> Iterator[str]:
    """Every `$ref`, also one that is data; that costs nothing but a look."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Site):
            node = node.value
        if isinstance(node, dict):
            if isinstance(reference := node.get("$ref"), str):
                yield reference
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
