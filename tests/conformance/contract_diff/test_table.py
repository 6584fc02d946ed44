"""The table of changes: what each one is, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specs.source import read
from tests.conformance.contract_diff.documents import comparison, document, named

HERE = Path(__file__).parent
SCHEMAS: list[dict[str, Any]] = read(HERE / "schema_changes.yaml").data
OPERATIONS: list[dict[str, Any]] = read(HERE / "operation_changes.yaml").data


def name(row: dict[str, Any]) -> str:
    return str(row["change"])


def of_schema(row: dict[str, Any], side: str, direction: str) -> dict[str, Any]:
    """A document whose one body has the schema of a row."""
    media = {} if row[side] is None else {"schema": row[side]}
    content = {"content": {"application/json": media}}
    operation: dict[str, Any] = (
        {"requestBody": content} if direction == "request" else {"responses": {"200": {"description": "d", **content}}}
    )
    schemas = row.get("components", {}) | row.get(f"{side}_components", {})
    openapi = row.get(f"{side}_openapi", row.get("openapi", "3.1.0"))
    return document(operation, {"components": {"schemas": schemas}}, openapi)


def of_operation(row: dict[str, Any], side: str) -> dict[str, Any]:
    """A document with the operation of a row, or with what it has at its root."""
    root = row.get("root", {}) | row.get(f"{side}_root", {})
    return document(row.get(side), root, row.get("openapi", "3.1.0"))


@pytest.mark.parametrize("direction", ["request", "response"])
@pytest.mark.parametrize("row", SCHEMAS, ids=name)
def test_schema_change_is_classified(row: dict[str, Any], direction: str, tmp_path: Path) -> None:
    """A change of a schema has its level in requests and its level in responses."""
    old, new = (of_schema(row, side, direction) for side in ("old", "new"))

    found = comparison(old, new, tmp_path)

    expected = sorted(row[direction])
    assert [item for item in named(found.changes) if item != "text text-changed"] == expected


@pytest.mark.parametrize("row", [row for row in SCHEMAS if "because" in row], ids=name)
def test_schema_change_has_its_reason(row: dict[str, Any], tmp_path: Path) -> None:
    """The reason is given with the first change that is not compatible, in requests or else in responses."""
    reasons: list[str] = []
    for direction in ("request", "response"):
        old, new = (of_schema(row, side, direction) for side in ("old", "new"))
        reasons += [change.why for change in comparison(old, new, tmp_path).changes if change.level.rank < 3]

    assert row["because"] in reasons[0]


@pytest.mark.parametrize("row", OPERATIONS, ids=name)
def test_operation_change_is_classified(row: dict[str, Any], tmp_path: Path) -> None:
    """A change of an operation or of what stands at the root of a document has its level."""
    found = comparison(of_operation(row, "old"), of_operation(row, "new"), tmp_path)

    assert named(found.changes) == sorted(row["expected"])
    assert all(row.get("because", "") in change.why for change in found.changes[:1])


@pytest.mark.parametrize("row", [*SCHEMAS, *OPERATIONS], ids=name)
def test_places_are_lines_of_both_files(row: dict[str, Any], tmp_path: Path) -> None:
    """Each change names a line that exists, in the old file, the new one, or both."""
    if "expected" in row:
        old, new = (of_operation(row, side) for side in ("old", "new"))
    else:
        old, new = (of_schema(row, side, "request") for side in ("old", "new"))

    for change in comparison(old, new, tmp_path).changes:
        places = [place for place in (change.old_place, change.new_place) if place is not None]
        assert places
        for place in places:
            assert 1 <= place.line <= len(Path(place.file).read_text(encoding="utf-8").splitlines())


def test_table_is_as_large_as_it_should_be() -> None:
    """At least eighty changes, of which users of other tools reported at least twenty."""
    rows = [*SCHEMAS, *OPERATIONS]

    assert len(rows) >= 80
    assert sum("seen_in" in row for row in rows) >= 20
