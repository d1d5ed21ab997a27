"""What expressions may read of one request, worked out when they do: `httpreceiver_workflow.pipeline.attributes`."""

import hashlib
from asyncio import BaseTransport
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from aiohttp.http import RawRequestMessage
from cryptography import x509

from httpreceiver_listener.arrivals import Arrival
from httpreceiver_listener.connection import Connection
from httpreceiver_listener.correlation import correlation_id
from httpreceiver_workflow.endpoint import Scheme

_NO_CERTIFICATE: Final[Mapping[str, str]] = MappingProxyType({})


class RequestAttributes:
    """One request."""

    __slots__ = ("_arrival", "_id", "_is_tls", "_message", "_transport")

    def __init__(self, arrival: Arrival, message: RawRequestMessage, connection: Connection, request_id: str) -> None:
        self._arrival = arrival
        self._message = message
        # Kept: an expression may be asked when the caller is gone, and the connection has let go of it.
        self._transport: BaseTransport | None = connection.transport
        self._is_tls = connection.is_tls
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
            (name.decode("ascii"), value.decode("utf-8", "replace")) for name, value in self._message.raw_headers
        )

    @property
    def remote_address(self) -> str:
        """Of the peer, which may be a proxy."""
        return self._address("peername")

    @property
    def local_address(self) -> str:
        """Of this end."""
        return self._address("sockname")

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

    def _address(self, which: str) -> str:
        address = None if self._transport is None else self._transport.get_extra_info(which)
        if not isinstance(address, tuple):
            return ""
        host = str(address[0]).removeprefix("::ffff:")
        return f"[{host}]:{address[1]}" if ":" in host else f"{host}:{address[1]}"


@lru_cache(maxsize=256)
def _certificate_facts(der: bytes) -> Mapping[str, str]:
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
