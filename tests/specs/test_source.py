"""Reading YAML: what is let in, what is refused, and the line that is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specs.flaws import CasepactError, FlawedDocument, Place
from specs.project import apis
from specs.source import PACKAGE, display_name, parse, read


def flaws(text: str) -> list[str]:
    with pytest.raises(FlawedDocument) as caught:
        parse(text, "a.yaml")
    return str(caught.value).splitlines()


@pytest.mark.parametrize("text", ["2022-10-07", "no", "yes", "on", "01013", "0x10", "1_000", "12:30", ".inf", "True"])
def test_scalar_that_json_does_not_know_stays_text(text: str) -> None:
    """
    What YAML 1.1 would turn into a date, a truth value or an odd number is read as the text that stands there.
    """
    document = parse(f"a: {text}", "a.yaml")

    assert document.data == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-7", -7),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
    ],
)
def test_scalar_of_json_is_read_as_its_type(text: str, value: Any) -> None:
    """
    Numbers, truth values and null are read as JSON has them.
    """
    document = parse(f"a: {text}", "a.yaml")

    assert (document.data["a"], type(document.data["a"])) == (value, type(value))


@pytest.mark.parametrize("text", ['"5"', "'true'", '"null"', '""'])
def test_quoted_scalar_is_text(text: str) -> None:
    """
    Quotes make text of anything.
    """
    document = parse(f"a: {text}", "a.yaml")

    assert document.data == {"a": text[1:-1]}


def test_block_scalar_that_looks_like_a_number_is_text() -> None:
    """
    A folded or literal block is text, whatever it holds.
    """
    document = parse("a: |-\n  5\n", "a.yaml")

    assert document.data == {"a": "5"}


def test_number_as_key_is_text() -> None:
    """
    A status code as a key is text with or without quotes, as JSON has no other keys.
    """
    document = parse("200: ok", "a.yaml")

    assert document.data == {"200": "ok"}


def test_place_of_a_member_is_the_line_of_its_key() -> None:
    """
    A member is found on the line on which its key stands.
    """
    document = parse("a:\n  b: 1\n  c:\n    - 2\n    - 3\n", "a.yaml")

    assert document.place(("a", "c")) == Place("a.yaml", 3)


def test_place_of_an_item_is_its_own_line() -> None:
    """
    An item of a list is found on the line on which it starts.
    """
    document = parse("a:\n  b: 1\n  c:\n    - 2\n    - 3\n", "a.yaml")

    assert document.place(("a", "c", 1)) == Place("a.yaml", 5)


def test_place_of_what_is_absent_is_the_nearest_element_above() -> None:
    """
    What is not there is looked for on the line of the element that ought to hold it.
    """
    document = parse("a:\n  b: 1\n", "a.yaml")

    assert document.place(("a", "b", "x", "y")) == Place("a.yaml", 2)


def test_malformed_yaml_names_the_line() -> None:
    """
    Text that is no YAML is refused with the line on which the parser gave up.
    """
    assert flaws("a: 1\nb:\n\tc: 2\n") == [
        "a.yaml:3: is not YAML: while scanning for the next token found character that cannot start any token."
    ]


def test_unclosed_bracket_is_refused() -> None:
    """
    A list that is never closed is refused on the line where the file ends.
    """
    assert flaws("a: [1,\n")[0].startswith("a.yaml:2: is not YAML: ")


def test_control_character_is_refused() -> None:
    """
    A character that YAML forbids makes a flaw, not a traceback.
    """
    assert flaws("a: \x00")[0].startswith("a.yaml:1: is not YAML: unacceptable character #x0000")


def test_second_document_in_a_file_is_refused() -> None:
    """
    A file holds one document.
    """
    assert flaws("a: 1\n---\nb: 2\n") == ["a.yaml:2: holds a second document; write it to a file of its own."]


@pytest.mark.parametrize("text", ["", "# nothing but this\n"])
def test_empty_file_is_refused(text: str) -> None:
    """
    A file without any element is reported to be empty.
    """
    assert flaws(text) == ["a.yaml:1: is empty."]


def test_duplicate_keys_are_refused_with_both_lines() -> None:
    """
    Every doubled key of a file is reported at once, with the line of its first.
    """
    assert flaws("a: 1\nb:\n  c: 2\n  c: 3\na: 4\n") == [
        "a.yaml:4: has the key 'c' twice; it stands on line 3 too.",
        "a.yaml:5: has the key 'a' twice; it stands on line 1 too.",
    ]


def test_key_twice_once_in_quotes_is_refused() -> None:
    """
    Quotes do not make two keys of one.
    """
    assert flaws('200: a\n"200": b\n') == ["a.yaml:2: has the key '200' twice; it stands on line 1 too."]


def test_key_that_is_a_list_is_refused() -> None:
    """
    A key that is a list or a mapping is refused.
    """
    assert flaws("a: 1\n? [b]\n: 2\n") == ["a.yaml:2: has a key that is not text."]


@pytest.mark.parametrize(
    ("text", "line"), [("a: &x [1]\nb: *x\n", 2), ("a: &x {c: 1}\nb:\n  <<: *x\n", 3), ("a: &x\n  - *x\n", 2)]
)
def test_alias_is_refused_where_it_stands(text: str, line: int) -> None:
    """
    An alias is refused on its own line, where it copies, where it merges and where it holds itself.
    """
    assert f"a.yaml:{line}: uses the alias *x; write the value out." in flaws(text)


def test_anchor_is_refused() -> None:
    """
    An anchor is refused even when nothing uses it.
    """
    assert flaws("a: 1\nb: &x 2\n") == ["a.yaml:2: uses the anchor &x; write the value out wherever it is needed."]


@pytest.mark.parametrize("number", ["1" * 5000, "1e400", "-1e400"])
def test_number_beyond_all_measure_is_refused(number: str) -> None:
    """
    A number that a JSON reader would turn into infinity is refused by line.
    """
    assert flaws(f"a: 1\nb: {number}\n") == ["a.yaml:2: is a number that no double can hold; write it as text."]


@pytest.mark.parametrize(
    ("text", "tag"), [("!env HOME", "!env"), ("!!python/name:os.system", "python/name:os.system"), ("!!str 5", "str")]
)
def test_tag_is_refused(text: str, tag: str) -> None:
    """
    A tag that would make something other than JSON is refused and nothing is made.
    """
    assert [flaw.endswith(f"{tag}; only JSON types are read.") for flaw in flaws(f"a: 1\nb: {text}\n")] == [True]


@pytest.mark.parametrize("depth", [500, 30_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    """
    A document nested deeper than any contract is refused before it exhausts the stack.
    """
    assert flaws("[" * depth + "]" * depth) == ["a.yaml:1: is nested deeper than 140 levels."]


def test_file_is_read_with_its_name(tmp_path: Path) -> None:
    """
    A document read from a file carries the name by which errors tell of it.
    """
    path = tmp_path / "a.yaml"
    path.write_text("a: ü", encoding="utf-8")

    assert (read(path).file, read(path).data) == (str(path), {"a": "ü"})


def test_missing_file_is_reported_by_name(tmp_path: Path) -> None:
    """
    A file that does not exist makes one sentence with its name.
    """
    path = tmp_path / "no.yaml"

    with pytest.raises(CasepactError) as caught:
        read(path)

    assert str(caught.value) == f"{path}: there is no such file."


def test_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    """
    Bytes that are no UTF-8 make one sentence with the name of the file.
    """
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: \xff\xfe")

    with pytest.raises(CasepactError) as caught:
        read(path)

    assert str(caught.value).startswith(f"{path}: cannot be read as UTF-8 text (")


def test_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    """
    A folder where a file is expected makes one sentence too.
    """
    with pytest.raises(CasepactError) as caught:
        read(tmp_path)

    assert str(caught.value).startswith(f"{tmp_path}: cannot be read")


def test_name_of_a_file_of_the_project_is_relative() -> None:
    """
    A file of the project is named as a reader in its root would type it.
    """
    assert display_name(PACKAGE / "aicc" / "openapi.yaml") == "specs/aicc/openapi.yaml"


def test_name_of_a_file_below_the_working_directory_is_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A file below the working directory is named from there.
    """
    monkeypatch.chdir(tmp_path)

    assert display_name(tmp_path / "shop" / "openapi.yaml") == "shop/openapi.yaml"


def test_apis_are_the_folders_with_a_contract() -> None:
    """
    A folder with a ledger alone is no API.
    """
    assert "http" not in apis()
