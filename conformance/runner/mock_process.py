"""The mock as a process of its own, as any other server would be."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from specs.command_line import for_own_mock
from specs.flaws import CasepactError

TOKEN_VARIABLE = "CASEPACT_CONTROL_TOKEN"


@contextmanager
def running_mock(
    apis: Sequence[str], seconds: float = 20.0, token: str = "", arguments: Sequence[str] = ()
) -> Iterator[int]:
    """A mock as `starting_mock` has it, once it is there: this yields its port."""
    with starting_mock(apis, seconds, token, arguments) as port:
        yield port()


@contextmanager
def starting_mock(
    apis: Sequence[str], seconds: float = 20.0, token: str = "", arguments: Sequence[str] = (), spec: str = ""
) -> Iterator[Callable[[], int]]:
    """
    A mock of these APIs, or of all for none, on a free loopback port; stopped at the end. What this yields waits for
    the port.

    `arguments` are more options of `casepact mock`; with `spec` it serves the foreign document in that file. Its
    control API asks for `token` if there is one. Waiting raises `CasepactError` with the mock's own words when it does
    not start.
    """
    with tempfile.TemporaryDirectory(prefix="casepact-") as folder:
        port_file, errors = Path(folder) / "port", Path(folder) / "errors"
        command = [sys.executable, "-m", "mock_server", "--port", "0", "--quiet", "--port-file", str(port_file)]
        command += arguments
        for api in apis:
            command += ["--api", api]
        if spec:
            command += ["--spec", spec]
        environment = for_own_mock(os.environ)
        if token:
            environment[TOKEN_VARIABLE] = token
        with errors.open("w") as stderr:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr, env=environment)
        try:
            yield lambda: _port(process, port_file, errors, seconds)
        finally:
            # It keeps nothing, so it needs no time to end.
            process.kill()
            process.wait()


def describe_mock(apis: Sequence[str]) -> str:
    """What the mock says of itself as JSON: rules, actors, records."""
    command = [sys.executable, "-m", "mock_server", "--describe", *(part for api in apis for part in ("--api", api))]
    done = subprocess.run(command, capture_output=True, text=True, env=for_own_mock(os.environ), check=False)
    if done.returncode:
        raise CasepactError(done.stderr.strip())
    return done.stdout


def _port(process: subprocess.Popen[bytes], port_file: Path, errors: Path, seconds: float) -> int:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if port_file.exists() and (text := port_file.read_text().strip()):
            return int(text)
        if process.poll() is not None:
            raise CasepactError(f"the mock did not start: {errors.read_text().strip() or process.returncode}")
        time.sleep(0.02)
    raise CasepactError(f"the mock did not start within {seconds:.0f} s: {errors.read_text().strip()}")
