"""pytest plugin: every probe is an item, whatever process runs it; its evidence travels with the report."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.bench import Bench, Probe, Unmet
from conformance.evidence import Evidence, gathered
from conformance.preflight import present
from conformance.profile import Profile, Writes
from conformance.selection import EXAMPLES, Selection, from_text
from conformance.target import Target, Unreachable, WriteForbidden
from specs.contract import Contract
from specs.statements import Side

ANCHOR = Path(__file__).parent / "probes" / "__init__.py"
"""The file that stands for all probes on pytest's command line."""

PROPERTY = "casepact"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the selection as one option, so that worker processes get it too."""
    parser.addoption("--casepact", default="", help="the selection, as JSON")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the probes where pytest was pointed at the anchor."""
    text = parent.config.getoption("--casepact")
    if file_path == ANCHOR and text:
        return ProbeFile.from_parent(parent, path=file_path, selection=from_text(text))
    return None


class ProbeFile(pytest.File):
    """All probes of a run."""

    def __init__(self, *, selection: Selection, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.selection = selection

    def collect(self) -> Iterator[pytest.Item]:
        """One item per probe and API, named so that `-k` finds API, operation and member."""
        for api in self.selection.urls:
            contract = self.selection.contract(api)
            workshop = Workshop(self.selection, contract)
            for probe in self.selection.probes(contract):
                name = f"{api} {probe.operation} {probe.name}"
                yield ProbeItem.from_parent(self, name=name, probe=probe, workshop=workshop)


class Workshop:
    """What the probes of one API share in a process: the target, looked at once before the first of them."""

    def __init__(self, selection: Selection, contract: Contract) -> None:
        self.selection, self.contract = selection, contract
        self._target: Target | None = None
        self._lost: Unreachable | None = None

    def target(self) -> Target:
        """The target; raises `Unreachable`."""
        if self._lost is not None:
            raise self._lost
        if self._target is None:
            profile: Profile = self.selection.profile(self.contract.api)
            world = f"{self.selection.run}-preflight"
            try:
                self._target = Target(self.contract, present(self.contract, profile, world))
            except Unreachable as error:
                self._lost = error
                raise
        return self._target


class ProbeItem(pytest.Item):
    """One probe."""

    def __init__(self, *, probe: Probe, workshop: Workshop, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.probe, self.workshop = probe, workshop

    def runtest(self) -> None:
        """Run the probe in a world of its own; fails when it brought a finding that fails the run."""
        selection, contract = self.workshop.selection, self.workshop.contract
        bodies = Path(selection.reports) / "bodies"
        target: Target | None = None
        bench: Bench | None = None
        outcome: dict[str, str] = {}
        try:
            target = self.workshop.target()
            bench = Bench(
                target,
                self._world(),
                key=self.name,
                seed=selection.seed,
                examples=EXAMPLES[selection.level],
            )
            missing = unmet_need(self.probe, target)
            if missing:
                raise Unmet(missing)
            self.probe.run(bench)
        except Unmet as error:
            outcome["unmet"] = str(error)
        except WriteForbidden:
            outcome["unmet"] = "writes forbidden"
        except Unreachable as error:
            outcome["unreachable"] = str(error)
            # In a worker process too: xdist hands this on to the others.
            self.session.shouldstop = "the target does not answer"
        except (LookupError, TypeError, AttributeError) as error:
            # A probe that walks into an answer which the checks have found broken says nothing more.
            if bench is None or all(judged.judgement.held for judged in bench.judged):
                outcome["crashed"] = f"{type(error).__name__}: {error}"
        if bench is None:
            brought = Evidence(contract.api, self.probe.name, self.probe.operation, self.probe.serves, **outcome)  # type: ignore[arg-type] # only texts
        else:
            brought = gathered(self.probe, bench, bodies, **outcome)
        self.user_properties.append((PROPERTY, json.dumps(brought.as_json())))
        if brought.unreachable or brought.crashed or self._fails(brought):
            raise ProbeFailed(brought)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """One line; the findings are printed at the end of the run."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the item stands."""
        return self.path, None, self.name

    def _world(self) -> str:
        return f"{self.workshop.selection.run}-{zlib.crc32(self.name.encode()):08x}"

    def _fails(self, brought: Evidence) -> bool:
        ledger, strict = self.workshop.contract.ledger, self.workshop.selection.strict
        return any(strict or ledger[item.statement].standing_of(Side(item.side)).binds for item in brought.against)


class ProbeFailed(Exception):
    """A probe brought findings; its text names them."""

    def __init__(self, brought: Evidence) -> None:
        self.brought = brought
        super().__init__(
            brought.unreachable
            or brought.crashed
            or "; ".join(f"{item.statement}: {item.title}" for item in brought.against)
        )


def unmet_need(probe: Probe, target: Target) -> str:
    """What the target lacks for this probe, or an empty text."""
    if probe.writes and target.profile.writes is Writes.NONE:
        return "writes forbidden"
    missing = []
    for need in probe.needs:
        kind, _, name = need.partition(":")
        if need == "https":
            if not target.api.url.startswith("https:"):
                missing.append("an https address")
        elif kind == "actor":
            if name not in target.api.actors:
                missing.append(f"actor {name}")
        elif need not in target.api.records:
            missing.append(f"record {need}")
    if target.contract.default_actor not in target.api.actors:
        missing.append(f"actor {target.contract.default_actor}")
    return f"needs {', '.join(missing)}" if missing else ""
