"""The journal of a world: what it shows of which requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from json import loads
from typing import Any

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.control.cases import READ, WRITE, read_case, send_untitled
from conformance.probes.control.own_world import AICC, NOWHERE, SEEDED, OwnWorld, in_own_world
from conformance.probes.control.promises import member_of, promise, refuses, shows
from conformance.target.client import Target
from conformance.target.exchange import Request
from specs.contract import Contract
from specs.source import CONTROL_BASE


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of the journal."""
    yield Probe("the journal", "getJournal", ("CTL-70", "CTL-71", "CTL-73", "CTL-74"), in_own_world(_journal), SEEDED)
    yield Probe("simulated answers in the journal", "getJournal", ("CTL-78",), in_own_world(_simulated), SEEDED)
    yield Probe("the journal narrowed", "getJournal", ("CTL-72",), in_own_world(_narrowed), SEEDED)
    yield Probe("what an entry holds", "getJournal", ("CTL-75",), in_own_world(_held), SEEDED)
    yield Probe("requests that fit", "findRequests", ("CTL-76",), in_own_world(_fitting), SEEDED)
    yield Probe("the nearest request", "findRequests", ("CTL-77",), in_own_world(_nearest), SEEDED)
    yield Probe("requests to no operation", "getJournal", ("CTL-70", "CTL-80", "CTL-81"), in_own_world(_astray), SEEDED)


def _journal(ctx: ProbeContext, world: OwnWorld) -> None:
    within, id = world.within(AICC), ctx.record("record.seeded")["id"]
    sent = [read_case(within, id), read_case(within, NOWHERE), send_untitled(within), read_case(within, id)]
    listed = world.steer("getJournal")
    entries = member_of(listed, "entries", [])
    shown = [(item["method"], item["api"], item["operation"], item["status"]) for item in entries]
    due = [(item.request.method, AICC, item.operation, item.response.status) for item in sent]
    promise(ctx, "CTL-70", shown == due, listed, "The journal shows other requests", f"{due}", f"{shown}", chain=sent)
    numbers = [item["number"] for item in entries]
    held = numbers == sorted({*numbers}) and len(entries) == len(sent)
    promise(ctx, "CTL-70", held, listed, "Numbers of the journal", "upwards", f"{numbers}", chain=sent)
    for item, exchange in zip(entries, sent, strict=False):
        refused = exchange.response.status >= 400
        header = exchange.response.header("x-casepact-statement")
        statements = header.split(", ") if header else []
        noted = (item["outcome"], sorted(item["statements"]), item["refusal"] is not None)
        expected = ("refused" if refused else "admitted", sorted(statements), refused)
        promise(
            ctx,
            "CTL-71",
            noted == expected,
            listed,
            "An entry says something else",
            f"{expected}",
            f"{noted}",
            chain=[exchange],
        )
    for name in ("default", world.name):
        read = ctx.call("getJournal", path={"world": name})
        steered = [item["path"] for item in member_of(read, "entries", ()) if item["path"].startswith(CONTROL_BASE)]
        promise(ctx, "CTL-74", not steered, read, "The journal shows steering", "requests to APIs", f"{steered}")
    ctx.accepted(["CTL-73"], world.steer("clearJournal"), "clearing the journal")
    shows(ctx, "CTL-73", world.steer("getJournal"), [], "the journal after it was cleared", "entries")


def _simulated(ctx: ProbeContext, world: OwnWorld) -> None:
    """By the error rate, the rate limit, a failure and a preference; the last request is none of these."""
    within, id = world.within(AICC), ctx.record("record.seeded")["id"]
    settings: tuple[dict[str, Any], ...] = (
        {"errorRate": 1},
        {"rateLimit": {"requests": 1, "perSeconds": 600}},
        {"failures": [{"kind": "status"}]},
        {},
    )
    for traffic in settings:
        world.steer("setTraffic", body=traffic)
        if "rateLimit" in traffic:
            read_case(within, id)
        read_case(within, id)
    for code in ("200", "503"):
        within.call(READ, path={"id": id}, headers={"Prefer": f"code={code}"})
    listed = world.steer("getJournal")
    outcomes = [item["outcome"] for item in member_of(listed, "entries", [])]
    due = ["simulated", "admitted", "simulated", "simulated", "admitted", "simulated", "simulated"]
    promise(ctx, "CTL-78", outcomes == due, listed, "Other outcomes", f"{due}", f"{outcomes}", chain=ctx.history[-3:])


