"""What must hold before a case is edited: of the case, of what is sent, and of whom it is assigned to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.egain.bodies import EDITED, UNKNOWN, Sent, custom_attributes, owned_by, related_cases
from conformance.probes.egain.cases import OPEN, read_case
from conformance.probes.egain.edits import NOT_FOUND, assigned, edit_probe, edited, owner_probe, refused, shows
from conformance.target.errors import WriteForbidden
from specs.contract import Contract


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of what must hold before an edit."""
    element = ("case.other", "user.other", "attribute.options")
    yield edit_probe("unknown case", ("EG-07", "EGF-20"), _unknown_case)
    yield edit_probe("id of another form", ("EG-07", "EG-34", "D-23"), _near_id)
    yield edit_probe("closed case", ("EG-08", "EGF-23"), _closed_case, "case.closed", *element)
    yield edit_probe("nothing to edit", ("EG-09", "D-22"), _nothing_to_edit)
    yield owner_probe("one element alone", ("EG-09", "D-21"), _one_element, *element)
    for statement, role in (("EG-10", "user.disabled"), ("EG-11", "user.unlicensed")):
        yield owner_probe(f"assigned to {role}", (statement,), _target(statement, role), role, "user.other")
    yield owner_probe("assigned to nobody", ("EGF-12", "D-15"), _no_user)


def _unknown_case(ctx: ProbeContext) -> None:
    what = "an edit of a case that does not exist"
    refused(ctx, ["EG-07"], what, {"id": UNKNOWN, "subject": "Casepact"}, "400-194")
    edited(ctx, ["EG-07"], "an edit of a case that exists", EDITED)


def _near_id(ctx: ProbeContext) -> None:
    id = ctx.record(OPEN)["id"]
    # That these are not other spellings of the same id is our reading.
    for statement, near in (
        *(("D-23", near) for near in (f"0{id}", f" {id}", f"{id}.0")),
        *(("EG-07", none) for none in ("abc", "", "9" * 19, "9" * 400)),
    ):
        what = f"an edit of the case {near[:24]!r}"
        refused(ctx, [statement], what, {"id": near, "subject": "Casepact"}, "400-194", "D-23")
    if id.isdecimal():
        sent = {"id": int(id), "subject": "Casepact"}
        refused(ctx, ["EG-34"], "an id that is a number", sent, "400-152", "D-15")


def _closed_case(ctx: ProbeContext) -> None:
    edited(ctx, ["EG-08"], "an edit of an open case", EDITED)
    for sent in _each_element(ctx):
        what = f"an edit of a closed case ({', '.join(sent)})"
        with suppress(WriteForbidden):  # What this element does not allow, the others may.
            refused(ctx, ["EG-08"], what, sent, "400-253", case="case.closed")


def _nothing_to_edit(ctx: ProbeContext) -> None:
    refused(ctx, ["EG-09", "D-22"], "an edit without anything to edit", {}, "400-146", "D-22")


def _one_element(ctx: ProbeContext) -> None:
    for sent in _each_element(ctx):
        before, shown = read_case(ctx, OPEN), None
        with suppress(WriteForbidden):
            shown = edited(ctx, ["EG-09"], f"an edit of {', '.join(sent)} alone", sent)
        if shown is not None:
            moved = {*sent, "lastModified", "lastModifiedBy", "userLastWorked"}
            changed = sorted(name for name in (before.keys() | shown) - moved if before.get(name) != shown.get(name))
            shows(ctx, "D-21", changed, [], "Elements that were not sent changed")


def _target(statement: str, role: str) -> Callable[[ProbeContext], None]:
    """Whom the case is assigned to must not be like this user; like another one, who may."""

    def run(ctx: ProbeContext) -> None:
        refused(ctx, [statement], f"assigning to {role}", owned_by(ctx, role), "400-152", "D-15")
        assigned(ctx, statement, "user.other", "assigning to an enabled user with a licence")

    return run


def _no_user(ctx: ProbeContext) -> None:
    for id in ("", UNKNOWN):
        sent = {"owner": {"user": {"id": id}}}
        refused(ctx, ["EGF-12"], f"assigning to the user {id!r}", sent, NOT_FOUND, "D-15")


def _each_element(ctx: ProbeContext) -> Iterator[Sent]:
    """Every element that may be sent, each alone; the owner last, who may forbid later edits."""
    for name in ("subject", "description", "solution"):
        yield {name: f"Casepact {name}"}
    yield {"dueDate": "2098-01-31T12:00:00.000Z"}
    yield {"severity": {"value": "high"}}
    yield related_cases([ctx.record("case.other")["id"]])
    attribute = ctx.record("attribute.options")
    yield custom_attributes({attribute["id"]: [attribute["one"]]})
    yield owned_by(ctx, "user.other")
