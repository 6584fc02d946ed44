"""`casepact mock`: arguments → settings → a server that runs until it is stopped."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mock_server.assembly import Assembly, assemble, behaviours_of
from mock_server.serving import serve
from mock_server.settings import TOKEN_VARIABLE, Settings
from mock_server.workers import MOST_WORKERS, processors
from mock_server.worlds.shared.address import shown_address
from specs.command_line import (
    ENVIRONMENT_NOTE,
    OptionParser,
    ShowVersion,
    VariablesFormatter,
    complete,
    said_of_variables,
)
from specs.flaws import CasepactError
from specs.project import apis
from specs.source import CONTROL_BASE

EXAMPLES = f"""examples:
  casepact mock                            every API on http://127.0.0.1:8080
  casepact mock --api aicc --port 9000     one API, on another port, also at the root: /service/… as the vendor has it
  casepact mock --at-root r7office         every API, R7-Office also at the root
  casepact mock --port 0                   a free port, named in the banner
  casepact mock --watch                    read contracts and fixtures again when they change
  casepact mock --fixtures ./fixtures      records of your own: fixtures/<api>/default.yaml
  casepact mock --fixtures ./fixtures --set busy    the set fixtures/<api>/busy.yaml
  casepact mock --spec petstore.yaml       any other OpenAPI document, answered from its examples and schemas
  casepact mock --spec petstore.yaml --stateless    the same, without keeping what is sent
  casepact mock --worlds redis://127.0.0.1:6379/0   worlds that several mocks serve, kept in Redis or Valkey
  casepact mock --workers auto --worlds redis://127.0.0.1:6379/0    a process for each processor
  casepact mock --describe                 rules, actors and records as JSON, then exit
  CASEPACT_PORT=9000 casepact mock         an option from the environment

{ENVIRONMENT_NOTE}

