"""
What can be wrong with a workflow before it runs.

A *problem* is a user's mistake as a value: it is collected, never raised, and the same text reaches the command line,
a condition of the receiver and the log.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from httpreceiver_workflow.explained_code import Severity
from httpreceiver_workflow.problem_codes import ProblemCode


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """
    One mistake at one place.

    Attributes:
        where: JSON path from the root of the workflow, e.g. ``$.WorkflowPattern[0].Port``; what stands beside the
            workflow is named from the HttpReceiver, e.g. ``spec.compatibility``.
        code: which kind of mistake.
        message: one sentence: what is wrong here, with the offending value; deterministic, holds no secret.
    """

    where: str
    code: ProblemCode
    message: str

    @property
    def severity(self) -> Severity:
        """Whether this keeps the workflow from starting."""
        return self.code.severity

    @property
    def remedy(self) -> str:
        """What to do about it, one sentence."""
        return self.code.remedy


def has_errors(problems: Iterable[Problem]) -> bool:
    """True when at least one of *problems* keeps the workflow from starting."""
    return any(problem.severity is Severity.ERROR for problem in problems)
