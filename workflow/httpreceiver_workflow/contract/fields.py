"""
Typed reading of one JSON object: each member is asked for by its name in the contract, each mistake becomes a problem.

A `Reader` answers each question with the value or, after reporting, with the default, so that decoding never stops at
the first mistake. What is left over at `finish` is reported by the class's row in `support`.
"""

import difflib
from collections.abc import Mapping
from enum import IntEnum
from typing import Final, TypeVar

from httpreceiver_workflow.contract.field_use import Field, Use, is_set
from httpreceiver_workflow.contract.findings import Findings, Link, LinkKind
from httpreceiver_workflow.contract.setting_parts import Guid
from httpreceiver_workflow.contract.values import EMPTY_GUID, child_path, is_text, json_kind, parse_guid, shown
from httpreceiver_workflow.problem_codes import ProblemCode

E = TypeVar("E", bound=IntEnum)

NEVER_REPORTED: Final = frozenset({"$type", "$id", "settingtype"})
"""Members of the serialiser itself; any object may carry them."""

HINTED_PROBLEMS: Final = 100
"""So many problems of one setting come with a suggestion."""


class Reader:
    """
    One JSON object and what was read of it. Names ignore case; of two spellings of one name the last counts.

    Attributes:
        where: JSON path of the object.
        label: class and name, for messages about this object.
        fields_read: the contract names asked for so far.
    """

    def __init__(
        self,
        class_name: str,
        fields: Mapping[str, Field],
        members: Mapping[str, object],
        where: str,
        findings: Findings,
    ) -> None:
        self.where = where
        self.findings = findings
        self.fields_read: set[str] = set()
        self._class_name = class_name
        self._fields = fields
        self._members = {str(name).lower(): (str(name), value) for name, value in members.items()}

    @property
    def label(self) -> str:
        name = self._members.get("name", ("", None))[1]
        return f"{self._class_name} {shown(name)}" if isinstance(name, str) and name else self._class_name

    def has(self, name: str) -> bool:
        """Whether the member is there and not null."""
        return self._value(name) is not None

    def where_of(self, name: str) -> str:
        """Return the JSON path of member *name*, in the user's spelling."""
        return child_path(self.where, self._members.get(name.lower(), (name, None))[0])

    def report(self, name: str, code: ProblemCode, message: str) -> None:
        """Collect one problem of member *name*."""
        self.findings.report(self.where_of(name), code, message)

    def without_effect(self, name: str, why: str) -> None:
        """Warn that *name* is set in vain."""
        self.report(name, ProblemCode.FIELD_WITHOUT_EFFECT, f"{name} has no effect: {why}")

    # --- scalars ---------------------------------------------------------------------------------------------------

    def text(self, name: str, default: str = "") -> str:
        """Return a text; null reads as absent. Its value never appears in a message."""
        value = self._take(name)
        if value is None:
            return default
        if not isinstance(value, str):
            self._wrong_type(name, "text", json_kind(value))
            return default
        if not is_text(value):
            self._wrong_type(name, "text", "text with half a surrogate pair")
            return default
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """Return true or false."""
        value = self.optional_flag(name)
        return default if value is None else value

    def optional_flag(self, name: str) -> bool | None:
        """Return true or false, None when the member is absent or null."""
        value = self._take(name)
        if value is None or isinstance(value, bool):
            return value
        self._wrong_type(name, "true or false", json_kind(value))
        return None

    def integer(
        self,
        name: str,
        default: int,
        low: int,
        high: int,
        out_of_range: ProblemCode = ProblemCode.VALUE_OUT_OF_RANGE,
    ) -> int:
        """Return a whole number from *low* to *high*."""
        value = self._take(name)
        if value is None:
            return default
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            self._wrong_type(name, "a whole number", shown(value))
            return default
        if not low <= value <= high:
            self.report(name, out_of_range, f"{name} is {shown(value)}; it must be from {low} to {high}.")
            return default
        return value

    def enum(self, name: str, enumeration: type[E], default: E) -> E:
        """Return a member of *enumeration*, written as its number or its name in any case."""
        value = self.optional_enum(name, enumeration)
        return default if value is None else value

    def optional_enum(self, name: str, enumeration: type[E]) -> E | None:
        """Return a member of *enumeration*, None when the member is absent or null."""
        value = self._take(name)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        for member in enumeration:
            if isinstance(value, str) and value.strip().lower() == enum_name(member).lower():
                return member
            if not isinstance(value, bool) and value == member.value:
                return member
        allowed = ", ".join(f"{member.value} {enum_name(member)}" for member in enumeration)
        self.report(name, ProblemCode.ENUM_UNKNOWN, f"{name} is {shown(value)}; it can be {allowed}.")
        return None

    def text_given(self, name: str) -> bool:
        """Whether the member is written as text, for fields that take a number or a name."""
        return isinstance(self._value(name), str)

    def number_given(self, name: str) -> bool:
        """Whether the member is written as a number above 0, for enumerations whose numbers are not published."""
        value = self._value(name)
        return isinstance(value, int | float) and not isinstance(value, bool) and value > 0

    # --- GUIDs -----------------------------------------------------------------------------------------------------

    def guid(self, name: str) -> Guid | None:
        """Return a GUID in normal form; None for absent, null, empty and all zeros."""
        return self._as_guid(self._take(name), name, self.where_of(name))

    def link(self, name: str, kind: LinkKind) -> Guid | None:
        """Return a GUID that must lead to *kind*."""
        guid = self.guid(name)
        if guid is not None:
            self.note_link(name, guid, kind)
        return guid

    def note_link(self, name: str, guid: Guid, kind: LinkKind) -> None:
        """Have *guid*, read from *name*, resolved once all settings are known."""
        self.findings.links.append(Link(self.where_of(name), self.label, name, guid, kind))

    def links(self, name: str, kind: LinkKind) -> tuple[Guid, ...]:
        """Return an array of GUIDs, each of which must lead to *kind*; empty ones are left out."""
        guids = []
        for where, value in self.items(name):
            guid = self._as_guid(value, name, where)
            if guid is not None:
                self.findings.links.append(Link(where, self.label, name, guid, kind))
                guids.append(guid)
        return tuple(guids)

    def _as_guid(self, value: object, name: str, where: str) -> Guid | None:
        if value is None or value == "":
            return None
        guid = parse_guid(value) if isinstance(value, str) else None
        if guid is None:
            self.findings.report(where, ProblemCode.GUID_MALFORMED, f"{name} is {shown(value)}, which is not a GUID.")
        return None if guid == EMPTY_GUID else guid

    # --- containers ------------------------------------------------------------------------------------------------

    def items(self, name: str) -> list[tuple[str, object]]:
        """Return the path and value of each item of an array."""
        return list_items(self._take(name), self.where_of(name), self.findings)

    def members(self, name: str) -> list[tuple[str, str, object]]:
        """Return the path, name and value of each member of an object; serialiser members are left out."""
        value = self._take(name)
        if value is None:
            return []
        if not isinstance(value, Mapping):
            self._wrong_type(name, "an object", json_kind(value))
            return []
        where = self.where_of(name)
        return [
            (child_path(where, str(key)), str(key), inner)
            for key, inner in value.items()
            if key not in ("$type", "$id")
        ]

    def child(self, name: str) -> Mapping[str, object] | None:
        """Return the object in member *name*, None when absent."""
        value = self._take(name)
        if value is None or isinstance(value, Mapping):
            return value
        self._wrong_type(name, "an object", json_kind(value))
        return None

    # --- leftovers -------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Report members that are unknown, or set although they do nothing or cannot be had."""
        known = {name.lower(): name for name in self._fields}
        for key, (written, value) in self._members.items():
            if key in NEVER_REPORTED:
                continue
            where = child_path(self.where, written)
            if key not in known:
                self.findings.report(where, ProblemCode.FIELD_UNKNOWN, self._unknown(written, known))
                continue
            field = self._fields[known[key]]
            if field.use is Use.NO_EFFECT and field.warns and is_set(value) and value not in field.harmless:
                message = f"{known[key]} has no effect: {field.note}"
                self.findings.report(where, ProblemCode.FIELD_WITHOUT_EFFECT, message)
            if field.use is Use.REFUSED and is_set(value) and value not in field.harmless:
                message = f"{known[key]} cannot be set here: {field.note}"
                self.findings.report(where, ProblemCode.FIELD_NOT_SUPPORTED, message)

    def _unknown(self, written: str, known: Mapping[str, str]) -> str:
        # Looking for the intended name is slow; a file with this many mistakes is not one of slips of the pen.
        few = len(self.findings.problems) < HINTED_PROBLEMS
        close = difflib.get_close_matches(written.lower()[:100], known, n=1, cutoff=0.8) if few else []
        hint = f" Did you mean {known[close[0]]}?" if close else ""
        return f"{self._class_name} has no field {shown(written)}; it is ignored.{hint}"

    def _value(self, name: str) -> object:
        return self._members.get(name.lower(), ("", None))[1]

    def _take(self, name: str) -> object:
        self.fields_read.add(name)
        return self._value(name)

    def _wrong_type(self, name: str, wanted: str, found: str) -> None:
        self.report(name, ProblemCode.FIELD_WRONG_TYPE, f"{name} must be {wanted}, not {found}.")


def list_items(value: object, where: str, findings: Findings) -> list[tuple[str, object]]:
    """Return the path and value of each item of an array; one wrapped in ``{"$values": [...]}`` is unwrapped."""
    if isinstance(value, Mapping) and "$values" in value:
        findings.report(where, ProblemCode.LIST_WRAPPED, "The array stands inside an object with $values.")
        value, where = value["$values"], child_path(where, "$values")
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        findings.report(where, ProblemCode.FIELD_WRONG_TYPE, f"An array must stand here, not {json_kind(value)}.")
        return []
    return [(f"{where}[{index}]", item) for index, item in enumerate(value)]


def enum_name(member: IntEnum) -> str:
    """Return *member* as the contract writes it, but for inner capitals: AFTER_VALIDATION is AfterValidation."""
    return "".join(word.capitalize() for word in member.name.split("_"))
