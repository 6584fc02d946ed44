"""Documents with `$ref`, null, readOnly and writeOnly where the specification is silent, served all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.foreign.contracts import answering, serving, taking

JSON = "application/json"
OK = "responses: {'200': {description: ok}}"


def shown(folder: Path, schema: str, rest: str = "", **files: str) -> Any:
    """The JSON of an answer of this schema."""
    return answering(folder, f"{{{JSON}: {{schema: {schema}}}}}", rest, **files).get("/a").json()


# Pointers through references


@pytest.mark.parametrize(
    "reference",
    [
        "#/components/schemas/Page/properties/rows",
        "#/components/schemas/Alias/properties/rows",
        "#/components/schemas/Twice/properties/rows",
        "#/components/schemas/Holder/properties/page/properties/rows",
        "#/components/schemas/Both/allOf/0/properties/rows",
        "part.yaml#/far/properties/rows",
        "#/paths/~1b/get/responses/200/content/application~1json/schema/properties/rows",
        "#/components/responses/Paged/content/application~1json/schema/properties/rows",
    ],
)
def test_pointer_leads_through_references(tmp_path: Path, reference: str) -> None:
    """
    A pointer may pass a `$ref` on its way, in whichever file.
    """
    page = "{type: object, properties: {rows: {type: array, items: {type: integer, example: 4}}}}"
    schemas = (
        f"{{Page: {page}, Alias: {{$ref: '#/components/schemas/Page'}}, Twice: {{$ref: '#/components/schemas/Alias'}}, "
        "Holder: {type: object, properties: {page: {$ref: 'part.yaml#/far'}}}, "
        "Both: {allOf: [{$ref: '#/components/schemas/Page'}]}}"
    )
    content = f"{{content: {{{JSON}: {{schema: {{$ref: '#/components/schemas/Alias'}}}}}}}}"
    client = serving(
        tmp_path,
        f"/a: {{get: {{responses: {{'200': {{content: {{{JSON}: {{schema: {{$ref: '{reference}'}}}}}}}}}}}}}}\n"
        f"/b: {{get: {{responses: {{'200': {{$ref: '#/components/responses/Paged'}}}}}}}}",
        f"components: {{schemas: {schemas}, responses: {{Paged: {content}}}}}",
        part_yaml="near: {type: object, properties: {rows: {type: array, items: {type: integer, example: 4}}}}\n"
        "far: {$ref: '#/near'}\n",
    )

    assert client.get("/a").json() == [4]


def test_pointer_that_leads_in_a_circle_is_told(tmp_path: Path) -> None:
    """
    A way that leads into itself ends.
    """
    with pytest.raises(Exception, match="leads nowhere"):
        shown(
            tmp_path,
            "{$ref: '#/components/schemas/A/b'}",
            "components: {schemas: {A: {$ref: '#/components/schemas/A/b'}}}",
        )


# References where there is no place for them


def of(schema: str) -> str:
    """A path item whose GET answers JSON of a schema."""
    return f"{{get: {{responses: {{'200': {{content: {{{JSON}: {{schema: {schema}}}}}}}}}}}}}"


@pytest.mark.parametrize(
    "item",
    [
        "{get: {$ref: 'part.yaml#/operation'}}",
        "{get: {responses: {$ref: 'part.yaml#/operation/responses'}}}",
        "{get: {responses: {'200': {content: {$ref: 'part.yaml#/content'}}}}}",
        "{get: {responses: {'200': {content: {application/json: {$ref: 'part.yaml#/media'}}}}}}",
        of("{type: object, properties: {$ref: 'part.yaml#/properties'}}"),
        of("{type: object, properties: {$ref: 'part.yaml#/none', n: {type: integer, example: 4}}}"),
        of("{allOf: {$ref: 'part.yaml#/parts'}}"),
        of("{required: {$ref: 'part.yaml#/required'}, properties: {n: {enum: {$ref: 'part.yaml#/enum'}}}}"),
        of("{type: object, properties: {n: {type: integer, example: {$ref: 'part.yaml#/four'}}}}"),
        of("{type: object, description: {$ref: 'part.yaml#/text'}, properties: {n: {enum: [4]}}}"),
        "{get: {parameters: {$ref: 'part.yaml#/parameters'}, responses: {'200': {$ref: 'part.yaml#/response'}}}}",
        "{get: {responses: {'200': {content: {application/json: {examples: {$ref: 'part.yaml#/examples'}}}}}}}",
    ],
)
def test_reference_stands_anywhere(tmp_path: Path, item: str) -> None:
    """
    What a `$ref` names stands in its place, although OpenAPI 3.0 has no Reference Object there.
    """
    part = """
