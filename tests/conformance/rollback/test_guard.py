"""A reversible target ends as it began: after a run, after Ctrl-C, after `kill -9` and `casepact target restore`."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.reports import WRITTEN as WRITTEN_FILES
from conformance.rollback.guard import RollbackGuard, as_sent, differences, put_back
from conformance.rollback.interrupts import Interrupts
from conformance.rollback.inverses import INVERSES, Sent
from conformance.rollback.inverses.inverse import Inverse, NotRead, State
from conformance.rollback.write_journal import WriteJournal, journals_of
from conformance.target.client import Target
from conformance.target.errors import GatewayAnswer, Unreachable, WriteForbidden
from conformance.target.exchange import Request
from conformance.target.profile import MAINTAINED, Writes, bare_profile
from specs import CasepactError
from specs.source import FIXTURES
from tests.conformance.answers import NOWHERE, contract_of
from tests.delaying_proxy import delaying

PROJECT = Path(__file__).resolve().parent.parent.parent.parent
DELAY = 0.05
APIS = ("aicc", "egain", "onlyoffice", "r7office")
FEW = {"aicc": "caseInfo/title or keeps or kept", "r7office": "closeCase and not generated"}
"""Probes that write a lot in little time."""


@dataclass(frozen=True, slots=True)
class Staging:
    """A mock without worlds behind a slow network, and the folder with its profile `staging`."""

    api: str
    mock: str
    folder: Path
    server: subprocess.Popen[bytes]
    started: list[subprocess.Popen[str]]

    def records(self) -> Any:
        """
        All records of the mock, without the members that a server maintains, and their relations in any order.

        Which relation of a case comes first nobody promises, and no operation sets it.
        """
        with urllib.request.urlopen(f"{self.mock}/_casepact/v1/worlds/default/fixtures/{self.api}") as answer:
            return _without_order(_without_maintained(json.load(answer)))

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A run of `casepact`, in a process of its own."""
        process = subprocess.Popen(
            [sys.executable, "-m", "conformance", *words],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(PROJECT), "CASEPACT_STATE": str(self.folder / "state")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.started.append(process)
        return process

    def check(self, *words: str) -> subprocess.Popen[str]:
        """A run of the probes."""
        return self.start("check", "--target", "staging.yaml", "--seed", "1", *words)


@contextmanager
def staging(api: str, folder: Path, **profile: Any) -> Iterator[Staging]:
    """A fresh mock of one API behind a proxy that delays, with a profile that lets writes be reversible."""
    port_file = folder / "port"
    words = [sys.executable, "-m", "mock_server", "--port", "0", "--quiet", "--port-file", str(port_file), "--api", api]
    process = subprocess.Popen(words, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not (port_file.exists() and port_file.read_text().strip()):
            if time.monotonic() > deadline:
                raise TimeoutError("the mock did not start")
            time.sleep(0.02)
        mock = f"http://127.0.0.1:{port_file.read_text().strip()}"
        with delaying(mock, DELAY) as slow:
            known = yaml.safe_load((FIXTURES / "targets" / "mock.yaml").read_text(encoding="utf-8"))["apis"][api]
            described = {"writes": "reversible", **profile, "apis": {api: {**known, "url": f"{slow}/{api}"}}}
            (folder / "staging.yaml").write_text(yaml.safe_dump(described), encoding="utf-8")
            place = Staging(api, mock, folder, process, [])
            try:
                yield place
            finally:
                for run in place.started:
                    run.kill()
                    run.wait()
                    if run.stdout is not None:
                        run.stdout.close()
    finally:
        process.kill()
        process.wait()


def written(place: Staging, process: subprocess.Popen[str], seconds: float = 120) -> None:
    """Wait until a run has written for the first time."""
    deadline = time.monotonic() + seconds
    start = place.records()
    while place.records() == start and process.poll() is None:
        if time.monotonic() > deadline:
            raise TimeoutError("nothing was written")


@pytest.mark.slow
@pytest.mark.parametrize("api", APIS)
def test_records_are_as_before_after_a_run(api: str, tmp_path: Path) -> None:
    """
    All probes of a reversible target leave the records as they found them.
    """
    with staging(api, tmp_path) as place:
        before = place.records()
        place.check("--quick").communicate(timeout=900)

        assert place.records() == before


def test_records_are_as_before_after_a_few_probes(tmp_path: Path) -> None:
    """
    Probes that close and reopen cases leave them as they found them, and the run is kept.
    """
    with staging("r7office", tmp_path) as place:
        before = place.records()
        run = place.check("--quick", "-k", FEW["r7office"])
        out, _ = run.communicate(timeout=300)

        assert (place.records() == before, run.returncode) == (True, 0), out


@pytest.mark.parametrize(
    ("moment", "number", "code"), [(0, signal.SIGINT, 130), (9, signal.SIGINT, 130), (0, signal.SIGTERM, 143)]
)
def test_records_are_as_before_soon_after_ctrl_c(
    moment: int, number: signal.Signals, code: int, tmp_path: Path
) -> None:
    """
    Ctrl-C, or SIGTERM, while a probe writes puts the records back before the run ends with exit 130, or 143.
    """
    with staging("aicc", tmp_path) as place:
        before = place.records()
        run = place.check("--quick", "-k", FEW["aicc"])
        written(place, run)
        time.sleep(random.Random(moment).uniform(0, 0.3))
        run.send_signal(number)
        out, _ = run.communicate(timeout=120)

        assert (run.returncode, place.records() == before) == (code, True), out


def test_server_that_dies_in_a_write_leaves_reports_and_what_is_due(tmp_path: Path) -> None:
    """
    Nothing can be put back on a server that is gone: exit 3, reports, and the command that will put it back.
    """
    with staging("aicc", tmp_path) as place:
        run = place.check("--quick", "-k", FEW["aicc"])
        written(place, run)
        place.server.kill()
        out, _ = run.communicate(timeout=120)
        reports = {path.name for path in (tmp_path / "reports" / "staging").glob("*") if path.is_file()}

        assert (run.returncode, "Run: casepact target restore staging.yaml" in out) == (3, True), out
        assert reports == {*WRITTEN_FILES, "exchanges.ndjson", "resume.json"}


@pytest.mark.slow
@pytest.mark.parametrize("moment", range(10))
@pytest.mark.parametrize("api", APIS)
def test_records_are_as_before_after_ctrl_c_at_any_moment(api: str, moment: int, tmp_path: Path) -> None:
    """
    Ctrl-C at a random moment of a run leaves the records as they were found.
    """
    with staging(api, tmp_path) as place:
        before = place.records()
        run = place.check("--quick")
        written(place, run)
        time.sleep(random.Random(f"{api} {moment}").uniform(0, 15))
        run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=120)

        assert place.records() == before, out


def test_run_that_was_killed_is_finished_by_restore(tmp_path: Path) -> None:
    """
    After `kill -9` in the middle of a write, `casepact target restore` puts the records back.
    """
    with staging("aicc", tmp_path) as place:
        before = place.records()
        _kill(place, "-k", FEW["aicc"])
        restore = place.start("target", "restore", "staging.yaml")
        out, _ = restore.communicate(timeout=120)

        assert (restore.returncode, place.records() == before) == (0, True), out


@pytest.mark.slow
@pytest.mark.parametrize("moment", range(3))
@pytest.mark.parametrize("api", APIS)
def test_run_that_was_killed_at_any_moment_is_finished_by_restore(api: str, moment: int, tmp_path: Path) -> None:
    """
    After `kill -9` at a random moment, `casepact target restore` leaves the records as they were found.
    """
    with staging(api, tmp_path) as place:
        before = place.records()
        _kill(place, after=random.Random(f"{api} {moment}").uniform(0, 10))
        out, _ = place.start("target", "restore", "staging.yaml").communicate(timeout=120)

        assert place.records() == before, out


def test_target_with_unfinished_writes_is_not_tested(tmp_path: Path) -> None:
    """
    What a killed run left is not taken for the start of the next: exit 2 and the command that puts it back.
    """
    with staging("aicc", tmp_path) as place:
        _kill(place, "-k", FEW["aicc"])
        run = place.check("--quick")
        out, _ = run.communicate(timeout=120)

        assert (run.returncode, "casepact target restore staging.yaml" in out) == (2, True)


def test_journal_is_where_the_command_line_says(tmp_path: Path) -> None:
    """
    A run that keeps its journal on a volume is finished from there, in whatever workspace; nothing else is left behind.
    """
    volume, workspace = tmp_path / "volume", tmp_path / "workspace"
    workspace.mkdir()
    with staging("aicc", tmp_path) as place:
        before = place.records()
        _kill(place, "-k", FEW["aicc"], "--journal-dir", "volume")
        (tmp_path / "staging.yaml").rename(workspace / "staging.yaml")
        words = ("target", "restore", "workspace/staging.yaml", "--journal-dir", "volume")
        out, _ = place.start(*words).communicate(timeout=120)

        assert ("as found" in out, place.records() == before) == (True, True), out
        assert list(volume.glob("*.jsonl")) == []
        assert {path.name for path in tmp_path.iterdir()} <= {"port", "reports", "volume", "workspace"}


def test_unfinished_journal_of_the_working_directory_is_put_back(tmp_path: Path) -> None:
    """
    A run that kept its journal in ./.casepact and was killed is finished, and the folder is gone then.
    """
    with staging("aicc", tmp_path) as place:
        before = place.records()
        _kill(place, "-k", FEW["aicc"])
        (kept,) = (tmp_path / "state").glob("*.jsonl")
        (tmp_path / ".casepact").mkdir()
        kept.rename(tmp_path / ".casepact" / "staging.writes.jsonl")
        out, _ = place.start("target", "restore", "staging.yaml").communicate(timeout=120)

        assert ("as found" in out, place.records() == before) == (True, True), out
        assert not (tmp_path / ".casepact").exists()


def test_several_processes_are_refused(tmp_path: Path) -> None:
    """
    Probes that put back what others of them change cannot run side by side.
    """
    with staging("aicc", tmp_path) as place:
        run = place.check("-n", "2")
        out, _ = run.communicate(timeout=120)

        assert (run.returncode, "Leave -n out" in out) == (2, True)


def _kill(place: Staging, *words: str, after: float = 0.0) -> None:
    """Start a run and kill it once it has written, and what it sent has come through."""
    run = place.check("--quick", *words)
    written(place, run)
    time.sleep(after)
    run.kill()
    run.communicate()
    time.sleep(4 * DELAY)


# What is noted and what is compared, without any server.


def test_entry_is_unfinished_until_it_is_done(tmp_path: Path) -> None:
    """
    The journal gives back what was found before a write, until the write is undone.
    """
    journal = WriteJournal(tmp_path / "j.jsonl")
    first, second = (journal.begin("aicc", NOWHERE, "a probe", {id: {"title": "x"}}) for id in ("a", "b"))
    journal.done(first)

    assert journal.unfinished() == [second]


def test_line_that_a_crash_cut_off_is_left_out(tmp_path: Path) -> None:
    """
    A line that never came to its end is no entry, and the next line is written in its place.
    """
    path = tmp_path / "j.jsonl"
    path.write_text('{"entry": {"id": "1", "ap')
    journal = WriteJournal(path)
    entry = journal.begin("aicc", NOWHERE, "a probe", {})

    assert journal.unfinished() == [entry]


def test_journal_that_was_changed_by_hand_is_reported(tmp_path: Path) -> None:
    """
    A line in the middle that is no entry is an error with file and line.
    """
    path = tmp_path / "j.jsonl"
    path.write_text('nonsense\n{"done": "1"}\n')

    with pytest.raises(CasepactError, match=r"j\.jsonl:1: "):
        WriteJournal(path).unfinished()


def test_two_runs_do_not_write_to_one_target(tmp_path: Path) -> None:
    """
    While a run holds the journal, another is refused.
    """
    path = tmp_path / "j.jsonl"

    with WriteJournal(path).held(), pytest.raises(CasepactError, match="another run"), WriteJournal(path).held():
        pass


def test_profiles_of_the_same_name_have_journals_of_their_own(tmp_path: Path) -> None:
    """
    What a project left unfinished is none of another project's, whose profile is called the same.
    """
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "staging.yaml").touch()
    (first,) = journals_of(str(tmp_path / "one" / "staging.yaml"), {"aicc": NOWHERE}, tmp_path)
    first.begin("aicc", NOWHERE, "a probe", {})
    elsewhere = journals_of(str(tmp_path / "other" / "staging.yaml"), {"aicc": "http://127.0.0.1:10"}, tmp_path)
    same_server = journals_of(str(tmp_path / "other" / "staging.yaml"), {"aicc": NOWHERE}, tmp_path)

    assert [len(elsewhere), elsewhere[0].unfinished(), same_server[0].path] == [1, [], first.path]


