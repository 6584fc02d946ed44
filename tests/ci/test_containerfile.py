"""The image that Containerfile describes: hadolint has no objection, and what it starts and asks for health works."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.runner.mock_process import running_mock
from specs.project import apis
from tests.ci.steps import ROOT, own_environment

CONTAINERFILE = ROOT / "Containerfile"


def instructions() -> list[tuple[str, str]]:
    """Name and rest of each instruction, continued lines joined."""
    text = re.sub(r"(?m)^#.*\n", "", CONTAINERFILE.read_text("utf-8")).replace("\\\n", " ")
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in text.splitlines() if line.strip()]


def only(name: str) -> str:
    """The last instruction of this name."""
    return [rest for word, rest in instructions() if word == name][-1]


def variables() -> dict[str, str]:
    """What ENV sets."""
    return dict(word.split("=", 1) for word in shlex.split(only("ENV")))


def health() -> list[str]:
    """The words of the health check."""
    words = json.loads(only("HEALTHCHECK").partition(" CMD ")[2])
    assert words[0] == "python"
    return [sys.executable, *words[1:]]


def hadolint(path: Path) -> subprocess.CompletedProcess[str]:
    """What hadolint says of a file, all its rules on."""
    command = [Path(sys.executable).parent / "hadolint", "--no-color", "--failure-threshold", "style", path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_hadolint_has_no_objection() -> None:
    """Every rule of the linter holds."""
    done = hadolint(CONTAINERFILE)

    assert done.returncode == 0, done.stdout + done.stderr


def test_hadolint_notices_a_floating_image(tmp_path: Path) -> None:
    """The linter judges: `latest` is refused."""
    wrong = tmp_path / "Containerfile"
    wrong.write_text(CONTAINERFILE.read_text("utf-8").replace("python:3.13-slim", "python:latest"), encoding="utf-8")

    assert "DL3007" in hadolint(wrong).stdout


def test_image_is_small_in_rights() -> None:
    """A user by number that is not root, words instead of a shell line, a version for each base, and no secret."""
    bases = [rest.split()[0] for word, rest in instructions() if word == "FROM"]

    assert int(only("USER")) > 0
    assert json.loads(only("ENTRYPOINT")) == ["casepact"]
    assert json.loads(only("CMD")) == ["mock"]
    assert all(re.fullmatch(r"python:3\.\d+-slim", base) for base in bases)
    assert not [name for name in variables() if re.search("TOKEN|SECRET|PASSWORD|KEY", name)]
    assert "ARG" not in dict(instructions())


def test_what_is_copied_is_there_and_not_ignored() -> None:
    """Each source stands in the checkout, and in the list of what the build may see."""
    sources = [
        name for word, rest in instructions() if word == "COPY" and "--from" not in rest for name in rest.split()[:-1]
    ]
    seen = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}

    assert [name for name in sources if not (ROOT / name).exists()] == []
    assert set(sources) == seen


def test_health_check_follows_the_mock(tmp_path: Path) -> None:
    """It passes while a mock answers, through no proxy, and fails while none does."""
    with running_mock(["aicc"], token="t") as port:
        environment = {**own_environment(), "CASEPACT_PORT": str(port), "HTTP_PROXY": "http://127.0.0.1:1"}
        there = subprocess.run(health(), env=environment, check=False, capture_output=True)
    gone = subprocess.run(health(), env=environment, check=False, capture_output=True)

    assert (there.returncode, gone.returncode) == (0, 1)


def started(tmp_path: Path, **more: str) -> tuple[subprocess.Popen[str], Path]:
    """The command of the image with its variables, on a free port."""
    port_file = tmp_path / "port"
    environment = {
        **own_environment(),
        **{name: value for name, value in variables().items() if name.startswith("CASEPACT_")},
        "CASEPACT_STATE": str(tmp_path),
        "CASEPACT_PORT": "0",
        "CASEPACT_PORT_FILE": str(port_file),
        "PYTHONPATH": str(ROOT),
        **more,
    }
    command = [sys.executable, "-m", "conformance", *json.loads(only("CMD"))]
    return (
        subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ),
        port_file,
    )


def test_command_of_the_image_asks_for_a_token(tmp_path: Path) -> None:
    """Others can reach the port of a container, so it does not start without a token for the control API."""
    process, _ = started(tmp_path)
    out, _ = process.communicate(timeout=60)

    assert process.returncode == 2
    assert "Set CASEPACT_CONTROL_TOKEN" in out


def test_command_of_the_image_serves(tmp_path: Path) -> None:
    """With a token it listens where its variables say, and SIGTERM ends it soon."""
    process, port_file = started(tmp_path, CASEPACT_CONTROL_TOKEN="t", CASEPACT_API=",".join(apis()))
    try:
        deadline = time.monotonic() + 60
        while not (port_file.exists() and port_file.read_text().strip()) and time.monotonic() < deadline:
            time.sleep(0.05)
        environment = {**own_environment(), "CASEPACT_PORT": port_file.read_text().strip()}
        there = subprocess.run(health(), env=environment, check=False)
    finally:
        process.terminate()
        process.communicate(timeout=20)

    assert there.returncode == 0
    assert process.returncode in (0, 143, -15)


@pytest.mark.parametrize("name", sorted(variables()))
def test_variables_of_the_image_are_read(name: str) -> None:
    """A variable of ours that ENV sets is one that a command names, or that the documents do."""
    from conformance.target.user_folders import STATE
    from mock_server.cli import _parser

    assert not name.startswith("CASEPACT_") or name == STATE or name in _parser().variables()
