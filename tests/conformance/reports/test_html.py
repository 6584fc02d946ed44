"""index.html: what it shows, whatever a server answered, and how large it may become."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from datetime import date
from pathlib import Path

import pytest

from conformance.reports import REPORTERS, rebuild
from conformance.reports.document import document
from conformance.reports.html import bodies, evidence
from conformance.reports.html.differences import difference
from conformance.target.profile import Waiver
from conformance.verdict.evidence import Confirmation
from conformance.verdict.exchange_log import Exchanges
from conformance.verdict.outcomes import Suppressions, judge_api
from tests.conformance.answers import NOWHERE, contract_of
from tests.conformance.brought import evidence as brought
from tests.conformance.brought import full, judged
from tests.conformance.reports.pages import crowded, failure, page, recorded, run

HOSTILE = "418 \x00\x1b[31m ]]> </script><script>alert(1)</script> <!-- \u202eevil\u2066 {{ 7 * 7 }} '\""
ESCAPED = (
    "418 \\x00\\x1b[31m ]]&gt; &lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt; "
    "&lt;!-- \\u202eevil\\u2066 {{ 7 * 7 }} &#39;&#34;"
)


def test_page_is_whole_and_has_every_statement(tmp_path: Path) -> None:
    """Every element is closed, and every statement of the ledger has its place once."""
    found = page(tmp_path, run(judged(full(against=(failure(),)))))
    ids = [
        attributes["id"] for attributes in found.all("details") if attributes.get("class", "").startswith("statement")
    ]

    assert (found.open, ids) == ([], list(contract_of("aicc").ledger.statements))


def test_no_id_comes_twice(tmp_path: Path) -> None:
    """A link leads to one place, also where two APIs have the same facts."""
    crm = judge_api(contract_of("r7office"), NOWHERE, [], strict=False, partial=True)
    found = page(tmp_path, run(judged(full()), crm))
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]

    assert len(ids) == len(set(ids))
    assert {"HW-21", "aicc/HTTP-05", "r7office/HTTP-05"} <= set(ids)


def test_every_link_of_the_page_leads_somewhere(tmp_path: Path) -> None:
    """No fragment names what the page lacks."""
    both = (failure("HTTP-05", beside=("HW-21",)), failure("HW-21", beside=("HTTP-05",)))
    found = page(tmp_path, run(judged(full(against=both))))
    ids = {attributes.get("id") for _, attributes in found.elements}
    led = {link["href"][1:] for link in found.all("a") if link["href"].startswith("#")}

    assert led - ids == set()


def test_page_requests_nothing(tmp_path: Path) -> None:
    """Nothing is loaded, and the policy forbids it: the page's own style and script are allowed by their hashes."""
    found = page(tmp_path, run(judged(full())))
    policy = next(item["content"] for item in found.all("meta") if item.get("http-equiv") == "Content-Security-Policy")
    hashes = [
        "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
        for tag in ("style", "script")
        for text in re.findall(f"<{tag}>(.*?)</{tag}>", found.text, re.DOTALL)
    ]

    assert not [attributes for _, attributes in found.elements if {"src", "srcset", "data", "style"} & set(attributes)]
    assert not found.all("link")
    assert policy.startswith("default-src 'none'; ")
    assert [f"{name}-src {value}" in policy for name, value in zip(("style", "script"), hashes, strict=True)] == [
        True
    ] * 2


def test_hostile_text_is_shown_escaped(tmp_path: Path) -> None:
    """Markup, escape sequences, NUL and what turns the direction of writing are text, wherever they stand."""
    shown = failure("HW-21", "Refused: a title", "a-1", received=HOSTILE, repeat=(HOSTILE,))
    answer = {"text": HOSTILE, "bytes": 99}
    result = run(judged(full(against=(shown,)), brought(crashed=HOSTILE)), remarks=(HOSTILE,))
    found = page(tmp_path, result, recorded("a-1", answer=answer, headers=[["x-header", HOSTILE]]))
    unseen = re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", found.text)

    assert (len(found.all("script")), unseen, found.open) == (1, [], [])
    assert found.statement("HW-21").count(ESCAPED) >= 4
    assert found.text.count(ESCAPED) - found.statement("HW-21").count(ESCAPED) >= 2


def test_long_line_is_cut_and_says_so(tmp_path: Path) -> None:
    """Five megabytes of one line do not make the page large; the rest is counted."""
    line = "x" * 5_000_000
    answer = {"text": line[: 64 * 1024], "bytes": len(line), "cut": True}
    shown = failure("HW-21", "Refused: a title", "a-1", received=f"418 {line}", repeat=(f"curl {line}",))
    found = page(tmp_path, run(judged(full(against=(shown,)))), recorded("a-1", answer=answer))

    assert len(found.text) < 500_000
    assert "4,996,000 more bytes are not shown here." in found.statement("HW-21")
    assert "more characters, in report.json" in found.statement("HW-21")


