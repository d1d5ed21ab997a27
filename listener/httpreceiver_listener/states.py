"""What a listener says of what it serves: the values `Listener.apply` returns and ``/receivers`` shows as JSON."""

from enum import StrEnum

import msgspec

from httpreceiver_workflow.problems import Problem


class State(StrEnum):
    """What a listener makes of one receiver."""

    SERVING = "serving"
    SUSPENDED = "suspended"
    DISABLED = "disabled"
    STALE = "stale"
    """A newer version does not compile; the last good one is served."""
    FAILED = "failed"
    """No version compiles, or the endpoint cannot be served."""
    CONFLICTED = "conflicted"
    """Another receiver of the endpoint has the same path."""


class ReceiverState(msgspec.Struct, frozen=True, kw_only=True):
    """
    One receiver as it is served now.

    Attributes:
        generation, revision: of the version that runs; of the one offered when none runs.
        message: one sentence, ``""`` when there is nothing to say.
        problems: of the version offered last.
    """

    name: str
    generation: int
    revision: str
    state: State
    message: str = ""
    problems: tuple[Problem, ...] = ()


class EndpointState(msgspec.Struct, frozen=True, kw_only=True):
    """
    One endpoint as it is served now.

    Attributes:
        port: the one receivers asked for.
        url: where it is bound, ``""`` when it is not.
        error: why it is not bound, or why a new certificate is not used yet; one sentence, ``""`` when all is well.
        thumbprint: of the certificate presented now, ``""`` without TLS.
    """

    host: str
    port: int
    scheme: str
    url: str = ""
    error: str = ""
    thumbprint: str = ""


class ApplyReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a listener serves, and what it cannot serve and why."""

    endpoints: tuple[EndpointState, ...] = ()
    receivers: tuple[ReceiverState, ...] = ()


def has_failed(report: ApplyReport) -> bool:
    """Whether anything is not served as it was asked for."""
    return any(endpoint.error for endpoint in report.endpoints) or any(
        receiver.state in (State.FAILED, State.STALE) for receiver in report.receivers
    )
