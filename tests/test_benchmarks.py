"""The measurements: that they measure what they say, and say what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from benchmarks import mock
from benchmarks.bare_asgi import bare_app
from benchmarks.kinds import KINDS, Kind
from benchmarks.load import Answer, Load
from benchmarks.machine import ROOT
from benchmarks.peers import BARE, _mockoon_environment, _stubs, missing
from benchmarks.request_cost import STAGES, _stage
from mock_server.behaviours import BEHAVIOURS
from mock_server.http.app import build_app
from mock_server.worlds.seeding import seed_records
from specs.loading import load_contract
from specs.source import FIXTURES
from tests.mock_server.client import Client

ANSWERS = {kind.name: Answer(kind.status, (("content-type", kind.media),), kind.name.encode()) for kind in KINDS}


@pytest.fixture(scope="module")
def measured() -> Client:
    """The mock of the APIs that are measured."""
    contracts = [load_contract(api, with_ledger=False) for api in ("onlyoffice", "r7office", "aicc")]
    return Client(build_app(contracts, BEHAVIOURS, {item.api: seed_records(item, FIXTURES) for item in contracts}))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_mock_answers_each_kind_as_the_measurement_expects(measured: Client, kind: Kind) -> None:
    """A measured request gets the status and media type that its kind names."""
    headers = [(name.lower(), value) for name, value in kind.headers.items()]
    answer = measured.send(kind.method, f"/{kind.api}{kind.path}", headers, kind.body)

    assert (answer.status, (answer.header("content-type") or "").partition(";")[0]) == (kind.status, kind.media)


def test_ratio_is_the_median_of_pairs() -> None:
    """Each run of a peer is compared with our run just before it, not with our median."""
    item = mock.Measured(KINDS[0], {BARE: _loads(100, 200, 400)}, {BARE: _loads(50, 100, 400)})

    assert item.ratio(BARE) == 0.5


def test_missing_tools_are_named_with_the_way_to_install_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a tool is not found the line says what installs it."""
    monkeypatch.setenv("PATH", "")

    assert "wrk is missing: sudo apt-get install wrk" in missing()


def test_a_missing_tool_ends_the_measurement(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without its tools nothing is measured, and the exit code is 2."""
    monkeypatch.setenv("PATH", "")

    assert mock.main([]) == 2


def test_wiremock_refuses_what_does_not_fit_the_schema() -> None:
    """Of two stubs at one path the one with the schema is tried first, and the one that refuses has none."""
    accepting, refusing = [stub for stub in _stubs(KINDS, ANSWERS) if stub["request"]["urlPath"].endswith("modify")]

    assert (accepting["priority"], "bodyPatterns" in accepting["request"]) == (1, True)
    assert (refusing["priority"], "bodyPatterns" in refusing["request"]) == (5, False)


def test_mockoon_refuses_what_lacks_a_member() -> None:
    """The default answer at the path of a refused write is the refusal."""
    routes = _mockoon_environment(KINDS, ANSWERS, 1)["routes"]
    (route,) = [route for route in routes if route["endpoint"].endswith("modify")]

    assert [(item["statusCode"], item["default"]) for item in route["responses"]] == [(200, False), (400, True)]


def test_bare_app_sends_the_given_answer() -> None:
    """The app that does nothing sends status, headers and body as given."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def exchange() -> None:
        await bare_app(201, [(b"a", b"b")], b"body")({"type": "http"}, receive, send)

    asyncio.run(exchange())

    assert [(item.get("status"), item.get("body")) for item in sent] == [(201, None), (None, b"body")]


@pytest.mark.parametrize(("part", "function"), [(part, name) for part, name, _ in STAGES if "mock_server/" in part])
def test_stages_name_code_that_exists(part: str, function: str) -> None:
    """A stage of the cost table names a folder, file or function of the mock: no line of it stays empty unnoticed."""
    file = ROOT / (part if part.endswith((".py", "/")) else f"{part}.py")
    assert file.is_dir() or (file.is_file() and (not function or f"def {function}(" in file.read_text("utf-8")))


def test_an_unknown_function_belongs_to_no_stage() -> None:
    """What no stage claims is left to the function that called it."""
    assert _stage(test_an_unknown_function_belongs_to_no_stage.__code__) == ""


def _loads(*rates: int) -> list[Load]:
    return [Load(rate, 1.0, None) for rate in rates]
