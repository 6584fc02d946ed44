"""What front ends need every day of the mock: worlds for tests, the journal, fixtures, credentials and explanations."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from tests.acceptance.product import (
    CASE,
    CASE_INFO,
    MODIFY,
    OPERATOR,
    READ,
    TREE,
    Answer,
    Mock,
    casepact,
    environment,
    mock,
    python,
)

_NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    """A mock of every API."""
    with mock(tmp_path_factory.mktemp("mock")) as found:
        yield found


@pytest.fixture
def world(served: Mock) -> str:
    """A world that nobody used."""
    name = f"world-{next(_NUMBERS)}"
    assert served.control("POST", "/worlds", {"name": name}).status == 201
    return name


SUITE = """
import json
from urllib.request import Request, urlopen

import pytest

CASE = "c6m800000142mS63Voa8"
READ = f"/aicc/service/AICC__Case/1.0.0/openapi/case/{CASE}"


def got(address, headers=None):
    with urlopen(Request(address, headers={"access-token": "aicc-operator-token-0001", **(headers or {})})) as answer:
        return json.load(answer)


def test_mock(casepact_mock):
    assert got(casepact_mock.address + "/_casepact/v1/ready")
    print("address:", casepact_mock.address)


@pytest.mark.parametrize("title", ["first", "second"])
def test_world(casepact_world, title):
    record = casepact_world.record("aicc", "cases", CASE)
    assert record["title"] not in ("first", "second")
    casepact_world.put({**record, "title": title}, api="aicc", collection="cases")
    assert got(casepact_world.url + READ)["result"][0]["caseInfo"]["title"] == title


def test_name(casepact_world):
    assert casepact_world.name.startswith("test_suite.py-test_name")


def test_requests(casepact_world):
    assert casepact_world.requests("getCase") == []
    got(casepact_world.url + READ)
    assert len(casepact_world.requests("getCase", status=200)) == 1


def test_freeze(casepact_world):
    casepact_world.freeze("2015-07-30T13:07:40Z")
    control = f"{casepact_world.mock.address}/_casepact/v1/worlds/{casepact_world.name}/clock"
    assert got(control)["now"].startswith("2015-07-30T13:07:40")


def test_put(casepact_world):
    record = casepact_world.record("aicc", "cases", CASE)
    casepact_world.put({**record, "title": "put"}, api="aicc", collection="cases")
    assert got(casepact_world.url + READ)["result"][0]["caseInfo"]["title"] == "put"
"""
"""A suite of somebody else."""


def suite(folder: Path, **more: str) -> str:
    """What pytest prints of the suite, with the plugin that the checkout declares, if it does."""
    (folder / "test_suite.py").write_text(SUITE, encoding="utf-8")
    project = tomllib.loads((TREE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    plugin = project.get("entry-points", {}).get("pytest11", {}).get("casepact")
    words = ["-m", "pytest", "-rA", "-p", "no:cacheprovider", *(("-p", plugin) if plugin else ())]
    return python(*words, cwd=folder, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", **more).out


@pytest.fixture(scope="module")
def plugin_run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The suite with a mock that the plugin starts."""
    return suite(tmp_path_factory.mktemp("suite"))


@pytest.mark.parametrize(
    "name",
    ["test_mock", "test_world[first]", "test_world[second]", "test_name", "test_requests", "test_freeze", "test_put"],
)
def test_plugin_gives_each_test_a_world(name: str, plugin_run: str) -> None:
    """
    The mock starts by itself; a world is fresh, named after its test, knows its requests, is frozen and takes records.
    """
    assert f"PASSED test_suite.py::{name}\n" in plugin_run


def test_plugin_uses_a_mock_that_runs(served: Mock, tmp_path: Path) -> None:
    """
    CASEPACT_MOCK_URL names the mock of the whole run.
    """
    address = f"http://127.0.0.1:{served.port}"

    assert f"address: {address}\n" in suite(tmp_path, CASEPACT_MOCK_URL=address)


