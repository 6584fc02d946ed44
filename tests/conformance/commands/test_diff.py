"""`casepact diff` as a user runs it: files, folders, revisions, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import main
from specs.source import PACKAGE as SPECS
from tests.conformance.contract_diff.documents import document

Printed = pytest.CaptureFixture[str]

OLD = document({"responses": {"200": {"description": "d"}}}, {})
NEW = document(
    {"responses": {"200": {"description": "d"}}, "parameters": [{"name": "q", "in": "query", "required": True}]}, {}
)


def written(path: Path, data: Mapping[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Two documents, the second with a breaking change."""
    monkeypatch.chdir(tmp_path)
    return str(written(tmp_path / "old.json", OLD)), str(written(tmp_path / "new.json", NEW))


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose first revision, `v1`, has the old document in specs/things, with a component beside it."""
    top = tmp_path / "repository"
    shared = {"components": {"schemas": {"Title": {"type": "string"}}}}
    reference = {
        "requestBody": {
            "content": {"application/json": {"schema": {"$ref": "../shared/all.json#/components/schemas/Title"}}}
        }
    }
    written(top / "specs" / "things" / "openapi.json", document(reference, {}))
    written(top / "specs" / "shared" / "all.json", shared)
    monkeypatch.chdir(top)
    for name, value in {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}.items():
        monkeypatch.setenv(name, value)
    git("init", "-q")
    git("add", ".")
    git("-c", "user.name=a", "-c", "user.email=a@a.example", "commit", "-q", "-m", "first")
    git("tag", "v1")
    shared["components"]["schemas"]["Title"] = {"type": "string", "maxLength": 5}  # type: ignore[dict-item]
    written(top / "specs" / "shared" / "all.json", shared)
    return top


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


def test_breaking_change_ends_with_1(files: tuple[str, str], capsys: Printed) -> None:
    """The first line is the summary; the reason follows."""
    assert main(["diff", *files, "--no-version-gate"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("1 breaking; info.version 1.0.0 unchanged\n")
    assert "a request without the parameter is refused" in out


def test_nothing_changed_ends_with_0(files: tuple[str, str], capsys: Printed) -> None:
    """A document beside itself."""
    assert main(["diff", files[0], files[0]]) == 0
    assert capsys.readouterr().out == "no change; info.version 1.0.0 unchanged\n"


def test_warning_fails_on_demand(files: tuple[str, str]) -> None:
    """A parameter that went is a warning: it fails where that is asked for."""
    back = (files[1], files[0], "--no-version-gate")

    assert (main(["diff", *back]), main(["diff", *back, "--fail-on", "warning"])) == (0, 1)


def test_breaking_change_passes_with_its_version(tmp_path: Path) -> None:
    """With --fail-on version a major bump is all that a breaking change needs."""
    old = str(written(tmp_path / "old.json", OLD))
    raised = {**NEW, "info": {"title": "Things", "version": "2.0.0"}}
    bumped, unbumped = str(written(tmp_path / "a.json", raised)), str(written(tmp_path / "b.json", NEW))

    codes = [main(["diff", old, new, "--fail-on", "version"]) for new in (bumped, unbumped)]

    assert codes == [0, 1]


def test_report_goes_to_a_file_and_the_summary_is_printed(files: tuple[str, str], capsys: Printed) -> None:
    """--output takes the report in its format."""
    assert main(["diff", *files, "--format", "sarif", "--output", "out/diff.sarif"]) == 1

    assert capsys.readouterr().out.count("\n") == 1
    assert json.loads(Path("out/diff.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"


def test_waiver_excuses(files: tuple[str, str]) -> None:
    """A waived change ends with 0."""
    waiver = "{change: required-parameter-added, reason: nobody calls it, owner: me, until: 2999-01-01}"
    Path("waivers.yaml").write_text(f"waivers: [{waiver}]", encoding="utf-8")

    assert main(["diff", *files, "--no-version-gate", "--waivers", "waivers.yaml"]) == 0


def test_revision_against_working_tree(repository: Path, capsys: Printed) -> None:
    """What a reference leads to is read at the revision too; places name revision, file and line."""
    assert main(["diff", "v1", "--path", "specs", "--no-version-gate"]) == 1

    out = capsys.readouterr().out
    assert "limit tightened: no limit → maxLength 5" in out
    assert "v1:specs/shared/all.json:1 → specs/shared/all.json:1" in out


def test_file_of_a_revision_against_a_file(repository: Path, capsys: Printed) -> None:
    """REVISION:PATH names one document; --path is not needed."""
    assert main(["diff", "v1:specs/things/openapi.json", "specs/things/openapi.json", "--no-version-gate"]) == 1
    assert "v1:specs/shared/all.json:1" in capsys.readouterr().out


def test_two_revisions(repository: Path) -> None:
    """A revision has no difference from itself, whatever the working tree holds."""
    assert main(["diff", "v1", "HEAD", "--path", "specs"]) == 0


def test_sarif_of_revisions_names_files_of_the_tree(repository: Path, capsys: Printed) -> None:
    """Code scanning knows no revisions, only files."""
    main(["diff", "v1", "--path", "specs", "--format", "sarif"])

    results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    uris = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results}
    assert uris == {"specs/shared/all.json", "specs/things/openapi.json"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere", "--path", "specs"], "'nowhere' is not a file or folder here, and"),
        (["v1:specs/none", "specs"], "revision v1 has no specs/none"),
        (["v1", "--path", "specs/nothing"], "revision v1 has no specs/nothing"),
        (["v1", "--path", ".."], "is not in the repository"),
        (["specs/things/openapi.json", "specs/shared/all.json"], "is not an OpenAPI document"),
        (["v1", "--fail-on", "version", "--no-version-gate"], "exclude each other"),
        (["v1", "--path", "specs", "--waivers", "none.yaml"], "none.yaml: there is no such file."),
    ],
)
def test_bad_input_ends_with_2_and_one_line(words: list[str], message: str, repository: Path, capsys: Printed) -> None:
    """What cannot be compared is named, with the way out."""
    assert main(["diff", *words]) == 2

    err = capsys.readouterr().err
    assert message in err and err.count("\n") == 1


def test_revision_outside_a_repository_is_refused(
    tmp_path: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a repository there are only files and folders."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    assert main(["diff", "main"]) == 2
    assert "is not in a git repository" in capsys.readouterr().err


def test_folder_without_documents_is_refused(tmp_path: Path, capsys: Printed) -> None:
    """An empty folder has nothing to compare."""
    assert main(["diff", str(tmp_path), str(tmp_path)]) == 2
    assert "there is no OpenAPI document in this folder" in capsys.readouterr().err


def test_folders_pair_their_apis(tmp_path: Path, capsys: Printed) -> None:
    """An API that is gone is breaking, one that came is compatible, the others are compared."""
    for side, names in (("old", ("a", "b")), ("new", ("b", "c"))):
        for name in names:
            written(tmp_path / side / name / "openapi.json", OLD)

    assert main(["diff", str(tmp_path / "old"), str(tmp_path / "new"), "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)["apis"]
    assert {item["api"]: [change["kind"] for change in item["changes"]] for item in found} == {
        "a": ["api-removed"],
        "b": [],
        "c": ["api-added"],
    }


def test_documents_under_their_own_names_are_found(tmp_path: Path, capsys: Printed) -> None:
    """A folder of documents that are called otherwise: what is no OpenAPI is passed over."""
    for side in ("old", "new"):
        written(tmp_path / side / "pets.json", OLD)
        written(tmp_path / side / "package.json", {"name": "x"})

    assert main(["diff", str(tmp_path / "old"), str(tmp_path / "new")]) == 0


def test_swagger_and_openapi_are_compared(tmp_path: Path, capsys: Printed) -> None:
    """A document that moves from Swagger 2.0 to OpenAPI 3.1 and promises the same is no change."""
    swagger = {
        "swagger": "2.0",
        "info": {"title": "Things", "version": "1.0.0"},
        "produces": ["application/json"],
        "paths": {
            "/a": {
                "get": {"responses": {"200": {"description": "d", "schema": {"type": "string", "x-nullable": True}}}}
            }
        },
    }
    content = {"application/json": {"schema": {"type": ["string", "null"]}}}
    modern = document(
        None, {"paths": {"/a": {"get": {"responses": {"200": {"description": "d", "content": content}}}}}}
    )
    old, new = str(written(tmp_path / "old.json", swagger)), str(written(tmp_path / "new.json", modern))

    assert main(["diff", old, new, "--no-version-gate"]) == 0
    assert "1 text only" in capsys.readouterr().out


def test_flaw_in_a_revision_is_named_by_the_revision(repository: Path, capsys: Printed) -> None:
    """A document that cannot be read is named as the reader knows it, not by the folder it was written to."""
    Path("specs/things/openapi.json").write_text("{", encoding="utf-8")
    git("add", ".")
    git("-c", "user.name=a", "-c", "user.email=a@a.example", "commit", "-q", "-m", "broken")

    assert main(["diff", "HEAD", "v1", "--path", "specs"]) == 2
    assert "could not run: HEAD:specs/things/openapi.json:1" in capsys.readouterr().err


def test_own_contracts_are_compared_in_two_seconds(capsys: Printed, tmp_path: Path) -> None:
    """Five contracts and six ledgers, with a change in each so that none is passed over."""
    for path in sorted(SPECS.glob("*/*.yaml")):
        target = tmp_path / "specs" / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text("utf-8").replace("type: string", "type: number"), "utf-8")

    before = time.process_time()
    assert main(["diff", str(SPECS), str(tmp_path / "specs"), "--no-version-gate"]) == 1
    assert time.process_time() - before < 2
    assert "in 5 of 6 APIs" in capsys.readouterr().out.splitlines()[0]
