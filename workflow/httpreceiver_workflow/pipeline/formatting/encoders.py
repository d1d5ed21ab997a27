"""
Encoders and decoders a value can go through last, by the names the documents use.

Every function takes any text and returns a text. A decoder that is given what its encoder cannot have made returns it
unchanged: guessing would turn one wrong value into another. The list and the behaviour beyond the names are not
published; contract 6.4 says which to offer, the docstrings here say what was chosen.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from json.encoder import encode_basestring
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, unquote_to_bytes

Encoder = Callable[[str], str]

_HL7_TO_TEXT: Final = {"F": "|", "S": "^", "R": "~", "T": "&", "E": "\\"}
_HL7_ENCODED: Final = str.maketrans(
    {"|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\", "\\": "\\E\\", "\r": "\\X0D\\", "\n": "\\X0A\\"}
)
_HL7_QUOTES_ENCODED: Final = {**_HL7_ENCODED, ord('"'): "\\X22\\"}
_HL7_ESCAPE = re.compile(r"\\(?:([FSRTE])|X((?:[0-9A-Fa-f]{2})+))\\")

_XML_ENCODED: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})
_XML_TO_TEXT: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_XML_REFERENCE = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));")

_CSV_SPECIAL = re.compile(r'[,"\r\n]')
_BASE64_SPACE: Final = str.maketrans("", "", " \t\r\n")


def utf8(text: str) -> bytes:
    """Return *text* as UTF-8; an unpaired surrogate becomes U+FFFD, as .NET's encoder writes it."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def hl7_encode(text: str) -> str:
    """Escape the standard HL7 delimiters, and line ends, which would otherwise end the segment."""
    return text.translate(_HL7_ENCODED)


def hl7_decode(text: str) -> str:
    r"""Undo `hl7_encode`: the delimiter escapes and ``\Xhh..\`` (UTF-8); unknown sequences stay."""
    return _HL7_ESCAPE.sub(_hl7_escape_text, text) if "\\" in text else text


def hl7_quotes_encode(text: str) -> str:
    r"""As `hl7_encode`, with ``"`` as ``\X22\`` too, so that ``""`` is text and not HL7's explicit null."""
    return text.translate(_HL7_QUOTES_ENCODED)


def xml_encode(text: str) -> str:
    """Write the five characters that are markup as entities."""
    return text.translate(_XML_ENCODED)


def xml_decode(text: str) -> str:
    """Read the five named entities and numeric references; anything else stays."""
    return _XML_REFERENCE.sub(_xml_reference_text, text) if "&" in text else text


def csv_encode(text: str) -> str:
    """Wrap in quotes, doubling those inside, when there is a comma, a quote or a line end."""
    return '"' + text.replace('"', '""') + '"' if _CSV_SPECIAL.search(text) else text


def json_encode(text: str) -> str:
    """Write the inside of a JSON string, without its quotes."""
    return encode_basestring(text)[1:-1]


def json_decode(text: str) -> str:
    """Read the inside of a JSON string."""
    if "\\" not in text:
        return text
    try:
        decoded = json.loads(f'"{text}"', strict=False)
    except ValueError:
        return text
    return decoded if isinstance(decoded, str) and _is_encodable(decoded) else text


def base64_encode(text: str) -> str:
    """Write the UTF-8 bytes as base64."""
    return base64.b64encode(utf8(text)).decode("ascii")


def base64_decode(text: str) -> str:
    """Read base64 of UTF-8 text; white space inside is ignored."""
    try:
        return base64.b64decode(text.translate(_BASE64_SPACE), validate=True).decode()
    except (binascii.Error, ValueError):
        return text


def url_encode(text: str) -> str:
    """Percent-encode all but letters, digits and ``-._~``: right in a path and in a query."""
    return quote(utf8(text), safe="")


def url_decode(text: str) -> str:
    """Read percent-encoded UTF-8, with ``+`` as a space, as in a form or query; a malformed ``%`` stays."""
    try:
        return unquote_to_bytes(utf8(text.replace("+", " "))).decode()
    except UnicodeDecodeError:
        return text


ENCODERS: Final[Mapping[str, Encoder]] = MappingProxyType(
    {
        "HL7Encode": hl7_encode,
        "HL7Decode": hl7_decode,
        "HL7QuotesEncode": hl7_quotes_encode,
        "HL7QuotesDecode": hl7_decode,
        "XMLEncode": xml_encode,
        "XMLDecode": xml_decode,
        "CSVEncode": csv_encode,
        "JSONEncode": json_encode,
        "JSONDecode": json_decode,
        "Base64Encode": base64_encode,
        "Base64Decode": base64_decode,
        "URLEncode": url_encode,
        "URLDecode": url_decode,
    }
)
"""By documented name."""


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _hl7_escape_text(match: re.Match[str]) -> str:
    if match[1] is not None:
        return _HL7_TO_TEXT[match[1]]
    try:
        return bytes.fromhex(match[2]).decode()
    except UnicodeDecodeError:
        return match[0]


def _xml_reference_text(match: re.Match[str]) -> str:
    if match[1] is not None:
        return _XML_TO_TEXT[match[1]]
    code = int(match[2]) if match[2] is not None else int(match[3], 16)
    if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return match[0]
    return chr(code)
