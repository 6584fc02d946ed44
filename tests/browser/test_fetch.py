"""A page of another origin reads every answer of the mock: `fetch` in headless Chromium."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from mock_server.reply import Behaviour, Call, Reply
from tests.servers import mock_app, serving

pytestmark = pytest.mark.browser

FETCH = """
async ([address, options]) => {
  const answer = await fetch(address, options);
  return {
    status: answer.status,
    body: await answer.text(),
    statement: answer.headers.get("x-casepact-statement"),
    detail: answer.headers.get("x-casepact-detail"),
  };
}
"""

AICC = "/aicc/service/AICC__Case/1.0.0/openapi/case"
AICC_CASE = f"{AICC}/c6m800000142mS63Voa8"
CRM = "/onlyoffice/api/2.0/crm/case"
EGAIN = "/egain/core/casemgr/v3/case"
OPERATOR = {"access-token": "aicc-operator-token-0001"}
ADMIN = {"authorization": "oo-admin-token-0001"}
OUTSIDER = {"authorization": "oo-outsider-token-0001"}
AGENT = {"authorization": "Bearer egain-agent-token-0001"}
JSON = {"content-type": "application/json"}
CASE = '{"caseInfo": {"id": "c6m800000142mS63Voa8", "title": "t", "description": "d", "creatorId": "c"}}'
CASE_WITHOUT_TITLE = '{"caseInfo": {"id": "c6m800000142mS63Voa8", "description": "d", "creatorId": "c"}}'
STALE = '{"id": "1013", "lastModified": "2015-07-30T13:07:41.000Z", "subject": "s"}'
EDIT = '{"id": "1013", "lastModified": "2015-07-30T13:07:40.000Z", "subject": "s"}'


@dataclass(frozen=True, slots=True)
class Fetch:
    """A call of `fetch` in a world of its own, the status it ends with and a piece of the body."""

    status: int
    body: str
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: str | None = None
    world: bool = True

    def options(self, world: str) -> dict[str, Any]:
        """The second argument of `fetch`."""
        named = {"x-casepact-world": world} if self.world else {}
        body = {} if self.sent is None else {"body": self.sent}
        return {"method": self.method, "headers": {**named, **self.headers}, **body}


ALLOWED: Mapping[str, Fetch] = {
    "read": Fetch(200, '"title":"testOpenApi"', "GET", AICC_CASE, OPERATOR),
    "read without a preflight": Fetch(200, "casepact mock", "GET", "/", world=False),
    "read as XML": Fetch(200, "<Title>", "GET", f"{CRM}/1234.xml", ADMIN),
    "write by POST": Fetch(200, '"resCode":"0"', "POST", f"{AICC}/modify", {**OPERATOR, **JSON}, CASE),
    "write by PUT": Fetch(200, '"IsClosed":true', "PUT", f"{CRM}/1234/close", ADMIN),
    "write by PATCH": Fetch(204, "", "PATCH", EGAIN, {**AGENT, **JSON}, EDIT),
    "write by DELETE": Fetch(200, '"id":1235', "DELETE", f"{CRM}/1234/contact/1235", ADMIN),
    "document": Fetch(200, '"openapi"', "GET", "/aicc/openapi.json", world=False),
}

REFUSED: Mapping[str, Fetch] = {
    "schema broken": Fetch(400, "title", "POST", f"{AICC}/modify", {**OPERATOR, **JSON}, CASE_WITHOUT_TITLE),
    "no credential": Fetch(401, "resMsg", "GET", AICC_CASE),
    "no credential, without a preflight": Fetch(401, "resMsg", "GET", AICC_CASE, world=False),
    "not allowed": Fetch(403, '"error"', "PUT", f"{CRM}/1237/close", OUTSIDER),
    "unknown record": Fetch(404, "resMsg", "GET", f"{AICC}/nobody", OPERATOR),
    "unknown path of an API": Fetch(404, "resMsg", "GET", "/aicc/nope", OPERATOR),
    "unknown path": Fetch(404, "/aicc/", "GET", "/nope"),
    "path of an API at the root": Fetch(
        404, f"{AICC_CASE} is served", "GET", AICC_CASE.removeprefix("/aicc"), OPERATOR
    ),
    "unknown method": Fetch(405, "resMsg", "DELETE", AICC_CASE, OPERATOR),
    "unknown language": Fetch(406, "developerMessage", "GET", f"{EGAIN}/1013", {**AGENT, "accept-language": "xx"}),
    "stale": Fetch(409, "developerMessage", "PATCH", EGAIN, {**AGENT, **JSON}, STALE),
    "two megabytes": Fetch(413, "resMsg", "POST", f"{AICC}/modify", {**OPERATOR, **JSON}, "x" * 2**21),
    "no media type of the API": Fetch(
        415, "resMsg", "POST", f"{AICC}/modify", {**OPERATOR, "content-type": "text/plain"}, CASE
    ),
}


class Page(BaseHTTPRequestHandler):
    """An empty page at every path."""

    def do_GET(self) -> None:
        """Answer with the page."""
        page = b"<!doctype html><title>a front end</title>"
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=UTF-8")
        self.send_header("content-length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """The address of a front end on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def page(browser: Any, origin: str) -> Iterator[Any]:
    """A page of the front end, open in Chromium."""
    page = browser.new_page()
    page.goto(origin)
    yield page
    page.close()


