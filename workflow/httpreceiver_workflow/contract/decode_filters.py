"""Filter objects of FilterHostSetting and BeginConditional → records (contract 4.1)."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.class_binding import bind_class
from httpreceiver_workflow.contract.decode_parts import read_source
from httpreceiver_workflow.contract.enums import Conjunction, StringComparer
from httpreceiver_workflow.contract.fields import Reader
from httpreceiver_workflow.contract.findings import Findings
from httpreceiver_workflow.contract.settings import Filter, FilterGroup, StringFilter
from httpreceiver_workflow.contract.support import Kind, fields_of


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
    value = reader.text("Value")
    operand = read_source(reader, path="ToPath", side="To")
    if operand.path and value and value != operand.path:
        reader.without_effect("Value", "ToPath is set and wins.")
    return StringFilter(
        where=reader.where,
        source=read_source(reader, path="Path"),
        comparer=reader.enum("Comparer", StringComparer, StringComparer.EQUALS),
        value=value,
        operand=operand if operand.path else None,
        negated=reader.flag("Not"),
        case_sensitive=reader.flag("CaseSensitive"),
        any_repetition=reader.flag("IncludesRepeatFields"),
        conjunction=reader.enum("Conjunction", Conjunction, Conjunction.AND),
    )


def filter_group(reader: Reader) -> FilterGroup:
    """FilterGroup."""
    return FilterGroup(where=reader.where, conjunction=reader.enum("Conjunction", Conjunction, Conjunction.AND))


FILTER_DECODERS: Final[Mapping[str, Callable[[Reader], Filter]]] = MappingProxyType(
    {"StringMessageFilter": string_filter, "FilterGroup": filter_group}
)
