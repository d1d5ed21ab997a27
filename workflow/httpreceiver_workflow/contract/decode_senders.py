"""Sender settings → records (contract 8)."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from httpreceiver_workflow.contract.connection_strings import NO_HOST_CONFIGURATION
from httpreceiver_workflow.contract.decode_parts import (
    check_thumbprint,
    read_formatting,
    read_message_options,
    read_message_type,
    read_source,
    read_thumbprint,
    warn_of_secret,
)
from httpreceiver_workflow.contract.encodings import DEFAULT_ENCODING, python_encoding
from httpreceiver_workflow.contract.enums import (
    DataProvider,
    Direction,
    HttpAuthentication,
    HttpMethod,
    MessageType,
    OAuthClientAuthentication,
    OAuthResourceParameter,
    ProxyUse,
)
from httpreceiver_workflow.contract.fields import Reader
from httpreceiver_workflow.contract.findings import LinkKind
from httpreceiver_workflow.contract.sender_settings import (
    Activity,
    CodeSender,
    DatabaseParameter,
    DatabaseSender,
    DisabledActivity,
    FileWriter,
    Header,
    HttpSender,
    OAuthSettings,
    Sender,
)
from httpreceiver_workflow.contract.support import fields_of
from httpreceiver_workflow.contract.values import json_kind, shown
from httpreceiver_workflow.problem_codes import ProblemCode

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SECRET_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "x-api-key", "api-key", "cookie"})
_HEADERS_OF_THE_CLIENT: Final = frozenset({"content-length", "transfer-encoding", "connection"})
_LONGEST_TIMEOUT_S: Final = 2_147_483
"""What fits the product's 32-bit milliseconds."""


def disabled_activity(reader: Reader, class_name: str = "") -> DisabledActivity:
    """
    Return any sender that is switched off; nothing else of it is read.

    Its links are noted, so that they must lead somewhere and what they lead to does not count as unused.
    """
    reader.link("Filters", LinkKind.FILTERS)
    reader.link("Transformers", LinkKind.TRANSFORMERS)
    return DisabledActivity(
        where=reader.where,
        class_name=class_name,
        id=reader.guid("Id") or "",
        name=reader.text("Name"),
        disabled=reader.flag("Disabled"),
    )


def refused_activity(reader: Reader) -> Activity:
    """Return what all senders share of one whose class cannot run, so that its lists are looked at too."""
    return Activity(
        where=reader.where,
        id=reader.guid("Id") or "",
        filters=reader.link("Filters", LinkKind.FILTERS),
        transformers=reader.link("Transformers", LinkKind.TRANSFORMERS),
    )


def _read_activity(reader: Reader, default_type: MessageType = MessageType.UNKNOWN) -> dict[str, Any]:
    """Return the fields of `Activity`, by name."""
    message_type = read_message_type(reader, default_type)
    transformers = reader.link("Transformers", LinkKind.TRANSFORMERS)
    return {
        "where": reader.where,
        "id": reader.guid("Id") or "",
        "name": reader.text("Name"),
        "disabled": reader.flag("Disabled"),
        "filters": reader.link("Filters", LinkKind.FILTERS),
        "transformers": None if reader.flag("TransformersNotAvailable") else transformers,
        "message_type": message_type,
        "message_options": read_message_options(reader, message_type),
        "message_template": reader.text("MessageTemplate"),
    }


# --- file writer ---------------------------------------------------------------------------------------------------


def file_writer(reader: Reader) -> FileWriter:
    """FileWriterSenderSetting."""
    path = _required(reader, "FilePathToWrite", "nothing says where to write")
    moves = reader.flag("MoveIntoDirectoryOnComplete")
    directory = reader.text("DirectoryToMoveInto", "c:\\")
    if moves and not directory.strip():
        message = "MoveIntoDirectoryOnComplete is true but DirectoryToMoveInto is empty."
        reader.report("DirectoryToMoveInto", ProblemCode.FIELD_MISSING, message)
    return FileWriter(
        **_read_activity(reader),
        file_path=path,
        move_when_complete=moves,
        move_into_directory=directory,
        max_records_per_file=reader.integer("MaxRecordsPerFile", 5000, 1, 2**31 - 1),
    )


def _required(reader: Reader, name: str, why: str) -> str:
    text = reader.text(name)
    if not text.strip():
        reader.report(name, ProblemCode.FIELD_MISSING, f"{name} is missing: {why}.")
    return text


# --- database ------------------------------------------------------------------------------------------------------


def database_sender(reader: Reader) -> DatabaseSender:
    """DatabaseSenderSetting."""
    activity = _read_activity(reader, MessageType.SQL)
    if not (activity["message_template"].strip() or activity["transformers"] or activity["filters"]):
        reader.report("MessageTemplate", ProblemCode.FIELD_MISSING, "MessageTemplate is missing: there is no SQL.")
    return DatabaseSender(
        **activity,
        provider=_read_provider(reader),
        connection_string=_read_connection_string(reader),
        parameters=_read_database_parameters(reader),
        returns_row=not reader.flag("ResponseNotAvailable", True),
    )