def _narrowed(ctx: ProbeContext, world: OwnWorld) -> None:
    within, id = world.within(AICC), ctx.record("record.seeded")["id"]
    for _ in range(3):
        read_case(within, id)
        read_case(within, NOWHERE)
        send_untitled(within)
    all_ = member_of(world.steer("getJournal"), "entries", [])
    statement = next(iter(all_[-1]["statements"])) if all_ and all_[-1]["statements"] else NOWHERE
    tried: list[tuple[dict[str, Any], Callable[[Mapping[str, Any]], bool]]] = [
        ({"operation": READ}, lambda item: item["operation"] == READ),
        ({"operation": NOWHERE}, lambda item: False),
        ({"outcome": "admitted"}, lambda item: item["outcome"] == "admitted"),
        ({"outcome": "refused"}, lambda item: item["outcome"] == "refused"),
        ({"statement": statement}, lambda item: statement in item["statements"]),
        (
            {"operation": READ, "outcome": "refused"},
            lambda item: item["operation"] == READ and item["outcome"] == "refused",
        ),
        ({}, lambda item: True),
    ]
    for query, fits in tried:
        due = [item["number"] for item in all_ if fits(item)]
        for last in (None, 1, 2, 1000):
            narrowed = world.steer("getJournal", query={**query, **({"last": last} if last else {})})
            shown = [item["number"] for item in member_of(narrowed, "entries", ())]
            wanted = due[-last:] if last else due
            title = f"Entries for {query}, last {last}"
            promise(ctx, "CTL-72", shown == wanted, narrowed, title, f"{wanted}", f"{shown}")
    for query in ({"last": 0}, {"last": 1001}, {"last": "many"}, {"outcome": "perhaps"}, {"first": 1}):
        refuses(ctx, "CTL-05", 400, world.steer("getJournal", query=query), f"the journal narrowed by {query}")


def _held(ctx: ProbeContext, world: OwnWorld) -> None:
    """Headers and bodies of what was sent and answered, and the size of what is too long."""
    within = world.within(AICC)
    made = within.draft(WRITE)
    sent = [
        read_case(within, ctx.record("record.seeded")["id"]),
        within.send(made, WRITE),
        send_untitled(within),
        within.send(made.with_member("/caseInfo/description", "x" * 200_000), WRITE),
    ]
    entries = member_of(world.steer("getJournal"), "entries", [])
    for item, exchange in zip(entries, sent, strict=False):
        asked, answer = exchange.request.body, exchange.response
        body = None if not asked else loads(asked)
        if asked and len(asked) > 200_000:
            title, held = "The size of a long body", f"{len(asked)}" in f"{item['request']['body']}"
            promise(ctx, "CTL-75", held, ctx.history[-1], title, f"{len(asked)}", f"{item['request']['body']!r}"[:200])
            continue
        due = (exchange.request.media, body, answer.header("content-type"), exchange.value)
        shown = (
            item["request"]["headers"].get("content-type", ""),
            item["request"]["body"],
            item["answer"]["headers"].get("content-type"),
            item["answer"]["body"],
        )
        title = f"An entry of {exchange.operation} holds something else"
        promise(ctx, "CTL-75", shown == due, ctx.history[-1], title, f"{due}"[:300], f"{shown}"[:300], chain=[exchange])


def _fitting(ctx: ProbeContext, world: OwnWorld) -> None:
    """Patterns that some requests fit: by what they are, by what became of them, by parts of what they hold."""
    within, id = world.within(AICC), ctx.record("record.seeded")["id"]
    made = within.draft(WRITE)
    title = made.body["caseInfo"]["title"]
    for _ in range(2):
        read_case(within, id)
        within.send(made, WRITE)
        send_untitled(within)
    path = f"/{AICC}{within.contract.operations[WRITE].path}"
    tried: list[tuple[dict[str, Any], list[int]]] = [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"operation": READ}, [1, 4]),
        ({"api": AICC, "method": "post"}, [2, 3, 5, 6]),
        ({"api": NOWHERE}, []),
        ({"path": path, "outcome": "admitted"}, [2, 5]),
        ({"status": 200}, [1, 2, 4, 5]),
        ({"operation": WRITE, "outcome": "refused"}, [3, 6]),
        ({"body": {"caseInfo": {"title": title}}}, [2, 5]),
        ({"body": {"caseInfo": {}}}, [2, 3, 5, 6]),
        ({"body": {"caseInfo": {"title": f"{title} {NOWHERE}"}}}, []),
        ({"body": None}, [1, 4]),
        ({"headers": {"Content-Type": "application/json"}}, [2, 3, 5, 6]),
        ({"query": {NOWHERE: "1"}}, []),
        ({"statement": NOWHERE}, []),
    ]
    listed = member_of(world.steer("getJournal"), "entries", [])
    for pattern, due in tried:
        found = world.steer("findRequests", body=pattern)
        shown = (member_of(found, "count", None), _places(member_of(found, "entries", []), listed))
        promise(ctx, "CTL-76", shown == (len(due), due), found, f"Requests like {pattern}", f"{len(due)}, {due}", shown)
    wrongs: tuple[Any, ...] = ({"operation": 1}, {"verb": "GET"}, {"outcome": "perhaps"}, [])
    for wrong in wrongs:
        refuses(ctx, "CTL-05", 400, world.steer("findRequests", body=wrong), f"the pattern {wrong}")


