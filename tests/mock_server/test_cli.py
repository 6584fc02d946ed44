"""`python -m mock_server` as a user runs it: in a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from specs.project import apis
from specs.source import FIXTURES, parse
from specs.version import installed_version

PROJECT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "mock_server")
KNOWN = ", ".join(apis())
"""The APIs that come with casepact."""
MODIFY = "/aicc/service/AICC__Case/1.0.0/openapi/case/modify"

TICKETS = """\
openapi: 3.0.3
info: {title: Tickets, version: "1"}
paths:
  /tickets/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: A ticket., content: {application/json: {example: {}}}}}
"""


OWN = "c6m80000014200000001"
"""The id of a case that nobody has."""


@dataclass(frozen=True, slots=True)
class Done:
    """A process that has ended."""

    code: int
    out: str
    err: str


def run(*arguments: str, **environment: str) -> Done:
    """Run the mock to its end, which for a mock that serves never comes."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=20,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A mock that listens on a free port, and that port."""
    port_file = folder / "port"
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", "--port-file", str(port_file), *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 20
        while not (port_file.exists() and port_file.read_text().endswith("\n")):
            if process.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError("the mock did not start")
            time.sleep(0.02)
        yield process, int(port_file.read_text())
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a mock that serves every API."""
    with serving(tmp_path_factory.mktemp("mock"), "--quiet") as (_, port):
        yield port


@pytest.fixture(scope="module")
def description() -> Any:
    """What --describe prints."""
    return json.loads(run("--describe").out)


def status(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> int:
    """The status of one call over the wire."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return connection.getresponse().status
    finally:
        connection.close()


def fixtures(folder: Path, api: str, old: str, new: str) -> Path:
    """A folder with the default fixture of an API, one text in it replaced."""
    (folder / api).mkdir()
    text = (FIXTURES / api / "default.yaml").read_text(encoding="utf-8")
    (folder / api / "default.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_unknown_api_is_named_with_the_nearest() -> None:
    """
    A misspelt API ends with 2 and one line that says which there are.
    """
    assert run("--api", "r7ofice") == Done(
        2,
        "",
        f"casepact mock: no API is named 'r7ofice'. Did you mean 'r7office'? Known: {KNOWN}.\n",
    )


def test_port_in_use_is_reported_in_one_line() -> None:
    """
    A port that another program has ends with 2 and the way out.
    """
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("--port", str(port))

    assert done == Done(
        2,
        "",
        f"casepact mock: cannot listen on 127.0.0.1:{port}: Address already in use. "
        "Give another --port, or --port 0 for a free one.\n",
    )


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a" * 70, "256.0.0.1", "192.0.2.1"])
def test_bad_host_is_reported_in_one_line(host: str) -> None:
    """
    A host that is none, or of another machine, ends with 2 and names it; another port would be of no use.
    """
    done = run("--host", host)

    assert (done.code, done.err.count("\n"), f"cannot listen on {host}:8080: " in done.err) == (2, 1, True)
    assert "Give a --host " in done.err and "--port" not in done.err


def test_host_that_cannot_be_encoded_is_reported_in_one_line() -> None:
    """
    A host that is no name in any alphabet ends with 2 like other bad hosts.
    """
    done = run("--host", "é..b")

    assert (done.code, done.err.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--port", "65536"), "argument --port: '65536' is not a port; give a number from 0 to 65535"),
        (("--port", "-1"), "argument --port: '-1' is not a port; give a number from 0 to 65535"),
        (("--port", "http"), "argument --port: 'http' is not a port; give a number from 0 to 65535"),
        (("--port", ""), "argument --port: '' is not a port; give a number from 0 to 65535"),
        (("--max-body", "0"), "argument --max-body: '0' is not a size; give a number of bytes"),
        (("--max-body", "1MB"), "argument --max-body: '1MB' is not a size; give a number of bytes"),
        (("--prot", "1"), "unrecognized arguments: --prot 1"),
    ],
)
def test_bad_argument_is_reported_in_one_line(arguments: tuple[str, ...], message: str) -> None:
    """
    A bad argument ends with 2; after the usage one line says what is wrong.
    """
    done = run(*arguments)

    assert (done.code, done.out, done.err.splitlines()[-1]) == (2, "", f"casepact mock: error: {message}")