def test_client_of_front_ends_is_one_module(served: Mock) -> None:
    """
    The mock serves an ES module that needs no other file.
    """
    answer = served.ask("GET", "/_casepact/client.mjs")

    assert (answer.status, answer.headers.get("content-type", "").partition(";")[0]) == (200, "text/javascript")
    assert re.findall(r"^\s*import\b.*", answer.body.decode(), re.MULTILINE) == []
    assert re.search(r"^export (async )?function freshWorld\b", answer.body.decode(), re.MULTILINE)


@pytest.mark.parametrize(
    "word", ["casepact-client", "Playwright", "Vitest", "casepact_world", '"mode": "shifted", "bySeconds"']
)
def test_documents_show_how_tests_use_it(word: str) -> None:
    """
    Clients, plugin and a shift of the clock stand in the document of the mock.
    """
    assert word in (TREE / "docs" / "mock.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["tests/test_a.py::test_b[1]", "Cases > renames a case (ü)", "x" * 300])
def test_name_of_any_test_is_a_world(name: str, served: Mock) -> None:
    """
    What is written in the world of one test is not in the world of another.
    """
    header = {"x-casepact-world": quote(name), **OPERATOR}
    written = served.ask("POST", MODIFY, {"caseInfo": {**CASE_INFO, "title": "of this test"}}, header)
    titles = [
        served.ask("GET", READ, headers={**header, "x-casepact-world": world}).json()["result"][0]["caseInfo"]["title"]
        for world in (quote(name), quote(f"{name}!"))
    ]

    assert (written.status, titles[0], titles[1] == titles[0]) == (200, "of this test", False)


@pytest.mark.parametrize(("path", "value"), [("reset", None), ("fixtures", {"set": "default"})])
def test_world_that_nobody_used_is_made(path: str, value: Any, served: Mock) -> None:
    """
    A reset, and fixtures that are loaded, make the world that they are for.
    """
    name = f"unused-{path}"
    answer = served.control("POST", f"/worlds/{name}/{path}", value)

    assert (answer.status < 300, served.control("GET", f"/worlds/{name}").status) == (True, 200)


def changed(served: Mock, world: str, title: str, **more: Any) -> Answer:
    """What a change of the title is answered in this world."""
    return served.ask(
        "POST", MODIFY, {"caseInfo": {**CASE_INFO, "title": title, **more}}, {"x-casepact-world": world, **OPERATOR}
    )


def journal(served: Mock, world: str) -> list[Any]:
    """The entries of the journal of a world."""
    return list(served.control("GET", f"/worlds/{world}/journal").json()["entries"])


def test_journal_keeps_what_was_sent(served: Mock, world: str) -> None:
    """
    A test sees the headers and the body of a request.
    """
    changed(served, world, "kept")
    request = journal(served, world)[0]["request"]

    assert request["headers"]["content-type"] == "application/json"
    assert request["body"] == {"caseInfo": {**CASE_INFO, "title": "kept"}}


def test_journal_keeps_the_answer(served: Mock, world: str) -> None:
    """
    A test sees what its request was answered.
    """
    answer = changed(served, world, "kept")

    assert journal(served, world)[0]["answer"]["body"] == answer.json()


def test_journal_is_bounded(served: Mock, world: str) -> None:
    """
    Many long bodies leave a journal of less than a megabyte, which still has the last body.
    """
    for number in range(40):
        changed(served, world, f"{number}", description="d" * 30_000)
    entries = journal(served, world)

    assert len(json.dumps(entries)) < 1_000_000
    assert entries[-1]["request"]["body"]["caseInfo"]["title"] == "39"


def test_journal_hides_secrets(served: Mock, world: str) -> None:
    """
    A credential is known to have been sent, and not shown.
    """
    changed(served, world, "secret")
    entry = journal(served, world)[0]

    assert ("access-token" in entry["request"]["headers"], OPERATOR["access-token"] in json.dumps(entry)) == (
        True,
        False,
    )


def matches(served: Mock, world: str, title: str) -> Any:
    """How the control API answers who asks for changes of this title."""
    pattern = {"operation": "modifyCase", "body": {"caseInfo": {"title": title}}}
    return served.control("POST", f"/worlds/{world}/journal/matches", pattern).json()


def test_requests_are_counted_by_what_they_hold(served: Mock, world: str) -> None:
    """
    Of three changes two have the title that is asked for.
    """
    for title in ("a", "b", "a"):
        changed(served, world, title)

    assert matches(served, world, "a")["count"] == 2


def test_near_miss_is_named(served: Mock, world: str) -> None:
    """
    Where nothing matches, the nearest request says how it differs.
    """
    changed(served, world, "a")

    assert matches(served, world, "b")["nearest"]["differences"] == ['body /caseInfo/title: "a", not "b"']


def shipped() -> Any:
    """The default fixture set of AICC, as the checkout has it."""
    return yaml.safe_load((TREE / "fixtures" / "aicc" / "default.yaml").read_text(encoding="utf-8"))


def written(folder: Path, name: str, data: Any) -> Path:
    """A folder of fixtures with one set of AICC."""
    (folder / "mine" / "aicc").mkdir(parents=True)
    (folder / "mine" / "aicc" / f"{name}.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    return folder / "mine"


def title_of(found: Mock) -> Any:
    """The title of the case that is read."""
    return found.ask("GET", READ, headers=OPERATOR).json()["result"][0]["caseInfo"]["title"]


def test_own_fixtures_complete_those_of_casepact(tmp_path: Path) -> None:
    """
    A folder with a set of one API replaces that set, and all other APIs keep theirs.
    """
    data = shipped()
    data["records"]["cases"][CASE]["title"] = "mine"
    with mock(tmp_path, "--fixtures", str(written(tmp_path, "default", data))) as found:
        answer = found.ask("GET", "/r7office/api/2.0/crm/case/1234", headers={"authorization": "r7-admin-token-0001"})

        assert (title_of(found), answer.status) == ("mine", 200)


def test_set_is_chosen(tmp_path: Path) -> None:
    """
    --set names the set that worlds start with.
    """
    data = shipped()
    data["records"]["cases"][CASE]["title"] = "busy"
    with mock(tmp_path, "--api", "aicc", "--fixtures", str(written(tmp_path, "busy", data)), "--set", "busy") as found:
        assert title_of(found) == "busy"


def test_partial_record_is_completed(tmp_path: Path) -> None:
    """
    What a record leaves out is taken from the defaults of its collection.
    """
    data = shipped()
    cases = data["records"]["cases"]
    data["defaults"] = {"cases": {name: value for name, value in cases[CASE].items() if name not in ("id", "title")}}
    cases[CASE] = {"id": CASE, "title": "partial"}
    with mock(tmp_path, "--api", "aicc", "--fixtures", str(written(tmp_path, "default", data))) as found:
        result = found.ask("GET", READ, headers=OPERATOR).json()["result"][0]["caseInfo"]

    assert (result["title"], result["description"]) == ("partial", data["defaults"]["cases"]["description"])


def test_long_list_of_flaws_says_how_many_are_left_out(served: Mock, world: str) -> None:
    """
    Of 27 flaws of a fixture those that are not listed are counted.
    """
    flawed = {f"case{number}": {"id": f"case{number}", "title": 1} for number in range(27)}
    value = {"api": "aicc", "records": {"cases": flawed}}
    answer = served.control("PUT", f"/worlds/{world}/fixtures/aicc", value)
    more = re.search(r"and (\d+) more", answer.body.decode())

    assert (answer.status, bool(more) and int(more[1]) > 0) == (400, True)


def banner(served: Mock, title: str) -> dict[str, str]:
    """Actor → the header that the banner prints for it, of the API with this title."""
    part = served.console.read_text(encoding="utf-8").partition(title)[2].partition("\n\n")[0]
    return dict(re.findall(r"^    (\w+)[^\S\n]+(\S+: .+?)?$", part, re.MULTILINE))


@pytest.mark.parametrize("actor", ["agent", "integration"])
def test_credential_of_the_banner_is_taken_as_printed(actor: str, served: Mock) -> None:
    """
    The line of an actor is a header with which eGain does not say that nobody is signed in.
    """
    header = banner(served, "eGain")[actor]
    name, _, value = header.partition(": ")
    answer = served.ask("GET", "/egain/core/casemgr/v3/case/1013", headers={name: value, "accept": "application/json"})

    assert (bool(value), answer.status in (200, 403)) == (True, True)


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "no credential was sent; send Authorization: Bearer TOKEN"),
        ({"authorization": "egain-agent-token-0001"}, "Bearer"),
        ({"authorization": "Bearer nobody"}, "unknown|not known|no actor"),
    ],
    ids=["nothing", "another form", "unknown"],
)
def test_explanation_of_a_401_says_what_was_missing(headers: dict[str, str], words: str, served: Mock) -> None:
    """
    The explanation says whether a request has no credential, one of another form, or an unknown one.
    """
    answer = served.ask("GET", "/egain/core/casemgr/v3/case/1013", headers={"accept": "application/json", **headers})
    explained = served.ask("GET", answer.headers["link"].partition(">")[0].removeprefix("<")).json()

    assert (answer.status, bool(re.search(words, explained["violations"][0]["detail"]))) == (401, True), explained


