"""The numbers themselves, and the page that describes them; test_exposition.py scrapes them."""

import re
from pathlib import Path

from prometheus_client import generate_latest

from httpreceiver_listener.telemetry.exposition import registry_of
from httpreceiver_listener.telemetry.metric_specs import METRICS
from httpreceiver_listener.telemetry.metrics import Distribution, ListenerMetrics
from httpreceiver_listener.telemetry.metrics_page import metrics_markdown

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_current() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text()
    assert page == metrics_markdown(), "run: python -m httpreceiver_listener.telemetry.metrics_page > docs/metrics.md"


def test_names_follow_the_rules_of_prometheus() -> None:
    for spec in METRICS:
        assert re.fullmatch("[a-z_]+", spec.name)
        assert spec.name.endswith("_total") == (spec.kind == "counter"), spec.name
        assert not re.search("_(ms|milliseconds|kb|minutes)(_|$)", spec.name)
        assert spec.meaning.endswith(".")


def test_a_value_on_a_bound_counts_below_it() -> None:
    distribution = Distribution((1.0, 2.0))

    assert [distribution.observe(value) for value in (0.5, 1.0, 1.5, 9.0)] == [0, 0, 1, 2]
    assert distribution.counts == [2, 1, 1]
    assert distribution.sum == 12.0


def test_what_never_happened_has_no_series() -> None:
    metrics = ListenerMetrics("1", "2", "3")
    for number in range(1000):
        metrics.receiver(f"team/{number}")

    assert "team/" not in generate_latest(registry_of(metrics)).decode()


def test_receivers_that_are_served_no_more_lose_their_series_and_the_unmatched_keep_theirs() -> None:
    metrics = ListenerMetrics("1", "2", "3")
    metrics.receiver("team/a").answer_took(200, 0.1)
    metrics.unmatched.request_answered("GET", 404, "refused", "routing")
    metrics.forget_all_but(set())
    text = generate_latest(registry_of(metrics)).decode()

    assert "team/a" not in text
    assert 'status="404"' in text
