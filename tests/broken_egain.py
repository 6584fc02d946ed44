"""eGain servers that are wrong in one way each, with the statement that they break."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mock_server.behaviours import egain
from mock_server.reply import Behaviour, Call, Refusal, Reply, Rule
from specs.contract import Contract
from tests.broken_servers import Liar, recompiled
from tests.servers import mock_app

EDIT = egain.BEHAVIOURS["editCase"]
Breach = Callable[[Call], Refusal | None]


def _editing(behaviour: Behaviour) -> Callable[[], Any]:
    return lambda: mock_app("egain", {"editCase": behaviour})


def _ruled(rule: Breach, instead: Breach) -> Callable[[], Any]:
    """A server that asks for something else where it should ask for this rule."""
    assert rule in [known.breach for known in EDIT.rules], f"editCase has no rule {rule}"
    rules = (Rule(known.statement, instead) if known.breach is rule else known for known in EDIT.rules)
    return _editing(replace(EDIT, rules=tuple(rules)))


def _without(rule: Breach) -> Callable[[], Any]:
    return _ruled(rule, lambda call: None)


def _one_relation_short(call: Call) -> Refusal | None:
    """Refuses the relation that reaches the limit, as a count with >= does; other edits of a full case pass."""
    if len(egain._named(call, "link")) == 0 or len(egain._related_afterwards(call)) < egain.MOST_RELATED:
        return None
    return Refusal("invalid", ("EG-60",), "75 cases would be related to the case", "/relatedCases/link", "relatedCases")


def _keeping_last_modified(call: Call) -> Reply | Refusal:
    """An edit that leaves the lock as it was."""
    outcome = EDIT.act(call)
    if isinstance(outcome, Refusal):
        return outcome
    old = egain._case(call)["lastModified"]
    changes = tuple(
        replace(change, record={**(change.record or {}), "lastModified": old}) for change in outcome.changes
    )
    return replace(outcome, changes=changes)


def _longer_subject(contract: Contract) -> Contract:
    return recompiled(contract, "/components/schemas/CaseEdit/properties/subject/maxLength", 1025)


LIARS: Mapping[str, Liar] = {
    "eGain relates a 76th case": Liar("egain", "EG-60", _without(egain.case_has_few_enough_relations)),
    "eGain refuses the 75th relation": Liar(
        "egain", "EG-60", _ruled(egain.case_has_few_enough_relations, _one_relation_short)
    ),
    "eGain takes 1025 characters": Liar("egain", "EG-51", lambda: mock_app("egain", change=_longer_subject)),
    "eGain keeps lastModified": Liar("egain", "D-16", _editing(replace(EDIT, act=_keeping_last_modified))),
    "eGain takes a stale lock": Liar("egain", "EGF-21", _without(egain.case_is_as_last_seen)),
    "eGain asks for no Pull Activities": Liar("egain", "EG-18", _without(egain.user_may_pull)),
}
"""Every liar is blamed on its statement and on no other."""
