"""A flaw in one operation of a foreign document costs that operation, not the document."""

from __future__ import annotations

from pathlib import Path

import pytest

from mock_server.cli import main
from specs.contract import Contract
from specs.flaws import CasepactError
from specs.foreign import load_foreign
from tests.foreign.judging import client_of

HEAD = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\n"
OK = "responses: {'200': {description: d}}"
FLAWED = "{$ref: '#/components/schemas/No'}"
GONE = "$ref leads nowhere: shop.yaml has no #/components/schemas/No."


def written(folder: Path, paths: str, rest: str = "") -> Path:
    """A document of these paths, which begin on its line 4."""
    path = folder / "shop.yaml"
    path.write_text(f"{HEAD}paths:\n{paths}{rest}", encoding="utf-8")
    return path


def unread(folder: Path, paths: str, rest: str = "") -> dict[str, list[str]]:
    """What is wrong with which operations."""
    contract: Contract = load_foreign(written(folder, paths, rest), "shop", strict=False)
    return {
        f"{contract.operations[id].method} {contract.operations[id].path}": [
            str(flaw).replace(f"{folder}/", "") for flaw in flaws
        ]
        for id, flaws in contract.unread.items()
    }


@pytest.mark.parametrize(
    ("get", "flaw"),
    [
        (f"{{parameters: [{{name: q, in: query, schema: {FLAWED}}}], {OK}}}", GONE),
        (f"{{requestBody: {{content: {{application/json: {{schema: {FLAWED}}}}}}}, {OK}}}", GONE),
        (f"{{responses: {{'200': {{content: {{application/json: {{schema: {FLAWED}}}}}}}}}}}", GONE),
        ("{responses: {}}", "an operation needs `responses` with at least one answer."),
        ("5", "an operation must be a mapping."),
        (f"{{parameters: [{{name: q, in: query, style: deep, schema: {{}}}}], {OK}}}", "is form or spaceDelimited"),
        (f"{{security: [{{no: []}}], {OK}}}", "no security scheme is named 'no'."),
    ],
)
def test_flaw_costs_its_operation(tmp_path: Path, get: str, flaw: str) -> None:
    """
    Another operation of the same path is served, whatever is wrong with the first.
    """
    found = unread(tmp_path, f"  /a:\n    get: {get}\n    put: {{{OK}}}\n")

    assert [*found] == ["GET /a"]
    assert found["GET /a"][0].startswith("shop.yaml:5")
    assert flaw in found["GET /a"][0]


@pytest.mark.parametrize(
    ("shared", "component"),
    [
        ("parameters: [{$ref: '#/components/parameters/P'}]", "parameters: {P: {name: q, in: query, schema: %s}}"),
        ("parameters: [{$ref: '#/components/parameters/P'}]", "parameters: {P: {name: q, in: what}}"),
    ],
)
def test_flaw_of_what_is_shared_costs_all_who_share_it(tmp_path: Path, shared: str, component: str) -> None:
    """
    Each operation that uses a flawed component has its flaw.
    """
    using = f"{{{shared}, {OK}}}"
    found = unread(
        tmp_path,
        f"  /a: {{get: {using}, put: {{{OK}}}}}\n  /b: {{get: {using}}}\n",
        f"components:\n  {component.replace('%s', FLAWED)}\n",
    )

    assert ([*found], {flaw.partition(": ")[0] for flaws in found.values() for flaw in flaws}) == (
        ["GET /a", "GET /b"],
        {"shop.yaml:7"},
    )


def test_flaw_deep_in_schemas_costs_all_who_lead_there(tmp_path: Path) -> None:
    """
    A schema is flawed for whoever reaches it, for answers and requests.
    """
    answer = "responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/%s'}}}}}"
    body = "requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}"
    found = unread(
        tmp_path,
        f"  /a: {{get: {{{answer % 'A'}}}, put: {{{answer % 'Fine'}}}, post: {{{body}, {OK}}}}}\n",
        "components:\n  schemas:\n    A: {properties: {b: {$ref: '#/components/schemas/B'}}}\n"
        "    B: {items: {$ref: '#/components/schemas/C'}}\n    C:\n      minLength: x\n    Fine: {}\n",
    )

    assert found == {
        operation: ["shop.yaml:10: `minLength` must be a whole number from 0 on, not 'x'."]
        for operation in ("GET /a", "POST /a")
    }


def test_flaw_of_a_path_costs_its_operations(tmp_path: Path) -> None:
    """
    What a path says for all its operations is each one's.
    """
    found = unread(tmp_path, f"  /a: {{parameters: [5], get: {{{OK}}}, put: {{{OK}}}}}\n  /b: {{get: {{{OK}}}}}\n")

    assert found == {operation: ["shop.yaml:4: a parameter needs a `name`."] for operation in ("GET /a", "PUT /a")}


def test_second_of_one_id_is_unread(tmp_path: Path) -> None:
    """
    Of two operations with one id the first is served.
    """
    found = unread(tmp_path, f"  /a: {{get: {{operationId: x, {OK}}}}}\n  /b: {{get: {{operationId: x, {OK}}}}}\n")

    assert found == {"GET /b": ["shop.yaml:5, x: operationId 'x' stands at shop.yaml:4 too."]}


def test_flaw_of_no_operation_is_remarked(tmp_path: Path) -> None:
    """
    What stands outside of all operations is left out.
    """
    contract = load_foreign(written(tmp_path, f"  a: {{}}\n  /b: {{get: {{{OK}}}}}\n  /c: 5\n"), "shop", strict=False)

    assert [(remark.place.line, remark.message) for remark in contract.remarks] == [
        (4, "a path begins with '/', not like 'a'."),
        (6, "the path /c must be a mapping."),
    ]


def test_document_of_flawed_operations_alone_is_refused(tmp_path: Path) -> None:
    """
    Where nothing is left to be served, nothing is.
    """
    with pytest.raises(CasepactError, match="an operation must be a mapping"):
        load_foreign(written(tmp_path, "  /a: {get: 5}\n"), "shop", strict=False)


def test_unread_operation_says_why(tmp_path: Path) -> None:
    """
    It is answered with 501, whatever it is sent, and its neighbours as ever.
    """
    path = written(tmp_path, f"  /a/{{id}}:\n    post: {{requestBody: 5, responses: {{}}}}\n    get: {{{OK}}}\n")
    client = client_of(path, strict=False)
    answer = client.send("POST", "/a/7", (("content-type", "text/plain"),), b"anything")

    assert (answer.status, client.get("/a/7").status) == (501, 200)
    assert str(answer.header("x-casepact-detail")).endswith(
        "shop.yaml:5: an operation needs `responses` with at least one answer."
    )


def test_strict_mock_refuses_the_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    With --strict-spec a flaw is one of the document.
    """
    path = written(tmp_path, f"  /a: {{get: 5, put: {{{OK}}}}}\n")

    assert main(["--spec", str(path), "--strict-spec", "--describe"]) == 2
    assert "shop.yaml:4: an operation must be a mapping." in capsys.readouterr().err
