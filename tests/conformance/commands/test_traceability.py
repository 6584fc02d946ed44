"""Pages, contracts, rules and probes that do not speak of the same statements are reported, each with its line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.commands import ledger_text as ledger
from conformance.commands.traceability import Entry, TraceMatrix, flaws, trace, unknown_ids
from specs.flaws import Place
from specs.source import PACKAGE, display_name, parse
from specs.statements import Proof, Standing, Statement, read_ledger
from tests.specs.small_api import LEDGER

SHOWN = Statement(
    "HW-21", "A title.", Standing.PAGE, Proof.CONTRACT, Place("statements.yaml", 7), lines="49-54", reason="None."
)
ELEMENT, PROBE = Place("openapi.yaml", 90), "modifyCase title: of 128 bytes"


def entry(
    proof: Proof,
    *,
    elements: tuple[Place, ...] = (),
    probes: tuple[str, ...] = (),
    api: str = "aicc",
    id: str = "HW-21",
) -> Entry:
    return Entry(api, replace(SHOWN, proof=proof, id=id), elements, (), probes)


def reported(*entries: Entry) -> list[str]:
    """The flaws of these entries; those of the code, which no entry causes and which have no subject, are left out."""
    return [str(flaw) for flaw in flaws(TraceMatrix({}, entries)) if flaw.subject]


@pytest.fixture(scope="module")
def aicc() -> TraceMatrix:
    """AICC as it is."""
    return trace(("aicc",))


def test_statement_that_no_element_carries_is_reported() -> None:
    """A statement said to be proved by the contract must stand behind an element of it."""
    assert reported(entry(Proof.CONTRACT)) == [
        "statements.yaml:7, aicc HW-21: says `proof: contract`, but no x-statement of the contract carries it."
    ]


def test_statement_that_no_probe_serves_is_reported() -> None:
    """A statement said to be proved by a probe must be served by one."""
    assert reported(entry(Proof.PROBE, elements=(ELEMENT,))) == [
        "statements.yaml:7, aicc HW-21: says `proof: probe`, but no probe serves it."
    ]


def test_unproved_statement_that_a_probe_serves_is_reported() -> None:
    """A reason why nothing can show a statement is not true where a probe shows it."""
    assert reported(entry(Proof.NONE, probes=(PROBE,))) == [
        "statements.yaml:7, aicc HW-21: says `proof: none`, but the probe 'modifyCase title: of 128 bytes' serves it."
    ]


def test_page_statement_in_two_ledgers_is_reported() -> None:
    """A statement of a page belongs to one API."""
    two = [entry(Proof.PROBE, probes=(PROBE,), api=api) for api in ("aicc", "r7office")]

    assert reported(*two) == ["statements.yaml:7, r7office HW-21: stands in the ledger of aicc too."]


def test_statement_of_another_edition_needs_no_proof_with_a_reason() -> None:
    """What belongs to an edition that nobody has written yet is in order with its reason, and flawed with a proof."""
    of_shipped = replace(SHOWN, editions=("shipped",), proof=Proof.NONE)
    unproved, promised = (
        Entry("aicc", item, (), (), ()) for item in (of_shipped, replace(of_shipped, proof=Proof.PROBE))
    )

    assert (reported(unproved), len(reported(promised))) == ([], 1)


def test_page_statement_may_stand_once_for_each_edition() -> None:
    """Two forms of a page's statement in one ledger are no doubled page."""
    two = [
        entry(Proof.PROBE, probes=(PROBE,)),
        Entry("aicc", replace(SHOWN, editions=("shipped",), proof=Proof.NONE), (), (), ()),
    ]

    assert reported(*two) == []


@pytest.fixture(scope="module")
def onlyoffice() -> TraceMatrix:
    """ONLYOFFICE, whose ledger has statements of the edition `shipped`."""
    return trace(("onlyoffice",))


def test_statement_of_another_edition_has_an_entry_of_its_own(onlyoffice: TraceMatrix) -> None:
    """The matrix has both forms of a statement, the documented one with its probes."""
    forms = [entry for entry in onlyoffice.entries if entry.statement.id == "OO-77"]

    assert [(item.statement.editions, bool(item.probes)) for item in forms] == [
        (("documented",), True),
        (("shipped",), False),
    ]


def test_ledger_marks_the_statements_of_another_edition(onlyoffice: TraceMatrix) -> None:
    """What is of another edition is marked where one statement and where all unproved ones are shown."""
    shipped = [entry for entry in onlyoffice.entries if entry.statement.id == "OO-5"]

    assert "  editions    shipped" in ledger.one(onlyoffice, shipped).splitlines()
    assert "onlyoffice OO-5     [shipped] It belongs" in ledger.unproved(onlyoffice)


