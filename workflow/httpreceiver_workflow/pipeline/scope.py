"""
What compiling one workflow knows and collects: where each setting's messages are, their types, and the problems.

A `Scope` is handed down while compiling; `inside` narrows it to one list of actions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.enums import Direction, MessageType
from httpreceiver_workflow.contract.sender_settings import DatabaseSender, Sender
from httpreceiver_workflow.contract.setting_parts import CsvOptions, Guid
from httpreceiver_workflow.contract.settings import HttpReceiver, Workflow
from httpreceiver_workflow.messages.csv_rows import CsvFormat
from httpreceiver_workflow.messages.formats import FormatNotInstalled, message_format
from httpreceiver_workflow.messages.message import MessageFormat
from httpreceiver_workflow.options import NO_OPTIONS, ReceiverOptions
from httpreceiver_workflow.options.compatibility import Compatibility, IndexBase, SenderDirections
from httpreceiver_workflow.pipeline.exchange import REQUEST_SLOT, RESPONSE_SLOT, activity_slots
from httpreceiver_workflow.pipeline.host_reads import HostProblem, HostReads
from httpreceiver_workflow.pipeline.overrides import Override
from httpreceiver_workflow.pipeline.tracer import UNTRACED, Tracer
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.problems import Problem
from httpreceiver_workflow.resources import NO_RESOURCES, Resources


@dataclass(frozen=True, slots=True)
class LoopFrame:
    """
    One ForEach around the action being compiled; its index and prefix stand at *depth* in the exchange.

    Attributes:
        prefix: its compiled path as authored; None when placeholders are in it.
        path: of its source, as written.
    """

    slot: int
    depth: int
    path: str
    prefix: object = None


@dataclass(frozen=True, slots=True)
class ActivityPlace:
    """Where the two messages of the receiver, or of an activity, are: the one it has, and the response to it."""

    id: Guid
    name: str
    message: int
    response: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """
    Attributes:
        slots: (setting, direction) → slot; the receiver is also found under None. Links were checked before, so every
            setting that a workflow names is here, disabled activities too: their messages never come to be.
        sides: activity → slots of the response it got back and of what it sent, whatever their directions are called.
        formats: slot → the format its messages have.
        places: the receiver, then the activities in run order, each once.
        workflow_name: what `WorkflowName` reads.
        host: what the host offers by name; keeps what was read of it; shared like the problems.
        target: slot that mappings of the list being compiled write to.
        waits: placeholders of that slot's template wait for the list, so its text may not parse yet.
        loops: the loops around, outermost first.
        options: what the HttpReceiver says beside the workflow.
        problems: collected; shared by every scope of one compilation.
        overrides: the Python that runs in the place of C#, by digest; shared in the same way.
        read_by_expressions: the names that expressions read, likewise.
        tracer: sees all that is compiled.
    """

    slots: Mapping[tuple[Guid | None, Direction], int]
    sides: Mapping[Guid, tuple[int, int]]
    formats: Mapping[int, MessageFormat]
    places: tuple[ActivityPlace, ...] = ()
    workflow_name: str = ""
    host: HostReads = field(default_factory=lambda: HostReads(NO_RESOURCES))
    target: int = REQUEST_SLOT
    waits: bool = False
    loops: tuple[LoopFrame, ...] = ()
    options: ReceiverOptions = NO_OPTIONS
    problems: list[Problem] = field(default_factory=list)
    overrides: dict[str, Override] = field(default_factory=dict)
    read_by_expressions: set[str] = field(default_factory=set)
    tracer: Tracer = UNTRACED

    @property
    def compatibility(self) -> Compatibility:
        """How doubtful points are read."""
        return self.options.compatibility

    def report(self, where: str, code: ProblemCode, message: str) -> None:
        """Collect one problem."""
        self.problems.append(Problem(where, code, message))

    def global_value(self, name: str, where: str) -> str | None:
        """Return the value of a global variable, None when there is none; one that cannot be read is a problem."""
        try:
            return self.host.global_value(name)
        except HostProblem as problem:
            self.report(where, problem.code, str(problem))
            return None

    def writing_to(self, slot: int, *, waits: bool = False) -> "Scope":
        """Return this scope for a list that writes to *slot*."""
        return replace(self, target=slot, waits=waits)

    def inside(self, loop: LoopFrame) -> "Scope":
        """Return this scope inside *loop*."""
        return replace(self, loops=(*self.loops, loop))


def workflow_scope(
    workflow: Workflow,
    resources: Resources = NO_RESOURCES,
    options: ReceiverOptions = NO_OPTIONS,
    tracer: Tracer = UNTRACED,
) -> Scope:
    """Number the messages of *workflow*: the request, the response, then two per activity in run order."""
    receiver = workflow.receiver
    slots: dict[tuple[Guid | None, Direction], int] = {}
    for name in {None, receiver.id}:
        slots[name, Direction.INBOUND] = REQUEST_SLOT
        slots[name, Direction.OUTBOUND] = RESPONSE_SLOT
    problems: list[Problem] = []
    compatibility = options.compatibility
    response_side, sent_side = _SIDES[compatibility.sender_directions]
    own = _format_of(receiver, receiver.message_type, compatibility, problems)
    formats = {REQUEST_SLOT: own, RESPONSE_SLOT: own}
    places = [ActivityPlace(receiver.id or "", receiver.name, REQUEST_SLOT, RESPONSE_SLOT)]
    sides: dict[Guid, tuple[int, int]] = {}
    for position, activity in enumerate({activity.id: activity for activity in workflow.activities}.values()):
        response, sent = sides[activity.id] = activity_slots(position)
        slots[activity.id, response_side] = response
        slots[activity.id, sent_side] = sent
        formats[sent] = _format_of(activity, activity.message_type, compatibility, problems)
        formats[response] = _format_of(activity, activity.response_type, compatibility, problems)
        places.append(ActivityPlace(activity.id, activity.name, sent, response))
    return Scope(
        slots=slots,
        sides=sides,
        formats=formats,
        places=tuple(places),
        workflow_name=receiver.pattern_name or receiver.name,
        host=HostReads(resources, compatibility.lookup_miss),
        options=options,
        problems=problems,
        tracer=tracer,
    )


_SIDES: Final[Mapping[SenderDirections, tuple[Direction, Direction]]] = MappingProxyType(
    {
        SenderDirections.INBOUND_IS_RESPONSE: (Direction.INBOUND, Direction.OUTBOUND),
        SenderDirections.OUTBOUND_IS_RESPONSE: (Direction.OUTBOUND, Direction.INBOUND),
    }
)
"""The directions of the response a sender got and of what it sent (contract A2)."""


def _format_of(
    setting: HttpReceiver | Sender, message_type: MessageType, compatibility: Compatibility, problems: list[Problem]
) -> MessageFormat:
    """Return the format of the messages of *setting* that are of *message_type*; one not installed is a problem."""
    if isinstance(setting, DatabaseSender) and message_type is MessageType.CSV:
        return CsvFormat(CsvOptions(), first_column=0 if compatibility.sql_index_base is IndexBase.ZERO else 1)
    try:
        return message_format(message_type, setting.message_options, compatibility)
    except FormatNotInstalled as missing:
        where = f"{setting.where}.MessageType"
        problems.append(Problem(where, ProblemCode.MESSAGE_TYPE_NOT_SUPPORTED, f"{missing}."))
        return message_format(MessageType.TEXT, None)
