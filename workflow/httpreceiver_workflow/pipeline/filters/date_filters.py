"""
DateMessageFilter: two dates and how they relate (contract 4.2).

Dates are compared by the wall clock as written, offsets left aside. What is no date is neither equal, greater nor less.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.enums import DateComparer, Direction
from httpreceiver_workflow.contract.list_settings import DateFilter
from httpreceiver_workflow.contract.values import shown
from httpreceiver_workflow.pipeline.bindings import compile_existence, compile_operand, compile_source
from httpreceiver_workflow.pipeline.exchange import Exchange, Predicate, Text
from httpreceiver_workflow.pipeline.formatting.dotnet_dates import parse_moment
from httpreceiver_workflow.pipeline.scope import Scope
from httpreceiver_workflow.pipeline.templates import is_constant
from httpreceiver_workflow.problem_codes import ProblemCode

Clock = tuple[datetime, int]
"""Whole seconds on the wall clock, and the fraction in units of 100 ns."""


def compile_date_filter(item: DateFilter, scope: Scope) -> Predicate:
    """Return the verdict of *item*, `Not` left out."""
    if item.comparer is DateComparer.IN_MESSAGE:
        return compile_existence(item.source, item.where, scope)
    left = compile_source(item.source, item.where, scope, Direction.INBOUND)
    if item.comparer is DateComparer.EMPTY:
        return lambda exchange: left(exchange) == ""
    if item.comparer is DateComparer.INVALID_DATE:
        return lambda exchange: (text := left(exchange)) != "" and _clock(text) is None
    return _relation(left, compile_operand(item.operand, item.value, item.where, scope), item, scope)


def _relation(left: Text, right: Text, item: DateFilter, scope: Scope) -> Predicate:
    relate = RELATIONS[item.comparer]
    authored = item.value if item.operand is None else item.operand.path
    if (item.operand is None or item.operand.is_literal) and is_constant(authored) and _clock(authored) is None:
        message = f"{shown(authored)} is no date, so that the comparison is never true."
        scope.report(item.where, ProblemCode.DATE_UNREADABLE, message)

    def verdict(exchange: Exchange) -> bool:
        one, other = _clock(left(exchange)), _clock(right(exchange))
        return one is not None and other is not None and relate(one, other)

    return verdict


def _clock(text: str) -> Clock | None:
    moment = parse_moment(text)
    return None if moment is None else (moment.clock, moment.ticks)


RELATIONS: Final[Mapping[DateComparer, Callable[[Clock, Clock], bool]]] = MappingProxyType(
    {
        DateComparer.EQUALS: operator.eq,
        DateComparer.GREATER_THAN: operator.gt,
        DateComparer.LESS_THAN: operator.lt,
        DateComparer.GREATER_THAN_OR_EQUAL_TO: operator.ge,
        DateComparer.LESS_THAN_OR_EQUAL_TO: operator.le,
    }
)
"""Empty, InMessage and InvalidDate ask for one date only."""
