"""
What goes into the engine and what comes out: plain values, no sockets.

The listener makes an `InboundRequest`, drives the generator of `runner.run_pipeline` and performs each
effect it yields:
`Respond` answers the caller, `Send` performs an activity and sends a `Reply` or a `Fault` back in.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from httpreceiver_workflow.contract.connection_strings import Target
from httpreceiver_workflow.pipeline.attributes import Attributes


class FaultKind(StrEnum):
    """What failed in one exchange. The listener maps each kind to a status where the contract fixes none."""

    BAD_REQUEST = "BadRequest"
    UNAUTHORIZED = "Unauthorized"
    FORBIDDEN = "Forbidden"
    NOT_FOUND = "NotFound"
    METHOD_NOT_ALLOWED = "MethodNotAllowed"
    TIMEOUT = "Timeout"
    PAYLOAD_TOO_LARGE = "PayloadTooLarge"
    UNSUPPORTED_MEDIA_TYPE = "UnsupportedMediaType"
    EXPRESSION = "Expression"
    TRANSFORMATION = "Transformation"
    CONNECTIVITY = "Connectivity"
    ACTIVITY_TIMEOUT = "ActivityTimeout"
    ACTIVITY_FAILED = "ActivityFailed"
    HEADERS_TOO_LARGE = "HeadersTooLarge"
    RATE_LIMITED = "RateLimited"
    OVERLOADED = "Overloaded"
    CLIENT_GONE = "ClientGone"
    WORKFLOW = "Workflow"
    INTERNAL = "Internal"


CALLERS_STATUS: Final[Mapping[FaultKind, int]] = MappingProxyType(
    {
        FaultKind.BAD_REQUEST: 400,
        FaultKind.PAYLOAD_TOO_LARGE: 413,
        FaultKind.UNSUPPORTED_MEDIA_TYPE: 415,
    }
)
"""What a run answers when it errored because of what its caller sent."""


class Stage(StrEnum):
    """Where an exchange was when something happened; the label of the stage metrics."""

    ROUTING = "routing"
    ACCESS = "access"
    BODY = "body"
    FILTERS = "filters"
    TRANSFORMERS = "transformers"
    ACTIVITY = "activity"
    RESPONSE = "response"


class Fault(msgspec.Struct, frozen=True):
    """
    One failure of one exchange.

    Attributes:
        message: for `WorkflowErrorMessage` and the log; may quote an activity's answer, so it is no HTTP body.
    """

    kind: FaultKind
    stage: Stage
    message: str


class InboundRequest(msgspec.Struct, gc=False):
    """
    One HTTP request as the engine sees it.

    Attributes:
        method: upper case.
        rest: the raw path after the receiver's base path, without outer slashes, still percent-encoded.
        query: the raw query string without ``?``.
        content_type: the header's value, ``""`` when absent.
        client_ip: of the peer, or of the caller that trusted proxies tell.
        received_at: aware; arrival time.
        instance_id: counts the runs of the process from 1 (contract A27).
        now: the clock, for `CurrentDateTime`.
        new_uuid: the source of `UUID`.
        next_row: (data table, number of its rows) → the row that comes next, counted from 0 over all requests.
        random_row: number of rows → any row, counted from 0.
        attributes: what only expressions read; None where the pipeline reads none of it.
        client_name: who `auth` found the caller to be, ``""`` when nobody was asked.
    """

    method: str
    rest: str
    query: str
    body: bytes
    content_type: str
    client_ip: str
    received_at: datetime
    instance_id: int
    now: Callable[[], datetime]
    new_uuid: Callable[[], str]
    next_row: Callable[[str, int], int]
    random_row: Callable[[int], int]
    attributes: Attributes | None = None
    client_name: str = ""


class BasicCredentials(msgspec.Struct, frozen=True):
    """User name and password to send."""

    user_name: str
    password: str


class OAuthCredentials(msgspec.Struct, frozen=True):
    """What the client-credentials grant needs, all placeholders expanded."""

    token_endpoint: str
    client_id: str
    client_secret: str
    form: tuple[tuple[str, str], ...]
    """`grant_type`, `scope`, `audience` or `resource`; client fields too when they travel in the body."""
    client_in_header: bool
    expiry_skew_s: int


class Proxy(msgspec.Struct, frozen=True):
    """Which proxy a call goes through."""

    use: Literal["environment", "manual", "none"] = "environment"
    address: str = ""
    credentials: BasicCredentials | None = None


class HttpCall(msgspec.Struct, frozen=True):
    """
    One outgoing HTTP request, complete.

    Attributes:
        body: None for GET, which never sends one.
        timeout_s: total.
        certificate_thumbprint: client certificate to present, ``""`` for none.
    """

    url: str
    method: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    timeout_s: float
    credentials: BasicCredentials | OAuthCredentials | None = None
    certificate_thumbprint: str = ""
    proxy: Proxy = Proxy()


class FileWrite(msgspec.Struct, frozen=True):
    """
    One write of the file writer (contract 8.4).

    Attributes:
        path: as the workflow says it, placeholders expanded; the host decides where below its permitted roots it is.
        data: what to write, line end included.
        append: False overwrites.
        header: written first when the file does not exist yet.
        move_into: directory to move the finished file to, None without move mode.
        max_records: records after which a file is finished; counts only in move mode.
    """

    path: str
    data: bytes
    append: bool
    header: bytes = b""
    move_into: str | None = None
    max_records: int = 5000


class DatabaseCall(msgspec.Struct, frozen=True):
    """
    SQL to run in a database (contract 8.5).

    Attributes:
        target: which database and how long it may take; its type says which driver is meant.
        sql: one statement or several; all of them take effect, or none.
        parameters: name as the workflow writes it and value, to be bound as text; letter case does not matter.
        returns_row: whether the first row of the first result set is asked for.
    """

    target: Target
    sql: str
    parameters: tuple[tuple[str, str], ...] = ()
    returns_row: bool = False


SqlValue = str | int | float | bytes | None
"""What a column of a row can hold; a driver converts whatever else its database has."""


class Send(msgspec.Struct, frozen=True):
    """Effect: perform an activity and send back its `Reply` or `Fault`."""

    activity_id: str
    activity_name: str
    call: HttpCall | FileWrite | DatabaseCall


class Respond(msgspec.Struct, frozen=True, gc=False):
    """
    Effect: answer the caller. Yielded exactly once.

    Attributes:
        content_type: ``""`` for an empty body.
        fault: the driver writes its own error body of this fault's kind: the request was refused before its run began,
            or its run errored and nobody says with which body.
        headers: further headers; names and values are such as a head may hold.
        reason: the reason phrase, ``""`` for the standard's.
    """

    status: int
    content_type: str
    body: bytes
    fault: Fault | None = None
    headers: tuple[tuple[str, str], ...] = ()
    reason: str = ""


Effect = Send | Respond


class Reply(msgspec.Struct, frozen=True):
    """
    What an activity answered; a file write answers with the defaults.

    Attributes:
        row: of a database call that asked for one; None when there is none.
    """

    status: int = 200
    content_type: str = ""
    body: bytes = b""
    row: tuple[SqlValue, ...] | None = None


class OutcomeKind(StrEnum):
    """How a run ended; the label of the request metrics."""

    COMPLETED = "completed"
    FILTERED = "filtered"
    ERRORED = "errored"


class Notification(msgspec.Struct, frozen=True):
    """
    What a NotificationTransformerAction recorded.

    Attributes:
        where: JSON path of the action in the workflow.
        text: may quote the message, so it is logged only where bodies may be.
    """

    where: str
    critical: bool
    text: str


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """
    The value the runner's generator returns.

    Attributes:
        fault: set when the kind is ERRORED by an exception.
        notifications: in the order they were recorded; also those of a run that failed later.
        variables: lower-case name → text, as the run left them; empty when the body could not be read. May quote the
            message, so they are never logged.
    """

    kind: OutcomeKind
    fault: Fault | None = None
    notifications: tuple[Notification, ...] = ()
    variables: Mapping[str, str] = MappingProxyType({})
