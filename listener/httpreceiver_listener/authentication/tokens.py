"""`bearer` and `apiKey`: a request carries one of several named secrets."""

from typing import Final
from urllib.parse import unquote_plus

from httpreceiver_listener.authentication.secrets import NamedSecrets
from httpreceiver_listener.authentication.verdicts import Allowed, Ambiguous, Head, Headers, Refused, only_value

BEARER_CHALLENGE: Final = 'Bearer realm="httpreceiver"'
WRONG_TOKEN_CHALLENGE: Final = f'{BEARER_CHALLENGE}, error="invalid_token"'


def bearer_token(headers: Headers) -> str | None:
    """Return the token of `Authorization: Bearer`, None when there is no such header. Raises Ambiguous."""
    scheme, _, token = (only_value(headers, "Authorization") or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


class BearerCheck:
    """`bearer`."""

    def __init__(self, tokens: NamedSecrets) -> None:
        self._tokens = tokens

    async def check(self, head: Head) -> Allowed | Refused:
        """Look for the token among the known ones."""
        token = bearer_token(head.headers)
        if token is None:
            return Refused("bearer: no token", BEARER_CHALLENGE)
        client = self._tokens.owner(token)
        return Allowed(client) if client is not None else Refused("bearer: unknown token", WRONG_TOKEN_CHALLENGE)


class ApiKeyCheck:
    """`apiKey`, in a header or in a parameter of the query."""

    def __init__(self, keys: NamedSecrets, header: str | None, query: str | None) -> None:
        self._keys = keys
        self._header = header
        self._query = query
        place = f'header="{header}"' if header is not None else f'query="{query}"'
        self._challenge = f'ApiKey realm="httpreceiver", {place}'

    async def check(self, head: Head) -> Allowed | Refused:
        """Look for the key among the known ones."""
        key = self._in_query(head.query) if self._header is None else only_value(head.headers, self._header)
        if key is None:
            return Refused("apiKey: no key", self._challenge)
        client = self._keys.owner(key.strip())
        return Allowed(client) if client is not None else Refused("apiKey: unknown key", self._challenge)

    def _in_query(self, query: str) -> str | None:
        pairs = (pair.partition("=") for pair in query.split("&"))
        values = [unquote_plus(value) for name, _, value in pairs if unquote_plus(name) == self._query]
        if len(values) > 1:
            raise Ambiguous("several keys in the query")
        return values[0] if values else None
