"""StringMessageFilter: two texts and how they relate (contract 4.2)."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.enums import Direction, StringComparer
from httpreceiver_workflow.contract.list_settings import StringFilter
from httpreceiver_workflow.pipeline.bindings import (
    compile_existence,
    compile_operand,
    compile_repetitions,
    compile_source,
    locate,
)
from httpreceiver_workflow.pipeline.data_tables import compile_table_test
from httpreceiver_workflow.pipeline.exchange import Exchange, Predicate
from httpreceiver_workflow.pipeline.formatting.casing import ordinal_lower, ordinal_upper, title_case
from httpreceiver_workflow.pipeline.host_reads import HostProblem
from httpreceiver_workflow.pipeline.scope import Scope
from httpreceiver_workflow.pipeline.templates import is_constant

_WHOLE_NUMBER: Final = re.compile(r"\s*[+-]?[0-9]{1,10}\s*")

Comparison = Callable[[str, str], bool]
"""Left operand, right operand → verdict."""


def compile_string_filter(item: StringFilter, scope: Scope) -> Predicate:
    """Return the verdict of *item*, `Not` left out."""
    if item.comparer is StringComparer.IN_MESSAGE:
        return compile_existence(item.source, item.where, scope)
    compare = _comparison(item, scope)
    right = compile_operand(item.operand, item.value, item.where, scope)
    if item.any_repetition and (location := locate(item.source, item.where, scope, Direction.INBOUND)) is not None:
        repetitions = compile_repetitions(item.source, location, scope)

        def any_passes(exchange: Exchange) -> bool:
            operand = right(exchange)
            return any(compare(value, operand) for value in repetitions(exchange))

        return any_passes
    left = compile_source(item.source, item.where, scope, Direction.INBOUND)
    return lambda exchange: compare(left(exchange), right(exchange))


def _comparison(item: StringFilter, scope: Scope) -> Comparison:
    if item.comparer is not StringComparer.IN_DATA_TABLE:
        compare = COMPARISONS[item.comparer]
        return compare if item.case_sensitive else _ignoring_case(item.comparer, compare)
    try:
        compare = compile_table_test(item, _constant_operand(item, scope), scope)
    except HostProblem as problem:
        scope.report(item.where, problem.code, str(problem))
        return _always_false
    return compare if item.case_sensitive else lambda left, right: compare(ordinal_upper(left), right)


def _constant_operand(item: StringFilter, scope: Scope) -> str | None:
    """Return the right operand when it is the same text for every request, else None."""
    if item.operand is None:
        text = item.value
    elif locate(item.operand, item.where, scope) is None:
        text = item.operand.path
    else:
        return None
    return text if is_constant(text) else None


def _ignoring_case(comparer: StringComparer, compare: Comparison) -> Comparison:
    if comparer not in _CASE_MATTERS:
        return compare
    return lambda left, right: compare(ordinal_upper(left), ordinal_upper(right))


def _length(text: str) -> int | None:
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else None


def _longer(left: str, right: str) -> bool:
    limit = _length(right)
    return limit is not None and len(left) > limit


def _shorter(left: str, right: str) -> bool:
    limit = _length(right)
    return limit is not None and len(left) < limit


def _in_list(left: str, right: str) -> bool:
    return left in (item.strip() for line in right.splitlines() for item in line.split(","))


def _always_false(_left: str, _right: str) -> bool:
    return False


COMPARISONS: Final[Mapping[StringComparer, Comparison]] = MappingProxyType(
    {
        StringComparer.EQUALS: lambda left, right: left == right,
        StringComparer.CONTAINS: lambda left, right: right in left,
        StringComparer.STARTS_WITH: lambda left, right: left.startswith(right),
        StringComparer.ENDS_WITH: lambda left, right: left.endswith(right),
        StringComparer.LENGTH_GREATER_THAN: _longer,
        StringComparer.LENGTH_LESS_THAN: _shorter,
        StringComparer.EMPTY: lambda left, _: left == "",
        StringComparer.IS_TITLE_CASE: lambda left, _: left != "" and left == title_case(left),
        StringComparer.IS_UPPER_CASE: lambda left, _: left != "" and left == ordinal_upper(left),
        StringComparer.IS_LOWER_CASE: lambda left, _: left != "" and left == ordinal_lower(left),
        StringComparer.IN_LIST: _in_list,
    }
)
"""Plain text relations, ordinal. InMessage and InDataTable ask for more than two texts."""

_CASE_MATTERS: Final = frozenset(
    {
        StringComparer.EQUALS,
        StringComparer.CONTAINS,
        StringComparer.STARTS_WITH,
        StringComparer.ENDS_WITH,
        StringComparer.IN_LIST,
    }
)
