"""The part of a new profile that is about the API of a foreign document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from conformance.probes.derived_drafts import listing_of, shown_of
from conformance.target.profile import FILL_IN, check_url
from specs.contract import CALLER, Contract, Operation, Parameter
from specs.derived_ledger import described
from specs.shortening import listed

_HOW = {
    "apiKey": "The key itself",
    "basic": "As user:password",
    "bearer": "The token alone",
}
"""What the variable of a security scheme holds, by the kind of the scheme."""

_PLAIN = re.compile(r"[A-Za-z_][\w.-]*")
"""Keys that YAML needs no quotes for, and takes for nothing but texts."""


def document_section(contract: Contract, spec: str, url: str, ways: Sequence[str]) -> Iterator[tuple[str, str]]:
    """
    The lines about one API, each with how it is to be written: "line" as it stands, "comment" wrapped as a comment.

    `spec` is the document as the profile names it, `url` the address of the server or empty, and `ways` shows how a
    token can be asked for.
    """
    yield "line", f"  {_key(contract.api)}:"
    yield "line", f"    url: {check_url(url) if url else _address(contract)}"
    yield "line", "    # The document that the server is to keep; the path starts from the folder of this file."
    yield "line", f"    spec: {json.dumps(spec, ensure_ascii=False)}"
    yield from _actors(contract, ways)
    yield from _records(contract)


def path_parameters(contract: Contract) -> Mapping[str, Sequence[tuple[Operation, Parameter]]]:
    """The path parameters of a document by name, with the operations that take them."""
    found: dict[str, list[tuple[Operation, Parameter]]] = {}
    for operation in contract.operations.values():
        for parameter in operation.parameters:
            if parameter.location == "path":
                found.setdefault(parameter.name, []).append((operation, parameter))
    return found


def _address(contract: Contract) -> str:
    """An address as that of a staging system may be, with the path that the document's servers have."""
    paths = [path for operation in contract.operations.values() for path in operation.server_paths]
    return f"https://staging.example{next(iter(paths), '')}"


def _actors(contract: Contract, ways: Sequence[str]) -> Iterator[tuple[str, str]]:
    used: dict[str, list[str]] = {}
    needed: dict[str, None] = {}
    for operation in contract.operations.values():
        for alternative in operation.security:
            for scheme in alternative:
                used.setdefault(scheme, []).append(operation.id)
        # The first alternative is enough for an operation.
        needed.update(dict.fromkeys(operation.security[0] if operation.security else ()))
    if not used:
        yield "line", "    actors: {}   # no operation asks for a credential"
        return
    if ways:
        yield "line", "    # A token can be asked for, too:"
        yield from (("line", f"    #   {line}") for line in ways)
    yield "line", "    actors:"
    yield (
        "comment",
        "Every request is sent as this actor. What is commented out is not needed: another scheme is taken too.",
    )
    yield "line", f"      {CALLER}:"
    for scheme, operations in used.items():
        kind = contract.security_schemes[scheme].kind
        yield "inner", f"{_HOW.get(kind, 'The credential')}. Operations that take it: {len(operations)}."
        variable = re.sub(r"\W+", "_", f"{contract.api}_{scheme}", flags=re.ASCII).upper()
        off = "" if scheme in needed else "# "
        yield "line", f'        {off}{_key(scheme)}: "${{{"_" if variable[0].isdigit() else ""}{variable}}}"'


def _records(contract: Contract) -> Iterator[tuple[str, str]]:
    found = path_parameters(contract)
    if not found:
        yield "line", "    records: {}   # no path has a parameter"
        return
    yield "line", "    # Records that are there for testing, by the path parameter that takes their id."
    without = [name for name, places in found.items() if not all(_else(contract, *place) for place in places)]
    yield "line", "    records:"
    for name, places in found.items():
        operation, parameter = next((place for place in places if not _else(contract, *place)), places[0])
        taken = listed([f"{item.method} {item.path}" for item, _ in places], most=3)
        instead = _else(contract, operation, parameter) or "Without it a value of its schema is sent."
        yield "comment", f"{{{name}}} is {described(parameter.schema.view)}, in {taken}. {instead}"
        yield "line", f"      {'' if name in without else '# '}{_key(name)}: {{id: {FILL_IN}}}"


def _else(contract: Contract, operation: Operation, parameter: Parameter) -> str:
    """What a request holds for a path parameter without a record, where the document or the server says it."""
    if (listing := listing_of(contract, operation, parameter)) is not None:
        return f"Without it the first that {listing.method} {listing.path} lists is taken."
    shown = shown_of(contract, operation, parameter)
    if shown is not None and parameter.schema.is_valid(shown):
        return f"Without it the document's example is taken: {shown}."
    return ""


def _key(name: str) -> str:
    """A name as a key of YAML."""
    plain = _PLAIN.fullmatch(name) and name.lower() not in ("null", "true", "false", "yes", "no", "on", "off", "y", "n")
    return name if plain else json.dumps(name, ensure_ascii=False)
