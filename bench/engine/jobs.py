"""
The jobs that the engine and a function written by hand both do, with equal answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from bench.engine import hl7_job, json_job
from bench.engine.run import request_of, runs
from bench.job import PATIENT, passthrough_workflow
from httpreceiver_workflow.pipeline.effects import Fault, FaultKind, InboundRequest, Respond, Stage

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
        sides = {WORKFLOW: runs(self.settings, self.body), BY_HAND: lambda: self.answer_by_hand(request)}
        ours, theirs = (side() for side in sides.values())
        if ours != theirs:
            raise RuntimeError(f"the workflow answers {ours!r}, the function written by hand {theirs!r}")
        return sides

    def answer_by_hand(self, request: InboundRequest) -> Respond:
        """
        Answer by hand: the text in the charset that the request names, the answer as UTF-8.

        Any caller may begin with a byte order mark, quote the charset or name an unknown one, or send nothing; whoever
        writes this for real traffic sees to it, and so does this.
        """
        _, named, charset = request.content_type.partition("charset=")
        try:
            text = request.body.decode(charset.strip('"') if named else "utf-8", "replace").removeprefix("\ufeff")
        except LookupError:
            return Respond(
                415, "", b"", Fault(FaultKind.UNSUPPORTED_MEDIA_TYPE, Stage.BODY, f"unknown charset {charset}")
            )
        answer = self.by_hand(text).encode()
        return Respond(200, self.content_type if answer else "", answer)


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
