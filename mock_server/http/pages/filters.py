"""Which exchanges of a journal the page shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mock_server.http.journal_view import Shown


@dataclass(frozen=True, slots=True)
class Filter:
    """What an exchange must be or hold; an empty text asks for nothing. `text` is one word after another."""

    outcome: str = ""
    api: str = ""
    text: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Filter:
        """The filter that a query string has."""
        return cls(query.get("outcome", ""), query.get("api", ""), query.get("text", "")[:200])

    def as_query(self) -> dict[str, str]:
        """The same as parts of a query string."""
        return {name: value for name, value in asdict(self).items() if value}

    def fits(self, entry: Shown) -> bool:
        """Whether an exchange is shown."""
        if self.outcome not in ("", entry["outcome"]) or self.api not in ("", entry["api"]):
            return False
        words = self.text.lower().split()
        if not words:
            return True
        held = _held(entry)
        return all(word in held for word in words)


def _held(entry: Shown) -> str:
    """What is searched, in lower case: everything that is shown of an exchange but its headers."""
    parts: list[Any] = [entry["method"], entry["path"], str(entry["status"]), entry["operation"], entry["detail"]]
    parts += [*entry["statements"], entry["request"]["body"], entry["answer"]["body"]]
    return "\n".join(
        part if isinstance(part, str) else json.dumps(part, ensure_ascii=False) for part in parts if part is not None
    ).lower()
