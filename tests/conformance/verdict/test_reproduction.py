"""The commands of a finding run as printed in a shell, and show the finding again."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.checks.judgement import Judged, Judgement
from conformance.target.exchange import Exchange, Request, Response, as_curl, needs_file, visible
from conformance.target.profile import Credential, Proxy
from conformance.target.rate_limit import Overloaded, Spent
from conformance.verdict.reproduction import chain, commands
from specs.flaws import CasepactError
from tests import broken_egain, broken_onlyoffice, broken_servers
from tests.commands import Done, casepact
from tests.conformance.answers import NOWHERE, idle_context
from tests.servers import mock_app, serving

LIARS = {**broken_servers.LIARS, **broken_onlyoffice.LIARS, **broken_egain.LIARS}

SHOWN_AGAIN: Mapping[str, tuple[str, str]] = {
    "AICC does not store the description": ("Not stored as sent: /caseInfo/description", r'"description":"as it was"'),
    "AICC asks for no creatorId": ("Accepted: caseInfo/creatorId left out", r'^HTTP/1.1 200[^{]*{"resCode":"0"'),
    "AICC does not know HEAD": ("HEAD is not answered as GET is", r"^HTTP/1.1 405"),
    "R7 answers right and stores nothing": ("Not closed afterwards", r'"isClosed":false'),
    "R7 leaves customFields out": ("Member missing: /response/customFields", r"^HTTP/1.1 200(?s:(?!customFields).)*\Z"),
    "eGain relates a 76th case": ("Accepted: a 76th relation", r"^HTTP/1.1 204"),
    "eGain takes a stale lock": ("Accepted: the second of two edits that saw the same case", r"^HTTP/1.1 204"),
    "eGain takes 1025 characters": ("Accepted: subject longer than 1024 characters", r"^HTTP/1.1 204"),
}
"""Liar → the title of its finding, and what its last answer looks like when it lies again."""


@pytest.mark.parametrize("error", [Spent("the budget is spent"), Overloaded("it asks to be left alone")])
def test_finding_is_reported_when_no_request_is_left_for_it(error: CasepactError) -> None:
    """
    What keeps the shorter chain from being tried takes nothing from the finding: the chain is reported as it was sent.
    """
    ctx = idle_context()
    asked: list[Request] = []
    ctx.target.send = _raising(error, asked)  # type: ignore[method-assign] # a target that sends nothing more
    operation = ctx.operation("modifyCase")
    earlier, last = (
        Exchange("modifyCase", Request("POST", NOWHERE, (), body), Response(200, (), b""), {"resCode": "0"})
        for body in (b"1", b"2")
    )
    ctx.history = [earlier, last]
    item = Judged(Judgement("HW-05", "probe", False, title="Wrong"), operation.id, (last,))

    assert (chain(ctx, item, iter(["again"])), asked) == ((last,), [last.request])


def _raising(error: Exception, asked: list[Request]) -> Callable[..., Response]:
    def send(request: Request, world: str) -> Response:
        asked.append(request)
        raise error

    return send


def selected(api: str, address: str, statement: str, reports: Path, *more: str) -> Done:
    """A run of the written probes that serve one statement."""
    words = ("--quick", "--strict", "--seed", "1", "-n", "1", "-k", "not generated", "--statement", statement, *more)
    return casepact("check", "--url", f"{address}/{api}", "--api", api, *words, reports=reports)


def repeat_of(done: Done, api: str, title: str) -> list[str]:
    """The commands of the finding with this title."""
    statements = done.report["apis"][api]["statements"].values()
    found = [
        finding for reported in statements for finding in reported.get("findings", ()) if finding["title"] == title
    ]
    lines: list[str] = found[0]["repeat"]
    return lines


def run(lines: list[str], **variables: str) -> str:
    """What a POSIX shell prints for these lines; every command must end well."""
    script = "set -e\n" + "\n".join(lines)
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=False, timeout=60, env={**os.environ, **variables}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def last_answer(printed: str) -> str:
    """The last of the answers that `curl -i` printed one after the other."""
    return "HTTP/1.1 " + printed.replace("\r\n", "\n").rpartition("HTTP/1.1 ")[2]


@pytest.mark.parametrize("name", SHOWN_AGAIN)
def test_commands_show_the_finding_again(name: str, tmp_path: Path) -> None:
    """Run as printed, the last answer of the chain is wrong in the way that the finding tells."""
    liar = LIARS[name]
    title, lie = SHOWN_AGAIN[name]
    with serving(liar.app()) as address:
        done = selected(liar.api, address, liar.blamed, tmp_path)
        answer = last_answer(run(repeat_of(done, liar.api, title)))

    assert re.search(lie, answer), answer


@pytest.mark.parametrize("name", ["eGain relates a 76th case", "eGain takes a stale lock"])
def test_commands_do_not_accuse_an_honest_server(name: str, tmp_path: Path) -> None:
    """The same chain ends in a refusal where the server is honest: it holds all that makes the last request wrong."""
    liar = LIARS[name]
    with serving(liar.app()) as address:
        done = selected(liar.api, address, liar.blamed, tmp_path)
    with serving(mock_app(liar.api)) as honest:
        answer = last_answer(
            run([line.replace(address, honest) for line in repeat_of(done, liar.api, SHOWN_AGAIN[name][0])])
        )

    assert re.match(r"HTTP/1.1 4\d\d", answer), answer


def test_credential_comes_from_its_variable(tmp_path: Path) -> None:
    """A command names the environment variable, and works where that is set."""
    secret = "aicc-operator-token-0001"
    with serving(LIARS["AICC does not store the description"].app()) as address:
        profile = tmp_path / "staging.yaml"
        profile.write_text(
            json.dumps(
                {
                    "summary": "A test.",
                    "writes": "allowed",
                    "apis": {
                        "aicc": {
                            "url": f"{address}/aicc",
                            "actors": {"operator": {"accessToken": "${A_TOKEN}"}},
                            "records": {
                                "case.open": {"id": "c6m800000142mS63Voa8"},
                                "user.owner": {"id": "10gg0000012IpiXMqxzk"},
                                "user.creator": {"id": "10gg0000013wljxK5XX6"},
                                "contact": {"id": "ciIy0000013w9aru7cDQ"},
                            },
                        }
                    },
                }
            )
        )
        done = _with_variable(profile, tmp_path, secret)
        lines = repeat_of(done, "aicc", SHOWN_AGAIN["AICC does not store the description"][0])
        printed = run(lines, A_TOKEN=secret)

    assert (secret in "\n".join(lines), '"description":"as it was"' in printed) == (False, True)


@pytest.mark.parametrize(
    ("request_", "command"),
    [
        (Request("HEAD", "http://h/", ()), "curl -I http://h/"),
        (Request("GET", "http://h/?a[0]=1", ()), "curl -i -g 'http://h/?a[0]=1'"),
        (Request("GET", "http://h/a/../b", ()), "curl -i --path-as-is http://h/a/../b"),
        (Request("GET", "http://h/", (("X-Schemathesis-TestCaseId", "abc"),)), "curl -i http://h/"),
        (Request("GET", "http://h/", (("Accept", ""),)), "curl -i http://h/ -H 'Accept;'"),
        (Request("POST", "http://h/", (), b"{}"), "curl -i -X POST http://h/ -H Content-Type: --data-raw '{}'"),
        (
            Request("GET", "http://h/", (("Authorization", "Basic eDp5"),), secrets={"authorization": "Basic ${U}"}),
            'curl -i http://h/ -u "${U}"',
        ),
    ],
    ids=["HEAD", "brackets", "dots", "Schemathesis", "empty header", "no Content-Type", "Basic"],
)
def test_command_is_what_curl_needs(request_: Request, command: str) -> None:
    """curl sends the request as it was, and nothing that only our tools sent."""
    assert as_curl(request_) == command


def test_value_of_an_answer_is_a_variable_in_url_and_body() -> None:
    """What an earlier answer gave stands as a shell variable wherever the request held it."""
    request = Request("PUT", "http://h/a%2Fb", (("Content-Type", "application/json"),), b'{"lock":"a/b"}')

    assert as_curl(request, variables={"a/b": "LOCK"}) == (
        'curl -i -X PUT http://h/"$LOCK" -H \'Content-Type: application/json\' --data-raw \'{"lock":"\'"$LOCK"\'"}\''
    )


def test_command_takes_the_way_of_the_run(tmp_path: Path) -> None:
    """A finding beyond a proxy is shown again through that proxy, whose password stays in its variable."""
    proxy = Proxy("http://proxy.example:3128", Credential("anna", "${USER}"), Credential("s3cret", "${PASSWORD}"))
    ctx = idle_context()
    ctx.target.profile = replace(ctx.target.profile, proxy=proxy, ca="/etc/company ca.pem", worlds=False)
    sent = Exchange("getCase", Request("GET", NOWHERE, ()), Response(200, (), b""))

    (command,) = commands(ctx, [sent], tmp_path)

    trusted, through = (
        "--cacert '/etc/company ca.pem'",
        '--proxy http://proxy.example:3128 --proxy-user "${USER}:${PASSWORD}"',
    )
    assert command == f"curl -i {trusted} {through} {NOWHERE}"


@pytest.mark.parametrize("text", ["\x1b[2J", "\x07", "\x9b31m", "\u202e", "\x00", "\r"])
def test_control_characters_are_shown_escaped(text: str) -> None:
    """Nothing that a terminal obeys is printed as it is."""
    assert visible(f"a{text}b").isprintable()


def test_text_that_is_printed_safely_stays() -> None:
    """Other text is not touched."""
    assert visible("é界😀 \\x1b") == "é界😀 \\x1b"


def test_body_that_could_steer_a_terminal_is_kept_in_a_file() -> None:
    """A body with an escape sequence never stands in a command."""
    assert needs_file(Request("POST", "http://h/", (), b"\x1b[31m"))


def _with_variable(profile: Path, reports: Path, secret: str) -> Done:
    os.environ["A_TOKEN"] = secret
    try:
        words = ("--target", str(profile), "--quick", "-n", "1", "-k", "sample", "--api", "aicc")
        return casepact("check", *words, reports=reports)
    finally:
        del os.environ["A_TOKEN"]
