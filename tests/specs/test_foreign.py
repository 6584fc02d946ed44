"""Documents that are not ours: any OpenAPI 3.0 is read, and what is not is reported with file and line."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from specs.contract import Contract, Operation
from specs.flaws import CasepactError
from specs.foreign import load_foreign
from specs.foreign_files import JsonLines
from tests.specs.small_api import line

HEAD = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\n"
LIBRARY = Path(__file__).parent.parent / "foreign" / "documents" / "library" / "openapi.yaml"


@pytest.fixture(scope="module")
def library() -> Contract:
    """The document with recursion and several files."""
    return load_foreign(LIBRARY, "library")


def loaded(folder: Path, text: str, name: str = "api.yaml", **others: str) -> Contract:
    """The text as a document of that name, in a folder of its own with the others beside it."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    (home / name).write_text(text, encoding="utf-8")
    for other, content in others.items():
        path = home / other.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return load_foreign(home / name, "shop")


def reported(folder: Path, text: str, name: str = "api.yaml", **others: str) -> list[str]:
    """What is reported about a document that is not taken, by file below its folder."""
    with pytest.raises(CasepactError) as caught:
        loaded(folder, text, name, **others)
    return str(caught.value).replace(f"{folder}/home/", "").splitlines()


def operation(folder: Path, body: str, **others: str) -> Operation:
    """The one operation of a document whose path item at /a/{b} holds this YAML."""
    indented = "".join(f"    {part}\n" for part in body.splitlines())
    contract = loaded(folder, f"{HEAD}paths:\n  /a/{{b}}:\n{indented}", **others)
    return next(iter(contract.operations.values()))


def of_schema(schema: str, components: str = "{}") -> str:
    """A document with one query parameter of this schema, on line 7."""
    return (
        f"{HEAD}paths:\n  /a:\n    get:\n      parameters:\n        - {{name: q, in: query, schema: {schema}}}\n"
        f"      responses: {{'200': {{}}}}\ncomponents: {{schemas: {components}}}\n"
    )


GET = "get:\n  responses: {'200': {description: d}}\n"


# What is taken


def test_operation_without_an_id_gets_one(tmp_path: Path) -> None:
    """
    An id is made of method and path.
    """
    assert operation(tmp_path, GET).id == "get-a-b"


def test_made_id_does_not_take_a_given_one(tmp_path: Path) -> None:
    """
    A given id stays what it is, wherever it stands.
    """
    given = "put: {operationId: get-a-b, responses: {'200': {description: d}}}\n"
    text = f"{HEAD}paths:\n  /a/{{b}}:\n    {GET.replace(chr(10), chr(10) + '    ')}{given}"

    assert sorted(loaded(tmp_path, text).operations) == ["get-a-b", "get-a-b-2"]


def test_json_is_read(tmp_path: Path) -> None:
    """
    A document may be JSON.
    """
    text = json.dumps({"openapi": "3.0.0", "info": {}, "paths": {"/a": {"get": {"responses": {"200": {}}}}}})

    assert list(loaded(tmp_path, text, "api.json").operations) == ["get-a"]


def test_json_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    """
    A byte order mark before JSON is no part of it.
    """
    text = json.dumps({"openapi": "3.0.0", "info": {}, "paths": {"/a": {"get": {"responses": {"200": {}}}}}})

    assert list(loaded(tmp_path, f"\ufeff{text}", "api.json").operations) == ["get-a"]


def test_aliases_merge_keys_and_timestamps_are_read(tmp_path: Path) -> None:
    """
    YAML's anchors stand for what they name, merge keys for members, and a date is a text.
    """
    found = operation(
        tmp_path,
        "get:\n"
        "  parameters:\n"
        "    - &shared {name: b, in: path, required: true, schema: {type: string, example: 2022-10-07}}\n"
        "    - {<<: *shared, name: c, in: query, required: false}\n"
        "    - {<<: [*shared, {in: header}], name: d}\n"
        "  responses: {'200': {description: d}}\n",
    )

    assert [(item.name, item.location, item.schema.document) for item in found.parameters] == [
        ("b", "path", {"type": "string", "example": "2022-10-07"}),
        ("c", "query", {"type": "string", "example": "2022-10-07"}),
    ]


