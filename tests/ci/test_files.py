"""The files for CI systems are right by the schemas and linters of those, and by what this project asks of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.commands.completion import VALUES
from conformance.reports import WRITTEN
from specs import apis
from tests.ci.steps import ACTION, GITLAB, ROOT, SHELL, TEMPLATE, WORKFLOW, load

PROGRAMS = Path(sys.executable).parent
CONTAINERFILE = ROOT / "Containerfile"
SCHEMAS = {
    ACTION: ["vendor.github-actions"],
    WORKFLOW: ["vendor.github-workflows"],
    TEMPLATE: ["vendor.github-workflows"],
    GITLAB: ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
}
ALL = [*SCHEMAS, SHELL, CONTAINERFILE]


def ran(*words: str | Path, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """A linter that stands beside Python."""
    return subprocess.run([*map(str, words)], input=given, capture_output=True, text=True, check=False)


def schema_says(path: Path, schema: list[str]) -> subprocess.CompletedProcess[str]:
    """What the published schema of a CI system says of a file."""
    return ran(PROGRAMS / "check-jsonschema", "--builtin-schema", *schema, path)


def steps(data: Any) -> list[dict[str, Any]]:
    """The steps of an action or of all jobs of a workflow."""
    if "runs" in data:
        return list(data["runs"]["steps"])
    return [step for job in data["jobs"].values() for step in job["steps"]]


GITHUB_STEPS = [(path.name, step) for path in (ACTION, WORKFLOW, TEMPLATE) for step in steps(load(path))]
SCRIPTS = [(name, step["run"]) for name, step in GITHUB_STEPS if "run" in step]
GITLAB_SCRIPTS = [
    (name, "\n".join([*job.get("before_script", ()), *job.get("script", ())]))
    for name, job in load(GITLAB).items()
    if isinstance(job, dict) and ("script" in job)
]


@pytest.mark.parametrize(("path", "schema"), SCHEMAS.items(), ids=lambda item: getattr(item, "name", ""))
def test_file_fits_the_published_schema(path: Path, schema: list[str]) -> None:
    """GitHub's and GitLab's schemas, as check-jsonschema ships them."""
    done = schema_says(path, schema)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("path", "schema"), SCHEMAS.items(), ids=lambda item: getattr(item, "name", ""))
def test_schema_notices_a_wrong_key(path: Path, schema: list[str], tmp_path: Path) -> None:
    """The schemas judge: a number in the place of jobs, steps or stages fits none of them."""
    data = load(path)
    key = {ACTION: "runs", GITLAB: "stages"}.get(path, "jobs")
    wrong = tmp_path / path.name
    wrong.write_text(json.dumps({**data, key: 7}), encoding="utf-8")

    assert schema_says(wrong, schema).returncode == 1


@pytest.mark.parametrize(("name", "script"), [*SCRIPTS, *GITLAB_SCRIPTS])
def test_scripts_pass_shellcheck(name: str, script: str) -> None:
    """Each script in a file of a CI system is sound bash."""
    done = ran(PROGRAMS / "shellcheck", "--shell", "bash", "-", given=script)

    assert done.returncode == 0, f"{name}\n{done.stdout}"


def test_shell_script_is_posix() -> None:
    """The script for any CI needs nothing but `sh`, and stops at the first error."""
    done = ran(PROGRAMS / "shellcheck", "--shell", "sh", "--enable", "all", "--exclude", "SC2310,SC2250", SHELL)

    assert done.returncode == 0, done.stdout
    assert "\nset -eu\n" in SHELL.read_text("utf-8")


@pytest.mark.parametrize(("name", "step"), GITHUB_STEPS, ids=lambda item: item if isinstance(item, str) else "")
def test_no_expression_is_put_into_a_script(name: str, step: dict[str, Any]) -> None:
    """What others can choose reaches a script through `env`, where it is data."""
    assert "${{" not in step.get("run", "")


@pytest.mark.parametrize(("name", "step"), GITHUB_STEPS, ids=lambda item: item if isinstance(item, str) else "")
def test_actions_are_pinned(name: str, step: dict[str, Any]) -> None:
    """An action of others is named with its major version; ours is the checkout."""
    assert re.fullmatch(r"\./|[\w-]+/[\w/-]+@v\d+", step.get("uses", "./"))


def test_actions_have_one_version_each() -> None:
    """The same action is used in the same version everywhere."""
    used = {step["uses"] for _, step in GITHUB_STEPS if "uses" in step}

    assert len({name.partition("@")[0] for name in used}) == len(used)


def test_every_input_is_used_and_described() -> None:
    """An input that nothing reads would be ignored in silence."""
    action = load(ACTION)
    text = ACTION.read_text("utf-8")

    assert [name for name in action["inputs"] if f"inputs.{name}" not in text] == []
    assert [name for name, item in action["inputs"].items() if not item["description"]] == []


def test_workflow_gives_only_inputs_that_exist() -> None:
    """GitHub only warns of an input that an action does not have."""
    known = set(load(ACTION)["inputs"])
    given = {name for step in steps(load(WORKFLOW)) if step.get("uses") == "./" for name in step.get("with", ())}

    assert given <= known
    assert {"api", "target", "baseline", "warn-on"} <= given


def test_matrices_name_every_api() -> None:
    """Both examples check each API that casepact brings, in a job of its own."""
    github = load(WORKFLOW)["jobs"]["contracts"]["strategy"]["matrix"]["api"]
    (gitlab,) = load(GITLAB)["contracts"]["parallel"]["matrix"]

    assert tuple(github) == tuple(gitlab["CASEPACT_API"]) == apis() == tuple(VALUES["api"]())


def test_shards_of_the_examples_are_all_of_a_run() -> None:
    """The total that each machine is told is the number of machines; GitLab numbers them itself."""
    github = load(WORKFLOW)["jobs"]["thorough"]
    shards = github["strategy"]["matrix"]["shard"]

    assert shards == list(range(1, len(shards) + 1))
    assert github["env"]["CASEPACT_SHARD"] == f"${{{{ matrix.shard }}}}/{len(shards)}"
    assert load(GITLAB)["thorough"]["parallel"] == len(shards)


def test_workflows_have_few_rights_and_an_end() -> None:
    """A token that only reads, and a time limit for each job."""
    for workflow in (load(WORKFLOW), load(TEMPLATE)):
        assert workflow["permissions"] == {"contents": "read"}
        assert [name for name, job in workflow["jobs"].items() if "timeout-minutes" not in job] == []


def test_reports_that_are_named_are_written() -> None:
    """The files that GitLab takes are among those that a run writes."""
    named = load(GITLAB)[".verdict"]["artifacts"]["reports"].values()

    assert [path for path in named if path.removeprefix("reports/") not in WRITTEN] == []


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_no_registry_is_named(path: Path) -> None:
    """Where packages and images come from is the choice of whoever uses the file."""
    assert re.findall(r"(?:ghcr|docker|quay|pypi|npmjs)\.(?:io|org|com)", path.read_text("utf-8")) == []
