"""
The doubtful points of the contract as named switches: what the vendor's pages leave open, a user can correct here.

`switches` describes each one. A switch is settled while a workflow is decoded and compiled; no request pays for it.
"""

from enum import StrEnum
from typing import Annotated, Final

import msgspec

from httpreceiver_workflow.options.option import Option


class TextFromType(StrEnum):
    """A1."""

    TIE_BREAKER = "tieBreaker"
    LITERAL = "literal"


class SenderDirections(StrEnum):
    """A2."""

    INBOUND_IS_RESPONSE = "inboundIsResponse"
    OUTBOUND_IS_RESPONSE = "outboundIsResponse"


class Conjunctions(StrEnum):
    """A4."""

    LEFT_TO_RIGHT = "leftToRight"
    AND_BEFORE_OR = "andBeforeOr"


class FilterOperand(StrEnum):
    """A5."""

    TO_PATH = "toPath"
    VALUE = "value"


class FilteredCustomResponse(StrEnum):
    """A6."""

    ACKNOWLEDGEMENT = "acknowledgement"
    TEMPLATE = "template"
    EMPTY = "empty"


class ErroredCustomResponse(StrEnum):
    """A7."""

    TEMPLATE_TELLING_ERROR = "templateTellingError"
    TEMPLATE = "template"
    ACKNOWLEDGEMENT = "acknowledgement"


class CompletedStatus(StrEnum):
    """A8."""

    OK = "ok"
    ACCEPTED = "accepted"


class FilteredStatus(StrEnum):
    """A8."""

    OK = "ok"
    ACCEPTED = "accepted"
    BAD_REQUEST = "badRequest"
    UNPROCESSABLE_CONTENT = "unprocessableContent"


class ErroredStatus(StrEnum):
    """A8."""

    INTERNAL_SERVER_ERROR = "internalServerError"
    OK = "ok"
    BAD_REQUEST = "badRequest"
    BAD_GATEWAY = "badGateway"
    SERVICE_UNAVAILABLE = "serviceUnavailable"


class ResponseContentType(StrEnum):
    """A8."""

    BY_MESSAGE_TYPE = "byMessageType"
    PLAIN_TEXT = "plainText"
    ABSENT = "absent"


class ResponseFlagOrder(StrEnum):
    """A9."""

    CUSTOM_FIRST = "customFirst"
    GENERATED_FIRST = "generatedFirst"


class CustomResponseAbsent(StrEnum):
    """A9."""

    UNLESS_OTHER_FLAG = "unlessOtherFlag"
    ALWAYS = "always"


class TemplateVariables(StrEnum):
    """A10."""

    ASSIGNED_LATE = "assignedLate"
    EARLY = "early"
    LATE = "late"


class FormattedVariables(StrEnum):
    """A11."""

    FORMATTED_AGAIN = "formattedAgain"
    FORMATTED_ONCE = "formattedOnce"


class TextFormatName(StrEnum):
    """A12: what a number of `TextFormat` may stand for."""

    NONE = "None"
    UPPER_CASE = "UpperCase"
    LOWER_CASE = "LowerCase"
    TITLE_CASE = "TitleCase"
    MC_NAME_CASE = "McNameCase"


class TruncationName(StrEnum):
    """A12: what a number of `Truncation` may stand for."""

    NONE = "None"
    TRUNCATE = "Truncate"
    TRIM = "Trim"


class EncodingName(StrEnum):
    """A12: what a number of `Encoding` may stand for."""

    NONE = "None"
    HL7_ENCODE = "HL7Encode"
    HL7_DECODE = "HL7Decode"
    HL7_QUOTES_ENCODE = "HL7QuotesEncode"
    HL7_QUOTES_DECODE = "HL7QuotesDecode"
    XML_ENCODE = "XMLEncode"
    XML_DECODE = "XMLDecode"
    CSV_ENCODE = "CSVEncode"
    JSON_ENCODE = "JSONEncode"
    JSON_DECODE = "JSONDecode"
    BASE64_ENCODE = "Base64Encode"
    BASE64_DECODE = "Base64Decode"
    URL_ENCODE = "URLEncode"
    URL_DECODE = "URLDecode"


class PaddingSide(StrEnum):
    """A13."""

    RIGHT_WHEN_POSITIVE = "rightWhenPositive"
    LEFT_WHEN_POSITIVE = "leftWhenPositive"


class UnknownModifier(StrEnum):
    """A14."""

    FORMAT = "format"
    IGNORED = "ignored"
    REFUSED = "refused"


class UnsetVariable(StrEnum):
    """A14."""

    EMPTY = "empty"
    AS_WRITTEN = "asWritten"


class LookupMiss(StrEnum):
    """A14."""

    UNCHANGED = "unchanged"
    EMPTY = "empty"


class IndexBase(StrEnum):
    """A15, A16."""

    ZERO = "zero"
    ONE = "one"


class JsonBooleans(StrEnum):
    """A17."""

    LOWER_CASE = "lowerCase"
    TITLE_CASE = "titleCase"


