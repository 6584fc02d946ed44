"""The mocks that a run starts for itself: they come up while the rest of the harness is loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from conformance.runner.mock_process import starting_mock
from conformance.runner.run_options import MOCK, RunOptions, without_address
from conformance.target.contracts import contract_of
from conformance.target.profile import Profile, load_profile
from specs.project import CONTROL, apis
from specs.source import CONTROL_BASE


class OwnMocks:
    """
    A context that holds the mocks of one run, each started once; they end with it.

    With `stateless` those of foreign documents keep no records: of an id that only another server has they answer too.
    """

    def __init__(self, *, stateless: bool = False) -> None:
        self._foreign = ("--stateless",) if stateless else ()
        self._stack = ExitStack()
        self._ports: dict[str, tuple[Callable[[], int], str]] = {}

    def __enter__(self) -> OwnMocks:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def start(self, missing: Sequence[str], profile: Profile) -> None:
        """
        Start what is not started of these APIs; nothing is waited for.

        What is steered through the control API would disturb probes of the others, so it gets a mock of its own.
        """
        missing = [api for api in missing if api not in self._ports]
        if vendors := [api for api in missing if api != CONTROL]:
            port = self._stack.enter_context(starting_mock(vendors))
            self._ports |= {api: (port, f"/{api}") for api in vendors}
        if CONTROL in missing:
            owner = profile.apis[CONTROL].actors[contract_of(CONTROL).default_actor]
            port = self._stack.enter_context(starting_mock(apis(), token=next(iter(owner.values())).value))
            self._ports[CONTROL] = (port, CONTROL_BASE)

    def start_foreign(self, specs: Mapping[str, str]) -> None:
        """Start a mock of each of these documents, by API, that none was started of."""
        from specs.source import name_of

        for api, spec in specs.items():
            if api not in self._ports:
                port = self._stack.enter_context(starting_mock((), 120.0, arguments=self._foreign, spec=spec))
                self._ports[api] = (port, f"/{name_of(Path(spec))}")

    def start_ahead(self, options: RunOptions) -> None:
        """Start what a run with these options will ask for, if its names are right; otherwise the run says so."""
        if options.specs:
            if options.on_mock:
                self.start_foreign(options.specs)
        elif options.on_mock and set(options.apis) <= {*apis(), CONTROL}:
            profile = load_profile(MOCK)
            self.start(without_address(profile, options.chosen(profile)), profile)

    def urls(self, missing: Sequence[str]) -> dict[str, str]:
        """The base URL of each, once its mock answers; raises `CasepactError` when that does not start."""
        return {api: f"http://127.0.0.1:{port()}{base}" for api in missing for port, base in (self._ports[api],)}
