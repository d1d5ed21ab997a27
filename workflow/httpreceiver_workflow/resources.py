"""
What a workflow takes from its host, as one frozen value: global variables, tables, and Python in the place of C#.

Whoever prepares a workflow hands it over; the engine only looks names up. The value is also what travels to the pods.
Global variables may be secrets and tables may hold patients, so none of these types shows its contents when printed.

Source: IntegrationSoup/Documentation, global-variables.md; contract 6.3, 6.4. The vendor publishes no form for tables:
the CSV form is ours.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

import msgspec

PROTECTED_PREFIX: Final = "HL7SOUPGV1:"
"""How a value begins that the product encrypted with the key of its host; nobody else can read it."""

LOOKUP_HEADER: Final = ("key", "value")
DEFAULT_KEY: Final = "*"
"""Key of the row of a lookup table whose value stands for every key the table does not have."""


class GlobalVariable(msgspec.Struct, frozen=True):
    """One global variable; its value may be a secret."""

    name: str
    value: str

    def __repr__(self) -> str:
        """Return the name only."""
        return f"GlobalVariable({self.name!r})"


class LookupTable(msgspec.Struct, frozen=True, cache_hash=True):
    """
    Values by key.

    Attributes:
        entries: (key, value); keys are compared exactly.
        default: what a key that is not there gives; None leaves such a value as it is.
    """

    name: str
    entries: tuple[tuple[str, str], ...]
    default: str | None = None

    def __repr__(self) -> str:
        """Return the name only."""
        return f"LookupTable({self.name!r})"


class DataTable(msgspec.Struct, frozen=True, cache_hash=True):
    """
    Rows with named fields; the first field is the key.

    Attributes:
        rows: each as long as *fields*.
    """

    name: str
    fields: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __repr__(self) -> str:
        """Return the name only."""
        return f"DataTable({self.name!r})"


Table = LookupTable | DataTable


class CodeOverride(msgspec.Struct, frozen=True, cache_hash=True):
    """
    Python that runs in the place of one C# text of a workflow.

    Attributes:
        name: what it is pinned to: `code_digest` of the C# text, so that an edited text never meets an old override.
        source: the Python text.
    """

    name: str
    source: str

    def __repr__(self) -> str:
        """Return the name only."""
        return f"CodeOverride({self.name!r})"


class Resources(msgspec.Struct, frozen=True, cache_hash=True, omit_defaults=True):
    """
    All that a host offers to a workflow. Names ignore case.

    Each tuple is in order of name. Two names of one kind that differ only in case are both kept: a workflow that asks
    for such a name is refused.
    """

    global_variables: tuple[GlobalVariable, ...] = ()
    lookup_tables: tuple[LookupTable, ...] = ()
    data_tables: tuple[DataTable, ...] = ()
    code_overrides: tuple[CodeOverride, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to read."""
        return not (self.global_variables or self.lookup_tables or self.data_tables or self.code_overrides)

    def without_values(self) -> "Resources":
        """Return the same names, with every value of a global variable, every cell and all Python left out."""
        return Resources(
            tuple(GlobalVariable(one.name, "") for one in self.global_variables),
            tuple(LookupTable(one.name, ()) for one in self.lookup_tables),
            tuple(DataTable(one.name, one.fields, ()) for one in self.data_tables),
            tuple(CodeOverride(one.name, "") for one in self.code_overrides),
        )


NO_RESOURCES: Final = Resources()


def resources_of(
    global_variables: Mapping[str, str], tables: Iterable[Table] = (), code_overrides: Iterable[CodeOverride] = ()
) -> Resources:
    """Return one source's values, in order of name."""
    tables = list(tables)
    return Resources(
        _in_order(GlobalVariable(name, value) for name, value in global_variables.items()),
        _in_order(table for table in tables if isinstance(table, LookupTable)),
        _in_order(table for table in tables if isinstance(table, DataTable)),
        _in_order(code_overrides),
    )


def merged(sources: Iterable[Resources]) -> Resources:
    """Return the values of all *sources*; of a name that several have, the last source counts."""
    whole = NO_RESOURCES
    for source in sources:
        if whole.is_empty:
            whole = source
        elif not source.is_empty:
            whole = Resources(
                _overlaid(whole.global_variables, source.global_variables),
                _overlaid(whole.lookup_tables, source.lookup_tables),
                _overlaid(whole.data_tables, source.data_tables),
                _overlaid(whole.code_overrides, source.code_overrides),
            )
    return whole


Named = TypeVar("Named", GlobalVariable, LookupTable, DataTable, CodeOverride)


def _overlaid(below: tuple[Named, ...], above: tuple[Named, ...]) -> tuple[Named, ...]:
    hidden = {one.name.lower() for one in above}
    kept = tuple(one for one in below if one.name.lower() not in hidden)
    return _in_order(kept + above)


def _in_order(items: Iterable[Named]) -> tuple[Named, ...]:
    return tuple(sorted(items, key=lambda one: (one.name.lower(), one.name)))


# --- the forms in files, ConfigMaps and Secrets ----------------------------------------------------------------------


OVERRIDE_SUFFIX: Final = ".py"
_DIGEST = re.compile("[0-9a-f]{64}")


class NotPinned(ValueError):
    """The name of an override is no digest of a C# text."""


def code_digest(code: str) -> str:
    """Return what an override of the C# text *code* is named: the SHA-256 of its UTF-8 in lower-case hexadecimal."""
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


def read_override(name: str, source: str) -> CodeOverride:
    """Return the override *name*; its Python is looked at when a workflow needs it. Raises NotPinned."""
    if _DIGEST.fullmatch(name) is None:
        raise NotPinned("its name is not the SHA-256 of a script in lower-case hexadecimal")
    return CodeOverride(name, source)


class TableFault(ValueError):
    """A text is no table; says in which line and why, without quoting a cell."""


def global_value(text: str) -> str:
    """Return the value that *text* of a file or a key holds: a last line end, which editors add, is left out."""
    return text.removesuffix("\n").removesuffix("\r")


def read_table(name: str, text: str) -> Table:
    """
    Read a table: CSV with commas, double quotes and a header.

    The header ``key,value`` makes it a lookup table, whose row with the key ``*`` is the default; any other header
    makes it a data table. Blank lines are passed over.

    Raises:
        TableFault: a quote that is not closed, a row that is not as long as the header, a field or key that occurs
            twice, or no header at all.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[tuple[int, list[str]]] = []
    try:
        lines.extend((reader.line_num, row) for row in reader if row)
    except csv.Error as error:
        raise TableFault(f"line {reader.line_num}: {error}") from None
    if not lines:
        raise TableFault("it has no header")
    (_, header), *rows = lines
    fields = tuple(field.strip() for field in header)
    keys = [field.lower() for field in fields]
    if not all(keys) or len(set(keys)) < len(keys):
        raise TableFault("its header has an empty field, or one twice")
    for number, row in rows:
        if len(row) != len(fields):
            raise TableFault(f"line {number} has {len(row)} values, the header {len(fields)}")
    if tuple(keys) == LOOKUP_HEADER:
        return _lookup_table(name, rows)
    return DataTable(name, fields, tuple(tuple(row) for _, row in rows))


def _lookup_table(name: str, rows: Iterable[tuple[int, list[str]]]) -> LookupTable:
    entries: dict[str, str] = {}
    for number, (key, value) in rows:
        if key in entries:
            raise TableFault(f"line {number} has a key that occurred before")
        entries[key] = value
    default = entries.pop(DEFAULT_KEY, None)
    return LookupTable(name, tuple(entries.items()), default)
