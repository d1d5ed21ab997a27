"""
Which format each message type has.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.setting_parts import CsvOptions, DicomOptions, MessageOptions
from httpreceiver_workflow.messages.csv_rows import CsvFormat
from httpreceiver_workflow.messages.hl7_variants import ComponentsKeptFormat
from httpreceiver_workflow.messages.hl7v2 import Hl7Format
from httpreceiver_workflow.messages.inferred import InferredFormat
from httpreceiver_workflow.messages.json_variants import json_format
from httpreceiver_workflow.messages.message import MessageFormat
from httpreceiver_workflow.messages.plain_text import TextFormat
from httpreceiver_workflow.messages.xml_tree import XmlFormat
from httpreceiver_workflow.options.compatibility import DOCUMENTED, Compatibility, Hl7Values

_TEXT: Final = TextFormat(MessageType.TEXT)
_LEADING: Final = "\ufeff \t\r\n"


@lru_cache(maxsize=64)
def _formats(compatibility: Compatibility) -> Mapping[MessageType, MessageFormat]:
    """Return how each type is read; DICOM, and CSV with options, are made where they are asked for."""
    hl7 = Hl7Format() if compatibility.hl7_values is Hl7Values.ENCODED else ComponentsKeptFormat()
    json, xml = json_format(compatibility), XmlFormat()

    def by_first_characters(text: str) -> MessageFormat:
        start = text.lstrip(_LEADING)[:3]
        if start == "MSH":
            return hl7
        if start.startswith(("{", "[")):
            return json
        return xml if start.startswith("<") else _TEXT

    def json_or_xml(text: str) -> MessageFormat:
        return xml if text.lstrip(_LEADING).startswith("<") else json

    inferred = (hl7, json, xml, _TEXT)
    return MappingProxyType(
        {
            MessageType.UNKNOWN: InferredFormat(MessageType.UNKNOWN, by_first_characters, inferred, _TEXT.content_type),
            MessageType.HL7_V2: hl7,
            MessageType.HL7_V3: XmlFormat(MessageType.HL7_V3),
            MessageType.FHIR: InferredFormat(MessageType.FHIR, json_or_xml, (json, xml), json.content_type),
            MessageType.XML: xml,
            MessageType.CSV: CsvFormat(CsvOptions()),
            MessageType.SQL: TextFormat(MessageType.SQL),
            MessageType.TEXT_WITH_VARIABLES: TextFormat(MessageType.TEXT_WITH_VARIABLES),
            MessageType.JSON: json,
            MessageType.TEXT: _TEXT,
            MessageType.BINARY: TextFormat(MessageType.BINARY),
        }
    )


_CONTENT_TYPES: Final = {kind: own.content_type for kind, own in _formats(DOCUMENTED).items()} | {
    MessageType.DICOM: _TEXT.content_type
}

SUPPORTED_MESSAGE_TYPES: Final = frozenset(_CONTENT_TYPES)
"""The types that `message_format` knows; the others are refused while a workflow is loaded."""


class FormatNotInstalled(Exception):
    """What reads a message type is not installed here; the text says what is missing."""


def message_format(
    message_type: MessageType, options: MessageOptions | None, compatibility: Compatibility = DOCUMENTED
) -> MessageFormat:
    """
    Return how messages of *message_type* are read.

    Args:
        message_type: one of `SUPPORTED_MESSAGE_TYPES`.
        options: options of another type's class have no effect.
    Raises:
        FormatNotInstalled: DICOM without pydicom.
    """
    if message_type is MessageType.DICOM:
        return _dicom_format(options, compatibility)
    if message_type is MessageType.CSV and isinstance(options, CsvOptions):
        return CsvFormat(options)
    return _formats(compatibility)[message_type]


def content_type(message_type: MessageType) -> str:
    """
    Return the Content-Type of a response message of *message_type* (contract 3.1).

    Ask with `Message.type`: a message of an inferred type carries the type its text has, and a JSON text of a DICOM
    message is JSON; what is left is base64.
    """
    return _CONTENT_TYPES[message_type]


def _dicom_format(options: MessageOptions | None, compatibility: Compatibility) -> MessageFormat:
    try:
        # Only for workflows that have DICOM messages: pydicom takes most of a second and 60 MB.
        from httpreceiver_workflow.messages.dicom import DicomFormat
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("pydicom"):
            raise
        raise FormatNotInstalled("DICOM messages need pydicom; install httpreceiver[dicom]") from error
    chosen = options if isinstance(options, DicomOptions) else DicomOptions()
    return DicomFormat(chosen, json_format(compatibility))
