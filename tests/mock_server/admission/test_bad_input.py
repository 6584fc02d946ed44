"""Whatever a client sends, it gets the documented status, and no record changes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.mock_server.client import Answer, Client, Header

MODIFY = "/aicc/service/AICC__Case/1.0.0/openapi/case/modify"
CASE = "/aicc/service/AICC__Case/1.0.0/openapi/case/c6m800000142mS63Voa8"
CASES = "/aicc/service/AICC__Case/1.0.0/openapi/case"
TOKEN = "/aicc/baas/auth/v1.0/oauth2/token"
R7 = "/r7office/api/2.0/crm/case"
AUTHENTICATE = "/r7office/api/2.0/authentication"
OPERATOR: Header = ("access-token", "aicc-operator-token-0001")
ADMIN: Header = ("authorization", "r7-admin-token-0001")
JSON: Header = ("content-type", "application/json")
FORM: Header = ("content-type", "application/x-www-form-urlencoded")
TEN_MEGABYTES = 10 * 2**20


def change(**members: Any) -> bytes:
    """A change that would be carried out, but for these members."""
    info = {"id": "c6m800000142mS63Voa8", "title": "changed", "description": "d", "creatorId": "c", **members}
    return json.dumps({"caseInfo": info}).encode()


def nested(levels: int) -> Any:
    """A value inside so many arrays."""
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@dataclass(frozen=True, slots=True)
class Bad:
    """A request that nothing good can come of, and the status it deserves."""

    status: int
    method: str
    path: str
    headers: tuple[Header, ...] = ()
    body: bytes | Sequence[bytes] = b""

    def send(self, client: Client) -> Answer:
        """Send it in the client's world unless it names one itself."""
        if any(name == "x-casepact-world" for name, _ in self.headers):
            client = client.without("x-casepact-world")
        if self.method in ("BREW", "post") or sum(name == "content-length" for name, _ in self.headers) > 1:
            # The parser of the other transport refuses it before anybody can read it.
            client = client.by_asgi()
        return client.send(self.method, self.path, self.headers, self.body)


def modify(status: int, body: bytes | Sequence[bytes], *headers: Header) -> Bad:
    """A bad change of an AICC case, sent as JSON by the operator unless `headers` say otherwise."""
    return Bad(status, "POST", MODIFY, headers or (OPERATOR, JSON), body)


REFUSED_BODIES: Mapping[str, Bad] = {
    "no body": modify(400, b""),
    "no JSON": modify(400, b"title=x"),
    "JSON cut off": modify(400, change()[:-3]),
    "JSON and more": modify(400, change() + b"x"),
    "invalid UTF-8": modify(400, change().replace(b"changed", b"\xff\xfe")),
    "UTF-16": modify(400, change().decode().encode("utf-16")),
    "byte order mark": modify(400, b"\xef\xbb\xbf" + change()),
    "lone surrogate": modify(400, change(title="\ud800")),
    "NaN": modify(400, change(extension=float("nan"))),
    "Infinity": modify(400, change(extension=float("-inf"))),
    "number beyond double": modify(400, change(extension=0).replace(b'"extension": 0', b'"extension": 1e999')),
    "5000 levels": modify(400, b"[" * 5000 + b"]" * 5000),
    "5000 levels of objects": modify(400, b'{"caseInfo":' * 5000 + b"1" + b"}" * 5000),
    "5000 levels in an extension member": modify(400, change(x=0).replace(b": 0", b":" + b"[" * 5000 + b"]" * 5000)),
    "200 levels in an extension member": modify(400, change(extension=nested(200))),
    "no object": modify(400, b"[]"),
    "null": modify(400, b"null"),
    "doubled member, the last one wrong": modify(400, change().replace(b'"c"', b'"c", "creatorId": 1')),
    "10 MB": modify(413, b"x" * TEN_MEGABYTES),
    "10 MB announced": modify(413, b"", OPERATOR, JSON, ("content-length", str(TEN_MEGABYTES))),
    "10 MB in pieces": modify(413, [b"x" * 2**16] * 160),
    "one byte too many": modify(413, b" " * (2**20 + 1 - len(change())) + change()),
    "no media type": modify(415, change(), OPERATOR),
    "text/plain": modify(415, change(), OPERATOR, ("content-type", "text/plain")),
    "form for JSON": modify(415, b"caseInfo=x", OPERATOR, FORM),
    "media type of nonsense": modify(415, change(), OPERATOR, ("content-type", "é/;;=")),
    "JSON for a form": Bad(415, "POST", TOKEN, (JSON,), b'{"grant_type": "client_credentials"}'),
    "form of invalid UTF-8": Bad(400, "POST", TOKEN, (FORM,), b"grant_type=%FF"),
    "form of 10 MB": Bad(413, "POST", TOKEN, (FORM,), b"a" * TEN_MEGABYTES),
    "form of 100,000 fields": Bad(400, "POST", TOKEN, (FORM,), b"a=1&" * 100_000),
    "R7 no JSON": Bad(400, "POST", AUTHENTICATE, (JSON,), b"nope"),
    "R7 XML": Bad(400, "POST", AUTHENTICATE, (("content-type", "text/xml"),), b"<a/>"),
    "R7 5000 levels": Bad(400, "POST", AUTHENTICATE, (JSON,), b"[" * 5000 + b"]" * 5000),
    "R7 10 MB": Bad(413, "POST", AUTHENTICATE, (JSON,), b"x" * TEN_MEGABYTES),
    "R7 no body": Bad(400, "POST", AUTHENTICATE, (JSON,)),
}

