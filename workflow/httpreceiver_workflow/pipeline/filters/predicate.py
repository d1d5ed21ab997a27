"""
Filters: a list of filters compiled to one predicate of the exchange (contract 4).

Inside a group strictly left to right, without precedence of And over Or unless asked for; groups are joined the same
way. A filter class is one function in `VERDICTS`.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from httpreceiver_workflow.contract.enums import Conjunction
from httpreceiver_workflow.contract.list_settings import (
    Condition,
    DateFilter,
    Filter,
    FilterGroup,
    StringFilter,
    ValidFilter,
)
from httpreceiver_workflow.options.compatibility import Conjunctions
from httpreceiver_workflow.pipeline.exchange import Exchange, Predicate
from httpreceiver_workflow.pipeline.filters.date_filters import compile_date_filter
from httpreceiver_workflow.pipeline.filters.string_filters import compile_string_filter
from httpreceiver_workflow.pipeline.filters.valid_filters import compile_valid_filter
from httpreceiver_workflow.pipeline.scope import Scope
from httpreceiver_workflow.problem_codes import ProblemCode


def compile_filters(filters: Sequence[Filter], scope: Scope) -> Predicate | None:
    """Return the predicate of *filters*; None for an empty list, which lets everything through."""
    groups = _groups(filters, scope)
    if not groups:
        return None
    join = FOLDS[scope.compatibility.conjunctions]
    predicate = join([(_fold_group(members, scope), conjunction) for members, conjunction in groups])
    return scope.tracer.filters(filters, predicate)


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


def _fold_group(members: Sequence[Condition], scope: Scope) -> Predicate:
    join = FOLDS[scope.compatibility.conjunctions]
    return join([(compile_filter(item, scope), item.conjunction) for item in members])


def _fold(verdicts: Sequence[tuple[Predicate, Conjunction]]) -> Predicate:
    """Join *verdicts* from left to right; each comes with the conjunction that joins it to the next."""
    first, *others = [verdict for verdict, _ in verdicts]
    steps = [(conjunction is Conjunction.AND, one) for (_, conjunction), one in zip(verdicts, others, strict=False)]
    if not steps:
        return first
    if len(steps) == 1:
        return _join(first, steps[0][1], both=steps[0][0])

    def folded(exchange: Exchange) -> bool:
        # A loop and not nested calls, so that a list of any length can be asked.
        passes = first(exchange)
        for needs_both, verdict in steps:
            if passes is needs_both:
                passes = verdict(exchange)
        return passes

    return folded


def _and_before_or(verdicts: Sequence[tuple[Predicate, Conjunction]]) -> Predicate:
    """Join *verdicts* with And binding more closely than Or: a disjunction of what And joins."""
    runs: list[list[tuple[Predicate, Conjunction]]] = [[]]
    for verdict, conjunction in verdicts:
        runs[-1].append((verdict, conjunction))
        if conjunction is Conjunction.OR:
            runs.append([])
    return _fold([(_fold(run), Conjunction.OR) for run in runs if run])


FOLDS: Final[Mapping[Conjunctions, Callable[[Sequence[tuple[Predicate, Conjunction]]], Predicate]]] = MappingProxyType(
    {Conjunctions.LEFT_TO_RIGHT: _fold, Conjunctions.AND_BEFORE_OR: _and_before_or}
)
"""How a list of verdicts becomes one (contract A4)."""


def _join(left: Predicate, right: Predicate, *, both: bool) -> Predicate:
    if both:
        return lambda exchange: left(exchange) and right(exchange)
    return lambda exchange: left(exchange) or right(exchange)


def compile_filter(item: Condition, scope: Scope) -> Predicate:
    """Return the predicate of one filter, `Not` included."""
    verdict = VERDICTS[type(item)](item, scope)
    if item.negated:
        return scope.tracer.term(item, lambda exchange: not verdict(exchange))
    return scope.tracer.term(item, verdict)


VERDICTS: Final[Mapping[type[Condition], Callable[[Any, Scope], Predicate]]] = MappingProxyType(
    {StringFilter: compile_string_filter, DateFilter: compile_date_filter, ValidFilter: compile_valid_filter}
)
"""Filter class → what compiles its verdict, without `Not`."""
