"""`casepact`: one command for the mock, the conformance run and the ledgers."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.commands import completion, diff, doctor, explain_command, init, report
from conformance.commands import target as target_commands
from conformance.rollback.interrupts import Terminated, terminable
from conformance.target.user_folders import cache_folder
from conformance.verdict import baseline
from specs.command_line import (
    ENVIRONMENT_NOTE,
    OptionParser,
    ShowVersion,
    VariablesFormatter,
    complete,
    said_of_variables,
)
from specs.flaws import CasepactError

if TYPE_CHECKING:
    from conformance.runner.sharding import Shard

EXAMPLES = """examples:
  casepact mock                                   serve every API with state, on http://127.0.0.1:8080
  casepact check                                  test the mock that comes with the project
  casepact check --url http://127.0.0.1:9000 --api aicc
                                                  test whatever listens there
  casepact check --spec petstore.yaml --url http://127.0.0.1:9000
                                                  test a server by any OpenAPI document
  casepact check --target staging --strict        test a server by its profile
  casepact lint petstore.yaml                     what is wrong with an OpenAPI document, line by line
  casepact diff main                              what changed in the contracts since main, and what breaks clients
  casepact ledger --statement HW-21               where a statement stands, and what proves it
  casepact doctor --target staging                is everything in place on this machine?

Each command has examples of its own: casepact COMMAND --help
"""

CHECK_EXAMPLES = f"""\
Without --quick or --thorough 20 values a limit are drawn, and requests where members have no probe of their
own. This is the depth for releases.

examples:
  casepact check --target staging                 a server by its profile, reports in reports/staging
  casepact check --target staging --plan          what would be sent at most; sends nothing
  casepact check --target staging --baseline staging.json --reports reports
                                                  in CI: only what is new fails
  casepact check --api aicc --url http://127.0.0.1:9000/aicc
                                                  what listens there, by the contract of one API
  casepact check --quick --strict                 the mock, in seconds
  casepact check --shard 2/5 --seed 7             a fifth of the probes; join the five with casepact report join
  CASEPACT_TARGET=staging casepact check          an option from the environment

exit codes: 0 kept, 1 a statement is violated, 2 could not run, 3 environment (unreachable, credentials
refused), 4 too little was verified, 130 interrupted, 143 terminated

{ENVIRONMENT_NOTE}
"""

LEDGER_EXAMPLES = """examples:
  casepact ledger                        how many statements each API has, and what proves them
  casepact ledger --statement HW-21      one of them: text, standing, and where it stands
  casepact ledger --unproved --api egain  what no request can show, with the reasons
  casepact ledger --json                 everything, for other programs
  casepact ledger --spec petstore.yaml   the statements that a document makes, by operation
