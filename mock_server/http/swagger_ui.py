"""What the page of Swagger UI gets to see: credentials that a reader can type there and that the mock accepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from specs.compiling import METHODS_OF_3_2, MORE_METHODS

BEARER = "bearerToken"
"""The name of the scheme that is added; another one where the document has it already."""

_SAYS = (
    "A token that the mock knows, as its banner shows them without the word Bearer. Only this page offers the scheme: "
    "the vendor documents OAuth flows alone, which lead to a server of the vendor's."
)

Alternative = Mapping[str, Sequence[str]]


def for_the_page(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """
    The document with a plain bearer token beside OAuth flows, and without credentials that travel as cookies.

    The flows lead to the vendor, who gives out no token that the mock knows; no script of a page may set a cookie for
    its request (the Fetch standard, forbidden request-headers). The page knows OpenAPI 3.0 alone, so what is of a later
    version is shown as of that, as far as it can be said there. The rest is as it was.
    """
    if not str(document.get("openapi", "3.0")).startswith("3.0"):
        document = {**_of_3_0(document), "openapi": "3.0.3"}
    components = document.get("components", {})
    schemes: Mapping[str, Any] = components.get("securitySchemes", {})
    flows = {name for name, scheme in schemes.items() if scheme.get("type") in ("oauth2", "openIdConnect")}
    cookies = {name for name, scheme in schemes.items() if scheme.get("in") == "cookie"}
    if not flows and not cookies:
        return document
    bearer = BEARER
    while bearer in schemes:
        bearer += "_"
    offered = {name: scheme for name, scheme in schemes.items() if name not in cookies}
    if flows:
        # First, because it is the one that works here.
        offered = {bearer: {"type": "http", "scheme": "bearer", "description": _SAYS}, **offered}

    def widened(part: Mapping[str, Any]) -> Mapping[str, Any]:
        if not part.get("security"):
            return part
        return {**part, "security": _alternatives(part["security"], flows, cookies, bearer)}

    return {
        **widened(document),
        "components": {**components, "securitySchemes": offered},
        "paths": {
            path: {
                key: widened(value)
                if key in METHODS_OF_3_2
                else {method: widened(part) for method, part in value.items()}
                if key == MORE_METHODS
                else value
                for key, value in item.items()
            }
            for path, item in document.get("paths", {}).items()
        },
    }


_DATA = frozenset({"example", "examples", "default", "enum", "const"})


def _of_3_0(value: Any) -> Any:
    """A part of a document of OpenAPI 3.1 with the types of its schemas as 3.0 writes them."""
    if isinstance(value, list):
        return [_of_3_0(item) for item in value]
    if not isinstance(value, dict):
        return value
    shown = {key: member if key in _DATA else _of_3_0(member) for key, member in value.items()}
    if isinstance(types := value.get("type"), list):
        named = [name for name in types if name != "null"]
        shown |= {"nullable": "null" in types, "type": named[0] if named else "string"}
        if len(named) > 1:
            shown["anyOf"] = [{"type": name} for name in named]
            del shown["type"]
    if "const" in value:
        shown["enum"] = [value["const"]]
    return shown


def _alternatives(
    security: Iterable[Alternative], flows: set[str], cookies: set[str], bearer: str
) -> list[Alternative]:
    """Those that a page can send; behind one with flows the same with the bearer token in their place."""
    found: list[Alternative] = []
    for alternative in security:
        if cookies.intersection(alternative):
            continue
        plain = {
            bearer if name in flows else name: [] if name in flows else scopes for name, scopes in alternative.items()
        }
        for item in (alternative, plain):
            if item not in found:
                found.append(item)
    return found
