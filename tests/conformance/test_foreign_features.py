"""What supports a run works for foreign documents too: mocks, waivers, baseline, triage, reports, plan, safety."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.commands import Done, casepact
from tests.foreign.contracts import DOCUMENTS
from tests.foreign.pets_server import FAULTS, KEY, Pets
from tests.servers import serving

PETS = DOCUMENTS / "pets" / "pets.yaml"
BROKEN = "getPet/response/200/body"


@pytest.fixture(scope="module")
def faulty() -> Iterator[str]:
    """The address of a server whose pets lack members."""
    with serving(Pets(FAULTS["missing member"]).app()) as url:
        yield url


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The credential that profiles refer to."""
    monkeypatch.setenv("PETS_KEY", KEY)


def profile(folder: Path, url: str, more: str = "", writes: str = "allowed") -> str:
    """The file of a profile of a server of the document."""
    path = folder / "pets-target.yaml"
    target = f"{{url: '{url}', spec: {PETS}, actors: {{caller: {{key: '${{PETS_KEY}}'}}}}}}"
    path.write_text(f"writes: {writes}\napis:\n  pets: {target}\n{more}", encoding="utf-8")
    return str(path)


def checked(folder: Path, *more: str) -> Done:
    return casepact("check", "--quick", "--seed", "1", *more, reports=folder / "reports")


def test_our_mock_of_a_document_keeps_it(tmp_path: Path) -> None:
    """Without an address our mock of the document is tested, and every operation of it succeeds."""
    done = casepact("check", "--spec", str(PETS), "--seed", "1", reports=tmp_path)

    assert (done.code, done.outcomes("pets")["addPet/body"]) == (0, "verified"), done.out + done.err


def test_finding_shows_place_and_command(faulty: str, tmp_path: Path) -> None:
    """A finding says what the document says and where, and how to see it again."""
    done = checked(tmp_path, "--spec", str(PETS), "--url", faulty)

    assert [done.code, f"pets.yaml:{52}" in done.out, f"curl -i {faulty}/pets/1" in done.out] == [1, True, True], (
        done.out
    )


def test_bare_address_without_credentials_tests_what_needs_none(faulty: str, tmp_path: Path) -> None:
    """What asks for a credential that nobody gave is not exercised, and the reason says what to do."""
    done = checked(tmp_path, "--spec", str(PETS), "--url", faulty)

    reason = done.report["apis"]["pets"]["statements"]["addPet/body"]["reason"]
    assert reason == "needs a credential (key) of actor caller in a profile"


def test_waiver_excuses_a_derived_statement(faulty: str, tmp_path: Path) -> None:
    """A waiver names a statement with slashes as any other."""
    waiver = f"waivers:\n  - {{statement: {BROKEN}, reason: known, owner: me, until: '2099-01-01'}}\n"
    done = checked(tmp_path, "--target", profile(tmp_path, faulty, waiver))

    assert (done.code, done.outcomes("pets")[BROKEN]) == (0, "waived"), done.out + done.err


def test_waiver_of_no_statement_is_refused(faulty: str, tmp_path: Path) -> None:
    """A waiver of a statement that the document does not give rise to would excuse nothing."""
    waiver = "waivers:\n  - {statement: getPet/body, reason: known, owner: me, until: '2099-01-01'}\n"
    done = checked(tmp_path, "--target", profile(tmp_path, faulty, waiver))

    assert (done.code, "there is no statement 'getPet/body' to waive." in done.err) == (2, True), done.err


def test_baseline_takes_findings_as_known(faulty: str, tmp_path: Path) -> None:
    """What stands in the baseline does not fail the next run."""
    where, known = profile(tmp_path, faulty), str(tmp_path / "known.json")
    checked(tmp_path, "--target", where)
    casepact("baseline", "update", known, reports=tmp_path / "reports")
    done = checked(tmp_path, "--target", where, "--baseline", known)

    assert done.code == 0, done.out + done.err


def test_triage_asks_our_mock_of_the_document(faulty: str, tmp_path: Path) -> None:
    """Our mock of the same document keeps what the server breaks, so the server is wrong."""
    done = checked(tmp_path, "--target", profile(tmp_path, faulty), "--triage")

    found = done.report["apis"]["pets"]["statements"][BROKEN]["findings"]
    assert {item["triage"] for item in found} == {"server: our mock keeps it with the same requests"}, done.out


def test_reports_name_derived_statements(faulty: str, tmp_path: Path) -> None:
    """JUnit has a case for each statement, by operation; JSON says where it stands."""
    done = checked(tmp_path, "--target", profile(tmp_path, faulty))

    cases = ElementTree.parse(tmp_path / "reports" / "junit.xml").getroot().iter("testcase")
    failed = [case.get("classname") for case in cases if case.find("failure") is not None]
    place = done.report["apis"]["pets"]["statements"][BROKEN]["ledger"]
    assert (failed, place.rpartition("/")[2]) == (["pets.getPet"], "pets.yaml:52")


