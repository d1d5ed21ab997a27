"""A rate is kept on average, with a burst after a pause; time is told, so every fact is exact."""

from httpreceiver_listener.admission.rates import CLIENTS_REMEMBERED, RateLimiter
from httpreceiver_workflow.options.limits import RateLimit, RatePer


def test_a_burst_passes_and_then_one_for_each_interval() -> None:
    limiter = RateLimiter(RateLimit(requests=2, period="1s", burst=3))

    assert [limiter.take("a", 0.0).is_allowed for _ in range(4)] == [True, True, True, False]
    assert [limiter.take("a", now).is_allowed for now in (0.4, 0.5, 0.9, 1.0, 1.0)] == [False, True, False, True, False]


def test_a_pause_fills_the_bucket_and_no_more() -> None:
    limiter = RateLimiter(RateLimit(requests=1, period="1s", burst=2))
    limiter.take("a", 0.0)

    assert [limiter.take("a", 1000.0).is_allowed for _ in range(3)] == [True, True, False]


def test_no_more_than_rate_and_burst_pass_in_any_time() -> None:
    limiter = RateLimiter(RateLimit(requests=10, period="1s", burst=5))

    passed = sum(limiter.take("a", tick / 100).is_allowed for tick in range(1000))

    assert passed == 5 + 100 - 1


def test_what_is_refused_costs_nothing() -> None:
    limiter = RateLimiter(RateLimit(requests=1, period="1s"))
    limiter.take("a", 0.0)
    for _ in range(100):
        limiter.take("a", 0.5)

    assert limiter.take("a", 1.0).is_allowed


def test_clients_are_counted_apart_only_when_asked() -> None:
    together = RateLimiter(RateLimit(requests=1))
    apart = RateLimiter(RateLimit(requests=1, per=RatePer.CLIENT_ADDRESS))

    assert [together.take(client, 0.0).is_allowed for client in "ab"] == [True, False]
    assert [apart.take(client, 0.0).is_allowed for client in "aba"] == [True, True, False]


def test_a_caller_is_told_how_many_are_left_and_how_long_to_wait() -> None:
    limiter = RateLimiter(RateLimit(requests=2, period="10s"))
    first, second, third = (limiter.take("a", now) for now in (0.0, 0.0, 1.0))

    assert (first.remaining, second.remaining) == (1, 0)
    assert (third.is_allowed, third.wait_s) == (False, 4.0)
    assert limiter.header(second) == 'RateLimit-Policy: "Receiver";q=2;w=10\r\nRateLimit: "Receiver";r=0;t=10\r\n'
    assert limiter.header(third).endswith("\r\nRetry-After: 4\r\n")


def test_the_wait_that_is_told_is_the_wait_that_is_needed() -> None:
    limiter = RateLimiter(RateLimit(requests=7, period="1s"))
    refused = next(taken for taken in (limiter.take("a", 0.01) for _ in range(99)) if not taken.is_allowed)

    assert limiter.take("a", 0.01 + refused.wait_s).is_allowed


def test_only_so_many_clients_are_remembered() -> None:
    limiter = RateLimiter(RateLimit(requests=1, period="1h", per=RatePer.CLIENT_ADDRESS))
    for number in range(CLIENTS_REMEMBERED + 1):
        limiter.take(str(number), 0.0)

    assert limiter.take("0", 0.0).is_allowed
    assert not limiter.take(str(CLIENTS_REMEMBERED), 0.0).is_allowed
