"""
Filters: a list of filters compiled to one predicate of the exchange (contract 4).

Inside a group strictly left to right, without precedence of And over Or; groups are folded the same way. A filter class
is one function in `VERDICTS`.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from httpreceiver_workflow.contract.enums import Conjunction
from httpreceiver_workflow.contract.settings import (
    Condition,
    DateFilter,
    Filter,
    FilterGroup,
    StringFilter,
    ValidFilter,
)
from httpreceiver_workflow.pipeline.date_filters import compile_date_filter
from httpreceiver_workflow.pipeline.scope import Scope
from httpreceiver_workflow.pipeline.state import Predicate
from httpreceiver_workflow.pipeline.string_filters import compile_string_filter
from httpreceiver_workflow.pipeline.valid_filters import compile_valid_filter
from httpreceiver_workflow.problems import ProblemCode


def compile_filters(filters: Sequence[Filter], scope: Scope) -> Predicate | None:
    """Return the predicate of *filters*; None for an empty list, which lets everything through."""
    folded: Predicate | None = None
    joiner = Conjunction.AND
    for group, conjunction in _groups(filters, scope):
        verdict = _fold(group, scope)
        folded = verdict if folded is None else _join(folded, joiner, verdict)
        joiner = conjunction
    return folded


def _groups(filters: Sequence[Filter], scope: Scope) -> list[tuple[list[Condition], Conjunction]]:
    """Split at the FilterGroup markers; each group comes with the conjunction that joins it to the next."""
    groups: list[tuple[list[Condition], Conjunction]] = []
    members: list[Condition] = []
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


def _fold(members: Sequence[Condition], scope: Scope) -> Predicate:
    folded = compile_filter(members[0], scope)
    for previous, item in pairwise(members):
        folded = _join(folded, previous.conjunction, compile_filter(item, scope))
    return folded


def _join(left: Predicate, conjunction: Conjunction, right: Predicate) -> Predicate:
    if conjunction is Conjunction.AND:
        return lambda exchange: left(exchange) and right(exchange)
    return lambda exchange: left(exchange) or right(exchange)


def compile_filter(item: Condition, scope: Scope) -> Predicate:
    """Return the predicate of one filter, `Not` included."""
    verdict = VERDICTS[type(item)](item, scope)
    if item.negated:
        return lambda exchange: not verdict(exchange)
    return verdict


VERDICTS: Final[Mapping[type[Condition], Callable[[Any, Scope], Predicate]]] = MappingProxyType(
    {StringFilter: compile_string_filter, DateFilter: compile_date_filter, ValidFilter: compile_valid_filter}
)
"""Filter class → what compiles its verdict, without `Not`."""
