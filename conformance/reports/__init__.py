"""
Print a verdict; decide nothing.

run_result   a whole run as one value
shards       what report.json says of a shard
document     report.json: the run as one JSON document, from which all others are made
text         the end of a run, for a person
junit        junit.xml, for CI
markdown     summary.md, for a reviewer
code_quality gl-code-quality-report.json, for GitLab
annotations  findings beside the lines of a contract, for GitHub
html         index.html, for people
har          exchanges.har, for tools that read recorded traffic
sarif        results.sarif, for code scanning; changes_sarif has a comparison of contracts, sarif_log what both share
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from conformance.reports import code_quality, document, har, junit, markdown, sarif
from conformance.reports.document import Report
from conformance.reports.html import page
from conformance.verdict.exchange_log import Exchanges
from specs.flaws import CasepactError

REPORTERS: Mapping[str, Callable[[Report, Exchanges], Iterator[bytes]]] = {
    "index.html": page.chunks,
    "junit.xml": lambda report, _: _text(junit.render(report)),
    "summary.md": lambda report, _: _text(markdown.render(report)),
    "results.sarif": lambda report, _: _text(sarif.render(report)),
    "gl-code-quality-report.json": lambda report, _: _text(code_quality.render(report)),
    "exchanges.har": har.chunks,
}
"""What is made from report.json and the exchanges, by the name of its file."""

WRITTEN = (document.FILE, *REPORTERS)
"""The files that are written when a run has ended; the exchanges stand there by then."""


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Raise `CasepactError` where the folder of the reports, or a file in it, cannot be written."""
    try:
        yield
    except OSError as error:
        raise CasepactError(
            f"{error.filename or folder}: {error.strerror}; the reports cannot be written there. Give another folder."
        ) from None


def write_reports(report: Report, folder: Path) -> None:
    """Write every report into the folder, which is made if need be; raises `CasepactError` where that fails."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / document.FILE).open("wb") as file:
            file.writelines(_text(document.render(report)))
    rebuild(report, folder, folder)


def rebuild(report: Report, recorded: Path, folder: Path) -> None:
    """
    Write what is made from report.json, with the exchanges that lie beside it in `recorded`.

    Raises `CasepactError` where they cannot be read, or the reports not be written.
    """
    exchanges = Exchanges(recorded / report["exchange_file"])
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, render in REPORTERS.items():
            with (folder / name).open("wb") as file:
                file.writelines(render(report, exchanges))


def _text(text: str) -> Iterator[bytes]:
    yield text.encode("utf-8", "backslashreplace")