@pytest.mark.parametrize(
    ("api", "old", "new", "message"),
    [
        (
            "r7office",
            "isClosed: false",
            "isClosed: perhaps",
            ':113, cases 1234: /isClosed breaks its schema: "perhaps"',
        ),
        ("aicc", "  cases:", "  casse:", ":13: the contract stores no 'casse'. Did you mean 'cases'?"),
        (
            "aicc",
            "supervisor-token-0002",
            "operator-token-0001",
            ":9, supervisor: has the same accessToken credential as operator.",
        ),
        ("aicc", "api: aicc", "api: [", ":4: is not YAML: "),
        ("aicc", "api: aicc", "api: egain", ":2: a fixture of aicc says `api: aicc`."),
    ],
)
def test_flawed_fixture_is_reported_with_its_line(tmp_path: Path, api: str, old: str, new: str, message: str) -> None:
    """
    A fixture that breaks its contract ends with 2 and one line with file and line number.
    """
    folder = fixtures(tmp_path, api, old, new)
    done = run("--api", api, "--fixtures", str(folder))

    assert (done.code, done.err.count("\n"), f"casepact mock: {folder}/{api}/default.yaml{message}" in done.err) == (
        2,
        1,
        True,
    )


def test_missing_fixtures_are_reported_in_one_line(tmp_path: Path) -> None:
    """
    A folder that completes nothing ends with 2 and a file that it could have.
    """
    done = run("--api", "aicc", "--fixtures", str(tmp_path))

    assert done == Done(
        2, "", f"casepact mock: --fixtures {tmp_path} holds no fixtures of what is served, such as aicc/default.yaml.\n"
    )


def test_fixtures_complete_those_of_casepact(tmp_path: Path) -> None:
    """
    A folder may have one set of one API; --set chooses it, and what it lacks is as it comes.
    """
    (tmp_path / "aicc").mkdir()
    shipped = parse((FIXTURES / "aicc" / "default.yaml").read_text("utf-8"), "the set of casepact").data
    case = next(iter(shipped["records"]["cases"].values()))
    fixture = {**shipped, "defaults": {"cases": case}, "records": {"cases": {OWN: {"id": OWN, "title": "First"}}}}
    (tmp_path / "aicc" / "busy.json").write_text(json.dumps(fixture), encoding="utf-8")
    words = ("--api", "aicc", "--api", "r7office", "--fixtures", str(tmp_path), "--describe")
    chosen = json.loads(run(*words, "--set", "busy").out)
    usual = json.loads(run(*words).out)

    assert chosen["aicc"]["records"]["cases"][OWN]["title"] == "First"
    assert chosen["r7office"]["records"] == usual["r7office"]["records"]
    assert OWN not in usual["aicc"]["records"]["cases"]


def test_set_that_no_api_has_is_reported() -> None:
    """
    With those there are.
    """
    done = run("--api", "aicc", "--set", "busy")

    assert done == Done(2, "", "casepact mock: no fixture set is named 'busy'. Known: default.\n")


