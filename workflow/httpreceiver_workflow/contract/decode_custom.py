"""Custom transformers and parameters → records (contract 5.2)."""

from collections.abc import Mapping
from types import MappingProxyType

from httpreceiver_workflow.contract.built_in import warn_of_read_only
from httpreceiver_workflow.contract.class_binding import check_class, class_of
from httpreceiver_workflow.contract.custom_transformers import (
    CUSTOM_TRANSFORMERS,
    OUTPUT_VARIABLE,
    transformer_named,
)
from httpreceiver_workflow.contract.decode_parts import read_source
from httpreceiver_workflow.contract.fields import Reader
from httpreceiver_workflow.contract.findings import Findings
from httpreceiver_workflow.contract.list_settings import CreateParameter, CustomTransform
from httpreceiver_workflow.contract.support import Kind, fields_of
from httpreceiver_workflow.contract.values import json_kind, shown
from httpreceiver_workflow.problem_codes import ProblemCode

_PARAMETER = "CreateParameterTransformerAction"


def create_parameter(reader: Reader) -> CreateParameter:
    """CreateParameterTransformerAction that stands alone: it sets a variable."""
    name = reader.text("ParameterName")
    if not name.strip():
        reader.report("ParameterName", ProblemCode.FIELD_MISSING, "ParameterName is missing: nothing says what to set.")
    warn_of_read_only(reader, "ParameterName", name)
    return _parameter(reader, name)


def _parameter(reader: Reader, name: str) -> CreateParameter:
    source = read_source(reader)
    required = reader.flag("IsRequired")
    if required and source.is_literal and not source.path.strip():
        message = f"The parameter {shown(name)} is required but its FromPath is blank."
        reader.report("FromPath", ProblemCode.FIELD_MISSING, message)
    return CreateParameter(where=reader.where, name=name, source=source, required=required)


def custom_transform(reader: Reader) -> CustomTransform:
    """CustomTransformerAction."""
    written = reader.text("CustomTransformerTypeName")
    transformer = transformer_named(written)
    if not written.strip():
        message = "CustomTransformerTypeName is missing: nothing says what to run."
        reader.report("CustomTransformerTypeName", ProblemCode.FIELD_MISSING, message)
    elif transformer is None:
        message = f"The custom transformer {shown(written)} is none of {', '.join(CUSTOM_TRANSFORMERS)}."
        reader.report("CustomTransformerTypeName", ProblemCode.CUSTOM_TRANSFORMER_UNKNOWN, message)
    parameters = _parameters(reader, transformer)
    output = parameters.pop(OUTPUT_VARIABLE.lower(), None)
    default = CUSTOM_TRANSFORMERS[transformer].output if transformer else ""
    return CustomTransform(
        where=reader.where,
        transformer=transformer or "",
        parameters=MappingProxyType(parameters),
        output=_output_variable(reader, output) or default,
    )


def _parameters(reader: Reader, transformer: str | None) -> dict[str, CreateParameter]:
    """Return the parameters by name in lower case; of a transformer we do not know, all of them."""
    known = {name.lower() for name in CUSTOM_TRANSFORMERS[transformer].parameters} if transformer else None
    parameters: dict[str, CreateParameter] = {}
    for where, name, value in reader.members("Parameters"):
        decoded = _decode_parameter(where, name, value, reader.findings)
        if known is not None and name.strip().lower() not in known:
            message = f"{transformer} has no parameter {shown(name)}; it is ignored."
            reader.findings.report(where, ProblemCode.FIELD_UNKNOWN, message)
        elif decoded is not None:
            parameters[name.strip().lower()] = decoded
    return parameters


def _decode_parameter(where: str, name: str, value: object, findings: Findings) -> CreateParameter | None:
    if not isinstance(value, Mapping):
        message = f"A parameter must be an object, not {json_kind(value)}."
        findings.report(where, ProblemCode.FIELD_WRONG_TYPE, message)
        return None
    # A serialiser that knows the dictionary's value type writes no $type.
    class_name = class_of(value, where)
    if class_name.name and class_name.name != _PARAMETER:
        if check_class(class_name, Kind.ACTION, findings):
            message = f"{class_name.name} is no parameter; a {_PARAMETER} belongs here."
            findings.report(class_name.where, ProblemCode.TYPE_NOT_FITTING, message)
        return None
    reader = Reader(_PARAMETER, fields_of(_PARAMETER), value, where, findings)
    inner = reader.text("ParameterName")
    if inner.strip() and inner.strip().lower() != name.strip().lower():
        reader.without_effect("ParameterName", f"the parameter's key in Parameters is {shown(name)}.")
    decoded = _parameter(reader, name.strip())
    reader.finish()
    return decoded


def _output_variable(reader: Reader, parameter: CreateParameter | None) -> str:
    """Return the variable that *parameter* names; it must be known before the workflow runs (contract 5.5)."""
    if parameter is None:
        return ""
    name = parameter.source.path.strip()
    if not parameter.source.is_literal or "${" in name:
        message = f"{OUTPUT_VARIABLE} must be literal text without placeholders."
        reader.findings.report(parameter.where, ProblemCode.FIELD_NOT_SUPPORTED, message)
        return ""
    warn_of_read_only(reader, "Parameters", name)
    return name
