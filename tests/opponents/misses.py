"""Why a fault of an opponent is not caught, where it is not."""

from __future__ import annotations

from collections.abc import Mapping

_NEEDS_MORE = "under `reversible` the case keeps what it lacks, and nothing is sent that could not be taken away again"

REASONS: Mapping[tuple[str, str], str] = {
    (
        "media-type-html",
        "",
    ): "HW-62 (a JSON object) and HTTP-05 are charged; X-72 takes the printed spelling for nothing",
    ("caseinfo-optional", "reversible"): "a request that names no record is not sent",
    ("id-optional", "reversible"): "a request that names no record is not sent",
    ("priority-required", "reversible"): _NEEDS_MORE,
    ("attachment-required", "reversible"): _NEEDS_MORE,
    ("rescode-200", "reversible"): _NEEDS_MORE,
}
"""By name of the fault and `writes` ("" for any of them)."""
