"""Weather: latency, errors and a rate limit, seeded, in the vendor's own words."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.target.decoding import decode
from mock_server.worlds.traffic import NO_SHAPING, RateLimit, Traffic, TrafficShaper
from tests.mock_server.client import Answer, Client
from tests.mock_server.provoked import AICC_CASE, CREDENTIALS, CRM, EDIT
from tests.mock_server.whole import Whole, running

READS = {
    "aicc": (AICC_CASE.format("c6m800000142mS63Voa8"), "operator"),
    "egain": (f"{EDIT}/1013", "agent"),
    "onlyoffice": (CRM.format("1234"), "admin"),
    "r7office": (CRM.format("1234"), "admin"),
}


@pytest.fixture(scope="module")
def whole() -> Whole:
    """The mock that tests share."""
    return running()


def set_traffic(whole: Whole, client: Client, **traffic: Any) -> Answer:
    """Give the world of a client this traffic."""
    whole.make(client.world)
    return whole.steer("PUT", f"/worlds/{client.world}/traffic", traffic)


def read(client: Client, api: str = "aicc", *headers: tuple[str, str]) -> Answer:
    """A read that succeeds without traffic settings."""
    path, actor = READS[api]
    return client.under(f"/{api}").send("GET", path, (CREDENTIALS[api][actor], *headers))


def statuses(client: Client, count: int, api: str = "aicc") -> list[int]:
    """What so many reads in a row get."""
    return [read(client, api).status for _ in range(count)]


# The shaper itself.


@given(st.integers(), st.floats(0, 1), st.integers(0, 1000))
def test_same_seed_gives_the_same_outcomes(seed: int, rate: float, jitter: int) -> None:
    """
    Which requests fail and how long each waits is decided by the seed.
    """
    one, other = (TrafficShaper(Traffic(jitter=jitter, error_rate=rate, seed=seed)) for _ in range(2))

    assert [(one.fails(), one.delay()) for _ in range(20)] == [(other.fails(), other.delay()) for _ in range(20)]


@given(st.integers())
def test_failures_do_not_depend_on_delays(seed: int) -> None:
    """
    The same requests fail whether answers are held back or not, and in whatever order those were.
    """
    calm, slow = (
        TrafficShaper(Traffic(error_rate=0.5, seed=seed)),
        TrafficShaper(Traffic(jitter=9, error_rate=0.5, seed=seed)),
    )
    waited = [slow.delay() for _ in range(7)]

    assert [calm.fails() for _ in range(20)] == [slow.fails() for _ in range(20)] and len(waited) == 7


def test_different_seeds_give_different_outcomes() -> None:
    """
    Another seed lets other requests fail.
    """
    rows = [
        [shaper.fails() for _ in range(64)]
        for shaper in (TrafficShaper(Traffic(error_rate=0.5, seed=n)) for n in (1, 2))
    ]

    assert rows[0] != rows[1]


def test_share_of_failures_is_near_the_rate() -> None:
    """
    A rate of 0.3 lets three of ten fail in the long run.
    """
    shaper = TrafficShaper(Traffic(error_rate=0.3, seed=5))

    assert 2700 < sum(shaper.fails() for _ in range(10_000)) < 3300


@pytest.mark.parametrize(("rate", "share"), [(0.0, 0), (1.0, 1000)])
def test_extreme_rates_are_certain(rate: float, share: int) -> None:
    """
    0 lets nothing fail, 1 everything.
    """
    shaper = TrafficShaper(Traffic(error_rate=rate))

    assert sum(shaper.fails() for _ in range(1000)) == share


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers())
def test_delay_is_between_latency_and_latency_with_jitter(latency: int, jitter: int, seed: int) -> None:
    """
    Answers wait for the latency and up to the jitter more.
    """
    shaper = TrafficShaper(Traffic(latency=latency, jitter=jitter, seed=seed))

    assert all(latency / 1000 <= shaper.delay() <= (latency + jitter) / 1000 for _ in range(20))


@given(st.integers(1, 5), st.floats(0.5, 20), st.lists(st.floats(0, 3), max_size=60))
def test_no_span_holds_more_than_the_limit(requests: int, span: float, pauses: list[float]) -> None:
    """
    However requests come, no span of so many seconds lets more of them pass.
    """
    shaper, now, passed = TrafficShaper(Traffic(rate_limit=RateLimit(requests, span))), 0.0, []
    for pause in pauses:
        now += pause
        if not shaper.wait(now):
            passed.append(now)

    assert all(sum(start <= time < start + span for time in passed) <= requests for start in passed)


@given(st.integers(1, 5), st.floats(0.5, 20))
def test_request_passes_after_the_wait_that_it_was_given(requests: int, span: float) -> None:
    """
    Who waits as long as Retry-After says is not refused again.
    """
    shaper = TrafficShaper(Traffic(rate_limit=RateLimit(requests, span)))
    while not (wait := shaper.wait(100.0)):
        pass

    assert shaper.wait(100.0 + wait) == 0


def test_refused_request_does_not_count() -> None:
    """
    Asking again and again does not put the end of the wait off.
    """
    shaper = TrafficShaper(Traffic(rate_limit=RateLimit(1, 10)))
    waits = [shaper.wait(now) for now in (0.0, 1.0, 5.0, 9.5, 10.0)]

    assert waits == [0, 9, 5, 1, 0]


# A world's traffic settings.


def test_traffic_is_shown_as_it_was_set(whole: Whole) -> None:
    """
    What was set is what is read, with defaults for the rest.
    """
    client = whole.fresh()
    set_traffic(whole, client, latencyMilliseconds=3, rateLimit={"requests": 2, "perSeconds": 0.5}, seed=7)

    assert whole.steer("GET", f"/worlds/{client.world}/traffic").json() == {
        "latencyMilliseconds": 3,
        "jitterMilliseconds": 0,
        "errorRate": 0.0,
        "rateLimit": {"requests": 2, "perSeconds": 0.5},
        "seed": 7,
        "failures": [],
    }


def test_traffic_is_replaced_as_a_whole(whole: Whole) -> None:
    """
    A second setting leaves nothing of the first.
    """
    client = whole.fresh()
    set_traffic(whole, client, errorRate=1, seed=7)
    set_traffic(whole, client)
    world = whole.store.find(client.world)

    assert (world is not None and world.traffic == NO_SHAPING, read(client).status) == (True, 200)


@pytest.mark.parametrize(
    "traffic",
    [
        {"latencyMilliseconds": -1},
        {"latencyMilliseconds": 60_001},
        {"latencyMilliseconds": 1.5},
        {"jitterMilliseconds": "3"},
        {"errorRate": 1.01},
        {"errorRate": -0.1},
        {"errorRate": True},
        {"rateLimit": {"requests": 0, "perSeconds": 1}},
        {"rateLimit": {"requests": 1, "perSeconds": 0}},
        {"rateLimit": {"requests": 1}},
        {"rateLimit": 3},
        {"seed": 0.5},
        {"seed": 1e30},
        {"seed": -1e30},
        {"rateLimit": {"requests": 1e30, "perSeconds": 1}},
        {"latency": 3},
        {"failures": {"kind": "reset"}},
        {"failures": [{"kind": "fire"}]},
        {"failures": [{"status": 500}]},
        {"failures": [{"kind": "status", "status": 399}]},
        {"failures": [{"kind": "status", "status": 600}]},
        {"failures": [{"kind": "status", "status": "500"}]},
        {"failures": [{"kind": "reset", "times": 0}]},
        {"failures": [{"kind": "reset", "times": 1.5}]},
        {"failures": [{"kind": "reset", "times": 10**30}]},
        {"failures": [{"kind": "reset", "share": 0}]},
        {"failures": [{"kind": "reset", "share": 1.01}]},
        {"failures": [{"kind": "reset", "delayMilliseconds": 60_001}]},
        {"failures": [{"kind": "reset", "timesLeft": 1}]},
        {"failures": [{"kind": "reset"}] * 101},
    ],
)
def test_bad_traffic_is_refused(whole: Whole, traffic: dict[str, Any]) -> None:
    """
    What is out of bounds, of another type, or unknown is answered with 400 and changes nothing.
    """
    client = whole.fresh()
    answer = set_traffic(whole, client, **traffic)
    world = whole.store.find(client.world)

    assert (answer.status, world is not None and world.traffic == NO_SHAPING) == (400, True)


@pytest.mark.parametrize(
    ("failure", "detail"),
    [
        ({"kind": "reset", "api": "aic"}, "/failures/1/api: this mock serves no API 'aic'; it serves aicc, "),
        ({"kind": "reset", "api": "control"}, "/failures/1/api: this mock serves no API 'control'; it serves aicc, "),
        (
            {"kind": "reset", "api": "aicc", "operation": "modifycase"},
            (
                "/failures/1/operation: the API 'aicc' has no operation 'modifycase'; Did you mean 'modifyCase'? "
                "there are modifyCase, getCase, getToken"
            ),
        ),
        (
            {"kind": "reset", "api": "aicc", "operation": "editCase"},
            "/failures/1/operation: the API 'aicc' has no operation 'editCase';",
        ),
        ({"kind": "reset", "operation": "x" * 1000}, "/failures/1/operation: no served API has an operation 'xxx"),
        ({"kind": "reset", "status": 500}, "/failures/1/status: belongs to the kind 'status', not to 'reset'"),
        (
            {"kind": "status", "status": 418, "api": "aicc", "operation": "getCase"},
            "getCase documents no answer 418; it has 401, 404; 408, 429 and 500 to 599 are simulated",
        ),
        (
            {"kind": "status", "status": 404},
            "status: 404 needs an operation that documents it; without one there are 408, 429 and 500 to 599",
        ),
        ({"kind": "delay"}, "/failures/1/delayMilliseconds: is missing: a failure of the kind 'delay' is nothing else"),
    ],
)
def test_failure_of_nothing_is_refused(whole: Whole, failure: dict[str, Any], detail: str) -> None:
    """
    The refusal names the member and what there is; nothing is changed.
    """
    client = whole.fresh()
    answer = set_traffic(whole, client, failures=[{"kind": "empty"}, failure])
    world = whole.store.find(client.world)

    assert (answer.status, world is not None and world.traffic == NO_SHAPING) == (400, True)
    assert detail in answer.json()["detail"]


def test_failures_are_shown_with_what_is_left_of_them(whole: Whole) -> None:
    """
    Each with its defaults and how often it can still happen.
    """
    client = whole.fresh()
    set_traffic(whole, client, failures=[{"kind": "status", "operation": "getCase", "times": 2}])
    read(client)

    assert whole.steer("GET", f"/worlds/{client.world}/traffic").json()["failures"] == [
        {
            "kind": "status",
            "api": None,
            "operation": "getCase",
            "status": 500,
            "delayMilliseconds": 0,
            "times": 2,
            "timesLeft": 1,
            "share": 1.0,
        }
    ]


def test_failures_follow_each_other(whole: Whole) -> None:
    """
    The first failure that is left counts, then the next, then none.
    """
    client = whole.fresh()
    failures = [{"kind": "status", "status": status, "times": 1} for status in (503, 401)]
    failures[1]["operation"] = "getCase"
    set_traffic(whole, client, failures=failures)

    assert statuses(client, 3) == [503, 401, 200]


def test_share_of_a_failure_is_decided_by_the_seed(whole: Whole) -> None:
    """
    About the share of the requests fails, the same ones each time, and a copied world starts again.
    """
    client, copy = whole.fresh(), whole.fresh()
    set_traffic(whole, client, failures=[{"kind": "status", "share": 0.3}], seed=3)
    row = statuses(client, 100)
    whole.make(copy.world, **{"from": client.world})

    assert (15 < row.count(500) < 45, statuses(copy, 100) == row) == (True, True)


@pytest.mark.parametrize(("api", "documented"), [("aicc", False), ("egain", False), ("onlyoffice", True)])
@pytest.mark.parametrize("traffic", [{"errorRate": 1}, {"failures": [{"kind": "status", "status": 503}]}])
def test_simulated_error_says_so(whole: Whole, api: str, documented: bool, traffic: dict[str, Any]) -> None:
    """
    By its header, and in the vendor's format: as documented, or else like the errors that are.
    """
    client = whole.fresh()
    set_traffic(whole, client, **traffic)
    answer = read(client, api)

    assert answer.header("x-casepact-simulated") == ("status" if "failures" in traffic else "error-rate")
    if documented:
        assert (answer.status, answer.body) == (503, b"Service Unavailable")
    else:
        code = answer.json()["resCode" if api == "aicc" else "code"]
        assert code.startswith(str(answer.status)) and "simulated" in answer.body.decode()


def test_head_gets_the_simulated_status_without_a_body(whole: Whole) -> None:
    """
    HEAD fails like the GET that it stands for.
    """
    client = whole.fresh()
    set_traffic(whole, client, failures=[{"kind": "status", "status": 502, "operation": "getCase"}])
    path, actor = READS["aicc"]
    answer = client.under("/aicc").send("HEAD", path, (CREDENTIALS["aicc"][actor],))

    assert (answer.status, answer.body, int(answer.header("content-length") or 0) > 0) == (502, b"", True)


def test_whole_numbers_may_be_written_with_a_point(whole: Whole) -> None:
    """
    5.0 is an integer to JSON Schema, and so it is here.
    """
    client = whole.fresh()
    answer = set_traffic(whole, client, latencyMilliseconds=5.0, seed=1.0)

    assert (answer.status, answer.json()["latencyMilliseconds"], answer.json()["seed"]) == (200, 5, 1)


def test_latency_holds_answers_back(whole: Whole) -> None:
    """
    An answer takes the latency at least.
    """
    client = whole.fresh()
    set_traffic(whole, client, latencyMilliseconds=80)
    started = time.perf_counter()
    read(client)

    assert time.perf_counter() - started >= 0.08


def test_preferred_delay_comes_on_top(whole: Whole) -> None:
    """
    A delay that the request asks for is added to that of the world.
    """
    client = whole.fresh()
    set_traffic(whole, client, latencyMilliseconds=50)
    started = time.perf_counter()
    read(client, "aicc", ("prefer", "delay=50"))

    assert time.perf_counter() - started >= 0.1


def test_slow_world_does_not_hold_up_another(whole: Whole) -> None:
    """
    While an answer of one world waits, others are given.
    """
    slow, quick = whole.fresh(), whole.fresh()
    set_traffic(whole, slow, latencyMilliseconds=400)
    path, actor = READS["aicc"]

    async def both() -> tuple[Answer, float]:
        waiting = asyncio.create_task(
            slow._exchange("GET", f"/aicc{path}", (*slow.headers, CREDENTIALS["aicc"][actor]), [b""])
        )
        await asyncio.sleep(0.05)
        started = time.perf_counter()
        await quick._exchange("GET", f"/aicc{path}", (*quick.headers, CREDENTIALS["aicc"][actor]), [b""])
        took = time.perf_counter() - started
        return await waiting, took

    answer, took = asyncio.run(both())

    assert (answer.status, took < 0.3) == (200, True)


@pytest.mark.parametrize("api", READS)
def test_error_rate_of_one_fails_every_request(whole: Whole, api: str) -> None:
    """
    Every request gets an error of the server that the contract documents, or a 500 where it documents none.
    """
    client = whole.fresh()
    set_traffic(whole, client, errorRate=1)
    operation = whole.assembly.contracts[api].operations["getCasesByIds" if api == "egain" else "getCase"]
    documented = {status for status in operation.responses if status >= 500} or {500}

    assert set(statuses(client, 5, api)) <= documented


@pytest.mark.parametrize(
    ("api", "operation", "method", "path"),
    [("egain", "editCase", "PATCH", EDIT), ("onlyoffice", "getCase", "GET", CRM.format("1234"))],
)
def test_error_is_the_documented_one(whole: Whole, api: str, operation: str, method: str, path: str) -> None:
    """
    Its body fits the schema of the documented answer.
    """
    client = whole.fresh()
    set_traffic(whole, client, errorRate=1)
    answer = client.under(f"/{api}").send(method, path)
    documented = whole.assembly.contracts[api].operations[operation].responses[answer.status]
    media = documented.content[(answer.header("content-type") or "").partition(";")[0]]

    assert media.schema is not None and media.schema.flaws(decode(media, answer.body)) == []


def test_failed_write_is_not_carried_out(whole: Whole) -> None:
    """
    A request that meets an error changes nothing.
    """
    client = whole.fresh()
    set_traffic(whole, client, errorRate=1)
    before = client.snapshot()
    client.under("/r7office").send("PUT", CRM.format("1234") + "/close", (CREDENTIALS["r7office"]["admin"],))

    assert client.snapshot() == before


def test_same_seed_fails_the_same_requests(whole: Whole) -> None:
    """
    Two worlds with the same traffic fail alike.
    """
    rows = []
    for _ in range(2):
        client = whole.fresh()
        set_traffic(whole, client, errorRate=0.5, seed=11)
        rows.append(statuses(client, 30))

    assert (rows[0], {200} < set(rows[0])) == (rows[1], True)


def test_setting_the_traffic_starts_its_row_again(whole: Whole) -> None:
    """
    Set once more, the same requests fail once more.
    """
    client, rows = whole.fresh(), []
    for _ in range(2):
        set_traffic(whole, client, errorRate=0.5, seed=11)
        rows.append(statuses(client, 30))

    assert rows[0] == rows[1]


def test_copied_world_starts_the_row_of_its_traffic_again(whole: Whole) -> None:
    """
    A copy fails as its origin did from the start, whatever the origin has been asked since.
    """
    client = whole.fresh()
    set_traffic(whole, client, errorRate=0.5, seed=11)
    row = statuses(client, 30)
    copy = whole.fresh()
    whole.make(copy.world, **{"from": client.world})

    assert statuses(copy, 30) == row


@pytest.mark.parametrize(
    ("api", "status", "media"),
    [
        ("aicc", 429, "application/json; charset=UTF-8"),
        ("egain", 429, "application/json; charset=UTF-8"),
        ("onlyoffice", 503, "text/plain; charset=UTF-8"),
        ("r7office", 503, "text/plain; charset=UTF-8"),
    ],
)
def test_requests_beyond_the_limit_are_refused(whole: Whole, api: str, status: int, media: str) -> None:
    """
    As the vendor does it where that is known (OO-24), else with 429; Retry-After has the seconds to wait.
    """
    client = whole.fresh()
    set_traffic(whole, client, rateLimit={"requests": 2, "perSeconds": 300})
    answers = [read(client, api) for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, status]
    assert answers[2].header("content-type") == media
    assert 290 <= int(answers[2].header("retry-after") or 0) <= 300


def test_limit_ends(whole: Whole) -> None:
    """
    After the span requests pass again.
    """
    client = whole.fresh()
    set_traffic(whole, client, rateLimit={"requests": 1, "perSeconds": 0.2})
    row = statuses(client, 2)
    time.sleep(0.25)

    assert [*row, read(client).status] == [200, 429, 200]


def test_limit_of_a_world_is_no_limit_of_another(whole: Whole) -> None:
    """
    Traffic touches its own world alone.
    """
    client, other = whole.fresh(), whole.fresh()
    set_traffic(whole, client, rateLimit={"requests": 1, "perSeconds": 300}, errorRate=1)
    read(client)

    assert statuses(other, 3) == [200, 200, 200]


def test_control_api_has_no_traffic_settings(whole: Whole) -> None:
    """
    A world that fails in everything can still be looked at and set right.
    """
    client = whole.fresh()
    set_traffic(whole, client, rateLimit={"requests": 1, "perSeconds": 300}, errorRate=1)

    assert {whole.steer("GET", f"/worlds/{client.world}/traffic").status for _ in range(5)} == {200}


def test_refused_requests_are_in_the_journal(whole: Whole) -> None:
    """
    Requests beyond the limit and those that failed stand in the journal with their status.
    """
    client = whole.fresh()
    set_traffic(whole, client, rateLimit={"requests": 1, "perSeconds": 300})
    statuses(client, 2, "onlyoffice")
    set_traffic(whole, client, errorRate=1)
    read(client, "onlyoffice")
    entries = whole.steer("GET", f"/worlds/{client.world}/journal").json()["entries"]

    shown = [(entry["status"], entry["outcome"]) for entry in entries]
    assert shown == [(200, "admitted"), (503, "simulated"), (503, "simulated")]


def test_reset_takes_the_settings_back(whole: Whole) -> None:
    """
    A reset world answers as at the start.
    """
    client = whole.fresh()
    set_traffic(whole, client, errorRate=1)
    whole.steer("POST", f"/worlds/{client.world}/reset")

    assert read(client).status == 200


def test_traffic_of_the_default_world_can_be_set_and_taken_away(whole: Whole) -> None:
    """
    Requests that name no world are shaped too.
    """
    whole.steer("PUT", "/worlds/default/traffic", {"errorRate": 1})
    failed = read(whole.client).status
    whole.steer("PUT", "/worlds/default/traffic", {})

    assert (failed, read(whole.client).status) == (500, 200)


def test_body_of_a_traffic_setting_must_be_there(whole: Whole) -> None:
    """
    No body is no setting.
    """
    assert whole.steer("PUT", "/worlds/default/traffic").status == 400
    assert json.loads(whole.steer("GET", "/worlds/default/traffic").body)["errorRate"] == 0
