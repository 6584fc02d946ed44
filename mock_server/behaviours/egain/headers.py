"""What a request says around its body: the form and the language it accepts, and its query."""

from __future__ import annotations

from mock_server.negotiation import choose
from mock_server.reply import Call, Refusal

_EDIT_ACCEPTS = ("application/json", "application/xml")
_READ_ACCEPTS = ("application/json",)


def edit_is_acceptable(call: Call) -> Refusal | None:
    """`Accept` names one of its two values, or a range that holds one; without it JSON is accepted (D-19)."""
    return _unacceptable(call, _EDIT_ACCEPTS)


def cases_are_acceptable(call: Call) -> Refusal | None:
    """`Accept` names JSON, the one form that is known of cases, or a range that holds it."""
    return _unacceptable(call, _READ_ACCEPTS)


def language_is_known(call: Call) -> Refusal | None:
    """`Accept-Language` names at least one of the fifteen languages, or any (EG-28)."""
    if language(call) is not None:
        return None
    detail = f"none of the fifteen languages is in {call.headers['accept-language']!r}"
    return Refusal("not-acceptable", ("EG-28",), detail, name="Accept-Language")


def no_query_is_sent(call: Call) -> Refusal | None:
    """No query parameter is sent: editCase has none (EG-30)."""
    return _unknown_query(call, "EG-30")


def only_known_queries_are_sent(call: Call) -> Refusal | None:
    """No query parameter is sent but the operation's own (EGF-29)."""
    return _unknown_query(call, "EGF-29")


def language(call: Call) -> str | None:
    """
    The first language of the request that there is, or the default (EG-27); None when the request names others only.

    Language tags know no case (RFC 5646 section 2.1.1), and a browser sends a list of them with weights.
    """
    header = call.headers.get("accept-language", "").strip()
    if not header:
        return "en-US"
    wanted: list[tuple[float, str]] = []
    for item in header.split(","):
        tag, _, weight = item.partition(";")
        primary, _, region = tag.strip().partition("-")
        name = "en-US" if primary == "*" else f"{primary.lower()}-{region.upper()}"
        quality = _quality(weight)
        if quality > 0 and call.records.find("languages", name) is not None:
            wanted.append((-quality, name))
    return min(wanted, key=lambda pair: pair[0])[1] if wanted else None


def _unacceptable(call: Call, offered: tuple[str, ...]) -> Refusal | None:
    accept = call.headers.get("accept", "").strip()
    if not accept or choose(accept, offered) is not None:
        return None
    return Refusal("not-acceptable", ("D-19",), f"{accept} holds none of {', '.join(offered)}", name="Accept")


def _unknown_query(call: Call, statement: str) -> Refusal | None:
    if not call.unknown_query:
        return None
    names = ", ".join(dict.fromkeys(call.unknown_query))
    return Refusal("unknown-parameter", (statement,), f"there is no query parameter {names}", name=names)


def _quality(weight: str) -> float:
    name, _, value = weight.replace(" ", "").lower().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
