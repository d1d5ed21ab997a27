"""
Activities: one sender compiled to a step of the run, from its template to its stored response (contract 5.5, 8, 10).

Adding an activity is one builder of calls and one reader of replies in `SENDERS`, and a performer in the listener.
"""

import base64
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from httpreceiver_workflow.contract.enums import (
    HttpAuthentication,
    HttpMethod,
    MessageType,
    OAuthClientAuthentication,
    OAuthResourceParameter,
    ProxyUse,
)
from httpreceiver_workflow.contract.sender_settings import (
    CodeSender,
    DatabaseSender,
    FileWriter,
    HttpSender,
    OAuthSettings,
    Sender,
)
from httpreceiver_workflow.contract.setting_parts import DicomOptions
from httpreceiver_workflow.contract.settings import Workflow
from httpreceiver_workflow.options.compatibility import ActivityFilters
from httpreceiver_workflow.pipeline.activities.database_calls import compile_database_sender, judge_sql, writes_message
from httpreceiver_workflow.pipeline.activity_step import ActivityStep, CallBuilder, ReplyReader
from httpreceiver_workflow.pipeline.bindings import compile_source, own_message
from httpreceiver_workflow.pipeline.code.steps import begin_unfiltered, compile_code_sender, runs_code
from httpreceiver_workflow.pipeline.content.bodies import decode_base64, decode_bytes, encode_text, is_dicom_file
from httpreceiver_workflow.pipeline.effects import (
    BasicCredentials,
    Fault,
    FaultKind,
    FileWrite,
    HttpCall,
    OAuthCredentials,
    Proxy,
    Reply,
    Stage,
)
from httpreceiver_workflow.pipeline.exchange import Exchange, ExchangeFault, Instruction, Text
from httpreceiver_workflow.pipeline.filters.predicate import compile_filters
from httpreceiver_workflow.pipeline.scope import Scope
from httpreceiver_workflow.pipeline.templates import (
    MessageTemplate,
    compile_file_path,
    compile_template,
    constant,
    expand_credential,
)
from httpreceiver_workflow.pipeline.transforms.transformer import assigned_variables, compile_actions
from httpreceiver_workflow.problem_codes import ProblemCode


def compile_activity(sender: Sender, workflow: Workflow, scope: Scope) -> ActivityStep:
    """Compile *sender* and the lists it links to."""
    inbound, outbound = scope.sides[sender.id]
    host, transformers = workflow.filters(sender.filters), workflow.transformers(sender.transformers)
    preparation = host.actions if host else ()
    actions = transformers.actions if transformers else ()
    assigned = assigned_variables((*preparation, *actions))
    where = f"{sender.where}.MessageTemplate"
    template = MessageTemplate(sender.message_template, where, outbound, scope, assigned)
    own = scope.writing_to(outbound, waits=template.waits)
    if isinstance(sender, DatabaseSender):
        judge_sql(sender, (*preparation, *actions), scope)
    call, read_reply = SENDERS[type(sender)](sender, own)
    before = compile_actions(preparation, own)
    has_code = runs_code((*preparation, *actions))
    build_first = scope.compatibility.activity_filters is ActivityFilters.AFTER_BUILD
    transform = compile_actions(actions, own)
    for action in preparation if not build_first else ():
        if writes_message(action):
            message = "The action writes to a message that activityFilters: beforeBuild builds only afterwards."
            scope.report(action.where, ProblemCode.FIELD_NOT_SUPPORTED, message)
    step = ActivityStep(
        id=sender.id,
        name=sender.name,
        inbound=inbound,
        outbound=outbound,
        build=template.build if build_first else _clear(outbound),
        waits=template.waits,
        preparation=(begin_unfiltered(outbound), *before) if has_code else before,
        predicate=compile_filters(host.filters, own) if host else None,
        transformers=transform if build_first else (template.build, *transform),
        call=_unless_filtered(call, outbound) if has_code else call,
        read_reply=read_reply,
        parse=scope.formats[inbound].parse,
    )
    return scope.tracer.activity(sender, step)


