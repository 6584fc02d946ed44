"""The ledgers as a whole: how many statements there are, and which of them nothing on the wire can show."""

import re
from pathlib import Path

from specs import load_contract
from specs.statements import Proof, Statement

PROJECT = Path(__file__).parent.parent
LISTED = re.compile(r"^\| ([A-Z0-9]+-\d+) \| (.+) \|$", re.MULTILINE)


FIVE_PAGES = ("aicc", "egain", "onlyoffice", "r7office")
"""The APIs of the pages that the customer gave."""


def page_statements() -> list[Statement]:
    """The statements of the five pages."""
    return [statement for api in FIVE_PAGES for statement in load_contract(api).ledger.page_statements()]


def test_every_numbered_statement_of_the_pages_is_in_a_ledger() -> None:
    """
    The five pages have 416 numbered statements, each once.
    """
    assert len({statement.id for statement in page_statements()}) == len(page_statements()) == 416


def test_what_does_not_show_on_the_wire_is_listed_with_its_reason() -> None:
    """
    docs/not-on-the-wire.md is what the ledgers say, word for word.
    """
    listed = dict(LISTED.findall((PROJECT / "docs" / "not-on-the-wire.md").read_text()))
    unproved = {s.id: " ".join(s.reason.split()) for s in page_statements() if s.proof is Proof.NONE}

    assert listed == unproved


def test_few_statements_do_not_show_on_the_wire() -> None:
    """
    No more than 40 of the 416, HW-03 included, are left without proof on the mock.
    """
    assert sum(statement.proof is Proof.NONE for statement in page_statements()) + 1 <= 40


def test_all_97_contradictions_are_decided() -> None:
    """
    Each of X-01 to X-97 has a decision in some ledger.
    """
    decided = {item.id for api in FIVE_PAGES for item in load_contract(api).ledger.contradictions}

    assert decided == {f"X-{number:02}" for number in range(1, 98)}
