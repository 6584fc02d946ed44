"""The ledger: what it takes in, what it refuses by line, and how hard a statement binds."""

from __future__ import annotations

import pytest

from specs.flaws import UnknownName
from specs.source import parse
from specs.statements import Ledger, Proof, Refusal, Side, Standing, Statement, read_ledger
from tests.specs.small_api import LEDGER, changed, ledger, ledger_flaws, line


def statement(standing: Standing, refusal: Refusal) -> Statement:
    place = parse("{}", "statements.yaml").place()
    return Statement("SH-1", "Something.", standing, Proof.CONTRACT, place, refusal=refusal, refusal_by="SHF-1")


def test_statement_of_a_page_binds_as_the_page() -> None:
    """
    What a page says has the standing of the page.
    """
    assert ledger()["SH-1"].standing is Standing.PAGE


def test_fact_has_the_standing_it_states() -> None:
    """
    A fact says itself how hard it binds.
    """
    assert ledger()["SHF-1"].standing is Standing.VENDOR


def test_statement_that_a_decision_goes_against_is_assumed() -> None:
    """
    A page's statement that a contradiction is decided against binds no longer.
    """
    assert ledger()["SH-2"].standing is Standing.ASSUMED


def test_statement_that_a_decision_goes_against_names_the_contradiction() -> None:
    """
    A contested statement knows what contests it.
    """
    assert ledger()["SH-2"].contested_by == "X-1"


def test_statement_that_a_contradiction_only_touches_keeps_its_standing() -> None:
    """
    Being spoken of is not being decided against.
    """
    assert ledger()["SH-3"].standing is Standing.PAGE


def test_contested_statement_is_still_of_its_page() -> None:
    """
    A contested statement counts among the page's all the same; a fact does not.
    """
    assert [item.id for item in ledger().page_statements()] == ["SH-1", "SH-2", "SH-3"]


def test_statement_knows_its_line() -> None:
    """
    A statement is found on the line on which its entry starts.
    """
    assert str(ledger()["SH-3"].place) == f"statements.yaml:{line(LEDGER, 'id: SH-3')}"


def test_page_is_kept_as_text() -> None:
    """
    A page's number and checksum are text, digits only or not.
    """
    assert (ledger().pages[0].page, ledger().pages[0].sha256) == ("001", "4806")


def test_refusal_is_none_unless_stated() -> None:
    """
    A statement that is silent about the other side promises no refusal.
    """
    assert ledger()["SH-2"].refusal is Refusal.NONE


def test_unknown_statement_is_refused_with_the_nearest() -> None:
    """
    Asking for an id that the ledger does not have names the one that was meant.
    """
    with pytest.raises(UnknownName, match=r"no statement is named 'SHF-11'\. Did you mean 'SHF-1'\?"):
        ledger()["SHF-11"]


def test_shared_statements_come_after_the_own() -> None:
    """
    A ledger joined with a shared one has the statements of both, its own first.
    """
    shared = read_ledger(
        parse("api: all\nfacts: [{id: HTTP-1, standing: http, says: s, source: RFC, proof: probe}]", "s.yaml")
    )

    assert list(ledger().with_shared(shared).statements) == ["SH-1", "SH-2", "SH-3", "SHF-1", "SHF-2", "HTTP-1"]


@pytest.mark.parametrize("standing", list(Standing))
def test_accepting_side_has_the_standing_of_the_statement(standing: Standing) -> None:
    """
    Who refuses what is allowed has broken the statement itself.
    """
    assert statement(standing, Refusal.ASSUMED).standing_of(Side.ACCEPT) is standing


@pytest.mark.parametrize("standing", list(Standing))
def test_promised_refusal_has_the_standing_of_the_statement(standing: Standing) -> None:
    """
    Who lets through what was promised to be refused has broken the statement itself.
    """
    assert statement(standing, Refusal.PROMISED).standing_of(Side.REFUSE) is standing


@pytest.mark.parametrize("refusal", [Refusal.ASSUMED, Refusal.NONE])
@pytest.mark.parametrize("standing", [Standing.PAGE, Standing.VENDOR, Standing.OWN])
def test_refusal_that_nobody_promised_is_assumed(standing: Standing, refusal: Refusal) -> None:
    """
    Who lets through what nobody promised to refuse has broken no more than our assumption.
    """
    assert statement(standing, refusal).standing_of(Side.REFUSE) is Standing.ASSUMED


