"""
The database activity: a sender compiled to its call, and the row it gets back as a CSV message (contract 8.5).

The SQL is the activity's message. Values of a request reach the database as bound parameters; they become SQL only
where the author wrote a placeholder or a mapping into the SQL, and then with a warning.
"""

import base64
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.connection_strings import (
    ConnectionStringRefused,
    Target,
    TargetReader,
    sqlite_target,
)
from httpreceiver_workflow.contract.enums import DataProvider, Direction
from httpreceiver_workflow.contract.list_settings import Action, AppendLine, CreateMapping
from httpreceiver_workflow.contract.sender_settings import DatabaseParameter, DatabaseSender
from httpreceiver_workflow.contract.sql_text import ends_transaction, key_of, parameters, statements
from httpreceiver_workflow.pipeline.bindings import compile_source, own_message
from httpreceiver_workflow.pipeline.effects import DatabaseCall, Fault, FaultKind, Reply, SqlValue, Stage
from httpreceiver_workflow.pipeline.exchange import Exchange, ExchangeFault, Text
from httpreceiver_workflow.pipeline.scope import Scope
from httpreceiver_workflow.pipeline.templates import compile_template, is_constant
from httpreceiver_workflow.pipeline.transforms.actions import compile_action_formatting
from httpreceiver_workflow.problem_codes import ProblemCode

TARGETS: Final[Mapping[DataProvider, TargetReader]] = MappingProxyType({DataProvider.SQLITE: sqlite_target})
"""Provider → what its connection strings mean; the others are refused while a workflow is loaded."""


def compile_database_sender(
    sender: DatabaseSender, scope: Scope
) -> tuple[Callable[[Exchange], DatabaseCall], Callable[[Reply], str | None]]:
    """Return how *sender* calls, and how the reply becomes the text of its response."""
    slot = scope.target
    target = _compile_target(sender, scope)
    values = tuple((parameter.name, _compile_value(parameter, scope)) for parameter in sender.parameters)

    def call(exchange: Exchange) -> DatabaseCall:
        return DatabaseCall(
            target=target(exchange),
            sql=own_message(exchange, slot).text(),
            parameters=tuple((name, value(exchange)) for name, value in values),
            returns_row=sender.returns_row,
        )

    return call, _row_text if sender.returns_row else lambda _: None


def _row_text(reply: Reply) -> str:
    return "" if reply.row is None else csv_row(reply.row)


def _compile_value(parameter: DatabaseParameter, scope: Scope) -> Text:
    read = compile_source(parameter.source, parameter.where, scope)
    change = compile_action_formatting(parameter, scope)
    if change is None:
        return read
    return lambda exchange: change(read(exchange))


def _compile_target(sender: DatabaseSender, scope: Scope) -> Callable[[Exchange], Target]:
    """Return what the connection string means; one without placeholders is judged now."""
    where = f"{sender.where}.ConnectionString"
    read_target = TARGETS[sender.provider]
    render = compile_template(sender.connection_string, where, scope)

    def late(exchange: Exchange) -> Target:
        try:
            return read_target(render(exchange))
        except ConnectionStringRefused as refused:
            raise ExchangeFault(Fault(FaultKind.ACTIVITY_FAILED, Stage.ACTIVITY, f"{refused}")) from refused

    if not is_constant(sender.connection_string):
        return late
    try:
        target = read_target(sender.connection_string)
    except ConnectionStringRefused as refused:
        scope.report(where, ProblemCode.CONNECTION_STRING_REFUSED, f"{refused}")
        return late
    return lambda _: target


# --- what can be said of the SQL before it runs ----------------------------------------------------------------------


def judge_sql(sender: DatabaseSender, actions: Sequence[Action], scope: Scope) -> None:
    """
    Report what is wrong with the SQL of *sender*, and where a request may become part of it.

    Args:
        actions: of both lists that run before the activity.
    """
    where = f"{sender.where}.MessageTemplate"
    writes = [action for action in actions if writes_message(action)]
    for action in writes:
        scope.report(
            action.where, ProblemCode.SQL_FROM_PLACEHOLDERS, "What this action writes becomes part of the SQL."
        )
    if not is_constant(sender.message_template):
        message = "MessageTemplate has placeholders, whose text becomes part of the SQL."
        scope.report(where, ProblemCode.SQL_FROM_PLACEHOLDERS, message)
    elif not writes:
        _judge_fixed_sql(sender, where, scope)


def writes_message(action: Action) -> bool:
    """Whether *action* writes to its list's own message."""
    match action:
        case CreateMapping():
            return action.target.direction is not Direction.VARIABLE
        case AppendLine():
            return True
        case _:
            return False


def _judge_fixed_sql(sender: DatabaseSender, where: str, scope: Scope) -> None:
    found = list(statements(sender.message_template))
    if not found:
        scope.report(where, ProblemCode.SQL_REFUSED, "MessageTemplate holds no SQL statement.")
    if any(ends_transaction(statement) for statement in found):
        message = "An activity is one transaction by itself; its SQL can neither begin nor end one."
        scope.report(where, ProblemCode.SQL_REFUSED, message)
    given = {key_of(parameter.name) for parameter in sender.parameters}
    for name in parameters(sender.message_template):
        if name.startswith("?"):
            scope.report(where, ProblemCode.SQL_REFUSED, "A parameter without a name (?) has no value; write @Name.")
        elif key_of(name) not in given:
            scope.report(where, ProblemCode.SQL_PARAMETER_MISSING, f"No entry of Parameters is called {name}.")


# --- a row as CSV ----------------------------------------------------------------------------------------------------


def csv_row(row: Iterable[SqlValue]) -> str:
    """Return *row* as CSV: every field in quotes, quotes inside doubled (database-query.md)."""
    return ",".join('"' + value_text(value).replace('"', '""') + '"' for value in row)


def value_text(value: SqlValue) -> str:
    """Return a value of a row as .NET writes it in the invariant culture: bytes as base64, NULL as nothing."""
    match value:
        case None:
            return ""
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case float():
            return _double(value)
        case _:
            return str(value)


def _double(value: float) -> str:
    """Return the shortest text that reads back as *value*; scientific beyond 15 digits and below 0.0001."""
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    number = Decimal(repr(value)).normalize()
    sign, digits, _ = number.as_tuple()
    scale = number.adjusted() + 1
    if number == 0 or -4 < scale <= max(len(digits), 15):
        return format(number, "f")
    first, *rest = map(str, digits)
    fraction = f".{''.join(rest)}" if rest else ""
    return f"{'-' if sign else ''}{first}{fraction}E{scale - 1:+03d}"
