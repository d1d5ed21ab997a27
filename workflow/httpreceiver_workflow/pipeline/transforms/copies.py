"""
Mappings that only copy: several in a row, from one message to one other, become one instruction.

Both messages are looked for once, and their formats visit the places together (`message.Places`). A mapping that is
traced is wrapped and so stays for itself, like one that formats, or that may have to run twice.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

from httpreceiver_workflow.messages.message import MessageFormat, Places
from httpreceiver_workflow.pipeline.bindings import PlaceReader, PlaceWriter
from httpreceiver_workflow.pipeline.exchange import Exchange, Instruction, Text
from httpreceiver_workflow.pipeline.tracer import Write


class Copy:
    """A mapping that writes what it reads."""

    __slots__ = ("read", "write")

    def __init__(self, read: Text, write: Write) -> None:
        self.read = read
        self.write = write

    def __call__(self, exchange: Exchange) -> None:
        self.write(exchange, self.read(exchange))


def together(instructions: Sequence[Instruction], formats: Mapping[int, MessageFormat]) -> list[Instruction]:
    """
    Return *instructions* with each run of copies from one message to one other as a single one.

    Args:
        formats: slot → the format its messages have.
    """
    runs = [list(run) for _, run in groupby(instructions, _slots)]
    return [instruction for run in runs for instruction in _merged(run, formats)]


def _ends(instruction: Instruction) -> tuple[PlaceReader, PlaceWriter] | None:
    """Return the two places between which *instruction* copies; None when it may not be merged."""
    if not isinstance(instruction, Copy):
        return None
    read, write = instruction.read, instruction.write
    if not isinstance(read, PlaceReader) or not isinstance(write, PlaceWriter) or read.slot == write.slot:
        return None
    return read, write


def _slots(instruction: Instruction) -> tuple[int, int] | None:
    ends = _ends(instruction)
    return None if ends is None else (ends[0].slot, ends[1].slot)


def _merged(run: Sequence[Instruction], formats: Mapping[int, MessageFormat]) -> Sequence[Instruction]:
    """Return *run*, all between the same two messages or none of them, in as few instructions as can be."""
    ends = [both for one in run if (both := _ends(one)) is not None]
    if len(ends) < 2:
        return run
    source, target = ends[0][0].slot, ends[0][1].slot
    reading = formats[source].places([read.path.path for read, _ in ends])
    writing = formats[target].places([write.path.path for _, write in ends])
    if reading is None or writing is None:
        return run
    return [_visiting(reading, writing, source, target, run)]


def _visiting(reading: Places, writing: Places, source: int, target: int, singly: Sequence[Instruction]) -> Instruction:
    read, write = reading.read, writing.write

    def copy(exchange: Exchange) -> None:
        messages, indexes = exchange.messages, exchange.loop_indexes
        read_from, written = messages.get(source), messages.get(target)
        if read_from is None or written is None:
            for instruction in singly:
                instruction(exchange)
        else:
            values: list[str] = []
            try:
                read(read_from, indexes, values)
            finally:
                write(written, indexes, values)

    return copy
