"""What a run shows while it runs, and where the evidence of all processes comes together."""

from __future__ import annotations

import json
import sys
import time
from typing import TextIO

import pytest

from conformance.evidence import Evidence, from_json
from conformance.plugin import PROPERTY


class Progress:
    """
    Gathers evidence in the main process and tells how far the run is.

    On a terminal one line is rewritten; elsewhere a line comes every ten seconds.
    """

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self.evidence: list[Evidence] = []
        self.unreachable = ""
        self.errors: list[str] = []
        self._stream, self._live = stream, stream.isatty()
        self._started = self._told = time.monotonic()
        self._total = 0
        self._session: pytest.Session | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Take over from pytest's own reporter."""
        reporter = config.pluginmanager.getplugin("terminalreporter")
        if reporter is not None:
            config.pluginmanager.unregister(reporter)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Remember the session, to be able to stop it."""
        self._session = session

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many probes there are."""
        self._total = len(session.items)

    def pytest_xdist_node_collection_finished(self, node: object, ids: list[str]) -> None:
        """Learn it from a worker."""
        self._total = len(ids)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep why probes could not be collected."""
        if report.failed:
            self.errors.append(str(report.longrepr).strip().splitlines()[-1])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in a probe's evidence."""
        if report.when != "call":
            if report.failed:
                self.errors.append(str(report.longrepr).strip().splitlines()[-1])
            return
        texts = [str(value) for name, value in report.user_properties if name == PROPERTY]
        if not texts:
            self.errors.append(str(report.longrepr).strip().splitlines()[-1])
            return
        brought = from_json(json.loads(texts[0]))
        self.evidence.append(brought)
        if brought.unreachable:
            self.unreachable = self.unreachable or brought.unreachable
            if self._session is not None:
                self._session.shouldstop = "the target does not answer"
        self._tell(brought)

    def clear(self) -> None:
        """Remove the live line."""
        if self._live:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _tell(self, brought: Evidence) -> None:
        now = time.monotonic()
        if not self._live and now - self._told < 10:
            return
        self._told = now
        exchanges = sum(item.exchanges for item in self.evidence)
        findings = sum(len(item.against) for item in self.evidence)
        done = len(self.evidence)
        rate = exchanges / max(now - self._started, 0.001)
        line = f"[{done}/{self._total}] {exchanges} exchanges, {rate:.0f}/s, {findings} findings"
        if self._live:
            where = f"  {brought.api} {brought.operation} {brought.probe}"
            self._stream.write(f"\r\x1b[K{(line + where)[:100]}")
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()
