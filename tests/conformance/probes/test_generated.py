"""What we rely on in Schemathesis, whose engine is no documented interface: an upgrade that changes it fails here."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from conformance.probes import generated
from conformance.probes.context import Probe, ProbeContext
from conformance.target.client import WORLD_HEADER, Target
from conformance.target.errors import Unreachable
from conformance.target.profile import bare_profile
from tests.conformance.answers import NOWHERE, contract_of
from tests.servers import mock_app, serving

AICC = contract_of("aicc")
PROBES = {f"{probe.operation} {probe.name}": probe for probe in generated.probes(AICC)}
MODIFY, READ, TOKEN, WALK = PROBES
TOKEN_PATH = "/aicc/baas/auth/v1.0/oauth2/token"


class Listener:
    """An ASGI app that remembers each request and passes it on; a body that holds `upset` is answered with 500."""

    def __init__(self, app: Any, upset: bytes = b"") -> None:
        self.app, self.upset = app, upset
        self.heard: list[tuple[str, str, dict[str, str], bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        messages = [await receive()]
        while messages[-1].get("more_body"):
            messages.append(await receive())
        body = b"".join(message.get("body", b"") for message in messages)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.heard.append((scope["method"], scope["path"], headers, body))
        if self.upset and self.upset in body:
            await send({"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
            return
        again = iter(messages)

        async def replay() -> Any:
            return next(again, None) or await receive()

        await self.app(scope, replay, send)

    def sent(self) -> list[tuple[str, str, dict[str, str], bytes]]:
        """What the probe sent, without the one request by which Schemathesis finds out whether a server is there."""
        return [request for request in self.heard if "schemathesis" not in request[1]]


class Ran:
    """A probe that was run against the mock, with the context it used and what the server heard."""

    def __init__(self, probe: Probe, upset: bytes = b"", seed: int = 1) -> None:
        self.listener = Listener(mock_app("aicc"), upset)
        with serving(self.listener) as address:
            target = Target(AICC, bare_profile("aicc", f"{address}/aicc"))
            self.ctx = ProbeContext(target, "a-world", key=probe.name, seed=seed, examples=3)
            probe.run(self.ctx)
            target.close()

    def requests(self) -> Counter[tuple[str, str, bytes]]:
        """How often the server heard each request."""
        return Counter((method, path, body) for method, path, _, body in self.listener.sent())

    def against(self) -> set[str]:
        """The statements that were found broken."""
        return {judged.judgement.statement for judged in self.ctx.judged if not judged.judgement.held}


@pytest.fixture(scope="module")
def modify() -> Ran:
    """The generated requests to modifyCase."""
    return Ran(PROBES[MODIFY])


@pytest.fixture(scope="module")
def token() -> Ran:
    """The generated requests to getToken."""
    return Ran(PROBES[TOKEN])


@pytest.fixture(scope="module")
def walk() -> Ran:
    """The walks over links."""
    return Ran(PROBES[WALK])


@pytest.fixture(scope="module")
def both(modify: Ran, walk: Ran) -> list[Ran]:
    """Single requests and walks."""
    return [modify, walk]


@pytest.fixture(scope="module")
def upset() -> Ran:
    """The generated requests to a modifyCase that cannot bear a null."""
    return Ran(PROBES[MODIFY], upset=b"null")


def test_engine_has_the_names_that_we_use() -> None:
    """The engine's events carry what the probe reads of them."""
    from schemathesis.engine import Status, StopReason, events, recorder

    used: list[tuple[object, tuple[str, ...]]] = [
        (events, ("ScenarioFinished", "NonFatalError", "FatalError", "EngineFinished")),
        (StopReason, ("SERVER_UNAVAILABLE",)),
        (Status, ("SUCCESS",)),
        (recorder.ScenarioRecorder(label="a label"), ("cases", "interactions", "checks")),
    ]
    assert [name for holder, names in used for name in names if not hasattr(holder, name)] == []


def test_engine_gets_events_with_recorders(token: Ran) -> None:
    """Every answered request reaches the context as an exchange of its operation."""
    assert len(token.ctx.history) == len(token.listener.sent()) > 0


def test_server_is_asked_once_whether_it_is_there(token: Ran) -> None:
    """Beside the generated requests there is one to an address of Schemathesis's own choosing, a safe GET."""
    others = [(method, "schemathesis" in path) for method, path, _, _ in token.listener.heard]

    assert [method for method, foreign in others if foreign] == ["GET"]


def test_probe_of_one_operation_asks_for_no_other(token: Ran) -> None:
    """Generated requests go to the operation of their probe only."""
    assert {path for _, path, _, _ in token.listener.sent()} == {TOKEN_PATH}


def test_methods_that_no_operation_declares_are_not_sent(both: list[Ran]) -> None:
    """With `unexpected-methods` empty, a path hears only the methods that the document gives it."""
    declared = {operation.method for operation in AICC.operations.values()}

    assert {method for ran in both for method, _, _, _ in ran.listener.sent()} == declared


def test_probe_of_one_operation_does_not_follow_links(modify: Ran) -> None:
    """The stateful phase is off where single requests are asked for."""
    assert {path.rpartition("/")[2] for _, path, _, _ in modify.listener.sent()} == {"modify"}


