"""The codes of mistakes beside those of workflows: each says itself what it means and what to do about it."""

from enum import StrEnum
from typing import Self


class MistakeCode(StrEnum):
    """
    A code, written ``NAME = code, meaning, remedy``.

    Attributes:
        meaning: one sentence.
        remedy: what to do about it, one sentence.
    """

    meaning: str
    remedy: str

    def __new__(cls, code: str, meaning: str, remedy: str) -> Self:
        """Return the member: the text *code*."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning, member.remedy = meaning, remedy
        return member
