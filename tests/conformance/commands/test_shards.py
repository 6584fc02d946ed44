"""The shards of a run, joined, say what one run says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.cli import main
from conformance.reports import WRITTEN
from specs.document_schemas import load_schema, misfits
from tests.broken_servers import LIARS
from tests.conformance.commands.test_check import server
from tests.conformance.joining import differing, joined, report, rewritten, run, shards
from tests.opponents.profiles import profile
from tests.opponents.serving import opponent
from tests.opponents.ways import Ways
from tests.servers import mock_app, serving

APIS = ("aicc", "egain", "onlyoffice", "r7office")
FAULTS = {
    "aicc": "status-201",
    "egain": "subject-lost",
    "onlyoffice": "updateCase-title-kept",
    "r7office": "closeCase-not-closed",
}


PETS = """\
openapi: 3.0.3
info: {title: Pets, version: "1"}
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        "200": {description: All, content: {application/json: {schema: {type: array, items: {type: string}}}}}
  /owners:
    get:
      operationId: listOwners
      responses:
        "200": {description: All, content: {application/json: {schema: {type: array, items: {type: string}}}}}
"""


@pytest.fixture(scope="module")
def honest() -> Iterator[tuple[str, ...]]:
    """How to test a server with worlds that keeps the contract of R7-Office."""
    with serving(mock_app("r7office")) as address:
        yield "--api", "r7office", "--url", f"{address}/r7office"


@pytest.fixture(scope="module")
def broken() -> Iterator[tuple[str, ...]]:
    """How to test one with worlds that breaks a statement."""
    with serving(LIARS["R7 leaves customFields out"].app()) as address:
        yield "--api", "r7office", "--url", f"{address}/r7office"


@pytest.fixture(scope="module")
def kept(honest: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of two shards of a run that is kept, in the folders 1 and 2."""
    folder = tmp_path_factory.mktemp("kept")
    assert shards(folder, 2, "--seed", "7", *honest) == [0, 0]
    return folder


@pytest.fixture
def parts(kept: Path, tmp_path: Path) -> Path:
    """A copy of those, to change them."""
    shutil.copytree(kept, tmp_path / "parts")
    return tmp_path / "parts"


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_joined_shards_say_what_one_run_says(seed: str, honest: tuple[str, ...], tmp_path: Path) -> None:
    """
    Statements, verdicts, examples, counts, exit code: with each seed they are those of one machine.
    """
    one = run(tmp_path / "one", "--strict", "--seed", seed, *honest)
    three = shards(tmp_path, 3, "--strict", "--seed", seed, *honest)

    assert (three, joined(tmp_path, 3), one) == ([0, 0, 0], 0, 0)
    assert differing(tmp_path / "one", tmp_path / "all") == []


def test_violation_is_joined_as_it_was_found(broken: tuple[str, ...], tmp_path: Path) -> None:
    """
    The shard that finds it ends with 1, and so does the joined run, with the same findings.
    """
    one = run(tmp_path / "one", "--seed", "7", *broken)
    three = shards(tmp_path, 3, "--seed", "7", *broken)

    assert (max(three), joined(tmp_path, 3), one) == (1, 1, 1)
    assert differing(tmp_path / "one", tmp_path / "all") == []


@pytest.fixture
def worldless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], tuple[str, ...]]:
    """How to test a server without worlds at an address, by a profile that lets probes write."""
    monkeypatch.setenv("CASEPACT_STATE", str(tmp_path / "state"))

    def written(api: str, url: str) -> tuple[str, ...]:
        data, variables = profile(api, url, "allowed", Ways())
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        (tmp_path / "opponent.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
        return "--target", str(tmp_path / "opponent.yaml")

    return written


def test_shards_of_a_server_without_worlds_run_one_after_the_other(
    worldless: Callable[[str, str], tuple[str, ...]], tmp_path: Path
) -> None:
    """
    Probes write to it and put back; in turn the shards find what one run finds, of a server that is broken too.
    """
    fault = FAULTS["r7office"]
    with opponent("r7office", Ways(), fault) as url:
        words = worldless("r7office", url)
        one = run(tmp_path / "one", "--seed", "7", *words)
    with opponent("r7office", Ways(), fault) as other:
        # The profile is of the same server; only the port of this machine is another.
        rewritten_profile = (tmp_path / "opponent.yaml").read_text().replace(url, other)
        (tmp_path / "opponent.yaml").write_text(rewritten_profile)
        three = shards(tmp_path, 3, "--seed", "7", "--shard-server", "shared", *words)

    assert (max(three), joined(tmp_path, 3), one) == (1, 1, 1)
    assert differing(tmp_path / "one", tmp_path / "all") == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["1", "2", "3"])
