"""
What the operator counts: every metric name and label in one place.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class OperatorMetrics:
    """Metrics of the reconcile loop, in a registry of their own."""

    def __init__(self) -> None:
        """Register every metric."""
        self.registry = CollectorRegistry()
        self.passes = Counter(
            "httpreceiver_operator_reconciles",
            "Passes of the loop, by outcome: done or failed.",
            ["outcome"],
            registry=self.registry,
        )
        self.pass_duration = Histogram(
            "httpreceiver_operator_reconcile_duration_seconds",
            "Duration of one pass.",
            registry=self.registry,
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
        )
        self.last_success = Gauge(
            "httpreceiver_operator_last_reconcile_timestamp_seconds",
            "When a pass last succeeded, in seconds since 1970.",
            registry=self.registry,
        )
        self.api_calls = Counter(
            "httpreceiver_operator_api_calls",
            "Calls to the Kubernetes API, by verb and status code; code 0 when there was no answer.",
            ["verb", "code"],
            registry=self.registry,
        )
        self.watch_events = Counter(
            "httpreceiver_operator_watch_events", "Watch events received, by kind.", ["kind"], registry=self.registry
        )
        self.receivers = Gauge(
            "httpreceiver_operator_receivers",
            "Receivers, by condition type and status.",
            ["condition", "status"],
            registry=self.registry,
        )
        self.endpoints = Gauge(
            "httpreceiver_operator_endpoints", "Endpoints that at least one receiver serves on.", registry=self.registry
        )
