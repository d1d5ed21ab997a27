"""
The field tables behind `support`: class → field → applied, without effect or refused, one sentence each.

Sources: IntegrationSoup/Documentation, http-receiver.md, http-sender.md, file-writer.md, database-query.md,
database-reader.md, filter-host-setting.md, transformer-setting.md, variable-creator.md, message-type-options.md,
workflowfile.md, hl7-value-transformers.md.
"""

from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.field_use import does, refused, silent, table, vain

_EDITOR: Final = silent("Only the product's editor uses it.")
_METADATA: Final = silent("Metadata; never changes processing.")
_LEGACY_CERTIFICATE: Final = "a legacy field; CertificateThumbPrint alone picks the server certificate."
_SAMPLE: Final = silent("A sample for the editor.")

WORKFLOW_FILE: Final = table(
    WorkflowPattern=does("The settings."),
    WorkflowPatterns=does("Read when WorkflowPattern is missing."),
    Settings=does("Read when WorkflowPattern is missing."),
    Comments=_METADATA,
    Modified=_METADATA,
    ImportedDate=_METADATA,
    Name=_METADATA,
    WorkflowId=_METADATA,
    Version=_METADATA,
)

# --- what many classes share ---------------------------------------------------------------------------------------

_IDENTITY: Final = table(
    Id=does("What links name."),
    Name=does("Label in messages and logs."),
    Version=_METADATA,
    LastModified=_METADATA,
)

_ACTIVITY: Final = table(
    _IDENTITY,
    Disabled=does("True: the activity is skipped, and nothing inside it is looked at."),
    Filters=does("FilterHostSetting that decides whether this activity runs."),
    Transformers=does("TransformerSetting that runs just before this activity."),
    TransformersNotAvailable=does("True: the linked transformers do not run."),
    MessageTemplate=does("The message that is sent, with placeholders."),
    MessageType=does("Type of the message that is sent and of the response."),
    MessageTypeOptions=does("How CSV, text or DICOM is read and written."),
    ResponseMessageTemplate=_SAMPLE,
    ResponseMessageType=silent("The response is read as MessageType."),
    DifferentResponseMessageType=vain("the response is read as MessageType."),
    ResponseNotAvailable=_EDITOR,
    FiltersNotAvailable=_EDITOR,
    DisableNotAvailable=_EDITOR,
    InboundMessageNotAvailable=_EDITOR,
    Sender=silent("Obsolete."),
)

_SOURCE_SETTINGS: Final = table(
    FromSetting=does("Setting whose message is read; the receiver when empty."),
    FromDirection=does("Which message of that setting; 2 is literal text with placeholders."),
    FromType=does("Tells literal text from a path only when setting and direction are both missing."),
)
_SOURCE: Final = table(
    _SOURCE_SETTINGS,
    FromPath=does("Path in the message, or literal text with placeholders."),
    FromNamespaces=does("Prefixes of an XML path."),
)
_UNUSED_SOURCE: Final = MappingProxyType({name: silent("This action reads nothing.") for name in _SOURCE})
_ACTION: Final = table(PairId=_EDITOR)

_FORMATTING: Final = table(
    Format=does(".NET number or date format."),
    TextFormat=does("Case change; a name is certain, a number above 0 is a guess."),
    Truncation=does("Cut; a name is certain, a number above 0 is a guess."),
    TruncationLength=does("Length for Truncation."),
    Remove=does("Text to remove."),
    Replace=does("Text to replace."),
    ReplaceWith=does("What replaces it."),
    Lookup=does("Name of a lookup table of the host."),
    PaddingLength=does("Width to pad to: positive on the right, negative on the left."),
    Encoding=does("Encoder by name; a number above 0 is unpublished and changes nothing."),
)

_WRITES_TO: Final = table(
    ToSetting=does("Must be empty or the setting the list belongs to."),
    ToDirection=does("2 writes a variable; 0 and 1 both mean the list's own message."),
)

