"""What can be wrong with a case file itself, each with its meaning and remedy; beside the problems of workflows."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class CaseCode(StrEnum):
    """Every kind of mistake in a case file."""

    SHAPE = "CaseShape"
    KEY_UNKNOWN = "CaseKeyUnknown"
    EXPECTS_NOTHING = "CaseExpectsNothing"
    CONTRADICTION = "CaseContradiction"
    ACTIVITY_UNKNOWN = "CaseActivityUnknown"
    FILE_UNUSABLE = "CaseFileUnusable"

    @property
    def meaning(self) -> str:
        """One sentence."""
        return _TEXTS[self][0]

    @property
    def remedy(self) -> str:
        """What to do about it, one sentence."""
        return _TEXTS[self][1]


_TEXTS: Final[Mapping[CaseCode, tuple[str, str]]] = {
    CaseCode.SHAPE: (
        "A value of a case file has the wrong type or form.",
        "Correct the value; docs/check.md describes each key.",
    ),
    CaseCode.KEY_UNKNOWN: (
        "A key of a case file is none of those that are read.",
        "Correct its spelling; docs/check.md lists every key.",
    ),
    CaseCode.EXPECTS_NOTHING: (
        "A case, or a whole file, expects nothing and so could never fail.",
        "Say under expect what must come of the request.",
    ),
    CaseCode.CONTRADICTION: (
        "Two keys of a case file exclude each other.",
        "Remove one of them.",
    ),
    CaseCode.ACTIVITY_UNKNOWN: (
        "A case names an activity that its workflow does not have.",
        "Write the Name or the Id of an activity as the workflow has it.",
    ),
    CaseCode.FILE_UNUSABLE: (
        "A file that a case names cannot be used.",
        "Correct the path, which is relative to the case file, or the file.",
    ),
}


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
