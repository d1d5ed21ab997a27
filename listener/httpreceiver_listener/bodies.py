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

from httpreceiver_listener.authentication.guard import Caller
from httpreceiver_listener.connection import BodyTimeout, Request
from httpreceiver_listener.limits import Limits
from httpreceiver_listener.metrics import ListenerMetrics, ReceiverMetrics
from httpreceiver_listener.refusals import Refusal, overloaded
from httpreceiver_workflow.pipeline.effects import FaultKind, Stage

WINDOW_BITS: Final = MappingProxyType({"gzip": 31, "x-gzip": 31, "deflate": 15})
"""Content codings we decode, and how zlib is told which it is."""
RAW_DEFLATE: Final = -15


class Bodies:
    """Reads the bodies of one listener's requests, and knows how much is held of those that are still arriving."""

    def __init__(self, limits: Limits, metrics: ListenerMetrics) -> None:
        self._limits = limits
        self._metrics = metrics

    async def read(self, request: Request, numbers: ReceiverMetrics, caller: Caller) -> bytes:
        """
        Return the whole body, decompressed; refuse what is declared too large before reading any of it.

        A signature of *caller* is checked over the bytes as they came, before anything of them is decoded.
        """
        if request.payload is EMPTY_PAYLOAD:
            if caller.signs:
                await caller.verify(b"")
            return b""
        coding = _coding(request.message)
        body = request.complete_body()
        if body is None:
            began = perf_counter()
            body = await self._awaited(request)
            numbers.stages["body"].observe(perf_counter() - began)
        limit = self._limits.body_bytes
        if len(body) > limit:
            raise _too_large()
        if caller.signs:
            await caller.verify(body)
        return await asyncio.to_thread(_decompressed, body, coding, limit) if coding else body

    async def _awaited(self, request: Request) -> bytes:
        payload, connection, limit = request.payload, request.connection, self._limits.body_bytes
        if int(request.message.headers.get("Content-Length", "0")) > limit:
            raise _too_large()
        connection.begin_body()
        pieces: list[bytes] = []
        size = 0
        try:
            while piece := await payload.readany():
                pieces.append(piece)
                size += len(piece)
                self._metrics.arriving_body_bytes += len(piece)
                if size > limit:
                    raise _too_large()
                if self._metrics.arriving_body_bytes > self._limits.buffered_bytes:
                    raise overloaded(Stage.BODY, "too many large bodies arrive at once", closes=True)
        except BodyTimeout:
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


def _decompressed(body: bytes, coding: str, limit: int) -> bytes:
    """
    Return *body* decompressed, at most *limit* bytes of it.

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
            raise _too_large()
        if not stream.eof or (stream.unused_data and coding == "deflate"):
            raise _broken_coding()
        pieces.append(piece)
        body = stream.unused_data  # gzip may go on with another member
    return b"".join(pieces)


def _broken_coding() -> Refusal:
    return Refusal(FaultKind.BAD_REQUEST, Stage.BODY, "the compressed body is broken or was cut off")


def _too_large() -> Refusal:
    return Refusal(FaultKind.PAYLOAD_TOO_LARGE, Stage.BODY, "the body is larger than allowed", closes=True)
