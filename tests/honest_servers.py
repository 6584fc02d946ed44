"""Servers that keep every promise and look different on the wire: none of them may be accused of anything."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mock_server.behaviours import crm, egain
from mock_server.behaviours.egain import rights, values
from mock_server.reply import Call, Refusal, Reply
from specs.contract import Contract
from tests.broken_servers import recompiled
from tests.servers import Headers, altering, mock_app, with_header, with_reply

Body = Callable[[bytes, str], bytes]
"""The bytes of a body and its media type → the bytes that go out instead."""

PRINTED = {
    "EntityId": 14523423,
    "ProfileUrl": r"\/Products\/People\/Profile.aspx?user=administrator",
    "SmallFotoUrl": "url to foto",
    "MediumFotoUrl": "url to foto",
}
"""What the pages of ONLYOFFICE print for members whose value the vendor's source makes otherwise."""

UNKNOWN_PATH = b'{"message": "There is nothing here.", "hint": "The documentation lists the paths."}'


@dataclass(frozen=True, slots=True)
class Honest:
    """A way to be right, and the APIs whose contract allows it."""

    wrap: Callable[[Any], Any]
    apis: tuple[str, ...] = ("aicc", "egain", "onlyoffice", "r7office")

    def app(self, api: str) -> Any:
        """The mock of this API, served in this way."""
        return self.wrap(mock_app(api))


def with_body(app: Any, change: Body, *, length: bool = True, answers_to_head: bool = False) -> Any:
    """The same app with every body changed; `length` tells its new length, else it goes out in chunks."""

    async def served(scope: Any, receive: Any, send: Any) -> None:
        start: dict[str, Any] = {}
        pieces: list[bytes] = []

        async def kept(message: Any) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            pieces.append(message.get("body", b""))
            if message.get("more_body"):
                return
            body = b"".join(pieces)
            named = {name.lower(): value for name, value in start["headers"]}
            told = int(named.get(b"content-length", b"0"))
            media = named.get(b"content-type", b"").decode().partition(";")[0]
            headers = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
            if body:
                body = change(body, media)
            elif scope["method"] == "HEAD" and told:
                # What a GET would be answered with has another length here, and may be left out (RFC 9110 8.6).
                await send({**start, "headers": headers})
                await send(message)
                return
            if length and (body or b"content-length" in named):
                headers.append((b"content-length", str(len(body)).encode()))
            await send({**start, "headers": headers})
            if length or not body:
                await send({"type": "http.response.body", "body": body})
                return
            for at in range(0, len(body), 7):
                await send({"type": "http.response.body", "body": body[at : at + 7], "more_body": True})
            await send({"type": "http.response.body", "body": b""})

        await app(scope, receive, kept if scope["type"] == "http" else send)

    return served


def as_json(change: Callable[[Any], bytes]) -> Body:
    """Change bodies that are JSON, and leave the others."""

    def changed(body: bytes, media: str) -> bytes:
        return change(json.loads(body)) if media.endswith("json") else body

    return changed


def shuffled(value: Any) -> Any:
    """The members of every object in another order, the same for each answer."""
    if isinstance(value, dict):
        items = [(name, shuffled(member)) for name, member in value.items()]
        random.Random(len(items)).shuffle(items)
        return dict(items)
    return [shuffled(item) for item in value] if isinstance(value, list) else value


def compact(value: Any, *, ascii_only: bool = False) -> bytes:
    """JSON without spaces."""
    return json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":")).encode()


def pretty(value: Any) -> bytes:
    """JSON as people read it, with other line ends."""
    return json.dumps(value, ensure_ascii=False, indent=4).replace("\n", "\r\n").encode()


def with_more_members(value: Any) -> Any:
    """An error or a success with members that no schema knows; a client has to overlook them."""
    return {**value, "requestId": "7c1f", "serverTime": 12} if isinstance(value, dict) else value


def escaped(value: Any) -> bytes:
    """JSON with every character of its texts that is not a letter or digit escaped (RFC 8259 section 7)."""
    text = compact(value, ascii_only=True).decode()
    return re.sub(r"(?<!\\)/", r"\\/", text).encode()


def headers_as(change: Callable[[Headers], Headers]) -> Callable[[Any], Any]:
    """A wrapper that changes the headers of every answer."""
    return lambda app: altering(app, answer=lambda scope, status, headers: (status, change(headers)))


def media_type(write: Callable[[str], str]) -> Callable[[Any], Any]:
    """A wrapper that writes the media type of every answer in another way."""

    def changed(headers: Headers) -> Headers:
        return [(n, write(v.decode()).encode() if n.lower() == b"content-type" else v) for n, v in headers]

    return headers_as(changed)


