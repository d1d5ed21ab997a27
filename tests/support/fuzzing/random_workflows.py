"""
Random workflow files made of the support tables: every class with its own fields, linked as a workflow is.

Most values fit their field; `wrong_somewhere` puts a wrong type, a missing or an extra member into one of the settings.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from engine import RECEIVER, guid, typed
from httpreceiver_workflow.contract.field_use import Use
from httpreceiver_workflow.contract.load import load_workflow
from httpreceiver_workflow.contract.support import CLASSES, Kind, fields_of
from httpreceiver_workflow.contract.values import child_path
from httpreceiver_workflow.explained_code import Severity

ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 70_000) | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)

_SETTINGS: Final = st.sampled_from([RECEIVER] * 4 + [guid("b1"), guid("b2"), "", None])
_FILTERS: Final = st.sampled_from([guid("c1"), guid("c2"), None])
_LISTS: Final = st.sampled_from([guid("d1"), guid("d2"), None])
_PATHS: Final = st.sampled_from(
    ["a", "a/b[2]", "PID-3.1", "OBX", "[1]", "xpath:/a/b", "newtonsoft:$.a[*]", "r/@k", "", "${x}/b", "a[0]", "${"]
)
_TEXTS: Final = st.sampled_from(
    [
        "",
        "x",
        "${x}",
        "${x:UpperCase:Padding(5)}",
        f"${{{RECEIVER} Inbound}}",
        "<a>${x:XMLEncode}</a>",
        '{"a":"${HttpMethod}"}',
        "MSH|^~\\&|${x}",
        "${WorkflowError}",
        "yyyy-MM-dd",
        "0.00",
        "SELECT @a",
    ]
)
_CREATORS: Final = st.builds(lambda name, text: {"VariableName": name, "SampleVariableValue": text}, _PATHS, _TEXTS)
_PARAMETERS: Final = st.builds(
    lambda name, value, direction: {"Name": name, "Value": value, "FromDirection": direction},
    st.sampled_from(["@a", "@A", "@b"]),
    _PATHS,
    st.sampled_from([0, 2, None]),
)
_PARAMETER_NAMES: Final = st.sampled_from(["Value", " value ", "Output Variable", "Name Order", "Other"])
_PARAMETER_VALUES: Final = st.builds(
    lambda path, direction, required: {"FromPath": path, "FromDirection": direction, "IsRequired": required},
    _PATHS | _TEXTS,
    st.sampled_from([0, 2, None]),
    st.booleans(),
)
_OAUTH: Final = st.builds(
    lambda scope, style, seconds: {
        "TokenEndpoint": "https://id/t",
        "ClientId": "c",
        "ClientSecret": "${S}",
        "Scope": scope,
        "ClientAuthenticationStyle": style,
        "ExpirySkewSeconds": seconds,
    },
    _TEXTS,
    st.sampled_from([0, 1, "RequestBody"]),
    st.integers(0, 90),
)
_NAMED: Final = {
    "Activities": st.lists(st.sampled_from([guid("b1"), guid("b2")]), max_size=2),
    "FromSetting": _SETTINGS,
    "ToSetting": st.none(),
    "ReturnResponseFromActivityId": _SETTINGS,
    "VariableTransformers": _LISTS,
    "FromPath": _PATHS | _TEXTS,
    "ToPath": _PATHS,
    "Path": _PATHS,
    "VariableName": st.sampled_from(["x", "WorkflowError", "HttpMethod", "a b"]),
    "ServiceName": st.sampled_from(["v", "a/b", "/", "é x"]),
    "Server": st.sampled_from(["http://next/${x}", "https://next", "ftp://x", "next"]),
    "FromNamespaces": st.dictionaries(st.sampled_from(["a", "xml", ""]), st.just("urn:a"), max_size=2),
    "ToNamespaces": st.dictionaries(st.sampled_from(["a", "xml", ""]), st.just("urn:a"), max_size=2),
    "QueryStringParameters": st.dictionaries(_TEXTS, _CREATORS, max_size=2),
    "UrlSections": st.lists(_CREATORS, max_size=2),
    "Headers": st.lists(st.builds(lambda name, value: {"Name": name, "Value": value}, _TEXTS, _TEXTS), max_size=2),
    "Parameters": st.lists(_PARAMETERS, max_size=2) | st.dictionaries(_PARAMETER_NAMES, _PARAMETER_VALUES, max_size=2),
    "OAuthSettings": st.none() | _OAUTH,
    "Encoding": st.sampled_from(["", "utf-8", "HL7Encode", None]),
    "Comparer": st.sampled_from([0, 1, 2, 3, 4, 5, 8, 9]),
    "CertificateThumbPrint": st.sampled_from(["", "ab" * 20]),
    "ClientCertificateThumbPrint": st.sampled_from(["", "ab" * 20]),
    "AuthenticationCertificateThumbprint": st.sampled_from(["", "ab" * 20]),
    "ConnectionString": st.just("Data Source=a.db"),
    "FilePathToWrite": st.sampled_from(["a.txt", "${x}/a.txt"]),
    "ParameterName": st.just("p"),
    "CustomTransformerTypeName": st.sampled_from(["HL7ValueTransformers.DigitsOnlyTransformer", "Other"]),
}
_NUMBERS: Final = frozenset(
    {"Port", "TimeoutSeconds", "TruncationLength", "PaddingLength", "MaxRecordsPerFile", "Version"}
)
_CHOICES: Final = {
    "MessageType": 14,
    "ReponsePriority": 2,
    "Conjunction": 1,
    "FromDirection": 2,
    "ToDirection": 2,
    "FromType": 16,
    "ToType": 16,
    "TextFormat": 4,
    "Truncation": 2,
    "Method": 1,
    "DataProvider": 1,
    "AuthenticationMode": 2,
    "UseProxy": 2,
}
"""Field → its highest number."""
_NEEDED: Final = frozenset(
    {"VariableName", "Server", "FromPath", "FromDirection", "ToPath", "FilePathToWrite", "ConnectionString"}
    | {
        "MessageTemplate",
        "ParameterName",
        "CustomTransformerTypeName",
        "DirectoryToMoveInto",
        "Filters",
        "Transformers",
    }
)
"""What a class is refused without, and what makes the others matter."""
_MENDINGS: Final = 3
"""Taking one member away may uncover an error of another."""
_HOLDERS: Final = frozenset({Kind.FILTER_HOST, Kind.TRANSFORMER_LIST})
_SWITCH: Final = re.compile(
    "Return(?!.*Activity(Id|Name))|Use(?!rName)|Is|Has|Include|Extract|Require|Not|CaseSensitive|Wait|Pre|Allow|Critical"
    "|Sample.*Default|MoveInto|Authentication$|.*NotAvailable"
)


def classes(kind: Kind) -> list[str]:
    """Return the classes of *kind* that run."""
    return [name for name, one in CLASSES.items() if one.kind is kind and one.refusal is None]


def _value(class_name: str, name: str) -> st.SearchStrategy[Any]:
    """Return what a field may well hold."""
    kind = CLASSES[class_name].kind
    if name == "Transformers":
        return _actions() if kind in _HOLDERS else _LISTS
    if name == "Filters":
        inside = kind in _HOLDERS or kind is Kind.ACTION
        return st.lists(objects(Kind.FILTER), max_size=4) if inside else _FILTERS
    if name == "MessageTypeOptions":
        return objects(Kind.OPTIONS)
    if name in _NUMBERS:
        return st.integers(-1, 70_000)
    if name in _CHOICES:
        return st.integers(0, _CHOICES[name])
    return _NAMED.get(name, st.booleans() if _SWITCH.match(name) else _TEXTS)


@cache
def _members(class_name: str) -> st.SearchStrategy[dict[str, Any]]:
    fields = {
        name: st.deferred(lambda name=name: _value(class_name, name))  # type: ignore[misc]  # the default binds the name
        for name, field in fields_of(class_name).items()
        if field.use is Use.APPLIED and name not in ("Id", "Disabled")
    }
    needed = {name: fields.pop(name) for name in list(fields) if name in _NEEDED}
    return st.fixed_dictionaries(needed, optional=fields)


@cache
def _actions() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return lists of actions whose blocks are mostly closed."""

    def block(inside: st.SearchStrategy[list[Any]]) -> st.SearchStrategy[list[Any]]:
        pairs = [("ForEach", "Next"), ("BeginConditional", "EndConditional")]
        names = [tuple(f"{name}TransformerAction" for name in pair) for pair in pairs]
        return st.one_of(
            [
                st.tuples(_members(begin), inside).map(
                    lambda parts, begin=begin, end=end: [typed(begin, **parts[0]), *parts[1], typed(end)]  # type: ignore[misc]
                )
                for begin, end in names
            ]
        )

    one = objects(Kind.ACTION).map(lambda action: [action])
    blocks = st.recursive(one, lambda inner: block(inner) | one, max_leaves=3)
    return st.lists(blocks, max_size=4).map(lambda lists: [action for actions in lists for action in actions])


