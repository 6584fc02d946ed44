"""What the AICC page says and no schema can: headers, the token, the id, and what an answer leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.probes.context import Bench, Probe
from conformance.target.client import Credentials
from conformance.target.drafting import Draft
from conformance.target.exchange import Exchange
from conformance.target.needs import UnmetNeed
from specs.contract import Contract
from specs.statements import Side

WRITE, READ, TOKEN = "modifyCase", "getCase", "getToken"
FOREIGN = "foreign.case"
TOKEN_SCHEME, UNKNOWN_TOKEN = "accessToken", "casepact-unknown-token"
ROLES = ("case.open", "user.owner", "user.creator", "contact")


def probes(contract: Contract) -> Iterator[Probe]:
    """The hand-written probes of AICC."""
    yield Probe("over https", WRITE, ("HW-03",), _over_https, ("https", *ROLES))
    yield Probe("no Content-Type", WRITE, ("HW-07",), _no_content_type, ROLES)
    yield Probe("no access-token", WRITE, ("HW-10", "HW-12"), _no_token, ROLES, unauthorized=True)
    yield Probe("unknown access-token", WRITE, ("HW-11",), _unknown_token, ROLES, unauthorized=True)
    yield Probe(
        "access-token of another tenant", WRITE, ("HW-11",), _another_tenant, (*ROLES, FOREIGN, "actor:stranger")
    )
    yield Probe("refused and not stored", WRITE, ("HW-33", "HW-38"), _refused_not_stored, ROLES)
    yield Probe("records that nobody has", WRITE, ("D-33",), _unknown_relations, ROLES)
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
    bench.refused(["HW-07"], _sent(bench, headers={"Content-Type": None}), "a body without Content-Type")


def _no_token(bench: Bench) -> None:
    """Without access-token, or with the token in Authorization instead, nothing is modified; with it, it is."""
    held = bench.target.credential(TOKEN_SCHEME, bench.contract.default_actor)
    if held is None:
        raise UnmetNeed(f"needs {TOKEN_SCHEME} of actor {bench.contract.default_actor}")
    token = held.headers[0][1]
    shown = {"authorization": f"Bearer {next(iter(held.shown.values()))}"}
    elsewhere = Credentials((("Authorization", f"Bearer {token}"),), shown)
    for what, credentials in (("a request without access-token", None), ("the token in Authorization", elsewhere)):
        _not_let_in(bench, "HW-10", what, actor=None, credentials=credentials)
    bench.accepted(["HW-12", "HW-10"], _sent(bench), "the two headers of the page and no more")


def _unknown_token(bench: Bench) -> None:
    _not_let_in(bench, "HW-11", "a token that nobody has", actor=None, headers={"access-token": UNKNOWN_TOKEN})
    bench.accepted(["HW-11"], _sent(bench), "the token of a user")


def _another_tenant(bench: Bench) -> None:
    """A token opens the space of its own tenant: it shows the cases of that one, and those of no other."""
    own, foreign = bench.record("case.open")["id"], bench.record(FOREIGN)["id"]
    control = bench.call(READ, path={"id": foreign}, actor="stranger")
    if not bench.operation(READ).succeeded(control.response.status, control.value):
        raise UnmetNeed(f"needs a stranger who may read {FOREIGN}; a token that opens nothing is refused everywhere")
    _not_let_in(bench, "HW-11", "a token of another tenant", actor="stranger")
    for id, actor in ((own, "stranger"), (foreign, "")):
        bench.refused(["HW-11"], bench.call(READ, path={"id": id}, actor=actor), "reading a case of another tenant")
    bench.accepted(["HW-11"], _sent(bench), "the same request with a token of this tenant")


def _refused_not_stored(bench: Bench) -> None:
    """A body with one wrong member stores the others neither; without the wrong member all is stored."""
    for statement, wrong in (("HW-33", {"priority": "Casepact"}), ("HW-38", {"dueDate": "the day after"})):
        _not_stored(bench, statement, f"{wrong}", wrong)
    bench.accepted(["HW-33"], _sent(bench), "the same request with a priority of the page")


def _unknown_relations(bench: Bench) -> None:
    """Whether ids that nobody has are refused is not said (D-33); if they are, nothing of the request is stored."""
    for name in ("ownerId", "contactId"):
        made = bench.draft(WRITE)
        before = _case(bench, made.body["caseInfo"]["id"])
        made = _new(bench, made).with_member(f"/caseInfo/{name}", "c6m8casepactunknown0")
        exchange = bench.send(made, WRITE)
        after = _case(bench, made.body["caseInfo"]["id"])
        if bench.turned_down(exchange):
            _unchanged(bench, "D-33", before, after, exchange, f"an unknown {name}")


def _not_let_in(bench: Bench, statement: str, what: str, **request: Any) -> None:
    """Promise that a request by this caller is refused, and that nothing of it is stored."""
    made = _new(bench, bench.draft(WRITE))
    _refused(bench, statement, what, made, **request)


def _not_stored(bench: Bench, statement: str, what: str, wrong: Mapping[str, Any]) -> None:
    """Promise that a request with these members is refused, and that nothing of it is stored."""
    made = _new(bench, bench.draft(WRITE))
    for name, value in wrong.items():
        made = made.with_member(f"/caseInfo/{name}", value)
    _refused(bench, statement, what, made)


def _refused(bench: Bench, statement: str, what: str, made: Draft, **request: Any) -> None:
    id = made.body["caseInfo"]["id"]
    before = _case(bench, id)
    exchange = bench.send(made, WRITE, **request)
    after = _case(bench, id)
    if bench.refused([statement], exchange, what):
        _unchanged(bench, statement, before, after, exchange, what)


def _new(bench: Bench, made: Draft) -> Draft:
    """The request with texts that no case has yet, so that it shows whether they were stored."""
    for name in ("title", "description"):
        made = made.with_member(f"/caseInfo/{name}", f"Casepact {bench.random.randrange(10**9)}")
    return made


def _unchanged(
    bench: Bench, statement: str, before: Mapping[str, Any], after: Mapping[str, Any], exchange: Exchange, what: str
) -> None:
    """Promise that a case has the texts that it had before a refused request; what is not shown is not judged."""
    texts = [name for name in ("title", "description") if name in before and name in after]
    stored = [name for name in texts if after[name] == exchange.sent["caseInfo"][name] != before[name]]
    bench.promise(
        [statement],
        not stored,
        bench.history[-1],
        title=f"Refused, and stored all the same: {what}",
        received=", ".join(f"{name} {after[name]!r}" for name in stored),
        documented="nothing is written",
        side=Side.REFUSE,
        chain=[exchange],
    )


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
    """That a field is taken is of the page; how reads show it is not, unless they show that it stayed what it was."""
    record, value = bench.record("case.templated"), f"Casepact {bench.random.randrange(10**6)}"
    before, made = _case(bench, record["id"]), bench.draft(WRITE)
    body = {"caseInfo": {**made.body["caseInfo"], "id": record["id"], record["field"]: value}}
    exchange = bench.call(WRITE, media=made.media, body=body)
    if bench.accepted(["HW-56"], exchange, "an extension field of the case's template"):
        shown = _case(bench, record["id"])
        lost = record["field"] in before and shown.get(record["field"]) == before[record["field"]]
        bench.promise(
            ["HW-56", "D-31", "HWF-17"] if lost else ["D-31", "HWF-17"],
            shown.get(record["field"]) == value,
            bench.history[-1],
            title="The extension field was not stored",
            received=repr(shown.get(record["field"])),
            documented=repr(value),
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
