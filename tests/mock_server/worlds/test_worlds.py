"""Records, worlds and the seeds they grow from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Actor, Change, Records
from mock_server.worlds.seeding import fixture_sets, records_of, seed_records
from mock_server.worlds.store import DEFAULT, WorldStore, is_world_name
from specs.contract import Contract
from specs.flaws import CasepactError, FlawedDocument
from specs.source import FIXTURES

USER = "6f0b5d1e-3a52-4c0e-9d57-2b8f4a1c7e10"


@pytest.fixture
def records(seeds: Mapping[str, Records]) -> Records:
    """A copy of the R7 seed that a test may change."""
    return seeds["r7office"].fork()


def renamed(records: Records, title: str) -> Change:
    """The change that gives case 1234 another title."""
    return Change("cases", "1234", {**(records.find("cases", "1234") or {}), "title": title})


def title(records: Records) -> object:
    """The title of case 1234."""
    return (records.find("cases", "1234") or {}).get("title")


def test_commit_replaces_the_record(records: Records) -> None:
    """
    A changed record is found under its id.
    """
    records.commit([renamed(records, "another")])

    assert title(records) == "another"


def test_commit_leaves_the_record_it_replaces_as_it_was(records: Records) -> None:
    """
    Whoever holds a record keeps seeing the same values.
    """
    held = records.find("cases", "1234")
    records.commit([renamed(records, "another")])

    assert held and held["title"] == "Stand at the autumn fair"


def test_commit_of_nothing_removes_the_record(records: Records) -> None:
    """
    A change to None takes the record away.
    """
    records.commit([Change("cases", "1234", None)])

    assert records.find("cases", "1234") is None


def test_commit_carries_out_every_change(records: Records) -> None:
    """
    Changes of several collections become state together.
    """
    records.commit([Change("cases", "1234", None), Change("users", USER, None)])

    assert (records.find("cases", "1234"), records.find("users", USER)) == (None, None)


def test_unknown_id_finds_nothing(records: Records) -> None:
    """
    An id that no record has gives None.
    """
    assert records.find("cases", "999") is None


def test_shelf_holds_the_records_of_its_moment(records: Records) -> None:
    """
    A shelf has each record of its collection once, and sees no later change.
    """
    shelf = records.shelf("cases")
    records.commit([renamed(records, "another")])

    assert sorted(case["id"] for case in shelf.values()) == [1234, 1235, 1236, 1237, 1238, 1239]
    assert shelf["1234"]["title"] == "Stand at the autumn fair"


def test_fork_sees_no_later_change_of_its_origin(records: Records) -> None:
    """
    A copy keeps what it was copied from.
    """
    fork = records.fork()
    records.commit([renamed(records, "another")])

    assert title(fork) == "Stand at the autumn fair"


def test_origin_sees_no_change_of_its_fork(records: Records) -> None:
    """
    A change of a copy stays in the copy.
    """
    fork = records.fork()
    fork.commit([renamed(fork, "another")])

    assert title(records) == "Stand at the autumn fair"


def test_fork_shares_its_records(records: Records) -> None:
    """
    A copy costs no memory for records: they are the same objects.
    """
    assert records.fork().find("cases", "1234") is records.find("cases", "1234")


def test_snapshot_sees_no_later_change(records: Records) -> None:
    """
    What a snapshot shows does not move.
    """
    before = records.snapshot()
    records.commit([renamed(records, "another")])

    assert before["cases"]["1234"]["title"] == "Stand at the autumn fair"


def test_actor_shows_no_credential_in_its_repr() -> None:
    """
    A log line with an actor in it holds no secret.
    """
    assert "s3cret" not in repr(Actor("bob", {}, {"token": "s3cret"}))


def test_change_cannot_be_changed() -> None:
    """
    A change is a frozen value.
    """
    change = Change("cases", "1", None)

    with pytest.raises(AttributeError):
        change.id = "2"  # type: ignore[misc] # the point of the test


def test_frozen_clock_stands_still() -> None:
    """
    A clock frozen at an instant always tells it.
    """
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)

    assert Clock(noon).now() == noon


def test_running_clock_tells_utc() -> None:
    """
    A clock that runs knows its zone.
    """
    assert Clock().now().tzinfo is UTC


@pytest.fixture
def store(seeds: Mapping[str, Records]) -> WorldStore:
    """A store of at most three worlds, the default one among them."""
    return WorldStore(seeds, Clock(), limit=3)


def change(store: WorldStore, name: str) -> None:
    """Rename case 1234 in this world."""
    records = store.world(name).records["r7office"]
    records.commit([renamed(records, f"of {name}")])


def title_in(store: WorldStore, name: str) -> object:
    """The title of case 1234 in this world."""
    return title(store.world(name).records["r7office"])


def test_world_keeps_its_state(store: WorldStore) -> None:
    """
    The same name leads to the same world.
    """
    change(store, "alice")

    assert title_in(store, "alice") == "of alice"


def test_world_does_not_see_another(store: WorldStore) -> None:
    """
    A change in one world is not seen in the next, though it is made later.
    """
    change(store, "alice")

    assert title_in(store, "bob") == "Stand at the autumn fair"


def test_default_world_does_not_see_another(store: WorldStore) -> None:
    """
    A change in a named world is not seen in the default one.
    """
    change(store, "alice")

    assert title_in(store, DEFAULT) == "Stand at the autumn fair"


def test_store_never_holds_more_than_its_limit(store: WorldStore) -> None:
    """
    However many names are used, the number of worlds stays within the limit.
    """
    for number in range(20):
        store.world(f"w{number}")

    assert len(store) <= 3


def test_world_used_longest_ago_is_dropped(store: WorldStore) -> None:
    """
    A world beyond the limit costs the oldest one its state.
    """
    for name in ("alice", "bob", "carol"):
        change(store, name)

    assert title_in(store, "alice") == "Stand at the autumn fair"


def test_world_used_again_is_not_the_oldest(store: WorldStore) -> None:
    """
    A look into a world keeps it from being dropped next.
    """
    change(store, "alice")
    change(store, "bob")
    store.world("alice")
    store.world("carol")

    assert title_in(store, "alice") == "of alice"


def test_default_world_is_never_dropped(store: WorldStore) -> None:
    """
    The default world keeps its state whatever comes.
    """
    change(store, DEFAULT)
    for number in range(20):
        store.world(f"w{number}")

    assert title_in(store, DEFAULT) == f"of {DEFAULT}"


@pytest.mark.parametrize("name", ["a", "alice", "7", "run-1.test_2", "A" * 64])
def test_name_of_a_world_is_taken(name: str) -> None:
    """
    Letters, digits and some punctuation make a name.
    """
    assert is_world_name(name)


@pytest.mark.parametrize("name", ["", "-a", ".", "..", "a b", "a/b", "é", "a\n", "A" * 65, "a%20b"])
def test_name_of_no_world_is_refused(name: str) -> None:
    """
    What could be a path, a line break or a novel makes no name.
    """
    assert not is_world_name(name)


@pytest.mark.parametrize("api", ["aicc", "r7office"])
def test_default_fixtures_are_without_flaw(contracts: Mapping[str, Contract], api: str) -> None:
    """
    The fixtures that come with the mock seed a world with cases.
    """
    assert seed_records(contracts[api], FIXTURES).snapshot()["cases"]


def flaws(contract: Contract, folder: Path, text: str) -> list[tuple[int, str]]:
    """Line and message of each flaw that this fixture has."""
    path = folder / contract.api / "default.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"api: {contract.api}\n{text}")
    with pytest.raises(FlawedDocument) as raised:
        seed_records(contract, folder)
    return [(flaw.place.line, flaw.message) for flaw in raised.value.flaws]


def test_broken_record_is_reported_with_its_line(contracts: Mapping[str, Contract], tmp_path: Path) -> None:
    """
    A record that breaks its schema is reported where the wrong member stands.
    """
    text = f"""records:
  users:
    {USER}:
      id: {USER}
      displayName: Irina
      title: Administrator
      avatarSmall: ""
      profileUrl: ""
      isAdmin: perhaps
