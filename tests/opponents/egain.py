"""
An opponent for eGain's "Edit open case", written from the page (001) and the vendor's facts alone.

Operations
    PATCH /core/casemgr/v3/case              editCase, the operation of the page
    GET   /core/casemgr/v3/case/{ids}        getCasesByIds: up to 75 ids with commas; $attribute, $sort, $order
    GET   /core/casemgr/v3/case              searchCase: status, owner, department; $pagenum, $pagesize, $attribute, ...
    GET   /core/casemgr/v3/case/attributes   getCaseAttributes: $attribute=custom or all
    POST  /global/{gateway}/oauth2/v2.0/token, /{gateway}/{policy}/oauth2/v2.0/token
                                             tokens: grant_type client_credentials or refresh_token

Who and what there is to play with stands in `KNOWN`; the tokens in `credentials`.

Where page and facts leave a choice: Accept and Accept-Language are required and refused with 406 when missing; a null
is as though the member were absent; lastClosed is accepted and ignored; an edit of nothing is 400-387; relations hold
both ways; an empty owner.user.id removes the owner; errors are JSON whatever Accept says; the media type of the request
is not looked at; a disabled or unlicensed target is a 400, a missing permission a 403.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tests.opponents.egain_edit import Caller, CaseDesk, sees
from tests.opponents.egain_faults import FAULTS
from tests.opponents.egain_form import Refusal, read
from tests.opponents.egain_seed import KNOWN, Credential, credentials, seed, stir
from tests.opponents.egain_view import ALL, BASE, LANGUAGES, SUMMARY, attribute_catalogue, refusal_body, shown_case
from tests.opponents.store import Record, Store
from tests.opponents.ways import Ways

__all__ = ["FAULTS", "KNOWN", "Credential", "build", "credentials", "seed", "stir"]

_SORTS = {"id": "id", "lastModified": "last_modified", "dueDate": "due_date", "subject": "subject"}
_MOST_IDS = 75


def build(ways: Ways, fault: str | None, store: Store) -> Starlette:
    """The server, honest in the given ways but for one fault or none."""
    if fault is not None and fault not in FAULTS:
        raise ValueError(f"{fault!r} is no fault of eGain; there are {', '.join(FAULTS)}")
    return _Server(ways, fault, store).app()


class _Server:
    """The HTTP side: who calls, what of, in which language; and the answers."""

    def __init__(self, ways: Ways, fault: str | None, store: Store) -> None:
        self._ways = ways
        self._fault = fault
        self._store = store
        self._desk = CaseDesk(store, self._broken)

    def app(self) -> Starlette:
        routes = [
            Route(f"{BASE}/case", self.edit_case, methods=["PATCH"]),
            Route(f"{BASE}/case", self.search_case, methods=["GET"]),
            Route(f"{BASE}/case/attributes", self.get_case_attributes, methods=["GET"]),
            Route(f"{BASE}/case/{{ids}}", self.get_cases_by_ids, methods=["GET"]),
            Route("/global/{gateway}/oauth2/v2.0/token", self.issue_token, methods=["POST"]),
            Route("/{gateway}/{policy}/oauth2/v2.0/token", self.issue_token, methods=["POST"]),
        ]
        handlers: Any = {Refusal: self._refused, HTTPException: self._unrouted, 500: self._failed}
        return Starlette(routes=routes, exception_handlers=handlers)

    async def edit_case(self, request: Request) -> Response:
        """PATCH /case."""
        body = await request.body()
        with self._store.alone():
            caller = self._caller(request, edits=True)
            self._accept(request)
            self._language(request, required=True)
            self._check_query(request, ())
            wishes = read(body, self._broken)
            for wish in wishes:
                self._desk.edit(caller, wish)
            return self._done(wishes[0].case_id)

    async def get_cases_by_ids(self, request: Request) -> Response:
        """GET /case/{ids}."""
        with self._store.alone():
            caller = self._caller(request)
            language = self._language(request)
            self._check_query(request, ("$attribute", "$sort", "$order"))
            keys = list(dict.fromkeys(request.path_params["ids"].split(",")))
            if len(keys) > _MOST_IDS:
                raise Refusal("400-244", f"No more than {_MOST_IDS} ids can be asked for.")
            records = [self._seen(caller, key) for key in keys]
            return self._cases(request, self._sorted(request, records), language)

    async def search_case(self, request: Request) -> Response:
        """GET /case."""
        with self._store.alone():
            caller = self._caller(request)
            language = self._language(request)
            filters = ("status", "owner", "department")
            paging = ("$pagenum", "$pagesize", "$attribute", "$sort", "$order")
            self._check_query(request, (*filters, *paging))
            wanted = {name: request.query_params[name] for name in filters if name in request.query_params}
            if not wanted:
                raise Refusal("400-245", "At least one API specific query parameter is required.")
            if caller.user is None and "department" not in wanted:
                raise Refusal("400-112", "Required query parameter(s) missing: 'department'.")
            found = [
                record
                for key, record in self._store.all_shown("case").items()
                if self._may_see(caller, record) and all(record[name] == value for name, value in wanted.items())
            ]
            page, size = self._number(request, "$pagenum", 1), self._number(request, "$pagesize", 25)
            part = self._sorted(request, found)[(page - 1) * size : page * size]
            if not part:
                return Response(status_code=204)
            paginated = {"count": len(found), "pagenum": page, "pagesize": size, "link": []}
            return self._cases(request, part, language, paginationInfo=paginated)

    async def get_case_attributes(self, request: Request) -> Response:
        """GET /case/attributes."""
        with self._store.alone():
            self._caller(request)
            self._check_query(request, ("$attribute",))
            wanted = request.query_params.get("$attribute")
            if wanted is None:
                raise Refusal("400-112", "Required query parameter(s) missing: '$attribute'.")
            if wanted not in ("custom", "all"):
                raise Refusal("400-102", "Unsupported value for '$attribute'. Allowed values: custom, all.")
            return JSONResponse(attribute_catalogue(self._ways))

    async def issue_token(self, request: Request) -> Response:
        """POST .../token: client_credentials for client applications, refresh_token for users."""
        body = (await request.body()).decode("utf-8", "replace")
        form = {name: values[-1] for name, values in parse_qs(body).items()}
        client_id, client_secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
        with self._store.alone():
            for credential in credentials(self._ways).values():
                is_client = form.get("grant_type") == "client_credentials" and credential.client_id != ""
                is_user = form.get("grant_type") == "refresh_token" and credential.refresh_token != ""
                if (is_client and (client_id, client_secret) == (credential.client_id, credential.client_secret)) or (
                    is_user and form.get("refresh_token") == credential.refresh_token
                ):
                    return self._issued(credential)
        return JSONResponse({"error": "invalid_grant", "error_description": "No such client or grant."}, 400)

    def _issued(self, credential: Credential) -> Response:
        grant = self._store.current("token", credential.token) or {}
        token = secrets.token_urlsafe(24)
        self._store.put("token", token, grant | {"left": self._ways.token_life or None})
        body = {"token_type": "Bearer", "access_token": token, "expires_in": 3600, "scope": "core.casemgr.manage"}
        if credential.refresh_token:
            body["refresh_token"] = credential.refresh_token
        return JSONResponse(body, headers={"cache-control": "no-store"})

    def _broken(self, name: str) -> bool:
        return self._fault == name

    def _caller(self, request: Request, edits: bool = False) -> Caller:
        header = request.headers.get("authorization")
        if header is None and edits and self._broken("token-not-needed"):
            return self._as_caller(self._store.current("token", credentials(self._ways)["sync"].token) or {})
        scheme, _, token = (header or "").partition(" ")
        grant = self._store.current("token", token.strip()) if scheme.lower() == "bearer" else None
        if grant is None or grant["left"] == 0:
            code = "403-178" if edits and header is not None and self._broken("bad-token-403") else "401-101"
            raise Refusal(code, "Invalid or expired value of header 'Authorization'.")
        if grant["left"] is not None:
            self._store.put("token", token.strip(), grant | {"left": grant["left"] - 1})
        caller = self._as_caller(grant)
        unlicensed = caller.user is not None and not caller.user["licences"]
        refused_client = edits and caller.user is None and self._broken("client-refused")
        if unlicensed or refused_client or not grant["api_client"] or (edits and not caller.manages):
            raise Refusal("403-178", "User is not allowed to perform this action.")
        return caller

    def _as_caller(self, grant: Record) -> Caller:
        user = self._store.current("user", grant["user"]) if grant["user"] else None
        return Caller(grant["tenant"], user, grant["manages"])

    def _accept(self, request: Request) -> None:
        ranges = _weighed(request.headers.get("accept", ""))
        if self._broken("xml-accept-refused"):
            ranges = [name for name in ranges if name != "application/xml"]
        if not set(ranges) & {"application/json", "application/xml", "application/*", "*/*"}:
            raise Refusal("406-100", "Invalid 'Accept' header value.")

    def _language(self, request: Request, required: bool = False) -> str:
        spelt = {language.lower(): language for language in LANGUAGES}
        wanted = _weighed(request.headers.get("accept-language", "" if required else "en-us"))
        known = [spelt[name] for name in wanted if name in spelt]
        if required and self._broken("portuguese-refused"):
            known = [name for name in known if name != "pt-PT"]
        if known:
            return known[0]
        if not required or (wanted and self._broken("language-unchecked")):
            return "en-US"
        code = "400-116" if self._broken("bad-language-400") else "406-100"
        raise Refusal(code, "Invalid 'Accept-Language' header value.")

    def _check_query(self, request: Request, allowed: tuple[str, ...]) -> None:
        strangers = [name for name in dict.fromkeys(request.query_params.keys()) if name not in allowed]
        if not strangers or (not allowed and self._broken("query-ignored")):
            return
        named = ", ".join(f"'{name}'" for name in strangers)
        if not allowed and self._broken("query-parameter-unnamed"):
            raise Refusal("400-101", "Unsupported query parameter(s) supplied.")
        raise Refusal("400-101", f"Unsupported query parameter(s) supplied: {named}.")

    def _number(self, request: Request, name: str, default: int) -> int:
        text = request.query_params.get(name, str(default))
        if not (text.isascii() and text.isdigit() and len(text) < 7 and int(text) > 0):
            raise Refusal("400-244", f"Invalid value for query parameter '{name}'.")
        return int(text)

    def _may_see(self, caller: Caller, record: Record) -> bool:
        if record["tenant"] != caller.tenant:
            return False
        return caller.user is None or sees(self._store, caller.user, record["department"])

    def _seen(self, caller: Caller, key: str) -> Record:
        record = self._store.shown("case", key)
        if self._broken("one-write-behind"):
            record = self._store.shown("shadow", key) or record
        if record is None or record["tenant"] != caller.tenant:
            raise Refusal("404-100", f"Ids in URI path not found: '{key}'.")
        if not self._may_see(caller, record):
            if self._ways.unseen == 403:
                raise Refusal("403-178", "User is not allowed to perform action 'View' on resource 'Case'.")
            raise Refusal("404-100", f"Ids in URI path not found: '{key}'.")
        return record

    def _sorted(self, request: Request, records: list[Record]) -> list[Record]:
        sort, order = request.query_params.get("$sort"), request.query_params.get("$order", "asc")
        if sort is None:
            if "$order" in request.query_params:
                raise Refusal("400-124", "'$order' needs '$sort'.")
            return records
        if sort not in _SORTS or order not in ("asc", "desc"):
            raise Refusal("400-102", f"Unsupported value for '$sort' or '$order'. Allowed: {', '.join(_SORTS)}.")
        return sorted(records, key=lambda record: str(record[_SORTS[sort]]), reverse=order == "desc")

    def _cases(self, request: Request, records: list[Record], language: str, **more: Any) -> Response:
        wanted = request.query_params.get("$attribute", "").split(",")
        names = {"": SUMMARY, "all": ALL}.get(wanted[0], wanted) if len(wanted) == 1 else wanted
        strangers = [name for name in names if name not in ALL]
        if strangers:
            raise Refusal("400-116", f"Unsupported value for $attribute: '{strangers[0]}'.")
        names = names if "id" in names else [*names, "id"]
        shown = [shown_case(self._store, self._ways, record, names, language) for record in records]
        body = {"case": shown, **more} | ({"generatedBy": "casemgr-2"} if self._ways.more_members else {})
        return JSONResponse(body, headers={"cache-control": "no-store"})

    def _done(self, key: str) -> Response:
        headers = {"x-request-id": secrets.token_hex(8)} if self._ways.more_members else {}
        if self._broken("success-200"):
            return JSONResponse({}, headers=headers)
        if self._broken("success-with-case"):
            record = self._store.current("case", key) or {}
            return JSONResponse(shown_case(self._store, self._ways, record, SUMMARY, "en-US"), headers=headers)
        return Response(status_code=204, headers=headers)

    async def _refused(self, request: Request, refusal: Exception) -> Response:
        assert isinstance(refusal, Refusal)
        edits = request.method == "PATCH"
        user_message = request.headers.get("x-egain-error-message") == "yes"

        def broken(name: str) -> bool:
            return edits and self._broken(name)

        body = refusal_body(refusal, self._ways, broken, user_message)
        headers = {"www-authenticate": "Bearer"} if refusal.status == 401 else {}
        if broken("error-as-html"):
            return HTMLResponse(f"<html><body><h1>{refusal.status}</h1></body></html>", refusal.status, headers)
        if broken("error-as-text"):
            return Response(json.dumps(body), refusal.status, headers, "text/plain")
        return JSONResponse(body, refusal.status, headers)

    async def _unrouted(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        refusal = Refusal(f"{error.status_code}-100", "Method not allowed or ids in URI path not found.")
        response = await self._refused(request, refusal)
        response.headers.update(error.headers or {})
        return response

    async def _failed(self, request: Request, error: Exception) -> Response:
        del error
        return await self._refused(request, Refusal("500-100", "System is unable to process the request."))


def _weighed(header: str) -> list[str]:
    """The entries of an Accept header that are not excluded by q=0, best first, in lower case."""
    entries: list[tuple[float, str]] = []
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights = [piece.removeprefix("q=") for piece in parameters if piece.startswith("q=")]
        try:
            weight = float(weights[0]) if weights else 1.0
        except ValueError:
            weight = 1.0
        if name and weight > 0:
            entries.append((weight, name))
    return [name for _, name in sorted(entries, key=lambda entry: -entry[0])]


def _basic(request: Request) -> tuple[str, str] | None:
    """Client id and secret of a Basic Authorization header; None where there is none."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, client_secret = base64.b64decode(text).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return client_id, client_secret