def _unless_filtered(call: CallBuilder, slot: int) -> CallBuilder:
    """Return *call*, left out when code of the activity's lists has filtered it."""
    return lambda exchange: None if slot in exchange.filtered else call(exchange)


def _clear(slot: int) -> Instruction:
    """Return what takes the message of *slot* away, which the same activity may have left when it ran before."""

    def clear(exchange: Exchange) -> None:
        exchange.messages.pop(slot, None)

    return clear


def _failed(message: str) -> ExchangeFault:
    return ExchangeFault(Fault(FaultKind.ACTIVITY_FAILED, Stage.ACTIVITY, message))


# --- HTTP sender ---------------------------------------------------------------------------------------------------


def _http_sender(sender: HttpSender, scope: Scope) -> tuple[CallBuilder, ReplyReader]:
    slot = scope.target
    url = compile_template(sender.server, f"{sender.where}.Server", scope)
    headers = [
        (header.name, compile_source(header.source, header.where, scope))
        for header in sender.headers
        if not (header.name.lower() == "authorization" and sender.authentication is HttpAuthentication.OAUTH2)
    ]
    content_type = [] if _names(headers, "content-type") else [("Content-Type", constant(sender.content_type))]
    credentials = _credentials(sender, scope)
    proxy = _proxy(sender, scope)

    def call(exchange: Exchange) -> HttpCall:
        body = None if sender.method is HttpMethod.GET else _encode(own_message(exchange, slot).text(), sender)
        return HttpCall(
            url=url(exchange),
            method=sender.method.name,
            headers=tuple((name, value(exchange)) for name, value in (*content_type, *headers)),
            body=body,
            timeout_s=sender.timeout_s,
            credentials=credentials(exchange),
            certificate_thumbprint=sender.certificate_thumbprint,
            proxy=proxy,
        )

    def read_reply(reply: Reply) -> str | None:
        if reply.status >= 400:
            text = decode_bytes(reply.body, reply.content_type, "utf-8")
            raise _failed(text or f"{sender.name or 'HTTP sender'} was answered with status {reply.status}")
        if not sender.wait_for_response:
            return ""
        if sender.message_type is MessageType.BINARY or (
            sender.message_type is MessageType.DICOM and is_dicom_file(reply.body)
        ):
            return base64.b64encode(reply.body).decode("ascii")
        # The sender's encoding also decodes what comes back, except to GET (vendor documentation, http-sender.md).
        return decode_bytes(reply.body, "", "utf-8" if sender.method is HttpMethod.GET else sender.encoding)

    return call, read_reply


def _names(headers: list[tuple[str, Text]], wanted: str) -> bool:
    return any(name.lower() == wanted for name, _ in headers)


def _encode(text: str, sender: HttpSender) -> bytes:
    try:
        return text.encode(sender.encoding)
    except UnicodeEncodeError as error:
        message = f"the message has characters that {sender.encoding} cannot carry"
        raise ExchangeFault(Fault(FaultKind.TRANSFORMATION, Stage.ACTIVITY, message)) from error


def _credentials(sender: HttpSender, scope: Scope) -> Callable[[Exchange], BasicCredentials | OAuthCredentials | None]:
    if sender.authentication is HttpAuthentication.OAUTH2 and sender.oauth is not None:
        return _oauth(sender.oauth, scope)
    if sender.authentication is HttpAuthentication.BASIC:
        basic = BasicCredentials(
            expand_credential(sender.user_name, f"{sender.where}.UserName", scope),
            expand_credential(sender.password, f"{sender.where}.Password", scope),
        )
        return lambda _: basic
    return lambda _: None