operation: {responses: {'200': {$ref: '#/response'}}}
response: {description: ok, content: {$ref: '#/content'}}
content: {application/json: {$ref: '#/media'}}
media: {schema: {type: object, properties: {$ref: '#/properties'}}}
properties: {n: {$ref: '#/number'}}
number: {type: integer, example: 4}
parts: [{type: object}, {properties: {n: {$ref: '#/number'}}}]
none: {}
required: [n]
enum: [4]
four: 4
text: a text
parameters: [{name: q, in: query, schema: {type: integer}}]
examples: {one: {value: {n: 4}}}
"""

    assert serving(tmp_path, f"/a: {item}", part_yaml=part).get("/a").json() == {"n": 4}


def test_referred_parameters_are_judged(tmp_path: Path) -> None:
    """
    A list of parameters that a `$ref` names is the operation's.
    """
    part = "[{name: q, in: query, schema: {type: integer}}]"
    client = serving(tmp_path, f"/a: {{get: {{parameters: {{$ref: part.yaml}}, {OK}}}}}", part_yaml=part)

    assert (client.get("/a?q=1").status, client.get("/a?q=b").status) == (200, 400)


def test_components_may_be_another_file(tmp_path: Path) -> None:
    """
    Whole kinds of components may stand in files of their own.
    """
    rest = "components: {schemas: {$ref: part.yaml}}"

    assert shown(tmp_path, "{$ref: '#/components/schemas/N'}", rest, part_yaml="N: {type: integer, example: 4}") == 4


# References in examples

ROWS = "{type: array, items: {type: object, required: [id], properties: {id: {type: integer}}}}"
EXAMPLES = "components: {examples: {Rows: {value: [{id: 1}, {id: 2}]}, One: {summary: s, value: {id: 1}}}}"


@pytest.mark.parametrize(
    "example",
    [
        "example: {$ref: '#/components/examples/Rows'}",
        "example: {$ref: '#/components/examples/Rows/value'}",
        "example: {$ref: rows.yaml}",
        "examples: {one: {$ref: '#/components/examples/Rows'}}",
        "examples: {one: {value: {$ref: '#/components/examples/Rows'}}}",
        "example: [{$ref: '#/components/examples/One'}, {id: 2}]",
    ],
)
def test_reference_is_the_value_of_an_example(tmp_path: Path, example: str) -> None:
    """
    An example may be named, whole or in its parts, as an Example Object or as data.
    """
    client = answering(tmp_path, f"{{{JSON}: {{schema: {ROWS}, {example}}}}}", EXAMPLES, rows_yaml="[{id: 1}, {id: 2}]")

    assert client.get("/a").json() == [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize("reference", ["#/definitions/pet", "https://a.example/b.json", "a word", "none.yaml"])
def test_reference_that_names_nothing_is_data(tmp_path: Path, reference: str) -> None:
    """
    An API whose data hold `$ref` has examples that hold it.
    """
    client = answering(tmp_path, f"{{{JSON}: {{example: {{schema: {{$ref: '{reference}'}}}}}}}}")

    assert client.get("/a").json() == {"schema": {"$ref": reference}}


# Null


@pytest.mark.parametrize(
    "item",
    [
        "{post: {requestBody: {content: {application/json: {schema: null}}}, responses: {'200': {description: ok}}}}",
        "{post: {requestBody: {content: {application/json: null}}, responses: {'200': null}}}",
        "{post: {requestBody: null, parameters: null, responses: {'200': {headers: null, content: null}}}}",
        "{post: {parameters: [null, {name: q, in: query, schema: null}], responses: {'200': {description: ok}}}}",
        "{post: {responses: {'200': {headers: {X-A: {schema: null}, X-B: null}}}}}",
        of("{type: string, description: null, enum: null, example: null, title: null}").replace("get", "post"),
        of("{type: string, format: null, properties: null, items: null, allOf: null}").replace("get", "post"),
        of("{type: array, items: {type: object, additionalProperties: null, properties: {a: null}}}").replace(
            "get", "post"
        ),
        of("{allOf: [null, {type: integer}]}").replace("get", "post"),
        of("{$ref: '#/components/schemas/Nothing'}").replace("get", "post"),
    ],
)
def test_null_stands_for_what_says_nothing(tmp_path: Path, item: str) -> None:
    """
    A schema that is null is one that says nothing, and costs nobody the document.
    """
    client = serving(tmp_path, f"/x: {item}\n/y: {{get: {{{OK}}}}}\n/z: null", "components: {schemas: {Nothing: null}}")

    assert (client.get("/y").status, client.send("POST", "/x").status) == (200, 200)


# Members of one direction


READ = "properties: {id: {type: integer, readOnly: true}, name: {type: string}}"
ACCOUNT = f"Acc: {{type: object, {READ}}}"
NEEDING = "Needing: {type: object, required: [id, name], properties: {id: {type: integer}, name: {type: string}}}"


@pytest.mark.parametrize(
    ("schema", "components"),
    [
        ("{allOf: [<Acc>, {required: [id, name]}]}", ACCOUNT),
        ("{allOf: [{required: [id, name]}, <Acc>]}", ACCOUNT),
        ("{required: [id, name], allOf: [<Acc>]}", ACCOUNT),
        (f"{{allOf: [<Needing>, {{{READ}}}]}}", NEEDING),
        (f"{{allOf: [{{allOf: [<Needing>]}}, {{allOf: [{{{READ}}}]}}]}}", NEEDING),
        ("{allOf: [<Acc>, <Needing>]}", f"{ACCOUNT}, {NEEDING}"),
        ("<Whole>", f"{ACCOUNT}, Whole: {{allOf: [<Acc>, {{required: [id, name]}}]}}"),
        ("<Outer>", f"{ACCOUNT}, {NEEDING}, Outer: {{allOf: [<Whole>]}}, Whole: {{allOf: [<Acc>, <Needing>]}}"),
        (f"{{oneOf: [<Needing>], {READ}}}", NEEDING),
    ],
)
@pytest.mark.parametrize(
    ("body", "status"), [('{"name": "x"}', 200), ('{"id": 1}', 400), ('{"id": 1, "name": "x"}', 200)]
)
def test_readonly_member_need_not_be_sent(tmp_path: Path, schema: str, components: str, body: str, status: int) -> None:
    """
    Marked in one part and required in another, a member is still one of answers alone.
    """
    content = f"requestBody: {{content: {{{JSON}: {{schema: {schema}}}}}}}"
    client = taking(tmp_path, referring(content), referring(f"components: {{schemas: {{{components}}}}}"))

    assert client.send("POST", "/a", [("content-type", JSON)], body.encode()).status == status


def test_required_member_stays_required_elsewhere(tmp_path: Path) -> None:
    """
    What is waived within one schema is required where that part stands alone.
    """
    responses = "responses: {'200': {description: ok}}"
    both = referring(f"{{allOf: [<Needing>, {{{READ}}}]}}")
    client = serving(
        tmp_path,
        f"/a: {{post: {{requestBody: {{content: {{{JSON}: {{schema: {both}}}}}}}, {responses}}}}}\n"
        f"/b: {{post: {{requestBody: {{content: {{{JSON}: {{schema: {referring('<Needing>')}}}}}}}, {responses}}}}}",
        f"components: {{schemas: {{{NEEDING}}}}}",
    )
    body = [("content-type", JSON)], b'{"name": "x"}'

    assert (client.send("POST", "/a", *body).status, client.send("POST", "/b", *body).status) == (200, 400)


@pytest.mark.parametrize(
    ("schema", "components"),
    [
        (
            "{allOf: [<Log>, {required: [login, pin]}]}",
            "Log: {properties: {login: {type: string, example: a}, pin: {type: string, writeOnly: true}}}",
        ),
        (
            "{allOf: [<Req>, {properties: {pin: {type: string, writeOnly: true}}}]}",
            "Req: {required: [login, pin], properties: {login: {type: string, example: a}, pin: {type: string}}}",
        ),
    ],
)
def test_writeonly_member_is_in_no_answer(tmp_path: Path, schema: str, components: str) -> None:
    """
    Marked in one part and required in another, a member is still one of requests alone.
    """
    assert shown(tmp_path, referring(schema), referring(f"components: {{schemas: {{{components}}}}}")) == {"login": "a"}


def referring(text: str) -> str:
    """<A> as a reference to the component A."""
    for name in ("Acc", "Needing", "Whole", "Outer", "Log", "Req"):
        text = text.replace(f"<{name}>", f"{{$ref: '#/components/schemas/{name}'}}")
    return text
