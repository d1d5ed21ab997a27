"""
TLS that asks for a client certificate and accepts one of any issuer, because only its thumbprint counts (contract 3).

The standard library's `ssl` has no way to accept an unknown issuer. pyOpenSSL has one, but asyncio and uvloop speak to
`ssl.SSLObject`. `AnyIssuerContext.wrap_bio` returns an adaptor with that interface over an `OpenSSL.SSL.Connection`.
The caller still proves that it holds the certificate's private key: that is the handshake's, not the issuer's, doing.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

from httpreceiver_listener.tls.certificates import KeyPair
from httpreceiver_listener.tls.handshakes import Alerting

READ_AT_ONCE: Final = 65536
RECORD: Final = 16384


def openssl_context(pair: KeyPair, suites: str) -> SSL.Context:
    """
    Return a server context for *pair*: TLS 1.2 with *suites* and later, a client certificate asked for, none demanded.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    # As the standard library's context: the server chooses, so that the best suite both sides have is taken.
    context.set_options(SSL.OP_CIPHER_SERVER_PREFERENCE | SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    context.set_options(SSL.OP_NO_TICKET)
    context.set_cipher_list(suites.encode())
    # A resumed session would bring no certificate along.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_session_id(b"httpreceiver")
    context.use_certificate(pair.chain[0])
    for issuer in pair.chain[1:]:
        context.add_extra_chain_cert(issuer)
    context.use_privatekey(pair.key)  # type: ignore[arg-type]  # any key that signs; pyOpenSSL names them one by one
    context.check_privatekey()
    context.set_verify(SSL.VERIFY_PEER, _accept)
    return context


def _accept(*_: object) -> bool:
    return True


class AnyIssuerObject:
    """`ssl.SSLObject` as asyncio and uvloop use it, over a pyOpenSSL connection and the two given memory BIOs."""

    def __init__(self, context: SSL.Context, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._has_more = False
        self._connection = SSL.Connection(context, None)
        self._connection.set_accept_state()

    def do_handshake(self) -> None:
        """Go on with the handshake. Raises ssl.SSLWantReadError until it is complete."""
        with self._pumped():
            self._connection.do_handshake()

    def read(self, size: int = READ_AT_ONCE, buffer: Any = None) -> Any:
        """Return up to *size* bytes, or fill *buffer* and return their number; nothing means the peer has ended."""
        # OpenSSL decrypts one record at a time, but uvloop reads on only while `pending` says so: take all there is.
        pieces: list[bytes] = []
        wanted = size
        try:
            while wanted:
                with self._pumped():
                    piece = self._connection.recv(min(wanted, RECORD))
                pieces.append(piece)
                wanted -= len(piece)
        except ssl.SSLWantReadError:
            self._has_more = False
            if not pieces:
                raise
        except ssl.SSLZeroReturnError:
            pass  # the next read, which `pending` asks for, returns nothing
        received = b"".join(pieces)
        if buffer is None:
            return received
        buffer[: len(received)] = received
        return len(received)

    def write(self, content: Any) -> int:
        """Encrypt *content*; return how much of it was taken."""
        if not content:
            return 0
        with self._pumped():
            return self._connection.send(content)

    def unwrap(self) -> None:
        """Say that we have ended, and wait for the peer to say so. Raises ssl.SSLWantReadError while waiting."""
        with self._pumped():
            done = self._connection.shutdown()
        if not done:
            raise ssl.SSLWantReadError

    def pending(self) -> int:
        """Return more than 0 while another `read` would return something."""
        return int(self._has_more)

    def getpeercert(self, binary_form: bool = False) -> Any:
        """Return the DER form of the peer's certificate, None when it has none; nobody verified it, so no names."""
        certificate = self._connection.get_peer_certificate(as_cryptography=True)
        if certificate is None:
            return None
        return certificate.public_bytes(Encoding.DER) if binary_form else {}

    def peer_chain(self) -> tuple[x509.Certificate, ...]:
        """Return the peer's certificate and the others it sent along; empty when it has none."""
        leaf = self._connection.get_peer_certificate(as_cryptography=True)
        if leaf is None:
            return ()
        sent = self._connection.get_peer_cert_chain(as_cryptography=True) or []
        return (leaf, *(one for one in sent if one != leaf))

    def cipher(self) -> tuple[str, str, int] | None:
        """Return name, protocol and secret bits of the cipher in use."""
        name = self._connection.get_cipher_name()
        if name is None:
            return None
        return name, self._connection.get_protocol_version_name(), self._connection.get_cipher_bits() or 0

    def compression(self) -> None:
        """Return None: there is no compression."""

    def selected_alpn_protocol(self) -> None:
        """Return None: nothing was negotiated."""

    def version(self) -> str:
        """Return the protocol's version."""
        return self._connection.get_protocol_version_name()

    @contextmanager
    def _pumped(self) -> Iterator[None]:
        """Feed what came in, let the block work, hand out what it produced; errors become those of `ssl`."""
        while arrived := self._incoming.read(READ_AT_ONCE):
            self._connection.bio_write(arrived)
            # A request may arrive together with the end of the handshake; only `pending` makes the loop read it.
            self._has_more = True
        try:
            yield
        except SSL.WantReadError:
            raise ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "more must be read first") from None
        except SSL.ZeroReturnError:
            raise ssl.SSLZeroReturnError(ssl.SSL_ERROR_ZERO_RETURN, "the peer has ended") from None
        except SSL.SysCallError:
            raise ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "the peer ended without saying so") from None
        except SSL.Error as error:
            raise ssl.SSLError(ssl.SSL_ERROR_SSL, _reason(error)) from None
        finally:
            self._hand_out()

    def _hand_out(self) -> None:
        try:
            while produced := self._connection.bio_read(READ_AT_ONCE):
                self._outgoing.write(produced)
        except SSL.WantReadError:
            pass  # nothing left


class AnyIssuerSession(Alerting, AnyIssuerObject):
    """What a port uses of it."""


def _reason(error: SSL.Error) -> str:
    """Return OpenSSL's words for *error*."""
    reasons = error.args[0] if error.args else ()
    return "; ".join(reason[-1] for reason in reasons if reason) or "TLS failed"
