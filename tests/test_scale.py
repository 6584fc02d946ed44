"""examples/scale: its files are right by their schemas, and three mocks, Redis and nginx work together as it says."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.mocks import control, mock_process
from tests.redis_server import INSTALL, installed, redis_server
from tests.soak_shared.parts import Part, lasting_port, mock

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "scale"
COMPOSE, BALANCER = EXAMPLE / "compose.yaml", EXAMPLE / "nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="there is no nginx; on Debian: apt-get install nginx-light")
needs_redis = pytest.mark.skipif(installed() is None, reason=INSTALL)
TOKEN = "access-token: aicc-operator-token-0001"
CASE = "c6m800000142mS63Voa8"


def compose() -> Any:
    """The arrangement."""
    return yaml.safe_load(COMPOSE.read_text("utf-8"))


def mocks_of(arrangement: Any) -> dict[str, Any]:
    """Its services that are mocks."""
    return {name: service for name, service in arrangement["services"].items() if service["image"] == "casepact"}


# The files


def schema_says(path: Path) -> subprocess.CompletedProcess[str]:
    """What the schema of the Compose Specification says of a file."""
    program = Path(sys.executable).parent / "check-jsonschema"
    command = [str(program), "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_arrangement_fits_the_compose_specification() -> None:
    """compose.yaml fits the published schema."""
    done = schema_says(COMPOSE)

    assert done.returncode == 0, done.stdout + done.stderr


def test_schema_notices_a_wrong_key(tmp_path: Path) -> None:
    """The schema judges: a service cannot have a key that no engine knows."""
    wrong = compose()
    wrong["services"]["valkey"]["volume"] = ["worlds:/data"]
    (tmp_path / "compose.yaml").write_text(json.dumps(wrong))

    assert schema_says(tmp_path / "compose.yaml").returncode != 0


def test_nginx_serves_the_mocks_of_the_arrangement() -> None:
    """Every mock is an upstream of nginx, which waits for it, and all have the same worlds."""
    arrangement = compose()
    mocks = mocks_of(arrangement)
    (worlds,) = {service["environment"]["CASEPACT_WORLDS"] for service in mocks.values()}

    assert re.findall(r"server (\S+):8080", BALANCER.read_text("utf-8")) == list(mocks)
    assert list(arrangement["services"]["nginx"]["depends_on"]) == list(mocks)
    assert worlds.startswith("redis://valkey:")
    assert len(mocks) == 3


def test_what_is_waited_for_has_a_health_check() -> None:
    """A service that others wait for until it is healthy says when it is; that of a mock is the Containerfile's."""
    services = compose()["services"]
    waited_for = {name for service in services.values() for name in service.get("depends_on", ())}
    ours = json.loads(
        (ROOT / "Containerfile").read_text("utf-8").partition("\nHEALTHCHECK")[2].split("CMD ", 1)[1].split("\n")[0]
    )

    assert all("healthcheck" in services[name] for name in waited_for)
    assert {tuple(service["healthcheck"]["test"][1:]) for service in mocks_of(compose()).values()} == {tuple(ours)}


def test_image_of_the_example_can_use_redis() -> None:
    """The Containerfile installs what --worlds needs."""
    assert '".[redis]"' in (ROOT / "Containerfile").read_text("utf-8")


# nginx, with the example's configuration


def balancer(folder: Path, ports: Sequence[int]) -> Part:
    """nginx with the example's configuration, in which only the addresses are others."""
    assert NGINX is not None, "tests that need nginx are skipped without it"
    port = lasting_port()
    text = BALANCER.read_text("utf-8")
    for number, upstream in enumerate(ports, 1):
        text = text.replace(f"server mock-{number}:8080", f"server 127.0.0.1:{upstream}")
    text = text.replace("listen 8080", f"listen 127.0.0.1:{port}")
    (folder / "nginx.conf").write_text(text)
    globals = f"daemon off; pid {folder / 'nginx.pid'};"
    command = [NGINX, "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", globals]
    return Part("nginx", command, port, folder / "nginx.log", _listens)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def ask(port: int, method: str, path: str, *headers: str, body: str | None = None) -> tuple[int, str]:
    """Status and body of one answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        named = dict(header.split(": ", 1) for header in headers)
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@dataclass(slots=True)
class Upstream:
    """A server that counts requests by method; one that is `broken` answers none of them, and closes the connection."""

    broken: bool
    port: int = 0
    received: list[str] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[Upstream]:
        """Serve until the end."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            threading.Thread(target=self._serve, args=(listener,), daemon=True).start()
            yield self
            listener.shutdown(socket.SHUT_RDWR)

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                if request := connection.recv(65536):
                    self.received.append(request.split()[0].decode())
                    if not self.broken:
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")


