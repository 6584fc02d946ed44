"""A mock that holds no state is told apart from the API it mocks: Prism, served from our own contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from specs import load_contract
from specs.source import PACKAGE, read
from tests.commands import casepact
from tests.prism.serving import prism_of

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def prism(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prism mock of the ONLYOFFICE contract."""
    log = tmp_path_factory.mktemp("prism") / "log"
    with prism_of(program, PACKAGE / "onlyoffice" / "openapi.yaml", log) as url:
        yield url


def listed(part: str = "cannot_keep") -> Mapping[str, str]:
    """A part of the list: statement → reason."""
    found: Mapping[str, str] = read(HERE / "cannot_keep.yaml").data[part]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("strict", [(), ("--strict",)], ids=["notes", "strict"])
def test_prism_is_found_to_break_what_the_list_says_and_nothing_else(
    prism: str, strict: tuple[str, ...], tmp_path: Path
) -> None:
    """A run against Prism finds the listed statements broken, and no other, whether or not notes fail it."""
    done = casepact("check", "--api", "onlyoffice", "--url", prism, *strict, reports=tmp_path, timeout=900)

    assert (done.code, done.broken("onlyoffice")) == (1, set(listed())), done.out + done.err


def test_every_listed_statement_is_in_the_ledger() -> None:
    """The list speaks of statements that there are, each in one of its parts."""
    names = [*listed(), *listed("not_looked_at")]

    assert sorted(names) == sorted({*names} & {*load_contract("onlyoffice").ledger.statements})
