"""
What each operation does, by API and operationId: a module per family of APIs, each with a table `BEHAVIOURS`.

aicc         Huawei AICC
crm          the CRM that ONLYOFFICE and R7-Office share
egain/       eGain, a module per idea
unmodelled   foreign contracts: documented examples, or values made from the schemas
by_shape/    those whose paths form a resource: what is sent is kept
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mock_server.reply import Behaviour, Rule
from specs.code import CodeByApi


def _flaw(table: Any) -> str:
    """What is wrong with a table of behaviours, as the end of a sentence that begins with its name."""
    if not isinstance(table, Mapping):
        return "is not a mapping of operation ids to behaviours."
    for operation, behaviour in table.items():
        if not isinstance(behaviour, Behaviour):
            return f"has {behaviour!r:.60} for '{operation}'; write Behaviour(function, (rule, …))."
        if not isinstance(behaviour.rules, tuple) or not all(isinstance(rule, Rule) for rule in behaviour.rules):
            return f"has rules of '{operation}' that are not a tuple of Rule; one rule is written (rule,)."
        if not callable(behaviour.act) or not all(callable(rule.breach) for rule in behaviour.rules):
            return f"has an act or a rule of '{operation}' that is not a function."
    return ""


def _joined(tables: Sequence[Mapping[str, Behaviour]]) -> Mapping[str, Behaviour]:
    return {operation: behaviour for table in tables for operation, behaviour in table.items()}


BEHAVIOURS: Mapping[str, Mapping[str, Behaviour]] = CodeByApi("behaviours", "BEHAVIOURS", _flaw, _joined)
"""Of the APIs of the project, imported when they are first asked for."""
