"""What happens in a world reaches whoever listens, and nobody who listens holds the mock up."""

from __future__ import annotations

import http.client
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from mock_server.http.pages import site
from tests.mock_server.client import Client
from tests.mock_server.http.pages.whole import CASE, CASES, HOME, OPERATOR, acted, app, control
from tests.mocks import control as ask
from tests.mocks import mock_process
from tests.servers import serving

Event = tuple[str, str]


class Listener:
    """A connection on which events come."""

    def __init__(self, port: int, **query: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._connection.request("GET", f"{HOME}events?{urlencode(query)}")
        self.answer = self._connection.getresponse()

    def event(self) -> Event:
        """The name and the data of the next event; two empty texts at the end."""
        name, data = "", []
        while line := self.answer.readline().decode():
            if line.startswith("event: "):
                name = line.removeprefix("event: ").rstrip()
            elif line.startswith("data: "):
                data.append(line.removeprefix("data: "))
            elif line == "\n" and name:
                return name, "".join(data)
        return "", ""

    def close(self) -> None:
        """Leave."""
        self._connection.close()


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Client, int]]:
    """A mock with a client in its process, and its port."""
    made = app(("aicc",))
    client = Client(made)
    with serving(made) as address:
        yield client, int(address.rpartition(":")[2])


def test_request_arrives(server: tuple[Client, int]) -> None:
    """
    An exchange comes as the markup that the page has for it, and its secrets are hidden.
    """
    client, port = server
    control(client, "/worlds")
    listener = Listener(port, world="arrives", since=":0")
    client.in_world("arrives").send("GET", f"{CASES}/{CASE}", (OPERATOR,))
    names = []
    while (event := listener.event())[0] != "entry":
        names.append(event[0])
        if event[0] == "renewed":
            client.in_world("arrives").send("GET", f"{CASES}/{CASE}?x=<b>", (OPERATOR,))
    listener.close()

    assert listener.answer.getheader("content-type") == "text/event-stream"
    assert 'class="entry is-' in event[1] and "x=&lt;b&gt;" in event[1] and OPERATOR[1] not in event[1]
    assert "renewed" in names, "the world was made while somebody listened"


def test_listener_is_counted_until_it_leaves(server: tuple[Client, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """
    One too many is refused; when one leaves, there is room again.
    """
    _, port = server
    monkeypatch.setattr(site, "MOST_LISTENERS", 2)
    time.sleep(0.6)
    listeners = [Listener(port, world="default") for _ in range(3)]
    statuses = [listener.answer.status for listener in listeners]
    for listener in listeners:
        listener.close()
    deadline = time.monotonic() + 10
    while (again := Listener(port, world="default")).answer.status != 200:
        again.close()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    again.close()

    assert statuses == [200, 200, 503]


@pytest.mark.parametrize(
    ("change", "expected"),
    [("reset", {"changed", "renewed"}), ("snapshot", {"changed"}), ("freeze", {"changed"}), ("clear", {"renewed"})],
)
def test_change_of_the_world_is_reported(server: tuple[Client, int], change: str, expected: set[str]) -> None:
    """
    Also one that the control API makes, without a request to an API.
    """
    client, port = server
    world = f"change-{change}"
    acted(client, "reset", world=world)
    acted(client, "snapshot", world=world, snapshot="before")
    client.in_world(world).send("GET", f"{CASES}/{CASE}", (OPERATOR,))
    acted(client, "freeze", world=world, at="2020-01-01T00:00:00Z")
    since = client.get(f"{HOME}?world={world}").body.decode().partition('data-since="')[2].partition('"')[0]
    listener = Listener(port, world=world, since=since)
    acted(client, change, world=world, at="2021-01-01T00:00:00Z", snapshot="after")
    found = {listener.event()[0] for _ in expected}
    listener.close()

    assert found == expected


def test_many_requests_at_once_are_read_from_the_page(server: tuple[Client, int]) -> None:
    """
    More than a look sends one by one become one event.
    """
    client, port = server
    acted(client, "reset", world="many")
    since = client.get(f"{HOME}?world=many").body.decode().partition('data-since="')[2].partition('"')[0]
    for _ in range(80):
        client.in_world("many").send("GET", f"{CASES}/{CASE}", (OPERATOR,))
    listener = Listener(port, world="many", since=since)
    first = listener.event()
    client.in_world("many").send("GET", f"{CASES}/{CASE}", (OPERATOR,))
    second = listener.event()
    listener.close()

    assert (first[0], second[0]) == ("renewed", "entry")


def test_filter_keeps_others_away(server: tuple[Client, int]) -> None:
    """
    Only what fits is sent.
    """
    client, port = server
    acted(client, "reset", world="filtered")
    since = client.get(f"{HOME}?world=filtered").body.decode().partition('data-since="')[2].partition('"')[0]
    listener = Listener(port, world="filtered", since=since, outcome="refused")
    client.in_world("filtered").send("GET", f"{CASES}/{CASE}", (OPERATOR,))
    client.in_world("filtered").send("GET", f"{CASES}/{CASE}")
    event = listener.event()
    listener.close()

    assert (event[0], "is-refused" in event[1]) == ("entry", True)


@pytest.mark.parametrize("since", ["", ":", "x:y", ":9999999999999999999999", "nan:-1", "1:²"])
def test_strange_beginning_is_read_as_none(server: tuple[Client, int], since: str) -> None:
    """
    Whatever the address says, the page is asked to read the journal anew.
    """
    listener = Listener(server[1], world="default", since=since)
    event = listener.event()
    listener.close()

    assert event[0] == "renewed"


@pytest.mark.parametrize("more", [(), ("--watch",)], ids=["plain", "watching"])
def test_listener_does_not_delay_the_end(tmp_path: Path, more: tuple[str, ...]) -> None:
    """
    A mock that is stopped ends without a word, long before the time is over that requests in flight have.
    """
    with mock_process(tmp_path, "--api", "aicc", "--quiet", *more) as running:
        listeners = [Listener(running.port, world="default") for _ in range(2)]
        assert ask(running.port, "GET", "/health") == {"status": "ok"}
        started = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        code = running.process.wait(timeout=10)
        took = time.monotonic() - started
        rest = [listener.answer.read() for listener in listeners]
        for listener in listeners:
            listener.close()

    assert (code, took < 4, running.console.read_text()) == (0, True, "")
    assert all(rest), "each got a whole answer"