The mock is controlled under {CONTROL_BASE}/ (worlds, clock, journal, refusals); its Swagger UI is {CONTROL_BASE}/ui/.
Listening on anything but loopback needs a token for that in {TOKEN_VARIABLE}.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the mock; 0 when it was stopped, 1 when its workers ended again and again, 2 when it could not start."""
    options = argparse.Namespace()
    try:
        parser = _parser()
        complete(parser, {"api": apis, "at_root": apis})
        options = parser.parse_args(arguments)
        settings = _settings(options)
        assembly = assemble(settings)
        if options.describe:
            return _describe(assembly, settings)
        return serve(settings, assembly)
    except CasepactError as error:
        print(f"casepact mock: {error}{said_of_variables(options)}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Who reads the description has read enough; what is left of it must not be written when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = OptionParser(
        prog="casepact mock",
        description="Serve the case APIs from their contracts, with state.",
        epilog=EXAMPLES,
        formatter_class=VariablesFormatter,
        from_environment=True,
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
        "--workers",
        type=_workers,
        default=1,
        metavar="N",
        help="processes that answer requests, auto for one on each processor; more than one need --worlds (default: 1)",
    )
    parser.add_argument(
        "--fixtures",
        type=Path,
        metavar="DIR",
        help="folder with <api>/<set>.yaml; sets that it lacks are those of casepact",
    )
    parser.add_argument(
        "--set",
        default="default",
        metavar="NAME",
        help="fixture set that worlds start with, where an API has it (default: %(default)s)",
    )
    parser.add_argument(
        "--spec",
        action="append",
        default=[],
        metavar="FILE",
        help="serve this document of OpenAPI or Swagger from its examples and schemas, and of ours what --api names",
    )
    parser.add_argument(
        "--fetch",
        action="store_true",
        help="let --spec be an address that begins with https://; what is fetched is kept and not fetched again",
    )
    parser.add_argument(
        "--strict-spec",
        action="store_true",
        help="refuse a document with a flaw (without it, an operation that has one is answered with 501)",
    )
    parser.add_argument(
        "--stateless",
        action="store_true",
        help="keep no records for --spec: each answer is that of the document, whatever was sent before",
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
        "--idle",
        type=_hours,
        default=12.0,
        metavar="HOURS",
        help="discard a world after so many hours without a request (default: 12)",
    )
    parser.add_argument(
        "--strict-worlds", action="store_true", help="refuse worlds that were not made through the control API"
    )
    parser.add_argument(
        "--journal", type=_count, default=50, metavar="N", help="exchanges each world remembers (default: %(default)s)"
    )
    parser.add_argument(
        "--worlds",
        default="",
        metavar="ADDRESS",
        help="Redis or Valkey that keeps worlds for all mocks that name it: redis://HOST:6379/0 (default: in memory)",
    )
    parser.add_argument("--watch", action="store_true", help="read contracts, ledgers and fixtures again on change")
    parser.add_argument(
        "--log-format", choices=("text", "json"), default="text", help="how console lines are written (default: text)"
    )
    parser.add_argument("--quiet", action="store_true", help="no banner and no line per refused request")
    parser.add_argument("--version", action=ShowVersion, help="print the version of casepact and exit")
    parser.add_argument("--describe", action="store_true", help="print rules, actors and records as JSON and exit")
    parser.add_argument("--port-file", type=Path, metavar="FILE", help="write the port here once the mock listens")
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    if options.fixtures is not None and not options.fixtures.is_dir():
        raise CasepactError(f"--fixtures {options.fixtures} is not a folder; it holds <api>/default.yaml for each API.")
    _check_workers(options)
    return Settings(
        apis=tuple(dict.fromkeys(options.api)) if options.api else () if options.spec else apis(),
        specs=tuple(_document(text, fetching=options.fetch, quiet=options.quiet) for text in options.spec),
        strict_spec=options.strict_spec,
        stateless=options.stateless,
        at_root=options.at_root,
        host=options.host,
        port=options.port,
        fixtures=options.fixtures,
        fixture_set=options.set,
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
        worlds=_worlds(options),
        workers=options.workers,
    )


def _worlds(options: argparse.Namespace) -> str:
    """The address that --worlds gives, after a look at its form."""
    address: str = options.worlds
    if address:
        shown_address(address)
        if options.watch:
            raise CasepactError(
                "--watch changes what worlds start with, and the other mocks on the worlds of --worlds would not; "
                "leave out one of the two."
            )
    return address


def _check_workers(options: argparse.Namespace) -> None:
    """Refuse what several processes cannot do together."""
    if options.workers == 1:
        return
    if options.watch:
        raise CasepactError(
            "--watch is for a single process: while contracts change, some workers would answer by the old ones and "
            "others by the new. Leave out --watch or --workers."
        )
    if not options.worlds:
        raise CasepactError(
            f"--workers {options.workers} needs --worlds: each process would have worlds of its own, so that a client "
            "reads what it wrote only by chance. Name a Redis or Valkey that they share, --worlds "
            "redis://127.0.0.1:6379/0 (CASEPACT_WORLDS), or leave out --workers."
        )


def _document(text: str, *, fetching: bool, quiet: bool) -> Path:
    """The file that --spec names, or the kept copy of what it names by address."""
    from specs.fetching import fetch, is_address

    if not is_address(text):
        return Path(text)
    if not fetching:
        raise CasepactError(f"--spec {text}: nothing is fetched unless --fetch is given; or save it and name the file.")
    found = fetch(text)
    if not quiet:
        how = "is kept as" if found.kept else "was fetched to"
        print(f"casepact mock: {text} {how} {found.path}, sha256 {found.digest}", file=sys.stderr)
    return found.path


def _count(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) <= 9) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a number from 1 to 999999999")
    return int(text)


def _workers(text: str) -> int:
    if text == "auto":
        return processors()
    if not (text.isdecimal() and text.isascii() and 1 <= int(text[:5]) <= MOST_WORKERS):
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a number from 1 to {MOST_WORKERS}, and not auto")
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
    print(flush=True)
    return 0
