"""Requests to AICC in a world that a probe steers."""

from __future__ import annotations

from conformance.probes.context import ProbeContext
from conformance.target.exchange import Exchange

READ, WRITE = "getCase", "modifyCase"


def read_case(within: ProbeContext, id: str) -> Exchange:
    """Ask for one case of AICC."""
    return within.call(READ, path={"id": id})


def send_untitled(within: ProbeContext) -> Exchange:
    """A change that breaks two statements: without a title, and with a description that is not text."""
    made = within.draft(WRITE).without_member("/caseInfo/title").with_member("/caseInfo/description", 7)
    return within.send(made, WRITE)
