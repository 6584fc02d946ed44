"""An XML answer is written as the contract says: root, order, names, booleans, lists."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from conformance.checks.judgement import Judgement, broken, kept
from conformance.checks.names import STYLES
from conformance.target.decoding import Undecodable, XmlReader, parse_xml
from conformance.target.exchange import Exchange
from specs.contract import Contract, Operation, XmlStyle
from specs.shortening import listed
from specs.validation import Schema

NAME = "xml"
BOOLEANS = {"lower": ("true", "false"), "title": ("True", "False")}


def check(contract: Contract, operation: Operation, exchange: Exchange) -> list[Judgement]:
    """Judge the form of an XML success; what its texts mean is the business of the body check."""
    style = contract.xml
    response = operation.responses.get(exchange.response.status)
    media = response.content.get(exchange.response.media) if response else None
    if style is None or media is None or media.schema is None or not media.name.endswith("/xml"):
        return []
    if not operation.succeeded(exchange.response.status, exchange.value):
        return []
    try:
        root = parse_xml(exchange.response.body)
    except Undecodable:
        return []
    reader = XmlReader(media.schema)
    return [
        *_root(style, root),
        *_order(style, reader, root),
        *_names(contract, style, media.schema, root),
        *_leaves(style, reader, root),
        *_lists(style, reader, root),
    ]


def _root(style: XmlStyle, root: Element) -> list[Judgement]:
    statements = style.charges.get("root", ())
    if root.tag != style.root:
        return broken(statements, NAME, "XML root element", root.tag, style.root)
    if any(element.attrib for element in root.iter()):
        return broken(statements, NAME, "XML attributes", "an attribute", "elements only")
    return kept(statements, NAME)


def _order(style: XmlStyle, reader: XmlReader, root: Element) -> list[Judgement]:
    """The members that every answer has stand in the order in which the schema requires them."""
    statements = style.charges.get("order", ())
    found = list(dict.fromkeys(child.tag for child in root))
    # A list that is empty is not an element at all; what is missing is the business of the check of bodies.
    required = [name for name in reader.required() if name in found]
    found = [name for name in found if name in required]
    if found != required:
        return broken(statements, NAME, "XML children in another order", ", ".join(found), ", ".join(required))
    return kept(statements, NAME)


def _names(contract: Contract, style: XmlStyle, schema: Schema, root: Element) -> list[Judgement]:
    names = contract.member_names
    statements = style.charges.get("names", ())
    if names is None:
        return []
    tags = {element.tag for element in root.iter() if element is not root and schema.names(element.tag)}
    wrong = sorted({tag for tag in tags if not STYLES[names.style].match(tag)} - names.exceptions)
    if wrong:
        return broken(statements, NAME, "XML element names in another style", listed(wrong), names.style)
    return kept(statements, NAME)


def _leaves(style: XmlStyle, reader: XmlReader, root: Element) -> list[Judgement]:
    judgements: list[Judgement] = []
    for leaf in reader.leaves(root):
        text = leaf.element.text or ""
        if leaf.declared == "boolean":
            statements = style.charges.get("booleans", ())
            if text in BOOLEANS[style.booleans]:
                judgements += kept(statements, NAME)
            else:
                judgements += broken(
                    statements,
                    NAME,
                    "XML booleans",
                    f"{leaf.element.tag} {text!r}",
                    " or ".join(BOOLEANS[style.booleans]),
                )
    return judgements


def _lists(style: XmlStyle, reader: XmlReader, root: Element) -> list[Judgement]:
    """A list is its element repeated; a wrapper would hold further elements of one name and nothing else."""
    statements = style.charges.get("arrays", ())
    judgements: list[Judgement] = []
    for name, elements, members in reader.repeated(root):
        inner = {child.tag for child in elements[0]}
        if len(elements) == 1 and len(inner) == 1 and not inner & members:
            judgements += broken(statements, NAME, "XML list in a wrapper", f"{name}/{inner.pop()}", f"{name} repeated")
        else:
            judgements += kept(statements, NAME)
    return judgements
