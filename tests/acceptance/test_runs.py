"""What users of the harness stumbled over: green runs of nothing, lost writes, crashes, and words that mislead."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from defusedxml.ElementTree import fromstring

from tests.acceptance.faulty_server import FaultyServer, faulty
from tests.acceptance.product import (
    CASE,
    OPERATOR,
    READ,
    TREE,
    Done,
    Mock,
    casepact,
    ended,
    mock,
    report,
    started,
)

QUICK = ("--quick", "--seed", "1", "-n", "1")
TITLE = ("-k", "title")
"""A few probes of one member."""

RECORDS = {
    "case.open": {"id": CASE},
    "case.other": {"id": "c6m800000147rF58Yqd2"},
    "case.completed": {"id": "c6m800000131kQ42Uma7"},
    "case.templated": {"id": "c6m800000153nT74Wpb9", "field": "AICC__test1__CST"},
    "user.owner": {"id": "10gg0000012IpiXMqxzk"},
    "user.creator": {"id": "10gg0000013wljxK5XX6"},
    "contact": {"id": "ciIy0000013w9aru7cDQ"},
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    """A mock of AICC and R7-Office."""
    with mock(tmp_path_factory.mktemp("mock"), "--api", "aicc", "--api", "r7office") as found:
        yield found


def profile(folder: Path, address: str, records: Any = RECORDS, **more: Any) -> str:
    """A profile of AICC at an address; `more` are its members beside `apis`."""
    actors = {"operator": {"seed": "operator"}, "client": {"seed": "operator"}}
    data = {**more, "apis": {"aicc": {"url": f"{address}/aicc", "actors": actors, "records": records}}}
    (folder / "staging.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    return "staging.yaml"


# Green runs


@pytest.mark.parametrize(
    ("records", "select"),
    [(RECORDS, ()), ({"case.open": {"id": CASE}}, ()), (RECORDS, ("--operation", "modifyCase"))],
    ids=["every role", "one record", "one operation"],
)
def test_run_that_verified_nothing_of_the_page_is_not_green(
    records: Any, select: tuple[str, ...], served: Mock, tmp_path: Path
) -> None:
    """
    Where a profile forbids writes nothing of the page is verified: exit 4, and the reason.
    """
    name = profile(tmp_path, f"http://127.0.0.1:{served.port}", records, writes="none")
    done = casepact("check", "--target", name, *QUICK, *select, cwd=tmp_path)

    assert (done.code, "writes: none" in done.out.splitlines()[-1]) == (4, True), done.out


def test_run_of_a_profile_that_lacks_the_records_is_not_green(served: Mock, tmp_path: Path) -> None:
    """
    What a profile lacks makes no run green either.
    """
    name = profile(tmp_path, f"http://127.0.0.1:{served.port}", {"case.open": {"id": CASE}}, writes="allowed")
    done = casepact("check", "--target", name, *QUICK, "-k", "modifyCase and caseInfo/title", cwd=tmp_path)

    assert (done.code, "user.owner" in done.out) == (4, True), done.out


def test_who_wants_a_run_without_verified_statements_gets_it(served: Mock, tmp_path: Path) -> None:
    """
    --allow-unverified ends it with 0, and says so.
    """
    name = profile(tmp_path, f"http://127.0.0.1:{served.port}", writes="none")
    done = casepact("check", "--target", name, *QUICK, "--allow-unverified", cwd=tmp_path)

    assert (done.code, "--allow-unverified" in done.out.splitlines()[-1]) == (0, True), done.err


# Runs that are stopped


def stored(served: Mock) -> Any:
    """The case as the mock has it."""
    return served.ask("GET", READ, headers=OPERATOR).json()["result"][0]["caseInfo"]


@dataclass(frozen=True, slots=True)
class Stopped:
    """A run that was stopped after a write; `before` and `after` are the case before and after it."""

    done: Done
    folder: Path
    before: Any
    after: Any


@contextmanager
def restored(served: Mock) -> Iterator[None]:
    """The mock has its fixtures again afterwards."""
    yield
    assert served.control("POST", "/worlds/default/reset").status < 300


@pytest.fixture(scope="module")
def terminated(served: Mock, tmp_path_factory: pytest.TempPathFactory) -> Stopped:
    """A run of `writes: reversible` that gets SIGTERM while its third write is answered."""
    folder = tmp_path_factory.mktemp("terminated")
    server = FaultyServer()
    with restored(served), faulty(server, served.port):
        name, before = profile(folder, server.address, writes="reversible"), stored(served)
        process = started("check", "--target", name, *QUICK, cwd=folder)
        server.written = lambda count: os.kill(process.pid, signal.SIGTERM) if count == 3 else None
        return Stopped(ended(process), folder, before, stored(served))


def test_sigterm_ends_a_run_with_its_code(terminated: Stopped) -> None:
    """
    The exit code is that of a process which SIGTERM ended.
    """
    assert terminated.done.code == 143


def test_what_was_written_is_put_back_after_sigterm(terminated: Stopped) -> None:
    """
    The case is as it was found.
    """
    assert terminated.after == terminated.before


def test_reports_are_written_after_sigterm(terminated: Stopped) -> None:
    """
    The reports hold what was done until then.
    """
    assert report(terminated.folder / "reports")["apis"]["aicc"]["exchanges"] > 0


def run_that_loses_its_server(served: Mock, folder: Path, *words: str, **more: str) -> Stopped:
    """A run of `writes: reversible` whose server is gone when its first write has been carried out."""
    server = FaultyServer()
    with restored(served), faulty(server, served.port):
        name, before = profile(folder, server.address, writes="reversible"), stored(served)

        def die(count: int) -> None:
            server.dead = True

        server.written = die
        done = casepact("check", "--target", name, *QUICK, *TITLE, *words, cwd=folder, **more)
        return Stopped(done, folder, before, stored(served))


@pytest.fixture(scope="module")
def lost(served: Mock, tmp_path_factory: pytest.TempPathFactory) -> Stopped:
    """Such a run, with CASEPACT_STATE naming a folder."""
    folder = tmp_path_factory.mktemp("lost")
    (folder / "here").mkdir()
    return run_that_loses_its_server(served, folder / "here", CASEPACT_STATE=str(folder / "state"))


def test_reports_are_written_when_the_server_is_gone(lost: Stopped) -> None:
    """
    Exit 3, and the reports of what was done until then.
    """
    assert lost.done.code == 3
    assert report(lost.folder / "reports")["apis"]["aicc"]["exchanges"] > 0


def test_run_says_that_records_are_to_be_put_back(lost: Stopped) -> None:
    """
    Where the server is gone before a write is undone, the command that undoes it is named.
    """
    assert lost.before != lost.after
    assert "casepact target restore" in lost.done.out + lost.done.err


def test_variable_says_where_the_write_journal_is(lost: Stopped) -> None:
    """
    CASEPACT_STATE has it, and nothing of it is beside the reports.
    """
    assert any(path.is_file() for path in (lost.folder.parent / "state").rglob("*"))
    assert {path.name for path in lost.folder.iterdir()} == {"reports", "staging.yaml"}


def test_option_says_where_the_write_journal_is(served: Mock, tmp_path: Path) -> None:
    """
    --journal-dir has it, whatever CASEPACT_STATE says.
    """
    words = ("--journal-dir", str(tmp_path / "journals"))
    run_that_loses_its_server(served, tmp_path, *words, CASEPACT_STATE=str(tmp_path / "state"))

    assert any(path.is_file() for path in (tmp_path / "journals").rglob("*"))
    assert not (tmp_path / "state").exists()


# Profiles


@dataclass(frozen=True, slots=True)
class Role:
    """A role of a new profile: its line, and the comment above it and below it."""

    line: str
    comment: str


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a new profile of eGain and AICC."""
    folder = tmp_path_factory.mktemp("new")
    assert casepact("target", "new", "one", "--api", "egain", "--api", "aicc", cwd=folder).code == 0
    return folder


