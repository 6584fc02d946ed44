"""Relations between cases: linked, unlinked, limited, and how a link is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.egain.bodies import UNKNOWN, Sent, address_of, related_cases
from conformance.probes.egain.cases import BARE, LINKABLE, OPEN, hidden, linkable, read_case, related_ids
from conformance.probes.egain.edits import EDIT, NOT_FOUND, edit_probe, edited, refused, shows
from specs.contract import Contract

ALMOST_FULL, FULL = "case.almost-full", "case.full"
MOST_RELATED = 75


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of relations."""
    yield edit_probe("link", ("EG-86",), _link, "case.other")
    yield edit_probe("unlink", ("EG-61", "EG-87"), _unlink, "case.related")
    yield edit_probe("unlink and link", ("D-18",), _unlink_then_link, "case.related", "case.other")
    beside = ("case.related", "case.other", LINKABLE)
    yield edit_probe("several links beside an unlink", ("EG-88", "EG-86", "EG-61"), _links_beside_unlink, *beside)
    yield edit_probe("related to itself", ("D-18",), _itself)
    yield edit_probe("related to an unknown case", ("EGF-20", "D-15"), _unknown_related)
    yield edit_probe("the 75th and the 76th", ("EG-60", "EG-13", "D-18"), _last_free_place, ALMOST_FULL, LINKABLE)
    yield edit_probe("a relation for a full case", ("EG-60", "EG-13"), _no_free_place, FULL, LINKABLE)
    yield edit_probe("75 relations and back", ("EG-12", "EG-60", "EG-61"), _many_at_once, BARE, LINKABLE)
    yield edit_probe("76 relations in one request", ("EG-12",), _too_many_at_once, BARE, LINKABLE)
    yield edit_probe("forms of a link", ("EGF-14", "EGF-24", "D-15"), _forms_of_links, "case.other")


def _link(ctx: ProbeContext) -> None:
    before = related_ids(read_case(ctx, OPEN))
    new = ctx.record("case.other")["id"]
    shown = edited(ctx, ["EG-86"], "relating another case", related_cases([new]))
    if shown is not None and not hidden("relatedCases", shown):
        shows(ctx, "EG-86", sorted(related_ids(shown)), sorted({*before, new}), "Related cases after link")


def _unlink(ctx: ProbeContext) -> None:
    gone = ctx.record("case.related")["id"]
    before = related_ids(read_case(ctx, OPEN))
    shown = edited(ctx, ["EG-61", "EG-87"], "removing a relation", related_cases(unlink=[gone]))
    if shown is not None and before:
        left = sorted({*before} - {gone})
        if shows(ctx, "EG-61", sorted(related_ids(shown)), left, "Related cases after unlink"):
            shows(ctx, "EG-87", gone in related_ids(shown), False, "Still related after unlink")


def _links_beside_unlink(ctx: ProbeContext) -> None:
    """Of what was related, what is removed goes and the rest stays; of what is added, all comes."""
    gone, other = (ctx.record(role)["id"] for role in ("case.related", "case.other"))
    before = related_ids(read_case(ctx, OPEN))
    new = list(dict.fromkeys([other, *_free(ctx, OPEN)[:2]]))
    sent = related_cases(new, [gone])
    shown = edited(ctx, ["EG-88", "EG-86"], "three cases to relate beside one to unrelate", sent)
    if shown is not None and not hidden("relatedCases", shown):
        expected = sorted({*before, *new} - {gone})
        shows(ctx, "EG-88", sorted(related_ids(shown)), expected, "Related cases after link and unlink")


def _unlink_then_link(ctx: ProbeContext) -> None:
    related, other = (ctx.record(role)["id"] for role in ("case.related", "case.other"))
    for sent, held, what in (
        (related_cases([related], [related]), {related}, "removing and adding the same relation"),
        (related_cases([other], [other]), {related, other}, "removing and adding a relation that was not there"),
        (related_cases([other]), {related, other}, "adding a relation that is there"),
        (related_cases([], [other, other]), {related}, "removing one relation twice"),
        (related_cases([], [other]), {related}, "removing a relation that is not there"),
    ):
        shown = edited(ctx, ["D-18"], what, sent)
        if shown is not None and not hidden("relatedCases", shown):
            shows(ctx, "D-18", sorted(related_ids(shown)), sorted(held), f"Related cases after {what}")


def _itself(ctx: ProbeContext) -> None:
    sent = related_cases([ctx.record(OPEN)["id"]])
    refused(ctx, ["D-18"], "relating a case to itself", sent, "400-152", "D-15")


def _unknown_related(ctx: ProbeContext) -> None:
    for sent in (related_cases([UNKNOWN]), related_cases([], [UNKNOWN])):
        what = f"{', '.join(sent['relatedCases'])} of a case that is not there"
        refused(ctx, ["EGF-20"], what, sent, NOT_FOUND, "D-15")


