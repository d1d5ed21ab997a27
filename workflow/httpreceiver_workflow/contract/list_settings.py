"""
The lists of a workflow: filters and actions, and the two settings that hold them, one record per ``$type``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from httpreceiver_workflow.contract.enums import Conjunction, DateComparer, Direction, StringComparer, ValidComparer
from httpreceiver_workflow.contract.setting_parts import NO_FORMATTING, Formatting, Guid, Source, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class StringFilter:
    """StringMessageFilter."""

    where: str = field(compare=False)
    source: Source
    comparer: StringComparer = StringComparer.EQUALS
    value: str = ""
    """Right operand; placeholders are expanded. Used when `operand` is None."""
    operand: Source | None = None
    """Alternative right operand, from `ToPath` when it is not empty (contract A5)."""
    negated: bool = False
    case_sensitive: bool = False
    any_repetition: bool = False
    """`IncludesRepeatFields`: HL7, true if any repetition of the field passes."""
    conjunction: Conjunction = Conjunction.AND
    """How this item joins the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateFilter:
    """DateMessageFilter; the right operand is that of `StringFilter`."""

    where: str = field(compare=False)
    source: Source
    comparer: DateComparer = DateComparer.EQUALS
    value: str = ""
    operand: Source | None = None
    negated: bool = False
    conjunction: Conjunction = Conjunction.AND


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidFilter:
    """ValidMessageFilter: asks of a whole message, so that there is no path; *setting* None is the receiver."""

    where: str = field(compare=False)
    setting: Guid | None = None
    direction: Direction | None = None
    comparer: ValidComparer = ValidComparer.VALID
    negated: bool = False
    conjunction: Conjunction = Conjunction.AND


Condition = StringFilter | DateFilter | ValidFilter
"""A filter that has a verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterGroup:
    """A bracket between two runs of filters; its conjunction joins them."""

    where: str = field(compare=False)
    conjunction: Conjunction = Conjunction.AND


Filter = Condition | FilterGroup


# --- actions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateVariable:
    """CreateVariableTransformerAction."""

    where: str = field(compare=False)
    source: Source
    formatting: Formatting = NO_FORMATTING
    name: str
    default: str | None = None
    """`SampleVariableValue` when `SampleValueIsDefaultValue` is true: stored for an empty result (contract A21)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMapping:
    """CreateMappingTransformerAction."""

    where: str = field(compare=False)
    source: Source
    target: Target
    formatting: Formatting = NO_FORMATTING
    structure: bool = False
    """`AllowMessageStructureToChange`: write raw structure instead of an encoded value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendLine:
    """AppendLineTransformerAction."""

    where: str = field(compare=False)
    source: Source
    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginConditional:
    """BeginConditionalTransformerAction; an empty filter list is true."""

    where: str = field(compare=False)
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndConditional:
    """EndConditionalTransformerAction."""

    where: str = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEach:
    """ForEachTransformerAction."""

    where: str = field(compare=False)
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """NextTransformerAction."""

    where: str = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """CommentTransformerAction: does nothing."""

    where: str = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """NotificationTransformerAction: records a notification with the text of *source*."""

    where: str = field(compare=False)
    source: Source
    critical: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateParameter:
    """CreateParameterTransformerAction: a variable called *name*, or a parameter of a custom transformer."""

    where: str = field(compare=False)
    name: str
    source: Source
    required: bool = False
    """`IsRequired`: a blank value errors the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomTransform:
    """
    CustomTransformerAction.

    Attributes:
        transformer: class name without namespace and assembly; a key of `custom_transformers.CUSTOM_TRANSFORMERS`.
        parameters: by name in lower case; without the one that names the output variable.
        output: the variable it sets.
    """

    where: str = field(compare=False)
    transformer: str
    parameters: Mapping[str, CreateParameter]
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCode:
    """CodeTransformerAction: *code* is C#, which runs here as the Python override that is pinned to it."""

    where: str = field(compare=False)
    code: str


Leaf = CreateVariable | CreateMapping | AppendLine | Notify | CreateParameter | CustomTransform | RunCode
"""An action that does one thing; the others open, close or comment."""

Action = Leaf | BeginConditional | EndConditional | ForEach | Next | Comment


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterHost:
    """FilterHostSetting: actions that run first, then filters; true lets the message on."""

    where: str = field(compare=False)
    id: Guid
    name: str = ""
    filters: tuple[Filter, ...] = ()
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerList:
    """TransformerSetting: an ordered list of actions."""

    where: str = field(compare=False)
    id: Guid
    name: str = ""
    actions: tuple[Action, ...] = ()
