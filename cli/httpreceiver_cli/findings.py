"""
Problems with the place on disk they were found at: what `lint` prints and `serve` shows beside a receiver.

The workflow's own problems come from the engine; `manifest_findings` adds those of manifests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from httpreceiver_cli.sources import WorkflowFile
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.explained_code import Severity
from httpreceiver_workflow.problems import Problem
from httpreceiver_workflow.resources import Resources


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One problem, complete for a reader who sees nothing else.

    Attributes:
        file: the path as the user gave it, or below the folder given.
        document: 1-based number of the object in a file of several, else None.
        where: JSON path in that file or object.
        code: `httpreceiver explain` knows it.
        remedy: what to do, one sentence.
    """

    file: str
    document: int | None
    where: str
    code: str
    severity: str
    message: str
    remedy: str

    @property
    def is_error(self) -> bool:
        """Whether the receiver cannot be served because of it."""
        return self.severity == Severity.ERROR

    def as_json(self) -> Mapping[str, Any]:
        """Return the finding as `-o json` prints it."""
        return asdict(self)

    def __str__(self) -> str:
        """Return the one line that people, editors and grep read."""
        document = "" if self.document is None else f" (object {self.document})"
        return f"{self.file}{document}: {self.where}: {self.severity} {self.code}: {self.message} {self.remedy}"


def find_in_file(workflow: WorkflowFile, resources: Resources) -> list[Finding]:
    """Return all that is wrong with one workflow file on a host with *resources*, by JSON path."""
    problems = prepare_workflow(workflow.text, resources).problems
    return [finding_of(str(workflow.path), None, problem.where, problem) for problem in problems]


def finding_of(file: str, document: int | None, where: str, problem: Problem) -> Finding:
    """Return *problem*, which stands at *where* of an object of *file*, as a finding."""
    return Finding(file, document, where, problem.code, problem.severity, problem.message, problem.remedy)


def summary(findings: Sequence[Finding], receivers: int) -> str:
    """
    Return the closing line of a report.

    >>> summary([], 2)
    '2 workflows: no errors, no warnings'
    """
    errors = sum(finding.is_error for finding in findings)
    return f"{_count(receivers, 'workflow')}: {_count(errors, 'error')}, {_count(len(findings) - errors, 'warning')}"


def _count(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"
