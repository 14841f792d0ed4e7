"""A report as JUnit XML: one test case per class and format."""

from __future__ import annotations

import os
from xml.etree import ElementTree as ET

from refsoft.conformance.render import visible
from refsoft.conformance.report import ClassRow, Finding, Report, Run
from refsoft.conformance.whole import write_whole


def save_junit(report: Report, path: str | os.PathLike[str]) -> None:
    """Write :func:`junit` to a file, whole or not at all.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    write_whole(path, junit(report))


def junit(report: Report) -> str:
    """The report as the text of an XML document.

    A class fails if a finding that convicts names one of its cases, and is
    skipped if the function refused all of it or its failure was expected. What
    is not of one class (no verdict, a finding without a case) is a test case
    of its own, named after what it is.
    """
    root = ET.Element("testsuites", name="refsoft check")
    for run in report.runs:
        _suite(root, report, run)
    if report.exit_code == 2 or not report.runs:
        suite = ET.SubElement(root, "testsuite", name=report.variant, tests="1", errors="1")
        case = ET.SubElement(suite, "testcase", classname=report.variant, name="verdict")
        _say(case, "error", "not judged", report.headline)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(root: ET.Element, report: Report, run: Run) -> None:
    name = f"{report.variant}.{run.dtype}"
    suite = ET.SubElement(root, "testsuite", name=name)
    told: set[int] = set()
    failures = skipped = 0
    for row in run.classes:
        case = ET.SubElement(suite, "testcase", classname=name, name=_clean(row.family))
        found = [f for f in run.findings if _names(f, row)]
        told |= {id(finding) for finding in found}
        convicting = [finding for finding in found if finding.convicts]
        for finding in convicting:
            _say(case, "failure", finding.severity, _text(finding))
        failures += bool(convicting)
        expected = [finding.expected for finding in found if finding.expected]
        if expected and not convicting:
            _say(case, "skipped", "expected", expected[0])
            skipped += 1
        elif not convicting and row.cases and row.refused == row.cases:
            _say(case, "skipped", "refused", "it refuses this class, by an exception")
            skipped += 1
    for finding in run.findings:
        if finding.convicts and id(finding) not in told:
            case = ET.SubElement(suite, "testcase", classname=name, name=_clean(finding.kind))
            _say(case, "failure", finding.severity, _text(finding))
            failures += 1
    for line in report.unmet if run is report.runs[0] else ():
        case = ET.SubElement(suite, "testcase", classname=name, name="expected failures")
        _say(case, "failure", "unmet", line)
        failures += 1
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    suite.set("errors", "0")
    suite.set("skipped", str(skipped))


def _names(finding: Finding, row: ClassRow) -> bool:
    return any(case.partition("/")[0] == row.family for case in finding.cases)


def _say(case: ET.Element, kind: str, word: str, text: str) -> None:
    lines = _clean(text)
    ET.SubElement(case, kind, type=word, message=lines.partition("\n")[0]).text = lines


def _text(finding: Finding) -> str:
    parts = [f"{finding.severity}: {finding.law}", finding.detail]
    if finding.diagnosis:
        parts.append(f"diagnosis: {finding.diagnosis}")
    if finding.example is not None:
        parts.append(finding.example.snippet)
        if finding.example.given:
            parts += [f"# given  {finding.example.given}", f"# right  {finding.example.right}"]
    if finding.rerun:
        parts.append(f"again: {finding.rerun}")
    return "\n".join(part for part in parts if part)


def _clean(text: str) -> str:
    """Text that XML can hold: what is not printed is an escape."""
    return visible(text)
