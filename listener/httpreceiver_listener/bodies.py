"""
The body of a request: complete, plain and within its limits, or a refusal.
"""

import asyncio
import zlib
from time import perf_counter
from types import MappingProxyType
from typing import Final

from aiohttp.http import RawRequestMessage
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import RequestPayloadError

from httpreceiver_listener.connection import BodyTimeout, Request
from httpreceiver_listener.limits import BodyBounds
from httpreceiver_listener.metrics import ListenerMetrics, ReceiverMetrics
from httpreceiver_listener.refusals import Refusal, overloaded
from httpreceiver_workflow.pipeline.effects import FaultKind, Stage

WINDOW_BITS: Final = MappingProxyType({"gzip": 31, "x-gzip": 31, "deflate": 15})
"""Content codings we decode, and how zlib is told which it is."""
RAW_DEFLATE: Final = -15


class Bodies:
    """Reads the bodies of one listener's requests, and knows how much is held of those that are still arriving."""

    def __init__(self, buffered_bytes: int, metrics: ListenerMetrics) -> None:
        self._buffered_bytes = buffered_bytes
        self._metrics = metrics

    async def read(
        self, request: Request, bounds: BodyBounds, numbers: ReceiverMetrics, until: float | None = None
    ) -> bytes:
        """
        Return the whole body, decompressed; refuse what is declared too large before reading any of it.

        Args:
            until: loop time at which the whole request must have been answered.
        """
        if request.payload is EMPTY_PAYLOAD:
            return b""
        coding = _coding(request.message)
        body = request.complete_body()
        if body is None:
            began = perf_counter()
            body = await self._awaited(request, bounds, numbers, until)
            numbers.stages["body"].observe(perf_counter() - began)
        limit = bounds.limit_bytes
        if len(body) > limit:
            raise _too_large(numbers)
        if not coding:
            return body
        plain = await asyncio.to_thread(_decompressed, body, coding, limit)
        if plain is None:
            raise _too_large(numbers)
        return plain

    async def _awaited(
        self, request: Request, bounds: BodyBounds, numbers: ReceiverMetrics, until: float | None
    ) -> bytes:
        payload, connection, limit = request.payload, request.connection, bounds.limit_bytes
        if int(request.message.headers.get("Content-Length", "0")) > limit:
            raise _too_large(numbers)
        connection.begin_body(bounds.pace, until)
        pieces: list[bytes] = []
        size = 0
        try:
            while piece := await payload.readany():
                pieces.append(piece)
                size += len(piece)
                self._metrics.arriving_body_bytes += len(piece)
                if size > limit:
                    raise _too_large(numbers)
                if self._metrics.arriving_body_bytes > self._buffered_bytes:
                    numbers.request_rejected("memory")
                    raise overloaded(Stage.BODY, "too many large bodies arrive at once", closes=True)
        except BodyTimeout:
            numbers.request_rejected("body_time")
            raise Refusal(
                FaultKind.TIMEOUT, Stage.BODY, "the body came too slowly or not at all", closes=True
            ) from None
        except (RequestPayloadError, OSError):
            raise Refusal(
                FaultKind.BAD_REQUEST, Stage.BODY, "the body is malformed or ended early", closes=True
            ) from None
        finally:
            self._metrics.arriving_body_bytes -= size
            connection.end_body()
        return b"".join(pieces)


def _coding(message: RawRequestMessage) -> str:
    """Return the content coding to decode, ``""`` for none; refuse what would reach the run undecoded."""
    headers = message.headers
    if message.chunked and headers.get("Transfer-Encoding", "").strip().lower() != "chunked":
        raise Refusal(FaultKind.BAD_REQUEST, Stage.BODY, "unsupported Transfer-Encoding", closes=True)
    coding = headers.get("Content-Encoding", "").lower()
    if coding in ("", "identity"):
        return ""
    if coding not in WINDOW_BITS:
        raise Refusal(FaultKind.UNSUPPORTED_MEDIA_TYPE, Stage.BODY, "unsupported Content-Encoding", closes=True)
    return coding


def _decompressed(body: bytes, coding: str, limit: int) -> bytes | None:
    """
    Return *body* decompressed; None when that is more than *limit* bytes.

    Ours because aiohttp takes a gzip stream that was cut off for a complete one.
    """
    bits = WINDOW_BITS[coding]
    if coding == "deflate" and body[:1] and body[0] & 0x0F != 8:
        bits = RAW_DEFLATE  # what some senders call deflate lacks the zlib header
    pieces: list[bytes] = []
    left = limit + 1
    while body:
        stream = zlib.decompressobj(bits)
        try:
            piece = stream.decompress(body, left)
        except zlib.error:
            raise _broken_coding() from None
        left -= len(piece)
        if left <= 0:
            return None
        if not stream.eof or (stream.unused_data and coding == "deflate"):
            raise _broken_coding()
        pieces.append(piece)
        body = stream.unused_data  # gzip may go on with another member
    return b"".join(pieces)


def _broken_coding() -> Refusal:
    return Refusal(FaultKind.BAD_REQUEST, Stage.BODY, "the compressed body is broken or was cut off")


def _too_large(numbers: ReceiverMetrics) -> Refusal:
    numbers.request_rejected("body_size")
    return Refusal(FaultKind.PAYLOAD_TOO_LARGE, Stage.BODY, "the body is larger than allowed", closes=True)
