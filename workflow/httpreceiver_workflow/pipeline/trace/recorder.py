"""
The recorder of a trace: what is compiled with it keeps a record of each use, and does what it would do without.

A pipeline compiled with a recorder is good for one run at a time; `traced_run` runs one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Literal, TypeVar

import msgspec

from httpreceiver_workflow.contract.enums import Conjunction, Direction
from httpreceiver_workflow.contract.list_settings import (
    AppendLine,
    BeginConditional,
    Condition,
    CustomTransform,
    Filter,
    FilterGroup,
    ForEach,
    Leaf,
    Notify,
    RunCode,
    StringFilter,
    ValidFilter,
)
from httpreceiver_workflow.contract.sender_settings import Sender
from httpreceiver_workflow.contract.setting_parts import Guid, Source, Target
from httpreceiver_workflow.contract.settings import Workflow
from httpreceiver_workflow.messages.message import Message
from httpreceiver_workflow.options import NO_OPTIONS, ReceiverOptions
from httpreceiver_workflow.pipeline.activity_step import ActivityStep, CallBuilder, ReplyReader
from httpreceiver_workflow.pipeline.effects import DatabaseCall, FileWrite, HttpCall, Reply, Stage
from httpreceiver_workflow.pipeline.exchange import REQUEST_SLOT, RESPONSE_SLOT, Build, Exchange, Instruction, Predicate
from httpreceiver_workflow.pipeline.scope import Scope, workflow_scope
from httpreceiver_workflow.pipeline.trace.events import (
    ActionRun,
    ActivityBegan,
    ActivitySkipped,
    CallMade,
    ConditionalBegan,
    ConditionDecided,
    Event,
    FiltersDecided,
    LoopBegan,
    LoopPass,
    MessageBuilt,
    Operand,
    ReplyStored,
    Term,
    TermAsked,
    Written,
)
from httpreceiver_workflow.pipeline.trace.observations import Attempt, attempt, held, text_of, variable
from httpreceiver_workflow.pipeline.tracer import Place, Tracer, Write
from httpreceiver_workflow.pipeline.transforms.transformer import assigned_variable

T = TypeVar("T")

_CALL_KINDS: Final[Mapping[type, str]] = MappingProxyType(
    {HttpCall: "http", FileWrite: "file", DatabaseCall: "database"}
)
_JOINS: Final[Mapping[Conjunction, Literal["And", "Or"]]] = MappingProxyType(
    {Conjunction.AND: "And", Conjunction.OR: "Or"}
)


class Recorder(Tracer):
    """
    Keeps what a run does.

    Attributes:
        events: so far, in order.
    """

    def __init__(self, workflow: Workflow, options: ReceiverOptions = NO_OPTIONS) -> None:
        """Begin with nothing, and know the messages of *workflow* by name."""
        self.events: list[Event] = []
        scope = workflow_scope(workflow, options=options)
        self._slots, self._sides = scope.slots, scope.sides
        self._messages = _message_names(workflow, scope)
        self._senders = {self._sides[one.id][1]: one for one in workflow.activities}
        self._receiver_where = workflow.receiver.where
        self._depth = 0
        # What the filter or action that runs right now has read and written.
        self._read: list[tuple[Source | str, Operand]] = []
        self._written: list[Written] = []
        # What the list of filters that runs right now has decided, and the loops around, outermost first.
        self._verdicts: dict[str, bool] = {}
        self._passes: list[int] = []

    def place_of(self, activity_id: Guid) -> str:
        """Return where the activity of that id stands."""
        return self._senders[self._sides[activity_id][1]].where

    # --- values ------------------------------------------------------------------------------------------------------

    def reader(
        self, authored: Source | str, slot: int | None, read: Callable[[Exchange], T]
    ) -> Callable[[Exchange], T]:
        """Keep what is read for the filter or action that asks."""
        path = authored if isinstance(authored, str) else authored.path
        message = "" if slot is None else self._messages[slot]

        def traced(exchange: Exchange) -> T:
            value = read(exchange)
            values = tuple(value) if isinstance(value, list) else (str(value),)
            entry = (authored, Operand(message, path, values))
            if entry not in self._read:  # an action that is run again reads again
                self._read.append(entry)
            return value

        return traced

    def writer(self, target: Target, slot: int, place: Place, write: Write) -> Write:
        """Keep what a place in a message held, and what is written there."""
        message = self._messages[slot]

        def traced(exchange: Exchange, value: str) -> None:
            before = held(exchange, slot, place)
            write(exchange, value)
            self._written.append(Written(message, target.path, before, value))

        return traced

    # --- filters -----------------------------------------------------------------------------------------------------

    def term(self, item: Condition, verdict: Predicate) -> Predicate:
        """Keep the operands and the verdict of one filter."""

        def traced(exchange: Exchange) -> bool:
            self._read.clear()
            tried = attempt(verdict, exchange)
            left, right = self._operands(item)
            self._add(
                exchange,
                TermAsked,
                item.where,
                comparer=item.comparer.name,
                negated=item.negated,
                case_sensitive=isinstance(item, StringFilter) and item.case_sensitive,
                left=left,
                right=right,
                verdict=tried.value,
                error=tried.error,
            )
            self._verdicts[item.where] = passes = tried.result()
            return passes

        return traced

    def filters(self, filters: Sequence[Filter], predicate: Predicate) -> Predicate:
        """Keep how a list of filters folds."""
        where = filters[0].where.rpartition("[")[0]

        def traced(exchange: Exchange) -> bool:
            self._verdicts.clear()
            passes = predicate(exchange)
            self._add(exchange, FiltersDecided, where, terms=_terms(filters, self._verdicts), verdict=passes)
            return passes

        return traced

    def _operands(self, item: Condition) -> tuple[Operand, Operand | None]:
        """Return what was read for *item*; of a filter that only asks for a place, the place."""
        if isinstance(item, ValidFilter):
            return Operand(self._messages[self._slots[item.setting, item.direction or Direction.INBOUND]], ""), None
        left: Operand | None = None
        right: Operand | None = None
        for authored, operand in self._read:
            if authored is item.source:
                left = operand
            else:
                right = operand
        return left or self._place(item.source), right

    def _place(self, source: Source) -> Operand:
        if source.direction is Direction.VARIABLE:
            return Operand("", source.path)
        return Operand(self._messages[self._slots[source.setting, source.direction or Direction.INBOUND]], source.path)

    # --- actions -----------------------------------------------------------------------------------------------------

    def action(self, action: Leaf, slot: int, instruction: Instruction) -> Instruction:
        """Keep what an action reads and writes."""
        name, kind = assigned_variable(action), _kind_of(action)

        def traced(exchange: Exchange) -> None:
            self._read.clear()
            self._written.clear()
            before = None if name is None else variable(exchange, name)
            tried = attempt(instruction, exchange)
            read = tuple(operand for _, operand in self._read)
            written = self._written.copy()
            if name is not None and tried.fault is None:
                written.append(Written("", name, before, variable(exchange, name)))
            elif isinstance(action, AppendLine) and tried.fault is None:
                written.append(Written(self._messages[slot], "", None, read[-1].values[0]))
            self._add(
                exchange, ActionRun, action.where, action=kind, read=read, written=tuple(written), error=tried.error
            )
            tried.result()

        return traced

    def condition(self, action: BeginConditional, predicate: Predicate | None) -> Predicate | None:
        """Keep whether a block is entered."""

        def traced(exchange: Exchange) -> bool:
            entered = predicate is None or predicate(exchange)
            self._add(exchange, ConditionDecided, action.where, entered=entered)
            return entered

        return traced

    def passes(self, action: ForEach, slot: int, count: Callable[[Exchange], int]) -> Callable[[Exchange], int]:
        """Keep how many passes a loop has."""
        message, path = self._messages[slot], action.source.path

        def traced(exchange: Exchange) -> int:
            tried = attempt(count, exchange)
            number = tried.value or 0
            self._add(exchange, LoopBegan, action.where, message=message, path=path, passes=number, error=tried.error)
            self._depth += 1
            self._passes.append(number)
            return tried.result()

        return traced

    def loop_body(self, action: ForEach, depth: int, body: tuple[Instruction, ...]) -> tuple[Instruction, ...]:
        """Keep where each pass begins; what it runs is a block of its own."""

        def begin(exchange: Exchange) -> None:
            number = exchange.loop_indexes[depth]
            self._add(exchange, LoopPass, action.where, number=number, passes=self._passes[-1])
            self._depth += 1

        def end(_: Exchange) -> None:
            self._depth -= 1

        return (begin, *body, end)

    def block(self, action: BeginConditional | ForEach, instruction: Instruction) -> Instruction:
        """Keep how deep a block is, also when a fault leaves it."""

        def traced(exchange: Exchange) -> None:
            depth, loops = self._depth, len(self._passes)
            if isinstance(action, BeginConditional):
                self._add(exchange, ConditionalBegan, action.where)
                self._depth += 1
            try:
                instruction(exchange)
            finally:
                self._depth = depth
                del self._passes[loops:]

        return traced

    # --- messages and activities -------------------------------------------------------------------------------------

    def message(self, slot: int, build: Build) -> Build:
        """Keep the message that comes out of a template; of an activity it is the first step."""
        name, sender = self._messages[slot], self._senders.get(slot)
        where = f"{sender.where}.MessageTemplate" if sender else f"{self._receiver_where}.ResponseMessageTemplate"

        def traced(exchange: Exchange) -> Message:
            if sender is not None:
                self._add(exchange, ActivityBegan, sender.where, activity=sender.name)
            tried = attempt(build, exchange)
            text = "" if tried.fault else text_of(exchange, slot)
            self._add(exchange, MessageBuilt, where, message=name, text=text, error=tried.error)
            return tried.result()

        return traced

    def activity(self, sender: Sender, step: ActivityStep) -> ActivityStep:
        """Keep whether an activity runs, its call, and what it makes of the reply."""
        predicate = step.predicate
        return replace(
            step,
            predicate=None if predicate is None else self._gate(sender, predicate),
            call=self._call(sender, step),
            read_reply=self._read_reply(sender, step),
        )

    def _gate(self, sender: Sender, predicate: Predicate) -> Predicate:
        def traced(exchange: Exchange) -> bool:
            passes = predicate(exchange)
            if not passes:
                self._add(exchange, ActivitySkipped, sender.where, activity=sender.name)
            return passes

        return traced

    def _call(self, sender: Sender, step: ActivityStep) -> CallBuilder:
        def traced(exchange: Exchange) -> HttpCall | FileWrite | DatabaseCall | None:
            tried: Attempt[HttpCall | FileWrite | DatabaseCall | None] = attempt(step.call, exchange)
            if tried.value is None and tried.fault is None:
                return None  # code filtered it, or was all there was to do
            call, kind = tried.value, _CALL_KINDS.get(type(tried.value), "")
            self._add(exchange, CallMade, sender.where, activity=sender.name, kind=kind, call=call, error=tried.error)
            return tried.result()

        return traced

    def _read_reply(self, sender: Sender, step: ActivityStep) -> ReplyReader:
        where, name = sender.where, sender.name

        def traced(reply: Reply) -> str | None:
            tried: Attempt[str | None] = attempt(step.read_reply, reply)
            stored = ReplyStored(stage=Stage.ACTIVITY, where=where, activity=name, text=tried.value, error=tried.error)
            self.events.append(stored)
            return tried.result()

        return traced

    def _add(self, exchange: Exchange, event: Callable[..., Event], where: str, **members: object) -> None:
        self.events.append(event(stage=exchange.stage, where=where, depth=self._depth, **members))


# --- what is known of a setting --------------------------------------------------------------------------------------


def _message_names(workflow: Workflow, scope: Scope) -> dict[int, str]:
    names = {REQUEST_SLOT: "request", RESPONSE_SLOT: "response"}
    for activity in workflow.activities:
        name = activity.name or activity.id
        reply, sent = scope.sides[activity.id]
        names[reply] = f"reply of {name}"
        names[sent] = f"message of {name}"
    return names


def _kind_of(action: Leaf) -> str:
    """Return the class of *action* as workflow files name it, without TransformerAction; a custom one says which."""
    match action:
        case CustomTransform():
            return f"Custom {action.transformer}"
        case Notify():
            return "Notification"
        case RunCode():
            return "Code"
        case _:
            return type(action).__name__


def _terms(filters: Sequence[Filter], verdicts: Mapping[str, bool]) -> tuple[Term, ...]:
    """
    Return the terms of a list; the last of a group is joined by what joins the group to the next.

    A FilterGroup without a filter before it parts nothing, as `filters` compiles it.
    """
    terms: list[Term] = []
    group = 1
    for item in filters:
        joined_by = _JOINS[item.conjunction]
        if not isinstance(item, FilterGroup):
            terms.append(Term(item.where, group, verdicts.get(item.where), joined_by))
        elif terms and terms[-1].group == group:
            terms[-1] = msgspec.structs.replace(terms[-1], joined_by=joined_by)
            group += 1
    return tuple(terms)
