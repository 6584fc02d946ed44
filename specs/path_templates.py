"""Path templates of OpenAPI documents, as a server meets them in requests."""

from __future__ import annotations

import re
from urllib.parse import unquote

_PARAMETER = re.compile(r"\{([^{}]*)\}")
_ENDS_PATH = re.compile("[?#]")


def routed(template: str) -> str:
    """
    A path template without what no path holds: "/auth#basic" is "/auth".

    A fragment is never sent (RFC 9110 section 7.1), and a query is no part of a path.
    """
    parts = _PARAMETER.split(template)
    for index in range(0, len(parts), 2):
        if (end := _ENDS_PATH.search(parts[index])) is not None:
            parts[index:] = [parts[index][: end.start()]]
            break
    return "".join(f"{{{part}}}" if index % 2 else part for index, part in enumerate(parts))


def shape(template: str) -> tuple[str, ...]:
    """What tells a template from others: its segments, decoded, whatever its parameters are called."""
    return tuple("{}".join(map(unquote, _PARAMETER.split(segment)[::2])) for segment in routed(template)[1:].split("/"))
