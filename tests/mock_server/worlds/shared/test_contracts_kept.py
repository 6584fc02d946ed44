"""Two processes that share worlds keep the contracts as one does that has worlds of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from specs.source import CONTROL_BASE, FIXTURES
from tests.commands import casepact
from tests.mocks import mock_process
from tests.redis_server import redis_server

TOKEN = "CASEPACT_CONTROL_TOKEN"


def profile_of(port: int) -> dict[str, Any]:
    """The profile of our mock, for one that listens on this port."""
    profile: dict[str, Any] = yaml.safe_load((FIXTURES / "targets" / "mock.yaml").read_text("utf-8"))
    for api, target in profile["apis"].items():
        target["url"] = f"http://127.0.0.1:{port}{CONTROL_BASE if api == 'control' else f'/{api}'}"
    profile["apis"]["control"]["actors"] = {"owner": {"controlToken": f"${{{TOKEN}}}"}}
    return profile


@pytest.mark.parametrize(
    "apis", [("control",), pytest.param(("aicc", "egain", "onlyoffice", "r7office"), marks=pytest.mark.slow)]
)
def test_contracts_are_kept_by_workers(apis: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Every statement of the mock's own API, and in the slow test of the vendors', notes included.
    """
    monkeypatch.setenv(TOKEN, "shared-token")
    target = tmp_path / "shared.yaml"
    with redis_server() as server:
        arguments = ("--quiet", "--workers", "2", "--worlds", server.address)
        with mock_process(tmp_path, *arguments, seconds=60) as mock:
            target.write_text(yaml.safe_dump(profile_of(mock.port)), "utf-8")
            chosen = [word for api in apis for word in ("--api", api)]
            options = ("--quick", "--strict", "--seed", "3", "--target", str(target))
            done = casepact("check", *chosen, *options, reports=tmp_path / "reports", timeout=600)

    assert done.code == 0, done.out + done.err
    assert [api for api in apis if done.broken(api)] == []
