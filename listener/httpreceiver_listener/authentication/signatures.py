"""`hmac`: a signature over the exact bytes of the body. What services sign, and how, is in `options.signing`."""

import binascii
import hashlib
import hmac
from base64 import b64decode
from collections.abc import Callable, Sequence
from typing import Final

from httpreceiver_listener.authentication.verdicts import Allowed, Head, Refused, only_value
from httpreceiver_workflow.options.signed_text import SignedPart, read_signed_text
from httpreceiver_workflow.options.signing import Scheme

LARGEST_HEADER: Final = 4096
SECRET_PREFIX: Final = b"whsec_"
"""How Standard Webhooks marks a secret that is written in base64."""


class BodySignature:
    """The signatures of one request, and what they cover around its body."""

    def __init__(self, check: "HmacCheck", before: bytes, after: bytes, given: Sequence[bytes]) -> None:
        self.challenge = check.challenge
        self._secrets = check.secrets
        self._algorithm = check.scheme.algorithm
        self._before = before
        self._after = after
        self._given = given

    def fitting(self, body: bytes) -> str | None:
        """Return the name of the client whose secret signed *body*, None when no known one did."""
        signer = None
        for name, secret in self._secrets:
            digest = hmac.new(secret, self._before, self._algorithm)
            digest.update(body)
            digest.update(self._after)
            expected = digest.digest()
            for given in self._given:  # each of the length of the digest
                if hmac.compare_digest(given, expected):
                    signer = name
        return signer


class HmacCheck:
    """
    `hmac`.

    Args:
        now: seconds since 1970.
    """

    def __init__(
        self, scheme: Scheme, secrets: Sequence[tuple[str, bytes]], tolerance_s: int, now: Callable[[], float]
    ) -> None:
        self.scheme = scheme
        self.secrets = [(name, _key(scheme, secret)) for name, secret in secrets]
        self._tolerance_s = tolerance_s
        self._now = now
        self._length = hashlib.new(scheme.algorithm, usedforsecurity=False).digest_size
        parts = read_signed_text(scheme.signed_text)
        body = next(number for number, part in enumerate(parts) if part.kind == "body")
        self._before, self._after = parts[:body], parts[body + 1 :]
        self.challenge = f'HMAC realm="httpreceiver", header="{scheme.header}"'

    async def check(self, head: Head) -> Allowed | Refused:
        """Check the form of the signature and its time; what it covers waits for the body."""
        scheme = self.scheme
        value = only_value(head.headers, scheme.header)
        if value is None or len(value) > LARGEST_HEADER:
            return Refused("hmac: no signature, or one without end", self.challenge)
        items = [item.strip() for item in value.split(scheme.separator)] if scheme.separator else [value.strip()]
        given = [signature for item in items if (signature := self._decoded(item)) is not None]
        if not given:
            return Refused("hmac: the signature is not of the expected form", self.challenge)
        timestamp = self._timestamp(head, items)
        if timestamp is None:
            return Refused("hmac: the time is missing, or too far from now", self.challenge)
        before, after = _text(self._before, head, timestamp), _text(self._after, head, timestamp)
        if before is None or after is None:
            return Refused("hmac: a header that is signed is missing", self.challenge)
        return Allowed(signature=BodySignature(self, before, after, given))

    def _decoded(self, item: str) -> bytes | None:
        """Return the bytes of one signature, None when it is not of the scheme's form."""
        if not item.startswith(self.scheme.prefix):
            return None
        text = item[len(self.scheme.prefix) :]
        try:
            found = bytes.fromhex(text) if self.scheme.encoding == "Hex" else b64decode(text, validate=True)
        except (ValueError, binascii.Error):
            return None
        return found if len(found) == self._length else None

    def _timestamp(self, head: Head, items: Sequence[str]) -> str | None:
        """Return the signed time as it was sent, ``""`` where none is signed, None when it does not count."""
        scheme = self.scheme
        if scheme.timestamp_header:
            given = only_value(head.headers, scheme.timestamp_header)
            values = [] if given is None else [given]
        elif scheme.timestamp_prefix:
            prefix = scheme.timestamp_prefix
            values = [item.removeprefix(prefix) for item in items if item.startswith(prefix)]
        else:
            return ""
        if len(values) != 1 or not (values[0].isascii() and values[0].isdecimal() and len(values[0]) <= 12):
            return None
        return values[0] if abs(self._now() - int(values[0])) <= self._tolerance_s else None


def _key(scheme: Scheme, secret: bytes) -> bytes:
    if not scheme.secret_in_base64 or not secret.startswith(SECRET_PREFIX):
        return secret
    try:
        return b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        return secret


def _text(parts: Sequence[SignedPart], head: Head, timestamp: str) -> bytes | None:
    """Return what *parts* stand for, None when a header is missing. Raises Ambiguous when one is there twice."""
    pieces: list[str] = []
    for part in parts:
        match part.kind:
            case "text":
                pieces.append(part.text)
            case "timestamp":
                pieces.append(timestamp)
            case "method":
                pieces.append(head.method)
            case "target":
                pieces.append(head.target)
            case _:
                value = only_value(head.headers, part.text)
                if value is None:
                    return None
                pieces.append(value)
    return "".join(pieces).encode("utf-8", "surrogateescape")
