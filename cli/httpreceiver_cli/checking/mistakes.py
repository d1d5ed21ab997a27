"""What can be wrong with a case file itself, each with its meaning and remedy; beside the problems of workflows."""

from dataclasses import dataclass

from httpreceiver_workflow.explained_code import ExplainedCode


class CaseCode(ExplainedCode):
    """Every kind of mistake in a case file."""

    SHAPE = (
        "CaseShape",
        "A value of a case file has the wrong type or form.",
        "Correct the value; docs/check.md describes each key.",
    )
    KEY_UNKNOWN = (
        "CaseKeyUnknown",
        "A key of a case file is none of those that are read.",
        "Correct its spelling; docs/check.md lists every key.",
    )
    EXPECTS_NOTHING = (
        "CaseExpectsNothing",
        "A case, or a whole file, expects nothing and so could never fail.",
        "Say under expect what must come of the request.",
    )
    CONTRADICTION = (
        "CaseContradiction",
        "Two keys of a case file exclude each other.",
        "Remove one of them.",
    )
    ACTIVITY_UNKNOWN = (
        "CaseActivityUnknown",
        "A case names an activity that its workflow does not have.",
        "Write the Name or the Id of an activity as the workflow has it.",
    )
    FILE_UNUSABLE = (
        "CaseFileUnusable",
        "A file that a case names cannot be used.",
        "Correct the path, which is relative to the case file, or the file.",
    )


@dataclass(frozen=True, slots=True, order=True)
class CaseMistake:
    """One mistake at one place of a case file; *where* is a path like ``$.cases[0].expect``."""

    where: str
    code: CaseCode
    message: str


def member(where: str, name: str) -> str:
    """
    Return the path of the member *name* of the object at *where*.

    >>> member("$", "cases"), member("$.replies", "Hand over")
    ('$.cases', '$.replies["Hand over"]')
    """
    return f"{where}.{name}" if name.replace("_", "").isalnum() else f'{where}["{name}"]'
