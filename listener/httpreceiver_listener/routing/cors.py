"""
`cors` of a receiver, compiled: the header lines of its answers and of preflights (CORS protocol of the Fetch standard).

Pure. An origin is written back only after it matched a pattern of ASCII name characters, a method only when it is one
of a closed list, so nothing of a request can break the answer's head apart.
"""

import re
from typing import Final

from httpreceiver_workflow.options.cors import ANY, CorsOptions
from httpreceiver_workflow.routes import READABLE_METHODS

ALWAYS_ALLOWED: Final = frozenset({"accept", "accept-language", "content-language"})
"""Request headers that need no permission; Content-Type does for anything but forms and plain text."""
LONGEST_ORIGIN: Final = 300
_LABELS: Final = r"[a-z0-9]([-.a-z0-9]*[a-z0-9])?\."


class CorsRule:
    """
    What one receiver allows pages of other origins.

    Attributes:
        vary_lines: the Vary header of answers that depend on the origin, ``""`` when none does.
    """

    def __init__(self, options: CorsOptions, methods: tuple[str, ...]) -> None:
        """Compile *options* of a receiver that takes *methods*; empty for all."""
        self._allows_all = ANY in options.allow_origins
        self._origin = re.compile("|".join(map(_origin_pattern, options.allow_origins)), re.IGNORECASE | re.ASCII)
        self._methods = options.allow_methods or methods
        self._headers = frozenset(name.lower() for name in options.allow_headers) | ALWAYS_ALLOWED
        credentials = "Access-Control-Allow-Credentials: true\r\n" if options.allow_credentials else ""
        exposed = ", ".join(options.expose_headers)
        self._always = credentials + (f"Access-Control-Expose-Headers: {exposed}\r\n" if exposed else "")
        allowed = ", ".join(options.allow_headers)
        self._preflight = (
            credentials
            + (f"Access-Control-Allow-Headers: {allowed}\r\n" if allowed else "")
            + f"Access-Control-Max-Age: {options.max_age_seconds}\r\n"
        )
        self.vary_lines = "" if self._allows_all else "Vary: Origin\r\n"

    def answer_lines(self, origin: str | None) -> str:
        """Return the header lines of an answer to a page of *origin*, None for a caller that is no page."""
        if self._allows_all:
            return f"Access-Control-Allow-Origin: *\r\n{self._always}"
        if origin is None or not self._allows(origin):
            return self.vary_lines
        return f"Access-Control-Allow-Origin: {origin}\r\n{self._always}{self.vary_lines}"

    def _allows(self, origin: str) -> bool:
        return len(origin) <= LONGEST_ORIGIN and self._origin.fullmatch(origin) is not None

    def objection(self, origin: str, method: str, headers: str) -> str:
        """Return which of a preflight's three is not allowed, as one word; ``""`` when all are."""
        if not self._allows_all and not self._allows(origin):
            return "origin"
        if method not in (self._methods or READABLE_METHODS):
            return "method"
        asked = {name.strip().lower() for name in headers.split(",")} - {""}
        if ANY in self._headers:
            asked &= {"authorization"}  # which the wildcard leaves out
        return "header" if asked - self._headers else ""

    def preflight_lines(self, origin: str, method: str) -> str:
        """Return the header lines of the answer to a preflight without `objection`."""
        shown = "*" if self._allows_all else origin
        methods = ", ".join(self._methods or (method,))
        return (
            f"Access-Control-Allow-Origin: {shown}\r\nAccess-Control-Allow-Methods: {methods}\r\n{self._preflight}"
            "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n"
        )


def _origin_pattern(origin: str) -> str:
    scheme, _, rest = origin.partition("://")
    if rest.startswith("*."):
        return f"{re.escape(scheme)}://{_LABELS}{re.escape(rest[2:])}"
    return re.escape(origin)
