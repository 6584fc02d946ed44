"""What servers, profiles and users can do to a run: it ends with one line, tells no secret and loses nothing."""

from pathlib import Path

import pytest
from hypothesis import strategies as st

from conformance.checks import judge
from conformance.cli import main
from conformance.probes.drawing import for_each
from conformance.target.decoding import Undecodable, decode
from conformance.target.exchange import Exchange, Request, Response, as_curl
from conformance.target.request_parts import Credentials
from tests.commands import casepact
from tests.conformance.answers import NOWHERE, Answer, contract_of, idle_context, page_xml
from tests.conformance.commands.test_check import Interrupting, ended, server, started
from tests.conformance.target.test_decoding import case_of, media
from tests.conformance.target.test_exchange import arguments, put
from tests.servers import mock_app, serving


def test_server_that_dies_early_ends_a_run_of_two_workers(tmp_path: Path) -> None:
    """
    When the server is killed at once, both workers stop, and the run ends with exit 3.
    """
    with server(tmp_path, "-m", "tests.conformance.mortal_mock", "{port_file}", "8") as address:
        process = started("--url", address, "--api", "aicc", "--reports", str(tmp_path / "r"), "-n", "2")
        done = ended(process, tmp_path / "r", timeout=90)

    assert done.code == 3


def test_interrupt_during_generated_requests_ends_the_run(tmp_path: Path) -> None:
    """
    Ctrl-C while Schemathesis sends is Ctrl-C all the same: exit 130.
    """
    mock = Interrupting(mock_app("aicc"), 30)
    options = ("--api", "aicc", "--quick", "-n", "1", "-k", "generated", "--reports", str(tmp_path))
    with serving(mock) as address:
        process = started("--url", f"{address}/aicc", *options)
        mock.process = process.pid
        done = ended(process, tmp_path)

    assert done.code == 130


def test_server_that_changes_its_mind_is_a_finding() -> None:
    """
    A server that breaks a promise once and keeps it when asked again has broken it; the run goes on.
    """
    ctx, calls = idle_context(), []

    def show(value: int) -> bool:
        calls.append(value)
        exchange = Exchange("modifyCase", Request("POST", NOWHERE, ()), Response(200, (), b""))
        return ctx.promise(["HW-21"], len(calls) != 3, exchange, title="Refused", received="", documented="")

    for_each(ctx, st.integers(), show)

    assert [item.judgement.held for item in ctx.judged].count(False) == 1


def test_secret_in_a_form_body_is_not_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A client secret that travels in a body stands in no output and no report.
    """
    monkeypatch.setenv("STAGING_TOKEN", "aicc-operator-token-0001")
    monkeypatch.setenv("STAGING_SECRET", "s3cret")
    with serving(mock_app("aicc")) as address:
        (tmp_path / "t.yaml").write_text(
            f"worlds: true\nwrites: allowed\napis:\n  aicc:\n    url: {address}/aicc\n    actors:\n"
            "      operator: {accessToken: '${STAGING_TOKEN}'}\n"
            "      client: {clientId: '${STAGING_TOKEN}', clientSecret: '${STAGING_SECRET}'}\n"
            "    records:\n      case.open: {id: c6m800000142mS63Voa8}\n"
            "      user.owner: {id: a}\n      user.creator: {id: b}\n      contact: {id: c}\n"
        )
        options = ("--target", "t.yaml", "--statement", "D-26", "--strict", "-n", "1", "--quick")
        done = casepact("check", *options, cwd=tmp_path, reports=tmp_path / "r")

    assert done.code == 1
    assert "s3cret" not in done.out + (tmp_path / "r" / "report.json").read_text()


def test_body_with_a_variable_is_not_expanded() -> None:
    """
    What a body holds is never run or expanded by the shell that repeats it.
    """
    body = '{"title": "${HOME} $(id)"}'

    assert arguments(as_curl(put(body.encode())))[-1] == body


def test_get_with_a_body_stays_a_get() -> None:
    """
    curl would make a POST of it, were the method not named.
    """
    assert "-X GET" in as_curl(Request("GET", NOWHERE, (), b"x"))


def test_secret_is_not_in_repr_of_credentials() -> None:
    """
    Credentials show how a reader may write them, never themselves.
    """
    assert "s3cret" not in repr(Credentials((("access-token", "s3cret"),), {"access-token": "${T}"}))


def test_answer_nested_too_deep_is_judged() -> None:
    """
    JSON too deep for the judges is an unreadable body, not the end of the run.
    """
    contract = contract_of("aicc")
    body = b'{"resCode":"0","resMsg":"","result":' + b"[" * 300 + b"]" * 300 + b"}"
    answer = Answer("aicc", "getCase", 200, body)
    judgements = judge(contract, contract.operation("getCase"), answer.exchange())

    assert "Unreadable body" in {judgement.title for judgement in judgements}


def test_xml_nested_too_deep_is_undecodable() -> None:
    """
    XML too deep to be read is reported so.
    """
    with pytest.raises(Undecodable):
        decode(media("text/xml"), b"<result>" + b"<a>" * 2000 + b"</a>" * 2000 + b"</result>")


@pytest.mark.parametrize("text", ["1_0", " 10 ", "+10", "010", "\u0661\u0660"])
def test_xml_number_in_another_spelling_is_no_number(text: str) -> None:
    """
    Only what JSON would take for a number is one in XML.
    """
    found = case_of(page_xml("<position>10<", f"<position>{text}<"))

    assert found["customFields"][0]["position"] == text


@pytest.mark.parametrize(
    "profile",
    [
        "apis: [aicc]\n",
        "- a\n",
        "apis: {aicc: there}\n",
        "apis: {aicc: {url: 'http://[::1'}}\n",
        "apis: {aicc: {url: 'http://127.0.0.1:9', actors: [x]}}\n",
        "apis: {aicc: {url: 'http://127.0.0.1:9', records: [case.open]}}\n",
        "apis: {aicc: {url: 'http://127.0.0.1:9', records: {case.open: c6m8}}}\n",
        "apis: {aicc: {url: 'http://127.0.0.1:9', records: {case.open: {ID: c6m8}}}}\n",
    ],
)
def test_misshapen_profile_is_reported(
    profile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A profile of another shape ends with exit 2 and its own line.
    """
    monkeypatch.chdir(tmp_path)
    Path("t.yaml").write_text(profile)

    assert (main(["check", "--target", "t.yaml"]), "t.yaml:1" in capsys.readouterr().err) == (2, True)


@pytest.mark.parametrize(
    "options",
    [("--url", "http://[::1"), ("-k", "(("), ("--statement", "HW-999"), ("--operation", "nosuch")],
)
def test_option_that_names_nothing_is_reported(options: tuple[str, ...], tmp_path: Path) -> None:
    """
    An address, expression, statement or operation that is none ends with exit 2 before a probe is run.
    """
    assert casepact("check", "--api", "aicc", *options, "-n", "1", "--quick", reports=tmp_path).code == 2


def test_reports_that_is_a_file_is_reported(tmp_path: Path) -> None:
    """
    Reports cannot go into a file: exit 2, before anything is sent.
    """
    (tmp_path / "r").write_text("")

    assert main(["check", "--api", "aicc", "--reports", str(tmp_path / "r")]) == 2
