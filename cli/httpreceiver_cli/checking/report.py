"""The results for people, as lines with differences they can read, and for programs, as JSON values. Pure."""

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any, Final

from httpreceiver_cli.checking.comparison import Difference
from httpreceiver_cli.checking.results import CaseResult, FileResult

SHORT: Final = 60
"""How long both sides may be to stand in one line."""
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def as_text(results: Sequence[FileResult]) -> str:
    """Return the whole report: problems of files, a line for each case, the differences of failed ones, a summary."""
    lines: list[str] = []
    for result in results:
        lines += [str(finding) for finding in result.findings]
        for case in result.cases:
            verdict = "ok    " if case.has_passed else "FAILED"
            lines.append(f"{verdict} {result.path} #{case.number} {escaped(case.title)}")
            for difference in case.differences:
                lines += [f"         {line}" for line in difference_lines(difference)]
    return "\n".join([*lines, summary(results)])


def summary(results: Sequence[FileResult]) -> str:
    """Return the closing line."""
    cases = [case for result in results for case in result.cases]
    failed = sum(not case.has_passed for case in cases)
    unusable = sum(bool(result.findings) for result in results)
    plural = "s" if len(cases) != 1 else ""
    problems = f"; {unusable} file{'s' if unusable != 1 else ''} with problems" if unusable else ""
    return f"{len(cases)} case{plural}: {len(cases) - failed} passed, {failed} failed{problems}"


def difference_lines(difference: Difference) -> Iterator[str]:
    """Yield the lines that tell one difference: a single one where both sides are short, else a diff."""
    expected, actual = difference.expected, difference.actual
    told = f"{difference.what}: {difference.message}".rstrip()
    if expected is None and actual is None:
        yield told
        return
    short = [_in_one_line(side) for side in (expected, actual)]
    if all(len(side) <= SHORT for side in short):
        yield f"{told} expected {short[0]}, got {short[1]}"
        return
    yield f"{told} (- expected, + got)"
    changes = difflib.unified_diff(_lines(expected), _lines(actual), lineterm="")
    for line in islice(changes, 2, None):  # after the names of two files
        if not line.startswith("@@"):
            yield f"  {line[:1]} {line[1:]}"
        elif not line.startswith("@@ -1"):
            yield "  …"


def _in_one_line(value: Any) -> str:
    r"""
    Return a text in quotes, None as a word, and anything else as JSON.

    >>> print(_in_one_line("MSA|AA\r"), _in_one_line(None), _in_one_line([200]))
    "MSA|AA\r" nothing [200]
    """
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)


def _lines(value: Any) -> list[str]:
    """Return the lines of a text with their ends shown, or of anything else as JSON; none for None."""
    if value is None:
        return []
    if isinstance(value, str):
        return [escaped(line) for line in _LINE.findall(value)]
    return json.dumps(value, ensure_ascii=False, indent=2).split("\n")


def escaped(text: str) -> str:
    r"""
    Return *text* with everything that does not print, line ends too, written as an escape.

    >>> print(escaped("MSH|A\r\n"))
    MSH|A\r\n
    """
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def as_json(results: Sequence[FileResult]) -> dict[str, Any]:
    """Return the whole report as JSON values."""
    return {
        "passed": all(result.has_passed for result in results),
        "files": [
            {
                "file": str(result.path),
                "title": result.title,
                "problems": [finding.as_json() for finding in result.findings],
                "cases": [_case_as_json(case) for case in result.cases],
            }
            for result in results
        ],
    }


def _case_as_json(case: CaseResult) -> dict[str, Any]:
    return {
        "number": case.number,
        "title": case.title,
        "passed": case.has_passed,
        "differences": [asdict(difference) for difference in case.differences],
    }
