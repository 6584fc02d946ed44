"""`--watch`: an edit is served, worlds live on, and a broken edit changes nothing but what is reported."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from mock_server.assembly import Assembly, assemble, watched
from mock_server.settings import Settings
from mock_server.watching import Swapping, misfit_records, reload
from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Change
from mock_server.worlds.seeding import fixture_text
from mock_server.worlds.store import WorldStore
from specs.formats import validator
from specs.source import FIXTURES, PACKAGE, read
from specs.validation import Schema
from tests.mock_server.provoked import CASE_INFO, MODIFY

PROJECT = Path(__file__).resolve().parents[2]
CASE = "c6m800000142mS63Voa8"


@dataclass
class Watched:
    """A mock of AICC over a copy of the fixtures, and what it was rebuilt from."""

    settings: Settings
    assembly: Assembly
    store: WorldStore
    swapping: Swapping
    built: list[Assembly]

    @property
    def file(self) -> Path:
        """The fixture that can be edited."""
        return self.settings.fixtures / "aicc" / "default.yaml"

    def edit(self, old: str, new: str) -> None:
        """Replace a text of the fixture."""
        text = self.file.read_text(encoding="utf-8")
        assert old in text
        self.file.write_text(text.replace(old, new), encoding="utf-8")

    def reload(self, build: Callable[[Assembly], Any] | None = None) -> Assembly:
        """What is served after the fixture was read again."""

        def keep(found: Assembly) -> str:
            self.built.append(found)
            return f"app {len(self.built)}"

        return asyncio.run(
            reload(self.settings, ["fixtures/a.yaml"], self.assembly, self.swapping, self.store, build or keep)
        )


@pytest.fixture
def mock(tmp_path: Path) -> Watched:
    """A mock that nobody serves."""
    shutil.copytree(FIXTURES / "aicc", tmp_path / "aicc")
    settings = Settings(apis=("aicc",), fixtures=tmp_path)
    assembly = assemble(settings)
    return Watched(settings, assembly, WorldStore(assembly.seeds, Clock()), Swapping("app 0"), [])


def title(store: WorldStore, world: str) -> object:
    """The title of the first case in a world."""
    found = store.world(world)
    assert found is not None
    return (found.records["aicc"].find("cases", CASE) or {}).get("title")


def test_edited_fixture_is_what_new_worlds_start_with(mock: Watched) -> None:
    """
    A world that comes into being afterwards has the edit, one that lives does not.
    """
    title(mock.store, "old")
    mock.edit("title: testOpenApi", "title: edited")
    mock.reload()

    assert (title(mock.store, "old"), title(mock.store, "new")) == ("testOpenApi", "edited")


def test_reset_world_has_the_edit(mock: Watched) -> None:
    """
    To reset a world is to start it from the fixtures as they are now.
    """
    mock.edit("title: testOpenApi", "title: edited")
    mock.reload()
    mock.store.reset(mock.store.default)

    assert title(mock.store, "default") == "edited"


def test_what_was_written_is_kept(mock: Watched) -> None:
    """
    Worlds keep their records through an edit.
    """
    records = mock.store.default.records["aicc"]
    records.commit([Change("cases", CASE, {**(records.find("cases", CASE) or {}), "title": "written"})])
    mock.edit("title: testOpenApi", "title: edited")
    mock.reload()

    assert title(mock.store, "default") == "written"


def test_edited_credential_is_known_in_living_worlds(mock: Watched) -> None:
    """
    Who may call is what the fixture says now.
    """
    mock.edit("aicc-operator-token-0001", "another-token")
    mock.reload()

    assert mock.store.default.records["aicc"].actors["operator"].credentials == {"accessToken": "another-token"}


def test_app_is_exchanged(mock: Watched) -> None:
    """
    The next request is answered by the one that was built anew.
    """
    mock.edit("title: testOpenApi", "title: edited")
    found = mock.reload()

    assert (mock.swapping.app, mock.built) == ("app 1", [found])


@pytest.mark.parametrize(
    ("old", "new", "reported"),
    [
        ("api: aicc", "api: [", ":4: is not YAML: "),
        ("isUpgraded: false", "isUpgraded: perhaps", "/isUpgraded breaks its schema: "),
        ("api: aicc", "api: aicc\napi: aicc", ":3: has the key 'api' twice"),
        ("  cases:", "  casse:", ":13: the contract stores no 'casse'. Did you mean 'cases'?"),
    ],
)
def test_broken_edit_keeps_the_last_good(
    mock: Watched, caplog: pytest.LogCaptureFixture, old: str, new: str, reported: str
) -> None:
    """
    Nothing is exchanged, and a warning says file, line and what is wrong.
    """
    mock.edit(old, new)
    found = mock.reload()
    message = caplog.records[-1].getMessage()

    assert (found is mock.assembly, mock.swapping.app, title(mock.store, "new")) == (True, "app 0", "testOpenApi")
    assert str(mock.file) in message and reported in message and "the last good contracts stay in use" in message


def test_deleted_fixture_keeps_the_last_good(mock: Watched, caplog: pytest.LogCaptureFixture) -> None:
    """
    A file that is gone, as editors do it for a moment, is reported like any other mistake.
    """
    mock.file.unlink()
    found = mock.reload()

    assert (found is mock.assembly, "holds no fixtures" in caplog.records[-1].getMessage()) == (True, True)


def test_mended_edit_is_served(mock: Watched) -> None:
    """
    After a broken edit the next good one counts.
    """
    mock.edit("api: aicc", "api: [")
    mock.reload()
    mock.edit("api: [", "api: aicc")
    mock.edit("title: testOpenApi", "title: edited")
    mock.reload()

    assert (mock.swapping.app, title(mock.store, "new")) == ("app 1", "edited")


def test_mistake_of_ours_does_not_end_the_watching(mock: Watched, caplog: pytest.LogCaptureFixture) -> None:
    """
    What nobody thought of is reported with its place, and the last good app stays.
    """

    def build(found: Assembly) -> Any:
        raise KeyError(f"{len(found.contracts)} contracts")

    found = mock.reload(build)

    assert (found is mock.assembly, mock.swapping.app, caplog.records[-1].exc_info is not None) == (True, "app 0", True)


def test_changes_are_reported(mock: Watched, caplog: pytest.LogCaptureFixture) -> None:
    """
    One line says which file changed and what is different for whom.
    """
    caplog.set_level(logging.INFO)
    mock.edit("title: testOpenApi", "title: edited")
    mock.reload()

    assert caplog.records[-1].getMessage() == (
        "fixtures/a.yaml changed; aicc: worlds made from now on start with the new fixtures"
    )


def test_edit_that_means_nothing_is_reported_so(mock: Watched, caplog: pytest.LogCaptureFixture) -> None:
    """
    A comment changes nothing.
    """
    caplog.set_level(logging.INFO)
    mock.edit("api: aicc", "# A comment.\napi: aicc")
    mock.reload()

    assert caplog.records[-1].getMessage() == "fixtures/a.yaml changed; nothing that is served is different"


def stricter(assembly: Assembly) -> Assembly:
    """The same mock with a record schema that asks cases for a colour."""
    document = {"type": "object", "required": ["colour"]}
    contract = assembly.contracts["aicc"]
    changed = replace(contract, records={"cases": Schema(document, validator(document))})
    return replace(assembly, contracts={"aicc": changed})


def test_records_that_no_longer_fit_are_reported(mock: Watched) -> None:
    """
    World, collection, id, and what the schema has against each.
    """
    reported = list(misfit_records(mock.store, stricter(mock.assembly)))

    assert f'world default, aicc cases {CASE}: / "colour" is a required property' in reported and len(reported) == 4


def test_record_that_worlds_share_is_reported_once(mock: Watched) -> None:
    """
    A hundred worlds with the same records are no hundred lines.
    """
    for number in range(100):
        mock.store.world(f"w{number}")

    assert len(list(misfit_records(mock.store, stricter(mock.assembly)))) == 4


def test_record_that_a_world_changed_is_reported_for_that_world(mock: Watched) -> None:
    """
    What was written in one world alone is another record.
    """
    world = mock.store.world("mine")
    assert world is not None
    world.records["aicc"].commit([Change("cases", CASE, {"id": CASE, "title": "mine"})])
    reported = list(misfit_records(mock.store, stricter(mock.assembly)))

    assert [line for line in reported if line.startswith("world mine")] == [
        f'world mine, aicc cases {CASE}: / "colour" is a required property'
    ]


def test_actor_whose_user_is_new_waits_for_a_reset(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """
    A living world gets the actors of an edited fixture, but not one who asks for a record that only a new world has.
    """
    shutil.copytree(FIXTURES / "egain", tmp_path / "egain")
    settings = Settings(apis=("egain",), fixtures=tmp_path)
    assembly = assemble(settings)
    store = WorldStore(assembly.seeds, Clock())
    store.default.take_snapshot("s")
    mock = Watched(settings, assembly, store, Swapping("app 0"), [])
    file = tmp_path / "egain" / "default.yaml"
    document = read(file).data
    document["records"]["users"]["1099"] = {**document["records"]["users"]["1001"], "id": "1099"}
    document["actors"]["newcomer"] = {"user": "1099", "scopes": [], "applicationType": "API"}
    document["actors"]["another"] = {"user": "1001", "scopes": [], "applicationType": "API"}
    file.write_text(fixture_text(document), encoding="utf-8")
    mock.reload()
    living = store.default
    shelves = (living.records, living.snapshots["s"].records, store.create("new").records)
    known = [sorted({"newcomer", "another"} & records["egain"].actors.keys()) for records in shelves]

    assert known == [["another"], ["another"], ["another", "newcomer"]]
    reported = "world default, egain: actors newcomer may not call before the world is reset; /user asks for '1099'"
    assert reported in caplog.text


def test_package_fixtures_and_documents_are_watched(tmp_path: Path) -> None:
    """
    Contracts and ledgers, the fixtures in use, and the folder of each foreign document.
    """
    document = tmp_path / "shop" / "shop.yaml"
    settings = Settings(apis=("aicc",), fixtures=tmp_path, specs=(document,))

    assert set(watched(settings)) == {PACKAGE, FIXTURES / "aicc", tmp_path, document.parent}


# A running mock, over a copy of the project.


@dataclass(frozen=True, slots=True)
class Served:
    """A mock that watches a copy of the project."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    def edit(self, file: str, old: str, new: str) -> str:
        """Replace a text, as an editor does; the console line that tells of it."""
        path, lines = self.folder / file, len(self.console())
        text = path.read_text(encoding="utf-8")
        assert old in text
        (path.with_suffix(".tmp")).write_text(text.replace(old, new, 1), encoding="utf-8")
        path.with_suffix(".tmp").replace(path)
        return self.wait(lambda: next((line for line in self.console()[lines:] if " changed" in line), ""))

    def console(self) -> list[str]:
        """The lines of the console so far."""
        return (self.folder / "console").read_text(encoding="utf-8").splitlines()

    def wait(self, found: Callable[[], str]) -> str:
        """What is found within twenty seconds."""
        deadline = time.monotonic() + 20
        while not (value := found()):
            assert time.monotonic() < deadline, "\n".join(self.console())
            time.sleep(0.05)
        return value

    def modify(self, title: str) -> tuple[int, str]:
        """Status and named statements of a modifyCase."""
        body = json.dumps({"caseInfo": {**CASE_INFO, "title": title}})
        headers = {"access-token": "aicc-operator-token-0001", "content-type": "application/json"}
        return self._call("POST", f"/aicc{MODIFY}", body, headers)[:2]

    def record(self) -> Any:
        """The case as the default world has it."""
        return json.loads(self._call("GET", f"/_casepact/v1/worlds/default/records/aicc/cases/{CASE}")[2])

    def _call(self, method: str, path: str, body: str = "", headers: Any = None) -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers.get("x-casepact-statement", ""), answer.read()
        finally:
            connection.close()


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """A mock of AICC that watches the copy in a folder."""
    port_file = folder / "port"
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [
        sys.executable,
        "-m",
        "mock_server",
        "--api",
        "aicc",
        "--port",
        "0",
        "--port-file",
        str(port_file),
        "--watch",
    ]
    with (folder / "console").open("wb") as console:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=console)
    try:
        deadline = time.monotonic() + 30
        while not (port_file.exists() and port_file.read_text().strip()):
            assert process.poll() is None and time.monotonic() < deadline, (folder / "console").read_text()
            time.sleep(0.02)
        # The watching begins beside the serving; what changes before it is not seen.
        time.sleep(1)
        yield Served(folder, int(port_file.read_text()), process)
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The mock whose contracts the tests below edit, one after the other."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("specs", "mock_server", "fixtures"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    with serving(folder) as mock:
        yield mock


