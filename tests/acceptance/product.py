"""
The programs under test, run as a user does: in processes of their own, and nothing of them imported.

CASEPACT_TREE names another checkout whose programs are run instead: so a test shows what an older one lacked.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TREE = Path(os.environ.get("CASEPACT_TREE", ROOT)).resolve()
"""The checkout whose programs are run."""

CASE = "c6m800000142mS63Voa8"
"""The case of AICC that requests of these tests are about."""
READ = f"/aicc/service/AICC__Case/1.0.0/openapi/case/{CASE}"
MODIFY = "/aicc/service/AICC__Case/1.0.0/openapi/case/modify"
OPERATOR = {"access-token": "aicc-operator-token-0001"}
CASE_INFO = {
    "id": CASE,
    "title": "testOpenApi11",
    "description": "test111",
    "dueDate": "2023-06-20 00:00:00",
    "ownerId": "10gg0000012IpiXMqxzk",
    "contactId": "ciIy0000013w9aru7cDQ",
    "creatorId": "10gg0000013wljxK5XX6",
}
"""A body of modifyCase, as the page has it."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Mock:
    """A mock on a port of loopback; its console is the file `console`."""

    port: int
    console: Path

    def ask(
        self, method: str, path: str, value: Any = None, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """Send one request, with `value` as JSON or `body` as it is."""
        sent = dict(headers or {})
        if value is not None:
            body, sent = json.dumps(value).encode(), {"content-type": "application/json", **sent}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body or None, sent)
            found = connection.getresponse()
            named = {name.lower(): text for name, text in found.getheaders()}
            return Answer(found.status, named, found.read())
        finally:
            connection.close()

    def control(self, method: str, path: str, value: Any = None) -> Answer:
        """Send a request to the control API."""
        return self.ask(method, f"/_casepact/v1{path}", value)


def environment(tree: Path = TREE, **more: str) -> dict[str, str]:
    """The environment of a user who has nothing of casepact in it but the programs of this checkout."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("CASEPACT_", "PYTEST_"))}
    return {**known, "PYTHONPATH": str(tree), **more}


def casepact(*words: str, cwd: Path, tree: Path = TREE, timeout: float = 120, **more: str) -> Done:
    """Run a command of casepact to its end; `more` is added to the environment."""
    return python("-m", "conformance", *words, cwd=cwd, tree=tree, timeout=timeout, **more)


def python(*words: str, cwd: Path, tree: Path = TREE, timeout: float = 120, **more: str) -> Done:
    """Run Python with the programs under test at hand."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env=environment(tree, **more),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def started(*words: str, cwd: Path) -> subprocess.Popen[str]:
    """A command of casepact that is not waited for."""
    command = [sys.executable, "-m", "conformance", *words]
    return subprocess.Popen(
        command, cwd=cwd, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(process: subprocess.Popen[str], timeout: float = 60) -> Done:
    """What a started command came to."""
    try:
        out, err = process.communicate(timeout=timeout)
    finally:
        process.kill()
    return Done(process.returncode, out, err)


@contextmanager
def mock(folder: Path, *words: str, tree: Path = TREE) -> Iterator[Mock]:
    """A mock on a free port, stopped at the end; raises `RuntimeError` with its console where it does not start."""
    port_file, console = folder / "port", folder / "console"
    command = [sys.executable, "-m", "conformance", "mock", "--port", "0", "--port-file", str(port_file), *words]
    with console.open("wb") as file:
        process = subprocess.Popen(command, cwd=folder, env=environment(tree), stdout=file, stderr=file)
    try:
        deadline = time.monotonic() + 30
        while not (port_file.exists() and port_file.read_text().strip()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the mock did not start: {console.read_text()}")
            time.sleep(0.02)
        yield Mock(int(port_file.read_text()), console)
    finally:
        process.terminate()
        process.wait(timeout=20)


def report(folder: Path) -> Any:
    """report.json of a run whose reports are in `folder`."""
    (path,) = (*folder.glob("report.json"), *folder.glob("*/report.json"))
    return json.loads(path.read_text(encoding="utf-8"))
