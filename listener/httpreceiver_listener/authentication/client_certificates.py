"""`clientCertificate`: presented in the handshake, or passed on by a trusted proxy."""

from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import crypto

from httpreceiver_listener.authentication.forwarded_certificates import read_forwarded
from httpreceiver_listener.authentication.verdicts import Allowed, Head, Refused
from httpreceiver_workflow.options.auth import ClientCertificateAuth

CLIENT_USES: Final = frozenset({ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})
PIN_ALGORITHMS: Final = (hashes.SHA1(), hashes.SHA256())  # noqa: S303  of a list of our own, compared whole
UNREADABLE: Final = (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


class ClientCertificateCheck:
    """
    `clientCertificate`.

    A pinned certificate is its own anchor, so that a self-signed one needs no authority; it must be valid today as any
    other. Everything in *anchors* ends a chain, also what is not self-signed (VERIFY_X509_PARTIAL_CHAIN).
    """

    def __init__(self, rule: ClientCertificateAuth, anchors: Sequence[x509.Certificate]) -> None:
        self._anchors = [crypto.X509.from_cryptography(anchor) for anchor in anchors]
        self._pins = frozenset(pin.lower() for pin in rule.pins)
        self._subjects = frozenset(rule.subjects)
        self._names = frozenset(rule.names)
        self._forwarded = rule.forwarded
        self._store = _store(self._anchors)

    async def check(self, head: Head) -> Allowed | Refused:
        """Verify the certificate for this receiver."""
        chain = self._presented(head)
        if not chain:
            return Refused("clientCertificate: none was presented")
        try:
            return self._judged(chain)
        except UNREADABLE:
            return Refused("clientCertificate: it cannot be read")

    def _judged(self, chain: Sequence[x509.Certificate]) -> Allowed | Refused:
        """Raises one of `UNREADABLE`: extensions and names are only parsed when they are looked at."""
        leaf = chain[0]
        if not self._is_vouched_for(leaf, chain[1:]):
            return Refused("clientCertificate: not trusted, or not valid today")
        if not _is_for_clients(leaf):
            return Refused("clientCertificate: not meant for clients")
        subject = leaf.subject.rfc4514_string()
        if self._subjects and subject not in self._subjects:
            return Refused("clientCertificate: its subject is not accepted")
        if self._names and not self._names & names_of(leaf):
            return Refused("clientCertificate: none of its names is accepted")
        return Allowed(subject)

    def _presented(self, head: Head) -> tuple[x509.Certificate, ...]:
        if self._forwarded is None:
            return head.certificates()
        if not head.is_proxied:
            return ()
        values = head.headers.getall(self._forwarded.header, [])
        return read_forwarded(self._forwarded.format, values)

    def _is_vouched_for(self, leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> bool:
        if self._pins and not self._pins & {leaf.fingerprint(algorithm).hex() for algorithm in PIN_ALGORITHMS}:
            return False
        certificate = crypto.X509.from_cryptography(leaf)
        store = self._store if self._anchors else _store([certificate])
        untrusted = [crypto.X509.from_cryptography(one) for one in others]
        try:
            crypto.X509StoreContext(store, certificate, untrusted).verify_certificate()
        except crypto.X509StoreContextError:
            return False
        return True


def _store(anchors: Sequence[crypto.X509]) -> crypto.X509Store:
    store = crypto.X509Store()
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    for anchor in anchors:
        store.add_cert(anchor)
    return store


def _is_for_clients(leaf: x509.Certificate) -> bool:
    """Whether its extended key usage, where it has one, is for clients."""
    try:
        uses = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return bool(CLIENT_USES & set(uses))


def names_of(leaf: x509.Certificate) -> frozenset[str]:
    """Return its alternative names as text: DNS names, e-mail addresses, URIs and IP addresses."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    kinds = (x509.DNSName, x509.RFC822Name, x509.UniformResourceIdentifier, x509.IPAddress)
    return frozenset(str(name.value) for name in names if isinstance(name, kinds))
