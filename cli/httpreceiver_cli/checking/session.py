"""Runs the cases of one file: each with an empty folder and a host of its own, its steps in order."""

import base64
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final

from httpreceiver_cli.checking.activities import Activities, Senders
from httpreceiver_cli.checking.case_files import Case, CaseFile, Expect, ExpectedProblem, Request, Step, filled
from httpreceiver_cli.checking.comparison import Difference, differences
from httpreceiver_cli.checking.hosts import CannotRun, Host, SentRequest, Serve, Subject
from httpreceiver_cli.checking.mistakes import CaseCode, CaseMistake, member
from httpreceiver_cli.checking.observation import Observation
from httpreceiver_cli.checking.reading import ReadCases, ReadWorkflow, Unusable, finding_at, read_workflow
from httpreceiver_cli.checking.results import CaseResult, FileResult
from httpreceiver_cli.checking.stub_server import Stub, stub_server
from httpreceiver_cli.findings import Finding, finding_of
from httpreceiver_listener.limits import Limits
from httpreceiver_listener.senders import performers
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.contract.settings import Workflow
from httpreceiver_workflow.explained_code import Severity
from httpreceiver_workflow.resources import Resources

FOLDER: Final = "{TMP}"
STUB: Final = "{STUB}"
NO_STUB: Final = "http://stub.invalid"
"""What {STUB} stands for where activities are not performed: a name that is never found."""


@dataclass(frozen=True, slots=True)
class Way:
    """
    How cases are run.

    Attributes:
        serve: on which host.
        are_real: activities without a stated reply are performed.
        allows_code: Python that case files and manifests bring with them runs.
    """

    serve: Serve
    are_real: bool
    allows_code: bool = False


async def check_files(files: Sequence[ReadCases], way: Way, host: Resources) -> list[FileResult]:
    """Run the cases of all *files*, one after the other; see `check_file`."""
    return [await check_file(read, way, host) for read in files]


async def check_file(read: ReadCases, way: Way, host: Resources) -> FileResult:
    """
    Run the cases of *read*.

    Args:
        host: what the command line offers to workflows.
    """
    cases = read.content
    if cases is None:
        return FileResult(read.path, read.path.name, read.findings)
    title = cases.title or read.path.name
    try:
        workflow = read_workflow(read.path, cases, host, allows_code=way.allows_code)
        typical = _as_first_run(workflow, cases)
    except Unusable as unusable:
        return FileResult(read.path, title, (finding_at(read.path, unusable.mistake),))
    if cases.refused is not None:
        return FileResult(read.path, title, (), (_check_refusal(cases.refused, workflow),))
    if findings := _findings(read.path, cases, typical):
        return FileResult(read.path, title, tuple(findings))
    results = [await _check_case(number, case, read.path, workflow, way) for number, case in enumerate(cases.cases, 1)]
    return FileResult(read.path, title, (), tuple(results))


def _as_first_run(workflow: ReadWorkflow, cases: CaseFile) -> ReadWorkflow:
    """Return *workflow* as it runs first: with the switches of the first case where all have some. Raises Unusable."""
    if not cases.cases or any(not case.compatibility for case in cases.cases):
        return workflow
    return workflow.with_switches(cases.cases[0].compatibility, "$.cases[0]")


def _check_refusal(expected: list[ExpectedProblem], workflow: ReadWorkflow) -> CaseResult:
    """Compare the errors that keep the workflow from being served."""
    began = perf_counter()
    prepared = prepare_workflow(workflow.text, workflow.resources, workflow.options)
    wanted = [{"where": one.where, "code": one.code} for one in expected]
    errors = [
        {"where": one.where, "code": one.code.value} for one in prepared.problems if one.severity is Severity.ERROR
    ]
    found = (Difference("refused", wanted, errors),) if wanted != errors else ()
    return CaseResult(1, "the workflow is refused", found, (), perf_counter() - began)


# --- before the first request --------------------------------------------------------------------------------------


def _findings(path: Path, cases: CaseFile, workflow: ReadWorkflow) -> list[Finding]:
    """Return what keeps every case from being run."""
    text = _with_texts(workflow.text, {FOLDER: tempfile.gettempdir(), STUB: NO_STUB})
    prepared = prepare_workflow(text, workflow.resources, workflow.options)
    if prepared.pipeline is None or prepared.workflow is None:
        return [
            finding_of(str(workflow.path), None, workflow.place(problem), problem)
            for problem in prepared.problems
            if problem.severity is Severity.ERROR
        ]
    if prepared.workflow.receiver.disabled:
        message = "The workflow is disabled, so nothing answers its requests."
        return [finding_at(path, CaseMistake("$.workflow", CaseCode.FILE_UNUSABLE, message))]
    return [finding_at(path, mistake) for mistake in _unknown_activities(cases, prepared.workflow)]


def _unknown_activities(cases: CaseFile, workflow: Workflow) -> Iterator[CaseMistake]:
    names = {activity.name for activity in workflow.activities}
    ids = {activity.id.lower() for activity in workflow.activities}
    known = ", ".join(sorted(names)) or "none"
    for number, case in enumerate(cases.cases):
        for step, place in zip(case.steps, step_places(number, case), strict=True):
            named = [(name, member(f"{place}.replies", name)) for name in step.replies]
            named += [
                (call.activity, f"{place}.expect.effects[{index}].activity")
                for index, call in enumerate(step.expect.effects or ())
            ]
            for name, where in named:
                if name not in names and name.lower() not in ids:
                    message = f'The workflow has no activity "{name}"; it has {known}.'
                    yield CaseMistake(where, CaseCode.ACTIVITY_UNKNOWN, message)


