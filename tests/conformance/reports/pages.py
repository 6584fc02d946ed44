"""Pages of reports made of evidence that no probe brought, and what stands in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from conformance.reports import write_reports
from conformance.reports.document import Report, document
from conformance.reports.run_result import RunResult
from conformance.runner.selection import Selection
from conformance.verdict.evidence import Failure, Instance
from conformance.verdict.exchange_log import Body
from conformance.verdict.outcomes import ApiVerdict, exit_of
from tests.conformance.answers import NOWHERE
from tests.conformance.brought import against, full, judged


class Page(HTMLParser):
    """What a browser would find in the page: its elements, in order, and where one was left open."""

    VOID = frozenset({"meta", "input", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of each element of a name."""
        return [attributes for name, attributes in self.elements if name == tag]

    def statement(self, anchor: str) -> str:
        """The markup of a statement."""
        start = self.text.index(f'id="{anchor}"')
        following = self.text.find('<details class="statement', start)
        return self.text[start : following if following > 0 else None]


def run(*apis: ApiVerdict, **changes: Any) -> RunResult:
    """A run with these verdicts."""
    selection = Selection("staging", {"aicc": f"{NOWHERE}/aicc"}, 7, "quick", False, "a-run", "reports")
    return RunResult(
        selection,
        apis,
        exit_of(apis),
        "a statement is violated.",
        61.5,
        **{"started": "2026-11-28T10:00:00+00:00", "ended": "2026-11-28T10:01:01+00:00", **changes},
    )


def recorded(name: str, **changes: Any) -> dict[str, Any]:
    """A line of exchanges.ndjson: a request with a title, and an answer."""
    sent: Body = {"text": json.dumps({"caseInfo": {"title": changes.pop("title", "x")}}), "bytes": 30}
    answer: Body = changes.pop("answer", {"text": '{"resCode":"0"}', "bytes": 15})
    response = {"status": 200, "headers": [["content-type", "application/json"]], "body": answer}
    return {
        "id": name,
        "api": "aicc",
        "probe": "a probe",
        "operation": "modifyCase",
        "started": "2026-11-28T10:00:00.000+00:00",
        "seconds": 0.004,
        "request": {
            "method": "POST",
            "url": f"{NOWHERE}/aicc/case/modify",
            "headers": [["Accept", "*/*"]],
            "body": sent,
        },
        "response": {**response, **changes},
    }


def page(folder: Path, result: RunResult, *lines: Mapping[str, Any]) -> Page:
    """The page of a run with these exchanges."""
    folder.mkdir(exist_ok=True)
    (folder / "exchanges.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
    write_reports(document(result), folder)
    return Page((folder / "index.html").read_text(encoding="utf-8"))


def failure(statement: str = "HW-21", title: str = "Refused: a title", *names: str, **changes: Any) -> Failure:
    """A finding that was seen in the exchanges of these names."""
    instances = tuple(Instance(name, "POST /case/modify", changes.get("received", "418")) for name in names)
    times = len(names) or 1
    return replace(against(statement, title=title), exchanges=names[:1], instances=instances, times=times, **changes)


def crowded(result: RunResult) -> Report:
    """The report with findings and exchanges for each statement, each in exchanges of its own."""
    report = document(result)
    finding = document(run(judged(full(against=(failure("HW-21", "Refused: a", "a-0"),)))))
    [template] = finding["apis"]["aicc"]["statements"]["HW-21"]["findings"]
    number = iter(range(20_000))
    for statement in report["apis"]["aicc"]["statements"].values():
        names = [f"a-{next(number)}" for _ in range(150)]
        statement["findings"] = [
            {
                **template,
                "title": f"Refused in {part}",
                "exchanges": names[15 * part : 15 * part + 5],
                "instances": [
                    {"exchange": name, "request": "POST", "received": name} for name in names[15 * part :][:30]
                ],
            }
            for part in range(10)
        ]
    return report
