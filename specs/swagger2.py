"""
Documents of Swagger 2.0 as OpenAPI 3.0 would have them.

What is made here stands for nodes of the user's file and holds the sites of those that stay as they are, so that each
flaw is reported where it stands there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from specs.foreign_files import Files, Site

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_JSON = "application/json"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_URLENCODED, _MULTIPART = _FORMS
# What a parameter, an item of one or a header says of its value; the rest is about the parameter itself.
_OF_VALUES = (
    *("type", "format", "items", "default", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength"),
    *("minLength", "pattern", "maxItems", "minItems", "uniqueItems", "enum", "multipleOf", "x-nullable", "x-example"),
)
_STYLES: Mapping[str, Mapping[str, Any]] = {
    "csv": {"explode": False},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "tsv": {"style": "tabDelimited", "explode": False},
    "pipes": {"style": "pipeDelimited", "explode": False},
    "multi": {"style": "form", "explode": True},
}
"""How arrays in parameters are written, by `collectionFormat`."""
_FLOWS: Mapping[str, str] = {
    "implicit": "implicit",
    "password": "password",
    "application": "clientCredentials",
    "accessCode": "authorizationCode",
}


def document(files: Files) -> Site:
    """The root of a document, with its security schemes where OpenAPI 3.0 has them."""
    root = Site(files.root, (), files.root.data)
    schemes = _mapping(files, root, "securityDefinitions")
    return Site(
        root.file,
        (),
        {
            **root.value,
            "components": {
                "securitySchemes": {name: _scheme(files.followed(schemes.member(name))) for name in schemes.value}
            },
        },
    )


def path_item(files: Files, site: Site) -> Site:
    """One path: its parameters, and its operations with bodies and answers by media type."""
    if not isinstance(site.value, dict):
        return site
    shared = _parameters(files, site)
    made: dict[str, Any] = {
        **{key: value for key, value in site.value.items() if key not in METHODS},
        "parameters": [_parameter(item) for item in shared if not _is_of_body(item)],
    }
    for method in METHODS:
        if method in site.value:
            made[method] = _operation(files, site.member(method), [item for item in shared if _is_of_body(item)])
    return Site(site.file, site.pointer, made)


def schema(site: Site) -> Site:
    """A schema with what OpenAPI 3.0 names or writes otherwise in its way."""
    source = site.value
    if not isinstance(source, dict) or "$ref" in source:
        return site
    made = dict(source)
    if isinstance(source.get("discriminator"), str):
        made["discriminator"] = {"propertyName": source["discriminator"]}
    if "x-nullable" in source:
        made["nullable"] = source["x-nullable"]
    else:
        made.pop("nullable", None)
    if source.get("type") == "file":
        made |= {"type": "string", "format": "binary"}
    if "x-example" in source and "example" not in source:
        made["example"] = source["x-example"]
    return Site(site.file, site.pointer, made)


def _operation(files: Files, site: Site, inherited: Iterable[Site]) -> Site:
    if not isinstance(site.value, dict):
        return site
    own = _parameters(files, site)
    made = {
        **{key: value for key, value in site.value.items() if key not in ("consumes", "produces")},
        "parameters": [_parameter(item) for item in own if not _is_of_body(item)],
    }
    named = {(item.value["name"], item.value["in"]): item for item in (*inherited, *own) if _is_of_body(item)}
    body = next((item for item in named.values() if item.value["in"] == "body"), None)
    if body is not None:
        made["requestBody"] = _body(body, _media(files, site, "consumes"))
    elif fields := list(named.values()):
        made["requestBody"] = _form(fields, _media(files, site, "consumes"))
    produced = _media(files, site, "produces")
    responses = _mapping(files, site, "responses")
    made["responses"] = {
        status: responses.member(status)
        if status.startswith("x-")
        else _response(files, files.followed(responses.member(status)), produced)
        for status in responses.value
    }
    return Site(site.file, site.pointer, made)


def _parameters(files: Files, site: Site) -> list[Site]:
    declared = site.value.get("parameters")
    if declared is not None and not isinstance(declared, list):
        files.flaw(site, "`parameters` must be a list.", "parameters")
    if not isinstance(declared, list):
        return []
    return [files.followed(site.member("parameters", index)) for index in range(len(declared))]


def _is_of_body(site: Site) -> bool:
    return (
        isinstance(site.value, dict)
        and site.value.get("in") in ("body", "formData")
        and isinstance(site.value.get("name"), str)
    )


def _parameter(site: Site) -> Site:
    """A parameter with what it says of its value under `schema`."""
    source = site.value
    if not isinstance(source, dict):
        return site
    own = {key: value for key, value in source.items() if key not in _OF_VALUES and key != "collectionFormat"}
    return Site(site.file, site.pointer, {**own, "schema": _of_value(site), **_style(source)})


def _style(source: Mapping[str, Any]) -> Mapping[str, Any]:
    """How an array is written."""
    if source.get("type") != "array":
        return {}
    return _STYLES.get(str(source.get("collectionFormat", "csv")), _STYLES["csv"])


def _of_value(site: Site) -> Site:
    """What a parameter, a field or a header says of its value, as a schema: the same place in the file."""
    return Site(site.file, site.pointer, {key: site.value[key] for key in _OF_VALUES if key in site.value})


def _body(site: Site, media: Iterable[str]) -> Site:
    source = site.value
    content = {name: {"schema": site.member("schema")} if "schema" in source else {} for name in media}
    return Site(site.file, site.pointer, {"required": source.get("required") is True, "content": content})


def _form(fields: list[Site], media: Iterable[str]) -> Site:
    """The body that the fields of a form make up; one with a file is multipart."""
    has_file = any(field.value.get("type") == "file" for field in fields)
    forms = [name for name in media if name.partition(";")[0] in _FORMS and not (has_file and name == _URLENCODED)]
    first = fields[0]
    form = Site(
        first.file,
        (*first.pointer, "form"),
        {
            "type": "object",
            "properties": {field.value["name"]: _of_value(field) for field in fields},
            "required": [field.value["name"] for field in fields if field.value.get("required") is True],
        },
    )
    encoding = {field.value["name"]: {**_style(field.value)} for field in fields if field.value.get("type") == "array"}
    content = {
        name: {"schema": form, **({"encoding": encoding} if encoding else {})}
        for name in forms or [_MULTIPART if has_file else _URLENCODED]
    }
    required = any(field.value.get("required") is True for field in fields)
    return Site(first.file, (*first.pointer, "form"), {"required": required, "content": content})


def _response(files: Files, site: Site, media: list[str]) -> Site:
    source = site.value
    if not isinstance(source, dict):
        return site
    examples = _mapping(files, site, "examples").value
    content: dict[str, Any] = {}
    if "schema" in source or examples:
        for name in dict.fromkeys((*media, *examples)):
            content[name] = {
                **({"schema": site.member("schema")} if "schema" in source else {}),
                **({"example": examples[name]} if name in examples else {}),
            }
    headers = _mapping(files, site, "headers")
    made = {
        "description": source.get("description", ""),
        "headers": {name: _header(headers.member(name)) for name in headers.value},
        "content": content,
    }
    # A shared answer is another one wherever other media types are produced.
    return Site(site.file, (*site.pointer, " ".join(media)), made)


def _header(site: Site) -> Site:
    if not isinstance(site.value, dict):
        return site
    described = {key: site.value[key] for key in ("description",) if key in site.value}
    return Site(site.file, site.pointer, {**described, "schema": _of_value(site)})


def _scheme(site: Site) -> Site:
    source = site.value
    kind = source.get("type") if isinstance(source, dict) else None
    if kind == "basic":
        return Site(site.file, site.pointer, {"type": "http", "scheme": "basic"})
    if kind == "oauth2":
        flow = _FLOWS.get(str(source.get("flow", "")), "implicit")
        return Site(site.file, site.pointer, {"type": "oauth2", "flows": {flow: {}}})
    return site


def _media(files: Files, operation: Site, key: str) -> list[str]:
    """The media types that an operation consumes or produces: its own, else those of the document, else JSON."""
    for holder in (operation.value, files.root.data):
        named = holder.get(key)
        if isinstance(named, list):
            found = [name for name in named if isinstance(name, str) and "/" in name]
            return found or [_JSON]
    return [_JSON]


def _mapping(files: Files, site: Site, key: str) -> Site:
    value = site.value.get(key)
    if isinstance(value, dict):
        return site.member(key)
    if value is not None:
        files.flaw(site, f"`{key}` must be a mapping.", key)
    return Site(site.file, (*site.pointer, key), {})
