"""Where each receiver's text lies: placed stably, spread, and left out only when nothing fits."""

from hypothesis import given
from hypothesis import strategies as st

from httpreceiver_operator.bundles import place_in_bundles
from httpreceiver_operator.names import BUNDLES_PER_ENDPOINT
from httpreceiver_workflow.endpoint import ServedReceiver

NAMES = st.text("abcdefgh-", min_size=1, max_size=6)
ENCODED = st.dictionaries(NAMES, st.integers(0, 60).map(bytes), max_size=20)


def positions(contents: object) -> dict[str, int]:
    """Name → number of its Secret."""
    return {name: number for number, entries in contents.items() for name in entries}  # type: ignore[attr-defined]


@given(ENCODED)
def test_everyone_is_placed_once_or_left_out(encoded: dict[str, bytes]) -> None:
    """Each receiver lies in exactly one Secret below the limit, or is named as left out."""
    bundles = place_in_bundles(encoded, {}, limit_bytes=100)
    placed = [name for entries in bundles.contents.values() for name in entries]
    assert sorted(encoded) == sorted([*placed, *bundles.left_out])
    for number, entries in bundles.contents.items():
        assert number in range(BUNDLES_PER_ENDPOINT)
        assert sum(len(name) + len(data) for name, data in entries.items()) <= 100


@given(ENCODED)
def test_what_is_placed_stays(encoded: dict[str, bytes]) -> None:
    """Placed again where it lies, nothing moves."""
    first = place_in_bundles(encoded, {}, limit_bytes=100)
    assert first == place_in_bundles(encoded, positions(first.contents), limit_bytes=100)


@given(ENCODED, NAMES)
def test_a_new_receiver_moves_no_other(encoded: dict[str, bytes], name: str) -> None:
    """Others keep their Secrets when one is added."""
    encoded.pop(name, None)
    before = positions(place_in_bundles(encoded, {}, limit_bytes=100).contents)
    after = positions(place_in_bundles({**encoded, name: bytes(20)}, before, limit_bytes=100).contents)
    assert before == {other: number for other, number in after.items() if other in before}


def test_one_that_fits_nowhere_is_left_out() -> None:
    """A receiver larger than a Secret harms no other."""
    bundles = place_in_bundles({"small": bytes(10), "large": bytes(200)}, {}, limit_bytes=100)
    assert frozenset({"large"}) == bundles.left_out
    assert {"small"} == set(positions(bundles.contents))


def test_the_revision_follows_meaning_not_bytes() -> None:
    """The same receiver compressed differently has the same revision; another generation has another."""
    served = {"a": ServedReceiver(name="n/a", generation=1, workflow="{}")}
    edited = {"a": ServedReceiver(name="n/a", generation=2, workflow="{}")}
    one, other = place_in_bundles({"a": b"x"}, {}), place_in_bundles({"a": b"yy"}, {})
    assert one.revision(served) == other.revision(served)
    assert one.revision(served) != one.revision(edited)
