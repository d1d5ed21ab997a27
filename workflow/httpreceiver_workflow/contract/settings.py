"""
The settings of a workflow file as frozen records, one class per ``$type``.

`decode` makes them, `links` joins them, `pipeline` compiles them. Names inside are ours; each docstring gives the name
in the file where the two differ. Defaults are those of the contract, so an absent member reads as the product reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.enums import (
    Conjunction,
    DataProvider,
    DateComparer,
    Direction,
    HttpAuthentication,
    HttpMethod,
    MessageType,
    OAuthClientAuthentication,
    OAuthResourceParameter,
    ProxyUse,
    ResponsePriority,
    StringComparer,
    TextFormat,
    Truncation,
    ValidComparer,
)

Guid = str
"""Lower case, with hyphens, without braces. None stands for the empty GUID, ``""`` and null."""

_LITERAL_KINDS: Final = (None, MessageType.TEXT_WITH_VARIABLES, MessageType.TEXT)

NO_NAMESPACES: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """
    Where a value comes from: `FromPath`/`Path`/`Value`, `FromSetting`, `FromDirection`, `FromType`, `FromNamespaces`.

    Attributes:
        path: message path, or literal text with placeholders when direction is VARIABLE.
        setting: None means the receiver.
        direction: None when the member is absent.
        kind: `FromType`; only a tie-breaker when direction and setting are both absent (contract 2.1).
    """

    path: str = ""
    setting: Guid | None = None
    direction: Direction | None = None
    kind: MessageType | None = None
    namespaces: Mapping[str, str] = field(default_factory=lambda: NO_NAMESPACES)

    @property
    def is_literal(self) -> bool:
        """Whether an action reads the path as literal text with placeholders (contract 6.2)."""
        if self.direction is None:
            return self.setting is None and self.kind in _LITERAL_KINDS
        return self.direction is Direction.VARIABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a mapping writes: `ToPath`, `ToSetting`, `ToDirection`, `ToNamespaces`."""

    path: str = ""
    setting: Guid | None = None
    direction: Direction | None = None
    namespaces: Mapping[str, str] = field(default_factory=lambda: NO_NAMESPACES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatting:
    """How a value is formatted before it is stored; applied in the order of contract 6.4."""

    format: str = ""
    text_format: TextFormat = TextFormat.NONE
    truncation: Truncation = Truncation.NONE
    truncation_length: int = 50
    remove: str = ""
    replace: str = ""
    replace_with: str = ""
    lookup: str = ""
    padding_length: int = 0
    encoding: str = ""
    """Name of an encoder such as ``JSONEncode``; ``""`` is None. Numbers above 0 are unpublished and read as ``""``."""


NO_FORMATTING: Final = Formatting()


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvOptions:
    """CSVMessageTypeOption. `Footer` and `HasFooter` have no effect."""

    delimiter: str = ","
    has_header: bool = False
    header: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOptions:
    """TextMessageTypeOption; only the header has an effect, in the file writer."""

    header: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomOptions:
    """DicomMessageTypeOptions: which parts the JSON view of a DICOM file has."""

    common_fields: bool = True
    report: bool = True
    tags: bool = True


MessageOptions = CsvOptions | TextOptions | DicomOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableDescriptor:
    """VariableCreator: a variable that a query parameter or URL section sets."""

    name: str
    sample: str = ""
    """`SampleVariableValue`: an example for people, and the default where `is_default` says so."""
    is_default: bool = False
    """`SampleValueIsDefaultValue`."""

    @property
    def default(self) -> str | None:
        """The value before the request's own is applied, None for none."""
        return self.sample if self.is_default else None


# --- filters -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StringFilter:
    """StringMessageFilter."""

    where: str
    source: Source
    comparer: StringComparer = StringComparer.EQUALS
    value: str = ""
    """Right operand; placeholders are expanded. Used when `operand` is None."""
    operand: Source | None = None
    """Alternative right operand, from `ToPath` when it is not empty (contract A5)."""
    negated: bool = False
    case_sensitive: bool = False
    any_repetition: bool = False
    """`IncludesRepeatFields`: HL7, true if any repetition of the field passes."""
    conjunction: Conjunction = Conjunction.AND
    """How this item joins the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateFilter:
    """DateMessageFilter; the right operand is that of `StringFilter`."""

    where: str
    source: Source
    comparer: DateComparer = DateComparer.EQUALS
    value: str = ""
    operand: Source | None = None
    negated: bool = False
    conjunction: Conjunction = Conjunction.AND


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidFilter:
    """ValidMessageFilter: asks of a whole message, so that there is no path; *setting* None is the receiver."""

    where: str
    setting: Guid | None = None
    direction: Direction | None = None
    comparer: ValidComparer = ValidComparer.VALID
    negated: bool = False
    conjunction: Conjunction = Conjunction.AND


Condition = StringFilter | DateFilter | ValidFilter
"""A filter that has a verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterGroup:
    """A bracket between two runs of filters; its conjunction joins them."""

    where: str
    conjunction: Conjunction = Conjunction.AND


Filter = Condition | FilterGroup


# --- actions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateVariable:
    """CreateVariableTransformerAction."""

    where: str
    source: Source
    formatting: Formatting = NO_FORMATTING
    name: str
    default: str | None = None
    """`SampleVariableValue` when `SampleValueIsDefaultValue` is true: stored for an empty result (contract A21)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMapping:
    """CreateMappingTransformerAction."""

    where: str
    source: Source
    target: Target
    formatting: Formatting = NO_FORMATTING
    structure: bool = False
    """`AllowMessageStructureToChange`: write raw structure instead of an encoded value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendLine:
    """AppendLineTransformerAction."""

    where: str
    source: Source
    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginConditional:
    """BeginConditionalTransformerAction; an empty filter list is true."""

    where: str
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndConditional:
    """EndConditionalTransformerAction."""

    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEach:
    """ForEachTransformerAction."""

    where: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """NextTransformerAction."""

    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """CommentTransformerAction: does nothing."""

    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """NotificationTransformerAction: records a notification with the text of *source*."""

    where: str
    source: Source
    critical: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateParameter:
    """CreateParameterTransformerAction: a variable called *name*, or a parameter of a custom transformer."""

    where: str
    name: str
    source: Source
    required: bool = False
    """`IsRequired`: a blank value errors the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomTransform:
    """
    CustomTransformerAction.

    Attributes:
        transformer: class name without namespace and assembly; a key of `custom_transformers.CUSTOM_TRANSFORMERS`.
        parameters: by name in lower case; without the one that names the output variable.
        output: the variable it sets.
    """

    where: str
    transformer: str
    parameters: Mapping[str, CreateParameter]
    output: str


Leaf = CreateVariable | CreateMapping | AppendLine | Notify | CreateParameter | CustomTransform
"""An action that does one thing; the others open, close or comment."""

Action = Leaf | BeginConditional | EndConditional | ForEach | Next | Comment


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterHost:
    """FilterHostSetting: actions that run first, then filters; true lets the message on."""

    where: str
    id: Guid
    name: str = ""
    filters: tuple[Filter, ...] = ()
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerList:
    """TransformerSetting: an ordered list of actions."""

    where: str
    id: Guid
    name: str = ""
    actions: tuple[Action, ...] = ()


# --- activities ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What every sender has in common (contract 1.4)."""

    where: str
    id: Guid
    name: str = ""
    disabled: bool = False
    filters: Guid | None = None
    transformers: Guid | None = None
    """None also when `TransformersNotAvailable` is true."""
    message_type: MessageType = MessageType.UNKNOWN
    message_options: MessageOptions | None = None
    message_template: str = ""

    @property
    def response_type(self) -> MessageType:
        """Type of the response it gets back."""
        return self.message_type


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One request header of the HTTP sender; the value is resolved like any binding."""

    where: str
    name: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthSettings:
    """Client-credentials grant; the first four fields expand placeholders."""

    where: str
    token_endpoint: str = ""
    client_id: str = ""
    client_secret: str = ""
    scope: str = ""
    resource_parameter: OAuthResourceParameter = OAuthResourceParameter.NONE
    resource_value: str = ""
    client_authentication: OAuthClientAuthentication = OAuthClientAuthentication.BASIC_AUTHENTICATION_HEADER
    expiry_skew_s: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSender(Activity):
    """HttpSenderSetting."""

    server: str = ""
    """URL with placeholders."""
    method: HttpMethod = HttpMethod.POST
    content_type: str = "text/plain"
    encoding: str = "utf-8"
    """Python codec name, checked while decoding."""
    timeout_s: float = 30
    wait_for_response: bool = True
    headers: tuple[Header, ...] = ()
    authentication: HttpAuthentication = HttpAuthentication.NONE
    user_name: str = ""
    password: str = field(default="", repr=False)
    oauth: OAuthSettings | None = field(default=None, repr=False)
    certificate_thumbprint: str = ""
    """Client certificate to present; ``""`` when none."""
    proxy: ProxyUse = ProxyUse.USE_DEFAULT_PROXY
    proxy_address: str = ""
    proxy_user_name: str = ""
    proxy_password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWriter(Activity):
    """FileWriterSenderSetting."""

    file_path: str = ""
    """`FilePathToWrite`, with placeholders."""
    move_when_complete: bool = False
    move_into_directory: str = "c:\\"
    max_records_per_file: int = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseParameter:
    """DatabaseSettingParameter: a value that is bound to a parameter of the SQL text, always as text."""

    where: str
    name: str
    """As it stands in the SQL, with its ``@``; letter case does not matter."""
    source: Source
    formatting: Formatting = NO_FORMATTING


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSender(Activity):
    """DatabaseSenderSetting; the message is the SQL text."""

    provider: DataProvider = DataProvider.SQL_CLIENT
    connection_string: str = field(default="", repr=False)
    """With placeholders; may hold a password."""
    parameters: tuple[DatabaseParameter, ...] = ()
    returns_row: bool = False
    """`ResponseNotAvailable` is false: the first row of the first result set is the response."""

    @property
    def response_type(self) -> MessageType:
        """A row is CSV, whatever `ResponseMessageType` says."""
        return MessageType.CSV


@dataclass(frozen=True, slots=True, kw_only=True)
class DisabledActivity(Activity):
    """A sender of any class whose `Disabled` is true: it never runs, so only its Id and name are read."""


Sender = HttpSender | FileWriter | DatabaseSender | DisabledActivity


# --- the receiver --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReceiver:
    """HttpReceiverSetting. `service_name` has no outer slashes."""

    where: str
    id: Guid | None = None
    name: str = ""
    pattern_name: str = ""
    """`WorkflowPatternName`; `name` when blank."""
    disabled: bool = False

    service_name: str = "HL7Soup"
    port: int = 8080
    hosted: bool = False
    """`UseIntegrationHostServiceAddress`."""
    use_ssl: bool = False
    """Of a self-hosted receiver; a hosted one takes the scheme of its host's service address."""
    certificate_thumbprint: str = ""
    """Server certificate, upper-case hexadecimal without separators; ``""`` means the host's default certificate."""

    authentication: bool = False
    user_name: str = ""
    password: str = field(default="", repr=False)
    require_client_certificate: bool = False
    client_certificate_thumbprints: str = ""
    """As written: the test is containment of the presented SHA-1 thumbprint, ignoring case."""

    message_type: MessageType = MessageType.HL7_V2
    message_options: MessageOptions | None = None
    received_message_template: str = ""

    query_parameters: Mapping[str, VariableDescriptor] = field(default_factory=lambda: MappingProxyType({}))
    """Query name in lower case → variable. Empty when `ExtractParameters` is false."""
    url_sections: tuple[VariableDescriptor, ...] = ()
    """Empty when `ExtractUrlSections` is false."""

    filters: Guid | None = None
    variable_transformers: Guid | None = None
    activities: tuple[Guid, ...] = ()

    response_priority: ResponsePriority = ResponsePriority.AFTER_ALL_PROCESSING
    response_template: str = ""
    response_transformers: Guid | None = None
    return_custom_response: bool | None = None
    """None when the member is absent: then true unless another mode is on (contract 9.1)."""
    return_no_response: bool = False
    return_response_from_activity: bool = False
    response_activity: Guid | None = None
    response_activity_name: str = ""
    return_application_accept: bool = False
    return_application_reject: bool = False
    reject_message: str = ""
    return_application_error: bool = False
    error_message: str = ""


Setting = HttpReceiver | Sender | FilterHost | TransformerList


@dataclass(frozen=True, slots=True)
class Workflow:
    """
    A decoded workflow whose links all resolve.

    Attributes:
        receiver: the root.
        activities: the senders in run order.
        filter_hosts: by Id.
        transformer_lists: by Id.
    """

    receiver: HttpReceiver
    activities: tuple[Sender, ...] = ()
    filter_hosts: Mapping[Guid, FilterHost] = field(default_factory=dict)
    transformer_lists: Mapping[Guid, TransformerList] = field(default_factory=dict)

    def filters(self, link: Guid | None) -> FilterHost | None:
        """Return the filter host *link* names; None for no link."""
        return None if link is None else self.filter_hosts[link]

    def transformers(self, link: Guid | None) -> TransformerList | None:
        """Return the transformer list *link* names; None for no link."""
        return None if link is None else self.transformer_lists[link]
