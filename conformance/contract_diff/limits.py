"""Compares what schemas say of single values: enums, bounds, patterns, formats, and keywords as they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract_diff.differences import Difference, shown
from conformance.contract_diff.shapes import UPPER, Said, Shape, canonical, is_tighter
from specs.formats import INTEGER_FORMATS, OPAQUE_FORMATS, OWN_FORMATS, STANDARD_FORMATS

_JUDGED_FORMATS = STANDARD_FORMATS | set(OWN_FORMATS) | set(INTEGER_FORMATS)
_WIDER_FORMATS = {("int32", "int64"), ("float", "double"), ("ipv4", "ip"), ("email", "idn-email")}


def enums(old: Shape, new: Shape, kind: str) -> Iterator[Difference]:
    before, after = old.values(kind), new.values(kind)
    if before is None and after is None:
        return
    first, second = old.enum_at or old.at(), new.enum_at or new.at()
    if before is None:
        yield Difference("enum-added", "", "", listed(after or {}), first, second)
    elif after is None:
        yield Difference("enum-removed", "", listed(before), "", first, second)
    else:
        removed = {key: value for key, value in before.items() if key not in after}
        added = {key: value for key, value in after.items() if key not in before}
        if removed:
            yield Difference("enum-value-removed", "", listed(removed), "", first, second)
        if added:
            yield Difference("enum-value-added", "", "", listed(added), first, second)


def within_enum(old: Shape, new: Shape, kind: str) -> bool:
    """Whether the values of an enum say all: there is one on both sides, or each of its values fits the other side."""
    before, after = old.values(kind), new.values(kind)
    if before is not None and after is not None:
        return True
    values, other = (before, new) if before is not None else (after, old)
    return values is not None and kind in ("string", "number") and all(map(other.fits, values.values()))


def listed(values: Mapping[str, Any]) -> str:
    named = [shown(value) for value in values.values()]
    return ", ".join(named[:10]) + (f" and {len(named) - 10} more" if len(named) > 10 else "")


LIMITED: Mapping[str, tuple[str, ...]] = {
    "number": ("minimum", "maximum"),
    "string": ("minLength", "maxLength", "x-max-bytes"),
    "array": ("minItems", "maxItems", "minContains", "maxContains"),
    "object": ("minProperties", "maxProperties"),
}


def limits(old: Shape, new: Shape, kind: str) -> Iterator[Difference]:
    replaced = kind == "string" and _replaced_pattern(old, new)
    if replaced:
        yield replaced
    for keyword in LIMITED[kind] if not replaced else ():
        before, after = old.limits.get(keyword), new.limits.get(keyword)
        if before is None and after is None:
            continue
        first, second = before or old.at(), after or new.at()
        if before and after and before.value == after.value:
            continue
        tighter = before is None or (after is not None and is_tighter(keyword, after.value, before.value))
        name = "bound-tightened" if tighter else "bound-relaxed"
        yield Difference(name, "", _bound(keyword, before), _bound(keyword, after), first, second)
    if kind == "string" and not replaced:
        yield from _patterns(old, new)
    if kind in ("string", "number"):
        yield from _formats(old, new)
    if kind == "number":
        yield from _multiples(old, new)


def _replaced_pattern(old: Shape, new: Shape) -> Difference | None:
    """A pattern in place of limits, or limits in place of a pattern, which may have implied them."""
    before, after = (shape.sets.get("pattern", {}) for shape in (old, new))
    removed = [said for key, said in before.items() if key not in after]
    added = [said for key, said in after.items() if key not in before]
    one, other = ([shape.limits[key] for key in LIMITED["string"] if key in shape.limits] for shape in (old, new))
    if removed and not added and other and not one:
        return Difference("pattern-changed", "", str(removed[0].value), _bounds(new), removed[0], other[0])
    if added and not removed and one and not other:
        return Difference("pattern-changed", "", _bounds(old), str(added[0].value), one[0], added[0])
    return None


def _bounds(shape: Shape) -> str:
    return ", ".join(_bound(key, shape.limits[key]) for key in LIMITED["string"] if key in shape.limits)


def _bound(keyword: str, said: Said | None) -> str:
    if said is None:
        return "no limit"
    value, exclusive = said.value
    if not exclusive:
        return f"{keyword} {value}"
    return f"{'less' if keyword in UPPER else 'more'} than {value}"


def _patterns(old: Shape, new: Shape) -> Iterator[Difference]:
    before, after = old.sets.get("pattern", {}), new.sets.get("pattern", {})
    removed = [said for key, said in before.items() if key not in after]
    added = [said for key, said in after.items() if key not in before]
    if removed and added:
        yield Difference("pattern-changed", "", str(removed[0].value), str(added[0].value), removed[0], added[0])
        return
    for said in removed:
        yield Difference("pattern-removed", "", str(said.value), "", said, new.at())
    for said in added:
        yield Difference("pattern-added", "", "", str(said.value), old.at(), said)


def _formats(old: Shape, new: Shape) -> Iterator[Difference]:
    before, after = old.sets.get("format", {}), new.sets.get("format", {})
    one = next((said for key, said in before.items() if key not in after), None)
    other = next((said for key, said in after.items() if key not in before), None)
    if one is None and other is None:
        return
    first, second = one or old.at(), other or new.at()
    named = str(one.value) if one else "", str(other.value) if other else ""
    judged = all(name in _JUDGED_FORMATS for name in named if name)
    if named in _WIDER_FORMATS:
        kind = "format-widened"
    elif named[::-1] in _WIDER_FORMATS:
        kind = "format-narrowed"
    elif all(name in OPAQUE_FORMATS or not name for name in named):
        return
    elif not judged:
        kind = "format-unjudged"
    else:
        kind = "format-changed" if all(named) else "format-removed" if one else "format-added"
    yield Difference(kind, "", *named, first, second)


def _multiples(old: Shape, new: Shape) -> Iterator[Difference]:
    before, after = old.sets.get("multipleOf", {}), new.sets.get("multipleOf", {})
    one = next((said for key, said in before.items() if key not in after), None)
    other = next((said for key, said in after.items() if key not in before), None)
    if one is None and other is None:
        return
    first, second = one or old.at(), other or new.at()
    named = f"multipleOf {one.value}" if one else "", f"multipleOf {other.value}" if other else ""
    if one and other:
        tighter, wider = _divides(one.value, other.value), _divides(other.value, one.value)
        kind = "bound-tightened" if tighter else "bound-relaxed" if wider else "keyword-changed"
    else:
        kind = "bound-tightened" if other else "bound-relaxed"
    yield Difference(kind, "", *named, first, second)


def _divides(small: Any, large: Any) -> bool:
    quotient = large / small
    return bool(abs(quotient - round(quotient)) < 1e-9)


def opaque(old: Shape, new: Shape, keyword: str) -> Iterator[Difference]:
    """A keyword whose values are compared as they are written."""
    before, after = old.opaque.get(keyword), new.opaque.get(keyword)
    if (before and canonical(before.value)) == (after and canonical(after.value)):
        return
    first, second = before or old.at(), after or new.at()
    texts = keyword if before else "", keyword if after else ""
    kind = "keyword-changed" if before and after else "keyword-removed" if before else "keyword-added"
    if keyword in ("then", "else", "if", "patternProperties") or keyword.startswith("content"):
        kind = "keyword-changed"
    yield Difference(kind, "", *texts, first, second)