def test_ledger_counts_no_statement_of_another_edition(onlyoffice: TraceMatrix) -> None:
    """The table counts what the documented contract has, and names the others."""
    row, total = (line.split() for line in ledger.table(onlyoffice).splitlines()[1:3])

    assert (
        sum(map(int, row[1:7]))
        == len(onlyoffice.contracts["onlyoffice"].ledger.statements)
        == sum(map(int, total[1:7]))
    )
    assert "OO-5 [shipped], " in ledger.table(onlyoffice)


@pytest.mark.parametrize(
    "right",
    [
        entry(Proof.CONTRACT, elements=(ELEMENT,)),
        entry(Proof.CONTRACT, elements=(ELEMENT,), probes=(PROBE,)),
        entry(Proof.PROBE, probes=(PROBE,)),
        entry(Proof.NONE),
        entry(Proof.PROBE, id="HTTP-02"),
    ],
    ids=["carried", "carried and served", "served", "unproved", "shared, of no use here"],
)
def test_statement_that_joins_is_not_reported(right: Entry) -> None:
    """What is proved as it says is in order; a statement of the RFCs need not bear on each API."""
    assert reported(right) == []


def test_several_flaws_are_reported_together() -> None:
    """All that differs is reported at once."""
    assert len(reported(entry(Proof.CONTRACT), entry(Proof.PROBE, id="HW-22"))) == 2


def test_aicc_joins(aicc: TraceMatrix) -> None:
    """The ledger of AICC has no flaw of its own."""
    assert reported(*aicc.entries) == []


def test_entry_knows_elements_rules_and_probes(aicc: TraceMatrix) -> None:
    """What carries, enforces and proves a statement is found under its id."""
    found = next(entry for entry in aicc.entries if entry.statement.id == "D-33")

    assert found.elements and found.rules and found.probes


def test_entry_names_its_probes_by_operation(aicc: TraceMatrix) -> None:
    """A probe is named as `casepact check -k` finds it."""
    found = next(entry for entry in aicc.entries if entry.statement.id == "HW-21")

    assert "modifyCase caseInfo/title: of 128 bytes" in found.probes


def test_generated_requests_are_no_proof(aicc: TraceMatrix) -> None:
    """What Schemathesis happens to send proves no statement in the ledger."""
    assert not [probe for entry in aicc.entries for probe in entry.probes if "generated" in probe]


def test_document_that_is_no_openapi_is_reported(aicc: TraceMatrix) -> None:
    """A document that openapi-core would not read is reported by `casepact lint`, as nothing asks it during a run."""
    contract = replace(aicc.contracts["aicc"], document={"openapi": "3.0.3", "paths": {}})

    found = [str(flaw) for flaw in flaws(TraceMatrix({"aicc": contract}, ()))]

    assert any('aicc/openapi.yaml:1, aicc: openapi-core says: "info" is a required property' in line for line in found)


@pytest.mark.parametrize(
    ("module", "slip", "meant"), [("aicc.py", "HW-2100", "HW-21"), ("control/worlds.py", "CTL-211", "CTL-21")]
)
def test_unknown_id_in_a_probe_is_reported_with_its_line(tmp_path: Path, module: str, slip: str, meant: str) -> None:
    """A slip of the pen in the code is reported by `casepact lint`, with file, line and the nearest known id."""
    for folder in ("conformance", "fixtures", "mock_server", "specs"):
        shutil.copytree(PACKAGE.parent / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    probes = tmp_path / "conformance" / "probes" / module
    source = probes.read_text(encoding="utf-8")
    probes.write_text(f"{source}\nSLIP = '{slip}'\n", encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "conformance", "lint"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    line = source.count("\n") + 2
    assert f"conformance/probes/{module}:{line}: no ledger has '{slip}'. Did you mean '{meant}'?" in done.stderr


def test_unknown_id_of_a_new_ledger_is_reported(tmp_path: Path, aicc: TraceMatrix) -> None:
    """What an id looks like stands in the ledgers, so a slip in the code of a sixth API is seen without more."""
    sixth = read_ledger(parse(LEDGER.replace("SH", "ZZ"), "statements.yaml"))
    module = tmp_path / "conformance" / "probes" / "zz.py"
    module.parent.mkdir(parents=True)
    module.write_text("RIGHT = 'ZZ-1', 'ZZF-2', 'X-1'\nSLIP = 'ZZ-11'\nOTHER = 'QQ-1'\n", encoding="utf-8")

    found = [str(flaw) for flaw in unknown_ids([aicc.contracts["aicc"].ledger, sixth], [tmp_path])]

    assert found == [f"{display_name(module)}:2: no ledger has 'ZZ-11'. Did you mean 'ZZ-1'?"]
