"""
What a Python override sees of its exchange: variables, activities, the host's tables, notifications.

The surface follows the product's CodeContext in Python's spelling. What cannot be given faithfully is not here at all,
so that using it fails. Overrides are trusted: names with an underscore are a convention, not a fence.

Source: IntegrationSoup/Documentation, codingcontext.md, workflowinstance.md; contract gaps 1.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.messages.formats import SUPPORTED_MESSAGE_TYPES, message_format
from httpreceiver_workflow.pipeline.code.messages import CodeMessage, checked_text
from httpreceiver_workflow.pipeline.data_tables import compile_row_read, is_data_table
from httpreceiver_workflow.pipeline.effects import Notification
from httpreceiver_workflow.pipeline.exchange import Exchange, Text
from httpreceiver_workflow.pipeline.formatting import casing, encoders
from httpreceiver_workflow.pipeline.formatting.dotnet_dates import hl7_timestamp, parse_moment
from httpreceiver_workflow.pipeline.formatting.formats import compile_modifiers
from httpreceiver_workflow.pipeline.formatting.placeholders import Placeholder, parse_template
from httpreceiver_workflow.pipeline.host_reads import HostProblem
from httpreceiver_workflow.pipeline.scope import ActivityPlace, Scope
from httpreceiver_workflow.pipeline.variables import is_built_in, read_variable, write_variable
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.resources import DataTable

_TYPES: Final[Mapping[str, MessageType]] = MappingProxyType(
    {
        "HL7": MessageType.HL7_V2,
        **{kind.name.replace("_", ""): kind for kind in SUPPORTED_MESSAGE_TYPES if kind is not MessageType.UNKNOWN},
    }
)
"""Names that `CodeContext.create_message` takes: those of the product's enumeration."""

_MOST_NAMES: Final = 256
"""Names of variables and tables that one step keeps compiled."""


class CodeSite:
    """
    Where one override stands in its workflow: what was settled while compiling.

    Attributes:
        where: JSON path of the action or the activity.
        scope: of the step; its host holds what the override names.
        response_slot: slot of the response that the code may set; None where there is none to set.
        may_filter: whether it is early enough to filter the current activity.
    """

    def __init__(self, where: str, scope: Scope, response_slot: int | None, *, may_filter: bool) -> None:
        self.where = where
        self.scope = scope
        self.response_slot = response_slot
        self.may_filter = may_filter
        self.current = next(one for one in scope.places if scope.target in (one.message, one.response))
        # By name, since an override may make names of request data: a bound keeps the memory.
        self.reader: Callable[[str], Callable[[Exchange], str | None]] = lru_cache(_MOST_NAMES)(self._compile_reader)
        self.lookup: Callable[[str], Callable[[str], str]] = lru_cache(_MOST_NAMES)(self._find_lookup)

    def _compile_reader(self, written: str) -> Callable[[Exchange], str | None]:
        """Return the reader of ``Name`` or ``Name:format``, as in a placeholder; it gives None for what is not set."""
        parts = parse_template(f"${{{written}}}").parts
        if len(parts) != 1 or not isinstance(parts[0], Placeholder):
            raise ValueError(f"{written!r} is not the name of a variable")
        part = parts[0]
        modify = compile_modifiers(part, self.scope.host.lookup)
        read, is_set = self._row_or_variable(part)

        def value(exchange: Exchange) -> str | None:
            text = read(exchange)
            if text == "" and not is_set(exchange):
                return None
            return text if modify is None else modify(text)

        return value

    def _row_or_variable(self, part: Placeholder) -> tuple[Text, Callable[[Exchange], bool]]:
        """Return the reader of *part*, and whether an empty value was set."""
        if is_data_table(part.name):
            return compile_row_read(part.name, self.scope), lambda _: True
        name = part.key
        built_in = is_built_in(name)
        shared = None if built_in else self.scope.host.global_value(name)
        read = read_variable(
            name, formatted=bool(part.format), workflow_name=self.scope.workflow_name, fallback=shared or ""
        )
        always = built_in or shared is not None
        return read, lambda exchange: always or name in exchange.variables

    def _find_lookup(self, name: str) -> Callable[[str], str]:
        lookup = self.scope.host.lookup(name)
        if lookup is None:
            message = f"the lookup table {name} does not exist, or the override does not name it as a text"
            raise HostProblem(ProblemCode.LOOKUP_TABLE_UNKNOWN, message)
        return lookup


