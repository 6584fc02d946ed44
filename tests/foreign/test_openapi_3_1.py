"""Documents of OpenAPI 3.1: JSON Schema 2020-12, what stands beside `$ref`, webhooks, path items by reference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from mock_server.synthesis.synthesis import Synthesizer
from specs.contract import Contract, Schema
from specs.flaws import CasepactError
from specs.foreign import load_foreign
from tests.foreign.judging import client_of, judged

HEAD = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"
JSON = ("content-type", "application/json")


def document(folder: Path, schema: str, schemas: str = "{}", head: str = HEAD) -> Path:
    """A document whose one operation takes and gives this schema, which stands on its line 11."""
    path = folder / "shop.yaml"
    path.write_text(
        f"{head}paths:\n  /a:\n    post:\n      operationId: a\n      requestBody: {{content: {{application/json: "
        "{schema: {$ref: '#/components/schemas/A'}}}}\n      responses: {'200': {description: d, content: "
        "{application/json: {schema: {$ref: '#/components/schemas/A'}}}}}\n"
        f"components:\n  schemas:\n    A: {schema}\n{_indented(schemas)}",
        encoding="utf-8",
    )
    return path


def _indented(schemas: str) -> str:
    return "" if schemas == "{}" else "".join(f"    {line}\n" for line in schemas.splitlines())


def schema_of(path: Path) -> Schema:
    """The schema of the one body."""
    (operation,) = load_foreign(path, "shop").operations.values()
    schema = operation.body["application/json"].schema
    assert schema is not None
    return schema


def told(path: Path) -> list[str]:
    """What is wrong with a document, by line."""
    with pytest.raises(CasepactError) as caught:
        load_foreign(path, "shop")
    return str(caught.value).replace(f"{path.parent}/", "").splitlines()


OBJECT = "type: object, required: [a], properties: {a: {type: integer}, b: {type: string}}"

SCHEMAS = {
    "type list": ("{type: [integer, 'null']}", [1, None], ["x", 1.5]),
    "const": ("{const: {a: [1]}}", [{"a": [1]}], [{"a": [True]}, {}]),
    "const in a list of types": ("{type: [string, integer], const: 5}", [5], ["5"]),
    "true": ("true", [1, None, {}], []),
    "numeric bounds": ("{type: integer, exclusiveMinimum: 3, exclusiveMaximum: 5}", [4], [3, 5]),
    "places": (
        "{type: array, prefixItems: [{type: integer}, {type: string}], items: false, minItems: 2}",
        [[1, "x"]],
        [[1], ["x", 1], [1, "x", 2]],
    ),
    "contains": (
        "{type: array, items: {type: integer}, contains: {minimum: 100}, minContains: 2, maxContains: 3}",
        [[100, 1, 200]],
        [[100], [1, 2], [100, 101, 102, 103]],
    ),
    "patterns of names": (
        (
            "{type: object, patternProperties: {'^x-[a-z]{3}$': {type: integer}}, additionalProperties: false, "
            "minProperties: 2}"
        ),
        [{"x-abc": 1, "x-abd": 2}],
        [{"x-abc": 1}, {"x-abc": "1", "x-abd": 2}, {"x-abc": 1, "y": 2}],
    ),
    "names": (
        "{type: object, propertyNames: {pattern: '^[A-Z]{2}$'}, minProperties: 2}",
        [{"AB": 1, "CD": 2}],
        [{"AB": 1, "c": 2}],
    ),
    "if, then, else": (
        (
            "{type: object, required: [kind], properties: {kind: {enum: [a, b]}}, "
            "if: {properties: {kind: {const: b}}}, "
            "then: {required: [b]}, else: {required: [a], properties: {a: {type: integer}}}}"
        ),
        [{"kind": "b", "b": 0}, {"kind": "a", "a": 0}],
        [{"kind": "b", "a": 0}, {"kind": "a", "b": 0}, {"kind": "a", "a": "x"}],
    ),
    "else alone": (
        (
            "{type: object, required: [kind], properties: {kind: {const: a}}, if: {properties: {kind: {const: b}}}, "
            "else: {required: [a]}}"
        ),
        [{"kind": "a", "a": 0}],
        [{"kind": "a"}],
    ),
    "required beside": (f"{{{OBJECT}, dependentRequired: {{a: [b]}}}}", [{"a": 1, "b": "x"}], [{"a": 1}]),
    "required beside, undeclared": (f"{{{OBJECT}, dependentRequired: {{b: [c]}}}}", [{"a": 1}], [{"a": 1, "b": "x"}]),
    "schemas beside": (
        f"{{{OBJECT}, dependentSchemas: {{a: {{required: [b], properties: {{b: {{minLength: 30}}}}}}}}}}",
        [{"a": 1, "b": "x" * 30}],
        [{"a": 1}, {"a": 1, "b": "x"}],
    ),
    "unevaluated members": (
        f"{{allOf: [{{{OBJECT}}}], properties: {{c: {{type: boolean}}}}, required: [c], unevaluatedProperties: false}}",
        [{"a": 1, "c": True}],
        [{"a": 1, "c": True, "d": 1}],
    ),
    "unevaluated members of a choice": (
        (
            "{type: object, oneOf: [{properties: {a: {type: integer}}, required: [a]}, "
            "{properties: {b: {type: integer}}, "
            "required: [b]}], unevaluatedProperties: false}"
        ),
        [{"a": 1}, {"b": 1}],
        [{"a": 1, "c": 1}, {}],
    ),
    "unevaluated members within": (
        f"{{allOf: [{{{OBJECT}, unevaluatedProperties: false}}], properties: {{c: {{type: boolean}}}}}}",
        [{"a": 1}],
        [{"a": 1, "c": True}],
    ),
    "unevaluated members that are numbers": (
        f"{{{OBJECT}, unevaluatedProperties: {{type: integer}}, minProperties: 4}}",
        [{"a": 1, "b": "x", "c": 1, "d": 2}],
        [{"a": 1, "b": "x", "c": 1, "d": "2"}],
    ),
    "unevaluated items": (
        "{type: array, prefixItems: [{type: integer}], unevaluatedItems: {type: string}, minItems: 3}",
        [[1, "a", "b"]],
        [[1, 2, "a"]],
    ),
    "beside a reference": ("{$ref: '#/components/schemas/Word', minLength: 4}", ["abcd"], ["abc", "abcdef"]),
    "reference to a reference": ("{$ref: '#/components/schemas/Alias'}", ["ab"], ["a", "abcdef"]),
    "own definitions": (
        "{$defs: {w: {type: string, maxLength: 2}}, type: array, items: {$ref: '#/components/schemas/A/$defs/w'}}",
        [["ab"]],
        [["abc"]],
    ),
    "several types with an enumeration": ("{type: [string, 'null'], enum: [a, null]}", ["a", None], ["b"]),
    "nothing is nullable": ("{type: string, nullable: true}", ["a"], [None]),
}
MORE = "Word: {type: string, maxLength: 5}\nAlias: {$ref: '#/components/schemas/Word', minLength: 2}"


@pytest.mark.parametrize("schema", SCHEMAS)
def test_request_is_judged_by_what_the_schema_says(tmp_path: Path, schema: str) -> None:
    """
    Each keyword of JSON Schema 2020-12 is enforced.
    """
    written, right, wrong = SCHEMAS[schema]
    found = schema_of(document(tmp_path, written, MORE))

    assert ([value for value in right if not found.is_valid(value)], [v for v in wrong if found.is_valid(v)]) == (
        [],
        [],
    )


@pytest.mark.parametrize("schema", SCHEMAS)
def test_answer_fits_what_the_schema_says(tmp_path: Path, schema: str) -> None:
    """
    What is made up fits the document as it stands in its file, by a judge that is not ours.
    """
    found = judged(document(tmp_path, SCHEMAS[schema][0], MORE))

    assert (found.judged, found.wrong, found.impossible) == (1, (), ())


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("seed", range(5))
def test_value_is_made_from_each_seed(tmp_path: Path, schema: str, seed: int) -> None:
    """
    No seed finds nothing.
    """
    found = schema_of(document(tmp_path, SCHEMAS[schema][0], MORE))

    assert found.is_valid(Synthesizer(found, str(seed)).value())


def test_examples_of_a_schema_are_answered(tmp_path: Path) -> None:
    """
    The first example that fits is taken, and what stands beside a reference before what stands there.
    """
    path = document(
        tmp_path,
        "{type: object, required: [a, b], properties: {a: {type: string, examples: [1, x, y]}, "
        "b: {$ref: '#/components/schemas/W', examples: [near]}}}",
        "W: {type: string, examples: [far]}",
    )

    assert client_of(path).send("POST", "/a").json() == {"a": "x", "b": "near"}


def test_encoded_content_is_base64(tmp_path: Path) -> None:
    """
    A text whose content is encoded is a text in that encoding.
    """
    path = document(tmp_path, "{type: string, contentEncoding: base64, contentMediaType: image/png}")
    byte = schema_of(document(tmp_path, "{type: string, format: byte}"))

    assert byte.is_valid(client_of(path).send("POST", "/a").json())


@pytest.mark.parametrize(
    ("schema", "more"),
    [
        ("{type: array, items: {$ref: '#word'}}", "W: {$anchor: word, type: string, maxLength: 2}"),
        (
            "{type: array, items: {$ref: 'https://example.com/word'}}",
            "W: {$id: 'https://example.com/word', type: string, maxLength: 2}",
        ),
        (
            (
                "{$id: 'https://example.com/a', type: array, items: {$ref: '#/$defs/w'}, "
                "$defs: {w: {type: string, maxLength: 2}}}"
            ),
            "{}",
        ),
        (
            "{type: array, items: {$ref: 'https://example.com/words#short'}}",
            "W: {$id: 'https://example.com/words', $defs: {s: {$anchor: short, type: string, maxLength: 2}}}",
        ),
        (
            "{type: array, items: {$dynamicRef: '#word'}}",
            "W: {$dynamicAnchor: word, type: string, maxLength: 2}",
        ),
    ],
)
def test_schema_is_found_by_what_it_calls_itself(tmp_path: Path, schema: str, more: str) -> None:
    """
    `$id`, `$anchor` and a `$dynamicAnchor` that is the only one of its name are names of schemas.
    """
    found = schema_of(document(tmp_path, schema, more))

    assert (found.is_valid(["ab"]), found.is_valid(["abc"])) == (True, False)


def test_dynamic_reference_with_several_ends_is_refused(tmp_path: Path) -> None:
    """
    Where a `$dynamicRef` leads would depend on the way there.
    """
    path = document(
        tmp_path, "{$dynamicRef: '#w'}", "V: {$dynamicAnchor: w, type: string}\nW: {$dynamicAnchor: w, type: integer}"
    )

    assert told(path) == ["shop.yaml:11: $dynamicRef #w leads to one of several schemas; name the one with $ref."]


@pytest.mark.parametrize(
    ("dialect", "schema", "right", "wrong"),
    [
        ("draft-07", "{type: array, items: [{type: integer}], additionalItems: false}", [1], [1, 2]),
        ("draft-07", "{dependencies: {a: [b]}}", {"b": 1}, {"a": 1}),
        ("draft-07", "{dependencies: {a: {required: [c]}}}", {"a": 1, "c": 1}, {"a": 1}),
        ("draft-07", "{$ref: '#/components/schemas/Word', minLength: 4}", "a", "abcdef"),
        ("draft-06", "{exclusiveMinimum: 3}", 4, 3),
        ("draft-04", "{minimum: 3, exclusiveMinimum: true}", 4, 3),
        ("draft-04", "{minimum: 3, exclusiveMinimum: false}", 3, 2),
    ],
)
@pytest.mark.parametrize("where", ["schema", "document"])
def test_older_dialect_is_translated(
    tmp_path: Path, dialect: str, schema: str, right: Any, wrong: Any, where: str
) -> None:
    """
    A schema may say by which draft it is written, and a document by which all are.
    """
    named = f"http://json-schema.org/{dialect}/schema#"
    if where == "schema":
        path = document(tmp_path, f"{{properties: {{v: {{$schema: '{named}', {schema[1:]}}}}}", MORE)
        found = schema_of(path)
        values = {"v": right}, {"v": wrong}
    else:
        path = document(tmp_path, schema, MORE, f"{HEAD}jsonSchemaDialect: {named}\n")
        found, values = schema_of(path), (right, wrong)

    assert tuple(map(found.is_valid, values)) == (True, False)


def test_unknown_dialect_is_refused(tmp_path: Path) -> None:
    """
    A dialect that nobody reads is named with its line.
    """
    path = document(tmp_path, "{type: string}", head=f"{HEAD}jsonSchemaDialect: https://example.com/mine\n")

    assert told(path)[0].startswith("shop.yaml:3: the schema dialect https://example.com/mine is not read; ")


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (
            "{type: [string, text]}",
            "`type` is one or a list of array, boolean, integer, number, object, string, null, ",
        ),
        ("{exclusiveMinimum: true}", "`exclusiveMinimum` must be a number in OpenAPI 3.1 (true beside a bound is of "),
        ("{examples: {a: 1}}", "`examples` must be a list in a schema, "),
        ("{dependentRequired: {a: b}}", "`dependentRequired` must be a mapping of lists of names, "),
        ("{prefixItems: {type: string}}", "`prefixItems` must be a list of schemas, "),
        ("{if: 5}", "a schema must be a mapping."),
        ("{then: {$ref: '#/components/schemas/No'}}", "$ref leads nowhere: shop.yaml has no #/components/schemas/No."),
    ],
)
def test_flaw_is_reported_with_its_line(tmp_path: Path, schema: str, message: str) -> None:
    """
    A keyword of another shape is told where it stands.
    """
    assert told(document(tmp_path, schema))[0].startswith(f"shop.yaml:11: {message}")


def of_paths(folder: Path, paths: str, rest: str = "") -> Contract:
    """A contract of these paths."""
    path = folder / "shop.yaml"
    path.write_text(f"{HEAD}paths: {paths}\n{rest}", encoding="utf-8")
    return load_foreign(path, "shop")


def test_path_item_may_stand_in_the_components(tmp_path: Path) -> None:
    """
    What a path leads to is served under that path.
    """
    contract = of_paths(
        tmp_path,
        "{/a: {$ref: '#/components/pathItems/A'}}",
        "components: {pathItems: {A: {get: {operationId: a, responses: {'200': {description: d}}}}}}",
    )

    assert [(item.path, item.place.line) for item in contract.operations.values()] == [("/a", 4)]


def test_document_needs_no_paths(tmp_path: Path) -> None:
    """
    A document may have components or webhooks alone.
    """
    path = tmp_path / "shop.yaml"
    path.write_text(f"{HEAD}webhooks: {{a: {{post: {{}}}}, b: {{}}}}\n", encoding="utf-8")
    contract = load_foreign(path, "shop")

    assert (dict(contract.operations), [f"{item.place.line}: {item.message}" for item in contract.remarks]) == (
        {},
        ["3: a mock sends no webhooks, so nothing serves these: a, b."],
    )


def test_certificate_of_a_client_is_not_asked_for(tmp_path: Path) -> None:
    """
    A mock that speaks plain HTTP cannot see one, and says so.
    """
    contract = of_paths(
        tmp_path,
        "{/a: {get: {security: [{tls: []}], responses: {'200': {description: d}}}}}",
        "components: {securitySchemes: {tls: {type: mutualTLS}}}",
    )

    assert ([item.security for item in contract.operations.values()], len(contract.remarks)) == ([((),)], 1)


@pytest.mark.parametrize(
    ("parameter", "query", "status"),
    [
        ("schema: {const: 5}", "q=5", 200),
        ("schema: {const: 5}", "q=6", 400),
        ("schema: {type: [integer, 'null']}", "q=7", 200),
        ("schema: {type: [integer, 'null']}", "q=x", 400),
        ("schema: {enum: [1, 2]}", "q=2", 200),
        ("schema: {type: [integer, boolean]}", "q=true", 200),
        ("explode: false, schema: {type: array, prefixItems: [{type: integer}, {type: string}]}", "q=3,4", 200),
        ("explode: false, schema: {type: array, prefixItems: [{type: integer}, {type: string}]}", "q=x,4", 400),
        ("schema: {type: array, prefixItems: [{type: integer}], items: {type: boolean}}", "q=3&q=true", 200),
        ("schema: {type: array, prefixItems: [{type: integer}], items: {type: boolean}}", "q=3&q=4", 400),
        ("schema: {$ref: '#/components/schemas/N', maximum: 5}", "q=5", 200),
        ("schema: {$ref: '#/components/schemas/N', maximum: 5}", "q=6", 400),
    ],
)
def test_parameter_is_read_by_its_schema(tmp_path: Path, parameter: str, query: str, status: int) -> None:
    """
    Texts become the values that the schema speaks of.
    """
    of_paths(
        tmp_path,
        f"{{/a: {{get: {{parameters: [{{name: q, in: query, {parameter}}}], responses: {{'200': {{}}}}}}}}}}",
        "components: {schemas: {N: {type: integer}}}",
    )

    assert client_of(tmp_path / "shop.yaml").get(f"/a?{query}").status == status


def test_form_is_read_by_its_schema(tmp_path: Path) -> None:
    """
    Fields of a form become the values that the schema speaks of, those of branches that depend on others too.
    """
    of_paths(
        tmp_path,
        "{/a: {post: {requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, "
        "properties: {n: {type: [integer, 'null']}}, if: {required: [n]}, then: {properties: {m: {type: boolean}}, "
        "required: [m]}}}}}, responses: {'200': {description: d}}}}}",
    )
    client = client_of(tmp_path / "shop.yaml")
    form = (("content-type", "application/x-www-form-urlencoded"),)

    assert [client.send("POST", "/a", form, body).status for body in (b"n=1&m=true", b"n=1", b"n=x", b"o=1")] == [
        200,
        400,
        400,
        200,
    ]


@pytest.mark.parametrize(
    ("member", "sent", "status"),
    [
        ("{$ref: '#/components/schemas/Id', readOnly: true}", "{}", 200),
        ("{$ref: '#/components/schemas/Id'}", "{}", 400),
        ("{type: [integer, 'null'], readOnly: true}", "{}", 200),
    ],
)
def test_read_only_members_need_not_be_sent(tmp_path: Path, member: str, sent: str, status: int) -> None:
    """
    What marks a member may stand beside the reference to its schema.
    """
    path = document(tmp_path, f"{{type: object, required: [id], properties: {{id: {member}}}}}", "Id: {type: integer}")

    assert client_of(path).send("POST", "/a", (JSON,), sent.encode()).status == status


def test_refused_body_is_explained(tmp_path: Path) -> None:
    """
    What is wrong below a keyword of 2020-12 is told with its place.
    """
    path = document(tmp_path, SCHEMAS["places"][0])
    answer = client_of(path).send("POST", "/a", (JSON,), b"[1, 2]")

    assert (answer.status, answer.header("x-casepact-detail")) == (400, '/1: 2 is not of type "string"')


@pytest.mark.parametrize("schema", SCHEMAS)
def test_answer_on_the_wire_fits_the_document(tmp_path: Path, schema: str) -> None:
    """
    openapi-core, given the file, has nothing against what the mock answers.
    """
    path = document(tmp_path, SCHEMAS[schema][0], MORE)
    answer = client_of(path).send("POST", "/a")
    judge = OpenAPI.from_dict(yaml.safe_load(path.read_text()))

    judge.validate_response(
        MockRequest("http://localhost", "post", "/a"),
        MockResponse(answer.body, answer.status, content_type="application/json"),
    )
    assert json.loads(answer.body) is not None


def test_page_is_shown_a_document_of_3_0(tmp_path: Path) -> None:
    """
    Our Swagger UI reads OpenAPI 3.0, so types are put as that has them.
    """
    path = document(
        tmp_path,
        "{properties: {a: {type: [string, 'null'], examples: [{type: [x]}]}, "
        "b: {type: [string, integer]}, c: {const: 5}}}",
    )
    shown = client_of(path).get("/ui/openapi.json").json()

    assert (shown["openapi"], shown["components"]["schemas"]["A"]["properties"]) == (
        "3.0.3",
        {
            "a": {"type": "string", "nullable": True, "examples": [{"type": ["x"]}]},
            "b": {"nullable": False, "anyOf": [{"type": "string"}, {"type": "integer"}]},
            "c": {"const": 5, "enum": [5]},
        },
    )


def test_served_document_is_of_its_version(tmp_path: Path) -> None:
    """
    Swagger UI gets a document of OpenAPI 3.1 for one.
    """
    served = client_of(document(tmp_path, SCHEMAS["places"][0])).get("/openapi.json").json()

    assert (served["openapi"], served["components"]["schemas"]["A"]["prefixItems"][0]) == ("3.1.0", {"type": "integer"})
