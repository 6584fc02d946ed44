"""The schemas of our own YAML: our files fit them, also for an editor, and what does not fit is named with its line."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from conformance.target.profile import Writes, load_profile
from mock_server.worlds.seeding import seed_records
from specs.document_schemas import SCHEMAS, load_schema, misfits, schema_file
from specs.editions import apply_edition
from specs.flaws import CasepactError
from specs.loading import load_contract, load_ledger
from specs.references import bundle
from specs.roles import Comparison, load_roles
from specs.source import FIXTURES, PACKAGE, parse, read
from specs.statements import Proof, Refusal, Standing

LINE = re.compile(r"# yaml-language-server: \$schema=(\S+)\n")
KINDS = {
    "ledger": sorted(PACKAGE.glob("*/statements.yaml")),
    "roles": sorted(PACKAGE.glob("*/roles.yaml")),
    "fixture": sorted(path for path in FIXTURES.glob("*/*.yaml") if path.parent.name != "targets"),
    "profile": sorted((FIXTURES / "targets").glob("*.yaml")),
}
"""Our files, by the schema that they name."""
FILES = [
    pytest.param(kind, path, id=f"{path.parent.name}/{path.name}") for kind, paths in KINDS.items() for path in paths
]
SCHEMA_FILES = sorted(SCHEMAS.glob("*.schema.json"))

EDITION = "summary: The title may be longer.\nevidence: A mail.\noverrides: [{at: /info, set: {}}]\n"


class Core(yaml.SafeLoader):
    """YAML 1.2, as editors read it: no dates."""


Core.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith(":timestamp")]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.mark.parametrize(("kind", "path"), FILES)
def test_file_names_the_schema_of_its_kind_in_its_first_line(kind: str, path: Path) -> None:
    """
    An editor finds the schema from the file, in a checkout.
    """
    found = LINE.match(path.read_text(encoding="utf-8"))

    assert found is not None
    assert (path.parent / found[1]).resolve() == schema_file(kind).resolve()


@pytest.mark.parametrize(("kind", "path"), FILES)
def test_file_fits_its_schema_in_an_editor(kind: str, path: Path) -> None:
    """
    A validator that knows nothing of ours finds no fault with the file as other YAML readers read it.
    """
    data = yaml.load(path.read_text(encoding="utf-8"), Loader=Core)

    assert [error.message for error in jsonschema.Draft7Validator(load_schema(kind)).iter_errors(data)] == []


@pytest.mark.parametrize("api", ["aicc", "control", "egain", "onlyoffice", "r7office"])
def test_contract_fits_its_schema(api: str) -> None:
    """
    What the code relies on in a contract stands there, for a validator that knows nothing of ours.
    """
    home = PACKAGE / api
    data = bundle(read(home / "openapi.yaml"), home).data

    assert [error.message for error in jsonschema.Draft7Validator(load_schema("contract")).iter_errors(data)] == []


def test_edition_fits_its_schema() -> None:
    """
    An edition is judged alike by an editor.
    """
    assert jsonschema.Draft7Validator(load_schema("edition")).is_valid(parse(EDITION, "e.yaml").data)


@pytest.mark.parametrize("path", SCHEMA_FILES, ids=lambda path: path.name)
def test_schema_is_one_of_draft_07(path: Path) -> None:
    """
    Editors of YAML read draft 07; of newer drafts many read a part.
    """
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)

    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"


@pytest.mark.parametrize("path", SCHEMA_FILES, ids=lambda path: path.name)
def test_each_key_is_described(path: Path) -> None:
    """
    An editor shows what a key is for.
    """
    schema = json.loads(path.read_text(encoding="utf-8"))

    assert [place for place, node in properties(schema, "") if not str(node.get("description", "")).endswith(".")] == []


@pytest.mark.parametrize("path", SCHEMA_FILES, ids=lambda path: path.name)
def test_reference_stands_alone(path: Path) -> None:
    """
    In draft 07 nothing beside a `$ref` counts, its description included.
    """
    schema = json.loads(path.read_text(encoding="utf-8"))

    assert [node for node in nodes(schema) if "$ref" in node and len(node) > 1] == []


@pytest.mark.parametrize("path", SCHEMA_FILES, ids=lambda path: path.name)
def test_keyword_that_explains_nothing_has_its_sentence(path: Path) -> None:
    """
    What a pattern, a range or a choice asks for is said by `x-flaw`.
    """
    dumb = {"pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "oneOf", "maxProperties", "format"}
    schema = json.loads(path.read_text(encoding="utf-8"))
    silent = [
        node
        for node in nodes(schema)
        if "x-flaw" not in node and any(isinstance(node.get(key), str | int | list) for key in dumb)
    ]

    assert silent == []


@pytest.mark.parametrize(
    ("kind", "pointer", "words"),
    [
        ("ledger", ("definitions", "fact", "properties", "standing"), Standing),
        ("ledger", ("definitions", "fact", "properties", "proof"), Proof),
        ("ledger", ("definitions", "statement", "properties", "proof"), Proof),
        ("ledger", ("definitions", "fact", "properties", "refusal"), Refusal),
        ("ledger", ("definitions", "statement", "properties", "refusal"), Refusal),
        ("profile", ("properties", "writes"), Writes),
    ],
)
def test_words_of_a_schema_are_those_of_the_code(kind: str, pointer: tuple[str, ...], words: type[StrEnum]) -> None:
    """
    A word that the code knows is one that the schema takes, and no other is.
    """
    node: Any = load_schema(kind)
    for part in pointer:
        node = node[part]

    assert node["enum"] == list(words)


def test_conditions_of_a_schema_are_those_of_the_code() -> None:
    """
    Each comparison is a key of a condition.
    """
    condition = load_schema("roles")["definitions"]["condition"]

    assert [part["required"] for part in condition["allOf"][0]["oneOf"]] == [[word] for word in Comparison]
    assert set(condition["properties"]) == {"at", "of", "says", *Comparison}


def spoilt(folder: Path, kind: str) -> None:
    """Read a file of this kind that lacks what it needs in its second line."""
    home = folder / "aicc"
    home.mkdir()
    if kind == "ledger":
        (home / "statements.yaml").write_text("api: aicc\nstatement: []\n")
        load_ledger("aicc", folder=folder)
    elif kind == "roles":
        (home / "roles.yaml").write_text("actors:\n  ann: {}\n")
        load_roles("aicc", folder=folder)
    elif kind == "edition":
        (home / "editions").mkdir()
        (home / "editions" / "new.yaml").write_text(EDITION.replace("evidence", "evidense"))
        apply_edition(read(PACKAGE / "aicc" / "openapi.yaml"), home, "new")
    elif kind == "fixture":
        (home / "default.yaml").write_text("api: aicc\nrecords: []\n")
        seed_records(load_contract("aicc", with_ledger=False), folder)
    elif kind == "contract":
        (home / "openapi.yaml").write_text("openapi: 3.0.3\ninfo: []\n")
        load_contract("aicc", folder=folder, with_ledger=False)
    else:
        (folder / "t.yaml").write_text("apis: {}\nwrites: some\n")
        load_profile(str(folder / "t.yaml"))


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("ledger", "/aicc/statements.yaml:2: has an unknown key 'statement'. Did you mean 'statements'?"),
        ("roles", "/aicc/roles.yaml:2, actors/ann: needs `says`: what it is, for whoever fills in a profile."),
        ("edition", "/aicc/editions/new.yaml:2, new: has an unknown key 'evidense'. Did you mean 'evidence'?"),
        ("fixture", "/aicc/default.yaml:2, records: must be a mapping."),
        ("contract", "/aicc/openapi.yaml:2, info: must be a mapping."),
        ("profile", "/t.yaml:2: `writes` is one of none, reversible, allowed."),
    ],
)
def test_broken_file_is_refused_with_file_and_line(kind: str, told: str, tmp_path: Path) -> None:
    """
    Each kind of document is refused with its place, what is wrong and what would be right.
    """
    with pytest.raises(CasepactError) as caught:
        spoilt(tmp_path, kind)

    assert f"{os.fspath(tmp_path)}{told}" in str(caught.value).splitlines()


def test_element_of_another_type_is_reported_as_that_alone() -> None:
    """
    Where a text stands in place of a mapping, nothing is said of the members that it lacks.
    """
    found = misfits("roles", {"records": {"case.open": {"says": "A case.", "presumes": ["x"]}}})

    assert [(misfit.path, misfit.message, misfit.misshapen) for misfit in found] == [
        ("records/case.open/presumes/0", "must be a mapping.", True)
    ]


def test_half_of_a_surrogate_pair_is_a_misfit() -> None:
    """
    A text that no UTF-8 can hold is reported, not a traceback.
    """
    assert [misfit.message for misfit in misfits("ledger", {"api": "a", "facts": [{"id": "\ud800"}]})] == [
        "holds half of a surrogate pair, which is not a character."
    ]


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every mapping of a schema."""
    if isinstance(node, dict):
        yield node
    for member in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(member)


def properties(node: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every known key of a schema, where it stands; parts that only narrow what is described elsewhere left out."""
    if isinstance(node, list):
        for item in node:
            yield from properties(item, place)
    elif isinstance(node, dict):
        for key, member in node.items():
            if key == "properties":
                for name, schema in member.items():
                    yield f"{place}/{name}", schema
                    yield from properties(schema, f"{place}/{name}")
            elif key not in ("if", "then", "oneOf", "allOf"):
                yield from properties(member, f"{place}/{key}")
