"""What no schema can say of editing a case: what must hold, who may, the lock, relations, headers, error codes."""

from __future__ import annotations

from conformance.probes.egain import headers, lock, preconditions, reading, relations, rights, values

MAKERS = (
    preconditions.probes,
    rights.probes,
    lock.probes,
    relations.probes,
    values.probes,
    headers.probes,
    reading.probes,
)
"""The hand-written probes of eGain, by their ideas, in the order in which they run."""