def test_fields_after_a_body_are_no_headers(tmp_path: Path) -> None:
    """
    Trailers (RFC 9110 section 6.5) bring neither a credential nor the name of a world, however soon they come.
    """
    body = json.dumps({"caseInfo": {}}).encode()
    head = (
        f"POST {MODIFY} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    trailers = "X-Casepact-World: smuggled\r\nAccess-Token: aicc-operator-token-0001\r\n"
    sent = b"%s%x\r\n%s\r\n0\r\n%s\r\n" % (head.encode(), len(body), body, trailers.encode())
    with serving(tmp_path, "--api", "aicc", "--quiet") as (_, port):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(sent)
            answer = connection.makefile("rb").read()
        listed = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        listed.request("GET", "/_casepact/v1/worlds")
        worlds = [world["name"] for world in json.loads(listed.getresponse().read())["worlds"]]
        listed.close()

    assert (answer.split(b" ", 2)[1], worlds) == (b"401", ["default"])


def test_fixture_that_is_not_a_file_is_reported(tmp_path: Path) -> None:
    """
    A pipe, say, from which nothing would ever come.
    """
    (tmp_path / "aicc").mkdir()
    os.mkfifo(tmp_path / "aicc" / "default.yaml")
    done = run("--api", "aicc", "--port", "0", "--fixtures", str(tmp_path))

    assert (done.code, done.out, "aicc/default.yaml: cannot be read: it is not a file." in done.err) == (2, "", True)


def test_nothing_is_promised_before_the_port_file_is_written(tmp_path: Path) -> None:
    """
    A mock that could not start has written nowhere that it listens.
    """
    done = run("--port", "0", "--port-file", str(tmp_path))

    assert (done.code, done.out, "cannot be written" in done.err) == (2, "", True)


def test_port_file_that_cannot_be_written_is_reported_in_one_line(tmp_path: Path) -> None:
    """
    A port file in no folder ends with 2 and names it.
    """
    done = run("--port", "0", "--quiet", "--port-file", str(tmp_path / "none" / "port"))

    assert (done.code, done.err.count("\n")) == (2, 1)


def test_description_is_by_api(description: Any) -> None:
    """
    --describe prints JSON with an entry for each API served.
    """
    assert sorted(description) == list(apis())


@pytest.mark.parametrize("api", ["aicc", "r7office"])
def test_description_has_rules_actors_and_records(description: Any, api: str) -> None:
    """
    Other programs learn from it what the mock enforces, who may call and what there is.
    """
    assert all(description[api][part] for part in ("rules", "actors", "records"))


def test_described_rule_leads_to_its_code(description: Any) -> None:
    """
    A rule names its statement, its operation and a line where its function stands.
    """
    rule = next(rule for rule in description["r7office"]["rules"] if rule["operation"] == "closeCase")
    file, _, line = rule["at"].partition(":")

    assert f"def {rule['rule']}(" in (PROJECT / file).read_text().splitlines()[int(line) - 1]


def test_described_actor_has_its_credentials(description: Any) -> None:
    """
    A harness can call with what it reads.
    """
    assert description["aicc"]["actors"]["operator"]["credentials"] == {"accessToken": "aicc-operator-token-0001"}


def test_described_records_are_those_of_the_fixtures(description: Any) -> None:
    """
    Each record of the fixtures stands under its collection and id.
    """
    assert description["r7office"]["records"]["cases"]["1236"]["isClosed"] is True


def test_description_of_one_api_leaves_the_others_out() -> None:
    """
    --api narrows --describe too.
    """
    assert list(json.loads(run("--describe", "--api", "aicc").out)) == ["aicc"]


def test_document_without_a_ledger_is_left_out_where_an_api_was_chosen(tmp_path: Path) -> None:
    """
    --api serves this API and no other, so the root is its own.
    """
    for package in ("specs", "fixtures", "mock_server"):
        shutil.copytree(PROJECT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "specs" / "tickets").mkdir()
    (tmp_path / "specs" / "tickets" / "openapi.yaml").write_text(TICKETS, encoding="utf-8")
    here = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": str(tmp_path)}}
    chosen, all_of_them = (
        json.loads(subprocess.check_output([*COMMAND, "--describe", *arguments], **here))  # type: ignore[call-overload]
        for arguments in (("--api", "aicc"), ())
    )

    assert (list(chosen), "tickets" in all_of_them) == (["aicc"], True)


def test_description_is_printed_in_any_locale() -> None:
    """
    A terminal that knows ASCII only still gets the description.
    """
    assert run("--describe", PYTHONIOENCODING="ascii").code == 0


def test_mock_answers_over_the_wire(port: int) -> None:
    """
    A started mock serves what its contract says.
    """
    assert status(port, "GET", "/r7office/api/2.0/crm/case/1234", authorization="r7-admin-token-0001") == 200


def test_large_body_is_refused_over_the_wire(port: int) -> None:
    """
    A client that sends 10 MB reads its 413, not a broken connection.
    """
    headers = {"access_token": "aicc-operator-token-0001", "content_type": "application/json"}

    assert status(port, "POST", MODIFY, b"x" * 10 * 2**20, **headers) == 413


def test_mock_goes_on_after_a_large_body(port: int) -> None:
    """
    A refused body leaves the mock able to serve the next client.
    """
    headers = {"access_token": "aicc-operator-token-0001", "content_type": "application/json"}
    status(port, "POST", MODIFY, b"x" * 10 * 2**20, **headers)

    assert status(port, "GET", "/aicc/openapi.json") == 200


def test_stopped_mock_ends_well(tmp_path: Path) -> None:
    """
    SIGTERM ends the mock with 0 and without a complaint.
    """
    with serving(tmp_path, "--quiet", "--api", "aicc") as (process, _):
        process.terminate()
        _, err = process.communicate(timeout=20)

    assert (process.returncode, err) == (0, "")


def banner(folder: Path, *arguments: str) -> tuple[list[str], str]:
    """The lines that a mock starts with, and its address."""
    with serving(folder, *arguments) as (process, port):
        process.terminate()
        out, _ = process.communicate(timeout=20)
    return out.splitlines(), f"http://127.0.0.1:{port}"


def test_banner_says_where_and_with_what_to_call(tmp_path: Path) -> None:
    """
    Base URL, Swagger UI and a credential stand on the first screen.
    """
    lines, root = banner(tmp_path, "--api", "aicc")
    wanted = [
        f"    base URL    {root}/aicc",
        f"    at the root {root}",
        f"    Swagger UI  {root}/aicc/ui/",
        "    operator    access-token: aicc-operator-token-0001",
    ]

    assert [line for line in wanted if line not in lines] == []


def test_banner_shows_credentials_as_they_are_sent(tmp_path: Path) -> None:
    """
    A line of it can be pasted as a header, the word Bearer and the token of a client application included.
    """
    lines, _ = banner(tmp_path, "--api", "egain", "--api", "r7office")

    assert {
        "    agent          Authorization: Bearer egain-agent-token-0001",
        "    integration    Authorization: Bearer egain-integration-token-0001",
        "    admin       Authorization: r7-admin-token-0001",
    } <= set(lines)


def test_banner_says_that_nothing_is_at_the_root(tmp_path: Path) -> None:
    """
    Of several APIs none is there unless it was asked for.
    """
    lines, _ = banner(tmp_path)

    assert "  Nothing is at the root; --at-root NAME serves an API there too." in lines
    assert [line for line in lines if line.startswith("    at the root")] == []


def test_banner_says_which_api_is_at_the_root(tmp_path: Path) -> None:
    """
    With --at-root, under the name of that API and of no other.
    """
    lines, root = banner(tmp_path, "--at-root", "r7office")
    place = lines.index(f"    at the root {root}")

    assert lines[place - 1] == f"    base URL    {root}/r7office"
    assert len([line for line in lines if "the root" in line]) == 1


@pytest.mark.parametrize(
    ("arguments", "base", "says"),
    [
        (
            (),
            "/tickets",
            "    not at the root: its path /tickets/{id} begins with its name; --at-root tickets serves it there alone",
        ),
        (("--at-root", "tickets"), "", "    at the root alone: its paths begin with /tickets"),
    ],
)
def test_banner_tells_of_an_api_whose_paths_begin_with_its_name(
    tmp_path: Path, arguments: tuple[str, ...], base: str, says: str
) -> None:
    """
    Which of the two addresses it has, and how it gets the other.
    """
    document = tmp_path / "tickets.yaml"
    document.write_text(TICKETS, encoding="utf-8")
    lines, root = banner(tmp_path, "--spec", str(document), *arguments)
    place = lines.index(f"    base URL    {root}{base}")

    assert lines[place + 1 : place + 3] == [says, f"    Swagger UI  {root}/tickets/ui/"]


@pytest.mark.parametrize(
    ("arguments", "served"),
    [
        (("--at-root", "tickets"), KNOWN),
        (("--at-root", ""), KNOWN),
        (("--at-root", "control"), KNOWN),
        (("--api", "aicc", "--at-root", "egain"), "aicc"),
    ],
)
def test_api_that_is_not_served_cannot_be_at_the_root(arguments: tuple[str, ...], served: str) -> None:
    """
    The line names those that are served.
    """
    name = arguments[-1]

    assert run(*arguments) == Done(
        2, "", f"casepact mock: --at-root {name}: this mock serves no API '{name}'; it serves {served}.\n"
    )


def test_api_at_the_root_answers_over_the_wire(tmp_path: Path) -> None:
    """
    A path that ONLYOFFICE and R7-Office share is answered by the one that was asked for, also in a world.
    """
    token = {"authorization": "r7-admin-token-0001"}
    with serving(tmp_path, "--quiet", "--at-root", "r7office") as (_, port):
        found = [status(port, "GET", f"{world}/api/2.0/crm/case/1234", **token) for world in ("", "/~alice")]

    assert found == [200, 200]


def test_root_of_several_apis_answers_nothing_over_the_wire(port: int) -> None:
    """
    A token of R7-Office is not shown to ONLYOFFICE.
    """
    assert status(port, "GET", "/api/2.0/crm/case/1234", authorization="r7-admin-token-0001") == 404


def test_version_is_printed() -> None:
    """
    By the mock as by the command that starts it.
    """
    line = f"casepact {installed_version()}\n"
    harness = subprocess.run(
        [sys.executable, "-m", "conformance", "--version"], capture_output=True, text=True, check=False
    )

    assert run("--version") == Done(0, line, "")
    assert (harness.returncode, harness.stdout) == (0, line)


def test_reader_of_the_description_may_stop() -> None:
    """
    `casepact mock --describe | head` ends quietly.
    """
    command = f"{sys.executable} -m mock_server --describe | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "{\n", "")
