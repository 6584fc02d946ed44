"""
What the two CRM servers share: who calls, how a request is read, how an answer is written, and the records' views.

A fault of an operation is named "<operation>-<what>"; `Call.broken("<what>")` stands where the honest line stands.
Views are made with camelCase names; the dialect of the vendor's page spells them at the end.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.opponents.crm_requests import Parameters, Refused
from tests.opponents.store import Record, Store
from tests.opponents.ways import Fault, Ways

Kind = Literal["form", "rule", "state"]

PREFIX = "/api/2.0"
BIG = 2**33
"""What is added to every number that identifies a record when identifiers are big."""

HEADING, DATE = 4, 5
"""Types of custom fields (OO-75); 0 is a text field."""

CURRENCIES = {
    "EUR": ("Euro", "€", "EU", True, True),
    "JPY": ("Japanese Yen", "¥", "JP", True, True),
    "RUB": ("Российский рубль", "₽", "RU", True, True),
    "KZT": ("Казахстанский тенге", "₸", "KZ", True, False),
    "ISK": ("Icelandic Króna", "kr", "IS", False, False),
}

_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Dialect:
    """How a vendor's page spells the same things."""

    pascal: bool
    true: str
    false: str
    short_empty_elements: bool
    zone: timedelta
    """The offset of the portal's time where dates are given in another zone than UTC."""


@dataclass(frozen=True)
class Call:
    """One request that was let in."""

    operation: str
    fault: str | None
    caller: str
    """The id of the user who calls."""
    parameters: Parameters
    reading: bool

    def broken(self, what: str) -> bool:
        """Whether this is the one promise that the server breaks."""
        return self.fault == f"{self.operation}-{what}"


@dataclass(frozen=True)
class Operation:
    """One operation of a server; the path stands behind /api/2.0 and has no suffix."""

    name: str
    method: str
    path: str
    handler: Callable[[Call], Any]
    success: int = 200
    for_all: bool = False
    """Whether it is open to callers without a token."""
    plain: bool = False
    """Whether the answer keeps its names as they are."""


