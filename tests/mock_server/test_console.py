"""What the mock tells its console: lines that a terminal or a program can read, whatever a client sent."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.console import LOGGER, JsonLines, TextLines, log_to_console


def record(message: str, *arguments: object, level: int = logging.INFO, **reported: object) -> logging.LogRecord:
    """What the mock has to tell."""
    made = logging.LogRecord(LOGGER, level, __file__, 1, message, arguments, None)
    if reported:
        made.casepact = reported
    return made


def mistake(message: str) -> logging.LogRecord:
    """A line that tells of an exception."""
    try:
        raise ValueError(f"because of {message}")
    except ValueError:
        return logging.LogRecord(LOGGER, logging.ERROR, __file__, 1, message, (), sys.exc_info())


@contextmanager
def root_logger() -> Iterator[logging.Logger]:
    """The root logger, put back afterwards as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    try:
        yield root
    finally:
        root.handlers = handlers
        root.setLevel(level)


def test_line_is_the_message() -> None:
    """
    Nothing stands around it.
    """
    assert TextLines().format(record("%s changed", "a.yaml")) == "a.yaml changed"


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("\x1b[31mred\x1b[0m", "?[31mred?[0m"),
        ("a\rb", "a?b"),
        ("bell\x07", "bell?"),
        ("c1\x9b31m", "c1?31m"),
        ("\u202eevil", "?evil"),
        ("zero\u200bwidth", "zero?width"),
        ("del\x7f", "del?"),
        ("\ud800", "?"),
        ("Ünïcödé 中文", "Ünïcödé 中文"),
        ("one\ntwo", "one; two"),
    ],
)
def test_characters_that_steer_a_terminal_are_not_written(message: str, line: str) -> None:
    """
    Escapes, returns, directions and what has no shape are shown as a question mark; letters of any script stay.
    """
    assert TextLines().format(record(message)) == line


@given(st.text())
def test_any_message_is_one_printable_line(message: str) -> None:
    """
    Whatever is reported.
    """
    assert TextLines().format(record("%s", message)).isprintable()


@given(st.text(st.characters()), st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.text())))
def test_any_message_is_one_line_of_json(message: str, reported: dict[str, object]) -> None:
    """
    It parses, holds printable ASCII only, and the message is as it was.
    """
    line = JsonLines().format(record("%s", message, **{f"x{key}": value for key, value in reported.items()}))

    assert (json.loads(line)["message"], line.isascii() and line.isprintable()) == (message, True)


@pytest.mark.parametrize("message", ["\x1b[31m", "\x7f", "\x9b", "\u2028", "\u202e", "a\nb", "\ud800", "\U0001f600"])
def test_json_line_holds_no_character_that_steers(message: str) -> None:
    """
    Nor any that ends a line elsewhere; all are written as escapes.
    """
    line = JsonLines().format(record("%s", message, detail=message))

    assert (line.isascii(), line.isprintable(), json.loads(line)["detail"]) == (True, True, message)


def test_json_line_has_what_the_event_tells() -> None:
    """
    Level, moment and message beside it; the event cannot overwrite them.
    """
    made = record("x", level=logging.WARNING)
    made.casepact = {"status": 400, "world": "a", "message": "y", "level": "z", "at": "never"}
    line = json.loads(JsonLines().format(made))

    assert {key: value for key, value in line.items() if key != "at"} == {
        "level": "warning",
        "message": "x",
        "status": 400,
        "world": "a",
    }
    assert line["at"].endswith("Z")


def test_value_that_json_does_not_have_is_reported_as_text() -> None:
    """
    A line is never lost for what it tells.
    """
    assert json.loads(JsonLines().format(record("x", at_=complex(1, 2))))["at_"] == "(1+2j)"


def test_mistake_is_reported_with_its_place() -> None:
    """
    The traceback stands below the message, or somebody who reports it has nothing to report.
    """
    lines = TextLines().format(mistake("GET /x")).splitlines()

    assert (lines[0], lines[1], lines[-1]) == (
        "GET /x",
        "Traceback (most recent call last):",
        "ValueError: because of GET /x",
    )


def test_traceback_holds_no_character_that_steers() -> None:
    """
    The text of an exception may hold what a client sent.
    """
    assert all(line.isprintable() for line in TextLines().format(mistake("\x1b[31m\x9b")).splitlines())


def test_mistake_is_one_line_of_json() -> None:
    """
    With its traceback as a member.
    """
    line = JsonLines().format(mistake("\x1b"))

    assert ("\n" in line, "ValueError: because of" in json.loads(line)["traceback"]) == (False, True)


@pytest.mark.parametrize(("quiet", "lines"), [(False, ["reported", "warned"]), (True, ["warned"])])
def test_quiet_mock_tells_warnings_only(capsys: pytest.CaptureFixture[str], quiet: bool, lines: list[str]) -> None:
    """
    --quiet leaves out what happens all the time, not what went wrong.
    """
    with root_logger():
        log_to_console(json=False, quiet=quiet)
        logger = logging.getLogger(LOGGER)
        logger.info("reported")
        logger.warning("warned")

    assert capsys.readouterr().err.splitlines() == lines


def test_libraries_are_silent(capsys: pytest.CaptureFixture[str]) -> None:
    """
    What uvicorn and its like have to say is no line of the mock's.
    """
    with root_logger():
        log_to_console(json=False, quiet=False)
        for name in ("uvicorn.error", "uvicorn.access", "connexion.middleware", "watchfiles.main"):
            logging.getLogger(name).warning("noise")

    assert capsys.readouterr().err == ""


def test_lines_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Standard output has the banner alone.
    """
    with root_logger():
        log_to_console(json=True, quiet=False)
        logging.getLogger(LOGGER).info("reported")
    out, err = capsys.readouterr()

    assert (out, json.loads(err)["message"]) == ("", "reported")