def test_journal_that_cannot_be_kept_is_reported(tmp_path: Path) -> None:
    """
    A folder that cannot be made is named, with what names another.
    """
    (tmp_path / "file").touch()

    with (
        pytest.raises(CasepactError, match="--journal-dir or CASEPACT_STATE"),
        WriteJournal(tmp_path / "file" / "state" / "j.jsonl").held(),
    ):
        pass


def test_journal_is_for_its_owner_alone(tmp_path: Path) -> None:
    """
    Records of somebody's staging system are not for everybody on the machine.
    """
    journal = WriteJournal(tmp_path / "j.jsonl")
    journal.begin("aicc", NOWHERE, "a probe", {})

    assert journal.path.stat().st_mode & 0o077 == 0


def test_members_that_the_server_maintains_are_no_difference() -> None:
    """
    A later `lastModified` is none of the harness's doing.
    """
    found = {"title": "a", "lastModified": "1", "related": [{"id": 1, "lastModified": "1"}]}
    now = {"title": "b", "lastModified": "2", "related": [{"id": 1, "lastModified": "2"}]}

    assert differences(found, now, frozenset({"lastModified"})) == ["/title"]


@pytest.mark.parametrize(
    ("maintained", "left"),
    [(MAINTAINED, ["a: /revision"]), ((*MAINTAINED, "revision"), [])],
)
def test_profile_names_what_the_server_maintains(maintained: tuple[str, ...], left: list[str]) -> None:
    """
    A member that the profile calls `maintained` is not put back, and what it becomes is no difference.
    """
    known = bare_profile("aicc", NOWHERE)
    api = replace(known.apis["aicc"], maintained=maintained)
    target = Target(contract_of("aicc"), replace(known, apis={"aicc": api}))
    inverse = Inverse(
        read=lambda ask, ids: {id: {"title": "x", "revision": 2} for id in ids},
        named=lambda sent: frozenset(),
        obstacles=lambda sent, found: {},
        mend=lambda ask, id, found, now: None,
        kinds=("case",),
    )

    assert put_back(target, inverse, {"a": {"title": "x", "revision": 1}}, seconds=1) == left


