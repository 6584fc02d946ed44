"""A profile names credentials and never holds them; of an address alone nothing is known and nothing is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.probes import probes_of
from conformance.probes.context import Probe
from conformance.runner.plugin import ApiSession, unmet_need
from conformance.runner.selection import Selection
from conformance.target.client import Target
from conformance.target.profile import Profile, Writes, bare_profile, check_url, is_loopback, load_profile, profiles
from conformance.verdict.evidence import Unmet, UnmetKind, forbidden
from specs import CasepactError, FlawedDocument
from specs.flaws import UnknownName
from tests.conformance.answers import contract_of

STAGING = """\
summary: The staging system.
writes: allowed
apis:
  aicc:
    url: https://staging.example/aicc/
    actors:
      operator: {accessToken: "${STAGING_TOKEN}"}
    records:
      case.open: {id: c6m800000142mS63Voa8}
"""


@pytest.fixture(autouse=True)
def _staging_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGING_TOKEN", "a secret of staging")


def loaded(folder: Path, old: str = "", new: str = "") -> Profile:
    """The profile of staging with a piece of its text replaced."""
    assert STAGING.count(old) == 1 or not old
    path = folder / "staging.yaml"
    path.write_text(STAGING.replace(old, new) if old else STAGING, encoding="utf-8")
    return load_profile(str(path))


def reported(folder: Path, old: str, new: str) -> list[str]:
    """What is reported about a flawed profile, a flaw a line, without the folder it lies in."""
    with pytest.raises(CasepactError) as caught:
        loaded(folder, old, new)
    return str(caught.value).replace(f"{folder}/", "").splitlines()


def writing_probe(*needs: str, writes: bool = True) -> Probe:
    return Probe("a probe", "modifyCase", ("HW-05",), lambda ctx: None, needs, writes)


def target(profile: Profile) -> Target:
    return Target(contract_of("aicc"), profile)


def test_credential_comes_from_its_variable(tmp_path: Path) -> None:
    """The value of a credential is the environment's."""
    assert loaded(tmp_path).apis["aicc"].actors["operator"]["accessToken"].value == "a secret of staging"


def test_credential_is_shown_as_its_variable(tmp_path: Path) -> None:
    """What a reader sees of a credential is the variable's name."""
    assert loaded(tmp_path).apis["aicc"].actors["operator"]["accessToken"].shown == "${STAGING_TOKEN}"


def test_secret_is_not_in_the_repr_of_a_profile(tmp_path: Path) -> None:
    """A profile can be logged."""
    assert "a secret" not in repr(loaded(tmp_path))


@pytest.mark.parametrize("literal", ["s3cret", "Bearer ${STAGING_TOKEN}", "$STAGING_TOKEN", "${staging_token}"])
def test_literal_credential_is_refused_with_its_line(tmp_path: Path, literal: str) -> None:
    """A credential that stands in the file is refused, with file and line and the way out."""
    assert reported(tmp_path, "${STAGING_TOKEN}", literal) == [
        "staging.yaml:7: a credential must not stand here; write ${VARIABLE} and set that variable."
    ]


def test_unset_variable_is_refused_with_its_line(tmp_path: Path) -> None:
    """A variable that is not set is named, with the line that asks for it."""
    assert reported(tmp_path, "STAGING_TOKEN", "STAGING_TOKEN_OF_TODAY") == [
        "staging.yaml:7: the environment variable STAGING_TOKEN_OF_TODAY is not set."
    ]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("writes:", "write:", "staging.yaml:2: has an unknown key 'write'. Did you mean 'writes'?"),
        ("    records:", "    record:", "staging.yaml:8: has an unknown key 'record'. Did you mean 'records'?"),
    ],
    ids=["of the target", "of an API"],
)
def test_unknown_key_is_refused_with_a_hint(tmp_path: Path, old: str, new: str, line: str) -> None:
    """A misspelt key is reported with the nearest known one, not ignored."""
    assert reported(tmp_path, old, new) == [line]


def test_unknown_word_for_writes_is_refused(tmp_path: Path) -> None:
    """What may be written is one of the known words."""
    assert reported(tmp_path, "writes: allowed", "writes: sometimes") == [
        "staging.yaml:2: `writes` is one of none, reversible, allowed."
    ]


def test_actor_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    """An actor says for each scheme where its credential is."""
    assert reported(tmp_path, '{accessToken: "${STAGING_TOKEN}"}', "STAGING_TOKEN") == [
        "staging.yaml:7: an actor is a mapping of security scheme to ${VARIABLE}, or {seed: NAME}."
    ]


