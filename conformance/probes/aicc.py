"""What the AICC page says and no schema can: headers, the token, the id, and what an answer leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.bench import Bench, Probe
from conformance.exchange import Exchange
from specs.contract import Contract

WRITE, READ, TOKEN = "modifyCase", "getCase", "getToken"
ROLES = ("case.open", "user.owner", "user.creator", "contact")


def probes(contract: Contract) -> Iterator[Probe]:
    """The hand-written probes of AICC."""
    yield Probe("over https", WRITE, ("HW-03",), _over_https, ("https", *ROLES))
    yield Probe("no Content-Type", WRITE, ("HW-07",), _no_content_type, ROLES)
    yield Probe("no access-token", WRITE, ("HW-10",), _no_token, ROLES, unauthorized=True)
    yield Probe("unknown access-token", WRITE, ("HW-11",), _unknown_token, ROLES, unauthorized=True)
    yield Probe(
        "token of getToken",
        TOKEN,
        ("D-26",),
        _token_works,
        ("actor:client.clientId", "actor:client.clientSecret", *ROLES),
    )
    yield Probe("id selects the case and stays", WRITE, ("HW-19",), _id_stays, (*ROLES, "case.other"))
    yield Probe("no result in the answer", WRITE, ("HW-58",), _no_result, ROLES)
    yield Probe("absent members are kept", WRITE, ("D-34",), _absent_is_kept, ROLES)
    yield Probe("extension fields", WRITE, ("HW-56", "D-31", "HWF-17"), _extension_fields, (*ROLES, "case.templated"))
    yield Probe("completed case", WRITE, ("D-36",), _completed_case, (*ROLES, "case.completed"))
    yield Probe("unknown case", WRITE, ("D-33",), _unknown_case, ROLES)


def _over_https(bench: Bench) -> None:
    bench.accepted(["HW-03"], _sent(bench), "a request over https")


def _no_content_type(bench: Bench) -> None:
    bench.refused(["HW-07"], _sent(bench, headers={"Content-Type": ""}), "a body without Content-Type")


def _no_token(bench: Bench) -> None:
    bench.refused(["HW-10"], _sent(bench, actor=None), "a request without access-token")


def _unknown_token(bench: Bench) -> None:
    headers = {"access-token": "casepact-unknown-token"}
    bench.refused(["HW-11"], _sent(bench, actor=None, headers=headers), "a token that nobody has")
    bench.accepted(["HW-11"], _sent(bench), "the token of a user")


def _token_works(bench: Bench) -> None:
    body = {
        "grant_type": "client_credentials",
        "client_id": bench.entry("client", "clientId"),
        "client_secret": bench.entry("client", "clientSecret"),
    }
    exchange = bench.call(TOKEN, media="application/x-www-form-urlencoded", body=body, actor=None)
    if not bench.accepted(["D-26"], exchange, "client credentials"):
        return
    headers = {"access-token": exchange.value["access_token"]}
    read = bench.call(READ, path={"id": bench.record("case.open")["id"]}, actor=None, headers=headers)
    bench.accepted(["D-26"], read, "a token that getToken gave")


def _id_stays(bench: Bench) -> None:
    named, other = bench.record("case.open")["id"], bench.record("case.other")["id"]
    before = _case(bench, other)
    exchange = _sent(bench)
    if not bench.accepted(["HW-19"], exchange, "a change of the case that the id names"):
        return
    changed = _case(bench, named)
    bench.promise(
        ["HW-19"],
        changed.get("id") == named,
        bench.history[-1],
        title="The id changed",
        received=str(changed.get("id")),
        documented=named,
        chain=[exchange],
    )
    bench.promise(
        ["HW-19"],
        _case(bench, other) == before,
        bench.history[-1],
        title="Another case changed too",
        received="a difference",
        documented=f"{other} as before",
        chain=[exchange],
    )


def _no_result(bench: Bench) -> None:
    exchange = _sent(bench)
    if bench.operation(WRITE).succeeded(exchange.response.status, exchange.value):
        bench.promise(
            ["HW-58"],
            "result" not in exchange.value,
            exchange,
            title="The answer carries a result",
            received=str(exchange.value.get("result"))[:80],
            documented="resCode and resMsg only",
        )


def _absent_is_kept(bench: Bench) -> None:
    first = _sent(bench)
    made = bench.draft(WRITE)
    required = {"id", "title", "description", "creatorId"}
    body = {"caseInfo": {name: value for name, value in made.body["caseInfo"].items() if name in required}}
    exchange = bench.call(WRITE, media=made.media, body=body)
    if not bench.accepted(["D-34"], exchange, "the mandatory members alone"):
        return
    shown = _case(bench, body["caseInfo"]["id"])
    lost = sorted(
        name
        for name, value in made.body["caseInfo"].items()
        if name not in required and name in shown and shown[name] != value
    )
    bench.promise(
        ["D-34"],
        not lost,
        bench.history[-1],
        title="Members that were not sent changed",
        received=", ".join(lost),
        documented="kept",
        chain=[first, exchange],
    )


def _extension_fields(bench: Bench) -> None:
    record = bench.record("case.templated")
    made = bench.draft(WRITE)
    body = {"caseInfo": {**made.body["caseInfo"], "id": record["id"], record["field"]: "Casepact"}}
    exchange = bench.call(WRITE, media=made.media, body=body)
    if bench.accepted(["HW-56"], exchange, "an extension field of the case's template"):
        shown = _case(bench, record["id"])
        bench.promise(
            ["D-31", "HWF-17"],
            shown.get(record["field"]) == "Casepact",
            bench.history[-1],
            title="The extension field was not stored",
            received=repr(shown.get(record["field"])),
            documented="'Casepact'",
            chain=[exchange],
        )


def _completed_case(bench: Bench) -> None:
    made = bench.draft(WRITE).with_member("/caseInfo/id", bench.record("case.completed")["id"])
    bench.accepted(["D-36"], bench.send(made, WRITE), "a change of a completed case")


def _unknown_case(bench: Bench) -> None:
    made = bench.draft(WRITE).with_member("/caseInfo/id", "c6m8casepactunknown0")
    bench.refused(["D-33"], bench.send(made, WRITE), "a change of a case that does not exist")
    read = bench.call(READ, path={"id": "c6m8casepactunknown0"})
    bench.refused(["D-33"], read, "reading a case that does not exist")


def _sent(bench: Bench, **request: Any) -> Exchange:
    return bench.send(bench.draft(WRITE), WRITE, **request)


def _case(bench: Bench, id: str) -> dict[str, Any]:
    """The case as a read shows it; empty when it cannot be read, which other probes charge."""
    read = bench.call(READ, path={"id": id})
    if not bench.operation(READ).succeeded(read.response.status, read.value):
        return {}
    shown: dict[str, Any] = read.value["result"][0]["caseInfo"]
    return shown
