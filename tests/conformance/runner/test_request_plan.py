"""What a run sends is bounded before it starts, stays at the profile's address, and keeps the rate."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.probes import control, crm, egain, onlyoffice
from conformance.probes.context import ProbeContext
from conformance.runner.plugin import ProbeItem
from conformance.target.contracts import contract_of
from tests.commands import Done, casepact
from tests.counting_proxy import CountingProxy, counting_proxy
from tests.servers import mock_app, serving

RUN = ("--api", "aicc", "--quick", "--seed", "1", "-n", "1")
ROLES = {
    "case.open": "id: c6m800000142mS63Voa8",
    "case.other": "id: c6m800000147rF58Yqd2",
    "case.templated": "id: c6m800000153nT74Wpb9, field: AICC__test1__CST",
    "case.completed": "id: c6m800000131kQ42Uma7",
    "user.owner": "id: 10gg0000012IpiXMqxzk",
    "user.creator": "id: 10gg0000013wljxK5XX6",
    "contact": "id: ciIy0000013w9aru7cDQ",
}


def profile(
    address: str, proxy: str = "", *, writes: str = "allowed", rate: str = "", without: Collection[str] = ()
) -> str:
    """A profile of a mock that it does not call one of ours."""
    records = "".join(f"      {role}: {{{record}}}\n" for role, record in ROLES.items() if role not in without)
    return (
        f"writes: {writes}\n"
        + (f"proxy: {proxy}\n" if proxy else "")
        + (f"rate: {rate}\n" if rate else "")
        + f"apis:\n  aicc:\n    url: {address}/aicc\n    actors: {{operator: {{seed: operator}}}}\n"
        + f"    records:\n{records}"
    )


@dataclass(frozen=True, slots=True)
class Counted:
    """A run behind the proxy: what was planned, what came through, and how it ended."""

    planned: str
    done: Done
    proxy: CountingProxy
    address: str

    @property
    def bound(self) -> int:
        found = re.search(r"at most (\d+) requests", self.planned)
        assert found, self.planned
        return int(found[1])


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counted]:
    """A whole quick run, generated requests included."""
    folder = tmp_path_factory.mktemp("counted")
    with serving(mock_app("aicc")) as address, counting_proxy() as proxy:
        (folder / "staging.yaml").write_text(profile(address, proxy.address))
        planned = casepact("check", "--target", "staging.yaml", *RUN, "--plan", cwd=folder).out
        done = casepact("check", "--target", "staging.yaml", *RUN, cwd=folder, reports=folder / "reports", timeout=300)
        yield Counted(planned, done, proxy, address)


def test_plan_sends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan comes before any request, token calls included."""
    monkeypatch.chdir(tmp_path)
    with serving(mock_app("aicc")) as address, counting_proxy() as proxy:
        Path("staging.yaml").write_text(profile(address, proxy.address))
        main(["check", "--target", "staging.yaml", *RUN, "--plan"])

    assert proxy.passed == []


@pytest.mark.slow
def test_bound_of_the_plan_is_kept(counted: Counted) -> None:
    """No more requests leave than the plan said, and some do."""
    assert 100 < len(counted.proxy.passed) <= counted.bound


@pytest.mark.slow
def test_bound_is_of_the_order_of_the_run(counted: Counted) -> None:
    """Who plans a run learns what it will send, not what it might in the worst of cases."""
    assert counted.bound <= 3 * len(counted.proxy.passed)


