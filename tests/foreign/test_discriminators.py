"""Discriminators of foreign contracts: the branch that a value names judges it, and answers are of one branch."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.foreign.contracts import answering, taking

BRANCHES = (
    "Circle: {type: object, required: [kind], properties: {kind: {type: string}, r: {type: number}}}, "
    "Square: {type: object, required: [kind], properties: {kind: {type: string}, side: {type: number, minimum: 2}}}, "
    "Ring: {type: object, required: [kind, width], properties: {kind: {type: string}, width: {type: integer}}}, "
)
MAPPED = "discriminator: {propertyName: kind, mapping: {circle: '#/components/schemas/Circle', box: Square}}"
SHAPE = f"{{oneOf: [<Circle>, <Square>, <Ring>], {MAPPED}}}"
ANY = f"{{anyOf: [<Circle>, <Square>, <Ring>], {MAPPED}}}"
IMPLICIT = "{oneOf: [<Circle>, <Square>, <Ring>], discriminator: {propertyName: kind}}"
BASE = (
    "Pet: {type: object, required: [sort], properties: {sort: {type: string}}, discriminator: {propertyName: sort, "
    "mapping: {kitty: '#/components/schemas/Cat'}}}, "
    "Cat: {allOf: [<Pet>, {required: [naps], properties: {naps: {type: integer}}}]}, "
    "Dog: {allOf: [<Pet>, {required: [pack], properties: {pack: {type: integer}}}]}, "
)
ROUND = (
    "Pet: {type: object, required: [sort], properties: {sort: {type: string}}, oneOf: [<Cat>, <Dog>], "
    "discriminator: {propertyName: sort}}, "
    "Cat: {allOf: [<Pet>, {required: [naps], properties: {naps: {type: integer}}}]}, "
    "Dog: {allOf: [<Pet>, {required: [pack], properties: {pack: {type: integer}}}]}, "
)


def referring(text: str) -> str:
    """<A> as a reference to the component A."""
    return re.sub(r"<(\w+)>", r"{$ref: '#/components/schemas/\1'}", text)


def refused(folder: Path, schema: str, body: str, components: str = BRANCHES) -> str:
    """Why a JSON body of the schema is refused; "" when it is not."""
    content = f"requestBody: {{required: true, content: {{application/json: {{schema: {schema}}}}}}}"
    client = taking(folder, referring(content), referring(f"components: {{schemas: {{{components}}}}}"))
    answer = client.send("POST", "/a", [("content-type", "application/json")], body.encode())
    assert answer.status in (200, 400)
    return str(answer.header("x-casepact-detail")) if answer.status == 400 else ""


@pytest.mark.parametrize("schema", [SHAPE, ANY, f"{{type: array, items: {SHAPE}}}"])
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"kind": "circle", "r": 2}', ""),
        ('{"kind": "Circle", "r": 2}', ""),
        ('{"kind": "box", "side": 2}', ""),
        ('{"kind": "Square", "side": 2}', ""),
        ('{"kind": "Ring", "width": 2}', ""),
        ('{"kind": "circle", "side": "any"}', ""),
        ('{"kind": "circle", "r": "x"}', '/r: "x" is not of type "number"'),
        ('{"kind": "box", "side": 1}', "/side: 1 is less than the minimum of 2"),
        ('{"kind": "Ring", "r": 2}', '"width" is a required property'),
        ('{"r": 2}', '"kind" is a required property'),
        (
            '{"kind": "oval", "r": 2}',
            '/kind: "oval" is not one of "circle", "box" or 3 other candidates',
        ),
    ],
)
def test_named_branch_judges(tmp_path: Path, schema: str, body: str, reason: str) -> None:
    """
    A branch is named by the mapping or by itself; the refusal names the member of it that is wrong.
    """
    listed = schema.startswith("{type: array")
    found = refused(tmp_path, schema, f"[{body}]" if listed else body)

    assert found.replace("/0: ", "").replace("/0/", "/") == reason


@pytest.mark.parametrize(
    ("schema", "body", "reason"),
    [
        (IMPLICIT, '{"kind": "Circle", "r": 2}', ""),
        (IMPLICIT, '{"kind": "Square", "side": 1}', "/side: 1 is less than the minimum of 2"),
        (IMPLICIT, '{"kind": "box"}', '/kind: "box" is not one of "Circle", "Square" or "Ring"'),
        (f"{{nullable: true, {SHAPE[1:]}", "null", ""),
        (f"{{nullable: true, {SHAPE[1:]}", '{"kind": "box", "side": 1}', "/side: 1 is less than the minimum of 2"),
        (f"{{allOf: [{SHAPE}], nullable: true}}", '{"kind": "Ring"}', '"width" is a required property'),
        (
            f"{{type: object, properties: {{in: {SHAPE}}}}}",
            '{"in": {"kind": "Ring"}}',
            '/in: "width" is a required property',
        ),
        (SHAPE, "[]", 'fits none of the forms that oneOf allows: [] is not of type "object"'),
    ],
)
def test_branch_is_found_wherever_the_choice_stands(tmp_path: Path, schema: str, body: str, reason: str) -> None:
    """
    Without a mapping the components' names count; null and what lies around change nothing.
    """
    found = refused(tmp_path, schema, body)

    assert found == reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"kind": "1", "r": 2}', ""),
        ('{"kind": 1, "r": 2}', ""),
        ('{"kind": 2, "r": 2}', '/kind: 2 is not one of "1", "Ring" or 2 other candidates'),
    ],
)
def test_number_names_a_branch(tmp_path: Path, body: str, reason: str) -> None:
    """
    A name in a mapping is a text; the value that it stands for may be a number.
    """
    schema = "{oneOf: [<Circle>, <Ring>], discriminator: {propertyName: kind, mapping: {'1': <Circle>}}}".replace(
        "'1': <Circle>", "'1': Circle"
    )
    components = BRANCHES.replace("kind: {type: string}, r", "kind: {}, r")

    assert refused(tmp_path, schema, body, components) == reason


@pytest.mark.parametrize("components", [BASE, ROUND])
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"sort": "Dog", "naps": 3}', '"pack" is a required property'),
        ('{"sort": "Dog", "pack": "x"}', '/pack: "x" is not of type "integer"'),
        ('{"naps": 3}', '"sort" is a required property'),
    ],
)
def test_child_of_a_base_judges(tmp_path: Path, components: str, body: str, reason: str) -> None:
    """
    Where a base stands that children take in by `allOf`, the child that a value names judges it.
    """
    assert reason in refused(tmp_path, "<Pet>", body, components).split("; ")


@pytest.mark.parametrize(("components", "name"), [(BASE, "kitty"), (ROUND, "Cat")])
def test_child_of_a_base_is_taken(tmp_path: Path, components: str, name: str) -> None:
    """
    What fits the child that it names fits the base.
    """
    assert refused(tmp_path, "<Pet>", f'{{"sort": "{name}", "naps": 3}}', components) == ""


def test_name_of_the_mapping_leads_to_a_child(tmp_path: Path) -> None:
    """
    A child goes by the name that the base's mapping gives it, and no other name is taken.
    """
    assert (
        refused(tmp_path, "<Pet>", '{"sort": "kitty"}', BASE),
        refused(tmp_path, "<Pet>", '{"sort": "Cow"}', BASE).startswith('/sort: "Cow" is not one of "kitty"'),
        refused(tmp_path, "<Cat>", '{"sort": "Cat", "naps": 1}', BASE),
    ) == ('"naps" is a required property', True, "")


def test_child_of_a_child_is_known(tmp_path: Path) -> None:
    """
    A base stands for the children of its children too.
    """
    components = f"{BASE}Kitten: {{allOf: [<Cat>, {{required: [age], properties: {{age: {{type: integer}}}}}}]}}, "

    assert (
        refused(tmp_path, "<Pet>", '{"sort": "Kitten", "naps": 1, "age": 2}', components),
        refused(tmp_path, "<Pet>", '{"sort": "Kitten", "naps": 1}', components),
    ) == ("", '"age" is a required property')


@pytest.mark.parametrize(
    ("schema", "components", "members"),
    [
        (SHAPE, BRANCHES, {"kind", "r"}),
        (ANY, BRANCHES, {"kind", "r"}),
        (IMPLICIT, BRANCHES, {"kind", "r"}),
        ("<Pet>", BASE, {"sort", "naps"}),
        ("<Pet>", ROUND, {"sort", "naps"}),
    ],
)
def test_answer_is_of_one_branch(tmp_path: Path, schema: str, components: str, members: set[str]) -> None:
    """
    An answer holds the members of the branch that it names, and of no other.
    """
    content, rest = f"{{application/json: {{schema: {schema}}}}}", f"components: {{schemas: {{{components}}}}}"
    found = answering(tmp_path, referring(content), referring(rest)).get("/a").json()

    assert (set(found), found.get("kind", found.get("sort")) in ("circle", "Circle", "kitty", "Cat")) == (members, True)


NESTED = (
    "Note: {type: object, required: [kind, text], properties: {kind: {enum: [note]}, text: {type: string}}}, "
    "Memo: {type: object, required: [kind, body], properties: {kind: {enum: [note]}, body: {type: string}}}, "
    "Call: {type: object, required: [kind, to], properties: {kind: {enum: [call]}, to: {type: string}}}, "
    "Item: {oneOf: [<Memo>, <Call>]}, "
    "Mapped: {oneOf: [<Circle>, <Ring>], discriminator: {propertyName: kind, mapping: {round: Circle, hoop: Ring}}}, "
)


@pytest.mark.parametrize(
    ("inner", "body", "reason"),
    [
        ("Item", '{"kind": "call", "to": "x"}', ""),
        ("Item", '{"kind": "note", "text": "x"}', ""),
        ("Item", '{"kind": "note", "body": "x"}', ""),
        ("Item", '{"kind": "call"}', "fits none of the forms that oneOf allows"),
        ("Item", '{"kind": "fax", "to": "x"}', '/kind: "fax" is not one of'),
        ("Mapped", '{"kind": "hoop", "width": 1}', ""),
        ("Mapped", '{"kind": "hoop"}', '"width" is a required property'),
    ],
)
def test_branch_that_is_a_choice_goes_by_the_names_of_its_branches(
    tmp_path: Path, inner: str, body: str, reason: str
) -> None:
    """
    A branch may be a choice itself: its own branches are named, and a name that others have too is any of theirs.
    """
    schema = f"{{oneOf: [<Note>, <{inner}>], discriminator: {{propertyName: kind}}}}"
    found = refused(tmp_path, schema, body, BRANCHES + NESTED)

    assert found == reason if not reason else reason in found


LISTED = (
    "Note: {type: object, required: [kind], properties: {kind: {enum: [note]}, text: {type: string}}}, "
    "Call: {type: object, required: [kind], properties: {kind: {enum: [call]}, to: {type: string}}}, "
)


@pytest.mark.parametrize(
    ("schema", "components", "answer"),
    [
        ("{type: object, properties: {item: <>}}", LISTED, ""),
        ("{type: object, properties: {item: <>}}", LISTED.replace("[call]", "[call, Call]"), "Call"),
        ("{type: object, required: [item], properties: {item: <>}}", LISTED, "note"),
    ],
)
def test_answer_does_without_a_choice_that_its_discriminator_contradicts(
    tmp_path: Path, schema: str, components: str, answer: str
) -> None:
    """
    Where no branch admits its name, a member that may be left out is; where one does, the value is of that branch.
    """
    choice = "{oneOf: [<Note>, <Call>], discriminator: {propertyName: kind}}"
    content = f"{{application/json: {{schema: {schema.replace('<>', choice)}}}}}"
    found = answering(tmp_path, referring(content), referring(f"components: {{schemas: {{{components}}}}}")).get("/a")

    assert found.json().get("item", {}).get("kind", "") == answer


@pytest.mark.parametrize("limit", ["", "minItems: 1, "])
def test_list_holds_no_item_of_several_branches(tmp_path: Path, limit: str) -> None:
    """
    A value has to fit one branch of a `oneOf` alone, with a discriminator too; a list that must not be empty has some.
    """
    schema = f"{{type: array, {limit}items: {SHAPE}}}"
    content, rest = f"{{application/json: {{schema: {schema}}}}}", f"components: {{schemas: {{{BRANCHES}}}}}"
    found = answering(tmp_path, referring(content), referring(rest)).get("/a").json()

    assert [item["kind"] for item in found] == (["circle"] if limit else [])
