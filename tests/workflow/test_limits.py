"""Limits are read strictly; what a host says counts where a receiver says nothing; contradictions are named."""

import pytest

from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.options import NO_OPTIONS, read_host_limits, read_options
from httpreceiver_workflow.options.limits import (
    NO_HOST_LIMITS,
    HostLimits,
    PortLimits,
    RateLimit,
    RatePer,
    ReceiverLimits,
    Unfinished,
    duration_s,
    limit_problems,
)
from httpreceiver_workflow.problem_codes import ProblemCode
from workflow_files import a_receiver


@pytest.mark.parametrize(
    ("text", "seconds"), [("10s", 10), ("500ms", 0.5), ("1m30s", 90), ("2h", 7200), ("1h1m1s1ms", 3661.001), ("0s", 0)]
)
def test_durations_are_those_of_kubernetes(text: str, seconds: float) -> None:
    assert duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "limits",
    [
        {"bodyTimeout": "10"},
        {"bodyTimeout": "-1s"},
        {"bodyTimeout": "1.5s"},
        {"bodyTimeout": 10},
        {"bodyBytes": "10Mi"},
        {"bodyBytes": -1},
        {"concurrency": 0},
        {"rates": {}},
        {"rates": [{}]},
        {"rates": [{"requests": 1, "per": "receiver"}]},
        {"rates": [{"requests": 1}] * 4},
        {"onClientGone": "cancel"},
        {"bodySize": 1},
    ],
)
def test_what_is_no_limit_is_a_problem_and_not_passed_over(limits: dict[str, object]) -> None:
    options, [problem] = read_options({"limits": limits})

    assert (options, problem.code) == (NO_OPTIONS, ProblemCode.OPTION_INVALID)
    assert problem.where.startswith("spec.limits")


@pytest.mark.parametrize(
    ("limits", "where"),
    [
        (ReceiverLimits(queue=5), "spec.limits.queue"),
        (ReceiverLimits(concurrency=1, queue_timeout="1s"), "spec.limits.queueTimeout"),
        (ReceiverLimits(concurrency=1, queue=0, queue_timeout="1s"), "spec.limits.queueTimeout"),
        (ReceiverLimits(on_timeout=Unfinished.CANCEL), "spec.limits.onTimeout"),
        (ReceiverLimits(body_timeout="0s"), "spec.limits.bodyTimeout"),
        (ReceiverLimits(request_timeout="0m0s"), "spec.limits.requestTimeout"),
        (ReceiverLimits(rates=(RateLimit(requests=1, period="0s"),)), "spec.limits.rates[0].period"),
        (
            ReceiverLimits(rates=(RateLimit(requests=1), RateLimit(requests=2, period="1h"))),
            "spec.limits.rates[1].per",
        ),
        (ReceiverLimits(body_timeout="2s", request_timeout="1s"), "spec.limits.bodyTimeout"),
        (ReceiverLimits(body_idle_timeout="2s", body_timeout="1s"), "spec.limits.bodyIdleTimeout"),
        (
            ReceiverLimits(concurrency=1, queue=1, queue_timeout="2s", request_timeout="1s"),
            "spec.limits.queueTimeout",
        ),
    ],
)
def test_a_limit_that_could_never_apply_is_named(limits: ReceiverLimits, where: str) -> None:
    [problem] = limit_problems(limits)

    assert (problem.where, problem.code) == (where, ProblemCode.LIMITS_CONTRADICT)


def test_such_a_receiver_is_not_compiled() -> None:
    options, _ = read_options({"limits": {"queue": 5}})
    prepared = prepare_workflow([a_receiver()], options=options)

    assert prepared.pipeline is None
    assert "spec.limits.queue" in [problem.where for problem in prepared.problems]


def test_a_receivers_own_limits_win_over_those_of_its_host() -> None:
    host = HostLimits(body_bytes=1, concurrency=2, queue=3, rates=(RateLimit(requests=9),))
    own = ReceiverLimits(body_bytes=7, rates=(RateLimit(requests=1),))

    assert own.over(host) == ReceiverLimits(body_bytes=7, concurrency=2, queue=3, rates=(RateLimit(requests=1),))


@pytest.mark.parametrize(
    ("own", "host", "both"),
    [
        (ReceiverLimits(), HostLimits(queue=3, queue_timeout="1s"), ReceiverLimits()),
        (ReceiverLimits(), HostLimits(on_timeout=Unfinished.CANCEL), ReceiverLimits()),
        (
            ReceiverLimits(request_timeout="5s"),
            HostLimits(body_timeout="60s"),
            ReceiverLimits(request_timeout="5s"),
        ),
    ],
)
def test_a_default_of_the_host_that_could_not_apply_is_no_mistake_of_the_receiver(
    own: ReceiverLimits, host: HostLimits, both: ReceiverLimits
) -> None:
    assert own.over(host) == both
    assert list(limit_problems(own.over(host))) == []


KEY = {"apiKey": {"secretRef": {"name": "keys"}, "header": "X-Key"}, "allowInsecure": True}
PLACE = {"addresses": {"allow": ["10.0.0.0/8"]}}


@pytest.mark.parametrize(("auth", "places"), [([], 1), ([PLACE], 1), ([KEY], 0), ([PLACE, {**PLACE, **KEY}], 0)])
def test_a_rate_by_name_needs_auth_that_tells_names(auth: list[dict[str, object]], places: int) -> None:
    options, problems = read_options({"auth": auth, "limits": {"rates": [{"requests": 1, "per": "ClientName"}]}})
    assert problems == ()
    found = prepare_workflow([a_receiver()], options=options).problems
    assert [one.where for one in found if one.code == ProblemCode.LIMITS_CONTRADICT] == [
        "spec.limits.rates[0].per"
    ] * places


def test_a_hosts_rate_by_name_counts_where_callers_have_names() -> None:
    by_name, all_of_them = RateLimit(requests=1, per=RatePer.CLIENT_NAME), RateLimit(requests=9)
    host = HostLimits(rates=(by_name, all_of_them))

    assert ReceiverLimits().over(host, has_names=True).rates == (by_name, all_of_them)
    assert ReceiverLimits().over(host, has_names=False).rates == (all_of_them,)
    assert ReceiverLimits(rates=()).over(host).rates == ()


def test_limits_of_a_host_are_read_as_strictly() -> None:
    limits, problems = read_host_limits({"limits": {"bodyBytes": 5, "port": {"connections": 9}}})
    _, [problem] = read_host_limits({"limits": {"port": {"conections": 9}}})

    assert (limits, problems) == (HostLimits(body_bytes=5, port=PortLimits(connections=9)), ())
    assert (problem.where, problem.code) == ("spec.limits.port", ProblemCode.OPTION_INVALID)
    assert read_host_limits({}) == (NO_HOST_LIMITS, ())
