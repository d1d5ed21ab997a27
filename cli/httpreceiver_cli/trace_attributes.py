"""What expressions read of a traced sample: a request that no network carried."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from httpreceiver_workflow.addresses import url_path
from httpreceiver_workflow.routes import Route

SAMPLE_ADDRESS = "127.0.0.1:0"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleAttributes:
    """As `httpreceiver_workflow.pipeline.attributes` asks for them."""

    listener_path: str
    raw_path: str
    uri_params: Mapping[str, str]
    headers: tuple[tuple[str, str], ...]
    correlation_id: str
    client_certificate: Mapping[str, str]
    scheme: str = "http"
    version: str = "HTTP/1.1"
    remote_address: str = SAMPLE_ADDRESS
    local_address: str = SAMPLE_ADDRESS


def sample_attributes(route: Route, rest: str, headers: tuple[tuple[str, str], ...]) -> SampleAttributes:
    """Return the attributes of a request for *rest* below the ServiceName of *route*, which need not take it."""
    raw_path = url_path(route.base) + rest
    pieces = raw_path.strip("/").split("/")
    given = next((value for name, value in headers if name.lower() == "x-correlation-id"), "sample")
    return SampleAttributes(
        listener_path=f"{route.path}*" if route.is_prefix else route.path,
        raw_path=raw_path,
        uri_params={name: unquote(piece) for name, piece in zip(route.names, pieces, strict=False) if name},
        headers=headers,
        correlation_id=given,
        client_certificate={},
    )
