"""Roles: one list for profiles, `target new`, `target check` and probes."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.commands.target_new import asked_roles
from conformance.probes import probes_of
from conformance.target.needs import asked_actors
from conformance.target.profile import load_profile
from specs.flaws import FlawedDocument
from specs.loading import load_contract
from specs.project import CONTROL, apis
from specs.roles import load_roles


@pytest.mark.parametrize("api", [*apis(), CONTROL])
def test_each_role_that_probes_ask_for_is_described(api: str) -> None:
    """
    A record or actor that a probe needs, or a draft names, stands in `roles.yaml`.
    """
    contract, roles = load_contract(api), load_roles(api)
    actors = asked_actors(contract, (need for probe in probes_of(contract) for need in probe.needs))

    assert set(asked_roles(contract)) <= roles.records.keys()
    assert set(actors) <= roles.actors.keys()


@pytest.mark.parametrize("api", [*apis(), CONTROL])
def test_profile_of_the_mock_names_no_role_that_nobody_asks_for(api: str) -> None:
    """
    What `mock.yaml` shows is what `target check` takes.
    """
    assert load_profile("mock").apis[api].records.keys() <= set(asked_roles(load_contract(api)))


def test_flaws_of_roles_are_reported_together(tmp_path: Path) -> None:
    """
    An unknown key, a role without a description, a condition of two tests and a role that is not there are four flaws.
    """
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "roles.yaml").write_text(
        "actors:\n  admin: {say: x}\n"
        "records:\n  case.open:\n    says: An open case.\n    presumes:\n"
        "      - {at: /a, is: [1], not: [2], says: one}\n"
        "      - {at: /b, same-as: user.nobody, says: owned}\n"
    )
    with pytest.raises(FlawedDocument) as caught:
        load_roles("toy", folder=tmp_path)

    assert [flaw.message.partition(".")[0] for flaw in caught.value.flaws] == [
        "needs `says`: what it is, for whoever fills in a profile",
        "has an unknown key 'say'",
        "a condition has one of is, not, same-as, holds, lacks, at-most, at-least",
        "no record has the role 'user",
    ]
