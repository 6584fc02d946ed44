"""What a mock is started with: options, and the token without which it lets nobody but this machine steer it."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mock_server.cli import _parser, _settings, main
from mock_server.settings import TOKEN_VARIABLE, Settings, control_token
from specs.flaws import CasepactError

PROJECT = Path(__file__).resolve().parents[2]
TOKEN = "the-control-token"


def reported(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit code and last line of stderr of a mock that cannot start."""
    try:
        code = main(arguments)
    except SystemExit as end:
        code = int(end.code or 0)
    return code, capsys.readouterr().err.splitlines()[-1]


NUMBER = "is not a number from 1 to 999999999"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--max-worlds", "0"), f"argument --max-worlds: '0' {NUMBER}"),
        (("--max-worlds", "-1"), f"argument --max-worlds: '-1' {NUMBER}"),
        (("--max-worlds", "many"), f"argument --max-worlds: 'many' {NUMBER}"),
        (("--max-worlds", "1.5"), f"argument --max-worlds: '1.5' {NUMBER}"),
        (("--max-worlds", "٣"), f"argument --max-worlds: '٣' {NUMBER}"),
        (("--max-worlds", "9" * 5000), f"argument --max-worlds: '{'9' * 40}' {NUMBER}"),
        (("--journal", "0"), f"argument --journal: '0' {NUMBER}"),
        (("--journal", "99999999999999999999"), f"argument --journal: '99999999999999999999' {NUMBER}"),
        (("--idle", "0"), "argument --idle: '0' is not a number of hours above 0"),
        (("--idle", "-1"), "argument --idle: '-1' is not a number of hours above 0"),
        (("--idle", "nan"), "argument --idle: 'nan' is not a number of hours above 0"),
        (("--idle", "inf"), "argument --idle: 'inf' is not a number of hours above 0"),
        (("--idle", "soon"), "argument --idle: 'soon' is not a number of hours above 0"),
        (("--seed", "x"), "argument --seed: invalid int value: 'x'"),
        (("--log-format", "xml"), "argument --log-format: invalid choice: 'xml' (choose from 'text', 'json')"),
        (("--port", "٣"), "argument --port: '٣' is not a port; give a number from 0 to 65535"),
        (("--port", "9" * 5000), f"argument --port: '{'9' * 5000}' is not a port; give a number from 0 to 65535"),
        (("--max-body", "٣"), "argument --max-body: '٣' is not a size; give a number of bytes"),
        (("--max-body", "9" * 5000), f"argument --max-body: '{'9' * 40}' is not a size; give a number of bytes"),
    ],
)
def test_bad_option_is_reported_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    """
    A number that is none ends with 2; after the usage one line names the option and what it takes.
    """
    assert reported(capsys, *arguments) == (2, f"casepact mock: error: {message}")


