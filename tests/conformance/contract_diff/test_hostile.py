"""Documents that are malformed, deep or large: a report or one clear line, and in time."""

from __future__ import annotations

from errno import EACCES
from pathlib import Path
from typing import Any, NoReturn

import pytest

from conformance.contract_diff.sources import opened
from specs.flaws import CasepactError
from tests.conformance.contract_diff.documents import comparison, document, named


def answering(schema: Any, **components: Any) -> dict[str, Any]:
    """A document whose response has the schema."""
    content = {"content": {"application/json": {"schema": schema}}}
    return document({"responses": {"200": {"description": "d", **content}}}, {"components": {"schemas": components}})


def reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def chain(length: int, link: Any, end: str) -> dict[str, Any]:
    """A document in which each component is a link to the next."""
    components = {f"C{index}": link(reference(f"C{index + 1}")) for index in range(length)}
    return answering(reference("C0"), **components, **{f"C{length}": {"type": end}})


def test_change_at_the_end_of_a_long_chain_is_found(tmp_path: Path) -> None:
    """A thousand components that hold each other: one change, whose path is shortened."""
    old, new = (chain(1000, lambda next_: {"properties": {"n": next_}}, end) for end in ("string", "integer"))

    found = comparison(old, new, tmp_path)

    assert named(found.changes) == ["breaking type-changed"]
    assert len(found.changes[0].at) < 400


def test_choices_within_choices_are_paired(tmp_path: Path) -> None:
    """Alternatives that differ are matched with the right ones, however far below the change is."""

    def link(next_: Any) -> Any:
        one, other = {"type": "object", "properties": {"n": next_}}, {"properties": {"n": next_, "m": {}}}
        return {"oneOf": [one, {"type": "object", "required": ["m"], **other}]}

    old, new = (chain(100, link, end) for end in ("string", "integer"))

    assert named(comparison(old, new, tmp_path).changes) == ["breaking type-changed"]


def test_parts_within_parts_without_end_cannot_be_decided(tmp_path: Path) -> None:
    """Hundreds of allOf within each other are a warning, not a crash."""
    old, new = (chain(300, lambda next_: {"allOf": [next_]}, end) for end in ("string", "integer"))

    assert named(comparison(old, new, tmp_path).changes) == ["warning keyword-changed"]


def test_too_deep_data_is_refused_in_one_line(tmp_path: Path) -> None:
    """A value nested as deep as no value is."""
    value: Any = 1
    for _ in range(800):
        value = [value]

    with pytest.raises(CasepactError, match="is nested too deeply to be compared"):
        comparison(answering({"enum": [value]}), answering({"enum": [[value]]}), tmp_path)


def test_malformed_schema_is_a_warning(tmp_path: Path) -> None:
    """What a keyword cannot be is reported with its line and left out."""
    wrong = {"type": ["string", 5], "enum": "a", "properties": [], "required": "x", "allOf": {}, "items": 5}

    found = comparison(
        answering({}), answering({**wrong, "minimum": "3", "pattern": 5, "discriminator": "k"}), tmp_path
    )

    assert {change.kind.id for change in found.changes} == {"unreadable"}
    assert "`minimum` must be a number." in {change.new for change in found.changes}


def test_malformed_operations_are_passed_over(tmp_path: Path) -> None:
    """Elements of other types than they must have neither crash nor hide what is beside them."""
    wrong = {"parameters": {"a": 1}, "requestBody": [], "responses": [1], "security": "x", "operationId": 7}
    old = {"openapi": "3.0.0", "info": None, "paths": {"/a": {"get": wrong, "post": None}}, "components": [1]}
    new = {**old, "paths": {"/a": {"get": {**wrong, "deprecated": True}, "post": None}}, "servers": 5}

    assert named(comparison(old, new, tmp_path).changes) == ["warning operation-deprecated-without-end"]


def test_schema_that_only_leads_to_itself_is_a_warning(tmp_path: Path) -> None:
    """Two references that name each other."""
    old = answering(reference("A"), A={"type": "string"})
    new = answering(reference("A"), A=reference("B"), B=reference("A"))

    found = comparison(old, new, tmp_path)

    assert any("leads back to itself" in change.new for change in found.changes)


def test_folder_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, whatever lies in the folder."""

    def refuse(folder: Path) -> NoReturn:
        raise PermissionError(EACCES, "Permission denied", str(folder / "locked"))

    monkeypatch.setattr(Path, "iterdir", refuse)

    with (
        pytest.raises(CasepactError, match=r"locked: cannot be read \(Permission denied\)"),
        opened(str(tmp_path), str(tmp_path), None),
    ):
        pass
