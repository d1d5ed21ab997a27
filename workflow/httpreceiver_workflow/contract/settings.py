"""
The settings of a workflow file as frozen records, one class per ``$type``.

`decode` makes them, `links` joins them, `pipeline` compiles them. Names inside are ours; each docstring gives the name
in the file where the two differ. Defaults are those of the contract, so an absent member reads as the product reads it.
`where` is the JSON path a record came from, for problems; two records that say the same are equal wherever they stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from httpreceiver_workflow.contract.enums import MessageType, ResponsePriority
from httpreceiver_workflow.contract.list_settings import FilterHost, TransformerList
from httpreceiver_workflow.contract.sender_settings import Sender
from httpreceiver_workflow.contract.setting_parts import Guid, MessageOptions, VariableDescriptor


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReceiver:
    """HttpReceiverSetting. `service_name` has no outer slashes."""

    where: str = field(compare=False)
    id: Guid | None = None
    name: str = ""
    pattern_name: str = ""
    """`WorkflowPatternName`; `name` when blank."""
    disabled: bool = False

    service_name: str = "HL7Soup"
    port: int = 8080
    hosted: bool = False
    """`UseIntegrationHostServiceAddress`."""
    use_ssl: bool = False
    """Of a self-hosted receiver; a hosted one takes the scheme of its host's service address."""
    certificate_thumbprint: str = ""
    """Server certificate, upper-case hexadecimal without separators; ``""`` means the host's default certificate."""

    authentication: bool = False
    user_name: str = ""
    password: str = field(default="", repr=False)
    require_client_certificate: bool = False
    client_certificate_thumbprints: str = ""
    """As written: the test is containment of the presented SHA-1 thumbprint, ignoring case."""

    message_type: MessageType = MessageType.HL7_V2
    message_options: MessageOptions | None = None
    received_message_template: str = ""

    query_parameters: Mapping[str, VariableDescriptor] = field(default_factory=lambda: MappingProxyType({}))
    """Query name in lower case → variable. Empty when `ExtractParameters` is false."""
    url_sections: tuple[VariableDescriptor, ...] = ()
    """Empty when `ExtractUrlSections` is false."""

    filters: Guid | None = None
    variable_transformers: Guid | None = None
    activities: tuple[Guid, ...] = ()

    response_priority: ResponsePriority = ResponsePriority.AFTER_ALL_PROCESSING
    response_template: str = ""
    response_transformers: Guid | None = None
    return_custom_response: bool | None = None
    """None when the member is absent: then true unless another mode is on (contract 9.1)."""
    return_no_response: bool = False
    return_response_from_activity: bool = False
    response_activity: Guid | None = None
    response_activity_name: str = ""
    return_application_accept: bool = False
    return_application_reject: bool = False
    reject_message: str = ""
    return_application_error: bool = False
    error_message: str = ""


Setting = HttpReceiver | Sender | FilterHost | TransformerList


@dataclass(frozen=True, slots=True)
class Workflow:
    """
    A decoded workflow whose links all resolve.

    Attributes:
        receiver: the root.
        activities: the senders in run order.
        filter_hosts: by Id.
        transformer_lists: by Id.
    """

    receiver: HttpReceiver
    activities: tuple[Sender, ...] = ()
    filter_hosts: Mapping[Guid, FilterHost] = field(default_factory=dict)
    transformer_lists: Mapping[Guid, TransformerList] = field(default_factory=dict)

    def filters(self, link: Guid | None) -> FilterHost | None:
        """Return the filter host *link* names; None for no link."""
        return None if link is None else self.filter_hosts[link]

    def transformers(self, link: Guid | None) -> TransformerList | None:
        """Return the transformer list *link* names; None for no link."""
        return None if link is None else self.transformer_lists[link]
