"""
An AICC server: modifyCase as the page "Modifying a Case" has it, getCase to read the case back, getToken for a token.

Who and what there is stands in `KNOWN` (aicc_seed.py), what may be broken in `FAULTS` (aicc_faults.py).
"""

from __future__ import annotations

import html
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.opponents.aicc_faults import FAULTS
from tests.opponents.aicc_seed import KNOWN, credentials, known, seed, stir
from tests.opponents.store import Record, Store
from tests.opponents.ways import Ways

__all__ = ["FAULTS", "KNOWN", "build", "credentials", "known", "seed", "stir"]

_BASE = "/service/AICC__Case/1.0.0/openapi"
_MANDATORY = ("id", "title", "description", "creatorId")
_OPTIONAL = ("ownerId", "priority", "dueDate", "contactId", "contactPhone", "attachment")
_BYTES = {"id": 20, "title": 128, "description": 20_000, "contactId": 20, "creatorId": 20, "contactPhone": 20}
_PRIORITIES = ("Low", "Medium", "High", "Critical")
_FORM = "application/x-www-form-urlencoded"


def build(ways: Ways, fault: str | None, store: Store) -> Starlette:
    """The server, honest in its ways, with one fault or none."""
    server = _Server(ways, fault, store)
    return Starlette(
        routes=[
            Route("/baas/auth/v1.0/oauth2/token", server.get_token, methods=["POST"]),
            Route(f"{_BASE}/case/modify", _answering_refusals(server.modify_case), methods=["POST"]),
            Route(f"{_BASE}/case/{{id}}", _answering_refusals(server.get_case), methods=["GET"]),
        ]
    )