@pytest.mark.parametrize(
    ("api", "operation", "body", "found", "obstacle"),
    [
        ("aicc", "modifyCase", {"caseInfo": {"ownerId": "a"}}, {"ownerId": None}, "/caseInfo/ownerId"),
        ("aicc", "modifyCase", {"caseInfo": {"ownerId": "a"}}, {"ownerId": "b"}, ""),
        ("egain", "editCase", {"owner": {"user": {"id": "2"}}}, {"owner": {"user": {"id": "1"}}}, "/owner"),
        ("egain", "editCase", {"dueDate": "2095-01-01T00:00:00Z"}, {"dueDate": "2015-01-01T00:00:00Z"}, "/dueDate"),
        ("egain", "editCase", {"dueDate": "2095-01-01T00:00:00Z"}, {}, ""),
        ("egain", "editCase", {"severity": {"value": "high"}}, {}, "/severity"),
        ("egain", "editCase", {"notes": []}, {}, "/notes"),
        ("egain", "editCase", {"subject": "x"}, {}, ""),
        ("onlyoffice", "updateCase", {"title": "x"}, {"title": "y", "isPrivate": True}, "*"),
        ("onlyoffice", "updateCase", {"title": "x", "isNotify": True}, {"title": "y"}, "/isNotify"),
        ("onlyoffice", "updateCase", {"title": "x", "isNotify": False}, {"title": "y"}, ""),
        ("onlyoffice", "updateCase", {"customFieldList": [{"Key": 1}]}, {"title": "y"}, "/customFieldList"),
        ("onlyoffice", "closeCase", None, {"isPrivate": True}, ""),
    ],
)
def test_what_cannot_be_put_back_is_an_obstacle(
    api: str, operation: str, body: Any, found: Mapping[str, Any], obstacle: str
) -> None:
    """
    A member that no supporting operation can set back to what it was stands in the way of the request.
    """
    obstacles = INVERSES[api].obstacles(Sent(operation, {}, {}, body), found)

    assert [pointer or "*" for pointer in obstacles] == ([obstacle] if obstacle else [])


