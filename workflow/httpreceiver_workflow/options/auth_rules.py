"""What can be wrong with `auth` that a schema does not see: found when a workflow is compiled, before any request."""

from collections.abc import Iterator
from ipaddress import ip_network

from httpreceiver_workflow.options.auth import (
    PLAIN_KINDS,
    AddressRules,
    ApiKeyAuth,
    AuthAlternative,
    AuthAlternatives,
    ClientCertificateAuth,
    HmacAuth,
    JwtAuth,
)
from httpreceiver_workflow.options.signed_text import SignedTextFault, read_signed_text
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.problems import Problem


def auth_problems(auth: AuthAlternatives, *, hosted: bool, use_ssl: bool) -> Iterator[Problem]:
    """
    Yield what is wrong with *auth* of one receiver.

    Args:
        hosted: it is on the host's service address, whose scheme is not known here; the listener looks when it loads.
        use_ssl: its own port speaks HTTPS.
    """
    for number, one in enumerate(auth):
        place = f"spec.auth[{number}]"
        yield from _combination(one, place)
        if not hosted and not use_ssl:
            yield from _in_clear(one, place)
        if one.addresses is not None:
            yield from _addresses(one.addresses, f"{place}.addresses")
        if one.api_key is not None:
            yield from _api_key(one.api_key, f"{place}.apiKey")
        if one.hmac is not None:
            yield from _hmac(one.hmac, f"{place}.hmac")
        if one.jwt is not None:
            yield from _jwt(one.jwt, f"{place}.jwt")
        if one.client_certificate is not None:
            over_tls = hosted or use_ssl or one.client_certificate.forwarded is not None
            yield from _certificate(one.client_certificate, f"{place}.clientCertificate", over_tls=over_tls)


def carries_secret(one: AuthAlternative) -> bool:
    """Whether requests of this alternative carry the secret itself."""
    return any(kind in PLAIN_KINDS for kind in one.kinds)


def _invalid(where: str, message: str) -> Problem:
    return Problem(where, ProblemCode.AUTH_INVALID, message)


def _combination(one: AuthAlternative, place: str) -> Iterator[Problem]:
    if not one.kinds:
        yield _invalid(place, "The alternative asks for nothing, so it would let in everybody.")
    in_one_header = [kind for kind in one.kinds if kind in ("basic", "bearer", "jwt")]
    if len(in_one_header) > 1:
        message = f"{' and '.join(in_one_header)} need the same header, so no request can have both."
        yield _invalid(place, message)


def _in_clear(one: AuthAlternative, place: str) -> Iterator[Problem]:
    if not carries_secret(one):
        return
    if one.allow_insecure:
        message = "Its secret travels in clear, since the port speaks plain HTTP and allowInsecure permits it."
        yield Problem(place, ProblemCode.AUTH_IN_CLEAR, message)
    else:
        message = "Its secret would travel in clear, since the port speaks plain HTTP."
        yield Problem(place, ProblemCode.AUTH_WITHOUT_TLS, message)


def _addresses(rules: AddressRules, place: str) -> Iterator[Problem]:
    if not rules.allow and not rules.deny:
        yield _invalid(place, "addresses has neither allow nor deny.")
    for field, networks in (("allow", rules.allow), ("deny", rules.deny)):
        for number, text in enumerate(networks):
            try:
                ip_network(text)
            except ValueError as error:
                yield _invalid(f"{place}.{field}[{number}]", f"{str(error)[:1].upper()}{str(error)[1:]}.")


def _api_key(rule: ApiKeyAuth, place: str) -> Iterator[Problem]:
    if (rule.header is None) == (rule.query is None):
        yield _invalid(place, "apiKey needs exactly one of header and query.")


def _hmac(rule: HmacAuth, place: str) -> Iterator[Problem]:
    own = {
        "header": rule.header,
        "algorithm": rule.algorithm,
        "encoding": rule.encoding,
        "prefix": rule.prefix,
        "timestampHeader": rule.timestamp_header,
        "signedText": rule.signed_text,
    }
    given = [field for field, value in own.items() if value is not None]
    if rule.preset is not None:
        if given:
            yield _invalid(place, f"{', '.join(given)} cannot stand beside the preset {rule.preset}.")
        return
    if rule.header is None:
        yield _invalid(place, "hmac needs a preset, or the header that has the signature.")
    try:
        parts = read_signed_text(rule.signed_text or "{body}")
    except SignedTextFault as fault:
        yield _invalid(f"{place}.signedText", f"{fault}.")
        return
    signs_time = any(part.kind == "timestamp" for part in parts)
    if signs_time != (rule.timestamp_header is not None):
        message = "A time that is checked must be signed: give both timestampHeader and {timestamp} in signedText."
        yield _invalid(f"{place}.signedText", message)


def _jwt(rule: JwtAuth, place: str) -> Iterator[Problem]:
    sources = [rule.jwks.url, rule.jwks.config_map_key_ref, rule.jwks.secret_key_ref]
    if sum(source is not None for source in sources) != 1:
        yield _invalid(f"{place}.jwks", "jwks needs exactly one of url, configMapKeyRef and secretKeyRef.")
    shared = [algorithm for algorithm in rule.algorithms if algorithm.startswith("HS")]
    if shared and (len(shared) < len(rule.algorithms) or rule.jwks.secret_key_ref is None):
        message = "HS algorithms need secret keys: take them from a Secret, and allow no other algorithms beside them."
        yield _invalid(f"{place}.algorithms", message)


def _certificate(rule: ClientCertificateAuth, place: str, *, over_tls: bool) -> Iterator[Problem]:
    if rule.trust is None and not rule.pins:
        yield _invalid(place, "clientCertificate needs trust, pins or both.")
    if rule.trust is not None and (rule.trust.config_map_key_ref is None) == (rule.trust.secret_key_ref is None):
        yield _invalid(f"{place}.trust", "trust needs exactly one of configMapKeyRef and secretKeyRef.")
    if not over_tls:
        message = "The port speaks plain HTTP, so nobody can present a certificate; set UseSsl, or use forwarded."
        yield _invalid(place, message)
