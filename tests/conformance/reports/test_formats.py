"""Each report fits the schema of its format, and says of a run what the others say."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import xmlschema
from jsonschema import Draft4Validator

from conformance.reports import WRITTEN, annotations, code_quality, har, junit, markdown, rebuild, sarif, write_reports
from conformance.reports.document import FILE, Report, document, load
from conformance.reports.run_result import RunResult
from conformance.runner.selection import Selection
from conformance.target.exchange import Exchange, Request, Response
from conformance.verdict import exchange_log
from conformance.verdict.evidence import Failure
from conformance.verdict.exchange_log import ExchangeLog, Exchanges
from conformance.verdict.outcomes import Exit, exit_of
from specs.document_schemas import load_schema, misfits
from specs.flaws import CasepactError
from tests.conformance.answers import NOWHERE, Answer, idle_context
from tests.conformance.brought import against, full, held, judged
from tests.conformance.reports.test_reports import NASTY

SCHEMAS = Path(__file__).parents[2] / "schemas"

LINE = "x" * 5_000_000
"""An answer of one line, longer than any report shows."""


def report(*failures: Failure, previous: Report | None = None, **options: Any) -> Report:
    """The document of a run on AICC that found this, after another run if there was one."""
    found = judged(full(against=failures, seen=(held("HW-05", 3),), crashed=options.pop("crashed", "")))
    selection = Selection("mock", {"aicc": f"{NOWHERE}/aicc"}, 7, "quick", False, "a-run", "reports")
    when = {"ended": "2026-11-28T10:00:02+00:00", "started": "2026-11-28T10:00:00+00:00"}
    return document(
        RunResult(selection, (found,), exit_of([found]), "advice.", 2.0, previous=previous, **when, **options)
    )


def recorded(folder: Path, *exchanges: Exchange, secret: str = "") -> Exchanges:
    """These exchanges as a run records them that knows this secret."""
    ctx = idle_context()
    ctx.target.redactor.learn(secret, "${NAME}")
    log = ExchangeLog(ctx.target, "a probe", "5d1c0a3e")
    for exchange in exchanges:
        log.id_of(exchange)
    log.write(folder / exchange_log.FILE)
    return Exchanges(folder / exchange_log.FILE)


def answered(body: bytes, media: str = "application/json") -> Exchange:
    """A request with a body and an answer with this one."""
    answer = Answer("aicc", "modifyCase", 200, body, media).exchange()
    request = Request("POST", f"{NOWHERE}/case/modify?a=1&b=", (("Content-Type", "application/json"),), b'{"a": 1}')
    return Exchange("modifyCase", request, Response(200, answer.response.headers, body, 1_790_000_000.25, 0.125))


HOSTILE = {
    "markup": b"</script><script>alert(1)</script>",
    "an escape sequence": b"\x1b[31mred",
    "one line of 5 MB": LINE.encode(),
    "no UTF-8": b"\xff\xfe\x00\x01",
    "nothing": b"",
}


def test_report_fits_its_schema() -> None:
    """The schema that is shipped is that of the document, member for member."""
    assert misfits("report", json.loads(json.dumps(report(against("HW-21"))))) == []


def test_schema_knows_every_member_of_the_report() -> None:
    """A member without a place in the schema would be one that nobody can rely on."""
    assert load_schema("report")["properties"].keys() - {"shard", "joined"} == report().keys()


@pytest.mark.parametrize("member", ["apis", "exit", "seed"])
def test_report_without_a_member_does_not_fit_the_schema(member: str) -> None:
    """The schema can fail."""
    rest = {name: value for name, value in report().items() if name != member}

    assert misfits("report", rest) != []


@pytest.mark.parametrize("crashed", ["", "KeyError: 'a' (probes/x.py:1)"])
def test_junit_fits_the_schema_of_jenkins_and_pytest(crashed: str) -> None:
    """Failures, notes, errors and properties stand where CI systems look for them."""
    written = junit.render(report(against("HW-21", received=NASTY), against("D-34"), crashed=crashed))

    xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(written)


def test_schema_of_junit_refuses_a_case_without_a_name() -> None:
    """The schema can fail."""
    written = junit.render(report()).replace("<testcase", '<testcase name=""', 1).replace('name=""', "", 1)
    nameless = written.replace(' name="HW-01', ' title="HW-01', 1)

    with pytest.raises(xmlschema.XMLSchemaValidationError):
        xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(nameless)


def test_junit_tells_a_probe_that_crashed_as_an_error() -> None:
    """It is our mistake, and looks like no verdict."""
    written = junit.render(report(crashed="KeyError: 'a' (probes/x.py:1)"))

    assert ('errors="1"' in written, '<error message="KeyError' in written) == (True, True)


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_archive_fits_its_schema_whatever_was_answered(body: bytes, tmp_path: Path) -> None:
    """The archive can be read by every tool that reads HAR 1.2."""
    exchanges = recorded(tmp_path, answered(body), answered(b"{}"))
    written = json.loads(b"".join(har.chunks(report(), exchanges)))
    schema = json.loads((SCHEMAS / "har-1.2.schema.json").read_text(encoding="utf-8"))

    jsonschema_rs.validator_for(schema, validate_formats=True).validate(written)
    assert len(written["log"]["entries"]) == 2


def test_archive_of_a_run_without_exchanges_is_valid(tmp_path: Path) -> None:
    """A run that sent nothing has an archive of nothing."""
    written = json.loads(b"".join(har.chunks(report(), Exchanges(tmp_path / "none"))))

    assert written["log"]["entries"] == []


def test_exchange_is_recorded_with_its_time(tmp_path: Path) -> None:
    """When it was sent, how long it took, and what went over the wire."""
    (item,) = recorded(tmp_path, answered(b'{"resCode": "0"}'))

    assert item == {
        "id": "5d1c0a3e-1",
        "api": "aicc",
        "probe": "a probe",
        "operation": "modifyCase",
        "started": "2026-09-21T14:13:20.250+00:00",
        "seconds": 0.125,
        "request": {
            "method": "POST",
            "url": f"{NOWHERE}/case/modify?a=1&b=",
            "headers": [["Content-Type", "application/json"]],
            "body": {"bytes": 8, "text": '{"a": 1}'},
        },
        "response": {
            "status": 200,
            "headers": [["Content-Type", "application/json"]],
            "body": {"bytes": 16, "text": '{"resCode": "0"}'},
        },
    }


def test_body_that_is_not_text_is_recorded_in_base64(tmp_path: Path) -> None:
    """No byte of it is lost."""
    (item,) = recorded(tmp_path, answered(b"\xff\xfe"))

    assert item["response"]["body"] == {"bytes": 2, "base64": "//4="}


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_secret_in_a_body_that_is_not_text_is_hidden(encoding: str, tmp_path: Path) -> None:
    """A byte that is not UTF-8 does not uncover what stands beside it."""
    (item,) = recorded(tmp_path, answered(b"\xff" + "pä55w0rd".encode(encoding)), secret="pä55w0rd")
    body = item["response"]["body"]

    assert body is not None
    assert base64.b64decode(body["base64"]) == b"\xff${NAME}"


def test_long_body_is_cut(tmp_path: Path) -> None:
    """Its whole length stands beside what is kept."""
    (item,) = recorded(tmp_path, answered(LINE.encode()))
    body = item["response"]["body"]

    assert body is not None
    assert (len(body["text"]), body["bytes"], body["cut"]) == (exchange_log.MOST, len(LINE), True)


def test_character_that_the_cut_goes_through_leaves_the_text_a_text(tmp_path: Path) -> None:
    """A body of two-byte characters stays readable."""
    (item,) = recorded(tmp_path, answered(("x" + "é" * 100_000).encode()))
    body = item["response"]["body"]

    assert body is not None
    assert "text" in body


def test_line_that_is_broken_is_named(tmp_path: Path) -> None:
    """Who edited the file learns which line cannot be read."""
    exchanges = recorded(tmp_path, answered(b"{}"))
    with exchanges.file.open("a") as file:
        file.write('{"id": \n')

    with pytest.raises(CasepactError, match=r"\.ndjson:2: is not JSON"):
        list(exchanges)


@pytest.mark.parametrize("member", ["id", "seconds", "request", "response"])
def test_line_that_is_not_an_exchange_is_named(member: str, tmp_path: Path) -> None:
    """Lines of another program are refused in one line, not by a traceback."""
    exchanges = recorded(tmp_path, answered(b"{}"))
    item = json.loads(exchanges.file.read_text())
    exchanges.file.write_text(json.dumps({**item, member: [1]}))

    with pytest.raises(CasepactError, match=r"\.ndjson:1: is not an exchange"):
        list(exchanges)


def test_code_quality_has_an_entry_for_each_cause() -> None:
    """What GitLab needs of each: description, name, fingerprint, severity, path and line."""
    (entry,) = json.loads(code_quality.render(report(against("HW-21"))))

    assert (entry["check_name"], entry["severity"], entry["location"]["path"]) == (
        "aicc/HW-21",
        "major",
        "specs/aicc/openapi.yaml",
    )
    assert (len(entry["fingerprint"]), entry["location"]["lines"]["begin"] > 1) == (32, True)


def test_fingerprint_does_not_hold_what_was_drawn() -> None:
    """The same finding on another record is the same to GitLab and GitHub."""
    ids = ("c6m800000142mS63Voa8", "c6m800000177mS63Voa8")
    prints = [
        report(against("HW-21", title=f"Refused: {id[:3]}{id[3:12]}"))["apis"]["aicc"]["findings"][0]["fingerprint"]
        for id in ids
    ]

    assert prints[0] == prints[1]


def checked_sarif(written: str) -> dict[str, Any]:
    """The one run of a log that fits the schema of SARIF 2.1.0."""
    log = json.loads(written)
    schema = json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    Draft4Validator(schema).validate(log)
    found: dict[str, Any] = log["runs"][0]
    return found


@pytest.mark.parametrize("received", [NASTY, LINE, "</script>"], ids=["nasty", "one line of 5 MB", "markup"])
def test_sarif_fits_its_schema_whatever_was_received(received: str) -> None:
    """Code scanning takes the log."""
    run = checked_sarif(sarif.render(report(against("HW-21", received=received), against("D-34"))))

    assert [(item["ruleId"], item["level"]) for item in run["results"]] == [
        ("aicc/HW-21", "error"),
        ("aicc/D-34", "note"),
    ]


def test_sarif_points_at_the_contract() -> None:
    """The finding stands at the line that carries its statement, with the fingerprint of the report."""
    written = report(against("HW-21"))
    (result,) = checked_sarif(sarif.render(written))["results"]
    place = result["locations"][0]["physicalLocation"]
    statement = written["apis"]["aicc"]["statements"]["HW-21"]

    assert f"{place['artifactLocation']['uri']}:{place['region']['startLine']}" == statement["contract"][0]
    assert result["partialFingerprints"] == {"casepact/v1": statement["findings"][0]["fingerprint"]}


def test_annotations_name_file_and_line() -> None:
    """GitHub shows the finding beside the line of the contract."""
    (line,) = annotations.render(report(against("HW-21", received="418, 100%\nmore"))).splitlines()

    assert line.startswith("::error file=specs/aicc/openapi.yaml,line=")
    assert line.endswith(",title=HW-21 modifyCase::Refused. Received 418, 100%25%0Amore; documented 200.")


def test_annotations_are_no_more_than_github_takes() -> None:
    """The last one says how many are left out, since GitHub says nothing."""
    many = [against("HW-21", title=f"Refused {name}") for name in "abcdefghijkl"]
    lines = annotations.render(report(*many)).splitlines()

    assert (len(lines), lines[-1]) == (10, "::error::3 more findings; index.html and summary.md have all of them")


def test_summary_stays_within_the_limit_of_a_step() -> None:
    """What GitHub would refuse as a whole is cut, and says so."""
    many = [against("HW-21", title=f"Refused {number}a", received="x" * 60_000) for number in range(39)]
    written = markdown.render(report(*many))

    assert (len(written.encode()) <= markdown.LIMIT, "The rest is left out" in written) == (True, True)


def test_fence_of_a_server_does_not_end_the_block() -> None:
    """What was received is never markup of the summary."""
    written = markdown.render(report(against("HW-21", received="```\n# Everything is fine")))

    assert written.count("\n````\n") == 2


def test_changes_beside_the_run_before() -> None:
    """What is new, what was there before, what is gone."""
    before = report(against("HW-21"), against("HW-22"))
    now = report(against("HW-22"), against("HW-23"), previous=before)
    changes = now["changes"]

    assert changes is not None
    assert ([item["statement"] for item in changes["new"]], changes["known"]) == (["HW-23"], 1)
    statements = now["apis"]["aicc"]["statements"]
    assert [statements[name]["findings"][0]["change"] for name in ("HW-22", "HW-23")] == ["known", "new"]


def test_summary_names_the_run_before_by_its_time() -> None:
    """As report.json has it, capital letters included."""
    written = markdown.render(report(against("HW-21"), previous=report()))

    assert "\nBeside the run of 2026-11-28T10:00:02+00:00: 1 new, 0 as before, 0 gone.\n" in written


def test_finding_of_a_statement_that_was_not_exercised_is_not_gone() -> None:
    """Nobody looked, so nobody knows."""
    changes = report(previous=report(against("HW-21"), against("HW-05")))["changes"]

    assert changes is not None
    assert [item["statement"] for item in changes["gone"]] == ["HW-05"]


def test_run_of_another_target_is_not_the_run_before() -> None:
    """Findings of one server say nothing of another."""
    before = report(against("HW-21"))
    before["target"] = "staging"

    assert report(previous=before)["changes"] is None


def test_reports_are_made_again_without_the_server(tmp_path: Path) -> None:
    """report.json and the exchanges are all that it takes, and every file comes out the same."""
    recorded(tmp_path, answered(b"{}"))
    write_reports(report(against("HW-21")), tmp_path)
    rebuild(load(tmp_path / FILE), tmp_path, tmp_path / "again")
    made = [name for name in WRITTEN if name != FILE]

    assert [(tmp_path / name).read_bytes() == (tmp_path / "again" / name).read_bytes() for name in made] == [
        True
    ] * len(made)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a report of this version"),
        ('{"schema_version": 9}', "has schema_version 9"),
        ("[" * 100_000, "is nested too deep"),
        (f'{{"schema_version": {"9" * 5000}}}', "too long a number"),
        (json.dumps({**report(), "exchange_file": "../x"}), "is the name of a file beside the report"),
    ],
    ids=["half", "a list", "another version", "nested", "a long number", "a file elsewhere"],
)
def test_file_that_is_not_a_report_is_refused(text: str, message: str, tmp_path: Path) -> None:
    """In one line that names the file."""
    (tmp_path / FILE).write_text(text)

    with pytest.raises(CasepactError, match=message):
        load(tmp_path / FILE)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("statements", "HW-21", "findings"), [], "has a finding that no statement has"),
        (("statements", "HW-21", "findings", 0, "statement"), "HW-20", "has a finding of another statement"),
        (("counts",), [], "its rows differ"),
        (("counts", 0, "outcomes"), {"verified": 1}, "its rows differ"),
    ],
)
def test_report_that_contradicts_itself_is_refused(
    path: tuple[str | int, ...], value: Any, message: str, tmp_path: Path
) -> None:
    """A report that was edited does not end in a traceback."""
    written = json.loads(json.dumps(report(against("HW-21"))))
    holder = written["apis"]["aicc"]
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    (tmp_path / FILE).write_text(json.dumps(written))

    with pytest.raises(CasepactError, match=message):
        load(tmp_path / FILE)


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file where the folder should be ends in one line, as a full disk does."""
    (tmp_path / "taken").touch()

    with pytest.raises(CasepactError, match=r"taken.*: File exists; the reports cannot be written there"):
        write_reports(report(), tmp_path / "taken")


def test_exit_word_of_an_interrupted_run_stands_in_every_report() -> None:
    """A report of a part never looks like one of the whole."""
    found = judged(full())
    selection = Selection("mock", {"aicc": NOWHERE}, 7, "quick", False, "a-run", "reports")
    written = document(RunResult(selection, (found,), Exit.INTERRUPTED, "stopped.", 1.0))

    assert ("interrupted" in junit.render(written), "interrupted" in markdown.render(written)) == (True, True)
