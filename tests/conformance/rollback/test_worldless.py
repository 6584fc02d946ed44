"""Projects of their own against servers without worlds: nobody honest is accused, and no broken one keeps its page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import Done, casepact
from tests.conformance.rollback.worldless import (
    TOKEN,
    Meanwhile,
    Records,
    help_desk,
    help_desk_profile,
    passes,
    stamping,
    stamping_profile,
    stamping_project,
    tickets,
)
from tests.servers import serving

OPTIONS = ("--quick", "--seed", "1", "-v")
RULE = ("-k", "void")
WAYS_TO_SAY = ["{}", '{"id": "STAMPS"}', '{"Id": ("void", "Stamps")}']


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new project to be changed."""
    monkeypatch.setenv("WORLDLESS_TOKEN", TOKEN)
    folder = tmp_path / "my-apis"
    assert casepact("init", str(folder)).code == 0
    return folder


def checked(project: Path, profile: str, *options: str) -> Done:
    """A run of the probes by a profile of the project."""
    reports = project / "reports"
    return casepact("check", "--target", profile, *OPTIONS, *options, cwd=project, reports=reports)


@pytest.mark.parametrize("writes", ["allowed", "reversible"])
def test_records_of_any_kind_are_put_back(mine: Path, writes: str) -> None:
    """The tickets are as they were, and all is verified; an id that is none (TK-6) is not sent where it might write."""
    records = tickets()
    with serving(help_desk(records)) as url:
        done = checked(mine, help_desk_profile(mine, url, writes))

    assert done.code == 0, done.out + done.err
    assert records == tickets()
    verified = {name for name, outcome in done.outcomes("helpdesk").items() if outcome == "verified"}
    assert {f"TK-{number}" for number in range(1, 12)} - verified <= {"TK-6"}, done.out


@pytest.mark.parametrize("writes", ["allowed", "reversible"])
def test_missing_rule_is_found_without_worlds(mine: Path, writes: str) -> None:
    """A help desk that changes closed tickets violates its page, and its tickets are put back nevertheless."""
    records = tickets()
    with serving(help_desk(records, closed_change=True)) as url:
        done = checked(mine, help_desk_profile(mine, url, writes), "-k", "closed")

    assert done.code == 1, done.out + done.err
    assert done.broken("helpdesk") == {"TK-9"}
    assert records == tickets()


@pytest.mark.parametrize("shown_as", WAYS_TO_SAY)
def test_honest_server_with_writes_for_good_is_not_accused(mine: Path, shown_as: str) -> None:
    """What the probe's own stamps change is no reason to accuse it, run after run, as long as there are spares."""
    stamping_project(mine, shown_as=shown_as)
    with serving(stamping(passes())) as url:
        runs = [checked(mine, stamping_profile(mine, url), *RULE) for _ in range(2)]

    assert [(run.code, run.outcomes("passes")["SP-2"]) for run in runs] == [(0, "verified")] * 2, runs[0].out


@pytest.mark.parametrize("shown_as", WAYS_TO_SAY)
@pytest.mark.parametrize("spare", ["3 4 5 6 7 8", "3"])
def test_missing_rule_is_found_though_the_probe_changes_its_records(mine: Path, shown_as: str, spare: str) -> None:
    """A server that stamps void passes too is found out, whatever its inverse says and however few spares are left."""
    stamping_project(mine, shown_as=shown_as)
    with serving(stamping(passes(), void_too=True)) as url:
        done = checked(mine, stamping_profile(mine, url, spare), *RULE)

    assert done.code == 1, done.out + done.err
    assert done.broken("passes") == {"SP-2"}


def once(act: Meanwhile, after: int) -> Meanwhile:
    """Somebody who does this once, after so many requests."""
    turns: Iterator[int] = iter(range(1, 1000))

    def meanwhile(records: Records) -> None:
        if next(turns) == after:
            act(records)

    return meanwhile


def voided(records: Records) -> None:
    """Every pass that is not stamped thrice is void from now on."""
    for item in records.values():
        item["void"] = True


def used_up(records: Records) -> None:
    """The passes that were stamped already are stamped until no stamp is left."""
    for item in records.values():
        item["stamps"] = 3 if item["stamps"] else 0


@pytest.mark.parametrize("shown_as", WAYS_TO_SAY[:2])
@pytest.mark.parametrize(
    "meanwhile", [once(voided, 1), once(voided, 2), once(used_up, 2)], ids=["voided", "voided late", "used up"]
)
def test_honest_server_is_not_accused_of_what_others_do(mine: Path, shown_as: str, meanwhile: Meanwhile) -> None:
    """Somebody else changes the passes between two requests of the probe; the run says that nothing was shown."""
    stamping_project(mine, shown_as=shown_as)
    records = passes()
    with serving(stamping(records, meanwhile=meanwhile)) as url:
        done = checked(mine, stamping_profile(mine, url), *RULE)

    assert done.code != 1, done.out + done.err
    assert done.broken("passes") == set()


def test_finding_that_is_dropped_is_reported_with_its_reason(mine: Path) -> None:
    """The statement is not exercised, since somebody else changed the record while the probe ran."""
    stamping_project(mine)
    with serving(stamping(passes(), meanwhile=once(voided, 1))) as url:
        done = checked(mine, stamping_profile(mine, url), *RULE)

    assert "not exercised: dropped: pass.open changed during the probe; it has True as /void (3)" in done.out
