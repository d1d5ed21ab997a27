"""
Custom transformers: their parameters resolved, their text converted, their variable set (contract 5.2).

A converter is one function in `CONVERTERS`; which names exist and what they are is in `contract.custom_transformers`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.custom_transformers import NAME_ORDER, PERSON_IDENTIFIER, VALUE
from httpreceiver_workflow.contract.list_settings import CreateParameter, CustomTransform
from httpreceiver_workflow.messages.message import MessageFault
from httpreceiver_workflow.pipeline.bindings import compile_source, own_message
from httpreceiver_workflow.pipeline.exchange import Exchange, Instruction, Text
from httpreceiver_workflow.pipeline.formatting.hl7_names import clinician_name, is_name_order, person_name
from httpreceiver_workflow.pipeline.formatting.hl7_values import (
    address,
    digits,
    letters_and_digits,
    letters_digits_and_spaces,
    phone,
)
from httpreceiver_workflow.pipeline.scope import Scope
from httpreceiver_workflow.pipeline.templates import is_constant
from httpreceiver_workflow.pipeline.variables import write_variable
from httpreceiver_workflow.problem_codes import ProblemCode

Options = Mapping[str, str]
"""The parameters besides `Value`, by name in lower case; one that is not set is missing."""

Converter = Callable[[str, Options], str]


def compile_parameter(parameter: CreateParameter, scope: Scope) -> Text:
    """Return the reader of *parameter*; it raises MessageFault when the value is required and blank."""
    read = compile_source(parameter.source, parameter.where, scope)
    if not parameter.required:
        return read
    name = parameter.name

    def read_required(exchange: Exchange) -> str:
        value = read(exchange)
        if not value.strip():
            raise MessageFault(f"the required parameter {name} is blank")
        return value

    return read_required


def compile_custom_transform(action: CustomTransform, scope: Scope) -> Instruction:
    """Compile *action*; without `Value` it converts the text of the list's own message, as it is at that moment."""
    readers = {name: compile_parameter(parameter, scope) for name, parameter in action.parameters.items()}
    read = readers.pop(VALUE.lower(), None) or scope.tracer.reader("", scope.target, _own_text(scope.target))
    convert = CONVERTERS[action.transformer]
    write = write_variable(action.output)
    _check_name_order(action, scope)

    def run(exchange: Exchange) -> None:
        options = {name: reader(exchange) for name, reader in readers.items()}
        write(exchange, convert(read(exchange), options))

    return run


def _own_text(slot: int) -> Text:
    def read(exchange: Exchange) -> str:
        if exchange.pending is not None:
            exchange.pending.expand(exchange)
        return own_message(exchange, slot).text()

    return read


def _check_name_order(action: CustomTransform, scope: Scope) -> None:
    parameter = action.parameters.get(NAME_ORDER.lower())
    if parameter is None or not parameter.source.is_literal or not is_constant(parameter.source.path):
        return
    if parameter.source.path.strip() and not is_name_order(parameter.source.path):
        message = f"{NAME_ORDER} must be FML, FL, LFM or LF, or words for them, with / between alternatives."
        scope.report(parameter.where, ProblemCode.FIELD_NOT_SUPPORTED, message)


def _person_name(value: str, options: Options) -> str:
    return person_name(value, options.get(NAME_ORDER.lower(), ""))


def _clinician_name(value: str, options: Options) -> str:
    return clinician_name(value, options.get(NAME_ORDER.lower(), ""), options.get(PERSON_IDENTIFIER.lower(), ""))


CONVERTERS: Final[Mapping[str, Converter]] = MappingProxyType(
    {
        "DigitsOnlyTransformer": lambda value, _: digits(value),
        "LettersAndDigitsOnlyTransformer": lambda value, _: letters_and_digits(value),
        "LettersDigitsAndSpacesOnlyTransformer": lambda value, _: letters_digits_and_spaces(value),
        "TextToHl7NameTransformer": _person_name,
        "TextToHl7ClinicianNameTransformer": _clinician_name,
        "TextToHl7AddressTransformer": lambda value, _: address(value),
        "TextToHl7PhoneTransformer": lambda value, _: phone(value),
    }
)
"""Class name of the transformer → what it does to its text."""
