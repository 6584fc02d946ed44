"""What a run shows while it runs, and where the evidence of all processes comes together."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import TextIO

import pytest

from conformance.runner.plugin import PROPERTY
from conformance.verdict.evidence import Evidence, from_json, merged


class Progress:
    """
    Gathers evidence in the main process and shows how far the run is.

    On a terminal (`stream`, or else stderr) one line is rewritten, with the rate and the time that is left; elsewhere a
    line comes now and then. Evidence of one probe under several seeds is merged as it comes, so that a long run does
    not grow. `earlier` is what a run had that this one resumes.
    """

    def __init__(self, stream: TextIO | None = None, earlier: Sequence[Evidence] = ()) -> None:
        self._merged: dict[tuple[str, str, str], Evidence] = {}
        for item in earlier:
            self._add(item)
        self.done: list[str] = []
        """The names of the items that came to their end."""
        self._done = self._exchanges = self._findings = 0
        self.unreachable = ""
        self.collected: list[str] = []
        """The names of all items of the run, whether they run here or not."""
        self.none_failed = False
        """Whether none of the probes is known to have failed in the last run."""
        self.errors: list[str] = []
        self._stream = sys.stderr if stream is None else stream
        self._live = self._stream.isatty()
        self._started = time.monotonic()
        # A live line shows at once; a quiet one only after a while.
        self._printed_at = 0.0 if self._live else self._started
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

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Remember the name of an item."""
        self.collected.append(item.name)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many probes there are, and whether any of them failed in the last run with these reports."""
        self.expect(len(session.items))
        failed = session.config.cache.get("cache/lastfailed", {}) if session.config.cache else {}
        self.none_failed = not any(item.nodeid in failed for item in session.items)

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
        evidence = from_json(json.loads(texts[0]))
        self.take_in(evidence)
        if not evidence.unreachable:
            self.done.append(report.nodeid.partition("::")[2])
        if evidence.unreachable:
            self.unreachable = self.unreachable or evidence.unreachable
            if self._session is not None:
                self._session.shouldstop = "the target does not answer"

    @property
    def evidence(self) -> list[Evidence]:
        """The evidence of the probes, one for each, in the order of the run and not in that in which they ended."""
        return sorted(self._merged.values(), key=lambda item: item.position)

    def clear(self) -> None:
        """Remove the live line."""
        if self._live:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def expect(self, probes: int) -> None:
        """Learn how many probes there are."""
        self._total = probes

    def take_in(self, evidence: Evidence) -> None:
        """Add the evidence of a probe, and print how far the run is if it is time."""
        self._add(evidence)
        self._done += 1
        self._exchanges += evidence.exchanges
        self._findings += len(evidence.against)
        self._tell(evidence)

    def _add(self, evidence: Evidence) -> None:
        key = (evidence.api, evidence.operation, evidence.probe)
        known = self._merged.get(key)
        self._merged[key] = merged(known, evidence) if known else evidence

    def _tell(self, evidence: Evidence) -> None:
        now = time.monotonic()
        if self._printed_at and now - self._printed_at < (_LIVE_SECONDS if self._live else _QUIET_SECONDS):
            return
        self._printed_at = now
        spent = max(now - self._started, 0.001)
        left = _duration(spent / self._done * (self._total - self._done))
        line = (
            f"[{self._done}/{self._total}] {self._exchanges} exchanges, {self._exchanges / spent:.0f}/s, "
            f"{self._findings} findings, about {left} left"
        )
        if self._live:
            where = f"  {evidence.api} {evidence.operation} {evidence.probe}"
            self._stream.write(f"\r\x1b[K{(line + where)[:100]}")
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()


_LIVE_SECONDS, _QUIET_SECONDS = 0.1, 30.0


def _duration(seconds: float) -> str:
    """A time as people say it: 40 s, 3 min."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
