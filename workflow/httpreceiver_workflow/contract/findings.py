"""What decoding knows, and collects besides the records: problems, and links to resolve once all is known."""

from dataclasses import dataclass, field
from enum import StrEnum

from httpreceiver_workflow.contract.setting_parts import Guid
from httpreceiver_workflow.options.compatibility import DOCUMENTED, Compatibility
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.problems import Problem


class LinkKind(StrEnum):
    """What a link must lead to; the value is how a message names it."""

    ACTIVITY = "a sender"
    RESPONSE_ACTIVITY = "one of the Activities"
    FILTERS = "a FilterHostSetting"
    TRANSFORMERS = "a TransformerSetting"
    SOURCE = "the receiver or one of the Activities"
    TARGET = "the setting this list belongs to"


@dataclass(frozen=True, slots=True)
class Link:
    """
    One GUID in a field that names another setting.

    Attributes:
        where: JSON path of the GUID.
        owner: the object that holds the field, for messages.
    """

    where: str
    owner: str
    field: str
    guid: Guid
    kind: LinkKind


@dataclass(frozen=True, slots=True)
class Findings:
    """
    Problems and links found so far.

    Attributes:
        compatibility: how doubtful points are read.
    """

    compatibility: Compatibility = DOCUMENTED
    problems: list[Problem] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def report(self, where: str, code: ProblemCode, message: str) -> None:
        """Collect one problem."""
        self.problems.append(Problem(where, code, message))

    def extend(self, other: "Findings") -> None:
        """Take over what *other* collected."""
        self.problems.extend(other.problems)
        self.links.extend(other.links)
