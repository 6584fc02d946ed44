"""Requests sent to one server by `wrk`, and the proof that the answers were the right ones."""

from __future__ import annotations

import http.client
import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.kinds import Kind
from benchmarks.machine import CannotMeasure, cpu_seconds

CONNECTIONS = 16

_ONE = """\
wrk.method = "{method}"
wrk.body = {body}
{headers}
"""

_BY_TURNS = """\
local requests = {{
{requests}
}}
local turn = 0
function request()
  turn = turn % #requests + 1
  return requests[turn]
end
"""

# While warming up every answer is compared; Lua does it, so it is left out of what is measured.
_COMPARED = """
local threads = {{}}
function setup(thread) threads[#threads + 1] = thread end
wrong, first = 0, ""
local body = {expected}
function response(status, headers, content)
  if status ~= {status} or content ~= body then
    wrong = wrong + 1
    if first == "" then first = status .. " " .. content:sub(1, 300) end
  end
end
function done(summary, latency, requests)
  local found = {{}}
  for _, thread in ipairs(threads) do
    if thread:get("wrong") > 0 then
      found[1] = thread:get("wrong") .. " answers differ, the first: " .. thread:get("first")
    end
  end
  io.write("\\nDONE " .. (found[1] or ""):gsub("%s+", " ") .. "\\n")
end
"""

_COUNTED = """
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\\nDONE {"requests": %d, "microseconds": %d, "status": %d, "socket": %d}\\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered to one request, as far as it does not change from answer to answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Server:
    """
    A server under load; `base` leads to the API, `documented` says that it knows no paths but the contract's.

    `pids` are the processes whose processor time counts; their children count too.
    """

    name: str
    pids: tuple[int, ...]
    port: int
    base: str
    documented: bool = False

    def path(self, kind: Kind) -> str:
        """Where it is asked for this kind."""
        return self.base + ((kind.documented or kind.path) if self.documented else kind.path)


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of `wrk` did; `cpu` is the processor time that the server took, where that can be reported."""

    requests: int
    seconds: float
    cpu: float | None

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.requests / self.seconds

    @property
    def microseconds(self) -> float | None:
        """Processor time of the server per answer."""
        return None if self.cpu is None else self.cpu / self.requests * 1e6


def ask(server: Server, kind: Kind) -> Answer:
    """The answer to one request; raises `CannotMeasure` when it has not the status and media type of its kind."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(kind.method, server.path(kind), body=kind.body or None, headers=dict(kind.headers))
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise CannotMeasure(f"{server.name} does not answer {kind.method} {server.path(kind)}: {error!r}") from None
    finally:
        connection.close()
    found = response.getheader("content-type", "").partition(";")[0]
    if response.status != kind.status or found != kind.media:
        raise CannotMeasure(
            f"{server.name} answers {kind.method} {server.path(kind)} with {response.status} {found}, "
            f"not {kind.status} {kind.media}: {body[:300]!r}"
        )
    headers = tuple((name.lower(), value) for name, value in response.getheaders() if name.lower() != "date")
    return Answer(response.status, headers, body)


def warm(server: Server, kinds: Sequence[Kind], expected: Answer, seconds: float) -> None:
    """
    Put the server under load of the requests by turns without measuring, and compare every answer.

    Raises `CannotMeasure` for an answer of another status or other bytes.
    """
    script = _script(server, kinds) + _COMPARED.format(status=expected.status, expected=_lua(expected.body))
    said = _wrk(server, kinds[0], script, seconds)
    if said:
        raise CannotMeasure(f"{server.name}, {kinds[0].title}: {said}")


def measure(server: Server, kinds: Sequence[Kind], seconds: float) -> Load:
    """
    Put the server under load of the requests by turns for so many seconds; they are answered with one status.

    Raises `CannotMeasure` for an answer with an unexpected status and for a connection that failed.
    """
    first, script = kinds[0], _script(server, kinds) + _COUNTED
    before = cpu_seconds(server.pids)
    counted = json.loads(_wrk(server, first, script, seconds))
    after = cpu_seconds(server.pids)
    # wrk counts each status above 399.
    unexpected = counted["status"] if first.status < 400 else counted["requests"] - counted["status"]
    if unexpected or counted["socket"] or not counted["requests"]:
        raise CannotMeasure(f"{server.name}, {first.title}: {unexpected} unexpected answers of {counted}")
    cpu = None if before is None or after is None else after - before
    return Load(counted["requests"], counted["microseconds"] / 1e6, cpu)


def on_the_wire(server: Server, kind: Kind) -> bytes:
    """The bytes of one request over HTTP/1.1."""
    lines = [f"{kind.method} {server.path(kind)} HTTP/1.1", f"Host: 127.0.0.1:{server.port}"]
    lines += [f"{name}: {value}" for name, value in kind.headers.items()]
    if kind.body:
        lines.append(f"Content-Length: {len(kind.body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + kind.body


def _script(server: Server, kinds: Sequence[Kind]) -> str:
    if len(kinds) > 1:
        return _BY_TURNS.format(requests=",\n".join(_lua(on_the_wire(server, kind)) for kind in kinds))
    (kind,) = kinds
    headers = "\n".join(f'wrk.headers["{name}"] = {_lua(value.encode())}' for name, value in kind.headers.items())
    body = _lua(kind.body) if kind.body else "nil"
    return _ONE.format(method=kind.method, body=body, headers=headers)


def _lua(content: bytes) -> str:
    """The bytes as a Lua string: each as its number, so that nothing needs quoting."""
    return '"' + "".join(f"\\{byte:03d}" for byte in content) + '"'


def _wrk(server: Server, kind: Kind, script: str, seconds: float) -> str:
    """What the script's `done` said after the word DONE."""
    with tempfile.TemporaryDirectory(prefix="casepact-bench-") as folder:
        file = Path(folder) / "request.lua"
        file.write_text(script, encoding="ascii")
        address = f"http://127.0.0.1:{server.port}{server.path(kind)}"
        command = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--timeout", "10s"]
        command += ["--duration", f"{max(1, round(seconds))}s", "--script", str(file), address]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    for line in done.stdout.splitlines():
        if line.startswith("DONE"):
            return line[len("DONE") :].strip()
    raise CannotMeasure(f"wrk failed against {server.name}: {(done.stderr or done.stdout).strip()[-500:]}")


def as_json(answer: Answer) -> Mapping[str, object]:
    """The answer as `benchmarks.bare_asgi` reads it."""
    return {"status": answer.status, "headers": answer.headers, "body": answer.body.decode("utf-8")}
