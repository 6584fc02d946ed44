"""No server that keeps the promises is accused, however it looks on the wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.source import FIXTURES
from tests.commands import casepact
from tests.honest_servers import AS_THE_PAGE, HONEST, egain_with_single_values
from tests.old_proxy import of_http_1_0
from tests.servers import mock_app, serving

ROOT = Path(__file__).resolve().parent.parent.parent
SELECTED = ("--quick", "--strict", "--seed", "1", "-n", "1", "-k", "not generated")

QUICK = (
    ("JSON with escapes", "aicc"),
    ("chunked", "aicc"),
    ("header names in capitals", "aicc"),
    ("media type in capitals", "r7office"),
    ("XML with a declaration", "r7office"),
)
"""What every test run tries; the others take minutes."""

REST = [(name, api) for name, honest in HONEST.items() for api in honest.apis if (name, api) not in QUICK]


def check_honest(name: str, api: str, folder: Path) -> None:
    """Run the written probes, notes counting as violations, against this server."""
    with serving(HONEST[name].app(api)) as address:
        done = casepact("check", "--url", f"{address}/{api}", "--api", api, *SELECTED, reports=folder, timeout=300)

    assert (done.code, done.broken(api)) == (0, set()), done.out + done.err


@pytest.mark.parametrize(("name", "api"), QUICK)
def test_honest_server_is_not_accused(name: str, api: str, tmp_path: Path) -> None:
    """A server honest in this way gives exit 0 and no finding, notes included."""
    check_honest(name, api, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "api"), REST)
def test_every_honest_server_is_not_accused(name: str, api: str, tmp_path: Path) -> None:
    """The same for every other way and API."""
    check_honest(name, api, tmp_path)


@pytest.mark.parametrize("api", ["aicc", "r7office"])
def test_server_of_http_1_0_is_not_accused(api: str, tmp_path: Path) -> None:
    """Who tells the end of a body by closing the connection, as servers of HTTP/1.0 do, keeps every promise too."""
    with serving(mock_app(api)) as server, of_http_1_0(server) as address:
        done = casepact("check", "--url", f"{address}/{api}", "--api", api, *SELECTED, reports=tmp_path, timeout=300)

    assert (done.code, done.broken(api)) == (0, set()), done.out + done.err


@pytest.mark.parametrize("name", AS_THE_PAGE)
def test_server_that_answers_as_its_page_prints_breaks_nothing(name: str, tmp_path: Path) -> None:
    """What a page prints, and what no page promises, gives notes at most."""
    api, app = AS_THE_PAGE[name]

    with serving(app()) as address:
        selected = [word for word in SELECTED if word != "--strict"]
        done = casepact("check", "--url", f"{address}/{api}", "--api", api, *selected, reports=tmp_path, timeout=300)

    violated = {statement for statement, outcome in done.outcomes(api).items() if outcome == "violated"}
    assert (done.code, violated) == (0, set()), done.out + done.err


@pytest.mark.parametrize(("several", "code"), [("", 0), (", several: true", 1)])
def test_two_values_are_sent_only_to_attributes_that_take_several(several: str, code: int, tmp_path: Path) -> None:
    """A server whose attribute was configured for one value is accused only where its profile says otherwise."""
    profile = (FIXTURES / "targets" / "mock.yaml").read_text(encoding="utf-8")
    assert profile.count("{id: order_number, several: true}") == 1
    with serving(egain_with_single_values()) as address:
        own = profile.replace("order_number, several: true", f"order_number{several}").replace(
            '  egain:\n    url: ""', f"  egain:\n    url: {address}/egain"
        )
        (tmp_path / "own.yaml").write_text(own, encoding="utf-8")
        chosen = ("--target", str(tmp_path / "own.yaml"), "--api", "egain", "--quick", "--seed", "1", "-n", "1")
        done = casepact("check", *chosen, "-k", "custom and attributes", reports=tmp_path / "reports", timeout=300)

    assert (done.code, done.broken("egain")) == (code, {"EG-64"} if code else set()), done.out + done.err


def test_quick_ones_are_some_of_them() -> None:
    """The selection names ways and APIs that there are."""
    assert [name for name, api in QUICK if api not in HONEST[name].apis] == []


def test_readme_says_how_many_there_are() -> None:
    """The figures of the README are those of this file: each way is tried with each API that it suits."""
    runs = sum(len(honest.apis) for honest in HONEST.values())
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())

    assert f"of {len(HONEST)} ways to be honest" in readme
    assert f"0 of {runs} runs were" in readme


def test_there_are_enough() -> None:
    """At least fifteen ways to be honest are tried."""
    assert len(HONEST) >= 15
