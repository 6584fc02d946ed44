"""
The servers that `make bench-mock` compares, each set up as its author would for load.

Ours comes first: its answers are what the static ones are set up to return.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.kinds import Kind
from benchmarks.load import CONNECTIONS, Answer, Server
from benchmarks.machine import ROOT, CannotMeasure, free_port, listening
from specs.loading import load_contract

NPM = Path(__file__).parent / "npm"
MODULES = NPM / "node_modules"

OURS, PRISM, MOCKOON, WIREMOCK = "Casepact", "Prism", "Mockoon", "WireMock"
PRISM_LOGGING = "Prism with its log"
PEERS = (PRISM, PRISM_LOGGING, MOCKOON, WIREMOCK)

_SCRIPTS = {PRISM: MODULES / ".bin" / "prism", MOCKOON: MODULES / ".bin" / "mockoon-cli"}
_PACKAGES = {
    PRISM: "@stoplight/prism-cli",
    PRISM_LOGGING: "@stoplight/prism-cli",
    MOCKOON: "@mockoon/cli",
    WIREMOCK: "wiremock",
}

# Express, on which Mockoon stands, asks for this in production. Prism then forks, which `--multiprocess false` undoes.
_NODE_ENVIRONMENT = {"NODE_ENV": "production"}


def missing(names: Sequence[str] = PEERS) -> list[str]:
    """What `wrk` and the named peers need and is not installed, each with the way to get it."""
    tools = {"wrk": "wrk"}
    if packages := list(dict.fromkeys(_PACKAGES[name] for name in names)):
        # WireMock, which npm installs too, runs without Node.
        tools |= {"node": "nodejs", "npm": "npm"}
    if WIREMOCK in names:
        tools["java"] = "openjdk-17-jre-headless"
    lines = [
        f"{tool} is missing: sudo apt-get install {package}"
        for tool, package in tools.items()
        if shutil.which(tool) is None
    ]
    if absent := [package for package in packages if not (MODULES / package).is_dir()]:
        where = NPM.relative_to(ROOT)
        lines.append(f"{', '.join(absent)} missing: npm install --prefix {where} --no-package-lock --ignore-scripts")
    return lines


def versions(names: Sequence[str] = PEERS) -> dict[str, str]:
    """The versions of the load generator, and of the named peers with their runtimes."""
    found = {"wrk": _first_line(["wrk", "--version"]).split()[1]}
    if names:
        found["Node"] = _first_line(["node", "--version"])
    if WIREMOCK in names:
        found["Java"] = _first_line(["java", "-version"])
    for name in names:
        manifest = MODULES / _PACKAGES[name] / "package.json"
        found[name.removesuffix(" with its log")] = json.loads(manifest.read_text("utf-8"))["version"]
    return found


def our_command(port: int, *options: str) -> list[str]:
    """`casepact mock` on a port."""
    return [sys.executable, "-m", "conformance", "mock", "--quiet", "--port", str(port), *options]


@contextmanager
def our_mock(base: str, *options: str, beside: Sequence[int] = ()) -> Iterator[Server]:
    """A mock that was started with such options; the processor time of the processes `beside` it counts too."""
    port = free_port()
    with listening(our_command(port, *options), port) as process:
        yield Server(OURS, (process.pid, *beside), port, base)


@contextmanager
def ours() -> Iterator[Mapping[str, Server]]:
    """`casepact mock` with every API, by API."""
    with our_mock("") as server:
        yield {api: replace(server, base=f"/{api}") for api in ("onlyoffice", "r7office", "aicc")}


@contextmanager
def peers(
    kinds: Sequence[Kind], answers: Mapping[str, Answer], names: Sequence[str]
) -> Iterator[dict[str, dict[str, Server]]]:
    """
    The named peers, running: by the name of the kind and of the peer.

    `answers` are ours by kind; those that serve fixed answers return the same bytes.
    """
    starts = {PRISM: _prism, PRISM_LOGGING: _prism_logging, MOCKOON: _mockoon, WIREMOCK: _wiremock}
    with ExitStack() as stack, tempfile.TemporaryDirectory(prefix="casepact-bench-") as folder:
        running: dict[str, dict[str, Server]] = {kind.name: {} for kind in kinds}
        for name in names:
            try:
                servers = stack.enter_context(starts[name](kinds, answers, Path(folder)))
            except CannotMeasure as error:
                raise CannotMeasure(f"{name} does not start: {error}") from None
            for kind, server in servers.items():
                running[kind][name] = server
        yield running


def _prism(
    kinds: Sequence[Kind], answers: Mapping[str, Answer], folder: Path
) -> AbstractContextManager[dict[str, Server]]:
    """Without a log, which is twice as fast."""
    return _prism_of_each_api(PRISM, kinds, folder, ["--verboseLevel", "silent"])


def _prism_logging(
    kinds: Sequence[Kind], answers: Mapping[str, Answer], folder: Path
) -> AbstractContextManager[dict[str, Server]]:
    """As it runs by default: some lines for each request, which go nowhere here."""
    return _prism_of_each_api(PRISM_LOGGING, kinds, folder, [])


@contextmanager
def _prism_of_each_api(
    name: str, kinds: Sequence[Kind], folder: Path, options: Sequence[str]
) -> Iterator[dict[str, Server]]:
    """
    A process for each API, because Prism serves one document.

    It gets the document as our mock publishes it: example files read in, because Prism does not follow `externalValue`.
    """
    with ExitStack() as stack:
        by_api = {}
        for api in dict.fromkeys(kind.api for kind in kinds):
            port, file = free_port(), folder / f"{api}-openapi.json"
            file.write_text(json.dumps(load_contract(api, with_ledger=False).document), encoding="utf-8")
            address = ["--multiprocess", "false", "--host", "127.0.0.1", "--port", str(port)]
            command = ["node", str(_SCRIPTS[PRISM].resolve()), "mock", *address, *options, str(file)]
            process = stack.enter_context(listening(command, port, _NODE_ENVIRONMENT))
            by_api[api] = Server(name, (process.pid,), port, "", documented=True)
        yield {kind.name: by_api[kind.api] for kind in kinds}


@contextmanager
def _mockoon(kinds: Sequence[Kind], answers: Mapping[str, Answer], folder: Path) -> Iterator[dict[str, Server]]:
    """
    One environment with a route per path: the fixed answer to a request with the credential and every required member.

    The rule `valid_json_schema` would be nearer to what we do, but it compiles the schema anew for each request. It
    keeps one transaction: reported to keep none it keeps all (9.9.0 cuts its list with `slice(-0)`) and gets slower and
    slower.
    """
    port, file = free_port(), folder / "mockoon.json"
    file.write_text(json.dumps(_mockoon_environment(kinds, answers, port)), encoding="utf-8")
    options = ["--disable-log-to-file", "--disable-admin-api", "--max-transaction-logs", "1"]
    command = ["node", str(_SCRIPTS[MOCKOON].resolve()), "start", "--data", str(file), "--repair", *options]
    with listening(command, port, _NODE_ENVIRONMENT) as process:
        yield {kind.name: Server(MOCKOON, (process.pid,), port, f"/{kind.api}") for kind in kinds}


@contextmanager
def _wiremock(kinds: Sequence[Kind], answers: Mapping[str, Answer], folder: Path) -> Iterator[dict[str, Server]]:
    """Stubs that match method, path, credential and, by JSON schema, the body; the jar runs without its npm wrapper."""
    root = folder / "wiremock"
    (root / "mappings").mkdir(parents=True)
    for number, stub in enumerate(_stubs(kinds, answers)):
        (root / "mappings" / f"{number}.json").write_text(json.dumps(stub), encoding="utf-8")
    (jar,) = (MODULES / "wiremock" / "build").glob("wiremock-standalone-*.jar")
    port = free_port()
    quiet = ["--no-request-journal", "--disable-request-logging", "--disable-banner", "--disable-extensions-scanning"]
    lean = ["--disable-gzip", "--disable-response-templating", "--container-threads", str(2 * CONNECTIONS + 8)]
    address = ["--bind-address", "127.0.0.1", "--port", str(port), "--root-dir", str(root)]
    with listening(["java", "-jar", str(jar), *quiet, *lean, *address], port) as process:
        yield {kind.name: Server(WIREMOCK, (process.pid,), port, f"/{kind.api}") for kind in kinds}


def _stubs(kinds: Sequence[Kind], answers: Mapping[str, Answer]) -> Iterator[dict[str, Any]]:
    for kind in kinds:
        accepted = kind.status < 400
        name, value = kind.credential
        request: dict[str, Any] = {"method": kind.method, "urlPath": f"/{kind.api}{kind.path}"}
        request["headers"] = {name: {"equalTo": value}}
        if accepted and kind.body:
            matcher = {"matchesJsonSchema": json.dumps(_schema(kind)), "schemaVersion": "V202012"}
            request["bodyPatterns"] = [matcher]
        answer = answers[kind.name]
        headers = {name: value for name, value in answer.headers if name != "content-length"}
        response = {"status": answer.status, "headers": headers, "body": answer.body.decode("utf-8")}
        # The stub with the schema is tried first; what it does not match is refused.
        yield {"priority": 1 if accepted else 5, "request": request, "response": response}


def _mockoon_environment(kinds: Sequence[Kind], answers: Mapping[str, Answer], port: int) -> dict[str, Any]:
    by_path: dict[tuple[str, str], list[Kind]] = {}
    for kind in kinds:
        by_path.setdefault((kind.method, f"{kind.api}{kind.path}"), []).append(kind)
    routes = []
    for number, ((method, path), alike) in enumerate(by_path.items()):
        # Responses are tried in order; the last is the default, for what no rule of another matches.
        ordered = sorted(alike, key=lambda kind: kind.status)
        responses = [
            _mockoon_response(kind, answers[kind.name], rules=kind.status < 400, last=kind is ordered[-1])
            for kind in ordered
        ]
        routes.append(
            {
                "uuid": f"00000000-0000-4000-8000-{number:012d}",
                "type": "http",
                "documentation": "",
                "method": method.lower(),
                "endpoint": path,
                "responses": responses,
                "responseMode": None,
                "streamingMode": None,
                "streamingInterval": 0,
            }
        )
    return {
        "uuid": "00000000-0000-4000-8000-999999999999",
        "lastMigration": 33,
        "name": "bench",
        "port": port,
        "hostname": "127.0.0.1",
        "endpointPrefix": "",
        "latency": 0,
        "folders": [],
        "routes": routes,
        "rootChildren": [{"type": "route", "uuid": route["uuid"]} for route in routes],
        "proxyMode": False,
        "proxyHost": "",
        "proxyRemovePrefix": False,
        "cors": True,
        "headers": [],
        "proxyReqHeaders": [],
        "proxyResHeaders": [],
        "data": [],
        "callbacks": [],
    }


def _mockoon_response(kind: Kind, answer: Answer, *, rules: bool, last: bool) -> dict[str, Any]:
    header, credential = kind.credential
    rule = {"target": "header", "modifier": header, "value": credential, "invert": False, "operator": "equals"}
    present = [
        {"target": "body", "modifier": member, "value": "", "invert": True, "operator": "null"}
        for member in _required(kind)
    ]
    return {
        "uuid": f"00000000-0000-4000-9000-{answer.status:012d}",
        "body": answer.body.decode("utf-8"),
        "latency": 0,
        "statusCode": answer.status,
        "label": kind.name,
        "headers": [{"key": name, "value": value} for name, value in answer.headers if name != "content-length"],
        "bodyType": "INLINE",
        "filePath": "",
        "databucketID": "",
        "sendFileAsBody": False,
        "rules": [rule, *present] if rules else [],
        "rulesOperator": "AND",
        "disableTemplating": True,
        "fallbackTo404": False,
        "default": last,
        "crudKey": "id",
        "callbacks": [],
    }


def _required(kind: Kind) -> list[str]:
    return {"updateCase": ["title"], "modifyCase": [f"caseInfo.{name}" for name in _CASE_INFO]}.get(kind.operation, [])


_CASE_INFO = ("id", "title", "description", "creatorId")


def _schema(kind: Kind) -> Any:
    """The schema of the request body as our contract has it, without the keywords that are our own."""
    operation = load_contract(kind.api, with_ledger=False).operations[kind.operation]
    schema = operation.body["application/json"].schema
    assert schema is not None, "the operations measured have a schema for their JSON"
    return _standard(schema.document)


def _standard(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _standard(item) for key, item in value.items() if not key.startswith("x-")}
    return [_standard(item) for item in value] if isinstance(value, list) else value


def _first_line(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).splitlines()[0].strip()
