"""Which APIs there are, and where each is kept: those of a project of a team, or the ones that come with casepact."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from specs.document_schemas import misfits
from specs.flaws import CasepactError, Flaw, FlawedDocument, Place, UnknownName
from specs.source import FIXTURES, PACKAGE, Document, Pointer, display_name, read

PROJECT_FILE = "casepact.yaml"
"""What makes a folder a project."""

VARIABLE = "CASEPACT_PROJECT"
"""The environment variable that names the folder of the project, for the processes that a command starts."""

ENTRY_POINTS = "casepact.apis"
"""The entry points of installed packages that bring APIs: each names a package with a `casepact.yaml` in its folder."""

CONTROL = "control"
"""The folder of our own contract: how a running mock is steered."""

_FOLDERS = {
    "contracts": "specs",
    "fixtures": "fixtures",
    "targets": "targets",
    "behaviours": "behaviours",
    "probes": "probes",
    "inverses": "inverses",
}
_CODE = ("behaviours", "probes", "inverses")


@dataclass(frozen=True, slots=True)
class ApiFiles:
    """
    Where one API is kept.

    `contract` is the folder with `openapi.yaml`, `statements.yaml` and `roles.yaml`, `fixtures` the one with
    `default.yaml`. `behaviours`, `probes` and `inverses` name code: files (`…/tickets.py`) or modules, each with an
    attribute after a colon where it is not the usual one. `modelled` says that there is a ledger.
    """

    name: str
    contract: Path
    fixtures: Path
    behaviours: tuple[str, ...] = ()
    probes: tuple[str, ...] = ()
    inverses: tuple[str, ...] = ()
    modelled: bool = True


@dataclass(frozen=True, slots=True)
class Project:
    """
    The APIs that a command is about, by name in alphabetical order, and the folder of the profiles of targets.

    `code` are the folders whose Python files may name statements. `builtin` says that nothing but casepact itself is
    there.
    """

    root: Path
    apis: Mapping[str, ApiFiles]
    targets: Path
    code: tuple[Path, ...]
    builtin: bool = False


def project() -> Project:
    """
    The project that is worked in: `$CASEPACT_PROJECT`, else the folder with `casepact.yaml` at or above the current
    one, else what comes with casepact and with installed packages.

    Raises `CasepactError` for a folder that is not a project, `FlawedDocument` with file and line for what its file
    says wrongly.
    """
    return _project(os.environ.get(VARIABLE, ""), Path.cwd())


def apis() -> tuple[str, ...]:
    """The names of the APIs of the project that have a ledger, in alphabetical order."""
    return tuple(name for name, files in project().apis.items() if files.modelled)


def unmodelled_documents() -> dict[str, Path]:
    """The documents of the project that have no ledger, by API: they are served as they stand."""
    return {name: files.contract / "openapi.yaml" for name, files in project().apis.items() if not files.modelled}


class NoLedger(UnknownName):
    """The name of an API that has a document, but nothing to judge by."""

    def __init__(self, api: str, flaw: Flaw) -> None:
        super().__init__("API with a ledger", api, apis())
        self.args = (str(flaw),)


def without_ledger(api: str) -> Flaw:
    """What to say of an API of the project that has a document and no ledger."""
    place = Place(display_name(project().apis[api].contract / "openapi.yaml"), 1)
    return Flaw(place, api, "no statements.yaml is beside it: the mock serves it, but nothing checks it.")


def files_of(api: str) -> ApiFiles:
    """Where an API of the project, or our own control API, is kept; raises `UnknownName`, `NoLedger` among them."""
    if api == CONTROL:
        return ApiFiles(CONTROL, PACKAGE / CONTROL, FIXTURES / CONTROL)
    found = project().apis.get(api)
    if found is not None and not found.modelled:
        raise NoLedger(api, without_ledger(api))
    if found is None:
        raise UnknownName("API", api, apis())
    return found


def chosen_project(arguments: list[str]) -> list[str]:
    """
    The arguments of a command without `--project DIR`; this process and those that it starts work in that project.

    Raises `CasepactError` where the folder is missing or no project.
    """
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--":
            return [*rest, word, *words]
        if name != "--project":
            rest.append(word)
            continue
        folder = Path(value if equals else next(words, ""))
        if not (folder / PROJECT_FILE).is_file():
            raise CasepactError(
                f"--project {folder}: there is no {PROJECT_FILE} in that folder; "
                f"`casepact init {folder}` makes a project."
            )
        os.environ[VARIABLE] = str(folder.resolve())
    return rest


@cache
def _project(named: str, current: Path) -> Project:
    if named:
        if not (Path(named) / PROJECT_FILE).is_file():
            raise CasepactError(f"{VARIABLE}={named}: there is no {PROJECT_FILE} in that folder.")
        root: Path | None = Path(named)
    else:
        root = next((folder for folder in (current, *current.parents) if (folder / PROJECT_FILE).is_file()), None)
    if root is None or root.resolve() == PACKAGE.resolve():
        own = _builtin()
        return replace(own, apis=_sorted({**_installed(), **own.apis}))
    return _Reader(read(root / PROJECT_FILE), root).project()


@cache
def _builtin() -> Project:
    found = _Reader(read(PACKAGE / PROJECT_FILE), PACKAGE).project()
    apis = {name: replace(files, fixtures=FIXTURES / name) for name, files in found.apis.items() if name != CONTROL}
    home = PACKAGE.parent
    code = (home / "conformance" / "probes", home / "mock_server")
    return Project(PACKAGE, apis, FIXTURES / "targets", code, builtin=True)


@cache
def _installed() -> Mapping[str, ApiFiles]:
    """The APIs of installed packages. None of these is imported here: what they say stands in their `casepact.yaml`."""
    if not _may_bring_apis():
        return {}
    from importlib.metadata import entry_points

    found: dict[str, ApiFiles] = {}
    for point in entry_points(group=ENTRY_POINTS):
        spec = importlib.util.find_spec(point.value)
        places = list(spec.submodule_search_locations or ()) if spec is not None else []
        home = next((Path(place) for place in places if (Path(place) / PROJECT_FILE).is_file()), None)
        if home is None:
            raise CasepactError(
                f"the entry point '{point.name}' of {ENTRY_POINTS} names {point.value}, which is not a package with a "
                f"{PROJECT_FILE} in its folder; mend or uninstall the package that has it."
            )
        found |= _Reader(read(home / PROJECT_FILE), home).project().apis
    return found


def _may_bring_apis() -> bool:
    """Whether some installed package speaks of our entry points; `importlib.metadata` takes longer to be imported."""
    files = (file for folder in sys.path for file in Path(folder or ".").glob("*-info/entry_points.txt"))
    return any(f"[{ENTRY_POINTS}]" in file.read_text(encoding="utf-8", errors="replace") for file in files)


def _sorted(apis: Mapping[str, ApiFiles]) -> dict[str, ApiFiles]:
    return {name: apis[name] for name in sorted(apis)}


class _Reader:
    def __init__(self, document: Document, root: Path) -> None:
        self.document, self.root = document, root
        self.flaws: list[Flaw] = []

    def project(self) -> Project:
        for misfit in misfits("project", self.document.data):
            self._flaw(misfit.pointer, misfit.message)
        if self.flaws:
            raise FlawedDocument(self.flaws)
        data = self.document.data or {}
        folders = {key: self.root / data.get(key, usual) for key, usual in _FOLDERS.items()}
        if not folders["contracts"].is_dir():
            self._flaw(("contracts",), f"there is no folder {folders['contracts']}; it holds a folder for each API.")
        there = sorted(path.parent.name for path in folders["contracts"].glob("*/openapi.yaml"))
        named = data.get("apis", {})
        for name in named:
            if name not in there:
                self._flaw(("apis", name), f"there is no {folders['contracts'] / name}/openapi.yaml.")
        apis = {name: self._api(name, named.get(name) or {}, folders) for name in there}
        apis |= self._included(data.get("include", []), apis)
        if self.flaws:
            raise FlawedDocument(self.flaws)
        return Project(self.root, _sorted(apis), folders["targets"], tuple(folders[key] for key in _CODE))

    def _api(self, name: str, item: Mapping[str, Any], folders: Mapping[str, Path]) -> ApiFiles:
        code = {key: tuple(self._code(item, key, name, folders[key])) for key in _CODE}
        home = folders["contracts"] / name
        modelled = (home / "statements.yaml").is_file()
        return ApiFiles(name, home, folders["fixtures"] / name, **code, modelled=modelled)

    def _code(self, item: Mapping[str, Any], key: str, name: str, folder: Path) -> Iterator[str]:
        """The files or modules with the code of an API: those that are named, else `<api>.py` if it is there."""
        if key not in item:
            usual = folder / f"{name}.py"
            if usual.is_file():
                yield str(usual)
            return
        for text in item[key] if isinstance(item[key], list) else [item[key]]:
            file, colon, attribute = text.partition(":")
            if not file.endswith(".py"):
                yield text
            elif (self.root / file).is_file():
                yield f"{self.root / file}{colon}{attribute}"
            else:
                self._flaw(("apis", name, key), f"there is no file {self.root / file}.")

    def _included(self, names: list[str], own: Mapping[str, ApiFiles]) -> dict[str, ApiFiles]:
        known = {**_installed(), **_builtin().apis} if names else {}
        found = {}
        for index, name in enumerate(names):
            if name in own:
                self._flaw(("include", index), f"the project has an API '{name}' of its own.")
            elif name in known:
                found[name] = known[name]
            else:
                self._flaw(("include", index), str(UnknownName("API", name, known)))
        return found

    def _flaw(self, pointer: Pointer, message: str) -> None:
        self.flaws.append(Flaw(self.document.place(pointer), "/".join(map(str, pointer)), message))
