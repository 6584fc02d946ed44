"""Options from the environment: which variable stands for which, who wins, and how a wrong value is reported."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

from specs.command_line import OptionParser, for_own_mock, said_of_variables, variable_of

Parse = Callable[..., argparse.Namespace]


def port(text: str) -> int:
    """A number that is not above 9."""
    if int(text) > 9:
        raise argparse.ArgumentTypeError(f"'{text}' is too large")
    return int(text)


def a_parser() -> OptionParser:
    """A parser with an option of every kind that the commands have, below a command of its own."""
    outer = OptionParser(prog="casepact")
    parser = outer.add_subparsers(required=True).add_parser("run", from_environment=True)
    parser.add_argument("name", nargs="?")
    parser.add_argument("--api", action="append", default=[])
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--target", default="")
    where.add_argument("--url", default="")
    parser.add_argument("--max-port", type=port, default=8)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--form", choices=("text", "json"), default="text")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("-n", dest="workers", type=port)
    return outer


@pytest.fixture
def parse(monkeypatch: pytest.MonkeyPatch) -> Parse:
    """Parse words, with these variables of options."""

    def parsed(*words: str, **variables: str) -> argparse.Namespace:
        for name, value in variables.items():
            monkeypatch.setenv(f"CASEPACT_{name}", value)
        return a_parser().parse_args(["run", *words])

    return parsed


@pytest.mark.parametrize(
    ("variables", "dest", "value"),
    [
        ({}, "max_port", 8),
        ({"MAX_PORT": "3"}, "max_port", 3),
        ({"MAX_PORT": ""}, "max_port", 8),
        ({"WORKERS": "2"}, "workers", 2),
        ({"FILE": "a/b"}, "file", Path("a/b")),
        ({"FORM": "json"}, "form", "json"),
        ({"API": "aicc, egain"}, "api", ["aicc", "egain"]),
        ({"QUICK": "1"}, "quick", True),
        ({"QUICK": "Yes"}, "quick", True),
        ({"QUICK": "0"}, "quick", False),
        ({"TARGET": "staging"}, "target", "staging"),
        ({"NAME": "x"}, "name", None),
    ],
)
def test_variable_stands_for_its_option(parse: Parse, variables: dict[str, str], dest: str, value: object) -> None:
    """A variable gives the value that the flag would give; an empty one and a positional's give nothing."""
    assert getattr(parse(**variables), dest) == value


@pytest.mark.parametrize(
    ("words", "variables", "dest", "value"),
    [
        (["--max-port", "1"], {"MAX_PORT": "3"}, "max_port", 1),
        (["--max-port", "1"], {"MAX_PORT": "no number"}, "max_port", 1),
        (["--api", "crm"], {"API": "aicc,egain"}, "api", ["crm"]),
        (["--url", "http://a"], {"TARGET": "staging"}, "target", ""),
        (["--target", "a"], {"TARGET": "staging"}, "target", "a"),
        (["-n", "4"], {"WORKERS": "2"}, "workers", 4),
    ],
)
def test_flag_wins(parse: Parse, words: list[str], variables: dict[str, str], dest: str, value: object) -> None:
    """A flag replaces its own variable, also in lists, and the variables of options that exclude it."""
    assert getattr(parse(*words, **variables), dest) == value


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"MAX_PORT": "12"}, "CASEPACT_MAX_PORT: '12' is too large"),
        ({"MAX_PORT": "tcp://10.0.0.1:80"}, "CASEPACT_MAX_PORT: 'tcp://10.0.0.1:80' is not of type port"),
        ({"FORM": "xml"}, "CASEPACT_FORM: 'xml' is not one of text, json"),
        ({"QUICK": "maybe"}, "CASEPACT_QUICK: 'maybe' is not a switch; give 1 or 0"),
        ({"TARGET": "a", "URL": "b"}, "CASEPACT_TARGET and CASEPACT_URL exclude each other; unset one of them"),
    ],
)
def test_wrong_value_names_its_variable(
    parse: Parse, capsys: pytest.CaptureFixture[str], variables: dict[str, str], message: str
) -> None:
    """What cannot be used ends the program with 2, as a wrong flag does, and says which variable it was."""
    with pytest.raises(SystemExit) as ended:
        parse(**variables)

    assert (ended.value.code, capsys.readouterr().err.splitlines()[-1]) == (2, f"casepact run: error: {message}")


def test_used_variables_are_named_in_errors(parse: Parse) -> None:
    """An error about options that a person cannot see on the command line says where they came from."""
    options = parse("--max-port", "1", MAX_PORT="3", TARGET="a", QUICK="0")

    assert said_of_variables(options) == "\nOptions from the environment: CASEPACT_TARGET."
    assert said_of_variables(argparse.Namespace()) == ""


def test_positional_help_and_version_have_no_variable() -> None:
    """CASEPACT_VERSION in an image, or CASEPACT_HELP, changes nothing."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--version", action="version", version="1")

    assert [variable_of(action) for action in parser._actions] == ["", "", ""]


def test_own_mocks_get_no_options() -> None:
    """A mock that a run starts is in the same project, and takes nothing that was meant for the run."""
    given = {"PATH": "/bin", "CASEPACT_API": "aicc", "CASEPACT_PROJECT": "/p", "CASEPACT_CONTROL_TOKEN": "t"}

    assert for_own_mock(given) == {"PATH": "/bin", "CASEPACT_PROJECT": "/p"}
