"""Each form of the page as one operation of the control API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.http.pages.control_calls import ControlCalls
from mock_server.reply import Refusal

Fields = Mapping[str, str]


class BadField(Exception):
    """A field of a form holds what the control API could not even be asked for."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.refusal = Refusal("invalid", (), text, name=name)


@dataclass(frozen=True, slots=True)
class Step:
    """An operation with its path parameters and its body; `world` is shown afterwards, at `anchor`."""

    operation: str
    texts: Mapping[str, str]
    body: Any = None
    anchor: str = "world"
    world: str = ""
    keeps: Mapping[str, str] = field(default_factory=dict)
    """What stays chosen on the page, as parts of the query string."""


def step(fields: Fields, calls: ControlCalls) -> Step:
    """What a form asks for; raises `BadField`."""
    make = FORMS.get(fields.get("action", ""))
    if make is None:
        raise BadField("action", f"no form of this page is named '{fields.get('action', '')}'")
    return make(fields, calls)


def _of_world(operation: str, anchor: str = "world") -> Callable[[Fields, ControlCalls], Step]:
    return lambda fields, calls: Step(operation, {"world": fields["world"]}, anchor=anchor)


def _of_snapshot(operation: str) -> Callable[[Fields, ControlCalls], Step]:
    def make(fields: Fields, calls: ControlCalls) -> Step:
        name = fields.get("snapshot", "").strip()
        if not name:
            raise BadField("snapshot", "the snapshot needs a name")
        return Step(operation, {"world": fields["world"], "snapshot": name})

    return make


def _create(fields: Fields, calls: ControlCalls) -> Step:
    name = fields.get("name", "").strip()
    body = {"name": name, **({"from": fields["from"]} if fields.get("from") else {})}
    return Step("createWorld", {}, body, world=name)


def _delete(fields: Fields, calls: ControlCalls) -> Step:
    return Step("deleteWorld", {"world": fields["world"]}, world="default")


def _load(fields: Fields, calls: ControlCalls) -> Step:
    return Step("loadFixtureSet", {"world": fields["world"]}, {"set": fields.get("set", "")})


def _freeze(fields: Fields, calls: ControlCalls) -> Step:
    body = {"mode": "frozen", "at": fields.get("at", "").strip()}
    return Step("setClock", {"world": fields["world"]}, body)


def _shift(fields: Fields, calls: ControlCalls) -> Step:
    body = {"mode": "shifted", "bySeconds": _number(fields, "seconds")}
    return Step("setClock", {"world": fields["world"]}, body)


def _run(fields: Fields, calls: ControlCalls) -> Step:
    return Step("setClock", {"world": fields["world"]}, {"mode": "running"})


def _fail(fields: Fields, calls: ControlCalls) -> Step:
    """One more failure, after those that can still happen."""
    failure: dict[str, Any] = {"kind": fields.get("kind", "")}
    if fields.get("operation", "").strip():
        failure["operation"] = fields["operation"].strip()
    for name, member in (("status", "status"), ("times", "times"), ("delay", "delayMilliseconds")):
        if fields.get(name, "").strip():
            failure[member] = _number(fields, name)
    traffic = _traffic(fields, calls)
    return _setting(fields, {**traffic, "failures": [*traffic["failures"], failure]})


def _slow(fields: Fields, calls: ControlCalls) -> Step:
    wanted = {"latencyMilliseconds": _number(fields, "latency"), "errorRate": _number(fields, "percent") / 100}
    return _setting(fields, {**_traffic(fields, calls), **wanted})


def _calm(fields: Fields, calls: ControlCalls) -> Step:
    return _setting(fields, {})


def _setting(fields: Fields, body: Mapping[str, Any]) -> Step:
    return Step("setTraffic", {"world": fields["world"]}, body, anchor="failures")


def _traffic(fields: Fields, calls: ControlCalls) -> dict[str, Any]:
    """The settings of a world as they can be set again: failures that can still happen, as often as they still can."""
    shown = calls.call("getTraffic", {"world": fields["world"]})
    failures = [
        {**{name: value for name, value in item.items() if value is not None}, "times": item["timesLeft"]}
        for item in shown["failures"]
        if item["timesLeft"] != 0
    ]
    for item in failures:
        item.pop("timesLeft", None)
        if item["times"] is None:
            del item["times"]
    settings = {name: value for name, value in shown.items() if value is not None}
    return {**settings, "failures": failures}


def _put_record(fields: Fields, calls: ControlCalls) -> Step:
    texts, keeps = _record(fields)
    raw = fields.get("record", "").encode("utf-8", "replace")
    return Step("replaceRecord", texts, raw, "records", keeps=keeps)


def _delete_record(fields: Fields, calls: ControlCalls) -> Step:
    texts, keeps = _record(fields)
    left = {name: value for name, value in keeps.items() if name != "id"}
    return Step("deleteRecord", texts, anchor="records", keeps=left)


def _record(fields: Fields) -> tuple[dict[str, str], dict[str, str]]:
    id, collection = fields.get("id", "").strip(), fields.get("collection", "")
    if not id:
        raise BadField("id", "the record needs an id")
    api, _, name = collection.partition("/")
    texts = {"world": fields["world"], "api": api, "collection": name, "id": id}
    return texts, {"collection": collection, "id": id}


def _number(fields: Fields, name: str) -> int:
    text = fields.get(name, "").strip() or "0"
    try:
        return int(text)
    except ValueError:
        raise BadField(name, f"{name}: '{text[:40]}' is not a whole number") from None


FORMS: Mapping[str, Callable[[Fields, ControlCalls], Step]] = {
    "reset": _of_world("resetWorld"),
    "create": _create,
    "delete": _delete,
    "load": _load,
    "freeze": _freeze,
    "shift": _shift,
    "run": _run,
    "snapshot": _of_snapshot("takeSnapshot"),
    "restore": _of_snapshot("restoreSnapshot"),
    "forget": _of_snapshot("deleteSnapshot"),
    "fail": _fail,
    "slow": _slow,
    "calm": _calm,
    "put": _put_record,
    "remove": _delete_record,
    "clear": _of_world("clearJournal", "journal"),
}
"""What each form asks for, by the value of its field `action`. Each has a field `world`."""

SAYS: Mapping[str, str] = {
    "reset": "The world is as the fixtures are.",
    "create": "The world was created.",
    "delete": "The world was deleted; this is the default one.",
    "load": "The fixture set was loaded.",
    "freeze": "The clock stands still.",
    "shift": "The clock is shifted.",
    "run": "The clock runs.",
    "snapshot": "The snapshot was taken.",
    "restore": "The snapshot was restored.",
    "forget": "The snapshot was deleted.",
    "fail": "The failure will be simulated.",
    "slow": "The world answers by these settings.",
    "calm": "Nothing is simulated any more.",
    "put": "The record was stored.",
    "remove": "The record was deleted.",
    "clear": "The journal was cleared.",
}
"""What the page reports when a form was carried out."""
