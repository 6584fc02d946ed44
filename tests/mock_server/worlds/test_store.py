"""The store of worlds: made on first use, copied for nothing, limited, given up when idle, kept across fixtures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from rpds import HashTrieMap

from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Actors, Change, Record, Records
from mock_server.worlds.store import DEFAULT, World, WorldStore, escaped_name, is_world_name
from mock_server.worlds.traffic import NO_SHAPING, Traffic


class SteadyClock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """The current second."""
        return self.now


def shelf(**collections: Mapping[str, Record]) -> Records:
    """Records by collection and id."""
    return Records(HashTrieMap({name: HashTrieMap(stored) for name, stored in collections.items()}), Actors({}))


def seed(count: int = 3) -> dict[str, Records]:
    """So many cases of one API."""
    return {"api": shelf(cases={str(number): {"id": str(number)} for number in range(count)})}


def names(store: WorldStore) -> list[str]:
    """The worlds there are, in order."""
    return [world.name for world in store]


def world(store: WorldStore, name: str) -> World:
    """The world of a store that makes worlds by their being named."""
    found = store.world(name)
    assert found is not None
    return found


@pytest.fixture
def time() -> SteadyClock:
    """A clock in the test's hand."""
    return SteadyClock()


@pytest.fixture
def store(time: SteadyClock) -> WorldStore:
    """At most four worlds, given up after a minute."""
    return WorldStore(seed(), Clock(), 4, idle=60, now=time)


@pytest.mark.parametrize("name", ["a", "A.b-c_9", "0", "x" * 64])
def test_name_of_a_world(name: str) -> None:
    """
    Letters, digits and three signs, up to 64.
    """
    assert is_world_name(name)


@pytest.mark.parametrize("name", ["", ".a", "-a", "_a", "a b", "a/b", "é", "x" * 65, "a\n", "a\x00", "٣", "a%20"])
def test_no_name_of_a_world(name: str) -> None:
    """
    Anything else names none.
    """
    assert not is_world_name(name)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("tests/test_a.py::test_b[1]", "tests-test_a.py-test_b-1-"),
        ("a/" + "b" * 100, "b" * 55 + "-"),
        ("..", "world-"),
        ("木", "world-"),
        ("-a-", "a-"),
    ],
)
def test_text_is_escaped_to_a_name(text: str, start: str) -> None:
    """
    The end of the text stays readable, and eight digits tell it from others.
    """
    name = escaped_name(text)

    assert (name[:-8], is_world_name(name)) == (start, True)


def test_texts_that_look_alike_have_names_of_their_own() -> None:
    """
    What escaping takes away is in the digits.
    """
    texts = ("a b", "a  b", "a/b", "a[b]", "a b ")

    assert len({escaped_name(text) for text in texts}) == len(texts)


def test_world_is_made_when_it_is_named(store: WorldStore) -> None:
    """
    The first use makes it, the next finds it.
    """
    made = store.world("a")

    assert made is store.world("a") and names(store) == [DEFAULT, "a"]


def test_looking_makes_no_world(store: WorldStore) -> None:
    """
    To ask for a world is not to use it.
    """
    assert (store.find("a"), names(store)) == (None, [DEFAULT])


def test_strict_store_makes_none(time: SteadyClock) -> None:
    """
    A strict one has only worlds that were made on purpose.
    """
    store = WorldStore(seed(), Clock(), strict=True, now=time)
    store.create("b")

    assert (store.world("a"), store.world("b") is not None, store.world(DEFAULT) is not None) == (None, True, True)


def test_used_longest_ago_goes_first(store: WorldStore, time: SteadyClock) -> None:
    """
    Beyond the limit the world goes that nobody used for longest, not the one made first.
    """
    for name in ("a", "b", "c"):
        store.world(name)
        time.now += 1
    store.world("a")
    store.world("d")

    assert names(store) == [DEFAULT, "c", "a", "d"]


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_limit_is_kept(time: SteadyClock, limit: int) -> None:
    """
    However many are named, there are no more than the limit, the default one included, and the last stays.
    """
    store = WorldStore(seed(), Clock(), limit, now=time)
    for number in range(20):
        store.world(f"w{number}")

    assert (len(store), names(store)[-1]) == (max(limit, 2), "w19")


