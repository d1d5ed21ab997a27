"""JSON Web Tokens: what is accepted, and every way in which one may not be."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from time import time
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from guarded import CLEAR, asked, bearer, guarded
from listening import listening

RSA: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC: Final = ec.generate_private_key(ec.SECP256R1())
ED: Final = ed25519.Ed25519PrivateKey.generate()
SHARED: Final = b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"


def jwk(algorithm: str, key: Any, **members: str) -> dict[str, Any]:
    """Return the public half of *key*, as a key set has it."""
    return {**jwt.get_algorithm_by_name(algorithm).to_jwk(key, as_dict=True), **members}


KEY_SET: Final = json.dumps(
    {
        "keys": [
            jwk("RS256", RSA.public_key(), kid="rsa"),
            jwk("ES256", EC.public_key(), kid="ec", alg="ES256", use="sig"),
            jwk("EdDSA", ED.public_key(), kid="ed"),
            jwk("RS256", RSA.public_key(), kid="for-encryption", use="enc"),
            {"kty": "unheard-of", "kid": "strange"},
        ]
    }
)
RULE: Final[Mapping[str, Any]] = {
    "jwks": {"secretKeyRef": {"name": "keys", "key": "jwks.json"}},
    "issuer": "https://id.test/",
    "audiences": ["lab", "ward"],
    "algorithms": ["RS256", "PS256", "ES256", "EdDSA"],
}


def claims(**changes: Any) -> dict[str, Any]:
    whole = {"iss": "https://id.test/", "aud": "ward", "sub": "ann", "exp": time() + 60, **changes}
    return {name: value for name, value in whole.items() if value is not None}


def token(key: Any = RSA, algorithm: str = "RS256", kid: str | None = "rsa", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm, headers={} if kid is None else {"kid": kid})


def guarding(key_set: str = KEY_SET, **changes: Any) -> Any:
    return listening(guarded([{"jwt": {**RULE, **changes}, **CLEAR}], {"keys": {"jwks.json": key_set}}))


@pytest.mark.parametrize(
    "good",
    [
        lambda: token(),
        lambda: token(algorithm="PS256"),
        lambda: token(EC, "ES256", "ec"),
        lambda: token(ED, "EdDSA", "ed"),
        lambda: token(aud=["x", "lab"], exp=time() - 5, nbf=time() + 5),
    ],
    ids=["RS256", "PS256", "ES256", "EdDSA", "leeway"],
)
async def test_a_token_that_is_signed_for_us_names_its_client(good: Callable[[], str]) -> None:
    async with guarding() as running:
        assert await asked(running.port(), bearer(good())) == (200, "ann")


def unsigned() -> str:
    """Return a token of the algorithm none."""
    return jwt.encode(claims(), None, "none", headers={"kid": "rsa"})


def confused() -> str:
    """Return a token signed with the public key as if it were a shared secret."""
    public = RSA.public_key().public_numbers()
    pieces = [{"alg": "HS256", "typ": "JWT", "kid": "rsa"}, claims()]
    text = b".".join(urlsafe_b64encode(json.dumps(piece).encode()).rstrip(b"=") for piece in pieces)
    digest = hmac.new(str(public.n).encode(), text, "sha256").digest()
    return (text + b"." + urlsafe_b64encode(digest).rstrip(b"=")).decode()


@pytest.mark.parametrize(
    "bad",
    [
        lambda: "",
        lambda: "x",
        lambda: "x.y.z",
        lambda: "x" * 9000,
        lambda: "\udcff.\udcff.x",
        lambda: unsigned(),
        lambda: confused(),
        lambda: token(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        lambda: token()[:-8] + "AAAAAAAA",
        lambda: token(kid="unknown"),
        lambda: token(kid=None),
        lambda: token(kid="ec"),
        lambda: token(kid="for-encryption"),
        lambda: token(algorithm="RS512"),
        lambda: token(exp=time() - 120),
        lambda: token(exp=None),
        lambda: token(nbf=time() + 120),
        lambda: token(iss="https://other.test/"),
        lambda: token(iss="https://id.test"),
        lambda: token(iss=None),
        lambda: token(aud="other"),
        lambda: token(aud=None),
        lambda: token(sub=None),
        lambda: token(sub=""),
        lambda: urlsafe_b64encode(b"[" * 5000).decode() + ".e30.AA",
    ],
)
async def test_any_other_token_is_refused_and_challenged(bad: Callable[[], str]) -> None:
    sent = bad()
    async with guarding() as running:
        assert (await asked(running.port(), bearer(sent)))[0] == 401
        (line,) = await running.logged()

    assert line["detail"].startswith("jwt: ")
    assert len(sent) < 3 or sent not in line["detail"]


async def test_a_token_without_key_id_means_the_only_key() -> None:
    only = json.dumps({"keys": [jwk("ES256", EC.public_key())]})
    async with guarding(only) as running:
        assert await asked(running.port(), bearer(token(EC, "ES256", None))) == (200, "ann")


async def test_required_claims_and_the_claim_that_names_the_client() -> None:
    rules = [{"name": "scope", "values": ["write", "admin"]}, {"name": "realm"}, {"name": "ok", "values": ["true"]}]
    good = {"scope": "read write", "realm": 1, "ok": True, "client_id": "pacs"}
    async with guarding(requiredClaims=rules, clientClaim="client_id") as running:
        assert await asked(running.port(), bearer(token(**good))) == (200, "pacs")
        for change in ({"scope": "read"}, {"scope": ["read"]}, {"realm": None}, {"ok": "yes"}, {"client_id": 3}):
            assert (await asked(running.port(), bearer(token(**{**good, **change}))))[0] == 401
        assert await asked(running.port(), bearer(token(**{**good, "scope": ["admin"]}))) == (200, "pacs")


async def test_shared_keys_verify_what_is_signed_with_them_and_nothing_else_does() -> None:
    shared = json.dumps({"keys": [{"kty": "oct", "kid": "rsa", "k": urlsafe_b64encode(SHARED).decode().rstrip("=")}]})
    async with guarding(shared, algorithms=["HS256", "HS512"]) as running:
        assert await asked(running.port(), bearer(token(SHARED, "HS512"))) == (200, "ann")
        assert (await asked(running.port(), bearer(token(SHARED[::-1], "HS512"))))[0] == 401
        assert (await asked(running.port(), bearer(token())))[0] == 401


async def test_a_shared_key_that_can_be_guessed_verifies_nothing() -> None:
    """Source: RFC 7518, 3.2: as long as the digest at least."""
    short = SHARED[:31]
    text = json.dumps({"keys": [{"kty": "oct", "kid": "rsa", "k": urlsafe_b64encode(short).decode().rstrip("=")}]})
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        signed = token(short, "HS256")
    async with guarding(text, algorithms=["HS256"]) as running:
        assert (await asked(running.port(), bearer(signed)))[0] == 401


@pytest.mark.parametrize(
    "text",
    ['{"keys": 3}', '{"keys": []}', '["keys"]', '{"keys": [{"kty": "unheard-of"}]}', '{"keys":' + "[" * 100_000],
    ids=["a number", "empty", "a list", "unknown types", "nested"],
)
async def test_a_key_set_without_a_usable_key_is_not_served(text: str) -> None:
    async with guarding(text) as running:
        (state,) = running.listener.report.receivers

    assert state.state == "failed"
    assert state.message.startswith('Key "jwks.json" of jwks: ')
