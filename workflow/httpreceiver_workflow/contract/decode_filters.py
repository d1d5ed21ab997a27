"""Filter objects of FilterHostSetting and BeginConditional → records (contract 4.1)."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.class_binding import bind_class
from httpreceiver_workflow.contract.decode_parts import read_source
from httpreceiver_workflow.contract.enums import Conjunction, DateComparer, Direction, StringComparer, ValidComparer
from httpreceiver_workflow.contract.fields import Reader
from httpreceiver_workflow.contract.findings import Findings, LinkKind
from httpreceiver_workflow.contract.list_settings import DateFilter, Filter, FilterGroup, StringFilter, ValidFilter
from httpreceiver_workflow.contract.setting_parts import Source
from httpreceiver_workflow.contract.support import Kind, fields_of
from httpreceiver_workflow.options.compatibility import FilterOperand
from httpreceiver_workflow.problem_codes import ProblemCode


def decode_filters(reader: Reader, name: str) -> tuple[Filter, ...]:
    """Return the filters in array *name*; those that cannot run are reported and left out."""
    decoded = (decode_filter(value, where, reader.findings) for where, value in reader.items(name))
    return tuple(item for item in decoded if item is not None)


def decode_filter(value: object, where: str, findings: Findings) -> Filter | None:
    """Return the record of one filter object; None, after reporting, when it cannot run."""
    name = bind_class(value, where, Kind.FILTER, findings)
    if name is None or not isinstance(value, Mapping):
        return None
    reader = Reader(name.name, fields_of(name.name), value, where, findings)
    decoded = FILTER_DECODERS[name.name](reader)
    reader.finish()
    return decoded


def string_filter(reader: Reader) -> StringFilter:
    """StringMessageFilter."""
    value, operand = _right_operand(reader)
    return StringFilter(
        where=reader.where,
        source=read_source(reader, path="Path"),
        comparer=reader.enum("Comparer", StringComparer, StringComparer.EQUALS),
        value=value,
        operand=operand,
        negated=reader.flag("Not"),
        case_sensitive=reader.flag("CaseSensitive"),
        any_repetition=reader.flag("IncludesRepeatFields"),
        conjunction=reader.enum("Conjunction", Conjunction, Conjunction.AND),
    )


def date_filter(reader: Reader) -> DateFilter:
    """DateMessageFilter."""
    value, operand = _right_operand(reader)
    return DateFilter(
        where=reader.where,
        source=read_source(reader, path="Path"),
        comparer=reader.enum("Comparer", DateComparer, DateComparer.EQUALS),
        value=value,
        operand=operand,
        negated=reader.flag("Not"),
        conjunction=reader.enum("Conjunction", Conjunction, Conjunction.AND),
    )


def valid_filter(reader: Reader) -> ValidFilter:
    """ValidMessageFilter."""
    direction = reader.optional_enum("FromDirection", Direction)
    if direction is Direction.VARIABLE:
        message = "FromDirection is 2, literal text; only a message can be valid or not."
        reader.report("FromDirection", ProblemCode.FIELD_NOT_SUPPORTED, message)
    return ValidFilter(
        where=reader.where,
        setting=reader.link("FromSetting", LinkKind.SOURCE),
        direction=direction,
        comparer=reader.enum("Comparer", ValidComparer, ValidComparer.VALID),
        negated=reader.flag("Not"),
        conjunction=reader.enum("Conjunction", Conjunction, Conjunction.AND),
    )


def _right_operand(reader: Reader) -> tuple[str, Source | None]:
    """Return `Value`, and `ToPath` as a source when it is not empty; of both one wins (contract A5)."""
    value = reader.text("Value")
    operand = read_source(reader, path="ToPath", side="To")
    value_wins = reader.findings.compatibility.filter_operand is FilterOperand.VALUE
    if operand.path and value and value != operand.path:
        winner, loser = ("Value", "ToPath") if value_wins else ("ToPath", "Value")
        reader.without_effect(loser, f"{winner} is set and wins.")
    if value and value_wins:
        return value, None
    return value, operand if operand.path else None


def filter_group(reader: Reader) -> FilterGroup:
    """FilterGroup."""
    return FilterGroup(where=reader.where, conjunction=reader.enum("Conjunction", Conjunction, Conjunction.AND))


FILTER_DECODERS: Final[Mapping[str, Callable[[Reader], Filter]]] = MappingProxyType(
    {
        "StringMessageFilter": string_filter,
        "DateMessageFilter": date_filter,
        "ValidMessageFilter": valid_filter,
        "FilterGroup": filter_group,
    }
)
