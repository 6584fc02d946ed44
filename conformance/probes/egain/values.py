"""Values of an edit: due dates, removal, null, custom attributes, members and bodies that are not edits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.egain.bodies import EDITED, JSON, XML, Sent, body_of, custom_attributes, written
from conformance.probes.egain.cases import BARE, OPEN, READ, Shown, hidden, instant, read_case
from conformance.probes.egain.edits import EDIT, edit_probe, edited, refused, refused_as_is, shows
from conformance.target.errors import WriteForbidden
from conformance.target.exchange import FORM
from specs.contract import Contract


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of values."""
    read_only = ("EG-33", "EG-45", "EGF-18", "EGF-24")
    attributes = ("attribute.options", "attribute.text")
    yield edit_probe("due date past and future", ("EG-42", "EGF-17"), _due_date)
    yield edit_probe("due date that is none", ("EG-40", "EGF-20"), _no_date)
    yield edit_probe("due date kept and removed", ("EG-43", "EGF-16", "EGF-17", "D-17", "D-21"), _due_date_removed)
    yield edit_probe("text removed", ("EG-67", "D-17"), _text_removed)
    yield edit_probe("null", ("EG-68", "D-17"), _null)
    yield edit_probe("custom attributes", ("EG-64", "EGF-15", "EGF-16"), _attributes, *attributes)
    wrong = ("EG-64", "EGF-15", "EGF-24", "D-15")
    yield edit_probe("wrong custom attributes", wrong, _wrong_attributes, "attribute.options")
    yield edit_probe("members that cannot be edited", read_only, _members_that_cannot_be_edited, "user.other")
    yield replace(edit_probe("status, which can only be read", ("EGF-18", "EG-33"), _status_stays), spends=(OPEN,))
    yield edit_probe("characters beyond the basic plane", ("EG-49", "EG-52", "EG-55"), _emoji)
    yield edit_probe("a case with nothing optional", ("EG-33",), _bare, BARE, "attribute.text")
    bodies = ("EG-04", "EG-32", "EG-35", "EG-37", "EGF-20", "D-23", "D-24")
    yield edit_probe("bodies that are not edits", bodies, _bodies, "case.other")


def _due_date(ctx: ProbeContext) -> None:
    shown = edited(ctx, ["EG-42"], "a due date at the end of the century", {"dueDate": "2099-12-31T23:59:59.000Z"})
    if shown is None:
        return
    # The moment of the last edit, by the server's own clock.
    now = instant(shown["lastModified"])
    for moment in (now, now - timedelta(seconds=1), now - timedelta(days=1), now - timedelta(days=365)):
        sent = {"dueDate": written(moment)}
        refused(ctx, ["EG-42", "EGF-17"], "a due date that has passed", sent, "400-152")
    east = timezone(timedelta(hours=14))
    for text in (
        written(now + timedelta(hours=1)),
        written(now + timedelta(days=365)),
        # Its date has an offset: by its digits it would be past, or future only just.
        (now + timedelta(hours=1)).astimezone(timezone(-timedelta(hours=12))).isoformat(timespec="milliseconds"),
        (now + timedelta(days=1)).astimezone(east).isoformat(timespec="seconds"),
    ):
        edited(ctx, ["EG-42", "EGF-17"], "a due date in the future", {"dueDate": text})
    sent = {"dueDate": (now - timedelta(hours=1)).astimezone(east).isoformat(timespec="milliseconds")}
    refused(ctx, ["EG-42"], "a due date that has passed, in a zone where its digits are ahead", sent, "400-152")


def _no_date(ctx: ProbeContext) -> None:
    days = ("2095-11-30", "30.11.2095 18:30", "2095-02-30T00:00:00Z", "2095-11-30T18:30:00")
    values: tuple[Any, ...] = (*days, "soon", " ", 4102444800, True, [])
    for value in values:
        refused(ctx, ["EG-40"], f"the due date {value!r}", {"dueDate": value}, "400-152")


def _due_date_removed(ctx: ProbeContext) -> None:
    dated = edited(ctx, ["EG-43"], "a due date in the future", {"dueDate": "2099-12-31T23:59:59.000Z"})
    if dated is None:
        return
    kept = edited(ctx, ["D-21"], "an edit without the due date", EDITED)
    if kept is not None:
        shows(ctx, "D-21", kept.get("dueDate"), dated.get("dueDate"), "A due date that was not sent changed")
    emptied = edited(ctx, ["EGF-17", "D-17", "EGF-16"], "an empty due date", {"dueDate": ""})
    if emptied is not None:
        for statement in ("EGF-17", "D-17", "EGF-16"):
            if not shows(ctx, statement, emptied.get("dueDate") or None, None, "The due date was not removed"):
                return


def _text_removed(ctx: ProbeContext) -> None:
    for name in ("subject", "description", "solution"):
        if edited(ctx, ["EG-67"], f"a {name}", {name: "Casepact"}) is None:
            return
        shown = edited(ctx, ["EG-67", "D-17"], f"an empty {name}", {name: ""}, stored=["EG-67"])
        if shown is not None and shows(ctx, "EG-67", shown.get(name) or None, None, f"{name} was not removed"):
            shows(ctx, "D-17", shown.get(name) or None, None, f"{name} was not removed")