class JsonNull(StrEnum):
    """A17."""

    EMPTY = "empty"
    WORD = "word"


class JsonValues(StrEnum):
    """A18."""

    STRING = "string"
    AS_SPELT = "asSpelt"
    AS_BEFORE = "asBefore"


class Hl7Values(StrEnum):
    """A19."""

    ENCODED = "encoded"
    COMPONENTS_KEPT = "componentsKept"


class LoopPaths(StrEnum):
    """A20."""

    FIRST_OR_UNINDEXED = "firstOrUnindexed"
    UNINDEXED = "unindexed"
    UNMOVED = "unmoved"


class SampleAsDefault(StrEnum):
    """A21."""

    WHEN_EMPTY = "whenEmpty"
    IGNORED = "ignored"


class CsvHeader(StrEnum):
    """A22."""

    SKIPPED = "skipped"
    READ = "read"


class MessageTypeAbsent(StrEnum):
    """A23."""

    HL7 = "hl7"
    INFERRED = "inferred"


class DicomBody(StrEnum):
    """A24."""

    BASE64 = "base64"
    RAW = "raw"


class AppendedLine(StrEnum):
    """A25."""

    ERROR = "error"
    IGNORED = "ignored"
    AS_TEXT = "asText"


class MissingPath(StrEnum):
    """A26."""

    GROW = "grow"
    IGNORED = "ignored"
    ERROR = "error"


class InstanceIds(StrEnum):
    """A27."""

    PER_PROCESS = "perProcess"
    FROM_ARRIVAL = "fromArrival"


class ActivityFilters(StrEnum):
    """A28."""

    AFTER_BUILD = "afterBuild"
    BEFORE_BUILD = "beforeBuild"


_LIST: Final = msgspec.Meta(max_length=32)


class Compatibility(Option, frozen=True, kw_only=True):
    """
    `compatibility`: one field per switch, with what we take for right as its default.

    The three number lists say what 1, 2, 3 and so on stand for. None is our guess, which comes with a warning.
    """

    text_from_type: TextFromType = TextFromType.TIE_BREAKER
    sender_directions: SenderDirections = SenderDirections.INBOUND_IS_RESPONSE
    conjunctions: Conjunctions = Conjunctions.LEFT_TO_RIGHT
    filter_operand: FilterOperand = FilterOperand.TO_PATH
    filtered_custom_response: FilteredCustomResponse = FilteredCustomResponse.ACKNOWLEDGEMENT
    errored_custom_response: ErroredCustomResponse = ErroredCustomResponse.TEMPLATE_TELLING_ERROR
    completed_status: CompletedStatus = CompletedStatus.OK
    filtered_status: FilteredStatus = FilteredStatus.OK
    errored_status: ErroredStatus = ErroredStatus.INTERNAL_SERVER_ERROR
    response_content_type: ResponseContentType = ResponseContentType.BY_MESSAGE_TYPE
    response_flag_order: ResponseFlagOrder = ResponseFlagOrder.CUSTOM_FIRST
    custom_response_absent: CustomResponseAbsent = CustomResponseAbsent.UNLESS_OTHER_FLAG
    template_variables: TemplateVariables = TemplateVariables.ASSIGNED_LATE
    formatted_variables: FormattedVariables = FormattedVariables.FORMATTED_AGAIN
    text_format_numbers: Annotated[tuple[TextFormatName, ...], _LIST] | None = None
    truncation_numbers: Annotated[tuple[TruncationName, ...], _LIST] | None = None
    encoding_numbers: Annotated[tuple[EncodingName, ...], _LIST] | None = None
    padding_side: PaddingSide = PaddingSide.RIGHT_WHEN_POSITIVE
    unknown_modifier: UnknownModifier = UnknownModifier.FORMAT
    unset_variable: UnsetVariable = UnsetVariable.EMPTY
    lookup_miss: LookupMiss = LookupMiss.UNCHANGED
    sql_index_base: IndexBase = IndexBase.ZERO
    json_index_base: IndexBase = IndexBase.ONE
    json_booleans: JsonBooleans = JsonBooleans.LOWER_CASE
    json_null: JsonNull = JsonNull.EMPTY
    json_values: JsonValues = JsonValues.STRING
    hl7_values: Hl7Values = Hl7Values.ENCODED
    loop_paths: LoopPaths = LoopPaths.FIRST_OR_UNINDEXED
    sample_as_default: SampleAsDefault = SampleAsDefault.WHEN_EMPTY
    csv_header: CsvHeader = CsvHeader.SKIPPED
    message_type_absent: MessageTypeAbsent = MessageTypeAbsent.HL7
    dicom_body: DicomBody = DicomBody.BASE64
    append_line: AppendedLine = AppendedLine.ERROR
    missing_path: MissingPath = MissingPath.GROW
    instance_ids: InstanceIds = InstanceIds.PER_PROCESS
    activity_filters: ActivityFilters = ActivityFilters.AFTER_BUILD


DOCUMENTED: Final = Compatibility()
"""Every switch as it is without being set."""
