"""The schemas of a foreign document, brought together under `#/components/schemas` and freed of what nothing judges."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from specs.flaws import Flaw
from specs.foreign_files import Adapt, Files, Site
from specs.formats import INTEGER_FORMATS, OPAQUE_FORMATS, OWN_FORMATS, STANDARD_FORMATS, validator
from specs.references import split
from specs.vocabularies import OPENAPI_3_0, Vocabulary

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
_DEEPEST = 100
NO_WAIVER: Mapping[str, Any] = {"not": {}}

Key = tuple[str, tuple[str | int, ...]]
Members = frozenset[str]
Name = Callable[[Site, Members], str]
"""The name of the component for a schema, in which the members named need not be there."""
_NONE: Members = frozenset()

# Keywords that say whether there may be more, and for which a message shows a plain true or false as it stands.
_OPEN_OR_CLOSED = frozenset({"additionalProperties", "unevaluatedItems", "unevaluatedProperties"})
# What tells a reader about a schema and judges nothing.
_TOLD = ("title", "description")
# Keywords whose value may be null.
_MAY_BE_NULL = ("const", "default", "example", "type")
_REQUIRED = "required"
# OpenAPI 3.0.3, XML Object.
_XML: Mapping[str, type] = {"name": str, "namespace": str, "prefix": str, "attribute": bool, "wrapped": bool}
_FORMATS = STANDARD_FORMATS | set(OWN_FORMATS) | set(INTEGER_FORMATS) | OPAQUE_FORMATS


class Schemas:
    """
    Gathers schemas from all files of a document, each under one name.

    Answers and requests differ: a `writeOnly` member is none of an answer, a `readOnly` one need not be sent. What
    holds such members has a second form for requests, with a name of its own.
    """

    def __init__(self, files: Files, vocabulary: Vocabulary = OPENAPI_3_0, adapt: Adapt = lambda site: site) -> None:
        """`adapt` makes of each schema what the vocabulary speaks of, where a version has it otherwise."""
        self._files, self._vocabulary, self._adapt = files, vocabulary, adapt
        self.components: dict[str, dict[str, Any]] = {}
        self.sites: dict[str, Site] = {}
        self._names: dict[tuple[Key, Members], str] = {}
        self._request_names: dict[tuple[Key, Members], str] = {}
        self._targets: dict[Key, Site] = {}
        self._uses: dict[Key, set[Key]] = {}
        self._differs: set[Key] = set()
        self._waiting: deque[tuple[Site, Members]] = deque()
        self._requests: list[tuple[Site, dict[str, Any]]] = []
        self._request_waiting: deque[tuple[Site, Members]] = deque()
        self._told: dict[tuple[Key, str], Members] = {}
        self._affected: set[Key] | None = None
        self._user: Key = ("", ())
        self._children: dict[Key, list[Site]] = {}
        self._wrong: dict[Key, list[Flaw]] = {}
        self._wrong_below: set[Key] | None = None

    def of_answer(self, site: Site) -> dict[str, Any]:
        """The schema of something that a server sends."""
        self._user = site.key
        return self._node(site, 0, self._name)

    def of_request(self, site: Site) -> dict[str, Any]:
        """The schema of something that a client sends; it is empty until `finish`."""
        self._user = site.key
        self._node(site, 0, self._name)
        holder: dict[str, Any] = {}
        self._requests.append((site, holder))
        return holder

    def finish(self) -> None:
        """Bring in everything that was referred to."""
        self._note_children()
        while self._waiting:
            site, waived = self._waiting.popleft()
            self.components[self._names[site.key, waived]] = self._used(site, self._name, waived)
        self._affected = self._all_above(self._differs)
        for site, holder in self._requests:
            holder.update(self._used(site, self._request_name))
        while self._request_waiting:
            site, waived = self._request_waiting.popleft()
            self.components[self._request_names[site.key, waived]] = self._used(site, self._request_name, waived)

    def flaws(self, used: Iterable[Key]) -> Iterator[Flaw]:
        """What `finish` found wrong with these schemas and all that they lead to."""
        if self._wrong_below is None:
            self._wrong_below = self._all_above(self._wrong)
        seen: set[Key] = set()
        waiting = [key for key in used if key in self._wrong_below]
        while waiting:
            key = waiting.pop()
            if key not in seen:
                seen.add(key)
                yield from self._wrong.get(key, ())
                waiting += self._uses.get(key, set()) & self._wrong_below

    def _used(self, site: Site, name: Name, waived: Members = _NONE) -> dict[str, Any]:
        """A schema that something leads to, and a note of what is wrong with it."""
        self._user = site.key
        before = len(self._files.flaws)
        node = self._node(site, 0, name, waived)
        if wrong := self._files.flaws[before:]:
            self._wrong.setdefault(site.key, []).extend(wrong)
        return node

    def _name(self, site: Site, waived: Members = _NONE) -> str:
        """The name of a schema as answers have it, where those members are none of an answer."""
        if (site.key, waived) not in self._names:
            name = self._free(site, "-answer" if waived else "")
            self._names[site.key, waived] = name
            self.components[name], self.sites[name] = {}, site
            self._waiting.append((site, waived))
        self._uses.setdefault(self._user, set()).add(site.key)
        return self._names[site.key, waived]

    def _request_name(self, site: Site, waived: Members = _NONE) -> str:
        """The name of a schema as requests have it, where those members need not be sent."""
        assert self._affected is not None, "what answers hold is known before"
        if site.key not in self._affected and not waived:
            return self._name(site)
        if (site.key, waived) not in self._request_names:
            name = self._free(site, "-request")
            self._request_names[site.key, waived] = name
            self.components[name], self.sites[name] = {}, site
            self._request_waiting.append((site, waived))
        return self._request_names[site.key, waived]

    def _free(self, site: Site, ending: str = "") -> str:
        """A name that nothing else has: the last part of the pointer, or that of the file."""
        last = site.pointer[-1] if site.pointer else site.file.path.stem
        name = wanted = (_NOT_IN_NAMES.sub("-", str(last)).strip("-") or "schema") + ending
        number = 2
        # A schema of the root's components keeps its name, whoever comes first.
        reserved = self._schemas_of(self._root)
        at_home = site.file is self._files.root and site.pointer[:-1] == self._vocabulary.home and not ending
        while name in self.components or (name in reserved and not at_home):
            name = f"{wanted}-{number}"
            number += 1
        return name

    def _all_above(self, keys: Iterable[Key]) -> set[Key]:
        """These schemas, and whatever uses them."""
        users: dict[Key, set[Key]] = {}
        for user, used in self._uses.items():
            for key in used:
                users.setdefault(key, set()).add(user)
        found: set[Key] = set()
        waiting = list(keys)
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting += users.get(key, ())
        return found

    def _node(self, site: Site, depth: int, name: Name, waived: Members = _NONE) -> dict[str, Any]:
        """A schema anew; what is `waived` stands in another part of the same value as not for this direction."""
        site = self._adapt(site)
        source, vocabulary = site.value, self._vocabulary
        if depth > _DEEPEST:
            self._files.flaw(site, f"is nested deeper than {_DEEPEST} levels.")
            return {}
        if source is None:
            return {}
        if not isinstance(source, dict):
            if not isinstance(source, bool):
                self._files.flaw(site, "a schema must be a mapping.")
            return {} if source is True else dict(NO_WAIVER)
        reference = {}
        if "$ref" in source:
            target = self._followed(site)
            here = waived & self._members_told(target, _REQUIRED) if waived else _NONE
            reference = {"$ref": f"#/components/schemas/{name(target, here)}"}
            if not vocabulary.siblings:
                return reference
        site = self._plain(site)
        source = site.value
        if name == self._name:
            self._note_difference(site)
        waived |= self._members_told(site, "readOnly" if name == self._request_name else "writeOnly")
        result = {
            key: source[key] for key in source if key in vocabulary.keywords and self._is_right(site, key, source[key])
        }
        result |= {key: source[key] for key in _TOLD if isinstance(source.get(key), str)}
        if "format" in result and result["format"] not in _FORMATS:
            del result["format"]
        if "pattern" in result and not _is_pattern(result["pattern"]):
            del result["pattern"]
        if "required" in result:
            result["required"] = list(dict.fromkeys(result["required"]))
        for key in vocabulary.many:
            if key in result:
                result[key] = [
                    self._node(site.member(key, index), depth + 1, name, waived) for index in range(len(source[key]))
                ]
        for key in vocabulary.one:
            if isinstance(source.get(key), bool) and key in _OPEN_OR_CLOSED:
                result[key] = source[key]
            elif key in source:
                result[key] = self._node(site.member(key), depth + 1, name)
        for key in vocabulary.named:
            if key in result:
                result[key] = {member: self._node(site.member(key, member), depth + 1, name) for member in source[key]}
        _without_unreadable(result)
        if isinstance(form := source.get("xml"), dict):
            result["xml"] = {key: form[key] for key, kind in _XML.items() if isinstance(form.get(key), kind)}
        if "discriminator" in result:
            result["discriminator"] = self._discriminator(site, name)
        self._direct(result, name, waived)
        return reference | result

    def _plain(self, site: Site) -> Site:
        """
        The schema without keywords that are null, and with what a `$ref` names where OpenAPI 3.0 has no place for one.
        """
        source = site.value
        if not (None in source.values() or any(map(_is_reference, source.values()))):
            return site
        schemas = (*self._vocabulary.one, "$ref")
        value = {key: item for key, item in source.items() if item is not None or key in _MAY_BE_NULL}
        origins: dict[tuple[str | int, ...], Site] = {}
        for key, item in value.items():
            if not _is_reference(item) or key in schemas:
                continue
            if key in ("default", "example"):
                value[key] = self._files.data(site.member(key))
                continue
            found = self._files.followed(site.member(key))
            value[key], origins[key,] = found.value, found
            if isinstance(found.value, dict) and len(item) > 1:
                beside = {name: part for name, part in item.items() if name != "$ref"}
                value[key] = {**found.value, **beside}
                origins |= {(key, name): site.member(key, name) for name in beside}
        return _Changed(site.file, site.pointer, value, origins)

    def _is_right(self, site: Site, key: str, value: Any) -> bool:
        check = self._vocabulary.checks.get(key)
        if check is None or check[0](value):
            return True
        # `required: true` on a member is how JSON Schema had it before 2013; it is still met, and says nothing here.
        if not (key == "required" and isinstance(value, bool)):
            self._files.flaw(site, f"`{key}` {check[1]}, not {str(value)[:60]!r}.", key)
        return False

    def _followed(self, site: Site) -> Site:
        if site.key not in self._targets:
            is_end = _says_more if self._vocabulary.siblings else None
            self._targets[site.key] = self._files.followed(site, is_end)
        return self._targets[site.key]

    def _discriminator(self, site: Site, name: Name) -> dict[str, Any]:
        """The discriminator with a mapping that names every schema it leads to."""
        data = site.value["discriminator"]
        mapping = {}
        for value, target in (data.get("mapping") or {}).items():
            if found := self._mapped(site, str(target)):
                mapping[str(value)] = f"#/components/schemas/{name(found, _NONE)}"
        for key in ("oneOf", "anyOf"):
            # Each branch that is a component goes by its own name too.
            for index, branch in enumerate(_list(site.value.get(key))):
                if isinstance(branch, dict) and "$ref" in branch:
                    child = self._followed(site.member(key, index))
                    implicit = str(child.pointer[-1]) if child.pointer else child.file.path.stem
                    mapping.setdefault(implicit, f"#/components/schemas/{name(child, _NONE)}")
        if "oneOf" not in site.value and "anyOf" not in site.value:
            known = set(mapping.values())
            for child in self._descendants(site):
                reference = f"#/components/schemas/{name(child, _NONE)}"
                if reference not in known:
                    # Documents of Azure say by an extension what Swagger 2.0 leaves to the name.
                    mapping[str(child.value.get("x-ms-discriminator-value", child.pointer[-1]))] = reference
        return {"propertyName": data["propertyName"], **({"mapping": mapping} if mapping else {})}

    def _descendants(self, site: Site) -> list[Site]:
        """The schemas that take in this one by `allOf`, and those that take in them."""
        found: dict[Key, Site] = {}
        waiting = [site]
        while waiting:
            for child in self._children.get(waiting.pop(0).key, ()):
                if child.key not in found and child.key != site.key:
                    found[child.key] = child
                    waiting.append(child)
        return list(found.values())

    def _mapped(self, site: Site, target: str) -> Site | None:
        """The schema that a mapping names: by its name alone, or as a `$ref` does."""
        schemas = self._schemas_of(site)
        if target in schemas:
            found = Site(site.file, (*self._vocabulary.home, target), schemas[target])
        elif "#" in target or "/" in target or "." in target:
            named = self._files.named(site, target)
            if named is None:
                return None
            found = named
        else:
            self._files.flaw(site, f"the discriminator maps to '{target}', which no schema is named.", "discriminator")
            return None
        return self._files.followed(found)

    def _note_children(self) -> None:
        """Which schemas of the root's components take in one with a discriminator by `allOf`."""
        home = self._vocabulary.home
        named = f"#/{'/'.join(home)}/"
        for child, schema in self._schemas_of(self._root).items():
            if not isinstance(schema, dict) or not isinstance(schema.get("allOf"), list):
                continue
            for part in schema["allOf"]:
                reference = part.get("$ref") if isinstance(part, dict) else None
                if isinstance(reference, str) and reference.startswith(named):
                    key: Key = (self._files.root.name, (*home, split(reference[1:])[-1]))
                    self._children.setdefault(key, []).append(self._root.member(*home, child))

    def _schemas_of(self, site: Site) -> dict[str, Any]:
        data = site.file.data
        for part in self._vocabulary.home:
            data = data.get(part) if isinstance(data, dict) else None
        return data if isinstance(data, dict) else {}

    @property
    def _root(self) -> Site:
        return Site(self._files.root, (), self._files.root.data)

    def _direct(self, result: dict[str, Any], name: Name, waived: Members) -> None:
        """Take away what is not for this direction (OpenAPI 3.0.3, Schema Object, readOnly and writeOnly)."""
        if waived.intersection(result.get("required", ())):
            result["required"] = [member for member in result["required"] if member not in waived]
            if not result["required"]:
                del result["required"]
        if name != self._request_name:
            for member in waived & result.get("properties", {}).keys():
                result["properties"][member] = dict(NO_WAIVER)

    def _note_difference(self, site: Site) -> None:
        """Note that a schema is another one in requests, for a member that only one direction has."""
        read_only = self._members_told(site, "readOnly")
        if self._members_told(site, "writeOnly") or (read_only and read_only & self._members_told(site, _REQUIRED)):
            self._differs.add(self._user)

    def _members_told(self, site: Site, keyword: str) -> Members:
        """
        The members that a schema marks with a keyword, or requires, in whichever part of it.

        Parts are those of its `allOf` and choices, also by reference: they judge the same value.
        """
        site = self._adapt(site)
        value = site.value
        if isinstance(value, dict) and not (
            "allOf" in value or "anyOf" in value or "oneOf" in value or "$ref" in value
        ):
            # Most schemas have no parts.
            holds = "required" if keyword == _REQUIRED else "properties"
            return self._own_told(self._plain(site), keyword) if holds in value else _NONE
        found: set[str] = set()
        seen: set[Key] = set()
        waiting = [site]
        while waiting:
            part = self._adapt(waiting.pop())
            if part.key in seen or not isinstance(part.value, dict):
                continue
            seen.add(part.key)
            if "$ref" in part.value:
                waiting.append(self._followed(part))
                if not self._vocabulary.siblings:
                    continue
            part = self._plain(part)
            found |= self._own_told(part, keyword)
            for key in ("allOf", "anyOf", "oneOf"):
                waiting += (part.member(key, index) for index in range(len(_list(part.value.get(key)))))
        return frozenset(found)

    def _own_told(self, site: Site, keyword: str) -> Members:
        """The same of a schema without its parts."""
        key = (site.key, keyword)
        if key not in self._told:
            if keyword == _REQUIRED:
                named = [name for name in _list(site.value.get("required")) if isinstance(name, str)]
            else:
                properties = site.value.get("properties")
                named = [
                    member
                    for member, schema in (properties.items() if isinstance(properties, dict) else ())
                    if (isinstance(schema, Site) or _may_be_marked(schema, keyword))
                    and self._is_marked(site.member("properties", member), keyword)
                ]
            self._told[key] = frozenset(named)
        return self._told[key]

    def _is_marked(self, site: Site, keyword: str) -> bool:
        site = self._adapt(site)
        if not isinstance(site.value, dict):
            return False
        if "$ref" in site.value and not (self._vocabulary.siblings and site.value.get(keyword) is True):
            target = self._followed(site)
            return isinstance(target.value, dict) and target.value.get(keyword) is True
        if site.value.get(keyword) is True:
            return True
        parts = [site.member("allOf", index) for index in range(len(_list(site.value.get("allOf"))))]
        followed = [self._followed(part) if _is_reference(part.value) else part for part in parts]
        return any(isinstance(part.value, dict) and part.value.get(keyword) is True for part in followed)


