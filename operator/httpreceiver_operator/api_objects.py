"""An object of the Kubernetes API as it came, and what can be said of one of any kind."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from httpreceiver_operator import names
from httpreceiver_operator.names import ObjectName

JsonObject = Mapping[str, Any]
NOTHING: Final[JsonObject] = MappingProxyType({})


def object_name(entry: JsonObject) -> ObjectName:
    """Return namespace and name of an API object; without a namespace it is in ``default``."""
    metadata = entry.get("metadata") or NOTHING
    return ObjectName(metadata.get("namespace") or "default", metadata.get("name") or "")


def is_ours(entry: JsonObject) -> bool:
    """Whether we made *entry*: our label, and an HttpReceiver that owns it. Anything else is never touched."""
    metadata = entry.get("metadata") or NOTHING
    labelled = (metadata.get("labels") or NOTHING).get(names.MANAGED_BY) == names.MANAGER
    return labelled and any(
        owner.get("kind") == names.RECEIVER and str(owner.get("apiVersion", "")).startswith(f"{names.GROUP}/")
        for owner in metadata.get("ownerReferences") or ()
    )


def parse_time(text: str | None) -> datetime | None:
    """Return the aware time of an RFC 3339 text as the API writes it; None for none."""
    return datetime.fromisoformat(text) if text else None
