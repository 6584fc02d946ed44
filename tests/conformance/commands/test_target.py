"""`casepact target`: a new profile is in order, a flawed one is reported with its lines, a look reads only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import main
from specs.document_schemas import schema_file
from tests.servers import mock_app, serving

PROFILE = """\
apis:
  aicc:
    url: {address}/aicc
    actors:
      operator: {{accessToken: {{operation: getToken, send: {{client_id: "${{ID}}", client_secret: "${{SECRET}}"}}}}}}
      client: {{accessToken: "${{TOKEN}}"}}
    records:
      case.open: {{id: c6m800000142mS63Voa8}}
      case.other: {{id: c6m800000000000000000}}
      user.owner: {{id: 10gg0000012IpiXMqxzk}}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ID", "aicc-operator-client")
    monkeypatch.setenv("SECRET", "aicc-operator-secret")
    monkeypatch.setenv("TOKEN", "aicc-operator-token-0001")


@pytest.fixture
def heard() -> list[tuple[str, str]]:
    """Method and path of every request that the server got."""
    return []


@pytest.fixture
def address(heard: list[tuple[str, str]]) -> Iterator[str]:
    """A mock that keeps its promises."""
    mock = mock_app("aicc")

    async def listening(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            heard.append((scope["method"], scope["path"].rpartition("/")[2]))
        await mock(scope, receive, send)

    with serving(listening) as found:
        yield found


def probed(address: str, text: str = PROFILE) -> int:
    Path("staging.yaml").write_text(text.format(address=address))
    return main(["target", "probe", "staging.yaml"])


def line_of(name: str, out: str) -> str:
    """What the look says under this name."""
    return next(line[21:] for line in out.splitlines() if line.startswith(f"  {name} "))


def test_new_profile_is_in_order(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What `new` writes passes `check` once it is filled in and the variables are set."""
    for name in ("AICC_OPERATOR", "EGAIN_AGENT", "ONLYOFFICE_ADMIN", "R7OFFICE_ADMIN"):
        monkeypatch.setenv(f"{name}_TOKEN", "s3cret")
    main(["target", "new", "staging"])
    written = Path("fixtures/targets/staging.yaml")
    written.write_text(written.read_text().replace("FILL-IN", "1234"))
    capsys.readouterr()

    assert (main(["target", "check", "staging"]), capsys.readouterr().err) == (0, "")


def test_profile_that_is_not_filled_in_is_not_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """What `new` leaves to be filled in never passes for a value; each place is named with its line."""
    main(["target", "new", "staging", "--api", "aicc"])
    code = main(["target", "check", "staging"])

    assert (code, "FILL-IN is not a value" in capsys.readouterr().err) == (2, True)


def test_new_profile_names_its_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor finds the schema from the first line: by a path where it lies below here, by a file URI elsewhere."""
    file = schema_file("profile").resolve()
    (tmp_path / "venv").mkdir()
    for here, schema in ((tmp_path / "venv", file), (tmp_path, tmp_path / "venv" / "profile.schema.json")):
        monkeypatch.chdir(here)
        others = {kind: schema_file(kind) for kind in ("contract", "ledger", "roles")}
        monkeypatch.setattr("specs.document_schemas.schema_file", {**others, "profile": schema}.__getitem__)
        main(["target", "new", "staging", "--api", "aicc"])

    first, second = (
        (folder / "fixtures" / "targets" / "staging.yaml").read_text().splitlines()[0].partition("=")
        for folder in (tmp_path / "venv", tmp_path)
    )
    assert first == ("# yaml-language-server: $schema", "=", file.as_uri())
    assert second == ("# yaml-language-server: $schema", "=", "../../venv/profile.schema.json")


def test_new_profile_never_overwrites(capsys: pytest.CaptureFixture[str]) -> None:
    """A profile that is there already stays as it is."""
    main(["target", "new", "staging", "--api", "aicc"])
    path = Path("fixtures/targets/staging.yaml")
    path.write_text("mine\n")

    assert (main(["target", "new", "staging"]), path.read_text()) == (2, "mine\n")


@pytest.mark.parametrize("name", ["../staging", "a/b", "", "a.yaml"])
def test_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    """A profile is written into fixtures/targets and nowhere else."""
    assert (main(["target", "new", name]), list(tmp_path.rglob("*.yaml"))) == (2, [])


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("case.other:", "case.othr:", "staging.yaml:9: no role that a probe asks for is named 'case.othr'. Did you"),
        ("getToken", "getTokn", "staging.yaml:5: no operation is named 'getTokn'. Did you mean 'getToken'?"),
        (
            "operator: {{accessToken",
            "operator: {{accessTokn",
            "staging.yaml:5: no security scheme is named 'accessTokn'",
        ),
        ('"${{SECRET}}"', "s3cret", "staging.yaml:5: a credential must not stand here; write ${VARIABLE}"),
        ("  aicc:", "  aic:", "staging.yaml:2: no API is named 'aic'. Did you mean 'aicc'?"),
    ],
    ids=["role", "operation", "security scheme", "literal secret", "API"],
)
def test_flaw_is_reported_with_its_line(old: str, new: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`check` names file and line, and what was meant."""
    assert old in PROFILE
    Path("staging.yaml").write_text(PROFILE.replace(old, new).format(address="http://127.0.0.1:9"))
    code, err = main(["target", "check", "staging.yaml"]), capsys.readouterr().err

    assert (code, line in err) == (2, True), err


def test_look_sends_reads_and_token_calls_only(address: str, heard: list[tuple[str, str]]) -> None:
    """Nothing that could change the server is sent."""
    probed(address)

    assert {(method, path) for method, path in heard if method != "GET"} == {("POST", "token")}


def test_role_that_is_not_there_is_reported(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A record that the server does not have is named, with its answer; exit 4."""
    code = probed(address)

    assert (code, line_of("roles wrong", capsys.readouterr().out)) == (4, "case.other (404 to c6m800000000000000000)")


def test_roles_that_are_right_are_reported(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What the server showed is right."""
    probed(address)

    assert line_of("roles right", capsys.readouterr().out) == "case.open"


@pytest.mark.parametrize("actor", ["operator", "client"])
def test_credential_that_is_taken_is_reported(actor: str, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each actor has a line, whether its credential stands in a variable or had to be asked for."""
    probed(address)

    assert line_of(f"actor {actor}", capsys.readouterr().out) == "taken (200 to getCase)"


def test_credential_that_is_refused_is_the_environments_fault(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong secret ends with exit 3, the actor's name, and not the secret."""
    monkeypatch.setenv("SECRET", "wrong-s3cret")
    code, out = probed(address), capsys.readouterr().out

    assert (code, "'operator' of" in out, "wrong-s3cret" in out) == (3, True, False)


def test_server_that_does_not_answer_is_the_environments_fault(capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody listens the look ends with exit 3."""
    with serving(mock_app("aicc")) as gone:
        pass

    assert (probed(gone), "the connection was refused" in capsys.readouterr().out) == (3, True)
