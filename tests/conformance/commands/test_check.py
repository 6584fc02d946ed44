"""`casepact check` as a user meets it: how it ends, what it prints, and that nobody ever sees a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import main
from conformance.reports import WRITTEN as WRITTEN_FILES
from tests.commands import Done, casepact
from tests.conformance.answers import NOWHERE
from tests.servers import mock_app, serving

PROJECT = Path(__file__).resolve().parent.parent.parent.parent
# What Schemathesis generates takes most of a run's time and is tested in test_generated.py.
WRITTEN = ("--quick", "--seed", "1", "-n", "1", "-k", "not generated")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended that something happened to; `reports` are the files it left."""

    code: int
    out: str
    err: str
    reports: frozenset[str]


class Interrupting:
    """An ASGI app that interrupts a process when it is asked for the so-manieth time."""

    def __init__(self, app: Any, requests: int, number: int = signal.SIGINT) -> None:
        self.app, self.left, self.number, self.process = app, requests, number, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.left -= 1
            if self.left == 0:
                os.kill(self.process, self.number)
        await self.app(scope, receive, send)


def started(*arguments: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "conformance", "check", *arguments]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=PROJECT)


def ended(process: subprocess.Popen[str], reports: Path, timeout: float = 60) -> Ended:
    try:
        out, err = process.communicate(timeout=timeout)
    finally:
        process.kill()
    return Ended(process.returncode, out, err, frozenset(path.name for path in reports.glob("*") if path.is_file()))


def port_in(file: Path, process: subprocess.Popen[Any]) -> int:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        if file.exists() and (text := file.read_text()):
            return int(text)
        time.sleep(0.02)
    raise TimeoutError(f"the server did not start: {process.returncode}")


@contextmanager
def server(folder: Path, *command: str) -> Iterator[str]:
    """The address of a server in a process of its own, which writes its port where {port_file} says."""
    port_file = folder / "port"
    words = [sys.executable, *(word.format(port_file=port_file) for word in command)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=PROJECT)
    try:
        yield f"http://127.0.0.1:{port_in(port_file, process)}/aicc"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """A run against the mock that the command starts itself."""
    return casepact("check", "--api", "aicc", *WRITTEN, reports=tmp_path_factory.mktemp("embedded"))


