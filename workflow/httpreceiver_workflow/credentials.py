"""
What the ConfigMaps and Secrets hold that `auth` names: a value that travels to the pods, and the forms it may have.

None of these types shows a value when printed, and no message quotes one.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from httpreceiver_workflow.options.auth import AuthAlternatives, ObjectUse, objects_used

LONGEST_SECRET: Final = 4096
_SCHEMES: Final = {
    "bcrypt": re.compile(r"\$2[aby]\$(?P<cost>\d\d)\$[./0-9A-Za-z]{53}"),
    "argon2": re.compile(
        r"\$argon2id?\$v=19\$m=(?P<kib>\d{1,9}),t=(?P<turns>\d{1,9}),p=\d{1,3}\$[+/0-9A-Za-z]{11,}\$[+/0-9A-Za-z]{16,}"
    ),
    "scrypt": re.compile(
        r"\$scrypt\$ln=(?P<ln>\d{1,2}),r=(?P<r>\d{1,3}),p=(?P<p>\d{1,3})\$[+/0-9A-Za-z]{2,}\$[+/0-9A-Za-z]{16,}"
    ),
    "pbkdf2": re.compile(r"\$pbkdf2(-sha256|-sha512)?\$(?P<rounds>\d{1,9})\$[./0-9A-Za-z]{2,}\$[./0-9A-Za-z]{16,}"),
}
_MOST: Final = {"cost": 14, "kib": 65536, "turns": 10, "ln": 16, "r": 8, "p": 4, "rounds": 2_000_000}
"""About a second and 64 MB for one password: a listener checks two at a time."""
_LOOKS_HASHED: Final = re.compile(r"\$[0-9A-Za-z][-0-9A-Za-z]*\$|\{[A-Za-z0-9]+\}")
_TOKEN: Final = re.compile(r"[!-~]+")


class HostObject(msgspec.Struct, frozen=True, cache_hash=True):
    """
    A ConfigMap or Secret, or what was read of it.

    Attributes:
        kind: ``ConfigMap`` or ``Secret``.
        entries: (key, value), sorted; a last line end of a value, which editors add, is left out.
    """

    kind: str
    name: str
    entries: tuple[tuple[str, bytes], ...]

    def __repr__(self) -> str:
        """Return kind and name only."""
        return f"HostObject({self.kind} {self.name})"


Credentials = tuple[HostObject, ...]


class CredentialFault(ValueError):
    """A value cannot be used; names the key and why, and never quotes the value."""


def without_line_end(value: bytes) -> bytes:
    """Return *value* without a last line end."""
    return value.removesuffix(b"\n").removesuffix(b"\r")


def without_values(credentials: Credentials) -> Credentials:
    """Return the same objects and keys, every value left out."""
    return tuple(HostObject(one.kind, one.name, tuple((key, b"") for key, _ in one.entries)) for one in credentials)


def entries_of(credentials: Credentials, use: ObjectUse) -> tuple[tuple[str, bytes], ...]:
    """
    Return what *use* reads: all entries, or the one it names.

    Raises:
        CredentialFault: the object or the key is not there.
    """
    for one in credentials:
        if (one.kind, one.name) == (use.kind, use.name):
            found = tuple(entry for entry in one.entries if use.key in ("", entry[0]))
            if not found:
                missing = f'no key "{use.key}"' if use.key else "no keys"
                raise CredentialFault(f"{use.kind} {use.name} of {use.where} has {missing}")
            return found
    raise CredentialFault(f"{use.kind} {use.name} of {use.where} does not exist")


def check_credentials(auth: AuthAlternatives, credentials: Credentials) -> None:
    """
    Check every value that *auth* reads, as far as it can be without cryptography.

    Raises:
        CredentialFault: one cannot be used.
    """
    for use in objects_used(auth):
        for key, value in entries_of(credentials, use):
            for reason in _objections(use.member, value):
                raise CredentialFault(f'Key "{key}" of {use.kind} {use.name} of {use.where} {reason}')


def _objections(member: str, value: bytes) -> Iterator[str]:
    """Yield why *value* cannot be what *member* reads."""
    if not value:
        yield "is empty"
    elif member in ("jwt", "clientCertificate"):
        mark = b'"keys"' if member == "jwt" else b"-----BEGIN CERTIFICATE-----"
        if mark not in value:
            yield "is no JSON Web Key Set" if member == "jwt" else "holds no PEM certificate"
    elif len(value) > LONGEST_SECRET:
        yield f"is longer than {LONGEST_SECRET} bytes"
    elif member != "hmac":
        yield from _text_objections(member, value)


def _text_objections(member: str, value: bytes) -> Iterator[str]:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        yield "is not UTF-8 text"
        return
    if member == "basic":
        if password_scheme(text) is None:
            yield "looks like a hashed password of a form that is not known; use bcrypt, argon2id, scrypt or pbkdf2"
        elif _is_too_costly(text):
            yield "is a hash that takes too long or too much memory to check; make it with a smaller cost"
    elif not _TOKEN.fullmatch(text):
        yield "has characters that cannot be in a header"


def password_scheme(stored: str) -> str | None:
    """
    Return how *stored* is hashed: ``bcrypt``, ``argon2``, ``scrypt``, ``pbkdf2``, or ``""`` for a plain password.

    None for what looks like a hash of another form: taken as a plain password it would let nobody in, or whoever has
    read the file.

    >>> password_scheme("correct horse"), password_scheme("$apr1$x$y")
    ('', None)
    """
    for scheme, form in _SCHEMES.items():
        if form.fullmatch(stored):
            return scheme
    return None if _LOOKS_HASHED.match(stored) else ""


def _is_too_costly(stored: str) -> bool:
    """Whether one number of a hash is beyond `_MOST`."""
    found = (form.fullmatch(stored) for form in _SCHEMES.values())
    return any(int(number) > _MOST[name] for match in found if match for name, number in match.groupdict().items())
