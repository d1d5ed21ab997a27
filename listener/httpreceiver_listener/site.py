"""
One bound port: its listening socket, its TLS, its routing table, and its connections.

The listening socket outlives every change: a new set of receivers swaps the table, a new certificate swaps the context
of the next handshake, and between http and https only the server on the socket changes, so no caller is ever refused.
"""

import asyncio
import contextlib
import errno
import functools
import hashlib
import socket
from collections import Counter
from typing import TYPE_CHECKING, Final

from aiohttp import web

from httpreceiver_listener.admission.proxies import TrustedProxies
from httpreceiver_listener.limits import Limits
from httpreceiver_listener.receivers import LiveReceiver
from httpreceiver_listener.requests.connection import Answer, Connection
from httpreceiver_listener.responder import Responder
from httpreceiver_listener.routing.table import RoutingTable

if TYPE_CHECKING:
    from cryptography import x509

    from httpreceiver_listener.tls.contexts import PortContext, PortTls

BACKLOG: Final = 1024
SLOWEST_TICK_S: Final = 1.0
FASTEST_TICK_S: Final = 0.02
CUT_AT_ONCE: Final = 4
"""Answering these takes about as long as a few good requests, which wait for no more than that."""


class _Server(web.Server):
    """aiohttp's low-level server with our connections, which call the responder themselves."""

    def __init__(self, site: "Site", responder: Responder) -> None:
        super().__init__(_unused)
        self._site = site
        self._responder = responder

    def __call__(self) -> Connection:
        return Connection(self._site, self, self._site.limits, self._responder.answer, self._loop)


async def _unused(_: web.BaseRequest) -> web.StreamResponse:
    raise RuntimeError("our connections call the responder themselves")


