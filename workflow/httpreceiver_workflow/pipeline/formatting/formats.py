"""
What a placeholder's modifiers or an action's formatting fields do to a value.

One function per step, composed once while compiling and always in the documented order, whatever the written one:
format, case, cut, remove, replace, lookup, pad, encode. At run time nothing here raises, for any text.

Source: IntegrationSoup/Documentation, variables.md, "Runtime Formatting & Modifiers"; contract 6.4.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from enum import IntEnum, auto
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.enums import TextFormat, Truncation
from httpreceiver_workflow.contract.setting_parts import Formatting
from httpreceiver_workflow.options.compatibility import DOCUMENTED, Compatibility, PaddingSide, UnknownModifier
from httpreceiver_workflow.pipeline.formatting.casing import mc_name_case, ordinal_lower, ordinal_upper, title_case
from httpreceiver_workflow.pipeline.formatting.dotnet_dates import compile_date_format, hl7_timestamp
from httpreceiver_workflow.pipeline.formatting.dotnet_numbers import compile_number_format, is_number_format
from httpreceiver_workflow.pipeline.formatting.encoders import ENCODERS
from httpreceiver_workflow.pipeline.formatting.placeholders import Modifier, Placeholder, split_outside_parentheses
from httpreceiver_workflow.problem_codes import ProblemCode

__all__ = ["ModifierProblem", "compile_formatting", "compile_modifiers", "hl7_timestamp", "settle_unknown"]

Change = Callable[[str], str]
Lookups = Callable[[str], Change | None]
"""Name of a lookup table → what it does to a value, None when there is no such table (contract 6.4)."""

MAX_PADDING: Final = 100_000
"""Widest padding: beyond it a workflow asks for memory, not for a layout."""

_INTEGER = re.compile(r"\s*([+-]?[0-9]{1,9})\s*")


class ModifierProblem(ValueError):
    """A modifier's arguments or a format are unusable; the text is one sentence that quotes them."""

    code = ProblemCode.MODIFIER_MALFORMED


class LookupUnknown(ModifierProblem):
    """A lookup table is named that does not exist."""

    code = ProblemCode.LOOKUP_TABLE_UNKNOWN


def no_lookups(_name: str) -> Change | None:
    """Return None: a host without lookup tables."""
    return None


class _Step(IntEnum):
    """The documented order."""

    FORMAT = auto()
    CASE = auto()
    CUT = auto()
    REMOVE = auto()
    REPLACE = auto()
    LOOKUP = auto()
    PAD = auto()
    ENCODE = auto()


def compile_modifiers(
    placeholder: Placeholder, lookups: Lookups = no_lookups, compatibility: Compatibility = DOCUMENTED
) -> Change | None:
    """
    Compile what *placeholder* does to its value; None when it does nothing.

    Modifiers of one step keep their written order. Raises ModifierProblem, and what *lookups* raises.
    """
    steps = [_modifier_step(modifier, lookups, compatibility) for modifier in placeholder.modifiers]
    if placeholder.format:
        steps.append((_Step.FORMAT, _format(placeholder.format)))
    return _compose(steps)


def compile_formatting(
    formatting: Formatting, lookups: Lookups = no_lookups, compatibility: Compatibility = DOCUMENTED
) -> Change | None:
    """Compile the formatting fields of an action; None when they do nothing. Raises ModifierProblem."""
    steps: list[tuple[_Step, Change]] = []
    if formatting.format:
        steps.append((_Step.FORMAT, _format(formatting.format)))
    if formatting.text_format is not TextFormat.NONE:
        steps.append((_Step.CASE, _CASES[formatting.text_format]))
    if formatting.truncation is Truncation.TRIM:
        steps.append((_Step.CUT, str.strip))
    elif formatting.truncation is Truncation.TRUNCATE:
        steps.append((_Step.CUT, _truncate(formatting.truncation_length)))
    if formatting.remove:
        steps.append((_Step.REMOVE, _replace(formatting.remove, "")))
    if formatting.replace:
        steps.append((_Step.REPLACE, _replace(formatting.replace, formatting.replace_with)))
    if formatting.lookup:
        steps.append((_Step.LOOKUP, _lookup(formatting.lookup, lookups)))
    if formatting.padding_length:
        steps.append((_Step.PAD, _pad(formatting.padding_length, compatibility)))
    if formatting.encoding:
        steps.append((_Step.ENCODE, _encode(formatting.encoding)))
    return _compose(steps)


def settle_unknown(placeholder: Placeholder, choice: UnknownModifier) -> Placeholder:
    """
    Return *placeholder* without the parts that look like the name of a modifier we do not know (contract A14).

    Raises:
        ModifierProblem: such parts are refused.
    """
    if choice is UnknownModifier.FORMAT or not placeholder.format:
        return placeholder
    parts = list(split_outside_parentheses(placeholder.format))
    names = [part for part in parts if _is_name(part)]
    if names and choice is UnknownModifier.REFUSED:
        raise ModifierProblem(f"{names[0].strip()} is no modifier that is known.")
    return replace(placeholder, format=":".join(part for part in parts if part not in names))


_NAME: Final = re.compile(r"\s*([A-Za-z]+[0-9]*[A-Za-z]*)\s*(\(.*\)\s*)?", re.DOTALL)
_NO_FORMAT_LETTERS: Final = re.compile(r"[^dfghkmstyz0-9]", re.IGNORECASE)


