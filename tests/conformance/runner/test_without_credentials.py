"""An API that anybody may call: nobody needs a credential, and nothing of it is left out for want of one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.commands import casepact
from tests.conformance.rollback.worldless import help_desk, tickets
from tests.servers import serving

OPEN = {
    "specs/helpdesk/openapi.yaml": [
        (r"^security:\n  - bearer: \[\]\n", ""),
        (r"^x-default-actor: agent\n", ""),
        (r"^  unauthenticated:\n(    .*\n)+", ""),
        (r"^  ignored_auth: TK-5$", "  ignored_auth: {off: Anybody may call.}"),
        (r'^ +"401": .*\n', ""),
        (r"^  securitySchemes:\n.*\n", ""),
    ],
    "specs/helpdesk/statements.yaml": [(r"^  - id: TK-5\n(    .*\n)+", "")],
    "specs/helpdesk/roles.yaml": [(r"^actors:\n  agent:\n(    .*\n)+", "")],
    "fixtures/helpdesk/default.yaml": [(r"^actors:\n  agent:\n(    .*\n)+", "")],
    "targets/mock.yaml": [(r"^    actors:\n.*\n", "")],
    "probes/helpdesk.py": [(r'^    yield Probe\("no token".*\n', ""), (r'"TK-5"', '"TK-9"')],
}


@pytest.fixture
def anybodys(tmp_path: Path) -> Path:
    """A project of an API without security, without a caller anywhere."""
    folder = tmp_path / "my-apis"
    assert casepact("init", str(folder)).code == 0
    for name, changes in OPEN.items():
        text = (folder / name).read_text(encoding="utf-8")
        for pattern, new in changes:
            text, times = re.subn(pattern, new, text, flags=re.MULTILINE)
            assert times, f"{name} has no {pattern}"
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_api_that_anybody_may_call_is_checked_without_an_actor(anybodys: Path, tmp_path: Path) -> None:
    """The contract is in order without x-default-actor and `unauthenticated`, and every statement is verified."""
    lint = casepact("lint", cwd=anybodys)
    done = casepact("check", "--quick", "--seed", "1", "-v", cwd=anybodys, reports=tmp_path / "reports")

    assert lint.code == 0, lint.err
    assert done.code == 0, done.out + done.err
    outcomes = done.outcomes("helpdesk")
    assert {name for name in outcomes if name.startswith("TK") and outcomes[name] != "verified"} == set()


def test_profile_of_an_api_that_anybody_may_call_needs_no_actor(anybodys: Path) -> None:
    """`target new` asks for none and speaks of no token; `target check` and `target probe` agree."""
    assert casepact("target", "new", "real", cwd=anybodys).code == 0
    written = anybodys / "targets" / "real.yaml"
    text = written.read_text(encoding="utf-8")
    with serving(help_desk(tickets(), anybody=True)) as url:
        filled = text.replace("https://staging.example/helpdesk", url).replace("FILL-IN", "7")
        written.write_text(filled, encoding="utf-8")
        check, probe = (casepact("target", word, "real", cwd=anybodys) for word in ("check", "probe"))

    assert "ecurity schemes" not in text
    assert (check.code, probe.code) == (0, 0), check.err + probe.out + probe.err


def test_look_at_a_target_says_that_its_profile_has_flaws(tmp_path: Path) -> None:
    """What `target check` refuses, `target probe` does not call ready."""
    folder = tmp_path / "my-apis"
    assert casepact("init", str(folder)).code == 0
    with serving(help_desk(tickets(), anybody=True)) as url:
        known = {"actors": {"agent": {"seed": "agent"}}, "records": {"ticket.opne": {"id": 7}}}
        profile = {"apis": {"helpdesk": {"url": url, **known}}}
        (folder / "targets" / "real.yaml").write_text(json.dumps(profile), encoding="utf-8")
        done = casepact("target", "probe", "real", cwd=folder)

    assert done.code == 4
    assert "real: 1 flaw; see casepact target check real" in done.out
