"""`casepact mock`: arguments → settings → a server that runs until it is stopped."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import gc
import json
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_server.addresses import first_segment
from mock_server.assembly import Assembly, assemble, behaviours_of
from mock_server.settings import TOKEN_VARIABLE, Settings, control_token
from specs.contract import Contract
from specs.flaws import CasepactError
from specs.source import CONTROL_BASE, FIXTURES, apis

if TYPE_CHECKING:
    import uvicorn

_MOST_UNREACHED = 10

EXAMPLES = f"""examples:
  casepact mock                            every API on http://127.0.0.1:8080
  casepact mock --api aicc --port 9000     one API, on another port, also at the root: /service/… as the vendor has it
  casepact mock --at-root r7office         every API, R7-Office also at the root
  casepact mock --port 0                   a free port, named in the banner
  casepact mock --watch                    read contracts and fixtures again when they change
  casepact mock --fixtures ./fixtures      records of your own: fixtures/<api>/default.yaml
  casepact mock --spec petstore.yaml       any other OpenAPI 3.0 document, answered from its examples and schemas
  casepact mock --describe                 rules, actors and records as JSON, then exit

The mock is steered under {CONTROL_BASE}/ (worlds, clock, journal, refusals); its Swagger UI is {CONTROL_BASE}/ui/.
Listening on anything but loopback needs a token for that in {TOKEN_VARIABLE}.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the mock; 0 when it was stopped, 2 when it could not start."""
    options = _parser().parse_args(arguments)
    try:
        settings = _settings(options)
        assembly = assemble(settings)
        if options.describe:
            return _describe(assembly, settings)
        return _serve(settings, assembly)
    except CasepactError as error:
        print(f"casepact mock: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="casepact mock",
        description="Serve the case APIs from their contracts, with state.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--api", action="append", metavar="NAME", help=f"serve only this API ({', '.join(apis())}); again for more"
    )
    parser.add_argument(
        "--at-root",
        metavar="NAME",
        help="serve this API at the root too, beside /NAME/ (without it only an API that is served alone is there)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=_port, default=8080, help="port to listen on, 0 for a free one (default: %(default)s)"
    )
    parser.add_argument(
        "--fixtures",
        type=Path,
        default=FIXTURES,
        metavar="DIR",
        help="folder with <api>/default.yaml (default: the ones of casepact)",
    )
    parser.add_argument(
        "--spec",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="serve this OpenAPI 3.0 document from its examples and schemas, and no other API unless --api names it",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="decides the answers made up for --spec (default: 0)"
    )
    parser.add_argument(
        "--max-body", type=_size, default=2**20, metavar="BYTES", help="largest request body taken (default: 1 MiB)"
    )
    parser.add_argument(
        "--max-worlds", type=_count, default=1000, metavar="N", help="worlds kept; the one used longest ago goes first"
    )
    parser.add_argument(
        "--idle", type=_hours, default=12.0, metavar="HOURS", help="a world nobody used for so long goes (default: 12)"
    )
    parser.add_argument(
        "--strict-worlds", action="store_true", help="refuse worlds that were not made through the control API"
    )
    parser.add_argument(
        "--journal", type=_count, default=50, metavar="N", help="exchanges each world remembers (default: %(default)s)"
    )
    parser.add_argument("--watch", action="store_true", help="read contracts, ledgers and fixtures again on change")
    parser.add_argument(
        "--log-format", choices=("text", "json"), default="text", help="how console lines are written (default: text)"
    )
    parser.add_argument("--quiet", action="store_true", help="no banner and no line per refused request")
    parser.add_argument("--describe", action="store_true", help="print rules, actors and records as JSON and exit")
    parser.add_argument("--port-file", type=Path, metavar="FILE", help="write the port here once the mock listens")
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    if not options.fixtures.is_dir():
        raise CasepactError(f"--fixtures {options.fixtures} is not a folder; it holds <api>/default.yaml for each API.")
    return Settings(
        apis=tuple(dict.fromkeys(options.api)) if options.api else () if options.spec else apis(),
        specs=tuple(options.spec),
        at_root=options.at_root,
        host=options.host,
        port=options.port,
        fixtures=options.fixtures,
        max_body=options.max_body,
        max_worlds=options.max_worlds,
        idle=options.idle * 3600,
        strict_worlds=options.strict_worlds,
        journal=options.journal,
        seed=options.seed,
        watch=options.watch,
        json_log=options.log_format == "json",
        quiet=options.quiet,
        port_file=options.port_file,
    )


def _count(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) <= 9) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a number from 1 to 999999999")
    return int(text)


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours < 10**6:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of hours above 0")
    return hours


def _port(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) <= 5) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port; give a number from 0 to 65535")
    return int(text)


def _size(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) <= 18) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a size; give a number of bytes")
    return int(text)


def _describe(assembly: Assembly, settings: Settings) -> int:
    from mock_server.describing import describe

    json.dump(
        describe(assembly.contracts.values(), behaviours_of(assembly, settings), assembly.seeds), sys.stdout, indent=2
    )
    print()
    return 0


def _serve(settings: Settings, assembly: Assembly) -> int:
    listener = _listen(settings)
    token = control_token(listener.getsockname()[0])
    # Connexion takes longer to import than everything above; a flawed contract is told before it.
    import uvicorn
    import uvloop

    from mock_server.console import speak
    from mock_server.http.app import build_app, new_book
    from mock_server.watching import Swapping, watch
    from mock_server.worlds.clock import Clock
    from mock_server.worlds.store import WorldStore

    speak(json=settings.json_log, quiet=settings.quiet)
    store = WorldStore(
        assembly.seeds,
        Clock(),
        settings.max_worlds,
        idle=settings.idle,
        strict=settings.strict_worlds,
        journal=settings.journal,
    )
    book = new_book()

    def build(found: Assembly) -> object:
        return build_app(
            found.contracts.values(),
            behaviours_of(found, settings),
            found.seeds,
            max_body=settings.max_body,
            worlds=store,
            control=found.control,
            token=token,
            fixtures=settings.fixtures,
            book=book,
            addresses=found.addresses,
        )

    swapping = Swapping(build(assembly))
    port = listener.getsockname()[1]
    # With --watch the app can be exchanged; without it nothing stands between the server and the app.
    served = swapping if settings.watch else swapping.app
    server = uvicorn.Server(server_config(served))

    async def run() -> None:
        watcher = partial(watch, settings, assembly, swapping, store, build)
        watching = asyncio.create_task(watcher()) if settings.watch else None
        await server.serve(sockets=[listener])
        if watching is not None:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching

    if not settings.watch:
        # What is there now stays to the end: the collector of cyclic garbage need not look at it again and again.
        gc.freeze()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        # Whoever reads the port may stop the mock at once, and nothing is promised before it could be told.
        if settings.port_file is not None:
            try:
                settings.port_file.write_text(f"{port}\n")
            except OSError as error:
                raise CasepactError(f"--port-file {settings.port_file} cannot be written: {error.strerror}.") from None
        if not settings.quiet and not settings.json_log:
            print(_banner(settings, assembly, port, token), flush=True)
        uvloop.run(run())
    return 0


def server_config(app: Any) -> uvicorn.Config:
    """How an app is served: nothing between the socket and it, and five seconds for requests in flight at the end."""
    import uvicorn

    from mock_server.http.protocol import HeadersAlone

    return uvicorn.Config(
        app,
        http=HeadersAlone,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The loop switches Nagle's algorithm off only on sockets that say they are TCP; with it each answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(2048)
    except (OSError, TypeError, ValueError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        # What cannot be looked up, and what is the address of another machine.
        elsewhere = isinstance(error, socket.gaierror | TypeError | ValueError) or error.errno == errno.EADDRNOTAVAIL
        way_out = (
            "Give a --host that this machine has: 127.0.0.1, ::1 or another."
            if elsewhere
            else "Give another --port, or --port 0 for a free one."
        )
        raise CasepactError(f"cannot listen on {settings.host}:{settings.port}: {reason}. {way_out}") from None
    return listener


def _banner(settings: Settings, assembly: Assembly, port: int, token: str) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    root = f"http://{host}:{port}"
    lines = [f"casepact mock on {root} (stop with Ctrl-C)", ""]
    addresses = assembly.addresses
    for contract in assembly.contracts.values():
        base = addresses.base(contract.api)
        lines += [f"  {contract.title}", f"    base URL    {root}{base}"]
        if contract.api == addresses.root:
            lines.append(
                f"    at the root {root}" if base else f"    at the root alone: its paths begin with /{contract.api}"
            )
        elif addresses.kept_out:
            lines.append(f"    not at the root: {_kept_out(contract, addresses.kept_out)}")
        lines.append(f"    Swagger UI  {root}/{contract.api}/ui/")
        if not contract.dialect.modelled:
            lines.append("    unmodelled: answers are made of the document's examples and schemas, nothing is stored")
            lines += _unreached(contract)
        actors = assembly.seeds[contract.api].actors
        width = max(map(len, [*actors, "at the root"]))
        for name, actor in actors.items():
            header = _first_header(contract, actor.credentials)
            lines.append(f"    {name:<{width}} {header}" if header else f"    {name}")
        lines.append("")
    if len(assembly.contracts) > 1 and not addresses.root:
        lines.append("  Nothing is at the root; --at-root NAME serves an API there too.")
    guard = f"asks for the bearer token in {TOKEN_VARIABLE}" if token else "open to this machine"
    lines.append(f"  Worlds, clock, journal, refusals: {root}{CONTROL_BASE}/ui/ ({guard})")
    lines.append("  A world of your own: send X-Casepact-World: NAME, or put /~NAME before the path.")
    return "\n".join(lines)


def _unreached(contract: Contract) -> list[str]:
    """The paths of a foreign document that no request has, the first ten."""
    from mock_server.operations.unreached import unreached

    told = list(unreached(contract))
    more = [f"    … and {len(told) - _MOST_UNREACHED} more paths"] if len(told) > _MOST_UNREACHED else []
    return [*(f"    {sentence}" for sentence in told[:_MOST_UNREACHED]), *more]


def _kept_out(contract: Contract, path: str) -> str:
    """Why an API that is served alone is not at the root, and the way there if there is one."""
    if first_segment(path) != contract.api:
        return f"its path {path} leads elsewhere there"
    return f"its path {path} begins with its name; --at-root {contract.api} serves it there alone"


def _first_header(contract: Contract, credentials: Mapping[str, str]) -> str:
    """The header, as it is sent, with the first credential that travels in one as it stands; "" for none."""
    for name, scheme in contract.security_schemes.items():
        if scheme.location == "header" and scheme.kind != "basic" and name in credentials:
            return f"{scheme.key}: {'Bearer ' if scheme.kind == 'bearer' else ''}{credentials[name]}"
    return ""