def test_bytes_that_are_no_utf_8_are_shown(tmp_path: Path) -> None:
    """A body in base64 is shown with an escape for each byte that is not text."""
    answer = {"base64": base64.b64encode(b"caf\xe9 \x00").decode(), "bytes": 6}
    found = page(tmp_path, run(judged(full(against=(failure("HW-21", "T", "a-1"),)))), recorded("a-1", answer=answer))

    assert "caf\\xe9 \\x00" in found.statement("HW-21")


def test_findings_that_differ_in_the_value_are_one_entry(tmp_path: Path) -> None:
    """Fifteen values of an enum are fifteen rows, each with what was sent for it."""
    names = [f"a-{number}" for number in range(15)]
    shown = [failure("HW-21", f"Refused: value {name}", name) for name in names]
    lines = [recorded(name, title=f"title of {name}") for name in names]
    found = page(tmp_path, run(judged(full(against=tuple(shown)))), *lines).statement("HW-21")

    assert (found.count('<section class="finding">'), found.count("<tr ")) == (1, 16)
    assert [f'data-label="value">value {name}</td>' in found for name in names] == [True] * 15
    assert [f"&#34;title of {name}&#34;" in found for name in names] == [True] * 15


def test_instances_that_agree_are_one_row(tmp_path: Path) -> None:
    """What repeats for no value of its own is counted, not listed."""
    shown = failure("HW-21", "Member missing", *(f"a-{number}" for number in range(20)), check="body")
    found = page(tmp_path, run(judged(full(against=(shown,))))).statement("HW-21")

    assert ("<table" in found, "20 times" in found) == (False, True)


def test_finding_in_another_operation_is_another_entry(tmp_path: Path) -> None:
    """Operation, side and check are not values."""
    shown = (failure("HW-21", "Refused: a"), failure("HW-21", "Refused: b", operation="getCase"))
    found = page(tmp_path, run(judged(full(against=shown)))).statement("HW-21")

    assert found.count('<section class="finding">') == 2


def test_head_lists_an_entry_once(tmp_path: Path) -> None:
    """The list at the top has a line for what is one entry below, and counts all."""
    shown = tuple(failure("HW-05", f"Refused: {value}") for value in "abc")
    found = page(tmp_path, run(judged(full(against=shown)))).text
    head = found[: found.index('id="filters"')]

    assert 'What fails the run <span class="quiet">3</span>' in head
    assert head.count("Refused: a, and 2 more") == 1


def test_statement_that_held_shows_the_exchange(tmp_path: Path) -> None:
    """Who doubts a verified statement sees the request and the answer that showed it."""
    seen = (Confirmation("HW-05", "accept", "probe", 3, "POST /case/modify -> 200", "modifyCase", "a-1", 0.3),)
    found = page(tmp_path, run(judged(full(seen=seen))), recorded("a-1")).statement("HW-05")

    assert ("3 times, answered in 100 ms on average" in found, "POST /aicc/case/modify" in found) == (True, True)
    assert "{\n  &#34;resCode&#34;: &#34;0&#34;\n}" in found


def test_exchange_that_is_not_recorded_is_named(tmp_path: Path) -> None:
    """Without exchanges.ndjson the page says what it lacks."""
    seen = (Confirmation("HW-05", "accept", "probe", 3, "", "modifyCase", "a-1", 0.3),)
    report = document(run(judged(full(seen=seen))))
    rebuild(report, tmp_path / "nothing", tmp_path / "page")
    found = (tmp_path / "page" / "index.html").read_text()

    assert "There is no exchanges.ndjson beside report.json" in found
    assert "Exchange <code>a-1</code>: not recorded." in found


def test_thin_run_says_so_at_the_top(tmp_path: Path) -> None:
    """What was not shown, what crashed and the remarks stand before the statements."""
    verdict = judge_api(contract_of("aicc"), NOWHERE, [brought(crashed="KeyError")], strict=False, partial=False)
    found = page(tmp_path, run(verdict, remarks=("waiver of HW-99: matched nothing",))).text
    head = found[: found.index('id="filters"')]

    assert [part in head for part in ("modifyCase never answered with success", "KeyError", "HW-99")] == [True] * 3


def test_reason_of_a_waiver_is_shown(tmp_path: Path) -> None:
    """Why a finding does not fail the run stands beside it."""
    waiver = Waiver("HW-05", "Fixed in 4.2.", "service desk", date(2099, 1, 31))
    verdict = judge_api(
        contract_of("aicc"),
        NOWHERE,
        [full(seen=(), against=(failure("HW-05"),))],
        strict=False,
        partial=False,
        suppressions=Suppressions(waivers=(waiver,)),
    )
    found = page(tmp_path, run(verdict)).statement("HW-05")

    assert "until 2099-01-31 by service desk: Fixed in 4.2." in found


