"""Answers and refusals of foreign contracts: documented where they are, made up where not, and always valid."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from mock_server.behaviours.unmodelled import behaviours, refusing
from mock_server.reply import Refusal, Reply
from specs.contract import Contract, RefusalKind, fill
from specs.foreign import load_foreign
from tests.foreign.contracts import LIBRARY, call, foreign, only


@pytest.fixture(scope="module")
def library() -> Contract:
    """The document with recursion and several files."""
    return load_foreign(LIBRARY, "library")


def answer(contract: Contract, seed: int = 0, **headers: str) -> Reply:
    """What the one operation of a contract answers."""
    operation = only(contract)
    outcome = behaviours(contract, seed)[operation.id].act(call(operation, **headers))
    assert isinstance(outcome, Reply)
    return outcome


def answering(folder: Path, responses: str, rest: str = "") -> Contract:
    """A contract of one operation with these responses."""
    return foreign(folder, f"/a:\n  get:\n    operationId: read\n    responses: {responses}", rest)


def refusal(contract: Contract, kind: str) -> RefusalKind:
    """How the one operation of a contract refuses."""
    return only(refusing(contract)).refusals[kind]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_answer_of_the_library_fits_its_schema(library: Contract, seed: int) -> None:
    """
    Recursion, several files, choices, patterns and formats: what is answered is valid.
    """
    for name, behaviour in behaviours(library, seed).items():
        operation = library.operations[name]
        outcome = behaviour.act(call(operation))
        assert isinstance(outcome, Reply), name
        response = operation.responses[outcome.status or 0]
        for media in list(response.content.values())[:1]:
            assert media.schema and media.schema.flaws(outcome.value) == [], name


def test_same_seed_gives_the_same_answers(library: Contract) -> None:
    """
    An answer depends on operation and seed, and on nothing that happened before.
    """
    first, second = behaviours(library, 7), behaviours(library, 7)
    operations = library.operations

    assert {name: first[name].act(call(operations[name])) for name in operations} == {
        name: second[name].act(call(operations[name])) for name in reversed(operations)
    }


def test_other_seed_gives_another_answer(library: Contract) -> None:
    """
    The seed decides what is made up.
    """
    operation = library.operations["get-points-coordinates"]

    assert behaviours(library, 1)[operation.id].act(call(operation)) != behaviours(library, 2)[operation.id].act(
        call(operation)
    )


@pytest.mark.parametrize(
    ("examples", "value"),
    [
        ("example: {n: 1}", {"n": 1}),
        ("examples: {a: {value: {n: 2}}, b: {value: {n: 3}}}", {"n": 2}),
        ("examples: {wrong: {value: {n: x}}, right: {value: {n: 4}}}", {"n": 4}),
    ],
)
def test_first_example_that_fits_is_the_answer(tmp_path: Path, examples: str, value: Any) -> None:
    """
    A documented example is the answer, unless it breaks its own schema.
    """
    schema = "schema: {type: object, properties: {n: {type: integer}}}"

    assert (
        answer(answering(tmp_path, f"{{'200': {{content: {{application/json: {{{schema}, {examples}}}}}}}}}")).value
        == value
    )


def test_success_comes_before_other_statuses(tmp_path: Path) -> None:
    """
    The lowest documented success is the answer.
    """
    assert answer(answering(tmp_path, "{'400': {}, '202': {}, '201': {}, default: {}}")).status == 201


def test_default_is_a_success_where_there_is_no_other(tmp_path: Path) -> None:
    """
    What is answered by default is answered with 200.
    """
    found = answer(answering(tmp_path, "{default: {content: {application/json: {schema: {enum: [1]}}}}}"))

    assert (found.status, found.value) == (200, 1)


def test_document_without_a_success_says_so(tmp_path: Path) -> None:
    """
    Where only refusals are documented the answer is one of them, and a header says why.
    """
    found = answer(answering(tmp_path, "{'400': {}, '404': {}}"))

    assert (found.status, found.headers) == (
        404,
        {"x-casepact-detail": "the document names no success of read, so this is its answer"},
    )


def test_redirect_leads_somewhere(tmp_path: Path) -> None:
    """
    A documented redirect has the headers that it documents.
    """
    found = answer(
        answering(
            tmp_path, "{'302': {headers: {Location: {schema: {type: string, format: uri, example: 'https://e.com/'}}}}}"
        )
    )

    assert (found.status, found.headers) == (302, {"location": "https://e.com/"})


def test_answer_is_of_the_media_type_that_is_asked_for(tmp_path: Path) -> None:
    """
    Each representation has its own value.
    """
    contract = answering(
        tmp_path, "{'200': {content: {text/plain: {example: words}, application/json: {example: {n: 1}}}}}"
    )

    assert (answer(contract).value, answer(contract, accept="text/plain").value) == ({"n": 1}, "words")


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ("{type: integer, enum: [5]}", "5"),
        ("{type: boolean, enum: [true]}", "true"),
        ("{type: array, items: {enum: [a]}, minItems: 2}", "a,a"),
        ("{type: object, required: [k], properties: {k: {enum: [v]}}}", "k,v"),
        ("{enum: ['ä', 'a']}", "a"),
    ],
)
def test_required_header_is_there(tmp_path: Path, schema: str, text: str) -> None:
    """
    A header that an answer must have is written in the style `simple`, in characters that a header may hold.
    """
    found = answer(
        answering(tmp_path, f"{{'200': {{headers: {{X-A: {{required: true, schema: {schema}}}, X-B: {{}}}}}}}}")
    )

    assert found.headers == {"x-a": text}


def test_answer_that_cannot_be_is_refused_with_the_reason(tmp_path: Path) -> None:
    """
    A schema that nothing fits is told as not modelled, with its place.
    """
    contract = answering(tmp_path, "{'200': {content: {application/json: {schema: {type: integer, enum: [a]}}}}}")
    operation = only(contract)
    outcome = behaviours(contract)[operation.id].act(call(operation))

    assert (
        isinstance(outcome, Refusal)
        and outcome.kind == "not-modelled"
        and "shop.yaml:5: no answer 200" in outcome.detail
    )


def test_list_that_is_too_long_to_be_made_is_told_at_once(tmp_path: Path) -> None:
    """
    Nobody else's request waits for a million items.
    """
    items = "{type: array, minItems: 1000000, items: {type: string}}"
    contract = answering(tmp_path, f"{{'200': {{content: {{application/json: {{schema: {items}}}}}}}}}")
    start = time.process_time()
    outcome = behaviours(contract)["read"].act(call(only(contract)))

    assert isinstance(outcome, Refusal) and outcome.kind == "not-modelled"
    assert "at least 1000000 items" in outcome.detail
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("responses", "kind", "status"),
    [
        ("{'200': {}, '400': {}, '422': {}}", "invalid", 400),
        ("{'200': {}, '422': {}}", "parameter", 422),
        ("{'200': {}, 4XX: {}}", "missing-body", 400),
        ("{'200': {}, default: {}}", "unreadable", 400),
        ("{'200': {}, '420': {}}", "invalid", 420),
        *(
            (f"{{'200': {{}}, '{status}': {{}}}}", "invalid", 400)
            for status in (404, 405, 406, 408, 409, 412, 413, 428)
        ),
        ("{'200': {}, '408': {}, '409': {}}", "parameter", 400),
        ("{'200': {}, '404': {}}", "unreadable", 400),
        ("{'200': {}, '415': {}}", "missing-body", 400),
        ("{'200': {}, '401': {}, '403': {}}", "invalid", 400),
        ("{'200': {}}", "invalid", 400),
        ("{'200': {}, '403': {}}", "unauthenticated", 403),
        ("{'200': {}, '401': {}, '403': {}}", "unauthenticated", 401),
        ("{'200': {}}", "unauthenticated", 401),
        ("{'200': {}, '400': {}}", "media-type", 400),
        ("{'200': {}, '400': {}, '415': {}}", "media-type", 415),
        ("{'200': {}, '400': {}}", "not-modelled", 501),
    ],
)
def test_refusal_has_a_documented_status(tmp_path: Path, responses: str, kind: str, status: int) -> None:
    """
    A refusal is one that the document knows, else our own.
    """
    assert refusal(answering(tmp_path, responses), kind).status == status


def test_refusal_tells_its_reason_where_the_schema_has_a_place_for_it(tmp_path: Path) -> None:
    """
    The reason stands in the member that is for it; the rest is made up once and for all.
    """
    schema = "{type: object, required: [code, message], properties: {code: {enum: [E1]}, message: {type: string}}}"
    kind = refusal(
        answering(tmp_path, f"{{'200': {{}}, '400': {{content: {{application/json: {{schema: {schema}}}}}}}}}"),
        "invalid",
    )

    assert (kind.media, fill(kind.body, {"detail": "why"})) == ("application/json", {"code": "E1", "message": "why"})


def test_refusal_keeps_a_member_that_must_not_change(tmp_path: Path) -> None:
    """
    Where a reason would break the schema, none is told.
    """
    schema = "{type: object, required: [message], properties: {message: {type: string, maxLength: 10, example: short}}}"
    kind = refusal(
        answering(tmp_path, f"{{'200': {{}}, '400': {{content: {{application/json: {{schema: {schema}}}}}}}}}"),
        "invalid",
    )

    assert kind.body == {"message": "short"}


def test_undocumented_refusal_is_a_problem(tmp_path: Path) -> None:
    """
    Where nothing is documented the refusal is told as RFC 9457 has it.
    """
    kind = refusal(answering(tmp_path, "{'200': {}}"), "invalid")

    assert (kind.media, fill(kind.body, {"detail": "why"})) == (
        "application/problem+json",
        {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "why"},
    )


@pytest.mark.parametrize(
    ("scheme", "challenge"),
    [
        ("{type: http, scheme: basic}", 'Basic realm="casepact"'),
        ("{type: oauth2, flows: {}}", "Bearer"),
        ("{type: apiKey, in: header, name: X-Key}", 'ApiKey realm="casepact"'),
    ],
)
def test_401_says_which_credential_is_wanted(tmp_path: Path, scheme: str, challenge: str) -> None:
    """
    RFC 9110 section 15.5.2: a 401 has a challenge.
    """
    contract = answering(
        tmp_path, "{'200': {}}", f"security: [{{key: []}}]\ncomponents: {{securitySchemes: {{key: {scheme}}}}}\n"
    )

    assert refusal(contract, "unauthenticated").headers == {"www-authenticate": challenge}


def test_every_documented_refusal_of_the_library_fits(library: Contract) -> None:
    """
    Whatever reason is told, a refusal fits the schema of its status.
    """
    for operation in refusing(library).operations.values():
        for kind in operation.refusals.values():
            response = operation.responses.get(kind.status)
            media = response.content.get(kind.media) if response else None
            shown = fill(kind.body, {"detail": "some reason", "name": "name"})
            assert media is None or media.schema is None or media.schema.flaws(shown) == [], (operation.id, kind.name)
