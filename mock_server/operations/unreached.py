"""Path templates that no request reaches as they stand, listed when a mock starts."""

from __future__ import annotations

from collections.abc import Iterator

from specs.contract import Contract, Operation
from specs.path_templates import routed, shape


def unreached(contract: Contract) -> Iterator[str]:
    """
    A sentence for each operation whose path no request has: with a fragment or a query, or as another operation has it.

    "shop.yaml:9: POST /auth#basic: no request has a fragment; it is served at /auth."
    """
    known: dict[tuple[str, tuple[str, ...]], Operation] = {}
    operations = sorted(contract.operations.values(), key=lambda item: routed(item.path) != item.path)
    for operation in operations:
        path, named = routed(operation.path), f"{operation.method} {operation.path}"
        first = known.setdefault((operation.method, shape(operation.path)), operation)
        what = "query in its path" if path != operation.path and operation.path[len(path)] == "?" else "fragment"
        if first is not operation:
            yield f"{operation.place}: {named} cannot be reached: {first.method} {first.path} answers its requests."
        elif path != operation.path:
            yield f"{operation.place}: {named}: no request has a {what}; it is served at {path}."
        elif any(segment in (".", "..") for segment in shape(path)):
            yield f"{operation.place}: {named} may not be reached: clients take out '.' and '..' of a path."
