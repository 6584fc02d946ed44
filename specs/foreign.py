"""Any OpenAPI document → a contract without a ledger: what it says is judged, what it leaves open is made up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from specs.compiling import MORE_METHODS, RANGES, compile_contract
from specs.contract import FOREIGN, SEQUENCES, Contract, placeholders
from specs.editions import DOCUMENTED
from specs.flaws import Flaw, FlawedDocument, Place
from specs.foreign_files import File, Files, Site
from specs.foreign_schemas import Key, Schemas
from specs.source import Document, Pointer
from specs.statements import Ledger
from specs.values import DEEPEST, depth
from specs.versions import ANSWERED_METHODS, Version, version_of

_STATUS = re.compile(r"[1-5][0-9][0-9]\Z")
_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9]+")
# OpenAPI 3.0.3, Parameter Object: such header parameters are ignored; a response's Content-Type likewise.
_IGNORED_HEADERS = ("accept", "content-type", "authorization")
_WILDCARDS = {
    "*/*": "application/json",
    "application/*": "application/json",
    "text/*": "text/plain",
    "image/*": "image/png",
    "audio/*": "audio/mpeg",
    "video/*": "video/mp4",
}
_MOST_SERVERS = 20
"""Addresses that the variables of one server are written out to."""
_AUTHORITY = re.compile(r"(?:[^/?#]*:)?//[^/?#]*")
_UNTOLD = ("boundary", "charset", "q")
EXTENSION = "x-casepact-resource"
"""Says at an operation or a path whose records it serves."""
EXTENSION_KEYS = ("name", "role", "parameter", "member")
RESOURCE_ROLES = ("create", "read", "list", "replace", "update", "delete")
LINKS = "x-casepact-links"
"""The links of a response in the normalised document, those that name their operation by its id."""

_DESCRIBING = ("tags", "summary", "description", "deprecated", "externalDocs")

_PROBLEMS = {
    "unauthenticated": (401, "Unauthorized"),
    "no-route": (404, "Not Found"),
    "method": (405, "Method Not Allowed"),
    "not-acceptable": (406, "Not Acceptable"),
    "too-large": (413, "Content Too Large"),
    "media-type": (415, "Unsupported Media Type"),
    "not-modelled": (501, "Not Implemented"),
    **dict.fromkeys(("unreadable", "missing-body", "invalid", "parameter", "unknown-parameter"), (400, "Bad Request")),
}
"""Status and title of our own answer (RFC 9457) to each kind of refusal."""


def load_foreign(path: Path, name: str, *, strict: bool = True) -> Contract:
    """
    The contract that a document of Swagger 2.0 or OpenAPI 3.0, 3.1 or 3.2 states, to be served under `name`.

    The document may be JSON or YAML, of one file or of several that lie in its folder, below it or one folder above.
    `default` and ranges like `4XX` stand for the statuses that a mock answers with. Vendor extensions, unknown formats
    and callbacks are left out, and links and `x-casepact-resource` are kept as far as they say whose records an
    operation serves; operations without an id get one. What else is left out stands among the remarks of the contract.

    Raises `CasepactError` for a file that cannot be read, and `FlawedDocument` with file and line for a document that
    is no OpenAPI, for remote `$ref`s and everything else that the specification does not allow and that matters here.
    Unless it is `strict`, what is wrong with one operation costs that operation: it stands among the `unread` of the
    contract. Where no operation is left, the document is refused all the same.
    """
    return read_foreign(path, name, strict=strict)[0]


def read_foreign(path: Path, name: str, *, strict: bool = True) -> tuple[Contract, Document]:
    """The contract as `load_foreign` has it, and the document it was compiled from, which knows where all stands."""
    files = Files(path)
    normaliser = _Normaliser(files, version_of(files.root))
    data = normaliser.document()
    if files.flaws and strict:
        raise FlawedDocument(files.flaws)
    document = Document(files.root.name, data, _Places(files.root, normaliser.sites))
    unread = None if strict else normaliser.unread()
    contract = compile_contract(document, Ledger(name, (), {}, ()), name, DOCUMENTED, FOREIGN, unread)
    wrong = {flaw for flaws in contract.unread.values() for flaw in flaws}
    rest = [flaw for flaw in files.flaws if flaw not in wrong]
    if (wrong or rest) and len(contract.unread) == len(contract.operations):
        raise FlawedDocument([*wrong, *rest])
    return replace(contract, remarks=(*normaliser.remarks, *sorted(set(rest)))), document


def server_paths(servers: Any) -> list[str]:
    """
    The paths of Server Objects, each once: "/v3" of "https://api.example/v3/".

    A variable in a path stands for its default and for each value of its enumeration.
    """
    found: dict[str, None] = {}
    for server in servers if isinstance(servers, list) else ():
        if not isinstance(server, dict) or not isinstance(server.get("url"), str):
            continue
        for url in _written_out(server["url"], server.get("variables")):
            # Scheme and host may be variables, so this is no URL yet.
            path = _AUTHORITY.sub("", url).partition("?")[0].partition("#")[0]
            parts = [part for part in path.split("/") if part not in ("", ".")]
            if parts and not any(part == ".." or "{" in part for part in parts):
                found.setdefault("/" + "/".join(parts))
    return list(found)


def _written_out(url: str, variables: Any) -> list[str]:
    """A server's address with its variables replaced, the defaults first."""
    urls = [url]
    for name, variable in variables.items() if isinstance(variables, dict) else ():
        if isinstance(variable, dict) and f"{{{name}}}" in url:
            listed = variable.get("enum")
            values = dict.fromkeys(
                map(str, [variable.get("default", ""), *(listed if isinstance(listed, list) else ())])
            )
            urls = [written.replace(f"{{{name}}}", value) for value in values for written in urls][:_MOST_SERVERS]
    return urls


