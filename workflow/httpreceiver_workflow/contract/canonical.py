"""
The one way to write a workflow file: what two authors write differently and mean alike comes out the same.

Settings stand in the order in which links reach them, members in the order of the field tables and in their published
spelling, links in one form, and members that say nothing are left out. Everything else stays as its author wrote it,
also what has no effect here, what stands in disabled activities and what no link leads to: a file is none of ours.
Called by the command that formats files.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from httpreceiver_workflow.contract.encode import (
    Members,
    encode_setting,
    encode_workflow,
    in_order,
    settings_of,
)
from httpreceiver_workflow.contract.encode_names import ALWAYS_WRITTEN, full_type
from httpreceiver_workflow.contract.field_use import Field, Use, is_set
from httpreceiver_workflow.contract.findings import Findings
from httpreceiver_workflow.contract.load import load_workflow
from httpreceiver_workflow.contract.roots import LIST_NAME, OTHER_LIST_NAMES, find_settings
from httpreceiver_workflow.contract.sender_settings import DisabledActivity
from httpreceiver_workflow.contract.settings import Workflow
from httpreceiver_workflow.contract.support import fields_of
from httpreceiver_workflow.contract.values import child_path
from httpreceiver_workflow.problems import Problem

INDENT: Final = 2

_AS_WRITTEN: Final = ALWAYS_WRITTEN | {
    # What these say depends on compatibility switches, which stand beside a workflow and not in it.
    "FromDirection",
    "ToDirection",
    "TextFormat",
    "Truncation",
    "Encoding",
    "HasHeader",
    # What these hold is read in part.
    "Headers",
    "MessageTypeOptions",
    "OAuthSettings",
    "Parameters",
    "QueryStringParameters",
    "UrlSections",
    "FromNamespaces",
    "ToNamespaces",
}
"""Members that stay as they are, or missing as they are, unless they say nothing."""

_READ_TOGETHER: Final[Mapping[str, object]] = {
    "Authentication": False,
    "AuthenticationCertificateThumbprint": "",
    "CertificateThumbPrint": "",
    "ExtractParameters": False,
    "ExtractUrlSections": False,
    "SampleVariableValue": "",
    "ToSetting": "",
    "ToType": 0,
    "Transformers": "",
    "TransformersNotAvailable": False,
    "UseDefaultSSLCertificate": True,
    "WorkflowPatternName": "",
}
"""Applied members that may not count because of another one, and so stay → their default, which says nothing."""


@dataclass(frozen=True, slots=True)
class Canonical:
    """
    What writing a workflow anew gives.

    Attributes:
        text: the file, with a line end at its end; None exactly when a problem is an error.
        problems: those of `load_workflow`.
    """

    text: str | None
    problems: tuple[Problem, ...]


def canonical_text(source: str, *, bare: bool = False) -> Canonical:
    """
    Return the workflow file *source* in its canonical form.

    The result means the same under every compatibility switch, and is its own canonical form.

    Args:
        bare: leave out all that has no effect here, as `encode_workflow` does, with the documented meaning of the rest.
    """
    loaded = load_workflow(source)
    if loaded.workflow is None:
        return Canonical(None, loaded.problems)
    # Numbers with a fraction stay as they are written.
    value = encode_workflow(loaded.workflow) if bare else _rewritten(_parse(source), loaded.workflow)
    text = _rendered(value)
    if load_workflow(text).workflow != loaded.workflow:
        raise RuntimeError("the canonical form of a workflow means something else")  # nobody may write it down
    return Canonical(text, loaded.problems)


def _parse(source: str) -> object:
    decoder = msgspec.json.Decoder(float_hook=lambda text: msgspec.Raw(text.encode()))
    return decoder.decode(source.removeprefix("\ufeff"))


def _rendered(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=INDENT).decode() + "\n"


def _rewritten(root: Any, workflow: Workflow) -> object:
    authored = dict(_objects(root, "$"))
    reached = list(settings_of(workflow))
    written: list[object] = [
        encode_setting(setting, lambda record, name, members: _completed(record, name, members, authored))
        for setting in reached
    ]
    places = {setting.where for setting in reached}
    written += [item.members for item in find_settings(root, Findings()) if item.where not in places]
    return _with_settings(root, written)


def _objects(value: object, where: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield JSON path and members of each object, as records name their places."""
    if isinstance(value, dict):
        yield where, value
        for name, inner in value.items():
            yield from _objects(inner, child_path(where, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _objects(inner, f"{where}[{index}]")


def _with_settings(root: Any, settings: list[object]) -> object:
    """Return a root of the shape of *root* with *settings* in it."""
    if isinstance(root, list) or not (held := _list_names(root)):
        return settings if isinstance(root, list) or "$values" in root else settings[0]
    read, *_ = held
    others = {name: value for name, value in root.items() if name.lower() not in (read.lower(), LIST_NAME.lower())}
    return {**others, LIST_NAME: settings}


def _list_names(root: Mapping[str, object]) -> list[str]:
    """Return the names that *root* has for the list of settings, the one that is read first."""
    held = {name.lower() for name, value in root.items() if value is not None}
    return [name for name in (LIST_NAME, *OTHER_LIST_NAMES) if name.lower() in held]


def _completed(
    record: Any, class_name: str, encoded: Members, authored_at: Mapping[str, Mapping[str, object]]
) -> Members:
    """Return what is written for *record*: *encoded*, and what its author wrote beside it."""
    authored = authored_at.get(getattr(record, "where", ""), {})
    if isinstance(record, DisabledActivity):
        return dict(authored)
    table = fields_of(class_name)
    published = {name.lower(): name for name in table} | {"$type": "$type"}
    # Of two spellings of one name the last counts.
    spelt = {published.get(name.lower(), name): value for name, value in authored.items()}
    members = {
        name: value for name, value in spelt.items() if name not in table or _stays(table[name], name, value, encoded)
    }
    members |= {name: value for name, value in encoded.items() if name not in _AS_WRITTEN}
    members["$type"] = spelt.get("$type") or full_type(class_name)
    return {"$type": members.pop("$type"), **in_order(members, class_name)}


def _stays(field: Field, name: str, value: object, encoded: Members) -> bool:
    """Whether a member of the field table that its author wrote stays as it is, unless *encoded* says it better."""
    if value is None:
        return False
    if name in _AS_WRITTEN:
        return name in encoded or is_set(value)
    if field.use is not Use.APPLIED:
        return True
    return name in _READ_TOGETHER and value != _READ_TOGETHER[name] and (is_set(value) or value is False)
