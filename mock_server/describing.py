"""What this mock knows, as JSON: how other programs learn of rules, actors and records."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from mock_server.reply import Behaviour
from mock_server.worlds.records import Records
from specs.contract import Contract


def describe(
    contracts: Iterable[Contract], behaviours: Mapping[str, Mapping[str, Behaviour]], seeds: Mapping[str, Records]
) -> dict[str, Any]:
    """
    Operations, rules with the code that enforces them, actors with their seed credentials, and records, by API.

    The credentials are those of the fixtures: made up, and open to whoever reads the project.
    """
    return {
        contract.api: _api(contract, behaviours.get(contract.api, {}), seeds[contract.api]) for contract in contracts
    }


def _api(contract: Contract, behaviours: Mapping[str, Behaviour], seed: Records) -> dict[str, Any]:
    return {
        "title": contract.title,
        "operations": sorted(behaviours),
        "rules": [
            {
                "statement": rule.statement,
                "operation": operation,
                "rule": rule.breach.__name__,
                "at": _place(rule.breach),
            }
            for operation, behaviour in behaviours.items()
            for rule in behaviour.rules
        ],
        "actors": {name: {**actor.attributes, "credentials": actor.credentials} for name, actor in seed.actors.items()},
        "records": seed.snapshot(),
    }


def _place(function: Any) -> str:
    module = inspect.getmodule(function)
    return f"{(module.__name__ if module else '?').replace('.', '/')}.py:{function.__code__.co_firstlineno}"
