"""
The TLS of a port: one context object for its whole life, in which the certificate of the next handshake can change.

asyncio and uvloop call `SSLContext.wrap_bio` for each connection; `PortContext` passes that on to what is current: the
standard library's context, or `any_issuer` where a receiver of the port asks for client certificates.
"""

import ssl
from typing import Any, NamedTuple

from OpenSSL import SSL

from httpreceiver_listener.tls.any_issuer import AnyIssuerSession, openssl_context
from httpreceiver_listener.tls.certificate_source import CertificateError, CertificateSource
from httpreceiver_listener.tls.certificates import KeyPair, load_pair
from httpreceiver_listener.tls.ciphers import OFFERED
from httpreceiver_listener.tls.handshakes import Handshakes, StandardSession
from httpreceiver_workflow.endpoint import CipherSuites


class Handshake(NamedTuple):
    """
    What a port settles with each caller, beside its certificate.

    Attributes:
        asks_client: for a certificate of the caller's own, which it may do without.
        suites: of TLS 1.2.
    """

    asks_client: bool
    suites: CipherSuites


def server_context(pair: KeyPair, suites: str) -> ssl.SSLContext:
    """
    Return the standard library's context for *pair*: TLS 1.2 with *suites* and later, no client certificate.

    Raises:
        CertificateError: OpenSSL refuses the pair.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_ciphers(suites)
    context.sslobject_class = StandardSession
    load_pair(context, pair)
    return context


class PortContext(ssl.SSLContext):
    """The context of one port; `use` changes what the next handshake gets."""

    handshakes: Handshakes
    _current: ssl.SSLContext | SSL.Context

    def __new__(cls) -> "PortContext":
        """Make one; `use` must be called before the first handshake."""
        made = super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)
        made.handshakes = Handshakes()
        return made

    def use(self, pair: KeyPair, handshake: Handshake) -> None:
        """
        Present *pair* in each *handshake* from now on.

        Raises:
            CertificateError: OpenSSL refuses the pair; the former one stays.
        """
        try:
            make = openssl_context if handshake.asks_client else server_context
            self._current = make(pair, OFFERED[handshake.suites])
        except SSL.Error as error:
            raise CertificateError(f"Certificate {pair.thumbprint} cannot be used.") from error

    def wrap_bio(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *args: Any, **kwargs: Any) -> Any:
        """Return the session object of one connection. Raises ConnectionAbortedError where it is one too many."""
        self.handshakes.admit()
        current = self._current
        if isinstance(current, ssl.SSLContext):
            session: Any = current.wrap_bio(incoming, outgoing, *args, **kwargs)
        else:
            session = AnyIssuerSession(current, incoming, outgoing)
        session.alerts = outgoing
        self.handshakes.begin(session)
        return session


class PortTls:
    """
    The certificate of one port over time: chosen by `configure`, read again by `reload` when its files changed.

    Attributes:
        context: for the life of the port.
        error: why the newest files are not used, one sentence; ``""`` when they are.
    """

    def __init__(self, source: CertificateSource) -> None:
        self._source = source
        self.context = PortContext()
        self.error = ""
        self._wanted: tuple[str, Handshake] | None = None
        self._state: object = None
        self._pair: KeyPair | None = None

    @property
    def pair(self) -> KeyPair | None:
        """What is presented now; None before the first good pair."""
        return self._pair

    def configure(self, thumbprint: str, handshake: Handshake) -> None:
        """
        Present the certificate with *thumbprint* (``""``: the default one) from the next *handshake* on.

        Raises:
            CertificateError: it cannot be used, and another one is presented or none.
        """
        wanted = (thumbprint, handshake)
        if wanted == self._wanted and not self.error:
            return
        is_same = self._wanted is not None and self._wanted[0] == thumbprint
        self._wanted = wanted
        self._load(thumbprint, handshake, keep=is_same)

    def reload(self) -> bool:
        """Read the certificate again when its files changed; return whether they did. A broken pair changes nothing."""
        if self._wanted is None or self._source.state(self._wanted[0]) == self._state:
            return False
        self._load(*self._wanted, keep=True)
        return True

    def _load(self, thumbprint: str, handshake: Handshake, *, keep: bool) -> None:
        self._state = self._source.state(thumbprint)
        try:
            pair = self._source.pair(thumbprint)
            self.context.use(pair, handshake)
        except CertificateError as refused:
            self.error = str(refused)
            if not keep or self._pair is None:
                self._wanted = None
                raise
            self.context.use(self._pair, handshake)
        else:
            self.error = ""
            self._pair = pair
            # Reading the default certificate may have made it, which changes its folder.
            self._state = self._source.state(thumbprint)
