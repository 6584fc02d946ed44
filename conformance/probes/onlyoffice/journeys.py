"""Journeys: one request after another about the same case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.crm import CLOSE, OPEN, REOPEN
from conformance.probes.onlyoffice.records import CONTACTS, PLAIN_PERSON, id_of, ids_of
from conformance.probes.onlyoffice.requests import ADD, REMOVE, WRITE, carried_out, titled
from conformance.probes.onlyoffice.states import State, state_of
from specs.contract import Contract


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of journeys."""
    yield Probe("update, add, update, remove", ADD, ("OC-04", "OO-61", "OO-65"), _contact_journey, (OPEN, *CONTACTS))
    yield Probe("close, update, reopen", CLOSE, ("OO-56", "OO-69"), _closing_journey, (OPEN, PLAIN_PERSON))


def _contact_journey(ctx: ProbeContext) -> None:
    person, plain, company, _ = ids_of(ctx, *CONTACTS)
    steps: list[tuple[str, str, dict[str, Any], list[int]]] = [
        ("OO-61", WRITE, {"body": titled(ctx, members=[plain])}, [plain]),
        ("OC-04", ADD, {"body": {"contactid": company}}, [plain, company]),
        ("OO-61", WRITE, {"body": titled(ctx)}, [plain, company]),
        ("OO-61", WRITE, {"body": titled(ctx, members=[person, company])}, [person, company]),
        ("OO-65", REMOVE, {"path": {"contactid": person}}, [company]),
        ("OO-65", REMOVE, {"path": {"contactid": person}}, [company]),
        ("OO-65", REMOVE, {"path": {"contactid": company}}, []),
    ]
    for statement, name, request, members in steps:
        if carried_out(ctx, statement, f"{name} on the way", {"members": members}, name=name, **request) is None:
            # What follows would start from another state.
            return


def _closing_journey(ctx: ProbeContext) -> None:
    contact = {"contactid": id_of(ctx, PLAIN_PERSON)}
    members = sorted({*(state_of(ctx, OPEN)["members"] or []), contact["contactid"]})
    steps: list[tuple[str, str, dict[str, Any], State]] = [
        ("OO-69", CLOSE, {}, {"closed": True}),
        ("OO-56", WRITE, {"body": titled(ctx)}, {"closed": True}),
        ("OO-72", ADD, {"body": contact}, {"closed": True, "members": members}),
        ("OO-69", CLOSE, {}, {"closed": True}),
        ("OO-69", REOPEN, {}, {"closed": False}),
        ("OO-56", WRITE, {"body": titled(ctx)}, {"closed": False}),
    ]
    for statement, name, request, wanted in steps:
        if carried_out(ctx, statement, f"{name} on the way", wanted, name=name, **request) is None:
            return
