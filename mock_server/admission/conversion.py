"""A text of a parameter, a form or an XML element → the single value that it stands for."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

Convert = Callable[[str], Any]

_DIGITS = 300
INTEGER = re.compile(rf"-?[0-9]{{1,{_DIGITS}}}\Z", re.ASCII)
NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,4})?\Z", re.ASCII)


@cache
def conversion(types: frozenset[str], digits: int = _DIGITS) -> Convert:
    """
    How a text becomes a value of one of these types: "3" is 3 where a number may stand and no text.

    A text that is not such a value stays as it is, so that its schema refuses it; an integer of more digits too.
    """
    if "string" in types:
        return _as_it_is
    integer, number, boolean, null = (kind in types for kind in ("integer", "number", "boolean", "null"))
    is_integer = re.compile(rf"-?[0-9]{{1,{digits}}}\Z", re.ASCII).match

    def convert(text: str) -> Any:
        if integer and is_integer(text):
            return int(text)
        if number and NUMBER.match(text):
            return float(text)
        if boolean and text in ("true", "false"):
            return text == "true"
        return None if null and text in ("", "null") else text

    return convert


def _as_it_is(text: str) -> str:
    return text
