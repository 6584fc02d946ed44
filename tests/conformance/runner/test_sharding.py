"""Which probes each of several machines takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.runner.run_options import default_folder
from conformance.runner.selection import Selection, from_text
from conformance.runner.sharding import Piece, Shard, cut, dealt, parsed
from conformance.target.rate_limit import Rate
from specs.flaws import CasepactError
from tests.conformance.answers import NOWHERE

PIECES = st.lists(st.builds(Piece, st.sampled_from("abcdefgh"), st.integers(1, 300), st.booleans()), max_size=40)
TOTALS = st.integers(1, 9)
APIS = ("aicc", "egain", "onlyoffice", "r7office", "control")


def selection(shard: Shard | None, *, seed: int = 7, level: str = "quick", target: str = "mock") -> Selection:
    return Selection(target, dict.fromkeys(APIS, NOWHERE), seed, level, False, "a-run", "reports", shard=shard)


@pytest.mark.parametrize(
    ("text", "shard"), [("1/1", Shard(1, 1)), ("2/5", Shard(2, 5)), ("1000/1000", Shard(1000, 1000))]
)
def test_shard_is_read_and_written(text: str, shard: Shard) -> None:
    """
    The second of five is 2/5.
    """
    assert (parsed(text), str(shard)) == (shard, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0/5", "is not one of 5 shards; they are 1/5 to 5/5"),
        ("6/5", "is not one of 5 shards"),
        ("1/0", "has 0 shards"),
        ("1/1001", "give 1 to 1000"),
        ("a/b", "is not a shard; the second of five is 2/5"),
        ("2", "is not a shard"),
        ("-1/5", "is not a shard"),
        ("1/2/3", "is not a shard"),
        ("٢/٥", "is not a shard"),
        (" 2/5", "is not a shard"),
        ("", "is not a shard"),
    ],
)
def test_what_is_not_a_shard_is_refused(text: str, said: str) -> None:
    """
    The message shows the value and what it should look like.
    """
    with pytest.raises(CasepactError, match=said):
        parsed(text)


@given(PIECES, TOTALS)
def test_each_piece_is_of_one_shard(pieces: list[Piece], total: int) -> None:
    """
    No probe is left out and none runs twice, and another machine divides them in the same way.
    """
    for divide in (dealt, cut):
        shards = divide(pieces, total)

        assert len(shards) == len(pieces)
        assert set(shards) <= set(range(1, total + 1))
        assert divide(list(pieces), total) == shards


@given(PIECES, TOTALS)
def test_group_is_dealt_to_one_shard(pieces: list[Piece], total: int) -> None:
    """
    What must not be parted stays together.
    """
    shards = dealt(pieces, total)

    assert all(
        len({shard for piece, shard in zip(pieces, shards, strict=True) if piece.group == name}) <= 1
        for name in "abcdefgh"
    )


@given(st.lists(st.integers(1, 300), max_size=60), TOTALS)
def test_shards_have_about_the_same_to_do(weights: list[int], total: int) -> None:
    """
    None has more than its share and the heaviest probe.
    """
    pieces = [Piece(str(index), weight) for index, weight in enumerate(weights)]
    for divide in (dealt, cut):
        shards = divide(pieces, total)
        loads = [
            sum(piece.weight for piece, of in zip(pieces, shards, strict=True) if of == shard)
            for shard in range(1, total + 1)
        ]

        assert max(loads) <= sum(weights) / total + max(weights, default=0)


@given(PIECES, TOTALS)
def test_shards_that_run_in_turn_keep_the_order_of_one_run(pieces: list[Piece], total: int) -> None:
    """
    Each is a stretch of the run, except for what the first one does.
    """
    found = list(zip(pieces, cut(pieces, total), strict=True))
    rest = [shard for piece, shard in found if not piece.first]

    assert rest == sorted(rest)
    assert {shard for piece, shard in found if piece.first} <= {1}


@pytest.mark.parametrize("level", ["quick", "thorough"])
@pytest.mark.parametrize("total", [1, 3, 7])
def test_every_probe_of_the_project_runs_on_one_machine(total: int, level: str) -> None:
    """
    With all seeds of the level the shards are the whole run.
    """
    whole = [(probe.name, seeds) for _, probe, seeds in selection(None, level=level).runs_here()]
    parts = [
        [seeds for _, _, seeds in selection(Shard(index, total), level=level).runs_here()]
        for index in range(1, total + 1)
    ]

    assert [sum(seeds) for seeds in zip(*parts, strict=True)] == [seeds for _, seeds in whole]
    assert all(any(seeds) for seeds in parts)


def test_seed_does_not_change_who_runs_a_probe() -> None:
    """
    What is drawn differs; which machine draws it does not.
    """
    one, other = ([seeds for *_, seeds in selection(Shard(2, 3), seed=seed).runs_here()] for seed in (1, 2))

    assert one == other


def test_logins_are_of_one_shard() -> None:
    """
    Wrong logins are counted by the machine that sends them, and real systems lock accounts.
    """
    for index in (1, 2, 3):
        here = [
            (contract.api, bool(seeds))
            for contract, probe, seeds in selection(Shard(index, 3)).runs_here()
            if contract.operation(probe.operation).gives_token
        ]

        assert all(len({runs for of, runs in here if of == api}) == 1 for api in {api for api, _ in here})


@pytest.mark.parametrize(("server", "seconds"), [("", 5.0), ("own", 1.0), ("shared", 1.0)])
def test_shards_keep_the_rate_together(server: str, seconds: float, tmp_path: Path) -> None:
    """
    While others may send to the same server, each of five has a fifth of what the profile allows.
    """
    file = tmp_path / "staging.yaml"
    text = f"summary: A server.\nrate: {{requests: 10, perSeconds: 1}}\napis:\n  aicc: {{url: '{NOWHERE}'}}\n"
    file.write_text(text, encoding="utf-8")
    run = Selection(str(file), {"aicc": NOWHERE}, 7, "quick", False, "a-run", "reports")

    assert replace(run, shard=Shard(2, 5), shard_server=server).rate == Rate(10, seconds)
    assert run.rate == Rate(10, 1)


def test_selection_travels_with_its_shard() -> None:
    """
    Worker processes read it from their command line.
    """
    sent = selection(Shard(2, 5))

    assert from_text(sent.as_text()) == sent
    assert from_text(selection(None).as_text()) == selection(None)


@pytest.mark.parametrize(
    ("target", "url", "folder"), [("staging", "", "staging-2"), ("", "", "mock-2"), ("", NOWHERE, "127.0.0.1-2")]
)
def test_shard_has_a_folder_of_its_own(target: str, url: str, folder: str) -> None:
    """
    On one machine the reports of two shards do not replace each other.
    """
    assert default_folder(target, url, Shard(2, 5)) == Path("reports") / folder
