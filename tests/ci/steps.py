"""The steps of action.yml and the scripts of a GitLab job, run one by one as their runners would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
ACTION = ROOT / "action.yml"
WORKFLOW = ROOT / "examples" / "ci" / "github-actions.yaml"
GITLAB = ROOT / "examples" / "ci" / "gitlab-ci.yml"
SHELL = ROOT / "examples" / "ci" / "casepact.sh"
TEMPLATE = ROOT / "conformance" / "commands" / "template" / "dot-github" / "workflows" / "contracts.yaml"

_EXPRESSION = re.compile(r"\$\{\{ *(.+?) *\}\}")
_REFERENCE = re.compile(r"[a-z]+(?:\.[A-Za-z][\w-]*)+")


class Whole(yaml.SafeLoader):
    """YAML as GitHub reads it: `on` is a name."""


Whole.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Whole.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def load(path: Path) -> Any:
    """A YAML file of a CI system."""
    return yaml.load(path.read_text(encoding="utf-8"), Whole)


def own_environment() -> dict[str, str]:
    """The environment of a job on a fresh machine: nothing of ours, of pytest's or of another CI."""
    strange = ("CASEPACT_", "PYTEST_", "GITHUB_", "PYTHON", "CI")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(strange)}
    return {**kept, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"}


def bash(script: str, cwd: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A script as GitHub's `shell: bash` runs it, and GitLab's runner in effect."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=cwd, env=dict(environment), capture_output=True, text=True, timeout=240, check=False
    )


def installed_venv(venv: Path) -> None:
    """What an installation leaves: a venv in which `casepact` runs, here from the checkout, without the network."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    find(venv, ROOT)
    program = venv / "bin" / "casepact"
    program.write_text(f'#!/bin/sh\nexec "{venv}/bin/python" -m conformance "$@"\n', encoding="utf-8")
    program.chmod(0o755)


def find(venv: Path, *more: Path) -> None:
    """Let a venv find the packages of this environment, and what else is named."""
    (library,) = venv.glob("lib/python*/site-packages")
    folders = [*map(str, more), *(folder for folder in sys.path if folder.endswith("site-packages"))]
    (library / "dependencies.pth").write_text("\n".join(folders) + "\n", encoding="utf-8")


@dataclass
class Job:
    """
    A run of the action in a workspace, step by step.

    `outputs` are those of each step by id; `used` the actions that it called, each with the values that it got.
    """

    workspace: Path
    temp: Path
    action: Path
    inputs: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    used: dict[str, dict[str, str]] = field(default_factory=dict)
    summary: str = ""
    log: str = ""
    code: int = 0

    def run(self, *names: str) -> Job:
        """Run the steps with these names, or all; a step that fails ends the job, as its `code`."""
        described = load(ACTION)
        defaults = {name: item.get("default", "") for name, item in described["inputs"].items()}
        unknown = set(self.inputs) - set(defaults)
        assert not unknown, f"action.yml has no input {unknown}"
        self.inputs = {**defaults, **self.inputs}
        # What setup-python would say.
        self.outputs.setdefault("python", {"python-version": sys.version.split()[0]})
        for step in described["runs"]["steps"]:
            if (not names or step["name"] in names) and self.code == 0:
                self._step(step)
        return self

    @property
    def result(self) -> dict[str, str]:
        """The outputs of the action."""
        return {name: self.resolved(item["value"]) for name, item in load(ACTION)["outputs"].items()}

    def resolved(self, text: str) -> str:
        """A text with its expressions replaced by their values."""
        return _EXPRESSION.sub(lambda match: self._value(match[1]), text)

    def _value(self, reference: str) -> str:
        match reference.split("."):
            case ["inputs", name]:
                return self.inputs[name]
            case ["steps", id, "outputs", name]:
                return self.outputs.get(id, {}).get(name, "")
            case ["runner", "temp"]:
                return str(self.temp)
            case ["runner", "os"]:
                return "Linux"
        raise AssertionError(f"an expression that these tests do not know: {reference}")

    def _holds(self, condition: str) -> bool:
        comparisons = _REFERENCE.sub(lambda match: repr(self._value(match[0])), condition)
        return all(left.strip() == right.strip() for left, right in self._sides(comparisons, "==")) and all(
            left.strip() != right.strip() for left, right in self._sides(comparisons, "!=")
        )

    def _sides(self, text: str, sign: str) -> list[tuple[str, str]]:
        parts = [part.split(sign) for part in text.split("&&") if sign in part]
        return [(left, right) for left, right in parts]

    def _step(self, step: Mapping[str, Any]) -> None:
        if "if" in step and not self._holds(step["if"]):
            return
        if "uses" in step:
            given = step.get("with", {})
            self.used[step["uses"]] = {name: self.resolved(text) for name, text in given.items()}
            return
        files = {name: self.temp / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.write_text("", encoding="utf-8")
        environment = {
            **own_environment(),
            "GITHUB_ACTIONS": "true",
            "CI": "true",
            **self.environment,
            **{name: self.resolved(text) for name, text in step.get("env", {}).items()},
            **{name: str(file) for name, file in files.items()},
            "GITHUB_ACTION_PATH": str(self.action),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
        }
        done = bash(step["run"], self.workspace, environment)
        self.log += done.stdout + done.stderr
        self.code = done.returncode
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
        lines = files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
        self.outputs[step.get("id", step["name"])] = dict(line.split("=", 1) for line in lines)


def gitlab_job(name: str) -> dict[str, Any]:
    """A job of the GitLab file with what it extends, and the variables of the file."""
    whole = load(GITLAB)
    job = whole[name]
    base = gitlab_job(job["extends"]) if "extends" in job else {"variables": whole["variables"]}
    return {**base, **job, "variables": {**base["variables"], **job.get("variables", {})}}
