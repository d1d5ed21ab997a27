"""What checks are asked with, and what they say."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from multidict import CIMultiDict, CIMultiDictProxy

if TYPE_CHECKING:
    from cryptography import x509

Headers = CIMultiDict[str] | CIMultiDictProxy[str]


@dataclass(frozen=True, slots=True)
class Head:
    """
    What is known of a request before its body.

    Attributes:
        target: path and query as they were sent.
        query: raw, without ``?``.
        address: of the caller, as trusted proxies tell it.
        is_proxied: a trusted proxy passed the request on, so what it says in headers counts.
        certificates: the chain the peer presented, itself first; nobody has verified it.
    """

    method: str
    target: str
    query: str
    headers: Headers
    address: str
    is_proxied: bool
    certificates: "Callable[[], tuple[x509.Certificate, ...]]"


class Signature(Protocol):
    """
    What is still to be checked when the body is there.

    Attributes:
        challenge: for WWW-Authenticate when it does not fit.
    """

    challenge: str

    def fitting(self, body: bytes) -> str | None:
        """Return the name of the client that signed *body*, None when nobody known did."""
        ...


@dataclass(frozen=True, slots=True)
class Allowed:
    """
    The head is fine.

    Attributes:
        client: who it is, ``""`` when the check does not tell.
        signature: what decides in the end, and tells who it is; None when nothing is left to check.
    """

    client: str = ""
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """
    The check does not let the request in.

    Attributes:
        reason: for the log, in our own words; never data of the request.
        challenge: for WWW-Authenticate; ``""`` where other credentials would not help.
    """

    reason: str
    challenge: str = ""


class Unavailable(Exception):
    """A check cannot be made at the moment; the caller may try again. The text is for the log."""


class Ambiguous(Exception):
    """What proves who calls is there more than once: two servers could read two callers. The text is for the log."""


def only_value(headers: Headers, name: str) -> str | None:
    """Return the value of the header *name*, None when it is not there. Raises Ambiguous when it is there twice."""
    values = headers.getall(name, ())
    if len(values) > 1:
        raise Ambiguous(f"several headers {name}")
    return values[0] if values else None


class Check(Protocol):
    """One kind of one alternative, compiled."""

    async def check(self, head: Head) -> Allowed | Refused:
        """Decide from the head alone. Raises Unavailable or Ambiguous."""
        ...
