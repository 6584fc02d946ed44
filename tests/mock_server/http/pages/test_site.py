"""The page is given to browsers, shows what the control API knows, and does what its forms say."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from mock_server.addresses import Addresses
from mock_server.assembly import assemble, behaviours_of
from mock_server.http.app import build_app
from mock_server.settings import Settings
from tests.mock_server.client import Client
from tests.mock_server.http.pages.whole import (
    BROWSER,
    CASE,
    CASES,
    FORM,
    HOME,
    OPERATOR,
    acted,
    app,
    control,
    page,
)


@pytest.fixture(scope="module")
def whole() -> Client:
    """A mock without a token; each test has a world of its own."""
    return Client(app())


@pytest.fixture
def world(whole: Client, request: pytest.FixtureRequest) -> str:
    """A world named after the test."""
    name = re.sub(r"\W", "-", request.node.name)[:60].strip("-")
    whole.post("/_casepact/v1/worlds", {"name": name})
    return name


@pytest.mark.parametrize(
    ("path", "leads_to"), [("/", HOME), ("/~alice/", f"{HOME}?world=alice"), ("/~alice/_casepact/", "")]
)
def test_browser_gets_the_page(whole: Client, path: str, leads_to: str) -> None:
    """
    The root, also that of a world, leads to the one address of the page.
    """
    answer = whole.send("GET", path, (BROWSER,))

    assert (answer.status, answer.header("location") or "") == ((302, leads_to) if leads_to else (200, ""))


@pytest.mark.parametrize("headers", [(), (("accept", "*/*"),), (("accept", "application/json"),)])
def test_program_gets_the_list_of_apis(whole: Client, headers: tuple[tuple[str, str], ...]) -> None:
    """
    A program that prefers no page gets at the root what it always got.
    """
    answer = whole.send("GET", "/", headers)

    assert (answer.status, b'<li><a href="/aicc/ui/">aicc</a> base URL /aicc</li>' in answer.body) == (200, True)


@pytest.mark.parametrize("path", ["/nope", f"{HOME}nope", "/aicc/"])
def test_unknown_path_is_refused_in_a_browser_too(whole: Client, path: str) -> None:
    """
    The page has no other addresses than its own.
    """
    assert whole.send("GET", path, (BROWSER,)).status == 404


def test_api_at_the_root_leaves_the_root_to_the_page() -> None:
    """
    AICC has no operation at "/", so a browser gets the page there, and its operations stay where they are.
    """
    client = Client(app(("aicc",), addresses=Addresses(root="aicc")))

    assert client.send("GET", "/", (BROWSER,)).header("location") == HOME
    assert client.send("GET", f"{CASES.removeprefix('/aicc')}/{CASE}", (OPERATOR, BROWSER)).status == 200


def test_root_that_an_api_serves_is_the_apis(tmp_path: Path) -> None:
    """
    An API with an operation at "/" answers there, in a browser too; the page has its own address.
    """
    document = tmp_path / "shop.yaml"
    document.write_text(
        "openapi: 3.0.3\ninfo: {title: Shop, version: '1'}\npaths:\n  /:\n    get:\n      operationId: home\n"
        "      responses: {'200': {description: ok, content: {application/json: {example: {shop: open}}}}}\n"
    )
    assembly = assemble(Settings(apis=(), specs=(document,)))
    behaviours = behaviours_of(assembly, Settings(apis=()))
    made = build_app(
        assembly.contracts.values(),
        behaviours,
        assembly.seeds,
        control=assembly.control,
        addresses=assembly.addresses,
    )
    client = Client(made)

    assert client.send("GET", "/", (BROWSER,)).json() == {"shop": "open"}
    assert b"Shop" in client.send("GET", HOME, (BROWSER,)).body


def test_page_shows_addresses_and_credentials(whole: Client, world: str) -> None:
    """
    Base URLs of the world, the vendor's documents, and what each actor sends.
    """
    shown = page(whole, world=world)

    assert f"http://mock:8080/~{world}/aicc<" in shown
    assert f'href="/~{world}/aicc/openapi.yaml"' in shown
    assert "access-token: aicc-operator-token-0001" in shown and "Authorization: Bearer egain-agent-token-0001" in shown


def test_looking_at_a_world_makes_none(whole: Client) -> None:
    """
    The page of an unknown world says so.
    """
    assert "No world is named nobody yet" in page(whole, world="nobody")
    assert "nobody" not in [item["name"] for item in control(whole, "/worlds")["worlds"]]


@pytest.mark.parametrize("address", [HOME, f"{HOME}page.js", f"{HOME}page.css", f"{HOME}act"])
def test_nothing_of_another_origin_is_loaded(whole: Client, address: str) -> None:
    """
    The policy of every answer forbids what is not of the mock, and so do the page's links.
    """
    answer = whole.send("GET", address)
    policy = answer.header("content-security-policy") or ""

    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
    assert not re.findall(rb'(?:src|href|action)="(?:[a-z]+:)?//', answer.body)


HOSTILE = "<script>alert(1)</script>\x1b[2J\x00‮‏\x9b'\"</textarea>{{ 7 * 7 }}"


def test_hostile_request_is_shown_as_text(whole: Client, world: str) -> None:
    """
    Markup is escaped; what a reader cannot see is written out, also what no parser of HTTP lets through.
    """
    client = whole.in_world(world).by_asgi()
    body = json.dumps({"caseInfo": {"id": CASE, "title": HOSTILE}}).encode()
    headers = (OPERATOR, ("content-type", "application/json"), ("x-y", "<img src=x>\x1b"))
    client.send("POST", f"{CASES}/modify?q=%3Cscript%3E<script>", headers, body)
    client.send("POST", f"{CASES}/modify", headers, b"\xff\xfe<script>\x00")
    refusal = control(whole, f"/worlds/{world}/journal")["entries"][0]["refusal"]
    shown = page(whole, world=world, refusal=refusal)

    assert "<script>" not in shown and "<img" not in shown
    assert not [char for char in shown if not char.isprintable() and char != "\n"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u001b[2J\\u0000\\u202e\\u200f\\u009b" in shown


@pytest.mark.parametrize("name", ["world", "refusal", "collection", "id", "text", "api", "outcome", "done"])
def test_hostile_address_is_shown_as_text(whole: Client, name: str) -> None:
    """
    Nothing of the query becomes markup or is not there in a link.
    """
    shown = whole.send("GET", f"{HOME}?{urlencode({name: HOSTILE})}").body.decode()

    assert "<script>" not in shown and "</textarea>{{" not in shown


def test_filter_shows_what_fits(whole: Client, world: str) -> None:
    """
    Outcome, API and words hold together.
    """
    client = whole.in_world(world)
    client.send("GET", f"{CASES}/{CASE}", (OPERATOR,))
    client.send("GET", f"{CASES}/nobody", (OPERATOR,))
    client.send("GET", "/egain/core/casemgr/v3/case/1013")

    def shown(**query: str) -> list[str]:
        return re.findall(r'id="entry-(\d)"', page(whole, world=world, **query))

    assert [shown(), shown(outcome="refused"), shown(api="aicc"), shown(text="GETCASE nobody")] == [
        ["3", "2", "1"],
        ["3", "2"],
        ["2", "1"],
        ["2"],
    ]


def test_refusal_is_explained_with_a_command(whole: Client, world: str) -> None:
    """
    The page says what and why, and its command passes; it has the credential and nothing that only browsers send.
    """
    client = whole.in_world(world)
    noise = (("user-agent", "Mozilla/5.0"), ("sec-fetch-mode", "cors"), ("accept-language", "de"), ("dnt", "1"))
    client.send("POST", f"{CASES}/modify", (OPERATOR, *noise, ("content-type", "application/json")), b'{"caseInfo":{}}')
    refusal = control(whole, f"/worlds/{world}/journal")["entries"][0]["refusal"]
    shown = page(whole, world=world, refusal=refusal)
    command = html.unescape(re.search(r'<pre id="corrected"[^>]*>(.*?)</pre>', shown, re.DOTALL)[1])  # type: ignore[index]

    assert "The description must be sent." in shown and "specs/aicc/openapi.yaml:" in shown
    assert command.startswith(f"curl -i http://mock:8080{CASES}/modify \\\n")
    assert f"-H 'x-casepact-world: {world}'" in command and "-H 'access-token: aicc-operator-token-0001'" in command
    assert not re.search("mozilla|sec-fetch|accept-language|dnt", command, re.IGNORECASE)


def test_forgotten_refusal_is_said(whole: Client) -> None:
    """
    An id that nobody knows gives the page all the same.
    """
    assert "There is no such refusal any more" in page(whole, refusal="none-1")


def test_forms_steer_the_world(whole: Client, world: str) -> None:
    """
    Freeze, snapshot, fork, simulate, load, run and delete do what the operations of the control API do.
    """
    acted(whole, "freeze", world=world, at="2015-07-30T13:07:40Z")
    acted(whole, "snapshot", world=world, snapshot="noon")
    acted(whole, "fail", world=world, kind="status", status="503", operation="modifyCase", times="2")
    acted(whole, "fail", world=world, kind="reset")
    acted(whole, "slow", world=world, latency="10", percent="25")
    forked = acted(whole, "create", world=world, name="forked", **{"from": world})
    state = control(whole, f"/worlds/{world}")
    copy = control(whole, "/worlds/forked")

    assert (state["clock"]["mode"], state["snapshots"]) == ("frozen", ["noon"])
    assert [item["kind"] for item in state["traffic"]["failures"]] == ["status", "reset"]
    assert (state["traffic"]["latencyMilliseconds"], state["traffic"]["errorRate"]) == (10, 0.25)
    assert (copy["forkedFrom"], copy["clock"]["mode"]) == (world, "frozen")
    assert (forked.status, forked.header("location")) == (303, f"{HOME}?world=forked&done=create#world")
    for action, more in (("run", {}), ("calm", {}), ("forget", {"snapshot": "noon"}), ("load", {"set": "default"})):
        assert acted(whole, action, world=world, **more).status == 303
    state = control(whole, f"/worlds/{world}")
    assert (state["clock"]["mode"], state["snapshots"], state["traffic"]["failures"]) == ("running", [], [])
    assert acted(whole, "delete", world="forked").header("location") == f"{HOME}?world=default&done=delete#world"


def test_record_is_edited_and_reset(whole: Client, world: str) -> None:
    """
    What the page stores is what the API answers, until the world is reset.
    """
    record = control(whole, f"/worlds/{world}/records/aicc/cases/{CASE}")
    text = json.dumps({**record, "title": "Edited \u202e by hand"}, ensure_ascii=False)
    stored = acted(whole, "put", world=world, collection="aicc/cases", id=CASE, record=text)
    edited = control(whole, f"/worlds/{world}/records/aicc/cases/{CASE}")
    shown = page(whole, world=world, collection="aicc/cases", id=CASE)
    acted(whole, "reset", world=world)

    assert (stored.status, edited["title"]) == (303, "Edited \u202e by hand")
    assert "Edited \u202e by hand" in shown, "what is edited is sent back as it is"
    assert control(whole, f"/worlds/{world}/records/aicc/cases/{CASE}")["title"] == record["title"]


@pytest.mark.parametrize(
    ("record", "says"),
    [("{", "JSON"), ('{"id": "x"}', "/id: is &#39;x&#39;"), ("{}", "the record: "), ("[]", "object")],
)
def test_flawed_record_is_kept_for_its_editor(whole: Client, world: str, record: str, says: str) -> None:
    """
    Nothing is stored; the page says where the flaw is and has the text that was typed.
    """
    before = control(whole, f"/worlds/{world}/records/aicc/cases")
    answer = acted(whole, "put", world=world, collection="aicc/cases", id=CASE, record=record)
    shown = answer.body.decode()

    assert (answer.status, says in shown) == (400, True), shown
    assert f"{html.escape(record)}</textarea>".replace("&quot;", "&#34;") in shown
    assert control(whole, f"/worlds/{world}/records/aicc/cases") == before


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"action": "nothing"}, 400, "no form of this page is named"),
        ({"action": "freeze", "at": "noon"}, 400, "/at"),
        ({"action": "shift", "seconds": "many"}, 400, "seconds: &#39;many&#39; is not a whole number"),
        ({"action": "create", "name": "default"}, 409, "there is a world named"),
        ({"action": "restore", "snapshot": "never"}, 404, "has no snapshot named"),
        ({"action": "restore"}, 400, "the snapshot needs a name"),
        ({"action": "fail", "kind": "status", "operation": "modifyCas"}, 400, "Did you mean &#39;modifyCase&#39;?"),
        ({"action": "fail", "kind": "reset", "world": "unknown"}, 404, "no world is named"),
        ({"action": "delete", "world": "default"}, 409, "reset it instead"),
        ({"action": "load"}, 404, "no fixture set named"),
        ({"action": "put", "collection": "aicc/cases", "world": "unknown", "id": "x", "record": "{}"}, 404, "unknown"),
    ],
    ids=lambda value: value.get("action") if isinstance(value, dict) else None,
)
def test_form_that_cannot_be_carried_out_says_why(
    whole: Client, world: str, fields: dict[str, str], status: int, says: str
) -> None:
    """
    The page names the flaw; no form leads to a mistake of the mock's own.
    """
    answer = acted(whole, **{"world": world, **fields})

    assert (answer.status, says in answer.body.decode()) == (status, True), answer.body


@pytest.mark.parametrize(
    "headers",
    [
        (("sec-fetch-site", "cross-site"),),
        (("sec-fetch-site", "same-site"),),
        (("origin", "http://evil.example"), ("host", "mock")),
        (("origin", "null"), ("host", "mock")),
        (("origin", "http://mock:3000"), ("host", "mock")),
    ],
)
def test_form_of_another_site_changes_nothing(whole: Client, world: str, headers: tuple[tuple[str, str], ...]) -> None:
    """
    A page that makes the browser send a form, or listen, is refused.
    """
    body = urlencode({"action": "snapshot", "world": world, "snapshot": "stolen"}).encode()

    assert whole.send("POST", f"{HOME}act", (FORM, *headers), body).status == 403
    assert whole.send("GET", f"{HOME}events", headers).status == 403
    assert control(whole, f"/worlds/{world}")["snapshots"] == []


def test_form_of_the_page_itself_is_known_by_its_origin(whole: Client, world: str) -> None:
    """
    Browsers send no Sec-Fetch-Site to addresses that are not trustworthy.
    """
    body = urlencode({"action": "snapshot", "world": world, "snapshot": "own"}).encode()
    answer = whole.send("POST", f"{HOME}act", (FORM, ("origin", "http://mock"), ("host", "mock")), body)

    assert (answer.status, control(whole, f"/worlds/{world}")["snapshots"]) == (303, ["own"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", HOME, 405), ("PUT", f"{HOME}page.js", 405), ("GET", f"{HOME}act", 303), ("HEAD", HOME, 200)],
)
def test_other_methods(whole: Client, method: str, path: str, status: int) -> None:
    """
    A form's address that is opened leads back to the page.
    """
    answer = whole.send(method, path)

    assert (answer.status, method == "HEAD" and answer.body) == (status, b"" if method == "HEAD" else False)


def test_too_large_form_is_refused() -> None:
    """
    A form may be three times as large as a body, because it is written so.
    """
    client = Client(app(("aicc",), max_body=1000))
    sizes = [client.send("POST", f"{HOME}act", (FORM,), b"action=x&a=" + b"x" * size).status for size in (2000, 4000)]

    assert sizes == [400, 413]
