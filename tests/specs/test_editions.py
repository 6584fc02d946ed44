"""Editions: declared differences are applied, and what cannot be applied is reported by line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specs.editions import DOCUMENTED, apply_edition, editions
from specs.flaws import FlawedDocument, UnknownName
from specs.source import parse, read

WHY = "summary: The title may be longer.\nevidence: A mail of the vendor.\n"
TEXT = "paths:\n  /items/{id}: {put: {deprecated: false}}\ntags: [a, b]\n"


def applied(folder: Path, edition: str) -> Any:
    """The document as the edition `new`, which the text states, has it."""
    (folder / "editions").mkdir()
    (folder / "editions" / "new.yaml").write_text(edition, encoding="utf-8")
    return apply_edition(parse(TEXT, "openapi.yaml"), folder, "new").data


def flaws(folder: Path, edition: str) -> list[str]:
    """What is reported about the edition, by file below the folder."""
    with pytest.raises(FlawedDocument) as caught:
        applied(folder, edition)
    return str(caught.value).replace(f"{folder}/", "").splitlines()


def test_api_without_edition_files_has_the_documented_one(tmp_path: Path) -> None:
    """
    The documented edition needs no file.
    """
    assert editions(tmp_path) == ("documented",)


def test_editions_are_the_files_of_their_folder(tmp_path: Path) -> None:
    """
    Each file below `editions/` is an edition, named after it, behind the documented one.
    """
    (tmp_path / "editions").mkdir()
    for name in ("v3.yaml", "v2.yaml", "notes.txt"):
        (tmp_path / "editions" / name).write_text(WHY, encoding="utf-8")

    assert editions(tmp_path) == ("documented", "v2", "v3")


def test_documented_edition_is_the_document(tmp_path: Path) -> None:
    """
    The documented edition differs in nothing.
    """
    document = parse(TEXT, "openapi.yaml")

    assert apply_edition(document, tmp_path, DOCUMENTED) is document


def test_unknown_edition_is_refused_with_the_known(tmp_path: Path) -> None:
    """
    An edition that does not exist is refused with those that do.
    """
    with pytest.raises(UnknownName, match=r"no edition is named 'documentd'\. Did you mean 'documented'\?"):
        apply_edition(parse(TEXT, "openapi.yaml"), tmp_path, "documentd")


def test_edition_is_no_path(tmp_path: Path) -> None:
    """
    A name with a path in it reads no file outside the folder of editions.
    """
    (tmp_path / "editions").mkdir()
    (tmp_path / "secret.yaml").write_text(WHY, encoding="utf-8")

    with pytest.raises(UnknownName):
        apply_edition(parse(TEXT, "openapi.yaml"), tmp_path, "../secret")


def test_override_sets_a_member(tmp_path: Path) -> None:
    """
    `set` replaces the member that the pointer names, slashes escaped as RFC 6901 has it.
    """
    data = applied(tmp_path, WHY + "overrides: [{at: '/paths/~1items~1{id}/put/deprecated', set: true}]\n")

    assert data["paths"]["/items/{id}"]["put"] == {"deprecated": True}


def test_override_adds_a_member(tmp_path: Path) -> None:
    """
    `set` adds a member that the documented contract does not have.
    """
    data = applied(tmp_path, WHY + "overrides: [{at: '/paths/~1items~1{id}/put/summary', set: Change}]\n")

    assert data["paths"]["/items/{id}"]["put"] == {"deprecated": False, "summary": "Change"}


def test_override_sets_an_item(tmp_path: Path) -> None:
    """
    `set` replaces an item of a list by its index.
    """
    data = applied(tmp_path, WHY + "overrides: [{at: /tags/1, set: c}]\n")

    assert data["tags"] == ["a", "c"]


def test_override_removes_a_member(tmp_path: Path) -> None:
    """
    `remove` takes the member away.
    """
    data = applied(tmp_path, WHY + "overrides: [{at: /tags, remove: true}]\n")

    assert list(data) == ["paths"]


def test_overrides_are_applied_in_order(tmp_path: Path) -> None:
    """
    A later override sees what an earlier one did.
    """
    data = applied(tmp_path, WHY + "overrides: [{at: /a, set: {}}, {at: /a/b, set: 1}]\n")

    assert data["a"] == {"b": 1}


@pytest.mark.parametrize("change", ["remove: true", "set: 1"])
@pytest.mark.parametrize("at", ["/nowhere/at/all", "/tags/7/x", "/openapi/x", "/tags/x", "/tags/-1"])
def test_override_that_leads_nowhere_is_refused(tmp_path: Path, at: str, change: str) -> None:
    """
    An override of what the document does not have is refused on its line.
    """
    text = WHY + f"overrides:\n  - {{at: /tags, set: [a]}}\n  - {{at: {at}, {change}}}\n"

    assert flaws(tmp_path, text) == [f"editions/new.yaml:5, new: the document has nothing at {at}."]


@pytest.mark.parametrize(
    "override",
    ["{at: /tags}", "{at: /tags, set: 1, remove: true}", "{set: 1}", "{at: '', set: 1}", "{at: tags, set: 1}"],
)
def test_override_of_another_shape_is_refused(tmp_path: Path, override: str) -> None:
    """
    An override says where, and either what to set or that it removes.
    """
    assert flaws(tmp_path, WHY + f"overrides:\n  - {override}\n") == [
        "editions/new.yaml:4, new: an override has `at` and either `set` or `remove: true`."
    ]


def test_edition_without_its_reason_is_refused(tmp_path: Path) -> None:
    """
    An edition says what differs and who says so; both are reported at once when missing.
    """
    assert flaws(tmp_path, "overrides: []\n") == [
        "editions/new.yaml:1, new: needs `evidence`: who says so: where it is written, one place or several.",
        "editions/new.yaml:1, new: needs `summary`: what differs from the documented edition.",
    ]


def test_edition_is_read_strictly(tmp_path: Path) -> None:
    """
    An edition file is read like every other of ours.
    """
    assert flaws(tmp_path, WHY + "summary: again\n") == [
        "editions/new.yaml:3: has the key 'summary' twice; it stands on line 1 too."
    ]


def test_document_on_disk_is_left_as_it_is(tmp_path: Path) -> None:
    """
    Applying an edition changes no file.
    """
    (tmp_path / "openapi.yaml").write_text(TEXT, encoding="utf-8")
    applied(tmp_path, WHY + "overrides: [{at: /tags, remove: true}]\n")

    assert read(tmp_path / "openapi.yaml").data["tags"] == ["a", "b"]


def test_override_removes_an_item(tmp_path: Path) -> None:
    """
    `remove` takes an item out of a list.
    """
    data = applied(tmp_path, WHY + "overrides: [{at: /tags/0, remove: true}]\n")

    assert data["tags"] == ["b"]


@pytest.mark.parametrize(
    ("edition", "flaw"),
    [
        ("- a\n", "1, new: must be a mapping."),
        (WHY + "overrides: 5\n", "3, new: must be a list."),
        (WHY + "overrides: [x]\n", "3, new: must be a mapping."),
        (WHY + "overides: []\n", "3, new: has an unknown key 'overides'. Did you mean 'overrides'?"),
    ],
)
def test_edition_of_another_shape_is_refused(tmp_path: Path, edition: str, flaw: str) -> None:
    """
    An edition file that could not be applied as meant is refused by line.
    """
    assert flaws(tmp_path, edition) == [f"editions/new.yaml:{flaw}"]