@pytest.mark.parametrize("fault", [False, True], ids=["honest", "broken"])
@pytest.mark.parametrize("api", APIS)
def test_joined_shards_of_an_opponent_say_what_one_run_says(
    api: str, fault: bool, seed: str, worldless: Callable[[str, str], tuple[str, ...]], tmp_path: Path
) -> None:
    """
    For each API, of servers that share nothing with our mock.
    """
    broken_in = FAULTS[api] if fault else None
    with opponent(api, Ways(), broken_in) as url:
        one = run(tmp_path / "one", "--seed", seed, *worldless(api, url))
    with opponent(api, Ways(), broken_in) as url:
        shards(tmp_path, 3, "--seed", seed, "--shard-server", "shared", *worldless(api, url))

    assert (joined(tmp_path, 3), one) == (int(fault), int(fault))
    assert differing(tmp_path / "one", tmp_path / "all") == []


@pytest.mark.slow
@pytest.mark.parametrize("writes", ["none", "reversible"])
@pytest.mark.parametrize("api", APIS)
def test_joined_shards_say_what_one_run_says_whatever_may_be_written(
    api: str, writes: str, worldless: Callable[[str, str], tuple[str, ...]], tmp_path: Path
) -> None:
    """
    Reasons are the same, too, where a profile forbids writes, or those that cannot be put back.
    """
    codes = []
    for parts in (False, True):
        with opponent(api) as url:
            words = ("--seed", "2", *worldless(api, url))
            file = tmp_path / "opponent.yaml"
            file.write_text(file.read_text().replace("writes: allowed", f"writes: {writes}"))
            if parts:
                shards(tmp_path, 3, "--shard-server", "shared", *words)
            else:
                codes.append(run(tmp_path / "one", *words))

    assert [joined(tmp_path, 3)] == codes
    assert differing(tmp_path / "one", tmp_path / "all") == []


@pytest.mark.slow
@pytest.mark.parametrize("level", [(), ("--thorough", "-k", "title")], ids=["default", "thorough"])
@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_joined_shards_of_the_mock_say_what_one_run_says(seed: str, level: tuple[str, ...], tmp_path: Path) -> None:
    """
    All APIs, several processes, and several seeds of one probe on different machines.
    """
    words = ("--strict", "--seed", seed, *level)
    codes = [main(["check", "--reports", str(tmp_path / "one"), *words])]
    for index in (1, 2, 3):
        codes.append(main(["check", "--reports", str(tmp_path / str(index)), "--shard", f"{index}/3", *words]))

    assert {*codes, joined(tmp_path, 3)} == {0}
    assert differing(tmp_path / "one", tmp_path / "all") == []


def test_chosen_probes_stay_in_their_shards(kept: Path, honest: tuple[str, ...], tmp_path: Path) -> None:
    """
    With `-k` a shard runs those of its probes that fit, and none of another's.
    """
    shards(tmp_path, 2, "--seed", "7", "-k", "XML or suffix", *honest)
    chosen = [positions(tmp_path / index) for index in "12"]

    assert all(here <= positions(kept / index) for here, index in zip(chosen, "12", strict=True))
    assert all(chosen)


def positions(folder: Path) -> set[int]:
    """The places of the probes that a shard ran."""
    return {item["position"] for item in report(folder)["shard"]["evidence"]}