def test_statement_and_operation_narrow_a_run(faulty: str, tmp_path: Path) -> None:
    """A run of one statement sends what shows that one, and sees nothing of the fault elsewhere."""
    done = checked(tmp_path, "--target", profile(tmp_path, faulty), "--statement", "listPets/query/limit")

    assert (done.code, done.outcomes("pets")["listPets/query/limit"]) == (0, "verified"), done.out + done.err


def test_unknown_statement_is_refused_with_a_hint(tmp_path: Path) -> None:
    """A slip of the pen tests nothing."""
    done = checked(tmp_path, "--spec", str(PETS), "--statement", "listPets/query/limits")

    assert (done.code, "Did you mean 'listPets/query/limit'?" in done.err) == (2, True), done.err


@pytest.mark.parametrize("url", ["http://api.example.org", "http://127.0.0.1:1"])
def test_plan_writes_to_loopback_alone(url: str, tmp_path: Path) -> None:
    """Off loopback nothing is written to a bare address."""
    document = tmp_path / "open.yaml"
    document.write_text(PETS.read_text(encoding="utf-8").replace("      security: [{key: []}]\n", ""), encoding="utf-8")
    done = casepact("check", "--spec", str(document), "--url", url, "--plan")

    assert ("may write" in done.out, done.code) == ("127.0.0.1" in url, 0), done.out + done.err


@pytest.mark.parametrize("writes", ["none", "reversible"])
def test_profile_that_does_not_allow_it_is_not_written_to(writes: str, tmp_path: Path) -> None:
    """Nobody knows how to put back what a foreign API changed, so only `allowed` lets a run write."""
    server = Pets()
    before = json.dumps(server.pets)
    with serving(server.app()) as url:
        done = checked(tmp_path, "--target", profile(tmp_path, url, writes=writes))

    assert (json.dumps(server.pets), done.outcomes("pets")["listPets/response/200/body"]) == (before, "verified"), (
        done.out
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--spec", "none.yaml"), "none.yaml: there is no such file."),
        (("--spec", str(PETS), "--api", "aicc"), "--spec goes with --url alone"),
        (("--spec", str(PETS), "--target", "mock"), "--spec goes with --url alone"),
    ],
)
def test_what_cannot_be_run_is_said(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    """Options that do not go together, and files that are not there, end with exit 2 and a sentence."""
    done = checked(tmp_path, *arguments)

    assert (done.code, message in done.err) == (2, True), done.err


@pytest.mark.parametrize("place", ["query", "header", "cookie"])
def test_key_is_sent_where_the_document_has_it(place: str, tmp_path: Path) -> None:
    """The credential of the profile travels in the query, a header or a cookie."""
    document = tmp_path / "keyed.yaml"
    document.write_text(
        "openapi: 3.0.3\ninfo: {title: Keyed, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: a\n"
        "      security: [{key: []}]\n      responses: {'200': {description: ok}, '401': {description: who}}\n"
        f"components: {{securitySchemes: {{key: {{type: apiKey, in: {place}, name: k}}}}}}\n",
        encoding="utf-8",
    )
    done = checked(tmp_path, "--spec", str(document))

    held = {name: done.outcomes("keyed")[name] for name in ("a/response/200", "a/response/401", "a/security")}
    assert (done.code, set(held.values())) == (0, {"verified"}), done.out + done.err


def test_profile_of_a_document_is_checked_and_probed(tmp_path: Path) -> None:
    """`target check` and `target probe` know such an API, its schemes and its statements."""
    with serving(Pets().app()) as url:
        where = profile(tmp_path, url)
        ended = [casepact("target", "check", where), casepact("target", "probe", where)]

    assert [done.code for done in ended] == [0, 0], ended


def test_profile_with_a_scheme_that_the_document_lacks_is_refused(tmp_path: Path) -> None:
    """A slip in a profile is told with its line."""
    where = Path(profile(tmp_path, "http://127.0.0.1:1"))
    where.write_text(where.read_text(encoding="utf-8").replace("{key:", "{keys:"), encoding="utf-8")
    done = casepact("target", "check", str(where))

    assert (
        done.code,
        "pets-target.yaml:3: no security scheme, or entry of this actor, is named 'keys'. Did you mean 'key'?"
        in done.err,
    ) == (2, True), done.err


def test_document_that_is_not_there_is_told_with_its_line(tmp_path: Path) -> None:
    """The path of `spec` starts from the folder of the profile."""
    where = tmp_path / "target.yaml"
    where.write_text("apis:\n  shop: {url: 'http://127.0.0.1:1', spec: shop.yaml}\n", encoding="utf-8")
    done = casepact("check", "--target", str(where))

    assert (done.code, "target.yaml:2: there is no file shop.yaml" in done.err) == (2, True), done.err
