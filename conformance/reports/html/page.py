"""index.html as a whole: what every template needs, and the page piece by piece."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from conformance.reports.document import CauseReport, Report, causes_of
from conformance.reports.html.evidence import Evidence
from conformance.reports.html.sections import MARKS, anchors_of, exchanges_of, sections, totals
from conformance.target.exchange import visible
from conformance.verdict.exchange_log import Exchanges
from conformance.verdict.outcomes import Exit
from specs.statements import Standing

FILE = "index.html"
"""The name of the page in the folder of the reports."""


class Line(NamedTuple):
    """A cause in a list of the head; `more` is how many others differ from it in the value only."""

    api: str
    cause: CauseReport
    change: str = ""
    more: int = 0


def chunks(report: Report, exchanges: Exchanges) -> Iterator[bytes]:
    """The page piece by piece; raises `ValueError` for a line of the exchanges that is not JSON."""
    environment = _environment()
    evidence = Evidence(exchanges, exchanges_of(report), environment.get_template("exchange.html.jinja"))
    anchors = anchors_of(report)
    style, script = _asset("page.css"), _asset("page.js")
    stream = environment.get_template("page.html.jinja").stream(
        report=report,
        sections=sections(report, evidence, anchors),
        totals=totals(report),
        anchors=anchors,
        lists=_lists(report),
        standings=_standings(report),
        options="\n".join(f"{name}: {value}" for name, value in report["options"].items()),
        evidence=evidence,
        exchanges_recorded=exchanges.file.exists(),
        kind=_kind(report),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )
    stream.enable_buffering(100)
    for piece in stream:
        yield piece.encode("utf-8")


def _environment() -> Environment:
    """Templates that escape whatever they print: markup, and what a reader cannot see or must not trust."""
    environment = Environment(
        loader=PackageLoader("conformance.reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    environment.filters |= {"duration": duration, "moment": moment, "slug": slug, "number": "{:,}".format}
    environment.globals["marks"] = MARKS
    return environment


def duration(seconds: float) -> str:
    """A time as a person says it: 0.3 ms, 45 ms, 2.4 s, 3 min 5 s."""
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def moment(time: str) -> str:
    """A time of RFC 3339 in UTC for reading; what is none as it is."""
    try:
        return f"{datetime.fromisoformat(time):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return time


def slug(text: str) -> str:
    """A word for a class of the style: `not-exercised`."""
    return text.replace(" ", "-")


def _finalized(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _standings(report: Report) -> list[str]:
    held = {item["standing"] for api in report["apis"].values() for item in api["statements"].values()}
    return [str(standing) for standing in Standing if standing in held]


def _kind(report: Report) -> str:
    """How the word of the exit is coloured."""
    word = report["exit"]["word"]
    return "good" if word == Exit.KEPT else "bad" if word == Exit.VIOLATED else "open"


def _lists(report: Report) -> list[tuple[str, list[Line]]]:
    """The causes in the order in which they matter, those that are new before the rest."""
    found: dict[str, list[Line]] = {"fails": [], "excused": [], "noted": []}
    for name, api in report["apis"].items():
        for cause, finding in zip(api["findings"], causes_of(api), strict=True):
            excused = finding["known"] or finding["waived"]
            weight = "fails" if cause["fails_the_run"] else "excused" if excused else "noted"
            found[weight].append(Line(name, cause, {"known": "as before"}.get(finding["change"], finding["change"])))
    return [
        ("What fails the run", sorted(_joined(found["fails"]), key=lambda line: line.change != "new")),
        ("Gone since the run before", _joined(_gone(report))),
        ("Excused", _joined(found["excused"])),
        ("Noted, and failing nothing", _joined(found["noted"])),
    ]


def _joined(lines: Sequence[Line]) -> list[Line]:
    """One line for those that differ in the value only, as one entry has them."""
    found: dict[tuple[str, ...], Line] = {}
    for line in lines:
        cause = line.cause
        key = (line.api, cause["statement"], cause["operation"], cause["title"].partition(": ")[0], line.change)
        held = found.get(key)
        found[key] = held._replace(more=held.more + 1) if held else line
    return list(found.values())


def _gone(report: Report) -> list[Line]:
    """What is gone, with the API that it was found in where the statement is that of one alone."""
    gone = report["changes"]["gone"] if report["changes"] else []
    homes = {
        item["statement"]: [name for name, api in report["apis"].items() if item["statement"] in api["statements"]]
        for item in gone
    }
    return [Line(home[0] if len(home := homes[item["statement"]]) == 1 else "", item) for item in gone]


def _asset(name: str) -> Markup:
    """Text of ours that stands in the page as it is, so that its hash is that of the policy."""
    return Markup(files(__package__).joinpath("templates", name).read_text(encoding="utf-8"))


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode()