def test_refusal_by_the_rfc_that_nobody_promised_stays_of_the_rfc() -> None:
    """
    A standing that does not bind is not made another one.
    """
    assert statement(Standing.HTTP, Refusal.ASSUMED).standing_of(Side.REFUSE) is Standing.HTTP


@pytest.mark.parametrize(
    ("standing", "binds"),
    [("page", True), ("vendor", True), ("own", True), ("assumed", False), ("http", False)],
)
def test_standing_binds_when_the_vendor_or_we_said_so(standing: str, binds: bool) -> None:
    """
    Assumptions and the RFCs give notes; everything else gives violations.
    """
    assert Standing(standing).binds is binds


def test_doubled_id_names_both_lines() -> None:
    """
    An id that stands twice is refused on its second line with the first.
    """
    text = changed(LEDGER, "id: SH-3", "id: SH-1")

    assert (
        f"statements.yaml:{line(text, 'says: The price') - 1}, SH-1: stands on line {line(text, 'id: SH-1')} too."
    ) in ledger_flaws(text)


def test_id_of_a_statement_is_no_id_of_a_fact() -> None:
    """
    Statements and facts share one space of ids.
    """
    text = changed(LEDGER, "id: SHF-2", "id: SH-3")

    assert (
        f"statements.yaml:{line(text, 'standing: assumed') - 1}, SH-3: stands on line {line(text, 'id: SH-3')} too."
    ) in ledger_flaws(text)


def test_doubled_contradiction_names_both_lines() -> None:
    """
    A contradiction's id stands once.
    """
    text = LEDGER + "  - {id: X-1, says: s, decision: d, reason: r}\n"

    assert ledger_flaws(text) == [
        f"statements.yaml:{line(text, '{id: X-1')}, X-1: stands on line {line(text, 'id: X-1')} too."
    ]


def test_unknown_key_names_the_nearest() -> None:
    """
    A misspelt key is refused on its line with what was meant.
    """
    text = changed(LEDGER, "about: body title", "abuot: body title")

    assert ledger_flaws(text) == [
        f"statements.yaml:{line(text, 'abuot')}, SH-1: has an unknown key 'abuot'. Did you mean 'about'?"
    ]


def test_standing_on_a_statement_of_a_page_is_an_unknown_key() -> None:
    """
    A page's statement cannot choose its standing.
    """
    text = changed(LEDGER, "about: body title", "standing: assumed")

    assert ledger_flaws(text) == [
        (
            f"statements.yaml:{line(text, 'standing: assumed')}, SH-1: has an unknown key 'standing'. "
            "Known: about, editions, id, lines, needs, proof, reason, refusal, refusal_by, says."
        )
    ]


def test_unproved_statement_without_a_reason_is_refused() -> None:
    """
    A statement that nothing proves must say why.
    """
    text = changed(LEDGER, "    reason: Nothing on the wire shows it.\n", "")

    assert ledger_flaws(text) == [
        f"statements.yaml:{line(text, 'id: SH-2')}, SH-2: is not proved and gives no reason; add `reason`, or a probe."
    ]


def test_refusal_that_nobody_says_is_refused() -> None:
    """
    A refusal needs the fact or statement that it rests on.
    """
    text = changed(LEDGER, "    refusal_by: SHF-1\n", "")

    assert ledger_flaws(text) == [
        (
            f"statements.yaml:{line(text, 'id: SH-1')}, SH-1: "
            "is said to be refused, but `refusal_by` names nobody who says so."
        )
    ]


def test_refusal_by_an_unknown_statement_is_refused() -> None:
    """
    What a refusal rests on must stand in the ledger.
    """
    text = changed(LEDGER, "refusal_by: SHF-1", "refusal_by: SHF-11")

    assert ledger_flaws(text) == [
        (
            f"statements.yaml:{line(text, 'id: SH-1')}, SH-1: "
            "refusal_by 'SHF-11' is not a statement of this ledger. Did you mean 'SHF-1'?"
        )
    ]


def test_refusal_by_an_rfc_is_left_to_the_shared_ledger() -> None:
    """
    A refusal may rest on a statement of the RFCs, which stand in another ledger.
    """
    text = changed(LEDGER, "refusal_by: SHF-1", "refusal_by: HTTP-03")

    found = read_ledger(parse(text, "statements.yaml"), shared={"HTTP-03"})

    assert found["SH-1"].refusal_by == "HTTP-03"


