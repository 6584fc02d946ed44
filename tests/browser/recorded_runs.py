"""
Runs whose reports the browser opens: of the mock, which keeps all, and of servers that break several things.

The broken ones ran twice, the first time with other faults, so that something is new and something gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import yaml

from specs.source import FIXTURES
from tests import broken_answers, broken_egain, broken_onlyoffice, broken_servers
from tests.broken_servers import Liar
from tests.commands import Done, casepact
from tests.servers import serving

LIARS: Mapping[str, Liar] = {
    **broken_servers.LIARS,
    **broken_onlyoffice.LIARS,
    **broken_egain.LIARS,
    **broken_answers.LIARS,
}
BEFORE = (
    "AICC answers 0 as a number",
    "eGain takes a stale lock",
    "ONLYOFFICE merges custom fields",
    "R7 leaves customFields out",
)
NOW = (
    "AICC refuses é and misspells caseNo",
    "eGain takes a stale lock",
    "ONLYOFFICE merges custom fields",
    "R7 leaves customFields out",
)
PROBED = ("--quick", "--seed", "7", "-n", "2", "-k", "not generated")
WAIVERS = [{"statement": "EGF-21", "reason": "Fixed in 4.2.", "owner": "service desk", "until": "2099-01-31"}]


def kept(folder: Path) -> Path:
    """The folder with the reports of a run of the mock."""
    return _reported(casepact("check", *PROBED, reports=folder / "mock"), 0, folder / "mock")


def violated(folder: Path) -> Path:
    """The folder with the reports of a run of broken servers."""
    reports = folder / "staging"
    for names in (BEFORE, NOW):
        with ExitStack() as running:
            urls = {
                LIARS[name].api: f"{running.enter_context(serving(LIARS[name].app()))}/{LIARS[name].api}"
                for name in names
            }
            profile = _profile(folder, urls)
            done = casepact("check", "--target", str(profile), *PROBED, reports=reports, cwd=folder)
        _reported(done, 1, reports)
    return reports


def _reported(done: Done, code: int, reports: Path) -> Path:
    if done.code != code:
        raise RuntimeError(f"the run ended with {done.code} instead of {code}:\n{done.out}{done.err}")
    return reports


def _profile(folder: Path, urls: Mapping[str, str]) -> Path:
    """The profile of the mock with other addresses, and with waivers."""
    profile = yaml.safe_load((FIXTURES / "targets" / "mock.yaml").read_text(encoding="utf-8"))
    profile["apis"] = {name: {**profile["apis"][name], "url": url} for name, url in urls.items()}
    profile |= {"summary": "The staging system of the service desk.", "waivers": WAIVERS}
    file = folder / "staging.yaml"
    file.write_text(yaml.safe_dump(profile), encoding="utf-8")
    return file
