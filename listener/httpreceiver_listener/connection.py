"""
One TCP connection: aiohttp's request handler with the deadlines, refusals and half-close it lacks.

aiohttp's C parser reads, `Responder.answer` decides; this module only keeps a caller from holding a connection for
nothing, and writes answers without building aiohttp's response objects. It leans on aiohttp's `RequestHandler` beyond
its documented surface; `tests/listener/test_connection.py` shows each behaviour, so an upgrade that breaks one is seen.
"""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import HttpProcessingError, RawRequestMessage
from aiohttp.http_exceptions import LineTooLong
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler, RequestPayloadError, _ErrInfo

from httpreceiver_listener.limits import Limits

if TYPE_CHECKING:
    from httpreceiver_listener.site import Site

SLOW_BODY_AFTER_S: Final = 5.0
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class BodyTimeout(Exception):
    """The body stopped coming, or came too slowly; set on the payload by `Connection.check_deadlines`."""


class Request:
    """
    What aiohttp hands to our handler: the parsed head, the body's stream and the connection, nothing else.

    Attributes:
        is_asked: the caller was told to go on with the body.
    """

    __slots__ = ("_task", "connection", "is_asked", "message", "payload", "writer")

    def __init__(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        connection: "Connection",
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> None:
        self.message = message
        self.payload = payload
        self.connection = connection
        self.writer = writer
        self._task = task
        self.is_asked = False
        connection.request = self

    @property
    def waits_to_be_asked(self) -> bool:
        """Whether the caller sends its body only when told to go on."""
        return not self.payload.is_eof() and self.message.headers.get("Expect", "").lower() == "100-continue"

    def _finish(self) -> None:
        """Called by aiohttp after the handler: the body is nobody's concern any more."""
        self.connection.request = None

    def _cancel(self, exc: BaseException) -> None:
        """Called by aiohttp when the connection is gone: whoever reads the body learns of it. The run goes on."""
        self.payload.set_exception(exc)


class Answer:
    """
    One complete response: head and body as bytes. Has the few members aiohttp asks of a response.

    Attributes:
        keep_alive: False closes the connection after it.
    """

    __slots__ = ("_connection", "body", "head", "keep_alive")

    def __init__(self, head: bytes, body: bytes, keep_alive: bool) -> None:
        self.head = head
        self.body = body
        self.keep_alive = keep_alive

    async def prepare(self, request: Request) -> None:
        """Remember where to write; aiohttp calls this first."""
        self._connection = request.connection

    async def write_eof(self) -> None:
        """Write everything. Raises ConnectionResetError when the caller is gone."""
        connection = self._connection
        transport = connection.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the caller is gone")
        transport.write(self.head + self.body if len(self.body) < 65536 else self.head)
        if len(self.body) >= 65536:
            transport.write(self.body)
        if connection.writing_paused:
            await connection.wait_written()
        if connection.half_closed and not connection.has_queued_requests:
            self.keep_alive = False


class Connection(RequestHandler):
    """
    One connection of a site.

    Attributes:
        client_ip: the peer's address; an IPv4 address is written as such also when it came over an IPv6 socket.
        request: the one being answered, None between requests.
        body_since: loop time since which its body is awaited, 0 when it is not.
        closing: the next answer is the last on this connection.
        half_closed: the caller will send nothing more but still reads.
    """

    __slots__ = (
        "_body_bytes",
        "_body_moved_at",
        "_bytes_seen",
        "_head_since",
        "_unwritten",
        "_unwritten_since",
        "body_since",
        "client_ip",
        "closing",
        "half_closed",
        "is_tls",
        "peer_thumbprint",
        "request",
        "site",
    )

    def __init__(self, site: "Site", server: web.Server, limits: Limits, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            server,
            loop=loop,
            keepalive_timeout=limits.keep_alive_s,
            access_log=None,  # type: ignore[arg-type]  # aiohttp's own log is off: ours has the run's outcome
            max_line_size=limits.line_bytes,
            max_field_size=limits.header_bytes,
            max_headers=limits.headers,
            lingering_time=limits.linger_s,
        )
        self.site = site
        self.client_ip = ""
        self.peer_thumbprint: str | None = None
        self.is_tls = site.is_tls
        self.closing = False
        self.half_closed = False
        self.request: Request | None = None
        self.body_since = 0.0
        self._head_since = 0.0
        self._bytes_seen = False
        self._body_bytes = 0
        self._body_moved_at = 0.0
        self._unwritten = 0
        self._unwritten_since = 0.0

    # --- what asyncio calls ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; refuse when the port has too many connections."""
        super().connection_made(transport)
        self._head_since = self._loop.time()
        peer = transport.get_extra_info("peername")
        self.client_ip = str(peer[0]).removeprefix("::ffff:") if isinstance(peer, tuple) else ""
        self.peer_thumbprint = self.site.peer_thumbprint(transport)
        self.site.connections.add(self)
        if self.site.is_full and self.transport is not None:
            self.site.connections_cut["too_many"] += 1
            self.transport.write(self.site.too_many_connections())
            self.force_close()

    def connection_lost(self, exc: BaseException | None) -> None:
        """End; a run that has begun goes on."""
        self.site.connections.discard(self)
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
        unfinished = RequestPayloadError("the body ended early")
        for _, payload in self._messages:
            if not payload.is_eof():
                payload.set_exception(unfinished)
        self._fail_body(unfinished)
        return True

    # --- what aiohttp calls ------------------------------------------------------------------------------------------

    def _make_error_handler(self, err_info: _ErrInfo) -> Callable[[Any], Awaitable[Any]]:
        async def refuse(_: object) -> Answer:
            self._lingering_time = 0.0
            return self.site.malformed(self, self._parser_status(err_info.exc))

        return refuse

    def _parser_status(self, error: BaseException) -> int:
        if isinstance(error, LineTooLong):
            return 414 if error.args[1] == self.max_line_size else 431
        return 431 if "Too many headers" in str(error) else 400

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Log bugs only: what a caller sent or failed to send is no exception of ours."""
        if not isinstance(kw.get("exc_info"), (RequestPayloadError, BodyTimeout, HttpProcessingError, OSError)):
            super().log_exception(*args, **kw)

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

    def close_after_answer(self) -> None:
        """Let what is asked be answered, then close; at once when nothing is."""
        self.closing = True
        if not self.is_busy:
            self.force_close()

    def begin_body(self) -> None:
        """Start the deadlines of the current request's body, and ask for it when the caller waits to be asked."""
        self.body_since = self._body_moved_at = self._loop.time()
        self._body_bytes = 0
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
        self.body_since = 0.0

    async def wait_written(self) -> None:
        """Wait until the transport takes more."""
        await self._drain_helper()

    def check_deadlines(self, now: float, limits: Limits) -> None:
        """Cut what takes too long. Called by the site's tick, about once a second."""
        if self._head_since and self._is_idle and now - self._head_since > limits.header_timeout_s:
            self._refuse_late_head()
        elif self.body_since:
            self._check_body(now, limits)
        if self._paused:
            self._check_writing(now, limits)
        else:
            self._unwritten_since = 0.0

    def _refuse_late_head(self) -> None:
        self._head_since = 0.0
        if self._bytes_seen and self.transport is not None:
            self.site.connections_cut["head_timeout"] += 1
            answer = self.site.malformed(self, HTTPStatus.REQUEST_TIMEOUT)
            self.transport.write(answer.head + answer.body)
        self.force_close()

    def _check_body(self, now: float, limits: Limits) -> None:
        if self.request is None:
            return
        received = self.request.payload.total_raw_bytes
        if received != self._body_bytes:
            self._body_bytes = received
            self._body_moved_at = now
        taken = now - self.body_since
        if (
            now - self._body_moved_at > limits.body_idle_timeout_s
            or taken > limits.body_timeout_s
            or received < (taken - SLOW_BODY_AFTER_S) * limits.body_bytes_per_s
        ):
            self.site.connections_cut["body_timeout"] += 1
            self._fail_body(BodyTimeout())

    def _fail_body(self, error: Exception) -> None:
        if self.request is not None and not self.request.payload.is_eof():
            self.request.payload.set_exception(error)
            self._lingering_time = 0.0

    def _check_writing(self, now: float, limits: Limits) -> None:
        transport = self.transport
        if transport is None:
            return
        unwritten = transport.get_write_buffer_size()
        if not self._unwritten_since or unwritten != self._unwritten:
            self._unwritten, self._unwritten_since = unwritten, now
        elif now - self._unwritten_since > limits.write_timeout_s:
            self.site.connections_cut["write_timeout"] += 1
            transport.abort()
