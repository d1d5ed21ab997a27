"""
What the planner knows of a certificate: read from PEM text, without a clock and without a key.
"""

import warnings
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.utils import CryptographyDeprecationWarning


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """
    One server certificate.

    Attributes:
        thumbprint: SHA-1 of the DER form, 40 upper-case hexadecimal digits, as workflows name certificates.
        not_after: aware; end of validity.
        self_signed: issuer and subject are the same.
        dns_names: its DNS alternative names, sorted.
    """

    thumbprint: str
    not_after: datetime
    self_signed: bool
    dns_names: tuple[str, ...] = ()


def certificate_facts(pem: bytes) -> CertificateFacts | None:
    """Return the facts of the first certificate in *pem*, the one a server presents; None when there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            certificate = x509.load_pem_x509_certificate(pem)
            names = _dns_names(certificate)
    except ValueError:
        return None
    return CertificateFacts(
        thumbprint=certificate.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303  a name, not a protection
        not_after=certificate.not_valid_after_utc,
        self_signed=certificate.issuer == certificate.subject,
        dns_names=names,
    )


def _dns_names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(sorted(extension.value.get_values_for_type(x509.DNSName)))