def test_target_without_an_api_is_refused(tmp_path: Path) -> None:
    """A target without APIs is no target."""
    with pytest.raises(FlawedDocument, match=r"empty\.yaml:1: a target needs `apis`"):
        (tmp_path / "empty.yaml").write_text("summary: Nothing.\n")
        load_profile(str(tmp_path / "empty.yaml"))


def test_all_flaws_are_reported_together(tmp_path: Path) -> None:
    """A profile with several flaws is mended in one go."""
    found = reported(tmp_path, "writes: allowed\napis:\n  aicc:\n", "write: allowed\napis:\n  aicc:\n    uri: there\n")

    assert [line.partition(": ")[0] for line in found] == ["staging.yaml:2", "staging.yaml:5"]


def test_credentials_inside_the_address_are_refused(tmp_path: Path) -> None:
    """An address with a password is refused, since it would stand in every report."""
    assert reported(tmp_path, "https://staging", "https://anna:s3cret@staging") == [
        "staging.yaml:5: an address must not hold credentials; name them in a profile under fixtures/targets."
    ]


@pytest.mark.parametrize("address", ["http://anna:s3cret@127.0.0.1:8080", "https://s3cret@portal.example"])
def test_refusal_of_credentials_in_an_address_does_not_repeat_them(address: str) -> None:
    """The refusal itself gives nothing away."""
    with pytest.raises(CasepactError) as caught:
        check_url(address)

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "127.0.0.1:8080",
        "ftp://127.0.0.1",
        "http://",
        "http://host:port",
        "http://host:0",
        "http://host:70000",
        "http://host/?a=1",
        "http://host/#a",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_base_address_is_refused(address: str) -> None:
    """A base address is http or https with a host, and nothing behind the path."""
    with pytest.raises(CasepactError, match="is not a base address"):
        check_url(address)


def test_slash_at_the_end_of_an_address_is_dropped(tmp_path: Path) -> None:
    """Paths are appended to the address as they stand in the contract."""
    assert loaded(tmp_path).apis["aicc"].url == "https://staging.example/aicc"


def test_writes_are_forbidden_unless_allowed(tmp_path: Path) -> None:
    """A profile that does not speak of writing forbids it."""
    assert loaded(tmp_path, "writes: allowed\n", "").writes is Writes.NONE


def test_target_is_no_mock_unless_it_says_so(tmp_path: Path) -> None:
    """Worlds are asked for only where the profile promises them."""
    assert loaded(tmp_path).worlds is False


def test_seed_gives_the_credentials_of_the_fixtures() -> None:
    """The mock's actors are those that its fixtures publish."""
    operator = load_profile("mock").apis["aicc"].actors["operator"]

    assert operator["accessToken"].value == operator["accessToken"].shown == "aicc-operator-token-0001"


def test_unknown_seed_is_refused_with_a_hint(tmp_path: Path) -> None:
    """An actor that the fixtures do not have is reported with the nearest they have."""
    assert reported(tmp_path, '{accessToken: "${STAGING_TOKEN}"}', "{seed: operater}") == [
        "staging.yaml:7: fixtures/aicc/default.yaml has no actor 'operater'. Did you mean 'operator'?"
    ]


def test_file_is_judged_without_its_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`casepact lint` looks at what a profile says, on machines that hold no secrets too."""
    loaded(tmp_path)
    monkeypatch.delenv("STAGING_TOKEN")

    profile = load_profile(str(tmp_path / "staging.yaml"), with_secrets=False)

    assert profile.apis["aicc"].actors["operator"]["accessToken"].shown == "${STAGING_TOKEN}"


def test_flaw_of_a_file_is_reported_without_its_variables(tmp_path: Path) -> None:
    """A secret that stands in the file is a flaw of the file."""
    path = tmp_path / "staging.yaml"
    path.write_text(STAGING.replace("${STAGING_TOKEN}", "a secret"), encoding="utf-8")

    with pytest.raises(FlawedDocument):
        load_profile(str(path), with_secrets=False)


def test_unknown_target_is_reported_with_the_known_ones() -> None:
    """A target that does not exist is reported with those that do."""
    with pytest.raises(UnknownName, match=r"no target is named 'mok'\. Did you mean 'mock'\?"):
        load_profile("mok")


def test_target_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    """A path is taken as it stands."""
    with pytest.raises(CasepactError, match=r"gone\.yaml: there is no such file\."):
        load_profile(str(tmp_path / "gone.yaml"))


def test_target_of_the_working_directory_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project of the user's keeps its profiles in fixtures/targets beside those that come with Casepact."""
    folder = tmp_path / "fixtures" / "targets"
    folder.mkdir(parents=True)
    (folder / "staging.yaml").write_text(STAGING)
    monkeypatch.chdir(tmp_path)

    assert {"mock", "staging"} <= set(profiles())


