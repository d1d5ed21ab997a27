"""The tables of what is supported: complete, and exactly what the decoder reads."""

from collections.abc import Callable
from typing import Any

import pytest

from httpreceiver_workflow.contract import decode_parts, decode_receiver, decode_senders
from httpreceiver_workflow.contract.decode import SETTING_DECODERS
from httpreceiver_workflow.contract.decode_actions import ACTION_DECODERS
from httpreceiver_workflow.contract.decode_filters import FILTER_DECODERS
from httpreceiver_workflow.contract.field_use import Use
from httpreceiver_workflow.contract.fields import Reader
from httpreceiver_workflow.contract.findings import Findings
from httpreceiver_workflow.contract.support import CLASSES, Kind, fields_of, part_names

RECEIVER_FIELDS = """
Id Name WorkflowPatternName Version LastModified Disabled MessageType MessageTypeOptions ReceivedMessageTemplate
ServiceName Port UseSsl UseDefaultSSLCertificate CertificateThumbPrint CertificateFromFile CertificatePath
CertificatePassword CertificateStoreLocation CertificateStoreName CertificateX509FindType
UseIntegrationHostServiceAddress Authentication AuthenticationUserName AuthenticationPassword RequireClientCertificate
ClientCertificateThumbPrint ExtractParameters QueryStringParameters ExtractUrlSections UrlSections
ResponseMessageTemplate ReturnCustomResponse ReturnNoResponse ReponsePriority Transformers ReturnResponseFromActivity
ReturnResponseFromActivityId ReturnResponseFromActivityName ReturnApplicationAccept ReturnApplicationReject
RejectMessage ReturnApplicationError ErrorMessage Activities Filters VariableTransformers
AddIncomingMessageToCurrentTab
"""
"""Every field that http-receiver.md of the vendor's documentation names, and the two that all settings carry."""

PUBLISHED = """
HttpReceiverSetting MLLPReceiverSetting WebServiceReceiverSetting DirectoryScanReceiverSetting DatabaseReceiverSetting
TimerReceiverSetting DicomReceiverSetting AzureServiceBusReceiverSetting HttpSenderSetting MLLPSenderSetting
WebServiceSenderSetting FileWriterSenderSetting DatabaseSenderSetting DicomSenderSetting CodeSenderSetting
AzureServiceBusSenderSetting FilterHostSetting StringMessageFilter DateMessageFilter ValidMessageFilter FilterGroup
TransformerSetting CreateVariableTransformerAction CreateMappingTransformerAction BeginConditionalTransformerAction
EndConditionalTransformerAction ForEachTransformerAction NextTransformerAction AppendLineTransformerAction
NotificationTransformerAction CodeTransformerAction CommentTransformerAction CreateParameterTransformerAction
CustomTransformerAction CSVMessageTypeOption TextMessageTypeOption DicomMessageTypeOptions
"""

DECODERS: dict[str, Callable[[Reader], Any]] = {
    **SETTING_DECODERS,
    **ACTION_DECODERS,
    **FILTER_DECODERS,
    "CSVMessageTypeOption": decode_parts.read_csv_options,
    "TextMessageTypeOption": decode_parts.read_text_options,
    "DicomMessageTypeOptions": decode_parts.read_dicom_options,
    "VariableCreator": lambda reader: decode_receiver.read_descriptor(reader, "key"),
    "header": decode_senders.read_header,
    "OAuthSettings": decode_senders.oauth_settings,
    "DatabaseSettingParameter": decode_senders.read_database_parameter,
}


def applied(class_name: str) -> set[str]:
    return {name for name, field in fields_of(class_name).items() if field.use is Use.APPLIED}


def test_every_documented_field_of_the_receiver_is_in_its_table() -> None:
    assert set(RECEIVER_FIELDS.split()) <= set(fields_of("HttpReceiverSetting"))


def test_every_published_class_is_in_the_table() -> None:
    assert set(PUBLISHED.split()) == set(CLASSES)


def test_every_class_that_runs_has_a_decoder_and_no_other() -> None:
    running = {name for name, support in CLASSES.items() if support.refusal is None}
    assert running == set(DECODERS) - set(part_names())
    assert all(CLASSES[name].fields for name in running)


@pytest.mark.parametrize("class_name", sorted(DECODERS))
def test_a_decoder_reads_exactly_the_fields_that_are_applied(class_name: str) -> None:
    reader = Reader(class_name, fields_of(class_name), {}, "$", Findings())
    DECODERS[class_name](reader)
    assert reader.fields_read == applied(class_name)


@pytest.mark.parametrize("read", [decode_senders.disabled_activity, decode_senders.refused_activity])
def test_what_is_read_of_an_activity_that_cannot_run_is_known_to_every_sender(read: Callable[[Reader], Any]) -> None:
    reader = Reader("HttpSenderSetting", fields_of("HttpSenderSetting"), {}, "$", Findings())
    read(reader)
    for name, support in CLASSES.items():
        if support.kind is Kind.SENDER and support.refusal is None:
            assert reader.fields_read <= applied(name)