@pytest.mark.parametrize(
    ("written", "value"), [("True", True), ("FALSE", False), ("yes", "yes"), ("Null", None), ("!!str 7", "7")]
)
def test_scalars_are_those_of_yaml_1_2(tmp_path: Path, written: str, value: Any) -> None:
    """
    Truth values and null may be capitalised; yes and no are texts; a tag of a JSON type is kept.
    """
    found = operation(
        tmp_path,
        f"get: {{parameters: [{{name: q, in: query, schema: {{example: {written}}}}}], responses: {{'200': {{}}}}}}",
    )

    assert found.parameters[0].schema.document["example"] == value


def test_parameter_of_the_operation_overrides_that_of_its_path(tmp_path: Path) -> None:
    """
    The same name in the same place counts once, as the operation has it; another place is another parameter.
    """
    found = operation(
        tmp_path,
        "parameters:\n"
        "  - {name: q, in: query, schema: {type: integer}}\n"
        "  - {name: r, in: query, schema: {type: integer}}\n"
        "get:\n"
        "  parameters: [{name: q, in: query, schema: {type: boolean}}, {name: q, in: header, schema: {type: string}}]\n"
        "  responses: {'200': {description: d}}\n",
    )

    assert [(item.name, item.location, item.schema.document.get("type")) for item in found.parameters] == [
        ("q", "query", "boolean"),
        ("r", "query", "integer"),
        ("q", "header", "string"),
        ("b", "path", None),
    ]


@pytest.mark.parametrize("name", ["Accept", "content-type", "Authorization"])
def test_ignored_header_parameters_are_left_out(tmp_path: Path, name: str) -> None:
    """
    OpenAPI 3.0 ignores three header parameters.
    """
    found = operation(
        tmp_path, f"get: {{parameters: [{{name: {name}, in: header, schema: {{}}}}], responses: {{'200': {{}}}}}}"
    )

    assert [item.name for item in found.parameters] == ["b"]


@pytest.mark.parametrize(
    ("written", "style", "explode", "media"),
    [
        ("in: query, schema: {}", "form", True, ""),
        ("in: query, explode: false, schema: {}", "form", False, ""),
        ("in: query, style: deepObject, schema: {}", "deepObject", False, ""),
        ("in: header, schema: {}", "simple", False, ""),
        ("in: cookie, schema: {}", "form", True, ""),
        ("in: query, content: {application/json: {schema: {type: object}}}", "form", True, "application/json"),
    ],
)
def test_style_of_a_parameter_is_kept(tmp_path: Path, written: str, style: str, explode: bool, media: str) -> None:
    """
    How a parameter is written is known, with OpenAPI's defaults.
    """
    found = operation(
        tmp_path, f"get: {{parameters: [{{name: q, {written}}}], responses: {{'200': {{}}}}}}"
    ).parameters[0]

    assert (found.style, found.explode, found.media) == (style, explode, media)


@pytest.mark.parametrize(
    ("responses", "statuses", "success"),
    [
        ("'200': {}, '404': {}", [200, 404], 200),
        ("2XX: {}", [200], 200),
        ("'201': {}, 2XX: {}", [200, 201], 200),
        ("'204': {}, 4XX: {}", [204, 400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429], 204),
        ("default: {}", [200, 400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429, 500, 501, 503], 200),
        (
            "'200': {}, '400': {}, 4XX: {}, default: {}",
            [200, 400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429, 500, 501, 503],
            200,
        ),
        ("'302': {}, '404': {}", [302, 404], 302),
        ("'400': {}, '404': {}", [400, 404], 404),
        ("'405': {}", [405], 405),
    ],
)
def test_ranges_stand_for_statuses(tmp_path: Path, responses: str, statuses: list[int], success: int) -> None:
    """
    A range or `default` stands for the statuses that a mock answers with and that nothing else documents.
    """
    found = operation(tmp_path, f"get: {{responses: {{{responses}}}}}")

    assert (sorted(found.responses), found.success_status()) == (statuses, success)


