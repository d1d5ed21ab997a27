"""
`auth`: who may call a receiver, beside what its workflow asks for.

A list of alternatives: a request is let in when one of them lets it in, and an alternative does so when every member it
has does. Secrets are named, never written here; `credentials` is what they hold.
"""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

import msgspec

from httpreceiver_workflow.options.option import Option

ObjectName = Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
ObjectKey = Annotated[str, msgspec.Meta(min_length=1, max_length=253, pattern="^[-._a-zA-Z0-9]+$")]
HeaderName = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")]
Cidr = Annotated[str, msgspec.Meta(min_length=2, max_length=43, pattern="^[0-9a-fA-F.:]+(/[0-9]{1,3})?$")]
Cidrs = Annotated[tuple[Cidr, ...], msgspec.Meta(max_length=64)]
Pin = Annotated[str, msgspec.Meta(max_length=64, pattern="^([0-9a-fA-F]{40}|[0-9a-fA-F]{64})$")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=253)]

HmacPreset = Literal["GitHub", "Slack", "StandardWebhooks", "Stripe"]
HmacAlgorithm = Literal["SHA1", "SHA256", "SHA512"]
HmacEncoding = Literal["Hex", "Base64"]
JwtAlgorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512"
]
ForwardedFormat = Literal["Envoy", "UrlEncodedPem", "Base64Der"]

DEFAULT_TOLERANCE_S: Final = 300
PLAIN_KINDS: Final = ("basic", "bearer", "apiKey", "jwt")
"""Kinds whose requests carry the secret itself, so that whoever listens on the way has it."""


class SecretRef(Option, frozen=True, kw_only=True):
    """A Secret that is read whole: each key is the name of a client, its value what that client proves."""

    name: ObjectName


class KeyRef(Option, frozen=True, kw_only=True):
    """One key of a ConfigMap or Secret."""

    name: ObjectName
    key: ObjectKey


class KeySource(Option, frozen=True, kw_only=True):
    """Exactly one of its members."""

    config_map_key_ref: KeyRef | None = None
    secret_key_ref: KeyRef | None = None


class AddressRules(Option, frozen=True, kw_only=True):
    """`addresses`: networks of the caller's address, as trusted proxies tell it; *deny* wins, no *allow* means all."""

    allow: Cidrs = ()
    deny: Cidrs = ()


