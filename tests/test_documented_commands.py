"""Every command that the documents show is run as a reader would run it, in a folder of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.machine import free_port
from conformance.runner.mock_process import running_mock
from tests.test_documentation import _SHELL, DOCUMENTS, ROOT

NOT_RUN: Mapping[str, str] = {
    "make test": "this test is a part of it",
    "make test-slow": "this test is a part of it",
    "make bench-mock": "needs Prism, Mockoon, WireMock and wrk",
    "make test-prism": "needs Prism",
    "make test-examples": "needs Node and Chromium",
    "make test-ci": "needs Node",
    "casepact mock --worlds": "needs Redis; tests/mock_server/worlds/shared starts one",
    "make images": "needs Chromium",
    "sudo apt-get install": "installs foreign servers",
    "casepact diff": "compares revisions of a repository; tests/conformance/commands/test_diff.py does it in one",
}
"""The start of a command → why no test runs it."""

QUICK = re.compile(r"curl |casepact (ledger|explain|mock|doctor|target new|target check)|make mock")
"""Commands of seconds; the others are run by `make test-slow`."""

PETSTORE = """\
openapi: 3.0.3
info: {title: Pets, version: "1"}
paths:
  /pets:
    get:
      responses:
        "200": {description: All pets, content: {application/json: {schema: {type: array, items: {type: string}}}}}
