"""What a mock serves, as all mocks on the same worlds have to agree on it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from mock_server.worlds.records import Records
from mock_server.worlds.shared.fields import FORMAT
from specs.contract import Contract
from specs.shortening import listed
from specs.version import installed_version


def about(contracts: Mapping[str, Contract], seeds: Mapping[str, Records], seed: int) -> bytes:
    """
    The format of worlds, the version of casepact, and of each API the digest of its contract and fixtures.

    The records of a foreign document follow from it and from the number `seed`.
    """
    digests = {}
    for api, contract in contracts.items():
        start: Any = seed
        if contract.dialect.modelled:
            actors = [[actor.name, actor.attributes, actor.credentials] for actor in seeds[api].actors.values()]
            start = [actors, seeds[api].snapshot()]
        text = json.dumps([contract.edition, contract.document, start], sort_keys=True, default=_plain)
        digests[api] = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    said = {"format": FORMAT, "version": installed_version(), "apis": digests}
    return json.dumps(said, sort_keys=True).encode()


def difference(ours: bytes, theirs: bytes) -> str:
    """How what others say of themselves differs from what we say, as the end of a sentence."""
    mine = json.loads(ours)
    try:
        found = json.loads(theirs)
        apis, version, format = dict(found["apis"]), str(found["version"]), found["format"]
    except (ValueError, KeyError, TypeError):
        return "by something that this version does not know"
    if format != mine["format"]:
        return f"by casepact {version[:40]}, which keeps them in another format"
    if version != mine["version"]:
        return f"by casepact {version[:40]}; this is {mine['version']}"
    names = sorted(name for name in {*apis, *mine["apis"]} if apis.get(name) != mine["apis"].get(name))
    return f"with another contract or other fixtures of {listed(names)}"


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
