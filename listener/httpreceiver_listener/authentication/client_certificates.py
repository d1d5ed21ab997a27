"""`clientCertificate`: presented in the handshake, or passed on by a trusted proxy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
NOT_TRUSTED: Final = "not trusted, or not valid today"
_OBJECTIONS: Final[Mapping[int, str]] = {
    23: "it is revoked",
    **dict.fromkeys((3, 5, 8, 11, 12, 33, 35, 36, 44, 54), "no current revocation list covers it"),
}
"""Number of an X509_V_ERR of OpenSSL's x509_vfy.h → why; any other is `NOT_TRUSTED`."""
UNREADABLE: Final = (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


@dataclass(frozen=True, slots=True)
class Trust:
    """
    What vouches for certificates.

    Attributes:
        anchors: each ends a chain, also what is not self-signed (VERIFY_X509_PARTIAL_CHAIN); none where pins decide.
        lists: what their authorities have revoked; with any, a current one must cover each certificate of a chain
            but the anchor, which is trusted as it is.
    """

    anchors: Sequence[x509.Certificate] = ()
    lists: Sequence[x509.CertificateRevocationList] = ()


NO_TRUST: Final = Trust()


class ClientCertificateCheck:
    """
    `clientCertificate`.

    A pinned certificate is its own anchor, so that a self-signed one needs no authority; it must be valid today as any
    other.
    """

    def __init__(self, rule: ClientCertificateAuth, trust: Trust) -> None:
        self._pins = frozenset(pin.lower() for pin in rule.pins)
        self._subjects = frozenset(rule.subjects)
        self._names = frozenset(rule.names)
        self._forwarded = rule.forwarded
        self._store = _store(trust.anchors) if trust.anchors else None
        self._revoking = _store(trust.anchors, trust.lists) if trust.lists else None

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
        if objection := self._objection(leaf, chain[1:]):
            return Refused(f"clientCertificate: {objection}")
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

    def _objection(self, leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> str:
        """Return why nothing vouches for *leaf*, ``""`` when something does."""
        if self._pins and not self._pins & {leaf.fingerprint(algorithm).hex() for algorithm in PIN_ALGORITHMS}:
            return NOT_TRUSTED
        store = self._store or _store([leaf])
        untrusted = [crypto.X509.from_cryptography(one) for one in others]
        context = crypto.X509StoreContext(store, crypto.X509.from_cryptography(leaf), untrusted)
        try:
            if self._revoking is None:
                context.verify_certificate()
            else:
                _verify_unrevoked(self._revoking, context.get_verified_chain())
        except crypto.X509StoreContextError as error:
            return _OBJECTIONS.get(error.errors[0], NOT_TRUSTED)
        return ""


def _verify_unrevoked(store: crypto.X509Store, chain: Sequence[crypto.X509]) -> None:
    """
    Look for each certificate of *chain* but its anchor, which is the last, in the lists of *store*.

    One by one, since OpenSSL's own check of a chain wants a list for the anchor too, where that is no root.

    Raises:
        X509StoreContextError: one is revoked, or no current list covers it.
    """
    for place, one in enumerate(chain[:-1]):
        crypto.X509StoreContext(store, one, list(chain[place + 1 :])).verify_certificate()


def _store(
    anchors: Sequence[x509.Certificate], lists: Sequence[x509.CertificateRevocationList] = ()
) -> crypto.X509Store:
    store = crypto.X509Store()
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    for anchor in anchors:
        store.add_cert(crypto.X509.from_cryptography(anchor))
    for revoked in lists:
        store.add_crl(revoked)
    if lists:
        store.set_flags(crypto.X509StoreFlags.CRL_CHECK)
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
