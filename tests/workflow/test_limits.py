"""Limits are read strictly; what a host says counts where a receiver says nothing; contradictions are named."""

import pytest

from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.options import NO_OPTIONS, read_host_limits, read_options
from httpreceiver_workflow.options.limits import (
    NO_HOST_LIMITS,
    HostLimits,
    PortLimits,
    RateLimit,
    ReceiverLimits,
    Unfinished,
    duration_s,
    limit_problems,
)
from httpreceiver_workflow.problems import ProblemCode
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
        {"rate": {}},
        {"rate": {"requests": 1, "per": "receiver"}},
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
        (ReceiverLimits(rate=RateLimit(requests=1, period="0s")), "spec.limits.rate.period"),
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
    host = HostLimits(body_bytes=1, concurrency=2, queue=3, rate=RateLimit(requests=9))
    own = ReceiverLimits(body_bytes=7, rate=RateLimit(requests=1))

    assert own.over(host) == ReceiverLimits(body_bytes=7, concurrency=2, queue=3, rate=RateLimit(requests=1))


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


def test_limits_of_a_host_are_read_as_strictly() -> None:
    limits, problems = read_host_limits({"limits": {"bodyBytes": 5, "port": {"connections": 9}}})
    _, [problem] = read_host_limits({"limits": {"port": {"conections": 9}}})

    assert (limits, problems) == (HostLimits(body_bytes=5, port=PortLimits(connections=9)), ())
    assert (problem.where, problem.code) == ("spec.limits.port", ProblemCode.OPTION_INVALID)
    assert read_host_limits({}) == (NO_HOST_LIMITS, ())
