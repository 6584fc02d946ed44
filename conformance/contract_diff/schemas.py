"""Compares two schemas as sets of values: does the new one allow every value that the old one did, and no more?"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from itertools import islice
from typing import Any

from conformance.contract_diff.change import Direction, Level
from conformance.contract_diff.differences import Below, Difference, joined, shown
from conformance.contract_diff.limits import LIMITED, enums, limits, listed, opaque, within_enum
from conformance.contract_diff.reading import Side
from conformance.contract_diff.shapes import (
    OPAQUE,
    TYPES,
    Node,
    Said,
    Shape,
    Shaped,
    Shapes,
    canonical,
)
from conformance.contract_diff.unchanged import Unchanged
from specs.foreign_files import Site

Item = Difference | Below
Trail = tuple["Trail", str] | None
"""The paths from one pair of schemas to the next, the last one first."""

_MOST_JUDGED = 200
_MOST_NESTED = 20
"""How deep choices within choices are looked into to see which alternatives belong together."""


class SchemaComparison:
    """Compares the schemas of two documents; each pair once in each direction, also where schemas hold themselves."""

    def __init__(self, old: Side, new: Side, unchanged: Unchanged) -> None:
        self._old, self._new = Shapes(old), Shapes(new)
        self._unchanged = unchanged
        self._numbers: dict[Any, int] = {}
        self._known: dict[int, tuple[Item, ...]] = {}
        self._whole: dict[int, tuple[Difference, ...]] = {}
        self._silent: set[int] = set()
        """Pairs without a difference, above all below them."""
        self._depth = 0
        self.renamed: dict[tuple[str, str], tuple[Site, Site]] = {}

    def differences(self, old: Node, new: Node, direction: Direction) -> tuple[Difference, ...]:
        """
        What differs between two schemas, the nearest first.

        Each pair of schemas below them counts once, at the shortest path to it, so recursive schemas come to an end.
        """
        pair = Below("", old, new)
        key = self._key(pair, direction)
        if key not in self._whole:
            self._whole[key] = tuple(self._walked([pair], direction))
        return self._whole[key]

    def _walked(self, items: Iterable[Item], direction: Direction) -> Iterator[Difference]:
        """The differences among the items, and those of the schemas below them."""
        seen: set[int] = set()
        waiting: deque[tuple[Trail, Item]] = deque((None, item) for item in items)
        is_silent = True
        while waiting:
            trail, item = waiting.popleft()
            if isinstance(item, Difference):
                is_silent = False
                yield item.below(_path(trail))
            elif (key := self._key(item, direction)) not in seen and key not in self._silent:
                seen.add(key)
                below = (trail, item.path)
                waiting.extend((below, found) for found in self._once(item, direction, key))
        if is_silent and not self._depth:
            self._silent |= seen

    def _once(self, pair: Below, direction: Direction, key: int) -> tuple[Item, ...]:
        """What differs between two schemas themselves, and the pairs of schemas that stand in them."""
        if key not in self._known:
            # A pair that is met again while its alternatives are matched is taken to be equal there.
            self._known[key] = ()
            if len(pair.old) == len(pair.new):
                if all(map(self._unchanged.same, pair.old, pair.new)):
                    return ()
                if len(pair.old) == 1:
                    self._note_names(pair.old[0], pair.new[0])
            found = self._compared(self._old.of(pair.old, direction), self._new.of(pair.new, direction), direction)
            self._known[key] = tuple({_identity(item): item for item in found}.values())
        return self._known[key]

    def _key(self, pair: Below, direction: Direction) -> int:
        """A number for two schemas in one direction."""
        number = pair.numbers.get(direction)
        if number is None:
            named = (direction, tuple(site.key for site in pair.old), tuple(site.key for site in pair.new))
            number = pair.numbers[direction] = self._numbers.setdefault(named, len(self._numbers))
        return number

    def _judged(self, items: Iterable[Item], direction: Direction) -> tuple[Difference, ...]:
        """As many of the differences of two alternatives as it takes to see whether they belong together."""
        if self._depth >= _MOST_NESTED:
            return tuple(item for item in items if isinstance(item, Difference))
        self._depth += 1
        try:
            return tuple(islice(self._walked(items, direction), _MOST_JUDGED))
        finally:
            self._depth -= 1

    def _note_names(self, old: Site, new: Site) -> None:
        before, after = self._old.side.component(old), self._new.side.component(new)
        if before and after and before != after:
            self.renamed.setdefault((before, after), (old, new))

    def _compared(self, old: Shaped, new: Shaped, direction: Direction) -> Iterator[Item]:
        first, second = _anywhere(old), _anywhere(new)
        if not (old.is_complete and new.is_complete):
            yield Difference("keyword-changed", "", "a choice", "too many alternatives to compare", first, second)
        yield from self._types(old, new, first, second)
        yield from _told(old, new)
        for kind in old.by_type:
            if kind in new.by_type:
                yield from self._matched(old, new, kind, direction)

    def _types(self, old: Shaped, new: Shaped, first: Said, second: Said) -> Iterator[Difference]:
        before, after = old.kinds, new.kinds
        removed, added = before - after, after - before
        if "integer" in added and "number" in removed:
            added -= {"integer"}
        if "number" in added and "integer" in removed:
            removed -= {"integer"}
        at = (_at(old, "type", first), _at(new, "type", second))
        if "null" in removed and 1 < len(before) < len(TYPES):
            yield Difference("null-removed", "", _types_shown(before), _types_shown(after), *at)
            removed -= {"null"}
        if "null" in added and 1 < len(after) < len(TYPES):
            yield Difference("null-added", "", _types_shown(before), _types_shown(after), *at)
            added -= {"null"}
        if not removed and not added:
            return
        kind = "type-changed" if removed and added else "type-removed" if removed else "type-added"
        if kind == "type-removed" and {_implied(old)} == after - {"null"}:
            kind = "type-declared"
        if kind == "type-added" and {_implied(new)} == before - {"null"}:
            kind = "type-undeclared"
        yield Difference(kind, "", _types_shown(before), _types_shown(after), *at)

    def _matched(self, old: Shaped, new: Shaped, kind: str, direction: Direction) -> Iterator[Item]:
        """The differences of the alternatives of one type, each with the one that is most like it."""
        before, after = old.by_type[kind], new.by_type[kind]
        if len(before) == len(after) == 1:
            yield from self._pair(before[0], after[0], kind)
            return
        pairs = {
            (row, column): tuple(self._pair(left, right, kind))
            for row, left in enumerate(before)
            for column, right in enumerate(after)
        }
        table = {at: self._judged(items, direction) for at, items in pairs.items()}
        order = sorted(table, key=lambda at: (_cost(table[at], direction, before[at[0]], after[at[1]]), at))
        rows, columns = dict[int, int](), set[int]()
        for row, column in order:
            if row not in rows and column not in columns and _is_alike(table[row, column], before[row], after[column]):
                rows[row] = column
                columns.add(column)
                yield from pairs[row, column]
        yield from _left_over(table, rows, columns, before, after)
        yield from _exclusive(table, columns, old, new, before, after)

    def _pair(self, old: Shape, new: Shape, kind: str) -> Iterator[Item]:
        """The differences of two alternatives as far as values of one type go."""
        yield from enums(old, new, kind)
        if kind in LIMITED and not within_enum(old, new, kind):
            yield from limits(old, new, kind)
        for keyword, of in OPAQUE.items():
            if of in ("", kind) and not (keyword == "patternProperties" and not old.opaque and not new.opaque):
                yield from opaque(old, new, keyword)
        if kind == "array":
            yield from self._arrays(old, new)
        if kind == "object":
            yield from self._objects(old, new)

    def _arrays(self, old: Shape, new: Shape) -> Iterator[Item]:
        for index in range(max(len(old.places), len(new.places))):
            before = old.places[index] if index < len(old.places) else old.items
            after = new.places[index] if index < len(new.places) else new.items
            yield Below(f"[{index}]", before, after)
        yield Below("[]", old.items, new.items)
        if old.unique and not new.unique:
            yield Difference("items-not-unique", "", "uniqueItems", "", old.unique, new.at())
        if new.unique and not old.unique:
            yield Difference("items-made-unique", "", "", "uniqueItems", old.at(), new.unique)

    def _objects(self, old: Shape, new: Shape) -> Iterator[Item]:
        hidden = old.hidden & new.hidden
        for name in dict.fromkeys((*old.members, *new.members)):
            if name in hidden:
                continue
            if name not in new.members:
                yield from self._removed(old, new, name)
            elif name not in old.members:
                yield from self._added(old, new, name)
            else:
                yield Below(name, old.members[name], new.members[name])
                yield from _requirement(old, new, name)
        for name in dict.fromkeys((*old.required, *new.required)):
            if name not in old.members and name not in new.members:
                yield from _requirement(old, new, name)
        if old.closed and not new.closed:
            yield Difference("object-opened", "", "", "", old.closed, new.at("additionalProperties"))
        elif new.closed and not old.closed:
            yield Difference("object-closed", "", "", "", old.at("additionalProperties"), new.closed)
        elif not old.closed:
            yield Below("*", old.extra, new.extra)

    def _removed(self, old: Shape, new: Shape, name: str) -> Iterator[Difference]:
        required = "required-" if name in old.required else ""
        forbidden = new.closed is not None and name not in new.hidden
        kind = f"{required}member-{'forbidden' if forbidden else 'removed'}"
        yield Difference(kind, name, "", "", old.members_at[name], new.closed or new.at("properties"))

    def _added(self, old: Shape, new: Shape, name: str) -> Iterator[Difference]:
        # A member that was required without being described stays so.
        required = "required-" if name in new.required and name not in old.required else ""
        kind = f"{required}member-added{'-to-closed' if old.closed and name not in old.hidden else ''}"
        yield Difference(kind, name, "", "", old.at("properties"), new.members_at[name])


def _path(trail: Trail) -> str:
    """The path that leads along a trail, from its start."""
    parts = []
    while trail is not None:
        trail, part = trail
        parts.append(part)
    return reduce(joined, reversed(parts), "")


def _identity(item: Item) -> Any:
    """What tells one difference from another: a limit that several types have is said once."""
    if isinstance(item, Below):
        return item
    places = ((at.site.key if at.site else (), at.path) for at in (item.old_at, item.new_at))
    return item.kind, item.path, item.old, item.new, *places


def _anywhere(shaped: Shaped) -> Said:
    return Said(None, shaped.node[0] if shaped.node else None)


def _at(shaped: Shaped, keyword: str, otherwise: Said) -> Said:
    shapes = shaped.shapes
    return shapes[0].at(keyword) if len(shapes) == 1 else otherwise


def _implied(shaped: Shaped) -> str:
    shapes = shaped.shapes
    return shapes[0].implied if len(shapes) == 1 else ""


def _types_shown(kinds: Iterable[str]) -> str:
    found = sorted(kinds)
    return "any type" if len(found) >= len(TYPES) else " or ".join(found) or "nothing"


def _told(old: Shaped, new: Shaped) -> Iterator[Difference]:
    """Defaults, deprecation and the form in XML: what is said of the value as a whole."""
    before, after = _single(old), _single(new)
    for keyword in ("default", "xml"):
        one, other = before.get(keyword), after.get(keyword)
        if one is None and other is None:
            continue
        first, second = one or _anywhere(old), other or _anywhere(new)
        if one is not None and other is not None:
            if canonical(one.value) != canonical(other.value):
                yield Difference(f"{keyword}-changed", "", shown(one.value), shown(other.value), first, second)
        elif keyword == "xml":
            yield Difference("xml-changed", "", _or_none(one), _or_none(other), first, second)
        elif other is not None:
            yield Difference("default-added", "", "", shown(other.value), first, second)
        elif one is not None:
            yield Difference("default-removed", "", shown(one.value), "", first, second)
    if "discriminator" in before and "discriminator" in after:
        yield from _discriminators(before["discriminator"], after["discriminator"])
    if "deprecated" in after and after["deprecated"].value is True:
        known = before.get("deprecated")
        if known is None or known.value is not True:
            yield Difference("member-deprecated", "", "", "", _anywhere(old), after["deprecated"])


def _discriminators(old: Said, new: Said) -> Iterator[Difference]:
    before, after = old.value, new.value
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    names = shown(before.get("propertyName")), shown(after.get("propertyName"))
    if names[0] != names[1]:
        yield Difference("discriminator-changed", "", *names, old, new)
    known, found = before.get("mapping"), after.get("mapping")
    if isinstance(known, dict) and isinstance(found, dict):
        if removed := [shown(value) for value in known if value not in found]:
            yield Difference("discriminator-value-removed", "", ", ".join(removed), "", old, new)
        if added := [shown(value) for value in found if value not in known]:
            yield Difference("discriminator-value-added", "", "", ", ".join(added), old, new)


def _or_none(said: Said | None) -> str:
    return shown(said.value) if said else "as usual"


def _single(shaped: Shaped) -> Mapping[str, Said]:
    found: dict[str, Said] = {}
    for shape in shaped.shapes:
        for keyword, said in shape.single.items():
            found.setdefault(keyword, said)
    return found


def _requirement(old: Shape, new: Shape, name: str) -> Iterator[Difference]:
    before, after = old.required.get(name), new.required.get(name)
    first = before or old.members_at.get(name) or old.at("properties")
    second = after or new.members_at.get(name) or new.at("properties")
    if before and not after and name not in new.hidden:
        yield Difference("member-optional", name, "", "", first, second)
    if after and not before and name not in old.hidden:
        yield Difference("member-required", name, "", "", first, second)


def _cost(found: tuple[Difference, ...], direction: Direction, old: Shape, new: Shape) -> tuple[int, float]:
    """How far two alternatives are apart: first by name, then by their differences, of which the nearest count most."""
    if not found:
        return 0, 0.0
    weights = (
        (2 if item.level(direction) is Level.BREAKING else 1) / 2.0 ** (item.path.count(".") + item.path.count("["))
        for item in found
    )
    return (1 if old.name and old.name == new.name else 2), sum(weights)


def _is_alike(found: tuple[Difference, ...], old: Shape, new: Shape) -> bool:
    """Whether two alternatives are versions of one: of one name, or with more in common than apart."""
    if not found or (old.name and old.name == new.name):
        return True
    if old.enum is not None or new.enum is not None:
        return bool((old.enum or {}).keys() & (new.enum or {}).keys())
    shared = old.members.keys() & new.members.keys()
    apart = old.members.keys() ^ new.members.keys()
    return len(shared) >= len(apart) and not _selects_other(old, new, shared)


def _selects_other(old: Shape, new: Shape, shared: Iterable[str]) -> bool:
    """Whether a shared member has a constant in both, and another one: then they are different alternatives."""
    for name in shared:
        before, after = _constant(old.members[name]), _constant(new.members[name])
        if before is not None and after is not None and before != after:
            return True
    return False


def _constant(node: Node) -> str | None:
    for site in node:
        data = site.value
        if isinstance(data, dict) and "const" in data:
            return canonical(data["const"])
        if isinstance(data, dict) and isinstance(data.get("enum"), list) and len(data["enum"]) == 1:
            return canonical(data["enum"][0])
    return None


def _left_over(
    table: Mapping[tuple[int, int], tuple[Difference, ...]],
    rows: Mapping[int, int],
    columns: set[int],
    before: list[Shape],
    after: list[Shape],
) -> Iterator[Difference]:
    """The alternatives without a counterpart, as far as no other one contains them."""
    for row, shape in enumerate(before):
        if row not in rows and not any(_contains(table[row, column], _WIDER) for column in range(len(after))):
            yield Difference("branch-removed", "", _branch(shape), "", shape.at(), after[0].at())
    for column, shape in enumerate(after):
        if column not in columns and not any(_contains(table[row, column], _NARROWER) for row in range(len(before))):
            yield Difference("branch-added", "", "", _branch(shape), before[0].at(), shape.at())


_WIDER, _NARROWER = Direction.REQUEST, Direction.RESPONSE
"""A request may get wider without harm, a response narrower: the levels say which of two alternatives is contained."""


def _contains(found: tuple[Difference, ...], harmless: Direction) -> bool:
    return all(item.level(harmless) in (Level.COMPATIBLE, Level.TEXT) for item in found)


def _branch(shape: Shape) -> str:
    if shape.name:
        return shape.name
    if shape.enum is not None:
        return listed(shape.enum)
    if shape.members:
        return f"object with {', '.join(list(shape.members)[:5])}"
    return _types_shown(shape.types)


def _exclusive(
    table: Mapping[tuple[int, int], tuple[Difference, ...]],
    columns: set[int],
    old: Shaped,
    new: Shaped,
    before: list[Shape],
    after: list[Shape],
) -> Iterator[Difference]:
    """Where `oneOf` refuses values that match two alternatives, and there was no such rule or no such pair."""
    if not new.exclusive or len(after) < 2:
        return
    for row, shape in enumerate(before):
        containing = {column for column in range(len(after)) if _contains(table[row, column], _WIDER)}
        overlaps = len(containing) > 1 and not (old.exclusive and containing <= columns)
        if overlaps or (not old.exclusive and len(before) > 1):
            yield Difference("choice-made-exclusive", "", "", "oneOf", shape.at(), after[0].at())
            return
