"""
The seam of a trace: what compiling shows to whoever wants to watch the runs of a pipeline.

Each compile function passes what it made through the scope's tracer. The tracer of an ordinary compile gives it back as
it is, so that a request pays nothing; `recorder.Recorder` puts a record of each use around it. There is one engine:
what a trace shows is what runs.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from httpreceiver_workflow.contract.list_settings import BeginConditional, Condition, Filter, ForEach, Leaf
from httpreceiver_workflow.contract.sender_settings import Sender
from httpreceiver_workflow.contract.setting_parts import Source, Target
from httpreceiver_workflow.pipeline.activity_step import ActivityStep
from httpreceiver_workflow.pipeline.exchange import Build, Exchange, Instruction, Predicate

T = TypeVar("T")
Write = Callable[[Exchange, str], None]
Place = Callable[[Exchange], Any]
"""The compiled path of a place in a message."""


class Tracer:
    """Watches nothing: each method returns its last argument."""

    def reader(
        self, _authored: Source | str, _slot: int | None, read: Callable[[Exchange], T]
    ) -> Callable[[Exchange], T]:
        """See what reads a value: from the message of a slot, or from text with placeholders for None."""
        return read

    def writer(self, _target: Target, _slot: int, _place: Place, write: Write) -> Write:
        """See what writes into the message of a slot."""
        return write

    def term(self, _item: Condition, verdict: Predicate) -> Predicate:
        """See the verdict of one filter, `Not` included."""
        return verdict

    def filters(self, _filters: Sequence[Filter], predicate: Predicate) -> Predicate:
        """See the verdict of a list of filters that is not empty."""
        return predicate

    def action(self, _action: Leaf, _slot: int, instruction: Instruction) -> Instruction:
        """See an action that does one thing, in a list that writes to the message of a slot."""
        return instruction

    def condition(self, _action: BeginConditional, predicate: Predicate | None) -> Predicate | None:
        """See whether a block is entered; None always enters."""
        return predicate

    def passes(self, _action: ForEach, _slot: int, count: Callable[[Exchange], int]) -> Callable[[Exchange], int]:
        """See how often a loop runs."""
        return count

    def loop_body(self, _action: ForEach, _depth: int, body: tuple[Instruction, ...]) -> tuple[Instruction, ...]:
        """See each pass of the loop whose index stands at a depth of the exchange."""
        return body

    def block(self, _action: BeginConditional | ForEach, instruction: Instruction) -> Instruction:
        """See a whole block, from its opening to its end."""
        return instruction

    def message(self, _slot: int, build: Build) -> Build:
        """See a message that is made from its template."""
        return build

    def activity(self, _sender: Sender, step: ActivityStep) -> ActivityStep:
        """See one activity: whether it runs, what it asks for, what it makes of the reply."""
        return step


UNTRACED: Final = Tracer()
