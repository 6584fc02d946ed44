"""What writes do: each kind of wrong effect is seen, and nobody who writes honestly is accused."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.probes import effects
from conformance.probes.context import ProbeContext
from conformance.runner.preflight import present
from conformance.target.client import Target
from conformance.target.profile import bare_profile
from specs import load_contract
from tests import broken_effects, honest_effects
from tests.servers import mock_app, serving


def broken(api: str, app: Any) -> set[str]:
    """The statements that the probes of effects find broken on a server, notes included."""
    contract = load_contract(api)
    with serving(app) as address:
        target = Target(contract, present(contract, bare_profile(api, f"{address}/{api}"), "preflight"))
        found: set[str] = set()
        for number, probe in enumerate(probe for make in effects.MAKERS for probe in make(contract)):
            ctx = ProbeContext(target, f"world-{number}", key=probe.name, seed=1, examples=3)
            with target.bounded(probe.bound(3)):
                probe.run(ctx)
            found |= {item.judgement.statement for item in ctx.judged if not item.judgement.held}
        target.close()
    return found


@pytest.mark.parametrize("name", broken_effects.LIARS)
def test_liar_is_blamed_on_its_statement_alone(name: str) -> None:
    """A server whose writes go wrong in one way is found to break just the statement that says how they go right."""
    liar = broken_effects.LIARS[name]

    found = broken(liar.api, liar.app())

    assert liar.blamed in found
    assert found <= {liar.blamed} | broken_effects.ALSO.get(name, set())


@pytest.mark.parametrize("api", ["aicc", "egain", "onlyoffice", "r7office"])
def test_mock_is_not_accused(api: str) -> None:
    """The mock keeps what these probes ask."""
    assert broken(api, mock_app(api)) == set()


@pytest.mark.parametrize("name", honest_effects.HONEST)
def test_honest_server_is_not_accused(name: str) -> None:
    """Who writes as promised and shows it in a way of its own is accused of nothing but what nobody promised."""
    honest = honest_effects.HONEST[name]

    assert broken(honest.api, honest.app()) <= honest.noted