def test_single_status_comes_before_its_range(tmp_path: Path) -> None:
    """
    What is documented for one status is not overwritten by a range or by `default`, in whatever order they stand.
    """
    found = operation(
        tmp_path,
        "get:\n"
        "  responses:\n"
        "    default: {description: d, content: {text/plain: {}}}\n"
        "    4XX: {description: d, content: {text/html: {}}}\n"
        "    '404': {description: d, content: {text/csv: {}}}\n"
        "    '200': {description: d}\n",
    )

    assert [next(iter(found.responses[status].content), "") for status in (200, 400, 404, 500)] == [
        "",
        "text/html",
        "text/csv",
        "text/plain",
    ]


def test_json_is_the_first_representation(tmp_path: Path) -> None:
    """
    Of several media types JSON comes first, without its parameters; of equal ones the first counts.
    """
    found = operation(
        tmp_path,
        "get:\n"
        "  responses:\n"
        "    '200':\n"
        "      description: d\n"
        "      content:\n"
        "        text/csv: {}\n"
        "        application/json; charset=utf-8: {schema: {type: object}}\n"
        "        application/json: {}\n",
    )
    content = found.responses[200].content

    assert list(content) == ["application/json", "text/csv"] and content["application/json"].schema is not None


def test_examples_are_taken_by_name(tmp_path: Path) -> None:
    """
    A single example, named ones, referred ones and those in files are all examples; remote ones are not fetched.
    """
    text = (
        f"{HEAD}paths:\n  /a:\n    get:\n      responses:\n"
        "        '200':\n          description: d\n          content:\n"
        "            application/json: {example: {a: 1}}\n"
        "            application/hal+json:\n"
        "              examples:\n"
        "                first: {value: 1}\n"
        "                second: {$ref: '#/components/examples/Shared'}\n"
        "                third: {externalValue: more/third.json}\n"
        "                fourth: {externalValue: 'https://example.com/fourth.json'}\n"
        "components: {examples: {Shared: {value: [2]}}}\n"
    )
    content = loaded(tmp_path, text, more__third_json="3").operations["get-a"].responses[200].content

    assert [dict(media.examples) for media in content.values()] == [
        {"example": {"a": 1}},
        {"first": 1, "second": [2], "third": 3},
    ]


def test_extensions_and_unknown_formats_are_left_out(tmp_path: Path) -> None:
    """
    What nothing enforces is no part of a schema.
    """
    found = operation(
        tmp_path,
        "x-a: 1\n"
        "get:\n"
        "  x-refusals: [1]\n"
        "  x-statement: S-1\n"
        "  parameters: [{name: q, in: query, x-b: 1, schema: {type: string, format: phone, x-c: 1, unknown: 1}}]\n"
        "  responses: {x-d: 1, '200': {description: d, x-e: 1}}\n",
    )

    assert found.parameters[0].schema.document == {"type": "string"}


def test_links_callbacks_and_servers_of_paths_are_left_out(tmp_path: Path) -> None:
    """
    Nothing of the served document leads to another server.
    """
    text = (
        f"{HEAD}servers: [{{url: 'https://a.example'}}]\n"
        "paths:\n  /a:\n    servers: [{url: 'https://b.example'}]\n    get:\n"
        "      servers: [{url: 'https://c.example'}]\n"
        "      callbacks: {done: {'{$url}': {post: {responses: {}}}}}\n"
        "      responses: {'200': {description: d, links: {self: {operationRef: '#/x'}}}}\n"
    )

    assert ".example" not in json.dumps(loaded(tmp_path, text).document)


