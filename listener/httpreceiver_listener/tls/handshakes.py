"""
The beginning of a TLS session: a caller that is refused is told why, and handshakes count before they are complete.

asyncio and uvloop close the connection as soon as a handshake fails, with the alert that says why still unsent. The
error is held back instead until that alert is written and the caller has reacted, or the handshake's time is over.
"""

import ssl
from collections.abc import Callable
from typing import Any
from weakref import WeakSet


class Alerting:
    """
    What a session object does of a handshake; mixed in before the class whose `do_handshake` does the work.

    Attributes:
        alerts: where what is to be sent is written.
    """

    alerts: ssl.MemoryBIO
    _failure: ssl.SSLError | None = None

    def do_handshake(self) -> None:
        """Go on with the handshake. Raises ssl.SSLWantReadError until it is complete, or its failure is told."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        try:
            super().do_handshake()  # type: ignore[misc]
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as refused:
            if not self.alerts.pending:
                raise
            # Not the error itself: its frames hold this session, which would outlive its connection and count on.
            self._failure = ssl.SSLError(*refused.args)
            raise ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "the caller is told first") from None


class StandardSession(Alerting, ssl.SSLObject):
    """The standard library's session object."""


class Handshakes:
    """
    The handshakes of one port that are not complete.

    Attributes:
        is_full: asked before each one; where it says yes the connection ends without a word.
    """

    def __init__(self) -> None:
        self.is_full: Callable[[], bool] = lambda: False
        self._sessions: WeakSet[Any] = WeakSet()

    def __len__(self) -> int:
        """Return how many there are; one that failed is gone with its connection."""
        return len(self._sessions)

    def admit(self) -> None:
        """Raise ConnectionAbortedError where one more is too many; asyncio closes the connection then."""
        if self.is_full():
            raise ConnectionAbortedError("too many connections")

    def begin(self, session: object) -> None:
        """Count *session*."""
        self._sessions.add(session)

    def complete(self, session: object | None) -> None:
        """Count it no more; None where there was none."""
        if session is not None:
            self._sessions.discard(session)
