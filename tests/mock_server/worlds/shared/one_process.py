"""
A mock of all APIs in a process of its own, with its worlds in Redis and its clock at noon.

Arguments, for `python -m tests.mock_server.worlds.shared.one_process`: the address of Redis, and a file for the port on
which it listens.
"""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import uvicorn
import uvloop

from mock_server.console import LOGGER
from mock_server.serving import server_config
from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Records
from mock_server.worlds.shared.server import Server
from mock_server.worlds.shared.store import SharedWorldStore
from mock_server.worlds.shared.transactions import Transactions
from tests.mock_server.worlds.test_interleaving import fresh_app


def main(address: str, port_file: Path) -> None:
    """Serve until stopped."""
    logging.getLogger(LOGGER).setLevel(logging.ERROR)

    def store(seeds: Mapping[str, Records], clock: Clock) -> SharedWorldStore:
        made = SharedWorldStore(seeds, clock)
        Transactions(made, Server(address), b"interleaving")
        return made

    app = fresh_app(store)
    listener = socket.create_server(("127.0.0.1", 0))
    port_file.write_text(str(listener.getsockname()[1]))
    uvloop.run(uvicorn.Server(server_config(app)).serve(sockets=[listener]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
