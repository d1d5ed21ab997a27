"""
The body of a request: complete, plain and within its limits, or a refusal.
"""

import asyncio
from time import perf_counter

from aiohttp.http import RawRequestMessage
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import RequestPayloadError

from httpreceiver_listener.authentication.guard import Caller
from httpreceiver_listener.http.decompression import DECODED, BrokenCoding, TooLong, decompressed
from httpreceiver_listener.limits import BodyBounds, Limits
from httpreceiver_listener.refusals import Refusal, overloaded
from httpreceiver_listener.requests.arriving import ArrivingBody, NoRoom
from httpreceiver_listener.requests.connection import BodyTimeout, Request
from httpreceiver_listener.telemetry.metrics import ListenerMetrics, ReceiverMetrics
from httpreceiver_workflow.pipeline.effects import FaultKind, Stage


class Bodies:
    """Reads the bodies of one listener's requests, and knows how much is held of those that are still arriving."""

    def __init__(self, limits: Limits, metrics: ListenerMetrics) -> None:
        self._limits = limits
        self._metrics = metrics

    async def read(
        self,
        request: Request,
        bounds: BodyBounds,
        numbers: ReceiverMetrics,
        caller: Caller,
        until: float | None = None,
    ) -> bytes:
        """
        Return the whole body, decompressed; refuse what is declared too large before reading any of it.

        A signature of *caller* is checked over the bytes as they came, before anything of them is decoded.

        Args:
            until: loop time at which the whole request must have been answered.
        """
        if request.payload is EMPTY_PAYLOAD:
            if caller.signs:
                await caller.verify(b"")
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
        if caller.signs:
            await caller.verify(body)
        return await _plain(body, coding, limit, numbers) if coding else body

    async def _awaited(
        self, request: Request, bounds: BodyBounds, numbers: ReceiverMetrics, until: float | None
    ) -> bytes:
        payload, connection, limit = request.payload, request.connection, bounds.limit_bytes
        if int(request.message.headers.get("Content-Length", "0")) > limit:
            raise _too_large(numbers)
        connection.begin_body(bounds.pace, until)
        try:
            with ArrivingBody(self._limits, self._metrics) as body:
                while piece := await payload.readany():
                    if body.size + len(piece) > limit:
                        raise _too_large(numbers)
                    await body.add(piece)
                return await body.whole()
        except NoRoom as reason:
            numbers.request_rejected("memory")
            raise overloaded(Stage.BODY, str(reason), closes=True) from None
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
            connection.end_body()


def _coding(message: RawRequestMessage) -> str:
    """Return the content coding to decode, ``""`` for none; refuse what would reach the run undecoded."""
    headers = message.headers
    if message.chunked and headers.get("Transfer-Encoding", "").strip().lower() != "chunked":
        raise Refusal(FaultKind.BAD_REQUEST, Stage.BODY, "unsupported Transfer-Encoding", closes=True)
    coding = ", ".join(headers.getall("Content-Encoding", ())).lower()
    if coding in ("", "identity"):
        return ""
    if coding not in DECODED:
        raise Refusal(FaultKind.UNSUPPORTED_MEDIA_TYPE, Stage.BODY, "unsupported Content-Encoding", closes=True)
    return coding


async def _plain(body: bytes, coding: str, limit: int, numbers: ReceiverMetrics) -> bytes:
    try:
        return await asyncio.to_thread(decompressed, body, coding, limit)
    except TooLong:
        raise _too_large(numbers) from None
    except BrokenCoding:
        raise Refusal(FaultKind.BAD_REQUEST, Stage.BODY, "the compressed body is broken or was cut off") from None


def _too_large(numbers: ReceiverMetrics) -> Refusal:
    numbers.request_rejected("body_size")
    return Refusal(FaultKind.PAYLOAD_TOO_LARGE, Stage.BODY, "the body is larger than allowed", closes=True)
