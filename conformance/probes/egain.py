"""What no schema can say of editing a case: what must hold, who may, the lock, relations, headers, error codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from conformance.bench import Bench, Probe
from conformance.exchange import Exchange
from conformance.probes.drawing import for_each
from specs.contract import Contract
from specs.statements import Side

EDIT, READ = "editCase", "getCasesByIds"
OPEN, BARE, ALMOST_FULL, FULL, LINKABLE = "case.open", "case.bare", "case.almost-full", "case.full", "case.linkable"
JSON, XML = "application/json", "application/xml"
UNKNOWN = "999999999"
MOST_RELATED = MOST_READ = 75

LANGUAGES = (
    *("en-US", "es-ES", "fr-FR", "it-IT", "de-DE", "nl-NL", "pt-BR", "pt-PT"),
    *("da-DK", "ru-RU", "fr-CA", "zh-CN", "ja-JP", "ko-KR", "sv-SE"),
)
NO_LANGUAGES = ("en", "en-GB", "en_US", "pt", "zh-TW", "de-AT", "sv-FI", "xx-XX", "English", "en-US-x", "0")

CODES: Mapping[str, str] = {
    **dict.fromkeys(("400-101", "400-146", "400-152", "400-194", "400-264"), "EGF-20"),
    **dict.fromkeys(("401-101", "403-178", "406-100"), "EGF-22"),
    "400-147": "EGF-24",
    "400-253": "EGF-23",
    "409-100": "EGF-21",
}
"""The fact that gives each code, unless it was our choice to give it here (D-15 and others)."""

Sent = Mapping[str, Any]
Shown = dict[str, Any]

EDITED: Sent = {"subject": "Casepact"}


def probes(contract: Contract) -> Iterator[Probe]:
    """The hand-written probes of eGain."""
    yield from _what_must_hold()
    yield from _who_may()
    yield from _lock_and_relations()
    yield from _values_and_headers()
    yield from _reading()


def _what_must_hold() -> Iterator[Probe]:
    element = ("case.other", "user.other", "attribute.options")
    yield _edit("unknown case", ("EG-07", "EGF-20"), _unknown_case)
    yield _edit("id of another form", ("EG-07", "D-23"), _near_id)
    yield _edit("closed case", ("EG-08", "EGF-23"), _closed_case, "case.closed", *element)
    yield _edit("nothing to edit", ("EG-09", "D-22"), _nothing_to_edit)
    yield _edit("one element alone", ("EG-09", "D-21"), _one_element, *element)
    for statement, role in (("EG-10", "user.disabled"), ("EG-11", "user.unlicensed")):
        yield _edit(f"assigned to {role}", (statement,), _target(statement, role), role, "user.other")
    yield _edit("assigned to nobody", ("EGF-12",), _no_user)


def _who_may() -> Iterator[Probe]:
    foreign = ("case.foreign", "case.unreachable", "actor:visitor", "actor:outsider")
    related = ("case.other", "case.foreign", "case.shared", "case.half-shared", "case.unreachable")
    targets = ("user.untransferable", "user.disabled", "user.unlicensed", "user.elsewhere")
    application = ("actor:integration", "case.unpullable", "case.unreachable", *targets)
    yield _edit("action Edit", ("EG-14", "EGF-22"), _without_action, "actor:viewer")
    yield _edit("department of the case", ("EG-15", "EGF-22"), _department_of_the_case, *foreign)
    yield _edit("Transfer Activities", ("EG-16",), _transfer, "user.untransferable", "user.self", "user.other")
    yield _edit("department of the owner", ("EG-17",), _department_of_the_owner, "user.elsewhere", "user.foreign")
    yield _edit("owner at home", ("EG-17",), _owner_at_home, "user.other")
    yield _edit("Pull Activities", ("EG-18",), _pull, BARE, "case.pullable", "case.unpullable")
    yield _edit("department of the related case", ("EG-19",), _department_of_the_related, *related)
    yield _edit("scope of the token", ("EGF-4",), _scope, "actor:reader")
    yield _edit("type of the client application", ("EGF-7",), _application_type, "actor:webApplication")
    yield _edit("licence of the caller", ("EGF-10",), _licence, "actor:unlicensed")
    yield _edit("client application", ("EG-05", "EGF-10"), _client_application, "actor:integration")
    rights = ("D-38", "EG-10", "EG-11", "EG-17")
    yield _edit("rights of a client application", rights, _rights_of_an_application, *application)
    yield replace(_edit("Authorization that is nobody's", ("EGF-8", "EGF-22"), _nobody), unauthorized=True)


def _lock_and_relations() -> Iterator[Probe]:
    yield _edit("lastModified as read", ("EG-39", "D-16"), _lock_as_read, BARE)
    yield _edit("lastModified otherwise written", ("D-16",), _lock_otherwise_written)
    yield _edit("lastModified of another moment", ("EGF-21", "EGF-30"), _stale_lock)
    yield _edit("two edits at once", ("EGF-21",), _race)
    yield _edit("link", ("EG-86",), _link, "case.other")
    yield _edit("unlink", ("EG-61", "EG-87"), _unlink, "case.related")
    yield _edit("unlink and link", ("D-18",), _unlink_then_link, "case.related", "case.other")
    yield _edit("related to itself", ("D-18",), _itself)
    yield _edit("related to an unknown case", ("EGF-20",), _unknown_related)
    yield _edit("the 75th and the 76th", ("EG-60", "EG-13", "D-18"), _last_free_place, ALMOST_FULL, LINKABLE)
    yield _edit("a relation for a full case", ("EG-60", "EG-13"), _no_free_place, FULL, LINKABLE)
    yield _edit("75 relations and back", ("EG-12", "EG-60", "EG-61"), _many_at_once, BARE, LINKABLE)
    yield _edit("76 relations in one request", ("EG-12",), _too_many_at_once, BARE, LINKABLE)
    yield _edit("forms of a link", ("EGF-14",), _forms_of_links, "case.other")


def _values_and_headers() -> Iterator[Probe]:
    read_only = ("EG-33", "EG-45", "EGF-13", "EGF-18", "EGF-24")
    attributes = ("attribute.options", "attribute.text")
    yield _edit("due date past and future", ("EG-42", "EGF-17"), _due_date)
    yield _edit("due date that is none", ("EG-40", "EGF-20"), _no_date)
    yield _edit("due date kept and removed", ("EG-43", "EGF-16", "EGF-17", "D-17", "D-21"), _due_date_removed)
    yield _edit("text removed", ("EG-67", "D-17"), _text_removed)
    yield _edit("null", ("EG-68", "D-17"), _null)
    yield _edit("custom attributes", ("EG-64", "EGF-15", "EGF-16"), _attributes, *attributes)
    yield _edit("wrong custom attributes", ("EG-64", "EGF-15"), _wrong_attributes, "attribute.options")
    yield _edit("members that cannot be edited", read_only, _members_that_cannot_be_edited, "user.other")
    yield _edit("bodies that are none", ("EG-04", "EG-32", "EGF-20", "D-23", "D-24"), _bodies, "case.other")
    yield _edit("headers left out", ("EG-22", "EG-27", "D-19"), _defaults)
    yield _edit("Accept", ("EG-23", "D-19"), _accept)
    yield _edit("representation of an error", ("EG-24", "D-24"), _representation)
    yield _edit("Accept-Language", ("EG-28", "D-19", "EGF-22"), _languages)
    yield _edit("query parameter", ("EG-30", "EG-81", "EGF-20"), _query)


def _reading() -> Iterator[Probe]:
    yield Probe("members shown", READ, ("EGF-32",), _summary, (OPEN,), writes=False)
    yield Probe("75 at once", READ, ("EGF-34",), _many, (LINKABLE,), writes=False)
    yield Probe("error codes", READ, ("EGF-29",), _codes_of_reading, (OPEN,), writes=False)
    yield Probe("display values by language", READ, ("EG-29",), _languages_of_reading, (OPEN,), writes=False)
    yield Probe("last closed", READ, ("EG-66",), _last_closed, ("case.closed",), writes=False)


def _edit(name: str, serves: tuple[str, ...], run: Callable[[Bench], None], *needs: str) -> Probe:
    return Probe(name, EDIT, serves, run, (OPEN, *needs))


# What must hold


def _unknown_case(bench: Bench) -> None:
    what = "an edit of a case that does not exist"
    _refused(bench, ["EG-07"], what, {"id": UNKNOWN, "subject": "Casepact"}, "400-194")
    _edited(bench, ["EG-07"], "an edit of a case that exists", EDITED)


def _near_id(bench: Bench) -> None:
    id = bench.record(OPEN)["id"]
    for near in (f"0{id}", f" {id}", f"{id}.0", "abc", ""):
        what = f"an edit of the case {near!r}"
        _refused(bench, ["EG-07"], what, {"id": near, "subject": "Casepact"}, "400-194", "D-23")


def _closed_case(bench: Bench) -> None:
    for sent in _each_element(bench):
        what = f"an edit of a closed case ({', '.join(sent)})"
        _refused(bench, ["EG-08"], what, sent, "400-253", case="case.closed")
    _edited(bench, ["EG-08"], "an edit of an open case", EDITED)


def _nothing_to_edit(bench: Bench) -> None:
    _refused(bench, ["EG-09", "D-22"], "an edit without anything to edit", {}, "400-146", "D-22")


def _one_element(bench: Bench) -> None:
    for sent in _each_element(bench):
        before = _case(bench, OPEN)
        shown = _edited(bench, ["EG-09"], f"an edit of {', '.join(sent)} alone", sent)
        if shown is not None:
            moved = {*sent, "lastModified", "lastModifiedBy", "userLastWorked"}
            changed = sorted(name for name in (before.keys() | shown) - moved if before.get(name) != shown.get(name))
            _shows(bench, "D-21", changed, [], "Elements that were not sent changed")


def _target(statement: str, role: str) -> Callable[[Bench], None]:
    """Whom the case is assigned to must not be like this user; like another one, who may."""

    def run(bench: Bench) -> None:
        _refused(bench, [statement], f"assigning to {role}", _owner(bench, role), "400-152", "D-15")
        _assigned(bench, statement, "user.other", "assigning to an enabled user with a licence")

    return run


def _no_user(bench: Bench) -> None:
    for id in ("", UNKNOWN):
        _refused(bench, ["EGF-12"], f"assigning to the user {id!r}", {"owner": {"user": {"id": id}}}, "400-152")


# Who may


def _without_action(bench: Bench) -> None:
    what = "an edit by a user without the action Edit"
    _refused(bench, ["EG-14"], what, EDITED, "403-178", actor="viewer")
    _edited(bench, ["EG-14"], "an edit by a user with the action Edit", EDITED)


def _department_of_the_case(bench: Bench) -> None:
    _edited(bench, ["EG-15"], "an edit in the home department", EDITED)
    _edited(bench, ["EG-15"], "an edit where the user is a foreign user", EDITED, case="case.foreign")
    _edited(bench, ["EG-15"], "an edit by a user who is a foreign user there", EDITED, actor="visitor")
    what = "an edit in a department where the user does not work"
    _refused(bench, ["EG-15"], what, EDITED, "403-178", case="case.unreachable")
    _refused(bench, ["EG-15"], what, EDITED, "403-178", actor="outsider")


def _transfer(bench: Bench) -> None:
    what = "assigning without the permission Transfer Activities"
    _refused(bench, ["EG-16"], what, _owner(bench, "user.untransferable"), "403-178")
    _assigned(bench, "EG-16", "user.self", "assigning to oneself, which needs no permission")
    _assigned(bench, "EG-16", "user.other", "assigning with the permission Transfer Activities")


def _department_of_the_owner(bench: Bench) -> None:
    what = "assigning to a user outside the department of the case"
    _refused(bench, ["EG-17"], what, _owner(bench, "user.elsewhere"), "403-178")
    _assigned(bench, "EG-17", "user.foreign", "assigning to a foreign user of the department")


def _owner_at_home(bench: Bench) -> None:
    _assigned(bench, "EG-17", "user.other", "assigning to a user at home in the department")


def _pull(bench: Bench) -> None:
    _edited(bench, ["EG-18"], "an edit of one's own case", EDITED)
    _edited(bench, ["EG-18"], "an edit of a case that nobody owns", EDITED, case=BARE)
    _edited(bench, ["EG-18"], "an edit with the permission Pull Activities", EDITED, case="case.pullable")
    what = "an edit without the permission Pull Activities on the owner"
    _refused(bench, ["EG-18"], what, EDITED, "403-178", case="case.unpullable")


def _department_of_the_related(bench: Bench) -> None:
    for role, where in (
        ("case.other", "the home department"),
        ("case.foreign", "a department where the user is a foreign user"),
        ("case.shared", "a department shared together with its activities"),
    ):
        _linked(bench, "EG-19", role, f"relating a case of {where}")
    for role, where in (
        ("case.half-shared", "a department shared without its activities"),
        ("case.unreachable", "a department that is not shared"),
    ):
        sent = _relations([bench.record(role)["id"]])
        _refused(bench, ["EG-19"], f"relating a case of {where}", sent, "403-178")


def _scope(bench: Bench) -> None:
    what = "an edit with a token for reading"
    _refused(bench, ["EGF-4"], what, EDITED, "403-178", "D-15", actor="reader")
    read = bench.call(READ, path=_path(bench, OPEN), actor="reader")
    bench.accepted(["EGF-4"], read, "reading with a token for reading")
    _edited(bench, ["EGF-4"], "an edit with a token for editing", EDITED)


def _application_type(bench: Bench) -> None:
    what = "a call through a client application that is not of the type API"
    exchange = _refused(bench, ["EGF-7"], what, EDITED, "403-178", "D-15", actor="webApplication")
    read = bench.call(READ, path=_path(bench, OPEN), actor="webApplication")
    bench.refused(["EGF-7"], read, what)
    for answer in (exchange, read):
        if not bench.operation(answer.operation).succeeded(answer.response.status, answer.value):
            _says(bench, answer, "EGF-7", answer.response.status == 403, f"Refusal of {what}", "403")


def _licence(bench: Bench) -> None:
    what = "an edit by a user without a licence"
    _refused(bench, ["EGF-10"], what, EDITED, "403-178", "D-15", actor="unlicensed")
    _edited(bench, ["EGF-10"], "an edit by a user with a licence", EDITED)


def _client_application(bench: Bench) -> None:
    _edited(bench, ["EG-05", "EGF-10"], "an edit by a client application", EDITED, actor="integration")
    _edited(bench, ["EG-05"], "an edit by a user", EDITED)


def _rights_of_an_application(bench: Bench) -> None:
    for role in ("case.unpullable", "case.unreachable"):
        _edited(bench, ["D-38"], f"an edit of {role} by a client application", EDITED, case=role, actor="integration")
    far = _relations([bench.record("case.unreachable")["id"]])
    _edited(bench, ["D-38"], "relating a case out of reach, by a client application", far, actor="integration")
    _assigned(bench, "D-38", "user.untransferable", "assigning by a client application", actor="integration")
    for statement, role in (("EG-10", "user.disabled"), ("EG-11", "user.unlicensed"), ("EG-17", "user.elsewhere")):
        what = f"assigning to {role} by a client application"
        _refused(bench, [statement], what, _owner(bench, role), actor="integration")


def _nobody(bench: Bench) -> None:
    for header in (None, "", "Bearer", "Bearer casepact-unknown-token", "casepact-unknown-token", "Basic Y2FzZTpwYWN0"):
        what = f"the header Authorization {header!r}"
        headers = {} if header is None else {"Authorization": header}
        _refused(bench, ["EGF-8"], what, EDITED, "401-101", actor=None, headers=headers)


# The lock


def _lock_as_read(bench: Bench) -> None:
    first = _edited(bench, ["EG-39"], "the date that a read shows", EDITED)
    second = _edited(bench, ["EG-39"], "the date that a read shows", EDITED, case=BARE)
    if first is not None and second is not None:
        one, other = _instant(first["lastModified"]), _instant(second["lastModified"])
        _shows(bench, "EG-39", one <= other, True, "A case that was edited later shows an earlier lastModified")


def _lock_otherwise_written(bench: Bench) -> None:
    for rewrite in (
        lambda moment: moment.isoformat(timespec="milliseconds"),
        lambda moment: moment.astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat(timespec="milliseconds"),
        lambda moment: moment.astimezone(timezone(-timedelta(hours=11))).isoformat(timespec="milliseconds"),
        lambda moment: f"{_written(moment)[:-1]}000Z",
    ):
        text = rewrite(_instant(_case(bench, OPEN)["lastModified"]))
        sent = {"lastModified": text, "subject": "Casepact"}
        _edited(bench, ["D-16"], "the stored lastModified written in another way", sent)


def _stale_lock(bench: Bench) -> None:
    old = _case(bench, OPEN)["lastModified"]
    shown = _edited(bench, ["EGF-21"], "the first of two edits", {"subject": "Casepact one"})
    if shown is None:
        return
    now = _instant(shown["lastModified"])
    for lock, what in (
        (old, "the second of two edits that saw the same case"),
        (_written(now - timedelta(milliseconds=1)), "a lastModified one millisecond too early"),
        (_written(now + timedelta(milliseconds=1)), "a lastModified one millisecond too late"),
        (_written(now + timedelta(days=365)), "a lastModified of next year"),
        # The same digits in another zone are another instant.
        (f"{shown['lastModified'][:-1]}+01:00", "the stored lastModified moved to another zone"),
    ):
        sent = {"lastModified": lock, "subject": "Casepact two"}
        exchange = _refused(bench, ["EGF-21"], what, sent, "409-100")
        if exchange.response.status == 409:
            named = bench.record(OPEN)["id"] in _message(exchange)
            _says(bench, exchange, "EGF-30", named, "Message of 409-100 without the id of the case", "the id")


def _race(bench: Bench) -> None:
    operation, before = bench.operation(EDIT), _case(bench, OPEN)
    texts = ("Casepact left", "Casepact right")

    def edit(text: str) -> Exchange:
        return bench.target.exchange(operation, media=JSON, body=_body(before, {"subject": text}), world=bench.world)

    with ThreadPoolExecutor(len(texts)) as pool:
        exchanges = list(pool.map(edit, texts))
    for exchange in exchanges:
        bench.take(operation, exchange)
    won = [item for item in exchanges if operation.succeeded(item.response.status, item.value)]
    lost = [item.sent["subject"] for item in exchanges if item not in won]
    after = _case(bench, OPEN)
    if any(item.response.status >= 500 for item in exchanges) or (won and not _later(before, after)):
        return  # Charged by the status check, and to D-16 by every other edit.
    held = bench.promise(
        ["EGF-21"],
        len(won) == 1,
        exchanges[-1],
        title="Two edits at once with one lock: not exactly one won",
        received=f"{len(won)} carried out",
        documented="one carried out",
        side=Side.REFUSE,
        chain=exchanges[:-1],
    )
    if held:
        _shows(bench, "EGF-21", after.get("subject") in lost, False, "The edit that lost was stored")


# Relations


def _link(bench: Bench) -> None:
    before = _related(_case(bench, OPEN))
    new = bench.record("case.other")["id"]
    shown = _edited(bench, ["EG-86"], "relating another case", _relations([new]))
    if shown is not None:
        _shows(bench, "EG-86", sorted(_related(shown)), sorted({*before, new}), "Related cases after link")


def _unlink(bench: Bench) -> None:
    gone = bench.record("case.related")["id"]
    before = _related(_case(bench, OPEN))
    shown = _edited(bench, ["EG-61", "EG-87"], "removing a relation", _relations(unlink=[gone]))
    if shown is not None:
        left = sorted({*before} - {gone})
        if _shows(bench, "EG-61", sorted(_related(shown)), left, "Related cases after unlink"):
            _shows(bench, "EG-87", gone in _related(shown), False, "Still related after unlink")


def _unlink_then_link(bench: Bench) -> None:
    related, other = (bench.record(role)["id"] for role in ("case.related", "case.other"))
    for sent, held, what in (
        (_relations([related], [related]), {related}, "removing and adding the same relation"),
        (_relations([other], [other]), {related, other}, "removing and adding a relation that was not there"),
        (_relations([other]), {related, other}, "adding a relation that is there"),
        (_relations([], [other, other]), {related}, "removing one relation twice"),
        (_relations([], [other]), {related}, "removing a relation that is not there"),
    ):
        shown = _edited(bench, ["D-18"], what, sent)
        if shown is not None:
            _shows(bench, "D-18", sorted(_related(shown)), sorted(held), f"Related cases after {what}")


def _itself(bench: Bench) -> None:
    sent = _relations([bench.record(OPEN)["id"]])
    _refused(bench, ["D-18"], "relating a case to itself", sent, "400-152", "D-15")


def _unknown_related(bench: Bench) -> None:
    for sent in (_relations([UNKNOWN]), _relations([], [UNKNOWN])):
        _refused(bench, ["EGF-20"], f"{', '.join(sent['relatedCases'])} of a case that is not there", sent, "400-194")


def _last_free_place(bench: Bench) -> None:
    """
    The 75th is taken, the 76th is not; at the limit one comes in for one that goes.

    What comes after the 75th is tried only where it was taken: a server that counts wrongly is wrong once.
    """
    free = _free(bench, ALMOST_FULL)
    shown = _edited(bench, ["EG-60", "EG-13"], "a 75th relation", _relations(free[:1]), case=ALMOST_FULL)
    if shown is None:
        return
    related = _related(shown)
    full = len(related) == MOST_RELATED and free[0] in related
    if not _shows(bench, "EG-60", full, True, "The 75th relation is not there"):
        return
    _refused(bench, ["EG-60", "EG-13"], "a 76th relation", _relations(free[1:2]), "400-152", "D-15", case=ALMOST_FULL)
    what = "one relation for another on a case with 75"
    swapped = _edited(bench, ["D-18"], what, _relations(free[1:2], related[:1]), case=ALMOST_FULL)
    if swapped is not None:
        expected = sorted({*related[1:], free[1]})
        _shows(bench, "D-18", sorted(_related(swapped)), expected, "Related cases after one for another")
    what = "two relations for one on a case with 75"
    sent = _relations(free[2:4], related[1:2])
    _refused(bench, ["EG-60", "EG-13"], what, sent, "400-152", "D-15", case=ALMOST_FULL)


def _no_free_place(bench: Bench) -> None:
    sent = _relations(_free(bench, FULL)[:1])
    _refused(bench, ["EG-60", "EG-13"], "a 76th relation", sent, "400-152", "D-15", case=FULL)


def _many_at_once(bench: Bench) -> None:
    """Up to the limit in two steps, back to nothing, and then the whole limit in one request."""
    free = _free(bench, BARE)
    steps: tuple[tuple[str, Sent, Sequence[str]], ...] = (
        ("EG-12", _relations(free[:74]), free[:74]),
        ("EG-60", _relations(free[74:75]), free[:75]),
        ("EG-61", _relations([], free[:75]), ()),
        ("EG-12", _relations(free[:75]), free[:75]),
        ("EG-61", _relations([], free[:75]), ()),
    )
    for statement, sent, expected in steps:
        counts = ", ".join(f"{name} {len(links)}" for name, links in sent["relatedCases"].items() if links)
        shown = _edited(bench, [statement], f"{counts} of 75 cases", sent, case=BARE)
        if shown is None:
            return
        if not _shows(bench, statement, sorted(_related(shown)), sorted(expected), f"Related cases after {counts}"):
            return


def _too_many_at_once(bench: Bench) -> None:
    sent = _relations(_free(bench, BARE)[:76])
    _refused(bench, ["EG-12"], "76 cases to relate in one request", sent, "400-152", "D-15", case=BARE)


def _forms_of_links(bench: Bench) -> None:
    link = {"rel": "case", "href": _address(bench.record("case.other")["id"])}
    for good, what in (
        ({**link, "_default": True}, "a link with _default"),
        ({**link, "rel": "a" * 50}, "a rel of 50 letters"),
    ):
        _edited(bench, ["EGF-14"], what, {"relatedCases": {"link": [good]}})
    for bad, what, code in (
        ({"rel": "case"}, "a link without href", "400-146"),
        ({"href": link["href"]}, "a link without rel", "400-146"),
        ({**link, "casepact": "x"}, "a link with an unknown member", "400-147"),
        ({**link, "rel": "case-1"}, "a rel with other than letters", "400-152"),
        ({**link, "rel": ""}, "an empty rel", "400-152"),
        ({**link, "rel": "a" * 51}, "a rel of 51 letters", "400-152"),
        ({**link, "rel": 1}, "a rel that is a number", "400-152"),
        ({**link, "href": "x" * (1001 - len(link["href"])) + link["href"]}, "an href of 1001 characters", "400-152"),
        ({**link, "href": "/core/casemgr/v3/activity/1"}, "an href of something else", "400-152"),
        ({**link, "href": ""}, "an empty href", "400-152"),
        ({**link, "href": 1}, "an href that is a number", "400-152"),
        ({**link, "_default": "yes"}, "a _default that is a text", "400-152"),
        ("case", "a link that is a text", "400-152"),
    ):
        for name in ("link", "unlink"):
            sent = {"relatedCases": {name: [bad]}}
            _refused(bench, ["EGF-14"], f"{what} ({name})", sent, code, "D-15")
    other = {"relatedCases": {"case": [{"id": bench.record("case.other")["id"]}]}}
    _refused(bench, ["EGF-14"], "relations sent as an answer shows them", other, "400-147", "D-15")


# Values


def _due_date(bench: Bench) -> None:
    shown = _edited(bench, ["EG-42"], "a due date at the end of the century", {"dueDate": "2099-12-31T23:59:59.000Z"})
    if shown is None:
        return
    # The moment of the last edit, by the server's own clock.
    now = _instant(shown["lastModified"])
    for moment in (now, now - timedelta(seconds=1), now - timedelta(days=1), now - timedelta(days=365)):
        sent = {"dueDate": _written(moment)}
        _refused(bench, ["EG-42", "EGF-17"], "a due date that has passed", sent, "400-152")
    east = timezone(timedelta(hours=14))
    for text in (
        _written(now + timedelta(hours=1)),
        _written(now + timedelta(days=365)),
        # Its date has an offset: by its digits it would be past, or future only just.
        (now + timedelta(hours=1)).astimezone(timezone(-timedelta(hours=12))).isoformat(timespec="milliseconds"),
        (now + timedelta(days=1)).astimezone(east).isoformat(timespec="seconds"),
    ):
        _edited(bench, ["EG-42", "EGF-17"], "a due date in the future", {"dueDate": text})
    sent = {"dueDate": (now - timedelta(hours=1)).astimezone(east).isoformat(timespec="milliseconds")}
    _refused(bench, ["EG-42"], "a due date that has passed, in a zone where its digits are ahead", sent, "400-152")


def _no_date(bench: Bench) -> None:
    days = ("2095-11-30", "30.11.2095 18:30", "2095-02-30T00:00:00Z", "2095-11-30T18:30:00")
    values: tuple[Any, ...] = (*days, "soon", " ", 4102444800, True, [])
    for value in values:
        _refused(bench, ["EG-40"], f"the due date {value!r}", {"dueDate": value}, "400-152")


def _due_date_removed(bench: Bench) -> None:
    dated = _edited(bench, ["EG-43"], "a due date in the future", {"dueDate": "2099-12-31T23:59:59.000Z"})
    if dated is None:
        return
    kept = _edited(bench, ["D-21"], "an edit without the due date", EDITED)
    if kept is not None:
        _shows(bench, "D-21", kept.get("dueDate"), dated.get("dueDate"), "A due date that was not sent changed")
    emptied = _edited(bench, ["EGF-17", "D-17", "EGF-16"], "an empty due date", {"dueDate": ""})
    if emptied is not None:
        for statement in ("EGF-17", "D-17", "EGF-16"):
            if not _shows(bench, statement, emptied.get("dueDate") or None, None, "The due date was not removed"):
                return


def _text_removed(bench: Bench) -> None:
    for name in ("subject", "description", "solution"):
        if _edited(bench, ["EG-67"], f"a {name}", {name: "Casepact"}) is None:
            return
        shown = _edited(bench, ["EG-67", "D-17"], f"an empty {name}", {name: ""})
        if shown is not None and _shows(bench, "EG-67", shown.get(name) or None, None, f"{name} was not removed"):
            _shows(bench, "D-17", shown.get(name) or None, None, f"{name} was not removed")


def _null(bench: Bench) -> None:
    for name in ("subject", "description", "solution"):
        _refused(bench, ["EG-68", "D-17"], f"a {name} of null", {name: None}, "400-152", "D-17")
    _refused(bench, ["D-17"], "a due date of null", {"dueDate": None}, "400-152", "D-17")


def _attributes(bench: Bench) -> None:
    attribute, text = bench.record("attribute.options"), bench.record("attribute.text")["id"]
    name, before = attribute["id"], _attributes_of(_case(bench, OPEN))
    for sent, expected, what in (
        ({name: [attribute["one"]]}, {name: [attribute["one"]]}, "an option of an enumeration"),
        ({name: [attribute["another"]]}, {name: [attribute["another"]]}, "another option"),
        ({text: ["Casepact é界😀"]}, {text: ["Casepact é界😀"]}, "a text"),
        ({text: ["one", "two"]}, {text: ["one", "two"]}, "two values"),
        ({name: [attribute["one"]], text: ["x"]}, {name: [attribute["one"]], text: ["x"]}, "two attributes"),
    ):
        shown = _edited(bench, ["EG-64", "EGF-15"], f"a custom attribute with {what}", _custom(sent))
        if shown is None:
            return
        before = {**before, **expected}
        if not _shows(bench, "EG-64", _attributes_of(shown), before, f"Custom attributes after {what}"):
            return
    shown = _edited(bench, ["EGF-16"], "an empty custom attribute", _custom({name: [""]}))
    if shown is not None:
        held = [value for value in _attributes_of(shown).get(name, ()) if value]
        _shows(bench, "EGF-16", held, [], "A custom attribute was not removed")


def _wrong_attributes(bench: Bench) -> None:
    name = bench.record("attribute.options")["id"]
    sent = _custom({"casepact_unknown": ["5"]})
    _refused(bench, ["EG-64"], "a custom attribute that is not configured", sent, "400-152", "D-15")
    near = _custom({name.upper(): [bench.record("attribute.options")["one"]]})
    _refused(bench, ["EG-64"], "a custom attribute in capitals", near, "400-152", "D-15")
    sent = _custom({name: ["casepact"]})
    _refused(bench, ["EGF-15"], "a value that is no option of the enumeration", sent, "400-152")
    value = {"value": bench.record("attribute.options")["one"]}
    good = {"attribName": name, "attribValues": {"attribValue": [value]}}
    for items, what, code in (
        ([], "an empty list of custom attributes", "400-152"),
        (["x"], "a custom attribute that is a text", "400-152"),
        ([{**good, "attribName": 5}], "an attribName that is a number", "400-152"),
        ([{**good, "attribValues": []}], "attribValues that are a list", "400-152"),
        ([{**good, "attribValues": {"attribValue": []}}], "a custom attribute without a value", "400-152"),
        ([{**good, "attribValues": {"attribValue": value}}], "an attribValue that is no list", "400-152"),
        ([{**good, "attribValues": {"attribValue": [{"value": 5}]}}], "a value that is a number", "400-152"),
        ([{**good, "attribValues": {"attribValue": ["5"]}}], "a value that is bare", "400-152"),
        ([{"attribName": name}], "a custom attribute without attribValues", "400-146"),
        ([{"attribValues": good["attribValues"]}], "a custom attribute without attribName", "400-146"),
        ([{**good, "attribValues": {}}], "attribValues without attribValue", "400-146"),
        ([{**good, "attribValues": {"attribValue": [{}]}}], "a value without value", "400-146"),
        ([{**good, "casepact": "x"}], "a custom attribute with an unknown member", "400-147"),
        (
            [{**good, "attribValues": {**good["attribValues"], "x": 1}}],
            "attribValues with an unknown member",
            "400-147",
        ),
        ([{**good, "attribValues": {"attribValue": [{**value, "x": 1}]}}], "a value with an unknown member", "400-147"),
    ):
        sent = {"customAttributes": {"customAttribute": items}}
        _refused(bench, ["EGF-15"], what, sent, code, "D-15")


def _members_that_cannot_be_edited(bench: Bench) -> None:
    user = {"user": {"id": bench.record("user.other")["id"]}}
    for name, value in (
        ("created", "2015-07-01T08:13:00.000Z"),
        ("createdBy", user),
        ("link", []),
        ("activities", {}),
        ("lastModifiedBy", user),
        ("department", {"id": "1000"}),
        ("status", {"value": "closed"}),
        ("customer", {"id": "1201"}),
        ("originatingChannel", "Email"),
        ("userLastWorked", user),
        ("notes", []),
    ):
        _refused(bench, ["EGF-18"], f"the member {name}, which can only be read", {name: value, **EDITED}, "400-147")
    for name in ("casepact", "Subject", "last_modified", "lastClosed"):
        sent = {name: "2015-07-01T08:13:00.000Z", "subject": "Casepact"}
        _refused(bench, ["EG-33"], f"the member {name}, which is none of those that may be sent", sent, "400-147")
    for owner, what in (
        ({**user, "folder": {}}, "a member of owner other than user"),
        ({"user": {**user["user"], "firstName": "Casepact"}}, "a member of owner.user other than id"),
    ):
        _refused(bench, ["EG-45"], what, {"owner": owner}, "400-147")
    severity = {"value": "high", "displayValue": "High"}
    _refused(bench, ["EGF-13"], "displayValue, which is shown only", {"severity": severity}, "400-147")


def _bodies(bench: Bench) -> None:
    before = _case(bench, OPEN)
    good = _body(before, EDITED)
    two = [good, _body(_case(bench, "case.other"), EDITED)]
    for body, what in ((two, "a list of two cases"), ([good], "a list of one case"), ([], "an empty list")):
        _refused_as_is(bench, ["EG-04"], what, "400-152", "D-23", media=JSON, body=body)
    for raw, media, what in (
        (b'{"id": ', JSON, "a body that cannot be read"),
        (b'"1013"', JSON, "a body that is a text"),
        (b'{"id": "' + b"1" * 2**21 + b'"}', JSON, "a body of 2 MiB"),
        (b"id=1013&subject=Casepact", "application/x-www-form-urlencoded", "a form"),
        (b"some text", "text/plain", "a text"),
    ):
        _refused_as_is(bench, ["D-23"], what, "400-152", "D-23", media=media, raw=raw)
    xml = f"<case><id>{good['id']}</id><lastModified>{good['lastModified']}</lastModified></case>"
    _refused_as_is(bench, ["D-24"], "a body of XML", "400-152", "D-23", media=XML, raw=xml.encode())
    for name in ("id", "lastModified"):
        rest = {key: value for key, value in good.items() if key != name}
        _refused_as_is(bench, ["EG-32"], f"a body without {name}", "400-146", media=JSON, body=rest)
    _refused_as_is(bench, ["EGF-20"], "no body", "400-264", media=JSON, raw=b"")
    after = _case(bench, OPEN)
    _shows(bench, "D-23", after, before, "A refused request changed the case")


# Headers and query


def _defaults(bench: Bench) -> None:
    for names, statements in (
        ((), ("D-19",)),
        (("Accept",), ("EG-27", "D-19")),
        (("Accept-Language",), ("EG-22", "D-19")),
    ):
        given = {"Accept": JSON, "Accept-Language": "en-US"}
        headers = {name: given[name] for name in names}
        what = f"an edit with {' and '.join(names) or 'neither Accept nor Accept-Language'}"
        _edited(bench, statements, what, EDITED, headers=headers)
    refusal = _refused(bench, ["EG-07"], "an unknown case, without Accept", {"id": UNKNOWN, "subject": "Casepact"})
    _says(bench, refusal, "EG-22", refusal.response.media == JSON, "Default representation", JSON)
    default, named = (_display(bench, headers) for headers in ({}, {"Accept-Language": "en-US"}))
    _shows(bench, "EG-27", default, named, "Display values without Accept-Language")


def _accept(bench: Bench) -> None:
    for accept in (JSON, XML):
        _edited(bench, ["EG-23"], f"Accept: {accept}", EDITED, headers={"Accept": accept})
    for accept in ("*/*", "application/*", f"text/html, {JSON};q=0.5", f"image/png, {XML}", "APPLICATION/JSON"):
        _edited(bench, ["D-19"], f"Accept: {accept}", EDITED, headers={"Accept": accept})
    for accept in ("text/html", "application/jsonp", "application/pdf, text/*", "json"):
        _refused(bench, ["EG-23", "D-19"], f"Accept: {accept}", EDITED, "406-100", "D-19", headers={"Accept": accept})


def _representation(bench: Bench) -> None:
    wrong = {"id": UNKNOWN, "subject": "Casepact"}
    for accept, statement in ((JSON, "EG-24"), (XML, "D-24")):
        refusal = _refused(bench, ["EG-07"], "an unknown case", wrong, headers={"Accept": accept})
        _says(bench, refusal, statement, refusal.response.media == JSON, f"Error for Accept: {accept}", JSON)
    shown = _edited(bench, ["D-24"], "an edit that accepts only XML", EDITED, headers={"Accept": XML})
    if shown is not None:
        answer = bench.history[-2].response
        _says(bench, bench.history[-2], "D-24", answer.status == 204, "Success for Accept: application/xml", "204")


def _languages(bench: Bench) -> None:
    for language in LANGUAGES:
        headers = {"Accept-Language": language}
        _edited(bench, ["EG-28"], f"Accept-Language: {language}", EDITED, headers=headers)
    for language in ("*", "EN-us", "xx-XX, fr-FR;q=0.9", "fr-CH, fr;q=0.9, de-DE;q=0.8, *;q=0.5"):
        headers = {"Accept-Language": language}
        _edited(bench, ["D-19"], f"Accept-Language: {language}", EDITED, headers=headers)
    for language in NO_LANGUAGES:
        headers = {"Accept-Language": language}
        _refused(bench, ["EG-28"], f"Accept-Language: {language}", EDITED, "406-100", headers=headers)


def _query(bench: Bench) -> None:
    letters = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)
    names = letters | letters.map("${}".format) | st.sampled_from(["id", "subject", "$attribute", "Accept-Language"])

    def show(name: str) -> bool:
        mark = len(bench.judged)
        what = f"the query parameter {name}"
        exchange = _refused(bench, ["EG-30"], what, EDITED, "400-101", query={name: "1"})
        if exchange.response.status == 400:
            message = _message(exchange)
            held = "unsupported query parameter" in message.lower() and f"'{name}'" in message
            _says(bench, exchange, "EG-81", held, "Message of 400-101", f"unsupported …, '{name}'")
        return all(judged.judgement.held for judged in bench.judged[mark:])

    for_each(bench, names, show)


# Reading


def _summary(bench: Bench) -> None:
    summary = {"id", "subject", "status", "lastModified"}
    larger = {"description", "solution", "relatedCases", "customAttributes", "created", "createdBy"}
    for attribute, present, absent in (
        ("", summary, larger),
        ("all", summary | {"description", "created"}, set()),
        ("description", {"id", "description"}, (summary | larger) - {"id", "description"}),
        ("created,subject", {"id", "created", "subject"}, (summary | larger) - {"id", "created", "subject"}),
    ):
        query = {"$attribute": attribute} if attribute else {}
        read = bench.call(READ, path=_path(bench, OPEN), query=query)
        if bench.accepted(["EGF-32"], read, f"$attribute {attribute!r}"):
            names = set(read.value["case"][0])
            title = f"Members wrongly shown or left out for $attribute {attribute!r}"
            _shows(bench, "EGF-32", sorted((present - names) | (absent & names)), [], title)


def _many(bench: Bench) -> None:
    ids = _linkable(bench)[:MOST_READ]
    read = bench.call(READ, path={"ids": ",".join(ids)})
    if bench.accepted(["EGF-34"], read, "75 ids"):
        _shows(bench, "EGF-34", sorted(item["id"] for item in read.value["case"]), sorted(ids), "Cases that were read")


def _codes_of_reading(bench: Bench) -> None:
    path = _path(bench, OPEN)
    for request, status, code, what in (
        ({"query": {"casepact": "1"}}, 400, "400-101", "an unknown query parameter"),
        ({"query": {"$sort": "id", "$order": "up"}}, 400, "400-102", "an unknown $order"),
        ({"query": {"$attribute": "casepact"}}, 400, "400-116", "an unknown $attribute"),
        ({"query": {"$order": "asc"}}, 400, "400-124", "$order without $sort"),
        ({"path": {"ids": UNKNOWN}}, 404, "404-100", "an id of no case"),
        ({"headers": {"Accept-Language": "xx-XX"}}, 406, "406-100", "an unknown language"),
        ({"actor": None}, 401, "401-101", "nobody"),
    ):
        read = bench.call(READ, **{"path": path, **request})
        held = (read.response.status, _code(read)) == (status, code)
        _says(bench, read, "EGF-29", held, f"Refusal of {what}", f"{status} {code}")


def _languages_of_reading(bench: Bench) -> None:
    shown = {}
    for language in LANGUAGES:
        read = bench.call(READ, path=_path(bench, OPEN), headers={"Accept-Language": language})
        if not bench.accepted(["EG-29"], read, f"reading in {language}"):
            return
        shown[language] = _words(read.value["case"][0])
    # Some of the fifteen share their words (pt-BR and pt-PT, say); these five do not.
    apart = [shown[language] for language in ("en-US", "fr-FR", "ru-RU", "ja-JP", "ko-KR")]
    different = all(one != other for index, one in enumerate(apart) for other in apart[:index])
    _shows(bench, "EG-29", different, True, "Display values are the same in different languages")


def _last_closed(bench: Bench) -> None:
    shown = _case(bench, "case.closed")
    if shown and _shows(bench, "EG-66", "lastClosed" in shown, True, "A closed case without lastClosed"):
        ordered = _instant(shown["created"]) <= _instant(shown["lastClosed"]) <= _instant(shown["lastModified"])
        _shows(bench, "EG-66", ordered, True, "lastClosed is not between created and lastModified")


# How an edit is tried


def _edited(
    bench: Bench, statements: Sequence[str], what: str, sent: Sent, *, case: str = OPEN, **request: Any
) -> Shown | None:
    """
    Promise that an edit is carried out, shows when read and moves `lastModified` on (D-16).

    Returns the case afterwards; None when a promise broke, so that what follows from it is not charged again.
    """
    before = _case(bench, case)
    exchange = bench.call(EDIT, media=JSON, body=_body(before, sent), **request)
    if not bench.accepted(statements, exchange, what):
        return None
    mark = len(bench.judged)
    read = bench.read_back(exchange)
    if read is None or not all(judged.judgement.held for judged in bench.judged[mark:]):
        return None
    after: Shown = read.value["case"][0]
    links = sent.get("relatedCases", {})
    gone = [link["href"] for link in links.get("unlink", ()) if link not in links.get("link", ())]
    kept = _as_sent(bench, "EG-86", after, [link["href"] for link in links.get("link", ())], related=True)
    if not (kept and _as_sent(bench, "EG-61", after, gone, related=False)):
        return None
    moved = bench.promise(
        ["D-16"],
        _later(before, after),
        read,
        title="lastModified is not later after an edit",
        received=str(after.get("lastModified")),
        documented=f"later than {before.get('lastModified')}",
        chain=[exchange],
    )
    return after if moved else None


def _refused(
    bench: Bench,
    statements: Sequence[str],
    what: str,
    sent: Sent,
    code: str = "",
    coded: str = "",
    *,
    case: str = OPEN,
    **request: Any,
) -> Exchange:
    """
    Promise that an edit is refused, with this code if one is named, and that it changed nothing.

    `coded` is charged with a wrong code; otherwise the fact in `CODES`.
    """
    before = _case(bench, case)
    exchange = _refused_as_is(bench, statements, what, code, coded, media=JSON, body=_body(before, sent), **request)
    if not bench.operation(EDIT).succeeded(exchange.response.status, exchange.value):
        after = _case(bench, case)
        changed = sorted(name for name in before.keys() | after if before.get(name) != after.get(name))
        bench.promise(
            statements if not changed else statements[:1],
            not changed,
            bench.history[-1],
            title="A refused request changed the case",
            received=f"changed: {', '.join(changed)}",
            documented="nothing changed",
            side=Side.REFUSE,
            chain=[exchange],
        )
    return exchange


def _refused_as_is(
    bench: Bench, statements: Sequence[str], what: str, code: str, coded: str = "", **request: Any
) -> Exchange:
    """Promise that a request to edit is refused, with this code if one is named."""
    exchange = bench.call(EDIT, **request)
    if bench.refused(statements, exchange, what) and code:
        _says(bench, exchange, coded or CODES[code], _code(exchange) == code, f"Another code than {code}", code)
    return exchange


def _as_sent(bench: Bench, statement: str, shown: Shown, addresses: Sequence[str], *, related: bool) -> bool:
    """Promise that the cases at these addresses are related now, or no longer."""
    found = set(_related(shown))
    wrong = [address for address in addresses if (address.rpartition("/")[2] in found) is not related]
    title = "Not related after link" if related else "Still related after unlink"
    return not addresses or _shows(bench, statement, wrong, [], title)


def _assigned(bench: Bench, statement: str, role: str, what: str, **request: Any) -> None:
    shown = _edited(bench, [statement], what, _owner(bench, role), **request)
    if shown is not None:
        owner = shown.get("owner", {}).get("user", {}).get("id")
        _shows(bench, statement, owner, bench.record(role)["id"], f"The owner after {what}")


def _linked(bench: Bench, statement: str, role: str, what: str) -> None:
    id = bench.record(role)["id"]
    shown = _edited(bench, [statement], what, _relations([id]))
    if shown is not None:
        _shows(bench, statement, id in _related(shown), True, f"Not related after {what}")


def _shows(bench: Bench, statement: str, shown: Any, expected: Any, title: str) -> bool:
    """Promise what the last answer shows, the exchange before it being what led there."""
    return bench.promise(
        [statement],
        shown == expected,
        bench.history[-1],
        title=title,
        received=repr(shown)[:160],
        documented=repr(expected)[:160],
        chain=bench.history[-2:-1],
    )


def _says(bench: Bench, exchange: Exchange, statement: str, held: bool, title: str, documented: str) -> None:
    """Promise how a refusal or an answer without a body is worded; a server error is charged elsewhere."""
    if exchange.response.status >= 500:
        return
    received = f"{exchange.response.status} {exchange.response.media} {_code(exchange)} {_message(exchange)}"[:160]
    bench.promise([statement], held, exchange, title=title, received=received.strip(), documented=documented)


# What is sent


def _body(before: Shown, sent: Sent) -> dict[str, Any]:
    """An edit of a case as it was just read."""
    return {"id": before.get("id"), "lastModified": before.get("lastModified"), **sent}


def _each_element(bench: Bench) -> Iterator[Sent]:
    """Every element that may be sent, each alone; the owner last, who may forbid later edits."""
    for name in ("subject", "description", "solution"):
        yield {name: f"Casepact {name}"}
    yield {"dueDate": "2098-01-31T12:00:00.000Z"}
    yield {"severity": {"value": "high"}}
    yield _relations([bench.record("case.other")["id"]])
    attribute = bench.record("attribute.options")
    yield _custom({attribute["id"]: [attribute["one"]]})
    yield _owner(bench, "user.other")


def _owner(bench: Bench, role: str) -> dict[str, Any]:
    return {"owner": {"user": {"id": bench.record(role)["id"]}}}


def _relations(link: Sequence[str] = (), unlink: Sequence[str] = ()) -> dict[str, Any]:
    named = {"link": link, "unlink": unlink}
    return {
        "relatedCases": {
            name: [{"rel": "case", "href": _address(id)} for id in ids] for name, ids in named.items() if ids
        }
    }


def _address(id: str) -> str:
    return f"/core/casemgr/v3/case/{id}"


def _custom(values: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {
        "customAttributes": {
            "customAttribute": [
                {"attribName": name, "attribValues": {"attribValue": [{"value": value} for value in held]}}
                for name, held in values.items()
            ]
        }
    }


def _linkable(bench: Bench) -> list[str]:
    record = bench.record(LINKABLE)
    return [record["id"], *str(record["others"]).split()]


def _free(bench: Bench, case: str) -> list[str]:
    """The cases that may be related to this one and are not."""
    related = set(_related(_case(bench, case)))
    return [id for id in _linkable(bench) if id not in related]


# What is shown


def _path(bench: Bench, role: str) -> dict[str, Any]:
    return {"ids": bench.record(role)["id"]}


def _case(bench: Bench, role: str) -> Shown:
    """The case as a read shows it whole; empty when it cannot be read, which other probes charge."""
    read = bench.call(READ, path=_path(bench, role), query={"$attribute": "all"})
    if not bench.operation(READ).succeeded(read.response.status, read.value):
        return {}
    shown: Shown = read.value["case"][0]
    return shown


def _display(bench: Bench, headers: Mapping[str, str]) -> tuple[Any, Any]:
    return _words(bench.call(READ, path=_path(bench, OPEN), headers=headers).value["case"][0])


def _words(shown: Shown) -> tuple[Any, Any]:
    """What a case has for people to read."""
    return shown["status"].get("displayValue"), shown["severity"].get("displayValue")


def _related(shown: Shown) -> list[str]:
    return [item["id"] for item in shown.get("relatedCases", {}).get("case", ())]


def _attributes_of(shown: Shown) -> dict[str, list[str]]:
    held = shown.get("customAttributes", {}).get("customAttribute", ())
    return {item["attribName"]: [value["value"] for value in item["attribValues"]["attribValue"]] for item in held}


def _later(before: Shown, after: Shown) -> bool:
    return _instant(after["lastModified"]) > _instant(before["lastModified"])


def _code(exchange: Exchange) -> str:
    return str(exchange.value.get("code", "")) if isinstance(exchange.value, dict) else ""


def _message(exchange: Exchange) -> str:
    return str(exchange.value.get("developerMessage", "")) if isinstance(exchange.value, dict) else ""


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _written(moment: datetime) -> str:
    """UTC with milliseconds and Z, as the page writes it."""
    return f"{moment.astimezone(UTC).isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
