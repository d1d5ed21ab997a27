"""Basic authentication against plain and hashed passwords."""

import asyncio
import hashlib
from base64 import b64encode
from typing import Final

import argon2
import bcrypt
import pytest

from guarded import CLEAR, asked, basic, guarded
from httpreceiver_listener.authentication import passwords
from httpreceiver_listener.authentication.hashes import hash_fits
from httpreceiver_listener.authentication.passwords import MOST_WAITING, BasicCheck, PasswordHashes
from httpreceiver_listener.authentication.verdicts import Unavailable
from httpreceiver_workflow.credentials import password_scheme
from listening import listening


def unpadded(content: bytes, plus: str = "+") -> str:
    return b64encode(content).decode().rstrip("=").replace("+", plus)


def scrypt_of(password: bytes, salt: bytes = b"saltsaltsalt") -> str:
    digest = hashlib.scrypt(password, salt=salt, n=1 << 4, r=8, p=1, dklen=32)
    return f"$scrypt$ln=4,r=8,p=1${unpadded(salt)}${unpadded(digest)}"


def pbkdf2_of(password: bytes, algorithm: str, salt: bytes = b"\xfb\xff\xfesalt") -> str:
    name = "$pbkdf2" if algorithm == "sha1" else f"$pbkdf2-{algorithm}"
    digest = hashlib.pbkdf2_hmac(algorithm, password, salt, 1000)
    return f"{name}$1000${unpadded(salt, '.')}${unpadded(digest, '.')}"


HASHES: Final = {
    "bcrypt": bcrypt.hashpw(b"pa:ss", bcrypt.gensalt(4)).decode(),
    "htpasswd": bcrypt.hashpw(b"pa:ss", bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$"),
    "argon2": argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(b"pa:ss"),
    "scrypt": scrypt_of(b"pa:ss"),
    "pbkdf2": pbkdf2_of(b"pa:ss", "sha1"),
    "pbkdf2-sha256": pbkdf2_of(b"pa:ss", "sha256"),
    "pbkdf2-sha512": pbkdf2_of(b"pa:ss", "sha512"),
}
RULE: Final = [{"basic": {"secretRef": {"name": "users"}, "realm": "Lab"}, **CLEAR}]


@pytest.mark.parametrize("stored", HASHES.values(), ids=HASHES)
def test_a_hash_fits_its_password_and_no_other(stored: str) -> None:
    assert password_scheme(stored)
    assert hash_fits(stored, b"pa:ss")
    assert not hash_fits(stored, b"pa:sS")
    assert not hash_fits(stored, b"")


def test_known_hashes_of_others_are_read() -> None:
    """Source: RFC 7914, section 12 (scrypt); passlib 1.7.4 made the other."""
    salt, digest = (
        b"NaCl",
        bytes.fromhex(
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830da"
            "c727afb94a83ee6d8360cbdfa2cc0640"
        ),
    )
    assert hash_fits(f"$scrypt$ln=10,r=8,p=16${unpadded(salt)}${unpadded(digest)}", b"password")
    assert hash_fits("$pbkdf2-sha256$1000$.//.c2FsdA$a6ivv.n6xVbqDJWbKTdgJlfrh461YzxjNBbQOhP3pxc", b"password")


def test_bcrypt_leaves_out_what_is_beyond_72_bytes_as_everybody_does() -> None:
    stored = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert hash_fits(stored, b"x" * 100)


@pytest.mark.parametrize("stored", ["pa:ss", *HASHES.values()], ids=["plain", *HASHES])
async def test_a_user_is_let_in_with_the_password_and_asked_for_it_otherwise(stored: str) -> None:
    async with listening(guarded(RULE, {"users": {"ann": stored, "bob": "other"}})) as running:
        assert await asked(running.port(), basic("ann:pa:ss")) == (200, "ann")
        assert await asked(running.port(), basic("ann:pa:ss")) == (200, "ann")
        for wrong in ("ann:other", "bob:pa:ss", "eve:pa:ss", "ann", ":pa:ss", f"ann:{stored}x", "ann:"):
            assert (await asked(running.port(), basic(wrong)))[0] == 401


async def test_a_hash_is_computed_once_a_minute_for_the_same_password(monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[bytes] = []
    moment = [100.0]

    def counted(stored: str, presented: bytes) -> bool:
        computed.append(presented)
        return hash_fits(stored, presented)

    monkeypatch.setattr(passwords, "hash_fits", counted)
    monkeypatch.setattr(passwords, "monotonic", lambda: moment[0])
    hashes, stored = PasswordHashes(), HASHES["bcrypt"]
    assert [await hashes.fits(stored, given) for given in (b"pa:ss", b"pa:ss", b"no", b"no")] == [
        True,
        True,
        False,
        False,
    ]
    assert computed == [b"pa:ss", b"no"]
    moment[0] += 61
    assert await hashes.fits(stored, b"pa:ss")
    assert computed == [b"pa:ss", b"no", b"pa:ss"]


async def test_a_flood_of_passwords_is_told_to_come_again_and_does_not_push_out_who_was_let_in() -> None:
    hashes, stored = PasswordHashes(), HASHES["bcrypt"]
    assert await hashes.fits(stored, b"pa:ss")
    flood = [asyncio.create_task(hashes.fits(stored, b"%d" % number)) for number in range(MOST_WAITING + 8)]
    await asyncio.wait(flood, return_when=asyncio.FIRST_COMPLETED)
    assert await hashes.fits(stored, b"pa:ss")
    outcomes = await asyncio.gather(*flood, return_exceptions=True)
    assert sum(isinstance(outcome, Unavailable) for outcome in outcomes) == 8
    assert all(outcome is False or isinstance(outcome, Unavailable) for outcome in outcomes)


async def test_a_password_that_cannot_be_checked_now_is_503_with_retry_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MOST_WAITING", 0)
    async with listening(guarded(RULE, {"users": {"ann": HASHES["bcrypt"]}})) as running:
        assert (await asked(running.port(), basic("ann:pa:ss")))[0] == 503
        (line,) = await running.logged()

    assert (line["stage"], line["detail"]) == ("access", "basic: too many passwords are being checked")


async def test_an_unknown_user_costs_as_much_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash is computed for both, so the time an answer takes tells no names."""
    computed: list[str] = []

    def counted(stored: str, presented: bytes) -> bool:
        computed.append(stored)
        return hash_fits(stored, presented)

    monkeypatch.setattr(passwords, "hash_fits", counted)
    users = {"ann": HASHES["bcrypt"], "bob": "plain"}
    async with listening(guarded(RULE, {"users": users})) as running:
        assert (await asked(running.port(), basic("nobody:x")))[0] == 401
        assert (await asked(running.port(), basic("ann:y")))[0] == 401
    assert computed == [HASHES["bcrypt"]] * 2
    assert BasicCheck({"a": "plain"}, "r", PasswordHashes())
