"""What the command lines of both halves share: options from the environment, their help, the version, completion."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from specs.version import installed_version

PREFIX = "CASEPACT_"
"""What the variables of options begin with, and those that are not of an option: CASEPACT_PROJECT, CASEPACT_STATE …"""

ENVIRONMENT_NOTE = (
    "Every option may stand in the environment too, under the name in brackets. A flag on the command line wins, also\n"
    "over the variables of options that exclude it. Lists are separated by commas, switches are 1 or 0, and an empty\n"
    "variable counts as not set."
)
"""For the end of the help of a command whose options the environment may give."""

_SWITCH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
_FOR_MOCKS = frozenset({f"{PREFIX}PROJECT", f"{PREFIX}STATE"})

Completer = Callable[[], Iterable[str]]


class OptionParser(argparse.ArgumentParser):
    """
    A parser that takes what the command line leaves out from the environment: flag, then variable, then default.

    `--max-requests` is CASEPACT_MAX_REQUESTS; an option without a long name goes by its `dest`. What is parsed has
    `from_environment`, the names of the variables that were used. A value that does not fit ends the program as a wrong
    flag does, and names the variable. Without `from_environment` it is `argparse.ArgumentParser`, whose subcommands
    may still ask for it.
    """

    def __init__(self, *words: Any, from_environment: bool = False, **named: Any) -> None:
        super().__init__(*words, **named)
        self._from_environment = from_environment

    def variables(self) -> dict[str, argparse.Action]:
        """The option that each variable stands for."""
        return {name: action for action in self._actions if (name := variable_of(action))}

    def parse_known_args(  # type: ignore[override] # the overloads of argparse differ in the namespace alone
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As `argparse` does; subcommands are parsed by this method too."""
        if not self._from_environment:
            return super().parse_known_args(args, namespace)
        named = {name: action for name, action in self.variables().items() if not action.required}
        namespace = argparse.Namespace() if namespace is None else namespace
        for action in named.values():
            # argparse sets a default where there is no attribute, so what is None afterwards was not given.
            setattr(namespace, action.dest, None)
        parsed, rest = super().parse_known_args(args, namespace)
        given = {action.dest for action in named.values() if getattr(parsed, action.dest) is not None}
        used = {}
        for name, action in named.items():
            if action.dest in given:
                continue
            text = "" if given & self._excluded_by(action) else os.environ.get(name, "")
            value = self._value(name, action, text) if text else None
            if value not in (None, False):
                used[name] = action
            setattr(parsed, action.dest, action.default if value is None else value)
        self._refuse_both(used)
        parsed.from_environment = tuple(used)
        return parsed, rest

    def _value(self, name: str, action: argparse.Action, text: str) -> Any:
        if action.nargs == 0:
            if text.lower() not in _SWITCH:
                self.error(f"{name}: '{text[:40]}' is not a switch; give 1 or 0")
            return _SWITCH[text.lower()]
        if isinstance(action, argparse._AppendAction):
            return [self._one(name, action, part.strip()) for part in text.split(",") if part.strip()]
        return self._one(name, action, text)

    def _one(self, name: str, action: argparse.Action, text: str) -> Any:
        convert: Any = action.type or str
        try:
            value = convert(text)
        except argparse.ArgumentTypeError as error:
            self.error(f"{name}: {error}")
        except (TypeError, ValueError):
            self.error(f"{name}: '{text[:40]}' is not of type {convert.__name__}")
        if action.choices is not None and value not in action.choices:
            self.error(f"{name}: '{text[:40]}' is not one of {', '.join(map(str, action.choices))}")
        return value

    def _excluded_by(self, action: argparse.Action) -> set[str]:
        """The options that must not be given together with this one, by `dest`."""
        return {other.dest for group in self._groups_of(action) for other in group if other is not action}

    def _groups_of(self, action: argparse.Action) -> Iterator[list[argparse.Action]]:
        for group in self._mutually_exclusive_groups:
            if action in group._group_actions:
                yield group._group_actions

    def _refuse_both(self, used: Mapping[str, argparse.Action]) -> None:
        for name, action in used.items():
            others = [other for other in used if used[other].dest in self._excluded_by(action)]
            if others:
                self.error(f"{name} and {others[0]} exclude each other; unset one of them")


class VariablesFormatter(argparse.RawDescriptionHelpFormatter):
    """Help in which each option ends with the variable that stands for it."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        name = variable_of(action)
        return f"{action.help} [{name}]" if name else action.help


class ShowVersion(argparse.Action):
    """`--version`: the version is looked up when it is asked for, since that takes longer than most of a start."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=help or "print the version and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Print it, and end the program."""
        print(f"casepact {installed_version()}")
        parser.exit()


def variable_of(action: argparse.Action) -> str:
    """The environment variable that stands for an option; empty for a positional argument, `--help` and `--version`."""
    kinds = (argparse._StoreAction, argparse._AppendAction, argparse._StoreTrueAction)
    if not action.option_strings or not isinstance(action, kinds):
        return ""
    long = next((option[2:] for option in action.option_strings if option.startswith("--")), action.dest)
    return PREFIX + long.replace("-", "_").upper()


def for_own_mock(environment: Mapping[str, str]) -> dict[str, str]:
    """
    An environment without variables of options, for a mock that a command starts for itself.

    CASEPACT_API or CASEPACT_FIXTURES is meant for the command that a person runs, not for what it compares with.
    """
    return {name: text for name, text in environment.items() if not name.startswith(PREFIX) or name in _FOR_MOCKS}


def said_of_variables(options: argparse.Namespace) -> str:
    """A line for an error message about options, if some of them came from the environment; else empty."""
    used = getattr(options, "from_environment", ())
    return f"\nOptions from the environment: {', '.join(used)}." if used else ""


def completing() -> bool:
    """Whether a shell asks for the words that may stand at the cursor, instead of running the command."""
    return "_ARGCOMPLETE" in os.environ


def complete(parser: argparse.ArgumentParser, completers: Mapping[str, Completer]) -> None:
    """
    Answer a shell that completes a command line, and end the program; return at once when none does.

    `completers` gives the values of options and arguments by `dest`; those of all others are files. Where one fails,
    as with a contract that cannot be read, nothing is offered.
    """
    if not completing():
        return
    import argcomplete

    for action in _actions(parser):
        if action.dest in completers:
            action.completer = _completer(completers[action.dest])  # type: ignore[attr-defined] # argcomplete reads it
    argcomplete.autocomplete(parser)


def _completer(values: Completer) -> Callable[..., list[str]]:
    return lambda prefix, **_: [value for value in values() if value.startswith(prefix)]


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _actions(inner)
