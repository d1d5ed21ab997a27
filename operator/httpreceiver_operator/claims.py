"""
Who asks for which address, who wins, and what the loser is told.

A *claim* is one receiver's wish for (host, port, scheme, certificate, route). Pure; the answer depends only on the set
of claims, never on their order. The rules are `RULES`, tried in that order; the first that finds rivals decides the
reason.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from httpreceiver_operator.names import ObjectName
from httpreceiver_workflow.endpoint import Scheme
from httpreceiver_workflow.routes import Place, Route, overlap

MOST_NAMED_RIVALS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """
    What one receiver asks of one endpoint.

    Attributes:
        certificate: identity of the server certificate, for instance the Secret that holds it; ``""`` with HTTP.
        created: aware; of the receiver.
        incumbent: the receiver already serves exactly this address.
    """

    receiver: ObjectName
    host: ObjectName
    port: int
    scheme: Scheme
    certificate: str
    route: Route
    created: datetime
    incumbent: bool = False

    @property
    def endpoint(self) -> tuple[ObjectName, int]:
        """The (host, port) asked for."""
        return self.host, self.port

    @property
    def priority(self) -> tuple[bool, datetime, ObjectName]:
        """Order of precedence, least first: incumbents, then the oldest, then by namespace and name."""
        return not self.incumbent, self.created, self.receiver


class ConflictReason(StrEnum):
    """Why a claim lost: reasons of the condition Conflicted."""

    PATH_TAKEN = "PathTaken"
    SCHEME_DIFFERS = "SchemeDiffers"
    CERTIFICATE_DIFFERS = "CertificateDiffers"


@dataclass(frozen=True, slots=True)
class Conflict:
    """One lost claim: who holds the address, in order of precedence, and one sentence for the loser."""

    reason: ConflictReason
    holders: tuple[ObjectName, ...]
    message: str


@dataclass(slots=True)
class Occupancy:
    """Claims already granted on one endpoint, in order of precedence; they agree in scheme and certificate."""

    granted: list[Claim] = field(default_factory=list)
    holders: dict[Place, Claim] = field(default_factory=dict)

    def grant(self, claim: Claim) -> None:
        """Give *claim* its address."""
        self.granted.append(claim)
        self.holders.update((place, claim) for place in claim.route.places())


Rule = Callable[[Claim, Occupancy], Conflict | None]


def path_taken(claim: Claim, occupancy: Occupancy) -> Conflict | None:
    """Find the receivers that take the same requests of the same endpoint, none of the two more specific."""
    found = {occupancy.holders[place] for place in claim.route.places() if place in occupancy.holders}
    if not found:
        return None
    rivals = sorted(found, key=lambda rival: rival.priority)
    shared = overlap(claim.route, rivals[0].route)
    example = f" ({shared.example} fits both)" if shared else ""
    were = "was" if len(rivals) == 1 else "were"
    return Conflict(
        ConflictReason.PATH_TAKEN,
        tuple(rival.receiver for rival in rivals),
        f'Port {claim.port} path "{claim.route.path}" of host {claim.host.name} is taken by {_listed(rivals)},'
        f" which {were} there first{example}; change Port, ServiceName or route, or use another host.",
    )


def scheme_differs(claim: Claim, occupancy: Occupancy) -> Conflict | None:
    """Find the receivers that speak HTTP where this one asks for HTTPS, or the other way round."""
    rivals = occupancy.granted
    if not rivals or rivals[0].scheme is claim.scheme:
        return None
    return Conflict(
        ConflictReason.SCHEME_DIFFERS,
        tuple(holder.receiver for holder in rivals),
        f"Port {claim.port} of host {claim.host.name} speaks {rivals[0].scheme.value.upper()} for {_listed(rivals)};"
        f" {claim.scheme.value.upper()} needs another Port, or the same UseSsl as theirs.",
    )


def certificate_differs(claim: Claim, occupancy: Occupancy) -> Conflict | None:
    """Find the receivers that present another server certificate on the same endpoint."""
    rivals = occupancy.granted
    if not rivals or rivals[0].certificate == claim.certificate:
        return None
    return Conflict(
        ConflictReason.CERTIFICATE_DIFFERS,
        tuple(holder.receiver for holder in rivals),
        f"Port {claim.port} of host {claim.host.name} presents another certificate for {_listed(rivals)};"
        " use the same CertificateThumbPrint, or change Port.",
    )


RULES: Final[tuple[Rule, ...]] = (path_taken, scheme_differs, certificate_differs)


@dataclass(frozen=True, slots=True)
class Settlement:
    """
    The outcome for all claims.

    Attributes:
        granted: the winners, ordered by endpoint and receiver.
        conflicts: why each loser lost.
    """

    granted: tuple[Claim, ...]
    conflicts: Mapping[ObjectName, Conflict]


def settle_claims(claims: Iterable[Claim]) -> Settlement:
    """
    Decide which receiver gets each address.

    Claims are granted one by one in order of `Claim.priority`; one that breaks a rule against those granted before it
    loses and holds nothing. The order of *claims* has no effect.
    """
    endpoints: dict[tuple[ObjectName, int], Occupancy] = {}
    conflicts: dict[ObjectName, Conflict] = {}
    for claim in sorted(claims, key=lambda claim: claim.priority):
        occupancy = endpoints.setdefault(claim.endpoint, Occupancy())
        conflict = next(filter(None, (rule(claim, occupancy) for rule in RULES)), None)
        if conflict is None:
            occupancy.grant(claim)
        else:
            conflicts[claim.receiver] = conflict
    granted = (claim for occupancy in endpoints.values() for claim in occupancy.granted)
    return Settlement(tuple(sorted(granted, key=lambda claim: (claim.endpoint, claim.receiver))), conflicts)


def _listed(rivals: list[Claim]) -> str:
    """Name the first few rivals, sorted, and count the rest."""
    receivers = sorted(rival.receiver for rival in rivals)
    text = ", ".join(map(str, receivers[:MOST_NAMED_RIVALS]))
    rest = len(receivers) - MOST_NAMED_RIVALS
    return f"{text} and {rest} more" if rest > 0 else text
