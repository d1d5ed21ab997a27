"""Codes of mistakes that say themselves what they mean."""

from enum import StrEnum
from typing import Self


class Severity(StrEnum):
    """Whether a mistake keeps a workflow from starting."""

    ERROR = "error"
    WARNING = "warning"


class ExplainedCode(StrEnum):
    """
    A code, written ``NAME = code, meaning, remedy`` and, unless it is an error, its severity.

    Attributes:
        meaning: one sentence.
        remedy: what to do about it, one sentence.
    """

    meaning: str
    remedy: str
    severity: Severity

    def __new__(cls, code: str, meaning: str, remedy: str, severity: Severity = Severity.ERROR) -> Self:
        """Return the member: the text *code*."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning, member.remedy, member.severity = meaning, remedy, severity
        return member
