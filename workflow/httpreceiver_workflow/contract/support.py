"""
What we run, ignore or refuse: every class of a workflow file and every field of the classes we run.

The decoder binds classes and judges left-over fields by these tables, and docs/supported.md is made from them, so code
and page cannot disagree. A class or field that is in no table is answered with a problem, never with silence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract import support_fields as fields
from httpreceiver_workflow.contract.field_use import Field
from httpreceiver_workflow.problem_codes import ProblemCode


class Kind(StrEnum):
    """Where an object of a class can stand."""

    RECEIVER = "receiver"
    SENDER = "sender"
    FILTER_HOST = "filter host"
    TRANSFORMER_LIST = "transformer list"
    FILTER = "filter"
    ACTION = "action"
    OPTIONS = "message type options"


@dataclass(frozen=True, slots=True)
class ClassSupport:
    """
    One class of the published list.

    Attributes:
        note: what it does here, or why it is refused; one sentence.
        fields: empty for a class that is refused.
        refusal: the problem an object of this class gets; None for a class that runs.
    """

    kind: Kind
    note: str
    fields: Mapping[str, Field] = field(default_factory=lambda: MappingProxyType({}))
    refusal: ProblemCode | None = None


def _refused(kind: Kind, note: str, code: ProblemCode = ProblemCode.TYPE_NOT_SUPPORTED) -> ClassSupport:
    return ClassSupport(kind, note, refusal=code)


def _other_receiver(protocol: str) -> ClassSupport:
    note = f"Workflows that start with {protocol} are not served; only HTTP receivers are."
    return _refused(Kind.RECEIVER, note, ProblemCode.RECEIVER_NOT_SUPPORTED)


CLASSES: Final[Mapping[str, ClassSupport]] = MappingProxyType(
    {
        "HttpReceiverSetting": ClassSupport(Kind.RECEIVER, "Receives HTTP requests.", fields.HTTP_RECEIVER),
        "MLLPReceiverSetting": _other_receiver("MLLP"),
        "WebServiceReceiverSetting": _other_receiver("a SOAP web service"),
        "DirectoryScanReceiverSetting": _other_receiver("a directory scan"),
        "DatabaseReceiverSetting": _other_receiver("a database query"),
        "TimerReceiverSetting": _other_receiver("a timer"),
        "DicomReceiverSetting": _other_receiver("DICOM"),
        "AzureServiceBusReceiverSetting": _other_receiver("Azure Service Bus"),
        "HttpSenderSetting": ClassSupport(Kind.SENDER, "Calls an HTTP endpoint.", fields.HTTP_SENDER),
        "FileWriterSenderSetting": ClassSupport(Kind.SENDER, "Writes to a file.", fields.FILE_WRITER),
        "DatabaseSenderSetting": ClassSupport(
            Kind.SENDER, "Runs SQL in a SQLite database; other databases are refused.", fields.DATABASE_SENDER
        ),
        "MLLPSenderSetting": _refused(Kind.SENDER, "Sending over MLLP is not built yet."),
        "WebServiceSenderSetting": _refused(Kind.SENDER, "Calling SOAP services is not built yet."),
        "DicomSenderSetting": _refused(Kind.SENDER, "Sending over DICOM is not built yet."),
        "AzureServiceBusSenderSetting": _refused(Kind.SENDER, "Sending to Azure Service Bus is not built yet."),
        "CodeSenderSetting": ClassSupport(
            Kind.SENDER, "Runs a Python override of its C# code; refused without one.", fields.CODE_SENDER
        ),
        "FilterHostSetting": ClassSupport(Kind.FILTER_HOST, "Decides whether a message goes on.", fields.FILTER_HOST),
        "TransformerSetting": ClassSupport(
            Kind.TRANSFORMER_LIST, "An ordered list of actions.", fields.TRANSFORMER_LIST
        ),
        "StringMessageFilter": ClassSupport(Kind.FILTER, "Compares two texts.", fields.STRING_FILTER),
        "FilterGroup": ClassSupport(Kind.FILTER, "A bracket between two runs of filters.", fields.FILTER_GROUP),
        "DateMessageFilter": ClassSupport(Kind.FILTER, "Compares two dates.", fields.DATE_FILTER),
        "ValidMessageFilter": ClassSupport(
            Kind.FILTER,
            "Asks whether a message is well-formed; validation profiles are not applied.",
            fields.VALID_FILTER,
        ),
        "CreateVariableTransformerAction": ClassSupport(Kind.ACTION, "Sets a variable.", fields.CREATE_VARIABLE),
        "CreateMappingTransformerAction": ClassSupport(
            Kind.ACTION, "Writes a value into the message.", fields.CREATE_MAPPING
        ),
        "AppendLineTransformerAction": ClassSupport(
            Kind.ACTION, "Appends a segment or a line to the message.", fields.APPEND_LINE
        ),
        "BeginConditionalTransformerAction": ClassSupport(
            Kind.ACTION, "Runs the block only when its filters pass.", fields.BEGIN_CONDITIONAL
        ),
        "EndConditionalTransformerAction": ClassSupport(Kind.ACTION, "Ends a conditional block.", fields.MARKER),
        "ForEachTransformerAction": ClassSupport(Kind.ACTION, "Repeats the block per repeating item.", fields.FOR_EACH),
        "NextTransformerAction": ClassSupport(Kind.ACTION, "Ends a ForEach block.", fields.MARKER),
        "CommentTransformerAction": ClassSupport(Kind.ACTION, "Does nothing.", fields.COMMENT),
        "NotificationTransformerAction": ClassSupport(
            Kind.ACTION, "Records a notification; the listener writes it to its log.", fields.NOTIFICATION
        ),
        "CodeTransformerAction": ClassSupport(
            Kind.ACTION, "Runs a Python override of its C# code; refused without one.", fields.CODE
        ),
        "CreateParameterTransformerAction": ClassSupport(
            Kind.ACTION, "Sets a variable, or a parameter of a custom transformer.", fields.CREATE_PARAMETER
        ),
        "CustomTransformerAction": ClassSupport(
            Kind.ACTION, "Runs one of the custom transformers listed below; any other is refused.", fields.CUSTOM
        ),
        "CSVMessageTypeOption": ClassSupport(Kind.OPTIONS, "How CSV is read and written.", fields.CSV_OPTIONS),
        "TextMessageTypeOption": ClassSupport(Kind.OPTIONS, "How text is written.", fields.TEXT_OPTIONS),
        "DicomMessageTypeOptions": ClassSupport(
            Kind.OPTIONS, "Which parts the JSON view of a DICOM file has.", fields.DICOM_OPTIONS
        ),
    }
)
"""Class name, as it stands in ``$type`` after the namespace → what becomes of it."""

_PARTS: Final[Mapping[str, Mapping[str, Field]]] = MappingProxyType(
    {
        "workflow file": fields.WORKFLOW_FILE,
        "VariableCreator": fields.VARIABLE_DESCRIPTOR,
        "header": fields.HEADER,
        "OAuthSettings": fields.OAUTH,
        "DatabaseSettingParameter": fields.DATABASE_PARAMETER,
    }
)
"""Objects without a `$type` of their own → their fields."""


def fields_of(class_name: str) -> Mapping[str, Field]:
    """Return the field table of a class that runs, or of a part that has no ``$type``."""
    return _PARTS[class_name] if class_name in _PARTS else CLASSES[class_name].fields


def part_names() -> tuple[str, ...]:
    """Return the names of the objects that carry no ``$type``."""
    return tuple(_PARTS)
