"""A mock that holds no state is told apart from the API it mocks: Prism, served from our own contract."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from specs import load_contract
from specs.source import PACKAGE, read
from tests.commands import casepact

HERE = Path(__file__).parent
INSTALLED = PACKAGE.parent / "benchmarks" / "npm" / "node_modules" / ".bin" / "prism"
INSTALLING = "Prism is not installed: `make test-prism` installs it, or set PRISM to its program."


@pytest.fixture(scope="module")
def program() -> str:
    """Prism: what PRISM names, or what `make test-prism` installed; skipped when nobody asked for it."""
    named = os.environ.get("PRISM", "")
    found = shutil.which(named or str(INSTALLED))
    if found is None and not named:
        pytest.skip(INSTALLING)
    assert found is not None, f"PRISM is {named}, which is no program. {INSTALLING}"
    return found


@pytest.fixture(scope="module")
def prism(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prism mock of the ONLYOFFICE contract."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("prism") / "log"
    command = [program, "mock", str(PACKAGE / "onlyoffice" / "openapi.yaml"), "--port", str(port)]
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        _wait(process, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


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


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(f"Prism did not start:\n{log.read_text()}")
