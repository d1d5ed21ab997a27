"""
The job every server does: take a 1 KB JSON Patient at ``/api/patient/{id}/{kind}?siteId=…`` and answer five values.

The five: a constant, two parts of the path, one query value with a default, one value out of the body. A body that is
no Patient is turned away.
"""

import json
from http import HTTPStatus
from typing import Any, Final

_PATIENT: Final[dict[str, Any]] = {
    "resourceType": "Patient",
    "id": "12345",
    "active": True,
    "name": [{"family": "Chalmers", "given": ["Peter", "James"]}],
    "telecom": [{"system": "phone", "value": "(03) 5555 6473", "use": "work", "rank": rank} for rank in range(6)],
    "gender": "male",
    "birthDate": "1974-12-25",
    "address": [
        {"use": "home", "line": ["534 Erewhon St"], "city": "PleasantVille", "state": "Vic", "postalCode": "3999"}
    ],
    "notes": "x" * 250,
}
PATIENT: Final = json.dumps(_PATIENT).encode()
DEVICE: Final = b'{"resourceType": "Device"}'

RECEIVER: Final = "00000000-0000-4000-8000-0000000000a1"
_FILTERS: Final = "00000000-0000-4000-8000-0000000000f1"
TRANSFORMERS: Final = "00000000-0000-4000-8000-0000000000d1"


def typed(name: str, **fields: Any) -> dict[str, Any]:
    """Return an object of the contract's class *name*."""
    namespace = {
        "HttpReceiverSetting": "HL7Soup.Functions.Settings.Receivers",
        "HttpSenderSetting": "HL7Soup.Functions.Settings.Senders",
        "FilterHostSetting": "HL7Soup.Functions.Settings.Filters",
        "StringMessageFilter": "HL7Soup.MessageFilters",
    }.get(name, "HL7Soup.Functions.Settings")
    return {"$type": f"{namespace}.{name}, HL7SoupWorkflow", **fields}


def job_workflow(port: int, *, tls: bool = False) -> list[dict[str, Any]]:
    """Return the workflow that does the job on *port*; with *tls* under the listener's own certificate."""
    receiver = typed(
        "HttpReceiverSetting",
        Id=RECEIVER,
        Name="bench",
        ServiceName="api/patient",
        Port=port,
        UseSsl=tls,
        MessageType=11,
        ExtractUrlSections=True,
        UrlSections=[{"VariableName": "id"}, {"VariableName": "kind"}],
        ExtractParameters=True,
        QueryStringParameters={
            "siteId": {"VariableName": "siteId", "SampleVariableValue": "main", "SampleValueIsDefaultValue": True}
        },
        Filters=_FILTERS,
        VariableTransformers=TRANSFORMERS,
        ResponseMessageTemplate='{"ok":true,"id":"${id:JSONEncode}","kind":"${kind:JSONEncode}",'
        '"site":"${siteId:JSONEncode}","name":"${family:JSONEncode}"}',
    )
    source = {"FromSetting": RECEIVER, "FromDirection": 0, "FromType": 12}
    is_patient = typed("StringMessageFilter", Path="resourceType", Comparer=0, Value="Patient", **source)
    family = typed("CreateVariableTransformerAction", VariableName="family", FromPath="name[1]/family", **source)
    return [
        receiver,
        typed("FilterHostSetting", Id=_FILTERS, Name="patients only", Filters=[is_patient]),
        typed("TransformerSetting", Id=TRANSFORMERS, Name="family name", Transformers=[family]),
    ]


def passthrough_workflow() -> list[dict[str, Any]]:
    """Return the least a receiver can do: a fixed answer to anything."""
    return [
        typed(
            "HttpReceiverSetting",
            Id=RECEIVER,
            Name="passthrough",
            ServiceName="p",
            MessageType=13,
            ResponseMessageTemplate="ok",
        )
    ]


def receiving_workflow(port: int, name: str) -> list[dict[str, Any]]:
    """Return a receiver that takes any bytes at ``/NAME`` and answers a fixed text."""
    return [
        typed(
            "HttpReceiverSetting",
            Id=RECEIVER,
            Name=name,
            ServiceName=name,
            Port=port,
            MessageType=13,
            ResponseMessageTemplate="ok",
        )
    ]


def receiving_request(name: str, body: bytes) -> bytes:
    """Return a request to it."""
    head = (
        f"POST /{name} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


def target(number: int) -> str:
    """Return the request target of request *number*."""
    return f"/api/patient/{number}/visit?siteId=north"


def request_bytes(number: int, body: bytes = PATIENT) -> bytes:
    """Return the whole request *number* as it goes over the wire."""
    return post(target(number), "application/json", body)


def post(path: str, content_type: str, body: bytes) -> bytes:
    """Return a request as it goes over the wire."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode("ascii") + body


def wrong_answer(number: int, status: int, body: bytes) -> str | None:
    """Return what is wrong with the answer to request *number*, None when it is right."""
    expected = {"ok": True, "id": str(number), "kind": "visit", "site": "north", "name": "Chalmers"}
    if status != HTTPStatus.OK:
        return f"status {status}: {body[:200]!r}"
    try:
        answered = json.loads(body)
    except ValueError:
        return f"not JSON: {body[:200]!r}"
    return None if answered == expected else f"answered {answered}"


def wrong_refusal(status: int, body: bytes) -> str | None:
    """
    Return what is wrong with the answer to a body that is no Patient, None when it is turned away.

    A workflow's filter answers 200 with an empty body, a handler's author would choose 400: neither gives the values.
    """
    return f"status {status} with {body[:200]!r}" if b"ok" in body and b"true" in body else None
