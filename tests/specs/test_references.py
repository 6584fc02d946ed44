"""Bundling: `$ref`s and example files, and the ways in which they lead astray."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specs.flaws import CasepactError, FlawedDocument
from specs.references import at, bundle, split
from specs.source import Document, parse, read


def bundled(folder: Path, text: str, **others: str) -> Document:
    """The text as the `openapi.yaml` of a folder that holds the others beside it."""
    home = folder / "shop"
    home.mkdir()
    (home / "openapi.yaml").write_text(text, encoding="utf-8")
    for name, other in others.items():
        (home / f"{name}.yaml").write_text(other, encoding="utf-8")
    return bundle(read(home / "openapi.yaml"), home)


def flaws(folder: Path, text: str, **others: str) -> list[str]:
    """What is reported about the text, by file below the folder."""
    with pytest.raises(FlawedDocument) as caught:
        bundled(folder, text, **others)
    return str(caught.value).replace(f"{folder}/", "").splitlines()


COMMON = "components:\n  schemas:\n    Money: {type: object, properties: {unit: {$ref: '#/components/schemas/Unit'}}}\n"
COMMON += "    Unit: {type: string}\n    Unused: {type: string}\n"


def test_local_reference_is_kept(tmp_path: Path) -> None:
    """
    A reference into the document itself stays what it is.
    """
    document = bundled(tmp_path, "a: {$ref: '#/b'}\nb: 1\n")

    assert document.data == {"a": {"$ref": "#/b"}, "b": 1}


def test_reference_to_another_file_is_brought_in(tmp_path: Path) -> None:
    """
    What another file defines is copied with all that it needs, and nothing else.
    """
    text = "a: {$ref: 'common.yaml#/components/schemas/Money'}\ncomponents: {schemas: {}}\n"

    document = bundled(tmp_path, text, common=COMMON)

    assert sorted(document.data["components"]["schemas"]) == ["Money", "Unit"]


def test_reference_to_another_file_points_into_the_document(tmp_path: Path) -> None:
    """
    After bundling, a reference names no file.
    """
    text = "a: {$ref: 'common.yaml#/components/schemas/Money'}\ncomponents: {schemas: {}}\n"

    document = bundled(tmp_path, text, common=COMMON)

    assert document.data["a"] == {"$ref": "#/components/schemas/Money"}


def test_unknown_reference_names_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    """
    A misspelt reference is refused on its line with what was meant.
    """
    text = "a: 1\nb:\n  $ref: '#/components/schemas/Itme'\ncomponents: {schemas: {Item: {}}}\n"

    assert flaws(tmp_path, text) == [
        "shop/openapi.yaml:2: $ref leads nowhere: there is no #/components/schemas/Itme. Did you mean 'Item'?"
    ]


def test_unknown_references_are_reported_together(tmp_path: Path) -> None:
    """
    Every reference that leads nowhere is reported at once.
    """
    text = "a: {$ref: '#/x'}\nb: {$ref: '#/y'}\n"

    assert [flaw.split(":")[1] for flaw in flaws(tmp_path, text)] == ["1", "2"]


def test_reference_to_nothing_in_another_file_is_refused(tmp_path: Path) -> None:
    """
    A name that the other file does not have is refused with that file's name.
    """
    text = "components: {schemas: {}}\na: {$ref: 'common.yaml#/components/schemas/Mony'}\n"

    assert ("shop/openapi.yaml:2: $ref leads nowhere: shop/common.yaml has no #/components/schemas/Mony.") in flaws(
        tmp_path, text, common=COMMON
    )


def test_reference_to_a_missing_file_is_refused(tmp_path: Path) -> None:
    """
    A file that does not exist is reported by name.
    """
    with pytest.raises(CasepactError, match=r"common\.yaml: there is no such file\."):
        bundled(tmp_path, "a: {$ref: 'common.yaml#/a'}\n")


@pytest.mark.parametrize("target", ["https://example.com/a.yaml#/Item", "file:///etc/hosts#/a", "common.yaml", "Item"])
def test_reference_that_is_not_local_is_refused(tmp_path: Path, target: str) -> None:
    """
    References by URL, to whole files and by bare name are refused; nothing is fetched.
    """
    assert flaws(tmp_path, f"a: 1\nb: {{$ref: '{target}'}}\n") == [
        f"shop/openapi.yaml:2: $ref '{target}' is not a local reference (file.yaml#/path or #/path)."
    ]


def test_reference_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """
    A number as a reference is refused like any other that leads nowhere.
    """
    assert flaws(tmp_path, "a: {$ref: 5}\n") == [
        "shop/openapi.yaml:1: $ref 5 is not a local reference (file.yaml#/path or #/path)."
    ]


def test_reference_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    """
    A reference cannot read files outside the folder of contracts.
    """
    text = "a: 1\nb: {$ref: '../../secret.yaml#/a'}\n"

    assert "shop/openapi.yaml:2: $ref leads out of the folder of contracts: ../../secret.yaml." in flaws(tmp_path, text)


def test_reference_to_the_folder_beside_is_brought_in(tmp_path: Path) -> None:
    """
    A contract may use what another API's folder holds.
    """
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "common.yaml").write_text(COMMON, encoding="utf-8")

    document = bundled(
        tmp_path, "a: {$ref: '../beside/common.yaml#/components/schemas/Unit'}\ncomponents: {schemas: {}}"
    )

    assert document.data["components"]["schemas"] == {"Unit": {"type": "string"}}


def test_one_name_for_two_things_is_refused(tmp_path: Path) -> None:
    """
    A name that this document and the other file both define is refused, not overwritten.
    """
    text = "a: {$ref: 'common.yaml#/components/schemas/Unit'}\ncomponents: {schemas: {Unit: {type: number}}}\n"

    assert flaws(tmp_path, text, common=COMMON) == [
        "shop/openapi.yaml:1: #/components/schemas/Unit stands in shop/common.yaml and in this document too."
    ]


@pytest.mark.parametrize("key", ["example", "default", "enum"])
def test_reference_inside_data_is_data(tmp_path: Path, key: str) -> None:
    """
    A `$ref` in an example, a default or an enumeration is a member name of the API.
    """
    text = f"a: {{{key}: {{$ref: nowhere}}}}\n"

    assert bundled(tmp_path, text).data == {"a": {key: {"$ref": "nowhere"}}}


def test_reference_below_a_property_called_default_is_followed(tmp_path: Path) -> None:
    """
    A property may be called `default`; its schema's references count.
    """
    text = "properties:\n  default: {$ref: '#/nowhere'}\n"

    assert flaws(tmp_path, text) == ["shop/openapi.yaml:2: $ref leads nowhere: there is no #/nowhere."]


def test_external_value_becomes_the_text_of_its_file(tmp_path: Path) -> None:
    """
    An example that stands in a file of its own is brought in as text.
    """
    text = "examples: {page: {externalValue: page.yaml}}\n"

    document = bundled(tmp_path, text, page="<item/>")

    assert document.data == {"examples": {"page": {"value": "<item/>"}}}


@pytest.mark.parametrize("name", ["no.xml", "../beside.xml", "/etc/hosts"])
def test_external_value_outside_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    """
    An example's file must exist below the API's folder.
    """
    (tmp_path / "beside.xml").write_text("<secret/>", encoding="utf-8")

    assert flaws(tmp_path, f"examples:\n  page: {{externalValue: {name}}}\n") == [
        f"shop/openapi.yaml:2: externalValue leads to no file below shop/: {name}."
    ]


@pytest.mark.parametrize(
    ("pointer", "parts"), [("", []), ("/a/0", ["a", "0"]), ("/a~1b", ["a/b"]), ("/~01", ["~1"]), ("/", [""])]
)
def test_pointer_is_split_as_the_rfc_says(pointer: str, parts: list[str]) -> None:
    """
    RFC 6901 section 4: "~1" is a slash and "~0" a tilde, in that order.
    """
    assert split(pointer) == parts


def test_pointer_finds_members_and_items() -> None:
    """
    A pointer leads through mappings by name and through lists by index.
    """
    assert at({"a": [1, {"b": 2}]}, ("a", "1", "b")) == 2


@pytest.mark.parametrize(("data", "pointer"), [({}, ("a",)), ([1], ("1",)), ([1], ("-1",)), ("text", ("0",))])
def test_pointer_to_nothing_raises(data: Any, pointer: tuple[str, ...]) -> None:
    """
    A pointer that leads nowhere raises, whatever it met on the way.
    """
    with pytest.raises(LookupError):
        at(data, pointer)


def test_flaw_of_a_copied_component_names_its_own_file(tmp_path: Path) -> None:
    """
    What another file holds is found on that file's line.
    """
    text = "a: {$ref: 'common.yaml#/components/schemas/Money'}\ncomponents: {schemas: {}}\n"
    document = bundled(tmp_path, text, common=COMMON)

    assert str(document.place(("components", "schemas", "Unit", "type"))).endswith("shop/common.yaml:4")


def test_components_may_be_copied_from_within_the_components(tmp_path: Path) -> None:
    """
    Bringing a component in beside the one that asks for it is in order.
    """
    text = "components: {schemas: {Price: {$ref: 'common.yaml#/components/schemas/Money'}}}\n"

    document = bundled(tmp_path, text, common=COMMON)

    assert sorted(document.data["components"]["schemas"]) == ["Money", "Price", "Unit"]


def test_reference_back_to_the_document_is_followed(tmp_path: Path) -> None:
    """
    A common file may use what the document defines.
    """
    common = "components: {schemas: {Money: {$ref: 'openapi.yaml#/components/schemas/Unit'}}}\n"
    text = "a: {$ref: 'common.yaml#/components/schemas/Money'}\ncomponents: {schemas: {Unit: {}}}\n"

    document = bundled(tmp_path, text, common=common)

    assert document.data["components"]["schemas"]["Money"] == {"$ref": "#/components/schemas/Unit"}


def test_reference_to_a_missing_file_names_its_line(tmp_path: Path) -> None:
    """
    The line to mend is that of the reference.
    """
    assert flaws(tmp_path, "a: 1\nb: {$ref: 'no.yaml#/a'}\n") == [
        "shop/openapi.yaml:2: $ref leads to no file: shop/no.yaml: there is no such file."
    ]


def test_reference_into_a_document_without_components_is_refused(tmp_path: Path) -> None:
    """
    Where nothing can be brought in, the reference is reported.
    """
    text = "a: {$ref: 'common.yaml#/components/schemas/Unit'}\ncomponents: null\n"

    assert (
        "shop/openapi.yaml:1: #/components/schemas must be a mapping to take in what shop/common.yaml holds."
    ) in flaws(tmp_path, text, common=COMMON)


def test_external_value_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    """
    Bytes that are no UTF-8 are reported where the file is named.
    """
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "a.xml").write_bytes(b"\xff")

    with pytest.raises(FlawedDocument, match=r"a\.yaml:2: externalValue a\.xml cannot be read as UTF-8 text"):
        bundle(parse("examples:\n  page: {externalValue: a.xml}\n", "a.yaml"), tmp_path / "shop")
