"""
What a listener is told to serve. The planner makes these values, the listener serves them; both stay strangers.

In a cluster the operator writes each receiver as one file into Secrets that the pods mount (`encode_receiver`,
`decode_receiver`); `httpreceiver serve` hands the same values over in memory.
"""

import gzip
import hashlib
from enum import StrEnum

import msgspec

from httpreceiver_workflow.credentials import Credentials
from httpreceiver_workflow.options import NO_OPTIONS, ReceiverOptions
from httpreceiver_workflow.options.limits import PortLimits
from httpreceiver_workflow.resources import NO_RESOURCES, Resources


class Scheme(StrEnum):
    """How an endpoint speaks."""

    HTTP = "http"
    HTTPS = "https"


class CipherSuites(StrEnum):
    """Which cipher suites of TLS 1.2 an endpoint offers."""

    INTERMEDIATE = "Intermediate"
    COMPATIBLE = "Compatible"


class ServedReceiver(msgspec.Struct, frozen=True, kw_only=True):
    """
    One receiver as it travels to the listener.

    Attributes:
        name: ``namespace/name`` of the HttpReceiver; label of metrics and logs.
        generation: of the HttpReceiver; what the pods report back.
        workflow: the JSON text, never rewritten.
        suspended: answers 503 with Retry-After and holds its address.
        resources: what the workflow reads of its host, and nothing else of the host.
        options: what the HttpReceiver says beside the workflow.
        credentials: what the ConfigMaps and Secrets hold that `options.auth` names.
    """

    name: str
    generation: int
    workflow: str
    suspended: bool = False
    resources: Resources = NO_RESOURCES
    options: ReceiverOptions = NO_OPTIONS
    credentials: Credentials = ()

    @property
    def revision(self) -> str:
        """Digest of everything that changes behaviour: 16 hexadecimal digits."""
        behaviour = (
            self.workflow,
            self.suspended,
            *([] if self.resources.is_empty else [self.resources]),
            *([] if self.options == NO_OPTIONS else [self.options]),
            *([self.credentials] if self.credentials else []),
        )
        return hashlib.sha256(msgspec.json.encode(behaviour)).hexdigest()[:16]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """
    One (host, port) and the receivers that share it by path.

    Attributes:
        host: ``namespace/name`` of the host.
        port: the port receivers asked for; in a pod the listener binds another one, given by its arguments.
        certificate: thumbprint of the server certificate, ``""`` for the host's default; only with HTTPS.
        admin_certificates: thumbprints of client certificates that hosted receivers accept besides their own.
        cipher_suites: only with HTTPS.
        limits: of the port as a whole; in a pod they are arguments of its command.
        trusted_proxies: networks of proxies whose word for a caller's address and certificate counts.
    """

    host: str
    port: int
    scheme: Scheme
    certificate: str = ""
    admin_certificates: str = ""
    cipher_suites: CipherSuites = CipherSuites.INTERMEDIATE
    limits: PortLimits = PortLimits()
    trusted_proxies: tuple[str, ...] = ()
    receivers: tuple[ServedReceiver, ...] = ()


def encode_receiver(receiver: ServedReceiver) -> bytes:
    """Return *receiver* as compressed JSON; equal receivers give equal bytes."""
    return gzip.compress(msgspec.json.encode(receiver), compresslevel=9, mtime=0)


def decode_receiver(data: bytes) -> ServedReceiver:
    """Inverse of `encode_receiver`. Raises ValueError when *data* was not made by it."""
    try:
        return msgspec.json.decode(gzip.decompress(data), type=ServedReceiver)
    except (OSError, EOFError, msgspec.DecodeError) as error:
        raise ValueError(f"not an encoded receiver: {error}") from error
