"""All about one statement: from the page to an exchange that keeps it and one that breaks it."""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from conformance.checks import judge
from conformance.checks.judgement import Judged, Judgement
from conformance.commands import ledger_text as ledger
from conformance.commands.traceability import Entry, trace
from conformance.probes import probes_of
from conformance.probes.context import Probe, ProbeContext
from conformance.runner.mock_process import running_mock
from conformance.runner.preflight import present
from conformance.target.client import Target
from conformance.target.decoding import decoded
from conformance.target.exchange import Exchange, Request, Response, visible
from conformance.target.needs import UnmetNeed
from conformance.target.profile import Profile, bare_profile
from conformance.target.user_folders import cache_folder
from conformance.verdict.reproduction import commands
from specs.contract import Contract
from specs.flaws import UnknownName
from specs.loading import load_contract
from specs.project import CONTROL, apis
from specs.shortening import shorten
from specs.statements import Proof

Alter = Callable[[Contract, Request, Response, list[Response]], Response]
"""An answer and those before it → what a server that is wrong would have answered."""

READERS_MOCK = "http://127.0.0.1:8080"
"""Where `casepact mock` is by default, for the printed commands."""

_EXAMPLES = 3
_LONGEST_BODY = 600


@dataclass(frozen=True, slots=True)
class Shown:
    """A judgement of the statement, by which probe, and for a broken one how the answer was altered."""

    judged: Judged
    probe: str
    steps: tuple[str, ...]
    altered: str = ""


def explain(statement: str, chosen: Sequence[str] = ()) -> str:
    """
    The text of `casepact explain`.

    Raises `UnknownName` for a statement that no ledger (of the chosen APIs) has.
    """
    contracts = {api: load_contract(api) for api in (chosen or (*apis(), CONTROL))}
    holding = tuple(api for api, contract in contracts.items() if statement in contract.ledger.ids())
    if not holding:
        known = {name for contract in contracts.values() for name in contract.ledger.ids()}
        raise UnknownName("statement", statement, known)
    matrix = trace(holding)
    entries = [entry for entry in matrix.entries if entry.statement.id == statement]
    entry_text = ledger.one(matrix, entries)
    # What every API has is shown once, by the first.
    return entry_text + "\n".join(["", *_exchanges(matrix.contracts[entries[0].api], entries[0])]) + "\n"


def _exchanges(contract: Contract, entry: Entry) -> Iterator[str]:
    if entry.statement.proof is Proof.NONE:
        yield "No exchange shows it; nothing checks it, and a run counts it as documentation only."
        return
    if contract.api == CONTROL:
        yield "It is about our own control API; `casepact check --api control` shows it."
        return
    with running_mock([contract.api]) as port:
        for line in _from_mock(contract, entry, f"http://127.0.0.1:{port}"):
            # The mock ends with this command; a reader starts one of his own.
            yield line.replace(f"http://127.0.0.1:{port}", READERS_MOCK)


def _from_mock(contract: Contract, entry: Entry, address: str) -> Iterator[str]:
    profile = bare_profile(contract.api, f"{address}/{contract.api}")
    profile = present(contract, profile, "explain-preflight")
    passing = _search(contract, profile, entry, _bodies(), _SAME)
    if passing is None:
        yield "The mock gives no occasion for it; it needs a target with more (see `needs` in the ledger)."
        return
    yield f"checked by   {passing.judged.judgement.check}, in the probe '{passing.probe}'"
    yield f"to repeat    casepact mock --api {contract.api}"
    yield ""
    yield "An exchange that keeps it, with our mock:"
    yield from _lines(passing)
    failing = _altered(contract, passing, entry) or _search(contract, profile, entry, _bodies(), *_LIES)
    yield ""
    if failing is None:
        yield "No single altered answer breaks it: it shows only over several exchanges."
        return
    judgement = failing.judged.judgement
    yield f"An exchange that breaks it, {failing.altered}:"
    yield from _lines(failing)
    yield f"  finding     {judgement.title}"
    yield f"  received    {visible(judgement.received)}"
    yield f"  documented  {visible(judgement.documented)}"


def _bodies() -> Path:
    """Where bodies are kept that are too long for a command line, so that the printed commands find them."""
    folder = cache_folder() / "bodies"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="casepact-"))
    return folder


def _lines(shown: Shown) -> Iterator[str]:
    for step in shown.steps:
        yield f"  $ {visible(step)}"
    response = shown.judged.exchanges[-1].response
    yield f"  {response.status} {response.header('content-type')}".rstrip()
    text = visible(response.body.decode("utf-8", "replace"))
    if text:
        yield f"  {shorten(text, _LONGEST_BODY)}"


class _Lying(Target):
    """A target whose answers are altered on their way in."""

    def __init__(self, contract: Contract, profile: Profile, alter: Alter) -> None:
        super().__init__(contract, profile)
        self.alter = alter
        self.earlier: dict[str, list[Response]] = {}
        self.first: dict[str, Response] = {}

    def send(self, request: Request, world: str = "") -> Response:
        """Send the request, and answer what a wrong server would."""
        response = super().send(request, world)
        earlier = self.earlier.setdefault(request.method, [])
        earlier.append(response)
        if request.method == "GET":
            stale = self.first.setdefault(request.url + world, response)
            return self.alter(self.contract, request, response, [stale])
        return self.alter(self.contract, request, response, earlier)