"""
"""The document that a reader has at hand where a document of ours names one."""

# A run of a profile that may not write, or of a part of the probes, may end with too little verified, and says so.
_ENDS_WELL = {"check": (0, 4)}


@dataclass(frozen=True, slots=True)
class Shown:
    """A command of a document with those before it in its block."""

    document: str
    before: tuple[str, ...]
    line: str

    def __str__(self) -> str:
        return f"{self.document}: {self.line[:60]}"


def shown() -> list[Shown]:
    """Every command in a shell block of a document."""
    found = []
    for path in DOCUMENTS:
        if path.name == "adding-an-api.md":
            # A tutorial: its commands follow each other in one folder, and tests/test_packaging.py runs them so.
            continue
        for block in _SHELL.findall(path.read_text(encoding="utf-8")):
            lines = [line.partition("   #")[0].strip() for line in block.replace("\\\n", " ").splitlines()]
            lines = [line for line in lines if line and not line.startswith("#")]
            for index, line in enumerate(lines):
                found.append(Shown(path.relative_to(ROOT).as_posix(), tuple(lines[:index]), line))
    return found


def chosen(*, quick: bool) -> list[Shown]:
    """The commands that are run, in seconds or in minutes."""
    run = [item for item in shown() if not any(item.line.startswith(f"{start}") for start in _not_run(item.line))]
    return [item for item in run if bool(QUICK.match(item.line)) is quick]


def _not_run(line: str) -> list[str]:
    return [start for start in NOT_RUN if line == start or line.startswith(f"{start} ")]


_OWN = {".venv", ".git", "fixtures", "reports", ".casepact", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
"""What a reader's folder has of its own; the rest is the project's."""


class Desk:
    """A reader's folder: the Makefile, the installed commands, a profile `staging`, and a mock to talk to."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        for path in ROOT.iterdir():
            if path.name not in _OWN:
                (folder / path.name).symlink_to(path)
        installed = folder / ".venv"
        installed.mkdir()
        for path in Path(sys.prefix).iterdir():
            (installed / path.name).symlink_to(path)
        # What is installed is what this test runs by; nothing is to be installed again.
        (installed / "installed").unlink(missing_ok=True)
        (installed / "installed").touch()
        targets = folder / "fixtures" / "targets"
        targets.mkdir(parents=True)
        for path in (ROOT / "fixtures").iterdir():
            if path.name != "targets":
                (targets.parent / path.name).symlink_to(path)
        (targets / "mock.yaml").symlink_to(ROOT / "fixtures" / "targets" / "mock.yaml")
        profile = re.search(
            r"```yaml\n(summary: The staging.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
        )
        assert profile is not None, "README.md shows no profile of the staging system"
        text = re.sub(r"https://staging\.example", f"http://127.0.0.1:{port}", profile[1])
        (targets / "staging.yaml").write_text(text, encoding="utf-8")
        (folder / "petstore.yaml").write_text(PETSTORE, encoding="utf-8")
        binaries = Path(sys.executable).parent
        path = f"{binaries}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "AICC_STAGING_TOKEN": "aicc-operator-token-0001"}

    def here(self, line: str) -> str:
        """The command with the documents' addresses replaced by that of the mock."""
        return re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{self.port}", line)

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """What the shell makes of the command."""
        return subprocess.run(
            ["bash", "-c", self.here(line)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=1500,
            check=False,
        )


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a mock of every API."""
    with running_mock(["aicc", "egain", "onlyoffice", "r7office"]) as number:
        yield number


@pytest.fixture
def desk(tmp_path: Path, port: int) -> Desk:
    """A fresh folder for each command."""
    return Desk(tmp_path, port)


def ends_well(line: str, done: subprocess.CompletedProcess[str]) -> bool:
    """Whether a command ended as a reader expects."""
    words = line.split()
    if words[0] == "make" and words[1] == "conformance":
        return done.returncode == 0 or (done.returncode == 2 and "Error 4" in done.stderr)
    return done.returncode in (_ENDS_WELL.get(words[1], (0,)) if words[0] == "casepact" else (0,))


def serves_until_stopped(desk: Desk, line: str) -> int:
    """Start a mock, wait until it says where it is, and stop it with Ctrl-C; its exit code."""
    if "--port" not in line:
        # The documented port may be taken on a machine that many share.
        more = f"--port {free_port()}"
        line = f'{line} ARGS="{more}"' if line.startswith("make") else f"{line} {more}"
    process = subprocess.Popen(
        ["bash", "-c", f"exec {line}"],
        cwd=desk.folder,
        env=desk.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    told = ""
    deadline = time.monotonic() + 60
    try:
        while "casepact mock on http://" not in told and time.monotonic() < deadline:
            if not (read := process.stdout.readline()):
                break
            told += read
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert "casepact mock on http://" in told, told
    return process.returncode


def run_as_shown(desk: Desk, item: Shown) -> None:
    """Run a command, after those that stand before it in its block where it needs what they leave."""
    if re.match(r"(casepact|make) mock", item.line):
        # make turns an interrupted command into its own 2; the mock itself ends with 0 or 130.
        assert serves_until_stopped(desk, item.line) in (0, 2, 130, -signal.SIGINT)
        return
    if "baseline" in item.line:
        desk.run("casepact check --target staging -k 'sample or HEAD'")
    for line in item.before if "baseline" in item.line or "report join" in item.line else ():
        desk.run(line)
    done = desk.run(item.line)

    assert ends_well(item.line, done), f"{item.line}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


@pytest.mark.parametrize("item", chosen(quick=True), ids=str)
def test_shown_command_runs(item: Shown, desk: Desk) -> None:
    """A command of seconds does what the document says: it ends well, and a mock serves until it is stopped."""
    run_as_shown(desk, item)


@pytest.mark.slow
@pytest.mark.parametrize("item", chosen(quick=False), ids=str)
def test_shown_command_of_minutes_runs(item: Shown, desk: Desk) -> None:
    """A command of minutes ends well too."""
    run_as_shown(desk, item)


def test_what_is_not_run_is_shown_somewhere() -> None:
    """No reason for leaving a command out outlives the command."""
    lines = [item.line for item in shown()]

    assert [start for start in NOT_RUN if not any(start in _not_run(line) for line in lines)] == []


def test_shell_is_there() -> None:
    """The commands are for bash and curl."""
    assert [name for name in ("bash", "curl", "make") if shutil.which(name) is None] == []
