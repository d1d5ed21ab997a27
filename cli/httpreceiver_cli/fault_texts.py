"""What each kind of fault means to whoever meets it in a log line, a metric or an answer, and what to do about it."""

from collections.abc import Mapping
from typing import Final

from httpreceiver_workflow.pipeline.effects import FaultKind

FAULT_TEXTS: Final[Mapping[FaultKind, tuple[str, str]]] = {
    FaultKind.BAD_REQUEST: (
        "The request is not HTTP as the standard defines it.",
        "Correct the sender; the access log names the stage.",
    ),
    FaultKind.UNAUTHORIZED: (
        "The receiver asks for credentials, and the request brought none or the wrong ones.",
        "Send what WWW-Authenticate names: what Authentication of the workflow or spec.auth of the receiver asks for.",
    ),
    FaultKind.FORBIDDEN: (
        "The caller's certificate or address is not accepted, or a page asks for more than cors allows.",
        "Present a certificate that ClientCertificateThumbPrint or spec.auth accepts, or extend addresses or cors.",
    ),
    FaultKind.NOT_FOUND: (
        "No receiver on this port takes the request's path, or none takes it for that Host.",
        "Compare the URL with the receiver's status.url; `httpreceiver plan --match` says why each does not take it.",
    ),
    FaultKind.METHOD_NOT_ALLOWED: (
        "No receiver at this path takes this HTTP method.",
        "Use one of those that the header Allow lists.",
    ),
    FaultKind.TIMEOUT: (
        "The request did not arrive completely in the time allowed.",
        "Look at the sender and the network; raise limits.bodyTimeout or limits.bodyIdleTimeout for slow senders.",
    ),
    FaultKind.PAYLOAD_TOO_LARGE: (
        "The body is larger than the limit.",
        "Raise limits.bodyBytes, or send less at once.",
    ),
    FaultKind.UNSUPPORTED_MEDIA_TYPE: (
        "The body is in an encoding that cannot be read.",
        "Send the body without Content-Encoding, in a charset that Content-Type names.",
    ),
    FaultKind.EXPRESSION: (
        "A filter, path or expression failed on this message.",
        "Send the message through `httpreceiver serve` and read the message of the log line.",
    ),
    FaultKind.TRANSFORMATION: (
        "A message could not be parsed or written to, though the workflow needed it.",
        "Compare the message with the receiver's MessageType.",
    ),
    FaultKind.CONNECTIVITY: (
        "An activity could not reach its server.",
        "Check the activity's Server, name resolution, network policies and the certificate of the server.",
    ),
    FaultKind.ACTIVITY_TIMEOUT: (
        "An activity's server did not answer within TimeoutSeconds, or the whole request within limits.requestTimeout.",
        "Look at that server; raise the one that was reached if it needs longer.",
    ),
    FaultKind.ACTIVITY_FAILED: (
        "An activity was performed and failed, for example its server answered with status 400 or above.",
        "Read the message of the log line; the request, the file path or the SQL is usually at fault.",
    ),
    FaultKind.OVERLOADED: (
        "More work is waiting than the limits allow, or the receiver is suspended or draining.",
        "Send again after Retry-After; add replicas or raise the limit when it lasts.",
    ),
    FaultKind.HEADERS_TOO_LARGE: (
        "The header fields of the request are more, or larger, than limits.headerCount and limits.headerBytes allow.",
        "Look for cookies or tokens that grew; raise the limit if they should be there.",
    ),
    FaultKind.RATE_LIMITED: (
        "More requests came than limits.rates allow.",
        "Send again after Retry-After; raise the rate or the burst when the sender is right.",
    ),
    FaultKind.CLIENT_GONE: (
        "The caller closed its connection before it was answered, and limits.onClientGone is Cancel.",
        "Look at the timeout of the sender; it is shorter than the run took.",
    ),
    FaultKind.WORKFLOW: (
        "The workflow set WorkflowError itself.",
        "Read WorkflowErrorMessage, and the step of the workflow that sets it.",
    ),
    FaultKind.INTERNAL: (
        "A defect of httpreceiver itself.",
        "Look up the id in the log for the traceback, and report it.",
    ),
}
