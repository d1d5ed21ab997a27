"""Who gets which address: the rules, their order, and that the order of claims does not matter."""

from datetime import UTC, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_operator.claims import RULES, Claim, ConflictReason, Occupancy, settle_claims
from httpreceiver_operator.names import ObjectName
from httpreceiver_workflow.endpoint import Scheme
from httpreceiver_workflow.options import RouteOptions
from httpreceiver_workflow.routes import overlap, read_route

HOST = ObjectName("team", "default")
EVERYTHING = RouteOptions()


def a_claim(
    name: str,
    path: str = "a",
    day: int = 1,
    *,
    port: int = 8080,
    certificate: str = "",
    route: RouteOptions = EVERYTHING,
    **more: bool,
) -> Claim:
    """A claim of receiver *name*; HTTPS when it has a certificate."""
    return Claim(
        receiver=ObjectName("team", name),
        host=HOST,
        port=port,
        scheme=Scheme.HTTPS if certificate else Scheme.HTTP,
        certificate=certificate,
        route=read_route(path, route)[0],
        created=datetime(2026, 1, day, tzinfo=UTC),
        **more,
    )


CLAIMS = st.lists(
    st.builds(
        a_claim,
        st.sampled_from("abcdefgh"),
        st.sampled_from("xyz"),
        st.integers(1, 3),
        port=st.sampled_from([8080, 8081]),
        certificate=st.sampled_from(["", "one", "two"]),
        route=st.builds(
            RouteOptions,
            path=st.sampled_from([None, "{a}", "{b}", "*"]),
            methods=st.lists(st.sampled_from(["GET", "PUT"]), max_size=2).map(tuple),
            hostnames=st.sampled_from([(), ("a.test",), ("*.test",), ("a.test", "*.test")]),
        ),
        incumbent=st.booleans(),
    ),
    unique_by=lambda claim: claim.receiver,
    max_size=8,
)


@given(CLAIMS)
def test_every_claim_is_granted_or_told_why(claims: list[Claim]) -> None:
    """Nobody is forgotten, and nobody has both an address and a conflict."""
    settlement = settle_claims(claims)
    granted = {claim.receiver for claim in settlement.granted}
    assert {claim.receiver for claim in claims} == granted | settlement.conflicts.keys()
    assert not granted & settlement.conflicts.keys()