def test_default_world_never_goes(store: WorldStore, time: SteadyClock) -> None:
    """
    Neither the limit nor idleness takes it.
    """
    default = store.default
    for number in range(20):
        store.world(f"w{number}")
    time.now += 10_000

    assert (store.world(DEFAULT) is default, names(store)) == (True, [DEFAULT])


def test_idle_world_goes(store: WorldStore, time: SteadyClock) -> None:
    """
    What nobody used for longer than the idle time is not there any more.
    """
    store.world("a")
    time.now += 61

    assert (store.find("a"), names(store)) == (None, [DEFAULT])


def test_world_stays_to_the_last_second(store: WorldStore, time: SteadyClock) -> None:
    """
    At the idle time itself it is still there.
    """
    store.world("a")
    time.now += 60

    assert store.find("a") is not None


def test_use_keeps_a_world(store: WorldStore, time: SteadyClock) -> None:
    """
    Idle time is counted from the last use.
    """
    first = store.world("a")
    for _ in range(5):
        time.now += 50
        store.world("a")

    assert store.find("a") is first


def test_world_that_went_comes_back_fresh(store: WorldStore, time: SteadyClock) -> None:
    """
    Its name is free, and its records are those of the fixtures.
    """
    world(store, "a").records["api"].commit([Change("cases", "0", None)])
    time.now += 61

    assert world(store, "a").records["api"].find("cases", "0") is not None


def test_without_an_idle_time_worlds_stay(time: SteadyClock) -> None:
    """
    A store that was given none keeps worlds as long as there is room.
    """
    store = WorldStore(seed(), Clock(), now=time)
    store.world("a")
    time.now += 10**9

    assert names(store) == [DEFAULT, "a"]


def test_copy_shares_every_record_and_the_whole_tree(store: WorldStore) -> None:
    """
    A copy holds the same persistent maps, so it costs the same however many records there are.
    """
    big = WorldStore(seed(5000), Clock())
    origin = world(big, "a")
    copy = big.create("b", origin)

    assert copy.records["api"]._collections is origin.records["api"]._collections


def test_snapshot_shares_every_record_and_the_whole_tree() -> None:
    """
    So does a snapshot, and a world that was restored from it.
    """
    one = World("a", seed(5000), Clock())
    held = one.records["api"]._collections
    snapshot = one.take_snapshot("s")
    one.restore(snapshot)

    assert snapshot.records["api"]._collections is held and one.records["api"]._collections is held


def test_fresh_world_shares_the_fixtures(store: WorldStore) -> None:
    """
    A thousand worlds hold each record of the fixtures once.
    """
    one, other = world(store, "a"), world(store, "b")

    assert one.records["api"].find("cases", "1") is other.records["api"].find("cases", "1")


def test_write_after_a_copy_keeps_sharing_the_rest() -> None:
    """
    A changed record is the only one that is not shared.
    """
    one = World("a", seed(100), Clock())
    other = World("b", one.records, Clock())
    one.records["api"].commit([Change("cases", "7", {"id": "7", "x": 1})])
    same = [one.records["api"].find("cases", str(n)) is other.records["api"].find("cases", str(n)) for n in range(100)]

    assert [number for number, shared in enumerate(same) if not shared] == [7]


def test_copy_has_clock_and_traffic_of_its_origin(store: WorldStore) -> None:
    """
    Beside the records; its journal, snapshots and count of requests are its own.
    """
    origin = world(store, "a")
    origin.set_traffic(Traffic(latency=3))
    origin.clock, origin.requests = Clock(shift=timedelta(seconds=7)), 9
    origin.take_snapshot("s")
    copy = store.create("b", origin)

    assert (copy.clock, copy.traffic, copy.requests, copy.snapshots, copy.forked_from) == (
        origin.clock,
        Traffic(latency=3),
        0,
        {},
        "a",
    )


