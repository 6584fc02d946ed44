"""Compares two schemas as sets of values: does the new one allow every value that the old one did, and no more?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance.contract_diff.change import Direction, Level
from conformance.contract_diff.differences import Difference, shown
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


class SchemaComparison:
    """Compares the schemas of two documents; each pair once in each direction, also where schemas hold themselves."""

    def __init__(self, old: Side, new: Side, unchanged: Unchanged) -> None:
        self._old, self._new = Shapes(old), Shapes(new)
        self._unchanged = unchanged
        self._known: dict[tuple[Any, ...], tuple[Difference, ...]] = {}
        self.renamed: dict[tuple[str, str], tuple[Site, Site]] = {}

    def differences(self, old: Node, new: Node, direction: Direction) -> tuple[Difference, ...]:
        """
        What differs between two schemas, in the order of their members.

        A pair that is reached again while it is compared is taken to be equal there, so recursive schemas come to an
        end.
        """
        if len(old) == len(new) and all(map(self._unchanged.same, old, new)):
            return ()
        key = (direction, tuple(site.key for site in old), tuple(site.key for site in new))
        if key not in self._known:
            self._known[key] = ()
            if len(old) == len(new) == 1:
                self._note_names(old[0], new[0])
            found = self._compared(self._old.of(old, direction), self._new.of(new, direction), direction)
            self._known[key] = tuple(dict.fromkeys(found))
        return self._known[key]

    def _note_names(self, old: Site, new: Site) -> None:
        before, after = self._old.side.component(old), self._new.side.component(new)
        if before and after and before != after:
            self.renamed.setdefault((before, after), (old, new))

    def _compared(self, old: Shaped, new: Shaped, direction: Direction) -> Iterator[Difference]:
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

    def _matched(self, old: Shaped, new: Shaped, kind: str, direction: Direction) -> Iterator[Difference]:
        """The differences of the alternatives of one type, each with the one that is most like it."""
        before, after = old.by_type[kind], new.by_type[kind]
        if len(before) == len(after) == 1:
            yield from self._pair(before[0], after[0], kind, direction)
            return
        table = {
            (row, column): tuple(self._pair(left, right, kind, direction))
            for row, left in enumerate(before)
            for column, right in enumerate(after)
        }
        order = sorted(table, key=lambda at: (_cost(table[at], direction, before[at[0]], after[at[1]]), at))
        rows, columns = dict[int, int](), set[int]()
        for row, column in order:
            if row not in rows and column not in columns and _is_alike(table[row, column], before[row], after[column]):
                rows[row] = column
                columns.add(column)
                yield from table[row, column]
        yield from _left_over(table, rows, columns, before, after)
        yield from _exclusive(table, columns, old, new, before, after)

    def _pair(self, old: Shape, new: Shape, kind: str, direction: Direction) -> Iterator[Difference]:
        """The differences of two alternatives as far as values of one type go."""
        yield from enums(old, new, kind)
        if kind in LIMITED and not within_enum(old, new, kind):
            yield from limits(old, new, kind)
        for keyword, of in OPAQUE.items():
            if of in ("", kind) and not (keyword == "patternProperties" and not old.opaque and not new.opaque):
                yield from opaque(old, new, keyword)
        if kind == "array":
            yield from self._arrays(old, new, direction)
        if kind == "object":
            yield from self._objects(old, new, direction)

    def _arrays(self, old: Shape, new: Shape, direction: Direction) -> Iterator[Difference]:
        for index in range(max(len(old.places), len(new.places))):
            before = old.places[index] if index < len(old.places) else old.items
            after = new.places[index] if index < len(new.places) else new.items
            yield from self._below(before, after, direction, f"[{index}]")
        yield from self._below(old.items, new.items, direction, "[]")
        if old.unique and not new.unique:
            yield Difference("items-not-unique", "", "uniqueItems", "", old.unique, new.at())
        if new.unique and not old.unique:
            yield Difference("items-made-unique", "", "", "uniqueItems", old.at(), new.unique)

    def _objects(self, old: Shape, new: Shape, direction: Direction) -> Iterator[Difference]:
        hidden = old.hidden & new.hidden
        for name in dict.fromkeys((*old.members, *new.members)):
            if name in hidden:
                continue
            if name not in new.members:
                yield from self._removed(old, new, name)
            elif name not in old.members:
                yield from self._added(old, new, name)
            else:
                yield from self._below(old.members[name], new.members[name], direction, name)
                yield from _requirement(old, new, name)
        for name in dict.fromkeys((*old.required, *new.required)):
            if name not in old.members and name not in new.members:
                yield from _requirement(old, new, name)
        if old.closed and not new.closed:
            yield Difference("object-opened", "", "", "", old.closed, new.at("additionalProperties"))
        elif new.closed and not old.closed:
            yield Difference("object-closed", "", "", "", old.at("additionalProperties"), new.closed)
        elif not old.closed:
            yield from self._below(old.extra, new.extra, direction, "*")

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

    def _below(self, old: Node, new: Node, direction: Direction, path: str) -> Iterator[Difference]:
        for found in self.differences(old, new, direction):
            yield found.below(path)


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


def _cost(found: tuple[Difference, ...], direction: Direction, old: Shape, new: Shape) -> tuple[int, int, int]:
    """How far two alternatives are apart: first by name, then by what breaks, then by anything."""
    named = 0 if old.name and old.name == new.name else 1
    breaking = sum(item.level(direction) is Level.BREAKING for item in found)
    return (0 if not found else 1 + named, breaking, len(found))


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
