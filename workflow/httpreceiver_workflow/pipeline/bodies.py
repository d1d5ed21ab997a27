"""
Bytes to text and back: request bodies, replies of activities, response bodies (contract 3.1).
"""

import base64
import binascii
import codecs
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from httpreceiver_workflow.contract.encodings import python_encoding
from httpreceiver_workflow.contract.enums import MessageType
from httpreceiver_workflow.messages.message import MessageFault
from httpreceiver_workflow.options.compatibility import DicomBody

_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class UnknownCharset(ValueError):
    """The charset of a Content-Type is none that we know; its text is the charset's name."""


def decode_bytes(data: bytes, content_type: str, default: str = "utf-8") -> str:
    """
    Return *data* as text: by byte order mark, else by the charset of *content_type*, else as *default*.

    Undecodable bytes become U+FFFD (contract 3.1). A byte order mark is not part of the text.
    Raises:
        UnknownCharset: nothing is guessed.
    """
    if not data:
        return ""
    first = data[0]
    if first >= 0xEF or first == 0:
        mark = byte_order_mark(data)
        if mark is not None:
            return data[len(mark[0]) :].decode(mark[1], "replace")
    named = charset(content_type)
    encoding = _codec(named) if named else default
    return data.decode(encoding, "replace")


def byte_order_mark(data: bytes) -> tuple[bytes, str] | None:
    """Return the byte order mark that *data* begins with and the encoding it stands for."""
    return next((mark for mark in _BYTE_ORDER_MARKS if data.startswith(mark[0])), None)


def compile_body(message_type: MessageType, choice: DicomBody) -> Callable[[bytes, str], str]:
    """Return what makes the text of a receiver's message of a body and its Content-Type. It raises UnknownCharset."""
    if choice is DicomBody.RAW and message_type in (MessageType.DICOM, MessageType.BINARY):
        return _with_raw_dicom
    return decode_bytes


def _with_raw_dicom(data: bytes, content_type: str) -> str:
    """Return the base64 form of a DICOM file, any other body as text (contract A24)."""
    if is_dicom_file(data) or content_type.partition(";")[0].strip().lower() == "application/dicom":
        return base64.b64encode(data).decode("ascii")
    return decode_bytes(data, content_type)


@lru_cache(maxsize=256)
def _codec(name: str) -> str:
    encoding = python_encoding(name)
    if encoding is None:
        raise UnknownCharset(name)
    return encoding


def encode_text(text: str) -> bytes:
    """Return *text* as UTF-8. Raises MessageFault for lone surrogates, which UTF-8 cannot carry."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise MessageFault("the text has characters that UTF-8 cannot carry") from error


def charset(content_type: str) -> str:
    """
    Return the charset parameter of a Content-Type, ``""`` when there is none.

    >>> charset('text/plain; charset="ISO-8859-1"')
    'ISO-8859-1'
    """
    if "=" not in content_type:
        return ""
    found = _CHARSET.search(content_type)
    return found[1] if found else ""


def is_dicom_file(data: bytes) -> bool:
    """Whether *data* begins as a DICOM Part-10 file does."""
    return data[128:132] == b"DICM"


def decode_base64(text: str) -> bytes:
    """Return the bytes of base64 *text*, blanks and line breaks ignored. Raises ValueError."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
