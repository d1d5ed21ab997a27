"""
Data tables: rows read by the placeholder DATATABLE, and the filter InDataTable (contract 4.2, 6.1).

Which row is read comes in with the request, since the position in a table is shared by all requests and chance has no
place in the engine.
"""

import re
from collections.abc import Callable
from typing import Final

from httpreceiver_workflow.contract.list_settings import StringFilter
from httpreceiver_workflow.messages.message import MessageFault
from httpreceiver_workflow.pipeline.exchange import Text
from httpreceiver_workflow.pipeline.host_reads import HostProblem
from httpreceiver_workflow.pipeline.scope import Scope
from httpreceiver_workflow.problem_codes import ProblemCode

_READ: Final = re.compile(r"datatable\s*(?:([>?])\s*(.*?)\s*)?", re.IGNORECASE | re.DOTALL)


def is_data_table(name: str) -> bool:
    """Whether a placeholder's *name* reads a data table."""
    return _READ.fullmatch(name) is not None


def compile_row_read(name: str, scope: Scope) -> Text:
    """
    Return the reader of ``DATATABLE>Table.Field`` (the next row) or ``DATATABLE?Table.Field`` (any row).

    A table without rows reads as ``""``.

    Raises:
        HostProblem: there is no such table or field, or the name says neither.
    """
    match = _READ.fullmatch(name)
    if match is None or not match[1] or "." not in match[2]:
        message = "DATATABLE needs a table and a field, as in ${DATATABLE>Table.Field}."
        raise HostProblem(ProblemCode.FIELD_NOT_SUPPORTED, message)
    mode, reference = match[1], match[2]
    table, values = scope.host.column(reference)
    count = len(values)
    if not count:
        return lambda _: ""
    if mode == "?":
        return lambda exchange: values[exchange.request.random_row(count)]
    return lambda exchange: values[exchange.request.next_row(table, count)]


def compile_table_test(item: StringFilter, reference: str | None, scope: Scope) -> Callable[[str, str], bool]:
    """
    Return whether a value is a key of the table that the right operand names.

    Args:
        reference: the right operand when it is the same for every request, else None.
    """
    ignore_case = not item.case_sensitive
    if reference is None:
        sets = scope.host.all_keys(ignore_case=ignore_case)
        where = item.where

        def in_named(left: str, right: str) -> bool:
            keys = sets.get(right.strip().lower())
            if keys is None:
                raise MessageFault(f"the filter at {where} names no data table")
            return left in keys

        return in_named
    keys = scope.host.keys(reference.strip(), ignore_case=ignore_case)
    return lambda left, _: left in keys
