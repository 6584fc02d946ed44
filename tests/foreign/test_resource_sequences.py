"""Sequences of requests to mocks that keep records: whatever was sent before, each answer fits its document."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import pytest

from mock_server.synthesis.synthesis import Synthesizer
from specs.contract import Contract, Operation
from tests.foreign.contracts import DOCUMENTS, LIBRARY, foreign, keeping
from tests.foreign.test_resources import PET, PETS
from tests.mock_server.client import Answer, Client

_CREDENTIALS = (("x-key", "key"), ("authorization", "Bearer key"))
_REQUESTS = 60


def written(folder: Path) -> Path:
    """A document with nested collections, one record in an object, and lists of another schema."""
    brief = "{type: object, required: [id, url], properties: {id: {type: integer}, url: {type: string}}}"
    nested = PETS.replace("/pets", "/shops/{shopId}/pets").replace(
        "[{name: petId", "[{name: shopId, in: path, required: true, schema: {type: string}}, {name: petId"
    )
    foreign(folder, PETS.replace("items: {$ref: '#/components/schemas/Pet'}", f"items: {brief}") + nested, PET)
    return folder / "shop.yaml"


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("document", ["pets", "library", "shop"])
def test_every_answer_of_a_sequence_fits_its_document(tmp_path: Path, document: str, seed: int) -> None:
    """
    Statuses are documented, but for the 404 of what was deleted, and bodies are of their schemas.
    """
    paths = {"pets": DOCUMENTS / "pets" / "pets.yaml", "library": LIBRARY}
    client, contract = keeping(paths.get(document) or written(tmp_path))
    random = Random(f"{document} {seed}")
    ids = ["1", "2"]
    kept = 0
    for step in range(_REQUESTS):
        operation = random.choice(list(contract.operations.values()))
        answer = _sent(client, operation, random, ids, f"{seed} {step}")
        flaws = _flaws(contract, operation, answer)
        assert not flaws, (step, operation.id, answer.status, answer.body, flaws)
        kept += answer.header("x-casepact-unmodelled") == "by-shape"
        shown = orjson.loads(answer.body) if "json" in str(answer.header("content-type")) else None
        if isinstance(shown, dict) and "id" in shown:
            ids.append(str(shown["id"]))

    assert kept, "no answer was of a record"


def _sent(client: Client, operation: Operation, random: Random, ids: list[str], seed: str) -> Answer:
    path, query = operation.path, {}
    for parameter in operation.parameters:
        made = Synthesizer(parameter.schema, f"{seed} {parameter.name}").value()
        if parameter.location == "path":
            named = [id for id in ids[-6:] if _takes(parameter.schema, id)]
            path = path.replace(f"{{{parameter.name}}}", quote(str(random.choice(named) if named else made), safe=""))
        elif parameter.location == "query" and isinstance(made, int | str) and random.random() < 0.3:
            query[parameter.name] = made
    target = f"{path}?{urlencode(query)}" if query else path
    media = next((media for media in operation.body.values() if media.essence == "application/json"), None)
    headers = (*_CREDENTIALS, ("accept", "application/json"))
    if media is None or media.schema is None:
        return client.send(operation.method, target, headers)
    body = orjson.dumps(Synthesizer(media.schema, seed).value())
    return client.send(operation.method, target, (*headers, ("content-type", "application/json")), body)


def _takes(schema: Any, id: str) -> bool:
    return bool(schema.is_valid(id) or (id.isdecimal() and schema.is_valid(int(id))))


def _flaws(contract: Contract, operation: Operation, answer: Answer) -> list[str]:
    response = operation.response(answer.status)
    if response is None:
        ours = (
            answer.status in (400, 404) and answer.header("content-type") == "application/problem+json; charset=UTF-8"
        )
        return [] if ours else [f"{answer.status} is not documented"]
    media = next((media for media in response.content.values() if "json" in media.name), None)
    if media is None or media.schema is None or "json" not in str(answer.header("content-type")):
        return []
    return [flaw.message for flaw in media.schema.flaws(orjson.loads(answer.body))]
