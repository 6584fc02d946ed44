"""`casepact doctor`: each line says how one thing is, and what to do where it is not in order."""

from __future__ import annotations

import importlib.metadata
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.commands import doctor_machine, doctor_project
from conformance.commands.doctor import Line, State, rendered, writable
from conformance.runner.mock_process import running_mock
from tests.commands import casepact

SECRET = "geheim-7f3a"

PROFILE = """\
summary: The staging system.
apis:
  aicc:
    url: http://127.0.0.1:{port}/aicc
    actors:
      operator: {{accessToken: "${{AICC_STAGING_TOKEN}}"}}
"""


@pytest.fixture
def listener() -> Iterator[int]:
    """A port on which something listens that is not a mock."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def closed_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def states(lines: Iterator[Line]) -> list[State]:
    """Only how each line ends."""
    return [line.state for line in lines]


def test_python_is_compared_with_what_the_package_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """This Python will do; one that is too old fails with the version that is wanted."""
    assert doctor_machine.python().state is State.OK

    monkeypatch.setattr("platform.python_version", lambda: "3.10.4")

    line = doctor_machine.python()
    assert (line.state, line.text) == (State.FAIL, "3.10.4, but casepact needs >=3.11")


def test_package_of_the_wrong_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing or too old fails with the command that installs it; extras are not asked for."""
    wanted = ["pytest>=999", "casepact-nowhere>=1", "orjson>=3", 'playwright>=999; extra == "browser"']
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: wanted)
    old, missing, rest = doctor_machine.packages()

    assert (old.state, missing.state, rest.state) == (State.FAIL, State.FAIL, State.WARN)
    assert "pytest>=999 is asked for" in old.text
    assert missing.advice == "pip install 'casepact-nowhere>=1'"
    assert rest.text.startswith("1 of 3 are there")


def test_packages_of_this_environment_are_in_order() -> None:
    """One line where nothing is wrong."""
    assert states(doctor_machine.packages()) == [State.OK]


def test_taken_port_is_a_warning(listener: int) -> None:
    """The mock could not listen there; a free port is in order, and a text is not a port."""
    taken = doctor_machine.port({"CASEPACT_PORT": str(listener)})

    assert (taken.state, taken.text) == (State.WARN, "something else listens there")
    assert doctor_machine.port({"CASEPACT_PORT": str(closed_port())}).state is State.OK
    assert doctor_machine.port({"CASEPACT_PORT": "tcp://10.0.0.1:80"}).state is State.FAIL


def test_mock_on_the_port_is_recognised() -> None:
    """A mock that was left running is named as such."""
    with running_mock(["aicc"]) as number:
        assert doctor_machine.port({"CASEPACT_PORT": str(number)}).text == "a casepact mock listens there"


def test_chromium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that CHROMIUM names, else one of the path; without one there is a warning only."""
    browser = tmp_path / "chromium"
    browser.write_text("#!/bin/sh\n")
    browser.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert doctor_machine.chromium({}).text == str(browser)
    assert doctor_machine.chromium({"CHROMIUM": str(tmp_path / "none")}).state is State.FAIL
    browser.unlink()
    assert doctor_machine.chromium({}).state is State.WARN


def test_redis_is_connected_to_only_where_it_is_named(listener: int) -> None:
    """No variable, no line; the password in the address is never shown."""
    there = f"redis://:{SECRET}@127.0.0.1:{listener}/0"
    gone = f"redis://:{SECRET}@127.0.0.1:{closed_port()}/0"
    lines = [
        line for text in (there, gone, f"http://{SECRET}") for line in doctor_machine.worlds({"CASEPACT_WORLDS": text})
    ]

    assert [line.state for line in lines] == [State.OK, State.FAIL, State.FAIL]
    assert SECRET not in rendered(lines)
    assert list(doctor_machine.worlds({})) == []


def test_redis_may_be_a_socket_of_the_file_system(tmp_path: Path) -> None:
    """The path is that of the address; nothing listens at another one."""
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        lines = [
            line
            for at in (path, tmp_path / "none")
            for line in doctor_machine.worlds({"CASEPACT_WORLDS": f"unix://{at}"})
        ]

    assert [line.state for line in lines] == [State.OK, State.FAIL]


def test_package_for_shared_worlds_is_asked_for_with_them(monkeypatch: pytest.MonkeyPatch, listener: int) -> None:
    """What is missing is named with the command that installs it."""
    monkeypatch.setattr(doctor_machine, "find_spec", lambda name: None)
    missing, there = doctor_machine.worlds({"CASEPACT_WORLDS": f"redis://127.0.0.1:{listener}/0"})

    assert (missing.state, missing.advice) == (State.FAIL, "pip install 'casepact[redis]'")
    assert there.state is State.OK


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder is made below one that is there; a file in its way is an obstacle."""
    (tmp_path / "file").touch()

    assert writable(tmp_path / "new" / "newer")
    assert not writable(tmp_path / "file" / "below")


