"""
The host's values by name while one workflow is compiled, and which of them it reads.

What is read becomes part of the pipeline: nothing is looked up by name per request, except the table that a filter
names by a placeholder.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from httpreceiver_workflow.options.compatibility import LookupMiss
from httpreceiver_workflow.pipeline.formatting.casing import ordinal_upper
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.resources import (
    PROTECTED_PREFIX,
    CodeOverride,
    DataTable,
    GlobalVariable,
    LookupTable,
    Resources,
)

Named = TypeVar("Named", GlobalVariable, LookupTable, DataTable, CodeOverride)

KeySets = dict[str, frozenset[str]]
"""``table`` or ``table.field`` in lower case → the values there."""

_KINDS: Final = {
    GlobalVariable: "global variable",
    LookupTable: "lookup table",
    DataTable: "data table",
    CodeOverride: "code override",
}


class HostProblem(ValueError):
    """A name of the host cannot be used; the text is one sentence that names it and never its value."""

    def __init__(self, code: ProblemCode, message: str) -> None:
        super().__init__(message)
        self.code = code


class HostReads:
    """
    What of the host one workflow reads.

    Each method raises HostProblem when the name stands for two values that differ only in the case of their names.
    """

    def __init__(self, resources: Resources, lookup_miss: LookupMiss = LookupMiss.UNCHANGED) -> None:
        self._lookup_miss = lookup_miss
        self._resources = resources
        self._variables = _by_key(resources.global_variables)
        self._lookups = _by_key(resources.lookup_tables)
        self._tables = _by_key(resources.data_tables)
        self._overrides = _by_key(resources.code_overrides)
        self._read: set[tuple[type, str]] = set()

    @property
    def read(self) -> Resources:
        """What was asked for and found: with this alone the workflow compiles to the same pipeline."""
        return self._only(self._read)

    def _only(self, wanted: set[tuple[type, str]]) -> Resources:
        whole = self._resources
        return Resources(
            tuple(one for one in whole.global_variables if (GlobalVariable, one.name.lower()) in wanted),
            tuple(one for one in whole.lookup_tables if (LookupTable, one.name.lower()) in wanted),
            tuple(one for one in whole.data_tables if (DataTable, one.name.lower()) in wanted),
            tuple(one for one in whole.code_overrides if (CodeOverride, one.name.lower()) in wanted),
        )

    @property
    def code_override_names(self) -> list[str]:
        """The digests that the host has overrides for, in order."""
        return [one.name for one in self._resources.code_overrides]

    def code_override(self, digest: str) -> CodeOverride | None:
        """Return the override that is pinned to *digest*, None when there is none."""
        return self._one(CodeOverride, self._overrides, digest)

    def named_in(self, texts: Iterable[str]) -> Resources:
        """
        Return the variables and tables whose names stand in one of *texts* as whole words; they count as read.

        What an override will read is known only when it runs, and then it must have travelled to where it runs.
        """
        text = "\n".join(texts).lower()
        named: set[tuple[type, str]] = {
            (kind, key)
            for kind, items in (
                (GlobalVariable, self._variables),
                (LookupTable, self._lookups),
                (DataTable, self._tables),
            )
            for key in items
            if re.search(rf"(?<!\w){re.escape(key)}(?!\w)", text)
        }
        self._read |= named
        return self._only(named)

    def table(self, name: str) -> DataTable:
        """Return a data table. Raises HostProblem when it is not there."""
        table = self._one(DataTable, self._tables, name)
        if table is None:
            raise HostProblem(ProblemCode.DATA_TABLE_UNKNOWN, f"The data table {name} does not exist.")
        return table

    def global_value(self, name: str) -> str | None:
        """Return the value of a global variable, None when there is none. Raises HostProblem when it is protected."""
        variable = self._one(GlobalVariable, self._variables, name)
        if variable is None:
            return None
        if variable.value.startswith(PROTECTED_PREFIX):
            message = f"The global variable {variable.name} is encrypted with the key of another host."
            raise HostProblem(ProblemCode.GLOBAL_VARIABLE_PROTECTED, message)
        return variable.value

    def lookup(self, name: str) -> Callable[[str], str] | None:
        """Return what the lookup table does to a value, None when there is no such table."""
        table = self._one(LookupTable, self._lookups, name)
        if table is None:
            return None
        entries, default = dict(table.entries), table.default
        if default is None and self._lookup_miss is LookupMiss.EMPTY:
            default = ""
        if default is None:
            return lambda text: entries.get(text, text)
        return lambda text: entries.get(text, default)

    def column(self, reference: str) -> tuple[str, tuple[str, ...]]:
        """Return table (in lower case) and values of ``Table.Field``. Raises HostProblem when it is not there."""
        for table_name, field in _splits(reference):
            table = self._one(DataTable, self._tables, table_name)
            if table is not None:
                position = _position(table, field)
                if position is None:
                    message = f"The data table {table.name} has no field {field}."
                    raise HostProblem(ProblemCode.DATA_TABLE_UNKNOWN, message)
                return table.name.lower(), tuple(row[position] for row in table.rows)
        raise HostProblem(
            ProblemCode.DATA_TABLE_UNKNOWN, f"The data table {reference.partition('.')[0]} does not exist."
        )

    def keys(self, reference: str, *, ignore_case: bool) -> frozenset[str]:
        """Return the keys of ``Table``, or the values of ``Table.Field``. Raises HostProblem when it is not there."""
        table = self._one(DataTable, self._tables, reference)
        if table is not None:
            return _folded((row[0] for row in table.rows), ignore_case=ignore_case)
        return _folded(self.column(reference)[1], ignore_case=ignore_case)

    def all_keys(self, *, ignore_case: bool) -> KeySets:
        """Return the keys of every table and the values of every field of each."""
        sets: KeySets = {}
        for key in self._tables:
            table = self._one(DataTable, self._tables, key)
            if table is None:
                continue
            sets[key] = _folded((row[0] for row in table.rows), ignore_case=ignore_case)
            for position, field in enumerate(table.fields):
                values = (row[position] for row in table.rows)
                sets.setdefault(f"{key}.{field.lower()}", _folded(values, ignore_case=ignore_case))
        return sets

    def _one(self, kind: type[Named], items: dict[str, list[Named]], name: str) -> Named | None:
        key = name.lower()
        found = items.get(key, [])
        if len(found) > 1:
            names = " and ".join(one.name for one in found)
            message = f"The {_KINDS[kind]}s {names} differ only in upper and lower case."
            raise HostProblem(ProblemCode.HOST_NAME_AMBIGUOUS, message)
        if not found:
            return None
        self._read.add((kind, key))
        return found[0]


def _by_key(items: Iterable[Named]) -> dict[str, list[Named]]:
    grouped: dict[str, list[Named]] = {}
    for one in items:
        grouped.setdefault(one.name.lower(), []).append(one)
    return grouped


def _splits(reference: str) -> list[tuple[str, str]]:
    """Return every way to read *reference* as table and field: both may have dots in their names."""
    dots = [position for position, character in enumerate(reference) if character == "."]
    return [(reference[:dot], reference[dot + 1 :]) for dot in dots]


def _position(table: DataTable, field: str) -> int | None:
    return next((number for number, name in enumerate(table.fields) if name.lower() == field.lower()), None)


def _folded(values: Iterable[str], *, ignore_case: bool) -> frozenset[str]:
    return frozenset(map(ordinal_upper, values) if ignore_case else values)
