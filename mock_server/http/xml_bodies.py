"""XML bodies of requests as values, by the `xml` keywords of the schema (OpenAPI 3.0.3, XML Object)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from mock_server.http.representation import UnreadableBody
from mock_server.http.styles import Types
from specs.contract import Schema
from specs.values import DEEPEST

_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
_ONE = ("integer", "number", "boolean", "null")


def xml_reader(schema: Schema | None) -> Callable[[bytes], Any]:
    """
    How the bytes of an XML body become a value that the schema can judge; raises `UnreadableBody`.

    Without a schema they must be XML and no more. A text that may stand for a number and for a text is first taken for
    the text; where the value does not fit then, for the number.
    """

    def read(body: bytes) -> Any:
        root = _parsed(body)
        if schema is None:
            return body.decode("utf-8", "replace")
        reader = _Reader(schema, texts=True)
        first = reader.root(root)
        if not reader.chose or schema.is_valid(first):
            return first
        other = _Reader(schema, texts=False).root(root)
        return other if schema.is_valid(other) else first

    return read


def _parsed(body: bytes) -> Element:
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, ValueError, LookupError) as error:
        # DefusedXmlException is a ValueError; an unknown encoding is a LookupError.
        why = "document types are not read" if isinstance(error, DefusedXmlException) else str(error)
        raise UnreadableBody(f"the body is not XML: {why}") from None
    return root


class _Reader:
    """
    Reads elements by the schemas that stand for them.

    `texts` says what wins where a text would do as well as a number, and `chose` whether it had to be said.
    """

    def __init__(self, schema: Schema, *, texts: bool) -> None:
        self._schema, self._texts, self.chose = schema, texts, False
        # By the identity of schemas, which live as long as their document.
        self._known: dict[int, frozenset[str]] = {}
        self._types = Types(schema)
        self._definitions: Mapping[str, Any] = schema.document.get("$defs", {})

    def root(self, root: Element) -> Any:
        """The value of the whole document; its element has the name that the schema gives it, if it gives one."""
        node = self._schema.document
        self._check_name(root, self._xml(node), "the body")
        return self._value(root, node, 0)

    def _value(self, element: Element, node: Any, depth: int) -> Any:
        if depth > DEEPEST:
            raise UnreadableBody(f"the body is nested deeper than {DEEPEST} levels")
        kinds = self._kinds(node)
        if element.get(f"{_INSTANCE}nil") in ("true", "1"):
            return None
        attributes = {name: text for name, text in element.attrib.items() if not name.startswith(_INSTANCE)}
        plain = not len(element) and not attributes
        if plain and not (kinds <= {"object", "array", "null"} and not (element.text or "").strip()):
            return self._single(element.text or "", node)
        if "array" in kinds and "object" not in kinds:
            items = self._types.items(node)
            return [self._value(child, items, depth + 1) for child in element]
        if plain and "object" not in kinds:
            return [] if "array" in kinds else None
        return self._object(element, attributes, node, depth)

    def _object(self, element: Element, attributes: Mapping[str, str], node: Any, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        by_name: dict[str, list[Element]] = {}
        for child in element:
            by_name.setdefault(_local(child.tag), []).append(child)
        left = {_local(name): text for name, text in attributes.items()}
        for name, member in self._types.members(node).items():
            xml, kinds = self._xml(member), self._kinds(member)
            wire = str(xml.get("name", name))
            if xml.get("attribute"):
                if wire in left:
                    found[name] = self._single(left.pop(wire), member)
                continue
            listed = "array" in kinds and not kinds & {"string", "object"}
            items = self._types.items(member)
            # A property's own name is said beside it; that of a component may stand in its place.
            own = isinstance(member, Mapping) and "name" in member.get("xml", {})
            names = {wire} if own else {name, wire}
            if listed and not xml.get("wrapped"):
                names = self._item_names(items, name, wire)
            children = [child for called in sorted(names & by_name.keys()) for child in by_name.pop(called)]
            if not children:
                continue
            if not listed:
                for child in children:
                    self._check_name(child, xml if xml.get("namespace") else {}, f"'{name}'")
                values = [self._value(child, member, depth + 1) for child in children]
                found[name] = values[0] if len(values) == 1 else values
            elif xml.get("wrapped"):
                found[name] = self._wrapped(children, items, self._item_names(items, name, wire), depth)
            else:
                found[name] = [self._value(child, items, depth + 1) for child in children]
        rest = self._additional(node) if by_name or left else True
        for name, children in by_name.items():
            values = [self._value(child, rest, depth + 1) for child in children]
            found.setdefault(name, values[0] if len(values) == 1 else values)
        return {**{name: self._single(text, rest) for name, text in left.items()}, **found}

    def _wrapped(self, wrappers: Iterable[Element], items: Any, names: set[str], depth: int) -> list[Any]:
        values = []
        for wrapper in wrappers:
            for child in wrapper:
                if _local(child.tag) not in names:
                    wanted = " or ".join(f"<{name}>" for name in sorted(names))
                    raise UnreadableBody(f"<{_local(wrapper.tag)}> holds {wanted}, not <{_local(child.tag)}>")
                values.append(self._value(child, items, depth + 2))
        return values

    def _item_names(self, items: Any, name: str, wire: str) -> set[str]:
        """What the elements of a list are called: as the items say, else as the list, or as the items' component."""
        named = self._xml(items).get("name")
        if named is not None:
            return {str(named)}
        component = str(items["$ref"]).rsplit("/", 1)[-1] if isinstance(items, Mapping) and "$ref" in items else name
        return {name, wire, component}

    def _single(self, text: str, node: Any) -> Any:
        """A text as the value that it stands for; blanks around a number mean nothing (XML Schema part 2, 4.3.6)."""
        kinds = self._kinds(node)
        if "string" in kinds and not kinds.isdisjoint(_ONE):
            self.chose = True
        if "string" in kinds and (self._texts or kinds.isdisjoint(_ONE)):
            return text
        return self._types.read(text.strip(), {"type": [kind for kind in kinds if kind != "string"]})

    def _kinds(self, node: Any) -> frozenset[str]:
        """The types of a schema's values."""
        if not isinstance(node, dict):
            return self._types.of(node)
        if id(node) not in self._known:
            self._known[id(node)] = self._types.of(node)
        return self._known[id(node)]

    def _additional(self, node: Any) -> Any:
        while isinstance(node, Mapping) and "$ref" in node:
            node = self._definitions[str(node["$ref"]).rsplit("/", 1)[-1]]
        return node.get("additionalProperties", True) if isinstance(node, Mapping) else True

    def _xml(self, node: Any, passed: frozenset[str] = frozenset()) -> Mapping[str, Any]:
        """What a schema says of its form in XML, seen through its references."""
        if not isinstance(node, Mapping):
            return {}
        found: dict[str, Any] = {}
        for part in node.get("allOf", ()):
            found |= self._xml(part, passed)
        if "$ref" in node and (name := str(node["$ref"]).rsplit("/", 1)[-1]) not in passed:
            found |= self._xml(self._definitions[name], passed | {name})
        return {**found, **node.get("xml", {})}

    def _check_name(self, element: Element, xml: Mapping[str, Any], what: str) -> None:
        name, namespace = _local(element.tag), str(element.tag).rpartition("}")[0].removeprefix("{")
        if name != xml.get("name", name):
            raise UnreadableBody(f"{what} is <{xml['name']}> in XML, not <{name}>")
        if namespace != xml.get("namespace", namespace):
            raise UnreadableBody(f"{what} is of the namespace {xml['namespace']}, not of {namespace or 'none'}")


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]
