"""Every way of proving oneself that the pages and the vendors' documents name, from a profile to a server that asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest

from conformance.cli import main
from tests.servers import mock_app, serving

ROLES = {
    "aicc": "case.open: {id: c6m800000142mS63Voa8}",
    "egain": 'case.open: {id: "1013"}',
    "onlyoffice": "case.open: {id: 1234}",
    "r7office": "case.open: {id: 1234}",
}

OFFICE = {
    "raw token": 'authToken: "${TOKEN}"',
    "cookie": 'authCookie: "${TOKEN}"',
    "Bearer": 'authBearer: "${TOKEN}"',
    "Basic": 'authBasic: "${PAIR}"',
    "authentication call": 'authToken: {operation: authenticate, send: {userName: "${NAME}", password: "${WORD}"}}',
}
WAYS = {
    ("aicc", "raw token"): 'accessToken: "${AICC_TOKEN}"',
    (
        "aicc",
        "token call",
    ): 'accessToken: {operation: getToken, send: {client_id: "${ID}", client_secret: "${SECRET}"}}',
    ("egain", "Bearer"): 'oAuthUser: "${EGAIN_TOKEN}"',
    ("egain", "client credentials"): (
        'oAuthUser: {oauth: {tokenUrl: "ADDRESS/oauth2/token", clientId: "${ID}", clientSecret: "${SECRET}"}}'
    ),
    **{(api, way): held for api in ("onlyoffice", "r7office") for way, held in OFFICE.items()},
}
ACTORS = {"aicc": "operator", "egain": "agent", "onlyoffice": "admin", "r7office": "admin"}

SHARED = {
    "ID": "aicc-operator-client",
    "SECRET": "aicc-operator-secret",
    "AICC_TOKEN": "aicc-operator-token-0001",
    "EGAIN_TOKEN": "egain-agent-token-0001",
}
OFFICES = {
    "onlyoffice": {"TOKEN": "oo-admin-token-0001", "NAME": "anna.berg@example.com", "WORD": "admin-password-0001"},
    "r7office": {"TOKEN": "r7-admin-token-0001", "NAME": "irina.sokolova@example.com", "WORD": "admin-password-0001"},
}


def variables(api: str) -> dict[str, str]:
    """The environment in which the profile of an API finds its secrets: those of the fixtures."""
    office = OFFICES.get(api, {})
    return {**SHARED, **office, **({"PAIR": f"{office['NAME']}:{office['WORD']}"} if office else {})}


def profile(folder: Path, api: str, way: str, address: str) -> Path:
    """A profile in which one actor proves itself in this way."""
    path = folder / "staging.yaml"
    held = WAYS[api, way].replace("ADDRESS", address)
    path.write_text(
        f"apis:\n  {api}:\n    url: {address}/{api}\n"
        f"    actors: {{{ACTORS[api]}: {{{held}}}}}\n    records: {{{ROLES[api]}}}\n"
    )
    return path


def with_token_endpoint(app: Any, asked: list[dict[str, list[str]]]) -> Any:
    """The app, and beside it an authorization server for eGain's agent (RFC 6749 section 4.4)."""

    async def either(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != "/oauth2/token":
            await app(scope, receive, send)
            return
        asked.append(parse_qs((await receive())["body"].decode()))
        body = orjson.dumps({"access_token": SHARED["EGAIN_TOKEN"], "token_type": "Bearer", "expires_in": 3600})
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return either


@pytest.mark.parametrize(("api", "way"), WAYS, ids=[f"{api}, {way}" for api, way in WAYS])
def test_server_takes_who_the_profile_says(
    api: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`target probe` reaches the server as the actor, reads the known record, and shows no secret."""
    for name, value in variables(api).items():
        monkeypatch.setenv(name, value)
    asked: list[dict[str, list[str]]] = []
    with serving(with_token_endpoint(mock_app(api), asked)) as address:
        code = main(["target", "probe", str(profile(tmp_path, api, way, address))])

    reported = "".join(capsys.readouterr())
    assert (code, f"actor {ACTORS[api]}" in reported, "taken (200" in reported, "case.open" in reported) == (
        0,
        True,
        True,
        True,
    ), reported
    assert [name for name, value in variables(api).items() if value in reported] == []
    assert [item["grant_type"] for item in asked] == ([["client_credentials"]] if way == "client credentials" else [])


@pytest.mark.parametrize(("api", "way"), WAYS, ids=[f"{api}, {way}" for api, way in WAYS])
def test_server_that_refuses_is_the_environments_fault(
    api: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong secret ends a look with exit 3 and names the actor; it is no verdict on the server."""
    for name in variables(api):
        monkeypatch.setenv(name, "casepact-wrong:secret")

    async def refusing(scope: Any, receive: Any, send: Any) -> None:
        body = b'{"error": "invalid_client"}'
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    with serving(refusing) as address:
        code = main(["target", "probe", str(profile(tmp_path, api, way, address))])

    reported = "".join(capsys.readouterr())
    assert (code, f"actor {ACTORS[api]}" in reported, "casepact-wrong" in reported) == (3, True, False), reported
