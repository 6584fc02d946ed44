"""Small documents to compare, and the changes between them as a reader of a table writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from conformance.contract_diff.change import Change
from conformance.contract_diff.comparing import Comparison, compare
from conformance.contract_diff.sources import opened

TODAY = date(2026, 12, 1)


def document(operation: Mapping[str, Any] | None, root: Mapping[str, Any], openapi: str = "3.1.0") -> dict[str, Any]:
    """A document with the operation `GET /things/{id}`, and with what `root` has beside or instead of it."""
    paths = {}
    if operation is not None:
        parameters = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
        own = {
            "operationId": "getThing",
            "responses": {"204": {"description": "none"}},
            **operation,
            "parameters": [*parameters, *operation.get("parameters", [])],
        }
        paths = {"/things/{id}": {"get": own}}
    return {"openapi": openapi, "info": {"title": "Things", "version": "1.0.0"}, "paths": paths, **root}


def comparison(old: Any, new: Any, folder: Path, **options: Any) -> Comparison:
    """The comparison of two documents, which are written into the folder."""
    files = folder / "old.json", folder / "new.json"
    for file, data in zip(files, (old, new), strict=True):
        file.write_text(json.dumps(data, indent=1), encoding="utf-8")
    with opened(str(files[0]), str(files[1]), None) as (before, after):
        return compare(before, after, **{"version_gate": False, "today": TODAY, **options})


def named(changes: tuple[Change, ...]) -> list[str]:
    """The changes as tables have them, "level kind", each once; without those that are about texts beside others."""
    found = sorted({f"{change.level} {change.kind.id}" for change in changes})
    others = [item for item in found if not item.startswith("text ")]
    return others or [item for item in found if item != "text rewritten"]
