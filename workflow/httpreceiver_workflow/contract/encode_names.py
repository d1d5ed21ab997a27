"""
What records are called in a file: the class of each, and the member of each attribute whose own name does not say it.

Attribute ``use_ssl`` is member ``UseSsl``; only what differs from that rule stands in a table.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.contract import list_settings as lists
from httpreceiver_workflow.contract import sender_settings as senders
from httpreceiver_workflow.contract.setting_parts import CsvOptions, DicomOptions, TextOptions, VariableDescriptor
from httpreceiver_workflow.contract.settings import HttpReceiver
from httpreceiver_workflow.contract.support import CLASSES, Kind

CLASS_NAMES: Final[Mapping[type, str]] = MappingProxyType(
    {
        HttpReceiver: "HttpReceiverSetting",
        senders.HttpSender: "HttpSenderSetting",
        senders.FileWriter: "FileWriterSenderSetting",
        senders.DatabaseSender: "DatabaseSenderSetting",
        senders.CodeSender: "CodeSenderSetting",
        lists.FilterHost: "FilterHostSetting",
        lists.TransformerList: "TransformerSetting",
        lists.StringFilter: "StringMessageFilter",
        lists.DateFilter: "DateMessageFilter",
        lists.ValidFilter: "ValidMessageFilter",
        lists.FilterGroup: "FilterGroup",
        lists.CreateVariable: "CreateVariableTransformerAction",
        lists.CreateMapping: "CreateMappingTransformerAction",
        lists.AppendLine: "AppendLineTransformerAction",
        lists.BeginConditional: "BeginConditionalTransformerAction",
        lists.EndConditional: "EndConditionalTransformerAction",
        lists.ForEach: "ForEachTransformerAction",
        lists.Next: "NextTransformerAction",
        lists.Comment: "CommentTransformerAction",
        lists.Notify: "NotificationTransformerAction",
        lists.RunCode: "CodeTransformerAction",
        lists.CreateParameter: "CreateParameterTransformerAction",
        lists.CustomTransform: "CustomTransformerAction",
        CsvOptions: "CSVMessageTypeOption",
        TextOptions: "TextMessageTypeOption",
        DicomOptions: "DicomMessageTypeOptions",
        VariableDescriptor: "VariableCreator",
        senders.Header: "header",
        senders.OAuthSettings: "OAuthSettings",
        senders.DatabaseParameter: "DatabaseSettingParameter",
    }
)
"""Record → its class, or for a part without ``$type`` the name of its field table; a disabled activity says its own."""

_NAMESPACES: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.RECEIVER: "HL7Soup.Functions.Settings.Receivers",
        Kind.SENDER: "HL7Soup.Functions.Settings.Senders",
        Kind.FILTER_HOST: "HL7Soup.Functions.Settings.Filters",
        Kind.TRANSFORMER_LIST: "HL7Soup.Functions.Settings",
        Kind.ACTION: "HL7Soup.Functions.Settings",
        Kind.FILTER: "HL7Soup.MessageFilters",
        Kind.OPTIONS: "HL7Soup.Workflow.MessageTypeOptions",
    }
)

_OF_FILTERS: Final = {"negated": "Not", "any_repetition": "IncludesRepeatFields"}
_OF_VARIABLES: Final = {
    "name": "VariableName",
    "sample": "SampleVariableValue",
    "is_default": "SampleValueIsDefaultValue",
}
_NAMES: Final[Mapping[type, Mapping[str, str]]] = MappingProxyType(
    {
        HttpReceiver: {
            "hosted": "UseIntegrationHostServiceAddress",
            "user_name": "AuthenticationUserName",
            "password": "AuthenticationPassword",
            "client_certificate_thumbprints": "ClientCertificateThumbPrint",
            "message_options": "MessageTypeOptions",
            "response_priority": "ReponsePriority",
            "response_template": "ResponseMessageTemplate",
            "response_transformers": "Transformers",
            "response_activity": "ReturnResponseFromActivityId",
            "response_activity_name": "ReturnResponseFromActivityName",
        },
        senders.Activity: {"message_options": "MessageTypeOptions"},
        senders.HttpSender: {
            "timeout_s": "TimeoutSeconds",
            "authentication": "AuthenticationMode",
            "oauth": "OAuthSettings",
            "proxy": "UseProxy",
        },
        senders.OAuthSettings: {
            "resource_parameter": "ResourceParameterType",
            "resource_value": "ResourceOrAudience",
            "client_authentication": "ClientAuthenticationStyle",
            "expiry_skew_s": "ExpirySkewSeconds",
        },
        senders.FileWriter: {
            "file_path": "FilePathToWrite",
            "move_when_complete": "MoveIntoDirectoryOnComplete",
            "move_into_directory": "DirectoryToMoveInto",
        },
        senders.DatabaseSender: {"provider": "DataProvider"},
        senders.CodeSender: {
            "uses_response": "UseResponse",
            "response_template": "ResponseMessageTemplate",
            "authored_response_type": "ResponseMessageType",
        },
        lists.FilterHost: {"actions": "Transformers"},
        lists.TransformerList: {"actions": "Transformers"},
        lists.StringFilter: _OF_FILTERS,
        lists.DateFilter: _OF_FILTERS,
        lists.ValidFilter: {**_OF_FILTERS, "setting": "FromSetting", "direction": "FromDirection"},
        lists.CreateVariable: _OF_VARIABLES,
        lists.CreateMapping: {"structure": "AllowMessageStructureToChange"},
        lists.CreateParameter: {"name": "ParameterName", "required": "IsRequired"},
        VariableDescriptor: _OF_VARIABLES,
        DicomOptions: {
            "common_fields": "IncludeCommonFieldsNode",
            "report": "IncludeReportNode",
            "tags": "IncludeTagsNode",
        },
    }
)
"""Record, or what it derives from → attribute → member, where the attribute's own name does not say it."""

ALWAYS_WRITTEN: Final = frozenset({"MessageType"})
"""The default differs by class and by compatibility switch, and a reader wants to know."""


def full_type(class_name: str) -> str:
    """
    Return the text of a ``$type``; a class that is not published is taken for a sender.

    >>> full_type("FilterGroup")
    'HL7Soup.MessageFilters.FilterGroup, HL7SoupWorkflow'
    """
    kind = CLASSES[class_name].kind if class_name in CLASSES else Kind.SENDER
    return f"{_NAMESPACES[kind]}.{class_name}, HL7SoupWorkflow"


def member_name(record_class: type, attribute: str) -> str:
    """
    Return the member that *attribute* is written as.

    >>> member_name(HttpReceiver, "use_ssl"), member_name(HttpReceiver, "hosted")
    ('UseSsl', 'UseIntegrationHostServiceAddress')
    """
    for one in record_class.__mro__:
        if attribute in _NAMES.get(one, {}):
            return _NAMES[one][attribute]
    return pascal_case(attribute)


def pascal_case(name: str) -> str:
    """Return ``snake_case`` as ``SnakeCase``."""
    return "".join(word.capitalize() for word in name.split("_"))
