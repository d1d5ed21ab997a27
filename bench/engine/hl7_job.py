"""
Twenty mappings from a 4 kB HL7 message into another one: as a workflow, and by hand.
"""

from typing import Any, Final

from bench.job import RECEIVER, TRANSFORMERS, typed

_OBSERVATION: Final = (
    "OBX|{0}|NM|8867-4^Heart rate^LN||{0}|/min^per minute^UCUM|60-100|N|||F|||202401051030||1234^Who^Jo"
)
MESSAGE: Final = "\r".join(
    [
        "MSH|^~\\&|LAB|HOSP|EHR|CLINIC|20240105103000||ADT^A01^ADT_A01|MSG00001|P|2.5.1",
        "EVN|A01|20240105103000|||JDOE^Doe^John",
        "PID|1||12345^^^HOSP^MR~67890^^^SSA^SS||Brown^Sam^James||19780203|M||2106-3"
        "|12 High St \\T\\ Lane^^Springfield^IL^62701^USA||555-0100^PRN^PH|||S||ACC123||||||||||||N",
        "NK1|1|Brown^Ann|SPO|12 High St^^Springfield^IL^62701^USA|555-0101",
        "PV1|1|I|W12^303^A^HOSP||||1234^Who^Jo^^^Dr|||SUR||||ADM|A0|||||||||||||||||||||||||||||||||202401051000",
        *[_OBSERVATION.format(number) for number in range(1, 40)],
        "",
    ]
).encode()

_TEMPLATE: Final = "MSH|^~\\&|HUB|MAIN|||||ADT^A08|${WorkflowInstanceId}|P|2.5.1\rPID|1\rPV1|1\r"
_PLACES: Final = (
    *("MSH-7", "PID-3.1", "PID-3.4", "PID-3.5", "PID-5.1", "PID-5.2", "PID-5.3", "PID-7", "PID-8"),
    *("PID-11.1", "PID-11.3", "PID-11.4", "PID-11.5", "PID-13.1"),
    *("PV1-2", "PV1-3.1", "PV1-3.2", "PV1-7.1", "PV1-7.2", "PV1-44"),
)


def workflow() -> list[dict[str, Any]]:
    """Return a receiver that answers with twenty values of the request in a message of its own."""
    source = {"FromSetting": RECEIVER, "FromDirection": 0, "FromType": 8}
    mappings = [typed("CreateMappingTransformerAction", FromPath=place, ToPath=place, **source) for place in _PLACES]
    return [
        typed(
            "HttpReceiverSetting",
            Id=RECEIVER,
            Name="patients",
            ServiceName="hl7",
            MessageType=1,
            ResponseMessageTemplate=_TEMPLATE,
            Transformers=TRANSFORMERS,
        ),
        typed("TransformerSetting", Id=TRANSFORMERS, Name="twenty", Transformers=mappings),
    ]


def by_hand(text: str) -> str:
    """
    Do the same for messages with the usual delimiters, whose values therefore need no unescaping on the way.

    Raises ValueError for all others, which it would misread in silence; so must whoever writes this for real traffic.
    """
    if not text.startswith("MSH|^~\\&|") or "\n" in text:
        raise ValueError("other delimiters or line ends than this function reads")
    segments: dict[str, list[str]] = {}
    for line in text.split("\r"):
        if line[:3] in ("MSH", "PID", "PV1"):
            segments.setdefault(line[:3], line.split("|"))
    empty: list[str] = []
    msh, pid, pv1 = segments["MSH"], segments.get("PID", empty), segments.get("PV1", empty)
    identifier, name, street, phone = _parts(pid, 3, 5), _parts(pid, 5, 3), _parts(pid, 11, 5), _parts(pid, 13, 1)
    ward, doctor = _parts(pv1, 3, 2), _parts(pv1, 7, 2)
    return (
        f"MSH|^~\\&|HUB|MAIN|||{_field(msh, 6)}||ADT^A08|1|P|2.5.1\r"
        f"PID|1||{identifier[0]}^^^{identifier[3]}^{identifier[4]}||{name[0]}^{name[1]}^{name[2]}||{_field(pid, 7)}"
        f"|{_field(pid, 8)}|||{street[0]}^^{street[2]}^{street[3]}^{street[4]}||{phone[0]}\r"
        f"PV1|1|{_field(pv1, 2)}|{ward[0]}^{ward[1]}||||{doctor[0]}^{doctor[1]}{'|' * 37}{_field(pv1, 44)}\r"
    )


def _field(fields: list[str], number: int) -> str:
    """Return the first repetition of one field."""
    return fields[number].split("~", 1)[0] if number < len(fields) else ""


def _parts(fields: list[str], number: int, count: int) -> list[str]:
    """Return at least *count* components of a field."""
    parts = _field(fields, number).split("^")
    return parts + [""] * (count - len(parts))