@pytest.mark.parametrize("level", ["quick", "default"])
@pytest.mark.parametrize("api", ["aicc", "r7office"])
def test_probe_that_finds_nothing_sends_no_more_than_planned(
    api: str, level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each probe keeps within the bound of its own, and all together send at least a third of it."""
    counts: list[tuple[str, int, int]] = []
    run = ProbeItem._on_records

    def counting(item: ProbeItem, ctx: ProbeContext, turn: int, *, fresh: bool) -> None:
        before = ctx.target.exchanges
        run(item, ctx, turn, fresh=fresh)
        counts.append((item.name, ctx.target.exchanges - before, item.probe.usual_bound(ctx.examples)))

    monkeypatch.setattr(ProbeItem, "_on_records", counting)
    levels = ["--quick"] if level == "quick" else []
    with serving(mock_app(api)) as address:
        words = ["check", "--api", api, "--url", f"{address}/{api}", "--seed", "2", "-n", "1", *levels]
        main([*words, "--reports", str(tmp_path)])
    sent, planned = sum(item[1] for item in counts), sum(item[2] for item in counts)

    assert ([item for item in counts if item[1] > item[2]], sent <= planned <= 3 * sent) == ([], True), (sent, planned)


def test_probes_that_send_many_requests_exist() -> None:
    """A bound that is written down for a probe is one of a probe that there is."""
    for package, api in ((control, "control"), (crm, "r7office"), (egain, "egain"), (onlyoffice, "onlyoffice")):
        assert set(package._MANY) <= {probe.name for probe in package.probes(contract_of(api))}


@pytest.mark.slow
def test_no_request_leaves_the_address_of_the_profile(counted: Counted) -> None:
    """Every request, generated ones too, goes to the address that the profile names."""
    assert [
        item.target for item in counted.proxy.passed if not item.target.startswith(f"{counted.address}/aicc/")
    ] == []


@pytest.mark.slow
def test_only_declared_methods_are_sent(counted: Counted) -> None:
    """The contract of AICC has GET and POST; a server that is not ours sees nothing else but HEAD for GET."""
    assert {item.method for item in counted.proxy.passed} <= {"GET", "HEAD", "POST"}


@pytest.mark.slow
def test_every_request_names_the_run(counted: Counted) -> None:
    """The owner of the server finds in the log who sent a request."""
    agents = {item.headers.get("User-Agent", "") for item in counted.proxy.passed}

    assert [bool(re.fullmatch(r"casepact/\S+ \(run check-[0-9a-f]{6}; .*\)", agent)) for agent in agents] == [True]


@pytest.mark.slow
def test_honest_server_is_not_accused_behind_bounds(counted: Counted) -> None:
    """The limits make no finding."""
    assert counted.done.broken("aicc") == set()


def test_budget_of_requests_is_kept(tmp_path: Path) -> None:
    """--max-requests is the end, whatever is left."""
    with serving(mock_app("aicc")) as address, counting_proxy() as proxy:
        # With worlds nothing has to be put back, which no budget holds up.
        (tmp_path / "staging.yaml").write_text("worlds: true\n" + profile(address, proxy.address))
        casepact(
            *("check", "--target", "staging.yaml", *RUN, "--max-requests", "12"), cwd=tmp_path, reports=tmp_path / "r"
        )

    assert len(proxy.passed) == 12


def test_rate_is_held_where_the_server_counts(tmp_path: Path) -> None:
    """In no period does more arrive than the profile's rate allows, from however many processes."""
    with serving(mock_app("aicc")) as address, counting_proxy() as proxy:
        text = profile(address, proxy.address, rate="{requests: 4, perSeconds: 0.5}")
        (tmp_path / "staging.yaml").write_text("worlds: true\n" + text)
        words = ("check", "--target", "staging.yaml", "--api", "aicc", "--quick", "--max-requests", "24", "-n", "2")
        casepact(*words, cwd=tmp_path, reports=tmp_path / "r")

    assert (len(proxy.passed), proxy.most_within(0.5)) == (24, 4)


def test_operations_that_may_write_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each operation has a line that says whether its probes may write."""
    monkeypatch.chdir(tmp_path)
    Path("staging.yaml").write_text(profile("http://127.0.0.1:9", writes="none"))
    main(["check", "--target", "staging.yaml", *RUN, "--plan"])

    assert "may write" not in capsys.readouterr().out


def test_missing_roles_leave_out_exactly_what_needs_them(tmp_path: Path) -> None:
    """What a profile lacks is listed with the role it needs, fails nothing, and everything else is exercised."""
    with serving(mock_app("aicc")) as address:
        (tmp_path / "all.yaml").write_text(profile(address))
        (tmp_path / "less.yaml").write_text(
            profile(address, without=("case.other", "case.templated", "case.completed"))
        )
        words = ("check", "--api", "aicc", "--quick", "--seed", "1", "-n", "1", "-k", "not generated")
        whole = casepact(*words, "--target", "all.yaml", cwd=tmp_path, reports=tmp_path / "whole")
        less = casepact(*words, "--target", "less.yaml", cwd=tmp_path, reports=tmp_path / "less")
    changed = {
        name: less.report["apis"]["aicc"]["statements"][name].get("reason", "")
        for name, outcome in less.outcomes("aicc").items()
        if outcome != whole.outcomes("aicc")[name]
    }

    assert (changed, less.code) == (
        {
            "HW-19": "needs record case.other",
            "HW-56": "needs record case.templated",
            "D-31": "needs record case.templated",
            "HWF-17": "needs record case.templated",
            "D-36": "needs record case.completed",
        },
        0,
    )
