"""What `casepact doctor` sees of the project: its APIs, the profiles, one target, and the variables of options."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping

from conformance.commands.doctor import SECONDS, Line, State, first_line
from conformance.target.connections import wait_for_listener
from conformance.target.errors import Unreachable
from conformance.target.profile import Profile, load_profile, profile_file, profiles
from conformance.target.user_folders import STATE
from specs.command_line import PREFIX, for_own_mock
from specs.flaws import CasepactError, FlawedDocument, did_you_mean
from specs.project import VARIABLE, apis, project, unmodelled_documents

# Not of options: what the mock asks callers for, what tests of front ends read, what keeps state, and worlds.
_OTHERS = {VARIABLE, STATE, "CASEPACT_CONTROL_TOKEN", "CASEPACT_MOCK_URL", "CASEPACT_WORLDS"}
_REFERENCE = re.compile(r"\$\{(\w+)\}")


def variables(environment: Mapping[str, str]) -> Iterator[Line]:
    """Which variables of ours are set, and which of these nothing reads; their values stay unread."""
    named = sorted(name for name in environment if name.startswith(PREFIX) and environment[name])
    if not named:
        return
    known = _OTHERS | _of_options(environment) | _of_profiles()
    if read := [name for name in named if name in known]:
        yield Line(State.OK, "variables", f"{', '.join(read)} set")
    for name in named:
        if name not in known:
            hint = did_you_mean(name, known).strip() or "casepact check --help names them."
            yield Line(State.WARN, "variable", f"{name} is set, and nothing reads it", hint)


def project_and_profiles() -> Iterator[Line]:
    """The project that a command works in here, and each profile that is flawed."""
    try:
        found, names = project(), apis()
        without = [*unmodelled_documents()]
    except (CasepactError, OSError) as error:
        yield Line(State.FAIL, "project", first_line(error), "casepact lint lists every flaw.")
        return
    where = "casepact's own" if found.builtin else str(found.root)
    more = f"; without a ledger: {', '.join(without)}" if without else ""
    yield Line(State.OK, "project", f"{where}; APIs: {', '.join(names) or 'none'}{more}")
    right = []
    for name in profiles():
        try:
            load_profile(name, with_secrets=False)
            right.append(name)
        except (CasepactError, OSError) as error:
            yield Line(State.FAIL, f"profile {name}", first_line(error), f"casepact target check {name}")
    if right:
        yield Line(State.OK, "profiles", f"{', '.join(right)} in order")


def target(name: str) -> Iterator[Line]:
    """Whether the variables of a target are set, and whether something listens at each of its addresses."""
    label = f"target {name}"
    profile: Profile | None
    try:
        profile = load_profile(name)
        yield Line(State.OK, label, "every variable that it names is set")
    except (CasepactError, OSError) as error:
        yield Line(State.FAIL, label, _flaws(error), f"casepact target check {name} names file and line.")
        profile = _without_secrets(name)
    if profile is None:
        return
    for api, found in profile.apis.items():
        if not found.url:
            yield Line(State.OK, f"{label} {api}", "the mock, started by each run")
            continue
        try:
            wait_for_listener(found.url, profile, 0.0)
            way = " through its proxy" if profile.proxy else ""
            yield Line(State.OK, f"{label} {api}", f"{found.url} takes connections{way}")
        except Unreachable as error:
            advice = f"Start it or mend `url`; then: casepact target probe {name}"
            yield Line(State.FAIL, f"{label} {api}", first_line(error), advice)


def _flaws(error: CasepactError | OSError) -> str:
    if not isinstance(error, FlawedDocument):
        return first_line(error)
    return "; ".join(dict.fromkeys(flaw.message for flaw in error.flaws))


def _without_secrets(name: str) -> Profile | None:
    try:
        return load_profile(name, with_secrets=False)
    except (CasepactError, OSError):
        return None


def _of_options(environment: Mapping[str, str]) -> set[str]:
    """The variables that the help of the commands names which read options from the environment."""
    found: set[str] = set()
    for command in ("check", "mock"):
        words = [sys.executable, "-m", "conformance", command, "--help"]
        try:
            done = subprocess.run(
                words, capture_output=True, text=True, env=for_own_mock(environment), timeout=10 * SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            continue
        found |= set(re.findall(rf"\[({PREFIX}[A-Z_]+)\]", "".join(done.stdout.split())))
    return found


def _of_profiles() -> set[str]:
    """The variables that profiles name for credentials."""
    found: set[str] = set()
    try:
        for name in profiles():
            found |= set(_REFERENCE.findall(profile_file(name).read_text(encoding="utf-8")))
    except (CasepactError, OSError, UnicodeDecodeError):
        return found
    return found