"""

    assert flaws(contracts["r7office"], tmp_path, text) == [
        (10, '/isAdmin breaks its schema: "perhaps" is not of type "boolean".')
    ]


def test_flaw_names_file_and_line(contracts: Mapping[str, Contract], tmp_path: Path) -> None:
    """
    The text of the error begins with a place that an editor can open.
    """
    (tmp_path / "aicc").mkdir()
    path = tmp_path / "aicc" / "default.yaml"
    path.write_text("api: aicc\nrecords:\n  cases:\n    x: 5\n")

    with pytest.raises(FlawedDocument, match=rf"^{path}:4, cases x: the record breaks its schema"):
        seed_records(contracts["aicc"], tmp_path)


def test_unknown_collection_is_reported_with_its_line(contracts: Mapping[str, Contract], tmp_path: Path) -> None:
    """
    Records of a collection that the contract does not store are a flaw, with the nearest name as a hint.
    """
    assert flaws(contracts["aicc"], tmp_path, "records:\n  casse: {}\n") == [
        (3, "the contract stores no 'casse'. Did you mean 'cases'?")
    ]


def test_doubled_credential_is_reported_with_its_line(contracts: Mapping[str, Contract], tmp_path: Path) -> None:
    """
    Two actors with the same credential are a flaw of the second.
    """
    text = "actors:\n  ann:\n    credentials: {accessToken: t}\n  bob:\n    credentials:\n      accessToken: t\n"

    assert flaws(contracts["aicc"], tmp_path, text) == [(7, "has the same accessToken credential as ann.")]


def test_unknown_scheme_is_reported_with_its_line(contracts: Mapping[str, Contract], tmp_path: Path) -> None:
    """
    A credential of a scheme that the contract does not have is a flaw.
    """
    text = "actors:\n  ann:\n    credentials: {accesToken: t}\n"

    assert flaws(contracts["aicc"], tmp_path, text) == [
        (4, "the contract has no security scheme 'accesToken'. Did you mean 'accessToken'?")
    ]


def test_unknown_key_is_reported_with_its_line(contracts: Mapping[str, Contract], tmp_path: Path) -> None:
    """
    A key that no fixture has is a flaw.
    """
    assert flaws(contracts["aicc"], tmp_path, "recrods: {}\n") == [
        (2, "has an unknown key 'recrods'. Did you mean 'records'?")
    ]


def test_every_flaw_is_reported_at_once(contracts: Mapping[str, Contract], tmp_path: Path) -> None:
    """
    A fixture with three flaws needs one run to be mended, not three.
    """
    text = "extra: 1\nactors:\n  ann:\n    credentials: {nope: t}\nrecords:\n  cases:\n    x: 5\n"

    assert [line for line, _ in flaws(contracts["aicc"], tmp_path, text)] == [2, 5, 8]


def test_fixture_of_another_api_is_refused(contracts: Mapping[str, Contract], tmp_path: Path) -> None:
    """
    A fixture says for which API it is, and it must be this one.
    """
    (tmp_path / "aicc").mkdir()
    (tmp_path / "aicc" / "default.yaml").write_text("api: egain\n")

    with pytest.raises(FlawedDocument, match="a fixture of aicc says `api: aicc`"):
        seed_records(contracts["aicc"], tmp_path)


def test_missing_fixture_is_refused(contracts: Mapping[str, Contract], tmp_path: Path) -> None:
    """
    A set that neither the folder nor casepact has is named by its file.
    """
    with pytest.raises(CasepactError, match=r"aicc/nosuch\.yaml: there is no such file"):
        seed_records(contracts["aicc"], tmp_path, "nosuch")


def test_set_that_a_folder_lacks_is_the_one_of_casepact(contracts: Mapping[str, Contract], tmp_path: Path) -> None:
    """
    A folder completes the sets that come with the mock; its own of the same name come first.
    """
    (tmp_path / "aicc").mkdir()
    (tmp_path / "aicc" / "empty.yaml").write_text("api: aicc\n")

    assert seed_records(contracts["aicc"], tmp_path).snapshot() == seed_records(contracts["aicc"], FIXTURES).snapshot()
    assert seed_records(contracts["aicc"], tmp_path, "empty").snapshot() == {"cases": {}}
    assert fixture_sets(tmp_path, "aicc") == ["default", "empty"]


def test_partial_record_is_completed_by_the_defaults(contracts: Mapping[str, Contract], tmp_path: Path) -> None:
    """
    It has what its collection's defaults say and it does not, and is judged as a whole.
    """
    case = seed_records(contracts["aicc"], FIXTURES).snapshot()["cases"]["c6m800000142mS63Voa8"]
    lacking = {name: value for name, value in case.items() if name not in ("id", "title")}
    fixture = {
        "api": "aicc",
        "defaults": {"cases": lacking},
        "records": {"cases": {"c6m80000014200000001": {"id": "c6m80000014200000001", "title": "own", "reason": "own"}}},
    }
    records = records_of(contracts["aicc"], fixture, "it").snapshot()["cases"]

    assert records == {"c6m80000014200000001": {**lacking, **fixture["records"]["cases"]["c6m80000014200000001"]}}


def test_defaults_of_no_collection_are_reported(contracts: Mapping[str, Contract], tmp_path: Path) -> None:
    """
    With the line, and the name that was meant.
    """
    assert flaws(contracts["aicc"], tmp_path, "defaults:\n  case: {}\n") == [
        (3, "the contract stores no 'case'. Did you mean 'cases'?")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "actors: [ann]\n",
        "actors: {ann: }\n",
        "actors: {ann: {credentials: [t]}}\n",
        "records: [x]\n",
        "records: {cases: [x]}\n",
    ],
)
def test_fixture_of_wrong_shape_is_reported_with_its_line(
    contracts: Mapping[str, Contract], tmp_path: Path, text: str
) -> None:
    """
    A list where a mapping belongs is a flaw like any other.
    """
    assert [line for line, _ in flaws(contracts["aicc"], tmp_path, text)] == [2]


def test_record_under_another_id_is_reported_with_its_line(contracts: Mapping[str, Contract], tmp_path: Path) -> None:
    """
    A record whose id is not the key it stands under is a flaw, for its changes would be stored under the other.
    """
    text = (FIXTURES / "r7office" / "default.yaml").read_text().replace("      id: 1234\n", "      id: 1299\n")
    text = text.partition("api: r7office\n")[2]

    assert [line for line, _ in flaws(contracts["r7office"], tmp_path, text)] == [108]
