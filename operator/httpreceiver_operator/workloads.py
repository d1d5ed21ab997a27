"""
Which address each receiver asks for, with which certificate, and which receivers share one listener Deployment.

Pure. The certificate of an address is known by the Secret that holds it, so that two receivers agree on a certificate
exactly when the same Secret would be mounted for both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from httpreceiver_operator import names
from httpreceiver_operator.api_objects import is_ours
from httpreceiver_operator.claims import Claim
from httpreceiver_operator.conditions import ConditionType, Finding, Reason
from httpreceiver_operator.config import Config
from httpreceiver_operator.names import ObjectKey, ObjectName
from httpreceiver_operator.readings import Reading
from httpreceiver_operator.snapshot import Host, Receiver, Snapshot
from httpreceiver_workflow.contract.settings import HttpReceiver
from httpreceiver_workflow.endpoint import Endpoint, Scheme, ServedReceiver

if TYPE_CHECKING:
    from httpreceiver_operator.certificate_facts import CertificateFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCertificate:
    """
    The certificate an address presents.

    Attributes:
        identity: name of the Secret, or the thumbprint of one that lies outside the cluster; ``""`` with HTTP.
        thumbprint: what the workflow names; ``""`` for the host's default.
        made: we make this Secret ourselves.
        missing: why it cannot be mounted; None when it can.
    """

    identity: str = ""
    thumbprint: str = ""
    made: bool = False
    missing: Finding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one receiver asks for; `claim` is None when its certificate is missing and it holds no address yet."""

    reading: Reading
    certificate: ServerCertificate
    claim: Claim | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """
    One endpoint and the receivers that won an address on it, in order of name.

    Attributes:
        certificate: of the endpoint; all its receivers agree on it.
    """

    host: Host
    port: int
    scheme: Scheme
    certificate: ServerCertificate
    receivers: tuple[tuple[Receiver, ServedReceiver], ...]

    @property
    def key(self) -> ObjectKey:
        """The listener Deployment."""
        return ObjectKey("Deployment", self.host.key.namespace, names.deployment_name(self.host.key.name, self.port))

    @property
    def port_name(self) -> str:
        """Name of the port in Service and pod."""
        return names.port_name(self.scheme.value, self.port)

    @property
    def endpoint(self) -> Endpoint:
        """What the listener is told."""
        return Endpoint(
            host=str(self.host.key),
            port=self.port,
            scheme=self.scheme,
            certificate=self.certificate.thumbprint,
            admin_certificates=",".join(self.host.admin_client_certificates),
            cipher_suites=self.host.cipher_suites,
            limits=self.host.limits.port,
            trusted_proxies=self.host.trusted_proxies,
            receivers=tuple(served for _, served in self.receivers),
        )


def wish_of(reading: Reading, snapshot: Snapshot, config: Config) -> Wish | None:
    """Return what *reading* asks for; None when there is nothing to serve: no good text, or disabled."""
    settings, route, receiver = reading.settings, reading.route, reading.receiver
    if settings is None or route is None or reading.is_disabled:
        return None
    host = snapshot.host(receiver.host_key)
    tls = host.service_address_tls if settings.hosted else settings.use_ssl
    port = host.service_address_port if settings.hosted else settings.port
    certificate = _certificate(host, settings, receiver, snapshot, config) if tls else ServerCertificate()
    claim = Claim(
        receiver=receiver.key,
        host=host.key,
        port=port,
        scheme=Scheme.HTTPS if tls else Scheme.HTTP,
        certificate=certificate.identity,
        route=route,
        created=receiver.created,
    )
    incumbent = receiver.status.get("endpoint") == endpoint_status(claim)
    if certificate.missing is not None and not (incumbent and certificate.identity):
        return Wish(reading=reading, certificate=certificate, claim=None)
    claim = Claim(**{field: getattr(claim, field) for field in Claim.__slots__} | {"incumbent": incumbent})
    return Wish(reading=reading, certificate=certificate, claim=claim)


def endpoint_status(claim: Claim) -> dict[str, Any]:
    """Return `status.endpoint`, by which a receiver is known as the incumbent of its address."""
    status: dict[str, Any] = {
        "host": claim.host.name,
        "port": claim.port,
        "scheme": claim.scheme.value,
        "path": claim.route.path,
    }
    more = {
        "methods": list(claim.route.methods),
        "hostnames": list(claim.route.hosts),
        "certificate": claim.certificate,
    }
    return status | {field: value for field, value in more.items() if value}


