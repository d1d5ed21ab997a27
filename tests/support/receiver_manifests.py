"""Manifests of receivers for tests, as text."""

import json
from typing import Any

RECEIVER_TYPE = "HL7Soup.Functions.Settings.Receivers.HttpReceiverSetting, HL7SoupWorkflow"


def receiver_manifest(name: str, path: str, *, spec: dict[str, Any] | None = None, **members: Any) -> str:
    """An HttpReceiver whose workflow is one JSON receiver on *path* that answers ``{ "ok": true }``, with *members*."""
    workflow = {
        "$type": RECEIVER_TYPE,
        "Id": "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa",
        "Name": name,
        "MessageType": 11,
        "ServiceName": path,
        "ResponseMessageTemplate": '{ "ok": true }',
        **members,
    }
    return json.dumps(
        {
            "apiVersion": "httpreceiver.dev/v1alpha1",
            "kind": "HttpReceiver",
            "metadata": {"name": name},
            "spec": {"workflow": workflow, **(spec or {})},
        }
    )
