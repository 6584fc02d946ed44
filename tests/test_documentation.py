"""The documents name only what exists, and leave out nothing that a reader of contracts needs."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from specs.compiling import ENGINE_REFUSALS
from specs.document_schemas import load_schema

ROOT = Path(__file__).resolve().parent.parent
KEYS = ROOT / "specs" / "README.md"
DOCUMENTS = sorted(
    [
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
        KEYS,
        *ROOT.glob("benchmarks/*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("examples/*.md"),
    ]
)

_SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
_OPTION = re.compile(r"(?<![\w-])--?[A-Za-z][A-Za-z-]*")
_QUOTED_KEY = re.compile(r"""["'](x-[a-z-]+)["']""")


def _commands(word: str) -> list[tuple[str, tuple[str, ...]]]:
    """Every line of a shell block that starts with this word: where it stands, and the words after it."""
    return [
        (path.relative_to(ROOT).as_posix(), tuple(shlex.split(line, comments=True)[1:]))
        for path in DOCUMENTS
        for block in _SHELL.findall(path.read_text(encoding="utf-8"))
        for line in block.replace("\\\n", " ").splitlines()
        if line.startswith(f"{word} ")
    ]


def _shown(command: tuple[str, tuple[str, ...]]) -> str:
    return f"{command[0]}: {' '.join(command[1])}"


@lru_cache
def _help(*words: str) -> str:
    command = [sys.executable, "-m", "conformance", *words, "--help"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _unknown_options(subcommand: str, words: list[str]) -> list[str]:
    has_commands = bool(words) and re.search(rf"^    {re.escape(words[0])} ", _help(subcommand), re.MULTILINE)
    known = set(_OPTION.findall(_help(subcommand, words[0]) if has_commands else _help(subcommand)))
    return [name for word in words if (name := word.partition("=")[0]).startswith("-") and name not in known]


def _makefile() -> str:
    return (ROOT / "Makefile").read_text(encoding="utf-8")


def _links(path: Path) -> Iterator[str]:
    for link in _LINK.findall(_FENCED.sub("", path.read_text(encoding="utf-8"))):
        if not re.match(r"[a-z]+:|#", link):
            yield link.partition("#")[0]


@pytest.mark.parametrize("command", _commands("casepact"), ids=_shown)
def test_shown_command_exists_with_its_options(command: tuple[str, tuple[str, ...]]) -> None:
    """A `casepact` command in a document names a subcommand that exists, and only options that it has."""
    subcommand, *words = command[1]

    assert re.search(rf"^    {subcommand} ", _help(), re.MULTILINE), f"casepact has no command {subcommand}"
    assert _unknown_options(subcommand, words) == []


@pytest.mark.parametrize("command", _commands("make"), ids=_shown)
def test_shown_make_target_exists_with_its_variables(command: tuple[str, tuple[str, ...]]) -> None:
    """A `make` command in a document names targets of the Makefile, and only variables that it reads."""
    targets = {word for word in command[1] if "=" not in word}
    variables = {word.partition("=")[0] for word in command[1] if "=" in word}

    assert targets <= set(_TARGET.findall(_makefile()))
    assert variables <= set(re.findall(r"\$\(([A-Z]+)\)", _makefile()))


@pytest.mark.parametrize("command", _commands("make"), ids=_shown)
def test_options_handed_through_make_exist(command: tuple[str, tuple[str, ...]]) -> None:
    """What a document puts into ARGS are options of the command that the target calls."""
    handed = [option for word in command[1] if word.startswith("ARGS=") for option in shlex.split(word[5:])]
    called = {"conformance": "check"}.get(command[1][0], command[1][0])

    assert not handed or _unknown_options(called, handed) == []


def test_documents_show_commands() -> None:
    """The documents hold commands of both kinds, so the tests above judge something."""
    assert _commands("casepact")
    assert _commands("make")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_relative_links_resolve(path: Path) -> None:
    """A relative link in a document leads to a file or folder of the project."""
    assert [link for link in _links(path) if not (path.parent / link).exists()] == []


def test_files_that_the_architecture_names_exist() -> None:
    """Every file that docs/architecture.md names is in the project: at the top, in a half, or a contract's."""
    text = _FENCED.sub("", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"))
    named = set(re.findall(r"`([\w./-]+\.(?:py|yaml))`", text))
    folders = [
        ROOT,
        ROOT / "specs",
        ROOT / "specs" / "aicc",
        ROOT / "mock_server",
        ROOT / "conformance",
        ROOT / "conformance" / "probes",
    ]

    assert [name for name in sorted(named) if not any((folder / name).exists() for folder in folders)] == []


def test_contract_keys_are_described() -> None:
    """Every `x-` key that the schema of contracts knows, on whatever element, stands in specs/README.md."""
    text = KEYS.read_text(encoding="utf-8")
    known = set(_QUOTED_KEY.findall(json.dumps(load_schema("contract"))))

    assert [key for key in sorted(known) if f"`{key}`" not in text] == []


def test_keys_that_the_code_reads_are_described() -> None:
    """Every `x-` key that `specs` reads in contracts of ours, on whatever element, stands in specs/README.md."""
    text = KEYS.read_text(encoding="utf-8")
    ours = [path for path in (ROOT / "specs").glob("*.py") if not path.name.startswith(("foreign", "swagger"))]
    read = {key for path in ours for key in _QUOTED_KEY.findall(path.read_text("utf-8"))}

    assert [key for key in sorted(read) if f"`{key}`" not in text] == []


def test_refusal_kinds_are_described() -> None:
    """Every refusal kind of the engine stands in specs/README.md."""
    text = KEYS.read_text(encoding="utf-8")

    assert [kind for kind in ENGINE_REFUSALS if f"`{kind}`" not in text] == []


def test_glossary_defines_each_word_once() -> None:
    """No word of the glossary is defined twice."""
    words = re.findall(r"^\* \*\*(.+?)\*\*:", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert words
    assert sorted(words) == sorted(set(words))


def test_decisions_are_numbered_without_gaps() -> None:
    """The pages of docs/decisions are numbered from 001 on, in the file name as in the heading."""
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [
        (int(page.name[:3]), int(page.read_text(encoding="utf-8").removeprefix("# ").split(".")[0])) for page in pages
    ]

    assert numbers == [(number, number) for number in range(1, len(pages) + 1)]