def _certificate(
    host: Host, settings: HttpReceiver, receiver: Receiver, snapshot: Snapshot, config: Config
) -> ServerCertificate:
    """Return the certificate of an HTTPS address."""
    if settings.hosted and host.service_address_secret:
        return _named_secret(host.service_address_secret, host, snapshot)
    if not settings.hosted and settings.certificate_thumbprint:
        return _by_thumbprint(settings.certificate_thumbprint, host, receiver, snapshot, config)
    if host.default_secret:
        return _named_secret(host.default_secret, host, snapshot)
    return _self_signed(host, snapshot)


def _self_signed(host: Host, snapshot: Snapshot) -> ServerCertificate:
    """Return the certificate we make; missing only when a Secret of its name is not ours."""
    name = names.host_tls_secret_name(host.key.name)
    existing = snapshot.existing.get(ObjectKey("Secret", host.key.namespace, name))
    if existing is None or is_ours(existing):
        return ServerCertificate(identity=name, made=True)
    message = (
        f"Secret {host.key.namespace}/{name} exists and is not ours; name it in defaultCertificate of ReceiverHost"
        f" {host.key.name} to use it, or remove it to get a self-signed certificate."
    )
    return ServerCertificate(missing=_missing(Reason.NAME_TAKEN, message))


def _named_secret(name: str, host: Host, snapshot: Snapshot) -> ServerCertificate:
    key = ObjectName(host.key.namespace, name)
    data = snapshot.secrets.get(key)
    if data is None:
        message = f"Secret {key}, which ReceiverHost {host.key.name} names, does not exist."
        return ServerCertificate(identity=name, missing=_missing(Reason.SECRET_NOT_FOUND, message))
    if facts_of(data) is None:
        message = f"Secret {key} has no readable tls.crt, or no tls.key."
        return ServerCertificate(identity=name, missing=_missing(Reason.CERTIFICATE_UNREADABLE, message))
    return ServerCertificate(identity=name)


def _by_thumbprint(
    thumbprint: str, host: Host, receiver: Receiver, snapshot: Snapshot, config: Config
) -> ServerCertificate:
    """Return the first listed Secret whose certificate has *thumbprint*; else what was served with it before."""
    if thumbprint in config.outside_certificates:
        return ServerCertificate(identity=f"thumbprint {thumbprint}", thumbprint=thumbprint)
    listed = (*host.certificate_secrets, host.default_secret, host.service_address_secret)
    for name in filter(None, listed):
        facts = facts_of(snapshot.secrets.get(ObjectName(host.key.namespace, name), {}))
        if facts is not None and facts.thumbprint == thumbprint:
            return ServerCertificate(identity=name, thumbprint=thumbprint)
    before = receiver.status.get("certificate") or {}
    kept = before.get("secretName", "") if before.get("thumbprint") == thumbprint else ""
    looked_in = ", ".join(filter(None, listed)) or "none is listed"
    message = (
        f"No Secret of ReceiverHost {host.key} holds the certificate {thumbprint} (looked in: {looked_in});"
        " add it to spec.certificates, or set UseDefaultSSLCertificate to true."
    )
    return ServerCertificate(
        identity=kept, thumbprint=thumbprint, missing=_missing(Reason.CERTIFICATE_NOT_FOUND, message)
    )


def facts_of(data: Mapping[str, bytes]) -> "CertificateFacts | None":
    """Return the certificate in the data of a TLS Secret; None unless certificate and key are there."""
    if not data.get("tls.key"):
        return None
    # cryptography weighs 8 MiB, which `serve` without certificates never needs.
    from httpreceiver_operator.certificate_facts import certificate_facts

    return certificate_facts(data.get("tls.crt", b""))


def _missing(reason: Reason, message: str) -> Finding:
    return Finding(type=ConditionType.RESOLVED_REFS, status=False, reason=reason, message=message)


def group_workloads(granted: Iterable[Claim], wishes: Mapping[ObjectName, Wish], snapshot: Snapshot) -> list[Workload]:
    """Return one workload per endpoint that won at least one claim, in order of host and port."""
    endpoints: dict[tuple[ObjectName, int], list[Claim]] = {}
    for claim in granted:
        endpoints.setdefault(claim.endpoint, []).append(claim)
    return [
        Workload(
            host=snapshot.host(host),
            port=port,
            scheme=claims[0].scheme,
            certificate=_agreed([wishes[claim.receiver].certificate for claim in claims]),
            receivers=tuple(
                (reading.receiver, reading.served)
                for claim in claims
                if (reading := wishes[claim.receiver].reading).served is not None
            ),
        )
        for (host, port), claims in sorted(endpoints.items())
    ]


def _agreed(certificates: list[ServerCertificate]) -> ServerCertificate:
    """Return the one that says most: the same Secret may be meant by thumbprint by one and as default by another."""
    return max(certificates, key=lambda certificate: (certificate.missing is None, certificate.thumbprint))
