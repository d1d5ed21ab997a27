"""What becomes of one field of the contract: the words in which the tables of `support_fields` are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from httpreceiver_workflow.contract.values import EMPTY_GUID


class Use(StrEnum):
    """What becomes of a field."""

    APPLIED = "applied"
    NO_EFFECT = "without effect"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Field:
    """
    One field of one class.

    Attributes:
        note: what it does, or why it does nothing.
        warns: whether setting a field without effect is worth a warning, because its author expects an effect.
        harmless: values that never warn and are never refused, besides those of `is_set`.
    """

    use: Use
    note: str
    warns: bool = False
    harmless: tuple[object, ...] = ()


def is_set(value: object) -> bool:
    """Whether *value* says something: not null, false, 0, empty or the empty GUID."""
    return bool(value) and value != EMPTY_GUID


Fields = Mapping[str, Field]


def does(note: str) -> Field:
    """Return a field that does what its author expects."""
    return Field(Use.APPLIED, note)


def silent(note: str) -> Field:
    """Return a field that the product writes by itself: nothing to warn of."""
    return Field(Use.NO_EFFECT, note)


def vain(note: str, *harmless: object) -> Field:
    """Return a field without effect whose author would expect one."""
    return Field(Use.NO_EFFECT, note, warns=True, harmless=harmless)


def refused(note: str, *harmless: object) -> Field:
    """Return a field that nothing here can honour."""
    return Field(Use.REFUSED, note, harmless=harmless)


def table(*parts: Fields, **own: Field) -> Fields:
    """Return *own* after all that *parts* have; a name that comes twice is the last one's."""
    return MappingProxyType({name: entry for part in (*parts, own) for name, entry in part.items()})
