"""One hostile request as bytes, how it is sent, and what a server that stays upright makes of it."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
from dataclasses import dataclass
from enum import Enum

PATIENCE = 10.0
"""Seconds within which an answer is due."""

PAUSE = 0.01
"""Seconds that a client waits for an answer before it hangs up."""


class Ending(Enum):
    """What the client does once it has sent everything."""

    AWAIT = "reads until the server closes: an answer is due"
    HANG_UP = "waits a moment, closes its side and reads what comes, if anything"
    RESET = "resets the connection"


@dataclass(frozen=True, slots=True)
class Shot:
    """
    What goes through one connection, piece by piece.

    `answers` are due where the client awaits them, each with one of `statuses` if any are named. `accepted` says that a
    success is no surprise, for it changes nothing that anybody looks at.
    """

    kind: str
    pieces: tuple[bytes, ...]
    ending: Ending = Ending.AWAIT
    answers: int = 1
    statuses: frozenset[int] = frozenset()
    accepted: bool = False

    @property
    def text(self) -> str:
        """The bytes as Python writes them, cut where they are long."""
        sent = b"".join(self.pieces)
        return repr(sent) if len(sent) <= 1500 else f"{sent[:1200]!r} … {sent[-200:]!r} ({len(sent)} bytes)"


@dataclass(frozen=True, slots=True)
class Hit:
    """What came back: the statuses of all answers, the bytes, and whether the server closed in time."""

    statuses: tuple[int, ...]
    received: bytes
    closed: bool


_STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r]")


def fire(port: int, shot: Shot, patience: float = PATIENCE) -> Hit:
    """Send a shot to a server on 127.0.0.1."""
    received = b""
    closed = True
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A server that has seen enough closes; what it said before can still be read.
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            for piece in shot.pieces:
                connection.sendall(piece)
        if shot.ending is Ending.RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return Hit((), b"", True)
        hangs_up = shot.ending is Ending.HANG_UP
        connection.settimeout(PAUSE if hangs_up else patience)
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except TimeoutError:
            closed = False
        except ConnectionResetError:
            pass
        if hangs_up and not closed:
            more, closed = _after_hanging_up(connection, patience)
            received += more
    return Hit(statuses(received), received, closed)


def _after_hanging_up(connection: socket.socket, patience: float) -> tuple[bytes, bool]:
    """What the server still says, and whether it closes its side too."""
    received = b""
    connection.settimeout(patience)
    try:
        connection.shutdown(socket.SHUT_WR)
        while chunk := connection.recv(65536):
            received += chunk
    except TimeoutError:
        return received, False
    except OSError:
        pass
    return received, True


def statuses(received: bytes) -> tuple[int, ...]:
    """The status of each answer on a connection, interim ones left out (RFC 9110 section 15.2)."""
    found = []
    rest = received
    while match := _STATUS_LINE.match(rest):
        head, _, rest = rest.partition(b"\r\n\r\n")
        if match[1][:1] == b"1":
            continue
        found.append(int(match[1]))
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        # An answer to HEAD announces a body that does not come; it is the last one of its connection.
        rest = rest[int(length[1]) :] if length else rest
    return tuple(found)