@dataclass(frozen=True, slots=True)
class _Changed(Site):
    """A node whose value is another one than in its file; `origins` are the nodes of what stands elsewhere."""

    origins: Mapping[tuple[str | int, ...], Site]

    def member(self, *path: str | int) -> Site:
        """The node below, in the file where it stands."""
        for end in range(len(path), 0, -1):
            if (origin := self.origins.get(path[:end])) is not None:
                return origin.member(*path[end:]) if path[end:] else origin
        return Site.member(self, *path)


def _may_be_marked(schema: Any, keyword: str) -> bool:
    return isinstance(schema, dict) and (keyword in schema or "$ref" in schema or "allOf" in schema)


def _is_reference(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("$ref"), str)


def _says_more(schema: Any) -> bool:
    """Whether what stands beside a `$ref` judges values or describes them."""
    return len(schema) > 1


def _without_unreadable(schema: dict[str, Any]) -> None:
    """Drop the patterns of member names that nobody can read, and what is said of members with other names."""
    patterns = schema.get("patternProperties", {})
    if unreadable := [pattern for pattern in patterns if not _is_pattern(pattern)]:
        schema["patternProperties"] = {key: part for key, part in patterns.items() if key not in unreadable}
        schema.pop("additionalProperties", None)
        schema.pop("unevaluatedProperties", None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


@cache
def _is_pattern(pattern: str) -> bool:
    """Whether our judge can read the regular expression; what it cannot read, nobody enforces."""
    try:
        validator({"pattern": pattern})
    except ValueError:
        return False
    return True