def gzipped(app: Any) -> Any:
    """The same app, compressing for whom accepts it (RFC 9110 section 12.5.3)."""

    async def served(scope: Any, receive: Any, send: Any) -> None:
        accepted = dict(scope.get("headers", ())).get(b"accept-encoding", b"")
        if scope["type"] != "http" or b"gzip" not in accepted:
            await app(scope, receive, send)
            return
        encoding = headers_as(lambda headers: with_header(headers, b"content-encoding", b"gzip"))
        await encoding(with_body(app, lambda body, media: gzip.compress(body)))(scope, receive, send)

    return served


def slow(app: Any) -> Any:
    """The same app, a few milliseconds later."""

    async def served(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.004)
        await app(scope, receive, send)

    return served


def answering_unknown_paths(body: bytes, media: bytes) -> Callable[[Any], Any]:
    """A wrapper with other words for paths that nobody documented."""

    def wrapped(app: Any) -> Any:
        async def served(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http" or "casepact-no-such-path" not in scope["path"]:
                await app(scope, receive, send)
                return
            headers = [(b"content-length", str(len(body)).encode())]
            if media:
                headers.append((b"content-type", media))
            await send({"type": "http.response.start", "status": 404, "headers": headers})
            await send({"type": "http.response.body", "body": body})

        return served

    return wrapped


def offset_for_z(body: bytes, media: str) -> bytes:
    """Moments with the offset written out, which RFC 3339 section 4.2 lets stand for Z; eGain promises Z (EGF-26)."""
    return re.sub(rb'(\d\d:\d\d:\d\d(?:\.\d+)?)Z(?=["<])', rb"\1+00:00", body)


def xml_spaced(body: bytes, media: str) -> bytes:
    """XML with a declaration and a line end behind it."""
    if not media.endswith("xml"):
        return body
    declared = body if body.startswith(b"<?xml") else b'<?xml version="1.0" encoding="utf-8"?>\n' + body
    return declared + b"\n"


def other_words(body: bytes, media: str) -> bytes:
    """Refusals that say the same in other words; codes stay."""
    if not media.endswith("json"):
        return body
    value = json.loads(body)
    for name in ("resMsg", "developerMessage", "userMessage"):
        if isinstance(value, dict) and name in value and value.get("resCode") != "0":
            value[name] = "This request was not carried out."
    return compact(value)


HONEST: Mapping[str, Honest] = {
    "members in another order": Honest(lambda app: with_body(app, as_json(lambda value: compact(shuffled(value))))),
    "JSON printed for people": Honest(lambda app: with_body(app, as_json(pretty))),
    "JSON without a space": Honest(lambda app: with_body(app, as_json(compact))),
    "JSON with escapes": Honest(lambda app: with_body(app, as_json(escaped))),
    "a line end after the body": Honest(lambda app: with_body(app, as_json(lambda value: compact(value) + b"\n"))),
    "members that nobody documented": Honest(
        lambda app: with_body(app, as_json(lambda value: compact(with_more_members(value)))), ("aicc", "egain")
    ),
    "gzip where it is accepted": Honest(gzipped),
    "chunked": Honest(lambda app: with_body(app, lambda body, media: body, length=False)),
    "a connection for each request": Honest(headers_as(lambda h: with_header(h, b"connection", b"close"))),
    "header names in capitals": Honest(headers_as(lambda headers: [(n.upper(), v) for n, v in headers])),
    "header names as in the books": Honest(headers_as(lambda headers: [(n.title(), v) for n, v in headers])),
    "no charset": Honest(media_type(lambda value: value.partition(";")[0])),
    "charset in lower case": Honest(media_type(lambda value: value.lower())),
    "charset in quotes": Honest(media_type(lambda value: re.sub(r"; *charset=(\S+)", r';charset="\1"', value))),
    "media type in capitals": Honest(media_type(lambda value: value.partition(";")[0].title() + "; charset=UTF-8")),
    "+00:00 for Z": Honest(lambda app: with_body(app, offset_for_z), ("onlyoffice", "r7office")),
    "unknown paths in plain text": Honest(answering_unknown_paths(b"Not Found\n", b"text/plain")),
    "unknown paths in HTML": Honest(
        answering_unknown_paths(b"<h1>404</h1>", b"text/html; charset=utf-8"), ("aicc", "egain")
    ),
    "unknown paths without a body": Honest(answering_unknown_paths(b"", b""), ("aicc", "egain")),
    "unknown paths in JSON of its own": Honest(
        answering_unknown_paths(UNKNOWN_PATH, b"application/json"), ("aicc", "egain")
    ),
    "more headers": Honest(
        headers_as(
            lambda h: [*h, (b"x-request-id", b"7c1f"), (b"cache-control", b"no-store"), (b"server", b"nginx/1.27")]
        )
    ),
    "several cookies": Honest(
        headers_as(lambda h: [*h, (b"set-cookie", b"a=1; Path=/"), (b"set-cookie", b"b=2; HttpOnly")])
    ),
    "no Date and another Server": Honest(headers_as(lambda h: with_header(h, b"server", b"Microsoft-IIS/10.0"))),
    "slow": Honest(slow),
    "XML with a declaration": Honest(lambda app: with_body(app, xml_spaced), ("onlyoffice", "r7office")),
    "refusals in other words": Honest(lambda app: with_body(app, other_words), ("aicc",)),
}
"""
Each keeps every statement of the APIs it names: how an unknown path is answered is told for ONLYOFFICE and R7 (D-10),
and in which words eGain refuses (EG-81, EGF-30).
"""


def _as_printed(value: Any) -> Any:
    """The same answer with the values that the pages print; members are still in camelCase here."""
    printed = {name[:1].lower() + name[1:]: shown for name, shown in PRINTED.items()}
    if isinstance(value, Mapping):
        return {name: printed.get(name, _as_printed(member)) for name, member in value.items()}
    return (
        [_as_printed(item) for item in value] if isinstance(value, Sequence) and not isinstance(value, str) else value
    )


def _printing(reply: Reply) -> Reply:
    return reply._replace(value=_as_printed(reply.value))


def _listing_the_creator(call: Call) -> Reply | Refusal:
    """An update that shows its creator as the access list of a public case, as the sample does."""
    outcome = crm.ONLYOFFICE["updateCase"].act(call)
    if isinstance(outcome, Refusal) or outcome.value["response"]["isPrivate"]:
        return outcome
    case = outcome.value["response"]
    return outcome._replace(value={**outcome.value, "response": {**case, "accessList": [case["createBy"]]}})


def _onlyoffice_as_printed() -> Any:
    behaviours = {**crm.ONLYOFFICE, "updateCase": replace(crm.ONLYOFFICE["updateCase"], act=_listing_the_creator)}
    return mock_app("onlyoffice", {name: with_reply(item, _printing) for name, item in behaviours.items()})


def _egain(rule: Callable[[Call], Refusal | None], instead: Callable[[Call], Refusal | None]) -> Any:
    edit = egain.BEHAVIOURS["editCase"]
    rules = tuple(replace(known, breach=instead) if known.breach is rule else known for known in edit.rules)
    return mock_app("egain", {"editCase": replace(edit, rules=rules)})


def _unknown_owner_is_not_found(call: Call) -> Refusal | None:
    refusal = rights.new_owner_exists(call)
    return None if refusal is None else refusal._replace(kind="not-found", name="owner.user.id")


def _an_application_assigns_to_anybody(call: Call) -> Refusal | None:
    return rights.case_is_in_the_new_owners_reach(call) if "user" in call.caller.attributes else None


def _no_empty_severity(contract: Contract) -> Contract:
    return recompiled(contract, "/components/schemas/CaseEdit/properties/severity/required", ["value"])


def egain_with_single_values() -> Any:
    """eGain whose custom attributes are all configured for one value."""
    return _egain(values.custom_values_are_options, _one_value_each)


def _one_value_each(call: Call) -> Refusal | None:
    sent = call.body.get("customAttributes", {}).get("customAttribute", ())
    if all(len(item["attribValues"]["attribValue"]) == 1 for item in sent):
        return values.custom_values_are_options(call)
    return Refusal("invalid", ("EG-64",), "the attribute takes one value", "/customAttributes", "customAttributes")


AS_THE_PAGE: Mapping[str, tuple[str, Callable[[], Any]]] = {
    "ONLYOFFICE answers the values of its samples": ("onlyoffice", _onlyoffice_as_printed),
    "eGain calls an unknown owner an id that is not found": (
        "egain",
        lambda: _egain(rights.new_owner_exists, _unknown_owner_is_not_found),
    ),
    "eGain lets a client application assign to anybody": (
        "egain",
        lambda: _egain(rights.case_is_in_the_new_owners_reach, _an_application_assigns_to_anybody),
    ),
    "eGain refuses a severity that is empty": ("egain", lambda: mock_app("egain", change=_no_empty_severity)),
    "AICC answers the Content-Type of its sample": (
        "aicc",
        lambda: altering(
            mock_app("aicc"),
            answer=lambda scope, status, h: (
                status,
                with_header(h, b"content-type", b"application/json%3Bcharset=UTF-8") if status == 200 else h,
            ),
        ),
    ),
}
"""Each does what its page prints, or what nobody has promised otherwise: at most notes, never a violation."""