def _places(found: list[Any], listed: list[Any]) -> list[int]:
    """At which places of the journal these entries stand, in their order; 0 for one that does not."""
    places, start = [], 0
    for item in found:
        place = next((place for place in range(start, len(listed)) if listed[place] == item), -1)
        places.append(place + 1)
        start = place + 1
    return places


def _nearest(ctx: ProbeContext, world: OwnWorld) -> None:
    """None where nothing was asked or something fits, else the request with the fewest differences."""
    within, id = world.within(AICC), ctx.record("record.seeded")["id"]
    shows(ctx, "CTL-77", world.steer("findRequests", body={}), None, "the nearest of no request", "nearest")
    read_case(within, id)
    within.send(within.draft(WRITE), WRITE)
    read_case(within, NOWHERE)
    tried: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
        ({"operation": READ, "status": 299}, READ, ("299",)),
        ({"operation": WRITE, "body": {"caseInfo": {"title": NOWHERE}}}, WRITE, ("/caseInfo/title", NOWHERE)),
        ({"operation": WRITE, "body": {"caseInfo": {NOWHERE: 1}}}, WRITE, (f"/caseInfo/{NOWHERE}",)),
    ]
    for pattern, operation, words in tried:
        found = world.steer("findRequests", body=pattern)
        nearest = member_of(found, "nearest", None) or {"entry": {"operation": ""}, "differences": []}
        differences = nearest["differences"]
        held = nearest["entry"]["operation"] == operation and len(differences) == 1
        held = held and all(word in differences[0] for word in words)
        shown = f"{nearest['entry']['operation']}: {differences}"
        title = f"The request nearest to {pattern}"
        promise(ctx, "CTL-77", held, found, title, f"{operation}, with {', '.join(words)}", shown)
    shows(ctx, "CTL-77", world.steer("findRequests", body={"operation": READ}), None, "the nearest of some", "nearest")


def _astray(ctx: ProbeContext, world: OwnWorld) -> None:
    """A path that no operation has, and a method that a path does not have."""
    within = world.within(AICC)
    root = within.target.api.url
    # Only what is known to be a mock is sent what its contract does not declare.
    target = Target(within.contract, replace(within.target.profile, worlds=True), pacer=ctx.target.pacer)
    world.opened.callback(target.close)
    paths = [item.path for item in within.contract.documented() if item.method == "POST" and "{" not in item.path][:1]
    for method, path in (("GET", f"/{NOWHERE}"), *(("DELETE", path) for path in paths)):
        answered = target.send(Request(method, f"{root}{path}", ()))
        listed = world.steer("getJournal", query={"last": 1})
        entries = member_of(listed, "entries", [])
        shown = [(item["method"], item["operation"], item["status"], item["outcome"]) for item in entries]
        due = [(method, "", answered.status, "refused")]
        title = f"A {method} that no operation takes stands otherwise in the journal"
        if not promise(ctx, "CTL-70", shown == due, listed, title, f"{due}", f"{shown}"):
            continue
        id = f"{entries[0]['refusal']}"
        found = ctx.call("getRefusal", path={"refusal": id})
        if not ctx.accepted(["CTL-80"], found, "the refusal that the journal names"):
            continue
        linked = f"/refusals/{id}>" in answered.header("link")
        promise(ctx, "CTL-80", linked, found, "The Link of a refusal", id, answered.header("link"))
        named = [name for item in found.value["violations"] for name in item["statements"]]
        in_header = answered.header("x-casepact-statement").split(", ")
        title = "Statements of a request that no operation takes"
        promise(ctx, "CTL-81", named == in_header != [""], found, title, f"{in_header}", f"{named}")
