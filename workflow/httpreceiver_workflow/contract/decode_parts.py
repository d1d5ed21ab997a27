"""The parts that several classes share: sources, formatting, message types with their options, encodings, secrets."""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from types import MappingProxyType
from typing import Final, TypeVar

from httpreceiver_workflow.contract.class_binding import class_of
from httpreceiver_workflow.contract.encodings import VALUE_ENCODERS
from httpreceiver_workflow.contract.enums import Direction, MessageType, TextFormat, Truncation
from httpreceiver_workflow.contract.fields import Reader
from httpreceiver_workflow.contract.findings import LinkKind
from httpreceiver_workflow.contract.setting_parts import (
    LITERAL_KINDS,
    NO_NAMESPACES,
    CsvOptions,
    DicomOptions,
    Formatting,
    MessageOptions,
    Source,
    TextOptions,
)
from httpreceiver_workflow.contract.support import fields_of
from httpreceiver_workflow.contract.values import is_thumbprint, json_kind, normal_thumbprint, shown
from httpreceiver_workflow.options.compatibility import CsvHeader, EncodingName, TextFromType
from httpreceiver_workflow.problem_codes import ProblemCode

E = TypeVar("E", bound=IntEnum)

LONGEST_TEXT: Final = 1_000_000
"""Bound of padding and truncation lengths: a larger number is a slip that would fill the memory."""

PATH_KINDS: Final = frozenset(
    {
        MessageType.TEXT_WITH_VARIABLES,
        MessageType.HL7_V2_PATH,
        MessageType.X_PATH,
        MessageType.CSV_PATH,
        MessageType.JSON_PATH,
    }
)
UNSUPPORTED_TYPES: Final = frozenset({MessageType.MESSAGE_STRUCTURE})
_LONE_PLACEHOLDER = re.compile(r"\$\{[^{}]+\}")


def read_source(reader: Reader, path: str = "FromPath", side: str = "From", default: Direction | None = None) -> Source:
    """
    Return where a value comes from.

    Args:
        path: the field that holds the path.
        side: ``From``, or ``To`` for the right operand of a filter.
        default: the direction meant when the member is absent.
    """
    direction = reader.optional_enum(f"{side}Direction", Direction)
    direction = default if direction is None else direction
    setting = reader.guid(f"{side}Setting")
    kind = reader.optional_enum(f"{side}Type", MessageType)
    if kind in LITERAL_KINDS and reader.findings.compatibility.text_from_type is TextFromType.LITERAL:
        direction = Direction.VARIABLE
    # Literal text reads no setting, so that an old GUID beside it does no harm (contract 6.2).
    if setting is not None and direction is not Direction.VARIABLE:
        reader.note_link(f"{side}Setting", setting, LinkKind.SOURCE)
    return Source(
        path=reader.text(path),
        setting=setting,
        direction=direction,
        kind=kind,
        namespaces=read_namespaces(reader, f"{side}Namespaces"),
    )


def read_namespaces(reader: Reader, name: str) -> Mapping[str, str]:
    """Return a map of XML prefix to URI."""
    namespaces = {}
    for where, prefix, uri in reader.members(name):
        if isinstance(uri, str):
            namespaces[prefix] = uri
        else:
            message = f"The namespace of prefix {shown(prefix)} must be text, not {json_kind(uri)}."
            reader.findings.report(where, ProblemCode.FIELD_WRONG_TYPE, message)
    return MappingProxyType(namespaces) if namespaces else NO_NAMESPACES


def read_formatting(reader: Reader) -> Formatting:
    """Return the formatting fields of an action."""
    compatibility = reader.findings.compatibility
    return Formatting(
        format=reader.text("Format"),
        text_format=_read_numbered(reader, "TextFormat", TextFormat, compatibility.text_format_numbers),
        truncation=_read_numbered(reader, "Truncation", Truncation, compatibility.truncation_numbers),
        truncation_length=reader.integer("TruncationLength", 50, 0, LONGEST_TEXT),
        remove=reader.text("Remove"),
        replace=reader.text("Replace"),
        replace_with=reader.text("ReplaceWith"),
        lookup=reader.text("Lookup"),
        padding_length=reader.integer("PaddingLength", 0, -LONGEST_TEXT, LONGEST_TEXT),
        encoding=_read_encoder(reader),
    )


def _read_numbered(reader: Reader, name: str, enumeration: type[E], numbers: Sequence[str] | None) -> E:
    """
    Return a member of an enumeration whose numbers are not published.

    Args:
        numbers: what 1, 2, 3, … stand for; None is a guess, with a warning.
    """
    if not reader.number_given(name):
        return reader.enum(name, enumeration, enumeration(0))
    if numbers is None:
        message = f"What number {name} stands for is not published; it is read as our best guess."
        reader.report(name, ProblemCode.ENUM_NUMBER_UNPUBLISHED, message)
        return reader.enum(name, enumeration, enumeration(0))
    named = _named(reader, name, numbers)
    return next(member for member in enumeration if member.name.replace("_", "").lower() == named.lower())


def _named(reader: Reader, name: str, numbers: Sequence[str]) -> str:
    """Return what the number of member *name* stands for, as *numbers* say; one beyond them is reported."""
    return numbers[reader.integer(name, 1, 1, len(numbers)) - 1] if numbers else "None"


