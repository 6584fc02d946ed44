"""What a finding shows of a value can be held against the limit that it is about."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks.judgement import brief


@pytest.mark.parametrize(
    ("value", "in_bytes", "length"),
    [
        ("a" * 129, False, "(129 characters)"),
        ("a" * 129, True, "(129 bytes)"),
        ("界" * 129, False, "(129 characters)"),
        ("界" * 129, True, "(387 bytes)"),
        ("\n'\"" * 43, False, "(129 characters)"),
    ],
)
def test_length_of_a_cut_text_is_what_its_limit_counts(value: Any, in_bytes: bool, length: str) -> None:
    """Neither quotes nor escapes count, and bytes do where the limit is one of bytes."""
    assert brief(value, 100, in_bytes=in_bytes).endswith(length)


def test_short_value_is_shown_whole() -> None:
    """What is not cut needs no length."""
    assert brief("a" * 98, 100) == repr("a" * 98)