# --- settings ------------------------------------------------------------------------------------------------------

HTTP_RECEIVER: Final = table(
    Id=does("Identity of the workflow."),
    Name=does("Label."),
    WorkflowPatternName=does("Label; Name when blank."),
    Version=_METADATA,
    LastModified=_METADATA,
    Disabled=does("True: the endpoint is not hosted."),
    MessageType=does("Type of the request and of the custom response; 1 HL7 when missing, 0 is inferred."),
    MessageTypeOptions=does("How CSV or DICOM is read."),
    ReceivedMessageTemplate=does("A sample, shown in the request to try; never used for a request."),
    ServiceName=does("Path of the URL."),
    Port=does("Port of a self-hosted receiver."),
    UseSsl=does("HTTPS for a self-hosted receiver."),
    UseDefaultSSLCertificate=does("True: the host's own certificate; false: the one CertificateThumbPrint names."),
    CertificateThumbPrint=does("Server certificate when UseDefaultSSLCertificate is false."),
    CertificateFromFile=vain(_LEGACY_CERTIFICATE),
    CertificatePath=vain(_LEGACY_CERTIFICATE),
    CertificatePassword=vain(_LEGACY_CERTIFICATE),
    CertificateStoreLocation=silent("A legacy field; CertificateThumbPrint alone picks the server certificate."),
    CertificateStoreName=silent("A legacy field; CertificateThumbPrint alone picks the server certificate."),
    CertificateX509FindType=silent("A legacy field; CertificateThumbPrint alone picks the server certificate."),
    UseIntegrationHostServiceAddress=does("True: served below the host's shared address."),
    Authentication=does("HTTP Basic; enforced only with UseSsl on a self-hosted receiver."),
    AuthenticationUserName=does("Expected user name; a lone ${Global} names a global variable."),
    AuthenticationPassword=does("Expected password; a lone ${Global} names a global variable."),
    RequireClientCertificate=does("Self-hosted only with UseSsl; hosted always."),
    ClientCertificateThumbPrint=does("Accepted thumbprints; the presented one must occur inside this text."),
    ExtractParameters=does("Switches QueryStringParameters on."),
    QueryStringParameters=does("Query parameters that become variables."),
    ExtractUrlSections=does("Switches UrlSections on."),
    UrlSections=does("Path segments after ServiceName that become variables, by position."),
    ResponseMessageTemplate=does("Body of the custom response, with placeholders."),
    ReturnCustomResponse=does("Answer with ResponseMessageTemplate; true when missing and no other mode is on."),
    ReturnNoResponse=does("Answer with an empty body."),
    ReponsePriority=does("When the answer is given (spelt so)."),
    Transformers=does("TransformerSetting for the custom response."),
    ReturnResponseFromActivity=does("Answer with an activity's response."),
    ReturnResponseFromActivityId=does("That activity."),
    ReturnResponseFromActivityName=does("Its name in error texts."),
    ReturnApplicationAccept=does("Answer with a generated accept; only HL7 has a body."),
    ReturnApplicationReject=does("Answer with a generated reject; only HL7 has a body."),
    RejectMessage=does("Text of a generated reject."),
    ReturnApplicationError=does("Answer with a generated error; only HL7 has a body."),
    ErrorMessage=does("Text of a generated error."),
    Activities=does("Senders in run order; one that is listed twice runs twice."),
    Filters=does("FilterHostSetting that gates the whole run."),
    VariableTransformers=does("TransformerSetting that runs after the gate."),
    TransformersNotAvailable=does("True: the response transformers do not run."),
    AddIncomingMessageToCurrentTab=_EDITOR,
    MessageTemplate=silent("A receiver sends nothing."),
    ResponseMessageType=silent("The response has the type of MessageType."),
    DifferentResponseMessageType=vain("the response has the type of MessageType."),
    ResponseNotAvailable=_EDITOR,
    FiltersNotAvailable=_EDITOR,
    DisableNotAvailable=_EDITOR,
    InboundMessageNotAvailable=_EDITOR,
    Sender=silent("Obsolete."),
)

