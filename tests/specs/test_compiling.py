"""Compiling: what a contract becomes, and every flaw with the line it stands on."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from specs import references
from specs.compiling import ENGINE_REFUSALS, compile_contract
from specs.contract import TokenPlaces, fill
from specs.flaws import FlawedDocument, UnknownName
from specs.source import Document, Pointer, parse
from specs.statements import read_ledger
from tests.specs.small_api import CONTRACT, LEDGER, changed, contract, contract_flaws, ledger, line

PUT = "        - {name: id, in: path, required: true, schema: {type: string}}\n      requestBody:"
METHOD = "method: {status: 405, statement: SHF-1, body: null}"


def at(text: str, part: str) -> str:
    """The place of the first line that holds `part`, as flaws print it."""
    return f"openapi.yaml:{line(text, part)}"


def test_operations_are_found_by_their_id() -> None:
    """
    An operation knows its method and path.
    """
    operation = contract().operation("changeItem")

    assert (operation.method, operation.path) == ("PUT", "/items/{id}")


def test_unknown_operation_is_refused_with_the_nearest() -> None:
    """
    Asking for an operation that does not exist names the one that was meant.
    """
    with pytest.raises(UnknownName, match=r"no operation is named 'changeItm'\. Did you mean 'changeItem'\?"):
        contract().operation("changeItm")


def test_supporting_operation_is_not_documented() -> None:
    """
    Supporting operations are counted apart from those of the pages.
    """
    assert [operation.id for operation in contract().documented()] == ["changeItem"]


def test_security_of_the_document_holds_for_its_operations() -> None:
    """
    An operation that says nothing about security has the document's.
    """
    assert contract().operation("readItem").security == (("token",),)


def test_empty_security_of_an_operation_lifts_the_documents() -> None:
    """
    An operation may need no credential.
    """
    text = changed(CONTRACT, "x-supporting: true", "security: []")

    assert contract(text).operation("readItem").security == ()


@pytest.mark.parametrize("key", ["x-refers-to", "x-keys-refer-to"])
def test_reference_to_what_is_not_stored_is_a_flaw(key: str) -> None:
    """
    Values and keys refer to collections that fixtures may have.
    """
    text = changed(CONTRACT, "x-records:", f"x-actors: {{type: object, {key}: item}}\nx-records:")

    assert contract_flaws(text) == [
        f"{at(text, 'x-actors')}, x-actors/{key}: x-records stores no 'item'. Did you mean 'items'?"
    ]


def test_success_of_the_document_holds_for_its_operations() -> None:
    """
    An operation that says nothing about success has the document's rule.
    """
    assert contract().operation("readItem").success == {"/code": "0"}


def test_success_of_an_operation_overrides_the_documents() -> None:
    """
    An operation may have a rule of its own.
    """
    text = changed(CONTRACT, "x-supporting: true", "x-success: {}")

    assert contract(text).operation("readItem").success == {}


def test_refusal_of_an_operation_overrides_a_single_kind() -> None:
    """
    An operation may word one refusal differently and keep the others.
    """
    text = changed(CONTRACT, "x-supporting: true", "x-refusals: {method: {status: 400, statement: SHF-2, body: null}}")
    refusals = contract(text).operation("readItem").refusals

    assert (refusals["method"].status, refusals["no-route"].status) == (400, 404)


def test_parameter_of_the_path_holds_for_each_operation() -> None:
    """
    A parameter beside the methods is each method's.
    """
    text = changed(CONTRACT, "  /items/{id}:\n", "  /items/{id}:\n    parameters: [{name: q, in: query, schema: {}}]\n")

    assert [parameter.name for parameter in contract(text).operation("readItem").parameters] == ["q", "id"]


def test_referenced_parameter_is_followed() -> None:
    """
    A parameter may stand among the components.
    """
    text = changed(CONTRACT, PUT, '        - {$ref: "#/components/parameters/Id"}\n      requestBody:')
    text += "  parameters:\n    Id: {name: id, in: path, required: true, x-role: item.open, schema: {type: string}}\n"

    assert contract(text).operation("changeItem").parameters[0].role == "item.open"


LEFT = "      parameters:\n        - {name: id, in: path, required: true, schema: {type: string}}\n      requestBody:"


def leaving_alone(words: str) -> str:
    """The contract with this `x-leaves-alone` of its operation."""
    return changed(CONTRACT, LEFT, f"      x-leaves-alone: {{{words}}}\n{LEFT}")


def test_operation_knows_what_it_leaves_alone() -> None:
    """
    A member of a record has the statement that is named for it, or the one of all members.
    """
    text = leaving_alone('record: SH-1, others: SH-3, members: {price: SHF-1}, sets: {"/tags/{id}": true}')
    alone = contract(text).operation("changeItem").leaves_alone

    assert alone is not None
    assert (alone.kept_by("price"), alone.kept_by("title"), alone.sets) == (("SHF-1",), ("SH-1",), {"/tags/{id}": True})


@pytest.mark.parametrize(
    ("words", "flaw"),
    [
        ("record: SH-1", "needs `others`: the statements that other records stay."),
        ("record: SH-9, others: SH-3", "no statement is named 'SH-9'."),
        ('record: SH-1, others: SH-3, sets: {"/tags/{idd}": }', "'/tags/{idd}' names 'idd', which is not an argument"),
        ("record: SH-1, others: SH-3, sets: {tags: }", "a place looks like /members/{contactid}, not 'tags'."),
        ("record: SH-1, others: SH-3, other: SH-3", "has an unknown key 'other'. Did you mean 'others'?"),
    ],
)
def test_wrong_words_about_what_is_left_alone_are_flaws(words: str, flaw: str) -> None:
    """
    An unknown statement, argument or key and a malformed place are reported.
    """
    assert [text for text in contract_flaws(leaving_alone(words)) if flaw in text] != []


def test_headers_of_a_response_are_found_in_lower_case() -> None:
    """
    Header names are looked up without their capitals.
    """
    text = changed(
        CONTRACT,
        '"200": {description: The item.}',
        '"200": {description: d, headers: {X-Page: {schema: {type: integer}}}}',
    )

    assert list(contract(text).operation("readItem").responses[200].headers) == ["x-page"]


def test_check_that_is_off_keeps_its_reason() -> None:
    """
    A generated check is charged to a statement or off for a reason.
    """
    checks = contract().checks

    assert (checks["not_a_server_error"].statement, checks["use_after_free"].off) == ("SHF-1", "Nothing is removed.")


def test_statement_is_carried_where_it_stands() -> None:
    """
    The contract knows every line that carries an id.
    """
    assert [str(place) for place in contract().carried["SH-3"]] == [
        at(CONTRACT, "x-statement: [SH-1, SH-3]"),
        at(CONTRACT, "x-statement: SH-3"),
    ]


def test_statement_that_nothing_carries_is_not_carried() -> None:
    """
    A statement of the ledger without an element is absent from what is carried.
    """
    assert "SH-2" not in contract().carried


def test_body_of_a_refusal_is_filled_in_at_any_depth() -> None:
    """
    {detail} and {name} are replaced in texts, members and items; other braces and other types are kept.
    """
    template = {"a": ["{detail}", 5, None], "b": "{name}: {other}"}

    assert fill(template, {"detail": "d", "name": "n"}) == {"a": ["d", 5, None], "b": "n: {other}"}


@pytest.mark.parametrize("version", ["3.1.0", "2.0", "3"])
def test_other_version_of_openapi_is_refused(version: str) -> None:
    """
    Only 3.0.x is read.
    """
    text = changed(CONTRACT, "openapi: 3.0.3", f'openapi: "{version}"')

    assert contract_flaws(text) == ["openapi.yaml:1, openapi: only OpenAPI 3.0.x documents are read."]


def test_document_that_is_no_mapping_is_refused() -> None:
    """
    A list in place of a document is reported to be none.
    """
    assert contract_flaws("- a\n") == ["openapi.yaml:1: must be a mapping."]


def test_unknown_key_of_the_document_is_refused_with_the_nearest() -> None:
    """
    A misspelt key would be ignored in silence, so it is refused.
    """
    text = changed(CONTRACT, "x-default-actor:", "x-defualt-actor:")

    assert contract_flaws(text) == [
        (
            f"{at(text, 'x-defualt-actor')}, x-defualt-actor: "
            "has an unknown key 'x-defualt-actor'. Did you mean 'x-default-actor'?"
        )
    ]


def test_unknown_keyword_of_a_schema_is_refused() -> None:
    """
    A misspelt keyword would judge nothing, so it is refused on its line.
    """
    text = changed(CONTRACT, "maxLength: 5", "maxLenght: 5")

    assert (
        f"{at(text, 'maxLenght: 5')}, components/schemas/Item: 'maxLenght' is not a keyword of an OpenAPI 3.0 schema."
    ) in contract_flaws(text)


def test_unknown_format_is_refused_with_the_known() -> None:
    """
    A format that nobody enforces is refused on its line.
    """
    text = changed(CONTRACT, "          maxLength: 5\n", "          maxLength: 5\n          format: phone\n")

    assert [flaw.partition(" Known: ")[0] for flaw in contract_flaws(text)][-1] == (
        f"{at(text, 'format: phone')}, components/schemas/Item: the format 'phone' is not enforced."
    )


def test_unknown_statement_is_refused_with_the_nearest() -> None:
    """
    An element that carries an id which the ledger does not have is refused with the one that was meant.
    """
    text = changed(CONTRACT, "{maxLength: SH-1}", "{maxLength: SH-11}")

    assert contract_flaws(text) == [
        f"{at(text, 'SH-11')}, components/schemas/Item: no statement is named 'SH-11'. Did you mean 'SH-1'?"
    ]


@pytest.mark.parametrize(
    ("old", "new", "subject"),
    [
        ("not_a_server_error: SHF-1", "not_a_server_error: ZZ-9", "x-checks/not_a_server_error"),
        (METHOD, METHOD.replace("SHF-1", "ZZ-9"), "x-refusals/method"),
        ("[SH-1, SH-3]", "[SH-1, ZZ-9]", "changeItem"),
    ],
)
def test_unknown_statement_is_refused_wherever_it_stands(old: str, new: str, subject: str) -> None:
    """
    Checks, refusals and samples carry statements too.
    """
    text = changed(CONTRACT, old, new)

    assert [flaw.partition(", ")[2] for flaw in contract_flaws(text)] == [f"{subject}: no statement is named 'ZZ-9'."]


def test_statement_id_inside_an_example_is_data() -> None:
    """
    A member called `x-statement` in an example of a schema is no claim of ours.
    """
    text = changed(
        CONTRACT, "          x-statement: SH-3\n", "          x-statement: SH-3\n          example: {x-statement: 5}\n"
    )

    assert "5" not in contract(text).carried


def test_doubled_operation_id_names_both_lines() -> None:
    """
    Two operations of one name are refused: one of them would never be reached.
    """
    text = changed(CONTRACT, "operationId: readItem\n", "operationId: changeItem\n")

    assert (
        f"{at(text, '    put:')}, changeItem: operationId 'changeItem' stands at {at(text, '    get:')} too."
    ) in contract_flaws(text)


def test_operation_without_an_id_is_refused() -> None:
    """
    An operation needs its name.
    """
    text = changed(CONTRACT, "      operationId: readItem\n", "")

    assert f"{at(text, '    get:')}, paths//items/{{id}}/get: needs an operationId." in contract_flaws(text)


def test_path_without_its_parameter_is_refused() -> None:
    """
    The path's names and the path parameters are the same.
    """
    text = changed(CONTRACT, PUT, PUT.replace("name: id", "name: itemId"))

    assert contract_flaws(text) == [
        f"{at(text, '    put:')}, changeItem: the path names ['id'], the path parameters are ['itemId']."
    ]


def test_parameter_in_the_body_is_refused() -> None:
    """
    A parameter stands in the path, the query, a header or a cookie.
    """
    text = changed(CONTRACT, PUT, PUT.replace("      requestBody", "        - {name: b, in: body}\n      requestBody"))

    assert contract_flaws(text) == [
        f"{at(text, 'in: body')}, changeItem: `in` is path, query, header or cookie, not 'body'."
    ]


@pytest.mark.parametrize("name", ["Accept", "content-type", "Authorization"])
def test_header_that_openapi_ignores_is_refused(name: str) -> None:
    """
    OpenAPI 3.0 ignores three header parameters, and the libraries below do not agree on it; they are rules instead.
    """
    text = changed(
        CONTRACT, PUT, PUT.replace("      requestBody", f"        - {{name: {name}, in: header}}\n      requestBody")
    )

    assert contract_flaws(text) == [
        f"{at(text, 'in: header}')}, changeItem: OpenAPI 3.0 ignores the header parameter '{name}'; make it a rule."
    ]


def test_example_that_breaks_its_schema_is_refused() -> None:
    """
    An example is judged by the schema beside it and reported with the member that breaks it.
    """
    text = changed(CONTRACT, "{title: ink}", "{title: inkwell}")

    assert contract_flaws(text) == [
        (
            f"{at(text, 'inkwell')}, changeItem: "
            "example 'page' breaks its schema at /title: \"inkwell\" is longer than 5 characters."
        )
    ]


def test_example_that_is_no_json_is_not_judged() -> None:
    """
    An example in XML is text, which its schema cannot judge.
    """
    text = changed(CONTRACT, "{title: ink}", "<title>inkwell</title>")
    text = changed(
        text,
        '          application/json:\n            schema: {$ref: "#/components/schemas/Item"}',
        '          text/xml:\n            schema: {$ref: "#/components/schemas/Item"}',
    )
    text = changed(text, "media: application/json", "media: text/xml")

    assert contract(text).operation("changeItem").body["text/xml"].examples == {"page": "<title>inkwell</title>"}


def test_sample_without_a_statement_is_refused() -> None:
    """
    A sample is there for the statements it shows.
    """
    text = changed(CONTRACT, "          x-statement: [SH-1, SH-3]\n", "")
    place = at(text, "        page:\n          path")

    assert contract_flaws(text) == [f"{place}, changeItem: a sample needs the statements it shows (x-statement)."]


def test_sample_of_an_unknown_example_is_refused() -> None:
    """
    A sample's body names an example of the request body.
    """
    text = changed(CONTRACT, "body: page", "body: pgae")

    assert [flaw.partition(": ")[2] for flaw in contract_flaws(text)] == [
        "sends the example 'pgae' as application/json, which the body does not have."
    ]


@pytest.mark.parametrize("refusal", ["{statement: SHF-1, body: null}", "{status: '405', statement: SHF-1}"])
def test_refusal_without_a_status_is_refused(refusal: str) -> None:
    """
    A refusal needs its status, as a number.
    """
    text = changed(CONTRACT, METHOD, f"method: {refusal}")

    assert (
        f"{at(text, '  method: ')}, x-refusals/method: a refusal needs `status`, `statement` and `body`."
    ) in contract_flaws(text)


@pytest.mark.parametrize("kind", ENGINE_REFUSALS)
def test_kind_of_refusal_that_nobody_words_is_refused(kind: str) -> None:
    """
    The document words every refusal that the engine can give.
    """
    text = "\n".join(row for row in CONTRACT.splitlines() if not row.startswith(f"  {kind}: "))

    assert contract_flaws(text) == [f"{at(text, 'x-refusals:')}, x-refusals: says nothing about the refusal '{kind}'."]


def test_refusal_that_breaks_its_response_is_refused() -> None:
    """
    A refusal's body must fit the schema that the operation documents for its status.
    """
    text = changed(
        CONTRACT,
        'missing-body: {status: 400, statement: SHF-1, body: {code: "1"}}',
        "missing-body: {status: 400, statement: SHF-1, body: {code: 1}}",
    )

    assert contract_flaws(text) == [
        (
            f"{at(text, '    put:')}, changeItem: "
            "the refusal 'missing-body' breaks the 400 schema: 1 is not of type \"string\"."
        )
    ]


def test_unknown_security_scheme_is_refused_with_the_nearest() -> None:
    """
    Security names a scheme that the components define.
    """
    text = changed(CONTRACT, "x-supporting: true", "security: [{tokn: []}]")

    assert contract_flaws(text) == [
        f"{at(text, '    get:')}, readItem: no security scheme is named 'tokn'. Did you mean 'token'?"
    ]


def test_security_scheme_of_an_unsupported_type_is_refused() -> None:
    """
    A scheme that the mock could not check is refused.
    """
    text = changed(CONTRACT, "type: apiKey", "type: openIdConnect")

    assert contract_flaws(text) == [
        f"{at(text, 'openIdConnect')}, components/securitySchemes/token: the type 'openIdConnect' is not supported."
    ]


def test_link_to_an_unknown_operation_is_refused_with_the_nearest() -> None:
    """
    A link leads to an operation of the contract.
    """
    text = changed(CONTRACT, "read: {operationId: readItem", "read: {operationId: readItm")

    assert contract_flaws(text) == [
        (
            f"{at(text, '    put:')}, changeItem: "
            "link 'read' leads to 'readItm', which does not exist. Did you mean 'readItem'?"
        )
    ]


@pytest.mark.parametrize("status", ["2XX", "default"])
def test_range_of_statuses_is_refused(status: str) -> None:
    """
    A response is documented for one status.
    """
    text = changed(CONTRACT, '"200": {description: The item.}', f"{status}: {{description: The item.}}")

    assert f"{at(text, f'{status}: ')}, readItem: is not a single status code." in contract_flaws(text)


def test_unknown_style_of_member_names_is_refused() -> None:
    """
    Members are spelt in one of two styles.
    """
    text = CONTRACT + "x-member-names: {style: kebab-case}\n"

    assert contract_flaws(text) == [
        (
            f"{at(text, 'x-member-names')}, x-member-names/style: "
            "`style` is one of camelCase, PascalCase, not 'kebab-case'."
        )
    ]


def test_unknown_words_of_xml_are_refused() -> None:
    """
    Truth values and empty elements are written in one of two ways each.
    """
    text = CONTRACT + "x-xml: {root: r, booleans: upper, empty: pair}\n"

    assert contract_flaws(text) == [
        f"{at(text, 'x-xml')}, x-xml/booleans: `booleans` is one of lower, title, not 'upper'."
    ]


@pytest.mark.parametrize("section", ["x-member-names", "x-xml", "x-format-suffixes"])
def test_section_of_another_shape_is_refused(section: str) -> None:
    """
    A text where a mapping is expected is refused by line.
    """
    text = f"{CONTRACT}{section}: text\n"

    assert contract_flaws(text) == [f"{at(text, f'{section}: text')}, {section}: must be a mapping."]


def test_flaws_are_reported_together_by_line() -> None:
    """
    Every flaw of a document is reported at once, in the order of the lines.
    """
    text = changed(CONTRACT, "x-default-actor:", "x-actor:")
    text = changed(text, "{title: ink}", "{title: inkwell}")
    text = changed(text, "operationId: readItem, ", "operationId: readItm, ")
    text = changed(text, "type: number", "typ: number")
    text = changed(text, "{maxLength: SH-1}", "{maxLength: SH-11}")

    assert [flaw.partition(", ")[0] for flaw in contract_flaws(text)] == [
        at(text, "x-actor"),
        at(text, "    put:"),
        at(text, "inkwell"),
        at(text, "SH-11"),
        at(text, "typ: number"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("not_a_server_error: SHF-1", "not_a_server_error: {of: x}", "has an unknown key 'of'. Did you mean 'off'?"),
        (
            "not_a_server_error: SHF-1",
            "not_a_server_error: {}",
            "names a statement, or says why it is off: {off: reason}.",
        ),
        (METHOD, "method: 5", "must be a mapping."),
        ("x-supporting: true", "security: 5", "must be a list."),
        ("maxLength: 5", "allOf: 5", "must be a list."),
        ("maxLength: 5", "format: [a]", "must be text."),
        ("type: number", "format: int32\n          minimum: a", "must be a number."),
    ],
)
def test_element_of_another_shape_is_refused(old: str, new: str, message: str) -> None:
    """
    What cannot be read as its place asks is one flaw, not a traceback.
    """
    assert [flaw.partition(": ")[2] for flaw in contract_flaws(changed(CONTRACT, old, new))] == [message]


def test_refusal_without_a_statement_is_not_looked_up() -> None:
    """
    A missing statement is reported as missing, not as one named 'None'.
    """
    text = changed(CONTRACT, METHOD, "method: {status: 405, body: null}")

    assert [flaw.partition(", ")[2] for flaw in contract_flaws(text)] == [
        "x-refusals: says nothing about the refusal 'method'.",
        "x-refusals/method: a refusal needs `status`, `statement` and `body`.",
    ]


@pytest.mark.parametrize(
    ("style", "lacking"),
    [
        ("{root: r}", ["booleans", "empty"]),
        ("{root: r, booleans: lower}", ["empty"]),
        ("{root: r, empty: pair}", ["booleans"]),
    ],
)
def test_xml_without_its_words_is_refused(style: str, lacking: list[str]) -> None:
    """
    How truth values and empty elements are written must be said.
    """
    text = f"{CONTRACT}x-xml: {style}\n"

    words = {"booleans": "lower, title", "empty": "pair, single"}
    assert contract_flaws(text) == [
        f"{at(text, 'x-xml')}, x-xml: needs `{name}`, one of {words[name]}." for name in lacking
    ]


def test_operation_without_a_success_is_refused() -> None:
    """
    An operation documents how it answers when it succeeds.
    """
    text = changed(CONTRACT, '"200": {description: The item.}', '"404": {description: d}')

    assert contract_flaws(text) == [
        f"{at(text, '    get:')}, readItem: documents no success; add a response with a 2xx status."
    ]


@pytest.mark.parametrize("target", ["#/components/parameters/Id", "#/info", "#/components/parameters/No"])
def test_component_that_leads_to_none_is_refused(target: str) -> None:
    """
    A reference that leads back to itself, elsewhere or nowhere is reported where it stands.
    """
    text = changed(CONTRACT, PUT, f'        - {{$ref: "{target}"}}\n      requestBody:')
    text += "  parameters:\n    Id: {$ref: '#/components/parameters/Id'}\n"

    assert f"{at(text, target)}, changeItem: $ref " in "".join(contract_flaws(text))


def test_flaw_of_an_operations_parameter_names_its_line_beside_those_of_the_path() -> None:
    """
    A path's parameters are counted apart from the operation's.
    """
    text = changed(CONTRACT, "  /items/{id}:\n", "  /items/{id}:\n    parameters: [{name: q, in: query, schema: {}}]\n")
    text = changed(text, PUT, PUT.replace("      requestBody", "        - {name: b, in: body}\n      requestBody"))

    assert [flaw.partition(", ")[0] for flaw in contract_flaws(text)] == [at(text, "in: body")]


@pytest.mark.parametrize("name", ["example", "default", "enum"])
def test_statement_of_a_member_named_like_a_keyword_is_carried(name: str) -> None:
    """
    A property may be called `example`; what its schema carries counts.
    """
    text = changed(CONTRACT, "        price:\n", f"        {name}:\n")

    assert len(contract(text).carried["SH-3"]) == 2


def _pointers(value: Any, pointer: Pointer = ()) -> Iterator[Pointer]:
    yield pointer
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from _pointers(member, (*pointer, key))


def _spoilt(text: str) -> Iterator[tuple[str, Document]]:
    """The document with each of its nodes in turn replaced by each of a few values, or taken away."""
    whole = parse(text, "a.yaml")
    for pointer in _pointers(whole.data):
        for value in (None, 5, "x", [], {}, True, *([...] if pointer else [])):
            data = copy.deepcopy([whole.data])
            path = (0, *pointer)
            holder = references.at(data, path[:-1])
            if value is not ...:
                holder[path[-1]] = copy.copy(value)
            else:
                del holder[path[-1]]
            yield f"{value} at {pointer}", replace(whole, data=data[0])


def test_no_spoilt_contract_makes_a_traceback(tmp_path: Path) -> None:
    """
    Whatever stands in place of a node of a contract, only flaws are reported.
    """
    shared = ledger()
    for name, document in _spoilt(CONTRACT):
        try:
            with suppress(FlawedDocument):
                compile_contract(references.bundle(document, tmp_path), shared, "shop", "documented")
        except Exception as error:
            error.add_note(name)
            raise


def test_no_spoilt_ledger_makes_a_traceback() -> None:
    """
    Whatever stands in place of a node of a ledger, only flaws are reported.
    """
    for name, document in _spoilt(LEDGER):
        try:
            with suppress(FlawedDocument):
                read_ledger(document)
        except Exception as error:
            error.add_note(name)
            raise


def test_path_pattern_that_is_no_regular_expression_is_reported() -> None:
    """
    A pattern that nothing can match is a flaw of the contract, not a traceback of the mock.
    """
    old = "{name: id, in: path, required: true, schema: {type: string}}"
    text = changed(CONTRACT, f"{old}\n      requestBody:", f"{old[:-1]}, x-path-pattern: '['}}\n      requestBody:")

    assert (
        [flaw for flaw in contract_flaws(text) if "is not a regular expression" in flaw] == contract_flaws(text) != []
    )


def test_parameter_of_an_operation_overrides_that_of_its_path() -> None:
    """
    OpenAPI 3.0.3: of two parameters with one name in one place, the operation's counts.
    """
    shared = "parameters: [{name: id, in: path, required: true, schema: {type: integer}}]"
    found = contract(changed(CONTRACT, "  /items/{id}:\n", f"  /items/{{id}}:\n    {shared}\n")).operations["readItem"]

    assert [(item.name, item.schema.document) for item in found.parameters] == [("id", {"type": "string"})]


def test_path_may_have_several_parameters_in_a_segment() -> None:
    """
    Every name in braces is a parameter of the path.
    """
    text = CONTRACT.replace("/items/{id}", "/items/{id}.{kind}")

    assert {flaw.partition(": ")[2] for flaw in contract_flaws(text)} == {
        "the path names ['id', 'kind'], the path parameters are ['id']."
    }


def test_parameter_of_a_media_type_has_its_schema() -> None:
    """
    The schema of a parameter may stand under a media type.
    """
    own = "{name: q, in: query, content: {application/json: {schema: {type: object}}}}"
    text = changed(CONTRACT, PUT, PUT.replace("      requestBody", f"        - {own}\n      requestBody"))
    found = contract(text).operations["changeItem"].parameters[-1]

    assert (found.media, found.schema.document) == ("application/json", {"type": "object"})


def test_style_that_its_place_does_not_have_is_reported() -> None:
    """
    OpenAPI 3.0.3, Style Values: each place has its styles.
    """
    own = "{name: q, in: query, style: simple, schema: {}}"
    text = changed(CONTRACT, PUT, PUT.replace("      requestBody", f"        - {own}\n      requestBody"))

    assert [flaw.partition(": ")[2] for flaw in contract_flaws(text)] == [
        "is form or spaceDelimited or pipeDelimited or deepObject in a query, not 'simple'."
    ]


def test_places_of_a_token_are_pointers() -> None:
    """
    Where an answer holds a token is compiled as it stands, and what is not a pointer is reported with its line.
    """
    right = changed(
        CONTRACT, "      operationId: changeItem\n", "      operationId: changeItem\n      x-token: {token: /a/b}\n"
    )
    wrong = right.replace("/a/b", "a.b")

    assert contract(right).operation("changeItem").token == TokenPlaces("/a/b", "")
    reported = "a JSON pointer into the answer looks like /access_token, not 'a.b'."
    assert contract_flaws(wrong) == [f"openapi.yaml:{line(wrong, 'x-token')}, changeItem: {reported}"]


def test_path_that_names_a_parameter_twice_is_a_flaw() -> None:
    """
    A server could not say which of the two texts is meant; the mock of a contract of ours does not start.
    """
    text = changed(CONTRACT, "/items/{id}:", "/items/{id}/{id}:")
    flaw = "the path names 'id' twice; give each of its parameters a name of its own."

    assert f"{at(text, 'put:')}, changeItem: {flaw}" in contract_flaws(text)
