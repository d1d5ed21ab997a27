"""
Mappings that only copy: several in a row, from one message to one other, become one instruction.

Both messages are looked for once, and their formats visit the places together (`message.Places`). A mapping that is
traced is wrapped and so stays for itself, like one that formats, or that may have to run twice.
"""

from collections.abc import Iterator, Mapping, Sequence
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
    merged: list[Instruction] = []
    for slots, group in groupby(instructions, _slots):
        run = list(group)
        merged.extend(run if slots is None or len(run) == 1 else _merged(run, *slots, formats))
    return merged


def _slots(instruction: Instruction) -> tuple[int, int] | None:
    """Return the slots between which *instruction* copies; None when it may not be merged."""
    if not isinstance(instruction, Copy):
        return None
    read, write = instruction.read, instruction.write
    if not isinstance(read, PlaceReader) or not isinstance(write, PlaceWriter) or read.slot == write.slot:
        return None
    return read.slot, write.slot


def _merged(
    run: Sequence[Instruction], source: int, target: int, formats: Mapping[int, MessageFormat]
) -> Iterator[Instruction]:
    copies = [one for one in run if isinstance(one, Copy)]
    reading = formats[source].places([one.read.path.path for one in copies if isinstance(one.read, PlaceReader)])
    writing = formats[target].places([one.write.path.path for one in copies if isinstance(one.write, PlaceWriter)])
    if reading is None or writing is None:
        yield from run
    else:
        yield _visiting(reading, writing, source, target, tuple(run))


def _visiting(
    reading: Places, writing: Places, source: int, target: int, singly: tuple[Instruction, ...]
) -> Instruction:
    read, write = reading.read, writing.write

    def copy(exchange: Exchange) -> None:
        messages, indexes = exchange.messages, exchange.loop_indexes
        read_from, written = messages.get(source), messages.get(target)
        if read_from is None or written is None:
            for instruction in singly:
                instruction(exchange)
        else:
            write(written, indexes, read(read_from, indexes))

    return copy
