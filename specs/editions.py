"""Declared differences between the documented contract and another edition of the same API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from specs.document_schemas import misfits
from specs.flaws import Flaw, FlawedDocument, UnknownName
from specs.references import at, split
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
    Raises `UnknownName` for an edition that does not exist, `FlawedDocument` for a file that does not fit
    `edition.schema.json` and for an override that leads nowhere.
    """
    if edition == DOCUMENTED:
        return document
    if edition not in editions(folder):
        raise UnknownName("edition", edition, editions(folder))
    source = read(folder / "editions" / f"{edition}.yaml")
    flaws = [Flaw(source.place(misfit.pointer), edition, misfit.message) for misfit in misfits("edition", source.data)]
    if flaws:
        raise FlawedDocument(flaws)
    for index, override in enumerate(source.data.get("overrides", [])):
        if not _override(document.data, split(override["at"]), override):
            place = source.place(("overrides", index))
            flaws.append(Flaw(place, edition, f"the document has nothing at {override['at']}."))
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