@cache
def _any_of(kind: Kind) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        [_members(name).map(lambda members, name=name: typed(name, **members)) for name in classes(kind)]  # type: ignore[misc]
    )


def objects(kind: Kind, **fixed: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects of any class of *kind* that runs, with some of its fields."""
    return _any_of(kind).map(lambda members: {**members, **fixed}) if fixed else _any_of(kind)


@cache
def workflows() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return workflows of a receiver of any type, two activities, two filter hosts and two lists."""
    linked = {"VariableTransformers": guid("d1"), "Transformers": guid("d2"), "Activities": [guid("b1"), guid("b2")]}
    receivers = objects(Kind.RECEIVER, Id=RECEIVER, Name="v", ServiceName="v", **linked)
    types = st.sampled_from([1, 4, 5, 11, 11, 13, 14, 16, 0])
    return st.tuples(
        st.builds(lambda one, message_type: {**one, "MessageType": message_type}, receivers, types),
        *(objects(Kind.SENDER, Id=guid(one), Name=one) for one in ("b1", "b2")),
        *(objects(Kind.FILTER_HOST, Id=guid(one)) for one in ("c1", "c2")),
        *(objects(Kind.TRANSFORMER_LIST, Id=guid(one)) for one in ("d1", "d2")),
    ).map(list)


def valid_workflows() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return workflows without errors: those of `workflows`, with what is an error taken out of them."""
    return workflows().map(_without_errors).filter(lambda workflow: load_workflow(workflow).workflow is not None)


def _without_errors(settings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for _ in range(_MENDINGS):
        wrong = {problem.where for problem in load_workflow(settings).problems if problem.severity is Severity.ERROR}
        if not wrong:
            break
        settings = _without(settings, "$", wrong)
    return settings


def _without(value: Any, where: str, wrong: set[str]) -> Any:
    """Return *value*, which stands at *where*, without what stands at one of the places *wrong*."""
    if isinstance(value, dict):
        places = {name: child_path(where, name) for name in value}
        return {name: _without(value[name], place, wrong) for name, place in places.items() if place not in wrong}
    if isinstance(value, list):
        places = {index: f"{where}[{index}]" for index in range(len(value))}
        return [_without(value[index], place, wrong) for index, place in places.items() if place not in wrong]
    return value


def wrong_somewhere(settings: list[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return *settings* with one member of one of them replaced by anything, taken away or added."""
    changes: list[Callable[[dict[str, Any], str, Any], dict[str, Any]]] = [
        lambda setting, name, value: {**setting, name: value},
        lambda setting, name, _: {key: value for key, value in setting.items() if key != name},
        lambda setting, name, value: {**setting, f"{name}2": value},
    ]

    def change(position: int) -> st.SearchStrategy[list[dict[str, Any]]]:
        names = st.sampled_from(sorted(settings[position]))
        changed = st.builds(
            lambda alter, name, value: alter(settings[position], name, value), st.sampled_from(changes), names, ANYTHING
        )
        return changed.map(lambda one: [*settings[:position], one, *settings[position + 1 :]])

    return st.integers(0, len(settings) - 1).flatmap(change)
