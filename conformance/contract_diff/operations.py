"""Compares the operations of two documents: which belong together, and what differs in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from conformance.contract_diff.change import Change, Direction
from conformance.contract_diff.findings import Correcting, Findings
from conformance.contract_diff.messages import MessageComparison
from conformance.contract_diff.reading import OperationSite, Side, named_in
from conformance.contract_diff.schemas import SchemaComparison
from conformance.contract_diff.security import SecurityComparison
from conformance.contract_diff.shapes import Said
from conformance.contract_diff.unchanged import Unchanged
from specs.path_templates import shape

SUNSET = "x-sunset"
"""The last day on which a deprecated operation works."""

Pairs = list[tuple[OperationSite, OperationSite]]


def compare_documents(
    api: str, old: Side, new: Side, today: date, correcting: Correcting | None = None
) -> list[Change]:
    """What differs between two documents in what can be sent and received."""
    comparison = _Documents(api, old, new, today)
    comparison.compare()
    return comparison.findings.changes(correcting)


class _Documents:
    def __init__(self, api: str, old: Side, new: Side, today: date) -> None:
        self._old, self._new, self._today = old, new, today
        self.findings = Findings(api, old, new)
        self._unchanged = Unchanged(old, new)
        self._schemas = SchemaComparison(old, new, self._unchanged)
        self._messages = MessageComparison(old, new, self._schemas, self.findings)
        self._security = SecurityComparison(old, new, self.findings)

    def compare(self) -> None:
        before, after = list(self._old.operations()), list(self._new.operations())
        pairs, lost, gained = _matched(before, after)
        security = self._old.root.value.get("security") == self._new.root.value.get("security")
        for old, new in pairs:
            if not (security and self._is_unchanged(old, new)):
                self._operation(old, new)
        for operation in lost:
            self._removed(operation)
        for operation in gained:
            self.findings.add(
                "operation-added", operation.name, "", None, operation.site, new=f"{operation.method} {operation.path}"
            )
        self._security.schemes()
        self._servers()
        self._renamed()

    def _is_unchanged(self, old: OperationSite, new: OperationSite) -> bool:
        """Whether the operations and all that they refer to are written alike."""
        return (
            (old.path, old.method, old.bases) == (new.path, new.method, new.bases)
            and old.item.value.get("parameters") == new.item.value.get("parameters")
            and old.parameters.keys() == new.parameters.keys()
            and all(self._unchanged.same(site, new.parameters[key]) for key, site in old.parameters.items())
            and self._unchanged.same(old.site, new.site)
        )

    def _operation(self, old: OperationSite, new: OperationSite) -> None:
        names = named_in(old.path), named_in(new.path)
        renamed = dict(zip(*names, strict=False)) if len(names[0]) == len(names[1]) else {}
        self._address(old, new, renamed)
        if old.id != new.id and old.id:
            at = Said(new.id, new.site, ("operationId",)) if new.id else new.site
            self.findings.add(
                "operation-id-changed", new.name, "", Said(old.id, old.site, ("operationId",)), at,
                old=old.id, new=new.id or "none",
            )  # fmt: skip
        self._deprecation(old, new)
        request, response = Direction.REQUEST, Direction.RESPONSE
        if new.webhook:
            request, response = response, request
        self._messages.parameters(old, new, renamed)
        self._messages.bodies(old, new, request)
        self._messages.responses(old, new, response)
        self._security.operation(old, new)

    def _address(self, old: OperationSite, new: OperationSite, renamed: Mapping[str, str]) -> None:
        before, after = f"{old.method} {old.path}", f"{new.method} {new.path}"
        if before == after:
            return
        if old.method == new.method and shape(old.path) == shape(new.path):
            kind = "path-parameter-renamed"
            named = [(one, other) for one, other in renamed.items() if one != other]
            before, after = (", ".join(f"{{{pair[index]}}}" for pair in named) for index in (0, 1))
        elif old.method == new.method and _addresses(old) & _addresses(new):
            kind = "path-moved-to-server"
        else:
            kind = "operation-moved"
        self.findings.add(kind, new.name, "", old.site, new.site, old=before, new=after)

    def _deprecation(self, old: OperationSite, new: OperationSite) -> None:
        before, after = old.site.value.get("deprecated") is True, new.site.value.get("deprecated") is True
        if before and not after:
            self.findings.add("operation-undeprecated", new.name, "", old.site, new.site)
        elif after and not before:
            end = new.site.value.get(SUNSET)
            kind = "operation-deprecated" if end else "operation-deprecated-without-end"
            at = Said(True, new.site, ("deprecated",))
            self.findings.add(kind, new.name, "", old.site, at, new=f"until {end}" if end else "")

    def _removed(self, operation: OperationSite) -> None:
        end = _day(operation.site.value.get(SUNSET))
        ended = operation.site.value.get("deprecated") is True and end is not None and end < self._today
        kind = "operation-ended" if ended else "operation-removed"
        route = f"{operation.method} {operation.path}"
        self.findings.add(kind, operation.name, "", operation.site, None, old=route)

    def _servers(self) -> None:
        before, after = _servers(self._old), _servers(self._new)
        if not before or not after:
            return
        for url, at in before.items():
            if url not in after:
                self.findings.add("server-removed", "", "servers", at, self._new.root, old=url)
        for url, at in after.items():
            if url not in before:
                self.findings.add("server-added", "", "servers", self._old.root, at, new=url)

    def _renamed(self) -> None:
        """Components that stand under another name where the old one is gone."""
        before, after = _components(self._old), _components(self._new)
        for (old, new), (one, other) in self._schemas.renamed.items():
            if old not in after and new not in before:
                first, second = self._old.target(one), self._new.target(other)
                self.findings.add("component-renamed", "", "", first, second, old=old, new=new)


def _matched(
    before: Sequence[OperationSite], after: Sequence[OperationSite]
) -> tuple[Pairs, list[OperationSite], list[OperationSite]]:
    """
    The operations that belong together, those that are gone, and those that are new.

    First by method and path, whatever the path's parameters are called; then by the whole address with the path of the
    server; then by operationId.
    """
    pairs: Pairs = []
    lost, gained = list(before), list(after)
    for keys in (_by_path, _by_address, _by_id):
        known: dict[Any, OperationSite] = {}
        for operation in gained:
            for key in keys(operation):
                known.setdefault(key, operation)
        taken: set[int] = set()
        rest = []
        for operation in lost:
            match = next((known[key] for key in keys(operation) if key in known), None)
            if match is None or id(match) in taken:
                rest.append(operation)
            else:
                taken.add(id(match))
                pairs.append((operation, match))
        lost, gained = rest, [operation for operation in gained if id(operation) not in taken]
    return pairs, lost, gained


def _by_path(operation: OperationSite) -> Iterator[Any]:
    yield operation.webhook, operation.method, operation.path
    if not operation.webhook:
        yield operation.method, shape(operation.path)


def _by_address(operation: OperationSite) -> Iterator[Any]:
    if not operation.webhook:
        for address in sorted(_addresses(operation)):
            yield operation.method, address


def _by_id(operation: OperationSite) -> Iterator[Any]:
    if operation.id:
        yield operation.webhook, operation.id


def _addresses(operation: OperationSite) -> frozenset[tuple[str, ...]]:
    return frozenset(shape(base + operation.path) for base in operation.bases)


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _servers(side: Side) -> dict[str, Said]:
    data = side.data
    if "host" in data:
        return {f"{data['host']}{data.get('basePath', '')}": Said(None, side.root, ("host",))}
    listed = data.get("servers")
    return {
        str(item["url"]).rstrip("/"): Said(item, side.root, ("servers", index))
        for index, item in enumerate(listed if isinstance(listed, list) else ())
        if isinstance(item, dict) and isinstance(item.get("url"), str)
    }


def _components(side: Side) -> set[str]:
    data: Any = side.data
    for part in side.version.vocabulary.home:
        data = data.get(part) if isinstance(data, dict) else None
    return set(data) if isinstance(data, dict) else set()
