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
from httpreceiver_workflow.options.request import MessageText, Undecodable
from httpreceiver_workflow.pipeline.effects import FaultKind

ReadText = Callable[[bytes, str], str]
"""Bytes and their Content-Type → text."""

_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class UnreadableBody(ValueError):
    """The body is not what its Content-Type says; the text is our own and quotes nothing of it."""

    kind = FaultKind.BAD_REQUEST
    status = 400


class UnknownCharset(UnreadableBody):
    """The charset of a Content-Type is none that we know; nothing is guessed."""

    kind = FaultKind.UNSUPPORTED_MEDIA_TYPE
    status = 415


class TooManyParts(UnreadableBody):
    """The body has more of something than is read; the text says of what."""

    kind = FaultKind.PAYLOAD_TOO_LARGE
    status = 413


def decode_bytes(data: bytes, content_type: str, default: str = "utf-8", errors: str = "replace") -> str:
    """
    Return *data* as text: by byte order mark, else by the charset of *content_type*, else as *default*.

    Undecodable bytes become U+FFFD (contract 3.1) unless *errors* is ``strict``. A byte order mark is not part of the
    text.
    Raises:
        UnknownCharset: nothing is guessed.
        UnicodeDecodeError: only with ``strict``.
    """
    if not data:
        return ""
    first = data[0]
    if first >= 0xEF or first == 0:
        mark = byte_order_mark(data)
        if mark is not None:
            return data[len(mark[0]) :].decode(mark[1], errors)
    named = charset(content_type) if "=" in content_type else ""
    return data.decode(codec(named) if named else default, errors)


def byte_order_mark(data: bytes) -> tuple[bytes, str] | None:
    """Return the byte order mark that *data* begins with and the encoding it stands for."""
    return next((mark for mark in _BYTE_ORDER_MARKS if data.startswith(mark[0])), None)


def text_reader(charset_name: str, undecodable: Undecodable) -> ReadText:
    """
    Return what makes text of bytes and their Content-Type: `decode_bytes` with the charset and strictness asked for.

    It raises UnreadableBody for an unknown charset, and where undecodable bytes are refused.
    """
    default = python_encoding(charset_name) or "utf-8"
    if undecodable is Undecodable.REPLACE:
        return (
            decode_bytes if default == "utf-8" else lambda data, content_type: decode_bytes(data, content_type, default)
        )

    def decode(data: bytes, content_type: str) -> str:
        try:
            return decode_bytes(data, content_type, default, "strict")
        except UnicodeDecodeError as error:
            raise UnreadableBody(f"byte {error.start} is no text in {error.encoding}") from None

    return decode


def compile_body(message_type: MessageType, choice: DicomBody, text: MessageText, decode: ReadText) -> ReadText:
    """
    Return what makes the text of a receiver's message of a body and its Content-Type.

    Args:
        decode: from `text_reader`.
    """
    if text is MessageText.BASE64:
        return lambda data, _: base64.b64encode(data).decode("ascii")
    if choice is DicomBody.RAW and message_type in (MessageType.DICOM, MessageType.BINARY):
        return lambda data, content_type: _with_raw_dicom(data, content_type, decode)
    return decode


def _with_raw_dicom(data: bytes, content_type: str, decode: ReadText) -> str:
    """Return the base64 form of a DICOM file, any other body as text (contract A24)."""
    if is_dicom_file(data) or media_type_of(content_type) == "application/dicom":
        return base64.b64encode(data).decode("ascii")
    return decode(data, content_type)


def media_type_of(content_type: str) -> str:
    """Return the media type alone, in lower case."""
    return content_type.partition(";")[0].strip().lower()


@lru_cache(maxsize=256)
def codec(name: str) -> str:
    """Return Python's name of the charset *name*. Raises UnknownCharset."""
    encoding = python_encoding(name)
    if encoding is None:
        raise UnknownCharset(f"unknown charset {name}")
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
