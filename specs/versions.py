"""The versions of OpenAPI: what their documents have, and how one of each is read as those of 3.x are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from specs import swagger2
from specs.compiling import METHODS, METHODS_OF_3_2
from specs.flaws import Flaw, FlawedDocument, Place
from specs.foreign_files import Adapt, File, Files, Site
from specs.schema_resources import Resources
from specs.vocabularies import JSON_SCHEMA, OPENAPI_3_0, SWAGGER_2_0, Vocabulary

# The methods that llhttp knows, by which requests are read here.
ANSWERED_METHODS = frozenset(
    {
        *("ACL", "BIND", "CHECKOUT", "COPY", "LINK", "LOCK", "M-SEARCH", "MERGE", "MKACTIVITY", "MKCALENDAR"),
        *("MKCOL", "MOVE", "NOTIFY", "PROPFIND", "PROPPATCH", "PURGE", "REBIND", "REPORT", "SEARCH", "SOURCE"),
        *("SUBSCRIBE", "UNBIND", "UNLINK", "UNLOCK", "UNSUBSCRIBE"),
    }
)
"""Other methods than OpenAPI names that a server can be sent."""


def _document(files: Files) -> Site:
    return Site(files.root, (), files.root.data)


def _of_3_1(files: Files) -> Adapt:
    resources = Resources(files)
    files.lookup = resources.find
    return resources.modern


@dataclass(frozen=True, slots=True)
class Version:
    """
    How documents of one version are read.

    `document` gives the root of a document and `path_item` one of its paths as OpenAPI 3.x has them; `adapter` makes of
    its schemas what the `vocabulary` speaks of. `left_out` is what may stand at the root and is not served.
    """

    vocabulary: Vocabulary
    methods: tuple[str, ...] = METHODS
    more_methods: bool = False
    """Whether it has all that came with OpenAPI 3.2."""
    pathless: bool = False
    """Whether it has all that came with OpenAPI 3.1, a document without paths among it."""
    document: Callable[[Files], Site] = _document
    path_item: Callable[[Files, Site], Site] = lambda _, site: site
    adapter: Callable[[Files], Adapt] = lambda _: lambda site: site
    left_out: Mapping[str, str] = field(default_factory=dict)
    written: str = ""
    """The version that the normalised document names; empty for the one that was read."""


_WEBHOOKS = {"webhooks": "a mock sends no webhooks, so nothing serves these"}

VERSIONS: Mapping[str, Version] = {
    "2.0": Version(
        SWAGGER_2_0,
        document=swagger2.document,
        path_item=swagger2.path_item,
        adapter=lambda _: swagger2.schema,
        written="3.0.3",
    ),
    "3.0": Version(OPENAPI_3_0),
    "3.1": Version(JSON_SCHEMA, pathless=True, adapter=_of_3_1, left_out=_WEBHOOKS),
    "3.2": Version(JSON_SCHEMA, METHODS_OF_3_2, more_methods=True, pathless=True, adapter=_of_3_1, left_out=_WEBHOOKS),
}
"""By the number with which a document begins."""


def version_of(file: File) -> Version:
    """The version of a document; raises `FlawedDocument` for what is none, or one of a version that nobody reads."""
    data, top = file.data, Place(file.name, 1)
    if not isinstance(data, dict):
        message = "is not an OpenAPI document: it must be a mapping with `openapi: 3.1.0` or the like."
        raise FlawedDocument([Flaw(top, "", message)])
    key = next((key for key in ("openapi", "swagger") if key in data), None)
    if key is None:
        raise FlawedDocument(
            [Flaw(top, "", "is not an OpenAPI document: it has no `openapi: 3.1.0` or `swagger: '2.0'`.")]
        )
    version = VERSIONS.get(str(data[key])[:3])
    if version is None:
        name = "Swagger" if key == "swagger" else "OpenAPI"
        message = f"is {name} {str(data[key])[:20]}; the versions {', '.join(VERSIONS)} are read."
        raise FlawedDocument([Flaw(file.place((key,)), "", message)])
    if not isinstance(data.get("paths"), dict) and not (version.pathless and data.get("paths") is None):
        raise FlawedDocument([Flaw(file.place(("paths",)), "", "needs `paths`, a mapping.")])
    return version
