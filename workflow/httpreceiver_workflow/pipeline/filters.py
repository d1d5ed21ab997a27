"""
Filters: a list of filters compiled to one predicate of the exchange (contract 4).

Inside a group strictly left to right, without precedence of And over Or; groups are folded the same way.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.enums import Conjunction, Direction, StringComparer
from httpreceiver_workflow.contract.settings import Filter, FilterGroup, StringFilter
from httpreceiver_workflow.pipeline.bindings import compile_existence, compile_repetitions, compile_source, locate
from httpreceiver_workflow.pipeline.casing import ordinal_lower, ordinal_upper, title_case
from httpreceiver_workflow.pipeline.scope import Scope
from httpreceiver_workflow.pipeline.state import Exchange, Text
from httpreceiver_workflow.pipeline.templates import compile_template
from httpreceiver_workflow.problems import ProblemCode

Predicate = Callable[[Exchange], bool]
Comparison = Callable[[str, str], bool]
"""Left operand, right operand → verdict."""


def compile_filters(filters: Sequence[Filter], scope: Scope) -> Predicate | None:
    """Return the predicate of *filters*; None for an empty list, which lets everything through."""
    folded: Predicate | None = None
    joiner = Conjunction.AND
    for group, conjunction in _groups(filters, scope):
        verdict = _fold(group, scope)
        folded = verdict if folded is None else _join(folded, joiner, verdict)
        joiner = conjunction
    return folded


def _groups(filters: Sequence[Filter], scope: Scope) -> list[tuple[list[StringFilter], Conjunction]]:
    """Split at the FilterGroup markers; each group comes with the conjunction that joins it to the next."""
    groups: list[tuple[list[StringFilter], Conjunction]] = []
    members: list[StringFilter] = []
    for item in filters:
        if not isinstance(item, FilterGroup):
            members.append(item)
        elif members:
            groups.append((members, item.conjunction))
            members = []
        else:
            scope.report(item.where, ProblemCode.FILTER_GROUP_MISPLACED, "A FilterGroup has no filter before it.")
    if members:
        groups.append((members, Conjunction.AND))
    elif filters and isinstance(filters[-1], FilterGroup):
        scope.report(filters[-1].where, ProblemCode.FILTER_GROUP_MISPLACED, "A FilterGroup has no filter after it.")
    return groups


def _fold(members: Sequence[StringFilter], scope: Scope) -> Predicate:
    folded = compile_filter(members[0], scope)
    for previous, item in pairwise(members):
        folded = _join(folded, previous.conjunction, compile_filter(item, scope))
    return folded


def _join(left: Predicate, conjunction: Conjunction, right: Predicate) -> Predicate:
    if conjunction is Conjunction.AND:
        return lambda exchange: left(exchange) and right(exchange)
    return lambda exchange: left(exchange) or right(exchange)


def compile_filter(item: StringFilter, scope: Scope) -> Predicate:
    """Return the predicate of one filter, `Not` included."""
    verdict = _verdict(item, scope)
    if item.negated:
        return lambda exchange: not verdict(exchange)
    return verdict


def _verdict(item: StringFilter, scope: Scope) -> Predicate:
    if item.comparer is StringComparer.IN_MESSAGE:
        return compile_existence(item.source, item.where, scope)
    if item.comparer is StringComparer.IN_DATA_TABLE:
        scope.report(item.where, ProblemCode.FIELD_NOT_SUPPORTED, "Comparer InDataTable needs data tables.")
    compare = COMPARISONS.get(item.comparer, _always_false)
    if not item.case_sensitive:
        compare = _ignoring_case(item.comparer, compare)
    right = _right_operand(item, scope)
    if item.any_repetition and (location := locate(item.source, item.where, scope, Direction.INBOUND)) is not None:
        repetitions = compile_repetitions(location)

        def any_passes(exchange: Exchange) -> bool:
            operand = right(exchange)
            return any(compare(value, operand) for value in repetitions(exchange))

        return any_passes
    left = compile_source(item.source, item.where, scope, Direction.INBOUND)
    return lambda exchange: compare(left(exchange), right(exchange))


def _right_operand(item: StringFilter, scope: Scope) -> Text:
    if item.operand is not None:
        return compile_source(item.operand, item.where, scope)
    return compile_template(item.value, item.where, scope)


def _ignoring_case(comparer: StringComparer, compare: Comparison) -> Comparison:
    if comparer not in _CASE_MATTERS:
        return compare
    return lambda left, right: compare(ordinal_upper(left), ordinal_upper(right))


def _length(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


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