def test_unwritable_state_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that write need their journal."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("CASEPACT_STATE", str(tmp_path / "file" / "state"))

    assert states(doctor_machine.folders())[0] is State.FAIL


def test_proxies_are_named_without_their_passwords() -> None:
    """A run does not read them, so they get a warning; none is fine."""
    (line,) = doctor_machine.proxies({"HTTPS_PROXY": f"http://u:{SECRET}@proxy:3128", "no_proxy": "x"})

    assert (line.state, line.text) == (State.WARN, "HTTPS_PROXY set; casepact check does not read them")
    assert SECRET not in rendered([line])
    assert list(doctor_machine.proxies({})) == []


def test_misspelt_variable_is_noticed() -> None:
    """A variable of ours that nothing reads is named with the one that was meant; values stay unread."""
    read, unread = doctor_project.variables({"CASEPACT_PROT": SECRET, "CASEPACT_TARGET": SECRET})

    assert (read.state, read.text) == (State.OK, "CASEPACT_TARGET set")
    assert (unread.state, unread.advice) == (State.WARN, "Did you mean 'CASEPACT_PORT'?")
    assert SECRET not in rendered([read, unread])
    assert list(doctor_project.variables({"HOME": "/"})) == []


@pytest.fixture
def staging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listener: int) -> Path:
    """A folder with the profile `staging`, whose server takes connections, and without its token."""
    profile = tmp_path / "fixtures" / "targets" / "staging.yaml"
    profile.parent.mkdir(parents=True)
    profile.write_text(PROFILE.format(port=listener))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AICC_STAGING_TOKEN", raising=False)
    return profile


def test_target_without_its_variable_fails(staging: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named; once it is set, nothing is wrong and its value is not shown."""
    missing, reached = doctor_project.target("staging")
    assert (missing.state, reached.state) == (State.FAIL, State.OK)
    assert "AICC_STAGING_TOKEN is not set" in missing.text

    monkeypatch.setenv("AICC_STAGING_TOKEN", SECRET)
    lines = list(doctor_project.target("staging"))
    assert [line.state for line in lines] == [State.OK, State.OK]
    assert SECRET not in rendered(lines)


def test_target_that_does_not_answer_fails(staging: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address is named, with what to do next."""
    monkeypatch.setenv("AICC_STAGING_TOKEN", SECRET)
    staging.write_text(PROFILE.format(port=closed_port()))
    _, line = doctor_project.target("staging")

    assert line.state is State.FAIL
    assert "connection was refused" in line.text
    assert "casepact target probe staging" in line.advice


def test_flawed_profile_fails(staging: Path) -> None:
    """Each profile is read, and the flaw is shown with file and line."""
    staging.write_text("summary: x\nwrites: perhaps\n")
    failed = [line for line in doctor_project.project_and_profiles() if line.state is State.FAIL]

    assert [line.name for line in failed] == ["profile staging"]
    assert "staging.yaml:" in failed[0].text


def test_flawed_project_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `casepact.yaml` that cannot be used is one line, not a traceback."""
    (tmp_path / "casepact.yaml").write_text("contracts: nowhere\n")
    monkeypatch.chdir(tmp_path)
    (line,) = doctor_project.project_and_profiles()

    assert (line.state, line.name) == (State.FAIL, "project")
    assert "casepact.yaml:1" in line.text


def test_command_ends_with_0_or_1(staging: Path) -> None:
    """One screen; 1 where something fails, 0 where nothing does."""
    shown = casepact("doctor", cwd=staging.parent)
    failing = casepact("doctor", "--target", "staging", cwd=staging.parent.parent.parent)

    assert (shown.code, failing.code) == (0, 1), shown.out + failing.out
    assert len(shown.out.splitlines()) <= 24
    assert failing.out.splitlines()[-1].endswith("1 fail")


def test_json_has_every_line(tmp_path: Path) -> None:
    """Other programs read the same."""
    done = casepact("doctor", "--json", cwd=tmp_path)
    lines = json.loads(done.out)

    assert {tuple(line) for line in lines} == {("state", "name", "text", "advice")}
    assert {"Python", "packages", "project", "folder state"} <= {line["name"] for line in lines}
