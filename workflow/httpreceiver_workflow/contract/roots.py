"""The accepted shapes of a file, and the settings found in it (contract 1.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from httpreceiver_workflow.contract.class_binding import ClassName, class_of
from httpreceiver_workflow.contract.fields import Reader, list_items
from httpreceiver_workflow.contract.findings import Findings
from httpreceiver_workflow.contract.setting_parts import Guid
from httpreceiver_workflow.contract.support import fields_of
from httpreceiver_workflow.contract.values import EMPTY_GUID, child_path, json_kind, parse_guid
from httpreceiver_workflow.problem_codes import ProblemCode

LIST_NAME: Final = "WorkflowPattern"
OTHER_LIST_NAMES: Final = ("WorkflowPatterns", "Settings")


@dataclass(frozen=True, slots=True)
class RawSetting:
    """
    One object of the file's list.

    Attributes:
        where: its JSON path.
        id: in normal form; None when missing or not a GUID.
        id_written: the member as it stands; None when missing.
        id_where: JSON path of the member.
    """

    where: str
    class_name: ClassName
    id: Guid | None
    id_written: object
    id_where: str
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
    reader = Reader("workflow file", fields_of("workflow file"), root, "$", findings)
    for name in (LIST_NAME, *OTHER_LIST_NAMES):
        if reader.has(name):
            return _wrapped_settings(reader, name, findings)
    if "$values" in root:
        return _settings(list_items(root, "$", findings), findings)
    if class_of(root, "$").name:
        return _settings([("$", root)], findings)
    message = f"The root object has neither {LIST_NAME} nor a $type."
    findings.report("$", ProblemCode.ROOT_NOT_RECOGNISED, message)
    return []


def _wrapped_settings(reader: Reader, name: str, findings: Findings) -> list[RawSetting]:
    reader.finish()
    if name != LIST_NAME:
        reader.report(name, ProblemCode.ROOT_SPELLING, f"The list is named {name} instead of {LIST_NAME}.")
    return _settings(reader.items(name), findings)


def _settings(items: list[tuple[str, object]], findings: Findings) -> list[RawSetting]:
    settings = []
    for where, value in items:
        if isinstance(value, Mapping):
            settings.append(_setting(where, value))
        else:
            message = f"A setting must be an object, not {json_kind(value)}."
            findings.report(where, ProblemCode.FIELD_WRONG_TYPE, message)
    return settings


def _setting(where: str, members: Mapping[str, object]) -> RawSetting:
    written, value = "Id", None
    for name, member in members.items():
        if str(name).lower() == "id":
            written, value = str(name), member
    guid = parse_guid(value) if isinstance(value, str) else None
    return RawSetting(
        where=where,
        class_name=class_of(members, where),
        id=None if guid == EMPTY_GUID else guid,
        id_written=value,
        id_where=child_path(where, written),
        members=members,
    )
