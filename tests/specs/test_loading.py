"""From a folder to a contract: the way in, and what is reported when the folder is not in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs import FlawedDocument, load_contract, load_ledger
from specs.flaws import CasepactError, UnknownName
from specs.loading import load_shared
from specs.project import apis
from specs.statements import Standing
from tests.specs.small_api import CONTRACT, LEDGER, changed, line


def shop(folder: Path, contract: str = CONTRACT, ledger: str = LEDGER) -> Path:
    """A folder of contracts with one API, `shop`."""
    (folder / "shop").mkdir()
    (folder / "shop" / "openapi.yaml").write_text(contract, encoding="utf-8")
    (folder / "shop" / "statements.yaml").write_text(ledger, encoding="utf-8")
    return folder


def flaws(folder: Path) -> list[str]:
    """What is reported about the folder's API, by file below the folder."""
    with pytest.raises(FlawedDocument) as caught:
        load_contract("shop", folder=folder)
    return str(caught.value).replace(f"{folder}/", "").splitlines()


@pytest.mark.parametrize("api", apis())
def test_shipped_contract_loads(api: str) -> None:
    """
    Every contract of this package is without a flaw.
    """
    assert load_contract(api).documented()


def test_contract_of_a_folder_is_loaded(tmp_path: Path) -> None:
    """
    A folder with a contract and its ledger makes a contract.
    """
    contract = load_contract("shop", folder=shop(tmp_path))

    assert (contract.api, contract.edition, sorted(contract.operations)) == (
        "shop",
        "documented",
        ["changeItem", "readItem"],
    )


def of_shipped(ledger: str) -> str:
    """The ledger with its assumption in the edition `shipped` alone."""
    return changed(ledger, "  - id: SHF-2\n", "  - id: SHF-2\n    editions: [shipped]\n")


@pytest.mark.parametrize(("edition", "there"), [("documented", False), ("shipped", True)])
def test_contract_has_the_statements_of_its_edition(edition: str, there: bool, tmp_path: Path) -> None:
    """
    A statement of another edition is no statement of the contract.
    """
    folder = shop(tmp_path, ledger=of_shipped(LEDGER))
    (folder / "shop" / "editions").mkdir()
    (folder / "shop" / "editions" / "shipped.yaml").write_text("summary: s\nevidence: e\noverrides: []\n")

    assert ("SHF-2" in load_contract("shop", edition, folder=folder).ledger.statements) is there


def test_element_with_a_statement_of_another_edition_is_reported(tmp_path: Path) -> None:
    """
    What a contract carries holds in its own edition.
    """
    text = changed(CONTRACT, "unreadable: {status: 400, statement: SHF-1", "unreadable: {status: 400, statement: SHF-2")

    assert flaws(shop(tmp_path, text, of_shipped(LEDGER))) == [
        (
            f"shop/openapi.yaml:{line(text, 'unreadable')}, x-refusals/unreadable: "
            "'SHF-2' is a statement of another edition."
        )
    ]


def test_loading_twice_gives_equal_documents(tmp_path: Path) -> None:
    """
    Loading changes nothing that a second loading would see.
    """
    folder = shop(tmp_path)

    assert load_contract("shop", folder=folder).document == load_contract("shop", folder=folder).document


def test_edition_of_a_folder_is_applied(tmp_path: Path) -> None:
    """
    An edition's overrides are in force before the contract is compiled.
    """
    folder = shop(tmp_path)
    (folder / "shop" / "editions").mkdir()
    (folder / "shop" / "editions" / "long.yaml").write_text(
        "summary: s\nevidence: e\noverrides: [{at: /components/schemas/Item/properties/title/maxLength, set: 9}]\n",
        encoding="utf-8",
    )

    contract = load_contract("shop", "long", folder=folder)

    assert contract.records["items"].is_valid({"title": "123456789"})


def test_edition_can_break_the_contract_and_is_reported(tmp_path: Path) -> None:
    """
    A contract is compiled in its edition, so an override that breaks an example is found.
    """
    folder = shop(tmp_path)
    (folder / "shop" / "editions").mkdir()
    (folder / "shop" / "editions" / "short.yaml").write_text(
        "summary: s\nevidence: e\noverrides: [{at: /components/schemas/Item/properties/title/maxLength, set: 1}]\n",
        encoding="utf-8",
    )

    with pytest.raises(FlawedDocument, match="example 'page' breaks its schema at /title"):
        load_contract("shop", "short", folder=folder)


