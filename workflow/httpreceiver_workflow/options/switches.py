"""
What each switch of `compatibility` decides. The CRD, docs/supported.md, lint and `explain` tell what stands here.

The point is a row of contract 11; where the vendor's pages decide nothing, or where no other behaviour could be had,
a point is settled without a switch, and `SETTLED` says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.options.compatibility import (
    ActivityFilters,
    AppendedLine,
    Compatibility,
    CompletedStatus,
    Conjunctions,
    CsvHeader,
    CustomResponseAbsent,
    DicomBody,
    EncodingName,
    ErroredCustomResponse,
    ErroredStatus,
    FilteredCustomResponse,
    FilteredStatus,
    FilterOperand,
    FormattedVariables,
    Hl7Values,
    IndexBase,
    InstanceIds,
    JsonBooleans,
    JsonNull,
    JsonValues,
    LookupMiss,
    LoopPaths,
    MessageTypeAbsent,
    MissingPath,
    PaddingSide,
    ResponseContentType,
    ResponseFlagOrder,
    SampleAsDefault,
    SenderDirections,
    TemplateVariables,
    TextFormatName,
    TextFromType,
    TruncationName,
    UnknownModifier,
    UnsetVariable,
)


@dataclass(frozen=True, slots=True)
class Switch:
    """
    One switch.

    Attributes:
        point: the row of contract 11.
        field: of `Compatibility`.
        meaning: what it decides, one sentence.
        values: value → what it means; the default first. Of a list the names its items may have.
        is_list: an ordered list of names, one per number from 1.
    """

    point: str
    field: str
    meaning: str
    values: Mapping[StrEnum, str]
    is_list: bool = False

    @property
    def name(self) -> str:
        """As the API spells it."""
        return NAMES[self.field]

    @property
    def remedy(self) -> str:
        """What can be chosen, one sentence."""
        if self.is_list:
            return f"Set it to a list of {', '.join(self.values)}."
        return f"Set it to {'; '.join(f'{value}: {note}' for value, note in self.values.items())}."

    @property
    def default(self) -> str:
        """The default as people write it; what stands for a list says what is guessed."""
        return _GUESSES[self.field] if self.is_list else str(next(iter(self.values)))


NAMES: Final[Mapping[str, str]] = MappingProxyType(
    dict(zip(Compatibility.__struct_fields__, Compatibility.__struct_encode_fields__, strict=True))
)
"""Field → name in the API."""

_GUESSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "text_format_numbers": "a guess: UpperCase, LowerCase, TitleCase, McNameCase",
        "truncation_numbers": "a guess: Truncate, Trim",
        "encoding_numbers": "none: a number changes nothing",
    }
)


def _numbers(field: str, member: str, names: type[StrEnum]) -> Switch:
    meaning = f"What the numbers 1, 2, 3, … of `{member}` stand for, in this order; with it no number is a guess."
    return Switch("A12", field, meaning, dict.fromkeys(names, ""), is_list=True)


SWITCHES: Final = (
    Switch(
        "A1",
        "text_from_type",
        "When a `FromType` of 7 or 13 makes the path literal text.",
        {TextFromType.TIE_BREAKER: "only without a direction and a setting", TextFromType.LITERAL: "always"},
    ),
    Switch(
        "A2",
        "sender_directions",
        "Which message of a sender each direction means.",
        {
            SenderDirections.INBOUND_IS_RESPONSE: "inbound is the response it got, outbound what it sent",
            SenderDirections.OUTBOUND_IS_RESPONSE: "outbound is the response it got, inbound what it sent",
        },
    ),
    Switch(
        "A4",
        "conjunctions",
        "How filters, and groups of them, are joined by And and Or.",
        {
            Conjunctions.LEFT_TO_RIGHT: "strictly from left to right",
            Conjunctions.AND_BEFORE_OR: "And binds more closely than Or",
        },
    ),
    Switch(
        "A5",
        "filter_operand",
        "What a filter compares with when both `ToPath` and `Value` are set.",
        {FilterOperand.TO_PATH: "`ToPath`", FilterOperand.VALUE: "`Value`"},
    ),
    Switch(
        "A6",
        "filtered_custom_response",
        "What a receiver with a custom response answers to a filtered request.",
        {
            FilteredCustomResponse.ACKNOWLEDGEMENT: "AR to HL7, nothing to other types",
            FilteredCustomResponse.TEMPLATE: "the custom response",
            FilteredCustomResponse.EMPTY: "nothing",
        },
    ),
    Switch(
        "A7",
        "errored_custom_response",
        "What a receiver with a custom response answers when the run errored.",
        {
            ErroredCustomResponse.TEMPLATE_TELLING_ERROR: "the custom response if it reads the error, else AE to HL7",
            ErroredCustomResponse.TEMPLATE: "the custom response",
            ErroredCustomResponse.ACKNOWLEDGEMENT: "AE to HL7, nothing to other types",
        },
    ),
    Switch(
        "A8",
        "completed_status",
        "HTTP status of a completed run.",
        {CompletedStatus.OK: "200", CompletedStatus.ACCEPTED: "202"},
    ),
    Switch(
        "A8",
        "filtered_status",
        "HTTP status of a run that the receiver's filters ended.",
        {
            FilteredStatus.OK: "200",
            FilteredStatus.ACCEPTED: "202",
            FilteredStatus.BAD_REQUEST: "400",
            FilteredStatus.UNPROCESSABLE_CONTENT: "422",
        },
    ),
    Switch(
        "A8",
        "errored_status",
        "HTTP status of a run that errored, or whose response should come from an activity that gave none.",
        {
            ErroredStatus.INTERNAL_SERVER_ERROR: "500",
            ErroredStatus.OK: "200",
            ErroredStatus.BAD_REQUEST: "400",
            ErroredStatus.BAD_GATEWAY: "502",
            ErroredStatus.SERVICE_UNAVAILABLE: "503",
        },
    ),
    Switch(
        "A8",
        "response_content_type",
        "Content-Type of a response.",
        {
            ResponseContentType.BY_MESSAGE_TYPE: "that of the message's type",
            ResponseContentType.PLAIN_TEXT: "`text/plain; charset=utf-8`, but `application/octet-stream` for Binary",
            ResponseContentType.ABSENT: "none",
        },
    ),
    Switch(
        "A9",
        "response_flag_order",
        "Which response flag counts when several are true; no response and an activity's response go first.",
        {
            ResponseFlagOrder.CUSTOM_FIRST: "custom, error, reject, accept",
            ResponseFlagOrder.GENERATED_FIRST: "error, reject, accept, custom",
        },
    ),
    Switch(
        "A9",
        "custom_response_absent",
        "When `ReturnCustomResponse` counts as true although it is absent.",
        {
            CustomResponseAbsent.UNLESS_OTHER_FLAG: "while no other response flag is true",
            CustomResponseAbsent.ALWAYS: "always",
        },
    ),
    Switch(
        "A10",
        "template_variables",
        "When a template's placeholders get their values.",
        {
            TemplateVariables.ASSIGNED_LATE: "before its transformers, but after them where they set the variable",
            TemplateVariables.EARLY: "all before its transformers",
            TemplateVariables.LATE: "all after its transformers",
        },
    ),
    Switch(
        "A11",
        "formatted_variables",
        "What the modifiers of a placeholder work on when an action formatted the variable.",
        {
            FormattedVariables.FORMATTED_AGAIN: "the formatted value",
            FormattedVariables.FORMATTED_ONCE: "the value before the action formatted it",
        },
    ),
    _numbers("text_format_numbers", "TextFormat", TextFormatName),
    _numbers("truncation_numbers", "Truncation", TruncationName),
    _numbers("encoding_numbers", "Encoding", EncodingName),
    Switch(
        "A13",
        "padding_side",
        "Which side a padding fills.",
        {
            PaddingSide.RIGHT_WHEN_POSITIVE: "the right for a positive length, the left for a negative one",
            PaddingSide.LEFT_WHEN_POSITIVE: "the left for a positive length, the right for a negative one",
        },
    ),
    Switch(
        "A14",
        "unknown_modifier",
        "What becomes of a part of a placeholder that is a name and no known modifier, such as `Reverse` or `Pad(3)`.",
        {
            UnknownModifier.FORMAT: "it is a .NET format",
            UnknownModifier.IGNORED: "nothing",
            UnknownModifier.REFUSED: "the workflow is refused",
        },
    ),
    Switch(
        "A14",
        "unset_variable",
        "What the placeholder of a variable that nothing has set becomes.",
        {UnsetVariable.EMPTY: "empty text", UnsetVariable.AS_WRITTEN: "it stays as written"},
    ),
    Switch(
        "A14",
        "lookup_miss",
        "What becomes of a value that a lookup table without a default does not have.",
        {LookupMiss.UNCHANGED: "it stays", LookupMiss.EMPTY: "empty text"},
    ),
    Switch(
        "A15",
        "sql_index_base",
        "The number of the first column in a path into a database activity's response.",
        {IndexBase.ZERO: "0", IndexBase.ONE: "1"},
    ),
    Switch(
        "A16",
        "json_index_base",
        "The index of an array's first item in a JSON path; `newtonsoft:` paths always count from 0.",
        {IndexBase.ONE: "1", IndexBase.ZERO: "0"},
    ),
    Switch(
        "A17",
        "json_booleans",
        "How a JSON true or false reads as text.",
        {JsonBooleans.LOWER_CASE: "`true`, `false`", JsonBooleans.TITLE_CASE: "`True`, `False`"},
    ),
    Switch(
        "A17",
        "json_null",
        "How a JSON null reads as text.",
        {JsonNull.EMPTY: "empty text", JsonNull.WORD: "`null`"},
    ),
    Switch(
        "A18",
        "json_values",
        "What type a value has that is written into JSON without `AllowMessageStructureToChange`.",
        {
            JsonValues.STRING: "a string",
            JsonValues.AS_SPELT: "number, boolean or null where the text spells one, else a string",
            JsonValues.AS_BEFORE: "number or boolean where one stood and the text spells one, else a string",
        },
    ),
    Switch(
        "A19",
        "hl7_values",
        "What becomes of delimiters in a value written into HL7 without `AllowMessageStructureToChange`.",
        {
            Hl7Values.ENCODED: "all are escaped",
            Hl7Values.COMPONENTS_KEPT: "those of components and subcomponents make parts of the place written to",
        },
    ),
    Switch(
        "A20",
        "loop_paths",
        "Which source paths inside a ForEach go through its items.",
        {
            LoopPaths.FIRST_OR_UNINDEXED: "those with the index of the first item, or none",
            LoopPaths.UNINDEXED: "those without an index",
            LoopPaths.UNMOVED: "none; authors write `${ForEachIterator}`",
        },
    ),
    Switch(
        "A21",
        "sample_as_default",
        "What `SampleValueIsDefaultValue` does in a CreateVariable action.",
        {
            SampleAsDefault.WHEN_EMPTY: "an empty result keeps the variable's value, or becomes the sample",
            SampleAsDefault.IGNORED: "nothing",
        },
    ),
    Switch(
        "A22",
        "csv_header",
        "Which record a CSV message with `HasHeader` is.",
        {CsvHeader.SKIPPED: "the second of its text", CsvHeader.READ: "the first of its text"},
    ),
    Switch(
        "A23",
        "message_type_absent",
        "The type of a receiver's messages when `MessageType` is absent.",
        {MessageTypeAbsent.HL7: "HL7", MessageTypeAbsent.INFERRED: "inferred from the text"},
    ),
    Switch(
        "A24",
        "dicom_body",
        "How the body of a request to a DICOM or Binary receiver holds a DICOM file.",
        {
            DicomBody.BASE64: "as base64 text",
            DicomBody.RAW: "as bytes too: told by its prefix, or by Content-Type `application/dicom`",
        },
    ),
    Switch(
        "A25",
        "append_line",
        "What AppendLine does to a message without lines: XML, JSON, DICOM, Binary.",
        {
            AppendedLine.ERROR: "the run errors",
            AppendedLine.IGNORED: "nothing",
            AppendedLine.AS_TEXT: "the line is put behind the text",
        },
    ),
    Switch(
        "A26",
        "missing_path",
        "What a mapping to an XML, JSON or CSV place does that is not there; CSV never grows.",
        {MissingPath.GROW: "the place is made", MissingPath.IGNORED: "nothing", MissingPath.ERROR: "the run errors"},
    ),
    Switch(
        "A27",
        "instance_ids",
        "What `${WorkflowInstanceId}` is.",
        {
            InstanceIds.PER_PROCESS: "the number of the run in its process, from 1",
            InstanceIds.FROM_ARRIVAL: "made of the time of arrival, so that it grows over restarts too",
        },
    ),
    Switch(
        "A28",
        "activity_filters",
        "When an activity's filters are asked.",
        {
            ActivityFilters.AFTER_BUILD: "when its message is built",
            ActivityFilters.BEFORE_BUILD: "before its message is built, so they cannot read it",
        },
    ),
)
"""In the order of contract 11."""

SETTLED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "A3": "A list writes to its own message only, so `ToDirection` has nothing to choose; it is ignored.",
        "A29": "`${ClientIP}` is the peer of the connection; no header that a caller can write counts. Where the peer "
        "is one of the host's `trustedProxies`, it is the caller that these tell in `X-Forwarded-For`.",
        "A30": "`ServiceName` is compared decoded and without regard to case; two receivers whose names differ only in "
        "case claim the same address, and anything else would let one shadow the other.",
    }
)
"""Points without a switch, and why."""
