"""`ledger` and `target new` for foreign documents: statements by operation, and a profile to fill in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.cli import main

PETS = """\
openapi: 3.1.0
info: {title: Pets, version: "1"}
servers: [{url: https://api.example.com/v1}]
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    user: {type: http, scheme: basic}
security: [{key: []}, {user: []}]
paths:
  /pets:
    get:
      operationId: listPets
      parameters: [{name: limit, in: query, schema: {type: integer, maximum: 5}}]
      responses: {"200": {description: Pets., content: {application/json: {schema: {type: array}}}}}
  /pets/{petId}:
    get:
      operationId: getPet
      parameters: [{name: petId, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: A pet.}, "404": {description: No pet.}}
  /shops/{shop}/keepers/{keeper-id}:
    delete:
      operationId: dismiss
      parameters:
        - {name: shop, in: path, required: true, schema: {type: string}, example: north}
        - {name: keeper-id, in: path, required: true, schema: {type: string, minLength: 3}}
      responses: {"204": {description: Gone.}}
  /broken:
    get:
      operationId: broken
      responses: {"200": {$ref: "#/components/responses/none"}}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pets.yaml").write_text(PETS, encoding="utf-8")


def written(name: str = "staging") -> Path:
    """Where a new profile is."""
    return Path("fixtures") / "targets" / f"{name}.yaml"


def test_statements_are_counted_by_operation(capsys: pytest.CaptureFixture[str]) -> None:
    """A row has the operation, how many statements it has, what they are about and where it stands."""
    code, out = main(["ledger", "--spec", "pets.yaml"]), capsys.readouterr().out
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line}

    assert (code, rows["getPet"]) == (0, ["7", "4", "3", "2", "4", "1", "pets.yaml:16"]), out
    assert "Not counted, for they have flaws (casepact lint FILE): broken." in out


def test_statement_of_a_document_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """With the line at which it stands and the probe that serves it."""
    code, out = main(["ledger", "--spec", "pets.yaml", "--statement", "getPet/path/petId"]), capsys.readouterr().out

    assert (code, "petId is an integer." in out, "pets.yaml:18" in out, "getPet path petId" in out) == (
        0,
        True,
        True,
        True,
    ), out


def test_statements_of_a_document_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    """As those of our own ledgers are."""
    main(["ledger", "--spec", "pets.yaml", "--json"])
    found = {item["id"]: item for item in json.loads(capsys.readouterr().out)}

    assert (found["listPets/query/limit"]["says"], found["listPets/query/limit"]["api"]) == (
        "limit is an integer to 5.",
        "pets",
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("ledger", "--spec", "pets.yaml", "--api", "aicc"), "--spec goes without --api"),
        (("ledger", "--spec", "none.yaml"), "none.yaml"),
        (("ledger", "--spec", "pets.yaml", "--statement", "getPet/path/petid"), "Did you mean 'getPet/path/petId'?"),
        (("target", "new", "a", "--spec", "pets.yaml", "--api", "aicc"), "--spec goes without --api"),
        (("target", "new", "a", "--spec", "none.yaml"), "none.yaml"),
        (("target", "new", "a", "--url", "https://example.com"), "--url goes with --spec"),
        (("target", "new", "a", "--spec", "pets.yaml", "--url", "staging"), "'staging' is not a base address"),
    ],
)
def test_bad_input_is_one_line(words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, what is wrong, and no profile."""
    code, err = main(list(words)), capsys.readouterr().err

    assert (code, message in err, err.count("\n"), written("a").exists()) == (2, True, 1, False), err


def test_new_profile_of_a_document_explains_what_it_asks_for() -> None:
    """Schemes have variables, and path parameters say what they are and what is sent without them."""
    main(["target", "new", "staging", "--spec", "pets.yaml"])
    text = " ".join(re.sub(r"\n +# ", " ", written().read_text(encoding="utf-8")).split())

    assert 'key: "${PETS_KEY}"' in text and '# user: "${PETS_USER}"'.removeprefix("# ") in text
    assert "{petId} is an integer, in GET /pets/{petId}. Without it the first that GET /pets lists is taken." in text
    assert "Without it the document's example is taken: north." in text
    assert "{keeper-id} is a text of at least 3 characters" in text


def profile() -> Any:
    """The profile as it is read."""
    return yaml.safe_load(written().read_text(encoding="utf-8"))


def test_new_profile_of_a_document_asks_for_the_least() -> None:
    """One scheme, and the parameters that neither document nor server gives a value for; the rest is commented out."""
    main(["target", "new", "staging", "--spec", "pets.yaml", "--url", "https://staging.example.com/v1/"])

    assert profile()["apis"]["pets"] == {
        "url": "https://staging.example.com/v1",
        "spec": "../../pets.yaml",
        "actors": {"caller": {"key": "${PETS_KEY}"}},
        "records": {"keeper-id": {"id": "FILL-IN"}},
    }


def test_new_profile_of_a_document_is_in_order_once_filled_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `new` wrote is refused as long as a value is missing, and passes `check` after that, comments included."""
    monkeypatch.setenv("PETS_KEY", "s3cret")
    monkeypatch.setenv("PETS_USER", "anna:s3cret")
    main(["target", "new", "staging", "--spec", "pets.yaml"])
    before, err = main(["target", "check", "staging"]), capsys.readouterr().err
    text = re.sub(r"# (user|petId|shop):", r"\1:", written().read_text(encoding="utf-8")).replace("FILL-IN", "1")
    written().write_text(text, encoding="utf-8")

    assert (before, "FILL-IN is not a value" in err) == (2, True)
    assert (main(["target", "check", "staging"]), set(profile()["apis"]["pets"]["records"])) == (
        0,
        {"petId", "shop", "keeper-id"},
    )


def test_record_of_no_parameter_is_a_flaw(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt parameter is named with its line, and what was meant."""
    monkeypatch.setenv("PETS_KEY", "s3cret")
    main(["target", "new", "staging", "--spec", "pets.yaml"])
    text = written().read_text(encoding="utf-8").replace("keeper-id: {id: FILL-IN}", "keeperid: {id: 1}")
    written().write_text(text, encoding="utf-8")

    assert (main(["target", "check", "staging"]), "Did you mean 'keeper-id'?" in capsys.readouterr().err) == (2, True)
