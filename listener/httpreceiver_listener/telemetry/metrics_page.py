"""docs/metrics.md, made from the contract: `python -m httpreceiver_listener.telemetry.metrics_page`."""

from typing import Final

from httpreceiver_listener.telemetry.metric_specs import METRICS

_HEAD: Final = """\
# Metrics of the listener

Made by `python -m httpreceiver_listener.telemetry.metrics_page`; do not edit.

The admin port serves them under `/metrics`: in Prometheus' own text format, or as OpenMetrics 1.0 where the header
`Accept` names `application/openmetrics-text`, as Prometheus does. Only OpenMetrics has exemplars: each bucket of a
request's duration names the newest sampled trace in it as `trace_id`. It is the trace the request came with, where its
receiver has `spec.correlation`, or the one of its [spans](spans.md).

What never happened has no series. Every label has a bounded set of values: unusual methods count as `_OTHER`, requests
that found no receiver under the receiver `""`, and receivers that are gone lose their series. A receiver that answers
in two ways has about a hundred. Names, labels and buckets stay; what must change gets a new name, and the old one stays
for a while beside it.

With `serve --workers` the values of all workers are shown as one: their sum, the lowest or the highest,
or *whole* for what is counted once for all.

| name | kind | labels | workers | meaning |
|---|---|---|---|---|"""


def metrics_markdown() -> str:
    """Return docs/metrics.md."""
    lines = [_HEAD]
    for spec in METRICS:
        labels = ", ".join(f"`{label}`" for label in spec.labels)
        lines.append(f"| `{spec.name}` | {spec.kind} | {labels} | {spec.merge} | {spec.meaning} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(metrics_markdown(), end="")  # noqa: T201
