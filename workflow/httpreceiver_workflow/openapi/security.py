"""
Who may call, as security schemes and requirements.

What callers must know is told: kinds, names of headers, what a signature covers, whose tokens count. Names of clients,
keys, pins, claims that are asked for and networks are not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from httpreceiver_workflow.openapi.answers import Json
from httpreceiver_workflow.options.auth import AuthAlternative, AuthAlternatives, HmacAuth, JwtAuth
from httpreceiver_workflow.options.signed_text import read_signed_text
from httpreceiver_workflow.options.signing import Scheme, scheme_of
from httpreceiver_workflow.pipeline.compiler import Pipeline

_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")
_ASKS_CREDENTIALS: Final = ("basic", "bearer", "apiKey", "jwt", "hmac")


@dataclass(frozen=True, slots=True)
class Security:
    """
    Who may call one receiver.

    Attributes:
        schemes: name → security scheme object; equal names mean equal schemes.
        requirements: alternatives, as an operation's `security` has them; empty when everybody may call.
        headers: header parameters beside the schemes: what a signature covers.
        refusals: names of what whoever is not let in is answered.
    """

    schemes: dict[str, Json]
    requirements: list[Json]
    headers: list[Json]
    refusals: tuple[str, ...]


def security_of(pipeline: Pipeline, auth: AuthAlternatives) -> Security:
    """Return who may call a receiver: what its workflow asks for, and one of the alternatives of *auth* with it."""
    receiver = pipeline.receiver
    own: dict[str, Json] = {}
    if pipeline.basic is not None:
        own["basic"] = {"type": "http", "scheme": "basic"}
    if receiver.require_client_certificate and (receiver.hosted or receiver.use_ssl):
        own["mutualTLS"] = {"type": "mutualTLS"}
    schemes = dict(own)
    requirements: list[Json] = []
    headers: dict[str, Json] = {}
    for one in auth:
        asked = _schemes(one)
        schemes |= asked
        requirements.append({name: [] for name in sorted({*own, *asked})})
        if one.hmac is not None:
            signed = _signed_headers(scheme_of(one.hmac), is_required=len(auth) == 1)
            headers |= {parameter["name"].lower(): parameter for parameter in signed}
    if own and not auth:
        requirements = [{name: [] for name in sorted(own)}]
    return Security(schemes, requirements, list(headers.values()), _refusals(own, auth))


def _refusals(own: dict[str, Json], auth: Sequence[AuthAlternative]) -> tuple[str, ...]:
    asks_credentials = [any(kind in _ASKS_CREDENTIALS for kind in one.kinds) for one in auth]
    refusals = []
    if "basic" in own or any(asks_credentials):
        refusals.append("Unauthorized")
    # An alternative that also looks at certificates or addresses refuses by them, whatever else it asks for.
    if "mutualTLS" in own or any({"addresses", "clientCertificate"} & set(one.kinds) for one in auth):
        refusals.append("Forbidden")
    return tuple(refusals)


def _schemes(one: AuthAlternative) -> dict[str, Json]:
    found: dict[str, Json] = {}
    if one.basic is not None:
        found["basic"] = {"type": "http", "scheme": "basic"}
    if one.bearer is not None:
        found["bearer"] = {"type": "http", "scheme": "bearer"}
    if one.api_key is not None:
        place, name = ("header", one.api_key.header) if one.api_key.header else ("query", one.api_key.query)
        found[_named(f"apiKey-{place}-{name}")] = {"type": "apiKey", "in": place, "name": name}
    if one.jwt is not None:
        found[_named("jwt-" + "-".join((one.jwt.issuer, *one.jwt.audiences)))] = _jwt(one.jwt)
    if one.hmac is not None:
        found[_named(_hmac_name(one.hmac))] = _hmac(scheme_of(one.hmac), one.hmac)
    if one.client_certificate is not None:
        found["mutualTLS"] = {"type": "mutualTLS"}
    return found


def _named(text: str) -> str:
    """Return *text* as a component may be called."""
    return _NOT_IN_A_NAME.sub("-", text).strip("-")


def _jwt(rule: JwtAuth) -> Json:
    algorithms, audiences = ", ".join(rule.algorithms), ", ".join(rule.audiences)
    text = f"A token of {rule.issuer} for the audience {audiences}, signed with {algorithms}."
    return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": text}


def _hmac_name(rule: HmacAuth) -> str:
    scheme = scheme_of(rule)
    return f"hmac-{rule.preset}" if rule.preset else f"hmac-{scheme.header}-{scheme.algorithm}-{scheme.encoding}"


def _hmac(scheme: Scheme, rule: HmacAuth) -> Json:
    """Return a signature as the key in a header that it is sent as, with how it is made."""
    digest = f"HMAC-{scheme.algorithm.upper()} in {'hexadecimal' if scheme.encoding == 'Hex' else 'base64'}"
    text = f"{digest} of {scheme.signed_text}, where {{body}} is the body as it is sent"
    if scheme.prefix:
        text += f"; written after {scheme.prefix}"
    if scheme.timestamp_prefix:
        text += f"; the same header has the time after {scheme.timestamp_prefix}, before a {scheme.separator}"
    if scheme.timestamp_prefix or scheme.timestamp_header:
        text += f". The time is in seconds since 1970, at most {rule.tolerance_seconds} from now"
    return {"type": "apiKey", "in": "header", "name": scheme.header, "description": f"{text}."}


def _signed_headers(scheme: Scheme, *, is_required: bool) -> list[Json]:
    """Return the headers that a signature covers; they are required where nobody is let in without it."""
    names = [scheme.timestamp_header] if scheme.timestamp_header else []
    names += [part.text for part in read_signed_text(scheme.signed_text) if part.kind == "header"]
    return [{"name": name, "in": "header", "required": is_required, "schema": {"type": "string"}} for name in names]
