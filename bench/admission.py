"""
The HL7 job: take a 1.3 kB ADT^A01 at ``/hl7/adt`` and acknowledge it under its control id.
"""

from http import HTTPStatus
from typing import Any, Final

from bench.job import RECEIVER, post, typed

_ADMISSION: Final = "\r".join(
    [
        "MSH|^~\\&|WARD|NORTH|EHR|MAIN|20240501103000||ADT^A01^ADT_A01|@ID@|P|2.5",
        "EVN|A01|20240501103000|||U100^CLERK^CARLA|20240501102500",
        "PID|1||123456^^^NORTH^MR~99887766^^^NATL^NI||BROWN^SAM^JAMES^^MR||19741225|M||2106-3"
        "|12 HIGH ST^^SPRINGFIELD^IL^62701^USA^H~77 MILL RD^^SPRINGFIELD^IL^62701^USA^M"
        "||(03)55550100^PRN^PH~(03)55550101^WPN^PH||EN|M|CHR|ACC556677|||||SPRINGFIELD|N||USA",
        "PD1|||NORTH FAMILY PRACTICE^^12345|7777^GENERAL^PRACTITIONER^^^DR",
        "NK1|1|BROWN^ANN|SPO^SPOUSE|12 HIGH ST^^SPRINGFIELD^IL^62701|(03)55550100||EC^EMERGENCY",
        "NK1|2|BROWN^JOHN|SON^SON|12 RIVER WALK^^SPRINGFIELD^IL^62701|(03)55550102||EC^EMERGENCY",
        "PV1|1|I|W3^12^B^NORTH||||2222^WHO^JO^^^DR|3333^WHICH^LEE^^^DR|4444^WHAT^KIM^^^DR|MED||||7|A0||2222^WHO^JO^^^DR"
        "|INP|VN00042|SELF||||||||||||||||||||NORTH||ADM|||20240501100000",
        "PV2||SEMI|R07.4^CHEST PAIN, UNSPECIFIED^I10|||||20240501|20240505|4||OBSERVATION AND CARDIAC MONITORING",
        "OBX|1|NM|8867-4^HEART RATE^LN||88|/min|60-100|N|||F|||20240501101500",
        "OBX|2|NM|8310-5^BODY TEMPERATURE^LN||37.2|Cel|36.0-37.5|N|||F|||20240501101500",
        "AL1|1|DA|00476^PENICILLIN^RXNORM|SV|ANAPHYLAXIS|20100310",
        "DG1|1|I10|R07.4^CHEST PAIN, UNSPECIFIED^I10|CHEST PAIN|20240501102000|A",
        "IN1|1|STD^STANDARD COVER|INS001|MUTUAL|1 FUND PLAZA^^SPRINGFIELD^IL^62701|||GRP42||||20240101|20241231",
        "",
    ]
)


def admission(number: int) -> bytes:
    """Return message *number*."""
    return _ADMISSION.replace("@ID@", f"M{number}").encode("ascii")


def admission_request(number: int) -> bytes:
    """Return the whole request *number* as it goes over the wire."""
    return post("/hl7/adt", "application/hl7-v2", admission(number))


def admission_workflow(port: int) -> list[dict[str, Any]]:
    """Return the workflow that acknowledges on *port*: HL7 in, the generated acknowledgement out."""
    return [
        typed(
            "HttpReceiverSetting",
            Id=RECEIVER,
            Name="admissions",
            ServiceName="hl7/adt",
            Port=port,
            MessageType=1,
            ReturnApplicationAccept=True,
        )
    ]


def wrong_acknowledgement(number: int, status: int, body: bytes) -> str | None:
    """Return what is wrong with the answer to message *number*, None when it accepts it."""
    accepted = body.startswith(b"MSH|^~\\&|EHR|MAIN|WARD|NORTH|") and f"\rMSA|AA|M{number}".encode() in body
    return None if status == HTTPStatus.OK and accepted else f"status {status}: {body[:200]!r}"
