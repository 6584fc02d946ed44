"""The records that requests name, by role."""

from __future__ import annotations

from typing import Any

from conformance.probes.context import ProbeContext
from conformance.probes.crm import OPEN, PRIVATE

CLOSED, FULL = "case.closed", "case.full"
UNKNOWN_CONTACT = 2_000_000_007

PERSON, PLAIN_PERSON = "contact.person", "contact.plain-person"
COMPANY, PLAIN_COMPANY = "contact.company", "contact.plain-company"
HIDDEN, READ_ONLY = "contact.hidden", "contact.read-only"
CONTACTS = (PERSON, PLAIN_PERSON, COMPANY, PLAIN_COMPANY)
FIELDS = ("field.text", "field.date", "field.heading", "field.of-contacts")
USERS = ("user.creator", "user.colleague", "user.outsider")
ACTORS = ("actor:admin", "actor:creator", "actor:colleague", "actor:outsider")
RIGHTS = (OPEN, PRIVATE, *USERS, *ACTORS)


def id_of(ctx: ProbeContext, role: str) -> Any:
    """The id of the record of this role."""
    return ctx.record(role)["id"]


def ids_of(ctx: ProbeContext, *roles: str) -> list[Any]:
    """The ids of the records of these roles."""
    return [id_of(ctx, role) for role in roles]


def path_to(ctx: ProbeContext, role: str) -> dict[str, Any]:
    """The path parameters that name the case of this role."""
    return {"caseid": id_of(ctx, role)}
