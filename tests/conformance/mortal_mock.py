"""
A mock of AICC that is killed in the middle of its work: `python -m tests.conformance.mortal_mock PORT_FILE REQUESTS`.

The process kills itself with SIGKILL when it has answered so many requests, and writes its port where it is asked to.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from tests.servers import mock_app, serving


class Mortal:
    """An ASGI app that answers so many requests and then takes the process with it."""

    def __init__(self, app: Any, requests: int) -> None:
        self.app, self.left = app, requests

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.left -= 1
            if self.left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        await self.app(scope, receive, send)


def main() -> None:
    """Serve until killed."""
    port_file, requests = Path(sys.argv[1]), int(sys.argv[2])
    with serving(Mortal(mock_app("aicc"), requests)) as address:
        port_file.write_text(address.rpartition(":")[2])
        while True:
            time.sleep(1)


if __name__ == "__main__":
    main()
