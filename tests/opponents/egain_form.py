"""What a request to edit a case says: from the bytes of its body to a checked wish."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.opponents.egain_seed import ATTRIBUTES, CustomAttribute

Broken = Callable[[str], bool]
"""Whether the server has the fault of that name."""

LIMIT = 1024
SEVERITIES = ("urgent", "high", "medium", "low")
_TEXTS = ("subject", "description", "solution")
_MEMBERS = {
    *("id", "lastModified", "dueDate", "owner", "severity", *_TEXTS),
    *("relatedCases", "customAttributes", "lastClosed"),
}
_DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_HREF = re.compile(r"(?:https?://[^/]+)?/core/casemgr/v3/case/([^/?#]+)")


class Refusal(Exception):
    """A request that is not done, with the code and the text of the answer; the status is the code's first part."""

    def __init__(self, code: str, message: str, **details: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = int(code.partition("-")[0])
        self.message = message[:255]
        self.details = details


@dataclass(frozen=True)
class Wish:
    """What is to become of one case."""

    case_id: str
    last_modified: datetime | None
    """None only where the server forgot to require it."""
    texts: dict[str, str] = field(default_factory=dict)
    due_date: str | None = None
    """The empty text removes the date; None leaves it."""
    owner: str | None = None
    """The empty text removes the owner; None leaves it."""
    severity: str | None = None
    link: tuple[str, ...] = ()
    unlink: tuple[str, ...] = ()
    custom: dict[str, list[str]] = field(default_factory=dict)
    status: str | None = None
    """Set only where the server wrongly lets an edit do that."""

    @property
    def empty(self) -> bool:
        """Whether nothing is to be changed."""
        given = (self.due_date, self.owner, self.severity, self.status)
        return not (self.texts or self.link or self.unlink or self.custom) and all(member is None for member in given)


def instant(text: object) -> datetime:
    """
    The moment that a date-time names, in UTC and to the millisecond.

    Raises ValueError for anything that is no date-time with a zone.
    """
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        raise ValueError(f"{text!r} is no date-time")
    try:
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as beyond:
        raise ValueError(f"{text!r} is beyond the calendar") from beyond
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def written(moment: datetime) -> str:
    """A moment as the records hold it: 2026-02-11T09:51:41.504Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def read(body: bytes, broken: Broken) -> list[Wish]:
    """
    The wishes of a body: one, as long as the server is honest.

    Raises Refusal for a body that is missing or not of the form of the page.
    """
    if not body.strip():
        raise Refusal("400-264", "A request body is mandatory for this operation.")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as flaw:
        raise Refusal("400-152", "The request body is no valid JSON.", body="not JSON") from flaw
    if isinstance(content, list) and content and broken("array-accepted"):
        return [_wish(member, broken) for member in content]
    return [_wish(content, broken)]


def _wish(content: object, broken: Broken) -> Wish:
    if not isinstance(content, dict):
        raise _invalid("body", "Exactly one case can be edited: the body is an object.")
    status = content.pop("status", None) if broken("status-member-accepted") else None
    strangers = [name for name in content if name not in _MEMBERS]
    if strangers:
        raise Refusal("400-147", f"Unsupported attribute in request body: '{strangers[0]}'.", attribute=strangers[0])
    # null neither changes nor removes anything: it is as though the member were not there.
    body = _without_nulls(content)
    _require(body, broken)
    if not isinstance(body["id"], str) and not (broken("number-id-accepted") and isinstance(body["id"], int)):
        raise _invalid("id", "It is a text.")
    if "lastClosed" in body:
        _date(body["lastClosed"], "lastClosed")
    link, unlink = _relations(body.get("relatedCases", {}))
    wish = Wish(
        case_id=str(body["id"]),
        last_modified=_last_modified(body, broken),
        texts={name: _text(body[name], name, broken) for name in _TEXTS if name in body},
        due_date=_due_date(body["dueDate"], broken) if "dueDate" in body else None,
        owner=_owner(body.get("owner", {})),
        severity=_severity(body.get("severity", {})),
        link=link,
        unlink=unlink,
        custom=_custom(body.get("customAttributes", {}), broken),
        status=status["value"] if isinstance(status, dict) and "value" in status else None,
    )
    if wish.empty:
        raise Refusal("400-387", "At least one attribute of the case to modify must be in the request body.")
    return wish


def _require(body: dict[str, Any], broken: Broken) -> None:
    if "id" not in body and broken("missing-id-500"):
        raise Refusal("500-100", "System is unable to process the request.")
    required = ("id",) if broken("last-modified-not-required") else ("id", "lastModified")
    for name in required:
        if name not in body:
            raise _missing(name)


def _last_modified(body: dict[str, Any], broken: Broken) -> datetime | None:
    if "lastModified" not in body:
        return None
    try:
        return instant(body["lastModified"])
    except ValueError as flaw:
        if broken("bad-date-500"):
            raise Refusal("500-100", "System is unable to process the request.") from flaw
        raise _invalid("lastModified", "It is a date-time.") from flaw


def _text(value: object, name: str, broken: Broken) -> str:
    if not isinstance(value, str):
        raise _invalid(name, "It is a text.")
    if any("\ud800" <= sign <= "\udfff" for sign in value):
        raise _invalid(name, "It holds half a character.")
    if broken("emoji-500") and any(ord(sign) > 0xFFFF for sign in value):
        raise Refusal("500-100", "System is unable to process the request.")
    too_long = len(value) > LIMIT and not broken(f"{name}-1025-accepted")
    if too_long or (len(value) == LIMIT and broken(f"{name}-1024-refused")):
        raise _invalid(name, f"It has {len(value)} characters; {LIMIT} are allowed.")
    return value


def _due_date(value: object, broken: Broken) -> str:
    if value == "":
        return ""
    if isinstance(value, str) and broken("due-date-zone-dropped"):
        value = re.sub(r"[+-]\d\d:\d\d$", "Z", value)
    moment = _date(value, "dueDate")
    ahead = (moment - datetime.now(UTC)).total_seconds()
    needed = 86400 if broken("near-due-date-refused") else 0
    if ahead <= needed and not broken("past-due-date-accepted"):
        raise _invalid("dueDate", "It must be a future date.")
    if broken("due-date-at-midnight"):
        moment = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return written(moment)


def _owner(value: object) -> str | None:
    owner = _object(value, "owner", ("user",))
    if "user" not in owner:
        return None
    user = _object(owner["user"], "owner.user", ("id",))
    if "id" not in user:
        raise _missing("owner.user.id")
    if not isinstance(user["id"], str):
        raise _invalid("owner.user.id", "It is a text.")
    return user["id"]


def _severity(value: object) -> str | None:
    severity = _object(value, "severity", ("value", "displayValue"))
    if "value" not in severity:
        return None
    if severity["value"] not in SEVERITIES:
        raise _invalid("severity.value", f"Allowed values: {', '.join(SEVERITIES)}.")
    return str(severity["value"])


def _relations(value: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    related = _object(value, "relatedCases", ("link", "unlink"))
    link, unlink = (_linked(related.get(name, []), f"relatedCases.{name}") for name in ("link", "unlink"))
    if set(link) & set(unlink):
        raise _invalid("relatedCases", "The same case is both to be linked and unlinked.")
    return link, unlink


def _linked(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _invalid(name, "It is a list of links.")
    found: dict[str, None] = {}
    for member in value:
        link = _object(member, name, ("rel", "href", "_default"))
        if link.get("rel") != "case" or not isinstance(link.get("href"), str):
            raise _invalid(name, "A link has the rel 'case' and an href.")
        target = _HREF.fullmatch(link["href"])
        if target is None:
            raise _invalid(name, "The href is not that of a case.")
        found[target[1]] = None
    return tuple(found)


def _custom(value: object, broken: Broken) -> dict[str, list[str]]:
    attributes = _object(value, "customAttributes", ("customAttribute",))
    if "customAttribute" not in attributes:
        return {}
    entries = attributes["customAttribute"]
    if not isinstance(entries, list) or not entries:
        raise _invalid("customAttributes.customAttribute", "It is a list of at least one attribute.")
    found: dict[str, list[str]] = {}
    for entry in entries:
        attribute = _object(entry, "customAttribute", ("attribName", "attribValues"))
        for name in ("attribName", "attribValues"):
            if name not in attribute:
                raise _missing(name)
        name = attribute["attribName"]
        configured = ATTRIBUTES.get(name) if isinstance(name, str) else None
        if configured is None and broken("unknown-attribute-accepted"):
            configured = CustomAttribute("string")
        if configured is None or name in found:
            raise _invalid("attribName", "It names a configured custom attribute, each at most once.")
        found[name] = _values(attribute["attribValues"], name, configured, broken)
    return dict(list(found.items())[:1]) if broken("first-attribute-only") else found


def _values(value: object, name: str, configured: CustomAttribute, broken: Broken) -> list[str]:
    entries = _object(value, "attribValues", ("attribValue",)).get("attribValue")
    if not isinstance(entries, list) or not entries:
        raise _invalid(name, "attribValue is a list of at least one value.")
    values = [_object(entry, name, ("value", "displayValue")).get("value") for entry in entries]
    texts = [text for text in values if isinstance(text, str)]
    if len(texts) != len(values):
        raise _invalid(name, "Each value is a text.")
    if texts == [""]:
        return []
    if len(texts) > 1 and not configured.several:
        raise _invalid(name, "It has one value.")
    if not all(_fits(text, configured, broken) for text in texts):
        raise _invalid(name, f"It is not of the type {configured.data_type}, or none of its options.")
    return texts


def _fits(text: str, configured: CustomAttribute, broken: Broken) -> bool:
    if any("\ud800" <= sign <= "\udfff" for sign in text) or len(text) > configured.size:
        return False
    if configured.data_type == "stringList":
        return text in configured.options or broken("option-unchecked")
    if configured.data_type == "integer":
        return re.fullmatch(r"-?[0-9]+", text) is not None
    if configured.data_type == "datetime":
        try:
            instant(text)
        except ValueError:
            return False
    return True


def _object(value: object, name: str, allowed: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _invalid(name, "It is an object.")
    for member in value:
        if member not in allowed:
            raise Refusal("400-147", f"Unsupported attribute in request body: '{name}.{member}'.", attribute=name)
    return value


def _date(value: object, name: str) -> datetime:
    try:
        return instant(value)
    except ValueError as flaw:
        raise _invalid(name, "It is a date-time.") from flaw


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_without_nulls(member) for member in value]
    return value


def _missing(name: str) -> Refusal:
    return Refusal("400-146", f"Required attribute missing in request body: '{name}'.", attribute=name)


def _invalid(name: str, reason: str) -> Refusal:
    return Refusal("400-152", f"Invalid value in request body for attribute '{name}'. {reason}", attribute=name)
