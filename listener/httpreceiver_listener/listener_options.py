"""What is fixed for a listener's life; the pod's command and `httpreceiver serve` make it of their arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from httpreceiver_listener.limits import Limits
from httpreceiver_listener.senders import Performer
from httpreceiver_listener.telemetry.access_log import Sink
from httpreceiver_listener.telemetry.records import RunEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerOptions:
    """
    What is fixed for a listener's life.

    Attributes:
        bind_address: ``""`` for every address.
        listen_ports: endpoint's port → port really bound; without an entry they are the same. 0 takes any free port.
        admin_address: ``""`` for every address.
        admin_port: None for no admin port.
        tls_folder: a mounted kubernetes.io/tls Secret with the default certificate; None to make one.
        state_folder: where a made default certificate is kept.
        certificates_folder: PEM and PFX files for certificates by thumbprint, servers' and clients'.
        certificate_names: further names in a made default certificate.
        files_roots: folders below which files may be written and databases opened; none forbids both.
        ca_file: PEM file of authorities that outgoing HTTPS trusts instead of the system's.
        trusted_proxies: networks of proxies in front of every port, besides those of each endpoint.
        access_log: takes complete lines of JSON, in a thread; None for no log.
        shared_folder: where all who serve the same ports keep what they count together; None when this one is alone.
        log_fault_messages: also log the text of faults inside runs, which may quote a message or an answer.
        log_query: also log queries, without the values of names that sound like a secret.
        log_masks: patterns of further such names.
        debug_tokens: folder of tokens with which a caller may have its request recorded; None for nobody.
        performers: who performs activities, by kind of call; None for the senders of this package.
        run_ended: told how each run ended, in the order they do; before the answer unless the answer came early.
    """

    bind_address: str = ""
    listen_ports: Mapping[int, int] = field(default_factory=dict)
    admin_address: str = ""
    admin_port: int | None = None
    limits: Limits = field(default_factory=Limits)
    tls_folder: Path | None = None
    state_folder: Path | None = None
    certificates_folder: Path | None = None
    certificate_names: Sequence[str] = ()
    files_roots: Sequence[Path] = ()
    ca_file: Path | None = None
    trusted_proxies: Sequence[str] = ()
    access_log: Sink | None = None
    shared_folder: Path | None = None
    log_fault_messages: bool = False
    log_query: bool = False
    log_masks: Sequence[str] = ()
    debug_tokens: Path | None = None
    performers: Mapping[type, Performer[Any]] | None = None
    run_ended: RunEnded | None = None