def profile_text(new: Path) -> str:
    """The profile that was written."""
    return next(new.rglob("one.yaml")).read_text(encoding="utf-8")


def roles(text: str) -> dict[str, Role]:
    """The roles of a profile by name, records and actors."""
    found: dict[str, Role] = {}
    comment: list[str] = []
    for line in text.splitlines():
        match = re.fullmatch(r"      (?:# )?([\w.-]+): \{.*\}", line)
        if match:
            found[match[1]] = Role(line.strip("# "), " ".join(comment))
        comment = [] if match or not line.startswith("      #") else [*comment, line.strip(" #")]
    return found


@pytest.mark.parametrize("part", [r"Statements that ask for it: \d+", r"For example: \S", r"[A-Z].{20,}\."])
def test_new_profile_describes_every_record(part: str, new: Path) -> None:
    """
    How many statements need it, an example, and what it must look like.
    """
    records = {name: role for name, role in roles(profile_text(new)).items() if "id: FILL-IN" in role.line}

    assert (len(records) > 20, [name for name, role in records.items() if not re.search(part, role.comment)]) == (
        True,
        [],
    )


def test_new_profile_has_the_right_scheme_of_a_client(new: Path) -> None:
    """
    eGain's client application signs in with a token of its own, by oAuthClient.
    """
    assert roles(profile_text(new))["integration"].line.startswith("integration: {oAuthClient:")


