"""
Every kind of mistake in a workflow or beside it: its code, what it means, what to do about it, and how grave it is.

`explain` and `docs/problems.md` are made from this table.
"""

from httpreceiver_workflow.explained_code import ExplainedCode, Severity


class ProblemCode(ExplainedCode):
    """Every kind of mistake we name. Closed: a new one needs its row in `EXPLANATIONS`."""

    NOT_JSON = (
        "NotJson",
        "The text is not JSON.",
        "Export the workflow again or mend the JSON at the line and column given.",
    )
    NESTED_TOO_DEEP = (
        "NestedTooDeep",
        "The JSON, or the blocks of a list of actions, are nested deeper than can be followed.",
        "Flatten it; no workflow needs that depth.",
    )
    ROOT_NOT_RECOGNISED = (
        "RootNotRecognised",
        "The root of the file is none of the accepted shapes.",
        "Give an object with WorkflowPattern, an array of settings, or one HttpReceiverSetting.",
    )
    ROOT_SPELLING = (
        "RootSpelling",
        "The list of settings stands under an unusual name.",
        "Rename it to WorkflowPattern, the name the product writes.",
        Severity.WARNING,
    )
    LIST_WRAPPED = (
        "ListWrapped",
        "An array stands inside an object with $values, as some serialisers write it.",
        "Put the array itself in its place.",
        Severity.WARNING,
    )
    NO_RECEIVER = (
        "NoReceiver",
        "No setting of the file is a receiver.",
        "Add one HttpReceiverSetting as the first setting.",
    )
    RECEIVER_NOT_SUPPORTED = (
        "ReceiverNotSupported",
        "The workflow starts with a receiver other than HTTP.",
        "Only workflows that start with an HttpReceiverSetting can be served.",
    )
    SEVERAL_RECEIVERS = (
        "SeveralReceivers",
        "The file holds more than one receiver.",
        "Keep one receiver per file; split the others into files of their own.",
    )
    TYPE_MISSING = (
        "TypeMissing",
        "A setting has neither $type nor SettingType.",
        'Add its "$type", as the product writes it.',
    )
    TYPE_UNKNOWN = (
        "TypeUnknown",
        "The $type is none of the published classes.",
        "Correct the spelling, or remove the setting and every link to it.",
    )
    TYPE_NOT_SUPPORTED = (
        "TypeNotSupported",
        "The class is known but cannot run here.",
        "See docs/supported.md for what runs, and replace or disable this step.",
    )
    TYPE_NOT_FITTING = (
        "TypeNotFitting",
        "An object of this class cannot stand in this place.",
        "Move it where its class belongs, or correct its $type.",
    )
    FIELD_WRONG_TYPE = (
        "FieldWrongType",
        "A field holds a value of the wrong JSON type.",
        "Write the value as the type named in the message.",
    )
    FIELD_UNKNOWN = (
        "FieldUnknown",
        "A field is not part of the contract and is ignored.",
        "Correct its spelling, or remove it.",
        Severity.WARNING,
    )
    FIELD_WITHOUT_EFFECT = (
        "FieldWithoutEffect",
        "A field is set but has no effect in this combination or at run time.",
        "Remove it, or change the field that switches it off.",
        Severity.WARNING,
    )
    FIELD_NOT_SUPPORTED = (
        "FieldNotSupported",
        "A field asks for something that cannot be done here.",
        "Remove the field or set it to its default.",
    )
    FIELD_MISSING = (
        "FieldMissing",
        "A field without which the setting cannot work is missing or empty.",
        "Add the field.",
    )
    VALUE_OUT_OF_RANGE = (
        "ValueOutOfRange",
        "A number is outside the range its field allows.",
        "Use a number from the range named in the message.",
    )
    ENUM_UNKNOWN = (
        "EnumUnknown",
        "The number or name is not a member of the enumeration.",
        "Use one of the values listed in the message.",
    )
    ENUM_NUMBER_UNPUBLISHED = (
        "EnumNumberUnpublished",
        "The meaning of this number is not published; a guess is applied.",
        "Use the member's name instead of the number, or say in compatibility what the numbers stand for.",
        Severity.WARNING,
    )
    MESSAGE_TYPE_IS_PATH_KIND = (
        "MessageTypeIsPathKind",
        "A message type field holds the number of a path kind; the type is inferred from the text.",
        "Use 1 HL7, 4 XML, 5 CSV, 11 JSON, 13 Text, 14 Binary or 16 DICOM.",
        Severity.WARNING,
    )
    MESSAGE_TYPE_NOT_SUPPORTED = (
        "MessageTypeNotSupported",
        "Messages of this type cannot be handled here.",
        "Use 1 HL7, 4 XML, 5 CSV, 11 JSON, 13 Text, 14 Binary or 16 DICOM, which needs httpreceiver[dicom].",
    )
    GUID_MALFORMED = (
        "GuidMalformed",
        "A link or Id is not a GUID.",
        "Write 32 hexadecimal digits in the form 8-4-4-4-12.",
    )
    LINK_DANGLING = (
        "LinkDangling",
        "A GUID points to no setting of this file.",
        "Add the setting with that Id, or clear the link.",
    )
    LINK_WRONG_CLASS = (
        "LinkWrongClass",
        "A GUID points to a setting of a class that does not fit there.",
        "Point the link to a setting of the class named in the message.",
    )
    ID_MISSING = (
        "IdMissing",
        "A setting that others must be able to name has no Id.",
        "Give it a GUID of its own.",
    )
    ID_DUPLICATE = (
        "IdDuplicate",
        "Two settings have the same Id.",
        "Give each setting a GUID of its own.",
    )
    SETTING_UNUSED = (
        "SettingUnused",
        "No link leads to this setting; it is ignored, whatever it holds.",
        "Link it, for example in Activities, or remove it.",
        Severity.WARNING,
    )
    ACTIVITY_REPEATED = (
        "ActivityRepeated",
        "An activity stands more than once in Activities and runs each time.",
        "Remove the repetition unless it is meant.",
        Severity.WARNING,
    )
    SERVICE_NAME_INVALID = (
        "ServiceNameInvalid",
        "ServiceName cannot be a URL path.",
        "Use path segments of letters, digits, '-', '.', '_' and '~', joined by '/'.",
    )
    SERVICE_NAME_SLASH = (
        "ServiceNameSlash",
        "ServiceName starts or ends with a slash, which is taken away.",
        "Remove the outer slash.",
        Severity.WARNING,
    )
    PORT_INVALID = (
        "PortInvalid",
        "Port is not a TCP port.",
        "Use a number from 1 to 65535.",
    )
    CERTIFICATE_THUMBPRINT_MISSING = (
        "CertificateThumbPrintMissing",
        "UseDefaultSSLCertificate is false but CertificateThumbPrint is blank.",
        "Name the certificate by its thumbprint, or set UseDefaultSSLCertificate to true.",
    )
    CERTIFICATE_CONTRADICTION = (
        "CertificateContradiction",
        "CertificateThumbPrint is set but UseDefaultSSLCertificate is true, so the default certificate is used.",
        "Set UseDefaultSSLCertificate to false to use that certificate, or clear the thumbprint.",
        Severity.WARNING,
    )
    THUMBPRINT_MALFORMED = (
        "ThumbprintMalformed",
        "A certificate thumbprint is not 40 hexadecimal digits.",
        "Copy the complete SHA-1 thumbprint of the certificate.",
    )
    BASIC_AUTH_WITHOUT_TLS = (
        "BasicAuthWithoutTls",
        "Authentication is true but UseSsl is false: nobody is asked for a password.",
        "Set UseSsl to true; Basic authentication is enforced only over HTTPS.",
        Severity.WARNING,
    )
    BASIC_AUTH_HOSTED = (
        "BasicAuthHosted",
        "Authentication is true but the receiver is on the host's service address: nobody is asked for a password.",
        "Serve it on a port of its own with UseSsl, or require a client certificate.",
        Severity.WARNING,
    )
    BASIC_AUTH_EMPTY = (
        "BasicAuthEmpty",
        "Authentication is true but the user name or the password is empty.",
        "Set both AuthenticationUserName and AuthenticationPassword.",
        Severity.WARNING,
    )
    PASSWORD_IN_WORKFLOW = (
        "PasswordInWorkflow",
        "A password stands in the workflow in clear text.",
        "Keep the workflow in a Secret (workflowFrom), not in a ConfigMap or in version control.",
        Severity.WARNING,
    )
    HEADER_NAME_INVALID = (
        "HeaderNameInvalid",
        "A request header cannot have this name.",
        "Use letters, digits and hyphens, and no header that the HTTP client writes itself.",
    )
    CLIENT_CERTIFICATE_WITHOUT_TLS = (
        "ClientCertificateWithoutTls",
        "RequireClientCertificate is true but UseSsl is false: no certificate is asked for.",
        "Set UseSsl to true.",
        Severity.WARNING,
    )
    CLIENT_CERTIFICATE_SUBSTRING = (
        "ClientCertificateSubstring",
        "A value in ClientCertificateThumbPrint is not a complete thumbprint; the contract compares by containment.",
        "Write complete SHA-1 thumbprints of 40 hexadecimal digits, separated by commas.",
        Severity.WARNING,
    )
    CLIENT_CERTIFICATE_EMPTY = (
        "ClientCertificateEmpty",
        "RequireClientCertificate is true but no thumbprint is accepted: every request is refused.",
        "Add the thumbprint of each allowed client certificate.",
        Severity.WARNING,
    )
    VARIABLE_NAME_DUPLICATE = (
        "VariableNameDuplicate",
        "Two URL sections or parameters set the same variable; the last one wins.",
        "Give each its own VariableName.",
        Severity.WARNING,
    )
    VARIABLE_NAME_MISMATCH = (
        "VariableNameMismatch",
        "The key of a query parameter and its VariableName differ.",
        "Make them identical, as the product writes them.",
        Severity.WARNING,
    )
    VARIABLE_READ_ONLY = (
        "VariableReadOnly",
        "A built-in variable cannot be set; the write is ignored.",
        "Choose another variable name.",
        Severity.WARNING,
    )
    RESPONSE_MODES_CONFLICT = (
        "ResponseModesConflict",
        "Several response modes are on; the first of none, activity, custom, error, reject, accept is used.",
        "Switch on exactly one.",
        Severity.WARNING,
    )
    RESPONSE_PRIORITY_RAISED = (
        "ResponsePriorityRaised",
        "A response from an activity needs the activity to have run, so the response waits for all processing.",
        "Set ReponsePriority to 2.",
        Severity.WARNING,
    )
    RESPONSE_EMPTY = (
        "ResponseEmpty",
        "Generated acknowledgements have a body only for HL7; the response will be empty.",
        "Use ReturnCustomResponse with a template, or ReturnResponseFromActivity.",
        Severity.WARNING,
    )
    RESPONSE_ACTIVITY_NOT_RUN = (
        "ResponseActivityNotRun",
        "The activity whose response is to be returned is not one of the workflow's activities.",
        "Add it to Activities, or choose one that is there.",
    )
    PATH_MALFORMED = (
        "PathMalformed",
        "A message path does not follow the path language of its message type.",
        "Correct the path; docs/paths.md shows each type's form.",
    )
    TEMPLATE_MALFORMED = (
        "TemplateMalformed",
        "A ${ has no closing brace and stays as written.",
        "Close the placeholder with }.",
        Severity.WARNING,
    )
    MODIFIER_MALFORMED = (
        "ModifierMalformed",
        "A modifier of a placeholder has unusable arguments.",
        "Correct the arguments, for example Truncate(10) or Replace(a,b).",
    )
    ENCODING_UNKNOWN = (
        "EncodingUnknown",
        "The text encoding is not known.",
        "Use a name such as utf-8, iso-8859-1 or windows-1252.",
    )
    DATE_UNREADABLE = (
        "DateUnreadable",
        "A filter compares with a text that is no date, so the comparison is never true.",
        "Write the date as yyyyMMdd, yyyyMMddHHmmss, yyyy-MM-dd or yyyy-MM-ddTHH:mm:ss.",
        Severity.WARNING,
    )
    GLOBAL_VARIABLE_PROTECTED = (
        "GlobalVariableProtected",
        "A global variable holds a value that the product encrypted; only the host it comes from can read it.",
        "Put the plain value in its place, in a Secret or a file that only the server may read.",
    )
    GLOBAL_VARIABLE_UNKNOWN = (
        "GlobalVariableUnknown",
        "A user name or password names a global variable that the host does not have, or one that is empty.",
        "Add it to the folder of --globals or to what globalVariablesFrom names, or correct the name.",
    )
    LOOKUP_TABLE_UNKNOWN = (
        "LookupTableUnknown",
        "A lookup table is named that the host does not have.",
        "Add Name.csv with the header key,value to the folder of --tables or to what tablesFrom names.",
    )
    DATA_TABLE_UNKNOWN = (
        "DataTableUnknown",
        "A data table, or a field of one, is named that the host does not have.",
        "Add Name.csv to the folder of --tables or to what tablesFrom names, or correct the name.",
    )
    HOST_NAME_AMBIGUOUS = (
        "HostNameAmbiguous",
        "Two global variables or tables of one source have names that differ only in case, and names ignore case.",
        "Remove or rename one of them.",
    )
    CUSTOM_TRANSFORMER_UNKNOWN = (
        "CustomTransformerUnknown",
        "A custom .NET transformer is none of those that run here.",
        "Use one of those listed in docs/supported.md, or replace the action.",
    )
    FILTER_GROUP_MISPLACED = (
        "FilterGroupMisplaced",
        "A FilterGroup stands first, last or twice in a row and is dropped.",
        "Put a FilterGroup only between two filters.",
        Severity.WARNING,
    )
    BLOCK_UNCLOSED = (
        "BlockUnclosed",
        "A ForEach has no Next.",
        "Add the closing action.",
    )
    CONDITIONAL_UNCLOSED = (
        "ConditionalUnclosed",
        "A BeginConditional has no EndConditional; the block ends with the list.",
        "Add the EndConditional where the block should end.",
        Severity.WARNING,
    )
    BLOCK_UNOPENED = (
        "BlockUnopened",
        "A Next or EndConditional has nothing to close.",
        "Remove it, or add the opening action before it.",
    )
    TARGET_NOT_OWN = (
        "TargetNotOwn",
        "A mapping writes to the message of another setting.",
        "Write only to the message the list belongs to, or to a variable.",
    )
    CODE_NOT_SUPPORTED = (
        "CodeNotSupported",
        "C# code cannot run here, and no Python override is pinned to exactly this text of it.",
        "Use filters, mappings or an HTTP call, or provide the file that is named (docs/code-overrides.md).",
    )
    CODE_OVERRIDE_BROKEN = (
        "CodeOverrideBroken",
        "The Python override of a code step cannot be loaded.",
        "Correct it: it needs a function run(context) at its top level (docs/code-overrides.md).",
    )
    OPTIONS_NOT_FITTING = (
        "OptionsNotFitting",
        "MessageTypeOptions are of a class that does not fit the message type and are ignored.",
        "Remove them or change MessageType.",
        Severity.WARNING,
    )
    CONNECTION_STRING_REFUSED = (
        "ConnectionStringRefused",
        "A connection string is malformed or asks for something that cannot be done here.",
        "Write Data Source=FILE and the other keywords that docs/databases.md lists.",
    )
    SQL_REFUSED = (
        "SqlRefused",
        "The SQL of an activity can never run here.",
        "Correct the SQL; docs/databases.md says what an activity may do.",
    )
    SQL_PARAMETER_MISSING = (
        "SqlParameterMissing",
        "The SQL names a parameter that has no value.",
        "Add it to Parameters, or correct its name in the SQL.",
    )
    SQL_PARAMETER_DUPLICATE = (
        "SqlParameterDuplicate",
        "Two parameters of one activity have the same name.",
        "Remove one, or give each a name of its own.",
    )
    SQL_FROM_PLACEHOLDERS = (
        "SqlFromPlaceholders",
        "Text of placeholders or mappings becomes part of the SQL, so a request may change what the SQL does.",
        "Write @Name in the SQL and give the value in Parameters.",
        Severity.WARNING,
    )
    OPTION_INVALID = (
        "OptionInvalid",
        "A field of the HttpReceiver beside its workflow is unknown or holds a value of the wrong shape.",
        "Correct the field; if `kubectl explain` describes it so, the operator or the pods are older than the CRD.",
    )
    LIMITS_CONTRADICT = (
        "LimitsContradict",
        "A limit of the HttpReceiver, or of its ReceiverHost, could never apply, or would refuse every request.",
        "Correct or remove one of the limits that the message names; docs/limits.md describes each.",
    )
    ROUTE_PATH_INVALID = (
        "RoutePathInvalid",
        "route.path is no template: a segment is empty, half a wildcard, cannot be in a URL, or a name is there twice.",
        "Write whole segments: plain text, {name} for one segment, * for one, or * at the end for any number.",
    )
    ROUTE_METHOD_INVALID = (
        "RouteMethodInvalid",
        "route.methods names a method that the HTTP parser does not read, or CONNECT, whose target is no path.",
        "Use one of those that the message lists.",
    )
    CORS_CREDENTIALS_FOR_ALL = (
        "CorsCredentialsForAll",
        "cors allows credentials together with *, which browsers refuse.",
        "List the origins and headers, or set allowCredentials to false.",
    )
    CORS_METHOD_NOT_ROUTED = (
        "CorsMethodNotRouted",
        "cors.allowMethods names a method that route.methods does not take.",
        "Remove it there, or add it to route.methods.",
    )
    EXPRESSION_MALFORMED = (
        "ExpressionMalformed",
        "An #[expression] is not CEL, names what is not there, or mixes types that do not fit.",
        "Correct it at the column named; docs/expressions.md lists names, functions and examples.",
    )
    RESPONSE_HEADER_REFUSED = (
        "ResponseHeaderRefused",
        "A header of a response is one that the connection writes, or that a field of its own gives.",
        "Leave the header out; contentType gives the Content-Type.",
    )
    OPTION_UNSUITED = (
        "OptionUnsuited",
        "A field of the HttpReceiver beside its workflow asks for what cannot be done, or not with this workflow.",
        "Change the field as its description in `kubectl explain` says, or remove it.",
    )
    AUTH_INVALID = (
        "AuthInvalid",
        "An alternative of auth asks for nothing, for what no request can have, or names a value that means nothing.",
        "Correct the field; docs/access.md has an example of each kind.",
    )
    AUTH_WITHOUT_TLS = (
        "AuthWithoutTls",
        "auth asks for a password, token or key on a port that speaks plain HTTP, where anyone on the way can read it.",
        "Set UseSsl, or, where a proxy in front ends TLS, write allowInsecure: true in that alternative.",
    )
    AUTH_IN_CLEAR = (
        "AuthInClear",
        "A password, token or key travels in clear, since allowInsecure permits it on a port that speaks plain HTTP.",
        "Set UseSsl and remove allowInsecure, or make sure that only a proxy that ends TLS reaches the port.",
        Severity.WARNING,
    )
