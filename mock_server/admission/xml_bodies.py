"""XML bodies of requests as values, by the `xml` keywords of the schema (OpenAPI 3.0.3, XML Object)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from mock_server.admission.conversion import Convert, conversion
from mock_server.representation.representation import UnreadableBody
from specs.schema import SchemaView
from specs.validation import Schema
from specs.values import DEEPEST

_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
_ONE = ("integer", "number", "boolean", "null")


def xml_reader(schema: Schema | None) -> Callable[[bytes], Any]:
    """
    How the bytes of an XML body become a value that the schema can judge; raises `UnreadableBody`.

    Without a schema they must be XML and no more. A text that may stand for a number and for a text is first taken for
    the text; where the value does not fit then, for the number.
    """

    shapes: dict[int, _Shape] = {}

    def read(body: bytes) -> Any:
        root = _parsed(body)
        if schema is None:
            return body.decode("utf-8", "replace")
        reader = _Reader(shapes, texts=True)
        first = reader.root(root, schema.view)
        if not reader.chose or schema.is_valid(first):
            return first
        other = _Reader(shapes, texts=False).root(root, schema.view)
        return other if schema.is_valid(other) else first

    return read


def xml_value(body: bytes, view: SchemaView) -> Any:
    """The value of an XML document by one schema; raises `UnreadableBody`."""
    return _Reader({}, texts=True).root(_parsed(body), view)


def _parsed(body: bytes) -> Element:
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, ValueError, LookupError) as error:
        # DefusedXmlException is a ValueError; an unknown encoding is a LookupError.
        why = "document types are not read" if isinstance(error, DefusedXmlException) else str(error)
        raise UnreadableBody(f"the body is not XML: {why}") from None
    return root


@dataclass(frozen=True, slots=True)
class _Shape:
    """
    What a schema says of an element.

    `own_name` says that its name stands beside it, not in what it refers to; `component` is that.
    """

    types: frozenset[str]
    single: Convert
    xml: Mapping[str, Any]
    own_name: bool
    component: str
    members: Mapping[str, SchemaView]
    items: SchemaView
    rest: SchemaView

    @classmethod
    def of(cls, view: SchemaView) -> _Shape:
        """The shape of a schema's values."""
        node = view.node if isinstance(view.node, Mapping) else {}
        types = view.types()
        xml: dict[str, Any] = {}
        for part in reversed([*view.parts()]):
            xml |= part.get("xml", {})
        return cls(
            types=types,
            single=conversion(types - {"string"}),
            xml=xml,
            own_name="name" in node.get("xml", {}),
            component=str(node.get("$ref", "")).rsplit("/", 1)[-1],
            members=view.members(),
            items=view.items(),
            rest=view.at(view.says("additionalProperties", True)),
        )


