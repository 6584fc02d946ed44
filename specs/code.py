"""Python code that a project names: behaviours, probes and inverses, by file or by module."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from specs.flaws import CasepactError, did_you_mean
from specs.project import project
from specs.source import display_name

Found = TypeVar("Found")


class CodeByApi(Mapping[str, Found]):
    """
    The code of one kind (`behaviours`, `probes` or `inverses`) of the APIs of the project, by API.

    `attribute` is what its files hold, unless a reference names another. `flaw` says what is wrong with such a value,
    or nothing; `join` makes one value of those of all files of an API. Nothing is imported before it is asked for.
    Looking up raises as `named` does, and `CasepactError` for a value that has a flaw.
    """

    def __init__(
        self, kind: str, attribute: str, flaw: Callable[[Any], str], join: Callable[[Sequence[Any]], Found]
    ) -> None:
        self._kind, self._attribute, self._flaw, self._join = kind, attribute, flaw, join

    def __getitem__(self, api: str) -> Found:
        return self._join([self._value(reference) for reference in self._references()[api]])

    def __iter__(self) -> Iterator[str]:
        return iter(self._references())

    def __len__(self) -> int:
        return len(self._references())

    def _value(self, reference: str) -> Any:
        value = named(reference, self._attribute)
        if flaw := self._flaw(value):
            where, _, attribute = reference.partition(":")
            raise CasepactError(f"{_shown(where)}: {attribute or self._attribute} {flaw}")
        return value

    def _references(self) -> dict[str, tuple[str, ...]]:
        return {name: found for name, files in project().apis.items() if (found := getattr(files, self._kind))}


def shown_references(references: Sequence[str], usual: str) -> str:
    """References to code as a reader sees them: `behaviours/helpdesk.py: BEHAVIOURS`, with `usual` for no name."""
    parts = (reference.partition(":") for reference in references)
    return " or ".join(f"{_shown(where)}: {attribute or usual}" for where, _, attribute in parts)


def raised_at(error: BaseException) -> str:
    """The line of code that raised an error, as `probes/helpdesk.py:17`."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{display_name(Path(frame.filename))}:{frame.lineno}"


def named(reference: str, usual: str) -> Any:
    """
    The attribute that `file.py:NAME`, `module:NAME`, or either without a name (then `usual`) stands for.

    Raises `CasepactError` with file and line for code that cannot be imported or has no such attribute.
    """
    where, _, attribute = reference.partition(":")
    module = _module(where)
    attribute = attribute or usual
    if not hasattr(module, attribute):
        known = [name for name in vars(module) if not name.startswith("_")]
        raise CasepactError(f"{_shown(where)}: has no {attribute}.{did_you_mean(attribute, known)}")
    return getattr(module, attribute)


@cache
def _module(where: str) -> ModuleType:
    try:
        return _of_file(Path(where)) if where.endswith(".py") else importlib.import_module(where)
    except CasepactError:
        raise
    except Exception as error:  # whatever code of a project raises when it is imported
        raise CasepactError(f"{_place(where, error)}: cannot be imported: {type(error).__name__}: {error}") from error


def _of_file(path: Path) -> ModuleType:
    """A file as a module of its own, under a name that no other has, so that pickling and tracebacks know it."""
    name = "casepact_project." + "_".join(part for part in path.resolve().with_suffix("").parts[1:])
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None, f"{path} ends in .py"
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _place(where: str, error: Exception) -> str:
    """The line of the named code at which its import failed, else the code as a whole."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{display_name(Path(error.filename))}:{error.lineno}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if where.endswith(".py") and Path(frame.filename).resolve() == Path(where).resolve():
            return f"{_shown(where)}:{frame.lineno}"
    return _shown(where)


def _shown(where: str) -> str:
    return display_name(Path(where)) if where.endswith(".py") else where
