"""
The field tables behind `support`: class → field → applied, without effect or refused, one sentence each.

Sources: IntegrationSoup/Documentation, http-receiver.md, http-sender.md, file-writer.md, database-query.md,
database-reader.md, filter-host-setting.md, transformer-setting.md, variable-creator.md, message-type-options.md,
workflowfile.md, hl7-value-transformers.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.values import EMPTY_GUID


class Use(StrEnum):
    """What becomes of a field."""

    APPLIED = "applied"
    NO_EFFECT = "without effect"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Field:
    """
    One field of one class.

    Attributes:
        note: what it does, or why it does nothing.
        warns: whether setting a field without effect is worth a warning, because its author expects an effect.
        harmless: values that never warn and are never refused, besides those of `is_set`.
    """

    use: Use
    note: str
    warns: bool = False
    harmless: tuple[object, ...] = ()


def is_set(value: object) -> bool:
    """Whether *value* says something: not null, false, 0, empty or the empty GUID."""
    return bool(value) and value != EMPTY_GUID


Fields = Mapping[str, Field]


def _does(note: str) -> Field:
    return Field(Use.APPLIED, note)


def _silent(note: str) -> Field:
    """Return a field that the product writes by itself: nothing to warn of."""
    return Field(Use.NO_EFFECT, note)


def _vain(note: str, *harmless: object) -> Field:
    """Return a field without effect whose author would expect one."""
    return Field(Use.NO_EFFECT, note, warns=True, harmless=harmless)


def _refused(note: str, *harmless: object) -> Field:
    return Field(Use.REFUSED, note, harmless=harmless)


def _table(*parts: Fields, **own: Field) -> Fields:
    return MappingProxyType({name: entry for part in (*parts, own) for name, entry in part.items()})


_EDITOR: Final = _silent("Only the product's editor uses it.")
_METADATA: Final = _silent("Metadata; never changes processing.")
_LEGACY_CERTIFICATE: Final = "a legacy field; CertificateThumbPrint alone picks the server certificate."
_SAMPLE: Final = _silent("A sample for the editor.")

WORKFLOW_FILE: Final = _table(
    WorkflowPattern=_does("The settings."),
    WorkflowPatterns=_does("Read when WorkflowPattern is missing."),
    Settings=_does("Read when WorkflowPattern is missing."),
    Comments=_METADATA,
    Modified=_METADATA,
    ImportedDate=_METADATA,
    Name=_METADATA,
    WorkflowId=_METADATA,
    Version=_METADATA,
)

# --- what many classes share ---------------------------------------------------------------------------------------

_IDENTITY: Final = _table(
    Id=_does("What links name."),
    Name=_does("Label in messages and logs."),
    Version=_METADATA,
    LastModified=_METADATA,
)

_ACTIVITY: Final = _table(
    _IDENTITY,
    Disabled=_does("True: the activity is skipped, and nothing inside it is looked at."),
    Filters=_does("FilterHostSetting that decides whether this activity runs."),
    Transformers=_does("TransformerSetting that runs just before this activity."),
    TransformersNotAvailable=_does("True: the linked transformers do not run."),
    MessageTemplate=_does("The message that is sent, with placeholders."),
    MessageType=_does("Type of the message that is sent and of the response."),
    MessageTypeOptions=_does("How CSV, text or DICOM is read and written."),
    ResponseMessageTemplate=_SAMPLE,
    ResponseMessageType=_silent("The response is read as MessageType."),
    DifferentResponseMessageType=_vain("the response is read as MessageType."),
    ResponseNotAvailable=_EDITOR,
    FiltersNotAvailable=_EDITOR,
    DisableNotAvailable=_EDITOR,
    InboundMessageNotAvailable=_EDITOR,
    Sender=_silent("Obsolete."),
)

_SOURCE_SETTINGS: Final = _table(
    FromSetting=_does("Setting whose message is read; the receiver when empty."),
    FromDirection=_does("Which message of that setting; 2 is literal text with placeholders."),
    FromType=_does("Tells literal text from a path only when setting and direction are both missing."),
)
_SOURCE: Final = _table(
    _SOURCE_SETTINGS,
    FromPath=_does("Path in the message, or literal text with placeholders."),
    FromNamespaces=_does("Prefixes of an XML path."),
)
_UNUSED_SOURCE: Final = MappingProxyType({name: _silent("This action reads nothing.") for name in _SOURCE})
_ACTION: Final = _table(PairId=_EDITOR)

_FORMATTING: Final = _table(
    Format=_does(".NET number or date format."),
    TextFormat=_does("Case change; a name is certain, a number above 0 is a guess."),
    Truncation=_does("Cut; a name is certain, a number above 0 is a guess."),
    TruncationLength=_does("Length for Truncation."),
    Remove=_does("Text to remove."),
    Replace=_does("Text to replace."),
    ReplaceWith=_does("What replaces it."),
    Lookup=_does("Name of a lookup table of the host."),
    PaddingLength=_does("Width to pad to: positive on the right, negative on the left."),
    Encoding=_does("Encoder by name; a number above 0 is unpublished and changes nothing."),
)

_WRITES_TO: Final = _table(
    ToSetting=_does("Must be empty or the setting the list belongs to."),
    ToDirection=_does("2 writes a variable; 0 and 1 both mean the list's own message."),
)

# --- settings ------------------------------------------------------------------------------------------------------

HTTP_RECEIVER: Final = _table(
    Id=_does("Identity of the workflow."),
    Name=_does("Label."),
    WorkflowPatternName=_does("Label; Name when blank."),
    Version=_METADATA,
    LastModified=_METADATA,
    Disabled=_does("True: the endpoint is not hosted."),
    MessageType=_does("Type of the request and of the custom response; 1 HL7 when missing, 0 is inferred."),
    MessageTypeOptions=_does("How CSV or DICOM is read."),
    ReceivedMessageTemplate=_does("A sample, shown in the request to try; never used for a request."),
    ServiceName=_does("Path of the URL."),
    Port=_does("Port of a self-hosted receiver."),
    UseSsl=_does("HTTPS for a self-hosted receiver."),
    UseDefaultSSLCertificate=_does("True: the host's own certificate; false: the one CertificateThumbPrint names."),
    CertificateThumbPrint=_does("Server certificate when UseDefaultSSLCertificate is false."),
    CertificateFromFile=_vain(_LEGACY_CERTIFICATE),
    CertificatePath=_vain(_LEGACY_CERTIFICATE),
    CertificatePassword=_vain(_LEGACY_CERTIFICATE),
    CertificateStoreLocation=_silent("A legacy field; CertificateThumbPrint alone picks the server certificate."),
    CertificateStoreName=_silent("A legacy field; CertificateThumbPrint alone picks the server certificate."),
    CertificateX509FindType=_silent("A legacy field; CertificateThumbPrint alone picks the server certificate."),
    UseIntegrationHostServiceAddress=_does("True: served below the host's shared address."),
    Authentication=_does("HTTP Basic; enforced only with UseSsl on a self-hosted receiver."),
    AuthenticationUserName=_does("Expected user name; a lone ${Global} names a global variable."),
    AuthenticationPassword=_does("Expected password; a lone ${Global} names a global variable."),
    RequireClientCertificate=_does("Self-hosted only with UseSsl; hosted always."),
    ClientCertificateThumbPrint=_does("Accepted thumbprints; the presented one must occur inside this text."),
    ExtractParameters=_does("Switches QueryStringParameters on."),
    QueryStringParameters=_does("Query parameters that become variables."),
    ExtractUrlSections=_does("Switches UrlSections on."),
    UrlSections=_does("Path segments after ServiceName that become variables, by position."),
    ResponseMessageTemplate=_does("Body of the custom response, with placeholders."),
    ReturnCustomResponse=_does("Answer with ResponseMessageTemplate; true when missing and no other mode is on."),
    ReturnNoResponse=_does("Answer with an empty body."),
    ReponsePriority=_does("When the answer is given (spelt so)."),
    Transformers=_does("TransformerSetting for the custom response."),
    ReturnResponseFromActivity=_does("Answer with an activity's response."),
    ReturnResponseFromActivityId=_does("That activity."),
    ReturnResponseFromActivityName=_does("Its name in error texts."),
    ReturnApplicationAccept=_does("Answer with a generated accept; only HL7 has a body."),
    ReturnApplicationReject=_does("Answer with a generated reject; only HL7 has a body."),
    RejectMessage=_does("Text of a generated reject."),
    ReturnApplicationError=_does("Answer with a generated error; only HL7 has a body."),
    ErrorMessage=_does("Text of a generated error."),
    Activities=_does("Senders in run order; one that is listed twice runs twice."),
    Filters=_does("FilterHostSetting that gates the whole run."),
    VariableTransformers=_does("TransformerSetting that runs after the gate."),
    TransformersNotAvailable=_does("True: the response transformers do not run."),
    AddIncomingMessageToCurrentTab=_EDITOR,
    MessageTemplate=_silent("A receiver sends nothing."),
    ResponseMessageType=_silent("The response has the type of MessageType."),
    DifferentResponseMessageType=_vain("the response has the type of MessageType."),
    ResponseNotAvailable=_EDITOR,
    FiltersNotAvailable=_EDITOR,
    DisableNotAvailable=_EDITOR,
    InboundMessageNotAvailable=_EDITOR,
    Sender=_silent("Obsolete."),
)

VARIABLE_DESCRIPTOR: Final = _table(
    VariableName=_does("The variable that is set; a query parameter's own name when blank."),
    SampleVariableValue=_does("The default when SampleValueIsDefaultValue is true, else a sample."),
    SampleValueIsDefaultValue=_does("True: SampleVariableValue is the default."),
    VariableType=_silent("Has no meaning in a receiver."),
)

HTTP_SENDER: Final = _table(
    _ACTIVITY,
    Server=_does("URL, with placeholders."),
    Method=_does("POST, GET, PUT or DELETE; GET sends no body."),
    ContentType=_does("Content-Type of the request."),
    Encoding=_does("Encoding of the request body and of text responses; utf-8 when blank."),
    TimeoutSeconds=_does("Time limit of the call."),
    WaitForResponse=_does("False: the call is made and awaited but its response is not kept."),
    Headers=_does("Request headers."),
    Authentication=_does("The older switch for Basic authentication."),
    AuthenticationMode=_does("None, Basic or OAuth2."),
    UserName=_does("User name for Basic; a lone ${Global} names a global variable."),
    Password=_does("Password for Basic; a lone ${Global} names a global variable."),
    OAuthSettings=_does("Client-credentials grant for OAuth2."),
    UseAuthenticationCertificate=_does("Present a client certificate."),
    AuthenticationCertificateThumbprint=_does("That certificate."),
    UseProxy=_does("The environment's proxy, a manual one, or none."),
    ProxyAddress=_does("Manual proxy."),
    ProxyUserName=_does("User name for the manual proxy; a lone ${Global} names a global variable."),
    ProxyPassword=_does("Password for the manual proxy; a lone ${Global} names a global variable."),
    PreAuthenticate=_silent("Basic credentials are always sent with the first request."),
    UseDefaultCredentials=_vain("there is no Windows account to send."),
)

HEADER: Final = _table(
    _SOURCE_SETTINGS,
    MappingProxyType({name: _vain("header values are not formatted.") for name in _FORMATTING}),
    Name=_does("Name of the header; an entry without one is skipped."),
    Value=_does("Its value: a path, or literal text with placeholders."),
    FromNamespaces=_does("Prefixes of an XML path."),
    TruncationLength=_silent("Header values are not formatted."),
    FromPath=_vain("the value of a header stands in Value."),
)

OAUTH: Final = _table(
    GrantType=_refused("only the client-credentials grant (0) exists.", "ClientCredentials"),
    TokenEndpoint=_does("Where tokens come from, with placeholders."),
    ClientId=_does("With placeholders."),
    ClientSecret=_does("With placeholders; should be a lone ${Global}."),
    Scope=_does("With placeholders."),
    ResourceOrAudience=_does("Value of the audience or resource parameter."),
    ResourceParameterType=_does("None, audience or resource."),
    ClientAuthenticationStyle=_does("Client id and secret in a Basic header or in the body."),
    ExpirySkewSeconds=_does("How long before its expiry a token is renewed."),
)

FILE_WRITER: Final = _table(
    _ACTIVITY,
    FilePathToWrite=_does("File to write, with placeholders; it must lie below a permitted directory."),
    MoveIntoDirectoryOnComplete=_does("Move finished files away."),
    DirectoryToMoveInto=_does("Where to."),
    MaxRecordsPerFile=_does(
        "Records after which a file is finished, in move mode; above 1 HL7 messages get a line end."
    ),
)

DATABASE_SENDER: Final = _table(
    _ACTIVITY,
    MessageTemplate=_does("The SQL text; a placeholder becomes part of the SQL, with a warning: parameters are safer."),
    MessageType=_does("Type of the SQL text for mappings into it; 6 SQL when missing."),
    ConnectionString=_does("Which database, with placeholders (databases.md); config=Name is refused."),
    DataProvider=_does("7 Sqlite runs; every other provider is refused by name, also 0, which a missing one means."),
    Parameters=_does("Values for the parameters of the SQL, always bound as text."),
    ResponseNotAvailable=_does("False: the first row of the first result set is the response; true when missing."),
    ResponseMessageType=_vain("a row is always CSV.", 5, "CSV", "Csv", "csv"),
    DifferentResponseMessageType=_silent("A row is always CSV."),
)

CODE_SENDER: Final = _table(
    _ACTIVITY,
    Code=_does("C#; runs as the Python override that is pinned to it (code-overrides.md)."),
    UseResponse=_does("True: a response is there before the code runs."),
    ResponseMessageTemplate=_does("Text of that response; placeholders are not expanded."),
    ResponseMessageType=_does("Type of the response; 0: what its template shows, else MessageType."),
    DifferentResponseMessageType=_silent("ResponseMessageType says it."),
    VariableNames=_silent("For the editor; the code may set any variable."),
)

DATABASE_PARAMETER: Final = _table(
    _SOURCE_SETTINGS,
    _FORMATTING,
    Name=_does("The parameter as the SQL names it, such as @p; letter case does not matter."),
    Value=_does("Its value: literal text with placeholders, or a path."),
    FromDirection=_does("Which message of FromSetting; 2, also when missing, is literal text with placeholders."),
    FromType=_does("A known kind; a path is read by the type of its message all the same."),
    FromNamespaces=_does("Prefixes of an XML path."),
    IsValid=_EDITOR,
    AllowBinding=_EDITOR,
    Start=_EDITOR,
    End=_EDITOR,
    FromPath=_vain("the value of a parameter stands in Value."),
)

FILTER_HOST: Final = _table(
    _IDENTITY,
    Filters=_does("Filters; an empty list lets everything through."),
    Transformers=_does("Actions that run before the filters."),
)

TRANSFORMER_LIST: Final = _table(
    _IDENTITY,
    Transformers=_does("Actions, in order."),
)

# --- filters -------------------------------------------------------------------------------------------------------

STRING_FILTER: Final = _table(
    _SOURCE_SETTINGS,
    Path=_does("Left operand: a path, or literal text with placeholders."),
    FromType=_does("A known kind; a path is read by the type of its message all the same."),
    FromNamespaces=_does("Prefixes of an XML path."),
    Comparer=_does("How the two texts are compared."),
    Value=_does("Right operand, with placeholders, unless ToPath is set."),
    ToPath=_does("Right operand as a path or literal text; wins over Value."),
    ToSetting=_does("Setting whose message ToPath reads."),
    ToDirection=_does("Which message of that setting."),
    ToType=_does("Tells literal text from a path only when setting and direction are both missing."),
    ToNamespaces=_does("Prefixes of an XML ToPath."),
    Not=_does("Inverts the result."),
    Conjunction=_does("How this filter joins the next one."),
    CaseSensitive=_does("True: upper and lower case differ."),
    IncludesRepeatFields=_does("HL7: any repetition of the field may pass."),
)

DATE_FILTER: Final = _table(
    MappingProxyType(
        {name: entry for name, entry in STRING_FILTER.items() if name not in ("CaseSensitive", "IncludesRepeatFields")}
    ),
    Path=_does("Left operand: the path of a date, or literal text with placeholders."),
    Comparer=_does("How the two dates are compared; what is no date is neither equal, greater nor less."),
)

VALID_FILTER: Final = _table(
    MappingProxyType({name: _silent("The whole message is looked at.") for name in DATE_FILTER}),
    FromSetting=_does("Setting whose message is looked at; the receiver when empty."),
    FromDirection=_does("Which message of that setting; 2, literal text, is refused."),
    Comparer=_does("Valid or invalid."),
    Not=_does("Inverts the result."),
    Conjunction=_does("How this filter joins the next one."),
)

FILTER_GROUP: Final = _table(
    MappingProxyType({name: _silent("A group compares nothing.") for name in STRING_FILTER}),
    Conjunction=_does("How the group before joins the group after."),
    Not=_vain("a group cannot be inverted."),
)

# --- actions -------------------------------------------------------------------------------------------------------

CREATE_VARIABLE: Final = _table(
    _SOURCE,
    _FORMATTING,
    _ACTION,
    VariableName=_does("The variable."),
    SampleVariableValue=_does("Stored when the value is empty and SampleValueIsDefaultValue is true."),
    SampleValueIsDefaultValue=_does("True: SampleVariableValue is the default."),
    VariableType=_silent("Workflow variables only."),
)

CREATE_MAPPING: Final = _table(
    _SOURCE,
    _FORMATTING,
    _WRITES_TO,
    _ACTION,
    ToPath=_does("Place to write to, or a variable's name when ToDirection is 2."),
    ToType=_silent("The path is read by the type of the message."),
    ToNamespaces=_does("Prefixes of an XML ToPath."),
    AllowMessageStructureToChange=_does("True: write raw structure instead of an encoded value."),
)

APPEND_LINE: Final = _table(
    _SOURCE,
    _WRITES_TO,
    _ACTION,
    ToDirection=_does("0 and 1 both mean the list's own message; 2, a variable, is refused."),
    ToType=_silent("The line goes to the end of the message."),
    ToPath=_silent("The line goes to the end of the message."),
    ToNamespaces=_silent("The line goes to the end of the message."),
)

BEGIN_CONDITIONAL: Final = _table(
    _UNUSED_SOURCE,
    _ACTION,
    Filters=_does("The condition; an empty list is true."),
)

FOR_EACH: Final = _table(_SOURCE, _ACTION)
MARKER: Final = _table(_UNUSED_SOURCE, _ACTION)
COMMENT: Final = _table(_UNUSED_SOURCE, _ACTION, Comment=_silent("The comment."))

CODE: Final = _table(
    _UNUSED_SOURCE,
    _ACTION,
    Code=_does("C#; runs as the Python override that is pinned to it (code-overrides.md)."),
    Comment=_silent("The comment."),
    VariableNames=_silent("For the editor; the code may set any variable."),
)

NOTIFICATION: Final = _table(_SOURCE, _ACTION, Critical=_does("True: marked as critical."))

CREATE_PARAMETER: Final = _table(
    _SOURCE,
    _ACTION,
    ParameterName=_does("The variable; of a custom transformer's parameter its key in Parameters counts."),
    ParameterDescription=_silent("A description for the editor."),
    IsRequired=_does("True: a blank value errors the run."),
)

CUSTOM: Final = _table(
    _UNUSED_SOURCE,
    _ACTION,
    CustomTransformerTypeName=_does("Which transformer; namespace and assembly do not matter."),
    CustomTransformerName=_silent("Label for the editor."),
    Parameters=_does("Parameter name to CreateParameterTransformerAction."),
)

# --- message type options ------------------------------------------------------------------------------------------

CSV_OPTIONS: Final = _table(
    Delimiter=_does("Character between two fields; a comma when missing."),
    HasHeader=_does("True: the first line of a longer body is skipped."),
    Header=_does("First line of a new file, written by the file writer."),
    HasFooter=_vain("footers are neither read nor written."),
    Footer=_vain("footers are neither read nor written."),
)

TEXT_OPTIONS: Final = _table(
    Header=_does("First line of a new file, written by the file writer."),
    HasHeader=_silent("A header that is not empty is written."),
    HasFooter=_vain("footers are neither read nor written."),
    Footer=_vain("footers are neither read nor written."),
    MessageDivisionType=_silent("An HTTP body is always one message."),
    Delimiter=_silent("An HTTP body is always one message."),
)

DICOM_OPTIONS: Final = _table(
    IncludeCommonFieldsNode=_does("False: the view of a file has no common fields such as PatientID at its top."),
    IncludeReportNode=_does("False: the view of a structured report has no Report."),
    IncludeTagsNode=_does("False: the view of a file has no Tags, which hold every element."),
)
