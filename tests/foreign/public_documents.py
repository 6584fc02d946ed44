"""
`python -m tests.foreign.public_documents`: documents of others, each served by a mock of its own and measured.

Prints the table of docs/foreign-contracts.md: what is served, the processor time that the mock takes until it listens
and its memory then, and how many answers were made of the document and held against it by a judge that is not ours.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from specs.foreign import load_foreign
from tests.foreign.judging import Answers, judged
from tests.foreign.subjects import SUBJECTS, Subject, fetched

_PATIENCE = 120


@dataclass(frozen=True, slots=True)
class Measured:
    """
    A document, and a mock that serves it alone.

    `start` is the processor time in seconds, which what else the machine does changes little; `memory` is in bytes.
    """

    version: str
    size: int
    operations: int
    unread: int
    start: float
    memory: int
    answers: Answers | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the documents; 0 when no answer is against its document, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="tests.foreign.public_documents", description=__doc__.splitlines()[1])
    parser.add_argument("--only", action="append", choices=[subject.name for subject in SUBJECTS])
    parser.add_argument("--no-answers", action="store_true", help="only start and memory")
    options = parser.parse_args(arguments)
    wrong = 0
    print("| document | version | size | operations | served | start | memory | answers judged | against it |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for subject in SUBJECTS:
        if not subject.package or (options.only and subject.name not in options.only):
            continue
        measured = measure(subject, with_answers=not options.no_answers)
        print(_row(subject, measured), flush=True)
        if measured.answers is not None:
            wrong += len(measured.answers.wrong)
            for line in measured.answers.wrong:
                print(f"    {line}", file=sys.stderr)
    return 1 if wrong else 0


def measure(subject: Subject, *, with_answers: bool = True) -> Measured:
    """Serve the document and look at it; the answers are made in this process."""
    path = fetched(subject)
    contract = load_foreign(path, subject.name, strict=False)
    start, memory = _served(path)
    document = contract.document
    return Measured(
        version=_version(path),
        size=path.stat().st_size,
        operations=len(contract.operations),
        unread=len(contract.unread),
        start=start,
        memory=memory,
        answers=judged(path) if with_answers and document["paths"] else None,
    )


def _served(path: Path) -> tuple[float, int]:
    """The processor time that a mock of this document takes until it listens, and its resident memory then."""
    with tempfile.TemporaryDirectory() as folder:
        port = Path(folder) / "port"
        command = [sys.executable, "-m", "mock_server", "--spec", str(path), "--port", "0", "--quiet"]
        started = time.monotonic()
        mock = subprocess.Popen([*command, "--port-file", str(port)])
        try:
            while not (port.exists() and port.read_text()):
                if mock.poll() is not None or time.monotonic() - started > _PATIENCE:
                    raise SystemExit(f"the mock does not serve {path}.")
                time.sleep(0.01)
            # user and system time are the 14th and 15th word (proc(5)); the second, in brackets, may hold blanks.
            words = Path(f"/proc/{mock.pid}/stat").read_text().rpartition(")")[2].split()
            passed = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
            status = Path(f"/proc/{mock.pid}/status").read_text()
            resident = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
            return passed, int(resident.split()[1]) * 1024
        finally:
            mock.terminate()
            mock.wait(20)


def _version(path: Path) -> str:
    """What the document says of itself, near its beginning or its end."""
    text = path.read_text(encoding="utf-8-sig")
    for line in text.replace(",", "\n").replace("{", "\n").splitlines():
        name, _, value = line.strip().partition(":")
        if name.strip("\"' ") in ("openapi", "swagger"):
            return value.strip("\"' ")
    return "?"


def _row(subject: Subject, measured: Measured) -> str:
    answers = measured.answers
    cells = (
        f"{subject.name}: `{subject.path.as_posix()}` of `{subject.package}`",
        measured.version,
        f"{measured.size / 1e6:.1f} MB",
        f"{measured.operations:,}",
        f"{measured.operations - measured.unread:,}",
        f"{measured.start:.1f} s",
        f"{measured.memory / 1e6:.0f} MB",
        f"{answers.judged:,}" if answers else "",
        f"{len(answers.wrong)}" if answers else "",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
