"""Hashed passwords in the forms that `credentials.password_scheme` knows."""

import hashlib
import hmac
from base64 import b64decode
from typing import Final

from httpreceiver_workflow.credentials import password_scheme

BCRYPT_BYTES: Final = 72
"""bcrypt takes no more of a password; everybody who makes such hashes leaves out the rest."""


def hash_fits(stored: str, presented: bytes) -> bool:
    """Return whether *presented* is the password of *stored*. Takes as long as the hash was made to take."""
    match password_scheme(stored):
        case "bcrypt":
            import bcrypt

            return bcrypt.checkpw(presented[:BCRYPT_BYTES], stored.encode())
        case "argon2":
            import argon2

            try:
                return argon2.PasswordHasher().verify(stored, presented)
            except argon2.exceptions.Argon2Error:
                return False
        case "scrypt":
            return _scrypt_fits(stored, presented)
        case "pbkdf2":
            return _pbkdf2_fits(stored, presented)
        case _:
            raise ValueError("not a hashed password")


def _scrypt_fits(stored: str, presented: bytes) -> bool:
    """Compare with ``$scrypt$ln=…,r=…,p=…$salt$checksum`` (base64 without padding)."""
    _, _, settings, salt, checksum = stored.split("$")
    numbers = {name: int(number) for name, _, number in (one.partition("=") for one in settings.split(","))}
    known = _decoded(checksum)
    found = hashlib.scrypt(
        presented,
        salt=_decoded(salt),
        n=1 << numbers["ln"],
        r=numbers["r"],
        p=numbers["p"],
        maxmem=132 * (numbers["r"] << numbers["ln"]) + (1 << 20),
        dklen=len(known),
    )
    return hmac.compare_digest(found, known)


def _pbkdf2_fits(stored: str, presented: bytes) -> bool:
    """Compare with ``$pbkdf2-sha256$rounds$salt$checksum`` (base64 without padding, ``.`` for ``+``)."""
    _, scheme, rounds, salt, checksum = stored.split("$")
    algorithm = scheme.removeprefix("pbkdf2").removeprefix("-") or "sha1"
    known = _decoded(checksum)
    found = hashlib.pbkdf2_hmac(algorithm, presented, _decoded(salt), int(rounds), len(known))
    return hmac.compare_digest(found, known)


def _decoded(text: str) -> bytes:
    return b64decode(text.replace(".", "+") + "=" * (-len(text) % 4))