@pytest.fixture(scope="module")
def separate(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The same run against a mock that was started before, given by its address."""
    folder = tmp_path_factory.mktemp("separate")
    mock = ("-m", "mock_server", "--port", "0", "--quiet", "--port-file", "{port_file}", "--api", "aicc")
    with server(folder, *mock) as address:
        return casepact("check", "--url", address, "--api", "aicc", *WRITTEN, reports=folder / "reports")


BAD_INPUT = {
    "unknown API": (
        ("--api", "aic"),
        "casepact: could not run: no API is named 'aic'. Did you mean 'aicc'? Known: ",
    ),
    "unknown target": (("--target", "stagin"), "casepact: could not run: no target is named 'stagin'. "),
    "target file that is not there": (
        ("--target", "gone.yaml"),
        "casepact: could not run: gone.yaml: there is no such file.",
    ),
    "address without an API": (
        ("--url", "http://127.0.0.1:9"),
        "casepact: could not run: --url needs exactly one --api: ",
    ),
    "address with two APIs": (
        ("--url", "http://127.0.0.1:9", "--api", "aicc", "--api", "r7office"),
        "casepact: could not run: --url needs exactly one --api: ",
    ),
    "no address at all": (
        ("--url", "staging", "--api", "aicc"),
        "casepact: could not run: 'staging' is not a base address; ",
    ),
    "address with a password": (
        ("--url", "http://anna:s3cret@127.0.0.1:9", "--api", "aicc"),
        "casepact: could not run: an address must not hold credentials; ",
    ),
    "profile that is no YAML": (
        ("--target", "torn.yaml", "--api", "aicc"),
        "casepact: could not run: torn.yaml:2: is not YAML: ",
    ),
    "profile with a literal credential": (
        ("--target", "literal.yaml"),
        "casepact: could not run: literal.yaml:4: a credential must not stand here; ",
    ),
    "profile that lacks the API": (
        ("--target", "bare.yaml", "--api", "r7office"),
        "casepact: could not run: the target 'bare.yaml' has no API 'r7office'; it has aicc.",
    ),
    "profile without an address": (
        ("--target", "bare.yaml", "--api", "aicc"),
        "casepact: could not run: the target 'bare.yaml' names no url for aicc.",
    ),
}

PROFILES = {
    "torn.yaml": "apis: {aicc\n",
    "bare.yaml": "apis:\n  aicc: {edition: documented}\n",
    "literal.yaml": "apis:\n  aicc:\n    url: http://127.0.0.1:9\n    actors: {operator: {accessToken: s3cret}}\n",
}


@pytest.mark.parametrize(("arguments", "line"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_ends_with_one_line(
    arguments: tuple[str, ...],
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What cannot be run is reported in one line on stderr, with exit 2 and nothing on stdout."""
    monkeypatch.chdir(tmp_path)
    for name, text in PROFILES.items():
        Path(name).write_text(text)

    code, (out, err) = main(["check", *arguments]), capsys.readouterr()

    assert (code, out, err.startswith(line), err.count("\n")) == (2, "", True, 1), err


@pytest.mark.parametrize(
    "arguments",
    [("--api", "aic"), ("--target", "stagin"), ("--url", "http://127.0.0.1:9")],
    ids=["unknown API", "unknown target", "address without an API"],
)
def test_bad_input_ends_the_process_with_its_code(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """A shell sees exit 2, and a reader one line."""
    done = casepact("check", *arguments, reports=tmp_path)

    assert (done.code, done.out, done.err.startswith("casepact: "), done.err.count("\n")) == (2, "", True, 1)


@pytest.mark.parametrize("arguments", [("--urk",), ("--quick", "--seed", "x"), ("--url", "a", "--target", "b")])
def test_arguments_that_cannot_be_read_end_with_usage(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt option is reported together with the usage, exit 2."""
    with pytest.raises(SystemExit) as caught:
        main(["check", *arguments])

    assert (caught.value.code, capsys.readouterr().err.startswith("usage: casepact")) == (2, True)


def test_address_at_which_nobody_listens_is_the_environments_fault(tmp_path: Path) -> None:
    """An unreachable server ends the run with exit 3 and one line, and writes no report."""
    with serving(mock_app("aicc")) as address:
        gone = address
    done = casepact("check", "--url", f"{gone}/aicc", "--api", "aicc", reports=tmp_path)

    assert (done.code, done.out, done.err, done.report) == (
        3,
        "",
        (
            f"casepact: environment: {gone}/aicc does not answer: the connection was refused. "
            "Start the server, or give another --url.\n"
        ),
        {},
    )


def test_selection_that_no_probe_fits_is_reported(tmp_path: Path) -> None:
    """A run of nothing is not a run that found nothing: exit 2, and one line that says where the names are."""
    done = casepact("check", "--api", "aicc", "-k", "no_such_probe", "-n", "1", reports=tmp_path)

    assert (done.code, done.out, done.err) == (
        2,
        "",
        "casepact: could not run: no probe fits the selection; `casepact ledger` names statements and operations.\n",
    )


def test_refused_credential_is_the_environments_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that does not know the profile's actor ends the run with exit 3, naming the actor and not the token."""
    monkeypatch.setenv("STAGING_TOKEN", "s3cret")
    with serving(mock_app("aicc")) as address:
        (tmp_path / "staging.yaml").write_text(
            f"apis:\n  aicc:\n    url: {address}/aicc\n"
            "    actors: {operator: {accessToken: '${STAGING_TOKEN}'}}\n"
            "    records: {case.open: {id: c6m800000142mS63Voa8}}\n"
        )
        done = casepact("check", "--target", "staging.yaml", reports=tmp_path / "reports", cwd=tmp_path)

    assert (done.code, done.out, done.err) == (
        3,
        "",
        (
            f"casepact: environment: {address}/aicc refuses the credential of 'operator' (401 to getCase). "
            "Check the actors of the target's profile.\n"
        ),
    )


def test_honest_mock_is_kept(embedded: Done) -> None:
    """The mock that the command starts keeps its contract: exit 0, and the word in the last line."""
    assert (embedded.code, embedded.err, embedded.out.splitlines()[-1].partition(":")[0]) == (0, "", "kept")


def test_run_against_an_address_gives_the_same_verdicts(embedded: Done, separate: Done) -> None:
    """A mock that was started apart and is given by its address is judged as the embedded one is."""
    assert separate.outcomes("aicc") == embedded.outcomes("aicc")


def test_run_against_an_address_ends_in_the_same_way(embedded: Done, separate: Done) -> None:
    """The exit code is the same too."""
    assert separate.code == embedded.code == 0


def timeless(value: Any) -> Any:
    """A report without what the clock and the place of a mock decide."""
    if isinstance(value, dict):
        return {name: timeless(item) for name, item in value.items() if name not in ("seconds", "started", "url")}
    return [timeless(item) for item in value] if isinstance(value, list) else value


def test_same_seed_sends_as_many_requests_and_sees_the_same(embedded: Done, separate: Done) -> None:
    """With one seed, two runs agree in every count and every example, not only in the verdicts."""
    first, second = (timeless(done.report["apis"]["aicc"]) for done in (embedded, separate))

    assert first == second


@pytest.mark.parametrize("mistake", [("--api", "aic"), ("--statement", "HW-999"), ("--resume",)], ids=" ".join)
def test_run_that_is_refused_leaves_the_reports_of_the_one_before(mistake: tuple[str, ...], tmp_path: Path) -> None:
    """A slip of the pen loses nothing."""
    (tmp_path / "report.json").write_text("{}")
    done = casepact("check", *mistake, reports=tmp_path)

    assert (done.code, (tmp_path / "report.json").read_text()) == (2, "{}")


def test_run_leaves_nothing_but_its_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Hypothesis keeps is in the user's cache, not in the folder that the command is called from."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("HYPOTHESIS_STORAGE_DIRECTORY", raising=False)
    here = tmp_path / "here"
    here.mkdir()
    casepact("check", "--api", "aicc", "--quick", "-k", "title", cwd=here, reports=here / "reports")

    assert [path.name for path in here.iterdir()] == ["reports"]


def test_run_tells_its_seed(embedded: Done) -> None:
    """The seed that repeats the run is printed."""
    assert ", seed 1; reports in " in embedded.out


def test_profile_that_forbids_writing_writes_nothing(tmp_path: Path) -> None:
    """Where writing is forbidden, an operation that writes is only called without a credential that counts."""
    heard: set[tuple[str, bytes]] = set()
    mock = mock_app("aicc")

    async def listening(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            method, token = scope["method"], dict(scope["headers"]).get(b"access-token", b"")
            heard.add(("reads", b"") if method in ("GET", "HEAD") else (method, token))
        await mock(scope, receive, send)

    with serving(listening) as address:
        (tmp_path / "reading.yaml").write_text(
            f"apis:\n  aicc:\n    url: {address}/aicc\n"
            "    actors: {operator: {seed: operator}}\n"
            "    records: {case.open: {id: c6m800000142mS63Voa8}, user.owner: {id: a}, user.creator: {id: b},"
            " contact: {id: c}}\n"
        )
        casepact("check", "--target", "reading.yaml", *WRITTEN, cwd=tmp_path, reports=tmp_path / "reports")

    assert heard == {("reads", b""), ("POST", b""), ("POST", b"casepact-unknown-token")}


READ_ONLY = """apis:
  aicc:
    url: {address}/aicc
    actors: {{operator: {{seed: operator}}, client: {{seed: operator}}}}
    records:
      case.open: {{id: c6m800000142mS63Voa8}}
      case.other: {{id: c6m800000147rF58Yqd2}}
      case.completed: {{id: c6m800000131kQ42Uma7}}
      case.templated: {{id: c6m800000153nT74Wpb9, field: AICC__test1__CST}}
      user.owner: {{id: 10gg0000012IpiXMqxzk}}
      user.creator: {{id: 10gg0000013wljxK5XX6}}
      contact: {{id: ciIy0000013w9aru7cDQ}}
"""


@pytest.mark.parametrize(
    ("more", "code", "end"),
    [
        (
            (),
            4,
            (
                "not enough verified: the run saw too little to say that the contract is kept. "
                "The profile has writes: none. --allow-unverified accepts that."
            ),
        ),
        (
            ("--allow-unverified",),
            0,
            (
                "kept: every statement that was exercised is kept. "
                "Too little was verified, which --allow-unverified accepts."
            ),
        ),
    ],
    ids=["refused", "allowed"],
)
def test_run_that_verified_nothing_of_a_page_is_green_only_when_allowed(
    more: tuple[str, ...], code: int, end: str, tmp_path: Path
) -> None:
    """With every role filled in and writes forbidden nothing of the page is verified: exit 4, with the reason."""
    with serving(mock_app("aicc")) as address:
        (tmp_path / "reading.yaml").write_text(READ_ONLY.format(address=address))
        done = casepact("check", "--target", "reading.yaml", *WRITTEN, *more, cwd=tmp_path, reports=tmp_path / "r")
    reasons = [line for line in done.out.splitlines() if line.startswith("not enough: ")]

    assert (done.code, done.out.splitlines()[-1].partition(" Notes: ")[0], len(reasons)) == (code, end, 1)
    assert "modifyCase: none of its 60 page statements" in reasons[0]
    assert "writes forbidden" in reasons[0]


def test_selection_that_no_page_describes_says_so(tmp_path: Path) -> None:
    """A run of a supporting operation alone verifies nothing of a page, and its last line says that."""
    done = casepact("check", "--api", "aicc", "--operation", "getCase", *WRITTEN, reports=tmp_path)

    assert (done.code, "No page describes an operation of this selection" in done.out) == (4, True)


def test_server_that_dies_during_a_run_is_the_environments_fault(tmp_path: Path) -> None:
    """A server that is killed in the middle of a run ends it with exit 3, its word and reports of what was done."""
    with server(tmp_path, "-m", "tests.conformance.mortal_mock", "{port_file}", "60") as address:
        arguments = ("--url", address, "--api", "aicc", "--reports", str(tmp_path / "reports"), "-n", "1")
        done = ended(started(*arguments), tmp_path / "reports")

    assert (done.code, done.out.splitlines()[-1].partition(":")[0], "Traceback" in done.err, done.reports) == (
        3,
        "environment",
        False,
        frozenset({*WRITTEN_FILES, "exchanges.ndjson", "resume.json"}),
    )


def test_run_that_was_cut_short_is_resumed(tmp_path: Path) -> None:
    """With --resume the rest of the probes run, and the reports hold what both runs saw."""
    options = ("--api", "aicc", "--quick", "--reports", str(tmp_path / "reports"), "-n", "1")
    with server(tmp_path, "-m", "tests.conformance.mortal_mock", "{port_file}", "60") as address:
        ended(started("--url", address, *options), tmp_path / "reports")
    kept = json.loads((tmp_path / "reports" / "resume.json").read_text())
    with serving(mock_app("aicc")) as address:
        done = ended(started("--url", f"{address}/aicc", *options, "--resume"), tmp_path / "reports")
    report = json.loads((tmp_path / "reports" / "report.json").read_text())

    assert (done.code, report["seed"], bool(kept["done"]), report["apis"]["aicc"]["probes"] > len(kept["done"])) == (
        0,
        kept["seed"],
        True,
        True,
    )


def test_run_that_is_resumed_is_compared_with_the_run_before_it(tmp_path: Path) -> None:
    """Its own first part is not the run before it, and no two exchanges of the parts share an id."""
    folder = tmp_path / "reports"
    options = ("--api", "aicc", "--quick", "--reports", str(folder), "-n", "1")
    with serving(mock_app("aicc")) as address:
        ended(started("--url", f"{address}/aicc", *options, "--operation", "getCase"), folder)
        before = json.loads((folder / "report.json").read_text())
    with server(tmp_path, "-m", "tests.conformance.mortal_mock", "{port_file}", "60") as address:
        ended(started("--url", address, *options), folder)
    with serving(mock_app("aicc")) as address:
        ended(started("--url", f"{address}/aicc", *options, "--resume"), folder)
    report = json.loads((folder / "report.json").read_text())
    ids = [json.loads(line)["id"] for line in (folder / "exchanges.ndjson").read_text().splitlines()]

    assert (report["changes"]["run"], len(ids) - len(set(ids))) == (before["run"], 0)
    assert {"r2" in name for name in ids} == {True, False}


def test_run_that_did_not_begin_leaves_no_older_one_to_resume(tmp_path: Path) -> None:
    """A try again resumes the run that it belongs to, not one of another day."""
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "resume.json").write_text("{}")
    done = ended(started("--url", NOWHERE, "--api", "aicc", "--reports", str(folder)), folder)

    assert (done.code, done.reports) == (3, frozenset())


def test_resuming_another_run_is_refused(tmp_path: Path) -> None:
    """What a run of another depth left is not gone on with."""
    options = ("--api", "aicc", "--reports", str(tmp_path / "reports"), "-n", "1")
    with server(tmp_path, "-m", "tests.conformance.mortal_mock", "{port_file}", "60") as address:
        ended(started("--url", address, *options, "--quick"), tmp_path / "reports")
        done = ended(started("--url", address, *options, "--resume"), tmp_path / "reports")

    assert (done.code, "had another level" in done.err) == (2, True)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_interrupted_run_leaves_its_reports(workers: str, tmp_path: Path) -> None:
    """Ctrl-C ends a run with exit 130, its word, and the reports of what was done until then."""
    mock = Interrupting(mock_app("aicc"), 40)
    with serving(mock) as address:
        arguments = ("--url", f"{address}/aicc", "--api", "aicc", *WRITTEN, "--reports", str(tmp_path))
        process = started(*arguments, "-n", workers)
        mock.process = process.pid
        done = ended(process, tmp_path)

    assert (done.code, done.out.splitlines()[-1], "Traceback" in done.err, done.reports) == (
        130,
        "interrupted: stopped; the reports hold what was done until then, --resume goes on from there.",
        False,
        frozenset({*WRITTEN_FILES, "exchanges.ndjson", "resume.json"}),
    )


@pytest.mark.parametrize(
    "more", [(*WRITTEN, "-n", "1"), (*WRITTEN, "-n", "2"), ("-n", "1", "-k", "modifyCase and generated")]
)
def test_terminated_run_leaves_its_reports(more: tuple[str, ...], tmp_path: Path) -> None:
    """SIGTERM ends a run as Ctrl-C does: its word, the reports of what was done until then, and exit 143."""
    mock = Interrupting(mock_app("aicc"), 40, signal.SIGTERM)
    with serving(mock) as address:
        process = started("--url", f"{address}/aicc", "--api", "aicc", "--reports", str(tmp_path), *more)
        mock.process = process.pid
        done = ended(process, tmp_path)

    assert (done.code, done.out.splitlines()[-1], "Traceback" in done.err, done.reports) == (
        143,
        "terminated: stopped by SIGTERM; the reports hold what was done until then, --resume goes on from there.",
        False,
        frozenset({*WRITTEN_FILES, "exchanges.ndjson", "resume.json"}),
    )