def test_shard_without_probes_is_kept(honest: tuple[str, ...], tmp_path: Path) -> None:
    """
    More machines than probes is no mistake; the joined run has what there is.
    """
    codes = shards(tmp_path, 3, "--seed", "7", "-k", "walks", *honest)

    assert (codes, joined(tmp_path, 3)) == ([0, 0, 0], 0)
    assert sum(not positions(tmp_path / index) for index in "123") == 2


def test_joined_run_without_probes_is_refused(
    honest: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A selection that nothing fits tests nothing, however many machines there are.
    """
    shards(tmp_path, 2, "--seed", "7", "-k", "nowhere", *honest)

    assert joined(tmp_path, 2) == 2
    assert "no probe fits the selection" in capsys.readouterr().err


def test_whether_enough_was_verified_is_judged_of_the_joined_run(
    worldless: Callable[[str, str], tuple[str, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    No shard ends with 4; the joined run does, and one with --allow-unverified does not.
    """
    with opponent("aicc") as url:
        words = ("--seed", "7", *worldless("aicc", url))
        file = tmp_path / "opponent.yaml"
        file.write_text(file.read_text().replace("writes: allowed", "writes: none"))
        one = run(tmp_path / "one", *words)
        capsys.readouterr()
        codes = shards(tmp_path, 2, *words)
    said = capsys.readouterr().out

    assert (one, codes, joined(tmp_path, 2)) == (4, [0, 0], 4)
    assert differing(tmp_path / "one", tmp_path / "all") == []
    assert joined(tmp_path, 2, "--allow-unverified") == 0
    assert "shard 1/2: whether enough was verified is judged when all 2 shards are joined" in said
    assert "not enough" not in said


def test_shard_says_what_it_is_of(kept: Path) -> None:
    """
    Its report has the shard, the total, the seed, the target, and versions and digests of contracts.
    """
    data = report(kept / "2")
    (api,) = data["apis"].values()

    assert (data["shard"]["index"], data["shard"]["total"], data["seed"]) == (2, 2, 7)
    assert data["exit"]["shown"] == "kept in shard 2/2"
    assert "shard 2/2" in data["exit"]["advice"]
    assert (data["target"], len(api["digest"])) == ("http://127.0.0.1", 64)
    assert api["version"]
    for name in ("index.html", "summary.md", "junit.xml"):
        assert "2/2" in (kept / "2" / name).read_text(encoding="utf-8")


def test_schema_fits_shards_and_what_is_made_of_them(parts: Path) -> None:
    """
    Every member that is only theirs is in the schema, and no other.
    """
    joined(parts, 2)
    reports = [report(parts / name) for name in ("1", "all")]
    known = load_schema("report")

    assert [misfits("report", data) for data in reports] == [[], []]
    assert known["properties"].keys() == {name for data in reports for name in data}
    assert known["definitions"]["ShardReport"]["properties"].keys() == reports[0]["shard"].keys()
    assert known["definitions"]["JoinedShard"]["properties"].keys() == reports[1]["joined"][0].keys()


def test_joined_run_has_every_report_and_all_exchanges(parts: Path) -> None:
    """
    The files are those of one run, and each id that the report names stands in the exchanges once.
    """
    joined(parts, 2)
    lines = (parts / "all" / "exchanges.ndjson").read_text(encoding="utf-8").splitlines()
    ids = [json.loads(line)["id"] for line in lines]
    statements = report(parts / "all")["apis"]["r7office"]["statements"].values()
    named = {item["exchange"] for statement in statements for item in statement["operations"]} - {""}

    assert [name for name in WRITTEN if not (parts / "all" / name).is_file()] == []
    assert len(ids) == len(set(ids)) == sum(len(text.splitlines()) for text in exchange_files(parts))
    assert named <= set(ids)
    assert [item["shard"] for item in report(parts / "all")["joined"]] == ["1/2", "2/2"]


def exchange_files(folder: Path) -> list[str]:
    return [(folder / index / "exchanges.ndjson").read_text(encoding="utf-8") for index in "12"]


def test_exchanges_that_are_not_there_are_named(parts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The verdict needs the reports alone; what is left out is said.
    """
    (parts / "2" / "exchanges.ndjson").unlink()

    assert joined(parts, 2) == 0
    assert "shard 2/2: its exchanges are not beside its report" in capsys.readouterr().err


def test_bodies_of_findings_lie_beside_the_joined_report(
    worldless: Callable[[str, str], tuple[str, ...]], tmp_path: Path
) -> None:
    """
    A command that sends a stored body names the file in the joined folder, and it is there.
    """
    with opponent("r7office") as url:
        shards(tmp_path, 2, "--seed", "7", "--shard-server", "shared", *worldless("r7office", url))
    joined(tmp_path, 2)
    text = (tmp_path / "all" / "report.json").read_text(encoding="utf-8")
    (body,) = (tmp_path / "all" / "bodies").iterdir()

    assert f"@{body}" in text
    assert str(tmp_path / "1" / "bodies") not in text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"seed": 8}, "different seeds: 7"),
        ({"target": "http://localhost"}, "different targets"),
        ({"shard__total": 3}, "is shard 2/3: they are not of one run"),
        ({"shard__index": 1}, "shard 1/2 is there twice"),
        ({"tool__version": "0.0.1"}, "different versions of casepact"),
        ({"apis__r7office__digest": "0" * 64}, "different contracts"),
        ({"apis__r7office__version": "9.9.9"}, "different contracts"),
        ({"apis__r7office__edition": "shipped"}, "different contracts"),
        ({"shard__profile_digest": "0" * 64}, "different profiles"),
        ({"shard__probes_digest": "0" * 16}, "different probes"),
        ({"options": {"strict": True}}, "different options"),
        ({"shard": {"index": 2}}, "shard: needs `total`"),
        ({"shard__index": 0}, "shard/index"),
        ({"shard__index": 3}, "is of shard 3/2, which there cannot be"),
        ({"shard__evidence": [{"api": "r7office"}]}, "shard/evidence/0"),
    ],
)
def test_shards_that_are_not_of_one_run_are_refused(
    changed: Mapping[str, Any], said: str, parts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The message names the files, what differs, and how to go on; nothing is written.
    """
    rewritten(parts / "2", **changed)

    assert joined(parts, 2) == 2
    error = capsys.readouterr().err
    assert said in error
    assert str(parts / "2") in error or "there twice" in error
    assert not (parts / "all").exists()


def test_report_of_a_whole_run_is_not_a_shard(parts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Nor is a joined one; the message says which it is.
    """
    joined(parts, 2)
    whole = report(parts / "2")
    del whole["shard"]
    (parts / "whole.json").write_text(json.dumps(whole), encoding="utf-8")

    assert main(["report", "join", str(parts / "whole.json")]) == 2
    assert "is the report of a whole run, not of a shard" in capsys.readouterr().err
    assert main(["report", "join", str(parts / "all")]) == 2
    assert "is the report of joined shards already, not of a shard" in capsys.readouterr().err


def test_credentials_are_not_needed_to_join(
    worldless: Callable[[str, str], tuple[str, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The job that joins sends nothing, so it gets no secrets.
    """
    _, variables = profile("r7office", "", "none", Ways())
    with opponent("r7office") as url:
        words = worldless("r7office", url)
        file = tmp_path / "opponent.yaml"
        file.write_text(file.read_text().replace("writes: allowed", "writes: none"))
        shards(tmp_path, 2, "--seed", "7", *words)
    for name in variables:
        monkeypatch.delenv(name)

    assert joined(tmp_path, 2) == 0


def test_shards_of_a_foreign_document_are_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The document is found again from the folder where the shards were run.
    """
    monkeypatch.chdir(tmp_path)
    Path("pets.yaml").write_text(PETS, encoding="utf-8")
    words = ("--spec", "pets.yaml", "--seed", "7", "--allow-unverified")
    one, two = run(tmp_path / "one", *words), shards(tmp_path, 2, *words)

    assert (one, two, joined(tmp_path, 2)) == (0, [0, 0], 0)
    assert differing(tmp_path / "one", tmp_path / "all") == []


def test_shard_that_was_cut_short_is_resumed_as_that_shard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    It runs the rest of its own probes, and the joined run is whole; another shard does not go on with it.
    """
    words = ("--api", "aicc", "--seed", "7")
    with server(tmp_path, "-m", "tests.conformance.mortal_mock", "{port_file}", "60") as address:
        cut_short = run(tmp_path / "1", "--shard", "1/2", "--url", address, *words)
    with serving(mock_app("aicc")) as address:
        url = ("--url", f"{address}/aicc")
        other = run(tmp_path / "1", "--shard", "2/2", "--resume", *url, *words)
        done = run(tmp_path / "1", "--shard", "1/2", "--resume", *url, *words)
        last = run(tmp_path / "2", "--shard", "2/2", *url, *words)
        run(tmp_path / "one", *url, *words)

    assert (cut_short, other, done, last, joined(tmp_path, 2)) == (3, 2, 0, 0, 0)
    assert "had another --shard" in capsys.readouterr().err
    assert outcomes(tmp_path / "all") == outcomes(tmp_path / "one")


def outcomes(folder: Path) -> dict[str, str]:
    """The outcome of each statement."""
    return {name: item["outcome"] for name, item in report(folder)["apis"]["aicc"]["statements"].items()}


def test_missing_shard_is_refused(parts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The verdict is that of all shards.
    """
    assert main(["report", "join", str(parts / "2")]) == 2
    assert "shard 1/2 is missing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tool__version": "0.0.1"}, "the shards are of casepact 0.0.1, this is"),
        ({"apis__r7office__digest": "0" * 64}, "the contract of r7office is not here as the shards had it"),
        ({"shard__profile_digest": "0" * 64}, "is not here as the shards had it"),
        ({"shard__documents": {"pets": "gone.yaml"}}, "gone.yaml, the document of pets, is not here"),
    ],
)
def test_shards_are_joined_by_what_they_ran_with(
    changed: Mapping[str, Any], said: str, parts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Another contract or profile on the machine that joins them would give another verdict.
    """
    for index in "12":
        rewritten(parts / index, **changed)

    assert joined(parts, 2) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("server", "code"), [("shared", 2), ("own", 0)])
def test_shards_that_disturbed_each_other_are_refused(
    server: str, code: int, parts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    On one server without worlds they run one after the other; with a server for each they need not.
    """
    for index in "12":
        rewritten(parts / index, shard__shares_records=True, shard__server=server)
    rewritten(parts / "1", started="2026-03-01T10:00:00+00:00", time="2026-03-01T10:05:00+00:00")
    rewritten(parts / "2", started="2026-03-01T10:04:59+00:00", time="2026-03-01T10:09:00+00:00")

    assert joined(parts, 2) == code
    assert ("shard 2/2 began at 2026-03-01T10:04:59+00:00, before shard 1/2 ended" in capsys.readouterr().err) is (
        code == 2
    )


@pytest.mark.parametrize("moment", ["yesterday", "", "2026-03-01T10:00:00"])
def test_time_that_is_not_one_is_refused(moment: str, parts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A report that somebody edited is named, with what it should hold.
    """
    for index in "12":
        rewritten(parts / index, shard__shares_records=True, shard__server="shared")
    rewritten(parts / "2", started=moment)

    assert joined(parts, 2) == 2
    assert f"'{moment}' is not a moment in UTC" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("word", "code"), [("environment", 3), ("interrupted", 130), ("terminated", 143), ("could not run", 2)]
)
def test_shard_that_was_cut_short_cuts_the_run_short(
    word: str, code: int, parts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    What was done is reported; the exit code is that of the shard, whatever the others found.
    """
    rewritten(parts / "2", exit={"word": word, "code": code, "shown": word, "advice": "do this."})

    assert joined(parts, 2) == code
    assert f"{word}: shard 2/2: do this." in capsys.readouterr().out


def test_report_of_a_shard_is_no_place_for_the_joined_one(parts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    It would be lost.
    """
    before = report(parts / "2")

    assert main(["report", "join", str(parts / "1"), str(parts / "2" / "report.json"), "-o", str(parts / "2")]) == 2
    assert "holds the report of a shard" in capsys.readouterr().err
    assert report(parts / "2") == before


def test_joined_run_holds_itself_beside_the_one_before(parts: Path) -> None:
    """
    As with one run, what changed is by the reports in the folder before.
    """
    joined(parts, 2)
    joined(parts, 2)

    assert report(parts / "all")["changes"]["known"] == 0


def test_baseline_of_the_shards_is_that_of_the_joined_run(broken: tuple[str, ...], tmp_path: Path) -> None:
    """
    It may be given to `join` too; known findings fail neither.
    """
    run(tmp_path / "one", "--seed", "7", *broken)
    main(["baseline", "update", str(tmp_path / "known.json"), "--reports", str(tmp_path / "one")])
    known = ("--baseline", str(tmp_path / "known.json"))
    codes = shards(tmp_path, 2, "--seed", "7", *known, *broken)

    assert (codes, joined(tmp_path, 2), joined(tmp_path, 2, *known)) == ([0, 0], 0, 0)
    assert report(tmp_path / "all")["excused"] == len(report(tmp_path / "one")["apis"]["r7office"]["findings"])


def test_shard_is_not_taken_for_a_run_by_the_baseline(parts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    What the other shards found would be taken for gone.
    """
    words = ["baseline", "update", str(parts / "known.json"), "--reports", str(parts / "1")]

    assert (main(words), main([*words, "--force"])) == (2, 0)
    assert "is of one shard of a run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--shard", "1/2"), "needs --seed N"),
        (("--shard", "1/2", "--seed", "7", "--lf"), "goes without --lf"),
        (("--shard", "1/2", "--seed", "7", "--triage"), "goes without --triage"),
    ],
)
def test_shard_needs_what_all_shards_have_in_common(
    words: tuple[str, ...], said: str, honest: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A seed of its own, or what only this machine knows, would make it a part of no run.
    """
    assert run(tmp_path, *words, *honest) == 2
    assert said in capsys.readouterr().err


def test_shards_that_would_disturb_each_other_do_not_start(
    worldless: Callable[[str, str], tuple[str, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    On a server without worlds, nothing is sent before somebody says how the shards share it.
    """
    words = worldless("r7office", "http://127.0.0.1:9")

    assert run(tmp_path / "one", "--shard", "1/2", "--seed", "7", *words) == 2
    assert "Say --shard-server own where" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["0/5", "6/5", "a/b"])
def test_shard_in_the_environment_is_checked(
    value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The message names the variable.
    """
    monkeypatch.setenv("CASEPACT_SHARD", value)

    with pytest.raises(SystemExit, match="2"):
        main(["check"])
    assert f"CASEPACT_SHARD: '{value}' is not" in capsys.readouterr().err


def test_shard_in_the_environment_is_taken(
    honest: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    CI systems number their machines so; the plan is that of the shard.
    """
    bounds = []
    for shard in ("1/2", "2/2", ""):
        monkeypatch.setenv("CASEPACT_SHARD", shard)
        assert run(tmp_path, "--plan", *honest) == 0
        bounds.append(int(capsys.readouterr().out.split("at most ")[1].split()[0]))

    assert max(bounds[:2]) < bounds[2] <= sum(bounds[:2])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["join"], "join what?"),
        (["1", "2"], "shards are joined by `join`"),
        (["1", "--allow-unverified"], "go with join"),
    ],
)
def test_report_says_what_join_is_for(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A word left out or an option in the wrong place is explained.
    """
    assert main(["report", *words]) == 2
    assert said in capsys.readouterr().err