def test_unnamed_path_parameters_are_any_text(tmp_path: Path) -> None:
    """
    A template may name what nobody declares, and a parameter that is in no template does not count.
    """
    found = operation(
        tmp_path,
        "get: {parameters: [{name: zz, in: path, required: true, schema: {}}], responses: {'200': {}}}",
    )

    assert [(item.name, item.required) for item in found.parameters] == [("b", True)]


def test_required_headers_of_an_answer_are_known(tmp_path: Path) -> None:
    """
    An answer knows which of its headers must be there.
    """
    found = operation(
        tmp_path,
        "get:\n  responses:\n    '200':\n      description: d\n"
        "      headers:\n"
        "        X-A: {required: true, schema: {type: integer}}\n"
        "        X-B: {schema: {}}\n"
        "        Content-Type: {required: true}\n",
    ).responses[200]

    assert {name: header.required for name, header in found.headers.items()} == {"x-a": True, "x-b": False}


def test_other_security_schemes_are_bearers(tmp_path: Path) -> None:
    """
    OAuth 2 and OpenID Connect send a bearer token.
    """
    text = (
        f"{HEAD}paths: {{}}\ncomponents:\n  securitySchemes:\n"
        "    a: {type: oauth2, flows: {}}\n    b: {type: openIdConnect, openIdConnectUrl: 'https://x'}\n"
        "    c: {$ref: '#/components/securitySchemes/d'}\n    d: {type: apiKey, in: cookie, name: sid}\n"
        "    e: {type: http, scheme: Digest}\n"
    )
    schemes = loaded(tmp_path, text).security_schemes

    assert [(item.kind, item.location, item.key) for item in schemes.values()] == [
        ("bearer", "header", "Authorization"),
        ("bearer", "header", "Authorization"),
        ("apiKey", "cookie", "sid"),
        ("apiKey", "cookie", "sid"),
        ("digest", "header", "Authorization"),
    ]


def test_pattern_that_nothing_can_read_is_left_out(tmp_path: Path) -> None:
    """
    A regular expression that our judge cannot read is enforced by nobody, and keeps no document from being served.
    """
    found = operation(
        tmp_path, "get: {parameters: [{name: q, in: query, schema: {pattern: '(?P=x)['}}], responses: {'200': {}}}"
    )

    assert found.parameters[0].schema.is_valid("anything")


# Several files


def test_library_has_all_its_operations(library: Contract) -> None:
    """
    Path items, parameters, bodies, answers and schemas may each stand in another file.
    """
    assert sorted(library.operations) == [
        "addShelf",
        "evaluate",
        "get-compare-base-head",
        "get-points-coordinates",
        "get-shelves",
        "put-media-mediumId",
        "readMedium",
        "readShelf",
        "removeShelf",
    ]


def test_library_is_one_document_now(library: Contract) -> None:
    """
    The served document has no reference to another file.
    """
    assert all(part.startswith("#/components/schemas/") for part in json.dumps(library.document).split('"$ref": "')[1:])


def test_operation_of_another_file_knows_its_line(library: Contract) -> None:
    """
    What stands in another file is found on that file's line.
    """
    shelf = LIBRARY.parent / "paths" / "shelf.yaml"

    assert str(library.operations["readShelf"].place).endswith(
        f"library/paths/shelf.yaml:{line(shelf.read_text(), 'get:')}"
    )


def test_recursion_across_files_is_judged(library: Contract) -> None:
    """
    A schema that holds itself by way of another file judges at every depth.
    """
    schema = library.operations["readShelf"].responses[200].content["application/json"].schema
    tree: dict[str, Any] = {"root": {"label": "x", "parent": None}, "branches": []}
    shelf = {"id": "4f2c0000-0000-4000-8000-000000000000", "name": "n", "trees": [{**tree, "branches": [{"root": 5}]}]}

    assert schema and [flaw.pointer for flaw in schema.flaws(shelf)] == [
        "/trees/0/branches/0",
        "/trees/0/branches/0/root",
    ]


