"""Which APIs there are: those of the folder with casepact.yaml, of installed packages, or the ones of casepact."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from specs import project as projects
from specs.flaws import CasepactError, FlawedDocument, UnknownName
from specs.project import CONTROL, VARIABLE, apis, chosen_project, files_of, project, unmodelled_documents
from specs.source import PACKAGE

BUILT_IN = tuple(sorted(path.parent.name for path in PACKAGE.glob("*/openapi.yaml") if path.parent.name != CONTROL))


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test works in a folder of its own, without a project that somebody chose before."""
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.chdir(tmp_path)


def make(folder: Path, text: str = "", *names: str, ledger: bool = True) -> Path:
    """A project with an empty contract of each name."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "casepact.yaml").write_text(text or "contracts: specs\n")
    (folder / "specs").mkdir(exist_ok=True)
    for name in names:
        (folder / "specs" / name).mkdir()
        (folder / "specs" / name / "openapi.yaml").write_text("openapi: 3.0.3\n")
        if ledger:
            (folder / "specs" / name / "statements.yaml").write_text(f"api: {name}\n")
    return folder


def test_without_a_project_the_apis_of_casepact_are_there() -> None:
    """A folder that is no project, and has none above it, works with what is installed."""
    assert apis() == BUILT_IN
    assert project().builtin


def test_the_project_is_the_folder_or_one_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with git and pytest, a command works from any folder of the project."""
    make(tmp_path, "", "tickets")
    below = tmp_path / "specs" / "tickets"
    monkeypatch.chdir(below)

    assert apis() == ("tickets",)
    assert files_of("tickets").contract == tmp_path / "specs" / "tickets"


def test_a_chosen_project_goes_before_the_current_folder(tmp_path: Path) -> None:
    """`--project` is taken out of the arguments wherever it stands, and holds for processes that are started."""
    make(tmp_path, "", "here")
    other = make(tmp_path / "other", "", "there")

    assert chosen_project(["check", "--project", str(other), "--quick"]) == ["check", "--quick"]
    assert apis() == ("there",)
    assert chosen_project([f"--project={tmp_path}", "lint", "--", "--project"]) == ["lint", "--", "--project"]
    assert apis() == ("here",)


@pytest.mark.parametrize("words", [["--project", "nowhere"], ["--project"], ["--project="]])
def test_a_folder_that_is_no_project_is_refused(words: list[str]) -> None:
    """The error names the file that is missing and the command that makes it."""
    with pytest.raises(CasepactError, match=r"there is no casepact\.yaml in that folder; `casepact init"):
        chosen_project(words)


def test_a_variable_that_names_no_project_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong variable never falls back to other APIs."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "gone"))

    with pytest.raises(CasepactError, match=r"CASEPACT_PROJECT=.*gone: there is no casepact\.yaml"):
        apis()


def test_a_contract_without_a_ledger_is_a_foreign_one(tmp_path: Path) -> None:
    """It is served as it stands, and is no API whose statements could be judged."""
    make(tmp_path, "", "petstore", ledger=False)

    assert apis() == ()
    assert unmodelled_documents() == {"petstore": tmp_path / "specs" / "petstore" / "openapi.yaml"}
    with pytest.raises(UnknownName):
        files_of("petstore")


def test_built_in_apis_stand_beside_those_of_the_project(tmp_path: Path) -> None:
    """`include` names them, with their own records and code."""
    make(tmp_path, "include: [aicc]\n", "tickets")

    assert apis() == ("aicc", "tickets")
    assert files_of("aicc").behaviours == ("mock_server.behaviours.aicc",)


def test_code_is_found_by_the_name_of_the_api(tmp_path: Path) -> None:
    """A file named as the API, or the files and modules that casepact.yaml names in its place."""
    make(tmp_path, "apis: {a: {}, b: {probes: [more/x.py, pack.y:makers]}}\n", "a", "b")
    for file in ("behaviours/a.py", "more/x.py"):
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).write_text("")

    assert files_of("a").behaviours == (str(tmp_path / "behaviours" / "a.py"),)
    assert files_of("a").probes == ()
    assert files_of("b").probes == (str(tmp_path / "more" / "x.py"), "pack.y:makers")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("contract: x\n", "casepact.yaml:1, contract: has an unknown key 'contract'. Did you mean 'contracts'?"),
        ("contracts: 7\n", "casepact.yaml:1, contracts: is the path of a folder"),
        ("contracts: none\n", "casepact.yaml:1, contracts: there is no folder"),
        ("apis: {ticket: {}}\n", "casepact.yaml:1, apis/ticket: there is no "),
        ("apis: {tickets: {probes: no.py}}\n", "casepact.yaml:1, apis/tickets/probes: there is no file "),
        ("apis: {tickets: {probes: 7}}\n", "is a file (tickets.py) or a module (my_package.tickets), or a list"),
        ("include: [aic]\n", "casepact.yaml:1, include/0: no API is named 'aic'. Did you mean 'aicc'?"),
        ("include: [tickets]\n", "include/0: the project has an API 'tickets' of its own."),
    ],
)
def test_what_is_wrong_with_the_file_is_reported_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    """Nothing of casepact.yaml is ignored."""
    make(tmp_path, text, "tickets")

    with pytest.raises(FlawedDocument) as caught:
        apis()

    assert message in str(caught.value)


def installed(monkeypatch: pytest.MonkeyPatch, site: Path, name: str, value: str) -> None:
    """Let a package with this entry point be installed in a folder."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[casepact.apis]\n{name} = {value}\n")
    monkeypatch.syspath_prepend(str(site))
    projects._installed.cache_clear()
    projects._project.cache_clear()


@pytest.fixture
def forgetting() -> object:
    """What the entry points of one test were is forgotten after it."""
    yield
    projects._installed.cache_clear()
    projects._project.cache_clear()


@pytest.mark.usefixtures("forgetting")
def test_installed_packages_bring_apis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package names itself under casepact.apis, and says in its casepact.yaml what it has; nothing of it runs."""
    package = make(tmp_path / "site" / "their_apis", "", "billing")
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n")
    installed(monkeypatch, tmp_path / "site", "theirs", "their_apis")

    assert apis() == tuple(sorted((*BUILT_IN, "billing")))
    assert files_of("billing").contract == package / "specs" / "billing"
    assert "their_apis" not in sys.modules


@pytest.mark.usefixtures("forgetting")
def test_an_entry_point_that_leads_nowhere_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the entry point, so that the package that has it can be found."""
    installed(monkeypatch, tmp_path / "site", "theirs", "their_apis_gone")

    with pytest.raises(CasepactError, match=r"the entry point 'theirs' of casepact\.apis names their_apis_gone"):
        apis()