def test_new_profile_has_the_colleague(new: Path) -> None:
    """
    The user whom cases are transferred to has a place.
    """
    assert "colleague" in roles(profile_text(new))


VARIABLES = {
    f"{actor}_{kind}": "secret" for actor in ("EGAIN_AGENT", "AICC_OPERATOR") for kind in ("TOKEN", "CREDENTIAL")
}


def test_value_that_is_not_filled_in_is_a_flaw(new: Path) -> None:
    """
    `target check` refuses FILL-IN, with the line.
    """
    done = casepact("target", "check", "one", cwd=new, **VARIABLES)
    line = next(number for number, text in enumerate(profile_text(new).splitlines(), 1) if "{id: FILL-IN}" in text)

    assert (done.code, bool(re.search(rf"one\.yaml:{line}: .*FILL-IN", done.err))) == (2, True), done.err


@pytest.mark.parametrize(
    ("api", "actor", "role", "lacks"),
    [
        ("aicc", {"operator": {"seed": "operator"}}, "case.templated", "field"),
        ("egain", {"agent": {"seed": "agent"}}, "attribute.options", "one"),
    ],
)
def test_record_that_lacks_a_member_is_a_flaw(api: str, actor: Any, role: str, lacks: str, tmp_path: Path) -> None:
    """
    `target check` says which member a role needs, before a probe looks for it.
    """
    records = {"case.open": {"id": CASE if api == "aicc" else 1013}, role: {"id": "c6m800000153nT74Wpb9"}}
    data = {"apis": {api: {"url": "http://127.0.0.1:9", "actors": actor, "records": records}}}
    (tmp_path / "staging.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    done = casepact("target", "check", "staging.yaml", cwd=tmp_path)

    assert (done.code, role in done.err, f"`{lacks}`" in done.err) == (2, True, True), done.err


# Probes that crash


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Done, Path]:
    """A run in which one probe of AICC has a defect."""
    folder = tmp_path_factory.mktemp("crashed")
    tree = copied(folder)
    file = tree / "conformance" / "probes" / "aicc.py"
    text = file.read_text(encoding="utf-8")
    changed = re.sub(r"(def _id_stays\(\w+: \w+\) -> None:\n)", r'\1    raise RuntimeError("a\\ndefect")\n', text)
    assert changed != text
    file.write_text(changed, encoding="utf-8")
    words = ("check", "--api", "aicc", *QUICK, "-k", "modifyCase and selects")
    return casepact(*words, cwd=folder, tree=tree), folder / "reports"