@pytest.mark.parametrize(
    ("direction", "missing"), [("answer", {"id": "4f2c0000-0000-4000-8000-000000000000"}), ("request", {"secret": "s"})]
)
def test_one_way_members_count_in_their_direction_alone(
    library: Contract, direction: str, missing: dict[str, str]
) -> None:
    """
    A member to be read only must be in an answer and need not be in a request; one to be written only the other way.
    """
    posted = library.operations["addShelf"]
    media = posted.responses[201].content if direction == "answer" else posted.body
    schema = media["application/json"].schema

    assert schema and (
        schema.is_valid({"name": "n", "trees": [], **missing}),
        schema.is_valid({"name": "n", "trees": []}),
    ) == (
        True,
        False,
    )


def test_member_to_be_written_only_is_none_of_an_answer(library: Contract) -> None:
    """
    An answer that shows a secret breaks its schema.
    """
    schema = library.operations["readShelf"].responses[200].content["application/json"].schema
    shelf = {"id": "4f2c0000-0000-4000-8000-000000000000", "name": "n", "trees": []}

    assert schema and (schema.is_valid(shelf), schema.is_valid({**shelf, "secret": "s"})) == (True, False)


def test_discriminator_leads_to_the_schemas_of_its_own_file(library: Contract) -> None:
    """
    A mapping is read in the file where it stands; branches go by their own names too.
    """
    schema = library.operations["readMedium"].responses[200].content["application/json"].schema

    assert schema and schema.document["$defs"]["Medium"]["discriminator"] == {
        "propertyName": "kind",
        "mapping": {name: f"#/$defs/{name.title()}" for name in ("book", "film", "Book", "Film")},
    }


def test_equal_names_of_two_files_are_kept_apart(tmp_path: Path) -> None:
    """
    Two schemas of one name are two schemas; that of the document itself keeps the name.
    """
    text = (
        f"{HEAD}paths:\n  /a:\n    get:\n      parameters:\n"
        "        - {name: q, in: query, schema: {$ref: 'other.yaml#/Item'}}\n"
        "        - {name: r, in: query, schema: {$ref: '#/components/schemas/Item'}}\n"
        "      responses: {'200': {description: d}}\n"
        "components: {schemas: {Item: {type: integer}}}\n"
    )
    contract = loaded(tmp_path, text, other_yaml="Item: {type: string}\n")

    assert contract.document["components"]["schemas"] == {"Item": {"type": "integer"}, "Item-2": {"type": "string"}}


def test_whole_file_and_deep_references_are_followed(tmp_path: Path) -> None:
    """
    A `$ref` may name a whole file, or a place that is no component.
    """
    text = (
        f"{HEAD}paths:\n  /a:\n    get:\n      parameters:\n"
        "        - {name: q, in: query, schema: {$ref: sub/whole.json}}\n"
        "        - {name: r, in: query, schema: {$ref: '#/paths/~1a/get/parameters/0/schema'}}\n"
        "        - $ref: 'sub%2Fmore.yaml#/list/0'\n"
        "      responses: {'200': {description: d}}\n"
    )
    contract = loaded(
        tmp_path,
        text,
        sub__whole_json='{"type": "integer"}',
        sub__more_yaml="list: [{name: s, in: query, schema: {$ref: whole.json}}]",
    )

    assert [
        item.schema.is_valid(5) and not item.schema.is_valid("x") for item in contract.operations["get-a"].parameters
    ] == [
        True,
        True,
        True,
    ]


