"""Compares what is sent: parameters, bodies, responses and their headers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.contract_diff.change import Direction
from conformance.contract_diff.differences import shown
from conformance.contract_diff.findings import Findings
from conformance.contract_diff.reading import OperationSite, Side
from conformance.contract_diff.schemas import SchemaComparison
from conformance.contract_diff.shapes import Node, Said, canonical
from specs.foreign_files import Site

# OpenAPI 3.0.3, Style Values: what holds where nothing is said.
_STYLES: Mapping[str, str] = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
_STRUCTURED = ("array", "object")


class MessageComparison:
    """Compares the requests and responses of operations that belong together."""

    def __init__(self, old: Side, new: Side, schemas: SchemaComparison, findings: Findings) -> None:
        self._old, self._new, self._schemas, self._findings = old, new, schemas, findings

    def parameters(self, old: OperationSite, new: OperationSite, renamed: Mapping[str, str]) -> None:
        """Compare the parameters; `renamed` gives the new names of those in the path."""
        before = {
            (renamed.get(name, name) if location == "path" else name, location): site
            for (name, location), site in old.parameters.items()
        }
        removed = [key for key in before if key not in new.parameters]
        added = [key for key in new.parameters if key not in before]
        for key in list(removed):
            moved = next((other for other in added if other[0].lower() == key[0].lower()), None)
            if moved is not None:
                self._findings.add(
                    "parameter-moved",
                    new.name,
                    f"parameter '{key[0]}'",
                    before[key],
                    new.parameters[moved],
                    old=f"in {key[1]}",
                    new=f"in {moved[1]}",
                )
                removed.remove(key)
                added.remove(moved)
        for key in removed:
            self._findings.add("parameter-removed", new.name, _named(key), before[key], new.site)
        for key in added:
            site = new.parameters[key]
            kind = "required-parameter-added" if _is_required(site) else "parameter-added"
            self._findings.add(kind, new.name, _named(key), old.site, site)
        for key, site in before.items():
            if key in new.parameters:
                self._parameter(new.name, key, site, new.parameters[key])

    def _parameter(self, operation: str, key: tuple[str, str], old: Site, new: Site) -> None:
        at = _named(key)
        self._required(("parameter-required", "parameter-optional"), operation, at, old, new)
        if new.value.get("deprecated") is True and old.value.get("deprecated") is not True:
            self._findings.add("member-deprecated", operation, at, old, Said(True, new, ("deprecated",)))
        before, after = self._old.content(old), self._new.content(new)
        if before or after:
            self._contents(operation, at, before, after, old, new, Direction.REQUEST)
            return
        differences = self._schemas.differences(_schema(old), _schema(new), Direction.REQUEST)
        self._findings.add_differences(differences, operation, at, Direction.REQUEST, (old, new))
        one, other = _style(old, key[1], self._old), _style(new, key[1], self._new)
        if one != other:
            self._findings.add("parameter-style-changed", operation, at, old, new, old=one, new=other)

    def _required(self, kinds: tuple[str, str], operation: str, at: str, old: Site, new: Site) -> None:
        before, after = _is_required(old), _is_required(new)
        if before != after:
            kind = kinds[0] if after else kinds[1]
            place = Said(after, new, ("required",)) if "required" in new.value else new
            self._findings.add(kind, operation, at, old, place)

    def bodies(self, old: OperationSite, new: OperationSite, direction: Direction) -> None:
        """Compare the request bodies."""
        before, after = self._body(old, self._old), self._body(new, self._new)
        at = "request body"
        if before is None and after is None:
            return
        if before is None:
            kind = "required-body-added" if after is not None and _is_required(after) else "body-added"
            self._findings.add(kind, new.name, at, old.site, after)
        elif after is None:
            self._findings.add("body-removed", new.name, at, before, new.site)
        else:
            self._required(("body-required", "body-optional"), new.name, at, before, after)
            contents = self._old.content(before), self._new.content(after)
            self._contents(new.name, at, *contents, before, after, direction)

    def _body(self, operation: OperationSite, side: Side) -> Site | None:
        if "requestBody" not in operation.site.value:
            return None
        found = side.followed(operation.site.member("requestBody"))
        return found if isinstance(found.value, dict) else None

    def _contents(
        self,
        operation: str,
        at: str,
        old: Mapping[str, Site],
        new: Mapping[str, Site],
        old_at: Site,
        new_at: Site,
        direction: Direction,
    ) -> None:
        """Compare representations by media type; one that a range like `*/*` covers is compared with that."""
        for name, site in old.items():
            match = name if name in new else _covering(name, new)
            if match is None:
                self._findings.add("media-type-removed", operation, at, site, new_at, old=name, direction=direction)
            else:
                self._media(operation, f"{at} {name}", site, new[match], direction)
        for name, site in new.items():
            if name not in old and _covering(name, old) is None:
                self._findings.add("media-type-added", operation, at, old_at, site, new=name, direction=direction)

    def _media(self, operation: str, at: str, old: Site, new: Site, direction: Direction) -> None:
        if not isinstance(old.value, dict) or not isinstance(new.value, dict):
            return
        for key, place in (("schema", at), ("itemSchema", f"{at}, []")):
            if key in old.value or key in new.value:
                differences = self._schemas.differences(_schema(old, key), _schema(new, key), direction)
                self._findings.add_differences(differences, operation, place, direction, (old, new))
        one, other = old.value.get("encoding") or {}, new.value.get("encoding") or {}
        if canonical(one) != canonical(other):
            self._findings.add("encoding-changed", operation, at, old, new, direction=direction)

    def responses(self, old: OperationSite, new: OperationSite, direction: Direction) -> None:
        """Compare the responses by status; one that a range or `default` covers is compared with that."""
        before = {name.upper(): site for name, site in self._old.mapping(old.site, "responses").items()}
        after = {name.upper(): site for name, site in self._new.mapping(new.site, "responses").items()}
        for status, site in before.items():
            match = _answering(status, after)
            if match is not None:
                self._response(new.name, status, site, after[match], direction)
            elif status == "DEFAULT" or status.startswith("X-"):
                continue
            else:
                kind = "success-removed" if status.startswith(("2", "3")) else "response-removed"
                self._findings.add(kind, new.name, f"response {status}", site, new.site)
        for status, site in after.items():
            if status in before or status.startswith("X-") or status == "DEFAULT":
                continue
            match = _answering(status, before)
            if match is not None:
                self._response(new.name, status, before[match], site, direction)
            else:
                kind = "success-added" if status.startswith(("2", "3")) else "response-added"
                self._findings.add(kind, new.name, f"response {status}", old.site, site)

    def _response(self, operation: str, status: str, old: Site, new: Site, direction: Direction) -> None:
        old, new = self._old.followed(old), self._new.followed(new)
        if not isinstance(old.value, dict) or not isinstance(new.value, dict):
            return
        at = f"response {status.lower() if status == 'DEFAULT' else status}"
        before, after = self._old.content(old), self._new.content(new)
        self._contents(operation, at, before, after, old, new, direction)
        self._headers(operation, at, old, new, direction)

    def _headers(self, operation: str, at: str, old: Site, new: Site, direction: Direction) -> None:
        before, after = _headers(self._old, old), _headers(self._new, new)
        for name in dict.fromkeys((*before, *after)):
            place = f"{at} header {name}"
            if name not in after:
                kind = "required-header-removed" if _is_required(before[name]) else "header-removed"
                self._findings.add(kind, operation, place, before[name], new)
            elif name not in before:
                self._findings.add("header-added", operation, place, old, after[name])
            else:
                one, other = before[name], after[name]
                self._required(("header-required", "header-optional"), operation, place, one, other)
                differences = self._schemas.differences(_schema(one), _schema(other), direction)
                self._findings.add_differences(differences, operation, place, direction, (one, other))


def _named(key: tuple[str, str]) -> str:
    return f"{key[1]} parameter '{key[0]}'"


def _is_required(site: Site) -> bool:
    return isinstance(site.value, dict) and (site.value.get("required") is True or site.value.get("in") == "path")


def _schema(site: Site, key: str = "schema") -> Node:
    return (site.member(key),) if isinstance(site.value, dict) and key in site.value else ()


def _style(site: Site, location: str, side: Side) -> str:
    """How arrays and objects are written; the same for everything else."""
    schema = side.followed(site.member("schema")).value if "schema" in site.value else {}
    types = schema.get("type") if isinstance(schema, dict) else ""
    if not set(types if isinstance(types, list) else [types]).intersection(_STRUCTURED):
        return ""
    style = str(site.value.get("style", _STYLES.get(location, "form")))
    explode = site.value.get("explode", style in ("form", "cookie"))
    return f"style {style}, explode {shown(explode)}"


def _covering(name: str, ranges: Mapping[str, Any]) -> str | None:
    """The media range that covers a media type."""
    kind = name.partition("/")[0]
    return next((item for item in (f"{kind}/*", "*/*") if item in ranges), None)


def _answering(status: str, responses: Mapping[str, Any]) -> str | None:
    """The response that documents a status: its own, that of its range, or the default one."""
    return next((item for item in (status, f"{status[:1]}XX", "DEFAULT") if item in responses), None)


def _headers(side: Side, response: Site) -> dict[str, Site]:
    found = {name.lower(): side.followed(site) for name, site in side.mapping(response, "headers").items()}
    return {name: site for name, site in found.items() if name != "content-type" and isinstance(site.value, dict)}
