"""`casepact init`: a small project that works, to be changed into one's own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from specs.document_schemas import modeline
from specs.flaws import CasepactError
from specs.project import PROJECT_FILE

TEMPLATE = Path(__file__).with_name("template")
"""The files of a new project; `dot-` stands for a leading dot, and Python files end in `.py.txt`."""

_EXAMPLES = """examples:
  casepact init my-apis          write the project to ./my-apis
  cd my-apis && casepact check   run its mock, and check that it keeps the contract
"""


def add_parser(commands: Any) -> None:
    """Add the command to those of `casepact`."""
    parser = commands.add_parser(
        "init",
        help="write a small project of your own: an API with contract, ledger, mock and probes",
        description="Write a project with one example API of three operations, a rule, and all that goes with it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to; the folder is made if it is not there")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the project; raises `CasepactError` rather than overwrite a file."""
    written = write_project(options.folder)
    print(f"{options.folder}: a project of {len(written)} files; the API in it is called helpdesk")
    print(f"next: cd {options.folder} && casepact check    (README.md says what is where)")
    return 0


def write_project(folder: Path) -> list[Path]:
    """
    Write the files of a new project, and name them.

    Raises `CasepactError` where one of them is there already, or cannot be written; nothing is overwritten.
    """
    files = {folder / _name(path): path for path in sorted(TEMPLATE.rglob("*")) if path.is_file()}
    there = [path for path in files if path.exists()]
    if there:
        listed = ", ".join(str(path.relative_to(folder)) for path in there)
        hint = " It is a project already." if (folder / PROJECT_FILE).exists() else " Give an empty folder."
        raise CasepactError(f"init {folder}: nothing is overwritten, and these are there: {listed}.{hint}")
    try:
        for path, source in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            text = source.read_text(encoding="utf-8")
            kind = _kind(path.relative_to(folder))
            path.write_text(f"{modeline(kind, path.parent)}\n{text}" if kind else text, encoding="utf-8")
    except OSError as error:
        raise CasepactError(f"init {folder}: {error.filename or folder} cannot be written: {error.strerror}.") from None
    return list(files)


def _kind(path: Path) -> str:
    """The kind of document whose schema an editor completes the file by; none for other files."""
    names = {PROJECT_FILE: "project", "statements.yaml": "ledger", "roles.yaml": "roles", "default.yaml": "fixture"}
    return "profile" if path.parts[0] == "targets" else names.get(path.name, "")


def _name(path: Path) -> Path:
    parts = [f".{part[4:]}" if part.startswith("dot-") else part for part in path.relative_to(TEMPLATE).parts]
    return Path(*parts[:-1], parts[-1].removesuffix(".txt") if parts[-1].endswith(".py.txt") else parts[-1])
