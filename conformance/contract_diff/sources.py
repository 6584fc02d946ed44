"""What is compared: files, folders or git revisions, and which contracts and ledgers there are in each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.contract_diff import revisions
from conformance.contract_diff.reading import Shown
from specs.flaws import CasepactError
from specs.project import project
from specs.source import PACKAGE, display_name

LEDGER = "statements.yaml"
_NAMES = ("openapi", "swagger")
_SUFFIXES = (".yaml", ".yml", ".json")
_DEEPEST = 3
_LEFT_OUT = {"node_modules", ".git", ".venv"}
_IS_OPENAPI = re.compile(r'^[\s{]*"?(openapi|swagger)"?\s*:', re.MULTILINE)
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class ApiSource:
    """One API of a source: its document, its ledger, or both."""

    document: Path | None
    ledger: Path | None


@dataclass(frozen=True, slots=True)
class Source:
    """One side of a comparison; `apis` by what tells them apart, `shown` gives the names of its files to readers."""

    label: str
    apis: Mapping[str, ApiSource]
    shown: Shown
    is_file: bool


@contextmanager
def opened(old: str, new: str | None, path: Path | None) -> Iterator[tuple[Source, Source]]:
    """
    Both sides. A name is a file or folder if there is one, else a revision, or `REVISION:PATH`.

    Without `new`, what lies in the working tree is the new side. A revision alone stands for `path`, for what the other
    side names, or else for the contracts of the project. Raises `CasepactError` for what is none of these.
    """
    with ExitStack() as stack:
        usual = _usual(old, new, path)
        yield _source(old, usual, stack), _source(new, usual, stack)


def _usual(old: str, new: str | None, path: Path | None) -> Sequence[Path]:
    """The paths that a revision alone stands for."""
    if path is not None:
        return [path]
    for name in (old, new):
        if name is not None and Path(name).exists():
            return [Path(name)]
        if name is not None and ":" in name and revisions.is_revision(name.partition(":")[0]):
            return [revisions.top_level() / name.partition(":")[2]]
    known = project()
    folders = {files.contract.parent.resolve() for files in known.apis.values()}
    if known.builtin:
        folders = {PACKAGE.resolve()}
    top = revisions.top_level().resolve()
    found = sorted(folder for folder in folders if folder.is_relative_to(top))
    if not found:
        raise CasepactError("no contracts of this project are in the repository; name them with --path.")
    return found


def _source(name: str | None, usual: Sequence[Path], stack: ExitStack) -> Source:
    if name is None or Path(name).exists():
        paths = [Path(name)] if name is not None else [path for path in usual if path.exists()]
        if not paths:
            raise CasepactError(f"the working tree has no {usual[0]}; name the new side.")
        return _of_paths(name or "working tree", paths, str)
    revision, colon, path = name.partition(":")
    if not revisions.is_revision(revision):
        top = revisions.top_level()
        raise CasepactError(
            f"'{name}' is not a file or folder here, and {top} has no revision '{revision}'. In CI, fetch the history "
            "too (fetch-depth: 0)."
        )
    top = revisions.top_level()
    wanted = [path.removesuffix("/")] if colon else [revisions.inside(item, top) for item in usual]
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="casepact-diff-"))).resolve()
    paths = [revisions.check_out(revision, item, folder) for item in wanted]
    return _of_paths(name, paths, lambda file: _in_revision(file, revision, folder))


def _in_revision(file: str, revision: str, folder: Path) -> str:
    path = Path(file).resolve()
    return f"{revision}:{path.relative_to(folder).as_posix()}" if path.is_relative_to(folder) else file


def _of_paths(label: str, paths: Sequence[Path], shown: Shown) -> Source:
    if len(paths) == 1 and paths[0].is_file():
        ledger = paths[0].parent / LEDGER
        return Source(label, {"": ApiSource(paths[0], ledger if ledger.is_file() else None)}, shown, True)
    apis: dict[str, ApiSource] = {}
    for path in paths:
        apis |= _apis(path)
    if not apis:
        where = ", ".join(shown(display_name(path)) for path in paths)
        raise CasepactError(f"{where}: there is no OpenAPI document in this folder.")
    return Source(label, apis, shown, False)


def _apis(folder: Path) -> dict[str, ApiSource]:
    """
    The APIs of a folder, by their folders below it, or by file where documents go by their own names.

    Raises `CasepactError` for a folder or file that cannot be read.
    """
    try:
        return _found(folder)
    except OSError as error:
        raise CasepactError(f"{error.filename or folder}: cannot be read ({error.strerror}).") from None


def _found(folder: Path) -> dict[str, ApiSource]:
    found: dict[str, ApiSource] = {}
    for path in sorted(_files(folder, 0)):
        if path.stem.lower() in _NAMES and path.suffix.lower() in _SUFFIXES:
            ledger = path.parent / LEDGER
            key = path.parent.relative_to(folder).as_posix()
            found.setdefault(key, ApiSource(path, ledger if ledger.is_file() else None))
    for path in sorted(folder.glob(f"*/{LEDGER}")):
        found.setdefault(path.parent.name, ApiSource(None, path))
    if any(item.document for item in found.values()):
        return found
    named = [path for path in sorted(folder.iterdir()) if path.is_file() and _is_document(path)]
    return {path.stem: ApiSource(path, None) for path in named}


def _files(folder: Path, depth: int) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_file():
            yield path
        elif depth < _DEEPEST and path.is_dir() and path.name not in _LEFT_OUT:
            yield from _files(path, depth + 1)


def _is_document(path: Path) -> bool:
    if path.suffix.lower() not in _SUFFIXES:
        return False
    with path.open("rb") as file:
        return _IS_OPENAPI.search(file.read(_HEAD).decode("utf-8", "replace")) is not None
