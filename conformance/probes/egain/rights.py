"""Who may edit a case: actions, departments, permissions, scopes, client applications."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.egain.bodies import EDITED, JSON, body_of, owned_by, related_cases
from conformance.probes.egain.cases import BARE, OPEN, READ, hidden, path_to, read_case, related_ids
from conformance.probes.egain.edits import EDIT, assigned, edit_probe, edited, owner_probe, refused, says, shows
from conformance.target.needs import UnmetNeed
from specs.contract import Contract


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of who may edit a case."""
    foreign = ("case.foreign", "case.unreachable", "actor:visitor", "actor:outsider")
    related = ("case.other", "case.foreign", "case.shared", "case.half-shared", "case.unreachable")
    targets = ("user.untransferable", "user.disabled", "user.unlicensed", "user.elsewhere")
    application = ("actor:integration", "case.unpullable", "case.unreachable", *targets)
    yield edit_probe("action Edit", ("EG-14", "EGF-22"), _without_action, "actor:viewer")
    yield edit_probe("department of the case", ("EG-15", "EGF-22"), _department_of_the_case, *foreign)
    yield edit_probe("department that only shares its activities", ("EG-15",), _sharing_department, "case.shared")
    yield edit_probe("token of another tenant", ("EG-15",), _stranger, "actor:stranger")
    yield owner_probe("Transfer Activities", ("EG-16",), _transfer, "user.untransferable", "user.self", "user.other")
    yield owner_probe("department of the owner", ("EG-17",), _department_of_the_owner, "user.elsewhere", "user.foreign")
    yield owner_probe("owner at home", ("EG-17",), _owner_at_home, "user.other")
    yield edit_probe("Pull Activities", ("EG-18",), _pull, BARE, "case.pullable", "case.unpullable")
    yield edit_probe("department of the related case", ("EG-19",), _department_of_the_related, *related)
    yield edit_probe("scope of the token", ("EGF-4",), _scope, "actor:reader")
    yield edit_probe("type of the client application", ("EGF-7",), _application_type, "actor:webApplication")
    yield edit_probe("licence of the caller", ("EGF-10",), _licence, "actor:unlicensed")
    yield edit_probe("client application", ("EG-05", "EGF-10"), _client_application, "actor:integration")
    yield owner_probe("rights of a client application", ("D-38",), _rights_of_an_application, *application)
    yield edit_probe("token without its scheme", ("EGF-8", "EG-71", "EGF-6"), _without_scheme)
    unknown = edit_probe("unknown credential", ("EG-05", "EGF-8", "EG-71", "EGF-22"), _nobody)
    yield replace(unknown, unauthorized=True)


def _without_action(ctx: ProbeContext) -> None:
    _known(ctx, "viewer")
    what = "an edit by a user without the action Edit"
    refused(ctx, ["EG-14"], what, EDITED, "403-178", actor="viewer")
    edited(ctx, ["EG-14"], "an edit by a user with the action Edit", EDITED)


def _department_of_the_case(ctx: ProbeContext) -> None:
    edited(ctx, ["EG-15"], "an edit in the home department", EDITED)
    edited(ctx, ["EG-15"], "an edit where the user is a foreign user", EDITED, case="case.foreign")
    edited(ctx, ["EG-15"], "an edit by a user who is a foreign user there", EDITED, actor="visitor")
    what = "an edit in a department where the user does not work"
    if read_case(ctx, "case.unreachable", "outsider"):
        # Without its lastModified the edit would be refused for that. How it is refused where one sees none is open.
        refused(ctx, ["EG-15"], what, EDITED, case="case.unreachable", reader="outsider")
    refused(ctx, ["EG-15"], what, EDITED, "403-178", actor="outsider")


def _sharing_department(ctx: ProbeContext) -> None:
    """A case that is closed or somebody else's would be refused for that."""
    shown = read_case(ctx, "case.shared")
    owner, self_ = shown.get("owner", {}).get("user", {}).get("id"), ctx.target.api.records.get("user.self", {})
    if shown.get("status", {}).get("value") == "closed" or owner not in (None, self_.get("id")):
        raise UnmetNeed("needs a case.shared that is open, and owned by user.self or nobody")
    what = "an edit in a department that only shares its activities"
    refused(ctx, ["EG-15"], what, EDITED, "403-178", case="case.shared")
    edited(ctx, ["EG-15"], "the same edit in the home department", EDITED)


def _transfer(ctx: ProbeContext) -> None:
    what = "assigning without the permission Transfer Activities"
    refused(ctx, ["EG-16"], what, owned_by(ctx, "user.untransferable"), "403-178")
    assigned(ctx, "EG-16", "user.self", "assigning to oneself, which needs no permission")
    assigned(ctx, "EG-16", "user.other", "assigning with the permission Transfer Activities")
    _taken_over(ctx)


def _taken_over(ctx: ProbeContext) -> None:
    """Somebody else's case is assigned to oneself where it may be edited; by `user.other`, only some callers may."""
    if read_case(ctx, OPEN).get("owner", {}).get("user", {}).get("id") != ctx.record("user.other")["id"]:
        return
    edit = ctx.call(EDIT, media=JSON, body=body_of(read_case(ctx, OPEN), EDITED))
    if ctx.operation(EDIT).succeeded(edit.response.status, edit.value):
        assigned(ctx, "EG-16", "user.self", "assigning a case of somebody else to oneself")


def _department_of_the_owner(ctx: ProbeContext) -> None:
    what = "assigning to a user outside the department of the case"
    refused(ctx, ["EG-17"], what, owned_by(ctx, "user.elsewhere"), "403-178")
    assigned(ctx, "EG-17", "user.foreign", "assigning to a foreign user of the department")


