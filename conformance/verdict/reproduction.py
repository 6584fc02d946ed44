"""The commands that show a finding again: as few as will do, and running as they are printed."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

from conformance.checks.judgement import Judged
from conformance.probes.context import ProbeContext
from conformance.target.client import WORLD_HEADER
from conformance.target.drafting import body_members
from conformance.target.exchange import Exchange, Request, as_curl, needs_file
from conformance.target.profile import Profile
from specs.flaws import CasepactError
from specs.statements import Side

# A finding shows what led to it, but no more than a reader can follow.
LONGEST = 4
# How many earlier writes are looked through for those that a finding needs.
_EARLIER = 12
# Shorter values are too likely to be equal by chance.
_TELLING = 8
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")


@dataclass(frozen=True, slots=True)
class Given:
    """A value that a request took from the answer to an earlier one, and the JSON path at which it stood there."""

    value: str
    source: Exchange
    path: tuple[str | int, ...]


def chain(ctx: ProbeContext, item: Judged, worlds: Iterator[str]) -> tuple[Exchange, ...]:
    """
    The exchanges that show a finding again, in the order they were sent.

    Those it rests on, and the reads that gave them their changing values. What was to be refused may have been wrong
    only after what was rightly written to the same record before, so that is kept. Any other finding is tried in a
    fresh one of `worlds`, where the target has worlds, and gets the earlier writes that it turns out to need.
    """
    own = _with_sources(ctx, item.exchanges[-LONGEST:])
    earlier = [sent for sent in _before(ctx, own) if _changed_alike(ctx, sent, own[-1])][-_EARLIER:]
    if item.judgement.side is Side.REFUSE:
        wrong = {id(other.exchanges[-1]) for other in ctx.judged if not other.judgement.held}
        steps = [sent for sent in earlier if id(sent) not in wrong]
        # More are no steps but drawn values, each tried by itself.
        return _with_sources(ctx, [*steps, *own]) if len(steps) <= LONGEST else own
    if not ctx.target.profile.worlds:
        return own
    try:
        return own if not earlier or _shows(ctx, own, worlds) else _needed(ctx, own, earlier, worlds)
    except CasepactError:
        return own


def commands(ctx: ProbeContext, exchanges: Sequence[Exchange], bodies: Path) -> tuple[str, ...]:
    """
    The chain as lines for a POSIX shell with curl and python3.

    A value that an answer gives is taken from the answer anew. On a mock of ours the chain runs in a world of its own.
    Bodies too long for a command line are stored below `bodies`.
    """
    lines: list[str] = []
    variables: dict[str, str] = {}
    given = list(_given(ctx, exchanges))
    way = list(_way(ctx.target.profile))
    if ctx.target.profile.worlds:
        lines.append(f"{_WORLD}=again-$$-$(date +%s)")
    for exchange in exchanges:
        read = [item for item in given if item.source is exchange]
        request = exchange.request
        if ctx.target.profile.worlds:
            shown = {**request.secrets, WORLD_HEADER.lower(): f"${{{_WORLD}}}"}
            kept = tuple(pair for pair in request.headers if pair[0].lower() != WORLD_HEADER.lower())
            request = replace(request, headers=(*kept, (WORLD_HEADER, ctx.world)), secrets=shown)
        stored = _stored(ctx, request, bodies)
        filled = _filled(request, stored, variables)
        command = as_curl(request, "-" if filled else stored, variables, quiet=bool(read), way=way)
        command = filled + ctx.target.hidden(command)
        if not read:
            lines.append(command)
            continue
        answer = "ANSWER"
        if len(read) > 1:
            lines.append(f"{answer}=$({command})")
        for item in read:
            variables[item.value] = name = _named(item.path, set(variables.values()))
            piped = f'printf %s "${answer}"' if len(read) > 1 else command
            steps = "".join(f"[{json.dumps(step)}]" for step in item.path)
            lines.append(f"{name}=$({piped} | python3 -c 'import json, sys; print(json.load(sys.stdin){steps})')")
    return tuple(lines)


_WORLD = "WORLD"


def _way(profile: Profile) -> Iterator[str]:
    """The options by which curl reaches the server as the run did: its certificates, its proxy."""
    if profile.ca:
        yield from ("--cacert", shlex.quote(profile.ca))
    if profile.proxy is not None:
        yield from ("--proxy", shlex.quote(profile.proxy.url))
        user, password = profile.proxy.user, profile.proxy.password
        if user is not None:
            yield from ("--proxy-user", f'"{user.shown}:{password.shown if password else ""}"')


def _stored(ctx: ProbeContext, request: Request, bodies: Path) -> str:
    """The file that holds a body which is not for the command line, or no text."""
    if request.body is None or not needs_file(request):
        return ""
    path = bodies / f"{hashlib.sha256(request.body).hexdigest()[:16]}.bin"
    path.parent.mkdir(parents=True, exist_ok=True)
    # Latin-1 keeps every byte as it is.
    path.write_bytes(ctx.target.hidden(request.body.decode("latin-1")).encode("latin-1"))
    return str(path)


def _filled(request: Request, stored: str, variables: Mapping[str, str]) -> str:
    """What puts values into a body that is kept in a file, on its way to curl."""
    held = {value: name for value, name in variables.items() if value.encode() in (request.body or b"")}
    if not stored or not held:
        return ""
    edits = "".join(f' -e "s|{re.sub(r"([][.*^$|])", r".", value)}|${name}|g"' for value, name in held.items())
    return f"sed{edits} {shlex.quote(stored)} | "


def _with_sources(ctx: ProbeContext, exchanges: Sequence[Exchange]) -> tuple[Exchange, ...]:
    """The exchanges and those whose answers gave them values, each once, as they were sent."""
    found = {id(item): item for item in exchanges}
    waiting = list(exchanges)
    while waiting:
        for item in _given(ctx, [waiting.pop()]):
            if id(item.source) not in found:
                found[id(item.source)] = item.source
                waiting.append(item.source)
    order = {id(item): number for number, item in enumerate(ctx.history)}
    # What a probe sent past its context came after what it sent through it.
    return tuple(sorted(found.values(), key=lambda item: order.get(id(item), len(order))))


def _needed(
    ctx: ProbeContext, own: tuple[Exchange, ...], earlier: Sequence[Exchange], worlds: Iterator[str]
) -> tuple[Exchange, ...]:
    """The chain with those earlier writes without which the last answer comes out otherwise."""
    whole = _with_sources(ctx, [*earlier, *own])
    if not _shows(ctx, whole, worlds):
        return own
    kept = list(earlier)
    for sent in earlier:
        rest = [item for item in kept if item is not sent]
        fewer = _with_sources(ctx, [*rest, *own])
        if _shows(ctx, fewer, worlds):
            kept, whole = rest, fewer
    return whole


def _before(ctx: ProbeContext, exchanges: Sequence[Exchange]) -> list[Exchange]:
    first = next((i for i, item in enumerate(ctx.history) if item is exchanges[-1]), len(ctx.history))
    return [item for item in ctx.history[:first] if all(item is not mine for mine in exchanges)]


def _changed_alike(ctx: ProbeContext, earlier: Exchange, last: Exchange) -> bool:
    """Whether an earlier exchange changed something, on a record that the last one is about too."""
    operation = ctx.contract.operations.get(earlier.operation)
    if operation is None or not operation.writes:
        return False
    if not operation.succeeded(earlier.response.status, earlier.value):
        return False
    ids = {str(record.get("id")) for record in ctx.target.api.records.values()}
    mine, theirs = (ids & {*_texts(item.sent), *map(str, item.arguments.values())} for item in (last, earlier))
    return not mine or not theirs or bool(mine & theirs)


def _given(ctx: ProbeContext, exchanges: Sequence[Exchange]) -> Iterator[Given]:
    """The values that these requests owe to answers, each with the last answer that held it."""
    named: set[tuple[str, int]] = set()
    for exchange in exchanges:
        place = next((i for i, item in enumerate(ctx.history) if item is exchange), len(ctx.history))
        current = _current(ctx, exchange)
        for value in sorted({*current, *_texts(exchange.sent), *_argued(exchange)}):
            earlier = ctx.history[:place]
            if value not in current and not _first_seen_in_answer(ctx, value, exchange, earlier):
                continue
            for source in reversed(earlier):
                path = _found(source.value, value) if "json" in source.response.media else None
                if path is not None:
                    if (value, id(source)) not in named:
                        named.add((value, id(source)))
                        yield Given(value, source, path)
                    break


def _current(ctx: ProbeContext, exchange: Exchange) -> set[str]:
    """The values of members that must be as the server has them just now (`x-current`)."""
    operation = ctx.contract.operations.get(exchange.operation)
    if operation is None or not isinstance(exchange.sent, dict):
        return set()
    media = _media(exchange)
    members = [m for m in body_members(operation, media) if "x-current" in m.schema and "x-role" not in m.schema]
    values: set[str] = set()
    for member in members:
        held: Any = exchange.sent
        for name in member.pointer.split("/")[1:]:
            held = held.get(name) if isinstance(held, dict) else None
        values |= set(_texts(held))
    return values


def _media(exchange: Exchange) -> str:
    """The media type of the request's body, without parameters."""
    declared = next((value for name, value in exchange.request.headers if name.lower() == "content-type"), "")
    return declared.partition(";")[0].strip().lower()


