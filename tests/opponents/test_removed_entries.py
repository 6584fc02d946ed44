"""A profile from which one entry was removed: what asks for it is not exercised, nothing crashes, nobody is accused."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.probes import probes_of
from conformance.target.needs import missing_needs
from conformance.target.profile import load_profile
from specs.loading import load_contract
from specs.roles import load_roles
from tests.opponents.judging import ROOT
from tests.opponents.profiles import profile
from tests.opponents.serving import opponent
from tests.opponents.ways import Ways

APIS = ("aicc", "egain", "onlyoffice", "r7office")


def entries(api: str) -> Iterator[tuple[str, ...]]:
    """Where each actor, credential, record and entry of a record stands in the profile of an opponent."""
    held = profile(api, "http://127.0.0.1", "allowed", Ways())[0]["apis"][api]
    for kind in ("actors", "records"):
        for role, members in held[kind].items():
            yield (kind, role)
            yield from ((kind, role, name) for name in members if (kind, name) != ("records", "id"))


def without(data: dict[str, Any], api: str, entry: tuple[str, ...]) -> dict[str, Any]:
    """The profile with one entry removed; an actor without any credential goes as a whole."""
    data = copy.deepcopy(data)
    node = data["apis"][api]
    for part in entry[:-1]:
        node = node[part]
    del node[entry[-1]]
    if entry[0] == "actors" and len(entry) == 3 and not node:
        del data["apis"][api]["actors"][entry[1]]
    return data


@pytest.mark.parametrize("api", APIS)
def test_each_entry_that_is_missing_is_a_need(api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A role that is removed is named by every probe that declares to need it.
    """
    data, variables = profile(api, "http://127.0.0.1", "allowed", Ways())
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    probes, roles = probes_of(load_contract(api)), load_roles(api)
    for entry in (entry for entry in entries(api) if len(entry) == 2):
        (tmp_path / "p.yaml").write_text(yaml.safe_dump(without(data, api, entry)))
        held = load_profile(str(tmp_path / "p.yaml")).apis[api]
        need = f"actor:{entry[1]}" if entry[0] == "actors" else entry[1]
        asking = [
            probe for probe in probes if any(item.partition(".")[0] == need or item == need for item in probe.needs)
        ]

        assert all(missing_needs(probe.needs, held, roles) for probe in asking)


@pytest.mark.slow
@pytest.mark.parametrize(("api", "entry"), [(api, entry) for api in APIS for entry in entries(api)])
def test_run_without_one_entry_ends_in_needs_only(api: str, entry: tuple[str, ...], tmp_path: Path) -> None:
    """
    Every probe runs against an honest opponent by a profile without one entry: no finding binds and no probe crashes.
    """
    with opponent(api) as url:
        data, variables = profile(api, url, "allowed", Ways())
        (tmp_path / "p.yaml").write_text(yaml.safe_dump(without(data, api, entry)))
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "conformance",
                "check",
                "--target",
                "p.yaml",
                "--quick",
                "--seed",
                "11",
                "--reports",
                "reports",
            ],
            cwd=tmp_path,
            env={**os.environ, **variables, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    assert done.returncode in (0, 4), done.stdout[-3000:] + done.stderr[-1000:]
    report = json.loads((tmp_path / "reports" / "report.json").read_text())
    assert not report["apis"][api]["crashed"]
