"""What the fields of a receiver say together: contradictions, and combinations that are less safe than they look."""

import re
from typing import Final

from httpreceiver_workflow.contract.decode_parts import check_thumbprint, is_global
from httpreceiver_workflow.contract.enums import MessageType, ResponsePriority
from httpreceiver_workflow.contract.fields import Reader
from httpreceiver_workflow.contract.response_mode import ResponseMode, chosen_modes, response_mode
from httpreceiver_workflow.contract.settings import HttpReceiver
from httpreceiver_workflow.contract.values import shown
from httpreceiver_workflow.problem_codes import ProblemCode

_GENERATED: Final = frozenset({ResponseMode.ERROR, ResponseMode.REJECT, ResponseMode.ACCEPT})
_COMPLETE_THUMBPRINT = re.compile(r"[0-9A-Fa-f]{40}")


def check_receiver(reader: Reader, receiver: HttpReceiver, thumbprint: str, use_default_certificate: bool) -> None:
    """
    Report every combination of fields that is contradictory or unsafe.

    Args:
        thumbprint: `CertificateThumbPrint` in normal form, whether or not it counts.
    """
    _check_server_certificate(reader, receiver, thumbprint, use_default_certificate)
    _check_basic_authentication(reader, receiver)
    _check_client_certificate(reader, receiver)
    _check_response(reader, receiver)


def _check_server_certificate(
    reader: Reader, receiver: HttpReceiver, thumbprint: str, use_default_certificate: bool
) -> None:
    name = "CertificateThumbPrint"
    if receiver.hosted:
        if receiver.use_ssl:
            reader.without_effect("UseSsl", "the host's service address decides between HTTP and HTTPS.")
        if thumbprint:
            reader.without_effect(name, "the host's service address has a certificate of its own.")
    elif not receiver.use_ssl:
        if thumbprint:
            reader.without_effect(name, "UseSsl is false.")
    elif use_default_certificate:
        if thumbprint:
            message = "The default certificate is used, not the one CertificateThumbPrint names."
            reader.report(name, ProblemCode.CERTIFICATE_CONTRADICTION, message)
    elif not thumbprint:
        message = "UseDefaultSSLCertificate is false, so CertificateThumbPrint must name a certificate."
        reader.report(name, ProblemCode.CERTIFICATE_THUMBPRINT_MISSING, message)
    else:
        check_thumbprint(reader, name, thumbprint)


def _check_basic_authentication(reader: Reader, receiver: HttpReceiver) -> None:
    if receiver.password and not is_global(receiver.password):
        message = "AuthenticationPassword holds a password in clear text."
        reader.report("AuthenticationPassword", ProblemCode.PASSWORD_IN_WORKFLOW, message)
    if not receiver.authentication:
        if receiver.user_name and receiver.password:
            reader.without_effect("AuthenticationUserName", "Authentication is false, so nobody is asked.")
    elif receiver.hosted:
        message = "Basic authentication is not enforced on the host's service address."
        reader.report("Authentication", ProblemCode.BASIC_AUTH_HOSTED, message)
    elif not receiver.use_ssl:
        message = "Basic authentication is not enforced over plain HTTP."
        reader.report("Authentication", ProblemCode.BASIC_AUTH_WITHOUT_TLS, message)
    elif not receiver.user_name or not receiver.password:
        empty = "AuthenticationUserName" if not receiver.user_name else "AuthenticationPassword"
        reader.report(empty, ProblemCode.BASIC_AUTH_EMPTY, f"Authentication is true but {empty} is empty.")


def _check_client_certificate(reader: Reader, receiver: HttpReceiver) -> None:
    name = "ClientCertificateThumbPrint"
    accepted = receiver.client_certificate_thumbprints
    if not receiver.require_client_certificate:
        if accepted.strip():
            reader.without_effect(name, "RequireClientCertificate is false.")
        return
    if not receiver.hosted and not receiver.use_ssl:
        message = "No client certificate is asked for over plain HTTP."
        reader.report("RequireClientCertificate", ProblemCode.CLIENT_CERTIFICATE_WITHOUT_TLS, message)
    if not accepted.strip():
        message = "No thumbprint is accepted, so every request is refused."
        if receiver.hosted:
            message = "No thumbprint is accepted, so only the host's admin certificate is let in."
        reader.report(name, ProblemCode.CLIENT_CERTIFICATE_EMPTY, message)
        return
    pieces = [piece.strip(" \t\r\n\u200e") for piece in accepted.split(",")]
    for piece in pieces:
        if piece and not _COMPLETE_THUMBPRINT.fullmatch(piece):
            message = f"{shown(piece)} is not a complete thumbprint of 40 hexadecimal digits."
            reader.report(name, ProblemCode.CLIENT_CERTIFICATE_SUBSTRING, message)


def _check_response(reader: Reader, receiver: HttpReceiver) -> None:
    compatibility = reader.findings.compatibility
    mode, chosen = response_mode(receiver, compatibility), chosen_modes(receiver, compatibility)
    if len(chosen) > 1:
        message = f"The response modes {', '.join(chosen)} are on; {mode} is used."
        reader.report(_FLAGS[chosen[1]], ProblemCode.RESPONSE_MODES_CONFLICT, message)
    if mode is ResponseMode.ACTIVITY:
        if receiver.response_activity is None:
            message = "ReturnResponseFromActivity is true but ReturnResponseFromActivityId names no activity."
            reader.report("ReturnResponseFromActivityId", ProblemCode.RESPONSE_ACTIVITY_NOT_RUN, message)
        if receiver.response_priority is not ResponsePriority.AFTER_ALL_PROCESSING:
            message = (
                f"ReponsePriority {receiver.response_priority.value} is raised to 2, as the response needs an activity."
            )
            reader.report("ReponsePriority", ProblemCode.RESPONSE_PRIORITY_RAISED, message)
    # A type of 0 is inferred later and may turn out to be HL7.
    if mode in _GENERATED and receiver.message_type not in (MessageType.HL7_V2, MessageType.UNKNOWN):
        message = f"A generated {mode} has no body for MessageType {receiver.message_type.value}."
        reader.report(_FLAGS[mode if chosen else ResponseMode.CUSTOM], ProblemCode.RESPONSE_EMPTY, message)
    if mode is not ResponseMode.CUSTOM and receiver.response_transformers is not None:
        reader.without_effect("Transformers", "response transformers run on a custom response only.")


_FLAGS: Final = {
    ResponseMode.NONE: "ReturnNoResponse",
    ResponseMode.ACTIVITY: "ReturnResponseFromActivity",
    ResponseMode.CUSTOM: "ReturnCustomResponse",
    ResponseMode.ERROR: "ReturnApplicationError",
    ResponseMode.REJECT: "ReturnApplicationReject",
    ResponseMode.ACCEPT: "ReturnApplicationAccept",
}
