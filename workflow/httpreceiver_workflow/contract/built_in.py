"""Names of the built-in variables that a workflow cannot set (contract 6.1)."""

from typing import Final

from httpreceiver_workflow.contract.fields import Reader
from httpreceiver_workflow.contract.values import shown
from httpreceiver_workflow.problem_codes import ProblemCode

READ_ONLY_VARIABLES: Final = frozenset(
    name.lower()
    for name in (
        "CurrentDateTime",
        "ReceivedDate",
        "WorkflowInstanceId",
        "UUID",
        "MLLPSTART",
        "MLLPEND",
        "CR",
        "LF",
        "DATATABLE",
        "ForEachIterator",
        "HttpMethod",
        "ClientIP",
        "Today",
        "Date",
        "WorkflowName",
    )
)
"""In lower case, as names ignore case. WorkflowError and WorkflowErrorMessage may be set, so they are not here."""


def warn_of_read_only(reader: Reader, field: str, variable: str) -> None:
    """Warn when *field* names a built-in variable to be set."""
    if variable.strip().lower() in READ_ONLY_VARIABLES:
        message = f"{shown(variable)} is a built-in variable; setting it has no effect."
        reader.report(field, ProblemCode.VARIABLE_READ_ONLY, message)