VARIABLE_DESCRIPTOR: Final = table(
    VariableName=does("The variable that is set; a query parameter's own name when blank."),
    SampleVariableValue=does("The default when SampleValueIsDefaultValue is true, else a sample."),
    SampleValueIsDefaultValue=does("True: SampleVariableValue is the default."),
    VariableType=silent("Has no meaning in a receiver."),
)

HTTP_SENDER: Final = table(
    _ACTIVITY,
    Server=does("URL, with placeholders."),
    Method=does("POST, GET, PUT or DELETE; GET sends no body."),
    ContentType=does("Content-Type of the request."),
    Encoding=does("Encoding of the request body and of text responses; utf-8 when blank."),
    TimeoutSeconds=does("Time limit of the call."),
    WaitForResponse=does("False: the call is made and awaited but its response is not kept."),
    Headers=does("Request headers."),
    Authentication=does("The older switch for Basic authentication."),
    AuthenticationMode=does("None, Basic or OAuth2."),
    UserName=does("User name for Basic; a lone ${Global} names a global variable."),
    Password=does("Password for Basic; a lone ${Global} names a global variable."),
    OAuthSettings=does("Client-credentials grant for OAuth2."),
    UseAuthenticationCertificate=does("Present a client certificate."),
    AuthenticationCertificateThumbprint=does("That certificate."),
    UseProxy=does("The environment's proxy, a manual one, or none."),
    ProxyAddress=does("Manual proxy."),
    ProxyUserName=does("User name for the manual proxy; a lone ${Global} names a global variable."),
    ProxyPassword=does("Password for the manual proxy; a lone ${Global} names a global variable."),
    PreAuthenticate=silent("Basic credentials are always sent with the first request."),
    UseDefaultCredentials=vain("there is no Windows account to send."),
)

HEADER: Final = table(
    _SOURCE_SETTINGS,
    MappingProxyType({name: vain("header values are not formatted.") for name in _FORMATTING}),
    Name=does("Name of the header; an entry without one is skipped."),
    Value=does("Its value: a path, or literal text with placeholders."),
    FromNamespaces=does("Prefixes of an XML path."),
    TruncationLength=silent("Header values are not formatted."),
    FromPath=vain("the value of a header stands in Value."),
)

OAUTH: Final = table(
    GrantType=refused("only the client-credentials grant (0) exists.", "ClientCredentials"),
    TokenEndpoint=does("Where tokens come from, with placeholders."),
    ClientId=does("With placeholders."),
    ClientSecret=does("With placeholders; should be a lone ${Global}."),
    Scope=does("With placeholders."),
    ResourceOrAudience=does("Value of the audience or resource parameter."),
    ResourceParameterType=does("None, audience or resource."),
    ClientAuthenticationStyle=does("Client id and secret in a Basic header or in the body."),
    ExpirySkewSeconds=does("How long before its expiry a token is renewed."),
)

FILE_WRITER: Final = table(
    _ACTIVITY,
    FilePathToWrite=does("File to write, with placeholders; it must lie below a permitted directory."),
    MoveIntoDirectoryOnComplete=does("Move finished files away."),
    DirectoryToMoveInto=does("Where to."),
    MaxRecordsPerFile=does(
        "Records after which a file is finished, in move mode; above 1 HL7 messages get a line end."
    ),
)

