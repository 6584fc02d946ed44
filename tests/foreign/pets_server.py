"""A server of tests/foreign/documents/pets, in plain Starlette: it shares no code with the mock, and can be faulty."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

KEY = "sesame"
KINDS = ("dog", "cat")

Answer = Callable[[Request, Response], Response]
Habit = Callable[["Pets", Request, Response], Response]
"""What an honest server does beside what the document says, to the answer that it is about to give."""


@dataclass(frozen=True)
class Fault:
    """
    What is wrong with a server, and which statement breaks by it.

    `answer` changes what the operation answers with a status; `lenient` names what is not looked at in requests.
    """

    statement: str
    operation: str = ""
    status: int = 0
    answer: Answer = lambda request, response: response
    lenient: str = ""


class Refused(Exception):
    """A request that is not carried out."""

    def __init__(self, status: int, reason: str) -> None:
        self.status, self.reason = status, reason


class Pets:
    """The state of one server."""

    def __init__(self, fault: Fault | None = None, habit: Habit | None = None) -> None:
        self.fault, self.habit = fault, habit
        self.asked = 0
        self.pets: dict[int, dict[str, Any]] = {
            1: {"id": 1, "name": "Rex", "kind": "dog", "age": 3, "chip": "a member that the document does not have"},
            2: {"id": 2, "name": "Tom", "kind": "cat"},
        }
        self.next = 3

    def app(self) -> Starlette:
        """The server."""
        routes = [
            Route("/pets", self._of("listPets", self.list_pets), methods=["GET"]),
            Route("/pets", self._of("addPet", self.add_pet), methods=["POST"]),
            Route("/pets/{petId}", self._of("getPet", self.get_pet), methods=["GET"]),
            Route("/pets/{petId}", self._of("deletePet", self.delete_pet), methods=["DELETE"]),
            Route("/pets/{petId}/owner", self._of("setOwner", self.set_owner), methods=["PUT"]),
            Route("/search", self._of("findPets", self.find_pets), methods=["GET"]),
            Route("/photo", self._of("getPhoto", self.get_photo), methods=["GET"]),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: _plain})

    def list_pets(self, request: Request, body: bytes) -> Response:
        """The pets of one kind, or all."""
        limit, kind = request.query_params.get("limit", "20"), request.query_params.get("kind")
        if not self._lets("listPets limit") and not (limit.isascii() and limit.isdecimal() and 1 <= int(limit) <= 100):
            raise Refused(400, "limit is a number from 1 to 100")
        if not self._lets("listPets kind") and kind not in (None, *KINDS):
            raise Refused(400, "kind is dog or cat")
        found = [pet for pet in self.pets.values() if kind in (None, pet["kind"])]
        total = {"X-Total": str(len(found)), "X-Tags": "1,2,3"}
        if request.headers.get("accept") == "text/csv":
            return Response("".join(f"{pet['id']},{pet['name']}\n" for pet in found), 200, total, "text/csv")
        return JSONResponse(found[: int(limit) if limit.isdecimal() else 20], headers=total)

    def find_pets(self, request: Request, body: bytes) -> Response:
        """The pets whose name holds a text."""
        text = request.query_params.get("text")
        if not self._lets("findPets text") and (text is None or not 2 <= len(text) <= 10):
            raise Refused(400, "which ones?")
        return JSONResponse([pet for pet in self.pets.values() if (text or "") in pet["name"]])

    def add_pet(self, request: Request, body: bytes) -> Response:
        """A pet more; names are taken once only, which the document does not say."""
        pet = {} if self._lets("addPet nothing") and not body else _object(body)
        known = {"name": _is_name, "kind": KINDS.__contains__, "age": _is_age, "born": _is_date}
        for name, fits in known.items():
            wanted = name in pet or name in ("name", "kind")
            if wanted and not (_hashable(pet.get(name)) and fits(pet.get(name))):
                if not self._lets(f"addPet {name}") and not (self._lets("addPet nothing") and not body):
                    raise Refused(400, f"{name} is wrong")
                pet[name] = {"kind": "dog", "age": 1}.get(name, "casepact")
        if "forbidden" in str(pet.get("name")):
            raise Refused(400, "no pet is called so")
        # What is only read is ignored.
        made = {**{name: value for name, value in pet.items() if name != "seen"}, "id": self.next}
        self.next += 1
        self.pets[made["id"]] = made
        return JSONResponse(made, 201)

    def get_pet(self, request: Request, body: bytes) -> Response:
        """One pet."""
        return JSONResponse(self._pet(request))

    def delete_pet(self, request: Request, body: bytes) -> Response:
        """One pet less; the first two stay, which the document does not say."""
        pet = self._pet(request)
        if pet["id"] < 3:
            raise Refused(409, "this one is not for sale")
        del self.pets[pet["id"]]
        return Response(status_code=204)

    def set_owner(self, request: Request, body: bytes) -> Response:
        """Any email will do; the document has no refusals, but here they are."""
        self._pet(request)
        owner = _object(body)
        if not isinstance(owner.get("email"), str):
            raise Refused(422, "who?")
        return JSONResponse({"email": owner["email"], "note": "welcome"})

    def get_photo(self, request: Request, body: bytes) -> Response:
        """A few bytes that are no text."""
        return Response(b"\x89PNG\r\n\x1a\n\xff\xfe", 200, media_type="image/png")

    def _pet(self, request: Request) -> dict[str, Any]:
        id = request.path_params["petId"]
        if self._lets("getPet petId") and request.method == "GET":
            return self.pets[1]
        pet = self.pets.get(int(id)) if id.isascii() and id.isdecimal() and len(id) < 20 else None
        if pet is None:
            raise Refused(404, "there is no such pet")
        return pet

    def _lets(self, part: str) -> bool:
        return self.fault is not None and self.fault.lenient == part

    def _of(self, operation: str, act: Callable[[Request, bytes], Response]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            try:
                asked = request.method in ("POST", "PUT", "DELETE") and not self._lets(f"{operation} key")
                if asked and request.headers.get("x-key") != KEY:
                    raise Refused(401, "say the word")
                response = act(request, body)
            except Refused as refused:
                response = JSONResponse({"reason": refused.reason}, refused.status)
            if self.fault and self.fault.operation == operation and response.status_code == self.fault.status:
                response = self.fault.answer(request, response)
            self.asked += 1
            return self.habit(self, request, response) if self.habit else response

        return endpoint


def _plain(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"reason": error.detail}, error.status_code, headers=dict(error.headers or {}))


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(400, "that is no JSON") from None
    if not isinstance(value, dict):
        raise Refused(400, "that is no object")
    return value


def _hashable(value: Any) -> bool:
    return not isinstance(value, dict | list)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 20


def _is_age(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value) and 0 <= value <= 40


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _remade(response: Response, change: Callable[[Any], Any]) -> Response:
    """The JSON answer with another value."""
    if "json" not in response.headers["content-type"]:
        return response
    kept = {name: value for name, value in response.headers.items() if name not in ("content-length", "content-type")}
    return JSONResponse(change(json.loads(bytes(response.body))), response.status_code, headers=kept)


def _status(status: int) -> Answer:
    def answer(request: Request, response: Response) -> Response:
        response.status_code = status
        return response

    return answer


def _header(name: str, value: str | None) -> Answer:
    def answer(request: Request, response: Response) -> Response:
        del response.headers[name]
        if value is not None:
            response.headers[name] = value
        return response

    return answer


def _value(change: Callable[[Any], Any]) -> Answer:
    return lambda request, response: _remade(response, change)


def _bytes(body: bytes) -> Answer:
    return lambda request, response: Response(body, response.status_code, media_type="application/json")


def _each(name: str, value: Any) -> Callable[[Any], Any]:
    return lambda pets: [{**pet, name: value} for pet in pets]


FAULTS: Mapping[str, Fault] = {
    "wrong status": Fault("addPet/status", "addPet", 201, _status(200)),
    "missing member": Fault("getPet/response/200/body", "getPet", 200, _value(lambda pet: {"id": pet["id"]})),
    "wrong type": Fault("getPet/response/200/body", "getPet", 200, _value(lambda pet: {**pet, "id": str(pet["id"])})),
    "value that is not listed": Fault("listPets/response/200/body", "listPets", 200, _value(_each("kind", "fox"))),
    "wrong media type": Fault("getPet/response/200/media", "getPet", 200, _header("content-type", "text/html")),
    "missing header": Fault("listPets/response/200/header/X-Total", "listPets", 200, _header("x-total", None)),
    "wrong header": Fault("listPets/response/200/header/X-Total", "listPets", 200, _header("x-total", "many")),
    "body that is no JSON": Fault("addPet/response/201/body", "addPet", 201, _bytes(b'{"id": 3,')),
    "server error": Fault("getPet/status", "getPet", 200, lambda request, response: Response("oops", 500)),
    "server error of a write": Fault("addPet/status", "addPet", 201, lambda request, response: Response("", 500)),
    "number too high accepted": Fault("listPets/query/limit", lenient="listPets limit"),
    "unlisted value accepted": Fault("listPets/query/kind", lenient="listPets kind"),
    "wrong member accepted": Fault("addPet/body", lenient="addPet age"),
    "missing member accepted": Fault("addPet/body", lenient="addPet kind"),
    "another charset": Fault(
        "getPet/response/200/media", "getPet", 200, _header("content-type", "application/json; charset=iso-8859-1")
    ),
    "refusal in another form": Fault(
        "listPets/response/400/body", "listPets", 400, _value(lambda told: {"error": told["reason"]})
    ),
    "refusal without a body": Fault(
        "getPet/response/default/body", "getPet", 404, lambda request, response: Response(status_code=404)
    ),
    "no credential asked for": Fault("addPet/security", lenient="addPet key"),
    "undocumented success": Fault("findPets/status", "findPets", 200, _status(202)),
    "redirect": Fault("listPets/status", "listPets", 200, lambda request, response: RedirectResponse("/photo", 303)),
    "null for a member": Fault("getPet/response/200/body", "getPet", 200, _value(lambda pet: {**pet, "age": None})),
    "number out of bounds": Fault("getPet/response/200/body", "getPet", 200, _value(lambda pet: {**pet, "age": 41})),
    "no date": Fault("getPet/response/200/body", "getPet", 200, _value(lambda pet: {**pet, "born": "last year"})),
    "object for a list": Fault("listPets/response/200/body", "listPets", 200, _value(lambda pets: {"pets": pets})),
    "item that is wrong": Fault("findPets/response/200/body", "findPets", 200, _value(lambda pets: [*pets, {}])),
    "empty body": Fault("addPet/response/201/body", "addPet", 201, _bytes(b"")),
    "body where none is documented": Fault("deletePet/status", "deletePet", 204, _status(200)),
    "server error for one value": Fault(
        "listPets/status",
        "listPets",
        200,
        lambda request, response: Response("", 500) if request.query_params.get("kind") == "cat" else response,
    ),
    "text too long accepted": Fault("addPet/body", lenient="addPet name"),
    "no body accepted": Fault("addPet/body", lenient="addPet nothing"),
    "required parameter not asked for": Fault("findPets/query/text", lenient="findPets text"),
    "any identifier accepted": Fault("getPet/path/petId", lenient="getPet petId"),
}
"""Servers that are wrong in one way each."""


def _otherwise(status: int, other: int) -> Habit:
    return lambda pets, request, response: (
        _status(other)(request, response) if response.status_code == status else response
    )


def _more(value: Any) -> Any:
    if isinstance(value, list):
        return [_more(item) for item in value]
    return {**{name: _more(part) for name, part in value.items()}, "_seen": True} if isinstance(value, dict) else value


def _busy(pets: Pets, request: Request, response: Response) -> Response:
    return JSONResponse({"reason": "later"}, 429, headers={"Retry-After": "0"}) if pets.asked % 20 == 0 else response


def _among_others(pets: Pets, request: Request, response: Response) -> Response:
    """Others add a pet with each request, rename one, and take away what was added some requests ago."""
    pets.pets[pets.next] = {"id": pets.next, "name": "Bo", "kind": "cat", "age": pets.asked % 40}
    pets.pets[1] = {**pets.pets[1], "name": f"Rex {pets.asked % 9}"}
    pets.pets.pop(pets.next - 4 if pets.next > 6 else 0, None)
    pets.next += 1
    return response


def _slowly(pets: Pets, request: Request, response: Response) -> Response:
    time.sleep(0.02)
    return response


def _written_otherwise(pets: Pets, request: Request, response: Response) -> Response:
    if response.headers.get("content-type") == "application/json":
        response.headers["content-type"] = 'Application/JSON;charset="UTF-8"'
    return response


HABITS: Mapping[str, Habit] = {
    "refuses with 422": _otherwise(400, 422),
    "refuses with 403 who is not known": _otherwise(401, 403),
    "says 410 of what is not there": _otherwise(404, 410),
    "answers with more members": lambda pets, request, response: (
        _remade(response, _more) if response.body else response
    ),
    "is slow": _slowly,
    "has too much to do at times": _busy,
    "is used by others": _among_others,
    "writes media types otherwise": _written_otherwise,
}
"""What honest servers do that the document leaves open."""

__all__ = ["FAULTS", "HABITS", "KEY", "Fault", "Habit", "Pets"]
