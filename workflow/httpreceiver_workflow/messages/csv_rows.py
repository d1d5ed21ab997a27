"""
CSV messages: one record, its fields counted from 0.

The record is the first of the text, or the second when the first is a header. Quoting follows RFC 4180: a field that
starts with a quote runs to the closing one, line breaks and doubled quotes included. All other text stays as it came.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.setting_parts import NO_NAMESPACES, CsvOptions
from httpreceiver_workflow.messages.message import MessageFault, PathProblem, UnreadableMessage
from httpreceiver_workflow.messages.plain_text import with_line

_PATH: Final = re.compile(r"\d{1,6}|\[\d{1,6}\]", re.ASCII)
_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it stands in the text: where it begins, and its raw fields, quotes included."""

    start: int
    fields: list[str]


class Dialect:
    """
    A delimiter, and what follows from it.

    Attributes:
        delimiter: one character or more.
    """

    __slots__ = ("_field", "_needs_quotes", "delimiter")

    def __init__(self, delimiter: str) -> None:
        quoted = re.escape(delimiter)
        self.delimiter = delimiter
        self._field = re.compile(rf'"(?:[^"]++|"")*+"|(?:(?!{quoted})[^\r\n"])(?:(?!{quoted})[^\r\n])*+|')
        # A byte order mark at the start of the first field would be read as the text's.
        self._needs_quotes = re.compile(rf'["\r\n]|^\ufeff|{quoted}')

    def records(self, text: str) -> Iterator[Record]:
        """
        Yield the records of *text*; a line break at the end starts no further one.

        Raises:
            UnreadableMessage: a quote that is not closed, or text between a closing quote and the delimiter.
        """
        position = 1 if text.startswith("\ufeff") else 0
        while position < len(text):
            start, fields = position, []
            while True:
                found = self._field.match(text, position)
                fields.append(found[0] if found else "")
                position = found.end() if found else position
                if not text.startswith(self.delimiter, position):
                    break
                position += len(self.delimiter)
            line_break = _LINE_BREAK.match(text, position)
            if line_break is None and position < len(text):
                reason = f"the CSV has a quoted field that does not end as one (character {position + 1})"
                raise UnreadableMessage(reason, text)
            yield Record(start, fields)
            position = line_break.end() if line_break else position

    def quoted(self, value: str) -> str:
        """Return *value* as a field."""
        return _in_quotes(value) if self._needs_quotes.search(value) else value


class CsvMessage:
    """One CSV message. See `message.Message` for what each method promises."""

    __slots__ = ("_dialect", "_position", "_record", "_text", "type")

    def __init__(self, text: str, dialect: Dialect, position: int) -> None:
        self.type = MessageType.CSV
        self._text = text
        self._dialect = dialect
        self._position = position
        """Which record of the text is the message."""
        self._record: Record | None = None

    def text(self) -> str:
        """Return the text."""
        return self._text

    def get(self, path: int) -> str:
        """Return the field's value without its quotes."""
        fields = self._found().fields
        return _unquoted(fields[path]) if path < len(fields) else ""

    def get_all(self, path: int) -> list[str]:
        """Return the one value at *path*."""
        return [self.get(path)]

    def exists(self, path: int) -> bool:
        """Whether the record has that many columns."""
        return path < len(self._found().fields)

    def count(self, path: int) -> int:
        """Refuse: CSV has nothing to loop over."""
        raise MessageFault("a loop cannot go through a CSV message")

    def is_valid(self) -> bool:
        """CSV counts as valid, whatever it holds (contract 4.2)."""
        return True

    def set_value(self, path: int, value: str) -> None:
        """Set an existing field, quoted as needed or as it was; a missing one stays missing."""
        if self.exists(path):
            was_quoted = self._found().fields[path].startswith('"')
            self._put(path, _in_quotes(value) if was_quoted else self._dialect.quoted(value))

    def set_structure(self, path: int, text: str) -> None:
        """Put *text* as it is in the place of an existing field; a missing one stays missing."""
        if self.exists(path):
            self._put(path, text)

    def append_line(self, text: str) -> None:
        """Append *text* as a line."""
        self._text = with_line(self._text, text)
        self._record = None

    def clone(self) -> "CsvMessage":
        """Return an independent message with the same content."""
        return CsvMessage(self._text, self._dialect, self._position)

    def _found(self) -> Record:
        """Return the record; without columns when the text has no such line."""
        if self._record is None:
            records = self._dialect.records(self._text)
            self._record = next(islice(records, self._position, None), Record(len(self._text), []))
        return self._record

    def _put(self, path: int, field: str) -> None:
        record = self._found()
        delimiter = self._dialect.delimiter
        end = record.start + len(delimiter.join(record.fields))
        fields = [*record.fields[:path], field, *record.fields[path + 1 :]]
        self._text = self._text[: record.start] + delimiter.join(fields) + self._text[end:]
        self._record = None


class CsvFormat:
    """How CSV messages are read."""

    __slots__ = ("_dialect", "_first_column", "_position", "content_type", "type")

    def __init__(self, options: CsvOptions, first_column: int = 0) -> None:
        """Read paths whose columns count from *first_column*: a database's row may count from 1 (contract A15)."""
        self.type = MessageType.CSV
        self.content_type = "text/csv; charset=utf-8"
        self._dialect = Dialect(options.delimiter or ",")
        self._position = 1 if options.has_header else 0
        self._first_column = first_column

    def compile_path(self, text: str, namespaces: Mapping[str, str] = NO_NAMESPACES) -> int:
        """Return the 0-based column that *text*, ``[n]`` or ``n``, names. Raises PathProblem."""
        column = _column(text) - self._first_column
        if column < 0:
            raise PathProblem("columns of this message count from 1")
        return column

    def indexed_path(self, path: int, prefix: int, index: int) -> int:
        """Return *path*: no loop goes through CSV."""
        return path

    def moving_path(self, path: object) -> None:
        """Return None: a loop moves each path when it is read."""

    def places(self, paths: object) -> None:
        """Return None: places are visited one by one."""

    def parse(self, text: str) -> CsvMessage:
        """Make a message of *text*; nothing is read yet."""
        return CsvMessage(text, self._dialect, self._position)


@lru_cache(maxsize=1024)
def _column(text: str) -> int:
    if not _PATH.fullmatch(text):
        raise PathProblem("a CSV path is the number of a column, counted from 0: [2] or 2")
    return int(text.strip("[]"))


def _unquoted(field: str) -> str:
    return field[1:-1].replace('""', '"') if field.startswith('"') else field


def _in_quotes(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
