"""
The pytest plugin `casepact`: a mock for the whole run, and a fresh world for each test.

It is loaded in every run of pytest where casepact is installed, so it imports nothing that takes time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conformance.testing.worlds import Mock, World

URL_VARIABLE = "CASEPACT_MOCK_URL"
TOKEN_VARIABLE = "CASEPACT_CONTROL_TOKEN"

_ARGUMENTS = "casepact_mock_arguments"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The one setting of the plugin, for pytest.ini or pyproject.toml."""
    parser.addini(_ARGUMENTS, "options of `casepact mock` for the mock that casepact_mock starts", type="args")


@pytest.fixture(scope="session")
def casepact_mock(request: pytest.FixtureRequest) -> Iterator[Mock]:
    """
    The mock of this run: the one at CASEPACT_MOCK_URL, or one of its own on a free port of loopback.

    The options of its own come from `casepact_mock_arguments`; all of its APIs are served unless they say otherwise.
    """
    from conformance.testing.worlds import Mock

    if address := os.environ.get(URL_VARIABLE):
        yield Mock(address.rstrip("/"), os.environ.get(TOKEN_VARIABLE, ""))
        return
    from conformance.runner.mock_process import running_mock

    with running_mock((), arguments=request.config.getini(_ARGUMENTS)) as port:
        yield Mock(f"http://127.0.0.1:{port}")


@pytest.fixture
def casepact_world(casepact_mock: Mock, request: pytest.FixtureRequest) -> Iterator[World]:
    """A fresh world of the mock, named after the test; it is given up when the test has ended."""
    world = casepact_mock.world(request.node.nodeid)
    yield world
    world.delete()