def test_refusal_by_a_statement_that_the_shared_ledger_lacks_is_reported() -> None:
    """
    An id that only looks like one of the shared ledger's is no statement.
    """
    text = changed(LEDGER, "refusal_by: SHF-1", "refusal_by: HTTP-99")

    assert ledger_flaws(text) == [
        f"statements.yaml:{line(text, 'id: SH-1')}, SH-1: refusal_by 'HTTP-99' is not a statement of this ledger."
    ]


@pytest.mark.parametrize(
    ("key", "value"), [("about: [SH-3]", "about: [SH-33]"), ("against: [SH-2]", "against: [SH-33]")]
)
def test_contradiction_about_an_unknown_statement_is_refused(key: str, value: str) -> None:
    """
    A contradiction touches statements that exist.
    """
    text = changed(LEDGER, key, value)

    assert ledger_flaws(text) == [
        (
            f"statements.yaml:{line(text, 'id: X-1')}, X-1: "
            "speaks of 'SH-33', which no statement is named. Did you mean 'SH-3'?"
        )
    ]


@pytest.mark.parametrize("name", ["sh-1", "SH1", "SH-", "SH-1 ", "1-SH"])
def test_id_of_another_shape_is_refused(name: str) -> None:
    """
    An id is capitals, a dash and a number.
    """
    text = changed(LEDGER, "id: SH-1\n", f'id: "{name}"\n')

    assert ledger_flaws(text) == [f"statements.yaml:{line(text, 'id: ')}, {name}: an id looks like HW-21."]


@pytest.mark.parametrize("lines", ["5-", "five", "5;9", "5, "])
def test_lines_of_another_shape_are_refused(lines: str) -> None:
    """
    The lines of a page are numbers, ranges, or several of them.
    """
    text = changed(LEDGER, '"5-9"', f'"{lines}"')

    assert ledger_flaws(text) == [
        f"statements.yaml:{line(text, 'lines: ')}, SH-1: lines look like '5', '5-9' or '5, 112-114', not {lines!r}."
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("proof: none", "proof: hope", "`proof` is one of contract, probe, none, not 'hope'."),
        ("refusal: assumed", "refusal: maybe", "`refusal` is one of none, assumed, promised, not 'maybe'."),
        ("standing: vendor", "standing: law", "`standing` is one of page, vendor, assumed, http, own, not 'law'."),
    ],
)
def test_unknown_word_is_refused_with_the_known(old: str, new: str, message: str) -> None:
    """
    A word outside its list is refused on its line with the list.
    """
    text = changed(LEDGER, old, new)

    assert [flaw.partition(", ")[2].partition(": ")[2] for flaw in ledger_flaws(text)] == [message]


def test_missing_text_is_refused() -> None:
    """
    A statement without its sentence is refused on the line of its entry.
    """
    text = changed(LEDGER, "    says: Items are kept in order.\n", "")

    assert ledger_flaws(text) == [
        f"statements.yaml:{line(text, 'id: SH-2')}, SH-2: needs `says`: what the page says, in our own words."
    ]


def test_page_without_its_checksum_is_refused() -> None:
    """
    A page says which text was read.
    """
    text = changed(LEDGER, "    sha256: 4806\n", "")

    assert ledger_flaws(text) == [
        f"statements.yaml:{line(text, 'page: ')}: needs `sha256`: the checksum of the text read."
    ]


def test_statements_that_are_no_list_are_refused() -> None:
    """
    A section of another shape is refused by line.
    """
    text = "api: shop\nfacts: {SHF-1: x}\n"

    assert ledger_flaws(text) == ["statements.yaml:2, facts: must be a list."]


def test_statement_that_is_no_mapping_is_refused() -> None:
    """
    An entry of another shape is refused by line.
    """
    text = "api: shop\nfacts:\n  - SHF-1\n"

    assert "statements.yaml:3, facts/0: must be a mapping." in ledger_flaws(text)


def test_unknown_section_is_refused() -> None:
    """
    A misspelt section would lose its statements, so it is refused.
    """
    text = changed(LEDGER, "facts:\n", "fatcs:\n")

    assert (
        f"statements.yaml:{line(text, 'fatcs')}: has an unknown key 'fatcs'. Did you mean 'facts'?"
    ) in ledger_flaws(text)


