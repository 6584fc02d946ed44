"""What `casepact lint` says of names that one part of a project gives and another lacks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.commands import casepact


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A new project to be changed."""
    folder = tmp_path / "my-apis"
    assert casepact("init", str(folder)).code == 0
    return folder


@pytest.mark.parametrize(
    ("file", "old", "new", "messages"),
    [
        (
            "behaviours/helpdesk.py",
            '    "setTicketStatus": Beh',
            '    "setTicketState": Behaviour(write_members),\n    "setTicketStatus": Beh',
            ["behaviours/helpdesk.py:40, BEHAVIOURS: no operation is named 'setTicketState'. Did you mean"],
        ),
        (
            "specs/helpdesk/openapi.yaml",
            "x-role: ticket.open",
            "x-role: ticket.opne",
            ["updateTicket: `x-role` names 'ticket.opne', which roles.yaml lacks. Did you mean 'ticket.open'?"],
        ),
        (
            "probes/helpdesk.py",
            '_closed, ("ticket.open", "ticket.closed"))',
            '_closed, ("ticket.open", "ticket.clsoed"))',
            ["probes/helpdesk.py:18, updateTicket closed ticket: needs 'ticket.clsoed', which roles.yaml lacks."],
        ),
        (
            "probes/helpdesk.py",
            '_closed, ("ticket.open", "ticket.closed"))',
            '_closed, ("ticket.open", "ticket.closed", "actor:clerk"))',
            ["updateTicket closed ticket: needs 'clerk', which roles.yaml lacks."],
        ),
        (
            "inverses/helpdesk.py",
            'kinds=("ticket",)',
            'kinds=("tickets",)',
            ["the inverse reads the kind 'tickets', and no record has a role 'tickets.…'. Did you mean 'ticket'?"],
        ),
        (
            "targets/mock.yaml",
            "ticket.closed: {id: 9}",
            "ticket.closed: {id: 99}",
            ["targets/mock.yaml:13, ticket.closed: no fixture has a record '99'. Did you mean '9'?"],
        ),
        (
            "targets/mock.yaml",
            "ticket.closed: {id: 9}",
            "ticket.clsoed: {id: 9}",
            ["targets/mock.yaml:13: no role that a probe asks for is named 'ticket.clsoed'."],
        ),
        (
            "specs/helpdesk/openapi.yaml",
            "x-default-actor: agent\n",
            "",
            ["needs an `x-default-actor`: getTicket asks for a credential."],
        ),
        (
            "specs/helpdesk/openapi.yaml",
            "x-default-actor: agent\n",
            "x-default-actor: agnet\n",
            ["x-default-actor: no actor of the fixtures is named 'agnet'. Did you mean 'agent'?"],
        ),
        (
            "pages/update-ticket.txt",
            "A closed ticket cannot be changed",
            "A closed ticket may be changed",
            ["specs/helpdesk/statements.yaml:9, sha256: pages/update-ticket.txt is another text than the one"],
        ),
        (
            "specs/helpdesk/statements.yaml",
            'lines: "16-20"',
            'lines: "16-200"',
            ["TK-10: `lines: 16-200` is beyond the end of pages/update-ticket.txt, which has 25."],
        ),
    ],
)
def test_name_that_another_part_lacks_is_a_flaw(mine: Path, file: str, old: str, new: str, messages: list[str]) -> None:
    """Lint gives file and line, and the name that was meant."""
    text = (mine / file).read_text(encoding="utf-8")
    assert old in text, f"{file} has no {old!r}"
    (mine / file).write_text(text.replace(old, new), encoding="utf-8")

    done = casepact("lint", cwd=mine)

    assert done.code == 1, done.out + done.err
    assert [message for message in messages if message not in done.err] == [], done.err


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("specs/helpdesk/roles.yaml", "specs/helpdesk/roles.yaml:1: is missing: probes ask for ticket.closed"),
        ("targets/mock.yaml", "targets/mock.yaml:1: is missing: the mock's profile."),
    ],
)
def test_missing_file_is_a_flaw(mine: Path, file: str, message: str) -> None:
    """What probes or the mock's own check rest on must be there."""
    (mine / file).unlink()

    done = casepact("lint", cwd=mine)

    assert done.code == 1
    assert message in done.err


def test_api_that_the_profile_of_the_mock_leaves_out_is_a_flaw(mine: Path) -> None:
    """`casepact check` without a target would never look at it."""
    profile = mine / "targets" / "mock.yaml"
    text = profile.read_text(encoding="utf-8")
    profile.write_text(re.sub(r"apis:\n(.*\n)+", 'apis: {control: {url: ""}}\n', text), encoding="utf-8")

    done = casepact("lint", cwd=mine)

    assert done.code != 0
    assert "has no 'helpdesk', so `casepact check` leaves that API out." in done.err
