"""
Certificates on disk: read a pair, find one by thumbprint in a folder, make and keep the default self-signed one.

A *thumbprint* is the SHA-1 of the DER form in hexadecimal, as Windows shows it (contract-gaps: certificate store).
"""

import contextlib
import fcntl
import os
import socket
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from httpreceiver_listener.tls.certificate_source import CertificateError

VALID_DAYS: Final = 825
RENEW_BEFORE_DAYS: Final = 30
DEFAULT_NAME: Final = "listener.pem"
PEM_SUFFIXES: Final = frozenset({".pem", ".crt", ".cer", ".key"})
PFX_SUFFIXES: Final = frozenset({".pfx", ".p12"})
PASSWORD_VARIABLE: Final = "HTTPRECEIVER_PFX_PASSWORD"  # noqa: S105  the name of a variable


@dataclass(frozen=True, slots=True)
class KeyPair:
    """
    A certificate with its private key.

    Attributes:
        chain: the certificate itself first, then intermediates.
    """

    chain: tuple[x509.Certificate, ...]
    key: PrivateKeyTypes

    @property
    def thumbprint(self) -> str:
        """Upper-case hexadecimal SHA-1."""
        return thumbprint_of(self.chain[0])

    @property
    def expires(self) -> datetime:
        """When the certificate ends, aware."""
        return self.chain[0].not_valid_after_utc

    def certificate_pem(self) -> bytes:
        """Return the chain as PEM."""
        return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in self.chain)

    def key_pem(self) -> bytes:
        """Return the private key as unencrypted PEM."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def thumbprint_of(certificate: x509.Certificate) -> str:
    """Return the thumbprint of *certificate*, upper case."""
    return certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303  a name for it, not a protection


def normal_thumbprint(text: str) -> str:
    """
    Return *text* as upper-case hexadecimal, without separators or the invisible mark that Windows puts before it.

    >>> normal_thumbprint("ab 12:cd")
    'AB12CD'
    """
    return "".join(character for character in text if character in "0123456789abcdefABCDEF").upper()


def read_pair(certificate_pem: bytes, key_pem: bytes, where: str) -> KeyPair:
    """
    Read a pair from PEM; *where* names it in errors.

    Raises:
        CertificateError: not PEM, an encrypted key, or a key that belongs to another certificate.
    """
    try:
        chain = tuple(x509.load_pem_x509_certificates(certificate_pem))
        key = serialization.load_pem_private_key(key_pem, None)
    except (ValueError, TypeError) as error:
        raise CertificateError(f"{where} holds no usable certificate and key: {error}.") from error
    leaf = [one for one in chain if one.public_key() == key.public_key()]
    if not leaf:
        raise CertificateError(f"The private key in {where} does not belong to its certificate.")
    return KeyPair((leaf[0], *(one for one in chain if one != leaf[0])), key)


def read_tls_folder(folder: Path) -> KeyPair:
    """
    Read a mounted kubernetes.io/tls Secret.

    Raises:
        CertificateError: a file is missing, broken, or of another pair.
    """
    try:
        return read_pair((folder / "tls.crt").read_bytes(), (folder / "tls.key").read_bytes(), str(folder))
    except OSError as error:
        raise CertificateError(f"{error.filename} cannot be read: {error.strerror}.") from error


def find_pair(folder: Path | None, thumbprint: str) -> KeyPair:
    """
    Find the pair whose certificate has *thumbprint* among the PEM and PFX files of *folder*.

    A PEM certificate may have its key in the same file or in another of the folder. A PFX's password stands in
    ``<file>.password`` beside it, or in the environment.

    Raises:
        CertificateError: there is none, or it has no private key.
    """
    wanted = normal_thumbprint(thumbprint)
    if folder is None:
        raise CertificateError(f"Certificate {wanted} is needed, but no folder of certificates is configured.")
    certificates: list[x509.Certificate] = []
    keys: list[PrivateKeyTypes] = []
    unreadable: list[str] = []
    for path in _certificate_files(folder):
        try:
            found, found_keys = _read_file(path)
        except CertificateError as error:
            unreadable.append(str(error))
            continue
        certificates += found
        keys += found_keys
    leaf = next((one for one in certificates if thumbprint_of(one) == wanted), None)
    if leaf is None:
        also = f" ({' '.join(unreadable)})" if unreadable else ""
        raise CertificateError(f"No certificate with thumbprint {wanted} is in {folder}.{also}")
    key = next((one for one in keys if one.public_key() == leaf.public_key()), None)
    if key is None:
        raise CertificateError(f"Certificate {wanted} in {folder} has no private key there.")
    return KeyPair((leaf, *_issuers(leaf, certificates)), key)


def default_pair(folder: Path, names: Sequence[str]) -> KeyPair:
    """
    Return the default self-signed pair kept in *folder*; made when there is none, it ends soon or lacks a name.

    Raises:
        CertificateError: the folder cannot be written.
    """
    path, wanted = folder / DEFAULT_NAME, _subject_names(names)
    if kept := _kept_pair(path, wanted):
        return kept
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(folder):
            made = _kept_pair(path, wanted)  # another process was first
            if made is None:
                made = self_signed(wanted)
                _write_private(path, made.key_pem() + made.certificate_pem())
    except OSError as error:
        raise CertificateError(f"The default certificate cannot be kept in {folder}: {error.strerror}.") from error
    return made


def _kept_pair(path: Path, wanted: Sequence[x509.GeneralName]) -> KeyPair | None:
    with contextlib.suppress(OSError, CertificateError):
        text = path.read_bytes()
        kept = read_pair(text, text, str(path))
        has = set(kept.chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
        if kept.expires - datetime.now(UTC) > timedelta(days=RENEW_BEFORE_DAYS) and has >= set(wanted):
            return kept
    return None


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep every other process out of *folder* that asks too: all who serve from it must present one certificate."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def self_signed(names: Sequence[x509.GeneralName]) -> KeyPair:
    """Make a self-signed pair (ECDSA P-256) for *names*; the first is its subject."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, str(names[0].value)[:64])])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return KeyPair((certificate,), key)


