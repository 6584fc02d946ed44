"""The client for tests in JavaScript, as a page imports it from the mock: each word, and what it says of failures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.browser

CASE = "c6m800000142mS63Voa8"
OWN = "c6m80000014200000001"


@pytest.fixture
def page(browser: Any, mock: str) -> Iterator[Any]:
    """A page of another origin than the mock, which has imported the client as `casepact`."""
    page = browser.new_page()
    page.set_content("<!doctype html><title>Client</title>")
    page.evaluate(f"async () => {{ window.casepact = await import('{mock}/_casepact/client.mjs') }}")
    yield page
    page.close()


def run(page: Any, mock: str, name: str, script: str) -> Any:
    """What a script makes of a fresh world of this name, which it has as `world`."""
    return page.evaluate(
        f"async ([mock, name]) => {{ const world = await casepact.freshWorld(mock, name); {script} }}", [mock, name]
    )


def test_world_has_any_name(page: Any, mock: str) -> None:
    """The name of a test is escaped; the world is fresh each time."""
    script = "await world.shift(60); return [world.name, world.url, world.headers]"
    name, url, headers = run(page, mock, "a > b ü [1]", script)
    again = run(page, mock, "a > b ü [1]", "return world.control('GET', '/clock')")

    assert (url, headers) == (f"{mock}/~{name}", {"X-Casepact-World": name})
    assert name.startswith("a-b-1-")
    assert again["mode"] == "running"


def test_clock_is_set(page: Any, mock: str) -> None:
    """It stands still, at a moment or its text, runs ahead, and runs again."""
    script = """
      const modes = [];
      for (const set of [
        () => world.freeze(new Date("2015-07-30T13:07:40Z")), () => world.freeze("2015-07-30T13:07:40Z"),
        () => world.shift(60), () => world.run(),
      ]) { await set(); const { mode, at } = await world.control("GET", "/clock"); modes.push([mode, at ?? null]); }
      return modes;
    """
    at = "2015-07-30T13:07:40Z"
    expected = [["frozen", at], ["frozen", at], ["shifted", None], ["running", None]]

    assert run(page, mock, "clock", script) == expected


def test_record_is_put(page: Any, mock: str) -> None:
    """Beside the others, and read again; where it belongs is asked for where there is a choice."""
    script = f"""
      const known = await world.record("aicc", "cases", "{CASE}");
      await world.put({{ ...known, id: "{OWN}" }}, {{ api: "aicc" }});
      const found = await world.record("aicc", "cases", "{OWN}");
      const failed = await world.put(known).catch((error) => error.message);
      await world.reset();
      const gone = await world.record("aicc", "cases", "{OWN}").catch((error) => error.status);
      return [found.id, failed, gone];
    """
    id, failed, gone = run(page, mock, "records", script)

    assert (id, gone) == (OWN, 404)
    assert failed.startswith("say with api and collection where the record belongs; there are aicc/cases, ")


def test_fixture_set_is_loaded(page: Any, mock: str) -> None:
    """By its name; one that is not there is refused with the mock's reason."""
    script = """
      await world.load("default");
      await world.load("default", "aicc");
      return world.load("nosuch").catch((error) => [error.name, error.message]);
    """
    name, message = run(page, mock, "fixtures", script)

    assert (name, "there is no fixture set named 'nosuch'" in message) == ("ControlError", True)


def test_requests_are_asserted(page: Any, mock: str) -> None:
    """What was sent is found; what was not is told with the nearest request, and with what was found instead."""
    script = f"""
      const none = await world.assertRequested().catch((error) => error.message);
      await fetch(`${{world.url}}/aicc/service/AICC__Case/1.0.0/openapi/case/{CASE}`, {{
        headers: {{ "access-token": "aicc-operator-token-0001" }},
      }});
      await world.assertRequested({{ operation: "getCase" }}, {{ times: 1 }});
      const [request] = await world.requests({{ operation: "getCase" }});
      const near = await world.assertRequested({{ operation: "getCase", status: 404 }}).catch((error) => error.message);
      const twice = await world.assertRequested({{}}, {{ times: 2 }}).catch((error) => error.message);
      await world.forget();
      return [none, request.answer.body.resCode, near, twice, await world.requests()];
    """
    none, code, near, twice, left = run(page, mock, "journal", script)

    assert (none.splitlines()[1:], code, left) == (["it was sent no request at all"], "0", [])
    assert near.splitlines()[2:] == ["  status: 200, not 404"]
    assert (twice.splitlines()[0][:10], twice.splitlines()[1][:10]) == ("2 requests", "found: GET")
