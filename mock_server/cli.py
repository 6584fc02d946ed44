"""`casepact mock`: arguments → settings → a server that runs until it is stopped."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from mock_server.settings import FIXTURES, Settings
from mock_server.worlds.records import Records
from mock_server.worlds.seeding import seed_records
from specs.contract import Contract
from specs.flaws import CasepactError
from specs.loading import load_contract
from specs.source import apis

EXAMPLES = """examples:
  casepact mock                          every API on http://127.0.0.1:8080
  casepact mock --api aicc --port 9000   one API, on another port
  casepact mock --port 0                 a free port, named in the banner
  casepact mock --describe               rules, actors and records as JSON, then exit
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the mock; 0 when it was stopped, 2 when it could not start."""
    options = _parser().parse_args(arguments)
    try:
        settings = Settings(
            apis=_selected(options.api),
            host=options.host,
            port=options.port,
            fixtures=options.fixtures,
            max_body=options.max_body,
            quiet=options.quiet,
            port_file=options.port_file,
        )
        contracts = [load_contract(api, with_ledger=False) for api in settings.apis]
        seeds = {
            contract.api: seed_records(contract, settings.fixtures, settings.fixture_set) for contract in contracts
        }
        if options.describe:
            return _describe(contracts, seeds)
        return _serve(settings, contracts, seeds)
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
        "--max-body", type=_size, default=2**20, metavar="BYTES", help="largest request body taken (default: 1 MiB)"
    )
    parser.add_argument("--quiet", action="store_true", help="no banner and no line per refused request")
    parser.add_argument("--describe", action="store_true", help="print rules, actors and records as JSON and exit")
    parser.add_argument("--port-file", type=Path, metavar="FILE", help="write the port here once the mock listens")
    return parser


def _selected(names: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names)) if names else apis()


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is no port; give a number from 0 to 65535")
    return int(text)


def _size(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no size; give a number of bytes")
    return int(text)


def _describe(contracts: Sequence[Contract], seeds: Mapping[str, Records]) -> int:
    from mock_server.behaviours import BEHAVIOURS
    from mock_server.describing import describe

    json.dump(describe(contracts, BEHAVIOURS, seeds), sys.stdout, indent=2)
    print()
    return 0


def _serve(settings: Settings, contracts: Sequence[Contract], seeds: Mapping[str, Records]) -> int:
    listener = _listen(settings)
    # Connexion takes longer to import than everything above; a flawed contract is told before it.
    import uvicorn
    import uvloop

    from mock_server.behaviours import BEHAVIOURS
    from mock_server.http.app import build_app

    app = build_app(contracts, BEHAVIOURS, seeds, max_body=settings.max_body)
    logging.basicConfig(
        level=logging.WARNING if settings.quiet else logging.INFO, format="%(message)s", stream=sys.stderr
    )
    for noisy in ("connexion", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    port = listener.getsockname()[1]
    if not settings.quiet:
        print(_banner(settings, contracts, seeds, port), flush=True)
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=5)
    )
    if settings.port_file is not None:
        try:
            settings.port_file.write_text(f"{port}\n")
        except OSError as error:
            raise CasepactError(f"--port-file {settings.port_file} cannot be written: {error.strerror}.") from None
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(server.serve(sockets=[listener]))
    return 0


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
        raise CasepactError(
            f"cannot listen on {settings.host}:{settings.port}: {reason}. "
            "Give another --port, or --port 0 for a free one."
        ) from None
    return listener


def _banner(settings: Settings, contracts: Sequence[Contract], seeds: Mapping[str, Records], port: int) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    lines = [f"casepact mock on http://{host}:{port} (stop with Ctrl-C)", ""]
    for contract in contracts:
        base = f"http://{host}:{port}/{contract.api}"
        lines += [f"  {contract.title}", f"    base URL    {base}", f"    Swagger UI  {base}/ui/"]
        scheme = next(iter(contract.security_schemes.values()))
        for name, actor in seeds[contract.api].actors.items():
            credential = actor.credentials.get(_first_header_scheme(contract), "")
            lines.append(
                f"    {name:<11} {_header_of(contract)}: {credential}" if credential else f"    {name} {scheme.name}"
            )
        lines.append("")
    lines.append("  A world of your own: send X-Casepact-World: NAME, or put /~NAME before the path.")
    return "\n".join(lines)


def _first_header_scheme(contract: Contract) -> str:
    return next((name for name, scheme in contract.security_schemes.items() if scheme.location == "header"), "")


def _header_of(contract: Contract) -> str:
    return contract.security_schemes[_first_header_scheme(contract)].key
