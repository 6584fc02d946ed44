"""Why a fault of an opponent is not caught, where it is not."""

from __future__ import annotations

from collections.abc import Mapping

STOPPED = "the run stops with exit code 2 and names the record: the fault keeps it from being put back"

_LACKS = "what would show it gives the case what it lacks, and that cannot be taken away again"
_NO_RECORD = "the request names no record of the profile in the way in which ids are read, so it is not sent"
_OWNER = "what would show it gives the case away, and the next owner may be one whom it cannot be taken back from"
_UNREADABLE = "the related case is one that the reading user may not see, so the links could not be put back"
_PRIVATE = "whoever updates a private case joins its access list, which cannot be put back"

REASONS: Mapping[tuple[str, str], str] = {
    (
        "media-type-html",
        "",
    ): "HW-62 (a JSON object) and HTTP-05 are charged; by X-72 the printed spelling requires nothing",
    ("rescode-200", "reversible"): "the samples are charged, which print the code in the same answer",
    (
        "id-changed",
        "reversible",
    ): "the effect of the operation is charged: what is read under the id is not what was sent",
    ("caseinfo-optional", "reversible"): _NO_RECORD,
    ("id-optional", "reversible"): _NO_RECORD,
    ("extension-refused", "reversible"): _LACKS,
    ("extension-lost", "reversible"): _LACKS,
    ("attachment-lost", "reversible"): _LACKS,
    ("owner-lost", "reversible"): _OWNER,
    ("disabled-owner-accepted", "reversible"): _OWNER,
    ("unlicensed-owner-accepted", "reversible"): _OWNER,
    ("transfer-unchecked", "reversible"): _OWNER,
    ("transfer-to-self-refused", "reversible"): _OWNER,
    ("target-department-unchecked", "reversible"): _OWNER,
    ("foreign-target-refused", "reversible"): _OWNER,
    (
        "foreign-user-refused",
        "reversible",
    ): "its probe edits a case that the reading user may not see, too, and that could not be put back",
    ("half-written", "reversible"): _UNREADABLE,
    ("related-department-unchecked", "reversible"): _UNREADABLE,
    ("shared-related-refused", "reversible"): _UNREADABLE,
    ("sharing-without-activities-enough", "reversible"): _UNREADABLE,
    ("number-id-accepted", "reversible"): _NO_RECORD,
    ("unknown-id-accepted", "reversible"): _NO_RECORD,
    ("unknown-id-404", "reversible"): _NO_RECORD,
    ("missing-id-500", "reversible"): _NO_RECORD,
    ("status-member-accepted", "reversible"): "a member that no edit may set could not be set back, so it is not sent",
    ("updateCase-stays-public", "reversible"): _PRIVATE,
    ("updateCase-access-added", "reversible"): _PRIVATE,
    ("updateCase-first-user-only", "reversible"): _PRIVATE,
    ("updateCase-guid-lower-only", "reversible"): _PRIVATE,
    ("updateCase-notify-500", "reversible"): "a notification cannot be called back, so none is asked for",
    ("updateCase-fields-required", "reversible"): "the members that each request for it leaves out are charged",
    ("addCaseContact-other-spelling", "reversible"): "that the id is read in the body is charged (OC-21), as it is not",
}
"""By name of the fault and `writes` ("" for any of them); one that stopped has `STOPPED` unless it is here."""
