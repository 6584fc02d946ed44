"""Judge a value by a schema: does it fit, how does it not, and which statements broke or showed with that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import jsonschema_rs

from specs.references import at, join, split
from specs.schema import IN_PLACE, SchemaView
from specs.shortening import listed
from specs.statements import WHOLE, Charges

_Element = tuple[tuple[str | int, ...], str | None, tuple[str | int, ...] | None]
"""Path of a keyword, the member that it misses, and where the value stands if the path does not lead there."""

_CACHE_SIZE = 1000
"""Elements whose statements are kept."""
_MOST_BRANCHES = 10
"""Branches of a choice whose flaws are reported."""
_MEMBERWISE = frozenset({"type", "properties", "required", "additionalProperties", "$defs", "description", "title"})

Trail = list[tuple[Mapping[str, Any], int]]
"""Schemas on the way to the one that a value breaks, each with how deep in the value it judges."""


class SchemaFlaw(NamedTuple):
    """One way in which a value breaks a schema, and the statements that broke with it."""

    keyword: str
    pointer: str
    message: str
    statements: tuple[str, ...]
    member: str = ""


class Judge(Protocol):
    """Says whether a value fits a schema: a compiled validator, or one that is compiled when first asked."""

    def is_valid(self, instance: Any) -> bool:
        """Whether the value fits."""

    def iter_errors(self, instance: Any) -> Iterator[jsonschema_rs.ValidationError]:
        """Every way in which it does not."""

    def validate(self, instance: Any) -> None:
        """Raises `jsonschema_rs.ValidationError` for the first way in which it does not."""

    def evaluate(self, instance: Any) -> jsonschema_rs.Evaluation:
        """The annotations of the schemas that it fits."""


@dataclass(frozen=True, slots=True)
class Schema:
    """
    A JSON Schema of 2020-12 with every format enforced.

    `document` is the translated schema with what it refers to under `$defs`; `validator` judges values by it.
    """

    document: Mapping[str, Any] = field(repr=False)
    validator: Judge = field(repr=False)
    _charges: dict[_Element, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The statements of elements that were broken before: to find them takes longer than to find the flaw."""
    _names: set[str] = field(default_factory=set, init=False, repr=False, compare=False)
    among: SchemaView | None = field(default=None, repr=False, compare=False, kw_only=True)
    """A view of the same source, with which it shares those of its nodes; None for a schema that stands alone."""
    charged: bool = field(default=True, repr=False, compare=False, kw_only=True)
    """Whether statements stand in it; what judges may then have another form than the document."""
    view: SchemaView = field(init=False, repr=False, compare=False)
    """What it says, seen through its references."""

    def __post_init__(self) -> None:
        view = SchemaView.of(self.document) if self.among is None else self.among.at(self.document)
        object.__setattr__(self, "view", view)

    def is_valid(self, value: Any) -> bool:
        """Whether the value fits; the cheap question, asked on the request path."""
        return self.validator.is_valid(value)

    def first_flaw(self, value: Any) -> list[SchemaFlaw]:
        """The first way in which the value does not fit; cheap however many there are."""
        try:
            self.validator.validate(value)
        except jsonschema_rs.ValidationError as error:
            return [self._flaw(error)]
        return []

    def flaws(self, value: Any) -> list[SchemaFlaw]:
        """Every way in which the value does not fit, in the order of the schema."""
        return [self._flaw(error) for error in self.validator.iter_errors(value)]

    def names(self, member: str) -> bool:
        """Whether a member of this name stands anywhere in the schema, whatever its letter case."""
        if not self._names:
            self._names.update(name.lower() for name in _member_names(self.document))
        return member.lower() in self._names

    def exercised(self, value: Any) -> set[str]:
        """
        The statements whose elements a fitting value really holds.

        Empty for a value that does not fit: evidence comes only from answers that could have failed and did not.
        """
        found: set[str] = set()
        for item in self.validator.evaluate(value).annotations():
            annotations = item["annotations"]
            if isinstance(annotations, dict) and isinstance(charges := annotations.get("x-statement"), dict):
                for keyword, statements in charges.items():
                    if keyword != "effect":
                        found.update(map(str, statements if isinstance(statements, list) else ()))
        return found

    def whole(self) -> tuple[str, ...]:
        """The statements that a value breaks which is not there at all, or is of another kind altogether."""
        return next(filter(None, (_charged([(node, 0)], "type") for node in self._referred(self.document))), ())

    def _flaw(self, error: jsonschema_rs.ValidationError) -> SchemaFlaw:
        path, value_at = error.evaluation_path, tuple(error.instance_path)
        keyword, member = str(path[-1]) if path else "", None
        if keyword == "required":
            member = str(error.kind.as_dict()["property"])
        # jsonschema-rs leaves the `$ref`s out of the path of our own keywords, so there the value shows the way.
        searched = value_at if path[:1] == ["$defs"] else None
        element = (tuple(path), member, searched)
        statements = self._charges.get(element) if self.charged else ()
        if statements is None:
            statements = self._statements(path[:-1], keyword, member, searched)
            if len(self._charges) < _CACHE_SIZE:
                self._charges[element] = statements
        pointer = f"/{join(value_at)}" if value_at else ""
        return SchemaFlaw(keyword, pointer, _message(error), statements, member or "")

    def _statements(
        self, path: list[str | int], keyword: str, member: str | None, searched: tuple[str | int, ...] | None
    ) -> tuple[str, ...]:
        """The statements of a keyword, and of a missing member; `searched` is where the path does not lead there."""
        trail = self._trail(path)
        if searched is not None:
            trail = self._search(self.document, trail[-1][0], searched, 0) or trail
        if member is not None:
            holder, depth = trail[-1]
            trail += [(node, depth + 1) for node in self._referred(holder.get("properties", {}).get(member))]
        return _charged(trail, keyword)

    def _trail(self, path: list[str | int]) -> Trail:
        """The schemas that the path passes, the outermost first; `$ref` leads on."""
        node: Any = self.document
        depth, trail = 0, [(node, 0)]
        parts = iter(path)
        for part in parts:
            node = self._definition(node["$ref"]) if part == "$ref" else node[part]
            if part in ("properties", "$defs", *IN_PLACE):
                if (name := next(parts, None)) is None:
                    break
                node = node[name]
            depth += part in ("properties", "items", "additionalProperties")
            if isinstance(node, dict):
                trail.append((node, depth))
        return trail

    def _search(self, node: Any, target: Mapping[str, Any], value_at: tuple[str | int, ...], depth: int) -> Trail:
        """The schemas that lead from `node` to `target`, which judges the element at `value_at`; empty when none do."""
        for item in self._referred(node):
            if item is target and not value_at:
                return [(item, depth)]
            ways = [(branch, value_at, depth) for key in IN_PLACE for branch in item.get(key, ())]
            ways.append((item.get("not"), value_at, depth))
            if value_at:
                name = value_at[0]
                rest = "items" if isinstance(name, int) else "additionalProperties"
                below = item.get("properties", {}).get(name, item.get(rest))
                ways.append((below, value_at[1:], depth + 1))
            for way in ways:
                if found := self._search(way[0], target, *way[1:]):
                    return [(item, depth), *found]
        return []

    def _referred(self, node: Any) -> list[Mapping[str, Any]]:
        """The schema and what its `$ref` leads to, when there is one."""
        nodes: list[Mapping[str, Any]] = []
        while isinstance(node, dict) and node not in nodes:
            nodes.append(node)
            node = self._definition(node["$ref"]) if "$ref" in node else None
        return nodes

    def _definition(self, reference: str) -> Any:
        return at(self.document, tuple(split(reference[1:])))