def test_version_is_printed(tmp_path: Path) -> None:
    """
    `casepact --version` prints one line.
    """
    done = casepact("--version", cwd=tmp_path)

    assert (done.code, bool(re.fullmatch(r"casepact \d+\.\d+\.\d+\S*\n", done.out))) == (0, True)


def test_browser_that_asks_for_an_icon_is_not_refused(served: Mock) -> None:
    """
    /favicon.ico is neither an error nor in the list of refusals.
    """
    answer = served.ask("GET", "/favicon.ico")

    assert (answer.status < 300, "favicon" in served.control("GET", "/refusals").body.decode()) == (True, False)


def test_clock_names_the_member_that_a_shift_needs(served: Mock, world: str) -> None:
    """
    A shift whose member has another name is refused with the name that it needs.
    """
    answer = served.control("PUT", f"/worlds/{world}/clock", {"mode": "shifted", "seconds": 60})

    assert (answer.status, "bySeconds" in answer.json()["detail"]) == (400, True)


def test_reader_of_the_description_may_stop(tmp_path: Path) -> None:
    """
    `casepact mock --describe | head -1` prints one line, and no error.
    """
    command = f"{sys.executable} -m conformance mock --describe | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (0, 1, "")


@pytest.mark.parametrize("status", [500, 503])
def test_server_error_can_be_chosen_where_the_contract_has_none(served: Mock, status: int) -> None:
    """
    `Prefer: code=` gives it in the vendor's error format, and says that it is simulated.
    """
    answer = served.ask("GET", READ, headers={**OPERATOR, "Prefer": f"code={status}"})

    assert (answer.status, sorted(answer.json()), "x-casepact-simulated" in answer.headers) == (
        status,
        ["resCode", "resMsg"],
        True,
    )


@pytest.mark.parametrize("kind", ["reset", "empty", "truncated"])
def test_connection_of_one_operation_in_one_world_fails(served: Mock, world: str, kind: str) -> None:
    """
    The client meets a broken connection once, as asked for, and the next request is answered.
    """
    failing = {"failures": [{"kind": kind, "api": "aicc", "operation": "getCase", "times": 1}]}
    answer = served.control("PUT", f"/worlds/{world}/traffic", failing)
    assert answer.status < 300, answer.body
    headers = {**OPERATOR, "X-Casepact-World": world}

    with pytest.raises((OSError, HTTPException)):
        served.ask("GET", READ, headers=headers)
    assert served.ask("GET", READ, headers=headers).status == 200
