"""No secret is ever seen: not those of the profile, not tokens that were obtained, not what an answer lets slip."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.runner.plugin import ApiSession
from conformance.runner.selection import Selection
from conformance.target.redaction import HIDDEN, Redactor
from specs.shortening import shorten
from tests.commands import Done, casepact
from tests.conformance.brought import evidence, lacking
from tests.servers import mock_app, serving

SECRET = 'pa"ss+w/ord 0001'


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: {SECRET}",
        "https://a.example/?key=pa%22ss%2Bw%2Ford%200001",
        "key=pa%22ss%2Bw%2Ford+0001",
        json.dumps({"echo": SECRET}),
        "Basic cGEic3Mrdy9vcmQgMDAwMQ==",
    ],
    ids=["as it stands", "in a URL", "in a form", "in JSON", "in base64"],
)
def test_secret_is_hidden_in_every_form(text: str) -> None:
    """A secret is recognised however it travels."""
    assert "${TOKEN}" in Redactor({SECRET: "${TOKEN}"}).text(text)


def test_public_credential_is_shown() -> None:
    """What the mock's fixtures publish is no secret, so commands run as printed."""
    assert Redactor({"aicc-token": "aicc-token"}).text("access-token: aicc-token") == "access-token: aicc-token"


@pytest.mark.parametrize(
    "body",
    [
        b'{"result": [{"user": {"refresh_token": "tok-8f2"}}]}',
        b"<r><password>tok-8f2</password></r>",
        b'{"sessionId": "tok-8f2", cut',
    ],
    ids=["JSON", "XML", "cut short"],
)
def test_secret_of_an_answer_is_learnt(body: bytes) -> None:
    """A member whose name says that it is a secret is hidden from then on."""
    redactor = Redactor({})
    redactor.notice_answer((), body)

    assert "tok-8f2" not in redactor.text(f"received {body!r}")


def test_cookie_that_is_set_is_learnt() -> None:
    """A session cookie is a credential."""
    redactor = Redactor({})
    redactor.notice_answer(("asc_auth_key=tok-8f2; Path=/; HttpOnly",), b"")

    assert redactor.text("tok-8f2") == HIDDEN


def test_secret_that_was_cut_is_hidden_too() -> None:
    """The piece of an answer that a finding shows may end in the middle of a secret."""
    assert Redactor({}).answer('400 {"clientSecret": "tok-8f2-and-mo…') == f'400 {{"clientSecret": "{HIDDEN}'


LONG = "planted-" + "0123456789abcdef" * 20


@pytest.mark.parametrize(
    ("shown", "safe"),
    [
        (shorten(f"400 {LONG}", 100), f"400 {HIDDEN}…"),
        (shorten(f"'{LONG}' is too long", 100, tail=40), f"'{HIDDEN} … {HIDDEN}' is too long"),
        (shorten(f"{LONG} and {LONG}", 100, tail=20), f"{HIDDEN} … {HIDDEN}"),
        (shorten("as it was " * 20, 100), shorten("as it was " * 20, 100)),
    ],
    ids=["its beginning", "beginning and end", "twice", "none of it"],
)
def test_piece_of_a_cut_secret_is_hidden(shown: str, safe: str) -> None:
    """A text is shortened before it is shown, and what is left of a secret then is as little for a reader."""
    redactor = Redactor({})
    redactor.learn(LONG)

    assert redactor.text(shown) == safe


def test_other_members_are_shown() -> None:
    """A finding that hides everything says nothing."""
    assert Redactor({}).answer('{"title": "as it was", "tokenType": 1}') == '{"title": "as it was", "tokenType": 1}'


def test_web_token_is_hidden_wherever_it_stands() -> None:
    """A JSON Web Token needs no name to be recognised."""
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"

    assert token not in Redactor({}).text(f"<p>{token}</p>")


PLANTED = {
    "ENV_TOKEN": "planted-env-token-5d1c",
    "ENV_CLIENT": "planted-client-id-77aa",
    "ENV_SECRET": "planted-client-secret-9e0b",
}
IN_ANSWERS = ("planted-obtained-token-41f3", "planted-answer-secret-c8d2" * 20, "planted-cookie-6b7e")