class Site:
    """
    One port that is being served.

    Attributes:
        table: swapped whole; a request keeps the receiver it was matched to.
        connections: the open ones.
        tls: kept for the site's life, so that certificates change without a new server; None for a site never on https.
        is_draining: answers close their connection.
        limits: of new connections, and of the deadlines of all.
        tick_s: how often `check_deadlines` should be called, so that none is missed by more than a quarter of it.
        proxies: whose word for a caller's address counts; None when nobody's does.
    """

    def __init__(self, listening: socket.socket, responder: Responder, limits: Limits) -> None:
        self._listening = listening
        self._responder = responder
        self.limits = limits
        self.tick_s = SLOWEST_TICK_S
        self._per_peer: Counter[str] = Counter()
        self._all_lost: asyncio.Future[None] | None = None
        self._context: PortContext | None = None
        self._server: asyncio.Server | None = None
        self.connections: set[Connection] = set()
        self.table: RoutingTable[LiveReceiver] = RoutingTable()
        self.tls: PortTls | None = None
        self.is_draining = False
        self.proxies: TrustedProxies | None = None
        self.connections_cut = responder.metrics.connections_cut

    @property
    def port(self) -> int:
        """The port that is really bound."""
        return int(self._listening.getsockname()[1])

    @property
    def is_tls(self) -> bool:
        """Whether new connections speak TLS."""
        return self._context is not None

    @property
    def connection_count(self) -> int:
        """Number of open connections, also of those whose handshake is not complete."""
        return len(self.connections) + (len(self.tls.context.handshakes) if self.tls is not None else 0)

    def opened(self, connection: Connection) -> str:
        """Count one connection; return why it is one too many, ``""`` when it is not."""
        self.connections.add(connection)
        self._per_peer[connection.client_ip] += 1
        if self.tls is not None:
            self.tls.context.handshakes.complete(connection.tls_session())
        if self.connection_count > self.limits.connections:
            return "too_many"
        return "too_many_of_peer" if self._per_peer[connection.client_ip] > self.limits.connections_per_peer else ""

    def lost(self, connection: Connection) -> None:
        """Count it no more."""
        if connection not in self.connections:
            return
        self.connections.discard(connection)
        self._per_peer[connection.client_ip] -= 1
        if not self._per_peer[connection.client_ip]:
            del self._per_peer[connection.client_ip]
        if self._all_lost is not None and not self.connections and not self._all_lost.done():
            self._all_lost.set_result(None)

    def offer(self, table: RoutingTable[LiveReceiver], limits: Limits) -> None:
        """Serve the receivers of *table* within *limits* from the next request on."""
        self.table, self.limits = table, limits
        idle_s = (min(one.bodies.pace.idle_s, one.bodies.pace.total_s) for one in table.served)
        shortest_s = min(limits.header_timeout_s, limits.write_timeout_s, *idle_s)
        self.tick_s = min(SLOWEST_TICK_S, max(FASTEST_TICK_S, shortest_s / 4))

    async def serve(self, context: "PortContext | None") -> None:
        """Accept connections, over TLS with *context*; when called again, new connections speak the new way."""
        if self._server is not None and context is self._context:
            return
        old = self._server
        for connection in tuple(self.connections):
            connection.close_after_answer()
        self._context = context
        http = _Server(self, self._responder)
        # The socket is duplicated, so that closing one server never closes the port.
        create = functools.partial(
            asyncio.get_running_loop().create_server, http, sock=self._listening.dup(), backlog=BACKLOG
        )
        if context is None:
            self._server = await create()
        else:
            context.handshakes.is_full = self._is_full
            self._server = await create(
                ssl=context,
                ssl_handshake_timeout=self.limits.header_timeout_s,
                ssl_shutdown_timeout=self.limits.linger_s,
            )
        if old is not None:
            old.close()

    def _is_full(self) -> bool:
        """Whether one handshake more is too many; whose it is, is known only when it is complete."""
        is_full = self.connection_count >= self.limits.connections
        self.connections_cut["too_many"] += is_full
        return is_full

    def peer_thumbprint(self, transport: asyncio.BaseTransport) -> str | None:
        """Return the thumbprint of the certificate the peer presented, lower case; None when it presented none."""
        session = transport.get_extra_info("ssl_object")
        certificate = session.getpeercert(True) if session is not None else None
        return hashlib.sha1(certificate, usedforsecurity=False).hexdigest() if certificate else None

    def peer_certificates(self, transport: asyncio.BaseTransport) -> "tuple[x509.Certificate, ...]":
        """Return the chain the peer presented, itself first; only where certificates are asked for."""
        session = transport.get_extra_info("ssl_object")
        if session is None:
            return ()
        from httpreceiver_listener.tls.any_issuer import AnyIssuerObject

        return session.peer_chain() if isinstance(session, AnyIssuerObject) else ()

    def malformed(self, connection: Connection, status: int) -> Answer:
        """Count, log and answer what the parser refused."""
        return self._responder.malformed(connection, status)

    def too_many_connections(self) -> bytes:
        """Return the whole response for a connection beyond the limit."""
        return self._responder.too_many_connections()

    async def check_deadlines(self, now: float) -> None:
        """Cut connections that take too long; those that came at one time are cut a few at a time, between requests."""
        late = 0
        for connection in tuple(self.connections):
            if connection.check_deadlines(now, self.limits):
                late += 1
                if late % CUT_AT_ONCE == 0:
                    await asyncio.sleep(0)

    def retire(self) -> None:
        """Close the port; what is asked is still answered, then each connection ends."""
        self.is_draining = True
        self.stop_accepting()
        for connection in tuple(self.connections):
            connection.close_after_answer()

    def stop_accepting(self) -> None:
        """Close the listening socket; connections go on."""
        if self._server is not None:
            self._server.close()
        # Others may hold the socket too (workers): closing our end alone would leave callers waiting for nobody.
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    @property
    def is_busy(self) -> bool:
        """Whether a connection has a request that is arriving or being answered."""
        return any(connection.is_busy for connection in self.connections)

    async def close(self) -> None:
        """
        Close every connection, in whatever state it is, and return when all are lost.

        What is written but not sent gets `linger_s`, and so does the end of a TLS session. The loop may end after this:
        a transport that outlived it would end there, as an error of the loop's.
        """
        self.retire()
        # A deadline of 0 would mean none.
        await asyncio.gather(*(connection.shutdown(0.1) for connection in tuple(self.connections)))
        await self._until_lost()
        for connection in tuple(self.connections):
            connection.abort()
        await self._until_lost()

    async def _until_lost(self) -> None:
        """Wait until there is no connection, but no longer than `linger_s`."""
        if self.connections:
            self._all_lost = asyncio.get_running_loop().create_future()
            await asyncio.wait((self._all_lost,), timeout=self.limits.linger_s)


def listen(address: str, port: int) -> socket.socket:
    """
    Bind *port* of *address* and listen; ``""`` means every address, IPv4 and IPv6.

    Raises:
        OSError: the port is in use, or the address is not this machine's.
    """
    listening = bind(address, port)
    try:
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def bind(address: str, port: int, *, shared: bool = False) -> socket.socket:
    """
    Bind *port* of *address* without listening yet; *shared* where it may be bound by others who share it.

    Raises:
        OSError: the port is in use, or the address is not this machine's.
    """
    if not address and socket.has_dualstack_ipv6():
        try:
            return _bound(socket.AF_INET6, "::", port, shared=shared, both_families=True)
        except OSError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                raise
    return _bound(socket.AF_INET6 if ":" in address else socket.AF_INET, address, port, shared=shared)


def _bound(
    family: socket.AddressFamily, address: str, port: int, *, shared: bool, both_families: bool = False
) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not both_families)
        bound.bind((address, port))
        bound.setblocking(False)
    except OSError:
        bound.close()
        raise
    return bound
