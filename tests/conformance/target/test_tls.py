"""A server behind TLS: its own CA is taken from the profile, and what is not trusted is reported with the way out."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from conformance.cli import main
from mock_server.behaviours import BEHAVIOURS
from tests.commands import casepact
from tests.servers import mock_app, serving, with_reply

PROFILE = """\
tls: {{ca: {ca}}}
writes: allowed
apis:
  aicc:
    url: {address}/aicc
    actors:
      operator: {{accessToken: "${{TOKEN}}"}}
    records:
      case.open: {{id: c6m800000142mS63Voa8}}
      user.owner: {{id: 10gg0000012IpiXMqxzk}}
      user.creator: {{id: 10gg0000013wljxK5XX6}}
      contact: {{id: ciIy0000013w9aru7cDQ}}
"""


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA of the test's own and a folder for what it signs."""

    ca: trustme.CA
    folder: Path

    @property
    def file(self) -> Path:
        """The certificate of the CA, as a profile names it."""
        path = self.folder / "company-ca.pem"
        self.ca.cert_pem.write_to_path(path)
        return path

    def signed(self, host: str) -> Path:
        """Key and certificate of a server, in one file."""
        path = self.folder / f"{host}.pem"
        self.ca.issue_cert(host).private_key_and_cert_chain_pem.write_to_path(path)
        return path


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """A CA that nobody knows, and a working directory for profiles."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN", "aicc-operator-token-0001")
    return Authority(trustme.CA(), tmp_path)


@pytest.fixture
def address(authority: Authority) -> Iterator[str]:
    """A mock behind TLS."""
    with serving(mock_app("aicc"), authority.signed("127.0.0.1")) as found:
        yield found


def written(address: str, ca: str) -> str:
    """A profile of the server that trusts this file, or the system where there is none."""
    text = PROFILE.format(address=address, ca=ca)
    Path("staging.yaml").write_text(text if ca else text.partition("\n")[2])
    return "staging.yaml"


def test_server_of_a_known_authority_is_looked_at(
    authority: Authority, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`target probe` tells the version of TLS and until when the certificate holds."""
    code = main(["target", "probe", written(address, authority.file.name)])

    out = capsys.readouterr().out
    assert (code, "TLSv1.3, certificate until" in out, "taken (200 to getCase)" in out) == (0, True, True), out


def test_https_is_a_statement_that_can_be_verified(authority: Authority, address: str, tmp_path: Path) -> None:
    """HW-03 needs an https address; where there is one, it is exercised."""
    profile = written(address, authority.file.name)

    done = casepact("check", "--target", profile, "--statement", "HW-03", reports=tmp_path / "reports")

    assert (done.code, done.outcomes("aicc")["HW-03"]) == (0, "verified"), done.out + done.err


@pytest.mark.parametrize("command", [("target", "probe"), ("check", "--quick", "--target")], ids=["probe", "check"])
@pytest.mark.parametrize("trusted", ["nobody", "somebody else"])
def test_unknown_authority_is_reported_with_the_way_out(
    command: tuple[str, ...], trusted: str, authority: Authority, address: str, tmp_path: Path
) -> None:
    """Exit 3, and the line says which key of the profile names the CA."""
    other = Authority(trustme.CA(), tmp_path / "other")
    other.folder.mkdir()
    profile = written(address, "" if trusted == "nobody" else str(other.file))

    done = casepact(*command, profile, reports=tmp_path / "reports" if "check" in command else None)

    reported = done.out + done.err
    assert (done.code, "its certificate is not trusted" in reported) == (3, True), reported
    assert "name its CA in the profile: tls: {ca: FILE}" in reported


def test_certificate_of_another_host_is_reported(authority: Authority, capsys: pytest.CaptureFixture[str]) -> None:
    """Who signed it does not matter then, so no CA is asked for."""
    with serving(mock_app("aicc"), authority.signed("staging.example")) as address:
        code = main(["target", "probe", written(address, authority.file.name)])

    out = capsys.readouterr().out
    assert (code, "certificate is not valid for '127.0.0.1'" in out, "name its CA" in out) == (3, True, False), out


def test_file_that_is_not_there_is_reported_with_its_line(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A profile whose CA cannot be read is flawed; no connection is tried."""
    code = main(["target", "probe", written(address, "nowhere.pem")])

    assert (code, "staging.yaml:1: " in (err := capsys.readouterr().err), "nowhere.pem" in err) == (2, True, True), err


def test_commands_of_a_finding_trust_the_same_authority(authority: Authority, tmp_path: Path) -> None:
    """What is printed for a finding runs as it stands."""
    wrong = with_reply(BEHAVIOURS["aicc"]["modifyCase"], lambda reply: reply._replace(value={"resCode": 7}))
    with serving(mock_app("aicc", {"modifyCase": wrong}), authority.signed("127.0.0.1")) as address:
        profile = written(address, authority.file.name)
        done = casepact("check", "--target", profile, "--statement", "HW-63", reports=tmp_path / "reports")
        command = done.report["apis"]["aicc"]["statements"]["HW-63"]["findings"][0]["repeat"][-1]
        shell = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)

    assert "--cacert company-ca.pem" in command
    assert '{"resCode":7}' in shell.stdout, shell.stdout + shell.stderr
