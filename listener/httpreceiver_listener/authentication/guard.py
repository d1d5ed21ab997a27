"""
The guard of a receiver: what its workflow asks for, then the alternatives of `auth`, one of which must let it in.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from httpreceiver_listener.authentication.access import AccessRule, Decision, decide
from httpreceiver_listener.authentication.verdicts import (
    Allowed,
    Ambiguous,
    Check,
    Head,
    Refused,
    Signature,
    Unavailable,
    only_value,
)
from httpreceiver_listener.refusals import Refusal, overloaded
from httpreceiver_workflow.pipeline.effects import FaultKind, Stage

CONTRACT_CHALLENGE: Final = 'WWW-Authenticate: Basic realm="httpreceiver", charset="UTF-8"\r\n'
LARGE_BYTES: Final = 256 * 1024
"""Bodies from here on are signed in a thread, so that other requests go on."""
NOT_LET_IN: Final = "This caller is not let in."
SAID_TWICE: Final = "Credentials are there more than once."
CREDENTIALS_NEEDED: Final = "Credentials are missing or wrong."


@dataclass(frozen=True, slots=True)
class _Pending:
    """An alternative whose head is fine, waiting for the body."""

    client: str
    signature: Signature


class Caller:
    """
    Who calls, as far as the head tells.

    Attributes:
        name: ``""`` when nobody was asked, or while signatures are to be checked.
    """

    __slots__ = ("_challenges", "_pending", "name")

    def __init__(self, name: str = "", pending: Sequence[_Pending] = (), challenges: Sequence[str] = ()) -> None:
        self.name = name
        self._pending = pending
        self._challenges = challenges

    @property
    def signs(self) -> bool:
        """Whether a signature waits for the body."""
        return bool(self._pending)

    async def verify(self, body: bytes) -> None:
        """Check what waited for the raw *body*. Raises Refusal."""
        for pending in self._pending:
            if len(body) < LARGE_BYTES:
                signer = pending.signature.fitting(body)
            else:
                signer = await asyncio.to_thread(pending.signature.fitting, body)
            if signer is not None:
                self.name = pending.client or signer
                return
        challenges = [*(pending.signature.challenge for pending in self._pending), *self._challenges]
        raise _unauthorized("hmac: the signature does not fit", challenges)


ANYONE: Final = Caller()


class Guard:
    """
    What one receiver asks of its callers, compiled.

    Args:
        rule: of the workflow; None when it asks for nothing.
        alternatives: of `auth`, each the checks that must all be passed; none when it asks for nothing.
    """

    def __init__(self, rule: AccessRule | None, alternatives: Sequence[Sequence[Check]]) -> None:
        self._rule = rule
        self._alternatives = alternatives

    async def admit(self, head: Head, thumbprint: str | None) -> Caller:
        """Return who calls. Raises Refusal."""
        try:
            if self._rule is not None:
                _ask_contract(self._rule, head, thumbprint)
            return await self._ask(head) if self._alternatives else ANYONE
        except Ambiguous as reason:
            raise Refusal(FaultKind.BAD_REQUEST, Stage.ACCESS, str(reason), closes=True, title=SAID_TWICE) from None

    async def _ask(self, head: Head) -> Caller:
        reasons: list[str] = []
        challenges: list[str] = []
        pending: list[_Pending] = []
        unavailable = ""
        for alternative in self._alternatives:
            try:
                found = await _pass(alternative, head)
            except Unavailable as reason:
                unavailable = str(reason)
                continue
            if isinstance(found, Refused):
                reasons.append(found.reason)
                challenges += [found.challenge] if found.challenge else []
            elif found.signature is not None:
                pending.append(_Pending(found.client, found.signature))
            else:
                return Caller(found.client)
        if pending:
            return Caller("", pending, challenges)
        if unavailable:
            raise overloaded(Stage.ACCESS, unavailable)
        raise _unauthorized("; ".join(reasons), challenges) if challenges else _forbidden("; ".join(reasons))


async def _pass(checks: Sequence[Check], head: Head) -> Allowed | Refused:
    """Return what all of *checks* say together: the first refusal, else the first name that one of them tells."""
    client = ""
    signature = None
    for check in checks:
        found = await check.check(head)
        if isinstance(found, Refused):
            return found
        client = client or found.client
        signature = signature or found.signature
    return Allowed(client, signature)


def _ask_contract(rule: AccessRule, head: Head, thumbprint: str | None) -> None:
    """Raises Refusal or Ambiguous."""
    authorization = None if rule.credentials is None else only_value(head.headers, "Authorization")
    decision = decide(rule, authorization, thumbprint)
    if decision is Decision.UNAUTHORIZED:
        raise Refusal(FaultKind.UNAUTHORIZED, Stage.ACCESS, "credentials missing or wrong", header=CONTRACT_CHALLENGE)
    if decision is Decision.FORBIDDEN:
        raise Refusal(FaultKind.FORBIDDEN, Stage.ACCESS, "client certificate missing or not accepted", closes=True)


def _unauthorized(detail: str, challenges: Sequence[str]) -> Refusal:
    header = "".join(f"WWW-Authenticate: {challenge}\r\n" for challenge in dict.fromkeys(challenges))
    return Refusal(FaultKind.UNAUTHORIZED, Stage.ACCESS, detail, header=header, title=CREDENTIALS_NEEDED)


def _forbidden(detail: str) -> Refusal:
    return Refusal(FaultKind.FORBIDDEN, Stage.ACCESS, detail, closes=True, title=NOT_LET_IN)