def _last_free_place(ctx: ProbeContext) -> None:
    """
    The 75th is taken, the 76th is not; at the limit one comes in for one that goes.

    What comes after the 75th is tried only where it was taken: a server that counts wrongly is wrong once.
    """
    free = _free(ctx, ALMOST_FULL)
    shown = edited(ctx, ["EG-60", "EG-13"], "a 75th relation", related_cases(free[:1]), case=ALMOST_FULL)
    if shown is None or hidden("relatedCases", shown):
        return
    related = related_ids(shown)
    full = len(related) == MOST_RELATED and free[0] in related
    if not shows(ctx, "EG-60", full, True, "The 75th relation is not there"):
        return
    _too_many(ctx, ["EG-60", "EG-13"], "a 76th relation", related_cases(free[1:2]), ALMOST_FULL)
    what = "one relation for another on a case with 75"
    swapped = edited(ctx, ["D-18"], what, related_cases(free[1:2], related[:1]), case=ALMOST_FULL)
    if swapped is not None:
        expected = sorted({*related[1:], free[1]})
        shows(ctx, "D-18", sorted(related_ids(swapped)), expected, "Related cases after one for another")
    what = "two relations for one on a case with 75"
    sent = related_cases(free[2:4], related[1:2])
    _too_many(ctx, ["EG-60", "EG-13"], what, sent, ALMOST_FULL)


def _no_free_place(ctx: ProbeContext) -> None:
    sent = related_cases(_free(ctx, FULL)[:1])
    _too_many(ctx, ["EG-60", "EG-13"], "a 76th relation", sent, FULL)


def _many_at_once(ctx: ProbeContext) -> None:
    """Up to the limit in two steps, back to nothing, and then the whole limit in one request."""
    free = _free(ctx, BARE)
    steps: tuple[tuple[str, Sent, Sequence[str]], ...] = (
        ("EG-12", related_cases(free[:74]), free[:74]),
        ("EG-60", related_cases(free[74:75]), free[:75]),
        ("EG-61", related_cases([], free[:75]), ()),
        ("EG-12", related_cases(free[:75]), free[:75]),
        ("EG-61", related_cases([], free[:75]), ()),
    )
    for statement, sent, expected in steps:
        counts = ", ".join(f"{name} {len(links)}" for name, links in sent["relatedCases"].items() if links)
        shown = edited(ctx, [statement], f"{counts} of 75 cases", sent, case=BARE)
        if shown is None or (expected and hidden("relatedCases", shown)):
            return
        if not shows(ctx, statement, sorted(related_ids(shown)), sorted(expected), f"Related cases after {counts}"):
            return


def _too_many_at_once(ctx: ProbeContext) -> None:
    sent = {"subject": "Casepact refused", **related_cases(_free(ctx, BARE)[:76])}
    _too_many(ctx, ["EG-12"], "76 cases to relate in one request", sent, BARE)


def _forms_of_links(ctx: ProbeContext) -> None:
    link = {"rel": "case", "href": address_of(ctx.record("case.other")["id"])}
    for statement, good, what in (
        ("EGF-14", {**link, "_default": True}, "a link with _default"),
        # Whether a word that names no kind of relation is taken for one, the vendor does not say.
        ("D-15", {**link, "rel": "a" * 50}, "a rel of 50 letters"),
    ):
        edited(ctx, [statement], what, {"relatedCases": {"link": [good]}})
    long = "x" * (1001 - len(link["href"])) + link["href"]
    for statement, bad, what, code in (
        ("EGF-14", {"rel": "case"}, "a link without href", "400-146"),
        ("EGF-14", {"href": link["href"]}, "a link without rel", "400-146"),
        ("EGF-14", {**link, "rel": "case-1"}, "a rel with other than letters", "400-152"),
        ("EGF-14", {**link, "rel": "a" * 51}, "a rel of 51 letters", "400-152"),
        ("EGF-14", {**link, "rel": 1}, "a rel that is a number", "400-152"),
        ("EGF-14", {**link, "href": long}, "an href of 1001 characters", "400-152"),
        ("EGF-14", {**link, "href": 1}, "an href that is a number", "400-152"),
        ("EGF-14", "case", "a link that is a text", "400-152"),
        # Of these the vendor says nothing.
        ("D-15", {**link, "_default": "yes"}, "a _default that is a text", "400-152"),
        ("EGF-24", {**link, "casepact": "x"}, "a link with an unknown member", "400-147"),
        ("D-15", {**link, "rel": ""}, "an empty rel", "400-152"),
        ("D-15", {**link, "href": "/core/casemgr/v3/activity/1"}, "an href of something else", "400-152"),
        ("D-15", {**link, "href": ""}, "an empty href", "400-152"),
    ):
        for name in ("link", "unlink"):
            sent = {"relatedCases": {name: [bad]}}
            refused(ctx, [statement], f"{what} ({name})", sent, code, "D-15")
    other = {"relatedCases": {"case": [{"id": ctx.record("case.other")["id"]}]}}
    refused(ctx, ["EGF-24"], "relations sent as an answer shows them", other, "400-147", "D-15")


def _too_many(ctx: ProbeContext, statements: Sequence[str], what: str, sent: Sent, case: str) -> None:
    """
    Promise that an edit is refused that would relate too many cases.

    That it is refused may be our choice (D-18); that a case never has more than 75 relations is the page's.
    """
    exchange = refused(ctx, statements, what, sent, "400-152", "D-15", case=case)
    if ctx.operation(EDIT).succeeded(exchange.response.status, exchange.value):
        count = len(related_ids(read_case(ctx, case)))
        for statement in ("EG-13", "EG-60"):
            shows(ctx, statement, max(count, MOST_RELATED), MOST_RELATED, f"Relations after {what}")


def _free(ctx: ProbeContext, case: str) -> list[str]:
    """The cases that may be related to this one and are not."""
    related = set(related_ids(read_case(ctx, case)))
    return [id for id in linkable(ctx) if id not in related]
