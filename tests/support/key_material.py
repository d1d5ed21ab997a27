"""Signing keys for tokens, and the public halves as a key set has them."""

from time import time
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec


def _made(kid: str) -> tuple[ec.EllipticCurvePrivateKey, dict[str, Any]]:
    key = ec.generate_private_key(ec.SECP256R1())
    return key, {**jwt.get_algorithm_by_name("ES256").to_jwk(key.public_key(), as_dict=True), "kid": kid}


KEYS: Final = {kid: _made(kid) for kid in ("a", "b")}
"""Key id → the private key, and its public half."""


def a_token(kid: str, **claims: Any) -> str:
    """Return a token of issuer ``i`` for ``u`` that is good for a minute, unless *claims* say otherwise."""
    whole = {"iss": "i", "aud": "u", "sub": "ann", "exp": time() + 60, **claims}
    return jwt.encode(whole, KEYS[kid][0], "ES256", headers={"kid": kid})