def _search(contract: Contract, profile: Profile, entry: Entry, folder: Path, *ways: tuple[str, Alter]) -> Shown | None:
    """The first judgement of the statement that comes out as looked for: held as it is, broken when altered."""
    probes = _serving(contract, entry)
    for number, (altered, alter) in enumerate(ways):
        target = _Lying(contract, profile, alter)
        try:
            for index, probe in enumerate(probes):
                world = f"explain-{number if altered else 'as-is'}-{index}"
                ctx = ProbeContext(target, world, key=probe.name, seed=1, examples=_EXAMPLES)
                with suppress(UnmetNeed, LookupError, TypeError, AttributeError):
                    probe.run(ctx)
                for item in ctx.judged:
                    judgement = item.judgement
                    if judgement.statement == entry.statement.id and judgement.held is not bool(altered):
                        return Shown(
                            item, f"{probe.operation} {probe.name}", commands(ctx, item.exchanges, folder), altered
                        )
        finally:
            target.close()
    return None


def _serving(contract: Contract, entry: Entry) -> list[Probe]:
    """The written probes that serve it; for what every exchange shows, the samples and whatever else there is."""
    every = [probe for probe in probes_of(contract) if not probe.generated]
    serving = [probe for probe in every if entry.statement.id in probe.serves and "https" not in probe.needs]
    samples = [probe for probe in every if probe.printed]
    return [*serving, *(probe for probe in islice((*samples, *every), 25) if probe not in serving)]


def _altered(contract: Contract, passing: Shown, entry: Entry) -> Shown | None:
    """The passing exchange with its answer altered so that a check objects; nothing is sent for it."""
    exchange = passing.judged.exchanges[-1]
    operation = contract.operations.get(exchange.operation)
    if operation is None:
        return None
    for altered, response in _variants(exchange.response):
        value, broken = decoded(operation, response)
        wrong = replace(exchange, response=response, value=value, broken=broken)
        for judgement in judge(contract, operation, wrong):
            if judgement.statement == entry.statement.id and not judgement.held:
                return Shown(_rejudged(passing.judged, judgement, wrong), passing.probe, passing.steps, altered)
    return None


def _rejudged(before: Judged, judgement: Judgement, wrong: Exchange) -> Judged:
    return Judged(judgement, before.operation, (*before.exchanges[:-1], wrong))


def _variants(response: Response) -> Iterator[tuple[str, Response]]:
    """Answers that are wrong in one way each."""
    if "json" in response.media and response.body:
        with suppress(ValueError):
            yield from _variants_of_json(response, json.loads(response.body))
    yield "answered with another status", replace(response, status=418)
    yield "answered with a server error", replace(response, status=500)
    headers = tuple((n, "text/plain" if n.lower() == "content-type" else v) for n, v in response.headers)
    yield "answered as text/plain", replace(response, headers=headers)
    yield "answered without its body", replace(response, body=b"")


def _variants_of_json(response: Response, value: Any) -> Iterator[tuple[str, Response]]:
    for path in islice(_paths(value), 200):
        for what, change in (("left out", None), ("of another type", ["?"]), ("with another value", "another")):
            changed = copy.deepcopy(value)
            holder = changed
            for step in path[:-1]:
                holder = holder[step]
            if change is None:
                del holder[path[-1]]
            else:
                holder[path[-1]] = change
            body = json.dumps(changed, ensure_ascii=False).encode()
            yield f"with /{'/'.join(map(str, path))} {what}", replace(response, body=body)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in pairs:
        yield (*path, name)
        yield from _paths(member, (*path, name))


def _as_it_is(contract: Contract, request: Request, response: Response, earlier: list[Response]) -> Response:
    return response


def _refusing(contract: Contract, request: Request, response: Response, earlier: list[Response]) -> Response:
    if request.method in ("GET", "HEAD", "OPTIONS") or response.status >= 400:
        return response
    return Response(400, (("Content-Type", "application/json"),), b"{}")


def _accepting(contract: Contract, request: Request, response: Response, earlier: list[Response]) -> Response:
    if response.status < 400 or request.method in ("GET", "HEAD", "OPTIONS"):
        return response
    done = next((item for item in earlier if 200 <= item.status < 300), None)
    return done or _success(contract, request) or response


def _success(contract: Contract, request: Request) -> Response | None:
    """The first documented success of the method, with its first example as the body."""
    for operation in contract.operations.values():
        if operation.method == request.method and operation.writes:
            status = operation.success_status()
            media = next((item for item in operation.responses[status].content.values() if "json" in item.name), None)
            if media is None:
                return Response(status, (), b"")
            example: Any = next(iter(media.examples.values()), {})
            return Response(status, (("Content-Type", media.name),), json.dumps(example).encode())
    return None


def _stale(contract: Contract, request: Request, response: Response, earlier: list[Response]) -> Response:
    return earlier[0] if request.method == "GET" else response


_SAME: tuple[str, Alter] = ("", _as_it_is)
_LIES: tuple[tuple[str, Alter], ...] = (
    ("where the server carries out what it is to refuse", _accepting),
    ("where the server refuses what it is to carry out", _refusing),
    ("where the server shows what it showed first", _stale),
)

__all__ = ["explain"]
