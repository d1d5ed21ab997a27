"""
Whether spans are wanted, as OpenTelemetry's own environment variables say it; the SDK reads the rest of them.

Pure, and free of OpenTelemetry: it is asked also where that is not installed.
"""

from collections.abc import Mapping
from typing import Final

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_EXPORTER: Final = "OTEL_TRACES_EXPORTER"
_DISABLED: Final = "OTEL_SDK_DISABLED"
PROTOCOL: Final = "http/protobuf"


def wants_spans(environment: Mapping[str, str]) -> bool:
    """Return whether an exporter is configured: an endpoint is named, or the exporter ``otlp``, and nothing says no."""
    exporters = _words(environment.get(_EXPORTER, ""))
    if environment.get(_DISABLED, "").strip().lower() == "true" or exporters == ["none"]:
        return False
    return bool(exporters) or any(environment.get(name) for name in _ENDPOINTS)


def objection(environment: Mapping[str, str]) -> str:
    """Return why we cannot do what *environment* asks for, one sentence; ``""`` when we can."""
    exporters = _words(environment.get(_EXPORTER, ""))
    if exporters not in ([], ["otlp"]):
        return f"{_EXPORTER} is {environment[_EXPORTER]!r}, and only otlp is spoken."
    for name in _PROTOCOLS:
        if environment.get(name):
            spoken = environment[name].strip() == PROTOCOL
            return "" if spoken else f"{name} is {environment[name]!r}, and only {PROTOCOL} is spoken."
    return ""


def _words(text: str) -> list[str]:
    return [word for one in text.split(",") if (word := one.strip().lower())]