def test_fixtures_that_are_not_a_folder_are_reported(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """
    With what such a folder holds.
    """
    file = tmp_path / "file"
    file.touch()

    assert reported(capsys, "--fixtures", str(file)) == (
        2,
        f"casepact mock: --fixtures {file} is not a folder; it holds <api>/default.yaml for each API.",
    )


def test_fixtures_of_an_api_that_are_missing_are_reported(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """
    A file that is looked for is named.
    """
    assert reported(capsys, "--fixtures", str(tmp_path), "--api", "egain") == (
        2,
        f"casepact mock: --fixtures {tmp_path} holds no fixtures of what is served, such as egain/default.yaml.",
    )


def test_document_that_is_missing_is_reported(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """
    --spec names a file that can be read.
    """
    code, line = reported(capsys, "--spec", str(tmp_path / "none.yaml"))

    assert (code, str(tmp_path / "none.yaml") in line) == (2, True)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_loopback_needs_no_token(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """
    Who listens on this machine alone is asked for nothing.
    """
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)

    assert control_token(address) == ""


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::"])
def test_token_is_taken_wherever_it_is_set(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """
    It guards a loopback address as well.
    """
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)

    assert control_token(address) == TOKEN


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.0.0.1", "192.168.0.7", "8.8.8.8", "2001:db8::1"])
@pytest.mark.parametrize("token", [None, ""])
def test_address_that_others_reach_needs_a_token(
    monkeypatch: pytest.MonkeyPatch, address: str, token: str | None
) -> None:
    """
    Without one the mock does not start, and says why and what to do; an empty one is none.
    """
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    if token is not None:
        monkeypatch.setenv(TOKEN_VARIABLE, token)

    with pytest.raises(CasepactError, match=f"others can reach {address}.*Set {TOKEN_VARIABLE}"):
        control_token(address)


@pytest.mark.parametrize("token", [" ", " a", "a ", "é", "a\tb", "a\nb", "\x1b", "中"])
def test_token_that_no_header_carries_is_refused(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    """
    A client could never send it; better reported at start.
    """
    monkeypatch.setenv(TOKEN_VARIABLE, token)

    with pytest.raises(CasepactError, match="holds what a header cannot carry"):
        control_token("0.0.0.0")


def test_settings_are_frozen() -> None:
    """
    What a mock was started with does not change while it runs.
    """
    with pytest.raises(AttributeError):
        Settings(apis=()).port = 9  # type: ignore[misc] # what is tested


# In a process of its own.


@contextmanager
def mock(folder: Path, *arguments: str, **environment: str) -> Iterator[int]:
    """The port of a mock that listens."""
    port_file = folder / "port"
    command = [sys.executable, "-m", "mock_server", "--port", "0", "--port-file", str(port_file), *arguments]
    known = {name: value for name, value in os.environ.items() if name != TOKEN_VARIABLE}
    process = subprocess.Popen(command, cwd=PROJECT, env={**known, **environment}, stdout=subprocess.PIPE)
    try:
        # The banner comes before the port is written; a mock that cannot start ends its output.
        while not (port_file.exists() and port_file.read_text().endswith("\n")):
            assert process.poll() is None
        yield int(port_file.read_text())
    finally:
        process.terminate()
        process.communicate(timeout=20)


def status(port: int, path: str, token: str = "") -> int:
    """The status of a GET below the control API."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        connection.request("GET", f"/_casepact/v1{path}", headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_mock_for_others_does_not_start_without_a_token(tmp_path: Path) -> None:
    """
    --host 0.0.0.0 ends with 2 and one line, and nothing listens.
    """
    known = {name: value for name, value in os.environ.items() if name != TOKEN_VARIABLE}
    command = [
        sys.executable,
        "-m",
        "mock_server",
        "--host",
        "0.0.0.0",
        "--port",
        "0",
        "--port-file",
        str(tmp_path / "p"),
    ]
    done = subprocess.run(command, cwd=PROJECT, env=known, capture_output=True, text=True, timeout=30, check=False)

    assert (done.returncode, done.stdout, (tmp_path / "p").exists()) == (
        2,
        "",
        False,
    )
    assert done.stderr == (
        "casepact mock: others can reach 0.0.0.0, and the control API changes records and settings. "
        f"Set {TOKEN_VARIABLE} to a token of your choice, or listen on 127.0.0.1.\n"
    )


def test_mock_for_others_asks_for_its_token(tmp_path: Path) -> None:
    """
    Without it and with a wrong one 401, with it 200; whether the mock is alive may be asked by anybody.
    """
    with mock(tmp_path, "--host", "0.0.0.0", "--api", "aicc", "--quiet", **{TOKEN_VARIABLE: TOKEN}) as port:
        found = [status(port, "/worlds"), status(port, "/worlds", "wrong"), status(port, "/worlds", TOKEN)]
        health = status(port, "/health")

    assert (found, health) == ([401, 401, 200], 200)


def test_parser_takes_every_setting() -> None:
    """
    Each setting that a user may choose has an option (a guard against one that is read and never passed on).
    """
    numbers = ["--port", "9", "--max-body", "7", "--max-worlds", "8", "--idle", "0.5", "--journal", "6", "--seed", "5"]
    texts = ["--api", "aicc", "--host", "::1", "--log-format", "json", "--port-file", "p"]
    options = _parser().parse_args([*numbers, *texts, "--strict-worlds", "--watch", "--quiet"])

    assert _settings(options) == Settings(
        apis=("aicc",),
        host="::1",
        port=9,
        max_body=7,
        max_worlds=8,
        idle=1800.0,
        strict_worlds=True,
        journal=6,
        seed=5,
        watch=True,
        json_log=True,
        quiet=True,
        port_file=Path("p"),
    )
