"""What a trace is asked for, and the one run it shows: workflow and sample in, events out."""

import csv
import uuid
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

import click

from httpreceiver_cli.findings import Finding, finding_of
from httpreceiver_cli.sources import Sources
from httpreceiver_cli.trace_attributes import sample_attributes
from httpreceiver_listener.row_positions import RowPositions
from httpreceiver_workflow import Workflow, compile_workflow, load_workflow
from httpreceiver_workflow.contract.values import shown
from httpreceiver_workflow.options import NO_OPTIONS, ReceiverOptions, read_options
from httpreceiver_workflow.pipeline.compiler import Pipeline
from httpreceiver_workflow.pipeline.effects import DatabaseCall, Fault, InboundRequest, Reply, Send
from httpreceiver_workflow.pipeline.trace.events import Ended, Event, Origin
from httpreceiver_workflow.pipeline.trace.recorder import Recorder
from httpreceiver_workflow.pipeline.trace.traced_run import run_traced
from httpreceiver_workflow.problems import Problem
from httpreceiver_workflow.resources import Resources

REPLY_LIMIT_BYTES: Final = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceOptions:
    """The options of the command that make the request and its replies, as click gives them."""

    body: str | None
    body_file: IO[bytes] | None
    method: str
    path: str
    headers: Sequence[str]
    replies: Sequence[str]
    perform: bool
    files_roots: Sequence[Path]


@dataclass(frozen=True, slots=True)
class Trace:
    """
    What a trace has to show.

    Attributes:
        sample: where the body came from.
        ignored_headers: names of the headers that no workflow reads.
        problems: of the workflow, warnings too; with an error there was no run.
    """

    file: str
    sample: str
    ignored_headers: tuple[str, ...]
    problems: tuple[Finding, ...]
    events: tuple[Event, ...]

    @property
    def is_fine(self) -> bool:
        """Whether the run completed or was filtered."""
        return any(isinstance(event, Ended) and event.outcome != "errored" for event in self.events)


async def traced(file: Path, sources: Sources, resources: Resources, wanted: TraceOptions) -> Trace:
    """
    Run the one workflow of *sources* on the sample that *wanted* asks for.

    Raises:
        click.UsageError: the options contradict each other or name what is not there.
    """
    source, options = _workflow_in(file, sources)
    loaded = load_workflow(source, options.compatibility)
    if loaded.workflow is None:
        return Trace(str(file), "", (), _findings(file, loaded.problems), ())
    recorder = Recorder(loaded.workflow, options)
    compiled = compile_workflow(loaded.workflow, resources, options, recorder)
    problems = _findings(file, sorted({*loaded.problems, *compiled.problems}))
    headers = _headers(wanted.headers)
    body, sample = _body(wanted, loaded.workflow)
    request = _request(wanted, body, headers, compiled.pipeline)
    reads_headers = compiled.pipeline is not None and compiled.pipeline.reads_attributes
    ignored = () if reads_headers else tuple(name for name, _ in headers if name.lower() != "content-type")
    replies = _replies(wanted.replies, loaded.workflow)
    if compiled.pipeline is None:
        return Trace(str(file), sample, ignored, problems, ())
    await _drive(compiled.pipeline, request, recorder, replies, wanted)
    return Trace(str(file), sample, ignored, problems, tuple(recorder.events))


def _workflow_in(file: Path, sources: Sources) -> tuple[object, ReceiverOptions]:
    """Return the one workflow, and what a manifest says beside it."""
    if len(sources.workflows) == 1:
        return sources.workflows[0].text, NO_OPTIONS
    receivers = [manifest for manifest in sources.manifests if manifest.kind == "HttpReceiver"]
    if len(receivers) == 1:
        spec = receivers[0].content.get("spec")
        if isinstance(spec, dict) and "workflow" in spec:
            return spec["workflow"], read_options(spec)[0]
    raise click.UsageError(
        f"{file}: trace takes one workflow file, or a manifest with one HttpReceiver that holds its workflow"
    )


def _findings(file: Path, problems: Sequence[Problem]) -> tuple[Finding, ...]:
    return tuple(finding_of(str(file), None, problem.where, problem) for problem in problems)


# --- the request -----------------------------------------------------------------------------------------------------