@needs_nginx
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE", "GET", "HEAD"])
def test_no_write_is_sent_twice(tmp_path: Path, method: str) -> None:
    """A mock that dies with a request in hand: a read is asked of another mock, the client of a write gets 502."""
    with ExitStack() as running:
        upstreams = [running.enter_context(Upstream(broken).running()) for broken in (True, True, False)]
        nginx = balancer(tmp_path, [upstream.port for upstream in upstreams])
        running.callback(nginx.stop)
        nginx.start()
        # Which of them is asked first is nginx's choice.
        statuses = [ask(nginx.port, method, "/x", body="{}" if method[0] == "P" else None)[0] for _ in range(3)]

    received = [name for upstream in upstreams for name in upstream.received]
    if method in ("GET", "HEAD"):
        assert statuses == [200, 200, 200]
        assert len(received) > 3
    else:
        assert 502 in statuses
        assert received == [method] * 3


@needs_nginx
def test_simulated_failures_pass_nginx(tmp_path: Path) -> None:
    """A simulated 503 is the client's, once, also for a read; a connection that is reset becomes 502 for a write."""
    with ExitStack() as running:
        only = running.enter_context(mock_process(tmp_path, "--api", "aicc", "--quiet"))
        nginx = balancer(tmp_path, [only.port] * 3)
        running.callback(nginx.stop)
        nginx.start()
        failures = [
            {"kind": "status", "status": 503, "operation": "getCase", "times": 1},
            {"kind": "reset", "operation": "modifyCase", "times": 1},
        ]
        control(nginx.port, "POST", "/worlds", {"name": "failing"})
        control(nginx.port, "PUT", "/worlds/failing/traffic", {"failures": failures})
        path = f"/~failing/aicc/service/AICC__Case/1.0.0/openapi/case/{CASE}"
        reads = [ask(nginx.port, "GET", path, TOKEN)[0] for _ in range(2)]

        assert reads == [503, 200]
        assert rename(nginx.port, "failing", "x") == 502


# Three mocks, Redis and nginx


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The example, as it runs."""

    mocks: list[Part]
    nginx: Part


@pytest.fixture(scope="module")
def arrangement(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arrangement]:
    """The example of Debian's packages and this mock; every process is ended afterwards."""
    folder = tmp_path_factory.mktemp("scale")
    with ExitStack() as running:
        store = running.enter_context(redis_server(port=lasting_port()))
        mocks = [mock(f"mock {number}", folder, "--worlds", store.address) for number in (1, 2, 3)]
        nginx = balancer(folder, [part.port for part in mocks])
        for part in (*mocks, nginx):
            running.callback(part.stop)
            part.start()
        yield Arrangement(mocks, nginx)


def rename(port: int, world: str, title: str) -> int:
    """The status of a change of the title of a case."""
    body = json.dumps({"caseInfo": {"id": CASE, "title": title, "description": "d", "creatorId": "c"}})
    path = f"/~{world}/aicc/service/AICC__Case/1.0.0/openapi/case/modify"
    return ask(port, "POST", path, TOKEN, "Content-Type: application/json", body=body)[0]


def title(port: int, world: str) -> str:
    """The title of that case."""
    status, text = ask(port, "GET", f"/~{world}/aicc/service/AICC__Case/1.0.0/openapi/case/{CASE}", TOKEN)
    assert status == 200, text
    return str(json.loads(text)["result"][0]["caseInfo"]["title"])


@needs_nginx
@needs_redis
class TestArrangement:
    """What clients of the example see."""

    def test_write_through_nginx_is_seen_by_every_mock(self, arrangement: Arrangement) -> None:
        """Whichever mock carried it out, each shows it, and so does nginx."""
        for number in range(6):
            assert rename(arrangement.nginx.port, "seen", f"title {number}") == 200
            ports = [part.port for part in (*arrangement.mocks, arrangement.nginx)]
            assert [title(port, "seen") for port in ports] == [f"title {number}"] * 4

    def test_control_api_through_nginx_steers_every_mock(self, arrangement: Arrangement) -> None:
        """A world that is made and frozen through nginx is there, and frozen, in every mock; its journal is one."""
        nginx = arrangement.nginx.port
        control(nginx, "POST", "/worlds", {"name": "steered"})
        control(nginx, "PUT", "/worlds/steered/clock", {"mode": "frozen", "at": "2015-07-30T13:07:40Z"})
        for part in arrangement.mocks:
            assert title(part.port, "steered")
        clocks = [control(part.port, "GET", "/worlds/steered/clock")["mode"] for part in arrangement.mocks]
        journals = [
            control(part.port, "GET", "/worlds/steered/journal") for part in (*arrangement.mocks, arrangement.nginx)
        ]

        assert clocks == ["frozen"] * 3
        assert all(journal == journals[0] for journal in journals)
        assert [entry["operation"] for entry in journals[0]["entries"]] == ["getCase"] * 3

    def test_everything_goes_on_without_one_mock(self, arrangement: Arrangement) -> None:
        """After kill -9 of a mock, reads and writes through nginx go on; it comes back with what was written."""
        nginx, killed = arrangement.nginx.port, arrangement.mocks[1]
        assert rename(nginx, "killed", "before") == 200
        killed.kill()
        for number in range(30):
            assert rename(nginx, "killed", f"title {number}") == 200
            assert title(nginx, "killed") == f"title {number}"
        killed.start()
        time.sleep(0.1)

        assert title(killed.port, "killed") == "title 29"
