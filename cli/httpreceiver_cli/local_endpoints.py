"""
What is different about endpoints when all hosts are one machine: a port is bound once, certificates lie in one folder.
"""

from collections.abc import Iterable, Mapping

import msgspec

from httpreceiver_cli.local_cluster import Answer
from httpreceiver_operator.names import RECEIVER, ObjectKey
from httpreceiver_workflow.endpoint import Endpoint, Scheme


class PortHolders:
    """Which host has each port of this machine; the one that has it keeps it."""

    def __init__(self) -> None:
        self._hosts: dict[int, str] = {}

    def settle(self, endpoints: Iterable[Endpoint]) -> tuple[list[Endpoint], dict[str, str]]:
        """
        Return the endpoints that can be bound, and the receivers of the others with the reason.

        In a cluster each host has an address of its own; here the host that is served already, else the first by name,
        gets the port.
        """
        kept: dict[int, Endpoint] = {}
        crowded_out: dict[str, str] = {}
        for endpoint in sorted(endpoints, key=lambda one: (self._hosts.get(one.port) != one.host, one.host)):
            holder = kept.setdefault(endpoint.port, endpoint)
            if holder is not endpoint:
                reason = (
                    f"Port {endpoint.port} of this machine is served for host {holder.host}; a cluster would give host"
                    f" {endpoint.host} an address of its own, here change Port or serve it in another process."
                )
                crowded_out.update({receiver.name: reason for receiver in endpoint.receivers})
        self._hosts = {port: endpoint.host for port, endpoint in kept.items()}
        return list(kept.values()), crowded_out


def with_certificates(endpoints: Iterable[Endpoint], answer: Answer) -> list[Endpoint]:
    """
    Return *endpoints* with the thumbprint of each certificate that a Secret of the manifests holds.

    In a cluster that Secret is mounted as the default certificate; here the listener finds it by thumbprint.
    """
    return [
        msgspec.structs.replace(endpoint, certificate=_thumbprint(endpoint, answer.plan.statuses))
        if endpoint.scheme is Scheme.HTTPS and not endpoint.certificate
        else endpoint
        for endpoint in endpoints
    ]


def _thumbprint(endpoint: Endpoint, statuses: Mapping[ObjectKey, Mapping[str, object]]) -> str:
    for receiver in endpoint.receivers:
        namespace, _, name = receiver.name.partition("/")
        certificate = statuses[ObjectKey(RECEIVER, namespace, name)].get("certificate")
        if isinstance(certificate, Mapping) and certificate.get("thumbprint"):
            return str(certificate["thumbprint"])
    return ""