def _read_provider(reader: Reader) -> DataProvider:
    provider = reader.enum("DataProvider", DataProvider, DataProvider.SQL_CLIENT)
    if provider is not DataProvider.SQLITE:
        why = "OLE DB exists only on Windows" if provider is DataProvider.OLE_DB else "it is not built yet"
        given = "is" if reader.has("DataProvider") else "is missing, which means"
        message = f"DataProvider {given} {provider.value} ({provider.name}): {why}; 7 (SQLITE) runs here."
        reader.report("DataProvider", ProblemCode.FIELD_NOT_SUPPORTED, message)
    return provider


def _read_connection_string(reader: Reader) -> str:
    text = _required(reader, "ConnectionString", "nothing says which database")
    if text.lstrip().lower().startswith("config="):
        reader.report("ConnectionString", ProblemCode.CONNECTION_STRING_REFUSED, f"{NO_HOST_CONFIGURATION}.")
    return text


def _read_database_parameters(reader: Reader) -> tuple[DatabaseParameter, ...]:
    parameters: dict[str, DatabaseParameter] = {}
    for where, value in reader.items("Parameters"):
        if not isinstance(value, Mapping):
            message = f"A parameter must be an object, not {json_kind(value)}."
            reader.findings.report(where, ProblemCode.FIELD_WRONG_TYPE, message)
            continue
        inner = Reader("DatabaseSettingParameter", fields_of("DatabaseSettingParameter"), value, where, reader.findings)
        parameter = read_database_parameter(inner)
        inner.finish()
        if parameters.setdefault(parameter.name.lower(), parameter) is not parameter:
            message = f"Another parameter is called {shown(parameter.name)} too; letter case does not tell them apart."
            inner.report("Name", ProblemCode.SQL_PARAMETER_DUPLICATE, message)
    return tuple(parameters.values())


def read_database_parameter(reader: Reader) -> DatabaseParameter:
    """Return one entry of `Parameters`; without a direction its value is literal text (database-reader.md)."""
    if reader.guid("FromSetting") is not None and not reader.has("FromDirection"):
        reader.without_effect("FromSetting", "FromDirection is missing, so that Value is literal text.")
    return DatabaseParameter(
        where=reader.where,
        name=_required(reader, "Name", "the value belongs to no parameter of the SQL").strip(),
        source=read_source(reader, path="Value", default=Direction.VARIABLE),
        formatting=read_formatting(reader),
    )


# --- code ----------------------------------------------------------------------------------------------------------


def code_sender(reader: Reader) -> CodeSender:
    """CodeSenderSetting."""
    return CodeSender(
        **_read_activity(reader),
        code=reader.text("Code"),
        uses_response=reader.flag("UseResponse"),
        response_template=reader.text("ResponseMessageTemplate"),
        authored_response_type=read_message_type(reader, MessageType.UNKNOWN, "ResponseMessageType"),
    )


# --- HTTP sender ---------------------------------------------------------------------------------------------------


def http_sender(reader: Reader) -> HttpSender:
    """HttpSenderSetting."""
    authentication, oauth = _read_authentication(reader)
    user_name, password = reader.text("UserName"), reader.text("Password")
    warn_of_secret(reader, "Password", password)
    if (user_name or password) and authentication is not HttpAuthentication.BASIC:
        reader.without_effect("UserName" if user_name else "Password", "Basic authentication is off.")
    return HttpSender(
        **_read_activity(reader),
        **_read_proxy(reader),
        server=_required(reader, "Server", "nothing says which URL to call"),
        method=reader.enum("Method", HttpMethod, HttpMethod.POST),
        content_type=reader.text("ContentType", "text/plain"),
        encoding=_read_encoding(reader),
        timeout_s=reader.integer("TimeoutSeconds", 30, 1, _LONGEST_TIMEOUT_S),
        wait_for_response=reader.flag("WaitForResponse", True),
        headers=_read_headers(reader),
        authentication=authentication,
        user_name=user_name,
        password=password,
        oauth=oauth,
        certificate_thumbprint=_read_client_certificate(reader),
    )


def _read_authentication(reader: Reader) -> tuple[HttpAuthentication, OAuthSettings | None]:
    """Return the effective mode; `Authentication` is the older switch for Basic and does not overrule OAuth2."""
    legacy = reader.flag("Authentication")
    mode = reader.enum("AuthenticationMode", HttpAuthentication, HttpAuthentication.NONE)
    members = reader.child("OAuthSettings")
    if mode is not HttpAuthentication.OAUTH2:
        return (HttpAuthentication.BASIC if legacy else mode), None
    if members is None:
        message = "AuthenticationMode is OAuth2 but OAuthSettings is missing."
        reader.report("OAuthSettings", ProblemCode.FIELD_MISSING, message)
        return mode, None
    inner = Reader(
        "OAuthSettings", fields_of("OAuthSettings"), members, reader.where_of("OAuthSettings"), reader.findings
    )
    oauth = oauth_settings(inner)
    inner.finish()
    return mode, oauth


