"""What a case runs on: anything that answers a request with one receiver. `engine_host` and `listener_host` are two."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from httpreceiver_cli.checking.activities import Activities
from httpreceiver_cli.checking.observation import Answered
from httpreceiver_workflow.contract.settings import Workflow
from httpreceiver_workflow.endpoint import Endpoint, Scheme, ServedReceiver
from httpreceiver_workflow.options import ReceiverOptions
from httpreceiver_workflow.pipeline.compiler import Pipeline
from httpreceiver_workflow.pipeline.effects import Outcome
from httpreceiver_workflow.resources import Resources


class CannotRun(Exception):
    """A request cannot be run on this host; the text is one sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class SentRequest:
    """One request, complete: its body as bytes and its path as it is written."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Subject:
    """
    The workflow that is checked, ready to be served.

    Attributes:
        text: the JSON that was compiled.
        options: what stands beside the workflow.
    """

    text: str
    workflow: Workflow
    pipeline: Pipeline
    resources: Resources
    options: ReceiverOptions

    @property
    def endpoint(self) -> Endpoint:
        """What a listener is told to serve: the receiver, as plain HTTP whatever the workflow says of certificates."""
        served = ServedReceiver(
            name="check/case", generation=1, workflow=self.text, resources=self.resources, options=self.options
        )
        port = self.workflow.receiver.port
        return Endpoint(host="check/case", port=port, scheme=Scheme.HTTP, receivers=(served,))


class Host(Protocol):
    """One receiver, being served for one case."""

    async def send(self, request: SentRequest, answered: Callable[[], None]) -> tuple[Answered, Outcome | None]:
        """
        Send *request* and wait until its run has ended; None stands for an answer without a run.

        Args:
            answered: called when the answer is there, which may be before the run has ended.
        Raises:
            CannotRun: this host cannot do what the request asks for.
        """
        ...


Serve = Callable[[Subject, Activities], AbstractAsyncContextManager[Host]]
"""Serves a subject whose activities are performed as told, until the block is left."""
