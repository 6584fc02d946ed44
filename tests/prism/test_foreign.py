"""Prism serves public documents, and is held to them: whatever is found is a true fault of Prism's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.commands import casepact
from tests.foreign.against_schemathesis import Subject, fetched
from tests.prism.serving import prism_of

PACKAGE = "@readme/oas-examples@8.2.2"
NO_BODY = "Prism takes a body of `null` for none at all, where the schema asks for an object and a 400 is documented."
UNDOCUMENTED = "Prism refuses with application/json, where the document has a 400 of application/xml alone."
FAULTS: Mapping[str, Mapping[str, str]] = {
    "petstore": {},
    "uspto": {},
    "response-multiple-mediatypes": {
        "post-multiple-types-multiple-examples/body": NO_BODY,
        "post-multiple-types-multiple-examples/response/400/media": UNDOCUMENTED,
        "post-multiple-types-single-example/body": NO_BODY,
        "post-multiple-types-single-example/response/400/media": UNDOCUMENTED,
    },
}
"""By document, the statements that Prism breaks, and how."""


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_prism_is_accused_of_its_true_faults_alone(name: str, program: str, tmp_path: Path) -> None:
    """A run against Prism finds the faults that are explained here, and no other."""
    document = fetched(Subject(name, Path(f"3.0/json/{name}.json"), PACKAGE))
    with prism_of(program, document, tmp_path / "log") as url:
        done = casepact("check", "--spec", str(document), "--url", url, "--seed", "1", reports=tmp_path, timeout=900)

    violated = {id for id, outcome in done.outcomes(name).items() if outcome == "violated"}
    assert (done.code, violated) == (1 if FAULTS[name] else 0, set(FAULTS[name])), done.out + done.err