class CodeContext:
    """One run of an override on one exchange; the only argument of ``run``."""

    __slots__ = ("_exchange", "_messages", "_site")

    def __init__(self, site: CodeSite, exchange: Exchange) -> None:
        self._site = site
        self._exchange = exchange
        self._messages: dict[int, CodeMessage] = {}

    # --- variables ---

    def get_variable(self, name: str, default: str | None = None) -> str | None:
        """
        Return a variable, built-in or global variable; *default* when there is none of that name.

        Args:
            name: as in a placeholder, so that a format or modifiers may follow: ``"Total:0.00"``. Ignores case.
        """
        value = self._site.reader(checked_text(name))(self._exchange)
        return default if value is None else value

    def set_variable(self, name: str, value: str) -> None:
        """Set a variable; ``WorkflowError`` set to true puts the run into its error state."""
        write_variable(checked_text(name))(self._exchange, checked_text(value))

    # --- activities and messages ---

    @property
    def receiver(self) -> "CodeActivity":
        """The receiver: its message is the request."""
        return CodeActivity(self, self._site.scope.places[0])

    @property
    def current_activity(self) -> "CodeActivity":
        """The activity that the code belongs to; in the receiver's lists the receiver."""
        return CodeActivity(self, self._site.current)

    @property
    def activities(self) -> "list[CodeActivity]":
        """The receiver, and the activities that were reached so far, in order; filtered ones too."""
        messages = self._exchange.messages
        return [CodeActivity(self, one) for one in self._site.scope.places if one.message in messages]

    def activity(self, key: str | int) -> "CodeActivity":
        """Return an activity of the workflow by name or GUID, or by its index in `activities`. Raises LookupError."""
        if isinstance(key, int):
            return self.activities[key]
        places = self._site.scope.places
        wanted = checked_text(key).strip().strip("{}").lower()
        for place in places:
            if wanted in (place.id, place.name.lower()):
                return CodeActivity(self, place)
        names = ", ".join(place.name or place.id for place in places)
        raise LookupError(f"there is no activity {key}; there are {names}")

    @property
    def message(self) -> CodeMessage:
        """The message that mappings of this list write to: the request, the response, or what the activity sends."""
        message = self.message_at(self._site.scope.target)
        if message is None:
            raise LookupError("there is no message here")
        return message

    def create_message(self, message_type: str, text: str) -> CodeMessage:
        """Return a new message, which nothing else sees; types are HL7V2 (or HL7), XML, JSON, CSV, Text, Binary…"""
        kind = _TYPES.get(checked_text(message_type).upper())
        if kind is None:
            raise ValueError(f"{message_type!r} is no type of message; there are {', '.join(sorted(_TYPES))}")
        own = message_format(kind, None)
        return CodeMessage({0: own.parse(checked_text(text))}, 0, own)

    def set_response_message(self, message: CodeMessage | str) -> None:
        """
        Put the text of *message* in the place of the response; its type stays that of the response.

        In response transformers that is the response to the caller, in a Code sender the activity's own.
        """
        slot, exchange = self._site.response_slot, self._exchange
        if slot is None:
            raise RuntimeError("a response can be set in response transformers and in a Code sender only")
        text = message.text if isinstance(message, CodeMessage) else checked_text(message)
        if slot == self._site.scope.target:
            exchange.pending = None
        exchange.messages[slot] = self._site.scope.formats[slot].parse(text)

    # --- the host ---

    def lookup(self, value: str, table: str) -> str:
        """Return what *table* has for *value*; without an entry its default, else *value*."""
        return self._site.lookup(checked_text(table))(checked_text(value))

    def data_table(self, name: str) -> "CodeTable":
        """Return a data table."""
        return CodeTable(self._site.scope.host.table(checked_text(name)), self._exchange)

    def notify(self, text: str, critical: bool = False) -> None:
        """Record a notification."""
        notification = Notification(self._site.where, bool(critical), checked_text(text))
        self._exchange.notify(notification)

    def now(self) -> datetime:
        """Return the time, with its offset."""
        return self._exchange.request.now()

    # --- helpers ---

    title_case = staticmethod(casing.title_case)
    mc_name_case = staticmethod(casing.mc_name_case)
    hl7_encode = staticmethod(encoders.hl7_encode)
    hl7_decode = staticmethod(encoders.hl7_decode)

    @staticmethod
    def default(value: str | None, otherwise: str) -> str:
        """Return *value*, or *otherwise* when it is None or empty."""
        return value or otherwise

    @staticmethod
    def hl7_date(moment: datetime) -> str:
        """Return *moment* as ``yyyyMMddHHmmss``."""
        return hl7_timestamp(moment)

    @staticmethod
    def parse_hl7_date(text: str) -> datetime:
        """Return the wall clock of an HL7 or ISO date. Raises ValueError."""
        moment = parse_moment(checked_text(text))
        if moment is None:
            raise ValueError("the text is no date")
        return moment.clock

    # --- for the activities and messages of this context ---

    def message_at(self, slot: int) -> CodeMessage | None:
        """Return the message of *slot*, None while it does not exist."""
        exchange = self._exchange
        if slot == self._site.scope.target and exchange.pending is not None:
            # As late as can be: until now code could set variables that the message's template reads.
            exchange.pending.expand(exchange)
        if slot not in exchange.messages:
            return None
        if slot not in self._messages:
            self._messages[slot] = CodeMessage(exchange.messages, slot, self._site.scope.formats[slot])
        return self._messages[slot]

    def is_filtered(self, place: ActivityPlace) -> bool:
        """Whether *place* was filtered."""
        return place.message in self._exchange.filtered

    def set_filtered(self, place: ActivityPlace, *, filtered: bool) -> None:
        """Filter *place*, or not. Raises RuntimeError where that would change nothing."""
        if place is not self._site.current or not self._site.may_filter:
            raise RuntimeError("only the current activity can be filtered, and only before it runs")
        others = tuple(one for one in self._exchange.filtered if one != place.message)
        self._exchange.filtered = (*others, place.message) if filtered else others


