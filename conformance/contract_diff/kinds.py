"""The kinds of change by id, with their levels and the reasons for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.contract_diff.change import Kind, Level

_B, _W, _C, _T = Level.BREAKING, Level.WARNING, Level.COMPATIBLE, Level.TEXT

_REFUSED = "a request that was valid is refused"
_ACCEPTED = "every request that was valid is still valid"
_UNEXPECTED = "a response may contain what no response contained before"
_EXPECTED = "every response is one that was possible before"
_TOO_MANY = "a reader that knows every value meets one that it does not know"
_UNDECIDED = "cannot be decided: neither side is known to contain the other"

# id, what it is, level and reason in requests, level and reason in responses
_OF_VALUES: tuple[tuple[str, str, Level, str, Level, str], ...] = (
    ("type-removed", "type no longer allowed", _B, _REFUSED, _C, _EXPECTED),
    ("type-added", "type allowed in addition", _C, _ACCEPTED, _B, _UNEXPECTED),
    ("type-changed", "type changed", _B, _REFUSED, _B, _UNEXPECTED),
    ("null-removed", "null no longer allowed", _B, _REFUSED, _C, _EXPECTED),
    ("null-added", "null allowed in addition", _C, _ACCEPTED, _B, "a reader that expects a value meets null"),
    (
        "type-declared",
        "type declared that the other keywords imply",
        *(_W, "values of other types were valid, though probably not meant"),
        *(_C, _EXPECTED),
    ),
    (
        "type-undeclared",
        "type no longer declared; the other keywords imply it",
        *(_C, _ACCEPTED),
        *(_W, "values of other types are valid, though probably not meant"),
    ),
    ("enum-value-removed", "enum value removed", _B, _REFUSED, _C, _EXPECTED),
    ("enum-value-added", "enum value added", _C, _ACCEPTED, _W, _TOO_MANY),
    ("enum-added", "values limited to an enum", _B, _REFUSED, _C, _EXPECTED),
    ("enum-removed", "values no longer limited to an enum", _C, _ACCEPTED, _W, _TOO_MANY),
    ("bound-tightened", "limit tightened", _B, _REFUSED, _C, _EXPECTED),
    ("bound-relaxed", "limit relaxed", _C, _ACCEPTED, _B, _UNEXPECTED),
    ("pattern-added", "pattern added", _B, _REFUSED, _C, _EXPECTED),
    ("pattern-removed", "pattern removed", _C, _ACCEPTED, _B, _UNEXPECTED),
    ("pattern-changed", "pattern changed", _W, _UNDECIDED, _W, _UNDECIDED),
    ("format-added", "format added", _B, _REFUSED, _C, _EXPECTED),
    ("format-removed", "format removed", _C, _ACCEPTED, _B, _UNEXPECTED),
    ("format-widened", "format widened", _C, _ACCEPTED, _B, _UNEXPECTED),
    ("format-narrowed", "format narrowed", _B, _REFUSED, _C, _EXPECTED),
    ("format-changed", "format changed", _B, _REFUSED, _B, _UNEXPECTED),
    (
        "format-unjudged",
        "format changed that nothing enforces",
        *(_W, "cannot be decided: what the format allows is not defined"),
        *(_W, "cannot be decided: what the format allows is not defined"),
    ),
    ("items-made-unique", "items must be unique", _B, _REFUSED, _C, _EXPECTED),
    ("items-not-unique", "items need not be unique any more", _C, _ACCEPTED, _B, _UNEXPECTED),
    ("member-added", "optional member added", _C, _ACCEPTED, _C, "readers ignore members that they do not know"),
    (
        "member-added-to-closed",
        "member added to an object that allowed no other members",
        *(_C, _ACCEPTED),
        *(_W, "a reader that validates by the old contract refuses the member"),
    ),
    (
        "required-member-added",
        "required member added",
        *(_B, "a request without the member was valid and is refused, default or not"),
        *(_C, "readers ignore members that they do not know"),
    ),
    (
        "required-member-added-to-closed",
        "required member added to an object that allowed no other members",
        *(_B, "a request without the member was valid and is refused, default or not"),
        *(_W, "a reader that validates by the old contract refuses the member"),
    ),
    (
        "member-removed",
        "optional member removed",
        *(_W, "a request may still contain it, but nothing says that it has an effect"),
        *(_W, "a reader may use it where it is there"),
    ),
    (
        "required-member-removed",
        "required member removed",
        *(_W, "a request may still contain it, but nothing says that it has an effect"),
        *(_B, "a reader could rely on it"),
    ),
    ("member-forbidden", "member no longer allowed", _B, _REFUSED, _W, "a reader may use it where it is there"),
    (
        "required-member-forbidden",
        "required member no longer allowed",
        *(_B, _REFUSED),
        *(_B, "a reader could rely on it"),
    ),
    ("member-required", "member became required", _B, _REFUSED, _C, "a reader could not rely on it, and now can"),
    ("member-optional", "member became optional", _C, _ACCEPTED, _B, "a reader could rely on it, and no longer can"),
    ("object-closed", "other members no longer allowed", _B, _REFUSED, _C, _EXPECTED),
    ("object-opened", "other members allowed", _C, _ACCEPTED, _W, "a reader that validates refuses other members"),
    ("branch-removed", "alternative removed", _B, _REFUSED, _C, _EXPECTED),
    ("branch-added", "alternative added", _C, _ACCEPTED, _B, _UNEXPECTED),
    (
        "choice-made-exclusive",
        "exactly one alternative must match",
        *(_W, "cannot be decided: a value that matches two alternatives is refused now"),
        *(_C, _EXPECTED),
    ),
    (
        "discriminator-changed",
        "discriminator changed",
        *(_B, "the member that selects the alternative is another one"),
        *(_B, "the member that selects the alternative is another one"),
    ),
    ("discriminator-value-removed", "discriminator value removed", _B, _REFUSED, _C, _EXPECTED),
    ("discriminator-value-added", "discriminator value added", _C, _ACCEPTED, _W, _TOO_MANY),
    (
        "default-changed",
        "default changed",
        *(_W, "a request that leaves it out means something else"),
        *(_W, "a reader that fills in the default has another value"),
    ),
    ("default-added", "default added", _C, _ACCEPTED, _C, _EXPECTED),
    (
        "default-removed",
        "default removed",
        *(_W, "nothing says what a request that leaves it out means"),
        *(_W, "a reader that filled in the default has none"),
    ),
    ("keyword-added", "restriction added", _B, _REFUSED, _C, _EXPECTED),
    ("keyword-removed", "restriction removed", _C, _ACCEPTED, _B, _UNEXPECTED),
    ("keyword-changed", "restriction changed", _W, _UNDECIDED, _W, _UNDECIDED),
    (
        "xml-changed",
        "form in XML changed",
        *(_W, "requests in XML are written otherwise"),
        *(_W, "responses in XML are written otherwise"),
    ),
    ("member-deprecated", "deprecated", _C, "it still works", _C, "it is still there"),
    ("media-type-removed", "media type removed", _B, _REFUSED, _B, "a client may ask for it"),
    ("media-type-added", "media type added", _C, _ACCEPTED, _C, "clients get it only if they ask for it"),
    ("encoding-changed", "encoding of a form changed", _W, _UNDECIDED, _W, _UNDECIDED),
)

_ALWAYS: tuple[tuple[str, str, Level, str], ...] = (
    ("api-removed", "API removed", _B, "nothing of it can be called any more"),
    ("api-added", "API added", _C, "nobody called it before"),
    ("operation-removed", "operation removed", _B, "clients that call it get an error"),
    ("operation-ended", "deprecated operation removed", _C, "its announced end, x-sunset, is past"),
    ("operation-added", "operation added", _C, "nobody called it before"),
    ("operation-moved", "method or path changed", _B, "clients call the old method and path"),
    ("path-moved-to-server", "part of the path moved to the server address", _C, "the whole address is the same"),
    ("path-parameter-renamed", "path parameter renamed", _C, "the name is not sent"),
    ("operation-id-changed", "operationId changed", _C, "requests are the same; generated clients rename the method"),
    ("operation-deprecated", "operation deprecated with an end date", _C, "it works until x-sunset"),
    (
        "operation-deprecated-without-end",
        "operation deprecated without an end date",
        _W,
        "nothing says how long it will work; give x-sunset",
    ),
    ("operation-undeprecated", "operation no longer deprecated", _C, "it still works"),
    ("component-renamed", "component renamed", _C, "the name is not sent; generated clients rename the type"),
    ("parameter-added", "optional parameter added", _C, _ACCEPTED),
    ("required-parameter-added", "required parameter added", _B, "a request without the parameter is refused"),
    (
        "parameter-removed",
        "parameter removed",
        _W,
        "a request may still contain it, but nothing says that it has an effect",
    ),
    ("parameter-moved", "parameter moved to another place", _B, "clients send it where it was"),
    ("parameter-required", "parameter became required", _B, "a request without the parameter is refused"),
    ("parameter-optional", "parameter became optional", _C, _ACCEPTED),
    ("parameter-style-changed", "parameter is written otherwise", _B, "clients write it as before"),
    ("body-added", "optional request body added", _C, _ACCEPTED),
    ("required-body-added", "required request body added", _B, "a request without a body is refused"),
    ("body-removed", "request body removed", _B, "clients send a body for which nothing is documented"),
    ("body-required", "request body became required", _B, "a request without a body is refused"),
    ("body-optional", "request body became optional", _C, _ACCEPTED),
    ("response-removed", "response removed", _C, "clients that expect it lose nothing"),
    ("success-removed", "success response removed", _B, "clients expect this status"),
    ("response-added", "response added", _C, "clients treat an unknown 4xx or 5xx like 400 or 500 (RFC 9110)"),
    ("success-added", "success response added", _W, "clients that expect one status meet another"),
    ("header-added", "response header added", _C, "readers ignore headers that they do not know"),
    ("header-removed", "optional response header removed", _W, "a reader may use it where it is there"),
    ("required-header-removed", "required response header removed", _B, "a reader could rely on it"),
    ("header-required", "response header became required", _C, "a reader could not rely on it, and now can"),
    ("header-optional", "response header became optional", _B, "a reader could rely on it, and no longer can"),
    ("security-required", "credentials required", _B, "requests without credentials are refused"),
    ("security-not-required", "credentials no longer required", _C, "requests with credentials still work"),
    ("security-alternative-removed", "way to authenticate removed", _B, "clients that use it are refused"),
    ("security-alternative-added", "way to authenticate added", _C, "the others still work"),
    ("security-scope-added", "scope required in addition", _B, "tokens without the scope are refused"),
    ("security-scope-removed", "scope no longer required", _C, "tokens with the scope still work"),
    ("security-scheme-changed", "security scheme changed", _B, "clients authenticate as before"),
    ("security-flow-changed", "addresses of a security scheme changed", _W, "clients ask for tokens where they did"),
    ("server-removed", "server address removed", _W, "clients that use the address may find nothing there"),
    ("server-added", "server address added", _C, "the other addresses still work"),
    ("unreadable", "a part of the contract that cannot be read", _W, "cannot be decided: it was not compared"),
    ("statement-added", "statement added", _C, "one more promise is checked"),
    ("statement-removed", "statement removed", _C, "it promised nothing that binds a server"),
    ("promise-removed", "statement removed that bound servers", _B, "clients could rely on the promise"),
    ("standing-raised", "statement binds servers now", _C, "a note becomes a promise"),
    ("standing-lowered", "statement no longer binds servers", _W, "a promise becomes a note"),
    ("standing-changed", "standing changed", _T, "it binds as before"),
    ("proof-added", "statement is checked now", _C, "one more promise is checked"),
    ("proof-removed", "statement is no longer checked", _W, "nothing shows any more that the promise is kept"),
    ("proof-changed", "statement is checked in another way", _T, "it is checked as before"),
    ("refusal-raised", "refusal promised", _C, "a note becomes a promise"),
    ("refusal-lowered", "refusal no longer promised", _W, "a promise becomes a note"),
    ("statement-reworded", "statement reworded", _T, "the id stands for what the page says"),
    ("statement-text", "notes of a statement changed", _T, "they promise nothing"),
    ("contradiction-added", "contradiction added", _T, "its effect on statements is listed with them"),
    ("contradiction-removed", "contradiction removed", _T, "its effect on statements is listed with them"),
    (
        "contradiction-decided",
        "decision reworded",
        _T,
        "its effect on statements is listed with them",
    ),
    ("page-read-again", "the text of a page changed", _T, "its effect on statements is listed with them"),
    ("text-changed", "text changed", _T, "neither requests nor responses depend on it"),
    ("extension-changed", "extension changed", _T, "neither requests nor responses depend on it"),
    ("rewritten", "written otherwise", _T, "nothing that can be sent or received differs"),
    ("version-too-low", "version not raised enough", _B, "readers judge by the version whether they must act"),
    (
        "version-unreadable",
        "version is not a semantic version",
        _W,
        "cannot be decided: a semantic version looks like 1.4.0",
    ),
)


def _kinds() -> Iterator[Kind]:
    for name, says, request, why_request, response, why_response in _OF_VALUES:
        yield Kind(name, says, request, response, why_request, why_response)
    for name, says, level, why in _ALWAYS:
        yield Kind(name, says, level, level, why, why)


KINDS: Mapping[str, Kind] = {kind.id: kind for kind in _kinds()}
"""Every kind of change, by its id, which is also the `ruleId` in SARIF."""

OF_VALUES: tuple[str, ...] = tuple(row[0] for row in _OF_VALUES)
"""The ids of those whose level depends on the direction: what a schema or a media type says."""