def _owner_at_home(ctx: ProbeContext) -> None:
    assigned(ctx, "EG-17", "user.other", "assigning to a user at home in the department")


def _pull(ctx: ProbeContext) -> None:
    edited(ctx, ["EG-18"], "an edit of one's own case", EDITED)
    edited(ctx, ["EG-18"], "an edit of a case that nobody owns", EDITED, case=BARE)
    edited(ctx, ["EG-18"], "an edit with the permission Pull Activities", EDITED, case="case.pullable")
    what = "an edit without the permission Pull Activities on the owner"
    refused(ctx, ["EG-18"], what, EDITED, "403-178", case="case.unpullable")


def _department_of_the_related(ctx: ProbeContext) -> None:
    for role, where in (
        ("case.other", "the home department"),
        ("case.foreign", "a department where the user is a foreign user"),
        ("case.shared", "a department shared together with its activities"),
    ):
        _linked(ctx, "EG-19", role, f"relating a case of {where}")
    for role, where in (
        ("case.half-shared", "a department shared without its activities"),
        ("case.unreachable", "a department that is not shared"),
    ):
        sent = {"subject": "Casepact refused", **related_cases([ctx.record(role)["id"]])}
        refused(ctx, ["EG-19"], f"relating a case of {where}", sent, "403-178")


def _stranger(ctx: ProbeContext) -> None:
    """Whether such a token is taken for nobody's, or the case for one that is not there, the vendor does not say."""
    edited(ctx, ["EG-15"], "an edit in the home department", EDITED)
    refused(ctx, ["EG-15"], "an edit by a user of another tenant", EDITED, actor="stranger")


def _scope(ctx: ProbeContext) -> None:
    what = "an edit with a token for reading"
    refused(ctx, ["EGF-4"], what, EDITED, "403-178", "D-15", actor="reader")
    read = ctx.call(READ, path=path_to(ctx, OPEN), actor="reader")
    ctx.accepted(["EGF-4"], read, "reading with a token for reading")
    edited(ctx, ["EGF-4"], "an edit with a token for editing", EDITED)


def _application_type(ctx: ProbeContext) -> None:
    what = "a call through a client application that is not of the type API"
    exchange = refused(ctx, ["EGF-7"], what, EDITED, "403-178", "D-15", actor="webApplication")
    read = ctx.call(READ, path=path_to(ctx, OPEN), actor="webApplication")
    ctx.refused(["EGF-7"], read, what)
    for answer in (exchange, read):
        if not ctx.operation(answer.operation).succeeded(answer.response.status, answer.value):
            says(ctx, answer, "EGF-7", answer.response.status == 403, f"Refusal of {what}", "403", due=403)


def _licence(ctx: ProbeContext) -> None:
    what = "an edit by a user without a licence"
    refused(ctx, ["EGF-10"], what, EDITED, "403-178", "D-15", actor="unlicensed")
    edited(ctx, ["EGF-10"], "an edit by a user with a licence", EDITED)


def _client_application(ctx: ProbeContext) -> None:
    edited(ctx, ["EG-05", "EGF-10"], "an edit by a client application", EDITED, actor="integration")
    edited(ctx, ["EG-05"], "an edit by a user", EDITED)


def _rights_of_an_application(ctx: ProbeContext) -> None:
    for role in ("case.unpullable", "case.unreachable"):
        edited(ctx, ["D-38"], f"an edit of {role} by a client application", EDITED, case=role, actor="integration")
    far = related_cases([ctx.record("case.unreachable")["id"]])
    edited(ctx, ["D-38"], "relating a case out of reach, by a client application", far, actor="integration")
    assigned(ctx, "D-38", "user.untransferable", "assigning by a client application", actor="integration")
    # The page's rules about whom a case is assigned to are about the logged in user.
    for role in ("user.disabled", "user.unlicensed", "user.elsewhere"):
        what = f"assigning to {role} by a client application"
        refused(ctx, ["D-38"], what, owned_by(ctx, role), actor="integration")


def _nobody(ctx: ProbeContext) -> None:
    for header in (None, "", "Bearer", "Bearer casepact-unknown-token", "casepact-unknown-token", "Basic Y2FzZTpwYWN0"):
        what = f"the header Authorization {header!r}"
        headers = {} if header is None else {"Authorization": header}
        # Who sends nothing is known by neither of the two ways.
        statements = ["EGF-8"] if header else ["EG-05", "EGF-8"]
        refused(ctx, statements, what, EDITED, "401-101", actor=None, headers=headers)


def _without_scheme(ctx: ProbeContext) -> None:
    token = ctx.entry(ctx.contract.default_actor, "oAuthUser")
    edited(ctx, ["EGF-6"], "an edit with a token of the scheme Bearer", EDITED)
    headers = {"Authorization": token}
    refused(ctx, ["EGF-8"], "a token without the word Bearer", EDITED, "401-101", actor=None, headers=headers)


def _known(ctx: ProbeContext, actor: str) -> None:
    """Raise `UnmetNeed` unless the token of an actor is valid: the refusal of any other shows nothing of rights."""
    read = ctx.call(READ, path=path_to(ctx, OPEN), actor=actor)
    if read.response.status == 401:
        raise UnmetNeed(f"needs a valid token of actor {actor}; a read with it was answered 401")


def _linked(ctx: ProbeContext, statement: str, role: str, what: str) -> None:
    id = ctx.record(role)["id"]
    shown = edited(ctx, [statement], what, related_cases([id]))
    if shown is not None and not hidden("relatedCases", shown):
        shows(ctx, statement, id in related_ids(shown), True, f"Not related after {what}")
