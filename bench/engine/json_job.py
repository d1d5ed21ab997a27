"""
An order of a hundred lines to an invoice, fifty actions with a loop: as a workflow, and by hand.
"""

import json
from typing import Any, Final

from bench.job import RECEIVER, TRANSFORMERS, typed

_LINES: Final = 100

ORDER: Final = json.dumps(
    {
        "number": "O-2024-0117",
        "date": "2024-01-05",
        "currency": "EUR",
        "total": 4711.25,
        **{
            party: {
                "id": f"C-{number}",
                "name": f"{party.title()} & Söhne",
                "vat": "DE811907980",
                "email": f"{party}@example.org",
                "phone": "+49 40 555-0100",
                "address": {"street": "Hafenstr. 5", "city": "Hamburg", "postcode": "20359", "country": "DE"},
            }
            for number, party in enumerate(("buyer", "payer", "receiver"), start=1)
        },
        "lines": [
            {
                "sku": f"SKU-{number:04}",
                "description": f"Article number {number}, packed",
                "quantity": number % 7 + 1,
                "price": number + 0.25,
                "unit": "PCE",
                "tax": "Z" if number % 4 == 0 else "S",
                "warehouse": {"code": "HH", "bin": f"{number}-A"},
            }
            for number in range(1, _LINES + 1)
        ],
    },
    ensure_ascii=False,
).encode()

_PARTIES: Final = ("buyer", "payer", "receiver")
_PARTY_FIELDS: Final = ("id", "name", "vat", "email", "phone")
_ADDRESS_FIELDS: Final = ("street", "city", "postcode", "country")
_HEADER_FIELDS: Final = ("number", "date", "currency", "total")
_LINE_FIELDS: Final = ("sku", "description", "quantity", "price", "unit", "warehouse/code", "warehouse/bin")
_SOURCE: Final = {"FromSetting": RECEIVER, "FromDirection": 0, "FromType": 12}


def _mapping(source: str, target: str) -> dict[str, Any]:
    return typed("CreateMappingTransformerAction", FromPath=source, ToPath=target, **_SOURCE)


def actions() -> list[dict[str, Any]]:
    """Return the fifty actions: three variables, 35 mappings in front, twelve actions of the loop."""
    variables = [
        typed("CreateVariableTransformerAction", VariableName=name, FromPath=path, **_SOURCE)
        for name, path in (("name", "buyer/name"), ("city", "buyer/address/city"), ("order", "number"))
    ]
    title = typed(
        "CreateMappingTransformerAction", FromPath="${order}: ${name}, ${city}", FromDirection=2, ToPath="title"
    )
    front = [
        title,
        *(_mapping(field, f"header/{field}") for field in _HEADER_FIELDS),
        *(_mapping(f"{party}/{field}", f"{party}/{field}") for party in _PARTIES for field in _PARTY_FIELDS),
        *(_mapping(f"{party}/address/{field}", f"{party}/{field}") for party in _PARTIES for field in _ADDRESS_FIELDS),
        _mapping("lines[1]/unit", "unit"),
        _mapping("lines[1]/warehouse/code", "warehouse"),
        _mapping("receiver/address/city", "place"),
    ]
    exempt = typed("StringMessageFilter", Path="lines/tax", Comparer=0, Value="Z", **_SOURCE)
    loop = [
        typed("ForEachTransformerAction", FromPath="lines", **_SOURCE),
        *(
            _mapping(f"lines/{field}", f"lines[${{ForEachIterator}}]/{field.rpartition('/')[2]}")
            for field in _LINE_FIELDS
        ),
        typed("BeginConditionalTransformerAction", Filters=[exempt]),
        typed(
            "CreateMappingTransformerAction",
            FromPath="exempt",
            FromDirection=2,
            ToPath="lines[${ForEachIterator}]/tax",
        ),
        typed("EndConditionalTransformerAction"),
        typed("NextTransformerAction"),
    ]
    return [*variables, *front, *loop]


def workflow() -> list[dict[str, Any]]:
    """Return a receiver that answers an order with an invoice."""
    return [
        typed(
            "HttpReceiverSetting",
            Id=RECEIVER,
            Name="orders",
            ServiceName="orders",
            MessageType=11,
            ResponseMessageTemplate='{"kind":"invoice"}',
            Transformers=TRANSFORMERS,
        ),
        typed("TransformerSetting", Id=TRANSFORMERS, Name="fifty", Transformers=actions()),
    ]


def by_hand(text: str) -> str:
    """Do the same with the standard library: values as text, numbers as written, what is missing as an empty text."""
    order = json.loads(text, parse_float=str, parse_int=str)
    first = order["lines"][0] if order["lines"] else {}
    invoice = {
        "kind": "invoice",
        "title": f"{order['number']}: {order['buyer']['name']}, {order['buyer']['address']['city']}",
        "header": {field: order.get(field, "") for field in _HEADER_FIELDS},
    }
    for party in _PARTIES:
        invoice[party] = {field: order[party].get(field, "") for field in _PARTY_FIELDS}
    for party in _PARTIES:
        invoice[party] |= {field: order[party]["address"].get(field, "") for field in _ADDRESS_FIELDS}
    invoice["unit"] = first.get("unit", "")
    invoice["warehouse"] = first["warehouse"].get("code", "")
    invoice["place"] = order["receiver"]["address"].get("city", "")
    invoice["lines"] = [_invoice_line(line) for line in order["lines"]]
    return json.dumps(invoice, ensure_ascii=False, separators=(",", ":"))


def _invoice_line(line: dict[str, Any]) -> dict[str, Any]:
    warehouse = line.get("warehouse", {})
    invoiced = {
        "sku": line.get("sku", ""),
        "description": line.get("description", ""),
        "quantity": line.get("quantity", ""),
        "price": line.get("price", ""),
        "unit": line.get("unit", ""),
        "code": warehouse.get("code", ""),
        "bin": warehouse.get("bin", ""),
    }
    if line.get("tax", "").lower() == "z":
        invoiced["tax"] = "exempt"
    return invoiced
