"""
A program whose workers answer every connection with their process id, run by `python -m` from tests.

Arguments: how many workers, a file for the port, and what a worker does: `serve`; `flaw`, it cannot start; `crash`, it
ends at once; `deaf`, it serves and does not end when it is asked to.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from mock_server.console import log_to_console
from mock_server.workers import listeners, supervise
from specs.flaws import CasepactError


def main(count: str, port_file: str, what: str) -> int:
    """Run the workers."""
    log_to_console(json=False, quiet=False)
    first = socket.create_server(("127.0.0.1", 0))
    port = first.getsockname()[1]

    def serve(listener: socket.socket, ready: Callable[[], None]) -> None:
        if what == "flaw":
            raise CasepactError("the world is full")
        if what == "crash":
            os.abort()
        if what == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        ready()
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(str(os.getpid()).encode())

    return supervise(listeners(first, int(count)), serve, lambda: Path(port_file).write_text(f"{port}\n") and None)


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except CasepactError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
