"""
The acknowledgement that a receiver generates for an HL7 request (contract 9.4).

Source: IntegrationSoup/Documentation, validate-hl7-transformer.md (header rules), hl7messagecookbook.md (codes).
"""

import re
from typing import Final, Literal

from httpreceiver_workflow.messages.hl7_delimiters import Delimiters, header_line, read_delimiters
from httpreceiver_workflow.messages.message import MessageFault

AckCode = Literal["AA", "AR", "AE"]

_TEXT_LIMIT: Final = 80
"""Longest MSA-3, counted as encoded, which is how HL7 v2.5.1 counts it."""

# In the list below item n is MSH-(n+1), because the separator itself is MSH-1.
_SENDER, _SENDER_FACILITY, _RECEIVER, _RECEIVER_FACILITY = 2, 3, 4, 5
_MESSAGE_TYPE, _CONTROL_ID, _VERSION = 8, 9, 11


def acknowledge(request_text: str, code: AckCode, text: str = "") -> str | None:
    """
    Return the acknowledgement of *request_text*, or None when that has no usable MSH.

    Args:
        code: accept, reject or error.
        text: why, for AR and AE: one line, escaped, cut to 80 characters without cutting an escape sequence.
    """
    header = header_line(request_text)
    if header[:3] != "MSH":
        return None
    try:
        delimiters = read_delimiters(header)
    except MessageFault:
        return None
    fields = header.split(delimiters.field)
    _swap(fields, _SENDER, _RECEIVER)
    _swap(fields, _SENDER_FACILITY, _RECEIVER_FACILITY)
    fields.extend([""] * (_MESSAGE_TYPE + 1 - len(fields)))
    fields[_MESSAGE_TYPE] = _acknowledgement_type(fields, delimiters)
    control_id = fields[_CONTROL_ID] if len(fields) > _CONTROL_ID else ""
    answer = ["MSA", code, control_id]
    if text and code != "AA":
        answer.append(_one_line(text, delimiters))
    return f"{delimiters.field.join(fields)}\r{delimiters.field.join(answer)}"


def _swap(fields: list[str], one: int, other: int) -> None:
    if other < len(fields):
        fields[one], fields[other] = fields[other], fields[one]


def _acknowledgement_type(fields: list[str], delimiters: Delimiters) -> str:
    """Return MSH-9: ACK, the request's trigger, and the structure where the request or its version has one."""
    if not delimiters.component:
        return "ACK"
    trigger, *structure = fields[_MESSAGE_TYPE].split(delimiters.component)[1:] or [""]
    version = fields[_VERSION] if len(fields) > _VERSION else ""
    if structure or _has_structures(version.split(delimiters.component)[0]):
        return delimiters.component.join(["ACK", trigger, "ACK", *structure[1:]])
    return delimiters.component.join(["ACK", trigger]) if trigger else "ACK"


def _has_structures(version: str) -> bool:
    """Whether *version* is 2.5 or later, from which on MSH-9.3 is required."""
    numbers = re.match(r"(\d{1,3})(?:\.(\d{1,3}))?", version.strip(), re.ASCII)
    return numbers is not None and (int(numbers[1]), int(numbers[2] or 0)) >= (2, 5)


def _one_line(text: str, delimiters: Delimiters) -> str:
    """Return *text* escaped, line breaks as blanks, at most 80 characters long."""
    escaped, length = [], 0
    for character in re.sub(r"\r\n|\r|\n", " ", text)[:_TEXT_LIMIT]:
        piece = delimiters.encode(character) if delimiters.escape else _plain(character, delimiters)
        length += len(piece)
        if length > _TEXT_LIMIT:
            break
        escaped.append(piece)
    return "".join(escaped)


def _plain(character: str, delimiters: Delimiters) -> str:
    """Return a blank for a delimiter that cannot be escaped because MSH-2 names no escape character."""
    return " " if character in delimiters.field + delimiters.encoding_characters else character