@given(CLAIMS, st.randoms(use_true_random=False))
def test_the_order_of_claims_does_not_matter(claims: list[Claim], random: object) -> None:
    """Any order gives the same settlement."""
    shuffled = sorted(claims, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert settle_claims(claims) == settle_claims(shuffled)


@given(CLAIMS)
def test_what_was_granted_agrees(claims: list[Claim]) -> None:
    """On one endpoint all winners speak alike, present one certificate and have paths of their own."""
    granted = settle_claims(claims).granted
    for one, other in permutations(granted, 2):
        if one.endpoint == other.endpoint:
            assert (one.scheme, one.certificate) == (other.scheme, other.certificate)
            assert overlap(one.route, other.route) is None


@given(CLAIMS)
def test_every_loser_is_told_of_winners_with_precedence(claims: list[Claim]) -> None:
    """The holders a loser is told of are winners that come before it, and the message names one of them."""
    by_name = {claim.receiver: claim for claim in claims}
    settlement = settle_claims(claims)
    winners = {claim.receiver for claim in settlement.granted}
    for loser, conflict in settlement.conflicts.items():
        assert set(conflict.holders) <= winners
        assert all(by_name[holder].priority < by_name[loser].priority for holder in conflict.holders)
        assert str(min(conflict.holders)) in conflict.message


def test_an_incumbent_is_stronger_than_age() -> None:
    """Who already serves the address keeps it against an older one."""
    settlement = settle_claims([a_claim("old", day=1), a_claim("serving", day=2, incumbent=True)])
    assert [ObjectName("team", "serving")] == [claim.receiver for claim in settlement.granted]


def test_equal_age_goes_by_name() -> None:
    """Of two of the same second, the first by name wins."""
    settlement = settle_claims([a_claim("b"), a_claim("a")])
    assert ["a"] == [claim.receiver.name for claim in settlement.granted]


def test_a_loser_holds_nothing() -> None:
    """Who lost by scheme does not keep others from the path it asked for."""
    claims = [a_claim("first", "x"), a_claim("secure", "y", 2, certificate="one"), a_claim("third", "y", 3)]
    assert {"first", "third"} == {claim.receiver.name for claim in settle_claims(claims).granted}


@pytest.mark.parametrize(
    ("loser", "reason"),
    [
        (a_claim("loser", "a", 2), ConflictReason.PATH_TAKEN),
        (a_claim("loser", "b", 2, certificate="one"), ConflictReason.SCHEME_DIFFERS),
        (a_claim("loser", "a", 2, certificate="one"), ConflictReason.PATH_TAKEN),
    ],
    ids=["path", "scheme", "path before scheme"],
)
def test_rules_are_tried_in_order(loser: Claim, reason: ConflictReason) -> None:
    """The first rule that is broken gives the reason."""
    assert reason == settle_claims([a_claim("holder"), loser]).conflicts[loser.receiver].reason


def test_another_certificate_is_a_conflict() -> None:
    """Two certificates cannot be presented on one port."""
    claims = [a_claim("holder", certificate="one"), a_claim("loser", "b", 2, certificate="two")]
    assert ConflictReason.CERTIFICATE_DIFFERS == settle_claims(claims).conflicts[ObjectName("team", "loser")].reason


def test_methods_share_a_path_and_a_shared_one_is_a_conflict() -> None:
    """The message names the rival, and a request that nobody could tell whose it is."""
    reads = a_claim("reads", route=RouteOptions(path="{ward}", methods=("GET",)))
    writes = a_claim("writes", day=2, route=RouteOptions(path="{room}", methods=("PUT", "POST")))
    both = a_claim("both", day=3, route=RouteOptions(path="{x}", methods=("PUT", "GET", "DELETE")))
    settlement = settle_claims([both, writes, reads])
    assert [claim.receiver.name for claim in settlement.granted] == ["reads", "writes"]
    conflict = settlement.conflicts[both.receiver]
    assert conflict.holders == (reads.receiver, writes.receiver)
    assert conflict.message == (
        'Port 8080 path "/a/{x}" of host default is taken by team/reads, team/writes, which were there first'
        " (GET /a/x fits both); change Port, ServiceName or route, or use another host."
    )


def test_hostnames_keep_receivers_apart() -> None:
    """Until two of them have one in common."""
    lab = a_claim("lab", route=RouteOptions(hostnames=("lab.example.com",)))
    every = a_claim("every", day=2)
    ward = a_claim("ward", day=3, route=RouteOptions(hostnames=("ward.example.com", "lab.example.com")))
    settlement = settle_claims([lab, every, ward])
    assert [claim.receiver.name for claim in settlement.granted] == ["every", "lab"]
    assert "(POST //lab.example.com/a fits both)" in settlement.conflicts[ward.receiver].message


def test_a_message_names_few_and_counts_the_rest() -> None:
    """With many holders the message stays one line."""
    holders = [a_claim(f"holder-{number}", f"p{number}") for number in range(9)]
    conflict = settle_claims([*holders, a_claim("loser", "z", 2, certificate="one")]).conflicts[
        HOST._replace(name="loser")
    ]
    assert "team/holder-0, team/holder-1, team/holder-2 and 6 more" in conflict.message
    assert 9 == len(conflict.holders)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_an_empty_endpoint_breaks_no_rule(rule: object) -> None:
    """Whoever comes first has no rival."""
    assert rule(a_claim("first"), Occupancy()) is None  # type: ignore[operator]