def test_record_that_cannot_be_read_is_named_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Those read with it are not blamed: which are is a matter of how long ago they were read.
    """
    known = bare_profile("aicc", NOWHERE)
    records = known.apis["aicc"].records
    readable, hidden = str(records["case.open"]["id"]), str(records["case.other"]["id"])

    def read(_: object, ids: Sequence[str]) -> dict[str, State]:
        if hidden in ids:
            raise NotRead(f"getCase answered 404 without {', '.join(ids)}")
        return {id: {} for id in ids}

    real = INVERSES["aicc"]
    inverse = Inverse(read, real.named, real.obstacles, real.mend, real.kinds)
    monkeypatch.setattr("conformance.rollback.guard.INVERSES", {"aicc": inverse})
    target = Target(contract_of("aicc"), replace(known, worlds=False, writes=Writes.REVERSIBLE))
    needs = ("case.open", "case.other")
    guard = RollbackGuard(target, WriteJournal(tmp_path / "journal"), Interrupts(), "a probe", needs)
    operation = target.contract.operation("modifyCase")
    body = json.dumps({"caseInfo": {"id": readable}}).encode()
    write = Request(operation.method, NOWHERE + operation.path, (("Content-Type", "application/json"),), body)

    with guard.rolling_back(), pytest.raises(WriteForbidden, match=f"404 without {hidden}\\)"):
        target.send(write)


def test_actor_whose_mending_a_gateway_cut_off_gets_another_turn() -> None:
    """
    The first actor may not mend the record, the second one's request ends at a gateway: he is asked again.
    """
    record, turns = {"title": "y"}, iter(["refused", "gateway", "done"])

    def mend(*_: object) -> None:
        turn = next(turns)
        if turn == "gateway":
            raise GatewayAnswer("a gateway answered 502")
        if turn == "done":
            record["title"] = "x"

    known = bare_profile("aicc", NOWHERE)
    api = replace(known.apis["aicc"], actors={name: {} for name in ("operator", "other")})
    target = Target(contract_of("aicc"), replace(known, apis={"aicc": api}))
    inverse = Inverse(
        lambda *_: {"a": dict(record)}, INVERSES["aicc"].named, INVERSES["aicc"].obstacles, mend, ("case",)
    )

    assert put_back(target, inverse, {"a": {"title": "x"}}, seconds=5) == []


@pytest.mark.parametrize("shown", [{}, {"accessList": [{"id": "u"}]}], ids=["list hidden", "list shown"])
def test_contacts_of_a_private_case_are_put_back_by_themselves(shown: Mapping[str, Any]) -> None:
    """
    An update without the access list would make the case public, and one with it would let its sender join.
    """
    asked: list[str] = []
    found = {"title": "x", "isPrivate": True, "members": [{"id": 1}, {"id": 2}], **shown}
    INVERSES["onlyoffice"].mend(lambda name, **_: asked.append(name), "7", found, {**found, "members": [{"id": 2}]})  # type: ignore[arg-type, return-value, func-returns-value] # the answers are not looked at

    assert asked == ["removeCaseContact", "addCaseContact", "addCaseContact"]


@pytest.mark.parametrize(
    ("api", "method", "path", "body", "ids"),
    [
        ("onlyoffice", "PUT", "/api/2.0/crm/case/7.xml?caseid=8", b'{"CaseId": 9}', {"7", "8", "9"}),
        ("r7office", "PUT", "/api/2.0/crm/case/7/close", b"", {"7"}),
        ("aicc", "POST", "/service/AICC__Case/1.0.0/openapi/case/modify", b'{"caseInfo": {"id": "a"}}', {"a"}),
        ("aicc", "POST", "/service/AICC__Case/1.0.0/openapi/case/modify", b"{", set()),
        (
            "egain",
            "PATCH",
            "/core/casemgr/v3/case",
            b'{"id": "1", "relatedCases": {"link": [{"href": "x/2"}]}}',
            {"1", "2"},
        ),
    ],
)
def test_request_names_its_records(api: str, method: str, path: str, body: bytes, ids: set[str]) -> None:
    """
    Whatever record a request may change is found in its path, query or body.
    """
    sent = as_sent(contract_of(api), NOWHERE, Request(method, NOWHERE + path, (), body))

    assert sent is not None and INVERSES[api].named(sent) == ids


def test_request_that_the_contract_does_not_have_is_none() -> None:
    """
    A method that no operation declares at its path cannot be looked into.
    """
    assert as_sent(contract_of("aicc"), NOWHERE, Request("DELETE", f"{NOWHERE}/service", ())) is None


def _without_maintained(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_maintained(member) for name, member in value.items() if name not in MAINTAINED}
    return [_without_maintained(item) for item in value] if isinstance(value, list) else value


def test_member_of_a_request_may_show_as_several_members_whatever_their_letters() -> None:
    """
    An inverse names the members as the documents do; a member that it does not name shows under its own name.
    """
    inverse = replace(INVERSES["aicc"], shown_as={"Weeks": ("dueDate", "Renewals"), "contactId": "members"})

    shown = [inverse.members_shown(name) for name in ("weeks", "contactid", "Title")]

    assert shown == [("duedate", "renewals"), ("members",), ("title",)]


def _without_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: sorted(member) if name == "related" and isinstance(member, list) else _without_order(member)
            for name, member in value.items()
        }
    return [_without_order(item) for item in value] if isinstance(value, list) else value


def test_what_others_change_beside_a_list_of_edits_is_left_to_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Each body of the list says which members it names; a note that somebody adds meanwhile is not of these.
    """
    known = bare_profile("egain", NOWHERE)
    records = known.apis["egain"].records
    one, other = str(records["case.open"]["id"]), str(records["case.other"]["id"])
    cases: dict[str, State] = {id: {"id": id, "subject": "as it was", "notes": []} for id in (one, other)}

    def read(_: object, ids: Sequence[str]) -> dict[str, State]:
        return {id: dict(cases[id]) for id in ids}

    def mend(*_: object) -> None:
        raise AssertionError("nothing of ours is to be mended")

    real = INVERSES["egain"]
    inverse = Inverse(read, real.named, real.obstacles, mend, real.kinds)
    monkeypatch.setattr("conformance.rollback.guard.INVERSES", {"egain": inverse})
    target = Target(contract_of("egain"), replace(known, worlds=False, writes=Writes.REVERSIBLE))
    guard = RollbackGuard(target, WriteJournal(tmp_path / "journal"), Interrupts(), "a probe", ())
    operation = target.contract.operation("editCase")
    body = json.dumps([{"id": id, "subject": "Casepact"} for id in (one, other)]).encode()
    write = Request(operation.method, NOWHERE + operation.path, (("Content-Type", "application/json"),), body)

    with guard.rolling_back(), pytest.raises(Unreachable):
        # What it changed is noted before it is sent; nobody is there.
        try:
            target.send(write)
        finally:
            cases[other]["notes"] = ["somebody else's"]

    assert (guard.left, guard.found.keys()) == ([], {one, other})
