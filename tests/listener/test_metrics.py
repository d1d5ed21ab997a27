"""Metrics: what is documented is what is exposed, and it is what promtool would accept."""

import re
from pathlib import Path

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from httpreceiver_listener.metrics import METRICS, Distribution, ListenerMetrics, PortMetrics, metrics_markdown

ROOT = Path(__file__).resolve().parents[2]


def full() -> ListenerMetrics:
    """Return metrics with a sample of everything."""
    metrics = ListenerMetrics("1", "2", "3")
    one = metrics.receiver("team/a")
    one.request_answered("POST", 200, "completed", "response")
    for distribution in (one.duration_s, one.request_bytes, one.response_bytes, *one.stages.values()):
        distribution.observe(1)
    one.activity_performed("send", "ok", 0.1)
    one.background_run_ended("completed")
    one.queued = lambda: 1
    one.request_rejected("rate")
    one.run_cut("timeout", "finished")
    metrics.receiver_states = {"serving": 1}
    metrics.ports = lambda: [PortMetrics("8080", 1, 1e9, False)]
    return metrics


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "metrics.md").read_text() == metrics_markdown(), (
        "run: python -m httpreceiver_listener.metrics > docs/metrics.md"
    )


def test_every_documented_metric_is_exposed_with_its_labels_and_no_other() -> None:
    families = {
        family.name: family
        for family in text_string_to_metric_families(generate_latest(full().registry).decode())
        if family.name.startswith("httpreceiver_")
    }

    assert set(families) == {spec.name.removesuffix("_total") for spec in METRICS}
    for spec in METRICS:
        family = families[spec.name.removesuffix("_total")]
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        assert (family.type, labels) == (spec.kind, set(spec.labels)), spec.name


def test_names_follow_the_rules_of_prometheus() -> None:
    for spec in METRICS:
        assert re.fullmatch("[a-z_]+", spec.name)
        assert spec.name.endswith("_total") == (spec.kind == "counter"), spec.name
        assert not re.search("_(ms|milliseconds|kb|minutes)(_|$)", spec.name)
        assert spec.meaning.endswith(".")


def test_a_value_on_a_bound_counts_below_it_and_buckets_add_up() -> None:
    distribution = Distribution((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 9.0):
        distribution.observe(value)

    assert distribution.buckets() == [("1.0", 2), ("2.0", 3), ("+Inf", 4)]
    assert distribution.sum == 12.0


def test_what_never_happened_has_no_series() -> None:
    metrics = ListenerMetrics("1", "2", "3")
    for number in range(1000):
        metrics.receiver(f"team/{number}")

    assert "team/" not in generate_latest(metrics.registry).decode()


def test_receivers_that_are_served_no_more_lose_their_series_and_the_unmatched_keep_theirs() -> None:
    metrics = full()
    metrics.unmatched.request_answered("GET", 404, "refused", "routing")
    metrics.forget_all_but(set())
    text = generate_latest(metrics.registry).decode()

    assert "team/a" not in text
    assert 'status="404"' in text
