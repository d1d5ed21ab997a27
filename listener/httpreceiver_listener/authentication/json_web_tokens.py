"""`jwt`: a signed JSON Web Token, whose signature, time, issuer, audience and claims are all checked."""

from collections.abc import Mapping
from typing import Any, Final

import jwt

from httpreceiver_listener.authentication.key_sets import KeySet
from httpreceiver_listener.authentication.tokens import BEARER_CHALLENGE, WRONG_TOKEN_CHALLENGE, bearer_token
from httpreceiver_listener.authentication.verdicts import Allowed, Head, Refused
from httpreceiver_workflow.options.auth import ClaimRule, JwtAuth

KEY_TYPES: Final[Mapping[str, str]] = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP", "HS": "oct"}
"""First letters of an algorithm → the type of its keys: a token must not choose how a key is used."""
LONGEST_TOKEN: Final = 8192
LONGEST_CLIENT: Final = 256


class JwtCheck:
    """`jwt`."""

    def __init__(self, rule: JwtAuth, keys: KeySet) -> None:
        self._rule = rule
        self._keys = keys

    async def check(self, head: Head) -> Allowed | Refused:
        """Verify the token."""
        token = bearer_token(head.headers)
        if token is None:
            return Refused("jwt: no token", BEARER_CHALLENGE)
        try:
            claims = await self._verified(token)
        except (jwt.PyJWTError, RecursionError) as error:  # thousands of brackets are no JSON that anyone means
            return Refused(f"jwt: {type(error).__name__}", WRONG_TOKEN_CHALLENGE)
        if not all(_fits(rule, claims) for rule in self._rule.required_claims):
            return Refused("jwt: a required claim is missing or has another value", WRONG_TOKEN_CHALLENGE)
        client = claims.get(self._rule.client_claim)
        if not isinstance(client, str) or not 0 < len(client) <= LONGEST_CLIENT:
            return Refused("jwt: the claim that names the client is missing", WRONG_TOKEN_CHALLENGE)
        return Allowed(client)

    async def _verified(self, token: str) -> Mapping[str, Any]:
        """Return the claims. Raises jwt.PyJWTError, RecursionError or Unavailable."""
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise jwt.DecodeError("too long, or no token at all")
        header = jwt.get_unverified_header(token)
        algorithm, key_id = header.get("alg"), header.get("kid", "")
        if algorithm not in self._rule.algorithms or not isinstance(key_id, str):
            raise jwt.InvalidAlgorithmError("not allowed")
        key = await self._keys.key(key_id)
        if key is None or key.key_type != KEY_TYPES[algorithm[:2]]:
            raise jwt.InvalidKeyError("no such key")
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=[algorithm],
            issuer=self._rule.issuer,
            audience=self._rule.audiences,
            leeway=self._rule.leeway_seconds,
            options={"require": ["exp", "iss", "aud"], "enforce_minimum_key_length": True},
        )
        return claims


def _fits(rule: ClaimRule, claims: Mapping[str, Any]) -> bool:
    """Whether the claim is there and, where values are wanted, is or holds one of them; `scope` is a list in a text."""
    if rule.name not in claims:
        return False
    if not rule.values:
        return True
    found = claims[rule.name]
    if rule.name == "scope" and isinstance(found, str):
        found = found.split(" ")
    held = found if isinstance(found, list) else [found]
    return any(_as_text(one) in rule.values for one in held)


def _as_text(value: object) -> str | None:
    """Return a claim's value as a manifest writes it; None for what it cannot write."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else None