def fetched(page: Any, mock: str, call: Fetch, world: str) -> dict[str, Any]:
    """What a script of the page can read of the answer; raises when the browser keeps the answer from it."""
    read: dict[str, Any] = page.evaluate(FETCH, [mock + call.path, call.options(world)])
    return read


@pytest.mark.parametrize("situation", [*ALLOWED, *REFUSED])
def test_page_reads_status_and_body(page: Any, mock: str, situation: str) -> None:
    """
    A script of another origin reads the status and the body of every answer, refusals included.
    """
    call = {**ALLOWED, **REFUSED}[situation]
    seen = fetched(page, mock, call, "read")

    assert (seen["status"], call.body in seen["body"]) == (call.status, True), seen


@pytest.mark.parametrize("situation", REFUSED)
def test_page_reads_the_statement_of_a_refusal(page: Any, mock: str, situation: str) -> None:
    """
    A script of another origin reads which statement its request broke.
    """
    assert fetched(page, mock, REFUSED[situation], "refused")["statement"]


@pytest.mark.parametrize("situation", ["schema broken", "stale"])
def test_page_reads_the_detail_of_a_refusal(page: Any, mock: str, situation: str) -> None:
    """
    A script of another origin reads how its request broke the statement.
    """
    assert fetched(page, mock, REFUSED[situation], "refused")["detail"]


def test_page_reads_what_it_wrote(page: Any, mock: str) -> None:
    """
    A write by the header of a world is seen by a read below the prefix of that world.
    """
    fetched(page, mock, Fetch(200, "", "PUT", f"{CRM}/1235/close", ADMIN), "front-end")
    read = Fetch(200, "", "GET", f"/~front-end{CRM}/1235", ADMIN, world=False)

    assert '"IsClosed":true' in fetched(page, mock, read, "")["body"]


def test_page_reads_that_the_mock_failed(page: Any) -> None:
    """
    A mistake of ours is answered 500, and a script of another origin reads that too.
    """

    def failing(call: Call) -> Reply:
        raise RuntimeError("a mistake of ours")

    with serving(mock_app("aicc", {"getCase": Behaviour(failing)})) as address:
        seen = fetched(page, address, ALLOWED["read"], "failing")

    assert seen["status"] == 500


def test_page_of_a_careless_server_reads_nothing(page: Any) -> None:
    """
    The browser does keep answers without CORS headers from the page, so the tests above can fail.
    """

    async def careless(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"nobody of another origin reads this"})

    with serving(careless) as address, pytest.raises(Exception, match="Failed to fetch"):
        fetched(page, address, Fetch(200, "", "GET", "/", world=False), "")
