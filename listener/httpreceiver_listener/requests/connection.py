"""
One TCP connection: aiohttp's request handler with the deadlines, refusals and half-close it lacks.

aiohttp's C parser reads, `Responder.answer` decides; this module only keeps a caller from holding a connection for
nothing, and writes answers without building aiohttp's response objects. It leans on aiohttp's `RequestHandler` beyond
its documented surface; `tests/listener/test_connection.py` shows each behaviour, so an upgrade that breaks one is seen.
"""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from aiohttp import web
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import LineTooLong
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler, RequestPayloadError, _ErrInfo

from httpreceiver_listener.admission.proxies import TrustedProxies
from httpreceiver_listener.http.deadlines import BodyPace, BodyWatch, WriteWatch
from httpreceiver_listener.limits import Limits
from httpreceiver_listener.receivers import LiveReceiver
from httpreceiver_listener.routing.table import RoutingTable

if TYPE_CHECKING:
    from cryptography import x509

WRITTEN_AT_ONCE: Final = 65536
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Port(Protocol):
    """What a connection asks of the port it came in on; `site.Site` is it."""

    table: RoutingTable[LiveReceiver]
    connections_cut: dict[str, int]
    is_draining: bool
    proxies: TrustedProxies | None

    @property
    def is_tls(self) -> bool:
        """Whether new connections speak TLS."""
        ...

    def opened(self, connection: "Connection") -> str:
        """Count one connection; return why it is one too many, ``""`` when it is not."""
        ...

    def lost(self, connection: "Connection") -> None:
        """Count it no more."""
        ...

    def peer_thumbprint(self, transport: asyncio.BaseTransport) -> str | None:
        """Return the thumbprint of the certificate the peer presented."""
        ...

    def peer_certificates(self, transport: asyncio.BaseTransport) -> "tuple[x509.Certificate, ...]":
        """Return the chain the peer presented, itself first."""
        ...

    def malformed(self, connection: "Connection", status: int) -> "Answer":
        """Count, log and answer what the parser refused."""
        ...

    def too_many_connections(self) -> bytes:
        """Return the whole response for a connection beyond the limit."""
        ...


class BodyTimeout(Exception):
    """The body stopped coming, or came too slowly; set on the payload by `Connection.check_deadlines`."""


class Request:
    """
    One request: its parsed head, the stream of its body, and its connection.

    Attributes:
        is_asked: the caller was told to go on with the body.
    """

    __slots__ = ("connection", "is_asked", "message", "payload")

    def __init__(self, message: RawRequestMessage, payload: StreamReader, connection: "Connection") -> None:
        self.message = message
        self.payload = payload
        self.connection = connection
        self.is_asked = False

    @property
    def waits_to_be_asked(self) -> bool:
        """Whether the caller sends its body only when told to go on."""
        return not self.payload.is_eof() and self.message.headers.get("Expect", "").lower() == "100-continue"

    def complete_body(self) -> bytes | None:
        """Return the whole body when all of it came together with the head, None when it must be waited for."""
        payload = self.payload
        if not payload.is_eof() or payload.exception() is not None:
            return None
        # Taken as it lies there: reading it through the stream would run the parser once more, on nothing.
        pieces = payload._buffer
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class Answer(NamedTuple):
    """One complete response as bytes; without *keep_alive* the connection closes after it."""

    head: bytes
    body: bytes
    keep_alive: bool