def oauth_settings(reader: Reader) -> OAuthSettings:
    """OAuthSettings of an HTTP sender whose mode is OAuth2."""
    secret = reader.text("ClientSecret")
    warn_of_secret(reader, "ClientSecret", secret)
    return OAuthSettings(
        where=reader.where,
        token_endpoint=_required(reader, "TokenEndpoint", "nothing says where tokens come from"),
        client_id=_required(reader, "ClientId", "nothing says who asks for tokens"),
        client_secret=secret,
        scope=reader.text("Scope"),
        resource_parameter=reader.enum("ResourceParameterType", OAuthResourceParameter, OAuthResourceParameter.NONE),
        resource_value=reader.text("ResourceOrAudience"),
        client_authentication=reader.enum(
            "ClientAuthenticationStyle",
            OAuthClientAuthentication,
            OAuthClientAuthentication.BASIC_AUTHENTICATION_HEADER,
        ),
        expiry_skew_s=reader.integer("ExpirySkewSeconds", 60, 0, _LONGEST_TIMEOUT_S),
    )


def _read_encoding(reader: Reader) -> str:
    name = reader.text("Encoding")
    encoding = python_encoding(name)
    if encoding is None:
        reader.report("Encoding", ProblemCode.ENCODING_UNKNOWN, f"Encoding is {shown(name)}, which is not known.")
    return encoding or DEFAULT_ENCODING


def _read_client_certificate(reader: Reader) -> str:
    name = "AuthenticationCertificateThumbprint"
    thumbprint = read_thumbprint(reader, name)
    if not reader.flag("UseAuthenticationCertificate"):
        if thumbprint:
            reader.without_effect(name, "UseAuthenticationCertificate is false.")
        return ""
    if not thumbprint:
        message = f"UseAuthenticationCertificate is true but {name} is blank."
        reader.report(name, ProblemCode.FIELD_MISSING, message)
    else:
        check_thumbprint(reader, name, thumbprint)
    return thumbprint


def _read_proxy(reader: Reader) -> dict[str, Any]:
    use = reader.enum("UseProxy", ProxyUse, ProxyUse.USE_DEFAULT_PROXY)
    address = reader.text("ProxyAddress")
    password = reader.text("ProxyPassword")
    warn_of_secret(reader, "ProxyPassword", password)
    if use is ProxyUse.MANUAL_PROXY and not address.strip():
        reader.report("ProxyAddress", ProblemCode.FIELD_MISSING, "UseProxy is ManualProxy but ProxyAddress is empty.")
    if use is not ProxyUse.MANUAL_PROXY and address:
        reader.without_effect("ProxyAddress", "UseProxy is not ManualProxy.")
    return {
        "proxy": use,
        "proxy_address": address,
        "proxy_user_name": reader.text("ProxyUserName"),
        "proxy_password": password,
    }


def _read_headers(reader: Reader) -> tuple[Header, ...]:
    headers = []
    for where, value in reader.items("Headers"):
        if not isinstance(value, Mapping):
            message = f"A header must be an object, not {json_kind(value)}."
            reader.findings.report(where, ProblemCode.FIELD_WRONG_TYPE, message)
            continue
        inner = Reader("header", fields_of("header"), value, where, reader.findings)
        header = read_header(inner)
        inner.finish()
        # The product skips entries without a name too.
        if header.name:
            headers.append(header)
    return tuple(headers)


def read_header(reader: Reader) -> Header:
    """Return one entry of `Headers`."""
    name = reader.text("Name").strip()
    if name and not _HEADER_NAME.fullmatch(name):
        reader.report("Name", ProblemCode.HEADER_NAME_INVALID, f"{shown(name)} cannot be the name of a header.")
    if name.lower() in _HEADERS_OF_THE_CLIENT:
        reader.report("Name", ProblemCode.HEADER_NAME_INVALID, f"The HTTP client writes {name} itself.")
    source = read_source(reader, path="Value")
    if name.lower() in _SECRET_HEADERS and source.setting is None and "${" not in source.path:
        warn_of_secret(reader, "Value", source.path)
    return Header(where=reader.where, name=name, source=source)


SENDER_DECODERS: Final[Mapping[str, Callable[[Reader], Sender]]] = MappingProxyType(
    {
        "HttpSenderSetting": http_sender,
        "FileWriterSenderSetting": file_writer,
        "DatabaseSenderSetting": database_sender,
        "CodeSenderSetting": code_sender,
    }
)
