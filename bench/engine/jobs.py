"""
The jobs that the engine and a function written by hand both do, with equal answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from bench.engine import hl7_job, json_job
from bench.engine.run import request_of, runs
from bench.job import PATIENT, passthrough_workflow
from httpreceiver_workflow.pipeline.effects import InboundRequest, Respond

WORKFLOW: Final = "workflow"
BY_HAND: Final = "by hand"


@dataclass(frozen=True, slots=True)
class Job:
    """
    Attributes:
        body: of the request.
        by_hand: text of the request → text of the answer.
    """

    settings: list[dict[str, Any]]
    body: bytes
    by_hand: Callable[[str], str]
    content_type: str = "text/plain; charset=utf-8"

    def sides(self) -> dict[str, Callable[[], Respond]]:
        """Return both ways to do the job. Raises RuntimeError when their answers differ: then there is no ratio."""
        request = request_of(self.body)
        sides = {WORKFLOW: runs(self.settings, self.body), BY_HAND: lambda: self._respond(request)}
        ours, theirs = (side() for side in sides.values())
        if ours != theirs:
            raise RuntimeError(f"the workflow answers {ours!r}, the function written by hand {theirs!r}")
        return sides

    def _respond(self, request: InboundRequest) -> Respond:
        """Answer by hand: the text in the charset that the request names, the answer as UTF-8."""
        _, named, charset = request.content_type.partition("charset=")
        text = request.body.decode(charset if named else "utf-8", "replace")
        return Respond(200, self.content_type, self.by_hand(text).encode())


def _echo_workflow() -> list[dict[str, Any]]:
    (receiver,) = passthrough_workflow()
    return [receiver | {"ResponseMessageTemplate": f"${{{receiver['Id']} inbound}}"}]


def _echo(text: str) -> str:
    return text


JOBS: Final = {
    "passthrough": Job(_echo_workflow(), PATIENT, _echo),
    "20 HL7 mappings, 4 kB": Job(hl7_job.workflow(), hl7_job.MESSAGE, hl7_job.by_hand),
    "50 JSON actions, loop of 100": Job(
        json_job.workflow(), json_job.ORDER, json_job.by_hand, "application/json; charset=utf-8"
    ),
}
