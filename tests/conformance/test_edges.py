"""A limit is tried however its schema is put."""

from __future__ import annotations

import pytest

from conformance.probes.edges import probes
from tests.specs.small_api import CONTRACT, changed, contract


@pytest.mark.parametrize(
    "schema",
    [
        "{type: integer}",
        "{$ref: '#/components/schemas/Number'}",
        "{type: integer, nullable: true}",
        "{allOf: [{$ref: '#/components/schemas/Number'}]}",
    ],
)
def test_path_parameter_that_is_a_number_is_tried_without_one(schema: str) -> None:
    """
    An integer in the path that carries a statement has a probe, behind a reference or in a part too.
    """
    declared = "changeItem\n      parameters:\n        - {name: id, in: path, required: true, "
    text = changed(
        CONTRACT, declared + "schema: {type: string}}", declared + f"x-statement: {{type: SH-3}}, schema: {schema}}}"
    )
    text = changed(text, "  schemas:\n", "  schemas:\n    Number: {type: integer}\n")

    assert "id: no number" in {probe.name for probe in probes(contract(text))}