class Connection(RequestHandler):
    """
    One connection of a site.

    Attributes:
        client_ip: the peer's address; an IPv4 address is written as such also when it came over an IPv6 socket.
        request: the one being answered, None between requests.
        when_gone: called when the caller has left, as far as TCP can tell: by closing its half, or all of it.
        closing: the next answer is the last on this connection.
        half_closed: the caller will send nothing more but still reads.
    """

    __slots__ = (
        "_answer",
        "_body_watch",
        "_bytes_seen",
        "_head_since",
        "_wire",
        "_write_watch",
        "client_ip",
        "closing",
        "half_closed",
        "is_tls",
        "peer_thumbprint",
        "request",
        "site",
        "when_gone",
    )

    def __init__(
        self,
        site: Port,
        server: web.Server,
        limits: Limits,
        answer: Callable[[Request], Awaitable[Answer]],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(
            server,
            loop=loop,
            keepalive_timeout=limits.keep_alive_s,
            access_log=None,  # type: ignore[arg-type]  # aiohttp's own log is off: ours has the run's outcome
            max_line_size=limits.line_bytes,
            max_field_size=limits.header_bytes,
            max_headers=limits.headers,
            lingering_time=limits.linger_s,
            auto_decompress=False,
        )
        self.site = site
        self._answer = answer
        self.client_ip = ""
        self.peer_thumbprint: str | None = None
        self.is_tls = site.is_tls
        self.closing = False
        self.half_closed = False
        self.request: Request | None = None
        self.when_gone: Callable[[], None] | None = None
        self._wire: asyncio.Transport | None = None
        self._head_since = 0.0
        self._bytes_seen = False
        self._body_watch: BodyWatch | None = None
        self._write_watch: WriteWatch | None = None

    # --- what asyncio calls ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; refuse when the port has too many connections."""
        super().connection_made(transport)
        self._wire = self.transport
        self._head_since = self._loop.time()
        peer = transport.get_extra_info("peername")
        self.client_ip = str(peer[0]).removeprefix("::ffff:") if isinstance(peer, tuple) else ""
        self.peer_thumbprint = self.site.peer_thumbprint(transport)
        too_many = self.site.opened(self)
        if too_many and self.transport is not None:
            self.site.connections_cut[too_many] += 1
            self.transport.write(self.site.too_many_connections())
            self.force_close()

    def connection_lost(self, exc: BaseException | None) -> None:
        """End; a run that has begun goes on, but whoever waits for its body learns that none will come."""
        self._wire = None
        self.site.lost(self)
        if self.when_gone is not None:
            self.when_gone()
        self._fail_body(exc or ConnectionResetError("the caller is gone"))
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; watch how long a head takes; tell a waiting body when the parser refused the rest of it."""
        self._bytes_seen = True
        count = self._request_count
        super().data_received(data)
        if self._request_count != count:
            self._head_since = 0.0
            if self._messages and isinstance(self._messages[-1][0], _ErrInfo):
                self._fail_body(RequestPayloadError("malformed body"))
        elif not self._head_since and self._is_idle and data.strip(b"\r\n"):
            self._head_since = self._loop.time()

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Answer what was asked before the caller closed its half; aiohttp would drop it. Not possible with TLS."""
        if self.is_tls or self._is_idle or self.transport is None:
            return None
        self.half_closed = True
        if self.when_gone is not None:
            self.when_gone()
        unfinished = RequestPayloadError("the body ended early")
        for _, payload in self._messages:
            if not payload.is_eof():
                payload.set_exception(unfinished)
        self._fail_body(unfinished)
        return True

    # --- what aiohttp calls ------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """
        Answer one request after the other until the connection ends.

        Takes the place of aiohttp's own loop, which runs each handler in a task of its own and writes its response
        objects: together a quarter of what a request costs.
        """
        try:
            while not self._force_close and await self._answer_next():
                pass
        except BaseException:
            self.force_close()
            raise
        if not self._force_close:
            self._task_handler = None
            if self.transport is not None:
                self.transport.close()

    async def _answer_next(self) -> bool:
        """Wait for a request and answer it; return whether the connection is good for another."""
        if not self._messages:
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        message, payload = self._take_message()
        self._request_in_progress = True
        try:
            if isinstance(message, _ErrInfo):
                self._lingering_time = 0.0
                answer = self.site.malformed(self, self._parser_status(message.exc))
            else:
                request = self.request = Request(message, payload, self)
                answer = await self._answer(request)
                self.request = None
            if not self._write(answer):
                return False
            if self._paused:
                await self._drain_helper()
        except ConnectionError:
            return False  # the caller is gone
        finally:
            self._request_in_progress = False
            if self._handler_waiter is not None:
                self._handler_waiter.set_result(None)
        # A protocol switch is never agreed to, and what follows its request is not HTTP.
        if not answer.keep_alive or self._upgraded or (self.half_closed and not self._messages):
            self._keepalive = False
        if not payload.is_eof():
            await self._read_away(payload)
        if not self._keepalive or self._close:
            return False
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        if self._keepalive_handle is None:
            self._keepalive_handle = self._loop.call_at(self._next_keepalive_close_time, self._process_keepalive)
        return True

    def _take_message(self) -> tuple[RawRequestMessage | _ErrInfo, StreamReader]:
        """Take the next parsed request, and let the parser go on where it waits for that."""
        taken = self._messages.popleft()
        if self._parser is not None:
            self._parser.message_consumed()
        if self._buffer_paused and len(self._messages) <= self._msg_queue_resume_size:
            self._resume_reading_if_drained()
        return taken

    def _write(self, answer: Answer) -> bool:
        transport = self.transport
        if transport is None or transport.is_closing():
            return False
        if len(answer.body) < WRITTEN_AT_ONCE:
            transport.write(answer.head + answer.body)
        else:
            transport.writelines((answer.head, answer.body))
        return True

    async def _read_away(self, payload: StreamReader) -> None:
        """Read what is left of a refused body for a while, so that the answer is not lost with the connection."""
        deadline = self._loop.time() + self._lingering_time
        try:
            async with asyncio.timeout_at(deadline):
                while not payload.is_eof():
                    await payload.readany()
        except (TimeoutError, RequestPayloadError, BodyTimeout, OSError, RuntimeError):
            self._keepalive = False

    def _parser_status(self, error: BaseException) -> int:
        if isinstance(error, LineTooLong):
            return 414 if error.args[1] == self.max_line_size else 431
        return 431 if "Too many headers" in str(error) else 400

    def _process_keepalive(self) -> None:
        """Close an idle connection; one on which a head is arriving is not idle, and has that head's deadline."""
        if self._head_since and self._bytes_seen:
            self._keepalive_handle = None
        else:
            super()._process_keepalive()

    # --- what the site and the responder call ------------------------------------------------------------------------

    @property
    def _is_idle(self) -> bool:
        return self._waiter is not None and not self._waiter.done()

    @property
    def has_queued_requests(self) -> bool:
        """Whether pipelined requests wait behind the current one."""
        return bool(self._messages)

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered, waits, or is arriving."""
        return not self._is_idle or bool(self._head_since and self._bytes_seen)

    @property
    def is_gone(self) -> bool:
        """Whether the caller has left, as far as TCP can tell."""
        return self.half_closed or self.transport is None

    def tls_session(self) -> object | None:
        """Return the session object of a TLS connection."""
        return self.transport.get_extra_info("ssl_object") if self.transport is not None else None

    def peer_certificates(self) -> "tuple[x509.Certificate, ...]":
        """Return the chain the peer presented, itself first; nobody has verified it."""
        return self.site.peer_certificates(self.transport) if self.transport is not None else ()

    def abort(self) -> None:
        """Close at once, whatever is still to be written; `connection_lost` follows."""
        if self._wire is not None:
            self._wire.abort()

    def close_after_answer(self) -> None:
        """Let what is asked be answered, then close; at once when nothing is."""
        self.closing = True
        if not self.is_busy:
            self.force_close()

    def begin_body(self, pace: BodyPace, until: float | None) -> None:
        """Start the deadlines of the current request's body, and ask for it when the caller waits to be asked."""
        self._body_watch = BodyWatch(pace, self._loop.time(), until)
        request = self.request
        if request is not None and request.waits_to_be_asked and self.transport is not None:
            request.is_asked = True
            self.transport.write(CONTINUE)

    def refuses_to_continue(self) -> bool:
        """
        Whether the current request is refused while its caller waits to be asked for the body.

        Nobody knows then whether a body follows the refusal, so the connection ends with it and nothing more is read.
        """
        if self.request is None or self.request.is_asked or not self.request.waits_to_be_asked:
            return False
        self._lingering_time = 0.0
        return True

    def end_body(self) -> None:
        """End the deadlines of the body."""
        self._body_watch = None

    def check_deadlines(self, now: float, limits: Limits) -> bool:
        """Cut what takes too long; return whether a 408 comes of it. Called by the site's tick, about once a second."""
        is_late = False
        if self._head_since and self._is_idle and now - self._head_since > limits.header_timeout_s:
            self._refuse_late_head()
            is_late = True
        elif self._body_watch is not None:
            is_late = self._check_body(self._body_watch, now)
        if self._wire is not None:
            self._check_writing(self._wire, now, limits)
        return is_late

    def _refuse_late_head(self) -> None:
        self._head_since = 0.0
        if self._bytes_seen and self.transport is not None:
            self.site.connections_cut["head_timeout"] += 1
            answer = self.site.malformed(self, HTTPStatus.REQUEST_TIMEOUT)
            self.transport.write(answer.head + answer.body)
        self.force_close()

    def _check_body(self, watch: BodyWatch, now: float) -> bool:
        is_late = self.request is not None and watch.is_late(now, self.request.payload.total_bytes)
        if is_late:
            self.site.connections_cut["body_timeout"] += 1
            self._fail_body(BodyTimeout())
        return is_late

    def _fail_body(self, error: BaseException) -> None:
        if self.request is not None and not self.request.payload.is_eof():
            self.request.payload.set_exception(error)
            self._lingering_time = 0.0

    def _check_writing(self, transport: asyncio.Transport, now: float, limits: Limits) -> None:
        # Also when aiohttp has closed the connection, which asyncio then keeps until the last byte is taken.
        unwritten = transport.get_write_buffer_size()
        if not unwritten:
            self._write_watch = None
        elif self._write_watch is None:
            self._write_watch = WriteWatch(now, unwritten)
        elif self._write_watch.is_stuck(now, unwritten, limits.write_timeout_s, limits.body_bytes_per_s):
            self.site.connections_cut["write_timeout"] += 1
            transport.abort()
