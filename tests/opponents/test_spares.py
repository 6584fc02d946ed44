"""Spare records of a profile: they stand in for those that are not as they must be, or that show a thing only once."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.opponents.judging import Judged, check, judged
from tests.opponents.profiles import profile
from tests.opponents.serving import opponent
from tests.opponents.ways import Ways

OPTIONS = ("--quick", "--seed", "3", "-k", "closeCase", "-v")


def with_closed_case_as_open(folder: Path, *, spare: bool) -> Judged:
    """A run by a profile whose open case somebody has closed meanwhile."""
    with opponent("r7office") as url:
        data, variables = profile("r7office", url, "allowed", Ways())
        records = data["apis"]["r7office"]["records"]
        records["case.open"] = {"id": records["case.closed"]["id"]}
        if not spare:
            del records["case.spare"]
        file = folder / "opponent.yaml"
        file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        return check(file, folder, variables, *OPTIONS)


def test_spare_stands_in_for_a_record_that_is_not_as_it_must_be(tmp_path: Path) -> None:
    """The probes run on the spare case, and say the same as on the open one."""
    run = with_closed_case_as_open(tmp_path, spare=True)

    assert (run.exit, run.violations) == (0, [])
    assert {"R7-04", "R7-51"} <= run.statements("verified")


def test_record_that_is_not_as_it_must_be_is_a_need_without_a_spare(tmp_path: Path) -> None:
    """Nothing is presumed of it, and nobody is accused."""
    run = with_closed_case_as_open(tmp_path, spare=False)

    assert run.violations == []
    assert "needs case.open open" in run.console


@pytest.mark.parametrize(("fault", "title"), [("closeCase-late", "Not done: /isClosed")])
def test_what_each_record_shows_once_is_found_on_three(fault: str, title: str, tmp_path: Path) -> None:
    """A server that does only at the second time what it says is found out on the spare cases."""
    with opponent("r7office", Ways(), fault) as url:
        run = judged("r7office", url, "allowed", Ways(), tmp_path, *OPTIONS)

    assert run.exit == 1
    assert [line for line in run.violations if title in line and "each time on other records" in line]
