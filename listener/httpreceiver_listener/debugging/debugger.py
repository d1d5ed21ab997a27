"""
Which requests are recorded, and how: with a recorder of their own, compiled for this one run.

A header is not enough: it must carry a token, and only a few records are made each second. Whoever has no token, or
comes too often, is served like everybody else and is told nothing.
"""

import asyncio
from collections.abc import Generator, Sequence
from typing import Final

from aiohttp.http import RawRequestMessage

from httpreceiver_listener.debugging.record import DEBUG_HEADER, Recorded, record_fields
from httpreceiver_listener.debugging.tokens import DebugTokens
from httpreceiver_listener.receivers import LiveReceiver, key_names, secret_headers
from httpreceiver_listener.telemetry.access_log import AccessLog, RequestLine, Throttle
from httpreceiver_listener.telemetry.logged_queries import QueryMask
from httpreceiver_workflow.contract.load import load_workflow
from httpreceiver_workflow.endpoint import ServedReceiver
from httpreceiver_workflow.pipeline.compiler import Pipeline, compile_workflow
from httpreceiver_workflow.pipeline.effects import Effect, Fault, InboundRequest, Outcome, Reply, Respond
from httpreceiver_workflow.pipeline.runner import run_pipeline
from httpreceiver_workflow.pipeline.trace.events import Event
from httpreceiver_workflow.pipeline.trace.recorder import Recorder
from httpreceiver_workflow.pipeline.trace.traced_run import run_traced

RECORDS_PER_S: Final = 5
REFUSALS_LOGGED_PER_S: Final = 1
_ASKED: Final = DEBUG_HEADER.lower().encode()
NOT_TWICE: Final = "The run has no events: it runs code that may keep a state, which a recorder cannot share."

Run = Generator[Effect, Reply | Fault | None, Outcome]


class Debugger:
    """
    Decides on the requests of one listener that ask to be recorded, and logs the records.

    Args:
        masks: patterns of names in queries whose values are secrets, besides the usual ones.
    """

    def __init__(self, tokens: DebugTokens, log: AccessLog, masks: Sequence[str]) -> None:
        self._tokens = tokens
        self._log = log
        self._masks = masks
        self._records = Throttle(RECORDS_PER_S)
        self._refusals = Throttle(REFUSALS_LOGGED_PER_S)
        self._logging: set[asyncio.Task[None]] = set()

    def asked(self, message: RawRequestMessage, line: RequestLine) -> "DebuggedRequest | None":
        """Return what records a request that asks for it and may, None for any other."""
        presented = message.headers.getall(DEBUG_HEADER, ())
        if not presented or not self._log.is_on:
            return None
        now = asyncio.get_running_loop().time()
        by = self._tokens.owner(presented[0], now) if len(presented) == 1 else None
        if by is not None and self._records.may_log(now):
            return DebuggedRequest(self, by, message, line)
        if self._refusals.may_log(now):
            reason = "unknown token" if by is None else "too many at once"
            self._log.event("debug-refused", id=line.id, client=line.client, reason=reason)
        return None

    def query_mask(self, receiver: LiveReceiver | None) -> QueryMask:
        """Return what hides the secrets of the queries of *receiver*."""
        return QueryMask(self._masks, () if receiver is None else key_names(receiver.offered))

    def log(self, recorded: Recorded) -> None:
        """Log one record; masking a large one takes a while, so that a thread does it."""
        task = asyncio.get_running_loop().create_task(self._log_soon(recorded))
        self._logging.add(task)
        task.add_done_callback(self._logging.discard)

    async def _log_soon(self, recorded: Recorded) -> None:
        fields = await asyncio.to_thread(record_fields, recorded)
        self._log.event("debug", **fields)

    async def close(self) -> None:
        """Wait until what was recorded is logged."""
        await asyncio.gather(*self._logging)


class DebuggedRequest:
    """One request that is recorded: until it was answered, and its run, where it came to one, has ended."""

    def __init__(self, debugger: Debugger, by: str, message: RawRequestMessage, line: RequestLine) -> None:
        self._debugger = debugger
        self._by = by
        self._message = message
        self._line = line
        self._receiver: LiveReceiver | None = None
        self._respond: Respond | None = None
        self._events: Sequence[Event] = ()
        self._note = ""
        self._is_running = False

    async def run(self, receiver: LiveReceiver, request: InboundRequest) -> Run:
        """Return the run on *request*, compiled anew so that all of it is recorded."""
        self._receiver = receiver
        if receiver.pipeline.overrides:
            self._note = NOT_TWICE
            return run_pipeline(receiver.pipeline, request)
        pipeline, recorder = await asyncio.to_thread(_recorded, receiver.offered)
        self._events = recorder.events
        return self._watched(run_traced(pipeline, request, recorder, lambda _: "performed"))

    def answered(self, line: RequestLine, respond: Respond) -> None:
        """Take over how the request was answered."""
        self._line, self._respond = line, respond
        self._log_when_over()

    def _watched(self, run: Run) -> Run:
        self._is_running = True
        try:
            return (yield from run)
        finally:
            self._is_running = False
            self._log_when_over()

    def _log_when_over(self) -> None:
        respond, message, receiver = self._respond, self._message, self._receiver
        if respond is None or self._is_running:
            return
        self._debugger.log(
            Recorded(
                by=self._by,
                method=message.method,
                version=f"{message.version.major}.{message.version.minor}",
                query=message.path.partition("#")[0].partition("?")[2],
                headers=tuple(
                    (name.decode("ascii"), value.decode("utf-8", "surrogateescape"))
                    for name, value in message.raw_headers
                    if name.lower() != _ASKED
                ),
                secret_headers=frozenset() if receiver is None else frozenset(secret_headers(receiver.offered)),
                mask=self._debugger.query_mask(receiver),
                line=self._line,
                status=respond.status,
                answer_headers=respond.headers,
                events=tuple(self._events),
                note=self._note,
            )
        )


def _recorded(offered: ServedReceiver) -> tuple[Pipeline, Recorder]:
    """Return the pipeline of a receiver that is served, with what records one run of it."""
    workflow = load_workflow(offered.workflow, offered.options.compatibility).workflow
    if workflow is None:
        raise RuntimeError(f"{offered.name} is served and cannot be read")
    recorder = Recorder(workflow, offered.options)
    pipeline = compile_workflow(workflow, offered.resources, offered.options, recorder).pipeline
    if pipeline is None:
        raise RuntimeError(f"{offered.name} is served and cannot be compiled")
    return pipeline, recorder
