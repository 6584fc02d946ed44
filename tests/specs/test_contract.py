"""The compiled contract: what is a success, and what writes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.specs.small_api import CONTRACT, changed, contract


@pytest.mark.parametrize(
    ("status", "value", "succeeded"),
    [
        (200, {"code": "0"}, True),
        (204, {"code": "0", "more": 1}, True),
        (200, {"code": "1"}, False),
        (200, {"code": 0}, False),
        (200, {}, False),
        (200, None, False),
        (200, ["0"], False),
        (199, {"code": "0"}, False),
        (300, {"code": "0"}, False),
        (500, {"code": "0"}, False),
    ],
)
def test_success_needs_the_status_and_the_members(status: int, value: Any, succeeded: bool) -> None:
    """
    An answer is a success when its status is 2xx and every pointer of `x-success` holds its value.
    """
    assert contract().operation("changeItem").succeeded(status, value) is succeeded


@pytest.mark.parametrize("found", [False, 0.0, "0", None])
def test_success_tells_types_apart(found: Any) -> None:
    """
    0 is neither false nor text.
    """
    operation = contract(changed(CONTRACT, '{/code: "0"}', "{/code: 0}")).operation("readItem")

    assert not operation.succeeded(200, {"code": found})


def test_success_looks_into_lists() -> None:
    """
    A pointer of `x-success` may lead through a list.
    """
    operation = contract(changed(CONTRACT, '{/code: "0"}', "{/result/0/ok: true}")).operation("readItem")

    assert operation.succeeded(200, {"result": [{"ok": True}]})


def test_success_without_a_rule_is_the_status() -> None:
    """
    Where nothing is said, a 2xx status is enough.
    """
    operation = contract(changed(CONTRACT, 'x-success: {/code: "0"}\n', "")).operation("readItem")

    assert operation.succeeded(204, None)


def test_success_status_is_the_lowest() -> None:
    """
    Of several documented 2xx statuses the lowest is the one that is given.
    """
    text = changed(
        CONTRACT, '"200": {description: The item.}', '"204": {description: b}\n        "202": {description: a}'
    )

    assert contract(text).operation("readItem").success_status() == 202


@pytest.mark.parametrize(("name", "writes"), [("changeItem", True), ("readItem", False)])
def test_safe_methods_do_not_write(name: str, writes: bool) -> None:
    """
    RFC 9110 section 9.2.1: GET and HEAD are safe; the rest may change what is stored.
    """
    assert contract().operation(name).writes is writes


def test_pointer_of_success_is_unescaped() -> None:
    """
    A rule of success reaches members with a slash in their names.
    """
    operation = contract(changed(CONTRACT, '{/code: "0"}', "{/a~1b: 0}")).operation("readItem")

    assert operation.succeeded(200, {"a/b": 0})
