"""The OpenAPI documents of the endpoints that are served: made when what they describe has changed, kept as JSON."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

import msgspec

from httpreceiver_workflow.endpoint import Endpoint, Scheme
from httpreceiver_workflow.openapi import Description, endpoint_document

EndpointKey = tuple[str, int]


class Documents:
    """The document of each endpoint of one listener."""

    def __init__(self) -> None:
        self._described: dict[EndpointKey, tuple[Scheme, tuple[Description, ...]]] = {}
        self._made: dict[EndpointKey, bytes] = {}

    @property
    def by_port(self) -> Mapping[int, bytes]:
        """Every document as JSON; a port is an endpoint's, since nothing is bound twice."""
        return {port: document for (_, port), document in sorted(self._made.items())}

    async def update(self, endpoint: Endpoint, descriptions: Sequence[Description]) -> None:
        """Let the document of *endpoint* be that of *descriptions*; requests go on while it is made."""
        key, described = (endpoint.host, endpoint.port), (endpoint.scheme, tuple(descriptions))
        # The same objects where nothing was compiled anew; looking into them would take as long as making it.
        known = self._described.get(key)
        if known is not None and known[0] is described[0] and list(map(id, known[1])) == list(map(id, described[1])):
            return
        self._made[key] = await asyncio.to_thread(_encoded, endpoint.scheme, endpoint.port, descriptions)
        self._described[key] = described

    def forget_all_but(self, keys: Collection[EndpointKey]) -> None:
        """Drop the documents of endpoints that are served no more."""
        for key in [key for key in self._made if key not in keys]:
            del self._made[key], self._described[key]


def _encoded(scheme: Scheme, port: int, descriptions: Sequence[Description]) -> bytes:
    return msgspec.json.encode(endpoint_document(scheme, port, descriptions))