REFUSED_HEADERS: Mapping[str, Bad] = {
    "token twice": modify(400, change(), OPERATOR, OPERATOR, JSON),
    "content type twice": modify(400, change(), OPERATOR, JSON, JSON),
    "content length twice": modify(400, change(), OPERATOR, JSON, ("content-length", "1"), ("content-length", "2")),
    "host twice": modify(400, change(), OPERATOR, JSON, ("host", "a"), ("host", "b")),
    "world twice": modify(400, change(), OPERATOR, JSON, ("x-casepact-world", "a"), ("x-casepact-world", "b")),
    "authorization twice": Bad(400, "PUT", f"{R7}/1234/close", (ADMIN, ADMIN)),
    "cookie twice": Bad(400, "PUT", f"{R7}/1234/close", (ADMIN, ("cookie", "a=1"), ("cookie", "b=2"))),
    "token of other characters": modify(401, change(), ("access-token", "é\xff"), JSON),
    "cookie of other characters": Bad(401, "PUT", f"{R7}/1234/close", (("cookie", "asc_auth_key=é;;=;"),)),
}

REFUSED_WORLDS: Mapping[str, Bad] = {
    "world without a name": modify(400, change(), OPERATOR, JSON, ("x-casepact-world", "")),
    "world of 1,001 letters": modify(400, change(), OPERATOR, JSON, ("x-casepact-world", "a" * 1001)),
    "prefix without a name": Bad(400, "POST", f"/~{MODIFY}", (OPERATOR, JSON), change()),
}

NO_ROUTES: Mapping[str, Bad] = {
    "path outside of an API": Bad(404, "GET", "/nope"),
    "API alone": Bad(404, "GET", "/aicc"),
    "path under AICC": Bad(404, "POST", f"{MODIFY}/more", (OPERATOR, JSON), change()),
    "path under R7": Bad(404, "PUT", f"{R7}/1234/clos", (ADMIN,)),
    "slash at the end": Bad(404, "POST", f"{MODIFY}/", (OPERATOR, JSON), change()),
    "doubled slash": Bad(404, "POST", f"/{MODIFY}", (OPERATOR, JSON), change()),
    "dots": Bad(404, "POST", f"/aicc/..{MODIFY}", (OPERATOR, JSON), change()),
    "path of 10,000 characters": Bad(404, "GET", f"/aicc/{'a' * 10_000}"),
    "path of 5000 segments": Bad(404, "GET", "/aicc" + "/a" * 5000),
    "path with braces": Bad(404, "GET", "/aicc/{name}/{detail}"),
    "page that Swagger UI does not have": Bad(404, "GET", "/aicc/ui/nope.js"),
    "page above Swagger UI": Bad(404, "GET", "/aicc/ui/%2e%2e/%2e%2e/%2e%2e/pyproject.toml"),
    "R7 letters for a number": Bad(404, "PUT", f"{R7}/abc/close", (ADMIN,)),
    "R7 invalid UTF-8 for a number": Bad(404, "PUT", f"{R7}/%FF/close", (ADMIN,)),
    "R7 encoded slash": Bad(404, "PUT", f"{R7}/1234%2Fclose", (ADMIN,)),
}