@contextlib.contextmanager
def private_file(content: bytes) -> Iterator[str]:
    """
    Give *content* a path for as long as the block runs, for OpenSSL's functions that read only files.

    It never touches a disk where the system has memory files; a pod's root is read-only.
    """
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("certificate", os.MFD_CLOEXEC)
        try:
            with open(descriptor, "wb", closefd=False) as file:
                file.write(content)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
    else:
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            yield file.name


def load_pair(context: ssl.SSLContext, pair: KeyPair) -> None:
    """Put *pair* into *context*. Raises CertificateError when OpenSSL refuses it."""
    try:
        with private_file(pair.key_pem() + pair.certificate_pem()) as path:
            context.load_cert_chain(path)
    except ssl.SSLError as error:
        raise CertificateError(f"Certificate {pair.thumbprint} cannot be used: {error.reason or error}.") from error


def _subject_names(names: Sequence[str]) -> list[x509.GeneralName]:
    wanted: list[x509.GeneralName] = []
    for name in ("localhost", socket.gethostname(), "127.0.0.1", "::1", *names):
        try:
            general: x509.GeneralName = x509.IPAddress(ip_address(name))
        except ValueError:
            if not name.isascii():
                continue
            general = x509.DNSName(name)
        if general not in wanted:
            wanted.append(general)
    return wanted


def _certificate_files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() in PEM_SUFFIXES | PFX_SUFFIXES)
    except OSError as error:
        raise CertificateError(f"The folder of certificates {folder} cannot be read: {error.strerror}.") from error


def _read_file(path: Path) -> tuple[list[x509.Certificate], list[PrivateKeyTypes]]:
    try:
        content = path.read_bytes()
        if path.suffix.lower() in PFX_SUFFIXES:
            return _read_pfx(path, content)
        certificates = x509.load_pem_x509_certificates(content) if b"BEGIN CERTIFICATE" in content else []
        keys = [serialization.load_pem_private_key(content, None)] if b"PRIVATE KEY-----" in content else []
    except (OSError, ValueError, TypeError) as error:
        raise CertificateError(f"{path.name} cannot be read: {error}.") from error
    return list(certificates), list(keys)


def _read_pfx(path: Path, content: bytes) -> tuple[list[x509.Certificate], list[PrivateKeyTypes]]:
    sidecar = path.with_name(path.name + ".password")
    if sidecar.is_file():
        password = sidecar.read_bytes().rstrip(b"\r\n")
    else:
        password = os.environ.get(PASSWORD_VARIABLE, "").encode()
    key, leaf, others = pkcs12.load_key_and_certificates(content, password or None)
    return [one for one in (leaf, *others) if one is not None], [key] if key is not None else []


def _issuers(leaf: x509.Certificate, known: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Return the chain above *leaf* as far as *known* has it, without the root."""
    chain: list[x509.Certificate] = []
    current = leaf
    while current.issuer != current.subject:
        issuer = next((one for one in known if one.subject == current.issuer and one not in chain), None)
        if issuer is None or issuer.issuer == issuer.subject:
            break
        chain.append(issuer)
        current = issuer
    return chain


def _write_private(path: Path, content: bytes) -> None:
    """Write *content* readable by the owner only, in one step."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
