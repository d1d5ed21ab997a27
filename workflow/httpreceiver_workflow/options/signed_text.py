"""`hmac.signedText`: what a signature covers, as literal text with parts of the request in braces."""

import re
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

PartKind = Literal["text", "body", "timestamp", "method", "target", "header"]
_PART: Final = re.compile(r"\{(body|timestamp|method|target|header:([-!#$%&'*+.^_`|~0-9A-Za-z]+))\}|([^{}]+)")


class SignedPart(msgspec.Struct, frozen=True):
    """One part; *text* is the literal text or the name of the header, else ``""``."""

    kind: PartKind
    text: str = ""


_NAMED: Final[Mapping[str, SignedPart]] = {
    "body": SignedPart("body"),
    "timestamp": SignedPart("timestamp"),
    "method": SignedPart("method"),
    "target": SignedPart("target"),
}
_MEANINGS: Final = "parts are {body}, {timestamp}, {method}, {target} and {header:Name}; no other braces"


class SignedTextFault(ValueError):
    """The text is no template; says why."""


def read_signed_text(template: str) -> tuple[SignedPart, ...]:
    """
    Return the parts of *template*; ``{body}`` is there exactly once.

    Raises:
        SignedTextFault: an unknown part, a lonely brace, no body or two of them.

    >>> [part.kind for part in read_signed_text("v0:{timestamp}:{body}")]
    ['text', 'timestamp', 'text', 'body']
    """
    parts: list[SignedPart] = []
    place = 0
    while place < len(template):
        found = _PART.match(template, place)
        if found is None:
            raise SignedTextFault(_MEANINGS)
        name, header, text = found.groups()
        if text is not None:
            parts.append(SignedPart("text", text))
        elif header is not None:
            parts.append(SignedPart("header", header))
        else:
            parts.append(_NAMED[name])
        place = found.end()
    if sum(part.kind == "body" for part in parts) != 1:
        raise SignedTextFault("{body} must be there exactly once, else the message is not protected")
    return tuple(parts)