def _first_seen_in_answer(ctx: ProbeContext, value: str, exchange: Exchange, earlier: Sequence[Exchange]) -> bool:
    """Whether the server made this value up: nobody knew it before an answer held it."""
    if len(value) < _TELLING or value in _known(ctx, exchange):
        return False
    for item in earlier:
        if value in item.request.url or value.encode() in (item.request.body or b""):
            return False
        if _found(item.value, value) is not None:
            return True
    return False


def _known(ctx: ProbeContext, exchange: Exchange) -> set[str]:
    known = {text for record in ctx.target.api.records.values() for text in _texts(dict(record))}
    operation = ctx.contract.operations.get(exchange.operation)
    for media in operation.body.values() if operation else ():
        known |= {text for example in media.examples.values() for text in _texts(example)}
    return known


def _argued(exchange: Exchange) -> Iterator[str]:
    for value in exchange.arguments.values():
        yield from _texts(value)
    for name, value in exchange.request.headers:
        if name.lower() not in exchange.request.secrets:
            yield value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _found(value: Any, text: str, path: tuple[str | int, ...] = ()) -> tuple[str | int, ...] | None:
    """Where a JSON value holds this text."""
    if value == text and isinstance(value, str):
        return path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in pairs:
        if (inner := _found(member, text, (*path, name))) is not None:
            return inner
    return None


