"""
Writes that are put back: what a probe may write to, what is noted before it, and how it is undone.

On a server without worlds the records that a probe writes to are read before the first write and put into the write
journal; afterwards they are read again, mended and compared. Inverses are made of supporting operations
(`conformance/rollback/inverses/`). Under `writes: reversible` a request that could write is sent only if it names
records of the profile, and everything it could change has an inverse. Under `writes: allowed` it is sent in any case,
and what has no inverse stays changed.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from conformance.rollback.interrupts import Interrupts
from conformance.rollback.inverses import INVERSES, Ask, Inverse, NotRead, Sent, State
from conformance.rollback.preconditions import Preconditions
from conformance.rollback.write_journal import Entry, WriteJournal
from conformance.target.client import SAFE, Target
from conformance.target.drafting import Draft, body_members
from conformance.target.errors import CredentialMissing, GatewayAnswer, Unreachable, WriteForbidden
from conformance.target.exchange import FORM, Exchange, Request
from conformance.target.profile import Writes
from conformance.target.request_parts import RequestParts
from conformance.target.settling import usual
from specs.contract import Contract, Operation
from specs.flaws import CasepactError, UnknownName
from specs.roles import ids_of, kind_of
from specs.shortening import listed

SECONDS = 30.0
"""How long putting back may take before it is left to `casepact target restore`."""

PASSES = 4
"""How often every actor may try to mend: what mends one member may change another."""

_PAUSE = 0.2

_BROKEN = 500
"""After such an answer a record may be changed or not."""


class RollbackGuard:
    """
    Puts back what one probe changes; `left` says what could not be.

    Unless the target says `writes: allowed`, it lets the probe write only what can be put back. `preconditions` learns
    the states that are read.
    """

    def __init__(
        self,
        target: Target,
        journal: WriteJournal,
        interrupts: Interrupts,
        probe: str,
        needs: Sequence[str] = (),
        preconditions: Preconditions | None = None,
    ) -> None:
        self.target, self.journal, self.interrupts, self.probe = target, journal, interrupts, probe
        self.preconditions = preconditions
        self.left: list[str] = []
        self.changed: frozenset[str] = frozenset()
        """The ids of the records that are not in all as they were found, whoever changed what differs."""
        self._confined = target.profile.writes is not Writes.ALLOWED
        self.forbidden: dict[str, str] = {}
        self._inverse = INVERSES.get(target.contract.api)
        self._known = _known_ids(target, self._inverse.kinds if self._inverse else ())
        self._needed = [id for id, role in self._known.items() if role in needs and _is_named(target, role, id)]
        self.found: dict[str, State] = {}
        """The records before the first write that names them."""
        self._entries: list[Entry] = []
        self._wrote = False
        self._touched: set[str] | None = set()
        self._lock = threading.RLock()

    @contextmanager
    def rolling_back(self) -> Iterator[None]:
        """Guard the target inside, and put back at the end, whatever ended it."""
        former = self.target.gate
        self.target.gate = self._gate
        try:
            with self.interrupts.exposed():
                yield
        finally:
            self.target.gate = lambda _: nullcontext()
            try:
                with self.target.putting_back():
                    self._put_back()
            finally:
                self.target.gate = former

    def without_obstacles(self, operation: Operation, made: Draft) -> Draft:
        """A draft without the optional members that could not be put back; `forbidden` gets the reason of each."""
        sent = Sent(operation.id, {name: str(value) for name, value in made.path.items()}, {}, made.body)
        if not self._confined or not operation.writes or self._inverse is None or not isinstance(made.body, dict):
            return made
        for id in self._inverse.named(sent) & self._known.keys():
            self._note([id])
            for pointer, reason in self._inverse.obstacles(sent, self.found[id]).items():
                self.forbidden[pointer] = reason
                made = made.without_member(pointer) if pointer else made
        return made

    def _gate(self, request: Request) -> AbstractContextManager[None]:
        self.interrupts.check()
        if request.method in SAFE:
            return nullcontext()
        with self._lock:
            reason = self._objection(request) if self._confined else self._prepared(request)
            if reason:
                raise WriteForbidden(request.method, request.url, reason)
            self._wrote = True
            self._touch(request)
        return self.interrupts.sheltered()

    def _touch(self, request: Request) -> None:
        """
        Remember which members of records a request may change; nothing is known of one that cannot be read.

        What else differs afterwards, others have changed meanwhile, and it is left to them.
        """
        sent = as_sent(self.target.contract, self.target.api.url, request)
        if self._touched is None or self._inverse is None or sent is None:
            return
        operation = self.target.contract.operation(sent.operation)
        if operation.gives_token:
            return
        names = _names_sent(sent)
        described = operation.leaves_alone is not None or not names.isdisjoint(map(str.lower, self._inverse.shown_as))
        if not _is_read(sent) or not described:
            self._touched = None
            return
        members = {member.name.lower() for member in body_members(operation, next(iter(operation.body), ""))}
        for place, due in (operation.leaves_alone.sets if operation.leaves_alone else {}).items():
            name = _first(place)
            # What no request can name, and of which nobody knows what it becomes, nobody can put back either.
            if due is not None or name in members:
                names.add(name)
        self._touched |= {member for name in names for member in self._inverse.members_shown(name)}

    def _objection(self, request: Request) -> str:
        """Why a request must not be sent, or an empty text; what it may change is on disk by then."""
        if self._inverse is None:
            return "no inverse is known for this API"
        sent = as_sent(self.target.contract, self.target.api.url, request)
        if sent is None:
            return "no operation of the contract"
        if self.target.contract.operation(sent.operation).gives_token:
            return ""
        ids = self._inverse.named(sent)
        if not ids:
            return "it names no record"
        strangers = sorted(ids - self._known.keys())
        if strangers:
            one = "which is not a record" if len(strangers) == 1 else "which are not records"
            return f"the request names {listed([repr(id) for id in strangers], 3)}, {one} of the profile"
        self._note([*self._needed, *sorted(ids)])
        for id in sorted(ids):
            for reason in self._inverse.obstacles(sent, self.found[id]).values():
                return f"cannot be put back: {reason}"
        return ""

    def _prepared(self, request: Request) -> str:
        """Note, where any write may be sent, the known records that this one may change; there is no objection."""
        sent = as_sent(self.target.contract, self.target.api.url, request)
        if self._inverse is None or sent is None or self.target.contract.operation(sent.operation).gives_token:
            return ""
        for id in dict.fromkeys([*self._needed, *sorted(self._inverse.named(sent) & self._known.keys())]):
            try:
                self._note([id])
            except WriteForbidden:
                # It cannot be read, so nobody can tell what it was.
                continue
        return ""

    def _note(self, ids: Sequence[str]) -> None:
        """Read the records that were not read yet, and put them on disk."""
        new = [id for id in dict.fromkeys(ids) if id not in self.found]
        if not new:
            return
        assert self._inverse is not None, "who calls has seen that there is an inverse"
        found: dict[str, State] = {}
        if self.preconditions is not None and not self._wrote:
            found = {id: state for id in new if (state := self.preconditions.known(id)) is not None}
        if missing := [id for id in new if id not in found]:
            with self.target.putting_back():
                found |= self._read(missing)
        # An entry on disk that nobody here knows of would never be done.
        with self.interrupts.sheltered():
            self._entries.append(self.journal.begin(self.target.contract.api, self.target.api.url, self.probe, found))
            self.found |= found

    def _read(self, ids: Sequence[str]) -> Mapping[str, State]:
        """The states of records; raises `WriteForbidden` that names the first of them that cannot be read."""
        assert self._inverse is not None, "who calls has seen that there is an inverse"
        try:
            return self._inverse.read(asking(self.target), ids)
        except NotRead as error:
            if len(ids) > 1:
                # Which are read together depends on what is known already, and that on how long ago it was read.
                for id in ids:
                    self._read([id])
            raise WriteForbidden("a write", self.target.api.url, f"cannot be put back: {error}") from None

    def _put_back(self) -> None:
        as_left: dict[str, State] = {}
        if self._wrote and self._inverse is not None:
            self.left = put_back(self.target, self._inverse, self.found, learn=as_left.update, only=self._touched)
            maintained = frozenset(self.target.api.maintained)
            self.changed = frozenset(id for id in as_left if differences(self.found[id], as_left[id], maintained))
            if self.preconditions is not None:
                self.preconditions.forget(self.found)
                self.preconditions.learn(as_left)
        if not self.left or (as_left and not self._confined):
            # What was seen to stay changed, where any write is allowed, is not owed.
            for entry in self._entries:
                self.journal.done(entry)


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """
    What the writes that a server carried out may have changed.

    `ids` are the records that they name, `members` what they name of them or are said to set, in small letters.
    `described` says that the contract tells what each write leaves alone, of those that were refused too.
    """

    ids: frozenset[str]
    members: frozenset[str]
    described: bool


def carried_out(target: Target, exchanges: Iterable[Exchange]) -> CarriedOut:
    """What the writes among these exchanges may have changed, other than those that were refused."""
    contract, inverse = target.contract, INVERSES.get(target.contract.api)
    ids: set[str] = set()
    members: set[str] = set()
    described = True
    for exchange in exchanges if inverse is not None else ():
        operation = contract.operations.get(exchange.operation)
        if operation is None or not operation.writes or operation.gives_token or exchange.request.method in SAFE:
            continue
        status = exchange.response.status
        sent = as_sent(contract, target.api.url, exchange.request)
        described = described and operation.leaves_alone is not None and (sent is None or _is_read(sent))
        if sent is None or not (operation.succeeded(status, exchange.value) or status == _BROKEN):
            continue
        assert inverse is not None, "without one there are no exchanges to look at"
        ids |= inverse.named(sent)
        places = map(_first, operation.leaves_alone.sets if operation.leaves_alone else ())
        members |= {member for name in (*_names_sent(sent), *places) for member in inverse.members_shown(name)}
    return CarriedOut(frozenset(ids), frozenset(members), described)


def put_back(
    target: Target,
    inverse: Inverse,
    found: Mapping[str, State],
    seconds: float = SECONDS,
    learn: Callable[[Mapping[str, State]], None] | None = None,
    only: Collection[str] | None = None,
) -> list[str]:
    """
    Make the records what they were, and say where they still differ: nothing, when all is well.

    The default actor tries first, then every other actor of the profile: whoever could write a record can mend it. A
    server that does not answer is asked again until `seconds` are over. The target's gate must be open. `learn` gets
    the states as they are left. `only` names the members of records that are looked at, in small letters.
    """
    deadline, maintained = time.monotonic() + seconds, frozenset(target.api.maintained)
    settled = time.monotonic() + usual(target)
    ids, default, turn = list(found), target.contract.default_actor, 0
    actors = [default, *(actor for actor in target.api.actors if actor != default)]
    last: dict[str, list[str]] | None = None
    tries, cut_off = PASSES * len(actors), False
    while True:
        try:
            now = inverse.read(asking(target), ids)
            differing = {id: places for id in ids if (places := _differing(found[id], now[id], maintained, only))}
            if time.monotonic() < settled and (not differing if last is None else differing == last):
                # What was written last may not show yet: a change of the probe's, or what mended it.
                time.sleep(_PAUSE)
                continue
            # Whoever comes first tries again when anything was mended, as a mended record may change a related one.
            if not cut_off:
                turn = 0 if differing != last else turn + 1
                tries -= 1
            cut_off = False
            if not differing or turn == len(actors) or tries < 0 or (last is not None and time.monotonic() > deadline):
                if learn is not None:
                    learn(now)
                return [f"{id}: {listed(places)}" for id, places in differing.items()]
            for id in differing:
                # An actor without a credential for what is to be sent, or a contract without it, mends nothing.
                with suppress(CredentialMissing, UnknownName):
                    as_ours = _but_others(now[id], found[id], only, maintained)
                    inverse.mend(asking(target, actors[turn]), id, found[id], as_ours)
            last = differing
            settled = time.monotonic() + usual(target)
            continue
        except (Unreachable, GatewayAnswer, NotRead) as error:
            # Whoever was to mend it has not had a turn.
            wrong, cut_off = str(error), True
        except (CasepactError, LookupError, TypeError, AttributeError) as error:
            # An answer of a shape that nothing can be made of.
            return [f"{', '.join(ids)}: {type(error).__name__}: {error}"]
        if time.monotonic() > deadline:
            return [f"{', '.join(ids)}: {wrong}"]
        time.sleep(_PAUSE)


def _differing(found: State, now: State, maintained: frozenset[str], only: Collection[str] | None) -> list[str]:
    """Where a record differs from what it was, in the members that are looked at."""
    places = differences(found, now, maintained)
    return [place for place in places if only is None or place.split("/")[1].lower() in only]


def _but_others(now: State, found: State, only: Collection[str] | None, maintained: Collection[str]) -> State:
    """The state of now, in which what others may have changed is as it was found: so that nobody undoes it."""
    if only is None:
        return now
    ours = {name: value for name, value in now.items() if name.lower() in only or name in maintained}
    return {**{name: value for name, value in found.items() if name.lower() not in only}, **ours}


def _is_read(sent: Sent) -> bool:
    """Whether the body of a request, or each of those in a list, says which members it names."""
    return not sent.unread and all(body is None or isinstance(body, Mapping) for body in _bodies(sent))


def _names_sent(sent: Sent) -> set[str]:
    """The names of what a request says in path, query and body, in small letters."""
    named = [name for body in _bodies(sent) for name in _names_in(body)]
    return {*named, *map(str.lower, sent.query), *map(str.lower, sent.arguments)}


def _first(place: str) -> str:
    """The member of a record in which a place is, in small letters."""
    return place.split("/")[1].lower()


def _bodies(sent: Sent) -> Sequence[Any]:
    """What a request sends: one body, or several in a list, which is how a probe tries to write to several records."""
    return sent.body if isinstance(sent.body, list) else [sent.body]


def _names_in(body: Any) -> Iterator[str]:
    """The names of the members of a body, at any depth of objects, in small letters."""
    for name, value in body.items() if isinstance(body, Mapping) else ():
        yield name.lower()
        yield from _names_in(value)


def differences(found: Any, now: Any, maintained: frozenset[str], pointer: str = "") -> list[str]:
    """Where two states differ, as JSON pointers; members that the server maintains are left aside, however deep."""
    if isinstance(found, dict) and isinstance(now, dict):
        names = [name for name in {**found, **now} if name not in maintained]
        parts = [differences(found.get(name), now.get(name), maintained, f"{pointer}/{name}") for name in names]
        return [place for part in parts for place in part]
    if isinstance(found, list) and isinstance(now, list) and len(found) == len(now):
        pairs = enumerate(zip(found, now, strict=True))
        parts = [differences(one, other, maintained, f"{pointer}/{index}") for index, (one, other) in pairs]
        return [place for part in parts for place in part]
    return [] if found == now else [pointer or "/"]


def as_sent(contract: Contract, base: str, request: Request) -> Sent | None:
    """A request as an inverse looks at it; None when no operation of the contract has its method and path."""
    parts = urlsplit(request.url.removeprefix(base))
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    endings = "|".join(re.escape(suffix) for suffix in contract.suffixes)
    for operation in contract.operations.values():
        pattern = re.sub(r"\\\{([^}]+)\\\}", r"(?P<\1>[^/]+?)", re.escape(operation.path))
        match = re.fullmatch(f"{pattern}(?:{endings})?", parts.path)
        if match is not None and operation.method == request.method:
            arguments = {name: unquote(value) for name, value in match.groupdict().items()}
            body, unread = _body(request)
            return Sent(operation.id, arguments, query, body, unread)
    return None


def _body(request: Request) -> tuple[Any, bytes]:
    raw = request.body or b""
    media = next((value for name, value in request.headers if name.lower() == "content-type"), "")
    if not raw:
        return None, b""
    try:
        return json.loads(raw), b""
    except (ValueError, RecursionError):
        if media.partition(";")[0].strip().lower() in (FORM, ""):
            return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)), b""
        return None, raw


def _known_ids(target: Target, kinds: Collection[str]) -> dict[str, str]:
    """The ids of the profile's records of these kinds, and the role of each; `others` of a record holds more."""
    known: dict[str, str] = {}
    for role, record in target.api.records.items():
        if kind_of(role) in kinds:
            for id in ids_of(record):
                known.setdefault(id, role)
    return known


def _is_named(target: Target, role: str, id: str) -> bool:
    """Whether a role names this record itself, and not only among its `others`."""
    return str(target.api.records[role]["id"]) == id


def asking(target: Target, actor: str = "") -> Ask:
    """What an inverse calls operations with, as this actor or the default one; nobody judges the answers."""

    def ask(name: str, **request: Any) -> Exchange:
        return target.exchange(target.contract.operation(name), RequestParts(actor=actor, **request))

    return ask
