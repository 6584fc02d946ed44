"""eGain servers that are wrong in one way each, with the statement that they break."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mock_server.behaviours.egain import BEHAVIOURS, lock, refusing, relations, rights, stored
from mock_server.reply import Behaviour, Call, Refusal, Reply, Rule
from specs.contract import Contract
from tests.broken_servers import Liar, recompiled
from tests.servers import Change, mock_app

EDIT = BEHAVIOURS["editCase"]
Breach = Callable[[Call], Refusal | None]


def _editing(behaviour: Behaviour, change: Change = lambda contract: contract) -> Callable[[], Any]:
    return lambda: mock_app("egain", {"editCase": behaviour}, change)


def _ruled(rule: Breach, instead: Breach) -> Behaviour:
    """An edit that asks for something else where it should ask for this rule."""
    assert rule in [known.breach for known in EDIT.rules], f"editCase has no rule {rule}"
    rules = (Rule(known.statement, instead) if known.breach is rule else known for known in EDIT.rules)
    return replace(EDIT, rules=tuple(rules))


def _without(rule: Breach) -> Behaviour:
    return _ruled(rule, lambda call: None)


def _one_relation_short(call: Call) -> Refusal | None:
    """Refuses the relation that reaches the limit, as a count with >= does; other edits of a full case pass."""
    if (
        len(relations.named_cases(call, "link")) == 0
        or len(relations.related_afterwards(call)) < relations.MOST_RELATED
    ):
        return None
    return Refusal("invalid", ("EG-60",), "75 cases would be related to the case", "/relatedCases/link", "relatedCases")


def _keeping_last_modified(call: Call) -> Reply | Refusal:
    """An edit that leaves the lock as it was."""
    outcome = EDIT.act(call)
    if isinstance(outcome, Refusal):
        return outcome
    old = stored.edited_case(call)["lastModified"]
    changes = tuple(
        change._replace(record={**(change.record or {}), "lastModified": old}) for change in outcome.changes
    )
    return outcome._replace(changes=changes)


def _unlinking_alone(call: Call) -> Reply | Refusal:
    """An edit that removes no relation when it adds another."""
    outcome, kept = EDIT.act(call), stored.edited_case(call)["related"]
    if isinstance(outcome, Refusal) or not relations.named_cases(call, "link"):
        return outcome
    related = list(dict.fromkeys([*kept, *relations.named_cases(call, "link")]))
    changes = tuple(change._replace(record={**(change.record or {}), "related": related}) for change in outcome.changes)
    return outcome._replace(changes=changes)


def _forbidden_to_take(call: Call) -> Refusal | None:
    """Asks for Transfer Activities on oneself, too."""
    user, target = stored.calling_user(call), call.body.get("owner", {}).get("user", {}).get("id")
    if user is None or target != user["id"] or stored.edited_case(call).get("ownerId") == target:
        return rights.user_may_transfer(call)
    return refusing.forbidden("EG-16", "Transfer Activities", "the user may not transfer to themselves")


def _roomier(member: str, limit: str) -> Change:
    """A mock whose stored cases know no such limit: it would not store what its behaviours let through."""

    def change(contract: Contract) -> Contract:
        pointer = f"/components/schemas/CaseRecord/properties/{member}/{limit}"
        return replace(contract, records=recompiled(contract, pointer, None).records)

    return change


def _longer_subject(contract: Contract) -> Contract:
    pointer = "/components/schemas/CaseEdit/properties/subject/maxLength"
    return _roomier("subject", "maxLength")(recompiled(contract, pointer, 1025))


LIARS: Mapping[str, Liar] = {
    "eGain relates a 76th case": Liar(
        "egain",
        "EG-60",
        _editing(_without(relations.case_has_few_enough_relations), _roomier("related", "maxItems")),
        ("EG-13",),
    ),
    "eGain refuses the 75th relation": Liar(
        "egain", "EG-60", _editing(_ruled(relations.case_has_few_enough_relations, _one_relation_short))
    ),
    "eGain takes 1025 characters": Liar("egain", "EG-51", _editing(EDIT, _longer_subject)),
    "eGain keeps lastModified": Liar("egain", "EG-39", _editing(replace(EDIT, act=_keeping_last_modified)), ("D-16",)),
    "eGain takes a stale lock": Liar("egain", "EGF-21", _editing(_without(lock.case_is_as_last_seen)), ("EG-74",)),
    "eGain removes no relation beside a new one": Liar(
        "egain", "EG-61", _editing(replace(EDIT, act=_unlinking_alone)), ("D-18",)
    ),
    "eGain asks for Transfer Activities on oneself": Liar(
        "egain", "EG-16", _editing(_ruled(rights.user_may_transfer, _forbidden_to_take))
    ),
    "eGain asks for no Pull Activities": Liar("egain", "EG-18", _editing(_without(rights.user_may_pull))),
}
"""Every liar is blamed on its statement and on no other."""
