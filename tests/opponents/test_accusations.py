"""Servers that were accused although they keep the pages: each of these runs once ended with violations or a crash."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.mocks import mock_process
from tests.opponents.judging import ROOT, check, judged
from tests.opponents.profiles import profile
from tests.opponents.serving import opponent
from tests.opponents.ways import Ways

APIS = ("aicc", "egain", "onlyoffice", "r7office")


@contextmanager
def mock_as_any_server(api: str, folder: Path) -> Iterator[Path]:
    """A fresh mock of ours, and a profile of it as a team would write one: the fixtures' records, and no worlds."""
    data = yaml.safe_load((ROOT / "fixtures" / "targets" / "mock.yaml").read_text(encoding="utf-8"))
    with mock_process(folder, "--api", api) as mock:
        url = f"http://127.0.0.1:{mock.port}/{api}"
        data |= {"worlds": False, "writes": "allowed", "apis": {api: {**data["apis"][api], "url": url}}}
        (folder / "any.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
        yield folder / "any.yaml"


@pytest.mark.parametrize("api", [pytest.param(api, marks=() if api == "egain" else pytest.mark.slow) for api in APIS])
def test_mock_without_its_worlds_is_honest_twice_in_a_row(api: str, tmp_path: Path) -> None:
    """
    Our own mock, used as a team's server would be, is accused by neither of two runs, which say the same.
    """
    with mock_as_any_server(api, tmp_path) as file:
        first, second = (check(file, tmp_path / name, {}, "--quick", "--seed", "3") for name in ("1", "2"))

    assert (first.exit, first.violations, second.exit, second.violations) == (0, [], 0, [])
    assert first.count("verified") == second.count("verified")


@pytest.mark.parametrize("api", APIS)
def test_opponent_is_not_accused(api: str, tmp_path: Path) -> None:
    """
    A server that shares nothing with our mock, also one that answers a failed login with 500, is accused by nobody.
    """
    with opponent(api) as url:
        run = judged(api, url, "allowed", Ways(), tmp_path, "--quick", "--seed", "3")

    assert (run.exit, run.violations) == (0, [])


@pytest.mark.slow
@pytest.mark.parametrize("api", APIS)
def test_opponent_is_not_accused_by_a_second_run(api: str, tmp_path: Path) -> None:
    """
    What the first run wrote is put back, so that the second one finds nothing else.
    """
    with opponent(api) as url:
        runs = [judged(api, url, "allowed", Ways(), tmp_path / name, "--quick", "--seed", "3") for name in ("1", "2")]

    assert [(run.exit, run.violations) for run in runs] == [(0, []), (0, [])]


def test_member_that_cannot_be_put_back_is_not_left_out_where_it_is_required(tmp_path: Path) -> None:
    """
    Where reads do not show the description nothing is written without it, and nobody is accused for refusing that.
    """
    ways = Ways(hides_optional=True)
    with opponent("aicc", ways) as url:
        run = judged("aicc", url, "reversible", ways, tmp_path, "--quick", "--seed", "3")

    assert (run.exit in (0, 4), run.violations) == (True, [])


@pytest.mark.parametrize(
    ("api", "actor", "entry"),
    [("r7office", "admin", "userName"), ("onlyoffice", "admin", "userName"), ("aicc", "client", "clientId")],
)
def test_actor_without_a_name_is_a_need(api: str, actor: str, entry: str, tmp_path: Path) -> None:
    """
    What probes of the token operation lack is named; no probe dies of it.
    """
    with opponent(api) as url:
        data, variables = profile(api, url, "allowed", Ways())
        del data["apis"][api]["actors"][actor][entry]
        run = check(written(tmp_path, data), tmp_path, variables, "--quick", "--seed", "3", "-k", "token", "-v")

    assert (run.exit in (0, 4), run.violations) == (True, [])
    assert f"{entry} of actor {actor}" in run.console


def test_profile_with_one_credential_accuses_nobody(tmp_path: Path) -> None:
    """
    The profile has one of the four schemes of ONLYOFFICE: the others are needs, and no request goes without credential.
    """
    with opponent("onlyoffice") as url:
        data, variables = profile("onlyoffice", url, "none", Ways())
        actors = data["apis"]["onlyoffice"]["actors"]
        data["apis"]["onlyoffice"]["actors"] = {"admin": {"authToken": actors["admin"]["authToken"]}}
        run = check(written(tmp_path, data), tmp_path, variables, "--quick", "--seed", "3", "-v")

    assert (run.exit in (0, 4), run.violations) == (True, [])


def test_server_errors_for_wrong_requests_are_no_outage(tmp_path: Path) -> None:
    """
    A server that answers every failed login with 500, as the vendor's source has it, is tested to the end.
    """
    with opponent("onlyoffice") as url:
        run = judged("onlyoffice", url, "allowed", Ways(), tmp_path, "--quick", "--seed", "3", "-k", "authenticate")

    assert (run.exit, run.violations) == (0, [])


def test_answers_as_the_page_shows_them_are_no_violation(tmp_path: Path) -> None:
    """
    A contact as the page's sample has it, with Tags and ContactType and without FirstName, is what the page promises.
    """
    with opponent("onlyoffice") as url:
        run = judged("onlyoffice", url, "allowed", Ways(), tmp_path, "--quick", "--seed", "3", "-k", "addCaseContact")

    assert (run.exit, run.violations) == (0, [])


def written(folder: Path, data: dict[str, Any]) -> Path:
    """A profile as a file."""
    file = folder / "opponent.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return file