def _null(ctx: ProbeContext) -> None:
    for name in ("subject", "description", "solution"):
        refused(ctx, ["EG-68", "D-17"], f"a {name} of null", {name: None}, "400-152", "D-17")
    refused(ctx, ["D-17"], "a due date of null", {"dueDate": None}, "400-152", "D-17")


def _attributes(ctx: ProbeContext) -> None:
    attribute, record = ctx.record("attribute.options"), ctx.record("attribute.text")
    text, name, before = record["id"], attribute["id"], _attributes_of(read_case(ctx, OPEN))
    values: tuple[tuple[dict[str, list[str]], str], ...] = (
        ({name: [attribute["one"]]}, "an option of an enumeration"),
        ({name: [attribute["another"]]}, "another option"),
        ({text: ["Casepact é界😀"]}, "a text"),
        ({name: [attribute["one"]], text: ["x"]}, "two attributes"),
    )
    if record.get("several") is True:
        # An attribute that was configured for one value need not take two.
        values = (*values, ({text: ["one", "two"]}, "two values"))
    for sent, what in values:
        shown = edited(ctx, ["EG-64", "EGF-15"], f"a custom attribute with {what}", custom_attributes(sent))
        if shown is None:
            return
        if not before and hidden("customAttributes", shown):
            return
        before = {**before, **sent}
        if not shows(ctx, "EG-64", _attributes_of(shown), before, f"Custom attributes after {what}"):
            return
    shown = edited(ctx, ["EGF-16"], "an empty custom attribute", custom_attributes({name: [""]}))
    if shown is not None:
        held = [value for value in _attributes_of(shown).get(name, ()) if value]
        shows(ctx, "EGF-16", held, [], "A custom attribute was not removed")


def _wrong_attributes(ctx: ProbeContext) -> None:
    name = ctx.record("attribute.options")["id"]
    sent = custom_attributes({"casepact_unknown": ["5"]})
    refused(ctx, ["EG-64"], "a custom attribute that is not configured", sent, "400-152", "D-15")
    near = custom_attributes({name.upper(): [ctx.record("attribute.options")["one"]]})
    refused(ctx, ["D-15"], "a custom attribute in capitals", near, "400-152", "D-15")
    sent = custom_attributes({name: ["casepact"]})
    refused(ctx, ["EGF-15"], "a value that is not an option of the enumeration", sent, "400-152")
    value = {"value": ctx.record("attribute.options")["one"]}
    good = {"attribName": name, "attribValues": {"attribValue": [value]}}

    def holding(held: Any) -> list[Any]:
        return [{**good, "attribValues": held}]

    for statement, items, what, code in (
        ("EGF-15", [], "an empty list of custom attributes", "400-152"),
        ("EGF-15", ["x"], "a custom attribute that is a text", "400-152"),
        ("EGF-15", [{**good, "attribName": 5}], "an attribName that is a number", "400-152"),
        ("EGF-15", holding([]), "attribValues that are a list", "400-152"),
        ("EGF-15", holding({"attribValue": []}), "a custom attribute without a value", "400-152"),
        ("EGF-15", holding({"attribValue": value}), "an attribValue that is not a list", "400-152"),
        ("EGF-15", holding({"attribValue": [{"value": 5}]}), "a value that is a number", "400-152"),
        ("EGF-15", holding({"attribValue": ["5"]}), "a value that is bare", "400-152"),
        ("EGF-15", [{"attribName": name}], "a custom attribute without attribValues", "400-146"),
        ("EGF-15", [{"attribValues": good["attribValues"]}], "a custom attribute without attribName", "400-146"),
        # Of these the vendor says nothing.
        ("D-15", holding({}), "attribValues without attribValue", "400-146"),
        ("D-15", holding({"attribValue": [{}]}), "a value without value", "400-146"),
        ("EGF-24", [{**good, "casepact": "x"}], "a custom attribute with an unknown member", "400-147"),
        ("EGF-24", holding({"attribValue": [value], "x": 1}), "attribValues with an unknown member", "400-147"),
        ("EGF-24", holding({"attribValue": [{**value, "x": 1}]}), "a value with an unknown member", "400-147"),
    ):
        sent = {"customAttributes": {"customAttribute": items}}
        refused(ctx, [statement], what, sent, code, "D-15")