class _Places(dict[Pointer, Place]):
    """Where each element of the normalised document stands in its file."""

    def __init__(self, root: File, sites: Mapping[Pointer, Site]) -> None:
        super().__init__()
        self._root, self._sites = root, sites

    def __contains__(self, pointer: object) -> bool:
        return True

    def __missing__(self, pointer: Pointer) -> Place:
        return self.get(pointer)

    def get(self, pointer: Pointer, default: Any = None) -> Place:
        """The line of an element, or of the nearest one above it."""
        for end in range(len(pointer), 0, -1):
            site = self._sites.get(pointer[:end])
            if site is not None:
                return site.file.place((*site.pointer, *pointer[end:]))
        return self._root.place(pointer)


class _Normaliser:
    """Writes the document anew: `$ref`s only to schemas, and nothing that the compiler of our own would refuse."""

    def __init__(self, files: Files, version: Version) -> None:
        self._files, self._version = files, version
        self._root = version.document(files)
        self._schemas = Schemas(files, version.vocabulary, version.adapter(files))
        self._known: dict[tuple[str, Pointer, str], tuple[Any, list[Flaw], list[Key]]] = {}
        self._used: list[Key] = []
        """Schemas in the order of their use, once for each."""
        self._operations: dict[Pointer, tuple[list[Flaw], list[Key]]] = {}
        """What was wrong with each operation, and which schemas it uses."""
        self._ids: set[str] = set()
        self._server_paths: dict[str, list[str]] = {}
        self._of_path: tuple[list[Flaw], list[Key]] = [], []
        self._unasked: set[str] = set()
        """Names of security schemes that no mock can ask for."""
        self._parameter_sites: dict[int, Site] = {}
        """By the identity of what a parameter became, which `_known` keeps alive."""
        self.sites: dict[Pointer, Site] = {}
        self.remarks: list[Flaw] = []

    def document(self) -> dict[str, Any]:
        """The normalised document; what is wrong is reported to the files."""
        data = self._root.value
        info = data.get("info") if isinstance(data.get("info"), dict) else {}
        items = self._mapping(self._root, "paths")
        self._ids = {
            str(operation["operationId"])
            for item in items.value.values()
            if isinstance(item, dict)
            for method, operation in item.items()
            if method in self._version.methods and isinstance(operation, dict) and operation.get("operationId")
        }
        self._note_left_out()
        components = self._mapping(self._root, "components")
        declared = self._mapping(components, "securitySchemes")
        schemes = {
            name: scheme
            for name, item in self._members(components, "securitySchemes")
            if (scheme := self._scheme(item)) is not None
        }
        self._unasked = {
            name
            for name in declared.value.keys() - schemes.keys()
            if (found := self._files.followed(declared.member(name)).value) and found.get("type") == "mutualTLS"
        }
        paths = {}
        for path, path_item in self._members(self._root, "paths"):
            if not path.startswith("x-"):
                paths[path] = self._path_item(path, path_item)
        self._schemas.finish()
        for name, site in self._schemas.sites.items():
            self.sites["components", "schemas", name] = site
        return {
            "openapi": self._version.written or str(data["openapi"]),
            "info": {
                key: str(info.get(key, default))
                for key, default in (("title", self._files.root.path.stem), ("version", "unknown"), ("description", ""))
            },
            **({"tags": data["tags"]} if isinstance(data.get("tags"), list) else {}),
            **self._security(self._root),
            "paths": paths,
            "components": {"schemas": self._schemas.components, "securitySchemes": schemes},
            "x-refusals": _own_refusals(),
            "server-paths": self._server_paths,
        }

    def unread(self) -> dict[Pointer, list[Flaw]]:
        """What is wrong with operations, by their pointers in the normalised document."""
        found = {}
        for pointer, (flaws, used) in self._operations.items():
            if wrong := [*flaws, *self._schemas.flaws(used)]:
                found[pointer] = list(dict.fromkeys(wrong))
        return found

    def _path_item(self, path: str, site: Site) -> dict[str, Any]:
        if not path.startswith("/"):
            self._files.flaw(site, f"a path begins with '/', not like '{path[:40]}'.")
            return {}
        item = self._files.followed(site)
        if item.value is None:
            return {}
        if not isinstance(item.value, dict):
            self._files.flaw(site, f"the path {path} must be a mapping.")
            return {}
        flaws, used = len(self._files.flaws), len(self._used)
        own = self._version.path_item(self._files, site)
        item = self._version.path_item(self._files, item)
        shared = self._parameters(path, item)
        self._of_path = self._files.flaws[flaws:], self._used[used:]
        result: dict[str, Any] = {}
        for method in self._version.methods:
            # A path item may hold operations beside a $ref; its own come first.
            holder = own if isinstance(own.value, dict) and method in own.value else item
            if method in holder.value:
                operation = self._files.followed(holder.member(method))
                result[method] = self._operation(path, (method,), operation, shared, item)
        more = self._mapping(item, MORE_METHODS)
        for method in more.value if self._version.more_methods else ():
            operation = self._files.followed(more.member(method))
            if method.lower() in self._version.methods or not _METHOD.match(method):
                self._files.flaw(operation, f"{method[:20]} is no method that stands among {MORE_METHODS}.")
            elif method not in ANSWERED_METHODS:
                self._remark(operation, f"no server of ours can be sent the method {method[:20]}; it is left out.")
            else:
                made = self._operation(path, (MORE_METHODS, method), operation, shared, item)
                result.setdefault(MORE_METHODS, {})[method] = made
        return result

    def _operation(
        self, path: str, where: tuple[str, ...], site: Site, shared: Mapping[tuple[str, str], Any], holder: Site
    ) -> dict[str, Any]:
        pointer: Pointer = ("paths", path, *where)
        self.sites[pointer] = site
        flaws, used = len(self._files.flaws), len(self._used)
        made = self._read_operation(path, where, site, shared, holder)
        of_path, used_by_path = self._of_path
        wrong = [*of_path, *self._files.flaws[flaws:]]
        self._operations[pointer] = wrong, [*used_by_path, *self._used[used:]]
        return made

    def _read_operation(
        self, path: str, where: tuple[str, ...], site: Site, shared: Mapping[tuple[str, str], Any], holder: Site
    ) -> dict[str, Any]:
        pointer: Pointer = ("paths", path, *where)
        if not isinstance(site.value, dict):
            self._files.flaw(site, "an operation must be a mapping.")
            return {}
        parameters = {**shared, **self._parameters(path, site)}
        named = placeholders(path)
        for name in named:
            # Every parameter of the template must be declared; one that is not is taken to be any text.
            parameters.setdefault((name, "path"), {"name": name, "in": "path", "required": True, "schema": {}})
        name = self._operation_id(path, where[-1].lower(), site.value.get("operationId"))
        servers: Any = next(
            (level.value["servers"] for level in (site, holder, self._root) if level.value.get("servers")), []
        )
        base = self._files.root.data.get("basePath")
        if found := server_paths([{"url": base}] if base else servers):
            self._server_paths[name] = found
        fitting = [item for (name, location), item in parameters.items() if location != "path" or name in named]
        for index, item in enumerate(fitting):
            if id(item) in self._parameter_sites:
                self.sites[*pointer, "parameters", index] = self._parameter_sites[id(item)]
        result = {
            **{key: site.value[key] for key in _DESCRIBING if key in site.value},
            "operationId": name,
            "parameters": fitting,
            "responses": self._responses(self._mapping(site, "responses"), pointer),
            **self._security(site),
        }
        said = next((level.member(EXTENSION) for level in (site, holder) if EXTENSION in level.value), None)
        if said is not None:
            result[EXTENSION] = self._resource(said)
        if "requestBody" in site.value:
            self.sites[*pointer, "requestBody"] = body = self._files.followed(site.member("requestBody"))
            result["requestBody"] = self._once(body, "body", self._body)
        return result

    def _resource(self, site: Site) -> dict[str, Any] | bool:
        """Whose records an operation serves: false for none's, or a name and what else is said."""
        declared = self._files.followed(site).value
        if declared is False:
            return False
        found = {"name": declared} if isinstance(declared, str) else declared
        if not isinstance(found, dict) or not isinstance(found.get("name"), str) or not found["name"]:
            self._files.flaw(site, f"`{EXTENSION}` is false, a name like pets, or {{name: pets, role: list}}.")
            return False
        for key, value in found.items():
            if key not in EXTENSION_KEYS or not isinstance(value, str):
                known = ", ".join(EXTENSION_KEYS)
                self._files.flaw(site, f"`{EXTENSION}` has the keys {known}, each a text, not {str(key)[:40]!r}.")
                return False
        if found.get("role", "list") not in RESOURCE_ROLES:
            known = ", ".join(RESOURCE_ROLES)
            self._files.flaw(site, f"the role of `{EXTENSION}` is one of {known}, not {found['role'][:40]!r}.")
            return False
        return found

    def _links(self, site: Site) -> list[dict[str, Any]]:
        """The links of a response that name an operation and its arguments; a flaw in one costs nothing."""
        if not isinstance(site.value.get("links"), dict):
            return []
        flaws = len(self._files.flaws)
        links = [self._files.followed(item).value for _, item in self._members(site, "links")]
        del self._files.flaws[flaws:]
        return [
            {"operationId": link["operationId"], "parameters": link["parameters"]}
            for link in links
            if isinstance(link, dict)
            and isinstance(link.get("operationId"), str)
            and isinstance(link.get("parameters"), dict)
        ]

    def _operation_id(self, path: str, method: str, given: Any) -> str:
        """The id as given, or one made of method and path: "get-pets-petId"."""
        if given:
            return str(given)
        name = wanted = "-".join((method, *filter(None, _NOT_IN_IDS.split(path)))).rstrip("-")
        number = 2
        while name in self._ids:
            name, number = f"{wanted}-{number}", number + 1
        self._ids.add(name)
        return name

    def _parameters(self, path: str, site: Site) -> dict[tuple[str, str], Any]:
        """The parameters by name and place, of a path item or an operation."""
        found: dict[tuple[str, str], Any] = {}
        holder = self._followed(site, "parameters")
        for index in range(len(self._list(site, "parameters"))):
            item = self._files.followed(holder.member(index))
            if item.value is None:
                continue
            parameter = self._once(item, "parameter", self._parameter)
            if parameter is not None:
                found[parameter["name"], parameter["in"]] = parameter
                self._parameter_sites[id(parameter)] = item
        return found

    def _parameter(self, site: Site) -> dict[str, Any] | None:
        data = site.value
        if not isinstance(data, dict) or not isinstance(data.get("name"), str):
            self._files.flaw(site, "a parameter needs a `name`.")
            return None
        name, location = data["name"], data.get("in")
        if location == "querystring" and self._version.more_methods:
            self._remark(site, f"nothing judges the query string as a whole, which '{name}' is.")
            return None
        if location not in ("path", "query", "header", "cookie"):
            self._files.flaw(site, f"the parameter '{name}' is `in` path, query, header or cookie, not {location!r}.")
            return None
        if location == "header" and name.lower() in _IGNORED_HEADERS:
            return None
        return {
            **{
                key: data[key]
                for key in ("description", "deprecated", "allowEmptyValue", "allowReserved")
                if key in data
            },
            "name": name,
            "in": location,
            "required": location == "path" or data.get("required") is True,
            **({"style": data["style"]} if isinstance(data.get("style"), str) else {}),
            **({"explode": data["explode"]} if isinstance(data.get("explode"), bool) else {}),
            **self._described(site, request=True),
            **_shown(data),
        }

    def _described(self, site: Site, *, request: bool) -> dict[str, Any]:
        """The schema of a parameter or header, or its one `content`."""
        if isinstance(site.value.get("content"), dict):
            return {"content": self._content(self._mapping(site, "content"), request=request, wildcards=True)}
        if "schema" not in site.value:
            return {"schema": {}}
        return {"schema": self._schema(site.member("schema"), request=request)}

    def _body(self, site: Site) -> dict[str, Any]:
        content = self._content(self._mapping(site, "content"), request=True, wildcards=False)
        required = isinstance(site.value, dict) and site.value.get("required") is True
        return {"required": required, "content": content}

    def _responses(self, site: Site, pointer: Pointer) -> dict[str, Any]:
        found = {}
        for status in site.value:
            if status.startswith("x-"):
                continue
            response = site.member(status)
            if not _STATUS.match(status) and status not in RANGES:
                self._files.flaw(response, f"'{status}' is not a status: 100 to 599, 1XX to 5XX, or default.")
                continue
            self.sites[*pointer, "responses", status] = followed = self._files.followed(response)
            found[status] = self._once(followed, "response", self._response)
        if not found and self._version.pathless:
            return {"200": {"description": "none is documented"}}
        if not found:
            self._files.flaw(site, "an operation needs `responses` with at least one answer.")
        return found

    def _response(self, site: Site) -> dict[str, Any]:
        if not isinstance(site.value, dict):
            if site.value is not None:
                self._files.flaw(site, "a response must be a mapping.")
            return {"description": ""}
        headers = {}
        for name, item in self._members(site, "headers"):
            header = self._files.followed(item)
            if name.lower() != "content-type" and isinstance(header.value, dict):
                headers[name] = self._once(header, "header", self._header)
        content = self._content(self._mapping(site, "content"), request=False, wildcards=True)
        return {
            "description": str(site.value.get("description", "")),
            **({"headers": headers} if headers else {}),
            **({"content": content} if content else {}),
            **({LINKS: links} if (links := self._links(site)) else {}),
        }

    def _header(self, site: Site) -> dict[str, Any]:
        return {
            "required": site.value.get("required") is True,
            **({"explode": True} if site.value.get("explode") is True else {}),
            **({"examples": examples} if (examples := dict(self._examples("", site))) else {}),
            **self._described(site, request=False),
        }

    def _content(self, site: Site, *, request: bool, wildcards: bool) -> dict[str, Any]:
        """The representations by media type, JSON first: of equals, that is what a client gets."""
        found: dict[str, Any] = {}
        for name in sorted(site.value, key=lambda name: "json" not in name and not name.startswith("*/")):
            media = _media_name(name)
            if wildcards:
                media = _WILDCARDS.get(media, media)
            if media not in found:
                found[media] = self._media(media, self._files.followed(site.member(name)), request=request)
                if media != (declared := name.partition(";")[0].strip().lower()):
                    found[media]["x-media-range"] = declared
        return found

    def _media(self, name: str, site: Site, *, request: bool) -> dict[str, Any]:
        if not isinstance(site.value, dict):
            if site.value is not None:
                self._files.flaw(site, "a media type must be a mapping.")
            return {}
        examples = dict(self._examples(name, site))
        if "itemSchema" in site.value and self._version.more_methods:
            return {**self._sequence(name, site, request=request), **({"examples": examples} if examples else {})}
        return {
            **({"schema": self._schema(site.member("schema"), request=request)} if "schema" in site.value else {}),
            **({"examples": examples} if examples else {}),
            **({"encoding": encoding} if (encoding := self._encodings(site)) else {}),
        }

    def _encodings(self, site: Site) -> dict[str, Any]:
        """How the members of a form are written, by name."""
        found: dict[str, Any] = {}
        for name, encoding in self._members(site, "encoding"):
            item = self._files.followed(encoding)
            if not isinstance(item.value, dict):
                continue
            headers = {
                key: self._once(header, "header", self._header)
                for key, named in self._members(item, "headers")
                if isinstance((header := self._files.followed(named)).value, dict) and key.lower() != "content-type"
            }
            kinds = {"contentType": str, "style": str, "explode": bool}
            plain = {key: item.value[key] for key, kind in kinds.items() if isinstance(item.value.get(key), kind)}
            found[name] = {**plain, **({"headers": headers} if headers else {})}
        return found

    def _sequence(self, name: str, site: Site, *, request: bool) -> dict[str, Any]:
        """A body that is one item after the other (OpenAPI 3.2, `itemSchema`), as an array of them."""
        if name not in SEQUENCES:
            self._remark(
                site.member("itemSchema"), f"nothing divides a body of {name} into items; it is taken as it is."
            )
            return {}
        return {
            key: self._schema(site.member(key), request=request)
            for key in ("schema", "itemSchema")
            if key in site.value
        }

    def _examples(self, media: str, site: Site) -> Iterator[tuple[str, dict[str, Any]]]:
        """The examples by name; what cannot be had, or is too deep to be written, is not an example."""
        for name, item in self._members(site, "examples"):
            example = self._files.followed(item)
            if not isinstance(example.value, dict):
                continue
            if "value" in example.value:
                value = self._files.data(example.member("value"))
            elif "dataValue" in example.value:
                value = self._files.data(example.member("dataValue"))
            elif isinstance(example.value.get("externalValue"), str):
                text = self._files.text(example, example.value["externalValue"])
                if text is None:
                    continue
                try:
                    value = orjson.loads(text) if "json" in media else text
                except orjson.JSONDecodeError:
                    continue
            else:
                continue
            if depth(value) <= DEEPEST:
                yield str(name), {"value": value}
        if "examples" not in site.value and "example" in site.value:
            value = self._files.data(site.member("example"))
            if depth(value) <= DEEPEST:
                yield "example", {"value": value}

    def _schema(self, site: Site, *, request: bool) -> dict[str, Any]:
        self._used.append(site.key)
        found: dict[str, Any] = self._once(
            site, "request" if request else "answer", self._schemas.of_request if request else self._schemas.of_answer
        )
        return found

    def _scheme(self, site: Site) -> dict[str, Any] | None:
        site = self._files.followed(site)
        kind = site.value.get("type") if isinstance(site.value, dict) else None
        if kind in ("oauth2", "openIdConnect"):
            return {"type": "http", "scheme": "bearer"}
        if kind == "http" and isinstance(site.value.get("scheme"), str):
            return {"type": "http", "scheme": site.value["scheme"]}
        if kind == "apiKey" and site.value.get("in") in ("query", "header", "cookie") and site.value.get("name"):
            return {"type": "apiKey", "in": site.value["in"], "name": str(site.value["name"])}
        if kind == "mutualTLS" and self._version.pathless:
            self._remark(site, "nothing asks for the certificate of a client (mutualTLS).")
            return None
        self._files.flaw(
            site, "a security scheme is http with a scheme, apiKey with in and name, oauth2, openIdConnect."
        )
        return None

    def _security(self, site: Site) -> dict[str, Any]:
        if "security" not in site.value:
            return {}
        for index, alternative in enumerate(self._list(site, "security")):
            if not isinstance(alternative, dict):
                self._files.flaw(site, "a security requirement must be a mapping.", "security", index)
                return {}
        asked = [
            {name: scopes for name, scopes in alternative.items() if name not in self._unasked}
            for alternative in self._list(site, "security")
        ]
        return {"security": asked}

    def _note_left_out(self) -> None:
        """Remark on what stands in the document and is not served."""
        for key, what in self._version.left_out.items():
            if found := self._root.value.get(key):
                names = ", ".join(map(str, found))[:200] if isinstance(found, dict) else ""
                self._remark(self._root.member(key), f"{what}: {names}.")

    def _remark(self, site: Site, message: str) -> None:
        self.remarks.append(Flaw(site.file.place(site.pointer), "", message))

    def _once(self, site: Site, kind: str, make: Any) -> Any:
        """What a node becomes, made once: what many use is then one object, and is compiled once."""
        key = (*site.key, kind)
        if key not in self._known:
            flaws, used = len(self._files.flaws), len(self._used)
            made = make(site)
            self._known[key] = made, self._files.flaws[flaws:], self._used[used:]
            return made
        made, wrong, keys = self._known[key]
        # Who uses it has its flaws too.
        self._files.flaws += wrong
        self._used += keys
        return made

    def _mapping(self, site: Site, key: str) -> Site:
        """The mapping under a key; an empty one, and a flaw reported, where something else stands."""
        found = site.member(key) if isinstance(site.value, dict) and key in site.value else None
        if found is not None and isinstance(found.value, dict):
            found = self._followed(site, key)
            if isinstance(found.value, dict):
                return found
        if found is not None and found.value is not None:
            self._files.flaw(site, f"`{key}` must be a mapping.", key)
        return Site(site.file, (*site.pointer, key), {})

    def _members(self, site: Site, key: str) -> Iterator[tuple[str, Site]]:
        """The members of the mapping under a key, those beside a `$ref` first."""
        holder, own = self._mapping(site, key), dict[str, Any]()
        value = site.value.get(key) if isinstance(site.value, dict) else None
        if isinstance(value, dict) and _is_reference(value):
            own = {name: item for name, item in value.items() if name != "$ref"}
            yield from ((name, site.member(key, name)) for name in own)
        for name in holder.value:
            if name not in own:
                yield name, holder.member(name)

    def _followed(self, site: Site, key: str) -> Site:
        """What stands under a key, also where a `$ref` stands that OpenAPI 3.0 has no place for."""
        if key not in site.value:
            return Site(site.file, (*site.pointer, key), None)
        found = site.member(key)
        return self._files.followed(found) if _is_reference(found.value) else found

    def _list(self, site: Site, key: str) -> list[Any]:
        value = self._followed(site, key).value
        if isinstance(value, list):
            return value
        if value is not None:
            self._files.flaw(site, f"`{key}` must be a list.", key)
        return []


def _shown(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """The example of a parameter, or the first of several."""
    examples = parameter.get("examples")
    for example in examples.values() if isinstance(examples, dict) else ():
        if isinstance(example, dict) and "value" in example:
            return {"example": example["value"]}
    return {"example": parameter["example"]} if "example" in parameter else {}


def _is_reference(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("$ref"), str)


def _media_name(name: str) -> str:
    """A media type in lower case, without the parameters that say nothing of what it holds."""
    essence, *parameters = (part.strip() for part in name.split(";"))
    kept = [part for part in parameters if part and part.partition("=")[0].strip().lower() not in _UNTOLD]
    return "; ".join((essence.lower(), *kept))


def _own_refusals() -> dict[str, Any]:
    return {
        kind: {
            "status": status,
            "statement": "",
            "media": "application/problem+json",
            "body": {"type": "about:blank", "title": title, "status": status, "detail": "{detail}"},
        }
        for kind, (status, title) in _PROBLEMS.items()
    }
