"""A large body that is wrong in very many places is refused as quickly as any."""

from __future__ import annotations

import json

import pytest

from mock_server.admission.admission import body_refusals
from specs.formats import judge
from specs.validation import Schema

DOCUMENT = {"type": "object", "properties": {"ids": {"type": "array", "items": {"type": "integer"}}}}
WRONG = {"ids": ["x"] * 50}


@pytest.mark.parametrize(("size", "reported"), [(len(json.dumps(WRONG)), 50), (65_537, 1)])
def test_of_a_large_body_the_first_flaw_is_reported(size: int, reported: int) -> None:
    """
    Every flaw of an ordinary body is reported, and of one beyond 64 KiB the first alone.
    """
    schema = Schema(DOCUMENT, judge(DOCUMENT))

    assert [refusal.pointer for refusal in body_refusals(schema, WRONG, {}, size)] == [
        f"/ids/{n}" for n in range(reported)
    ]