def test_page_names_what_is_new_and_what_is_gone(tmp_path: Path) -> None:
    """The run before is the report that lies in the folder."""
    before = document(run(judged(full(against=(failure("HW-05", "Gone"), failure("HW-20", "As it was"))))))
    after = judged(
        full(against=(failure("HW-20", "As it was"), failure("HW-22", "New one")), seen=(held_now("HW-05"),))
    )
    found = page(tmp_path, run(after, previous=before)).text
    head = found[: found.index('id="filters"')]

    assert re.findall(r"<dt>(.*?)</dt><dd>(\d+)</dd>", head[head.index('class="changes"') :])[:3] == [
        ("new", "1"),
        ("as before", "1"),
        ("gone", "1"),
    ]
    assert (
        head.index("New one") < head.index("As it was") < head.index("Gone since the run before") < head.index("HW-05")
    )


def held_now(statement: str) -> Confirmation:
    """A statement that held in an operation."""
    return Confirmation(statement, "accept", "probe", 1, "", "modifyCase")


def test_large_run_makes_a_page_below_ten_megabytes(tmp_path: Path) -> None:
    """Of 20,000 exchanges the page has those that something refers to, and is written in seconds."""
    answer = {"text": json.dumps({"items": ["y" * 50] * 100}), "bytes": 5400}
    with (tmp_path / "exchanges.ndjson").open("w") as file:
        for number in range(20_000):
            file.write(json.dumps(recorded(f"a-{number}", title=f"t{number}", answer=answer)) + "\n")
    report = crowded(run(judged(full())))
    started = time.process_time()
    size = sum(map(len, REPORTERS["index.html"](report, Exchanges(tmp_path / "exchanges.ndjson"))))

    # Of the processor: other tests run beside this one.
    assert (size < 10_000_000, size > 5_000_000, time.process_time() - started < 4) == (True, True, True)


def test_evidence_beyond_its_room_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings get their exchanges first; a statement that held names the one that has no room."""
    monkeypatch.setattr(evidence.Evidence.__init__, "__defaults__", (1200,))
    seen = (Confirmation("HW-05", "accept", "probe", 1, "", "modifyCase", "a-1"),)
    result = run(judged(full(seen=seen, against=(failure("HW-21", "T", "a-2"),))))
    found = page(tmp_path, result, recorded("a-1"), recorded("a-2"))

    assert "Exchange <code>a-1</code>: in exchanges.ndjson; this page would be too large" in found.statement("HW-05")
    assert "POST /aicc/case/modify" in found.statement("HW-21")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('{"a":[1.0,"\\u00e9,{"]}', ["{", '  "a": [', "    1.0,", '    "\\u00e9,{"', "  ]", "}"]),
        ('{"a": {}, "a":1e2}', ["{", '  "a": {},', '  "a": 1e2', "}"]),
        ('{"a":"cut he', ["{", '  "a": "cut he']),
        ("[]", ["[]"]),
    ],
)  # fmt: skip
def test_json_is_laid_out_with_its_tokens_as_they_are(text: str, lines: list[str]) -> None:
    """A number, an escape and a member that comes twice stay as the server wrote them."""
    assert bodies.laid_out(text).split("\n") == lines


def test_deeply_nested_body_does_not_grow() -> None:
    """Indentation cannot be used to make a page large."""
    assert len(bodies.shown({"text": "[" * 60_000, "bytes": 60_000, "cut": True})) <= 3 * bodies.MOST


def test_body_that_is_no_json_is_shown_as_it_is() -> None:
    """What only looks like JSON is not laid out."""
    assert bodies.shown({"text": "{'a': 1}", "bytes": 8}) == "{'a': 1}"


def test_difference_marks_what_the_other_text_lacks() -> None:
    """Words that both have are not marked."""
    found = difference("Content-Length: 7", "Content-Length: 12")

    assert [piece.text for piece in (*found.received, *found.documented) if piece.differs] == ["7", "12"]


def test_difference_of_unlike_texts_marks_nothing() -> None:
    """Where all differs, marks say nothing."""
    assert not [piece for piece in difference("204", "a refusal of dates in the past").received if piece.differs]


def test_difference_of_json_is_by_lines() -> None:
    """Two objects are compared member by member."""
    found = difference('{"a":1,"b":2,"c":3}', '{"a":1,"b":5,"c":3}')

    assert [line for line in found.lines if line[0] in "+-"] == ['-  "b": 5,', '+  "b": 2,']
