"""
The contract of the listener's metrics: every name, label and bucket. `docs/metrics.md` is made from `METRICS`.

Every label value is bounded: receivers, activities and stages come from what is served, methods from a closed list.
Names, labels and buckets stay; what must change gets a new name, and the old one stays for a while beside it.
"""

from enum import StrEnum
from typing import Final, NamedTuple

KNOWN_METHODS: Final = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "TRACE", "CONNECT"})
OTHER_METHOD: Final = "_OTHER"
RUN_STAGE: Final = "run"
"""The engine's own work: filters, transformers, templates; without waiting for the body or for activities."""

DURATION_BOUNDS_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
STAGE_BOUNDS_S: Final = (0.0005, 0.002, 0.01, 0.05, 0.25, 1.0, 5.0, 30.0)
SIZE_BOUNDS_BYTES: Final = (1024.0, 8192.0, 65536.0, 524288.0, 4194304.0)


class Merge(StrEnum):
    """What several workers' values of one series are together, with `serve --workers`."""

    SUM = "sum"
    """Amounts. Counters and histograms keep what workers counted that have ended."""
    LOWEST = "lowest"
    HIGHEST = "highest"
    WHOLE = "whole"
    """Not known of one worker: the parent tells it of all."""


class MetricSpec(NamedTuple):
    """One row of docs/metrics.md."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str
    merge: Merge = Merge.SUM


REQUESTS: Final = MetricSpec(
    "httpreceiver_requests_total",
    "counter",
    ("receiver", "method", "status", "outcome", "stage"),
    "Requests answered. receiver is empty where no receiver was found; outcome is completed, filtered, errored, "
    "accepted (answered before its run ended), health (HEAD), options, preflight, refused or cut (it lasted too long, "
    "or its caller left: status 499, which nobody saw); stage says how far the request came.",
)
REQUEST_DURATION: Final = MetricSpec(
    "httpreceiver_request_duration_seconds",
    "histogram",
    ("receiver", "status_class"),
    "From the complete head of a request to its answer; status_class is 2xx and its like. Has exemplars.",
)
REQUEST_SIZE: Final = MetricSpec(
    "httpreceiver_request_size_bytes", "histogram", ("receiver",), "Size of request bodies, decompressed."
)
RESPONSE_SIZE: Final = MetricSpec(
    "httpreceiver_response_size_bytes", "histogram", ("receiver",), "Size of response bodies."
)
STAGE_DURATION: Final = MetricSpec(
    "httpreceiver_stage_duration_seconds",
    "histogram",
    ("receiver", "stage"),
    "Where a request's time goes: body (waiting for one that did not come with its head), activity (waiting for other "
    "systems), run (our own work).",
)
IN_FLIGHT: Final = MetricSpec("httpreceiver_requests_in_flight", "gauge", ("receiver",), "Requests being answered now.")
QUEUED: Final = MetricSpec(
    "httpreceiver_requests_queued",
    "gauge",
    ("receiver",),
    "Requests that wait for one of their receiver's limits.concurrency places; they are in flight too.",
)
REJECTED: Final = MetricSpec(
    "httpreceiver_requests_rejected_total",
    "counter",
    ("receiver", "reason"),
    "Requests refused by a limit of their receiver: headers, rate, queue_full, queue_timeout, body_size, body_time, "
    "memory (bodies arriving at once), background (runs that go on already).",
)
CUT: Final = MetricSpec(
    "httpreceiver_runs_cut_total",
    "counter",
    ("receiver", "reason", "work"),
    "Runs nobody waited for any longer; reason is timeout or client_gone, work is cancelled or finished (it goes on in "
    "the background).",
)
BACKGROUND: Final = MetricSpec(
    "httpreceiver_background_runs_active", "gauge", (), "Runs that go on now after their request was answered."
)
BUFFERED: Final = MetricSpec(
    "httpreceiver_arriving_body_bytes", "gauge", (), "Bytes held of bodies that have not arrived completely yet."
)
SPOOLED: Final = MetricSpec(
    "httpreceiver_spooled_body_bytes", "gauge", (), "Bytes in files of bodies that have not arrived completely yet."
)
BACKGROUND_ENDED: Final = MetricSpec(
    "httpreceiver_background_runs_total",
    "counter",
    ("receiver", "outcome"),
    "Runs that ended after their request was answered: completed, filtered or errored.",
)
ACTIVITY_CALLS: Final = MetricSpec(
    "httpreceiver_activity_calls_total",
    "counter",
    ("receiver", "activity", "outcome"),
    "Activities performed; outcome is ok, an HTTP status class such as 5xx, or the kind of fault.",
)
ACTIVITY_DURATION: Final = MetricSpec(
    "httpreceiver_activity_duration_seconds", "histogram", ("receiver", "activity"), "Time an activity took."
)
RELOADS: Final = MetricSpec(
    "httpreceiver_reloads_total",
    "counter",
    ("result",),
    "Times the served receivers changed; ok or failed.",
    Merge.WHOLE,
)
RECEIVERS: Final = MetricSpec("httpreceiver_receivers", "gauge", ("state",), "Receivers by state.", Merge.WHOLE)
WORKERS: Final = MetricSpec(
    "httpreceiver_workers",
    "gauge",
    (),
    "Processes that serve: 1, or with `serve --workers` those that live now.",
    Merge.WHOLE,
)
WORKERS_REPLACED: Final = MetricSpec(
    "httpreceiver_workers_replaced_total", "counter", (), "Workers that ended unasked and got a successor.", Merge.WHOLE
)
CERTIFICATE_EXPIRY: Final = MetricSpec(
    "httpreceiver_certificate_expiry_timestamp_seconds",
    "gauge",
    ("port",),
    "When the server certificate of an HTTPS port expires, in Unix time.",
    Merge.LOWEST,
)
CERTIFICATE_RELOAD_FAILED: Final = MetricSpec(
    "httpreceiver_certificate_reload_failed",
    "gauge",
    ("port",),
    "1 while the certificate files of a port cannot be used and the last good pair is served.",
    Merge.HIGHEST,
)
CONNECTIONS: Final = MetricSpec("httpreceiver_connections", "gauge", ("port",), "Open connections.")
CONNECTIONS_CUT: Final = MetricSpec(
    "httpreceiver_connections_cut_total",
    "counter",
    ("reason",),
    "Connections the listener ended: head_timeout, body_timeout, write_timeout, too_many, too_many_of_peer.",
)
LOOP_LAG: Final = MetricSpec(
    "httpreceiver_event_loop_lag_seconds",
    "gauge",
    (),
    "How much too late the newest look at deadlines came: what every request waits for beside its own work.",
    Merge.HIGHEST,
)
LOG_DROPPED: Final = MetricSpec(
    "httpreceiver_access_log_dropped_total", "counter", (), "Access-log lines dropped because nobody read them."
)
SPANS: Final = MetricSpec(
    "httpreceiver_spans_total",
    "counter",
    ("result",),
    "Spans that ended: exported, failed (the collector did not take them) or dropped (too many waited for it).",
)
BUILD_INFO: Final = MetricSpec(
    "httpreceiver_build_info", "gauge", ("version", "python", "aiohttp"), "Always 1; says what runs.", Merge.HIGHEST
)

METRICS: Final = (
    REQUESTS,
    REQUEST_DURATION,
    REQUEST_SIZE,
    RESPONSE_SIZE,
    STAGE_DURATION,
    IN_FLIGHT,
    QUEUED,
    REJECTED,
    CUT,
    BACKGROUND,
    BUFFERED,
    SPOOLED,
    BACKGROUND_ENDED,
    ACTIVITY_CALLS,
    ACTIVITY_DURATION,
    RELOADS,
    RECEIVERS,
    WORKERS,
    WORKERS_REPLACED,
    CERTIFICATE_EXPIRY,
    CERTIFICATE_RELOAD_FAILED,
    CONNECTIONS,
    CONNECTIONS_CUT,
    LOOP_LAG,
    LOG_DROPPED,
    SPANS,
    BUILD_INFO,
)
