"""
What of a query is logged, where its listener logs queries at all: every name, and the values that are no secret.

A secret is known by the name it comes with. Patterns are those of a shell, `*` for any characters, and case does not
count. What has no name is hidden too: a bare `?eyJhb…` may be the secret itself.
"""

import re
from collections.abc import Iterable, Iterator
from fnmatch import translate
from typing import Final
from urllib.parse import unquote_plus

from httpreceiver_listener.telemetry.access_log import printable

MASK: Final = "******"
MASKED_NAMES: Final = (
    *("*password*", "*passwd*", "*passphrase*", "*pwd*", "*secret*", "*token*", "*credential*", "*authorization*"),
    *("*signature*", "*session*", "*key", "auth", "code", "jwt", "otp", "pin", "sig", "ticket"),
)
"""Names whose values are never logged; `--log-mask` adds to them, nothing takes away."""
SHORTEST_BARE_SECRET: Final = 16
"""A shorter word without a value may be any word; it is not looked for elsewhere."""
LONGEST_QUERY: Final = 1024
"""In characters; what is longer is cut, so that a line of the log stays a line."""


class QueryMask:
    """
    Hides the values of `MASKED_NAMES`, of names that match one of *patterns*, and of *names* as they are.

    >>> QueryMask().logged("a=1&Access-Token=x&pass%77ord=y&code=z&eyJhb&a;pin=5")
    'a=1&Access-Token=******&pass%77ord=******&code=******&******&******;pin=******'
    """

    def __init__(self, patterns: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        every = "|".join([*map(translate, (*MASKED_NAMES, *patterns)), *map(re.escape, names)])
        self._is_secret = re.compile(every, re.IGNORECASE).fullmatch

    def hides(self, name: str) -> bool:
        """Whether what comes under *name* is a secret."""
        return self._is_secret(name) is not None

    def logged(self, query: str) -> str:
        """Return what is logged of a raw query."""
        # Some read a semicolon as a separator: a secret must not hide behind one.
        pairs = (";".join(map(self._shown, pair.split(";"))) for pair in query.split("&"))
        text = printable("&".join(pairs))
        return text if len(text) <= LONGEST_QUERY else text[:LONGEST_QUERY] + "…"

    def secrets(self, query: str) -> Iterator[str]:
        """Yield the values that are hidden, as they were sent and as they read."""
        for pair in re.split("[&;]", query):
            name, equals, value = pair.partition("=")
            secret = value if equals else name
            if self._is_secret(unquote_plus(name)) if equals else len(name) >= SHORTEST_BARE_SECRET:
                yield from {secret, unquote_plus(secret)}

    def _shown(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        if not equals:
            return MASK if name else ""
        return f"{name}={MASK}" if value and self._is_secret(unquote_plus(name)) else pair
