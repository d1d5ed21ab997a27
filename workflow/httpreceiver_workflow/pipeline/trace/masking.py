"""
Secrets out of a trace: passwords, client secrets, credentials in headers and URLs, wherever their text turns up.

A secret is known by its place: a field of a call, a header by its name, a keyword of a connection string. Its text is
then masked everywhere, since a workflow may carry it through variables.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from httpreceiver_workflow.pipeline.trace.events import Event

MASK: Final = "******"
SHORTEST_SECRET: Final = 4
"""Shorter texts are masked in their own place only: elsewhere they would be found in everything."""

_SECRET_FIELDS: Final = frozenset({"password", "client_secret"})
_PAIRS: Final = frozenset({"headers", "form", "parameters"})
"""Members that hold names and values."""
_WORDS: Final = frozenset(
    {
        *("where", "stage", "kind", "origin", "outcome", "mode", "priority"),
        *("charset_from", "comparer", "joined_by", "action", "use"),
    }
)
"""Members whose text is ours."""
_SECRET_NAME: Final = re.compile(r"authorization|cookie|token|secret|passw|pwd|api[-_]?key", re.IGNORECASE)
"""Names of headers, form fields, SQL parameters and variables that come with the request."""
_KEYWORD: Final = re.compile(r"""(\b(?:password|pwd)\s*=\s*)("[^"]*"|'[^']*'|[^;\s"']+)""", re.IGNORECASE)
_USER_INFO: Final = re.compile(r"(://[^/?#\s:@]*:)([^/?#\s@]+)(?=@)")


Pair = tuple[str, str]


def masked_events(events: Iterable[Event], known: Iterable[str] = (), pairs: Iterable[Pair] = ()) -> tuple[Event, ...]:
    """
    Return *events* without their secrets.

    Args:
        known: further texts that are secrets.
        pairs: names and values from around the run, as its request's headers; those named like a secret hold one.
    """
    events = tuple(events)
    found = {secret for event in events for secret in _secrets(event)} | {*known} | {*_paired_secrets(tuple(pairs))}
    secrets = tuple(sorted((one for one in found if len(one) >= SHORTEST_SECRET), key=len, reverse=True))
    return tuple(_without(event, secrets) for event in events)


def is_secret_name(name: str) -> bool:
    """Whether what comes under *name* is a secret."""
    return _SECRET_NAME.search(name) is not None


def _secrets(value: Any) -> Iterator[str]:
    """Yield the texts in secret places of *value*."""
    match value:
        case msgspec.Struct():
            for name in value.__struct_fields__:
                member = getattr(value, name)
                if name in _SECRET_FIELDS and isinstance(member, str):
                    yield member
                elif name in _PAIRS:
                    yield from _paired_secrets(member)
                else:
                    yield from _secrets(member)
        case tuple():
            for item in value:
                yield from _secrets(item)
        case dict():
            yield from _paired_secrets(tuple(value.items()))
        case bytes():
            yield from _secrets(value.decode("utf-8", "surrogateescape"))
        case str():
            for pattern in (_KEYWORD, _USER_INFO):
                yield from (found[2].strip("\"'") for found in pattern.finditer(value))


def _paired_secrets(pairs: tuple[Pair, ...]) -> Iterator[str]:
    for name, value in pairs:
        if _SECRET_NAME.search(name):
            yield value
            if "authorization" in name.lower():
                yield from value.split()[1:]  # what follows the scheme
        else:
            yield from _secrets(value)


def _without(value: Any, secrets: tuple[str, ...]) -> Any:
    """Return *value* with every secret masked."""
    match value:
        case msgspec.Struct():
            members = {name: _member_without(name, getattr(value, name), secrets) for name in value.__struct_fields__}
            return msgspec.structs.replace(value, **members)
        case tuple():
            return tuple(_without(item, secrets) for item in value)
        case dict():
            return {name: MASK if _SECRET_NAME.search(name) else _without(value[name], secrets) for name in value}
        case str():
            return _text_without(value, secrets)
        case bytes():
            text = value.decode("utf-8", "surrogateescape")
            return _text_without(text, secrets).encode("utf-8", "surrogateescape")
        case _:
            return value


def _member_without(name: str, value: Any, secrets: tuple[str, ...]) -> Any:
    if name in _WORDS:
        return value
    if name in _SECRET_FIELDS and isinstance(value, str):
        return MASK if value else ""
    if name in _PAIRS:
        return tuple((key, MASK if _SECRET_NAME.search(key) else _without(text, secrets)) for key, text in value)
    return _without(value, secrets)


def _text_without(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return _USER_INFO.sub(rf"\g<1>{MASK}", _KEYWORD.sub(rf"\g<1>{MASK}", text))
