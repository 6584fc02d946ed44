"""How soon the mock answers, how much memory it holds, how long a conformance run takes. Prints a Markdown table."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import median

from benchmarks.machine import Process, free_port, listening, megabytes, provenance, resident_megabytes

RUNS = 7
REQUESTS = 2000
PACKAGES = ("connexion", "schemathesis", "hypothesis", "jsonschema-rs", "uvicorn")

_JSON = {"Content-Type": "application/json", "access-token": "aicc-operator-token-0001"}
_CHANGE = {"title": "measured", "description": "ü" * 100, "creatorId": "10gg0000013wljxK5XX6"}
_CASE = "c6m800000142mS63Voa8"
_AICC = "/aicc/service/AICC__Case/1.0.0/openapi/case"

CALLS: Sequence[tuple[str, str, dict[str, str], bytes | None, int]] = (
    ("GET", f"{_AICC}/{_CASE}", _JSON, None, 200),
    ("POST", f"{_AICC}/modify", _JSON, json.dumps({"caseInfo": {"id": _CASE, **_CHANGE}}).encode(), 200),
    ("POST", f"{_AICC}/modify", _JSON, json.dumps({"caseInfo": {"id": _CASE}}).encode(), 400),
    ("GET", "/r7office/api/2.0/crm/case/1234.xml", {"Authorization": "r7-admin-token-0001"}, None, 200),
)
"""A read, a write, a refusal and an XML answer: method, path, headers, body, expected status."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    value: str
    target: str = ""


def main() -> int:
    """Measure everything and print the table."""
    print(provenance(PACKAGES), flush=True)
    rows = [*_start_rows(), *_memory_rows(), *_check_rows()]
    print("\n| measured | value | target |\n| --- | ---: | ---: |")
    for row in rows:
        print(f"| {row.what} | {row.value} | {row.target} |")
    return 0


def first_answer() -> float:
    """Seconds from the command `casepact mock` to its first answer over HTTP."""
    with mock() as process:
        _ask(http.client.HTTPConnection("127.0.0.1", process.port), CALLS[0])
        return time.perf_counter() - process.started


def import_of_connexion() -> float:
    """Seconds that a new Python needs to import Connexion: the floor under every start of the mock."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-W", "ignore", "-c", "import connexion"], check=True)
    return time.perf_counter() - started


def check(*options: str) -> tuple[float, int]:
    """Seconds and exit code of `casepact check` against the mock it starts."""
    with tempfile.TemporaryDirectory(prefix="casepact-bench-") as reports:
        command = [sys.executable, "-m", "conformance", "check", "--strict", "--seed", "1", "--reports", reports]
        started = time.perf_counter()
        done = subprocess.run([*command, *options], capture_output=True, check=False)
        return time.perf_counter() - started, done.returncode


def mock() -> AbstractContextManager[Process]:
    """A running mock of every API that listens."""
    port = free_port()
    return listening([sys.executable, "-m", "conformance", "mock", "--quiet", "--port", str(port)], port)


def _start_rows() -> Iterator[Row]:
    # By turns, so that whatever else the machine does falls on both.
    pairs = [(first_answer(), import_of_connexion()) for _ in range(RUNS)]
    answers, imports = zip(*pairs, strict=True)
    ratio = median(answer / imported for answer, imported in pairs)
    yield Row(f"`casepact mock` to the first answer, median of {RUNS}", f"{median(answers):.2f} s", "< 1.2 s")
    yield Row('`python -c "import connexion"`, by turns with it', f"{median(imports):.2f} s")
    yield Row("ratio of the two, median", f"{ratio:.2f}")


def _memory_rows() -> Iterator[Row]:
    with mock() as process:
        connection = http.client.HTTPConnection("127.0.0.1", process.port)
        _ask(connection, CALLS[0])
        at_start = resident_megabytes(process.pid)
        for number in range(REQUESTS):
            _ask(connection, CALLS[number % len(CALLS)])
        afterwards = resident_megabytes(process.pid)
        connection.close()
    yield Row("resident memory of the mock after the first answer", megabytes(at_start), "< 120 MB")
    yield Row(f"the same after {REQUESTS:,} further requests", megabytes(afterwards), "< 120 MB")


def _check_rows() -> Iterator[Row]:
    for options, target in (((), "< 90 s"), (("--quick",), "< 15 s")):
        seconds, code = check(*options)
        outcome = "" if code == 0 else f" (exit {code})"
        yield Row(" ".join(["`casepact check", "--strict", *options]) + "`", f"{seconds:.1f} s{outcome}", target)


def _ask(connection: http.client.HTTPConnection, call: tuple[str, str, dict[str, str], bytes | None, int]) -> None:
    method, path, headers, body, expected = call
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != expected:
        raise SystemExit(f"{method} {path} was answered {answer.status}, not {expected}: {content[:200]!r}")


if __name__ == "__main__":
    sys.exit(main())