def _members_that_cannot_be_edited(ctx: ProbeContext) -> None:
    user = {"user": {"id": ctx.record("user.other")["id"]}}
    for name, value in (
        ("created", "2015-07-01T08:13:00.000Z"),
        ("createdBy", user),
        ("link", []),
        ("activities", {}),
        ("lastModifiedBy", user),
        ("department", {"id": "1000"}),
        ("status", {"value": "open"}),
        ("customer", {"id": "1201"}),
        ("originatingChannel", "Email"),
        ("userLastWorked", user),
        ("notes", []),
    ):
        refused(ctx, ["EGF-18"], f"the member {name}, which can only be read", {name: value, **EDITED}, "400-147")
    for name in ("casepact", "Subject", "last_modified", "lastClosed"):
        sent = {name: "2015-07-01T08:13:00.000Z", "subject": "Casepact"}
        refused(ctx, ["EG-33"], f"the member {name}, which is none of those that may be sent", sent, "400-147")
    for owner, what in (
        ({**user, "folder": {}}, "a member of owner other than user"),
        ({"user": {**user["user"], "firstName": "Casepact"}}, "a member of owner.user other than id"),
    ):
        refused(ctx, ["EG-45"], what, {"owner": owner}, "400-147")
    severity = {"value": "high", "displayValue": "High"}
    refused(ctx, ["EGF-24"], "displayValue, which is shown only", {"severity": severity}, "400-147")


def _status_stays(ctx: ProbeContext) -> None:
    """Whether it is refused may be our choice (D-15); that it is not written is the vendor's."""
    sent = {"status": {"value": "closed"}, **EDITED}
    exchange = refused(ctx, ["EGF-18"], "the member status, which can only be read", sent, "400-147")
    if ctx.operation(EDIT).succeeded(exchange.response.status, exchange.value):
        shown = read_case(ctx, OPEN).get("status", {}).get("value", "open")
        for statement in ("EG-33", "EGF-18"):
            shows(ctx, statement, shown, "open", "A member that can only be read was written")


def _emoji(ctx: ProbeContext) -> None:
    for name, statement in (("subject", "EG-49"), ("description", "EG-52"), ("solution", "EG-55")):
        edited(ctx, [statement], f"a {name} beyond the basic plane", {name: "Casepact 😀 𐍈 🎉"})


def _bare(ctx: ProbeContext) -> None:
    """What a case never had can be given to it, and taken away."""
    text = ctx.record("attribute.text")["id"]
    for sent in (
        *({name: ""} for name in ("description", "solution", "dueDate")),
        *({name: f"Casepact {name}"} for name in ("subject", "description", "solution")),
        {"dueDate": "2098-01-31T12:00:00.000Z"},
        custom_attributes({text: ["Casepact"]}),
        {"severity": {"value": "low"}},
    ):
        with suppress(WriteForbidden):  # A severity cannot be taken away again.
            edited(ctx, ["EG-33"], f"an edit of {', '.join(sent)} of a case with nothing optional", sent, case=BARE)


def _bodies(ctx: ProbeContext) -> None:
    before = read_case(ctx, OPEN)
    good = body_of(before, EDITED)
    two = [good, body_of(read_case(ctx, "case.other"), EDITED)]
    for body, what in ((two, "a list of two cases"), ([good], "a list of one case")):
        answer = refused_as_is(ctx, ["EG-04"], what, "400-152", "D-23", media=JSON, body=body)
        if body is two and ctx.operation(EDIT).succeeded(answer.response.status, answer.value):
            # What becomes of a list the page does not say; that it changes two cases is against it.
            both = [sent for sent in two if _moved_since(ctx, sent)] == two
            shows(ctx, "EG-04", both, False, "One call changed two cases")
    for name, statement in (("lastModified", "EG-37"), ("id", "EG-35")):
        rest = {key: value for key, value in good.items() if key != name}
        refused_as_is(ctx, [statement, "EG-32"], f"a body without {name}", "400-146", media=JSON, body=rest)
    refused_as_is(ctx, ["EG-32", "EG-35"], "a body without members", "400-146", media=JSON, body={})
    for raw, media, what in (
        (b'{"id": ', JSON, "a body that cannot be read"),
        (b'"1013"', JSON, "a body that is a text"),
        (b'{"id": "' + b"1" * 2**21 + b'"}', JSON, "a body of 2 MiB"),
        (b"id=1013&subject=Casepact", FORM, "a form"),
        (b"some text", "text/plain", "a text"),
    ):
        refused_as_is(ctx, ["D-23"], what, "400-152", "D-23", media=media, raw=raw)
    xml = f"<case><id>{good['id']}</id><lastModified>{good['lastModified']}</lastModified></case>"
    refused_as_is(ctx, ["D-24"], "a body of XML", "400-152", "D-23", media=XML, raw=xml.encode())
    refused_as_is(ctx, ["EG-04"], "an empty list", "400-152", "D-23", media=JSON, body=[])
    refused_as_is(ctx, ["EGF-20"], "no body", "400-264", media=JSON, raw=b"")
    after = read_case(ctx, OPEN)
    shows(ctx, "D-23", after, before, "A refused request changed the case")


def _moved_since(ctx: ProbeContext, sent: Sent) -> bool:
    """Whether a case was edited since it looked like this."""
    read = ctx.call(READ, path={"ids": sent["id"]})
    shown = ctx.operation(READ).succeeded(read.response.status, read.value)
    return shown and read.value["case"][0].get("lastModified") != sent["lastModified"]


def _attributes_of(shown: Shown) -> dict[str, list[str]]:
    held = shown.get("customAttributes", {}).get("customAttribute", ())
    return {item["attribName"]: [value["value"] for value in item["attribValues"]["attribValue"]] for item in held}
