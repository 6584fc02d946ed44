"""What is sent to edit a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from conformance.probes.context import ProbeContext
from conformance.probes.egain.cases import Shown

JSON, XML = "application/json", "application/xml"
UNKNOWN = "999999999"

Sent = Mapping[str, Any]

EDITED: Sent = {"subject": "Casepact"}


def body_of(before: Shown, sent: Sent, id: str = "") -> dict[str, Any]:
    """An edit of a case as it was just read; of the case of this id, at some moment, where it cannot be read."""
    seen = {"id": before.get("id", id), "lastModified": before.get("lastModified", "2015-07-30T13:07:40.000Z")}
    return {**seen, **sent}


def owned_by(ctx: ProbeContext, role: str) -> dict[str, Any]:
    """The case assigned to the user of this role."""
    return {"owner": {"user": {"id": ctx.record(role)["id"]}}}


def related_cases(link: Sequence[str] = (), unlink: Sequence[str] = ()) -> dict[str, Any]:
    """Relations to add and to remove, by the ids of the cases."""
    named = {"link": link, "unlink": unlink}
    return {
        "relatedCases": {
            name: [{"rel": "case", "href": address_of(id)} for id in ids] for name, ids in named.items() if ids
        }
    }


def address_of(id: str) -> str:
    """What a link to a case has for its address."""
    return f"/core/casemgr/v3/case/{id}"


def custom_attributes(values: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Custom attributes with these values, by name."""
    return {
        "customAttributes": {
            "customAttribute": [
                {"attribName": name, "attribValues": {"attribValue": [{"value": value} for value in held]}}
                for name, held in values.items()
            ]
        }
    }


def written(moment: datetime) -> str:
    """UTC with milliseconds and Z, as the page writes it."""
    return f"{moment.astimezone(UTC).isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