def test_flaws_are_reported_together_by_line() -> None:
    """
    Several flaws of a ledger are reported at once, in the order of their lines.
    """
    text = changed(LEDGER, "    reason: Nothing on the wire shows it.\n", "")
    text = changed(text, "    refusal_by: SHF-1\n", "")
    text = changed(text, "about: [SH-3]", "about: [ZZ-9]")

    assert [flaw.partition(": ")[0] for flaw in ledger_flaws(text)] == [
        f"statements.yaml:{line(text, 'id: SH-1')}, SH-1",
        f"statements.yaml:{line(text, 'id: SH-2')}, SH-2",
        f"statements.yaml:{line(text, 'id: X-1')}, X-1",
    ]


@pytest.mark.parametrize("about", ["5", "SH-3", "[[]]", "[5]"])
def test_contradiction_about_no_list_of_ids_is_refused(about: str) -> None:
    """
    What a contradiction touches is a list of ids; a single id is not read letter by letter.
    """
    text = changed(LEDGER, "about: [SH-3]", f"about: {about}")

    assert [flaw.partition(", ")[0] for flaw in ledger_flaws(text)] == [
        f"statements.yaml:{line(text, f'about: {about}')}"
    ]


EDITIONS = changed(LEDGER, "  - id: SHF-2\n", "  - id: SHF-2\n    editions: [shipped]\n")
VARIANT = """\
  - id: SHF-2
    editions: [documented]
    standing: vendor
    says: What the page does not allow may be refused.
    source: https://shop.example/more
    proof: contract
"""


def of(text: str, edition: str = "documented") -> Ledger:
    """The ledger that the text holds for this edition."""
    return read_ledger(parse(text, "statements.yaml"), edition)


def test_statement_is_of_every_edition_unless_it_says_otherwise() -> None:
    """
    A statement without `editions` stands in the ledger of any.
    """
    assert of(LEDGER, "shipped").statements == of(LEDGER).statements


def test_statement_of_another_edition_is_left_out() -> None:
    """
    The documented ledger does not have what holds in the edition `shipped` alone, and keeps it beside.
    """
    assert ("SHF-2" in of(EDITIONS).statements, [item.id for item in of(EDITIONS).elsewhere]) == (False, ["SHF-2"])


def test_statement_of_an_edition_is_in_its_ledger() -> None:
    """
    The ledger of the edition `shipped` has what holds in it alone.
    """
    assert of(EDITIONS, "shipped")["SHF-2"].editions == ("shipped",)


@pytest.mark.parametrize(("edition", "standing"), [("documented", Standing.VENDOR), ("shipped", Standing.ASSUMED)])
def test_statement_may_stand_once_for_each_edition(edition: str, standing: Standing) -> None:
    """
    One id has another form in each edition.
    """
    text = changed(EDITIONS, "contradictions:\n", VARIANT + "contradictions:\n")

    assert of(text, edition)["SHF-2"].standing is standing


@pytest.mark.parametrize("editions", ["", "    editions: [shipped, documented]\n"])
def test_statement_that_stands_twice_in_one_edition_is_refused(editions: str) -> None:
    """
    Two forms of a statement have no edition in common.
    """
    text = changed(
        EDITIONS, "contradictions:\n", changed(VARIANT, "    editions: [documented]\n", editions) + "contradictions:\n"
    )

    assert ledger_flaws(text) == [
        (
            f"statements.yaml:{line(text, 'may be refused') - (3 if editions else 2)}, SHF-2: "
            f"stands on line {line(text, 'id: SHF-2')} too."
        )
    ]


@pytest.mark.parametrize("editions", ["[]", "[Shipped]", '["a b"]'])
def test_editions_that_are_none_are_refused(editions: str) -> None:
    """
    `editions` names at least one, as the files of an API's editions are named.
    """
    text = changed(EDITIONS, "editions: [shipped]", f"editions: {editions}")

    assert ledger_flaws(text) == [
        (
            f"statements.yaml:{line(text, 'editions: ')}, SHF-2: "
            "`editions` names at least one, in small letters, as [shipped]."
        )
    ]


def test_shared_statements_keep_those_of_other_editions() -> None:
    """
    A ledger joined with a shared one still knows what other editions have.
    """
    assert of(EDITIONS).with_shared(of("api: all")).elsewhere == of(EDITIONS).elsewhere
