"""Where PyYAML would mislead us, and what our reader takes from it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import yaml


def mapping(text: str) -> yaml.MappingNode:
    """The composed root of a text that holds a mapping."""
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise TypeError(text)
    return root


@pytest.mark.parametrize(
    ("text", "misread"), [("2022-10-07", datetime.date(2022, 10, 7)), ("no", False), ("01013", 523), ("12:30", 750)]
)
def test_safe_load_misreads_what_json_leaves_alone(text: str, misread: Any) -> None:
    """
    `safe_load` makes dates, truth values and octal numbers of plain text: the reason for a reader of our own.
    """
    assert yaml.safe_load(text) == misread


def test_safe_load_lets_duplicate_keys_pass() -> None:
    """
    `safe_load` keeps the last of two equal keys in silence.
    """
    assert yaml.safe_load("a: 1\na: 2\n") == {"a": 2}


def test_composed_mapping_keeps_duplicate_keys() -> None:
    """
    The composed node holds both, so our reader can refuse them.
    """
    assert [key.value for key, _ in mapping("a: 1\na: 2\n").value] == ["a", "a"]


def test_composed_scalar_keeps_its_text() -> None:
    """
    The composed node holds the text as it was written, whatever its tag resolves to.
    """
    assert [value.value for _, value in mapping("a: 01013\nb: 2022-10-07\n").value] == ["01013", "2022-10-07"]


def test_composed_scalar_tells_plain_from_quoted() -> None:
    """
    The style of a plain scalar is empty; every other style is text.
    """
    assert [bool(value.style) for _, value in mapping("a: 5\nb: \"5\"\nc: '5'\nd: |\n  5\n").value] == [
        False,
        True,
        True,
        True,
    ]


def test_composed_node_knows_its_line() -> None:
    """
    Lines are counted from 0.
    """
    assert [key.start_mark.line for key, _ in mapping("a: 1\n\nb: 2\n").value] == [0, 2]


def test_alias_is_the_node_itself() -> None:
    """
    An alias is composed as the very node of its anchor, which is how our reader sees it.
    """
    (_, anchored), (_, alias) = mapping("a: &x [1]\nb: *x\n").value

    assert alias is anchored


def test_both_loaders_compose_alike() -> None:
    """
    Without libyaml the slower loader composes the same nodes.
    """
    text = "a: [1, no, '2']\nb:\n  c: |-\n    x\n"

    assert yaml.serialize(yaml.compose(text, Loader=yaml.SafeLoader)) == yaml.serialize(mapping(text))
