"""The accepted shapes of a file, and the settings found in it (contract 1.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from httpreceiver_workflow.contract.class_binding import ClassName, class_of
from httpreceiver_workflow.contract.fields import Reader, list_items
from httpreceiver_workflow.contract.findings import Findings
from httpreceiver_workflow.contract.settings import Guid
from httpreceiver_workflow.contract.support import fields_of
from httpreceiver_workflow.contract.values import EMPTY_GUID, json_kind, parse_guid
from httpreceiver_workflow.problems import ProblemCode

_LIST_NAME: Final = "WorkflowPattern"
_OTHER_LIST_NAMES: Final = ("WorkflowPatterns", "Settings")


@dataclass(frozen=True, slots=True)
class RawSetting:
    """One object of the file's list: its place, its class, its Id (None when missing or unreadable) and its members."""

    where: str
    class_name: ClassName
    id: Guid | None
    members: Mapping[str, object]

    @property
    def disabled(self) -> bool:
        """Whether `Disabled` is true."""
        return any(str(name).lower() == "disabled" and value is True for name, value in self.members.items())


def find_settings(root: object, findings: Findings) -> list[RawSetting]:
    """Return the settings of a file: a wrapper object, an array of settings, or one setting."""
    if isinstance(root, list | tuple):
        return _settings(list_items(root, "$", findings), findings)
    if not isinstance(root, Mapping):
        message = f"The root must be an object or an array, not {json_kind(root)}."
        findings.report("$", ProblemCode.ROOT_NOT_RECOGNISED, message)
        return []
    if class_of(root, "$").name:
        return _settings([("$", root)], findings)
    if "$values" in root:
        return _settings(list_items(root, "$", findings), findings)
    return _wrapped_settings(root, findings)


def _wrapped_settings(root: Mapping[str, object], findings: Findings) -> list[RawSetting]:
    reader = Reader("workflow file", fields_of("workflow file"), root, "$", findings)
    reader.finish()
    if reader.has(_LIST_NAME):
        return _settings(reader.items(_LIST_NAME), findings)
    for name in _OTHER_LIST_NAMES:
        if reader.has(name):
            reader.report(name, ProblemCode.ROOT_SPELLING, f"The list is named {name} instead of {_LIST_NAME}.")
            return _settings(reader.items(name), findings)
    message = f"The root object has neither {_LIST_NAME} nor a $type."
    findings.report("$", ProblemCode.ROOT_NOT_RECOGNISED, message)
    return []


def _settings(items: list[tuple[str, object]], findings: Findings) -> list[RawSetting]:
    settings = []
    for where, value in items:
        if isinstance(value, Mapping):
            settings.append(RawSetting(where, class_of(value, where), _id_of(value), value))
        else:
            message = f"A setting must be an object, not {json_kind(value)}."
            findings.report(where, ProblemCode.FIELD_WRONG_TYPE, message)
    return settings


def _id_of(members: Mapping[str, object]) -> Guid | None:
    """Return the Id without complaint: decoding the setting reports what is wrong with it."""
    found = None
    for name, value in members.items():
        if str(name).lower() == "id":
            found = parse_guid(value) if isinstance(value, str) else None
    return None if found == EMPTY_GUID else found