DATABASE_SENDER: Final = table(
    _ACTIVITY,
    MessageTemplate=does("The SQL text; a placeholder becomes part of the SQL, with a warning: parameters are safer."),
    MessageType=does("Type of the SQL text for mappings into it; 6 SQL when missing."),
    ConnectionString=does("Which database, with placeholders (databases.md); config=Name is refused."),
    DataProvider=does("7 Sqlite runs; every other provider is refused by name, also 0, which a missing one means."),
    Parameters=does("Values for the parameters of the SQL, always bound as text."),
    ResponseNotAvailable=does("False: the first row of the first result set is the response; true when missing."),
    ResponseMessageType=vain("a row is always CSV.", 5, "CSV", "Csv", "csv"),
    DifferentResponseMessageType=silent("A row is always CSV."),
)

CODE_SENDER: Final = table(
    _ACTIVITY,
    Code=does("C#; runs as the Python override that is pinned to it (code-overrides.md)."),
    UseResponse=does("True: a response is there before the code runs."),
    ResponseMessageTemplate=does("Text of that response; placeholders are not expanded."),
    ResponseMessageType=does("Type of the response; 0: what its template shows, else MessageType."),
    DifferentResponseMessageType=silent("ResponseMessageType says it."),
    VariableNames=silent("For the editor; the code may set any variable."),
)

DATABASE_PARAMETER: Final = table(
    _SOURCE_SETTINGS,
    _FORMATTING,
    Name=does("The parameter as the SQL names it, such as @p; letter case does not matter."),
    Value=does("Its value: literal text with placeholders, or a path."),
    FromDirection=does("Which message of FromSetting; 2, also when missing, is literal text with placeholders."),
    FromType=does("A known kind; a path is read by the type of its message all the same."),
    FromNamespaces=does("Prefixes of an XML path."),
    IsValid=_EDITOR,
    AllowBinding=_EDITOR,
    Start=_EDITOR,
    End=_EDITOR,
    FromPath=vain("the value of a parameter stands in Value."),
)

FILTER_HOST: Final = table(
    _IDENTITY,
    Filters=does("Filters; an empty list lets everything through."),
    Transformers=does("Actions that run before the filters."),
)

TRANSFORMER_LIST: Final = table(
    _IDENTITY,
    Transformers=does("Actions, in order."),
)

# --- filters -------------------------------------------------------------------------------------------------------

STRING_FILTER: Final = table(
    _SOURCE_SETTINGS,
    Path=does("Left operand: a path, or literal text with placeholders."),
    FromType=does("A known kind; a path is read by the type of its message all the same."),
    FromNamespaces=does("Prefixes of an XML path."),
    Comparer=does("How the two texts are compared."),
    Value=does("Right operand, with placeholders, unless ToPath is set."),
    ToPath=does("Right operand as a path or literal text; wins over Value."),
    ToSetting=does("Setting whose message ToPath reads."),
    ToDirection=does("Which message of that setting."),
    ToType=does("Tells literal text from a path only when setting and direction are both missing."),
    ToNamespaces=does("Prefixes of an XML ToPath."),
    Not=does("Inverts the result."),
    Conjunction=does("How this filter joins the next one."),
    CaseSensitive=does("True: upper and lower case differ."),
    IncludesRepeatFields=does("HL7: any repetition of the field may pass."),
)

DATE_FILTER: Final = table(
    MappingProxyType(
        {name: entry for name, entry in STRING_FILTER.items() if name not in ("CaseSensitive", "IncludesRepeatFields")}
    ),
    Path=does("Left operand: the path of a date, or literal text with placeholders."),
    Comparer=does("How the two dates are compared; what is no date is neither equal, greater nor less."),
)

VALID_FILTER: Final = table(
    MappingProxyType({name: silent("The whole message is looked at.") for name in DATE_FILTER}),
    FromSetting=does("Setting whose message is looked at; the receiver when empty."),
    FromDirection=does("Which message of that setting; 2, literal text, is refused."),
    Comparer=does("Valid or invalid."),
    Not=does("Inverts the result."),
    Conjunction=does("How this filter joins the next one."),
)

