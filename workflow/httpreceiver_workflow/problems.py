"""
What can be wrong with a workflow before it runs.

A *problem* is a user's mistake as a value: it is collected, never raised, and the same text reaches the command line,
a condition of the receiver and the log. `explain` and `docs/problems.md` are made from the table in this module.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """Whether a problem keeps the workflow from starting."""

    ERROR = "error"
    WARNING = "warning"


class ProblemCode(StrEnum):
    """Every kind of mistake we name. Closed: a new one needs its row in `EXPLANATIONS`."""

    NOT_JSON = "NotJson"
    NESTED_TOO_DEEP = "NestedTooDeep"
    ROOT_NOT_RECOGNISED = "RootNotRecognised"
    ROOT_SPELLING = "RootSpelling"
    LIST_WRAPPED = "ListWrapped"
    NO_RECEIVER = "NoReceiver"
    RECEIVER_NOT_SUPPORTED = "ReceiverNotSupported"
    SEVERAL_RECEIVERS = "SeveralReceivers"
    TYPE_MISSING = "TypeMissing"
    TYPE_UNKNOWN = "TypeUnknown"
    TYPE_NOT_SUPPORTED = "TypeNotSupported"
    TYPE_NOT_FITTING = "TypeNotFitting"
    FIELD_WRONG_TYPE = "FieldWrongType"
    FIELD_UNKNOWN = "FieldUnknown"
    FIELD_WITHOUT_EFFECT = "FieldWithoutEffect"
    FIELD_NOT_SUPPORTED = "FieldNotSupported"
    FIELD_MISSING = "FieldMissing"
    VALUE_OUT_OF_RANGE = "ValueOutOfRange"
    ENUM_UNKNOWN = "EnumUnknown"
    ENUM_NUMBER_UNPUBLISHED = "EnumNumberUnpublished"
    MESSAGE_TYPE_IS_PATH_KIND = "MessageTypeIsPathKind"
    MESSAGE_TYPE_NOT_SUPPORTED = "MessageTypeNotSupported"
    GUID_MALFORMED = "GuidMalformed"
    LINK_DANGLING = "LinkDangling"
    LINK_WRONG_CLASS = "LinkWrongClass"
    ID_MISSING = "IdMissing"
    ID_DUPLICATE = "IdDuplicate"
    SETTING_UNUSED = "SettingUnused"
    ACTIVITY_REPEATED = "ActivityRepeated"
    SERVICE_NAME_INVALID = "ServiceNameInvalid"
    SERVICE_NAME_SLASH = "ServiceNameSlash"
    PORT_INVALID = "PortInvalid"
    CERTIFICATE_THUMBPRINT_MISSING = "CertificateThumbPrintMissing"
    CERTIFICATE_CONTRADICTION = "CertificateContradiction"
    THUMBPRINT_MALFORMED = "ThumbprintMalformed"
    BASIC_AUTH_WITHOUT_TLS = "BasicAuthWithoutTls"
    BASIC_AUTH_HOSTED = "BasicAuthHosted"
    BASIC_AUTH_EMPTY = "BasicAuthEmpty"
    PASSWORD_IN_WORKFLOW = "PasswordInWorkflow"  # noqa: S105  a code, not a password
    HEADER_NAME_INVALID = "HeaderNameInvalid"
    CLIENT_CERTIFICATE_WITHOUT_TLS = "ClientCertificateWithoutTls"
    CLIENT_CERTIFICATE_SUBSTRING = "ClientCertificateSubstring"
    CLIENT_CERTIFICATE_EMPTY = "ClientCertificateEmpty"
    VARIABLE_NAME_DUPLICATE = "VariableNameDuplicate"
    VARIABLE_NAME_MISMATCH = "VariableNameMismatch"
    VARIABLE_READ_ONLY = "VariableReadOnly"
    RESPONSE_MODES_CONFLICT = "ResponseModesConflict"
    RESPONSE_PRIORITY_RAISED = "ResponsePriorityRaised"
    RESPONSE_EMPTY = "ResponseEmpty"
    RESPONSE_ACTIVITY_NOT_RUN = "ResponseActivityNotRun"
    PATH_MALFORMED = "PathMalformed"
    TEMPLATE_MALFORMED = "TemplateMalformed"
    MODIFIER_MALFORMED = "ModifierMalformed"
    ENCODING_UNKNOWN = "EncodingUnknown"
    DATE_UNREADABLE = "DateUnreadable"
    GLOBAL_VARIABLE_PROTECTED = "GlobalVariableProtected"
    GLOBAL_VARIABLE_UNKNOWN = "GlobalVariableUnknown"
    LOOKUP_TABLE_UNKNOWN = "LookupTableUnknown"
    DATA_TABLE_UNKNOWN = "DataTableUnknown"
    HOST_NAME_AMBIGUOUS = "HostNameAmbiguous"
    CUSTOM_TRANSFORMER_UNKNOWN = "CustomTransformerUnknown"
    FILTER_GROUP_MISPLACED = "FilterGroupMisplaced"
    BLOCK_UNCLOSED = "BlockUnclosed"
    CONDITIONAL_UNCLOSED = "ConditionalUnclosed"
    BLOCK_UNOPENED = "BlockUnopened"
    TARGET_NOT_OWN = "TargetNotOwn"
    CODE_NOT_SUPPORTED = "CodeNotSupported"
    CODE_OVERRIDE_BROKEN = "CodeOverrideBroken"
    OPTIONS_NOT_FITTING = "OptionsNotFitting"
    CONNECTION_STRING_REFUSED = "ConnectionStringRefused"
    SQL_REFUSED = "SqlRefused"
    SQL_PARAMETER_MISSING = "SqlParameterMissing"
    SQL_PARAMETER_DUPLICATE = "SqlParameterDuplicate"
    SQL_FROM_PLACEHOLDERS = "SqlFromPlaceholders"
    OPTION_INVALID = "OptionInvalid"
    LIMITS_CONTRADICT = "LimitsContradict"
    ROUTE_PATH_INVALID = "RoutePathInvalid"
    ROUTE_METHOD_INVALID = "RouteMethodInvalid"
    CORS_CREDENTIALS_FOR_ALL = "CorsCredentialsForAll"
    CORS_METHOD_NOT_ROUTED = "CorsMethodNotRouted"
    EXPRESSION_MALFORMED = "ExpressionMalformed"
    RESPONSE_HEADER_REFUSED = "ResponseHeaderRefused"
    OPTION_UNSUITED = "OptionUnsuited"
    AUTH_INVALID = "AuthInvalid"
    AUTH_WITHOUT_TLS = "AuthWithoutTls"
    AUTH_IN_CLEAR = "AuthInClear"


@dataclass(frozen=True, slots=True)
class Explanation:
    """One row of `EXPLANATIONS`: what a code means and what to do, each one sentence."""

    severity: Severity
    meaning: str
    remedy: str


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """
    One mistake at one place.

    Attributes:
        where: JSON path from the root of the workflow, e.g. ``$.WorkflowPattern[0].Port``; what stands beside the
            workflow is named from the HttpReceiver, e.g. ``spec.compatibility``.
        code: which kind of mistake.
        message: one sentence: what is wrong here, with the offending value; deterministic, holds no secret.
    """

    where: str
    code: ProblemCode
    message: str

    @property
    def severity(self) -> Severity:
        """Whether this keeps the workflow from starting."""
        return EXPLANATIONS[self.code].severity

    @property
    def remedy(self) -> str:
        """What to do about it, one sentence."""
        return EXPLANATIONS[self.code].remedy


def has_errors(problems: Iterable[Problem]) -> bool:
    """True when at least one of *problems* keeps the workflow from starting."""
    return any(problem.severity is Severity.ERROR for problem in problems)


def _error(meaning: str, remedy: str) -> Explanation:
    return Explanation(Severity.ERROR, meaning, remedy)


def _warning(meaning: str, remedy: str) -> Explanation:
    return Explanation(Severity.WARNING, meaning, remedy)


EXPLANATIONS: Final[Mapping[ProblemCode, Explanation]] = {
    ProblemCode.NOT_JSON: _error(
        "The text is not JSON.",
        "Export the workflow again or mend the JSON at the line and column given.",
    ),
    ProblemCode.NESTED_TOO_DEEP: _error(
        "The JSON, or the blocks of a list of actions, are nested deeper than can be followed.",
        "Flatten it; no workflow needs that depth.",
    ),
    ProblemCode.ROOT_NOT_RECOGNISED: _error(
        "The root of the file is none of the accepted shapes.",
        "Give an object with WorkflowPattern, an array of settings, or one HttpReceiverSetting.",
    ),
    ProblemCode.ROOT_SPELLING: _warning(
        "The list of settings stands under an unusual name.",
        "Rename it to WorkflowPattern, the name the product writes.",
    ),
    ProblemCode.LIST_WRAPPED: _warning(
        "An array stands inside an object with $values, as some serialisers write it.",
        "Put the array itself in its place.",
    ),
    ProblemCode.NO_RECEIVER: _error(
        "No setting of the file is a receiver.",
        "Add one HttpReceiverSetting as the first setting.",
    ),
    ProblemCode.RECEIVER_NOT_SUPPORTED: _error(
        "The workflow starts with a receiver other than HTTP.",
        "Only workflows that start with an HttpReceiverSetting can be served.",
    ),
    ProblemCode.SEVERAL_RECEIVERS: _error(
        "The file holds more than one receiver.",
        "Keep one receiver per file; split the others into files of their own.",
    ),
    ProblemCode.TYPE_MISSING: _error(
        "A setting has neither $type nor SettingType.",
        'Add its "$type", as the product writes it.',
    ),
    ProblemCode.TYPE_UNKNOWN: _error(
        "The $type is none of the published classes.",
        "Correct the spelling, or remove the setting and every link to it.",
    ),
    ProblemCode.TYPE_NOT_SUPPORTED: _error(
        "The class is known but cannot run here.",
        "See docs/supported.md for what runs, and replace or disable this step.",
    ),
    ProblemCode.TYPE_NOT_FITTING: _error(
        "An object of this class cannot stand in this place.",
        "Move it where its class belongs, or correct its $type.",
    ),
    ProblemCode.FIELD_WRONG_TYPE: _error(
        "A field holds a value of the wrong JSON type.",
        "Write the value as the type named in the message.",
    ),
    ProblemCode.FIELD_UNKNOWN: _warning(
        "A field is not part of the contract and is ignored.",
        "Correct its spelling, or remove it.",
    ),
    ProblemCode.FIELD_WITHOUT_EFFECT: _warning(
        "A field is set but has no effect in this combination or at run time.",
        "Remove it, or change the field that switches it off.",
    ),
    ProblemCode.FIELD_NOT_SUPPORTED: _error(
        "A field asks for something that cannot be done here.",
        "Remove the field or set it to its default.",
    ),
    ProblemCode.FIELD_MISSING: _error(
        "A field without which the setting cannot work is missing or empty.",
        "Add the field.",
    ),
    ProblemCode.VALUE_OUT_OF_RANGE: _error(
        "A number is outside the range its field allows.",
        "Use a number from the range named in the message.",
    ),
    ProblemCode.ENUM_UNKNOWN: _error(
        "The number or name is not a member of the enumeration.",
        "Use one of the values listed in the message.",
    ),
    ProblemCode.ENUM_NUMBER_UNPUBLISHED: _warning(
        "The meaning of this number is not published; a guess is applied.",
        "Use the member's name instead of the number, or say in compatibility what the numbers stand for.",
    ),
    ProblemCode.MESSAGE_TYPE_IS_PATH_KIND: _warning(
        "A message type field holds the number of a path kind; the type is inferred from the text.",
        "Use 1 HL7, 4 XML, 5 CSV, 11 JSON, 13 Text, 14 Binary or 16 DICOM.",
    ),
    ProblemCode.MESSAGE_TYPE_NOT_SUPPORTED: _error(
        "Messages of this type cannot be handled here.",
        "Use 1 HL7, 4 XML, 5 CSV, 11 JSON, 13 Text, 14 Binary or 16 DICOM, which needs httpreceiver[dicom].",
    ),
    ProblemCode.GUID_MALFORMED: _error(
        "A link or Id is not a GUID.",
        "Write 32 hexadecimal digits in the form 8-4-4-4-12.",
    ),
    ProblemCode.LINK_DANGLING: _error(
        "A GUID points to no setting of this file.",
        "Add the setting with that Id, or clear the link.",
    ),
    ProblemCode.LINK_WRONG_CLASS: _error(
        "A GUID points to a setting of a class that does not fit there.",
        "Point the link to a setting of the class named in the message.",
    ),
    ProblemCode.ID_MISSING: _error(
        "A setting that others must be able to name has no Id.",
        "Give it a GUID of its own.",
    ),
    ProblemCode.ID_DUPLICATE: _error(
        "Two settings have the same Id.",
        "Give each setting a GUID of its own.",
    ),
    ProblemCode.SETTING_UNUSED: _warning(
        "No link leads to this setting; it is ignored, whatever it holds.",
        "Link it, for example in Activities, or remove it.",
    ),
    ProblemCode.ACTIVITY_REPEATED: _warning(
        "An activity stands more than once in Activities and runs each time.",
        "Remove the repetition unless it is meant.",
    ),
    ProblemCode.SERVICE_NAME_INVALID: _error(
        "ServiceName cannot be a URL path.",
        "Use path segments of letters, digits, '-', '.', '_' and '~', joined by '/'.",
    ),
    ProblemCode.SERVICE_NAME_SLASH: _warning(
        "ServiceName starts or ends with a slash, which is taken away.",
        "Remove the outer slash.",
    ),
    ProblemCode.PORT_INVALID: _error(
        "Port is not a TCP port.",
        "Use a number from 1 to 65535.",
    ),
    ProblemCode.CERTIFICATE_THUMBPRINT_MISSING: _error(
        "UseDefaultSSLCertificate is false but CertificateThumbPrint is blank.",
        "Name the certificate by its thumbprint, or set UseDefaultSSLCertificate to true.",
    ),
    ProblemCode.CERTIFICATE_CONTRADICTION: _warning(
        "CertificateThumbPrint is set but UseDefaultSSLCertificate is true, so the default certificate is used.",
        "Set UseDefaultSSLCertificate to false to use that certificate, or clear the thumbprint.",
    ),
    ProblemCode.THUMBPRINT_MALFORMED: _error(
        "A certificate thumbprint is not 40 hexadecimal digits.",
        "Copy the complete SHA-1 thumbprint of the certificate.",
    ),
    ProblemCode.BASIC_AUTH_WITHOUT_TLS: _warning(
        "Authentication is true but UseSsl is false: nobody is asked for a password.",
        "Set UseSsl to true; Basic authentication is enforced only over HTTPS.",
    ),
    ProblemCode.BASIC_AUTH_HOSTED: _warning(
        "Authentication is true but the receiver is on the host's service address: nobody is asked for a password.",
        "Serve it on a port of its own with UseSsl, or require a client certificate.",
    ),
    ProblemCode.BASIC_AUTH_EMPTY: _warning(
        "Authentication is true but the user name or the password is empty.",
        "Set both AuthenticationUserName and AuthenticationPassword.",
    ),
    ProblemCode.PASSWORD_IN_WORKFLOW: _warning(
        "A password stands in the workflow in clear text.",
        "Keep the workflow in a Secret (workflowFrom), not in a ConfigMap or in version control.",
    ),
    ProblemCode.HEADER_NAME_INVALID: _error(
        "A request header cannot have this name.",
        "Use letters, digits and hyphens, and no header that the HTTP client writes itself.",
    ),
    ProblemCode.CLIENT_CERTIFICATE_WITHOUT_TLS: _warning(
        "RequireClientCertificate is true but UseSsl is false: no certificate is asked for.",
        "Set UseSsl to true.",
    ),
    ProblemCode.CLIENT_CERTIFICATE_SUBSTRING: _warning(
        "A value in ClientCertificateThumbPrint is not a complete thumbprint; the contract compares by containment.",
        "Write complete SHA-1 thumbprints of 40 hexadecimal digits, separated by commas.",
    ),
    ProblemCode.CLIENT_CERTIFICATE_EMPTY: _warning(
        "RequireClientCertificate is true but no thumbprint is accepted: every request is refused.",
        "Add the thumbprint of each allowed client certificate.",
    ),
    ProblemCode.VARIABLE_NAME_DUPLICATE: _warning(
        "Two URL sections or parameters set the same variable; the last one wins.",
        "Give each its own VariableName.",
    ),
    ProblemCode.VARIABLE_NAME_MISMATCH: _warning(
        "The key of a query parameter and its VariableName differ.",
        "Make them identical, as the product writes them.",
    ),
    ProblemCode.VARIABLE_READ_ONLY: _warning(
        "A built-in variable cannot be set; the write is ignored.",
        "Choose another variable name.",
    ),
    ProblemCode.RESPONSE_MODES_CONFLICT: _warning(
        "Several response modes are on; the first of none, activity, custom, error, reject, accept is used.",
        "Switch on exactly one.",
    ),
    ProblemCode.RESPONSE_PRIORITY_RAISED: _warning(
        "A response from an activity needs the activity to have run, so the response waits for all processing.",
        "Set ReponsePriority to 2.",
    ),
    ProblemCode.RESPONSE_EMPTY: _warning(
        "Generated acknowledgements have a body only for HL7; the response will be empty.",
        "Use ReturnCustomResponse with a template, or ReturnResponseFromActivity.",
    ),
    ProblemCode.RESPONSE_ACTIVITY_NOT_RUN: _error(
        "The activity whose response is to be returned is not one of the workflow's activities.",
        "Add it to Activities, or choose one that is there.",
    ),
    ProblemCode.PATH_MALFORMED: _error(
        "A message path does not follow the path language of its message type.",
        "Correct the path; docs/paths.md shows each type's form.",
    ),
    ProblemCode.TEMPLATE_MALFORMED: _warning(
        "A ${ has no closing brace and stays as written.",
        "Close the placeholder with }.",
    ),
    ProblemCode.MODIFIER_MALFORMED: _error(
        "A modifier of a placeholder has unusable arguments.",
        "Correct the arguments, for example Truncate(10) or Replace(a,b).",
    ),
    ProblemCode.ENCODING_UNKNOWN: _error(
        "The text encoding is not known.",
        "Use a name such as utf-8, iso-8859-1 or windows-1252.",
    ),
    ProblemCode.DATE_UNREADABLE: _warning(
        "A filter compares with a text that is no date, so the comparison is never true.",
        "Write the date as yyyyMMdd, yyyyMMddHHmmss, yyyy-MM-dd or yyyy-MM-ddTHH:mm:ss.",
    ),
    ProblemCode.GLOBAL_VARIABLE_PROTECTED: _error(
        "A global variable holds a value that the product encrypted; only the host it comes from can read it.",
        "Put the plain value in its place, in a Secret or a file that only the server may read.",
    ),
    ProblemCode.GLOBAL_VARIABLE_UNKNOWN: _error(
        "A user name or password names a global variable that the host does not have, or one that is empty.",
        "Add it to the folder of --globals or to what globalVariablesFrom names, or correct the name.",
    ),
    ProblemCode.LOOKUP_TABLE_UNKNOWN: _error(
        "A lookup table is named that the host does not have.",
        "Add Name.csv with the header key,value to the folder of --tables or to what tablesFrom names.",
    ),
    ProblemCode.DATA_TABLE_UNKNOWN: _error(
        "A data table, or a field of one, is named that the host does not have.",
        "Add Name.csv to the folder of --tables or to what tablesFrom names, or correct the name.",
    ),
    ProblemCode.HOST_NAME_AMBIGUOUS: _error(
        "Two global variables or tables of one source have names that differ only in case, and names ignore case.",
        "Remove or rename one of them.",
    ),
    ProblemCode.CUSTOM_TRANSFORMER_UNKNOWN: _error(
        "A custom .NET transformer is none of those that run here.",
        "Use one of those listed in docs/supported.md, or replace the action.",
    ),
    ProblemCode.FILTER_GROUP_MISPLACED: _warning(
        "A FilterGroup stands first, last or twice in a row and is dropped.",
        "Put a FilterGroup only between two filters.",
    ),
    ProblemCode.BLOCK_UNCLOSED: _error(
        "A ForEach has no Next.",
        "Add the closing action.",
    ),
    ProblemCode.CONDITIONAL_UNCLOSED: _warning(
        "A BeginConditional has no EndConditional; the block ends with the list.",
        "Add the EndConditional where the block should end.",
    ),
    ProblemCode.BLOCK_UNOPENED: _error(
        "A Next or EndConditional has nothing to close.",
        "Remove it, or add the opening action before it.",
    ),
    ProblemCode.TARGET_NOT_OWN: _error(
        "A mapping writes to the message of another setting.",
        "Write only to the message the list belongs to, or to a variable.",
    ),
    ProblemCode.CODE_NOT_SUPPORTED: _error(
        "C# code cannot run here, and no Python override is pinned to exactly this text of it.",
        "Use filters, mappings or an HTTP call, or provide the file that is named (docs/code-overrides.md).",
    ),
    ProblemCode.CODE_OVERRIDE_BROKEN: _error(
        "The Python override of a code step cannot be loaded.",
        "Correct it: it needs a function run(context) at its top level (docs/code-overrides.md).",
    ),
    ProblemCode.OPTIONS_NOT_FITTING: _warning(
        "MessageTypeOptions are of a class that does not fit the message type and are ignored.",
        "Remove them or change MessageType.",
    ),
    ProblemCode.CONNECTION_STRING_REFUSED: _error(
        "A connection string is malformed or asks for something that cannot be done here.",
        "Write Data Source=FILE and the other keywords that docs/databases.md lists.",
    ),
    ProblemCode.SQL_REFUSED: _error(
        "The SQL of an activity can never run here.",
        "Correct the SQL; docs/databases.md says what an activity may do.",
    ),
    ProblemCode.SQL_PARAMETER_MISSING: _error(
        "The SQL names a parameter that has no value.",
        "Add it to Parameters, or correct its name in the SQL.",
    ),
    ProblemCode.SQL_PARAMETER_DUPLICATE: _error(
        "Two parameters of one activity have the same name.",
        "Remove one, or give each a name of its own.",
    ),
    ProblemCode.SQL_FROM_PLACEHOLDERS: _warning(
        "Text of placeholders or mappings becomes part of the SQL, so a request may change what the SQL does.",
        "Write @Name in the SQL and give the value in Parameters.",
    ),
    ProblemCode.OPTION_INVALID: _error(
        "A field of the HttpReceiver beside its workflow is unknown or holds a value of the wrong shape.",
        "Correct the field; if `kubectl explain` describes it so, the operator or the pods are older than the CRD.",
    ),
    ProblemCode.LIMITS_CONTRADICT: _error(
        "A limit of the HttpReceiver, or of its ReceiverHost, could never apply, or would refuse every request.",
        "Correct or remove one of the limits that the message names; docs/limits.md describes each.",
    ),
    ProblemCode.ROUTE_PATH_INVALID: _error(
        "route.path is no template: a segment is empty, half a wildcard, cannot be in a URL, or a name is there twice.",
        "Write whole segments: plain text, {name} for one segment, * for one, or * at the end for any number.",
    ),
    ProblemCode.ROUTE_METHOD_INVALID: _error(
        "route.methods names a method that the HTTP parser does not read, or CONNECT, whose target is no path.",
        "Use one of those that the message lists.",
    ),
    ProblemCode.CORS_CREDENTIALS_FOR_ALL: _error(
        "cors allows credentials together with *, which browsers refuse.",
        "List the origins and headers, or set allowCredentials to false.",
    ),
    ProblemCode.CORS_METHOD_NOT_ROUTED: _error(
        "cors.allowMethods names a method that route.methods does not take.",
        "Remove it there, or add it to route.methods.",
    ),
    ProblemCode.EXPRESSION_MALFORMED: _error(
        "An #[expression] is not CEL, names what is not there, or mixes types that do not fit.",
        "Correct it at the column named; docs/expressions.md lists names, functions and examples.",
    ),
    ProblemCode.RESPONSE_HEADER_REFUSED: _error(
        "A header of a response is one that the connection writes, or that a field of its own gives.",
        "Leave the header out; contentType gives the Content-Type.",
    ),
    ProblemCode.OPTION_UNSUITED: _error(
        "A field of the HttpReceiver beside its workflow asks for what cannot be done, or not with this workflow.",
        "Change the field as its description in `kubectl explain` says, or remove it.",
    ),
    ProblemCode.AUTH_INVALID: _error(
        "An alternative of auth asks for nothing, for what no request can have, or names a value that means nothing.",
        "Correct the field; docs/access.md has an example of each kind.",
    ),
    ProblemCode.AUTH_WITHOUT_TLS: _error(
        "auth asks for a password, token or key on a port that speaks plain HTTP, where anyone on the way can read it.",
        "Set UseSsl, or, where a proxy in front ends TLS, write allowInsecure: true in that alternative.",
    ),
    ProblemCode.AUTH_IN_CLEAR: _warning(
        "A password, token or key travels in clear, since allowInsecure permits it on a port that speaks plain HTTP.",
        "Set UseSsl and remove allowInsecure, or make sure that only a proxy that ends TLS reaches the port.",
    ),
}
