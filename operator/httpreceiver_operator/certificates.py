"""
Make a self-signed pair: the only place with randomness. Run for the plan's IssueCertificate action.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_FOR: Final = timedelta(days=825)
"""Long enough that callers who pin the certificate seldom have to change, short enough for every client."""

CLOCK_SKEW: Final = timedelta(hours=1)
KEY_BITS: Final = 2048
"""RSA, because callers of hospital interfaces include clients that know nothing newer."""


def self_signed_pair(dns_names: Sequence[str], now: datetime) -> dict[str, bytes]:
    """
    Return the data of a TLS Secret: ``tls.crt``, ``tls.key`` and ``ca.crt``, the public part to hand to callers.

    Args:
        dns_names: what the certificate is valid for; the longest name without a wildcard is its common name.
        now: aware.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    named = [name for name in dns_names if not name.startswith("*") and len(name) <= 64]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, max(named, key=len))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in dns_names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    return {
        "tls.crt": pem,
        "tls.key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "ca.crt": pem,
    }