def test_edited_contract_is_served_and_worlds_live_on(served: Served) -> None:
    """
    A title that was allowed is refused after the edit; what was written before it is still there.
    """
    before = served.modify("x" * 60)
    reported = served.edit("specs/aicc/openapi.yaml", "maxLength: 128", "maxLength: 40")
    after, kept = served.modify("y" * 60), served.record()["title"]
    served.edit("specs/aicc/openapi.yaml", "maxLength: 40", "maxLength: 128")

    assert (before[0], after, kept) == (200, (400, "HW-21"), "x" * 60)
    assert reported.startswith("specs/aicc/openapi.yaml changed; aicc: ")


def test_broken_contract_is_reported_and_the_last_good_one_serves(served: Served) -> None:
    """
    File and line of the mistake stand on the console; requests are answered as before, and by the mended contract then.
    """
    reported = served.edit("specs/aicc/openapi.yaml", "operationId: modifyCase", "operationId: [modifyCase")
    meanwhile = served.modify("ok")
    served.edit("specs/aicc/openapi.yaml", "operationId: [modifyCase", "operationId: modifyCase")
    served.edit("specs/aicc/openapi.yaml", "maxLength: 128", "maxLength: 40")
    mended = served.modify("y" * 60)
    served.edit("specs/aicc/openapi.yaml", "maxLength: 40", "maxLength: 128")

    assert "the last good contracts stay in use: specs/aicc/openapi.yaml:1" in reported
    assert (meanwhile[0], mended) == (200, (400, "HW-21"))


