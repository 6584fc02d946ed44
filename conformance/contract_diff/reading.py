"""One side of a comparison: a document of any version of OpenAPI, whose nodes know their file and line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specs.compiling import MORE_METHODS
from specs.contract import placeholders
from specs.flaws import Flaw, Place
from specs.foreign import server_paths
from specs.foreign_files import Files, Site
from specs.translating import charges
from specs.versions import version_of

Shown = Callable[[str], str]
"""How the name of a file that was read is shown: `main:specs/egain/openapi.yaml` for one of a revision."""

# OpenAPI 3.0.3, Parameter Object: header parameters of these names are ignored.
_IGNORED_HEADERS = ("accept", "content-type", "authorization")
# Keywords whose value may be null.
_MAY_BE_NULL = ("const", "default", "example")
# Parameters of media types that do not say what a body holds.
_UNTOLD = ("boundary", "charset", "q")


@dataclass(frozen=True, slots=True)
class OperationSite:
    """An operation of a document; `site` is its node, `item` that of its path, `bases` are the paths of its servers."""

    id: str
    method: str
    path: str
    site: Site
    item: Site
    parameters: Mapping[tuple[str, str], Site]
    bases: tuple[str, ...]
    webhook: bool = False

    @property
    def name(self) -> str:
        """The operationId, or method and path where it has none."""
        return self.id or f"{self.method} {self.path}"


class Side:
    """
    A document, read through `$ref`s into whatever files they lead to.

    Raises `CasepactError` for a file that cannot be read, and `FlawedDocument` for what is no OpenAPI document.
    """

    def __init__(self, path: Path, shown: Shown = str) -> None:
        self._files, self._shown = Files(path), shown
        self.version = version_of(self._files.root)
        self.root = self.version.document(self._files)
        self.data: dict[str, Any] = self._files.root.data
        self.adapt = self.version.adapter(self._files)
        self._base = str(path.resolve().parent.parent)

    @property
    def dialect(self) -> tuple[str, str]:
        """What equal schemas must have in common to mean the same: the version of OpenAPI and the dialect."""
        number = str(self.data.get("openapi", self.data.get("swagger", "")))[:3]
        return number, str(self.data.get("jsonSchemaDialect", ""))

    @property
    def info(self) -> Mapping[str, Any]:
        """The Info Object."""
        info = self.data.get("info")
        return info if isinstance(info, dict) else {}

    def flaws(self) -> list[Flaw]:
        """What could not be read on the way, `$ref`s to nothing above all."""
        return [Flaw(self._place(flaw.place), flaw.subject, flaw.message) for flaw in sorted(set(self._files.flaws))]

    def place(self, site: Site, *path: str | int) -> Place:
        """The file and line of a node, or of what stands below it."""
        return self._place(site.file.place((*site.pointer, *path)))

    def relative(self, site: Site) -> tuple[str, tuple[str | int, ...]]:
        """What identifies a node in this document and in another version of it: file and pointer."""
        return str(site.file.path.resolve()).removeprefix(self._base), site.pointer

    def followed(self, site: Site) -> Site:
        """What stands at the end of the `$ref`s that begin here."""
        return self._files.followed(site)

    def target(self, site: Site) -> Site:
        """What the `$ref` of a schema leads to, as far as nothing stands beside a `$ref`."""
        alone = Site(site.file, site.pointer, {"$ref": site.value["$ref"]})
        is_end = _says_more if self.version.vocabulary.siblings else None
        return self._files.followed(alone, is_end)

    def sound(self, site: Site) -> Site:
        """A schema without keywords of impossible values; each is a flaw, unless it is null, which says nothing."""
        checks = self.version.vocabulary.checks
        kept = {}
        for key, value in site.value.items():
            if key in checks and not checks[key][0](value):
                if value is not None:
                    self._files.flaw(site, f"`{key}` {checks[key][1]}.", key)
            elif value is not None or key in _MAY_BE_NULL:
                kept[key] = value
        return site if len(kept) == len(site.value) else Site(site.file, site.pointer, kept)

    def lookup(self, site: Site, reference: str) -> Site | None:
        """What a reference in the file of a node names; None, and no flaw, where it names nothing."""
        known = len(self._files.flaws)
        found = self._files.named(site, reference)
        del self._files.flaws[known:]
        return found

    def mapping(self, site: Site, key: str) -> dict[str, Site]:
        """The members of the mapping under a key by name; none where there is no mapping."""
        value = site.value.get(key) if isinstance(site.value, dict) else None
        if isinstance(value, Site):
            value = value.value
        if not isinstance(value, dict):
            return {}
        holder = site.member(key)
        return {str(name): holder.member(name) for name in value}

    def operations(self) -> Iterator[OperationSite]:
        """Every operation, then every webhook as an operation whose request the server sends."""
        yield from self._operations("paths", webhook=False)
        yield from self._operations("webhooks", webhook=True)

    def content(self, site: Site) -> dict[str, Site]:
        """The representations under `content` by media type: in lower case, without charset and boundary."""
        return {_media_name(name): self.followed(item) for name, item in self.mapping(site, "content").items()}

    def component(self, site: Site) -> str:
        """The name of the component that a reference leads to, or an empty text."""
        reference = site.value.get("$ref") if isinstance(site.value, dict) else None
        return reference.rsplit("/", 1)[-1] if isinstance(reference, str) and "#/" in reference else ""

    def _place(self, place: Place) -> Place:
        return Place(self._shown(place.file), place.line)

    def _operations(self, key: str, *, webhook: bool) -> Iterator[OperationSite]:
        for path, site in self.mapping(self.root, key).items():
            if not webhook and not path.startswith("/"):
                continue
            item = self.version.path_item(self._files, self.followed(site))
            if not isinstance(item.value, dict):
                continue
            shared = self._parameters(item)
            for method, operation in self._methods(item):
                found = self.followed(operation)
                if isinstance(found.value, dict):
                    parameters = {**shared, **self._parameters(found)}
                    name = found.value.get("operationId")
                    bases = self._bases(found, item)
                    text = str(name) if isinstance(name, str) else ""
                    yield OperationSite(text, method, path, found, item, parameters, bases, webhook)

    def _methods(self, item: Site) -> Iterator[tuple[str, Site]]:
        for method in self.version.methods:
            if method in item.value:
                yield method.upper(), item.member(method)
        if self.version.more_methods:
            yield from self.mapping(item, MORE_METHODS).items()

    def _parameters(self, holder: Site) -> dict[tuple[str, str], Site]:
        listed = holder.value.get("parameters")
        found: dict[tuple[str, str], Site] = {}
        for index in range(len(listed) if isinstance(listed, list) else 0):
            site = self.followed(holder.member("parameters", index))
            data = site.value if isinstance(site.value, dict) else {}
            name, location = data.get("name"), data.get("in")
            if not isinstance(name, str) or not isinstance(location, str):
                continue
            if location == "header":
                name = name.lower()
                if name in _IGNORED_HEADERS:
                    continue
            found[name, location] = site
        return found

    def _bases(self, operation: Site, item: Site) -> tuple[str, ...]:
        if "basePath" in self.data:
            return tuple(server_paths([{"url": self.data["basePath"]}])) or ("",)
        levels = (level.value.get("servers") for level in (operation, item, self.root))
        return tuple(server_paths(next(filter(None, levels), []))) or ("",)


def carried(site: Site, keyword: str) -> tuple[str, ...]:
    """The statements that a node carries for a keyword, or as a whole."""
    value = site.value.get("x-statement") if isinstance(site.value, dict) else None
    said = charges(value) if value else {}
    return tuple(dict.fromkeys((*said.get(keyword, ()), *said.get("*", ()))))


def named_in(path: str) -> list[str]:
    """The names of the parameters of a path, in their order."""
    return placeholders(path)


def _says_more(schema: Any) -> bool:
    return len(schema) > 1


def _media_name(name: str) -> str:
    essence, *parameters = (part.strip() for part in name.split(";"))
    kept = [part for part in parameters if part and part.partition("=")[0].strip().lower() not in _UNTOLD]
    return "; ".join((essence.lower(), *kept))
