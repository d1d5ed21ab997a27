"""
What each receiver's workflow says: find its text, compile it, fall back to what was served before when it is broken.

Pure. A receiver whose new text is broken or missing keeps what it served, which the workflow Secrets still hold: an
edit with a mistake must not take a running receiver off the network. Its conditions say so.
"""

from dataclasses import dataclass

import msgspec

from httpreceiver_operator.conditions import ConditionType, Finding, Reason
from httpreceiver_operator.config import Config
from httpreceiver_operator.host_values import Unreadable, host_credentials, host_values
from httpreceiver_operator.memo import Memo
from httpreceiver_operator.names import ObjectName
from httpreceiver_operator.snapshot import Receiver, Snapshot, TextReference
from httpreceiver_workflow.contract.settings import HttpReceiver
from httpreceiver_workflow.endpoint import ServedReceiver, decode_receiver
from httpreceiver_workflow.pipeline.compiler import Pipeline
from httpreceiver_workflow.problems import Problem
from httpreceiver_workflow.routes import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """
    One receiver and its workflow.

    Attributes:
        problems: of the present text, sorted.
        refusal: why the present text cannot be served; None when it can.
        unresolved: why the text, or what it reads of its host, could not be found; None when it was.
        served: what is to be served, the present text or the last good one; None when there is neither.
        pipeline: what `served` compiles to.
    """

    receiver: Receiver
    problems: tuple[Problem, ...] = ()
    refusal: Finding | None = None
    unresolved: Finding | None = None
    served: ServedReceiver | None = None
    pipeline: Pipeline | None = None

    @property
    def settings(self) -> HttpReceiver | None:
        """The receiver of `served`."""
        return self.pipeline.receiver if self.pipeline else None

    @property
    def route(self) -> Route | None:
        """Which requests are its own."""
        return self.pipeline.route if self.pipeline else None

    @property
    def is_disabled(self) -> bool:
        """`Disabled: true` in the workflow: nothing is served and no address held."""
        return self.settings is not None and self.settings.disabled


def read_receiver(receiver: Receiver, snapshot: Snapshot, memo: Memo, config: Config) -> Reading:
    """Return what *receiver* asks to be served."""
    text, unresolved = _text_of(receiver, snapshot)
    if text is None:
        return _unavailable(receiver, unresolved, snapshot, memo, config)
    not_understood = (*receiver.option_problems, *snapshot.host(receiver.host_key).limit_problems)
    if not_understood:
        return _refused(receiver, not_understood, snapshot, memo, config)
    options = snapshot.options_of(receiver)
    try:
        credentials = host_credentials(receiver, snapshot)
        prepared = memo.prepare(text, host_values(receiver, snapshot, memo, config), options)
    except Unreadable as unreadable:
        return _unavailable(receiver, unreadable.finding, snapshot, memo, config)
    if prepared.pipeline is None:
        return _refused(receiver, prepared.problems, snapshot, memo, config)
    served = ServedReceiver(
        name=str(receiver.key),
        generation=receiver.generation,
        workflow=text,
        suspended=receiver.suspended,
        resources=prepared.read,
        options=options,
        credentials=credentials,
    )
    return Reading(receiver=receiver, problems=prepared.problems, served=served, pipeline=prepared.pipeline)


def _refused(
    receiver: Receiver, problems: tuple[Problem, ...], snapshot: Snapshot, memo: Memo, config: Config
) -> Reading:
    """Return the reading of a receiver that cannot be served as it is now."""
    served, pipeline = _last_good(receiver, snapshot, memo, config)
    return Reading(receiver=receiver, problems=problems, refusal=_refusal(problems), served=served, pipeline=pipeline)


def _unavailable(
    receiver: Receiver, unresolved: Finding | None, snapshot: Snapshot, memo: Memo, config: Config
) -> Reading:
    """Return the reading of a receiver whose text, or what it reads of its host, cannot be had."""
    refusal = Finding(
        type=ConditionType.ACCEPTED,
        status=False,
        reason=Reason.WORKFLOW_UNAVAILABLE,
        message=unresolved.message if unresolved else "The receiver has no workflow.",
    )
    served, pipeline = _last_good(receiver, snapshot, memo, config)
    return Reading(receiver=receiver, refusal=refusal, unresolved=unresolved, served=served, pipeline=pipeline)


def _text_of(receiver: Receiver, snapshot: Snapshot) -> tuple[str | None, Finding | None]:
    """Return the workflow's text, or why it cannot be had."""
    reference = receiver.workflow_from
    if receiver.workflow is not None or reference is None:
        return receiver.workflow, None
    name = ObjectName(receiver.key.namespace, reference.name)
    store = snapshot.config_maps if reference.kind == "ConfigMap" else snapshot.secrets
    if name not in store:
        reason = Reason.CONFIG_MAP_NOT_FOUND if reference.kind == "ConfigMap" else Reason.SECRET_NOT_FOUND
        return None, _unresolved(reason, f"{_described(reference, name)} of workflowFrom does not exist.")
    if reference.key not in store[name]:
        message = f'{_described(reference, name)} of workflowFrom has no key "{reference.key}".'
        return None, _unresolved(Reason.KEY_NOT_FOUND, message)
    try:
        return store[name][reference.key].decode("utf-8-sig"), None
    except UnicodeDecodeError:
        message = f'Key "{reference.key}" of {_described(reference, name)} is not UTF-8 text.'
        return None, _unresolved(Reason.KEY_NOT_FOUND, message)


def _described(reference: TextReference, name: ObjectName) -> str:
    return f"{reference.kind} {name}"


def _unresolved(reason: Reason, message: str) -> Finding:
    return Finding(type=ConditionType.RESOLVED_REFS, status=False, reason=reason, message=message)


def _refusal(problems: tuple[Problem, ...]) -> Finding:
    errors = [problem for problem in problems if problem.severity == "error"]
    shown = " ".join(f"{problem.where}: {problem.message}" for problem in errors[:3])
    count = f"{len(errors)} mistakes; the first: " if len(errors) > 1 else ""
    return Finding(type=ConditionType.ACCEPTED, status=False, reason=Reason.INVALID_WORKFLOW, message=f"{count}{shown}")


def _last_good(
    receiver: Receiver, snapshot: Snapshot, memo: Memo, config: Config
) -> tuple[ServedReceiver | None, Pipeline | None]:
    """Return what the workflow Secrets hold for *receiver*, if it still compiles."""
    _, data = snapshot.bundled.get(receiver.key, ("", b""))
    try:
        before = decode_receiver(data)
    except ValueError:
        return None, None
    if before.resources.code_overrides and not config.code_overrides:
        return None, None  # switching overrides off ends what was served with them
    prepared = memo.prepare(before.workflow, before.resources, before.options)
    if prepared.pipeline is None:
        return None, None
    return msgspec.structs.replace(before, suspended=receiver.suspended), prepared.pipeline