def _oauth(settings: OAuthSettings, scope: Scope) -> Callable[[Exchange], OAuthCredentials]:
    where = settings.where
    endpoint = compile_template(settings.token_endpoint, f"{where}.TokenEndpoint", scope)
    client_id = compile_template(settings.client_id, f"{where}.ClientId", scope)
    client_secret = compile_template(settings.client_secret, f"{where}.ClientSecret", scope)
    grant_scope = compile_template(settings.scope, f"{where}.Scope", scope)
    in_header = settings.client_authentication is OAuthClientAuthentication.BASIC_AUTHENTICATION_HEADER
    extra = {OAuthResourceParameter.AUDIENCE: "audience", OAuthResourceParameter.RESOURCE: "resource"}.get(
        settings.resource_parameter
    )

    def credentials(exchange: Exchange) -> OAuthCredentials:
        form = [("grant_type", "client_credentials")]
        if asked := grant_scope(exchange):
            form.append(("scope", asked))
        if extra and settings.resource_value:
            form.append((extra, settings.resource_value))
        name, secret = client_id(exchange), client_secret(exchange)
        if not in_header:
            form += [("client_id", name), ("client_secret", secret)]
        return OAuthCredentials(endpoint(exchange), name, secret, tuple(form), in_header, settings.expiry_skew_s)

    return credentials


def _proxy(sender: HttpSender, scope: Scope) -> Proxy:
    match sender.proxy:
        case ProxyUse.NONE:
            return Proxy("none")
        case ProxyUse.MANUAL_PROXY:
            if not sender.proxy_user_name:
                return Proxy("manual", sender.proxy_address)
            name = expand_credential(sender.proxy_user_name, f"{sender.where}.ProxyUserName", scope)
            password = expand_credential(sender.proxy_password, f"{sender.where}.ProxyPassword", scope)
            return Proxy("manual", sender.proxy_address, BasicCredentials(name, password))
        case ProxyUse.USE_DEFAULT_PROXY:
            return Proxy()


# --- file writer ---------------------------------------------------------------------------------------------------


def _file_writer(sender: FileWriter, scope: Scope) -> tuple[CallBuilder, ReplyReader]:
    slot = scope.target
    path = compile_file_path(sender.file_path, f"{sender.where}.FilePathToWrite", scope)
    directory = compile_file_path(sender.move_into_directory, f"{sender.where}.DirectoryToMoveInto", scope)
    options = sender.message_options
    authored = "" if options is None or isinstance(options, DicomOptions) else options.header
    header = encode_text(f"{authored}\r\n") if authored else b""
    binary = sender.message_type in (MessageType.BINARY, MessageType.DICOM)
    line_end = "" if sender.message_type is MessageType.HL7_V2 and sender.max_records_per_file <= 1 else "\r\n"

    def call(exchange: Exchange) -> FileWrite:
        text = own_message(exchange, slot).text()
        return FileWrite(
            path=path(exchange),
            data=_binary(text, sender.message_type) if binary else encode_text(text + line_end),
            append=not binary,
            header=header,
            move_into=directory(exchange) if sender.move_when_complete else None,
            max_records=sender.max_records_per_file,
        )

    return call, lambda _: None


def _binary(text: str, message_type: MessageType) -> bytes:
    """Return what the base64 *text* stands for, which of a DICOM message has to be a DICOM file."""
    try:
        data = decode_base64(text)
    except ValueError as error:
        message = f"the message of an activity of type {message_type.name} is not base64"
        raise ExchangeFault(Fault(FaultKind.TRANSFORMATION, Stage.ACTIVITY, message)) from error
    if message_type is MessageType.DICOM and not is_dicom_file(data):
        message = "the message of an activity of type DICOM is not a DICOM file"
        raise ExchangeFault(Fault(FaultKind.TRANSFORMATION, Stage.ACTIVITY, message))
    return data


# --- code ----------------------------------------------------------------------------------------------------------


def _code_sender(sender: CodeSender, scope: Scope) -> tuple[CallBuilder, ReplyReader]:
    return compile_code_sender(sender, scope), lambda _: None


SENDERS: Final[Mapping[type[Any], Callable[[Any, Scope], tuple[CallBuilder, ReplyReader]]]] = MappingProxyType(
    {
        HttpSender: _http_sender,
        FileWriter: _file_writer,
        DatabaseSender: compile_database_sender,
        CodeSender: _code_sender,
    }
)
"""Setting class → how it calls and how its reply is read."""
