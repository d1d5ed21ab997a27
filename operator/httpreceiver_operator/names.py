"""
What everything is called in the cluster: group, kinds, labels, annotations and object names.

Pure. Names are short enough for what they name: a host has at most 40 characters, so a Deployment with its port fits
into 63.
"""

from typing import Final, NamedTuple

GROUP: Final = "httpreceiver.dev"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"

RECEIVER: Final = "HttpReceiver"
HOST: Final = "ReceiverHost"
DEFAULT_HOST: Final = "default"

MANAGER: Final = "httpreceiver-operator"
"""Value of the managed-by label, and the field manager of every server-side apply."""

MANAGED_BY: Final = "app.kubernetes.io/managed-by"
APP_NAME: Final = "app.kubernetes.io/name"
COMPONENT: Final = "app.kubernetes.io/component"
HOST_LABEL: Final = f"{GROUP}/host"
PORT_LABEL: Final = f"{GROUP}/port"
RECEIVER_LABEL: Final = f"{GROUP}/receiver"
OURS_SELECTOR: Final = f"{MANAGED_BY}={MANAGER}"

APPLIED_DIGEST: Final = f"{GROUP}/applied-digest"
"""Annotation of every object we apply: digest of what was applied."""

BUNDLE_REVISION: Final = f"{GROUP}/bundle-revision"
"""Annotation of pods, never of their template: changing it makes the kubelet refresh the mounts at once."""

LISTENER: Final = "httpreceiver-listener"
BUNDLES_PER_ENDPOINT: Final = 8
LISTEN_PORT: Final = 8080
ADMIN_PORT: Final = 9090
ADMIN_PORT_NAME: Final = "admin"


class ObjectName(NamedTuple):
    """Namespace and name of one object; as text ``namespace/name``."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """Return ``namespace/name``."""
        return f"{self.namespace}/{self.name}"


class ObjectKey(NamedTuple):
    """Kind, namespace and name of one object; as text ``Kind namespace/name``."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """Return ``Kind namespace/name``."""
        return f"{self.kind} {self.namespace}/{self.name}"


def host_service_name(host: str) -> str:
    """Return the name of the Service that lists every port of *host*."""
    return f"receivers-{host}"


def host_tls_secret_name(host: str) -> str:
    """Return the name of the Secret with the self-signed certificate of *host*."""
    return f"receivers-{host}-tls"


def deployment_name(host: str, port: int) -> str:
    """Return the name of the listener Deployment of one endpoint."""
    return f"receivers-{host}-{port}"


def bundle_secret_name(host: str, port: int, number: int) -> str:
    """Return the name of the workflow Secret *number* (0-based) of one endpoint."""
    return f"receivers-{host}-{port}-bundle-{number}"


def port_name(scheme: str, port: int) -> str:
    """
    Return the name of a claimed port, equal in Service and pod; at most 15 characters.

    >>> port_name("https", 8443)
    'https-8443'
    """
    return f"{scheme}-{port}"
