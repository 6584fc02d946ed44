"""
What happens in a world, as server-sent events (HTML, "Server-sent events").

A listener looks at the journal a few times a second; a request costs the same whether anybody listens or not, and what
a slow listener misses is the journal's own bound. `entry` has an exchange as markup, `changed` says that the world's
state is another, `renewed` that the journal has to be read anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

from mock_server.http.asgi_messages import Receive, Scope, Send
from mock_server.http.connection_failures import connection_of, gone
from mock_server.http.pages.filters import Filter
from mock_server.http.pages.view import Chosen, View, since
from mock_server.worlds.shared.errors import WorldsUnavailable
from mock_server.worlds.store import World, WorldStore

MOST_LISTENERS = 32
"""Browsers keep a connection open for each; a further one is refused."""
INTERVAL = 0.25
"""Seconds between two looks."""
HEARTBEAT = 15.0
"""Seconds after which a comment shows a proxy that the connection lives."""
_MOST_AT_ONCE = 10
"""Exchanges that are sent one by one; of more the page reads the journal anew."""

Render = Callable[[Mapping[str, Any], Chosen], str]


class Watch:
    """What a listener has seen of a world; `seen` is a text of `since`."""

    def __init__(self, worlds: WorldStore, view: View, chosen: Chosen, seen: str, render: Render) -> None:
        self._worlds, self._view, self._chosen, self._render = worlds, view, chosen, render
        self._of, _, number = seen.rpartition(":")
        self._seen = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
        self._shows = self._seen > 0
        self._state = self._now(worlds.find(chosen.world))

    async def look(self) -> tuple[Watch, list[bytes]]:
        """The listener after one more look, and the events since the last one; none while the worlds cannot be had."""

        def act() -> tuple[Watch, list[bytes]]:
            later = copy(self)
            return later, later.news()

        try:
            return await self._worlds.run(act)
        except WorldsUnavailable:
            return self, []

    def news(self) -> list[bytes]:
        """The events since the last look, all of one moment."""
        world = self._worlds.find(self._chosen.world)
        now, state = since(world), self._now(world)
        events = [_event("changed")] if state != self._state else []
        self._state = state
        of = now.rpartition(":")[0]
        if of != self._of:
            self._of, self._seen, self._shows = of, 0, world is not None
            events.append(_event("renewed", now))
        elif world is not None:
            journal, seen = world.journal, self._seen
            if (journal.first > seen and self._shows) or journal.last - seen > _MOST_AT_ONCE:
                events.append(_event("renewed", now))
            elif journal.last > seen:
                entries = self._view.entries(world, seen, self._chosen.filter)
                events += [
                    _event("entry", f"{of}:{entry['number']}", self._render(entry, self._chosen)) for entry in entries
                ]
        if world is not None:
            self._seen, self._shows = world.journal.last, world.journal.first <= world.journal.last
        return events

    def _now(self, world: World | None) -> object:
        """What the page shows of the world beside its journal."""
        if world is None:
            return len(self._worlds)
        sizes = [shelf.sizes() for shelf in world.records.values()]
        left = world.shaper.times_left if world.shaper is not None else None
        return (len(self._worlds), world.created, world.clock, world.traffic, left, list(world.snapshots), sizes)


def filter_and_since(query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[Filter, str]:
    """What a listener wants, and what it has seen: a browser that connects again says so in a header."""
    return Filter.of(query), headers.get("last-event-id") or query.get("since", "")


async def listen(watch: Watch, scope: Scope, receive: Receive, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
    """Send events until the client is gone or the server stops."""
    lines = [*headers, (b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no")]
    await send({"type": "http.response.start", "status": 200, "headers": lines})
    connection = connection_of(scope)
    ends = [asyncio.ensure_future(gone(receive))]
    if connection is not None:
        ends.append(asyncio.ensure_future(connection.stopping()))
    silent = 0.0
    try:
        await send({"type": "http.response.body", "body": b"retry: 2000\n\n", "more_body": True})
        while not any(end.done() for end in ends):
            silent += INTERVAL
            watch, events = await watch.look()
            for event in events:
                silent = 0.0
                await send({"type": "http.response.body", "body": event, "more_body": True})
            if silent >= HEARTBEAT:
                silent = 0.0
                await send({"type": "http.response.body", "body": b": \n\n", "more_body": True})
            await asyncio.wait(ends, timeout=INTERVAL, return_when=asyncio.FIRST_COMPLETED)
        await send({"type": "http.response.body", "body": b""})
    finally:
        for end in ends:
            end.cancel()
        await asyncio.gather(*ends, return_exceptions=True)


def _event(name: str, id: str = "", data: str = "") -> bytes:
    """An event; with an `id`, what a browser has seen once it came."""
    lines = "".join(f"data: {line}\n" for line in data.split("\n"))
    seen = f"id: {id}\n" if id else ""
    return f"event: {name}\n{seen}{lines}\n".encode()