FILTER_GROUP: Final = table(
    MappingProxyType({name: silent("A group compares nothing.") for name in STRING_FILTER}),
    Conjunction=does("How the group before joins the group after."),
    Not=vain("a group cannot be inverted."),
)

# --- actions -------------------------------------------------------------------------------------------------------

CREATE_VARIABLE: Final = table(
    _SOURCE,
    _FORMATTING,
    _ACTION,
    VariableName=does("The variable."),
    SampleVariableValue=does("Stored when the value is empty and SampleValueIsDefaultValue is true."),
    SampleValueIsDefaultValue=does("True: SampleVariableValue is the default."),
    VariableType=silent("Workflow variables only."),
)

CREATE_MAPPING: Final = table(
    _SOURCE,
    _FORMATTING,
    _WRITES_TO,
    _ACTION,
    ToPath=does("Place to write to, or a variable's name when ToDirection is 2."),
    ToType=silent("The path is read by the type of the message."),
    ToNamespaces=does("Prefixes of an XML ToPath."),
    AllowMessageStructureToChange=does("True: write raw structure instead of an encoded value."),
)

APPEND_LINE: Final = table(
    _SOURCE,
    _WRITES_TO,
    _ACTION,
    ToDirection=does("0 and 1 both mean the list's own message; 2, a variable, is refused."),
    ToType=silent("The line goes to the end of the message."),
    ToPath=silent("The line goes to the end of the message."),
    ToNamespaces=silent("The line goes to the end of the message."),
)

BEGIN_CONDITIONAL: Final = table(
    _UNUSED_SOURCE,
    _ACTION,
    Filters=does("The condition; an empty list is true."),
)

FOR_EACH: Final = table(_SOURCE, _ACTION)
MARKER: Final = table(_UNUSED_SOURCE, _ACTION)
COMMENT: Final = table(_UNUSED_SOURCE, _ACTION, Comment=silent("The comment."))

CODE: Final = table(
    _UNUSED_SOURCE,
    _ACTION,
    Code=does("C#; runs as the Python override that is pinned to it (code-overrides.md)."),
    Comment=silent("The comment."),
    VariableNames=silent("For the editor; the code may set any variable."),
)

NOTIFICATION: Final = table(_SOURCE, _ACTION, Critical=does("True: marked as critical."))

CREATE_PARAMETER: Final = table(
    _SOURCE,
    _ACTION,
    ParameterName=does("The variable; of a custom transformer's parameter its key in Parameters counts."),
    ParameterDescription=silent("A description for the editor."),
    IsRequired=does("True: a blank value errors the run."),
)

CUSTOM: Final = table(
    _UNUSED_SOURCE,
    _ACTION,
    CustomTransformerTypeName=does("Which transformer; namespace and assembly do not matter."),
    CustomTransformerName=silent("Label for the editor."),
    Parameters=does("Parameter name to CreateParameterTransformerAction."),
)

# --- message type options ------------------------------------------------------------------------------------------

CSV_OPTIONS: Final = table(
    Delimiter=does("Character between two fields; a comma when missing."),
    HasHeader=does("True: the first line of a longer body is skipped."),
    Header=does("First line of a new file, written by the file writer."),
    HasFooter=vain("footers are neither read nor written."),
    Footer=vain("footers are neither read nor written."),
)

TEXT_OPTIONS: Final = table(
    Header=does("First line of a new file, written by the file writer."),
    HasHeader=silent("A header that is not empty is written."),
    HasFooter=vain("footers are neither read nor written."),
    Footer=vain("footers are neither read nor written."),
    MessageDivisionType=silent("An HTTP body is always one message."),
    Delimiter=silent("An HTTP body is always one message."),
)

DICOM_OPTIONS: Final = table(
    IncludeCommonFieldsNode=does("False: the view of a file has no common fields such as PatientID at its top."),
    IncludeReportNode=does("False: the view of a structured report has no Report."),
    IncludeTagsNode=does("False: the view of a file has no Tags, which hold every element."),
)