def _named(path: Sequence[str | int], taken: set[str]) -> str:
    """A shell variable for the member at this path: ("case", 0, "lastModified", "date") is LASTMODIFIED_DATE."""
    words = [re.sub(r"\W", "_", str(step)).upper() for step in path if isinstance(step, str)]
    name = "_".join(words[-2:]).lstrip("0123456789_") or "VALUE"
    return next(made for n in count(1) if (made := name if n == 1 else f"{name}_{n}") not in taken)


def _shows(ctx: ProbeContext, exchanges: Sequence[Exchange], worlds: Iterator[str]) -> bool:
    """Whether the last answer comes out alike when just these requests are sent in a fresh world."""
    world = next(worlds)
    fresh: dict[str, str] = {}
    given = list(_given(ctx, exchanges))
    for exchange in exchanges:
        response = ctx.target.send(_renewed(exchange.request, fresh), world)
        for item in given:
            if item.source is exchange:
                renewed = _at(response.body, item.path)
                if renewed is None:
                    return False
                fresh[item.value] = renewed
        if exchange is exchanges[-1]:
            before = exchange.response
            return response.status == before.status and _settled(response.body) == _settled(before.body)
    return False


def _renewed(request: Request, fresh: Mapping[str, str]) -> Request:
    url, body = request.url, request.body
    headers = tuple((name, fresh.get(value, value)) for name, value in request.headers)
    for old, new in fresh.items():
        url = url.replace(quote(old, safe=""), quote(new, safe=""))
        body = body.replace(old.encode(), new.encode()) if body is not None else None
    return replace(request, url=url, headers=headers, body=body)


def _at(body: bytes, path: Sequence[str | int]) -> str | None:
    try:
        value = json.loads(body)
        for step in path:
            value = value[step]
    except (ValueError, LookupError, TypeError):
        return None
    return str(value)


def _settled(body: bytes) -> str:
    """The body without moments, which differ from answer to answer."""
    return _MOMENT.sub("…", body.decode("latin-1"))
