"""Prism serves public documents, and is held to them: whatever is found is a true fault of Prism's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.commands import casepact
from tests.foreign.subjects import Subject, fetched
from tests.prism.serving import prism_of

PACKAGE = "@readme/oas-examples@8.2.2"
NO_BODY = (
    "Prism takes a body of `null` for none at all and answers with success, where the schema asks for an object and a "
    "refusal is documented."
)
UNREADABLE = (
    "Prism refuses JSON that it cannot read as application/json, where the document has the 400 in another type alone."
)
ANOTHER_TYPE = "Prism refuses with application/json, where the document has a 400 of application/xml alone."
WRITE_ONLY = (
    "Prism answers with members of a card and of a bank account that are `writeOnly`, `cvc` among them; of the example "
    "it sends that one as the number 123, where the schema has a string."
)


@dataclass(frozen=True)
class Served:
    """A document out of the package, the security schemes that get a credential, and by statement what Prism breaks."""

    path: str
    schemes: tuple[str, ...] = ()
    faults: Mapping[str, str] = field(default_factory=dict)
    dynamic: bool = False


_TRAINS = {
    "create-booking/response/400/media": UNREADABLE,
    "create-booking-payment/body": NO_BODY,
    "create-booking-payment/response/200/body": WRITE_ONLY,
    "create-booking-payment/response/400/media": UNREADABLE,
}
DOCUMENTS: Mapping[str, Served] = {
    # Without a credential, since Prism 5.14.2 crashes at a part of an upload without a Content-Type.
    "petstore": Served("3.0/json/petstore.json"),
    "uspto": Served("3.0/json/uspto.json"),
    "response-multiple-mediatypes": Served(
        "3.0/json/response-multiple-mediatypes.json",
        faults={
            "post-multiple-types-multiple-examples/body": NO_BODY,
            "post-multiple-types-multiple-examples/response/400/media": ANOTHER_TYPE,
            "post-multiple-types-single-example/body": NO_BODY,
            "post-multiple-types-single-example/response/400/media": ANOTHER_TYPE,
        },
    ),
    "petstore-3.1": Served("3.1/json/petstore.json", ("petstore_auth", "api_key")),
    "train-travel": Served("3.1/json/train-travel.json", ("OAuth2",), _TRAINS),
    "train-travel-dynamic": Served("3.1/json/train-travel.json", ("OAuth2",), _TRAINS, dynamic=True),
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["1", "2"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_prism_is_accused_of_its_true_faults_alone(
    name: str, seed: str, program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run against Prism finds the faults that are explained here, and no other, whatever the seed."""
    served = DOCUMENTS[name]
    document = fetched(Subject(name, Path(served.path), PACKAGE)).resolve()
    monkeypatch.setenv("PRISM_TOKEN", "token")
    callers = ", ".join(f"{scheme}: '${{PRISM_TOKEN}}'" for scheme in served.schemes)
    with prism_of(program, document, tmp_path / "log", dynamic=served.dynamic) as url:
        profile = tmp_path / "profile.yaml"
        profile.write_text(
            f"writes: allowed\napis:\n  prism: {{url: '{url}', spec: {document}, actors: {{caller: {{{callers}}}}}}}\n"
        )
        done = casepact("check", "--target", str(profile), "--seed", seed, reports=tmp_path, timeout=900)

    violated = {id for id, outcome in done.outcomes("prism").items() if outcome == "violated"}
    assert (done.code, violated) == (1 if served.faults else 0, set(served.faults)), done.out + done.err
