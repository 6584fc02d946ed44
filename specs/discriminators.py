"""Schemas in which a discriminator decides: a value is judged by the branch that it names, and by no other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_CHOICES = ("oneOf", "anyOf")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\Z")
_DEEPEST = 20


def deciding(schema: Mapping[str, Any]) -> dict[str, Any]:
    """
    A translated schema, with its definitions under `$defs`, as it is judged (OpenAPI 3.0.3, Discriminator Object).

    An object that names a branch has to fit that branch alone, and one that names none is refused with the names there
    are. Of a base whose children name it in `allOf` the named child judges. What may be null and is not, is judged by
    the other branch. So each flaw is one of a member, and not that a value fits no branch or several.
    """
    return _Writer(schema).written()


class _Writer:
    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._definitions: Mapping[str, Any] = schema.get("$defs", {})
        self._bases = {
            name: node["discriminator"]
            for name, node in self._definitions.items()
            if isinstance(node, Mapping)
            and node.get("discriminator", {}).get("mapping")
            and not any(key in node for key in _CHOICES)
        }
        self._choosers = {
            name: node
            for name, node in self._definitions.items()
            if isinstance(node, Mapping) and "discriminator" in node and any(key in node for key in _CHOICES)
        }
        self._written: dict[str, Any] = {}

    def written(self) -> dict[str, Any]:
        own = {key: value for key, value in self._schema.items() if key != "$defs"}
        result: dict[str, Any] = self._node(own, frozenset())
        for name, node in self._definitions.items():
            self._written[name] = self._node(node, self._ancestors(name))
        for name, discriminator in self._bases.items():
            self._written[_decided(name)] = self._base(name, discriminator)
        for name, node in self._choosers.items():
            plain = {key: part for key, part in node.items() if key not in (*_CHOICES, "discriminator")}
            self._written[_undecided(name)] = self._node(plain, self._ancestors(name))
        return {**result, "$defs": self._written} if self._written else result

    def _node(self, node: Any, within: frozenset[str]) -> Any:
        """A node anew; `within` are the bases whose child it is, where they judge as what they are themselves."""
        if not isinstance(node, Mapping):
            return node
        if "$ref" in node:
            name = _target(node["$ref"])
            if name in self._choosers and name in within:
                # A branch that takes in by `allOf` what chooses it would be judged without end.
                return {"$ref": f"#/$defs/{_undecided(name)}"}
            decided = name in self._bases and name not in within
            return {"$ref": f"#/$defs/{_decided(name)}"} if decided else dict(node)
        result = dict(node)
        for key in ("items", "additionalProperties", "not"):
            if key in node:
                result[key] = self._node(node[key], frozenset())
        if isinstance(node.get("properties"), Mapping):
            result["properties"] = {name: self._node(part, frozenset()) for name, part in node["properties"].items()}
        for key in ("allOf", *_CHOICES):
            if key in node:
                result[key] = [self._node(part, within) for part in node[key]]
        discriminator = node.get("discriminator")
        if isinstance(discriminator, Mapping) and discriminator.get("mapping"):
            for key in _CHOICES:
                if key in node:
                    self._decide(result, key, node[key], discriminator)
        elif "anyOf" in result and (other := _beside_null(result["anyOf"])) is not None and "if" not in result:
            del result["anyOf"]
            result |= {"if": {"type": "null"}, "else": other}
        return result

    def _decide(self, result: dict[str, Any], key: str, branches: list[Any], discriminator: Mapping[str, Any]) -> None:
        """Put in the place of a choice that the branch with the name judges."""
        member, mapping = discriminator["propertyName"], discriminator["mapping"]
        targets = {name: _target(target) for name, target in mapping.items()}
        inner = result.pop(key)
        unnamed = [
            written
            for branch, written in zip(branches, inner, strict=True)
            if not (isinstance(branch, Mapping) and _target(branch.get("$ref", "")) in targets.values())
        ]
        values = self._values_of(targets, member)
        if values is None:
            # The names are values that no branch admits, so they tell nothing.
            result[key] = inner
            return
        known = _known({self._child(target): names for target, names in values.items()})
        named = _named(member, known)
        has_member = {"type": "object", "required": [member]}
        required = all(self._requires(branch, member, 0) for branch in branches)
        if unnamed:
            chosen = {"if": _is_one_of(member, known), "then": named, "else": {key: inner}}
        elif required:
            chosen = {"if": {"type": "object"}, "then": {"required": [member], **named}, "else": {key: inner}}
        else:
            chosen = {"if": has_member, "then": named, "else": {key: inner}}
        result["allOf"] = [*result.get("allOf", ()), chosen]

    def _base(self, name: str, discriminator: Mapping[str, Any]) -> dict[str, Any]:
        """A base as it judges where it stands for any of its children."""
        member = discriminator["propertyName"]
        targets = {child: _target(target) for child, target in discriminator["mapping"].items()}
        values = self._values_of({**targets, name: targets.get(name, name)}, member)
        if values is None:
            return {"$ref": f"#/$defs/{name}"}
        known = _known(values)
        named = _named(member, known)
        has_member = {"type": "object", "required": [discriminator["propertyName"]]}
        return {"allOf": [{"$ref": f"#/$defs/{name}"}, {"if": has_member, "then": named}]}

    def _values_of(self, targets: Mapping[str, str], member: str) -> dict[str, list[Any]] | None:
        """
        The values by which each branch is named; None where two branches would have one.

        Some documents list other values of the member in a branch than the name of its component: these name it. Of a
        branch that is a choice itself these are the values of its own branches, which others may have too.
        """
        found: dict[str, list[Any]] = {}
        choices = {target for target in targets.values() if self._is_choice(target)}
        for name, target in targets.items():
            listed = self._listed(self._definitions.get(target), member, 0)
            values = [value for value in _values(name) if listed is None or value in listed]
            known = found.setdefault(target, [])
            known += [value for value in values if value not in known]
        for target, known in found.items():
            if not known:
                known += self._listed(self._definitions.get(target), member, 0) or []
        pairs = [(type(value), value) for target, known in found.items() if target not in choices for value in known]
        return found if len(pairs) == len(set(pairs)) else None

    def _listed(self, node: Any, member: str, depth: int) -> list[Any] | None:
        """The values that a branch lists for a member; None where it lists none."""
        if not isinstance(node, Mapping) or depth > _DEEPEST:
            return None
        if "$ref" in node:
            return self._listed(self._definitions.get(_target(node["$ref"])), member, depth + 1)
        schema = node.get("properties", {}).get(member)
        seen = 0
        while isinstance(schema, Mapping) and "$ref" in schema and seen < _DEEPEST:
            schema, seen = self._definitions.get(_target(schema["$ref"])), seen + 1
        if isinstance(schema, Mapping) and ("enum" in schema or "const" in schema):
            listed = schema["enum"] if "enum" in schema else [schema["const"]]
            return [value for value in listed if isinstance(value, str | int)]
        parts = (self._listed(part, member, depth + 1) for part in node.get("allOf", ()))
        first = next((listed for listed in parts if listed is not None), None)
        if first is not None:
            return first
        for key in _CHOICES:
            inner = [self._listed(branch, member, depth + 1) for branch in node.get(key, ())]
            if inner and all(listed is not None for listed in inner):
                return [value for listed in inner for value in listed or ()]
        discriminator = node.get("discriminator", {})
        if discriminator.get("propertyName") == member and any(key in node for key in _CHOICES):
            return [value for name in discriminator.get("mapping", ()) for value in _values(name)] or None
        return None

    def _is_choice(self, target: str) -> bool:
        node = self._definitions.get(target)
        return isinstance(node, Mapping) and any(key in node for key in _CHOICES)

    def _child(self, name: str) -> str:
        return _decided(name) if name in self._bases else name

    def _ancestors(self, name: str) -> frozenset[str]:
        """The bases that a definition is a child of, itself among them."""
        found: set[str] = set()
        waiting = [(name, 0)]
        while waiting:
            current, depth = waiting.pop()
            if current in found or depth > _DEEPEST:
                continue
            found.add(current)
            waiting += [(part, depth + 1) for part in _parts(self._definitions.get(current))]
        return frozenset(found)

    def _requires(self, node: Any, member: str, depth: int) -> bool:
        if not isinstance(node, Mapping) or depth > _DEEPEST:
            return False
        if "$ref" in node:
            return self._requires(self._definitions.get(_target(node["$ref"])), member, depth + 1)
        if member in node.get("required", ()):
            return True
        return any(self._requires(part, member, depth + 1) for part in node.get("allOf", ()))


def _parts(node: Any) -> Iterator[str]:
    """The definitions that a node takes in by `allOf`, also within a choice of null."""
    if isinstance(node, Mapping):
        for part in node.get("allOf", ()):
            if isinstance(part, Mapping) and "$ref" in part:
                yield _target(part["$ref"])
            else:
                yield from _parts(part)
        for part in node.get("anyOf", ()):
            yield from _parts(part)


def _beside_null(branches: list[Any]) -> Any:
    real = [branch for branch in branches if branch != {"type": "null"}]
    return real[0] if len(branches) == 2 and len(real) == 1 else None


Known = list[tuple[list[Any], Any]]
"""By the values that name a branch the schema that judges then."""


def _known(values: Mapping[str, Sequence[Any]]) -> Known:
    """What judges by each name: its definition, or any of those that share it."""
    holders: dict[tuple[type, Any], list[str]] = {}
    for target, names in values.items():
        for name in dict.fromkeys((type(name), name) for name in names):
            holders.setdefault(name, []).append(target)
    grouped: dict[tuple[str, ...], list[Any]] = {}
    for (_, name), targets in holders.items():
        grouped.setdefault(tuple(targets), []).append(name)
    references = {target: {"$ref": f"#/$defs/{target}"} for target in values}
    return [
        (names, references[targets[0]] if len(targets) == 1 else {"anyOf": [references[one] for one in targets]})
        for targets, names in grouped.items()
    ]


def _named(member: str, known: Known) -> dict[str, Any]:
    """What a value has to fit that is judged by the branch it names; another name is refused."""
    cases = [
        {"if": {"required": [member], "properties": {member: {"enum": names}}}, "then": schema}
        for names, schema in known
        if names
    ]
    return {"properties": {member: {"enum": _names(known)}}, "allOf": cases}


def _is_one_of(member: str, known: Known) -> dict[str, Any]:
    return {"type": "object", "required": [member], "properties": {member: {"enum": _names(known)}}}


def _names(known: Known) -> list[Any]:
    """Every name, the first one of each branch before the others: those are the ones that a mapping gives."""
    first = [value for names, _ in known for value in names[:1]]
    return [*first, *(value for names, _ in known for value in names[1:])]


def _values(name: str) -> list[Any]:
    """What names a branch: its name, or the number or truth that the name writes."""
    if _INTEGER.match(name):
        return [name, int(name)]
    return [name, name == "true"] if name in ("true", "false") else [name]


def _target(reference: str) -> str:
    return reference.rsplit("/", 1)[-1]


def _decided(name: str) -> str:
    """The name of a base as it stands for any of its children; no component is named so."""
    return f"{name}!any"


def _undecided(name: str) -> str:
    """The name of what chooses among branches, without the choice."""
    return f"{name}!own"