class CodeActivity:
    """The receiver or an activity, as code sees it."""

    __slots__ = ("_context", "_place")

    def __init__(self, context: CodeContext, place: ActivityPlace) -> None:
        self._context = context
        self._place = place

    @property
    def id(self) -> str:
        """Its GUID in lower case."""
        return self._place.id

    @property
    def name(self) -> str:
        """Its name."""
        return self._place.name

    @property
    def message(self) -> CodeMessage | None:
        """The request, or what the activity sends; None while it was not reached."""
        return self._context.message_at(self._place.message)

    @property
    def response_message(self) -> CodeMessage | None:
        """The response to it; None while there is none."""
        return self._context.message_at(self._place.response)

    @property
    def filtered(self) -> bool:
        """Whether it was filtered; true, set by code of its own lists, filters it when they have run."""
        return self._context.is_filtered(self._place)

    @filtered.setter
    def filtered(self, value: bool) -> None:
        self._context.set_filtered(self._place, filtered=bool(value))


class CodeTable:
    """A data table, as code sees it; its first field is the key."""

    __slots__ = ("_exchange", "_table")

    def __init__(self, table: DataTable, exchange: Exchange) -> None:
        self._table = table
        self._exchange = exchange

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._table.rows)

    @property
    def fields(self) -> list[str]:
        """The names of the fields."""
        return list(self._table.fields)

    @property
    def rows(self) -> list[dict[str, str]]:
        """Every row: field to value."""
        return [self._row(number) for number in range(len(self))]

    def row(self, key: str) -> dict[str, str] | None:
        """Return the first row with *key*, None when there is none."""
        number = next((number for number, row in enumerate(self._table.rows) if row[0] == key), None)
        return None if number is None else self._row(number)

    def next_row(self) -> dict[str, str]:
        """Return the row that comes next, counted over all requests as by ``${DATATABLE>…}``. Raises LookupError."""
        return self._row(self._exchange.request.next_row(self._table.name.lower(), self._count()))

    def random_row(self) -> dict[str, str]:
        """Return any row. Raises LookupError for a table without rows."""
        return self._row(self._exchange.request.random_row(self._count()))

    def _count(self) -> int:
        if not self._table.rows:
            raise LookupError(f"the data table {self._table.name} has no rows")
        return len(self)

    def _row(self, number: int) -> dict[str, str]:
        return dict(zip(self._table.fields, self._table.rows[number], strict=True))