NO_SUCH_THINGS: Mapping[str, Bad] = {
    "encoded id of no case": Bad(404, "GET", f"{CASES}/%C3%A9%20%2F%3F", (OPERATOR,)),
    "id of invalid UTF-8": Bad(404, "GET", f"{CASES}/%FF%FE", (OPERATOR,)),
    "id of control characters": Bad(404, "GET", f"{CASES}/%00%0D%0Ax-injected:%201", (OPERATOR,)),
    "id with a stray percent sign": Bad(404, "GET", f"{CASES}/100%", (OPERATOR,)),
    "id of 10,000 characters": Bad(404, "GET", f"{CASES}/{'a' * 10_000}", (OPERATOR,)),
    "id of other letters in the body": modify(404, change(id="ццццц")),
    "R7 number of 5000 digits": Bad(400, "PUT", f"{R7}/{'9' * 5000}/close", (ADMIN,)),
    "R7 number of no case": Bad(404, "PUT", f"{R7}/999/close", (ADMIN,)),
}

WRONG_METHODS: Mapping[str, Bad] = {
    "GET of a POST": Bad(405, "GET", MODIFY, (OPERATOR,)),
    "HEAD of a POST": Bad(405, "HEAD", MODIFY, (OPERATOR,)),
    "DELETE": Bad(405, "DELETE", CASE, (OPERATOR,)),
    "TRACE": Bad(405, "TRACE", CASE, (OPERATOR,)),
    "method of nonsense": Bad(405, "BREW", CASE, (OPERATOR,)),
    "method in small letters": Bad(405, "post", MODIFY, (OPERATOR, JSON), change()),
    "R7 DELETE": Bad(404, "DELETE", f"{R7}/1234", (ADMIN,)),
    "R7 POST of a PUT": Bad(404, "POST", f"{R7}/1234/close", (ADMIN,)),
    "R7 HEAD of a PUT": Bad(404, "HEAD", f"{R7}/1234/close.xml", (ADMIN,)),
    "POST of the document": Bad(405, "POST", "/aicc/openapi.json"),
}

BAD: Mapping[str, Bad] = {
    **REFUSED_BODIES,
    **REFUSED_HEADERS,
    **REFUSED_WORLDS,
    **NO_ROUTES,
    **NO_SUCH_THINGS,
    **WRONG_METHODS,
}


@pytest.mark.parametrize("situation", BAD)
def test_bad_request_gets_its_documented_status(client: Client, situation: str) -> None:
    """
    A bad request is answered with the 4xx that the contract or the RFCs have for it, never with a 5xx.
    """
    assert BAD[situation].send(client).status == BAD[situation].status


@pytest.mark.parametrize("situation", BAD)
def test_bad_request_changes_no_record(client: Client, situation: str) -> None:
    """
    After a bad request every record of its world and of the default one is what it was.
    """
    before = client.snapshot()
    BAD[situation].send(client)

    assert client.snapshot() == before


@pytest.mark.parametrize("situation", [*REFUSED_BODIES, *REFUSED_HEADERS, *NO_SUCH_THINGS])
def test_refusal_names_its_statement(client: Client, situation: str) -> None:
    """
    Beside the vendor's body a header says which statement the request broke.
    """
    assert BAD[situation].send(client).header("x-casepact-statement")


@pytest.mark.parametrize("situation", BAD)
def test_refusal_has_headers_of_visible_characters(client: Client, situation: str) -> None:
    """
    Nothing that a client sends breaks a header of the answer (RFC 9110 section 5.5).
    """
    values = [value for _, value in BAD[situation].send(client).headers]

    assert all(value.isascii() and value.isprintable() for value in values)