# What is not taken


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("swagger: '1.2'\n", "api.yaml:1: is Swagger 1.2; the versions 2.0, 3.0, 3.1, 3.2 are read."),
        ("a: 1\nopenapi: 4.0.0\n", "api.yaml:2: is OpenAPI 4.0.0; the versions 2.0, 3.0, 3.1, 3.2 are read."),
        ("swagger: '2.0'\n", "api.yaml:1: needs `paths`, a mapping."),
        ("openapi: 3.1.0\npaths: []\n", "api.yaml:2: needs `paths`, a mapping."),
        ("a: 1\n", "api.yaml:1: is not an OpenAPI document: it has no `openapi: 3.1.0` or `swagger: '2.0'`."),
        ("[1]\n", "api.yaml:1: is not an OpenAPI document: it must be a mapping with `openapi: 3.1.0` or the like."),
        ("openapi: 3.0.0\n\npaths: 5\n", "api.yaml:3: needs `paths`, a mapping."),
        ("", "api.yaml:1: is empty."),
        ("a: [\n", "api.yaml:2: is not YAML: "),
        ("a: !!binary x\n", "api.yaml:1: uses the tag tag:yaml.org,2002:binary; only JSON types are read."),
        ("a: 1\na: 2\n", "api.yaml:2: has the key 'a' twice; it stands on line 1 too."),
        ("a: &x [*x]\n", "api.yaml:1: the alias *x stands within what it names."),
        ("a: *x\n", "api.yaml:1: "),
    ],
)
def test_what_is_no_openapi_is_reported(tmp_path: Path, text: str, message: str) -> None:
    """
    A document of another kind is refused with its line and what to do.
    """
    assert reported(tmp_path, text)[0].startswith(message)


def test_json_that_is_none_is_reported(tmp_path: Path) -> None:
    """
    The line of a mistake in JSON is reported.
    """
    assert reported(tmp_path, '{\n"openapi": 3.0.0}', "api.json")[0].startswith("api.json:2: is not JSON: ")


def test_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    """
    A missing file is no traceback.
    """
    with pytest.raises(CasepactError, match=r"no\.yaml: there is no such file\."):
        load_foreign(tmp_path / "no.yaml", "shop")


def test_file_that_is_no_text_is_reported(tmp_path: Path) -> None:
    """
    Bytes that are no UTF-8 are no document.
    """
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe")

    with pytest.raises(CasepactError, match="cannot be read as UTF-8 text"):
        load_foreign(tmp_path / "a.yaml", "shop")


