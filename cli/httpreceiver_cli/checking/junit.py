"""
The results as JUnit XML, the form that CI systems read: one suite for each file, one test for each case.

Written with lxml, which we have anyhow: the form is four elements, and no library would save more than it weighs.
Source: the schema junit-10.xsd of Jenkins' xUnit plugin, which GitLab, Azure and GitHub's actions read alike.
"""

from collections.abc import Sequence

from lxml import etree

from httpreceiver_cli.checking.report import difference_lines, escaped
from httpreceiver_cli.checking.results import CaseResult, FileResult


def junit_xml(results: Sequence[FileResult]) -> bytes:
    """Return the document, in UTF-8."""
    suites = etree.Element("testsuites", name="httpreceiver check")
    for result in results:
        _add_suite(suites, result)
    return etree.tostring(suites, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _add_suite(suites: etree._Element, result: FileResult) -> None:
    failures = sum(not case.has_passed for case in result.cases)
    errors = 1 if result.findings else 0
    suite = etree.SubElement(
        suites,
        "testsuite",
        name=escaped(result.title),
        tests=str(len(result.cases) + errors),
        failures=str(failures),
        errors=str(errors),
        skipped="0",
        time=_seconds(sum(case.duration_s for case in result.cases)),
    )
    if result.findings:
        test = etree.SubElement(suite, "testcase", classname=str(result.path), name="the file is sound", time="0")
        first, text = str(result.findings[0]), "\n".join(map(str, result.findings))
        _tell(test, "error", escaped(first), text)
    for case in result.cases:
        _add_case(suite, result, case)


def _add_case(suite: etree._Element, result: FileResult, case: CaseResult) -> None:
    name = escaped(f"{case.number} {case.title}")
    test = etree.SubElement(suite, "testcase", classname=str(result.path), name=name, time=_seconds(case.duration_s))
    if not case.has_passed:
        lines = [line for difference in case.differences for line in difference_lines(difference)]
        _tell(test, "failure", escaped(lines[0]), "\n".join(lines))


def _tell(test: etree._Element, kind: str, message: str, text: str) -> None:
    """Add what is wrong; characters that XML cannot hold are written as escapes."""
    told = etree.SubElement(test, kind, message=message, type=kind)
    told.text = "\n".join(map(escaped, text.split("\n")))


def _seconds(duration_s: float) -> str:
    return f"{duration_s:.3f}"
