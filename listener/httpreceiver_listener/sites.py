"""The ports of one listener: each bound, closed and changed as its endpoint asks."""

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Container, Iterable, Mapping
from typing import TYPE_CHECKING

from httpreceiver_listener.admission.proxies import TrustedProxies
from httpreceiver_listener.listener_options import ListenerOptions
from httpreceiver_listener.receivers import LiveReceiver
from httpreceiver_listener.responder import Responder
from httpreceiver_listener.routing.table import RoutingTable
from httpreceiver_listener.site import Site
from httpreceiver_listener.states import EndpointState
from httpreceiver_listener.telemetry.metrics import PortMetrics
from httpreceiver_listener.tls.certificate_source import CertificateError, CertificateSource
from httpreceiver_workflow.endpoint import Endpoint, Scheme

if TYPE_CHECKING:
    from httpreceiver_listener.tls.contexts import PortTls

EndpointKey = tuple[str, int]


class Sites:
    """
    The sites that are served, and those that are not any more but still have connections.

    Args:
        bind: returns the bound socket of an address and port, or raises OSError.
    """

    def __init__(
        self,
        options: ListenerOptions,
        responder: Responder,
        certificates: CertificateSource,
        bind: Callable[[str, int], socket.socket],
    ) -> None:
        self._options = options
        self._limits = options.limits
        self._responder = responder
        self._source = certificates
        self._bind_port = bind
        self._sites: dict[EndpointKey, Site] = {}
        self._retired: list[Site] = []

    # --- what is served ----------------------------------------------------------------------------------------------

    @property
    def tables(self) -> Mapping[EndpointKey, RoutingTable[LiveReceiver]]:
        """What each port serves."""
        return {key: site.table for key, site in self._sites.items()}

    async def serve(self, endpoint: Endpoint, table: RoutingTable[LiveReceiver]) -> EndpointState:
        """Bring the site of *endpoint* to what is wanted; one that cannot be is closed, never served otherwise."""
        key = endpoint.host, endpoint.port
        site = self._sites.get(key)
        try:
            tls = self._configured_tls(site, endpoint, table.served)
            if site is None:
                site = self._sites[key] = self._bind(endpoint)
                site.offer(table, site.limits)  # nothing is accepted before there is something to serve
            networks = (*self._options.trusted_proxies, *endpoint.trusted_proxies)
            site.proxies = TrustedProxies(networks) if networks else None
            site.tls = tls or site.tls
            await site.serve(tls.context if tls else None)
        except CertificateError as refused:
            return self._unserved(key, endpoint, str(refused))
        except OSError as refused:
            return self._unserved(key, endpoint, _bind_error(endpoint, refused))
        site.offer(table, self._limits.of_port(endpoint.limits))
        return self._state_of(site, endpoint)

    def retire_all_but(self, wanted: Container[EndpointKey]) -> None:
        """Serve no other endpoints any more; what their connections have begun goes on."""
        for key in [key for key in self._sites if key not in wanted]:
            self._retire(key)

    def reload_certificates(self) -> bool:
        """Look at the certificates on disk; return whether a port has to take up another one."""
        changed = [site for site in self._sites.values() if site.tls is not None and site.tls.reload()]
        return bool(changed)

    # --- deadlines and the end ---------------------------------------------------------------------------------------

    @property
    def tick_s(self) -> float:
        """Seconds between two looks at the deadlines."""
        return min((site.tick_s for site in self._sites.values()), default=1.0)

    @property
    def busy_count(self) -> int:
        """How many still have requests."""
        return sum(site.is_busy for site in self._all())

    async def check_deadlines(self, now: float) -> None:
        """Cut what takes too long."""
        for site in self._all():
            await site.check_deadlines(now)
        self._retired = [site for site in self._retired if site.connection_count]

    def begin_draining(self) -> None:
        """Close each connection with its next answer."""
        for site in self._sites.values():
            site.is_draining = True

    def stop_accepting(self) -> None:
        """Take no new connections; those that are there go on."""
        for site in self._all():
            site.stop_accepting()

    async def close(self) -> None:
        """Close everything."""
        await asyncio.gather(*(site.close() for site in self._all()))
        self._sites.clear()
        self._retired.clear()

    def metrics(self) -> list[PortMetrics]:
        """Return what is counted of each port; asked from the thread of a scrape."""
        rows = []
        for (_, port), site in list(self._sites.items()):
            tls = site.tls if site.is_tls else None
            expiry = tls.pair.expires.timestamp() if tls and tls.pair else None
            rows.append(PortMetrics(str(port), site.connection_count, expiry, bool(tls and tls.error)))
        return rows

    # --- one port -----------------------------------------------------------------------------------------------------

    def _configured_tls(self, site: Site | None, endpoint: Endpoint, live: Iterable[LiveReceiver]) -> "PortTls | None":
        """Return the TLS of an endpoint with the certificate it wants, None for http. Raises CertificateError."""
        if endpoint.scheme is not Scheme.HTTPS:
            return None
        from httpreceiver_listener.tls.contexts import Handshake, PortTls

        tls = site.tls if site is not None and site.tls is not None else PortTls(self._source)
        asks_client = any(one.asks_certificate for one in live)
        tls.configure(endpoint.certificate, Handshake(asks_client, endpoint.cipher_suites))
        return tls

    def _unserved(self, key: EndpointKey, endpoint: Endpoint, error: str) -> EndpointState:
        if key in self._sites:
            self._retire(key)
        return _endpoint_state(endpoint, error=error)

    def _bind(self, endpoint: Endpoint) -> Site:
        number = self._options.listen_ports.get(endpoint.port, endpoint.port)
        listening = self._bind_port(self._options.bind_address, number)
        return Site(listening, self._responder, self._limits.of_port(endpoint.limits))

    def _retire(self, key: EndpointKey) -> None:
        site = self._sites.pop(key)
        site.retire()
        self._retired.append(site)

    def _state_of(self, site: Site, endpoint: Endpoint) -> EndpointState:
        address = self._options.bind_address or "0.0.0.0"  # noqa: S104  shown, not bound
        shown = f"[{address}]" if ":" in address else address
        tls = site.tls if endpoint.scheme is Scheme.HTTPS else None
        return _endpoint_state(
            endpoint,
            url=f"{endpoint.scheme.value}://{shown}:{site.port}/",
            error=tls.error if tls else "",
            thumbprint=tls.pair.thumbprint if tls and tls.pair else "",
        )

    def _all(self) -> tuple[Site, ...]:
        return (*self._sites.values(), *self._retired)


def _bind_error(endpoint: Endpoint, error: OSError) -> str:
    reason = "it is in use" if error.errno == errno.EADDRINUSE else os.strerror(error.errno or 0)
    return f"Port {endpoint.port} cannot be bound: {reason}."


def _endpoint_state(endpoint: Endpoint, *, url: str = "", error: str = "", thumbprint: str = "") -> EndpointState:
    return EndpointState(
        host=endpoint.host,
        port=endpoint.port,
        scheme=endpoint.scheme.value,
        url=url,
        error=error,
        thumbprint=thumbprint,
    )