@pytest.mark.parametrize("situation", BAD)
def test_refusal_has_headers_of_moderate_length(client: Client, situation: str) -> None:
    """
    However long a request is, the headers of its refusal fit a proxy's buffers.
    """
    assert sum(len(value) for _, value in BAD[situation].send(client).headers) < 4000


@pytest.mark.parametrize("situation", [name for name, bad in BAD.items() if bad.status == 400 and bad.path == MODIFY])
def test_refused_change_is_worded_by_the_vendor_or_the_mock(client: Client, situation: str) -> None:
    """
    A 400 says in JSON what is wrong: in AICC's two members, or in problem+json about the world.
    """
    answer = BAD[situation].send(client)

    assert sorted(answer.json()) in (["resCode", "resMsg"], ["detail", "status", "title"])


@pytest.mark.parametrize("path", ["/aicc/uixyz", "/aicc/ui2/", "/r7office/ui-x"])
def test_path_that_begins_like_swagger_ui_is_no_route(client: Client, path: str) -> None:
    """
    Only Swagger UI itself is a page; another path of the same beginning is answered 404.
    """
    assert client.get(path).status == 404


def test_braces_of_a_client_are_not_filled_in(client: Client) -> None:
    """
    A placeholder in a client's text stays text.
    """
    answer = client.with_headers(OPERATOR).get(f"{CASES}/{{name}}")

    assert answer.json()["resMsg"].endswith("no case has the id {name}")


def test_largest_allowed_body_is_read(client: Client) -> None:
    """
    A body of exactly the limit is not too large.
    """
    body = change()

    assert modify(200, b" " * (2**20 - len(body)) + body).send(client).status == 200


def test_body_in_many_pieces_is_read(client: Client) -> None:
    """
    How a body is cut into pieces makes no difference.
    """
    body = change()

    assert modify(200, [body[index : index + 1] for index in range(len(body))]).send(client).status == 200


def test_deepest_allowed_extension_is_read_back(client: Client) -> None:
    """
    The deepest value that a change may hold can be shown again.
    """
    operator = client.with_headers(OPERATOR, JSON)
    operator.send("POST", MODIFY, (), change(extension=nested(126)))

    assert operator.get(CASE).json()["result"][0]["caseInfo"]["extension"] == nested(126)


def test_other_headers_may_come_twice(client: Client) -> None:
    """
    Only headers that have one value are refused when doubled.
    """
    answer = modify(200, change(), OPERATOR, JSON, ("x-trace", "1"), ("x-trace", "2")).send(client)

    assert answer.status == 200


def test_encoded_characters_of_an_id_are_the_characters(client: Client) -> None:
    """
    A percent-encoded id finds the case (RFC 3986 section 2.3).
    """
    answer = client.send("GET", f"{R7}/%31%32%33%34", (ADMIN,))

    assert answer.json()["response"]["id"] == 1234


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", MODIFY, "OPTIONS, POST"),
        ("DELETE", CASE, "GET, HEAD, OPTIONS"),
        ("PUT", TOKEN, "OPTIONS, POST"),
        ("OPTIONS", MODIFY, "OPTIONS, POST"),
        ("OPTIONS", CASE, "GET, HEAD, OPTIONS"),
        ("OPTIONS", f"{R7}/1234", "GET, HEAD, OPTIONS"),
        ("OPTIONS", f"{R7}/1234/close.xml", "OPTIONS, PUT"),
    ],
)
def test_allow_lists_every_method_of_the_path(client: Client, method: str, path: str, allow: str) -> None:
    """
    405 and OPTIONS name all methods that the path has (HTTP-02).
    """
    assert client.send(method, path).header("allow") == allow


def test_options_needs_no_credential(client: Client) -> None:
    """
    OPTIONS is answered without a body to whoever asks.
    """
    answer = client.send("OPTIONS", CASE)

    assert (answer.status, answer.body) == (204, b"")


