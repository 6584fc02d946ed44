"""`casepact mock --worlds` as a user runs it: two processes, and a Redis that may be gone."""

from __future__ import annotations

import http.client
import json
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mock_server.worlds.shared.fields import FORMAT
from specs.project import apis
from specs.source import FIXTURES
from specs.version import installed_version
from tests.mock_server.provoked import AICC_CASE, CREDENTIALS, EDIT
from tests.mock_server.test_cli import run
from tests.mocks import RunningMock, control, mock_process
from tests.redis_server import RedisServer, free_port, redis_server

CASE = "c6m800000142mS63Voa8"
OPERATOR = dict([CREDENTIALS["aicc"]["operator"]])
AGENT = dict([CREDENTIALS["egain"]["agent"]])


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as a JSON value."""
        return json.loads(self.body)


def ask(
    mock: RunningMock, method: str, path: str, headers: Mapping[str, str] | None = None, value: Any = None
) -> Answer:
    """One request, to the world "w"."""
    connection = http.client.HTTPConnection("127.0.0.1", mock.port, timeout=30)
    try:
        sent = {"x-casepact-world": "w", **(headers or {})}
        if value is not None:
            sent["content-type"] = "application/json"
        connection.request(method, path, None if value is None else json.dumps(value), sent)
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    """A Redis that keeps what it is told, with a password that must not be seen."""
    with redis_server(
        port=free_port(), appending=True, options=("--user", "me", "on", ">pass-word", "~*", "+@all")
    ) as found:
        yield found


@pytest.fixture(scope="module")
def mocks(server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningMock, RunningMock]]:
    """Two mocks of the same worlds."""
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(mock_process(tmp_path_factory.mktemp("mock"), "--worlds", named(server)))
            for _ in range(2)
        )
        yield one, other


def named(server: RedisServer) -> str:
    """The address of a server with the password in it."""
    return server.address.replace("redis://", "redis://me:pass-word@")


def test_what_one_mock_does_another_shows(mocks: tuple[RunningMock, RunningMock]) -> None:
    """
    Worlds, records, snapshots, clock, traffic, journal: each control operation by one is seen by the other.
    """
    one, other = mocks
    control(one.port, "POST", "/worlds", {"name": "seen"})
    record = control(other.port, "GET", f"/worlds/seen/records/aicc/cases/{CASE}")
    control(other.port, "PUT", "/worlds/seen/snapshots/before")
    control(one.port, "PUT", f"/worlds/seen/records/aicc/cases/{CASE}", {**record, "title": "changed"})
    control(other.port, "PUT", "/worlds/seen/clock", {"mode": "frozen", "at": "2026-07-02T00:00:00Z"})
    control(one.port, "PUT", "/worlds/seen/traffic", {"errorRate": 1})
    failed = ask(other, "GET", f"/~seen/aicc{AICC_CASE.format(CASE)}", OPERATOR)
    shown = [control(mock.port, "GET", "/worlds/seen") for mock in mocks]

    assert failed.status >= 500
    assert shown[0] == shown[1]
    assert (shown[0]["requests"], shown[0]["snapshots"], shown[0]["clock"]["mode"]) == (1, ["before"], "frozen")
    assert control(other.port, "GET", f"/worlds/seen/records/aicc/cases/{CASE}")["title"] == "changed"
    journals = [control(mock.port, "GET", "/worlds/seen/journal")["entries"] for mock in mocks]
    assert journals[0] == journals[1] and [entry["outcome"] for entry in journals[0]] == ["simulated"]
    control(one.port, "POST", "/worlds/seen/snapshots/before/restore")
    assert control(other.port, "GET", f"/worlds/seen/records/aicc/cases/{CASE}") == record
    names = [[world["name"] for world in control(mock.port, "GET", "/worlds")["worlds"]] for mock in mocks]
    assert names[0] == names[1] and "seen" in names[0]
    control(other.port, "DELETE", "/worlds/seen")
    assert ask(one, "GET", "/_casepact/v1/worlds/seen").status == 404


def test_refusal_is_explained_by_another_mock_on_the_records_of_its_moment(
    mocks: tuple[RunningMock, RunningMock],
) -> None:
    """
    A case that was changed before the edit came is shown as it was then, though it has been changed since.
    """
    one = mocks[0]

    def last_modified() -> str:
        found = ask(one, "GET", f"/egain{EDIT}/1013?$attribute=all", AGENT).json()["case"][0]["lastModified"]
        assert isinstance(found, str)
        return found

    def edit(date: str, text: str) -> Answer:
        value = {"id": "1013", "lastModified": date, "description": text}
        return ask(one, "PATCH", f"/egain{EDIT}", AGENT, value)

    first = last_modified()
    assert edit(first, "first").status == 204
    then = last_modified()
    refused = edit(first, "late")
    assert refused.status == 409
    assert edit(then, "later").status == 204
    link = refused.headers["link"].partition(">")[0].removeprefix("<")
    found = [ask(mock, "GET", link).json() for mock in mocks]

    assert found[0] == found[1]
    assert found[1]["corrected"]["body"]["lastModified"] == then != last_modified()
    assert "rests on the records of now" not in found[1]["note"]


def test_refusal_of_a_world_that_is_gone_is_explained_on_what_there_is(mocks: tuple[RunningMock, RunningMock]) -> None:
    """
    The explanation says that these are no longer the records of that moment.
    """
    one, other = mocks
    ask(one, "GET", f"/~gone/aicc{AICC_CASE.format(CASE)}", OPERATOR)
    refused = ask(one, "GET", f"/~gone/aicc{AICC_CASE.format('nobody')}", OPERATOR)
    unmatched = ask(one, "GET", "/~gone/aicc/nowhere", OPERATOR)
    control(other.port, "DELETE", "/worlds/gone")

    for answer in (refused, unmatched):
        found = ask(other, "GET", answer.headers["link"].partition(">")[0].removeprefix("<")).json()
        assert "rests on the records of now" in found["note"]


def test_page_shows_the_worlds_of_all_mocks(mocks: tuple[RunningMock, RunningMock]) -> None:
    """
    A form that is sent to one mock has its effect on the page of the other.
    """
    one, other = mocks
    ask(one, "GET", f"/~paged/aicc{AICC_CASE.format(CASE)}", OPERATOR)
    page = ask(other, "GET", "/_casepact/?world=paged", {"accept": "text/html"})

    assert page.status == 200 and AICC_CASE.format(CASE).encode() in page.body


def test_mock_without_its_redis_says_so_and_recovers(
    server: RedisServer, mocks: tuple[RunningMock, RunningMock]
) -> None:
    """
    Requests get 503 with a problem and Retry-After, health is that of the process; then all is as it was.
    """
    one, other = mocks
    record = control(one.port, "GET", f"/worlds/default/records/aicc/cases/{CASE}")
    control(one.port, "PUT", "/worlds/w/fixtures/aicc", {"records": {"cases": {CASE: {**record, "title": "kept"}}}})
    server.stop()
    answers = [
        ask(mock, "GET", path, OPERATOR)
        for mock in mocks
        for path in (f"/aicc{AICC_CASE.format(CASE)}", "/_casepact/v1/worlds", "/_casepact/v1/ready", "/aicc/nowhere")
    ]
    health = ask(one, "GET", "/_casepact/v1/health").status
    page = ask(one, "GET", "/_casepact/", {"accept": "text/html"})
    server.start()

    assert {answer.status for answer in answers} == {503}
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers)
    assert "cannot be reached" in answers[0].json()["detail"]
    assert (health, page.status) == (200, 503)
    assert control(other.port, "GET", f"/worlds/w/records/aicc/cases/{CASE}")["title"] == "kept"
    assert ask(one, "GET", f"/aicc{AICC_CASE.format(CASE)}", OPERATOR).status == 200
    assert all("pass-word" not in answer.body.decode() for answer in answers)


def test_password_is_in_no_log(mocks: tuple[RunningMock, RunningMock]) -> None:
    """
    Neither in the banner nor in what the console says of a Redis that is gone.
    """
    for mock in mocks:
        assert "pass-word" not in mock.console.read_text()


def test_mock_does_not_start_without_its_redis() -> None:
    """
    One line says where it looked, without the password.
    """
    done = run("--port", "0", "--worlds", f"redis://:pass-word@127.0.0.1:{free_port()}/0")

    assert (done.code, done.out) == (2, "")
    assert "--worlds: redis://127.0.0.1:" in done.err and "cannot be reached" in done.err
    assert "pass-word" not in done.err and len(done.err.splitlines()) == 1


def test_mock_does_not_start_with_a_wrong_password(server: RedisServer) -> None:
    """
    That the credentials are wrong is said, not what they are.
    """
    done = run("--port", "0", CASEPACT_WORLDS=server.address.replace("redis://", "redis://me:pass-wrong@"))

    assert done.code == 2 and "refuses these credentials" in done.err and "pass-wrong" not in done.err


@pytest.mark.parametrize("address", ["localhost", "http://localhost:6379", "redis://", "redis://h:port/0", "unix:"])
def test_what_is_no_address_is_refused(address: str) -> None:
    """
    With the form that an address has.
    """
    done = run("--port", "0", "--worlds", address)

    assert (done.code, "it looks like redis://HOST:6379/0" in done.err) == (2, True)


def test_watching_and_sharing_exclude_each_other() -> None:
    """
    A mock that reloads its fixtures would differ from the others.
    """
    done = run("--watch", "--worlds", "redis://127.0.0.1:1/0")

    assert (done.code, "leave out one of the two" in done.err) == (2, True)


def test_mock_with_other_fixtures_does_not_start(
    server: RedisServer, mocks: tuple[RunningMock, RunningMock], tmp_path: Path
) -> None:
    """
    It says of which APIs, and what to do.
    """
    shutil.copytree(FIXTURES / "aicc", tmp_path / "aicc")
    text = (tmp_path / "aicc" / "default.yaml").read_text()
    (tmp_path / "aicc" / "default.yaml").write_text(text.replace("title:", "title: Other", 1))
    done = run("--port", "0", "--fixtures", str(tmp_path), "--worlds", named(server))

    assert done.code == 2 and "with another contract or other fixtures of aicc. Give all mocks" in done.err


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"format": FORMAT + 1, "version": "9.9", "apis": {}}, "by casepact 9.9, which keeps them in another format"),
        ({"format": FORMAT, "version": "9.9", "apis": {}}, f"by casepact 9.9; this is {installed_version()}"),
        ({"format": FORMAT, "version": installed_version(), "apis": {}}, f"other fixtures of {apis()[0]}"),
        ("nothing", "by something that this version does not know"),
    ],
)
def test_mock_of_another_version_does_not_start(said: Any, reason: str) -> None:
    """
    What it could misread it does not read.
    """
    with redis_server() as own:
        own.command("SET", "casepact:1:about", json.dumps(said))
        done = run("--port", "0", "--worlds", own.address)

    assert done.code == 2 and reason in done.err


def test_mock_without_the_package_says_how_to_install_it(tmp_path: Path) -> None:
    """
    The extra is named.
    """
    (tmp_path / "redis.py").write_text("raise ModuleNotFoundError(\"No module named 'redis'\", name='redis')\n")
    done = run("--port", "0", "--worlds", "redis://127.0.0.1:1/0", PYTHONPATH=f"{tmp_path}:{':'.join(sys.path)}")

    assert done.code == 2 and "pip install 'casepact[redis]'" in done.err


def test_redis_is_imported_only_where_worlds_are_shared() -> None:
    """
    The start of other mocks does not wait for it.
    """
    done = run("--describe", PYTHONPROFILEIMPORTTIME="1")

    assert done.code == 0 and "redis" not in done.err


def test_mock_starts_again_on_worlds_that_it_has_left(server: RedisServer, tmp_path: Path) -> None:
    """
    Worlds outlive the processes that serve them.
    """
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with mock_process(tmp_path / "a", "--worlds", f"{named(server)[:-1]}1") as mock:
        control(mock.port, "POST", "/worlds", {"name": "left"})
    time.sleep(0.01)
    with mock_process(tmp_path / "b", "--worlds", f"{named(server)[:-1]}1") as mock:
        found = control(mock.port, "GET", "/worlds")["worlds"]

    assert [world["name"] for world in found] == ["default", "left"]