def _body(options: TraceOptions, workflow: Workflow) -> tuple[bytes, str]:
    """Return the body, and where it comes from."""
    if options.body is not None and options.body_file is not None:
        raise click.UsageError("--body and --body-file exclude each other")
    if options.body is not None:
        return options.body.encode("utf-8", "surrogateescape"), "--body"
    if options.body_file is not None:
        return options.body_file.read(), "--body-file"
    template = workflow.receiver.received_message_template
    if template:
        return template.encode("utf-8", "replace"), "ReceivedMessageTemplate of the workflow"
    return b"", "none: the workflow has no ReceivedMessageTemplate"


def _headers(lines: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the headers of the sample."""
    headers: list[tuple[str, str]] = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise click.UsageError("--header is of the form 'Name: value'")
        headers.append((name.strip(), value.strip()))
    return tuple(headers)


def _request(
    options: TraceOptions, body: bytes, headers: tuple[tuple[str, str], ...], pipeline: Pipeline | None
) -> InboundRequest:
    method = options.method.upper()
    if method == "HEAD":
        raise click.UsageError("HEAD is answered as a health check, without a run")
    path, _, query = options.path.partition("?")
    rest, positions = path.strip("/"), RowPositions()
    return InboundRequest(
        method=method,
        rest=rest,
        query=query,
        body=body,
        content_type=next((value for name, value in headers if name.lower() == "content-type"), ""),
        client_ip="127.0.0.1",
        received_at=datetime.now(UTC),
        instance_id=1,
        now=lambda: datetime.now(UTC),
        new_uuid=lambda: str(uuid.uuid4()),
        next_row=positions.next_row,
        random_row=positions.random_row,
        attributes=None if pipeline is None else sample_attributes(pipeline.route, rest, headers),
    )


# --- the replies -----------------------------------------------------------------------------------------------------


def _replies(given: Sequence[str], workflow: Workflow) -> Mapping[str, bytes]:
    """Return activity id → what it answers."""
    replies: dict[str, bytes] = {}
    for one in given:
        # A name may hold "=", so that the longest name that fits is meant.
        fits = [
            (len(name), activity.id, one[len(name) + 1 :])
            for activity in workflow.activities
            for name in (activity.name, activity.id)
            if name and one.lower().startswith(f"{name.lower()}=")
        ]
        name_of = shown(one.partition("=")[0])
        if not fits:
            names = ", ".join(activity.name or activity.id for activity in workflow.activities) or "none"
            raise click.UsageError(f"--reply {name_of} names no activity of the workflow; there are: {names}")
        longest, found, text = max(fits)
        if len({activity for length, activity, _ in fits if length == longest}) > 1:
            raise click.UsageError(f"--reply {name_of} fits several activities of that name; name one by its id")
        replies[found] = _reply_body(text)
    return replies


def _reply_body(text: str) -> bytes:
    if not text.startswith("@"):
        return text.encode("utf-8", "surrogateescape")
    try:
        return Path(text[1:]).read_bytes()
    except OSError as error:
        raise click.UsageError(f"--reply: {text[1:]} cannot be read: {error.strerror or error}") from error


def _given_reply(send: Send, body: bytes) -> Reply:
    if not isinstance(send.call, DatabaseCall):
        return Reply(body=body)
    rows = list(csv.reader(body.decode("utf-8", "replace").splitlines()))
    return Reply(row=tuple(rows[0]) if rows else None)


async def _drive(
    pipeline: Pipeline,
    request: InboundRequest,
    recorder: Recorder,
    replies: Mapping[str, bytes],
    options: TraceOptions,
) -> None:
    """Drive the run to its end, also past an early response."""

    def origin(send: Send) -> Origin:
        if send.activity_id in replies:
            return "given"
        return "performed" if options.perform else "none"

    run = run_traced(pipeline, request, recorder, origin)
    async with AsyncExitStack() as stack:
        performers = _performers(options.files_roots, stack) if options.perform else {}
        reply: Reply | Fault | None = None
        while True:
            try:
                effect = run.send(reply)
            except StopIteration:
                return
            reply = None
            if not isinstance(effect, Send):
                continue
            if effect.activity_id in replies:
                reply = _given_reply(effect, replies[effect.activity_id])
            elif performers:
                reply = await performers[type(effect.call)].perform(effect.activity_id, effect.call)


def _performers(roots: Sequence[Path], stack: AsyncExitStack) -> Mapping[type, Any]:
    # Only here: the clients of three worlds take a second to import.
    from httpreceiver_listener.senders import performers

    found = performers(
        certificates_folder=None, ca_file=None, files_roots=roots or (Path.cwd(),), reply_bytes=REPLY_LIMIT_BYTES
    )
    for performer in found.values():
        stack.push_async_callback(performer.close)
    return found
