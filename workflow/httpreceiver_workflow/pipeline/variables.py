"""
Variables: which names are built in, how each name is read, how one is written.

Look-up order: built-in, workflow variable, global variable; one that is none of them is empty (contract 6.1). Names
ignore case.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.built_in import READ_ONLY_VARIABLES
from httpreceiver_workflow.options.compatibility import InstanceIds
from httpreceiver_workflow.pipeline.exchange import Exchange, Text
from httpreceiver_workflow.pipeline.formatting.formats import hl7_timestamp

WORKFLOW_ERROR: Final = "workflowerror"
WORKFLOW_ERROR_MESSAGE: Final = "workflowerrormessage"
FOR_EACH_ITERATOR: Final = "foreachiterator"
WORKFLOW_INSTANCE_ID: Final = "workflowinstanceid"


def _precise(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%S.%f%z")


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


_MOMENTS: Final[Mapping[str, Callable[[Exchange], datetime]]] = MappingProxyType(
    {
        "currentdatetime": lambda exchange: exchange.request.now(),
        "receiveddate": lambda exchange: exchange.request.received_at,
        # Both occur in vendor examples but not in the vendor's list (contract 6.1).
        "today": lambda exchange: _midnight(exchange.request.now()),
        "date": lambda exchange: exchange.request.now(),
    }
)


def _run_number(exchange: Exchange) -> str:
    return str(exchange.request.instance_id)


def _from_arrival(exchange: Exchange) -> str:
    """Return milliseconds since 1970 with three digits of the run's number behind, since runs may share one."""
    request = exchange.request
    return f"{(request.received_at - _EPOCH) // timedelta(milliseconds=1)}{request.instance_id % 1000:03d}"


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
INSTANCE_IDS: Final[Mapping[InstanceIds, Text]] = MappingProxyType(
    {InstanceIds.PER_PROCESS: _run_number, InstanceIds.FROM_ARRIVAL: _from_arrival}
)
"""What `WorkflowInstanceId` reads (contract A27)."""

_BUILT_INS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "httpmethod": lambda exchange: exchange.request.method,
        "clientip": lambda exchange: exchange.request.client_ip,
        WORKFLOW_INSTANCE_ID: _run_number,
        "uuid": lambda exchange: exchange.request.new_uuid(),
        WORKFLOW_ERROR: lambda exchange: "True" if exchange.errored else "False",
        WORKFLOW_ERROR_MESSAGE: lambda exchange: exchange.error_message,
        "mllpstart": lambda _: "\x0b",
        "mllpend": lambda _: "\x1c\r",
        "cr": lambda _: "\r",
        "lf": lambda _: "\n",
    }
)


def read_variable(name: str, *, formatted: bool, workflow_name: str, fallback: str = "") -> Text:
    """
    Return the reader of variable *name*.

    Args:
        formatted: the value goes through a date format, so give moments with fraction and offset.
        workflow_name: the value of `WorkflowName`.
        fallback: what an unset variable reads as: the global variable of that name.
    """
    key = name.lower()
    if key in _MOMENTS:
        moment = _MOMENTS[key]
        write = _precise if formatted else hl7_timestamp
        return lambda exchange: write(moment(exchange))
    if key in _BUILT_INS:
        return _BUILT_INS[key]
    if key == "workflowname":
        return lambda _: workflow_name
    return lambda exchange: exchange.variables.get(key, fallback)


def is_built_in(name: str) -> bool:
    """Whether *name* always reads as a built-in, whatever variables there are."""
    key = name.lower()
    return key in READ_ONLY_VARIABLES or key in _BUILT_INS


def write_variable(name: str) -> Callable[[Exchange, str], None]:
    """
    Return the writer of variable *name*.

    `WorkflowError` set to true flags the run without stopping it; other built-ins ignore the write (contract 6.1).
    """
    key = name.lower()
    if key == WORKFLOW_ERROR:
        return _write_workflow_error
    if key == WORKFLOW_ERROR_MESSAGE:
        return _write_error_message
    if key in READ_ONLY_VARIABLES:
        return lambda _exchange, _value: None

    def write(exchange: Exchange, value: str) -> None:
        exchange.variables[key] = value

    return write


def formatted_once(name: str, read: Text, formatting: Callable[[str], str]) -> Text:
    """Return the reader of what variable *name* is set to, formatted; what it was before is kept (contract A11)."""
    key = name.lower()

    def read_both(exchange: Exchange) -> str:
        value = read(exchange)
        shown = formatting(value)
        exchange.unformatted = {**(exchange.unformatted or {}), key: (shown, value)}
        return shown

    return read_both


def unformatted(name: str, read: Text) -> Text:
    """Return the reader of what the variable was before it was formatted; *read* where nothing formatted it."""
    key = name.lower()

    def read_before(exchange: Exchange) -> str:
        value = read(exchange)
        shown, before = (exchange.unformatted or {}).get(key, (value, value))
        # Whatever was written since counts as it is.
        return before if shown == value else value

    return read_before


def _write_workflow_error(exchange: Exchange, value: str) -> None:
    exchange.errored = value.strip().lower() == "true"


def _write_error_message(exchange: Exchange, value: str) -> None:
    exchange.error_message = value
