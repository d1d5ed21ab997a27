"""
What a receiver may take from its host: what `globalVariablesFrom`, `tablesFrom`, `codeOverridesFrom` and `auth` name.

Pure. One that is missing, or holds what cannot be read, keeps the present text from being served: a workflow would read
an empty value in its place, and nobody could be told from anybody. No message quotes a value.
"""

from collections.abc import Mapping
from typing import Final

from httpreceiver_operator.conditions import ConditionType, Finding, Reason
from httpreceiver_operator.config import Config
from httpreceiver_operator.memo import Memo
from httpreceiver_operator.names import ObjectName
from httpreceiver_operator.snapshot import ObjectReference, Receiver, Snapshot
from httpreceiver_workflow.credentials import (
    CredentialFault,
    Credentials,
    HostObject,
    check_credentials,
    without_line_end,
)
from httpreceiver_workflow.options.auth import objects_used
from httpreceiver_workflow.resources import (
    OVERRIDE_SUFFIX,
    CodeOverride,
    NotPinned,
    Resources,
    Table,
    TableFault,
    global_value,
    merged,
    read_override,
    resources_of,
)

TABLE_SUFFIX: Final = ".csv"
VALUE_SUFFIX: Final = ".txt"


class Unreadable(Exception):
    """A referenced object cannot be used; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def host_values(receiver: Receiver, snapshot: Snapshot, memo: Memo, config: Config) -> Resources:
    """
    Return what *receiver* may read; of a name that several objects have, the last one counts.

    Raises:
        Unreadable: an object is missing, a key of it is no text, no table or no override, or there are overrides but
            nobody has switched them on.
    """
    sources = []
    for reference in receiver.global_variables_from:
        data = _data_of(reference, "globalVariablesFrom", receiver, snapshot)
        described = _described(reference, receiver)
        texts = {key: _text(key, data[key], described) for key in sorted(data)}
        sources.append(resources_of({_without(VALUE_SUFFIX, key): global_value(text) for key, text in texts.items()}))
    for reference in receiver.tables_from:
        data = _data_of(reference, "tablesFrom", receiver, snapshot)
        described = _described(reference, receiver)
        names = sorted(key for key in data if key.lower().endswith(TABLE_SUFFIX))
        sources.append(resources_of({}, [_table(key, data[key], described, memo) for key in names]))
    if receiver.code_overrides_from and not config.code_overrides:
        raise _unreadable(
            Reason.CODE_OVERRIDES_OFF, "codeOverridesFrom is set, but code overrides are switched off here."
        )
    for reference in receiver.code_overrides_from:
        data = _data_of(reference, "codeOverridesFrom", receiver, snapshot)
        described = _described(reference, receiver)
        names = sorted(key for key in data if key.endswith(OVERRIDE_SUFFIX))
        sources.append(resources_of({}, code_overrides=[_override(key, data[key], described) for key in names]))
    return merged([*sources, snapshot.outside_values])


def host_credentials(receiver: Receiver, snapshot: Snapshot) -> Credentials:
    """
    Return what the ConfigMaps and Secrets hold that `auth` names, and of each only what is read.

    Raises:
        Unreadable: an object or key is missing, or a value is of no form that its use accepts.
    """
    read: dict[tuple[str, str], dict[str, bytes]] = {}
    for use in objects_used(receiver.options.auth):
        data = _data_of(ObjectReference(kind=use.kind, name=use.name), use.where, receiver, snapshot)
        if use.key and use.key not in data:
            described = f"{use.kind} {receiver.key.namespace}/{use.name}"
            raise _unreadable(Reason.KEY_NOT_FOUND, f'{described} of {use.where} has no key "{use.key}".')
        kept = read.setdefault((use.kind, use.name), {})
        kept.update({key: without_line_end(data[key]) for key in ([use.key] if use.key else data)})
    found = tuple(
        HostObject(kind, name, tuple(sorted(entries.items()))) for (kind, name), entries in sorted(read.items())
    )
    try:
        check_credentials(receiver.options.auth, found)
    except CredentialFault as fault:
        raise _unreadable(Reason.VALUE_UNREADABLE, f"{fault}.") from None
    return found


def _data_of(reference: ObjectReference, field: str, receiver: Receiver, snapshot: Snapshot) -> Mapping[str, bytes]:
    name = ObjectName(receiver.key.namespace, reference.name)
    is_config = reference.kind == "ConfigMap"
    store = snapshot.config_maps if is_config else snapshot.secrets
    if name not in store:
        reason = Reason.CONFIG_MAP_NOT_FOUND if is_config else Reason.SECRET_NOT_FOUND
        raise _unreadable(reason, f"{_described(reference, receiver)} of {field} does not exist.")
    return store[name]


def _described(reference: ObjectReference, receiver: Receiver) -> str:
    return f"{reference.kind} {receiver.key.namespace}/{reference.name}"


def _text(key: str, content: bytes, described: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable(Reason.VALUE_UNREADABLE, f'Key "{key}" of {described} is not UTF-8 text.') from None


def _table(key: str, content: bytes, described: str, memo: Memo) -> Table:
    text = _text(key, content, described)
    try:
        return memo.table(key[: -len(TABLE_SUFFIX)], text)
    except TableFault as fault:
        raise _unreadable(Reason.VALUE_UNREADABLE, f'Key "{key}" of {described} is no table: {fault}.') from None


def _override(key: str, content: bytes, described: str) -> CodeOverride:
    try:
        return read_override(key.removesuffix(OVERRIDE_SUFFIX), _text(key, content, described))
    except NotPinned as fault:
        raise _unreadable(Reason.VALUE_UNREADABLE, f'Key "{key}" of {described} is no override: {fault}.') from None


def _without(suffix: str, key: str) -> str:
    return key[: -len(suffix)] if key.lower().endswith(suffix) and len(key) > len(suffix) else key


def _unreadable(reason: Reason, message: str) -> Unreadable:
    return Unreadable(Finding(type=ConditionType.RESOLVED_REFS, status=False, reason=reason, message=message))
