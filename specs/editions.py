"""Declared differences between the documented contract and another edition of the same API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from specs.flaws import Flaw, FlawedDocument, UnknownName
from specs.references import at, split
from specs.shapes import misshapen
from specs.source import Document, read
from specs.statements import DOCUMENTED

__all__ = ["DOCUMENTED", "apply_edition", "editions"]


def editions(folder: Path) -> tuple[str, ...]:
    """The editions an API has; the documented one needs no file."""
    return (DOCUMENTED, *sorted(path.stem for path in (folder / "editions").glob("*.yaml")))


def apply_edition(document: Document, folder: Path, edition: str) -> Document:
    """
    The document as this edition has it.

    An edition file holds `{summary, evidence, overrides}`; an override is `{at: JSON pointer, set: value}` or
    `{at, remove: true}`.
    Raises `UnknownName` for an edition that does not exist, `FlawedDocument` for an override that leads nowhere.
    """
    if edition == DOCUMENTED:
        return document
    if edition not in editions(folder):
        raise UnknownName("edition", edition, editions(folder))
    source = read(folder / "editions" / f"{edition}.yaml")
    flaws = [Flaw(source.place(pointer), edition, message) for pointer, message in misshapen(source.data, "edition")]
    if flaws:
        raise FlawedDocument(flaws)
    for key in ("summary", "evidence"):
        if not source.data.get(key):
            flaws.append(Flaw(source.place(), edition, f"needs `{key}`: what differs, and who says so."))
    for index, override in enumerate(source.data.get("overrides", [])):
        place = source.place(("overrides", index))
        pointer = override.get("at", "")
        if ("set" in override) == (override.get("remove") is True) or not pointer.startswith("/"):
            flaws.append(Flaw(place, edition, "an override has `at` and either `set` or `remove: true`."))
        elif not _override(document.data, split(pointer), override):
            flaws.append(Flaw(place, edition, f"the document has nothing at {pointer}."))
    if flaws:
        raise FlawedDocument(flaws)
    return document


def _override(data: Any, parts: list[str], override: dict[str, Any]) -> bool:
    try:
        holder, key = at(data, tuple(parts[:-1])), parts[-1]
        if isinstance(holder, list) or "set" not in override:
            at(holder, (key,))
        place = int(key) if isinstance(holder, list) else key
        if "set" in override:
            holder[place] = override["set"]
        else:
            del holder[place]
    except (LookupError, TypeError):
        return False
    return True