@pytest.mark.parametrize("target", ["https://example.com/a.yaml#/A", "file:///etc/hosts", "//example.com/a.yaml"])
def test_remote_reference_is_refused(tmp_path: Path, target: str) -> None:
    """
    Nothing is fetched; the error says what to do instead.
    """
    get = f"get:\n      responses: {{'200': {{}}}}\n      parameters: [{{$ref: '{target}'}}]\n"
    text = f"{HEAD}paths:\n  /a:\n    {get}"

    assert reported(tmp_path, text)[0] == (
        f"api.yaml:7: $ref {target} is remote, and nothing is fetched; save what it names in a file beside this one."
    )


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            "#/components/schemas/Itme",
            "$ref leads nowhere: api.yaml has no #/components/schemas/Itme. Did you mean 'Item'?",
        ),
        ("no.yaml#/a", "$ref leads to no file: no.yaml: there is no such file."),
        ("../../../x.yaml", "$ref leads out of "),
        ("#anchor", "$ref #anchor has a fragment that is not a JSON pointer."),
        ("#/components/schemas/Loop", "$ref '#/components/schemas/Loop' leads back to itself."),
        ("bad.yaml", "is not YAML: "),
        ("", "$ref '' is not a reference."),
    ],
)
def test_reference_that_leads_nowhere_is_reported(tmp_path: Path, target: str, message: str) -> None:
    """
    Whatever is wrong with a reference is reported where it stands, or in the file that cannot be read.
    """
    text = of_schema(f"{{$ref: '{target}'}}", "{Item: {}, Loop: {$ref: '#/components/schemas/Loop'}}")
    flaw = reported(tmp_path, text, bad_yaml="a: [")[0]

    assert message in flaw and flaw.startswith(("api.yaml:", "bad.yaml:"))


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("{type: [string, 'null']}", "`type` is one of array, boolean, integer, number, object, string in OpenAPI 3.0"),
        ("{exclusiveMinimum: 3}", "`exclusiveMinimum` must be true or false in OpenAPI 3.0, not '3'."),
        ("{properties: [a]}", "`properties` must be a mapping"),
        ("{allOf: {}}", "`allOf` must be a list of schemas"),
        ("{maxLength: -1}", "`maxLength` must be a whole number from 0 on"),
        ("{multipleOf: 0}", "`multipleOf` must be a number above 0"),
        ("{items: 5}", "a schema must be a mapping."),
        ("{enum: []}", "`enum` must be a list with a value"),
        ("{discriminator: kind}", "`discriminator` needs a propertyName"),
        ("{oneOf: [{}], discriminator: {propertyName: k, mapping: {a: Nobody}}}", "the discriminator maps to 'Nobody'"),
    ],
)
def test_keyword_of_another_shape_is_reported(tmp_path: Path, schema: str, message: str) -> None:
    """
    A schema that OpenAPI 3.0 does not allow is reported with its line.
    """
    flaw = reported(tmp_path, of_schema(schema))[0]

    assert flaw.startswith("api.yaml:7: ") and message in flaw


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("get: 5", "an operation must be a mapping."),
        ("get: {}", "an operation needs `responses` with at least one answer."),
        ("get: {responses: []}", "`responses` must be a mapping."),
        ("get: {responses: {'2000': {}}}", "'2000' is not a status: 100 to 599, 1XX to 5XX, or default."),
        ("get: {responses: {'200': 5}}", "a response must be a mapping."),
        ("get: {responses: {'200': {content: 5}}}", "`content` must be a mapping."),
        ("get: {responses: {'200': {content: {a/b: 5}}}}", "a media type must be a mapping."),
        ("get: {parameters: {}, responses: {'200': {}}}", "`parameters` must be a list."),
        ("get: {parameters: [5], responses: {'200': {}}}", "a parameter needs a `name`."),
        (
            "get: {parameters: [{name: q, in: body}], responses: {'200': {}}}",
            "the parameter 'q' is `in` path, query, header or cookie, not 'body'.",
        ),
        (
            "get: {parameters: [{name: q, in: header, style: form, schema: {}}], responses: {'200': {}}}",
            "is simple in a header, not 'form'.",
        ),
        ("get: {security: [5], responses: {'200': {}}}", "a security requirement must be a mapping."),
        ("get: {security: [{nobody: []}], responses: {'200': {}}}", "no security scheme is named 'nobody'."),
    ],
)
def test_operation_of_another_shape_is_reported(tmp_path: Path, body: str, message: str) -> None:
    """
    What cannot be read as its place asks is one flaw, not a traceback.
    """
    assert [flaw for flaw in reported(tmp_path, f"{HEAD}paths:\n  /a:\n    {body}\n") if message in flaw]


def test_flaws_of_all_files_are_reported_together(tmp_path: Path) -> None:
    """
    Every flaw is reported at once, each in its file.
    """
    text = f"{HEAD}paths:\n  /a: {{$ref: a.yaml}}\n  /b: {{get: {{responses: {{'2': {{}}}}}}}}\n"

    assert [flaw.partition(": ")[0] for flaw in reported(tmp_path, text, a_yaml="get:\n  responses: 5\n")] == [
        "a.yaml:2",
        "a.yaml:2",
        "api.yaml:5",
        "api.yaml:5",
    ]