def test_unknown_verb_at_r7_is_answered_without_allow(client: Client) -> None:
    """
    R7's 404 for a verb that the path does not know has no Allow (x-checks of its contract, OO-15).
    """
    assert client.send("DELETE", f"{R7}/1234", (ADMIN,)).header("allow") is None


def test_unknown_verb_at_r7_is_worded_by_the_vendor(client: Client) -> None:
    """
    R7 says "Method not found" in its envelope (OO-15).
    """
    answer = client.send("DELETE", f"{R7}/1234", (ADMIN,))

    assert answer.json()["error"]["message"] == "Method not found"


@pytest.mark.parametrize(
    ("path", "headers"), [(CASE, (OPERATOR,)), (CASE, ()), (f"{R7}/1234.xml", (ADMIN,)), (f"{R7}/999", (ADMIN,))]
)
def test_head_is_get_without_the_body(client: Client, path: str, headers: tuple[Header, ...]) -> None:
    """
    HEAD has the status and headers of GET, content-length included (RFC 9110 section 9.3.2); each refusal has its link.
    """
    get, head = (client.send(method, path, headers) for method in ("GET", "HEAD"))

    headers_of = [tuple(pair for pair in answer.headers if pair[0] != "link") for answer in (get, head)]
    assert (head.status, headers_of[1], head.body) == (get.status, headers_of[0], b"")


@pytest.mark.parametrize("path", ["/nope", "/aicc/nope", "/r7office/nope", MODIFY])
def test_refused_head_has_no_body(client: Client, path: str) -> None:
    """
    A HEAD that leads nowhere is answered without a body too.
    """
    assert client.send("HEAD", path).body == b""


def test_head_with_a_bad_world_has_no_body(client: Client) -> None:
    """
    A HEAD whose world has no proper name is answered without a body too.
    """
    assert client.with_headers(("x-casepact-world", "a" * 1001)).send("HEAD", CASE).body == b""


def test_unknown_path_outside_names_the_apis(client: Client) -> None:
    """
    The answer to a request for no API says where they are.
    """
    assert "the APIs are served under /aicc/, /r7office/" in client.get("/nope").json()["detail"]


@pytest.mark.parametrize(
    ("path", "media"),
    [
        ("/nope", "application/problem+json"),
        ("/aicc/nope", "application/json; charset=UTF-8"),
        ("/r7office/nope", "text/plain; charset=UTF-8"),
    ],
)
def test_unknown_path_is_answered_in_the_form_of_its_api(client: Client, path: str, media: str) -> None:
    """
    Below an API the vendor's form is kept; outside, the mock's own.
    """
    assert client.get(path).header("content-type") == media


@pytest.mark.parametrize("name", ["a b", "é", "../x", "a" * 65, "tests/test_a.py::test_b[1]"])
def test_any_text_names_a_world(client: Client, name: str) -> None:
    """
    Names are escaped, so that the id of a test is one (CTL-24).
    """
    assert client.without("x-casepact-world").with_headers(OPERATOR, ("x-casepact-world", name)).get(CASE).status == 200


@pytest.mark.parametrize("prefix", ["a%20b", ".."])
def test_any_text_is_a_prefix(client: Client, prefix: str) -> None:
    """
    Before the path, too, where it is percent-encoded.
    """
    assert client.without("x-casepact-world").with_headers(OPERATOR).get(f"/~{prefix}{CASE}").status == 200


@pytest.mark.parametrize(
    "header", [("x-casepact-world", "a" * 64), ("accept", ";;;,,,q="), ("accept", "*/*;q=" + "9" * 5000), ("x-e", "é")]
)
def test_odd_header_does_no_harm(client: Client, header: Header) -> None:
    """
    A header that is strange but does not matter leaves the answer a success.
    """
    assert client.with_headers(OPERATOR, header).get(CASE).status == 200


@pytest.mark.parametrize("query", ["%FF", "a=%", "&&&", "=", "a=1&a=2", "x" * 10_000, "a;b", "%00"])
def test_odd_query_does_no_harm(client: Client, query: str) -> None:
    """
    A query string that no parameter reads leaves the answer a success.
    """
    assert client.with_headers(OPERATOR).get(f"{CASE}?{query}").status == 200