class _RefusedError(Exception):
    """The request is not carried out."""

    def __init__(self, code: str, message: str, status: int = HTTPStatus.OK) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class _Server:
    def __init__(self, ways: Ways, fault: str | None, store: Store) -> None:
        self._ways = ways
        self._fault = fault
        self._store = store

    async def get_token(self, request: Request) -> Response:
        """Issue a token of the client's tenant."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
            return _token_error("invalid_request", f"The body must be {_FORM}.")
        form = await request.form()
        if form.get("grant_type") != "client_credentials":
            return _token_error("unsupported_grant_type", "Only client_credentials is supported.")
        with self._store.alone():
            client = self._store.current("client", str(form.get("client_id")))
            if client is None or client["secret"] != form.get("client_secret"):
                return _token_error("unauthorized_client", "Unknown client, or not its secret.")
            token = secrets.token_urlsafe(30) + "=="
            left = self._ways.token_life or None
            self._store.put("token", token, {"tenant": client["tenant"], "user": None, "any_owner": True, "left": left})
        answer = {"access_token": token, "expires_in": 1800, "token_type": "Bearer"}
        return JSONResponse({**answer, "scope": "openapi"} if self._ways.more_members else answer)

    async def get_case(self, request: Request) -> Response:
        """Show a case of the caller's tenant."""
        with self._store.alone():
            caller = self._caller(request.headers.get("access-token"))
            key = request.path_params["id"]
            case = self._visible(self._store.shown("case", key), caller)
            return _reply(request, self._with_more({**_SUCCESS, "result": [self._details(key, case)]}))

    async def modify_case(self, request: Request) -> Response:
        """Replace the texts of a case, and what else the body has."""
        content_type = request.headers.get("content-type")
        body = await request.body()
        with self._store.alone():
            caller = self._modifier(request)
            if not (content_type is None and self._broken("content-type-optional")):
                _require_json(content_type)
            info = self._case_info(_object_in(body))
            if info is None:
                return self._success(request)
            try:
                self._check(info)
            except _RefusedError:
                if self._broken("refused-yet-written"):
                    self._store_texts(info, caller)
                raise
            case = self._store.current("case", info["id"])
            case = case if case and self._broken("tenant-ignored") else self._visible(case, caller)
            self._check_references(info, case, caller)
            self._store_change(info, case, caller)
        return self._success(request)

    # Who may.

    def _modifier(self, request: Request) -> Record:
        token = request.headers.get("access-token")
        anybody = {"tenant": "nordhafen", "user": None, "any_owner": True}
        if token is None and self._broken("token-optional"):
            return anybody
        if token is not None and self._broken("token-unchecked") and self._store.current("token", token) is None:
            return anybody
        if self._broken("token-in-authorization"):
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return self._caller(token)

    def _caller(self, token: str | None) -> Record:
        """Whose token it is. Each use of a token that ends counts."""
        caller = None if token is None else self._store.current("token", token)
        if token is None or caller is None or caller["left"] == 0:
            raise _RefusedError("AICC-4010", "access-token is missing, unknown or expired.", HTTPStatus.UNAUTHORIZED)
        if caller["left"] is not None:
            self._store.put("token", token, {**caller, "left": caller["left"] - 1})
        return caller

    def _visible(self, case: Record | None, caller: Record) -> Record:
        if case is None:
            raise _RefusedError("AICC-4041", "There is no such case.", HTTPStatus.NOT_FOUND)
        if case["tenant"] != caller["tenant"]:
            raise _RefusedError("AICC-4042", "The case is not to be had here.", self._ways.unseen)
        return case

    # What is admitted.

    def _case_info(self, body: Record) -> Record | None:
        """The caseInfo of a body; None where a fault is content with less."""
        info = body.get("caseInfo")
        if "caseInfo" not in body and self._broken("caseinfo-optional"):
            return None
        if not isinstance(info, dict):
            raise _RefusedError("AICC-1001", "caseInfo is mandatory and an object.")
        if "id" not in info and self._broken("id-optional"):
            return None
        return info

    def _check(self, info: Record) -> None:
        """Refuse a caseInfo whose members are not as the table has them."""
        for member in _MANDATORY:
            if member not in info and self._broken(f"{member}-optional"):
                continue
            if not isinstance(info.get(member), str):
                raise _RefusedError("AICC-1002", f"{member} is mandatory and a string.")
            if member != "description" and not info[member].strip():
                raise _RefusedError("AICC-1003", f"{member} is empty.")
        for member in _OPTIONAL:
            if not isinstance(info.get(member), str | None):
                raise _RefusedError("AICC-1004", f"{member} is not a string.")
            if member not in info and self._broken(f"{member}-required"):
                raise _RefusedError("AICC-1002", f"{member} is mandatory.")
        for member in (*_MANDATORY, *_OPTIONAL):
            if info.get(member):
                self._check_length(member, info[member])
        priority, due = info.get("priority"), info.get("dueDate")
        if priority and priority.title() not in _PRIORITIES and not self._broken("priority-any"):
            raise _RefusedError("AICC-1006", f"priority {priority!r} is none of {', '.join(_PRIORITIES)}.")
        if priority == "Critical" and self._broken("priority-critical-refused"):
            raise _RefusedError("AICC-1006", "priority 'Critical' is unknown.")
        if due and not _is_date_time(due) and not self._broken("dueDate-any"):
            raise _RefusedError("AICC-1007", "dueDate is not in YYYY-MM-DD HH:mm:ss format.")
        if due and due.endswith(" 00:00:00") and self._broken("dueDate-midnight-500"):
            raise _RefusedError("AICC-5000", "Unexpected error.", HTTPStatus.INTERNAL_SERVER_ERROR)
        texts = f"{info.get('title', '')}{info.get('description', '')}"
        if self._broken("emoji-500") and any(ord(character) > 0xFFFF for character in texts):
            raise _RefusedError("AICC-5000", "Incorrect string value.", HTTPStatus.INTERNAL_SERVER_ERROR)

    def _check_length(self, member: str, value: str) -> None:
        try:
            size = len(value.encode())
        except UnicodeEncodeError:
            raise _RefusedError("AICC-1004", f"{member} holds half a character.") from None
        if member == "title" and self._broken("title-in-characters"):
            size = len(value)
        limit = _BYTES.get(member)
        if limit is None:
            return
        if size > limit and not self._broken(f"{member}-{limit + 1}-accepted"):
            raise _RefusedError("AICC-1005", f"{member} has {size} bytes, more than {limit}.")
        if size == limit and self._broken(f"{member}-{limit}-refused"):
            raise _RefusedError("AICC-1005", f"{member} must have less than {limit} bytes.")

    def _check_references(self, info: Record, case: Record, caller: Record) -> None:
        """Refuse a change that the present state of the records does not allow."""
        if case["state"] == "Completed":
            raise _RefusedError("AICC-2001", "The case is completed.")
        for member, kind in (("creatorId", "user"), ("ownerId", "user"), ("contactId", "contact")):
            key = info.get(member)
            if not key or key == case[member]:
                continue
            found = self._store.current(kind, key)
            if found is None or found["tenant"] != case["tenant"]:
                raise _RefusedError("AICC-2002", f"{member}: there is no {kind} {key!r}.")
        moves = bool(info.get("ownerId")) and info["ownerId"] != case["ownerId"]
        if moves and not caller["any_owner"] and caller["user"] != case["ownerId"]:
            raise _RefusedError("AICC-2003", "The owner is not yours to change.", HTTPStatus.FORBIDDEN)
        fields = self._template_fields(case)
        if self._broken("extension-refused") and any(field in info for field in fields):
            raise _RefusedError("AICC-1008", "caseInfo has an unknown member.")

    # What is stored.

    def _store_change(self, info: Record, case: Record, caller: Record) -> None:
        change = self._change(info, case)
        if self._broken("same-again-refused") and all(case[member] == value for member, value in change.items()):
            raise _RefusedError("AICC-2004", "There is nothing to change.")
        if self._broken("stored-at-the-next"):
            change = {**case.get("late", {}), "late": change}
        if self._broken("nothing-stored") or (self._broken("second-lost") and case["trace"]):
            change = {}
        trace = {"operator": info.get("creatorId"), "action": "Modify", "date": f"{datetime.now():%Y-%m-%d %H:%M:%S}"}
        modified = {**case, **change, "trace": [*case["trace"][-19:], trace]}
        key = info["id"]
        if self._broken("id-changed"):
            self._store.drop("case", key)
            key = f"{key[:-1]}{'0' if key[-1] != '0' else '1'}"
        self._store.put("case", key, modified)
        if self._broken("other-cases-too"):
            for other, record in self._store.all_current("case").items():
                if record["tenant"] == case["tenant"] and record["state"] != "Completed":
                    self._store.put("case", other, {**record, "description": modified["description"]})

    def _change(self, info: Record, case: Record) -> Record:
        """What the body changes in the case. The page calls the texts mandatory: the body replaces the case."""
        change: Record = {member: info[member] for member in ("title", "description") if member in info}
        for member in ("dueDate", "contactId", "contactPhone", "attachment"):
            change[member] = info.get(member) or None
        if info.get("priority"):
            written = info["priority"].title()
            change["priority"] = written if written in _PRIORITIES else info["priority"]
        if info.get("ownerId") and info["ownerId"] != case["ownerId"]:
            change |= {"ownerId": info["ownerId"], "ownerType": "user"}
        fields = {field: info[field] for field in self._template_fields(case) if field in info}
        change["extension"] = {**case["extension"], **fields}
        return self._spoilt(change, case)

    def _spoilt(self, change: Record, case: Record) -> Record:
        """The change as a fault has it stored."""
        for member in list(change):
            if self._broken(f"{member}-lost"):
                change[member] = case[member]
        title, description, due = change.get("title", ""), change.get("description", ""), change["dueDate"]
        if self._broken("title-lost-if-not-ascii") and not title.isascii():
            change["title"] = case["title"]
        if self._broken("title-escaped"):
            change["title"] = html.escape(title)
        if self._broken("title-cut-at-64"):
            change["title"] = title[:64]
        if self._broken("description-cut-at-4000"):
            change["description"] = description[:4000]
        if self._broken("description-one-line"):
            change["description"] = description.replace("\n", " ")
        if self._broken("priority-critical-as-high") and change.get("priority") == "Critical":
            change["priority"] = "High"
        if self._broken("dueDate-without-time") and due:
            change["dueDate"] = f"{due[:10]} 00:00:00"
        phone = change["contactPhone"]
        if self._broken("contactPhone-as-number") and phone and phone.isascii() and phone.isdigit():
            change["contactPhone"] = int(phone)
        return change

    def _store_texts(self, info: Record, caller: Record) -> None:
        """Store the texts of a refused request, where there is such a case."""
        case = self._store.current("case", str(info.get("id")))
        if case and case["tenant"] == caller["tenant"] and case["state"] != "Completed":
            texts = {name: info[name] for name in ("title", "description") if isinstance(info.get(name), str)}
            self._store.put("case", info["id"], {**case, **texts})

    def _template_fields(self, case: Record) -> list[str]:
        case_type = self._store.current("type", case["type"])
        return case_type["fields"] if case_type else []

    # What is answered.

    def _success(self, request: Request) -> Response:
        answer: Any = self._with_more(dict(_SUCCESS))
        if self._broken("rescode-number"):
            answer["resCode"] = 0
        if self._broken("rescode-missing"):
            del answer["resCode"]
        if self._broken("rescode-misspelt"):
            answer["rescode"] = answer.pop("resCode")
        if self._broken("rescode-200"):
            answer["resCode"] = "200"
        if self._broken("resmsg-missing"):
            del answer["resMsg"]
        if self._broken("resmsg-null"):
            answer["resMsg"] = None
        if self._broken("body-list"):
            answer = [answer]
        reply = _reply(request, answer, HTTPStatus.CREATED if self._broken("status-201") else HTTPStatus.OK)
        if self._broken("body-empty"):
            return Response(status_code=HTTPStatus.OK, media_type="application/json")
        if self._broken("body-not-json"):
            return Response(str(answer), media_type="application/json;charset=UTF-8")
        if self._broken("media-type-html"):
            reply.headers["content-type"] = "text/html;charset=UTF-8"
        return reply

    def _details(self, key: str, case: Record) -> Record:
        contact = self._store.current("contact", case["contactId"]) if case["contactId"] else None
        fields = self._template_fields(case)
        info = {"id": key, **{name: case[name] for name in ("title", "description", "creatorId", *_OPTIONAL)}}
        info |= {field: case["extension"].get(field) for field in fields}
        if not self._ways.page_members_only:
            info |= self._further_members(case)
        if self._ways.hides_optional:
            info = {name: value for name, value in info.items() if name not in (*_OPTIONAL, *fields)}
        info = self._with_more(info)
        if self._ways.page_members_only:
            return self._with_more({"caseInfo": info})
        customer = None
        if contact and not self._ways.hides_optional:
            customer = self._with_more({"id": case["contactId"], "name": contact["name"], "phone": contact["phone"]})
        trace = [self._with_more({**entry, "date": self._date(entry["date"])}) for entry in case["trace"]]
        details = {"caseInfo": info, "caseTrace": trace, "customerInfo": customer, "tasks": [], "isFollower": False}
        return self._with_more(details)

    def _further_members(self, case: Record) -> Record:
        """The members that the vendor's other pages show in a case; what is not set is null."""
        case_type = self._store.current("type", case["type"]) or {"name": None}
        copied = ("caseNo", "type", "status", "state", "isUpgraded", "isCanced", "isSuspend", "origin", "ownerType")
        return {
            **{name: case[name] for name in copied},
            **dict.fromkeys(("extternalNo", "reason", "suspendDate", "suspendAccumulatedTime", "parentId")),
            **{name: self._date(case[name]) for name in ("stayDate", "createdDate", "closedDate")},
            "typeName": case_type["name"],
            "type.__objectType": "AICC__CaseType",
            "type.name": case_type["name"],
        }

    def _date(self, stored: str | None) -> str | None:
        """A date the form of which the page leaves open; that of dueDate is fixed."""
        return f"{stored.replace(' ', 'T')}.000+08:00" if stored and self._ways.other_dates else stored

    def _with_more(self, members: Record) -> Record:
        return {**members, "zone": {"name": "north-2", "weight": 3}} if self._ways.more_members else members

    def _broken(self, fault: str) -> bool:
        return self._fault == fault


_SUCCESS = {"resCode": "0", "resMsg": "Success"}


def _answering_refusals(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except _RefusedError as refused:
            return _reply(request, {"resCode": refused.code, "resMsg": str(refused)}, refused.status)

    return answer


def _reply(request: Request, answer: Any, status: int = HTTPStatus.OK) -> Response:
    keeps = request.headers.get("connection", "").lower() != "close"
    headers = {"connection": "keep-alive"} if keeps else {}
    return Response(json.dumps(answer, ensure_ascii=False).encode(), status, headers, "application/json;charset=UTF-8")


def _token_error(error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, HTTPStatus.BAD_REQUEST)


def _require_json(content_type: str | None) -> None:
    if (content_type or "").partition(";")[0].strip().lower() != "application/json":
        raise _RefusedError("AICC-4150", "Content-Type must say JSON.", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


def _object_in(body: bytes) -> Record:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise _RefusedError("AICC-4000", "The body is not JSON.", HTTPStatus.BAD_REQUEST) from None
    if not isinstance(found, dict):
        raise _RefusedError("AICC-1001", "caseInfo is mandatory and an object.")
    return found


def _is_date_time(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", text):
        return False
    try:
        datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return False
    return True
