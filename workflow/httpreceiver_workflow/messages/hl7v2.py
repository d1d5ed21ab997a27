"""
HL7 v2 messages: a lazy reader and writer of the vertical-bar encoding.

The text stays as it came until the first write. Reading splits it into segments once and a segment into fields when it
is first asked for. Output joins segments with CR and ends with CR exactly when the input ended with a line break.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.setting_parts import NO_NAMESPACES
from httpreceiver_workflow.messages.hl7_delimiters import (
    BEFORE_HEADER,
    HEADER_SEGMENTS,
    Delimiters,
    header_line,
    read_delimiters,
    split_lines,
)
from httpreceiver_workflow.messages.hl7_paths import (
    Hl7Path,
    compile_hl7_path,
    indexed_hl7_path,
    is_delimiter_field,
    moving_hl7_path,
)
from httpreceiver_workflow.messages.hl7_pieces import check_growth, component_of, pad, piece, with_piece
from httpreceiver_workflow.messages.hl7_places import hl7_places
from httpreceiver_workflow.messages.message import MessageFault, Places, UnreadableMessage, movable

_TYPE: Final = MessageType.HL7_V2
_NEAR: Final = 8
"""Segments that are looked at before all of them are indexed."""
_DEFAULT_DELIMITERS: Final = Delimiters("|", "^~\\&")


class Hl7Message:
    """One HL7 v2 message. See `message.Message` for what each method promises."""

    __slots__ = (
        "_delimiters",
        "_end",
        "_fields",
        "_near",
        "_positions",
        "_segments",
        "_start",
        "_text",
        "_written",
        "type",
    )

    def __init__(self, text: str) -> None:
        self.type = _TYPE
        self._text: str | None = text
        """None since the first write."""
        self._segments: list[str] | None = None
        """Segment texts in order; blank lines between segments stay as empty texts. None until first needed."""
        self._positions: defaultdict[str, list[int]] | None = None
        """Segment name → its positions. None until first needed and after a write."""
        self._near: dict[str, int] | None = None
        """Name → first position, of the first segments only. Likewise."""
        self._fields: dict[int, list[str]] = {}
        """Fields of the segments read so far, by position; the first item is the segment's name."""
        self._written: set[int] = set()
        """Positions of segments whose fields are ahead of their texts."""
        self._delimiters = _DEFAULT_DELIMITERS
        self._start = ""
        self._end = ""

    # --- reading ---

    def text(self) -> str:
        """Return the text as it came, or what the writes made of it."""
        if self._text is None:
            self._text = self._start + "\r".join(self._joined()) + self._end
        return self._text

    def get(self, path: Hl7Path) -> str:
        """Return the unescaped value; a whole segment comes as it stands, because unescaping would blur its fields."""
        if path.field is None:
            position = self._find(path)
            return "" if position is None else self._joined()[position]
        value = self._field(path)
        if not value or is_delimiter_field(path):
            return value
        delimiters = self._delimiters
        value = component_of(piece(value, delimiters.repetition, path.repetition or 1), path, delimiters)
        return delimiters.unescape(value) if delimiters.escape in value else value

    def get_all(self, path: Hl7Path) -> list[str]:
        """Return the value of every repetition of the field; one item when the path names its repetition."""
        if path.field is None or path.repetition is not None or is_delimiter_field(path):
            return [self.get(path)]
        field = self._field(path)
        delimiters = self._delimiters
        repetitions = field.split(delimiters.repetition) if delimiters.repetition else [field]
        return [delimiters.unescape(component_of(one, path, delimiters)) for one in repetitions]

    def exists(self, path: Hl7Path) -> bool:
        """Whether the segment is present, or the field present and not empty."""
        return self._find(path) is not None if path.field is None else self.get(path) != ""

    def count(self, path: Hl7Path) -> int:
        """Number of segments of that name, or of the field's repetitions."""
        if path.component is not None:
            raise MessageFault("a component does not repeat: a loop needs the path of a segment or a field")
        if path.field is None:
            return len(self._named(path.segment)) if movable(path.occurrence) else int(self._find(path) is not None)
        if not movable(path.repetition):
            return int(self.exists(path))
        field = self._field(path)
        if not field or is_delimiter_field(path) or not self._delimiters.repetition:
            return int(bool(field))
        return field.count(self._delimiters.repetition) + 1

    def is_valid(self) -> bool:
        """Whether the text starts with MSH and its encoding characters."""
        header = header_line(self.text())
        try:
            read_delimiters(header)
        except MessageFault:
            return False
        return header[:3] == "MSH"

    # --- writing ---

    def set_value(self, path: Hl7Path, value: str) -> None:
        """Escape *value* and place it; missing segments, fields, repetitions and components grow."""
        if path.field is None:
            raise MessageFault("a whole segment can only be written with AllowMessageStructureToChange")
        if self._segments is None:
            self._parsed()
        if is_delimiter_field(path):
            self._keep_delimiters(path, value)
        else:
            self._write(path, self._delimiters.encode(value))

    def set_structure(self, path: Hl7Path, text: str) -> None:
        """Place *text* as it is; a segment path replaces the whole segment."""
        self._parsed()
        if path.field is None:
            self._replace_segment(self._grow_segments(path), text)
        elif is_delimiter_field(path):
            self._keep_delimiters(path, text)
        else:
            position = self._write(path, text)
            self._replace_segment(position, self._joined()[position])

    def append_line(self, text: str) -> None:
        """Append each line of *text* as a segment, before a final CR."""
        segments = self._joined()
        added = [line for line in split_lines(text) if line]
        if added and not any(segments):
            self._delimiters = read_delimiters(added[0]) if added[0][:3] in HEADER_SEGMENTS else self._delimiters
        segments.extend(added)
        self._changed()

    def clone(self) -> "Hl7Message":
        """Return an independent message with the same content."""
        copy = type(self)("")
        copy._text = self._text
        if self._segments is not None:
            copy._segments = list(self._joined())
            copy._delimiters, copy._start, copy._end = self._delimiters, self._start, self._end
        return copy

    # --- several places ---

    def delimiters(self) -> Delimiters:
        """Return the message's own delimiters. Raises UnreadableMessage."""
        if self._segments is None:
            self._parsed()
        return self._delimiters

    def fields(self, path: Hl7Path) -> list[str]:
        """Return the fields of the segment that *path* names, for reading: item n is field n. Empty without it."""
        position = self._find(path)
        return [] if position is None else self._split(position)

    def growing_fields(self, path: Hl7Path) -> list[str]:
        """Return the fields of the segment that *path* names, made if it is missing, for writing at once."""
        position = self._grow_segments(path)
        self._written.add(position)
        self._text = None
        return self._split(position)

    # --- inside ---

    def _parsed(self) -> list[str]:
        """Return the segments, split once. Raises UnreadableMessage when there is text and no usable header."""
        if self._segments is not None:
            return self._segments
        text = self._text or ""
        body = text.lstrip(BEFORE_HEADER)
        start = text[: len(text) - len(body)]
        body = body.rstrip(BEFORE_HEADER)
        if not body or body.isspace():
            self._segments = []
            return self._segments
        segments = split_lines(body)
        try:
            self._delimiters = read_delimiters(segments[0])
        except MessageFault as fault:
            raise UnreadableMessage(str(fault), text) from fault
        self._start = start
        self._end = "\r" if text.endswith(("\r", "\n")) else ""
        self._segments = segments
        return segments

    def _joined(self) -> list[str]:
        """Return the segments with what was written to their fields."""
        segments, separator = self._parsed(), self._delimiters.field
        for position in self._written:
            fields = self._fields[position]
            # The separator stands in a header's list as field 1 and would be joined twice more.
            own = [fields[0], *fields[2:]] if fields[0] in HEADER_SEGMENTS else fields
            segments[position] = separator.join(own)
        self._written.clear()
        return segments

    def _named(self, name: str) -> list[int]:
        """Return the positions of the segments called *name*."""
        return (self._positions or self._indexed())[name]

    def _indexed(self) -> defaultdict[str, list[int]]:
        segments, separator = self._parsed(), self._delimiters.field
        positions = self._positions = defaultdict(list)
        for position, segment in enumerate(segments):
            positions[segment.split(separator, 1)[0]].append(position)
        return positions

    def _name(self, segment: str) -> str:
        return segment.split(self._delimiters.field, 1)[0]

    def _find(self, path: Hl7Path) -> int | None:
        """Return the position of the segment that *path* names."""
        number = path.occurrence or 1
        if number == 1:
            near = self._near
            if near is None:
                near = self._near = self._named_near()
            position = near.get(path.segment)
            if position is not None:
                return position
        positions = self._named(path.segment)
        return positions[number - 1] if number <= len(positions) else None

    def _named_near(self) -> dict[str, int]:
        """Return where the names of the first segments first stand; most places that are read are in one of these."""
        near, separator = self._parsed()[:_NEAR], self._delimiters.field
        # Backwards, so that of several the first is kept.
        return {near[position].partition(separator)[0]: position for position in range(len(near) - 1, -1, -1)}

    def _changed(self) -> None:
        self._text = self._positions = self._near = None
        self._fields.clear()

    def _split(self, position: int) -> list[str]:
        """Return the fields of one segment; item n is field n, for MSH too, whose separator is its first field."""
        fields = self._fields.get(position)
        if fields is None:
            fields = self._fields[position] = self._parsed()[position].split(self._delimiters.field)
            if fields[0] in HEADER_SEGMENTS:
                fields.insert(1, self._delimiters.field)
        return fields

    def _field(self, path: Hl7Path) -> str:
        """Return the whole field as encoded, with every repetition; ``""`` when it is not there."""
        position = self._find(path)
        if position is None:
            return ""
        fields = self._split(position)
        number = path.field or 0
        return fields[number] if number < len(fields) else ""

    def _keep_delimiters(self, path: Hl7Path, value: str) -> None:
        """Grow the header segment; other delimiters than the message's own would change the meaning of all its text."""
        own = self._delimiters.field if path.field == 1 else self._delimiters.encoding_characters
        if value != own:
            raise MessageFault("MSH-1 and MSH-2 cannot be changed: the rest of the message is written with them")
        self._grow_segments(path)

    def _grow_segments(self, path: Hl7Path) -> int:
        """Return the position of the segment, appending as many of its name as are missing."""
        position = self._find(path)
        if position is not None:
            return position
        segments = self._parsed()
        positions = self._named(path.segment)
        missing = (path.occurrence or 1) - len(positions)
        check_growth(missing)
        new = path.segment
        if new in HEADER_SEGMENTS:
            new += self._delimiters.field + self._delimiters.encoding_characters
        positions.extend(range(len(segments), len(segments) + missing))
        segments.extend([new] * missing)
        self._text = None
        return len(segments) - 1

    def _write(self, path: Hl7Path, encoded: str) -> int:
        """Put *encoded* at *path*, padding what is missing on the way; return the segment's position."""
        number = path.field or 0
        position = self._grow_segments(path)
        fields = self._split(position)
        field = fields[number] if number < len(fields) else ""
        field = with_piece(field, path, encoded, self._delimiters)
        if number >= len(fields):
            pad(fields, number + 1)
        fields[number] = field
        self._written.add(position)
        self._text = None
        return position

    def _replace_segment(self, position: int, text: str) -> None:
        """Put the lines of *text* where one segment was; a new header brings its delimiters."""
        segments = self._joined()
        lines = [line for line in split_lines(text) if line]
        if position == 0 and (segments[0][:3] in HEADER_SEGMENTS or (lines and lines[0][:3] in HEADER_SEGMENTS)):
            self._delimiters = read_delimiters(lines[0] if lines else "")
        if len(lines) == 1 and self._name(lines[0]) == self._name(segments[position]):
            segments[position] = lines[0]
            self._fields.pop(position, None)
            self._text = None
        else:
            segments[position : position + 1] = lines
            self._changed()


class Hl7Format:
    """How HL7 v2 messages are read."""

    __slots__ = ("content_type", "type")

    def __init__(self) -> None:
        self.type = MessageType.HL7_V2
        self.content_type = "text/plain; charset=utf-8"

    def compile_path(self, text: str, namespaces: Mapping[str, str] = NO_NAMESPACES) -> Hl7Path:
        """Return the place that *text* names. Raises PathProblem."""
        return compile_hl7_path(text)

    def indexed_path(self, path: Hl7Path, prefix: Hl7Path, index: int) -> Hl7Path:
        """Return *path* in pass *index* of the loop over *prefix*."""
        return indexed_hl7_path(path, prefix, index)

    def moving_path(self, path: Hl7Path) -> Callable[[Sequence[int]], Hl7Path] | None:
        """Return what puts the loops' indexes into *path*."""
        return moving_hl7_path(path)

    def places(self, paths: Sequence[Hl7Path]) -> Places | None:
        """Return *paths* to be visited together."""
        return hl7_places(paths)

    def parse(self, text: str) -> Hl7Message:
        """Make a message of *text*; nothing is read yet."""
        return Hl7Message(text)
