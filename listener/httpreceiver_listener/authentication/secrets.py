"""Named secrets, of which a request presents one: compared by digests of equal length, and always with all of them."""

import hashlib
import hmac
from collections.abc import Iterable


class NamedSecrets:
    """The secrets of one Secret: name of a client → what it presents."""

    def __init__(self, entries: Iterable[tuple[str, bytes]]) -> None:
        self._digests = [(name, hashlib.sha256(value).digest()) for name, value in entries]

    def owner(self, presented: str) -> str | None:
        """Return the name of the client whose secret *presented* is, None when it is nobody's."""
        digest = hashlib.sha256(presented.encode("utf-8", "surrogateescape")).digest()
        found = None
        for name, known in self._digests:
            if hmac.compare_digest(digest, known):
                found = name
        return found
