"""Compares who may call: the alternatives of `security`, by what the schemes are and not by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract_diff.findings import Findings
from conformance.contract_diff.reading import OperationSite, Side
from conformance.contract_diff.shapes import Said, canonical
from specs.foreign_files import Site

Alternative = Mapping[str, frozenset[str]]
"""The scopes that each scheme must grant, by what the scheme is."""


class SecurityComparison:
    """Compares the credentials that operations ask for."""

    def __init__(self, old: Side, new: Side, findings: Findings) -> None:
        self._old, self._new, self._findings = old, new, findings
        self._names: dict[str, dict[str, str]] = {}
        self._tokens = _Tokens(_schemes(old), _schemes(new))

    def schemes(self) -> None:
        """Note what changed in schemes of the same name."""
        before, after = _schemes(self._old), _schemes(self._new)
        for name in before:
            if name not in after:
                continue
            one, other = before[name], after[name]
            at = f"security scheme '{name}'"
            if _kind(one.value) != _kind(other.value):
                old, new = _shown(one.value), _shown(other.value)
                self._findings.add("security-scheme-changed", "", at, one, other, old=old, new=new)
            elif _addresses(one.value) != _addresses(other.value):
                self._findings.add("security-flow-changed", "", at, one, other)

    def operation(self, old: OperationSite, new: OperationSite) -> None:
        """Note what changed in the alternatives that an operation accepts."""
        first, before = self._alternatives(old, self._old, self._tokens.old)
        second, after = self._alternatives(new, self._new, self._tokens.new)
        for kind, text in _compared(before, after):
            added = kind.endswith(("added", "-required")) and kind != "security-not-required"
            texts = ("", text) if added else (text, "")
            self._findings.add(kind, new.name, "security", first, second, old=texts[0], new=texts[1])

    def _alternatives(
        self, operation: OperationSite, side: Side, tokens: Mapping[str, str]
    ) -> tuple[Said, list[Alternative]]:
        holder = operation.site if "security" in operation.site.value else side.root
        listed = holder.value.get("security")
        found: list[Alternative] = []
        for item in listed if isinstance(listed, list) else [{}]:
            if isinstance(item, dict):
                found.append({tokens.get(name, name): _scopes(scopes) for name, scopes in item.items()})
        return Said(listed, holder, ("security",)), found or [{}]


class _Tokens:
    """One name for what is one scheme on both sides: the same definition, or the same name."""

    def __init__(self, old: Mapping[str, Site], new: Mapping[str, Site]) -> None:
        self.old = {name: name for name in old}
        self.new = {name: name for name in new}
        known = {_identity(site.value): name for name, site in old.items() if name not in new}
        for name, site in new.items():
            if name not in old:
                self.new[name] = known.get(_identity(site.value), name)


def _compared(before: list[Alternative], after: list[Alternative]) -> Iterator[tuple[str, str]]:
    if {} in before and {} not in after:
        yield "security-required", _listed(after)
        return
    if {} in after and {} not in before:
        yield "security-not-required", _listed(before)
        return
    lost = [item for item in before if not any(_suffices(item, other) for other in after)]
    gained = [item for item in after if item not in before and not any(_suffices(other, item) for other in before)]
    eased = [item for item in after if item not in before and any(_suffices(other, item) for other in before)]
    for item in lost:
        twin = next((other for other in after if other.keys() == item.keys() and other not in before), None)
        if twin is None:
            yield "security-alternative-removed", _listed([item])
            continue
        gained = [other for other in gained if other != twin]
        for scheme, scopes in twin.items():
            if more := scopes - item[scheme]:
                yield "security-scope-added", f"{scheme}: {', '.join(sorted(more))}"
            if fewer := item[scheme] - scopes:
                yield "security-scope-removed", f"{scheme}: {', '.join(sorted(fewer))}"
    for item in eased:
        stronger = [other for other in before if _suffices(other, item)]
        dropped = sorted(
            scope for name, scopes in stronger[0].items() for scope in scopes - item.get(name, frozenset())
        )
        yield "security-scope-removed", ", ".join(dropped) or _listed([item])
    for item in gained:
        yield "security-alternative-added", _listed([item])


def _suffices(held: Alternative, asked: Alternative) -> bool:
    """Whether credentials that fit one alternative fit another."""
    return all(name in held and scopes <= held[name] for name, scopes in asked.items())


def _scopes(value: Any) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()


def _listed(alternatives: list[Alternative]) -> str:
    named = (
        " and ".join(f"{name} ({', '.join(sorted(scopes))})" if scopes else name for name, scopes in item.items())
        for item in alternatives
    )
    return " or ".join(named)


def _schemes(side: Side) -> dict[str, Site]:
    components = side.root.value.get("components")
    if not isinstance(components, dict | Site):
        return {}
    found = side.mapping(side.root.member("components"), "securitySchemes")
    followed = {name: side.followed(site) for name, site in found.items()}
    return {name: site for name, site in followed.items() if isinstance(site.value, dict)}


def _kind(scheme: Mapping[str, Any]) -> tuple[str, ...]:
    """What a client must do otherwise when it differs."""
    return tuple(str(scheme.get(key, "")).lower() for key in ("type", "scheme", "in", "name"))


def _addresses(scheme: Mapping[str, Any]) -> str:
    flows = scheme.get("flows")
    members = {
        name: {key: flow[key] for key in ("authorizationUrl", "tokenUrl", "refreshUrl") if key in flow}
        for name, flow in (flows.items() if isinstance(flows, dict) else ())
        if isinstance(flow, dict)
    }
    return canonical([members, scheme.get("openIdConnectUrl")])


def _identity(scheme: Mapping[str, Any]) -> str:
    return canonical([*_kind(scheme), _addresses(scheme)])


def _shown(scheme: Mapping[str, Any]) -> str:
    return " ".join(filter(None, _kind(scheme)))
