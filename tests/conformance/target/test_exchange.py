"""A finding's command repeats the request as it was sent, and gives no secret away."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from conformance.probes.context import Probe
from conformance.target.exchange import Exchange, Request, Response, as_curl, needs_file
from conformance.target.profile import Credential
from conformance.verdict.evidence import gathered
from conformance.verdict.exchange_log import ExchangeLog
from tests.conformance.answers import NOWHERE, contract_of, idle_context

SECRET = 'pa$$ "word"'
TOKEN = ("Authorization", f"Bearer {SECRET}")
HIDDEN = {"authorization": "Bearer ${STAGING_TOKEN}"}


def arguments(command: str) -> list[str]:
    """What curl is given when a shell runs this command with STAGING_TOKEN set to the secret."""
    script = f"curl() {{ printf '%s\\0' \"$@\"; }}; {command}"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, check=True, env={**os.environ, "STAGING_TOKEN": SECRET}
    )
    return done.stdout.decode().split("\0")[:-1]


def put(body: bytes | None, *headers: tuple[str, str], url: str = NOWHERE, **secrets: str) -> Request:
    return Request("PUT", url, headers, body, secrets)


@pytest.mark.parametrize(
    "text",
    [
        "it's",
        'say "yes"',
        "a\nb\tc",
        "back\\slash `date` $(date) $HOME !!",
        "' ; echo gone #",
        "界😀",
        "-d",
        "",
    ],
    ids=["single quote", "double quotes", "line break", "expansions", "injection", "wide", "option", "nothing"],
)
def test_body_reaches_curl_as_it_was_sent(text: str) -> None:
    """Whatever a body holds, the shell hands curl those very characters."""
    assert arguments(as_curl(put(text.encode())))[-2:] == ["--data-raw", text]


def test_header_with_a_single_quote_reaches_curl_as_it_was_sent() -> None:
    """The same holds for headers."""
    assert arguments(as_curl(put(None, ("X-Title", "it's $HOME"))))[-2:] == ["-H", "X-Title: it's $HOME"]


def test_address_with_a_query_reaches_curl_as_it_was_sent() -> None:
    """An ampersand does not end the command."""
    assert arguments(as_curl(put(None, url=f"{NOWHERE}/a?b=1&c=2")))[-1] == f"{NOWHERE}/a?b=1&c=2"


def test_method_is_named_unless_it_is_get() -> None:
    """curl's own default is not repeated."""
    named = [as_curl(Request(method, NOWHERE, ())) for method in ("PUT", "GET")]

    assert named == [f"curl -i -X PUT {NOWHERE}", f"curl -i {NOWHERE}"]


def test_credential_is_printed_as_its_variable_in_double_quotes() -> None:
    """A credential that is not public appears as the environment variable it came from."""
    command = as_curl(put(None, TOKEN, **HIDDEN))

    assert command.endswith('-H "Authorization: Bearer ${STAGING_TOKEN}"')


def test_shell_puts_the_credential_in() -> None:
    """With the variable set, curl sends the very credential, quotes and dollars included."""
    assert arguments(as_curl(put(None, TOKEN, **HIDDEN)))[-1] == f"Authorization: Bearer {SECRET}"


def test_secret_is_not_in_the_command() -> None:
    """No part of a finding's command holds the credential itself."""
    assert SECRET not in as_curl(put(b"{}", TOKEN, **HIDDEN))


def test_public_credential_is_printed_itself() -> None:
    """A seed of the mock stands in the command, which then runs as printed."""
    token = "aicc-operator-token-0001"
    request = put(None, ("access-token", token), **{"access-token": token})

    assert as_curl(request).endswith(f"-H 'access-token: {token}'")


@pytest.mark.parametrize(
    "value",
    [
        put(b"", TOKEN, **HIDDEN),
        Exchange("editCase", put(b"", TOKEN, **HIDDEN), Response(200, (("Set-Cookie", SECRET),), SECRET.encode())),
        Credential(SECRET, "${STAGING_TOKEN}"),
    ],
    ids=["request", "exchange", "credential"],
)
def test_secret_is_not_in_a_repr(value: object) -> None:
    """What a traceback or a log would print of these values holds no credential."""
    assert SECRET not in repr(value)


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        (None, False),
        (b"", False),
        (b"{}", False),
        ("界".encode() * 400, False),
        (b'{"a": "\xff"}', True),
        (b"a\0b", True),
        (b"x" * 2000, True),
    ],
    ids=["none", "empty", "short", "wide", "no UTF-8", "zero byte", "long"],
)
def test_body_that_no_command_line_holds_goes_to_a_file(body: bytes | None, stored: bool) -> None:
    """A body is printed while it is short text; bytes and long ones are better kept in a file."""
    assert needs_file(put(body)) is stored


def test_command_reads_a_stored_body_from_its_file() -> None:
    """curl sends a stored body unchanged, blanks in the file's name or not."""
    command = as_curl(put(b"\xff"), "reports of today/bodies/1.bin")

    assert arguments(command)[-2:] == ["--data-binary", "@reports of today/bodies/1.bin"]


def test_finding_stores_the_body_that_its_command_names(tmp_path: Path) -> None:
    """The file that a finding's command sends holds the very bytes that were sent."""
    ctx, body = idle_context(), b'{"title": "\xff\xfe"}'
    operation = contract_of("aicc").operation("modifyCase")
    ctx.take(operation, Exchange(operation.id, put(body), Response(503, (), b"")))
    probe = Probe("a probe", operation.id, ("HTTP-08",), lambda ctx: None)

    command = gathered(probe, ctx, tmp_path, ExchangeLog(ctx.target, probe.name, "a")).against[0].repeat[-1]

    assert Path(arguments(command)[-1].removeprefix("@")).read_bytes() == body


def test_header_is_found_in_any_case() -> None:
    """Header names have no case (RFC 9110 section 5.1)."""
    assert Response(200, (("ALLOW", "GET"),), b"").header("allow") == "GET"


@pytest.mark.parametrize("value", ["text/xml", "Text/XML; charset=utf-8", " text/xml ;q=1"])
def test_media_type_is_read_without_parameters_and_case(value: str) -> None:
    """What follows the semicolon does not change the representation."""
    assert Response(200, (("Content-Type", value),), b"").media == "text/xml"