"""

LINT_EXAMPLES = """examples:
  casepact lint                   the contracts, ledgers, fixtures, profiles and code of the project
  casepact lint petstore.yaml     any OpenAPI document: its flaws, and what neither mock nor harness enforces
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; exit codes: 0, 1, 2, 3, 4, 130, 143 as `conformance.verdict.Exit` names them."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    # Hypothesis keeps what it knows of source files in the working directory, unless this says otherwise.
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(cache_folder() / "hypothesis"))
    parser = _parser()
    complete(parser, completion.VALUES)
    options = parser.parse_args(words)
    try:
        return int(options.run(options))
    except CasepactError as error:
        print(f"casepact: could not run: {error}{said_of_variables(options)}", file=sys.stderr)
        return 2
    except Terminated:
        print("casepact: terminated", file=sys.stderr)
        return 143
    except KeyboardInterrupt:
        print("casepact: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    style = argparse.RawDescriptionHelpFormatter
    parser = OptionParser(
        prog="casepact",
        description="Executable contracts of case APIs: a stateful mock, and a harness that judges servers by them.",
        epilog=EXAMPLES,
        formatter_class=style,
    )
    parser.add_argument(
        "--project",
        metavar="DIR",
        help="the folder with casepact.yaml (default: this one or one above it; else the APIs of casepact and of "
        "installed packages) [CASEPACT_PROJECT]",
    )
    parser.add_argument("--version", action=ShowVersion)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    init.add_parser(commands)
    commands.add_parser("mock", help="serve the APIs with state (see casepact mock --help)", add_help=False)
    _check_parser(
        commands.add_parser(
            "check",
            help="does a server keep its contract?",
            formatter_class=VariablesFormatter,
            from_environment=True,
        )
    )
    _ledger_parser(commands)
    diff.add_parser(commands)
    explain_command.add_parser(commands)
    report.add_parser(commands)
    baseline.add_parser(commands)
    target_commands.add_parser(commands)
    lint = commands.add_parser(
        "lint",
        help="check contracts, ledgers, fixtures and their ids; or an OpenAPI document",
        description="Check the project's contracts, or with FILE any OpenAPI document: what is wrong with it, each "
        "flaw with file and line, and what neither mock nor harness would enforce. Exit codes: 1 flaws, 2 a file could "
        "not be loaded.",
        epilog=LINT_EXAMPLES,
        formatter_class=style,
    )
    lint.add_argument("file", nargs="?", type=Path, metavar="FILE", help="an OpenAPI document, JSON or YAML")
    lint.set_defaults(run=_lint)
    doctor.add_parser(commands)
    completion.add_parser(commands)
    return parser


def _ledger_parser(commands: Any) -> None:
    ledger = commands.add_parser(
        "ledger",
        help="the statements: what is promised and what proves it",
        description="Show what the pages say, statement by statement, and what proves it.",
        epilog=LEDGER_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ledger.add_argument("--api", action="append", metavar="NAME", help="only this API; again for more")
    ledger.add_argument("--spec", type=Path, metavar="FILE", help="the statements that this OpenAPI document makes")
    ledger.add_argument("--json", action="store_true", help="everything, as JSON")
    ledger.add_argument(
        "--unproved", action="store_true", help="only what nothing on the wire can show, with the reasons"
    )
    ledger.add_argument("--statement", metavar="ID", help="all that is known of one statement, e.g. HW-21")
    ledger.set_defaults(run=_ledger)


def _check_parser(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Probe a server and give a verdict for each statement. Without --target or --url the mock is started."
    )
    parser.epilog = CHECK_EXAMPLES
    parser.add_argument("--api", action="append", default=[], metavar="NAME", help="only this API; again for more")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--target", default="", metavar="NAME", help="a profile by name, or a file")
    where.add_argument(
        "--url",
        default="",
        help="a base address; needs one --api, or --spec. Without a profile nothing is known of a server not on "
        "loopback",
    )
    parser.add_argument(
        "--spec",
        type=Path,
        metavar="FILE",
        help="an OpenAPI document that the server at --url is to keep; without --url our mock of it is tested",
    )
    parser.add_argument("--strict", action="store_true", help="notes (what no page promises) fail the run too")
    parser.add_argument(
        "--allow-unverified",
        action="store_true",
        help="end with 0 instead of 4 when too little was verified, and say so",
    )
    depth = parser.add_mutually_exclusive_group()
    depth.add_argument(
        "--quick", action="store_true", help="for each change: every statement with few values, nothing fuzzed"
    )
    depth.add_argument(
        "--thorough",
        action="store_true",
        help="for nightly runs: 50 values per limit with each of ten seeds, all operations fuzzed",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="repeat a run: the seed it printed")
    parser.add_argument("--statement", default="", metavar="ID", help="only the probes that serve this statement")
    parser.add_argument("--operation", default="", metavar="ID", help="only the probes of this operation")
    parser.add_argument(
        "-k", dest="keyword", default="", metavar="EXPR", help="only probes whose name fits, as pytest's -k"
    )
    parser.add_argument(
        "--shard",
        type=_shard,
        metavar="I/N",
        help="only part I of N, for N machines with the same --seed; `casepact report join` has the verdict",
    )
    parser.add_argument(
        "--shard-server",
        choices=("own", "shared"),
        default="",
        help="own: each shard has a server of its own; shared: all have this one, and run one after the other",
    )
    parser.add_argument(
        "--baseline", type=Path, metavar="FILE", help="fail only on what is not in it (casepact baseline update FILE)"
    )
    parser.add_argument(
        "--triage",
        action="store_true",
        help="run the probes on our mock too, and name the likely cause of each finding",
    )
    parser.add_argument(
        "--plan", action="store_true", help="say what would be sent at most, and what may write; send nothing"
    )
    parser.add_argument(
        "--max-requests", type=_positive, default=0, metavar="N", help="send no more; the rest is not exercised"
    )
    parser.add_argument(
        "--max-time", type=_seconds, default=0.0, metavar="TIME", help="start no request after so long: 90, 15m, 1h"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on where the last run with these reports was cut short"
    )
    parser.add_argument("--lf", action="store_true", help="only the probes that failed last time; all, if none did")
    parser.add_argument(
        "-n", dest="workers", type=_positive, metavar="N", help="processes (default: 2 on loopback, else 1)"
    )
    parser.add_argument(
        "--reports", type=Path, metavar="DIR", help="where reports go (default: reports/, and the name of the target)"
    )
    target_commands.add_journal_dir(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="list what was not exercised, and why")
    parser.set_defaults(run=_check)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of 1 or more")
    return int(text)


def _shard(text: str) -> Shard:
    from conformance.runner.sharding import parsed

    try:
        return parsed(text)
    except CasepactError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _seconds(text: str) -> float:
    number, unit = (text[:-1], text[-1]) if text[-1:] in ("s", "m", "h") else (text, "s")
    try:
        seconds = float(number) * {"s": 1, "m": 60, "h": 3600}[unit]
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is not a time; it looks like 90, 15m or 1h")
    return seconds


def _check(options: argparse.Namespace) -> int:
    from conformance.runner.managed_mocks import OwnMocks
    from conformance.runner.run_options import RunOptions, default_folder
    from conformance.target.profile import is_loopback
    from specs.source import name_of

    specs = {}
    if options.spec is not None:
        if options.target or options.api:
            raise CasepactError("--spec goes with --url alone; a profile names the document itself, as `spec: FILE`.")
        specs = {name_of(options.spec): str(options.spec.resolve())}
    on_loopback = is_loopback(options.url) if options.url else not options.target
    asked = RunOptions(
        apis=tuple(dict.fromkeys(options.api)),
        target=options.target,
        url=options.url,
        specs=specs,
        seed=options.seed,
        level="quick" if options.quick else "thorough" if options.thorough else "default",
        strict=options.strict,
        reports=options.reports or default_folder(options.target, options.url, options.shard),
        statement=options.statement,
        operation=options.operation,
        keyword=options.keyword,
        failed_only=options.lf,
        max_requests=options.max_requests,
        max_seconds=options.max_time,
        baseline=options.baseline,
        triage=options.triage,
        resume=options.resume,
        allow_unverified=options.allow_unverified,
        journal_dir=options.journal_dir,
        shard=options.shard,
        shard_server=options.shard_server,
        workers=options.workers or (2 if on_loopback else 1),
    )
    with terminable(), OwnMocks() as mocks:
        if not options.plan:
            mocks.start_ahead(asked)
        from conformance.commands.check import CredentialsRefused, Overloaded, Unreachable, check, planned
        from conformance.reports import annotations, write_reports
        from conformance.reports.document import document
        from conformance.reports.text import render
        from conformance.verdict.outcomes import Exit

        if options.plan:
            sys.stdout.write(planned(asked))
            return 0
        try:
            result = check(asked, mocks)
        except (Unreachable, Overloaded, CredentialsRefused) as error:
            print(f"casepact: {Exit.ENVIRONMENT}: {error}", file=sys.stderr)
            return Exit.ENVIRONMENT.code
        written = document(result)
        write_reports(written, asked.reports)
    sys.stdout.write(render(written, str(asked.reports), verbose=options.verbose))
    if os.environ.get("GITHUB_ACTIONS") == "true" and asked.shard is None:
        sys.stdout.write(annotations.render(written))
    return result.exit.code


def _ledger(options: argparse.Namespace) -> int:
    import json

    from conformance.commands import ledger_text as ledger
    from conformance.commands.traceability import trace, trace_document
    from specs.flaws import UnknownName

    if options.spec is not None and options.api:
        raise CasepactError("--spec goes without --api: the statements are those of that document.")
    matrix = trace(tuple(options.api or ())) if options.spec is None else trace_document(options.spec)
    entries = matrix.entries
    if options.statement:
        entries = tuple(entry for entry in entries if entry.statement.id == options.statement)
        if not entries:
            raise UnknownName("statement", options.statement, {entry.statement.id for entry in matrix.entries})
    if options.json:
        print(json.dumps(ledger.as_json(entries), indent=2, ensure_ascii=False))
    elif options.statement:
        sys.stdout.write(ledger.one(matrix, entries))
    elif options.unproved:
        sys.stdout.write(ledger.unproved(matrix))
    else:
        sys.stdout.write(ledger.table(matrix) if options.spec is None else ledger.table_of_document(matrix))
    return 0


def _lint(options: argparse.Namespace) -> int:
    if options.file is not None:
        from conformance.commands.lint_document import lint_document, render

        found_in_file = lint_document(options.file)
        sys.stdout.write(render(options.file, found_in_file))
        return 1 if found_in_file.flaws else 0
    from conformance.commands.cross_references import dangling
    from conformance.commands.traceability import flaws, trace
    from conformance.target.profile import load_profile, profiles
    from specs.foreign import load_foreign
    from specs.project import unmodelled_documents, without_ledger

    matrix = trace()
    for name in profiles():
        load_profile(name, with_secrets=False)
    found = sorted({*flaws(matrix), *dangling(matrix)})
    for flaw in found:
        print(flaw, file=sys.stderr)
    for name, path in unmodelled_documents().items():
        load_foreign(path, name)
        print(without_ledger(name), file=sys.stderr)
    if not found:
        print(f"{len(matrix.contracts)} contracts, {len(matrix.entries)} statements: in order")
    return 1 if found else 0
