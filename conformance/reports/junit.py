"""junit.xml: a suite per API, a case per operation and statement and per probe that could not finish, for CI."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from conformance.reports.document import ApiReport, FindingReport, OperationOutcome, Report, StatementReport
from conformance.reports.text import finding_lines
from conformance.target.exchange import visible
from conformance.verdict.outcomes import Outcome

# XML 1.0 section 2.2.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_SKIPPED = (Outcome.NOT_EXERCISED, Outcome.DOCUMENTATION, Outcome.WAIVED, Outcome.VIOLATED)


def render(report: Report) -> str:
    """
    The run in the form that CI systems read, as Jenkins and pytest define it (junit-10.xsd).

    Names hold no drawn values, so that they stay the same. The time of a case is how long the answers took that it
    rests on: one answer may serve several.
    """
    root = Element("testsuites", name="casepact")
    for name, api in report["apis"].items():
        _suite(root, name, api, report)
    indent(root)
    return _UNWRITABLE.sub("\ufffd", tostring(root, encoding="unicode", xml_declaration=True)) + "\n"


def _suite(root: Element, name: str, api: ApiReport, report: Report) -> None:
    suite = SubElement(root, "testsuite", name=name, time=f"{api['seconds']:.3f}")
    properties = {
        "casepact.version": report["tool"]["version"],
        "target": report["target"],
        "url": api["url"],
        "edition": api["edition"],
        "seed": str(report["seed"]),
        "level": report["level"],
        "strict": str(report["strict"]).lower(),
        "exit": report["exit"]["word"],
    }
    if shard := report.get("shard"):
        properties["shard"] = f"{shard['index']}/{shard['total']}"
    _properties(suite, properties)
    for statement, verdict in api["statements"].items():
        for outcome in verdict["operations"] or [_nowhere(verdict, api, statement)]:
            _case(suite, name, statement, verdict, outcome)
    for crash in api["crashed"]:
        probe, _, message = crash.partition(": ")
        case = SubElement(suite, "testcase", classname=f"{name}.probes", name=visible(probe), time="0")
        SubElement(case, "error", message=visible(message), type="probe").text = visible(crash)
    counted = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    suite.set("tests", str(len(suite.findall("testcase"))))
    for attribute, tag in counted.items():
        suite.set(attribute, str(sum(case.find(tag) is not None for case in suite)))
    if api["started"]:
        # The schema of Jenkins has no time zone and no fractions.
        suite.set("timestamp", api["started"][:19])


def _properties(element: Element, named: Mapping[str, str]) -> None:
    properties = SubElement(element, "properties")
    for name, value in named.items():
        SubElement(properties, "property", name=name, value=visible(value))


def _nowhere(verdict: StatementReport, api: ApiReport, statement: str) -> OperationOutcome:
    """The case of a statement that no exchange said anything of."""
    page = next((page for page in api["pages"] if page["prefix"] == statement.rpartition("-")[0]), None)
    operation = verdict["about"] or (page["operation"] if page else "facts")
    return {
        "operation": operation,
        "outcome": verdict["outcome"],
        "shown": 0,
        "for_example": "",
        "exchange": "",
        "seconds": 0.0,
    }


def _case(suite: Element, api: str, statement: str, verdict: StatementReport, outcome: OperationOutcome) -> None:
    findings = [item for item in verdict["findings"] if item["operation"] == outcome["operation"]]
    case = SubElement(
        suite,
        "testcase",
        classname=f"{api}.{outcome['operation']}",
        name=f"{statement} {verdict['says']}",
        time=f"{outcome['seconds']:.3f}",
    )
    text = "\n\n".join(_texts(findings, verdict))
    binding = [item for item in findings if item["fails_the_run"]]
    if binding:
        failure = SubElement(case, "failure", message=visible(binding[0]["title"]), type=verdict["standing"])
        failure.text = text
    elif outcome["outcome"] in (Outcome.WAIVED, Outcome.VIOLATED):
        excused = "waived" if outcome["outcome"] == Outcome.WAIVED else "known: it stands in the baseline"
        SubElement(case, "skipped", message=excused)
        SubElement(case, "system-out").text = text
    elif outcome["outcome"] == Outcome.NOTED:
        SubElement(case, "system-out").text = text
    elif outcome["outcome"] in _SKIPPED:
        SubElement(case, "skipped", message=visible(f"{outcome['outcome']}: {verdict['reason']}"))


def _texts(findings: list[FindingReport], verdict: StatementReport) -> Iterator[str]:
    """Each finding in full, or under which statement it is reported."""
    for finding in findings:
        if leading := finding["reported_under"]:
            yield visible(f"{finding['title']}\n  {finding['operation']}  reported under {leading}")
        else:
            yield "\n".join(finding_lines(finding, verdict))