class BasicAuth(Option, frozen=True, kw_only=True):
    """`basic`: user names and passwords, plain or hashed."""

    secret_ref: SecretRef
    realm: Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[ !#-\\[\\]-~]+$")] = "httpreceiver"


class BearerAuth(Option, frozen=True, kw_only=True):
    """`bearer`: `Authorization: Bearer` with one of several tokens."""

    secret_ref: SecretRef


class ApiKeyAuth(Option, frozen=True, kw_only=True):
    """`apiKey`: one of several keys, in the named header or the named query parameter: exactly one of the two."""

    secret_ref: SecretRef
    header: HeaderName | None = None
    query: Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[-._~0-9A-Za-z]+$")] | None = None


class HmacAuth(Option, frozen=True, kw_only=True):
    """
    `hmac`: a signature over the exact bytes of the body.

    Only *secret_ref* and *tolerance_seconds* may stand beside *preset*. Left out, *algorithm* is SHA256, *encoding* Hex
    and *signed_text* ``{body}``.
    """

    secret_ref: SecretRef
    preset: HmacPreset | None = None
    header: HeaderName | None = None
    algorithm: HmacAlgorithm | None = None
    encoding: HmacEncoding | None = None
    prefix: Annotated[str, msgspec.Meta(max_length=32, pattern="^[!-~]*$")] | None = None
    timestamp_header: HeaderName | None = None
    tolerance_seconds: Annotated[int, msgspec.Meta(ge=1, le=86400)] = DEFAULT_TOLERANCE_S
    signed_text: Annotated[str, msgspec.Meta(min_length=1, max_length=256)] | None = None


class JwksSource(Option, frozen=True, kw_only=True):
    """`jwks`: exactly one of its members."""

    url: Annotated[str, msgspec.Meta(max_length=2048, pattern="^https://[^/?#@]+([/?][!-~]*)?$")] | None = None
    config_map_key_ref: KeyRef | None = None
    secret_key_ref: KeyRef | None = None


class ClaimRule(Option, frozen=True, kw_only=True):
    """A claim that must be there, with one of *values* when there are any; of a list in the token one must fit."""

    name: Text
    values: Annotated[tuple[Text, ...], msgspec.Meta(max_length=32)] = ()


class JwtAuth(Option, frozen=True, kw_only=True):
    """`jwt`: a signed JSON Web Token that has not expired."""

    jwks: JwksSource
    issuer: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
    audiences: Annotated[tuple[Text, ...], msgspec.Meta(min_length=1, max_length=16)]
    algorithms: Annotated[tuple[JwtAlgorithm, ...], msgspec.Meta(min_length=1, max_length=13)] = ("RS256",)
    required_claims: Annotated[tuple[ClaimRule, ...], msgspec.Meta(max_length=16)] = ()
    leeway_seconds: Annotated[int, msgspec.Meta(ge=0, le=300)] = 60
    client_claim: Text = "sub"


class ForwardedCertificate(Option, frozen=True, kw_only=True):
    """`forwarded`: the certificate that a trusted proxy saw and passes on in a header."""

    header: HeaderName
    format: ForwardedFormat


class ClientCertificateAuth(Option, frozen=True, kw_only=True):
    """
    `clientCertificate`: one that *trust* vouches for, or whose exact fingerprint is in *pins*; at least one of them.

    With *subjects* or *names* the certificate must also have one of them.
    """

    trust: KeySource | None = None
    pins: Annotated[tuple[Pin, ...], msgspec.Meta(min_length=1, max_length=64)] = ()
    subjects: Annotated[tuple[Text, ...], msgspec.Meta(max_length=64)] = ()
    names: Annotated[tuple[Text, ...], msgspec.Meta(max_length=64)] = ()
    forwarded: ForwardedCertificate | None = None


class AuthAlternative(Option, frozen=True, kw_only=True):
    """One item of `auth`; at least one of its members beside *allow_insecure*."""

    addresses: AddressRules | None = None
    basic: BasicAuth | None = None
    bearer: BearerAuth | None = None
    api_key: ApiKeyAuth | None = None
    jwt: JwtAuth | None = None
    hmac: HmacAuth | None = None
    client_certificate: ClientCertificateAuth | None = None
    allow_insecure: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """The members it has, as the manifest spells them."""
        fields = zip(self.__struct_fields__, self.__struct_encode_fields__, strict=True)
        return tuple(wire for field, wire in fields if field != "allow_insecure" and getattr(self, field) is not None)


AuthAlternatives = Annotated[tuple[AuthAlternative, ...], msgspec.Meta(max_length=8)]


def tells_names(auth: AuthAlternatives) -> bool:
    """Whether *auth* finds out who a caller is; where it calls from does not tell."""
    return any(kind != "addresses" for one in auth for kind in one.kinds)


class ObjectUse(msgspec.Struct, frozen=True):
    """
    One ConfigMap or Secret that an alternative names.

    Attributes:
        kind: ``ConfigMap`` or ``Secret``.
        key: the only key that is read; ``""`` for all of them.
        where: path of the reference, for messages.
        member: the kind of the alternative, which says what the values are.
    """

    kind: str
    name: str
    key: str
    where: str
    member: str


def objects_used(auth: AuthAlternatives) -> Iterator[ObjectUse]:
    """Yield every ConfigMap and Secret that *auth* names, in order."""
    for number, one in enumerate(auth):
        place = f"spec.auth[{number}]"
        for member, part in (
            ("basic", one.basic),
            ("bearer", one.bearer),
            ("apiKey", one.api_key),
            ("hmac", one.hmac),
        ):
            if part is not None:
                yield ObjectUse("Secret", part.secret_ref.name, "", f"{place}.{member}.secretRef", member)
        if one.jwt is not None:
            yield from _key_uses(one.jwt.jwks, f"{place}.jwt.jwks", "jwt")
        if one.client_certificate is not None and one.client_certificate.trust is not None:
            yield from _key_uses(one.client_certificate.trust, f"{place}.clientCertificate.trust", "clientCertificate")


def _key_uses(source: KeySource | JwksSource, where: str, member: str) -> Iterator[ObjectUse]:
    for kind, field, reference in (
        ("ConfigMap", "configMapKeyRef", source.config_map_key_ref),
        ("Secret", "secretKeyRef", source.secret_key_ref),
    ):
        if reference is not None:
            yield ObjectUse(kind, reference.name, reference.key, f"{where}.{field}", member)