def test_ledger_comes_with_the_statements_of_the_rfcs(tmp_path: Path) -> None:
    """
    Every ledger holds the shared statements, which bind as HTTP does.
    """
    ledger = load_ledger("shop", folder=shop(tmp_path))

    assert ledger["HTTP-01"].standing is Standing.HTTP


def test_shared_ledger_is_no_page() -> None:
    """
    The statements of the RFCs stand on no vendor's page.
    """
    assert load_shared().page_statements() == ()


def test_unknown_api_is_refused_with_the_known() -> None:
    """
    An API that this package does not have is refused with the nearest that it has.
    """
    with pytest.raises(UnknownName, match=r"no API is named 'r7ofice'\. Did you mean 'r7office'\?"):
        load_contract("r7ofice")


def test_shared_ledger_is_no_api() -> None:
    """
    The folder that holds the RFC statements alone is no API.
    """
    with pytest.raises(UnknownName, match="no API is named 'http'"):
        load_contract("http")


def test_unknown_edition_is_refused(tmp_path: Path) -> None:
    """
    An edition that the API does not have is refused.
    """
    with pytest.raises(UnknownName, match=r"no edition is named 'v2'\. Known: documented\."):
        load_contract("shop", "v2", folder=shop(tmp_path))


@pytest.mark.parametrize("name", ["openapi.yaml", "statements.yaml"])
def test_missing_document_is_reported_by_name(tmp_path: Path, name: str) -> None:
    """
    An API needs a contract and a ledger.
    """
    folder = shop(tmp_path)
    (folder / "shop" / name).unlink()

    with pytest.raises(CasepactError) as caught:
        load_contract("shop", folder=folder)

    assert str(caught.value) == f"{folder}/shop/{name}: there is no such file."


def test_ledger_of_another_api_is_refused(tmp_path: Path) -> None:
    """
    A ledger names the API in whose folder it stands.
    """
    folder = shop(tmp_path, ledger=changed(LEDGER, "api: shop", "api: store"))

    assert flaws(folder) == ["shop/statements.yaml:1: is the ledger of 'store', not of 'shop'."]


def test_statement_that_the_shared_ledger_has_is_refused(tmp_path: Path) -> None:
    """
    An API's ledger cannot replace a statement of the RFCs.
    """
    text = LEDGER.replace("SHF-2", "HTTP-01")

    assert flaws(shop(tmp_path, ledger=text)) == [
        f"shop/statements.yaml:{line(text, 'id: HTTP-01')}, HTTP-01: stands in the shared ledger too."
    ]


def test_flaw_of_the_contract_names_its_file_and_line(tmp_path: Path) -> None:
    """
    A flaw is reported with the file and the line on which it stands.
    """
    text = changed(CONTRACT, "type: number", "typ: number")

    assert flaws(shop(tmp_path, contract=text)) == [
        (
            f"shop/openapi.yaml:{line(text, 'typ: number')}, components/schemas/Item: "
            "'typ' is not a keyword of an OpenAPI 3.0 schema."
        )
    ]


def test_flaw_of_the_ledger_names_its_file_and_line(tmp_path: Path) -> None:
    """
    A flaw of the ledger is reported with the ledger's file.
    """
    text = changed(LEDGER, "proof: none", "proof: hope")

    assert flaws(shop(tmp_path, ledger=text)) == [
        f"shop/statements.yaml:{line(text, 'proof: hope')}, SH-2: `proof` is one of contract, probe, none, not 'hope'."
    ]


def test_flaws_of_contract_and_ledger_are_reported_together(tmp_path: Path) -> None:
    """
    What keeps either document from being read is reported at once.
    """
    folder = shop(tmp_path, CONTRACT + "tags: 1\ntags: 2\n", changed(LEDGER, "proof: none", "proof: hope"))

    assert [flaw.partition(":")[0] for flaw in flaws(folder)] == ["shop/openapi.yaml", "shop/statements.yaml"]