@dataclass(frozen=True, slots=True)
class RecordSchema(Schema):
    """
    The schema of what is stored in a collection.

    `members` judges objects that lack members; it is None where what one member may be depends on another. The member
    `key`, if a record has it, says the id under which the record stands; where records are `nested`, that id ends with
    it: "eu:7" is that of {"id": 7}.
    """

    members: Judge | None = field(default=None, repr=False)
    key: str = "id"
    nested: bool = False

    def says_another(self, id: str, record: Mapping[str, Any]) -> bool:
        """Whether a record says that it stands under another id."""
        own = id.rpartition(":")[2] if self.nested else id
        return self.key in record and str(record[self.key]) != own

    def is_valid_with(self, written: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
        """
        Whether a record fits that came of another one, which fits, by writing some of its members.

        Only these are judged, so changing a large record costs no more than changing a small one.
        """
        return self.members.is_valid(written) if self.members is not None else self.is_valid(record)


def without_required(document: Mapping[str, Any] | bool) -> Mapping[str, Any] | None:
    """
    The schema that asks nothing of missing members, or None where members depend on each other.

    `document` is a translated schema; what its own keyword `x-max-bytes` asks of texts asks nothing of objects.
    """
    root: Any = document
    while isinstance(root, dict) and "$ref" in root and root.keys() <= {"$ref", "$defs"}:
        root = at(document, tuple(split(str(root["$ref"])[1:])))
    if not isinstance(root, dict) or root.get("type") != "object":
        return None
    if any(key not in _MEMBERWISE and not key.startswith("x-") for key in root):
        return None
    definitions = document.get("$defs", {}) if isinstance(document, Mapping) else {}
    return {**{key: value for key, value in root.items() if key != "required"}, "$defs": definitions}


def _member_names(node: Any) -> Iterator[str]:
    """The names of all members that a schema and what it refers to declare."""
    if isinstance(node, dict):
        declared = node.get("properties")
        if isinstance(declared, dict):
            yield from declared
        for part in node.values():
            yield from _member_names(part)
    elif isinstance(node, list):
        for part in node:
            yield from _member_names(part)


def _message(error: jsonschema_rs.ValidationError) -> str:
    """
    What is wrong; of a value that fits none of several branches, all that is wrong by the one meant or by each of them.

    A branch was meant if it is the only one of which no member has a value that is not listed. Where every branch lists
    other values of one member, those are reported.
    """
    branches = error.kind.as_dict().get("context") if error.kind.name in ("oneOf", "anyOf") else None
    if not branches or not all(branches):
        return error.message
    meant = [branch for branch in branches if not any(map(_is_choice, branch))]
    in_all = set.intersection(*(set(map(_place_and_message, branch)) for branch in branches))
    reported = [item for item in branches[0] if _place_and_message(item) in in_all][:1]
    if len(meant) == 1 and len(branches) > 1:
        reported = meant[0]
    elif not reported and not meant:
        choices = [item for branch in branches for item in branch if _is_choice(item)]
        reported = choices if len({tuple(item.instance_path) for item in choices}) == 1 else []
    start = len(error.instance_path)
    parts = []
    for item in reported:
        below = tuple(item.instance_path)[start:]
        parts.append(f"/{join(below)}: {item.message}" if below else item.message)
    return (
        f"fits none of the forms that {error.kind.name} allows: {listed(parts, _MOST_BRANCHES, '; ')}"
        if parts
        else error.message
    )


def _is_choice(error: jsonschema_rs.ValidationError) -> bool:
    return error.kind.name in ("enum", "const")


def _place_and_message(error: jsonschema_rs.ValidationError) -> tuple[tuple[str | int, ...], str]:
    return tuple(error.instance_path), error.message


def _charged(trail: Trail, keyword: str) -> tuple[str, ...]:
    here = trail[-1][1]
    for node, depth in reversed(trail):
        charges: Charges = node.get("x-statement") or {}
        if depth == here and keyword in charges:
            return tuple(charges[keyword])
        if WHOLE in charges:
            return tuple(charges[WHOLE])
        if depth == here and keyword == "required" and "type" in charges:
            return tuple(charges["type"])
    return ()