class Portal:
    """A portal with a CRM. What the vendors differ in is in the subclasses."""

    dialect: Dialect
    faults: dict[str, Fault]

    def __init__(self, ways: Ways, fault: str | None, store: Store) -> None:
        if fault is not None and fault not in self.faults:
            raise ValueError(f"{fault!r} is no fault of this server; there are {', '.join(self.faults)}")
        self.ways = ways
        self.fault = fault
        self.store = store

    def operations(self) -> list[Operation]:
        """The operations of this portal."""
        raise NotImplementedError

    def app(self) -> Starlette:
        """The portal as a web application."""
        routes = [
            Route(f"{PREFIX}{operation.path}{suffix}", self._endpoint(operation, suffix), methods=[operation.method])
            for suffix in (".json", ".xml", "")
            for operation in self.operations()
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: self._without_route})

    # --- the operations that both have ---

    def authenticate(self, call: Call) -> Record:
        """Give a new token for a user name and a password."""
        name, password = call.parameters.text("userName"), call.parameters.text("password")
        user = self._user_with(name, password)
        if user is None:
            # A failed login is none of the mapped errors (OO-23).
            raise Refused(500, "User authentication failed")
        token = secrets.token_urlsafe(30)
        self.store.put("token", token, {"user": user, "left": self.ways.token_life or None})
        return {"token": token, "expires": self.date(f"{datetime.now(UTC) + timedelta(days=365):%FT%T}.0000000Z")}

    def get_case(self, call: Call) -> Record:
        """The case as it is."""
        key = self.case_key(call)
        self.let_in(call)
        case = self.store.current("case", key)
        shown = self.store.shown("case", key)
        if case is None or shown is None or not self.may_see(call.caller, case):
            raise Refused(404, "Not found")
        return self.case_view(call, key, shown)

    def close_case(self, call: Call) -> Record:
        """Close the case; one that is closed stays so (OO-69)."""
        return self._set_closed(call, closed=True)

    def reopen_case(self, call: Call) -> Record:
        """Open the case again."""
        return self._set_closed(call, closed=False)

    def _set_closed(self, call: Call, *, closed: bool) -> Record:
        key, case = self.case_to_change(call)
        if not self.may_see(call.caller, case):
            raise Refused(403, "Access Denied")
        case["closed"] = closed
        self.store.put("case", key, case)
        return self.case_view(call, key, case)

    # --- who may what ---

    def let_in(self, call: Call) -> None:
        """Refuse users who may not use the CRM at all."""
        if not self.user(call.caller)["crm"]:
            raise Refused(403, "Forbidden")

    def case_key(self, call: Call) -> str:
        """The id of the case of the path."""
        number = call.parameters.raw("caseid")
        if call.broken("body-id") and "caseid" in call.parameters.in_body:
            number = call.parameters.in_body["caseid"][0]
        return str(number).lstrip("0") or "0"

    def case_to_change(self, call: Call) -> tuple[str, Record]:
        """The id and the newest state of the case of the path; refuses 0 with 400 and what is not there with 404."""
        key = self.case_key(call)
        self.let_in(call)
        if key == "0":
            raise Refused(400, "Value does not fall within the expected range.")
        case = self.store.current("case", key)
        if case is None:
            raise Refused(404, "Not found")
        return key, case

    def user(self, user: str) -> Record:
        """The newest state of a user."""
        found = self.store.current("user", user)
        assert found is not None, user
        return found

    def may_see(self, user: str, case: Record) -> bool:
        """Who sees a case may also edit it (OO-55)."""
        return not case["private"] or user in case["access"] or self.owns(user, case)

    def owns(self, user: str, record: Record) -> bool:
        """Whether the user is an administrator or made the record."""
        return bool(self.user(user)["admin"]) or user == record["creator"]

    def may_see_contact(self, user: str, contact: Record) -> bool:
        """A contact that is shared, to read or to write, is seen by everybody."""
        return contact["share"] in (1, 2) or user in contact["access"] or self.owns(user, contact)

    def write_case(self, call: Call, key: str, case: Record) -> None:
        """Store what an operation made of the case."""
        if call.broken("late"):
            waiting = self.store.current("waiting", key)
            self.store.put("waiting", key, case)
            if waiting is None:
                return
            case = waiting
        self.store.put("case", key, case)

    def others_of_creator(self, key: str) -> dict[str, Record]:
        """The other cases that the creator of this one made."""
        cases = self.store.all_current("case")
        return {
            other: case for other, case in cases.items() if other != key and case["creator"] == cases[key]["creator"]
        }

    # --- the views ---

    def case_view(self, call: Call, key: str, case: Record) -> Record:
        """The Case as this vendor's page shows it."""
        raise NotImplementedError

    def whole_case(self, call: Call, key: str, case: Record) -> Record:
        """The Case with all its ten members."""
        return {
            "members": [
                self.contact_base(call, contact_key, contact)
                for contact_key in case["members"]
                if (contact := self.store.shown("contact", contact_key)) is not None
                and self.may_see_contact(call.caller, contact)
            ],
            "createBy": self.user_view(call, case["creator"]),
            "created": self.created(call, case),
            "title": case["title"],
            "isClosed": str(case["closed"]) if call.broken("closed-text") else case["closed"],
            "isPrivate": str(case["private"]) if call.broken("private-text") else case["private"],
            "accessList": [self.user_view(call, user) for user in case["access"]] if case["private"] else [],
            "canEdit": self.may_see(call.caller, case),
            "customFields": self.fields_view(call, "case", key, case["values"]),
            "id": int(key),
        }

    def contact_base(self, call: Call, key: str, contact: Record) -> Record:
        """The contact as it stands in a case."""
        company = str(contact["company"])
        photo = f"/HttpHandlers/filehandler.ashx?action=contactphotoulr&cid={key}&isc={company}&v={contact['photo']}"
        view: Record = {
            "smallFotoUrl": f"{photo}&ps=1",
            "mediumFotoUrl": f"{photo}&ps=2",
            "displayName": contact["name"] if contact["company"] else f"{contact['first']} {contact['last']}",
            "isCompany": contact["company"],
            "accessList": [self.user_view(call, user) for user in contact["access"]] if contact["share"] == 0 else [],
            "isPrivate": contact["share"] == 0,
            "isShared": contact["share"] in (1, 2),
            "shareType": contact["share"],
            "currency": contact["currency"] and self.currency_view(call, contact["currency"]),
            "canEdit": contact["share"] == 1 or call.caller in contact["access"] or self.owns(call.caller, contact),
            "canDelete": self.owns(call.caller, contact),
            "id": key if call.broken("member-id-text") else int(key),
        }
        if call.broken("company-flag-text"):
            view["isCompany"] = "yes" if contact["company"] else "no"
        return self.read_without(call, view, ("smallFotoUrl", "mediumFotoUrl", "accessList"))

    def currency_view(self, call: Call, abbreviation: str) -> Record | str:
        """The currency of a contact."""
        title, symbol, culture, convertable, basic = CURRENCIES[abbreviation]
        if call.broken("currency-text"):
            return abbreviation
        return {
            "title": title,
            "symbol": symbol,
            "abbreviation": abbreviation,
            "cultureName": culture,
            "isConvertable": convertable,
            "isBasic": basic,
        }

    def user_view(self, call: Call, key: str) -> Record:
        """The user object of CreateBy and of access lists."""
        user = self.store.shown("user", key)
        assert user is not None, key
        view = {
            # ONLYOFFICE's page has Id in this object and id in all others.
            "Id" if self.dialect.pascal else "id": key,
            "displayName": user["name"],
            "title": user["title"],
            "avatarSmall": f"/skins/default/images/default_user_photo_size_32-32.png?hash={len(user['name'])}",
            "profileUrl": f"/Products/People/Profile.aspx?user={user['userName']}",
        }
        return self.read_without(call, view, ("title",))

    def fields_view(self, call: Call, entity: str, key: str, values: dict[str, str]) -> list[Record]:
        """The custom fields with a value and every heading, by position (OO-74)."""
        fields = {
            field_key: field
            for field_key, field in self.store.all_shown("field").items()
            if field["entity"] == entity and (values.get(field_key) or field["type"] == HEADING)
        }
        return [
            {
                "entityId": int(key),
                "lable" if call.broken("label-misspelt") else "label": field["label"],
                "fieldValue": values.get(field_key, ""),
                "fieldType": "Date" if call.broken("field-type-text") and field["type"] == DATE else field["type"],
                "position": field["position"],
                "mask": (field["mask"] or None) if call.broken("mask-null") else field["mask"],
                "id": field_key if call.broken("field-id-text") else int(field_key),
            }
            for field_key, field in sorted(fields.items(), key=lambda item: item[1]["position"])
        ]

    def read_without(self, call: Call, view: Record, optional: Iterable[str]) -> Record:
        """The view, in reads without its optional members where this portal hides them."""
        return without(view, optional) if self.ways.hides_optional and call.reading else view

    def created(self, call: Call, record: Record) -> str | int:
        """When the record was made."""
        if call.broken("created-number"):
            return int(datetime.fromisoformat(record["created"][:19] + "Z").timestamp())
        return self.date(record["created"])

    def date(self, stored: str) -> str:
        """The date in the form of the portal: seven digits of a second, and Z or the offset (OO-76)."""
        if not self.ways.other_dates:
            return stored
        local = datetime.fromisoformat(stored[:19]) + self.dialect.zone
        return f"{local:%FT%T}{stored[19:27]}+{self.dialect.zone.seconds // 3600:02}:00"

    # --- requests ---

    def _endpoint(self, operation: Operation, suffix: str) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            body = await request.body()
            path: dict[str, str] = dict(request.path_params)
            if any(re.fullmatch("[0-9]+", value) is None for value in path.values()):
                # The vendor's routes take digits only, so this is no route (OO-7).
                return PlainTextResponse("Not Found", 404)
            with self.store.alone():
                return self._answered(operation, suffix, request, path, body)

        return answer

    def _answered(
        self, operation: Operation, suffix: str, request: Request, path: dict[str, str], body: bytes
    ) -> Response:
        content_type = request.headers.get("content-type", "")
        is_json = content_type.partition(";")[0].strip().lower() == "application/json"
        as_xml = suffix == ".xml" and not is_json
        caller = self._caller(operation, request)
        written_all_the_same = caller is None and self.fault == f"{operation.name}-written-without-token"
        if caller is None and not operation.for_all and not written_all_the_same:
            return self._unauthorized(request)
        try:
            call = Call(
                operation=operation.name,
                fault=self.fault,
                caller=caller or self._any_admin(),
                parameters=Parameters(path, request.url.query, content_type, body),
                reading=request.method == "GET",
            )
            if call.broken("body-required") and not body:
                raise Refused(400, "The body is missing.")
            if call.broken("json-type-refused") and is_json:
                raise Refused(415, "Unsupported media type")
            result = operation.handler(call)
        except Refused as refusal:
            return self._unauthorized(request) if written_all_the_same else self._refusal(refusal, as_xml)
        if written_all_the_same:
            return self._unauthorized(request)
        if not operation.plain:
            result = self._spelt(call, result)
        return self._success(call, result, operation.success, as_xml)

    def _caller(self, operation: Operation, request: Request) -> str | None:
        """The id of the user who calls, None without valid credentials (OO-16)."""
        header = request.headers.get("authorization", "").strip()
        token = request.cookies.get("asc_auth_key") or header
        if not token:
            return self._any_admin() if self.fault == f"{operation.name}-no-token" else None
        scheme, _, rest = header.partition(" ")
        if scheme.lower() == "basic":
            user = self._user_of_basic(rest)
        else:
            user = self._user_of_token(token)
            if user is None and scheme.lower() == "bearer":
                user = self._user_of_token(rest.strip())
        if user is None and self.fault == f"{operation.name}-any-token":
            return self._any_admin()
        return user

    def _user_of_token(self, token: str) -> str | None:
        known = self.store.current("token", token)
        if known is None or known["left"] == 0:
            return None
        if known["left"] is not None:
            self.store.put("token", token, {**known, "left": known["left"] - 1})
        return str(known["user"])

    def _user_of_basic(self, encoded: str) -> str | None:
        try:
            name, _, password = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return self._user_with(name, password)

    def _user_with(self, name: str, password: str) -> str | None:
        users = self.store.all_current("user")
        fitting = (key for key, user in users.items() if (user["userName"], user["password"]) == (name, password))
        return next(fitting, None)

    def _any_admin(self) -> str:
        return next(key for key, user in self.store.all_current("user").items() if user["admin"])

    # --- answers ---

    def _spelt(self, call: Call, value: Any) -> Any:
        """The value with the names as the vendor's page writes them."""
        if isinstance(value, list):
            return [self._spelt(call, item) for item in value]
        if not isinstance(value, dict):
            return value
        pascal = self.dialect.pascal or call.broken("pascal")
        spelt = {_pascal(name) if pascal else name: self._spelt(call, item) for name, item in value.items()}
        if self.ways.more_members:
            spelt[_pascal("revision") if pascal else "revision"] = 3
            spelt[_pascal("links") if pascal else "links"] = {"self": "/x"}
        return spelt

    def _success(self, call: Call, result: Any, status: int, as_xml: bool) -> Response:
        envelope: Record = {}
        if not self.ways.page_members_only:
            envelope["count"] = len(result) if isinstance(result, list) else 1
        envelope["status"] = "0" if call.broken("status-text") else 0
        if call.broken("status-missing"):
            del envelope["status"]
        if not self.ways.page_members_only:
            envelope["statusCode"] = status
        envelope["response"] = result
        if not envelope.get("count"):
            # Zero is the default of this member and left out (OO-40).
            envelope.pop("count", None)
        return self._response(call, envelope, status, as_xml)

    def _refusal(self, refusal: Refused, as_xml: bool) -> Response:
        error = {"message": refusal.message, "hresult": -2146233088, "data": {}}
        return self._response(None, {"status": 1, "statusCode": refusal.status, "error": error}, refusal.status, as_xml)

    def _response(self, call: Call | None, envelope: Record, status: int, as_xml: bool) -> Response:
        if self.ways.more_members:
            envelope = {**envelope, "requestId": secrets.token_hex(8)}
        headers = {"ETag": f'"{secrets.token_hex(8)}"', "Cache-Control": "max-age=0"}
        if as_xml:
            content = self._xml(call, envelope)
            headers["Content-Type"] = "text/xml; charset=UTF-8"
        else:
            # The vendor escapes every slash, which only strings hold (OO-43).
            content = json.dumps(envelope, ensure_ascii=False).replace("/", "\\/").encode("utf-8", "replace")
            html = call is not None and call.broken("html-type")
            headers["Content-Type"] = "text/html; charset=UTF-8" if html else "application/json; charset=UTF-8"
        return Response(content, status, headers)

    def _xml(self, call: Call | None, envelope: Record) -> bytes:
        def broken(what: str) -> bool:
            return call is not None and call.broken(what)

        root = Element("answer" if broken("xml-root") else "result")
        true, false = ("True", "False") if broken("xml-capitals") else (self.dialect.true, self.dialect.false)

        def add(parent: Element, name: str, value: Any) -> None:
            if isinstance(value, list):
                wrapped = broken("xml-wrapped") and parent is not root
                holder = SubElement(parent, name) if wrapped else parent
                for item in value:
                    add(holder, "item" if wrapped else name, item)
                return
            if value == "" and broken("xml-empty-lost"):
                return
            element = SubElement(parent, name)
            if isinstance(value, dict):
                for member, inner in value.items():
                    add(element, member, inner)
            elif isinstance(value, bool):
                element.text = true if value else false
            elif value is not None:
                element.text = _NOT_IN_XML.sub("\ufffd", str(value))
                if broken("xml-ascii"):
                    element.text = element.text.encode("ascii", "replace").decode()

        for member, inner in envelope.items():
            add(root, member, inner)
        text = tostring(root, encoding="unicode", short_empty_elements=self.dialect.short_empty_elements)
        return text.encode("utf-8")

    def _unauthorized(self, request: Request) -> Response:
        headers = {}
        if "authorization" in request.headers:
            headers["WWW-Authenticate"] = f'Basic Realm="{request.url.hostname}"'
        return PlainTextResponse("Unauthorized", 401, headers)

    async def _without_route(self, request: Request, flaw: Exception) -> Response:
        assert isinstance(flaw, HTTPException)
        if flaw.status_code == 405:
            return self._refusal(Refused(404, "Method not found"), as_xml=request.url.path.endswith(".xml"))
        return PlainTextResponse("Not Found", flaw.status_code)


