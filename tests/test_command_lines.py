"""Every command explains itself: a description, examples that parse, and the variable of each option."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import conformance.cli
import mock_server.cli
from specs.command_line import OptionParser, variable_of
from tests.commands import casepact


def commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A parser and those of its commands; that of `casepact mock` is in the other package."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                if name != "mock":
                    yield from commands(inner)


MOCK = mock_server.cli._parser()
PARSERS = [*commands(conformance.cli._parser()), MOCK]
READERS = [parser for parser in PARSERS if isinstance(parser, OptionParser) and parser._from_environment]


def examples(parser: argparse.ArgumentParser) -> list[list[str]]:
    """The words of each command that the end of a help shows."""
    found = []
    for line in (parser.epilog or "").splitlines():
        if match := re.match(r"  (?:[A-Z_]+=\S+ )?casepact (.*)", line):
            shown = re.split(r"  +|\| ", match[1])[0]
            found.append(shlex.split(shown))
    return found


def test_commands_are_found() -> None:
    """The tests below judge every command and every command below one."""
    names = {parser.prog for parser in PARSERS}

    assert {"casepact", "casepact mock", "casepact check", "casepact target restore", "casepact doctor"} <= names
    assert {parser.prog for parser in READERS} == {"casepact mock", "casepact check"}


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.prog)
def test_help_has_description_and_examples(parser: argparse.ArgumentParser) -> None:
    """Whoever asks a command for help reads what it does, and sees it used by its own name."""
    own = parser.prog.split()[1:]

    assert parser.description
    assert [words for words in examples(parser) if words[: len(own)] == own]


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.prog)
def test_examples_parse(parser: argparse.ArgumentParser) -> None:
    """Each example names a command that exists, with options that it has."""
    whole = conformance.cli._parser()
    for words in (shown.split("&&")[0].split() for shown in map(shlex.join, examples(parser))):
        if words[0] == "mock":
            MOCK.parse_args(words[1:])
        elif "COMMAND" not in words:
            assert whole.parse_args(words).run


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.prog)
def test_options_are_explained(parser: argparse.ArgumentParser) -> None:
    """No option is without a line."""
    assert [action.dest for action in parser._actions if action.option_strings and not action.help] == []


@pytest.mark.parametrize("parser", READERS, ids=lambda parser: parser.prog)
def test_help_names_the_variable_of_every_option(parser: OptionParser) -> None:
    """Options of `check` and `mock` may stand in the environment; the help says under which name."""
    shown = " ".join(parser.format_help().split())
    options = [action for action in parser._actions if action.option_strings]
    without = [action.dest for action in options if not variable_of(action)]

    assert set(without) <= {"help", "version", "==SUPPRESS=="}
    assert [name for name in parser.variables() if f"[{name}]" not in shown] == []
    assert len(parser.variables()) == len(options) - len(without)


def test_mock_takes_options_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The API and the form of its description come from variables; a flag wins over them."""
    monkeypatch.setenv("CASEPACT_API", "aicc")
    monkeypatch.setenv("CASEPACT_DESCRIBE", "1")

    assert '"operation": "modifyCase"' in casepact("mock").out
    assert '"operation": "modifyCase"' not in casepact("mock", "--api", "egain").out


def test_check_and_its_own_mock_read_the_environment_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is set for the run does not reach the mock that the run starts, and the run obeys it."""
    monkeypatch.setenv("CASEPACT_API", "aicc")
    monkeypatch.setenv("CASEPACT_QUICK", "1")
    monkeypatch.setenv("CASEPACT_KEYWORD", "sample")
    monkeypatch.setenv("CASEPACT_REPORTS", str(tmp_path))
    monkeypatch.setenv("CASEPACT_FIXTURES", "/nowhere")
    done = casepact("check")

    assert (done.code, (tmp_path / "report.json").is_file()) == (0, True), done.out + done.err


def test_flaw_of_options_names_the_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--spec` that nobody typed is explained."""
    monkeypatch.setenv("CASEPACT_SPEC", "petstore.yaml")
    done = casepact("check", "--target", "staging")

    assert done.code == 2
    assert done.err.splitlines()[-1] == "Options from the environment: CASEPACT_SPEC."


def completed(line: str, cwd: Path) -> list[str]:
    """What a shell offers at the end of a line."""
    words = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)), "_ARGCOMPLETE_IFS": "\n"}
    command = f"{shlex.quote(sys.executable)} -m conformance 8>&1 9>/dev/null 1>/dev/null 2>/dev/null"
    done = subprocess.run(
        ["bash", "-c", command], env={**os.environ, **words}, cwd=cwd, capture_output=True, text=True, check=False
    )
    return [word.strip() for word in done.stdout.split("\n") if word.strip()]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("casepact che", ["check"]),
        ("casepact mo", ["mock"]),
        ("casepact check --str", ["--strict"]),
        ("casepact check --api eg", ["egain"]),
        ("casepact check --target moc", ["mock"]),
        ("casepact check --operation modif", ["modifyCase"]),
        ("casepact explain HW-2", [f"HW-2{digit}" for digit in range(10)]),
        ("casepact target probe moc", ["mock"]),
        ("casepact mock --at-r", ["--at-root"]),
        ("casepact mock --api ai", ["aicc"]),
        ("casepact completion z", ["zsh"]),
    ],
)
def test_shell_completes(line: str, offered: list[str], tmp_path: Path) -> None:
    """Commands, options and the names of the project are offered, those of the mock too."""
    assert sorted(completed(line, tmp_path)) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_code_of_the_shell(shell: str) -> None:
    """Each shell gets what registers casepact; bash is asked whether it can read it."""
    done = casepact("completion", shell)

    assert done.code == 0
    assert "casepact" in done.out
    if shell == "bash":
        assert subprocess.run(["bash", "-n"], input=done.out, text=True, check=False).returncode == 0


def test_version_loads_nothing_of_completion_or_of_runs() -> None:
    """`casepact --version` answers at once: it imports neither argcomplete nor what tests servers."""
    command = [sys.executable, "-X", "importtime", "-m", "conformance", "--version"]
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert time.monotonic() - started < 5
    assert re.fullmatch(r"casepact \S+\n", done.stdout)
    assert [name for name in ("argcomplete", "hypothesis", "urllib3", "packaging") if f" {name}\n" in done.stderr] == []
