"""What became of case files and their cases. Pure."""

from dataclasses import dataclass
from pathlib import Path

from httpreceiver_cli.checking.comparison import Difference
from httpreceiver_cli.checking.observation import Observation
from httpreceiver_cli.findings import Finding


@dataclass(frozen=True, slots=True)
class CaseResult:
    """
    What became of one case.

    Attributes:
        number: counted from 1 in its file.
        observations: one for each step that ran.
        differences: none when the case passed.
    """

    number: int
    title: str
    differences: tuple[Difference, ...]
    observations: tuple[Observation, ...]
    duration_s: float

    @property
    def has_passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one case file: findings, which keep its cases from being run, or results."""

    path: Path
    title: str
    findings: tuple[Finding, ...]
    cases: tuple[CaseResult, ...] = ()

    @property
    def has_passed(self) -> bool:
        """Whether the file is sound and every case passed."""
        return not self.findings and all(case.has_passed for case in self.cases)