def leaking(app: Any, status: int) -> Any:
    """The mock behind a door that knows planted credentials, and answers that echo secrets and are wrong."""

    async def served(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        if scope["path"].endswith("/oauth2/token"):
            body = {"access_token": IN_ANSWERS[0], "expires_in": 600}
            await answer(send, 200, body)
            return
        given = dict(scope["headers"]).get(b"access-token", b"").decode()
        if given not in (PLANTED["ENV_TOKEN"], IN_ANSWERS[0]):
            await answer(send, 401, {"resCode": "401", "resMsg": f"unknown {given}", "password": IN_ANSWERS[1]})
            return
        if scope["method"] == "POST":
            await answer(send, status, {"token": given, "password": IN_ANSWERS[1], "resCode": "0", "resMsg": [PLANTED]})
            return
        headers = [pair for pair in scope["headers"] if pair[0] != b"access-token"]
        await app({**scope, "headers": [*headers, (b"access-token", b"aicc-operator-token-0001")]}, receive, send)

    async def answer(send: Any, status: int, body: Any) -> None:
        headers = [(b"content-type", b"application/json"), (b"set-cookie", f"id={IN_ANSWERS[2]}; Path=/".encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    return served


ACTORS = {
    "variable": 'accessToken: "${ENV_TOKEN}"',
    "obtained": (
        'accessToken: {operation: getToken, send: {client_id: "${ENV_CLIENT}", client_secret: "${ENV_SECRET}"}}'
    ),
}


def seen(done: Done, folder: Path) -> str:
    """Everything that a run left where somebody may read it."""
    files = "\n".join(path.read_bytes().decode("utf-8", "replace") for path in folder.rglob("*") if path.is_file())
    return "\n".join((done.out, done.err, files))


@pytest.mark.parametrize("status", [418, 200], ids=["a status of its own", "a success of another shape"])
@pytest.mark.parametrize("way", ACTORS)
def test_planted_secrets_are_nowhere(way: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Console, reports, bodies, pytest's cache: what was planted in variables, tokens and answers stands in none."""
    for name, value in PLANTED.items():
        monkeypatch.setenv(name, value)
    reports = tmp_path / "reports"
    with serving(leaking(mock_app("aicc"), status)) as address:
        (tmp_path / "staging.yaml").write_text(
            f"writes: allowed\napis:\n  aicc:\n    url: {address}/aicc\n"
            f"    actors:\n      operator: {{{ACTORS[way]}}}\n"
            "    records:\n      case.open: {id: c6m800000142mS63Voa8}\n      contact: {id: ciIy0000013w9aru7cDQ}\n"
            "      user.owner: {id: 10gg0000012IpiXMqxzk}\n      user.creator: {id: 10gg0000013wljxK5XX6}\n"
        )
        done = casepact(
            *("check", "--target", "staging.yaml", "--quick", "-n", "1", "-v", "-k", "sample or credential or title"),
            cwd=tmp_path,
            reports=reports,
        )
    text = seen(done, reports)

    held = [value for name, value in PLANTED.items() if name in ACTORS[way]]
    planted = [value for value in (*held, *(secret[:26] for secret in IN_ANSWERS)) if value in text]

    assert (done.code, "[hidden]" in text or "${" in text, planted) == (1, True, [])


def test_kind_of_an_unmet_probe_is_read_where_a_secret_is_the_same_word() -> None:
    """The text of a reason is written without secrets, the kind that a verdict rests on stays."""
    with serving(mock_app("aicc")) as address:
        run = Selection("mock", {"aicc": f"{address}/aicc"}, 1, "quick", False, "run", "reports")
        api_session = ApiSession(run, run.contract("aicc"))
        api_session.target().redactor.learn("need")
        shown = api_session.without_secrets(evidence(unmet=lacking("no need")))

    assert shown.unmet == lacking(f"no {HIDDEN}")
