"""One setting of the file → its record, with the problems and links found on the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.class_binding import check_class
from httpreceiver_workflow.contract.decode_actions import filter_host, transformer_list
from httpreceiver_workflow.contract.decode_receiver import http_receiver
from httpreceiver_workflow.contract.decode_senders import SENDER_DECODERS, disabled_activity, refused_activity
from httpreceiver_workflow.contract.fields import Reader
from httpreceiver_workflow.contract.findings import Findings
from httpreceiver_workflow.contract.roots import RawSetting
from httpreceiver_workflow.contract.sender_settings import Activity
from httpreceiver_workflow.contract.settings import Setting
from httpreceiver_workflow.contract.support import Kind, fields_of
from httpreceiver_workflow.options.compatibility import DOCUMENTED, Compatibility

SETTING_DECODERS: Final[Mapping[str, Callable[[Reader], Setting]]] = MappingProxyType(
    {
        "HttpReceiverSetting": http_receiver,
        "FilterHostSetting": filter_host,
        "TransformerSetting": transformer_list,
        **SENDER_DECODERS,
    }
)

_ANY_SENDER: Final = "HttpSenderSetting"
"""Whose field table serves to read what all senders share."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """
    One setting that was looked into.

    Attributes:
        record: None when its class cannot run; `Activity` itself for a sender that cannot.
    """

    record: Setting | Activity | None
    findings: Findings


def decode_setting(setting: RawSetting, expected: Kind, compatibility: Compatibility = DOCUMENTED) -> Decoded:
    """Return the record of *setting*, which stands where *expected* belongs."""
    findings = Findings(compatibility)
    if expected is Kind.SENDER and setting.disabled and setting.class_name.kind in (Kind.SENDER, None):
        # A disabled activity never runs, so nothing inside it can keep the workflow from running.
        reader = _reader(setting, _ANY_SENDER, findings)
        return Decoded(disabled_activity(reader, setting.class_name.name), findings)
    if not check_class(setting.class_name, expected, findings):
        if expected is not Kind.SENDER:
            return Decoded(None, findings)
        return Decoded(refused_activity(_reader(setting, _ANY_SENDER, findings)), findings)
    name = setting.class_name.name
    reader = _reader(setting, name, findings)
    record = SETTING_DECODERS[name](reader)
    reader.finish()
    return Decoded(record, findings)


def _reader(setting: RawSetting, class_name: str, findings: Findings) -> Reader:
    return Reader(class_name, fields_of(class_name), setting.members, setting.where, findings)