def test_nobodys_request_is_sent_where_nothing_may_be_written(tmp_path: Path) -> None:
    """It is refused before its body is read, so it cannot write."""
    target = Target(contract_of("aicc"), replace(loaded(tmp_path), writes=Writes.NONE))
    nobody = [probe for probe in probes_of(target.contract) if probe.name == "request without a credential"]

    reasons = {unmet_need(probe, target) for probe in nobody}

    assert nobody
    assert UnmetKind.FORBIDDEN not in {reason.kind for reason in reasons if reason}


def test_narrowed_profile_has_only_the_named_apis() -> None:
    """A run of one API does not see the others' addresses."""
    narrowed = load_profile("mock").with_urls({"aicc": "http://127.0.0.1:8080/aicc"})

    assert {api: known.url for api, known in narrowed.apis.items()} == {"aicc": "http://127.0.0.1:8080/aicc"}


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8080", "http://127.9.9.9/aicc", "http://localhost", "https://[::1]:8443/a"]
)
def test_loopback_address_may_be_written_to(address: str) -> None:
    """What can only be this machine is taken for a mock with the fixtures' records."""
    profile = bare_profile("aicc", address)

    assert (profile.writes, bool(profile.apis["aicc"].records)) == (Writes.ALLOWED, True)


@pytest.mark.parametrize(
    "address",
    [
        "http://192.168.0.7",
        "https://portal.example/aicc",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://0.0.0.0:8080",
        "http://[2001:db8::1]/",
        "http://2130706433/",
    ],
)
def test_other_address_is_known_for_nothing_and_not_written_to(address: str) -> None:
    """Of any other address no record and no actor is known, and writing is forbidden."""
    profile = bare_profile("aicc", address)
    api = profile.apis["aicc"]

    assert (profile.writes, profile.worlds, dict(api.records), dict(api.actors)) == (Writes.NONE, False, {}, {})


@pytest.mark.parametrize("address", ["http://portal.example", "http://127.0.0.1.example.com"])
def test_probe_that_writes_is_not_run_at_a_bare_address(address: str) -> None:
    """Nothing is sent that could change a server of which nothing is known."""
    assert unmet_need(writing_probe(), target(bare_profile("aicc", address))) == forbidden()


def test_probe_that_reads_needs_an_actor_at_a_bare_address() -> None:
    """A probe that writes nothing still needs somebody to be."""
    found = unmet_need(writing_probe(writes=False), target(bare_profile("aicc", "http://portal.example")))

    assert found == Unmet(UnmetKind.NEED, "needs actor operator")


def test_probe_is_run_where_nothing_is_lacking() -> None:
    """With its record and its actor known and writes allowed, a probe needs nothing more."""
    profile = bare_profile("aicc", "http://127.0.0.1:9")

    assert unmet_need(writing_probe("case.open", "actor:client"), target(profile)) is None


def test_all_needs_that_are_lacking_are_named(tmp_path: Path) -> None:
    """A target's owner learns at once what the profile should have."""
    found = unmet_need(writing_probe("case.open", "contact", "actor:client", "https"), target(loaded(tmp_path)))

    assert found == Unmet(UnmetKind.NEED, "needs record contact, actor client")


def test_https_is_a_need_of_its_own() -> None:
    """A probe of the scheme is not run on plain http."""
    found = unmet_need(writing_probe("https"), target(bare_profile("aicc", "http://127.0.0.1:9")))

    assert found == Unmet(UnmetKind.NEED, "needs an https address")


@pytest.mark.parametrize("address", ["http://[::1]", "http://[0:0:0:0:0:0:0:1]:80"])
def test_loopback_is_recognised_in_every_spelling_of_ipv6(address: str) -> None:
    """The IPv6 loopback is one address, however it is written."""
    assert is_loopback(address)


def test_probes_of_the_control_api_take_turns() -> None:
    """No header sets apart what steers a mock, so its probes name one turn; those of the vendors' APIs name none."""
    run = Selection(
        "mock", dict.fromkeys(("aicc", "control"), "http://127.0.0.1:9"), 1, "quick", False, "run", "reports"
    )

    assert {api: ApiSession(run, run.contract(api)).in_turn for api in run.urls} == {"aicc": "", "control": "control"}