def test_records_that_break_the_edited_contract_are_reported(served: Served) -> None:
    """
    A living record whose title the contract no longer has is named with its world; those of the fixtures fit.
    """
    served.modify("z" * 60)
    title = "        title:\n          type: string\n"
    text = (served.folder / "specs/aicc/openapi.yaml").read_text(encoding="utf-8")
    start = text.index(title, text.index("    CaseRecord:\n"))
    old = text[start - 40 : start + len(title)]
    served.edit("specs/aicc/openapi.yaml", old, f"{old}          maxLength: 50\n")
    reported = served.wait(lambda: next((line for line in served.console() if line.startswith("world default")), ""))

    assert reported.startswith(f"world default, aicc cases {CASE}: /title ") and "longer than 50" in reported


def test_edited_ledger_of_the_rfcs_is_reported(served: Served) -> None:
    """
    The statements that hold for every API are read again too; an unknown word among them is a broken edit.
    """
    reported = served.edit("specs/http/statements.yaml", "standing: http", "standing: hearsay")
    served.edit("specs/http/statements.yaml", "standing: hearsay", "standing: http")

    assert "the last good contracts stay in use: " in reported and "specs/http/statements.yaml:" in reported


def test_edited_ledger_is_reported(served: Served) -> None:
    """
    Ledgers are watched too; a statement that is doubled there is a broken edit.
    """
    reported = served.edit("specs/aicc/statements.yaml", "id: HW-02", "id: HW-01")

    assert "the last good contracts stay in use: " in reported and "specs/aicc/statements.yaml:" in reported


def test_mock_that_watches_stops_well(served: Served) -> None:
    """
    SIGTERM ends it with 0 within seconds, and nothing is complained about.
    """
    lines = len(served.console())
    served.process.terminate()
    code = served.process.wait(timeout=15)

    assert (code, served.console()[lines:]) == (0, [])
