"""
What a case file says, as plain records: a workflow, what its host offers, requests, and what must come of each.

The form is described for users in docs/check.md. `decoding` makes these records and refuses every key that is not here.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec

from httpreceiver_workflow.pipeline.effects import FaultKind, OutcomeKind, Stage

HEADER_OF_STUB: Final = "header "
"""How a key of `stub` begins that asks for a header."""
STUB_KEYS: Final = frozenset({"method", "path", "body", "replies", "replies_base64"})

_NAME: Final = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"
_PATH: Final = r"^/\S*$"
_HEADER: Final = r"^[^\x00-\x08\x0a-\x1f\x7f]*$"
_FILE: Final = r"^(?!/)(?!.*(?:^|/)\.\.(?:/|$))[^\x00]+$"
FORMS: Final[Mapping[str, str]] = {
    _NAME: "a name of HTTP, without blanks",
    _PATH: "a path that begins with / and has no blanks",
    _HEADER: "the value of a header, on one line",
    _FILE: "a name below {TMP}, without ..",
}
"""What each pattern asks for, in words."""

HttpName = Annotated[str, msgspec.Meta(pattern=_NAME)]
RequestPath = Annotated[str, msgspec.Meta(pattern=_PATH)]
HeaderValue = Annotated[str, msgspec.Meta(pattern=_HEADER)]
FileName = Annotated[str, msgspec.Meta(pattern=_FILE)]


class Part(msgspec.Struct, frozen=True):
    """An object of a case file; keys that it does not have are mistakes."""


class Request(Part, frozen=True):
    """One HTTP request; at most one of the bodies."""

    path: RequestPath
    method: HttpName = "POST"
    headers: dict[HttpName, HeaderValue] = {}
    body: str | None = None
    body_base64: str | None = None
    body_file: str | None = None
    """Beside the case file; its bytes are sent as they are."""


class StatedFault(Part, frozen=True):
    """A failure that an activity is to meet."""

    kind: FaultKind = FaultKind.ACTIVITY_FAILED
    message: str = ""


class StatedReply(Part, frozen=True):
    """What an activity answers instead of being performed; at most one of the bodies."""

    status: int = 200
    content_type: str = ""
    body: str | None = None
    body_base64: str | None = None
    json: Any = msgspec.UNSET
    row: list[str | int | float | None] | None = None
    fault: StatedFault | None = None


class ExpectedHttp(Part, frozen=True):
    """An HTTP request that an activity must make."""

    method: str | None = None
    url: str | None = None
    headers: dict[str, str | None] = {}
    body: str | None = None
    json: Any = msgspec.UNSET
    contains: str | list[str] = []


class ExpectedFile(Part, frozen=True):
    """A write of a file writer: its path as the workflow says it, and the text that is written."""

    path: str | None = None
    text: str | None = None
    contains: str | list[str] = []
    append: bool | None = None


class ExpectedSql(Part, frozen=True):
    """SQL that an activity must run; parameters by the name the workflow gives them."""

    sql: str | None = None
    contains: str | list[str] = []
    parameters: dict[str, str | None] = {}


class ExpectedCall(Part, frozen=True):
    """One call of an activity, named by its Name or Id; at most one of the kinds."""

    activity: str
    http: ExpectedHttp | None = None
    file: ExpectedFile | None = None
    database: ExpectedSql | None = None


class ExpectedOutcome(Part, frozen=True):
    """How the run must end."""

    kind: OutcomeKind = OutcomeKind.ERRORED
    fault: FaultKind | None = None
    stage: Stage | None = None
    message: str | None = None


class ExpectedNotification(Part, frozen=True):
    """What a notification must say."""

    text: str
    critical: bool | None = None


class NoRun(StrEnum):
    """The `outcome` of a request that is answered without a run."""

    NONE = "none"


class Expect(Part, frozen=True):
    """What must come of one request; what is not named is not compared."""

    status: int | None = None
    headers: dict[str, str | None] = {}
    body: str | None = None
    body_base64: str | None = None
    json: Any = msgspec.UNSET
    xml: str | None = None
    contains: str | list[str] = []
    segment2_prefix: str | None = None
    outcome: ExpectedOutcome | str | None = None
    runs: int | None = None
    variables: dict[str, str | None] = {}
    notifications: list[ExpectedNotification | str] | None = None
    effects: list[ExpectedCall] | None = None
    files: dict[FileName, str] = {}
    files_base64: dict[FileName, str] = {}
    files_eventually: dict[FileName, str] = {}
    files_absent: list[FileName] = []
    stub: dict[str, str | None] | None = None


class Step(Part, frozen=True):
    """One request of a case, what activities answer meanwhile, and what must come of it."""

    request: Request
    expect: Expect
    replies: dict[str, StatedReply | str] = {}


class OnlyStep(Step, frozen=True):
    """A case of one request, as files write it: the case is its own step."""

    title: str = ""
    compatibility: dict[str, Any] = {}


class Case(Part, frozen=True):
    """
    One or several requests in order.

    They share the folder {TMP} and everything else that outlives a request; cases share nothing.

    Attributes:
        compatibility: switches of this case, beside those of its file.
    """

    steps: list[Step]
    title: str = ""
    compatibility: dict[str, Any] = {}


class ExpectedProblem(Part, frozen=True):
    """An error that a workflow must be refused for."""

    where: str
    code: str


class CaseFile(Part, frozen=True):
    """
    One file: a workflow and the cases it must pass.

    Attributes:
        source: where what the cases say is written.
        rows: which rows of a specification the file proves.
        workflow: the settings themselves, or the path of a workflow file or manifest beside the case file.
        receiver: which HttpReceiver of a manifest; needed when it has several.
        compatibility: as an HttpReceiver says it beside its workflow.
        code_overrides: SHA-256 of a C# text → the Python that runs in its place.
        refused: every error that keeps the workflow from being served; None when it must be served.
    """

    workflow: Any
    title: str = ""
    source: str = ""
    rows: list[str] = []
    receiver: str | None = None
    compatibility: dict[str, Any] = {}
    global_variables: dict[str, str] = {}
    tables: dict[str, str] = {}
    code_overrides: dict[str, str] = {}
    refused: Annotated[list[ExpectedProblem], msgspec.Meta(min_length=1)] | None = None
    cases: list[Case] = []


def filled(value: Any, texts: Mapping[str, str]) -> Any:
    """Return *value* (a record, list, mapping or text) with each key of *texts* replaced wherever it occurs."""
    if type(value) is str:  # the members of an enum stay members
        for name, text in texts.items():
            value = value.replace(name, text)
        return value
    if isinstance(value, list):
        return [filled(item, texts) for item in value]
    if isinstance(value, dict):
        return {name: filled(item, texts) for name, item in value.items()}
    if isinstance(value, Part):
        fields = {name: filled(getattr(value, name), texts) for name in value.__struct_fields__}
        return type(value)(**fields)
    return value
