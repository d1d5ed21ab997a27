"""
Which class an object is of: `$type`, else `SettingType`, else what its members give away.

Only the class name counts: namespace and assembly differ between versions of the product (contract 1.1, rule 6).
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from httpreceiver_workflow.contract.findings import Findings
from httpreceiver_workflow.contract.support import CLASSES, Kind
from httpreceiver_workflow.contract.values import child_path, json_kind, shown
from httpreceiver_workflow.problem_codes import ProblemCode


@dataclass(frozen=True, slots=True)
class ClassName:
    """
    The class an object says it is of.

    Attributes:
        name: without namespace and assembly; not necessarily a class we know. ``""`` when nothing says it.
        written: the whole text, for messages.
        where: JSON path of the member that says so, or of the object when no member does.
    """

    name: str
    written: str
    where: str

    @property
    def kind(self) -> Kind | None:
        """Where objects of this class stand; None for an unknown class that is no receiver."""
        if self.name in CLASSES:
            return CLASSES[self.name].kind
        return Kind.RECEIVER if self.name.endswith("ReceiverSetting") else None

    @property
    def label(self) -> str:
        """The class for a message: its name, or the whole text of one we do not know."""
        if self.name in CLASSES:
            return self.name
        return shown(self.written) if self.written else "an object without $type"

    @property
    def runs(self) -> bool:
        """Whether objects of this class can run."""
        return self.name in CLASSES and CLASSES[self.name].refusal is None


def class_of(members: Mapping[str, object], where: str) -> ClassName:
    """Return the class of the object with these *members*."""
    lowered = {str(name).lower(): (str(name), value) for name, value in members.items()}
    for key in ("$type", "settingtype"):
        written, value = lowered.get(key, (key, None))
        if isinstance(value, str) and value.strip():
            full_name = value.partition(",")[0].strip()
            return ClassName(full_name.rpartition(".")[2].strip(), value, child_path(where, written))
    return ClassName(_inferred(set(lowered)), "", where)


def _inferred(names: set[str]) -> str:
    """Recognise the two classes whose documentation shows examples without ``$type``."""
    if {"dataprovider", "messagetemplate"} <= names:
        return "DatabaseSenderSetting"
    return "DatabaseReceiverSetting" if {"dataprovider", "sqlquery"} <= names else ""


def bind_class(value: object, where: str, expected: Kind, findings: Findings) -> ClassName | None:
    """Return the class of an object where *expected* belongs; None, after reporting, if it cannot run there."""
    if not isinstance(value, Mapping):
        message = f"A {expected} must stand here, not {json_kind(value)}."
        findings.report(where, ProblemCode.FIELD_WRONG_TYPE, message)
        return None
    name = class_of(value, where)
    return name if check_class(name, expected, findings) else None


def check_class(name: ClassName, expected: Kind, findings: Findings) -> bool:
    """Whether an object of class *name* can run where *expected* belongs; reports why not."""
    if not name.name:
        findings.report(name.where, ProblemCode.TYPE_MISSING, f"This {expected} has no $type.")
        return False
    if name.name not in CLASSES:
        findings.report(name.where, ProblemCode.TYPE_UNKNOWN, _unknown(name))
        return False
    support = CLASSES[name.name]
    if support.kind is not expected:
        message = f"{name.name} is a {support.kind}; a {expected} belongs here."
        findings.report(name.where, ProblemCode.TYPE_NOT_FITTING, message)
        return False
    if support.refusal is not None:
        findings.report(name.where, support.refusal, f"{name.name} is not supported: {support.note}")
        return False
    return True


_NAMES: Final = tuple(CLASSES)


def _unknown(name: ClassName) -> str:
    close = difflib.get_close_matches(name.name[:100], _NAMES, n=1, cutoff=0.8)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"The $type {shown(name.written)} is not a published class.{hint}"