def _read_encoder(reader: Reader) -> str:
    numbers = reader.findings.compatibility.encoding_numbers
    if numbers is not None and reader.number_given("Encoding"):
        named = _named(reader, "Encoding", numbers)
        return "" if named == EncodingName.NONE else str(named)
    if reader.number_given("Encoding"):
        reader.integer("Encoding", 0, 0, LONGEST_TEXT)
        message = "What number Encoding stands for is not published; the value is not encoded."
        reader.report("Encoding", ProblemCode.ENUM_NUMBER_UNPUBLISHED, message)
        return ""
    if not reader.text_given("Encoding"):
        reader.integer("Encoding", 0, 0, 0)
        return ""
    name = reader.text("Encoding").strip()
    if name.lower() in ("", "none"):
        return ""
    if name.lower() not in VALUE_ENCODERS:
        message = f"Encoding is {shown(name)}; it can be {', '.join(VALUE_ENCODERS.values())}."
        reader.report("Encoding", ProblemCode.ENUM_UNKNOWN, message)
        return ""
    return VALUE_ENCODERS[name.lower()]


def read_message_type(reader: Reader, default: MessageType, name: str = "MessageType") -> MessageType:
    """Return member *name*; a path kind becomes UNKNOWN, which is inferred from the text (contract 1.1, rule 9)."""
    message_type = reader.enum(name, MessageType, default)
    if message_type in PATH_KINDS:
        message = f"{name} {message_type.value} is the kind of a path, not a type; it is inferred from the text."
        reader.report(name, ProblemCode.MESSAGE_TYPE_IS_PATH_KIND, message)
        return MessageType.UNKNOWN
    if message_type in UNSUPPORTED_TYPES:
        message = f"{name} {message_type.value} ({message_type.name}) is not supported."
        reader.report(name, ProblemCode.MESSAGE_TYPE_NOT_SUPPORTED, message)
    return message_type


_OPTIONS_OF: Final[Mapping[MessageType, str]] = MappingProxyType(
    {
        MessageType.CSV: "CSVMessageTypeOption",
        MessageType.TEXT: "TextMessageTypeOption",
        MessageType.DICOM: "DicomMessageTypeOptions",
    }
)


def read_message_options(reader: Reader, message_type: MessageType) -> MessageOptions | None:
    """Return `MessageTypeOptions`; options of a class that does not fit the type are ignored with a warning."""
    members = reader.child("MessageTypeOptions")
    if members is None:
        return None
    fitting = _OPTIONS_OF.get(message_type)
    name = class_of(members, reader.where_of("MessageTypeOptions"))
    if fitting is None or name.name not in ("", fitting):
        message = f"Options of class {name.label} do not fit MessageType {message_type.value}; ignored."
        reader.report("MessageTypeOptions", ProblemCode.OPTIONS_NOT_FITTING, message)
        return None
    where = reader.where_of("MessageTypeOptions")
    options = Reader(fitting, fields_of(fitting), members, where, reader.findings)
    decoded = _OPTION_READERS[message_type](options)
    options.finish()
    return decoded


def read_csv_options(reader: Reader) -> CsvOptions:
    """CSVMessageTypeOption."""
    delimiter = reader.text("Delimiter") or ","
    if len(delimiter) != 1 or delimiter in '"\r\n':
        message = f"Delimiter is {shown(delimiter)}; it must be one character other than a quote or line end."
        reader.report("Delimiter", ProblemCode.FIELD_NOT_SUPPORTED, message)
        delimiter = ","
    skipped = reader.findings.compatibility.csv_header is CsvHeader.SKIPPED
    return CsvOptions(
        delimiter=delimiter, has_header=reader.flag("HasHeader") and skipped, header=reader.text("Header")
    )


def read_text_options(reader: Reader) -> TextOptions:
    """TextMessageTypeOption."""
    return TextOptions(header=reader.text("Header"))


def read_dicom_options(reader: Reader) -> DicomOptions:
    """DicomMessageTypeOptions."""
    return DicomOptions(
        common_fields=reader.flag("IncludeCommonFieldsNode", True),
        report=reader.flag("IncludeReportNode", True),
        tags=reader.flag("IncludeTagsNode", True),
    )


_OPTION_READERS: Final[Mapping[MessageType, Callable[[Reader], MessageOptions]]] = MappingProxyType(
    {MessageType.CSV: read_csv_options, MessageType.TEXT: read_text_options, MessageType.DICOM: read_dicom_options}
)


def read_thumbprint(reader: Reader, name: str) -> str:
    """Return a certificate thumbprint in normal form."""
    return normal_thumbprint(reader.text(name))


def check_thumbprint(reader: Reader, name: str, thumbprint: str) -> None:
    """Report a thumbprint that no certificate can have."""
    if not is_thumbprint(thumbprint):
        message = f"{name} is {shown(thumbprint)}; a thumbprint has 40 hexadecimal digits."
        reader.report(name, ProblemCode.THUMBPRINT_MALFORMED, message)


def is_global(secret: str) -> bool:
    """Whether *secret* is a lone ``${Global}``, which names one that is kept elsewhere."""
    return _LONE_PLACEHOLDER.fullmatch(secret.strip()) is not None


def warn_of_secret(reader: Reader, name: str, secret: str) -> None:
    """Warn of a secret in clear text."""
    if secret and not is_global(secret):
        reader.report(name, ProblemCode.PASSWORD_IN_WORKFLOW, f"{name} holds a secret in clear text.")