def test_walk_follows_links_with_what_was_answered(walk: Ran) -> None:
    """The stateful phase reads the very case that it changed."""
    known = walk.ctx.target.api.records["case.open"]["id"]

    assert f"/aicc/service/AICC__Case/1.0.0/openapi/case/{known}" in {p for _, p, _, _ in walk.listener.sent()}


def test_walk_reaches_success_by_a_link(walk: Ran) -> None:
    """A walk that never saw a link work would have shown nothing."""
    assert {"modifyCase", "getCase"} <= walk.ctx.successes


def test_known_records_are_mixed_in(modify: Ran) -> None:
    """Requests reach what the target has, so that they are not all refused for an unknown id."""
    known = modify.ctx.target.api.records["case.open"]["id"].encode()

    assert sum(known in body for _, _, _, body in modify.listener.sent()) > 10


def test_requests_carry_the_world_of_the_probe(modify: Ran) -> None:
    """What a generated request changes stays in the world of its probe."""
    assert {headers.get(WORLD_HEADER.lower()) for _, _, headers, _ in modify.listener.sent()} == {"a-world"}


def test_requests_tell_who_sends_them(modify: Ran) -> None:
    """The owner of a server finds the run in the log."""
    agents = {headers.get("user-agent", "").partition("/")[0] for _, _, headers, _ in modify.listener.sent()}

    assert agents == {"casepact"}


def test_nobody_is_signed_up(token: Ran) -> None:
    """With `auto-signup` off, no credential but the target's own is obtained or used."""
    used = {headers["access-token"] for _, _, headers, _ in token.listener.sent() if "access-token" in headers}

    assert used <= {"aicc-operator-token-0001"}


def test_request_of_a_finding_has_no_header_of_the_transport(modify: Ran) -> None:
    """What is printed to repeat a request holds nothing that the connection or the harness adds."""
    names = {name.lower() for exchange in modify.ctx.history for name, _ in exchange.request.headers}

    assert not names & {"host", "content-length", "connection", "user-agent", WORLD_HEADER.lower()}


def test_own_format_is_drawn_as_the_contract_has_it(modify: Ran) -> None:
    """A format of ours that Schemathesis was taught lets it make requests that are carried out."""
    assert any(b"dueDate" in e.request.body for e in modify.ctx.history if e.response.status == 200 and e.request.body)


def test_both_good_and_bad_requests_are_made(modify: Ran) -> None:
    """Generated requests lie on both sides of the contract."""
    assert {200, 400} <= set(modify.ctx.statuses["modifyCase"])


def test_same_seed_sends_the_same_requests(token: Ran) -> None:
    """With one worker a run can be repeated request by request."""
    assert Ran(PROBES[TOKEN]).requests() == token.requests()


def test_another_seed_sends_other_requests(token: Ran) -> None:
    """The seed of the context is the one that decides."""
    assert Ran(PROBES[TOKEN], seed=2).requests() != token.requests()


def test_honest_server_is_not_accused(both: list[Ran]) -> None:
    """The mock has nothing held against it by generated requests."""
    assert [ran.against() for ran in both] == [set(), set()]


def test_server_error_on_odd_input_is_charged_to_http(upset: Ran) -> None:
    """A server that answers 500 to a null where text is due is caught, under HTTP-08 alone."""
    assert upset.against() == {"HTTP-08"}


def test_server_error_does_not_end_the_probe(modify: Ran, upset: Ran) -> None:
    """With `continue-on-failure` a finding does not keep the rest from being sent."""
    assert len(upset.ctx.history) > 0.8 * len(modify.ctx.history)


def test_server_that_is_not_there_is_the_environments_fault() -> None:
    """A server that does not answer is reported as unreachable, never as a finding."""
    profile = bare_profile("aicc", f"{NOWHERE}/aicc")
    ctx = ProbeContext(Target(AICC, profile), "a-world", key="a probe", seed=1, examples=3)

    with pytest.raises(Unreachable, match="does not answer"):
        PROBES[TOKEN].run(ctx)


def test_checks_that_the_contract_turns_off_serve_nothing() -> None:
    """A statement is served by generated requests only while one of its checks is on."""
    off = {name: replace(policy, statement="", off="not now") for name, policy in AICC.checks.items()}

    assert {probe.serves for probe in generated.probes(replace(AICC, checks=off))} == {()}


def test_interrupted_engine_ends_in_the_thread_that_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    It joins its threads where it ends; left to the collector, it was ended in one of them, with a traceback.
    """
    streams: list[Any] = []
    engine_of = generated.from_schema

    class Kept:
        def __init__(self, schema: Any) -> None:
            self.engine = engine_of(schema)

        def execute(self) -> Any:
            streams.append(self.engine.execute())
            return streams[-1]

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(generated, "from_schema", Kept)
    monkeypatch.setattr(generated, "_take", interrupt)
    with pytest.raises(KeyboardInterrupt):
        Ran(PROBES[MODIFY])

    assert [stream.generator.gi_frame for stream in streams] == [None]