def copied(folder: Path) -> Path:
    """A copy of the programs under test and what they read, for a change in it."""
    tree = folder / "tree"
    for name in ("conformance", "mock_server", "specs", "fixtures"):
        shutil.copytree(TREE / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tree


def test_crash_of_a_probe_is_not_a_verdict(crashed: tuple[Done, Path]) -> None:
    """
    It ends the run with 2 and its own word; the statement was not exercised.
    """
    done, reports = crashed

    assert (done.code, done.out.splitlines()[-1].partition(":")[0]) == (2, "could not run"), done
    assert report(reports)["apis"]["aicc"]["statements"]["HW-19"]["outcome"] == "not exercised"


def test_crash_of_a_probe_is_one_line(crashed: tuple[Done, Path]) -> None:
    """
    The exception and its place stand in one line, without a traceback.
    """
    done, _ = crashed
    lines = [line for line in (done.out + done.err).splitlines() if "RuntimeError" in line]

    assert [bool(re.search(r"RuntimeError: a defect \(\S*probes/aicc\.py:\d+\)", line)) for line in lines] == [True]
    assert "Traceback" not in done.out + done.err


def test_crash_of_a_probe_is_an_error_in_junit(crashed: tuple[Done, Path]) -> None:
    """
    CI systems show an error, and no failure.
    """
    suite = fromstring(next(crashed[1].rglob("junit.xml")).read_text(encoding="utf-8"))[0]

    assert (suite.get("errors"), suite.get("failures"), len(list(suite.iter("error")))) == ("1", "0", 1)


# Findings, baselines and plans


def cut(body: bytes) -> bytes:
    """The body of a modification with its title cut."""
    data = json.loads(body)
    title = data.get("caseInfo", {}).get("title")
    if isinstance(title, str) and len(title) > 60:
        data["caseInfo"]["title"] = title[:60]
    return json.dumps(data, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Found:
    """A run against a server with one fault; `folder` holds `reports` and the profile."""

    done: Done
    folder: Path
    address: str

    @property
    def violated(self) -> list[str]:
        """The statements that are violated."""
        statements = report(self.folder / "reports")["apis"]["aicc"]["statements"]
        return [name for name, verdict in statements.items() if verdict["outcome"] == "violated"]


@pytest.fixture(scope="module")
def cutting(served: Mock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    """A run against a server that cuts titles, which goes on serving."""
    folder, server = tmp_path_factory.mktemp("cutting"), FaultyServer(request=cut)
    with faulty(server, served.port):
        name = profile(folder, server.address, worlds=True, writes="allowed")
        done = casepact("check", "--target", name, *QUICK, *TITLE, cwd=folder)
        found = Found(done, folder, server.address)
        assert (done.code, bool(found.violated)) == (1, True), done
        yield found


def test_length_of_a_cut_text_is_counted_as_its_limit_counts(cutting: Found) -> None:
    """
    A title of 128 bytes, as the page allows, is quoted as one of 128 bytes.
    """
    quoted = re.findall(r"documented +'.*\((\d+ \w+)\)$", cutting.done.out, re.MULTILINE)

    assert (bool(quoted), [text for text in quoted if text != "128 bytes"]) == (True, []), cutting.done.out


def test_run_whose_violations_are_all_excused_says_so(cutting: Found, tmp_path: Path) -> None:
    """
    The last line is "kept, 1 excused", or as many as there are.
    """
    waivers = [
        {"statement": name, "reason": "known", "owner": "Anna Berg", "until": "2099-01-01"} for name in cutting.violated
    ]
    name = profile(tmp_path, cutting.address, worlds=True, writes="allowed", waivers=waivers)
    done = casepact("check", "--target", name, *QUICK, *TITLE, cwd=tmp_path)

    assert (done.code, bool(re.match(r"kept, [1-9]\d* excused", done.out.splitlines()[-1]))) == (0, True), done.out


def test_last_failures_without_any_are_everything(served: Mock, tmp_path: Path) -> None:
    """
    --lf without a run before it runs all probes that are selected, and says so.
    """
    words = ("check", "--url", f"http://127.0.0.1:{served.port}/aicc", "--api", "aicc", *QUICK, *TITLE)
    done = casepact(*words, "--lf", cwd=tmp_path)

    assert (done.code in (0, 4), report(tmp_path / "reports")["apis"]["aicc"]["probes"] > 5) == (True, True), done
    assert "--lf" in done.out + done.err


@pytest.fixture(scope="module")
def baseline(cutting: Found) -> Done:
    """The findings of that run, taken as known."""
    return casepact("baseline", "update", "known.json", cwd=cutting.folder)


def test_baseline_names_the_run_that_it_is_of(cutting: Found, baseline: Done) -> None:
    """
    Run, target and time are printed, and stand in the file.
    """
    text = (cutting.folder / "known.json").read_text(encoding="utf-8")

    assert baseline.code == 0
    for part in (r"check-[0-9a-f]{6}", "staging", r"\d{4}-\d\d-\d\dT\d\d:\d\d"):
        assert re.search(part, baseline.out) and re.search(part, text)


def test_report_of_an_older_run_is_refused(cutting: Found, baseline: Done, tmp_path: Path) -> None:
    """
    A baseline that was taken from a later run is left as it is.
    """
    older = tmp_path / "older"
    shutil.copytree(cutting.folder / "reports", older)
    time.sleep(1)
    casepact("check", "--target", "staging.yaml", *QUICK, *TITLE, cwd=cutting.folder)
    words = ("baseline", "update", str(tmp_path / "known.json"), "--reports")
    newer = casepact(*words, str(cutting.folder / "reports"), cwd=tmp_path)
    kept = (tmp_path / "known.json").read_bytes()
    done = casepact(*words, str(older), cwd=tmp_path)

    assert (newer.code, done.code, (tmp_path / "known.json").read_bytes() == kept) == (0, 2, True), done


def test_report_of_another_target_is_refused(cutting: Found, baseline: Done, served: Mock, tmp_path: Path) -> None:
    """
    A baseline of one target is not overwritten by the report of another.
    """
    shutil.copy(cutting.folder / "known.json", tmp_path / "known.json")
    name = profile(tmp_path, f"http://127.0.0.1:{served.port}", worlds=True, writes="allowed")
    (tmp_path / name).rename(tmp_path / "other.yaml")
    casepact("check", "--target", "other.yaml", *QUICK, *TITLE, cwd=tmp_path)
    done = casepact("baseline", "update", "known.json", cwd=tmp_path)

    assert (done.code, "of other," in done.err, done.err.count("\n")) == (2, True, 1), done


def second_is_refused() -> Callable[[str, bytes], tuple[int, bytes] | None]:
    """A server that refuses a request which is the same as the one before in its world."""
    last: dict[str, bytes] = {}

    def answer(world: str, body: bytes) -> tuple[int, bytes] | None:
        same, last[world] = last.get(world) == body, body
        return (409, b'{"error": "once more"}') if same else None

    return answer


def test_step_that_repeats_is_printed_once(served: Mock, tmp_path: Path) -> None:
    """
    A finding that takes the same request several times says how often, and shows it once.
    """
    with faulty(FaultyServer(path="/close", answer=second_is_refused()), served.port) as server:
        words = ("--url", f"{server.address}/r7office", "--api", "r7office", *QUICK, "--statement", "OO-69")
        done = casepact("check", *words, cwd=tmp_path)
    commands = [re.sub(r"^  (repeat|then)( \d+ times)? +", "", line) for line in done.out.splitlines()]
    pairs = pairwise(commands)

    assert re.search(r"^  (?:repeat|then) \d+ times +curl ", done.out, re.MULTILINE), done.out
    assert [first for first, second in pairs if first == second and first.startswith("curl ")] == []


def test_bound_of_a_plan_is_of_the_order_of_the_run(tmp_path: Path) -> None:
    """
    A plan promises no more than three times what an honest server is sent.
    """
    words = ("check", "--api", "aicc", *QUICK)
    plan = casepact(*words, "--plan", cwd=tmp_path)
    casepact(*words, cwd=tmp_path)
    bound = int(re.search(r"at most (\d+) requests", plan.out)[1])  # type: ignore[index]

    assert bound <= 3 * report(tmp_path / "reports")["apis"]["aicc"]["exchanges"]


def test_explanation_is_for_a_mock_that_can_be_started(tmp_path: Path) -> None:
    """
    The commands are for the address at which the printed command starts a mock.
    """
    done = casepact("explain", "HW-25", cwd=tmp_path)
    ports = set(re.findall(r"http://127\.0\.0\.1:(\d+)", done.out))

    assert (done.code, "casepact mock --api aicc" in done.out, ports) == (0, True, {"8080"}), done.out


# Documents that nobody finished, and litter

TICKETS = """\
openapi: 3.0.3
info: {title: Tickets, version: "1"}
paths:
  /tickets/{id}:
    get:
      operationId: getTicket
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: A ticket., content: {application/json: {example: {}}}}}
    put:
      operationId: putTicket
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: {type: object, properties: {title: {type: string}}}}}}
      responses: {"200": {description: A ticket., content: {application/json: {example: {}}}}}
"""


@pytest.mark.parametrize("words", [("lint",), ("check", "--api", "tickets")], ids=["lint", "check"])
def test_document_without_a_ledger_is_named(words: tuple[str, ...], tmp_path: Path) -> None:
    """
    What is not checked of an openapi.yaml alone in a folder of `specs` is said, with the file.
    """
    done = casepact(*words, cwd=tmp_path, tree=with_tickets(tmp_path))

    assert re.search(r"specs/tickets/openapi\.yaml:1, tickets: no statements\.yaml is beside it", done.err), done


def test_document_without_a_ledger_is_served(tmp_path: Path) -> None:
    """
    The mock answers its requests from its examples.
    """
    with mock(tmp_path, tree=with_tickets(tmp_path)) as found:
        assert found.ask("GET", "/tickets/tickets/1").status == 200


def with_tickets(folder: Path) -> Path:
    """A copy of the programs with such a document."""
    tree = copied(folder)
    (tree / "specs" / "tickets").mkdir()
    (tree / "specs" / "tickets" / "openapi.yaml").write_text(TICKETS, encoding="utf-8")
    return tree


OPERATION = """\
  /service/AICC__Case/1.0.0/openapi/case/extra:
    post:
      operationId: extraCase
      tags: [cases]
      summary: Something more
      description: Something more.
      x-supporting: true
      requestBody:
        required: true
        content: {application/json: {schema: {type: object, properties: {a: {type: string}}}}}
      responses: {"200": {description: Done.}}
"""


def with_operation(tmp_path: Path) -> Path:
    """A copy of the programs whose contract of AICC has an operation more, without behaviour, example or statement."""
    tree = copied(tmp_path)
    file = tree / "specs" / "aicc" / "openapi.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("\npaths:\n", f"\npaths:\n{OPERATION}", 1), encoding="utf-8")
    return tree


@pytest.mark.parametrize(
    "words", [("mock", "--api", "aicc", "--describe"), ("check", "--api", "aicc", "--quick"), ("lint",)]
)
def test_operation_without_behaviour_or_example_is_named(words: tuple[str, ...], tmp_path: Path) -> None:
    """
    Each command that meets it ends with one line that has the operation, file and line, and no traceback.
    """
    done = casepact(*words, cwd=tmp_path, tree=with_operation(tmp_path))

    assert done.code != 0
    assert re.search(r"specs/aicc/openapi\.yaml:\d+.*extraCase", done.err), done.err
    assert "Traceback" not in done.out + done.err


def test_body_without_an_example_is_checked(tmp_path: Path) -> None:
    """
    Requests are made of the schema of a body that has no example, and an honest server is not accused by them.
    """
    tree = copied(tmp_path)
    file = tree / "specs" / "aicc" / "openapi.yaml"
    before, name, operation = file.read_text(encoding="utf-8").partition("operationId: modifyCase")
    request, responses, after = operation.partition("responses:")
    bare = re.sub(r"\n( +)(?:examples|x-samples):\n(?:\1  .*\n)+", "\n", request)
    assert "testOpenApi11" in request and "testOpenApi11" not in bare
    file.write_text(before + name + bare + responses + after, encoding="utf-8")
    done = casepact("check", "--api", "aicc", *QUICK, "-k", "modifyCase and caseInfo", cwd=tmp_path, tree=tree)
    outcomes = report(tmp_path / "reports")["apis"]["aicc"]["statements"]

    assert (done.code, outcomes["HW-21"]["outcome"]) == (0, "verified"), done.out


def test_run_leaves_nothing_but_its_reports(served: Mock, tmp_path: Path) -> None:
    """
    Neither .hypothesis nor .casepact is in the user's folder, whatever a run wrote and drew.
    """
    here = tmp_path / "here"
    here.mkdir()
    with restored(served):
        name = profile(here, f"http://127.0.0.1:{served.port}", writes="reversible")
        casepact("check", "--target", name, *QUICK, *TITLE, cwd=here, HOME=str(tmp_path / "home"))

    assert {path.name for path in here.iterdir()} == {"reports", "staging.yaml"}
