"""What expressions may read of one request, worked out when they do: `httpreceiver_workflow.pipeline.attributes`."""

import hashlib
from asyncio import BaseTransport
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Protocol

from aiohttp.http import RawRequestMessage

from httpreceiver_listener.debugging.record import DEBUG_HEADER
from httpreceiver_listener.requests.arrivals import Arrival
from httpreceiver_listener.telemetry.correlation import correlation_id
from httpreceiver_workflow.endpoint import Scheme

_OURS: Final = DEBUG_HEADER.lower().encode()
_NO_CERTIFICATE: Final[Mapping[str, str]] = MappingProxyType({})


class Line(Protocol):
    """What a request came in on; a `Connection` is one."""

    @property
    def transport(self) -> BaseTransport | None:
        """It tells of both ends and of TLS."""
        ...

    @property
    def is_tls(self) -> bool:
        """Whether its port speaks TLS."""
        ...


class RequestAttributes:
    """
    One request.

    Args:
        caller: its address as `admission.caller_address` decided for everything that tells or judges it.
    """

    __slots__ = ("_arrival", "_caller", "_id", "_is_tls", "_message", "_transport")

    def __init__(self, arrival: Arrival, message: RawRequestMessage, line: Line, request_id: str, caller: str) -> None:
        self._arrival = arrival
        self._caller = caller
        self._message = message
        # Kept: an expression may be asked when the caller is gone, and the line has let go of it.
        self._transport: BaseTransport | None = line.transport
        self._is_tls = line.is_tls
        self._id = request_id

    @property
    def scheme(self) -> str:
        """As this port speaks it."""
        return Scheme.HTTPS if self._is_tls else Scheme.HTTP

    @property
    def version(self) -> str:
        """As the request line has it."""
        major, minor = self._message.version
        return f"HTTP/{major}.{minor}"

    @property
    def listener_path(self) -> str:
        """The template of the receiver; without one everything below its base path."""
        route = self._arrival.receiver.pipeline.route
        return f"{route.path}*" if route.is_prefix else route.path

    @property
    def raw_path(self) -> str:
        """The path of the target; a whole URL as target has one too."""
        target = self._message.path
        if not target.startswith("/"):
            return self._message.url.raw_path or "/"
        return target.partition("#")[0].partition("?")[0]

    @property
    def uri_params(self) -> Mapping[str, str]:
        """As the route found them."""
        return self._arrival.uri_params

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Names and values as UTF-8; what is not becomes U+FFFD."""
        return tuple(
            (name.decode("ascii"), value.decode("utf-8", "replace"))
            for name, value in self._message.raw_headers
            if name.lower() != _OURS  # a token for us is no business of a workflow
        )

    @property
    def remote_address(self) -> str:
        """Of the peer; behind trusted proxies the caller's without a port, since they tell none."""
        host, port = self._socket("peername")
        return _written(host, port) if host == self._caller else self._caller

    @property
    def local_address(self) -> str:
        """Of this end."""
        return _written(*self._socket("sockname"))

    @property
    def client_certificate(self) -> Mapping[str, str]:
        """Of the TLS session."""
        session = None if self._transport is None else self._transport.get_extra_info("ssl_object")
        certificate = None if session is None else session.getpeercert(True)
        return _certificate_facts(certificate) if certificate else _NO_CERTIFICATE

    @property
    def correlation_id(self) -> str:
        """The caller's, else the id of the access log."""
        return correlation_id(self._message.headers, self._id)

    def _socket(self, which: str) -> tuple[str, int]:
        """Return host and port of one end, an empty host when it is not known."""
        address = None if self._transport is None else self._transport.get_extra_info(which)
        return (str(address[0]).removeprefix("::ffff:"), address[1]) if isinstance(address, tuple) else ("", 0)


def _written(host: str, port: int) -> str:
    if not host:
        return ""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@lru_cache(maxsize=256)
def _certificate_facts(der: bytes) -> Mapping[str, str]:
    from cryptography import x509

    certificate = x509.load_der_x509_certificate(der)
    return MappingProxyType(
        {
            "subject": certificate.subject.rfc4514_string(),
            "issuer": certificate.issuer.rfc4514_string(),
            "serial": f"{certificate.serial_number:X}",
            "sha1": hashlib.sha1(der, usedforsecurity=False).hexdigest().upper(),
            "sha256": hashlib.sha256(der).hexdigest().upper(),
            "notAfter": certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )
