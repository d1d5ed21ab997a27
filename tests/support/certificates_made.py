"""Certificates for tests: of an authority, self-signed, and as files."""

import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    load_pem_private_key,
    pkcs12,
)

from httpreceiver_listener.tls.certificates import KeyPair, read_pair, self_signed


def a_pair(*names: str) -> KeyPair:
    """Return a self-signed pair for DNS *names*."""
    return self_signed([x509.DNSName(name) for name in names or ("localhost",)])


def pair_of(issued: trustme.LeafCert) -> KeyPair:
    """Return what trustme issued as a pair."""
    chain = b"".join(one.bytes() for one in issued.cert_chain_pems)
    return read_pair(chain, issued.private_key_pem.bytes(), "trustme")


def write_pem(pair: KeyPair, path: Path) -> Path:
    """Write certificate and key into one PEM file."""
    path.write_bytes(pair.certificate_pem() + pair.key_pem())
    return path


def write_tls_folder(pair: KeyPair, folder: Path) -> None:
    """Write *pair* as a mounted kubernetes.io/tls Secret has it, without the kubelet's links."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tls.crt").write_bytes(pair.certificate_pem())
    (folder / "tls.key").write_bytes(pair.key_pem())


def write_pfx(pair: KeyPair, path: Path, password: str = "") -> Path:
    """Write *pair* as PKCS 12, encrypted when there is a password."""
    encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"x", pair.key, pair.chain[0], pair.chain[1:], encryption))  # type: ignore[arg-type]
    return path


def client_context(trusted: KeyPair | trustme.CA | None, presents: Path | None = None) -> ssl.SSLContext:
    """Return a client's context that trusts *trusted* (None: anything) and *presents* a PEM file."""
    context = ssl.create_default_context()
    if trusted is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif isinstance(trusted, trustme.CA):
        trusted.configure_trust(context)
    else:
        context.load_verify_locations(cadata=trusted.certificate_pem().decode())
    if presents is not None:
        context.load_cert_chain(presents)
    return context


def revocation_list(
    authority: trustme.CA,
    revoked: Iterable[x509.Certificate] = (),
    *,
    current_for: timedelta = timedelta(days=1),
    signed_by: trustme.CA | None = None,
) -> bytes:
    """Return the PEM list of what *authority* has revoked, made two hours ago."""
    made = datetime.now(UTC) - timedelta(hours=2)
    issuer = x509.load_pem_x509_certificate(authority.cert_pem.bytes()).subject
    key = load_pem_private_key((signed_by or authority).private_key_pem.bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer).last_update(made)
    builder = builder.next_update(datetime.now(UTC) + current_for)
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.serial_number).revocation_date(made)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
