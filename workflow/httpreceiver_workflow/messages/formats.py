"""
Which format each message type has.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.contract.setting_parts import CsvOptions, DicomOptions, MessageOptions
from httpreceiver_workflow.messages.csv_rows import CsvFormat
from httpreceiver_workflow.messages.hl7v2 import Hl7Format
from httpreceiver_workflow.messages.inferred import InferredFormat
from httpreceiver_workflow.messages.json_tree import JsonFormat
from httpreceiver_workflow.messages.message import MessageFormat
from httpreceiver_workflow.messages.plain_text import TextFormat
from httpreceiver_workflow.messages.xml_tree import XmlFormat

_HL7: Final = Hl7Format()
_XML: Final = XmlFormat()
_JSON: Final = JsonFormat()
_TEXT: Final = TextFormat(MessageType.TEXT)
_LEADING: Final = "\ufeff \t\r\n"


def _by_first_characters(text: str) -> MessageFormat:
    start = text.lstrip(_LEADING)[:3]
    if start == "MSH":
        return _HL7
    if start.startswith(("{", "[")):
        return _JSON
    return _XML if start.startswith("<") else _TEXT


def _json_or_xml(text: str) -> MessageFormat:
    return _XML if text.lstrip(_LEADING).startswith("<") else _JSON


_FORMATS: Final[Mapping[MessageType, MessageFormat]] = MappingProxyType(
    {
        MessageType.UNKNOWN: InferredFormat(
            MessageType.UNKNOWN, _by_first_characters, (_HL7, _JSON, _XML, _TEXT), _TEXT.content_type
        ),
        MessageType.HL7_V2: _HL7,
        MessageType.HL7_V3: XmlFormat(MessageType.HL7_V3),
        MessageType.FHIR: InferredFormat(MessageType.FHIR, _json_or_xml, (_JSON, _XML), _JSON.content_type),
        MessageType.XML: _XML,
        MessageType.CSV: CsvFormat(CsvOptions()),
        MessageType.SQL: TextFormat(MessageType.SQL),
        MessageType.TEXT_WITH_VARIABLES: TextFormat(MessageType.TEXT_WITH_VARIABLES),
        MessageType.JSON: _JSON,
        MessageType.TEXT: _TEXT,
        MessageType.BINARY: TextFormat(MessageType.BINARY),
    }
)

_CONTENT_TYPES: Final = {message_type: own.content_type for message_type, own in _FORMATS.items()} | {
    MessageType.DICOM: _TEXT.content_type
}

SUPPORTED_MESSAGE_TYPES: Final = frozenset({*_FORMATS, MessageType.DICOM})
"""The types that `message_format` knows; the others are refused while a workflow is loaded."""


class FormatNotInstalled(Exception):
    """What reads a message type is not installed here; the text says what is missing."""


def message_format(message_type: MessageType, options: MessageOptions | None) -> MessageFormat:
    """
    Return how messages of *message_type* are read.

    Args:
        message_type: one of `SUPPORTED_MESSAGE_TYPES`.
        options: options of another type's class have no effect.
    Raises:
        FormatNotInstalled: DICOM without pydicom.
    """
    if message_type is MessageType.DICOM:
        return _dicom_format(options)
    if message_type is MessageType.CSV and isinstance(options, CsvOptions):
        return CsvFormat(options)
    return _FORMATS[message_type]


def content_type(message_type: MessageType) -> str:
    """
    Return the Content-Type of a response message of *message_type* (contract 3.1).

    Ask with `Message.type`: a message of an inferred type carries the type its text has, and a JSON text of a DICOM
    message is JSON; what is left is base64.
    """
    return _CONTENT_TYPES[message_type]


def _dicom_format(options: MessageOptions | None) -> MessageFormat:
    try:
        # Only for workflows that have DICOM messages: pydicom takes most of a second and 60 MB.
        from httpreceiver_workflow.messages.dicom import DicomFormat
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("pydicom"):
            raise
        raise FormatNotInstalled("DICOM messages need pydicom; install httpreceiver[dicom]") from error
    return DicomFormat(options if isinstance(options, DicomOptions) else DicomOptions())
