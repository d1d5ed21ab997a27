"""Which bodies and answers are too slow; time is told, so every fact is exact."""

import pytest

from httpreceiver_listener.http.deadlines import SLOW_BODY_AFTER_S, BodyPace, BodyWatch, WriteWatch

PACE = BodyPace(idle_s=10.0, total_s=60.0, bytes_per_s=500)


def test_a_body_that_is_silent_for_too_long_is_late() -> None:
    watch = BodyWatch(BodyPace(10.0, 60.0, 0), 100.0, None)

    assert [watch.is_late(now, received) for now, received in ((109, 0), (110, 1), (120, 1), (120.1, 1))] == [
        False,
        False,
        False,
        True,
    ]


def test_a_body_that_takes_too_long_in_all_is_late_however_fast_it_comes() -> None:
    watch = BodyWatch(PACE, 0.0, None)

    assert not watch.is_late(59.9, 10_000_000)
    assert watch.is_late(60.0, 10_000_001)


def test_a_body_is_late_when_its_whole_request_is() -> None:
    watch = BodyWatch(PACE, 0.0, until=3.0)

    assert not watch.is_late(2.9, 1000)
    assert watch.is_late(3.0, 1001)


@pytest.mark.parametrize(("received", "is_late"), [(999, True), (1000, False)])
def test_a_drip_is_late_though_it_never_stops(received: int, is_late: bool) -> None:
    watch = BodyWatch(PACE, 0.0, None)

    assert not watch.is_late(SLOW_BODY_AFTER_S, 1)
    assert watch.is_late(SLOW_BODY_AFTER_S + 2, received) is is_late


def test_an_answer_is_stuck_only_while_none_of_it_is_taken() -> None:
    watch = WriteWatch(0.0, 1000)

    assert not watch.is_stuck(30.0, 1000, timeout_s=30.0, bytes_per_s=1)
    assert not watch.is_stuck(31.0, 900, timeout_s=30.0, bytes_per_s=1)
    assert not watch.is_stuck(61.0, 900, timeout_s=30.0, bytes_per_s=1)
    assert watch.is_stuck(61.1, 900, timeout_s=30.0, bytes_per_s=1)