def _is_name(part: str) -> bool:
    """Whether *part* can be no format: a word with arguments, or one with letters that no date format has."""
    found = _NAME.fullmatch(part)
    if found is None:
        return False
    word = found[1]
    return found[2] is not None or (
        len(word) > 1 and _NO_FORMAT_LETTERS.search(word) is not None and not is_number_format(word)
    )


# --- one placeholder modifier ----------------------------------------------------------------------------------------


def _modifier_step(modifier: Modifier, lookups: Lookups, compatibility: Compatibility) -> tuple[_Step, Change]:
    plain = _PLAIN.get(modifier.name)
    if plain is not None:
        if modifier.arguments not in {"", "()"}:
            raise ModifierProblem(f"{modifier.written} takes no arguments.")
        return plain
    argument = _argument(modifier)
    match modifier.name:
        case "Truncate":
            return _Step.CUT, _truncate(_integer(modifier, argument))
        case "Remove":
            return _Step.REMOVE, _replace(_required(modifier, argument), "")
        case "Replace":
            found, comma, replacement = argument.partition(",")
            if not comma:
                raise ModifierProblem(f"{modifier.written} needs two arguments, as in Replace(a,b).")
            return _Step.REPLACE, _replace(_required(modifier, found), replacement)
        case "Lookup":
            return _Step.LOOKUP, _lookup(_required(modifier, argument.strip()), lookups)
        case "Padding":
            return _Step.PAD, _pad(_integer(modifier, argument), compatibility)
        case _:
            raise AssertionError(modifier.name)  # MODIFIER_NAMES is what the parser knows


def _argument(modifier: Modifier) -> str:
    if not modifier.arguments:
        raise ModifierProblem(f"{modifier.name} needs an argument in parentheses.")
    if len(modifier.arguments) < 2 or not modifier.arguments.endswith(")"):
        raise ModifierProblem(f"The parentheses of {modifier.written} do not balance.")
    return modifier.arguments[1:-1]


def _required(modifier: Modifier, argument: str) -> str:
    if not argument:
        raise ModifierProblem(f"{modifier.written} has an empty argument.")
    return argument


def _integer(modifier: Modifier, argument: str) -> int:
    match = _INTEGER.fullmatch(argument)
    if match is None:
        raise ModifierProblem(f"{modifier.written} needs a whole number.")
    return int(match[1])


# --- one step --------------------------------------------------------------------------------------------------------


def _format(format_: str) -> Change:
    compile_ = compile_number_format if is_number_format(format_) else compile_date_format
    try:
        return compile_(format_)
    except ValueError as error:
        raise ModifierProblem(f"The format {format_} cannot be used: {error}.") from error


def _truncate(length: int) -> Change:
    if length < 0:
        raise ModifierProblem(f"A value cannot be truncated to {length} characters.")
    return lambda text: text[:length]


def _replace(found: str, replacement: str) -> Change:
    return lambda text: text.replace(found, replacement)


def _lookup(table: str, lookups: Lookups) -> Change:
    change = lookups(table)
    if change is None:
        raise LookupUnknown(f"The lookup table {table} does not exist.")
    return change


def _pad(width: int, compatibility: Compatibility) -> Change:
    """Pad with spaces: on one side for a positive *width*, on the other for a negative one (contract A13)."""
    if abs(width) > MAX_PADDING:
        raise ModifierProblem(f"Padding to {width} characters is more than {MAX_PADDING}.")
    fills_right = (width > 0) is (compatibility.padding_side is PaddingSide.RIGHT_WHEN_POSITIVE)
    length = abs(width)
    return (lambda text: text.ljust(length)) if fills_right else (lambda text: text.rjust(length))


def _encode(name: str) -> Change:
    try:
        return _ENCODERS_BY_KEY[name.lower()]
    except KeyError:
        raise ModifierProblem(f"The encoding {name} is none of {', '.join(ENCODERS)}.") from None


def _compose(steps: Iterable[tuple[_Step, Change]]) -> Change | None:
    """Return the changes one after the other in the documented order."""
    changes = [change for _, change in sorted(steps, key=lambda step: step[0])]
    if not changes:
        return None
    if len(changes) == 1:
        return changes[0]
    if len(changes) == 2:
        first, second = changes
        return lambda text: second(first(text))

    def apply(text: str) -> str:
        for change in changes:
            text = change(text)
        return text

    return apply


_CASES: Final[Mapping[TextFormat, Change]] = MappingProxyType(
    {
        TextFormat.UPPER_CASE: ordinal_upper,
        TextFormat.LOWER_CASE: ordinal_lower,
        TextFormat.TITLE_CASE: title_case,
        TextFormat.MC_NAME_CASE: mc_name_case,
    }
)
_ENCODERS_BY_KEY: Final = {name.lower(): encoder for name, encoder in ENCODERS.items()}
_PLAIN: Final[Mapping[str, tuple[_Step, Change]]] = MappingProxyType(
    {
        "UpperCase": (_Step.CASE, ordinal_upper),
        "LowerCase": (_Step.CASE, ordinal_lower),
        "TitleCase": (_Step.CASE, title_case),
        "McNameCase": (_Step.CASE, mc_name_case),
        "Trim": (_Step.CUT, str.strip),
        **{name: (_Step.ENCODE, encoder) for name, encoder in ENCODERS.items()},
    }
)
"""Modifiers without arguments."""
