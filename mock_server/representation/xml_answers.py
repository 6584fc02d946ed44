"""Answers in XML by the `xml` keywords of their schemas (OpenAPI 3.0.3, XML Object)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mock_server.representation.representation import escaped_text
from mock_server.synthesis.files import is_xml_document
from specs.schema import SchemaView
from specs.validation import Schema

_ROOT = "result"
"""The name of a root that neither its schema nor a component names."""
_NOT_IN_NAMES = re.compile(r"[^\w.-]")
_Prefixes = Mapping[str, str]
"""The namespaces by prefix that the elements around declare; that of "" is the default one."""


def xml_writer(schema: Schema | None) -> Callable[[Any], bytes]:
    """
    How a value of the schema becomes an XML document of one root; a text that is a document already stays as it is.

    Members are elements of their names or attributes, as the schema says by `name`, `attribute`, `wrapped`, `namespace`
    and `prefix`; the root is named as its schema says, or as its component is.
    """
    view = schema.view if schema is not None else SchemaView(True)

    def write(value: Any) -> bytes:
        if isinstance(value, bytes):
            return value
        if isinstance(value, str) and is_xml_document(value):
            # An XML declaration stands at the very start (XML 1.0 section 2.8).
            return value.strip().encode()
        form = _form(view)
        name = str(form.get("name") or _component(view) or _ROOT)
        item = _component(view.items()) if isinstance(value, list) else ""
        return _element(name, value, view, form, {}, item=item).encode()

    return write


def _element(
    name: str, value: Any, view: SchemaView, form: Mapping[str, Any], around: _Prefixes, *, item: str = ""
) -> str:
    """One element; `item` is what the items of an array are called unless they have a name of their own."""
    prefixes, declared = dict(around), dict[str, str]()
    tag = _tag(name, form, prefixes, declared)
    attributes: dict[str, str] = {}
    content = ""
    if isinstance(value, dict):
        content = _members(value, view, attributes, prefixes, declared)
    elif isinstance(value, list):
        content = _items(item or name, value, view, prefixes)
    else:
        content = _text(value)
    written = "".join(f' {key}="{_quoted(text)}"' for key, text in (declared | attributes).items())
    return f"<{tag}{written}>{content}</{tag}>" if content else f"<{tag}{written}/>"


def _members(
    value: Mapping[str, Any],
    view: SchemaView,
    attributes: dict[str, str],
    prefixes: dict[str, str],
    declared: dict[str, str],
) -> str:
    """The elements of an object; what its schema has as attributes is put into `attributes`."""
    members, elements = view.members(), []
    for key, member in value.items():
        inner = members[key] if key in members else view.at(view.says("additionalProperties", True))
        form = _form(inner)
        name = str(form.get("name") or key)
        if form.get("attribute") and not isinstance(member, dict | list):
            if member is not None:
                attributes[_tag(name, form, prefixes, declared, attribute=True)] = _text(member, escape=False)
        elif not isinstance(member, list) or form.get("wrapped"):
            elements.append((name, member, inner, form))
        else:
            items = inner.items()
            form = _form(items)
            elements += [(str(form.get("name") or key), item, items, form) for item in member]
    # Attributes may declare prefixes of the element that they stand in, so elements come after them.
    return "".join(_element(name, member, inner, form, prefixes) for name, member, inner, form in elements)


def _items(name: str, value: list[Any], view: SchemaView, prefixes: _Prefixes) -> str:
    """The elements of an array within its own."""
    items = view.items()
    form = _form(items)
    named = str(form.get("name") or name)
    return "".join(_element(named, item, items, form, prefixes) for item in value)


def _form(view: SchemaView) -> dict[str, Any]:
    """The `xml` keywords of a schema, the nearest first."""
    found: dict[str, Any] = {}
    for part in reversed(view.parts()):
        found |= part.get("xml", {})
    return found


def _component(view: SchemaView) -> str:
    """The name of the component that a schema is, seen through what merely leads to it; "" for none."""
    seen = 0
    while isinstance(view.node, Mapping) and seen < 10:
        if "$ref" in view.node:
            return str(view.node["$ref"]).rsplit("/", 1)[-1]
        parts = view.node.get("allOf", ())
        if len(parts) != 1:
            return ""
        view, seen = view.at(parts[0]), seen + 1
    return ""


def _tag(
    name: str,
    form: Mapping[str, Any],
    prefixes: dict[str, str],
    declared: dict[str, str],
    *,
    attribute: bool = False,
) -> str:
    """The name as it is written; the namespace it needs is added to those of the element, if it is not known there."""
    before, colon, local = name.rpartition(":")
    prefix = _name(str(form.get("prefix") or before)) if form.get("prefix") or colon else ""
    namespace = str(form.get("namespace") or "")
    if prefix and not namespace:
        # A prefix that nothing declares makes no document (Namespaces in XML, section 5).
        namespace = prefixes.get(prefix) or (f"urn:{prefix}" if colon else "")
    if not namespace or (attribute and not prefix):
        return _name(local)
    if prefixes.get(prefix) != namespace:
        prefixes[prefix] = namespace
        declared[f"xmlns:{prefix}" if prefix else "xmlns"] = namespace
    return f"{prefix}:{_name(local)}" if prefix else _name(local)


def _name(text: str) -> str:
    """A text as the name of an element can be (XML 1.0 section 2.3)."""
    name = _NOT_IN_NAMES.sub("_", text)
    return name if name and (name[0].isalpha() or name[0] == "_") else f"_{name}"


def _text(value: Any, *, escape: bool = True) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "" if value is None else str(value)
    return escaped_text(text) if escape else text


def _quoted(text: str) -> str:
    return escaped_text(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