class _Reader:
    """
    Reads elements by the schemas that stand for them.

    `shapes` are those that are known, by the identity of schemas, which exist as long as their document. `texts` says
    what wins where a text would do as well as a number, and `chose` whether it had to be said.
    """

    def __init__(self, shapes: dict[int, _Shape], *, texts: bool) -> None:
        self._shapes, self._texts, self.chose = shapes, texts, False

    def root(self, root: Element, view: SchemaView) -> Any:
        """The value of the whole document; its element has the name that the schema gives it, if it gives one."""
        self._check_name(root, self._shape(view).xml, "the body")
        return self._value(root, view, 0)

    def _shape(self, view: SchemaView) -> _Shape:
        key = id(view.node)
        if key not in self._shapes:
            self._shapes[key] = _Shape.of(view)
        return self._shapes[key]

    def _value(self, element: Element, view: SchemaView, depth: int) -> Any:
        if depth > DEEPEST:
            raise UnreadableBody(f"the body is nested deeper than {DEEPEST} levels")
        shape = self._shape(view)
        kinds = shape.types
        if element.get(f"{_INSTANCE}nil") in ("true", "1"):
            return None
        attributes = {name: text for name, text in element.attrib.items() if not name.startswith(_INSTANCE)}
        plain = not len(element) and not attributes
        if plain and not (kinds <= {"object", "array", "null"} and not (element.text or "").strip()):
            return self._single(element.text or "", shape)
        if "array" in kinds and "object" not in kinds:
            return [self._value(child, shape.items, depth + 1) for child in element]
        if plain and "object" not in kinds:
            return [] if "array" in kinds else None
        return self._object(element, attributes, shape, depth)

    def _object(self, element: Element, attributes: Mapping[str, str], whole: _Shape, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        by_name: dict[str, list[Element]] = {}
        for child in element:
            by_name.setdefault(_local(child.tag), []).append(child)
        left = {_local(name): text for name, text in attributes.items()}
        for name, member in whole.members.items():
            shape = self._shape(member)
            xml, kinds = shape.xml, shape.types
            wire = str(xml.get("name", name))
            if xml.get("attribute"):
                if wire in left:
                    found[name] = self._single(left.pop(wire), shape)
                continue
            listed = "array" in kinds and not kinds & {"string", "object"}
            # A property's own name is said beside it; that of a component may stand in its place.
            names = {wire} if shape.own_name else {name, wire}
            if listed and not xml.get("wrapped"):
                names = self._item_names(shape.items, name, wire)
            children = [child for called in sorted(names & by_name.keys()) for child in by_name.pop(called)]
            if not children:
                continue
            if not listed:
                for child in children:
                    self._check_name(child, xml if xml.get("namespace") else {}, f"'{name}'")
                values = [self._value(child, member, depth + 1) for child in children]
                found[name] = values[0] if len(values) == 1 else values
            elif xml.get("wrapped"):
                found[name] = self._wrapped(children, shape.items, self._item_names(shape.items, name, wire), depth)
            else:
                found[name] = [self._value(child, shape.items, depth + 1) for child in children]
        for name, children in by_name.items():
            values = [self._value(child, whole.rest, depth + 1) for child in children]
            found.setdefault(name, values[0] if len(values) == 1 else values)
        others = {name: self._single(text, self._shape(whole.rest)) for name, text in left.items()}
        return {**others, **found}

    def _wrapped(self, wrappers: Iterable[Element], items: SchemaView, names: set[str], depth: int) -> list[Any]:
        values = []
        for wrapper in wrappers:
            for child in wrapper:
                if _local(child.tag) not in names:
                    wanted = " or ".join(f"<{name}>" for name in sorted(names))
                    raise UnreadableBody(f"<{_local(wrapper.tag)}> holds {wanted}, not <{_local(child.tag)}>")
                values.append(self._value(child, items, depth + 2))
        return values

    def _item_names(self, items: SchemaView, name: str, wire: str) -> set[str]:
        """What the elements of a list are called: as the items say, else as the list, or as the items' component."""
        shape = self._shape(items)
        named = shape.xml.get("name")
        return {str(named)} if named is not None else {name, wire, shape.component or name}

    def _single(self, text: str, shape: _Shape) -> Any:
        """A text as the value that it stands for; blanks around a number mean nothing (XML Schema part 2, 4.3.6)."""
        kinds = shape.types
        if "string" in kinds and not kinds.isdisjoint(_ONE):
            self.chose = True
        if "string" in kinds and (self._texts or kinds.isdisjoint(_ONE)):
            return text
        return shape.single(text.strip())

    def _check_name(self, element: Element, xml: Mapping[str, Any], what: str) -> None:
        name, namespace = _local(element.tag), str(element.tag).rpartition("}")[0].removeprefix("{")
        if name != xml.get("name", name):
            raise UnreadableBody(f"{what} is <{xml['name']}> in XML, not <{name}>")
        if namespace != xml.get("namespace", namespace):
            raise UnreadableBody(f"{what} is of the namespace {xml['namespace']}, not of {namespace or 'none'}")


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]
