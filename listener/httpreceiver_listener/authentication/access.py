"""
Who may call a receiver: Basic authentication and client certificates, exactly as contract 3 and 3.1 say. Pure.

Decided from headers and the TLS session alone, before any byte of the body is read. What the contract permits but is
unsafe (Basic ignored without TLS, thumbprints compared by containment) runs as documented; `lint` warns about it.
"""

import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from enum import Enum

from httpreceiver_workflow.contract.settings import HttpReceiver
from httpreceiver_workflow.pipeline.effects import BasicCredentials


class Decision(Enum):
    """What the checks say about one request."""

    ALLOWED = "allowed"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class AccessRule:
    """
    What one receiver asks of its callers, compiled.

    Attributes:
        credentials: ``user:password`` in UTF-8; None when nobody is asked.
        thumbprints: lower case; a presented thumbprint must occur in one of them. None when none is required.
    """

    credentials: bytes | None = None
    thumbprints: tuple[str, ...] | None = None

    @property
    def is_open(self) -> bool:
        """True when every request is allowed, so that the check can be left out."""
        return self.credentials is None and self.thumbprints is None


def access_rule(receiver: HttpReceiver, basic: BasicCredentials | None, admin_certificates: str) -> AccessRule:
    """
    Compile the checks of *receiver*.

    A client certificate is required self-hosted only with UseSsl, hosted always; hosted receivers also accept the
    host's *admin_certificates*.

    Args:
        basic: what callers must give; None when Basic is not enforced.
    """
    credentials = None if basic is None else f"{basic.user_name}:{basic.password}".encode()
    thumbprints: tuple[str, ...] | None = None
    if receiver.require_client_certificate and (receiver.hosted or receiver.use_ssl):
        accepted = [receiver.client_certificate_thumbprints]
        if receiver.hosted:
            accepted.append(admin_certificates)
        thumbprints = tuple(text.lower() for text in accepted)
    return AccessRule(credentials, thumbprints)


def decide(rule: AccessRule, authorization: str | None, thumbprint: str | None) -> Decision:
    """
    Decide about one request.

    Args:
        authorization: the Authorization header's value, None when absent.
        thumbprint: SHA-1 of the presented client certificate in lower-case hexadecimal, None when none was presented.
    """
    if rule.thumbprints is not None and not _certificate_fits(rule.thumbprints, thumbprint):
        return Decision.FORBIDDEN
    if rule.credentials is not None and not _credentials_fit(rule.credentials, authorization):
        return Decision.UNAUTHORIZED
    return Decision.ALLOWED


def _certificate_fits(accepted: tuple[str, ...], thumbprint: str | None) -> bool:
    return bool(thumbprint) and any(str(thumbprint) in text for text in accepted)


def _credentials_fit(expected: bytes, authorization: str | None) -> bool:
    presented = basic_credentials(authorization)
    return presented is not None and hmac.compare_digest(presented, expected)


def basic_credentials(authorization: str | None) -> bytes | None:
    """Return ``user:password`` as a Basic header has it, None for any other header."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return b64decode(encoded.strip().encode("ascii", "replace"), validate=True)
    except Base64Error:
        return None