def step_places(number: int, case: Case) -> list[str]:
    """Return the path of each step of the case at *number*, counted from 0; an only step is the case itself."""
    if len(case.steps) == 1:
        return [f"$.cases[{number}]"]
    return [f"$.cases[{number}].steps[{index}]" for index in range(len(case.steps))]


def _with_texts(text: str, texts: Mapping[str, str]) -> str:
    """Return the JSON *text* with what stands in braces replaced."""
    return str(filled(text, {name: json.dumps(value)[1:-1] for name, value in texts.items()}))


# --- one case ------------------------------------------------------------------------------------------------------


async def _check_case(number: int, case: Case, path: Path, workflow: ReadWorkflow, way: Way) -> CaseResult:
    began = perf_counter()
    found: list[Difference] = []
    observations: list[Observation] = []
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="httpreceiver-check-")))
        stub = await stack.enter_async_context(stub_server()) if way.are_real and STUB in workflow.text else None
        texts = {FOLDER: str(folder), STUB: stub.url if stub else NO_STUB}
        try:
            subject = _subject(workflow.with_switches(case.compatibility, f"$.cases[{number - 1}]"), texts)
            activities = Activities(subject.workflow, partial(_senders, folder) if way.are_real else None)
            running = await stack.enter_async_context(way.serve(subject, activities))
            for index, step in enumerate(case.steps):
                seen, unlike = await _Run(running, activities, folder, stub, path.parent).step(filled(step, texts))
                observations.append(seen)
                prefix = f"steps[{index}]." if len(case.steps) > 1 else ""
                found += [_placed(one, prefix) for one in [*_out_of_sight(step.expect, way), *unlike]]
        except (CannotRun, Unusable) as reason:
            found.append(Difference("request", message=str(reason)))
    title = case.title or f"{case.steps[0].request.method} {case.steps[0].request.path}"
    return CaseResult(number, title, tuple(found), tuple(observations), perf_counter() - began)


def _senders(folder: Path) -> Senders:
    """Return the listener's own senders, with files and databases below *folder*."""
    return performers(certificates_folder=None, ca_file=None, files_roots=[folder], reply_bytes=Limits().reply_bytes)


def _subject(workflow: ReadWorkflow, texts: Mapping[str, str]) -> Subject:
    """Return *workflow* with *texts* in their places, ready to be served. Raises CannotRun."""
    text = _with_texts(workflow.text, texts)
    prepared = prepare_workflow(text, workflow.resources, workflow.options)
    if prepared.workflow is None or prepared.pipeline is None:
        first = next(problem for problem in prepared.problems if problem.severity is Severity.ERROR)
        raise CannotRun(f"{first.where}: {first.message}")
    return Subject(text, prepared.workflow, prepared.pipeline, prepared.read, workflow.options)


def _placed(difference: Difference, prefix: str) -> Difference:
    return Difference(prefix + difference.what, difference.expected, difference.actual, difference.message)


def _out_of_sight(expect: Expect, way: Way) -> Iterator[Difference]:
    """Yield what cannot be seen this way, so that it never passes unseen."""
    if way.are_real:
        return
    for key in ("files", "files_base64", "files_eventually", "files_absent", "stub"):
        if getattr(expect, key):
            yield Difference(key, message="Activities are performed, and this can be seen, with --activities real.")


@dataclass(frozen=True, slots=True)
class _Run:
    """One case while it runs."""

    host: Host
    activities: Activities
    folder: Path
    stub: Stub | None
    beside: Path

    async def step(self, step: Step) -> tuple[Observation, list[Difference]]:
        """Run one step. Raises CannotRun."""
        expect = step.expect
        self.activities.begin(step.replies)
        if self.stub is not None:
            self.stub.replies, self.stub.requests = _stub_replies(expect.stub or {}), []
        names = {*expect.files, *expect.files_base64, *expect.files_absent}
        at_answer: dict[str, bytes] = {}
        look: Callable[[], None] = lambda: at_answer.update(_contents(self.folder, names))  # noqa: E731
        answer, outcome = await self.host.send(_sent(step.request, self.beside), look)
        seen = Observation(
            answer=answer,
            outcome=outcome,
            calls=self.activities.calls,
            files=at_answer,
            files_later=_contents(self.folder, set(expect.files_eventually)),
            stub=tuple(self.stub.requests) if self.stub else (),
        )
        return seen, differences(expect, seen)


def _sent(request: Request, beside: Path) -> SentRequest:
    body = (request.body or "").encode()
    if request.body_base64 is not None:
        body = base64.b64decode(request.body_base64)
    elif request.body_file is not None:
        try:
            body = (beside / request.body_file).read_bytes()
        except OSError as error:
            raise CannotRun(f"body_file {request.body_file} cannot be read: {error.strerror}.") from None
    return SentRequest(request.method, request.path, request.headers, body)


def _stub_replies(stub: Mapping[str, str | None]) -> bytes:
    in_base64 = stub.get("replies_base64")
    return (stub.get("replies") or "").encode() if in_base64 is None else base64.b64decode(in_base64)


def _contents(folder: Path, names: set[str]) -> dict[str, bytes]:
    """Return the files of *names* that are there."""
    return {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}
