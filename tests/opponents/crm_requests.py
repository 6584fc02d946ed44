"""The parameters of a CRM request: path, query and body pooled, read as the types that the operations want."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

_Pool = dict[str, list[Any]]
_INDEXED = re.compile(r"(?P<name>\w+)(\[(?P<index>\d*)\])?(\[(?P<member>\w+)\])?")
_NUMBER = re.compile(r"\s*[+-]?\d{1,100}(\.0+)?\s*")


class Refused(Exception):
    """A refusal with the error envelope."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Parameters:
    """
    The parameters of one request.

    Names are found without regard to case. The path beats the query, the query beats the body. A parameter is
    kept as the list of its values, so that one value stands for a collection of one. What cannot be read as
    the wanted type is refused with 400.
    """

    def __init__(self, path: dict[str, str], query: str, content_type: str, body: bytes) -> None:
        in_path: _Pool = {name: [value] for name, value in path.items()}
        self.in_body = _of_body(content_type.partition(";")[0].strip().lower(), body)
        self._pool: _Pool = {}
        for source in (self.in_body, _of_form(query), in_path):
            self._pool.update({name.lower(): values for name, values in source.items()})

    def raw(self, name: str) -> Any:
        """The first value as it came in, None where there is none."""
        return next(iter(self._pool.get(name.lower(), [])), None)

    def text(self, name: str) -> str:
        """The text, empty where there is none."""
        return _text(name, self.raw(name))

    def number(self, name: str) -> int:
        """The whole number, 0 where there is none."""
        value = self.raw(name)
        return 0 if value is None else _number(name, value)

    def flag(self, name: str) -> bool:
        """The truth value, false where there is none."""
        value = self.raw(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        if isinstance(value, str) and value.strip().lower() in ("true", "false"):
            return value.strip().lower() == "true"
        raise Refused(400, f"{name}: {value!r} was not recognized as a valid Boolean.")

    def numbers(self, name: str) -> list[int]:
        """The collection of whole numbers, empty where there is none."""
        return [_number(name, value) for value in self._pool.get(name.lower(), [])]

    def texts(self, name: str) -> list[str]:
        """The collection of texts, empty where there is none."""
        return [_text(name, value) for value in self._pool.get(name.lower(), [])]

    def guids(self, name: str) -> list[str]:
        """The collection of GUIDs in lower case, empty where there is none."""
        return [_guid(name, value) for value in self._pool.get(name.lower(), [])]

    def pairs(self, name: str) -> list[tuple[int, str]]:
        """The collection of Key/Value objects; an object without Key gives no pair (X-01)."""
        found = []
        for item in self._pool.get(name.lower(), []):
            if not isinstance(item, dict):
                raise Refused(400, f"{name}: {item!r} is not a pair of Key and Value.")
            pair = {key.lower(): value for key, value in item.items()}
            if "key" in pair:
                found.append((_number(name, pair["key"]), _text(name, pair.get("value"))))
        return found


def _of_body(media_type: str, body: bytes) -> _Pool:
    if not body.strip():
        return {}
    try:
        if media_type == "application/json":
            return _of_json(json.loads(body, parse_constant=_no_constant))
        if media_type in ("text/xml", "application/xml"):
            return _of_xml(fromstring(body))
        return _of_form(body.decode("utf-8"))
    except (ValueError, RecursionError, ParseError, DefusedXmlException) as flaw:
        raise Refused(400, f"The body cannot be read: {flaw}") from flaw


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _of_json(root: Any) -> _Pool:
    if not isinstance(root, dict):
        raise ValueError("the root is no object")
    return {name: value if isinstance(value, list) else [value] for name, value in root.items()}


def _of_xml(root: Element) -> _Pool:
    pool: _Pool = {}
    for child in root:
        value = {part.tag: part.text or "" for part in child} if len(child) else child.text or ""
        pool.setdefault(child.tag, []).append(value)
    return pool


def _of_form(text: str) -> _Pool:
    """The values of a form; "list[0][Key]=1" is an object in a list, "list[]=1" and "list[0]=1" are values of one."""
    pool: _Pool = {}
    objects: dict[tuple[str, str], dict[str, str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        indexed = _INDEXED.fullmatch(name)
        if indexed is None:
            pool.setdefault(name, []).append(value)
        elif indexed["member"] is None:
            pool.setdefault(indexed["name"], []).append(value)
        else:
            place = (indexed["name"], indexed["index"])
            if place not in objects:
                objects[place] = {}
                pool.setdefault(indexed["name"], []).append(objects[place])
            objects[place][indexed["member"]] = value
    return pool


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise Refused(400, f"{name}: {value!r} is not a string.")


def _number(name: str, value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value.partition(".")[0])
    raise Refused(400, f"{name}: {value!r} is not a valid value for Int32.")


def _guid(name: str, value: Any) -> str:
    try:
        return str(UUID(value))
    except (ValueError, AttributeError, TypeError) as flaw:
        raise Refused(400, f"{name}: {value!r} is not a Guid.") from flaw
