"""junit.xml: one suite per API, one case per statement and per probe that could not finish, for CI."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from conformance.reports.run_result import RunResult
from conformance.reports.text import finding_lines
from conformance.target.exchange import visible
from conformance.verdict.evidence import FindingKey
from conformance.verdict.outcomes import ApiVerdict, Cause, Finding, Outcome, Verdict

# XML 1.0 section 2.2.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_SKIPPED = (Outcome.NOT_EXERCISED, Outcome.DOCUMENTATION, Outcome.WAIVED, Outcome.VIOLATED)


def render(result: RunResult) -> str:
    """The run in the form that CI systems read; names hold no drawn values, so that they stay the same."""
    root = Element("testsuites", name="casepact", time=f"{result.seconds:.1f}")
    for api in result.apis:
        _suite(root, api)
    indent(root)
    return _UNWRITABLE.sub("\ufffd", tostring(root, encoding="unicode")) + "\n"


def _suite(root: Element, api: ApiVerdict) -> None:
    verdicts = list(api.verdicts.values())
    failures = [verdict for verdict in verdicts if _fails(verdict)]
    skipped = [verdict for verdict in verdicts if verdict not in failures and verdict.outcome in _SKIPPED]
    suite = SubElement(
        root,
        "testsuite",
        name=api.contract.api,
        tests=str(len(verdicts) + len(api.crashed)),
        failures=str(len(failures)),
        errors=str(len(api.crashed)),
        skipped=str(len(skipped)),
    )
    causes = {item.finding.against.key: item for item in api.causes()}
    under = {also.against.key: item.finding for item in causes.values() for also in item.also}
    for verdict in verdicts:
        texts = [_text(finding, causes, under) for finding in verdict.findings]
        _case(suite, api, verdict, "\n\n".join(texts))
    for crash in api.crashed:
        probe, _, message = crash.partition(": ")
        case = SubElement(suite, "testcase", classname=f"{api.contract.api}.probes", name=visible(probe))
        SubElement(case, "error", message=visible(message), type="probe")


def _text(finding: Finding, causes: Mapping[FindingKey, Cause], under: Mapping[FindingKey, Finding]) -> str:
    """The finding in full, or under which statement it is reported."""
    if finding.against.key in causes:
        return "\n".join(finding_lines(finding, causes[finding.against.key].also_breaks))
    leading = under[finding.against.key]
    return visible(f"{finding.against.title}\n  {finding.against.operation}  reported under {leading.statement.id}")


def _case(suite: Element, api: ApiVerdict, verdict: Verdict, text: str) -> None:
    statement = verdict.statement
    about = statement.about or "facts"
    case = SubElement(
        suite, "testcase", classname=f"{api.contract.api}.{about}", name=f"{statement.id} {statement.says}"
    )
    if _fails(verdict):
        first = next(finding for finding in verdict.findings if finding.binds)
        failure = SubElement(case, "failure", message=visible(first.against.title), type=str(statement.standing))
        failure.text = text
    elif verdict.outcome in (Outcome.WAIVED, Outcome.VIOLATED):
        excused = "waived" if verdict.outcome is Outcome.WAIVED else "known: it stands in the baseline"
        SubElement(case, "skipped", message=excused)
        SubElement(case, "system-out").text = text
    elif verdict.outcome is Outcome.NOTED:
        SubElement(case, "system-out").text = text
    elif verdict.outcome is not Outcome.VERIFIED:
        SubElement(case, "skipped", message=f"{verdict.outcome}: {verdict.reason}")


def _fails(verdict: Verdict) -> bool:
    """Whether a finding of this statement fails the run; one that is waived or known does not."""
    return any(finding.binds for finding in verdict.findings) and verdict.outcome is Outcome.VIOLATED