def shared_faults(operation: str, statements: dict[str, str]) -> dict[str, Fault]:
    """The faults that both servers can have, of one operation; by what is broken, the statement that says so."""
    return {
        f"{operation}-{what}": Fault(operation, tuple(statements[what].split()), kind, sentence)
        for what, (kind, sentence) in _SHARED.items()
        if what in statements
    }


_SHARED: dict[str, tuple[Kind, str]] = {
    "no-token": ("rule", "A request without any credentials is let in."),
    "any-token": ("rule", "A request with a token that nobody was given is let in."),
    "written-without-token": ("state", "A request without valid credentials is answered 401 and carried out."),
    "body-id": ("state", "A caseid in the body beats the one in the URL."),
    "late": ("state", "What is written is stored only with the next call for the same case."),
    "html-type": ("form", "The JSON answer has the media type text/html."),
    "status-text": ("form", 'The status of the envelope is the text "0".'),
    "status-missing": ("form", "The envelope has no status."),
    "created-number": ("form", "The time of creation is a number of seconds."),
    "xml-root": ("form", "The root element of the XML answer is answer."),
    "xml-wrapped": ("form", "A list in the XML answer is one element with item elements in it."),
}


def without(view: Record, names: Iterable[str]) -> Record:
    """The view without the members of these names."""
    left_out = set(names)
    return {name: value for name, value in view.items() if name not in left_out}


def identified(ways: Ways, number: int) -> str:
    """The key of a record with this number, as the ways have identifiers."""
    return str(number + BIG if ways.big_ids else number)


def _pascal(name: str) -> str:
    return name if name == "id" else name[:1].upper() + name[1:]
