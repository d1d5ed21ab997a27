"""HttpReceiverSetting → `HttpReceiver`, field by field (contract 3); `receiver_rules` judges what they say together."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract.built_in import warn_of_read_only
from httpreceiver_workflow.contract.decode_parts import read_message_options, read_message_type, read_thumbprint
from httpreceiver_workflow.contract.enums import MessageType, ResponsePriority
from httpreceiver_workflow.contract.fields import Reader
from httpreceiver_workflow.contract.findings import Findings, LinkKind
from httpreceiver_workflow.contract.receiver_rules import check_receiver
from httpreceiver_workflow.contract.service_name import read_service_name
from httpreceiver_workflow.contract.setting_parts import VariableDescriptor
from httpreceiver_workflow.contract.settings import HttpReceiver
from httpreceiver_workflow.contract.support import fields_of
from httpreceiver_workflow.contract.values import json_kind, shown
from httpreceiver_workflow.options.compatibility import MessageTypeAbsent
from httpreceiver_workflow.problem_codes import ProblemCode

_ABSENT_TYPES: Final = {MessageTypeAbsent.HL7: MessageType.HL7_V2, MessageTypeAbsent.INFERRED: MessageType.UNKNOWN}


def http_receiver(reader: Reader) -> HttpReceiver:
    """HttpReceiverSetting."""
    message_type = read_message_type(reader, _ABSENT_TYPES[reader.findings.compatibility.message_type_absent])
    hosted = reader.flag("UseIntegrationHostServiceAddress")
    name = reader.text("Name")
    query_parameters, url_sections = _read_variables(reader)
    use_default_certificate = reader.flag("UseDefaultSSLCertificate", True)
    thumbprint = read_thumbprint(reader, "CertificateThumbPrint")
    transformers = reader.link("Transformers", LinkKind.TRANSFORMERS)
    receiver = HttpReceiver(
        where=reader.where,
        id=reader.guid("Id"),
        name=name,
        pattern_name=reader.text("WorkflowPatternName").strip() or name,
        disabled=reader.flag("Disabled"),
        service_name=read_service_name(reader),
        port=_read_port(reader, hosted),
        hosted=hosted,
        use_ssl=reader.flag("UseSsl"),
        certificate_thumbprint="" if use_default_certificate else thumbprint,
        authentication=reader.flag("Authentication"),
        user_name=reader.text("AuthenticationUserName"),
        password=reader.text("AuthenticationPassword"),
        require_client_certificate=reader.flag("RequireClientCertificate"),
        client_certificate_thumbprints=reader.text("ClientCertificateThumbPrint"),
        message_type=message_type,
        message_options=read_message_options(reader, message_type),
        received_message_template=reader.text("ReceivedMessageTemplate"),
        query_parameters=query_parameters,
        url_sections=url_sections,
        filters=reader.link("Filters", LinkKind.FILTERS),
        variable_transformers=reader.link("VariableTransformers", LinkKind.TRANSFORMERS),
        activities=reader.links("Activities", LinkKind.ACTIVITY),
        response_priority=reader.enum("ReponsePriority", ResponsePriority, ResponsePriority.AFTER_ALL_PROCESSING),
        response_template=reader.text("ResponseMessageTemplate"),
        response_transformers=None if reader.flag("TransformersNotAvailable") else transformers,
        return_custom_response=reader.optional_flag("ReturnCustomResponse"),
        return_no_response=reader.flag("ReturnNoResponse"),
        return_response_from_activity=reader.flag("ReturnResponseFromActivity"),
        response_activity=_read_response_activity(reader),
        response_activity_name=reader.text("ReturnResponseFromActivityName"),
        return_application_accept=reader.flag("ReturnApplicationAccept"),
        return_application_reject=reader.flag("ReturnApplicationReject"),
        reject_message=reader.text("RejectMessage"),
        return_application_error=reader.flag("ReturnApplicationError"),
        error_message=reader.text("ErrorMessage"),
    )
    check_receiver(reader, receiver, thumbprint, use_default_certificate)
    return receiver


def _read_port(reader: Reader, hosted: bool) -> int:
    """Return `Port`; a hosted receiver does not use it, so that any number may stand there."""
    if hosted:
        return reader.integer("Port", 8080, -(2**31), 2**31 - 1)
    return reader.integer("Port", 8080, 1, 65535, out_of_range=ProblemCode.PORT_INVALID)


def _read_response_activity(reader: Reader) -> str | None:
    """Return the activity to answer with; a stale GUID does no harm while that mode is off."""
    if reader.flag("ReturnResponseFromActivity"):
        return reader.link("ReturnResponseFromActivityId", LinkKind.RESPONSE_ACTIVITY)
    return reader.guid("ReturnResponseFromActivityId")


# --- variables of the request --------------------------------------------------------------------------------------


def _read_variables(reader: Reader) -> tuple[Mapping[str, VariableDescriptor], tuple[VariableDescriptor, ...]]:
    """Return the query parameters by name in lower case, and the URL sections in order."""
    taken: dict[str, str] = {}
    parameters: dict[str, VariableDescriptor] = {}
    for where, key, value in reader.members("QueryStringParameters"):
        descriptor = _read_descriptor(value, where, key, taken, reader.findings)
        if key.lower() in parameters:
            message = f"Query parameter {shown(key)} is declared twice, as names ignore case; the last one counts."
            reader.findings.report(where, ProblemCode.VARIABLE_NAME_DUPLICATE, message)
        if descriptor is not None:
            parameters[key.lower()] = descriptor
    sections = [
        _read_descriptor(value, where, "", taken, reader.findings) for where, value in reader.items("UrlSections")
    ]
    for switch, name, declared in (
        ("ExtractParameters", "QueryStringParameters", parameters),
        ("ExtractUrlSections", "UrlSections", sections),
    ):
        if declared and not reader.flag(switch):
            reader.without_effect(name, f"{switch} is false.")
    return (
        MappingProxyType(parameters if reader.flag("ExtractParameters") else {}),
        tuple(item for item in sections if item is not None) if reader.flag("ExtractUrlSections") else (),
    )


def _read_descriptor(
    value: object, where: str, key: str, taken: dict[str, str], findings: Findings
) -> VariableDescriptor | None:
    """
    Return one VariableCreator.

    Args:
        key: name of the query parameter, which serves when `VariableName` is blank; ``""`` for a URL section.
        taken: variable in lower case → where it is declared; this one is added.
    """
    if not isinstance(value, Mapping):
        message = f"A variable descriptor must be an object, not {json_kind(value)}."
        findings.report(where, ProblemCode.FIELD_WRONG_TYPE, message)
        return None
    reader = Reader("VariableCreator", fields_of("VariableCreator"), value, where, findings)
    descriptor = read_descriptor(reader, key)
    reader.finish()
    variable = descriptor.name.lower()
    if variable and variable in taken:
        message = f"Variable {shown(descriptor.name)} is set by {taken[variable]} too."
        reader.report("VariableName", ProblemCode.VARIABLE_NAME_DUPLICATE, message)
    if variable:
        taken[variable] = where
    return descriptor


def read_descriptor(reader: Reader, key: str) -> VariableDescriptor:
    """Return one VariableCreator; see `_read_descriptor`."""
    name = reader.text("VariableName").strip()
    if key and name and name.lower() != key.lower():
        message = f"Query parameter {shown(key)} sets variable {shown(name)}."
        reader.report("VariableName", ProblemCode.VARIABLE_NAME_MISMATCH, message)
    if not name and not key:
        reader.report("VariableName", ProblemCode.FIELD_MISSING, "VariableName is missing: nothing says what to set.")
    warn_of_read_only(reader, "VariableName", name or key)
    return VariableDescriptor(
        name=name or key,
        sample=reader.text("SampleVariableValue"),
        is_default=reader.flag("SampleValueIsDefaultValue"),
    )
