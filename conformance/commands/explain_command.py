"""`casepact explain`: the options; what it does is in `conformance.commands.explain`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

EXAMPLES = """examples:
  casepact explain EG-42            what the page says, how it is checked, an exchange that passes and one that fails
  casepact explain D-10 --api r7office
                                    a statement that several APIs have, for one of them
"""


def add_parser(commands: Any) -> None:
    """Give `casepact` the command `explain`."""
    parser = commands.add_parser(
        "explain",
        help="all about one statement, with an exchange that passes and one that fails",
        description=(
            "Tell all about one statement: what the page says, how far it binds, what was decided, where the contract\n"
            "carries it, how it is checked. The mock is started to show an exchange that passes; for the failing one\n"
            "an answer of the mock is altered until the checks object, and the alteration is named."
        ),
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("statement", metavar="STATEMENT", help="an id, as EG-42 or HW-21")
    parser.add_argument("--api", action="append", default=[], metavar="NAME", help="only for this API; again for more")
    parser.set_defaults(run=_explain)


def _explain(options: argparse.Namespace) -> int:
    from conformance.commands.explain import explain

    sys.stdout.write(explain(options.statement, tuple(options.api)))
    return 0