def test_reset_world_is_as_a_new_one(store: WorldStore) -> None:
    """
    Records, clock and traffic, also of a copy; snapshots stay.
    """
    origin = world(store, "a")
    origin.records["api"].commit([Change("cases", "0", None)])
    origin.set_traffic(Traffic(latency=3))
    origin.take_snapshot("s")
    copy = store.create("b", origin)
    for changed in (origin, copy):
        store.reset(changed)

    assert [item.records["api"].find("cases", "0") is not None for item in (origin, copy)] == [True, True]
    assert [item.traffic for item in (origin, copy)] == [NO_SHAPING, NO_SHAPING]
    assert list(origin.snapshots) == ["s"]


def test_reset_of_one_world_leaves_the_fixtures_alone(store: WorldStore) -> None:
    """
    A reset world may be changed again without changing what others start from.
    """
    one = world(store, "a")
    store.reset(one)
    one.records["api"].commit([Change("cases", "0", None)])

    assert world(store, "b").records["api"].find("cases", "0") is not None


def test_snapshot_can_be_restored_again(store: WorldStore) -> None:
    """
    What is written after a restore does not reach the snapshot.
    """
    one = world(store, "a")
    snapshot = one.take_snapshot("s")
    for _ in range(2):
        one.restore(snapshot)
        one.records["api"].commit([Change("cases", "0", None)])
    one.restore(snapshot)

    assert one.records["api"].find("cases", "0") is not None


def test_snapshot_of_a_name_replaces_the_earlier_one(store: WorldStore) -> None:
    """
    The last one counts.
    """
    one = world(store, "a")
    one.take_snapshot("s")
    one.records["api"].commit([Change("cases", "0", None)])
    one.take_snapshot("s")

    assert one.snapshots["s"].records["api"].find("cases", "0") is None


# Other fixtures, while worlds live.


def grown() -> dict[str, Records]:
    """Fixtures with a new case, a new collection and a new API."""
    return {"api": shelf(cases={"9": {"id": "9"}}, users={"1": {"id": "1"}}), "more": shelf(things={})}


def test_worlds_keep_their_records_when_fixtures_change(store: WorldStore) -> None:
    """
    A living world loses nothing and gets nothing into the collections that it has.
    """
    one = world(store, "a")
    store.reseed(grown())

    assert one.records["api"].sizes() == {"cases": 3, "users": 1}


def test_worlds_made_afterwards_start_with_the_new_fixtures(store: WorldStore) -> None:
    """
    A new one, and one that is reset.
    """
    one = world(store, "a")
    store.reseed(grown())
    store.reset(one)

    assert [item.records["api"].sizes() for item in (one, world(store, "b"))] == [{"cases": 1, "users": 1}] * 2


def test_living_world_gets_what_it_lacks(store: WorldStore) -> None:
    """
    Collections and APIs that came with the new fixtures are there, so that operations on them find a place.
    """
    store.reseed(grown())

    assert store.default.records["more"].sizes() == {"things": 0}


def test_collection_that_is_gone_is_gone_from_living_worlds(store: WorldStore) -> None:
    """
    No operation would look for it.
    """
    store.reseed({"api": shelf(users={})})

    assert store.default.records["api"].sizes() == {"users": 0}


def test_snapshot_that_is_restored_after_a_change_has_every_collection(store: WorldStore) -> None:
    """
    A snapshot of yesterday's collections is brought into the shape of today's, or operations would find no place.
    """
    one = world(store, "a")
    snapshot = one.take_snapshot("s")
    store.reseed(grown())
    one.restore(one.snapshots["s"])

    assert (one.records["api"].sizes(), one.records["more"].sizes()) == ({"cases": 3, "users": 1}, {"things": 0})
    assert one.snapshots["s"].taken == snapshot.taken


def test_ids_are_no_more_than_asked_for() -> None:
    """
    A few of many are had without going through all.
    """
    records = shelf(cases={str(number): {} for number in range(100)})

    assert (len(records.ids("cases", 7)), len(records.ids("cases", 1000))) == (7, 100)