def test_doubled_operation_id_is_reported(tmp_path: Path) -> None:
    """
    Two operations of one id could not be told apart.
    """
    item = "{operationId: x, responses: {'200': {}}}"

    assert (
        "operationId 'x' stands at" in reported(tmp_path, f"{HEAD}paths:\n  /a:\n    get: {item}\n    put: {item}\n")[0]
    )


# Hostile documents


def test_bomb_of_aliases_is_refused_in_time(tmp_path: Path) -> None:
    """
    Anchors that hold aliases of anchors are counted, not written out.
    """
    levels = "".join(f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 10)}]\n" for number in range(1, 12))
    started = time.perf_counter()

    flaws = reported(tmp_path, f"a0: &a0 [x]\n{levels}")

    assert "its aliases stand for more than" in flaws[0] and time.perf_counter() - started < 10


@pytest.mark.parametrize("name", ["api.yaml", "api.json"])
def test_schema_nested_without_end_is_refused(tmp_path: Path, name: str) -> None:
    """
    A schema nested deeper than anybody means is reported, not followed.
    """
    schema = "{" + '"items": {' * 400 + "}" * 400 + "}"
    text = (
        '{"openapi": "3.0.0", "info": {}, "paths": {"/a": {"get": {"parameters": '
        f'[{{"name": "q", "in": "query", "schema": {schema}}}], "responses": {{"200": {{}}}}}}}}}}}}'
    )

    assert "is nested deeper than 100 levels." in reported(tmp_path, text, name)[0]


def test_schemas_that_refer_to_each_other_in_place_are_taken(tmp_path: Path) -> None:
    """
    A schema that is part of itself asks for nothing more.
    """
    first, second = ("{allOf: [{$ref: '#/components/schemas/" + name + "'}]}" for name in "BA")
    text = of_schema("{$ref: '#/components/schemas/A'}", f"{{A: {first}, B: {second}}}")

    assert loaded(tmp_path, text).operations["get-a"].parameters[0].schema.is_valid("x")


def test_document_of_megabytes_is_there_in_seconds(tmp_path: Path) -> None:
    """
    Two thousand operations over a thousand schemas, three megabytes, take a few seconds of the processor.
    """
    schemas = {
        f"S{number}": {
            "type": "object",
            "description": "d" * 500,
            "properties": {
                f"p{member}": {"$ref": f"#/components/schemas/S{(number * 7 + member) % 1000}"} for member in range(20)
            },
        }
        for number in range(1000)
    }
    paths = {
        f"/a{number}": {
            "get": {
                "responses": {
                    "200": {
                        "description": "d" * 500,
                        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/S{number % 1000}"}}},
                    }
                }
            }
        }
        for number in range(2000)
    }
    text = orjson.dumps({"openapi": "3.0.0", "info": {}, "paths": paths, "components": {"schemas": schemas}}).decode()
    started = time.process_time()

    contract = loaded(tmp_path, text, "api.json")

    assert (len(contract.operations), time.process_time() - started < 20) == (2000, True)


# Lines of JSON


def test_lines_of_json_are_found() -> None:
    """
    The line of a node is where its name begins; of an item, where it begins itself.
    """
    text = '{\n  "a": {\n    "b": [\n      1,\n      {"c": "}"}\n    ]\n  },\n  "a/b": 2\n}\n'
    lines = JsonLines(text)

    assert [
        lines.line(pointer) for pointer in [(), ("a",), ("a", "b"), ("a", "b", 0), ("a", "b", 1, "c"), ("a/b",)]
    ] == [
        1,
        2,
        3,
        4,
        5,
        8,
    ]


def test_line_of_what_is_not_there_is_that_of_its_holder() -> None:
    """
    A missing member is reported where it is missing.
    """
    assert JsonLines('{\n"a": {\n"b": 1}}').line(("a", "x", "y")) == 2


def test_lines_of_json_without_line_breaks_are_all_the_first() -> None:
    """
    A document may be one line.
    """
    assert JsonLines('{"a": {"b": 1}}').line(("a", "b")) == 1
