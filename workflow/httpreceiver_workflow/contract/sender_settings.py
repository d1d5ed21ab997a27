"""
The activities of a workflow, one record per ``$type``.
"""

from dataclasses import dataclass, field

from httpreceiver_workflow.contract.enums import (
    DataProvider,
    HttpAuthentication,
    HttpMethod,
    MessageType,
    OAuthClientAuthentication,
    OAuthResourceParameter,
    ProxyUse,
)
from httpreceiver_workflow.contract.setting_parts import NO_FORMATTING, Formatting, Guid, MessageOptions, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What every sender has in common (contract 1.4)."""

    where: str = field(compare=False)
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

    where: str = field(compare=False)
    name: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthSettings:
    """Client-credentials grant; the first four fields expand placeholders."""

    where: str = field(compare=False)
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

    where: str = field(compare=False)
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
class CodeSender(Activity):
    """CodeSenderSetting: *code* is C#, which runs here as the Python override that is pinned to it."""

    code: str
    uses_response: bool = False
    """A response of `response_template`, as it is written, is there before the code runs."""
    response_template: str = ""
    authored_response_type: MessageType = MessageType.UNKNOWN

    @property
    def response_type(self) -> MessageType:
        """`ResponseMessageType`; when it is 0, what the text of a template shows, else `MessageType` (contract 8.7)."""
        if self.authored_response_type is MessageType.UNKNOWN and not self.response_template.strip():
            return self.message_type
        return self.authored_response_type


@dataclass(frozen=True, slots=True, kw_only=True)
class DisabledActivity(Activity):
    """A sender of any class whose `Disabled` is true: it never runs, so only its Id and name are read."""

    class_name: str = ""
    """As its `$type` says, perhaps one we do not know; ``""`` when nothing says it."""


Sender = HttpSender | FileWriter | DatabaseSender | CodeSender | DisabledActivity
