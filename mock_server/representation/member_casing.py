"""Member names of answers as the contract writes them. Behaviours write camelCase throughout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mock_server.reply import Shown, ShownList, remembered
from specs.schema import SchemaView

Recase = Callable[[Any], Any]

Finish = Callable[[Shown | ShownList], Any]


def _as_it_is(value: Shown | ShownList) -> Any:
    return value


def recaser(schema: SchemaView, finish: Finish = _as_it_is) -> Recase | None:
    """
    How to recase a value of this schema, or None when its names are those that the behaviours write.

    A member takes the name of the declared one that differs from it only in its first letter: where "Id" and
    "DisplayName" are declared, {"id": 1, "displayName": "x"} becomes {"Id": 1, "DisplayName": "x"}. So a name can
    differ from place to place, which a list of exceptions could not say. What is not declared stays as it is.
    What is `Shown` is recased once, and stands in the value as what `finish` makes of it.
    """
    compiler = _Compiler(finish)
    node = compiler.node(schema)
    return node.recase if compiler.recases else None


_CACHE_SIZE = 256

_Shape = tuple[str, ...]
"""The member names of an object in their order."""

_Recasers = dict[type, Recase]
"""How values of a type are recased; those of no type here hold no names."""


class _Node:
    """
    How the values of one schema are recased.

    Answers of an operation have few shapes, so what a shape becomes is worked out once.
    """

    __slots__ = ("_shapes", "by_type", "items", "parts")

    def __init__(self, finish: Finish) -> None:
        self.parts: dict[str, tuple[str, _Node]] = {}
        self.items: _Node | None = None
        self._shapes: dict[_Shape, tuple[_Shape, tuple[tuple[str, _Recasers], ...]]] = {}
        self.by_type: _Recasers = {
            dict: self._recase_object,
            list: self._recase_items,
            Shown: remembered(lambda value: finish(Shown(self._recase_object(value)))),
            ShownList: remembered(lambda value: finish(ShownList(self._recase_items(value)))),
        }

    def recase(self, value: Any) -> Any:
        """The value with the names of this schema, a new one where it holds names."""
        recase = self.by_type.get(type(value))
        return value if recase is None else recase(value)

    def _recase_items(self, value: list[Any]) -> list[Any]:
        return [self.items.recase(element) for element in value] if self.items is not None else value

    def _recase_object(self, value: Mapping[str, Any]) -> dict[str, Any]:
        shape = tuple(value)
        names, deeper = self._shapes.get(shape) or self._learn(shape)
        recased = dict(zip(names, value.values(), strict=True))
        for name, recasers in deeper:
            member = recased[name]
            if (recase := recasers.get(type(member))) is not None:
                recased[name] = recase(member)
        return recased

    def _learn(self, shape: _Shape) -> tuple[_Shape, tuple[tuple[str, _Recasers], ...]]:
        """The names of the recased members, and those of them in which there is more to recase."""
        names: list[str] = []
        deeper: dict[str, _Recasers] = {}
        for key in shape:
            name, node = self.parts.get(key, (key, None))
            names.append(name)
            # Where "id" and "Id" both stand in a value, the last one is what "Id" holds.
            deeper.pop(name, None)
            if node is not None and (node.parts or node.items is not None):
                deeper[name] = node.by_type
        learnt = tuple(names), tuple(deeper.items())
        if len(self._shapes) < _CACHE_SIZE:
            self._shapes[shape] = learnt
        return learnt


class _Compiler:
    def __init__(self, finish: Finish) -> None:
        self.finish = finish
        self.known: dict[int, _Node] = {}
        self.recases = False

    def node(self, schema: SchemaView) -> _Node:
        """The node of one schema; a schema that holds itself meets its own."""
        key = id(schema.node)
        if key in self.known:
            return self.known[key]
        node = self.known[key] = _Node(self.finish)
        for name, member in schema.members().items():
            written = name[:1].lower() + name[1:]
            self.recases = self.recases or written != name
            node.parts[written] = (name, self.node(member))
        items = schema.items()
        if items.node is not True:
            node.items = self.node(items)
        return node
