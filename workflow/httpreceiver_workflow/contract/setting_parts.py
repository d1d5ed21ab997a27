"""
What settings are made of: where a value comes from and goes, how it is formatted, what options a message has.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.enums import Direction, MessageType, TextFormat, Truncation

Guid = str
"""Lower case, with hyphens, without braces. None stands for the empty GUID, ``""`` and null."""

LITERAL_KINDS: Final = (MessageType.TEXT_WITH_VARIABLES, MessageType.TEXT)
"""The `FromType` of literal text."""

NO_NAMESPACES: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """
    Where a value comes from: `FromPath`/`Path`/`Value`, `FromSetting`, `FromDirection`, `FromType`, `FromNamespaces`.

    Attributes:
        path: message path, or literal text with placeholders when direction is VARIABLE.
        setting: None means the receiver.
        direction: None when the member is absent.
        kind: `FromType`; only a tie-breaker when direction and setting are both absent (contract 2.1).
    """

    path: str = ""
    setting: Guid | None = None
    direction: Direction | None = None
    kind: MessageType | None = None
    namespaces: Mapping[str, str] = field(default_factory=lambda: NO_NAMESPACES)

    @property
    def is_literal(self) -> bool:
        """Whether an action reads the path as literal text with placeholders (contract 6.2)."""
        if self.direction is None:
            return self.setting is None and (self.kind is None or self.kind in LITERAL_KINDS)
        return self.direction is Direction.VARIABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a mapping writes: `ToPath`, `ToSetting`, `ToDirection`, `ToNamespaces`."""

    path: str = ""
    setting: Guid | None = None
    direction: Direction | None = None
    namespaces: Mapping[str, str] = field(default_factory=lambda: NO_NAMESPACES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatting:
    """How a value is formatted before it is stored; applied in the order of contract 6.4."""

    format: str = ""
    text_format: TextFormat = TextFormat.NONE
    truncation: Truncation = Truncation.NONE
    truncation_length: int = 50
    remove: str = ""
    replace: str = ""
    replace_with: str = ""
    lookup: str = ""
    padding_length: int = 0
    encoding: str = ""
    """Name of an encoder such as ``JSONEncode``; ``""`` is None. Numbers above 0 are unpublished and read as ``""``."""


NO_FORMATTING: Final = Formatting()


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvOptions:
    """CSVMessageTypeOption. `Footer` and `HasFooter` have no effect."""

    delimiter: str = ","
    has_header: bool = False
    header: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOptions:
    """TextMessageTypeOption; only the header has an effect, in the file writer."""

    header: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomOptions:
    """DicomMessageTypeOptions: which parts the JSON view of a DICOM file has."""

    common_fields: bool = True
    report: bool = True
    tags: bool = True


MessageOptions = CsvOptions | TextOptions | DicomOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableDescriptor:
    """VariableCreator: a variable that a query parameter or URL section sets."""

    name: str
    sample: str = ""
    """`SampleVariableValue`: an example for people, and the default where `is_default` says so."""
    is_default: bool = False
    """`SampleValueIsDefaultValue`."""

    @property
    def default(self) -> str | None:
        """The value before the request's own is applied, None for none."""
        return self.sample if self.is_default else None
