"""Whatever a server answers, each report of the run against it is whole, and shows it as data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import xmlschema
from jsonschema import Draft4Validator

from conformance.reports import WRITTEN
from conformance.reports.document import load
from tests.commands import casepact
from tests.conformance.reports.test_formats import SCHEMAS
from tests.servers import mock_app, serving

ANSWERS: Mapping[str, bytes] = {
    "markup": b"</script><script>alert(1)</script><img src=x onerror=alert(2)>",
    "an escape sequence": b"\x1b[2J\x1b[31mred\x07",
    "one line of 5 MB": b"x" * 5_000_000,
    "no UTF-8": b"\xff\xfe\x00\xd8" * 50,
}
"""By what is wrong with it, the body of every success of a write."""


def hostile(body: bytes) -> Any:
    """AICC, with this body for each request that writes, also in a header as far as one can hold it."""
    app = mock_app("aicc")
    header = bytes(byte for byte in body[:200] if byte >= 0x20 and byte != 0x7F)

    async def served(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or "modify" not in scope["path"]:
            await app(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json"), (b"x-said", header)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return served


class Scripts(HTMLParser):
    """Counts the scripts of a page that run, and the handlers and sources that any element has."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts, self.active = 0, list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.scripts += tag == "script"
        self.active += [name for name, _ in attrs if name.startswith("on") or name == "src"]


@pytest.mark.parametrize("body", ANSWERS.values(), ids=ANSWERS)
def test_no_answer_breaks_a_report(body: bytes, tmp_path: Path) -> None:
    """Every file fits its schema, the page runs its own script alone, and no terminal obeys what a person reads."""
    with serving(hostile(body)) as address:
        options = ("--quick", "--seed", "1", "-n", "1", "-k", "modifyCase and sample")
        done = casepact("check", "--url", f"{address}/aicc", "--api", "aicc", *options, reports=tmp_path)
    page = Scripts()
    page.feed((tmp_path / "index.html").read_text(encoding="utf-8"))
    archive = json.loads((SCHEMAS / "har-1.2.schema.json").read_text(encoding="utf-8"))
    sarif = json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    for_people = [(tmp_path / name).read_text(encoding="utf-8") for name in ("summary.md", "junit.xml", "index.html")]

    assert (done.code, load(tmp_path / "report.json")["exit"]["word"]) == (1, "violated"), done.err
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} >= set(WRITTEN)
    xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(str(tmp_path / "junit.xml"))
    jsonschema_rs.validator_for(archive).validate(json.loads((tmp_path / "exchanges.har").read_bytes()))
    Draft4Validator(sarif).validate(json.loads((tmp_path / "results.sarif").read_bytes()))
    assert (page.scripts, page.active) == (1, [])
    assert [text for text in (done.out, *for_people) if "\x1b" in text or "\x07" in text] == []
    assert max((tmp_path / name).stat().st_size for name in WRITTEN) < 10_000_000
