"""
Who performs the activities of a case: the case itself where it states a reply, else the real sender, or nobody.

Every call is recorded. Stands in the place of the listener's own senders, for the engine alone as for the listener.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args, get_type_hints

import msgspec

from httpreceiver_cli.checking.case_files import StatedReply
from httpreceiver_cli.checking.observation import Called
from httpreceiver_listener.senders import Performer
from httpreceiver_workflow.contract.settings import Workflow
from httpreceiver_workflow.pipeline.effects import DatabaseCall, Fault, FaultKind, Reply, Send, Stage

KINDS: Final[tuple[type, ...]] = get_args(get_type_hints(Send)["call"])
"""Every kind of call that a run can ask for."""

Senders = Mapping[type, Performer[Any]]


class Activities:
    """The activities of one workflow during one case."""

    def __init__(self, workflow: Workflow, make_senders: Callable[[], Senders] | None) -> None:
        """
        Take the names of *workflow*.

        Args:
            make_senders: makes those who perform what no reply is stated for, when the first of it is called, since
                they read the system's certificates; None when nobody does.
        """
        self._names = {activity.id: activity.name or activity.id for activity in workflow.activities}
        self._make_senders = make_senders
        self._senders: Senders = {}
        self._stated: Mapping[str, StatedReply | str] = {}
        self._calls: list[Called] = []

    def doors(self) -> Senders:
        """Return who performs what, as a listener asks for it."""
        return {kind: _Door(self, kind) for kind in KINDS}

    def begin(self, stated: Mapping[str, StatedReply | str]) -> None:
        """Begin a step: activities reply as *stated*, by Name or Id, and nothing was called yet."""
        self._stated = {name.lower(): reply for name, reply in stated.items()} | dict(stated)  # letter case of an Id
        self._calls = []

    @property
    def calls(self) -> tuple[Called, ...]:
        """What was called since the step began, in order."""
        return tuple(self._calls)

    async def perform(self, activity_id: str, call: object) -> Reply | Fault:
        """Record *call* and answer it; what nobody answers is a fault, and marked for the comparison."""
        name = self._names[activity_id]
        stated = self._stated.get(name, self._stated.get(activity_id.lower()))
        self._calls.append(Called(activity_id, name, call, is_answered=stated is not None or bool(self._make_senders)))
        if stated is not None:
            return reply_of(stated, call)
        if self._make_senders is None:
            return Fault(FaultKind.ACTIVITY_FAILED, Stage.ACTIVITY, f"The case states no reply of {name}.")
        self._senders = self._senders or self._make_senders()
        return await self._senders[type(call)].perform(activity_id, call)

    async def close(self, kind: type) -> None:
        """Close who performs *kind*, if anybody does."""
        if kind in self._senders:
            await self._senders[kind].close()


@dataclass(frozen=True, slots=True)
class _Door:
    """One kind of call on its way through `Activities`."""

    activities: Activities
    kind: type

    async def perform(self, activity_id: str, call: object) -> Reply | Fault:
        return await self.activities.perform(activity_id, call)

    async def close(self) -> None:
        await self.activities.close(self.kind)


def reply_of(stated: StatedReply | str, call: object) -> Reply | Fault:
    """Return what the case states as the reply to *call*."""
    if isinstance(stated, str):
        return Reply(body=stated.encode())
    if stated.fault is not None:
        return Fault(stated.fault.kind, Stage.ACTIVITY, stated.fault.message)
    content_type, body = stated.content_type, (stated.body or "").encode()
    if stated.body_base64 is not None:
        body = base64.b64decode(stated.body_base64)
    elif stated.json is not msgspec.UNSET:
        content_type = content_type or "application/json"
        body = json.dumps(stated.json, ensure_ascii=False).encode()
    returns_row = isinstance(call, DatabaseCall) and call.returns_row
    row = tuple(stated.row) if returns_row and stated.row is not None else None
    return Reply(stated.status, content_type, body, row)
