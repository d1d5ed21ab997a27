"""From the options of a receiver, and what the Secrets hold that they name, to its guard."""

import re
from collections.abc import Iterator
from time import time
from typing import TYPE_CHECKING, Final

from httpreceiver_listener.authentication.access import AccessRule
from httpreceiver_listener.authentication.addresses import AddressCheck, Networks
from httpreceiver_listener.authentication.guard import Guard
from httpreceiver_listener.authentication.key_sets import FixedKeySet, KeyFetcher, KeySet, KeySetFault, read_key_set
from httpreceiver_listener.authentication.passwords import BasicCheck, PasswordHashes
from httpreceiver_listener.authentication.secrets import NamedSecrets
from httpreceiver_listener.authentication.signatures import HmacCheck
from httpreceiver_listener.authentication.tokens import ApiKeyCheck, BearerCheck
from httpreceiver_listener.authentication.verdicts import Check
from httpreceiver_workflow.credentials import CredentialFault, check_credentials, entries_of
from httpreceiver_workflow.endpoint import Scheme, ServedReceiver
from httpreceiver_workflow.options.auth import AuthAlternative, AuthAlternatives, ObjectUse, objects_used
from httpreceiver_workflow.options.auth_rules import carries_secret
from httpreceiver_workflow.options.signing import scheme_of

if TYPE_CHECKING:
    from httpreceiver_listener.authentication.client_certificates import Trust

REVOCATION_LIST: Final = re.compile(rb"-----BEGIN X509 CRL-----.+?-----END X509 CRL-----", re.DOTALL)


class GuardMaker:
    """
    Makes guards, and holds what they share: the limit on password hashes, and key sets that were fetched.
    """

    def __init__(self, fetcher: KeyFetcher) -> None:
        self._hashes = PasswordHashes()
        self._fetcher = fetcher

    def guard(self, rule: AccessRule, served: ServedReceiver, scheme: Scheme) -> Guard | None:
        """
        Return the guard of a receiver, None when everybody is let in.

        Args:
            rule: what its workflow asks for.
            scheme: how the endpoint speaks.
        Raises:
            CredentialFault: what a Secret holds cannot be used, or would travel in clear where that is not permitted.
        """
        auth = served.options.auth
        if rule.is_open and not auth:
            return None
        check_credentials(auth, served.credentials)
        if scheme is Scheme.HTTP:
            for number, one in enumerate(auth):
                if carries_secret(one) and not one.allow_insecure:
                    raise CredentialFault(f"spec.auth[{number}] would send its secret in clear on this port")
        uses = list(objects_used(auth))
        alternatives = [tuple(self._checks(one, _Values(number, uses, served))) for number, one in enumerate(auth)]
        return Guard(None if rule.is_open else rule, alternatives)

    def _checks(self, one: AuthAlternative, values: "_Values") -> Iterator[Check]:
        """Yield the checks of one alternative, the cheap ones first."""
        if one.addresses is not None:
            yield AddressCheck(Networks(one.addresses.allow), Networks(one.addresses.deny))
        if one.client_certificate is not None:
            from httpreceiver_listener.authentication.client_certificates import NO_TRUST, ClientCertificateCheck

            trust = one.client_certificate.trust
            yield ClientCertificateCheck(
                one.client_certificate, NO_TRUST if trust is None else _trust(values.of("clientCertificate"))
            )
        if one.api_key is not None:
            secrets = NamedSecrets(values.of("apiKey"))
            yield ApiKeyCheck(secrets, one.api_key.header, one.api_key.query)
        if one.bearer is not None:
            yield BearerCheck(NamedSecrets(values.of("bearer")))
        if one.hmac is not None:
            yield HmacCheck(scheme_of(one.hmac), values.of("hmac"), one.hmac.tolerance_seconds, time)
        if one.basic is not None:
            users = {name: value.decode() for name, value in values.of("basic")}
            yield BasicCheck(users, one.basic.realm, self._hashes)
        if one.jwt is not None:
            from httpreceiver_listener.authentication.json_web_tokens import JwtCheck

            url = one.jwt.jwks.url
            yield JwtCheck(one.jwt, self._fetcher.key_set(url) if url is not None else _fixed(values.of("jwt")))


class _Values:
    """What the Secrets hold that one alternative names."""

    def __init__(self, number: int, uses: list[ObjectUse], served: ServedReceiver) -> None:
        self._uses = [use for use in uses if use.where.startswith(f"spec.auth[{number}].")]
        self._served = served

    def of(self, member: str) -> tuple[tuple[str, bytes], ...]:
        """Return the entries that *member* reads. Raises CredentialFault."""
        (use,) = [use for use in self._uses if use.member == member]
        return entries_of(self._served.credentials, use)


def asks_certificate(auth: AuthAlternatives) -> bool:
    """Whether callers are asked for a certificate in the handshake."""
    return any(one.client_certificate is not None and one.client_certificate.forwarded is None for one in auth)


def _fixed(entries: tuple[tuple[str, bytes], ...]) -> KeySet:
    ((key, text),) = entries
    try:
        return FixedKeySet(read_key_set(text))
    except KeySetFault as fault:
        raise CredentialFault(f'Key "{key}" of jwks: {fault}') from None


def _trust(entries: tuple[tuple[str, bytes], ...]) -> "Trust":
    from cryptography import x509

    from httpreceiver_listener.authentication.client_certificates import Trust

    ((key, text),) = entries
    try:
        return Trust(
            x509.load_pem_x509_certificates(text),
            [x509.load_pem_x509_crl(block) for block in REVOCATION_LIST.findall(text)],
        )
    except ValueError:
        raise CredentialFault(f'Key "{key}" of trust holds a certificate or list that cannot be read') from None
