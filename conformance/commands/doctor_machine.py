"""What `casepact doctor` sees of the machine: Python, packages, ports, programs, folders, the network's settings."""

from __future__ import annotations

import http.client
import platform
import shutil
import socket
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from conformance.commands.doctor import DISTRIBUTION, SECONDS, Line, State, writable
from conformance.target.user_folders import STATE, cache_folder, state_folder
from specs.source import CONTROL_BASE

WORLDS = "CASEPACT_WORLDS"
"""The address of what keeps the worlds of several mocks, if something does."""

PORT = "CASEPACT_PORT"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_PORTS = {"redis": 6379, "rediss": 6379}


def python() -> Line:
    """Whether this Python is one that the package asks for."""
    from importlib.metadata import PackageNotFoundError, metadata

    from packaging.specifiers import SpecifierSet

    version = platform.python_version()
    try:
        wanted = metadata(DISTRIBUTION)["Requires-Python"]
    except PackageNotFoundError:
        advice = "Install it: pip install . in its checkout, or make install."
        return Line(State.FAIL, "Python", f"{version}; casepact is not installed for it", advice)
    if SpecifierSet(wanted).contains(version, prereleases=True):
        return Line(State.OK, "Python", f"{version} ({wanted})")
    return Line(State.FAIL, "Python", f"{version}, but casepact needs {wanted}", "Install a Python of that version.")


def packages() -> Iterator[Line]:
    """A line for each package that is missing or of another version than asked for, else one for all."""
    from importlib.metadata import PackageNotFoundError, requires, version

    from packaging.requirements import Requirement

    try:
        wanted = [Requirement(text) for text in requires(DISTRIBUTION) or ()]
    except PackageNotFoundError:
        return
    needed = [item for item in wanted if item.marker is None or item.marker.evaluate({"extra": ""})]
    right = 0
    for item in needed:
        asked = f"{item.name}{item.specifier}"
        try:
            found = version(item.name)
        except PackageNotFoundError:
            yield Line(State.FAIL, "package", f"{item.name} is not installed", f"pip install '{asked}'")
            continue
        if item.specifier.contains(found, prereleases=True):
            right += 1
        else:
            yield Line(State.FAIL, "package", f"{item.name} is {found}, but {asked} is asked for", _install(asked))
    state = State.OK if right == len(needed) else State.WARN
    yield Line(state, "packages", f"{right} of {len(needed)} are there, in a version that casepact {_own()} asks for")


def port(environment: Mapping[str, str]) -> Line:
    """Whether `casepact mock` finds its port free, and if not, whether a mock is what listens there."""
    text = environment.get(PORT) or "8080"
    if not (text.isdecimal() and int(text) <= 65535):
        return Line(
            State.FAIL, "port", f"{PORT} is not a port", f"Set {PORT} to a number from 0 to 65535, or unset it."
        )
    name = f"port {text}"
    with socket.socket() as tried:
        # As servers do, so that a port is free at once after a mock was stopped.
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", int(text)))
            return Line(State.OK, name, "free for casepact mock")
        except PermissionError:
            return Line(State.FAIL, name, "this user may not listen there", "casepact mock --port 8080")
        except OSError:
            pass
    who = "a casepact mock listens there" if _is_mock(int(text)) else "something else listens there"
    return Line(State.WARN, name, who, "casepact mock --port 0 takes a free one and prints it.")


def chromium(environment: Mapping[str, str]) -> Line:
    """Whether pages can be tested in a browser."""
    named = environment.get("CHROMIUM", "")
    if named and not Path(named).is_file():
        return Line(State.FAIL, "Chromium", "CHROMIUM names no file", "Set it to a browser's path, or unset it.")
    found = named or next((path for name in _BROWSERS if (path := shutil.which(name))), "")
    if found:
        return Line(State.OK, "Chromium", found)
    advice = "Only tests of pages need it. On Debian: apt-get install chromium; elsewhere set CHROMIUM to its path."
    return Line(State.WARN, "Chromium", "not found", advice)


def worlds(environment: Mapping[str, str]) -> Iterator[Line]:
    """Whether what keeps the worlds can be reached; nothing where none is named."""
    if not (text := environment.get(WORLDS, "")):
        return
    if find_spec("redis") is None:
        advice = "pip install 'casepact[redis]'"
        yield Line(State.FAIL, "package", f"redis is not installed, but {WORLDS} is set", advice)
    try:
        parts = urlsplit(text)
        host, number = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        parts, host, number = SplitResult("", "", "", "", ""), "", 0
    is_file = parts.scheme == "unix" and bool(parts.path)
    if not is_file and (parts.scheme not in _PORTS or not host):
        yield Line(State.FAIL, WORLDS, "is not an address of Redis", "It looks like redis://HOST:6379/0.")
        return
    where = parts.path if is_file else f"{host}:{number}"
    try:
        if is_file:
            with socket.socket(socket.AF_UNIX) as tried:
                tried.settimeout(SECONDS)
                tried.connect(parts.path)
        else:
            socket.create_connection((host, number), SECONDS).close()
        yield Line(State.OK, WORLDS, f"Redis at {where} takes connections")
    except OSError as error:
        yield Line(State.FAIL, WORLDS, f"no connection to {where}: {error}", "Start Redis, or mend the address.")


def folders() -> Iterator[Line]:
    """Whether what outlives a run can be written, and the reports."""
    named = (
        ("state", state_folder(), f"Runs that write cannot put records back: set {STATE} to a folder of yours."),
        ("cache", cache_folder(), "Set XDG_CACHE_HOME to a folder of yours."),
        ("reports", Path.cwd() / "reports", "Name another folder: casepact check --reports DIR."),
    )
    for name, folder, advice in named:
        if writable(folder):
            yield Line(State.OK, f"folder {name}", str(folder))
        else:
            yield Line(State.FAIL, f"folder {name}", f"{folder} cannot be written", advice)


def proxies(environment: Mapping[str, str]) -> Iterator[Line]:
    """The proxies that the environment names: installers use them, runs do not."""
    found = sorted(name for name in environment if name.lower() in _PROXIES and environment[name])
    if found:
        advice = "A run uses only the proxy of its profile: proxy: http://HOST:PORT."
        yield Line(State.WARN, "proxies", f"{', '.join(found)} set; casepact check does not read them", advice)


def _is_mock(number: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", number, timeout=SECONDS)
    try:
        connection.request("GET", f"{CONTROL_BASE}/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _install(asked: str) -> str:
    return f"pip install '{asked}', or all as pinned: pip install --constraint constraints.txt ."


def _own() -> str:
    from specs.version import installed_version

    return installed_version()
