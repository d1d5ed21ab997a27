"""
A multipart body taken apart: each part with its headers, its name and its exact bytes (RFC 7578, RFC 2046).

The parser is python-multipart's, fed with the whole body; what it lacks are the parameters of `Content-Disposition` and
a transfer encoding undone.
"""

import base64
import binascii
import quopri
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec

from httpreceiver_workflow.options.request import MultipartLimits
from httpreceiver_workflow.pipeline.content.bodies import TooManyParts, UnreadableBody
from httpreceiver_workflow.pipeline.content.header_parameters import read_parameters

if TYPE_CHECKING:
    from python_multipart import MultipartParser

_DISPOSITION: Final = "Content-Disposition"
_LONGEST_BOUNDARY: Final = 200
"""The standard has 70."""
_BLANKS: Final = b" \t\r\n"


class Part(msgspec.Struct, frozen=True):
    """
    One part.

    Attributes:
        name: of the form's field, ``""`` when there is none.
        filename: as the sender wrote it, None for what is no file. Never to be used as a path.
        content_type: the header's value, ``""`` when absent.
        headers: by name in the form ``Content-Type``; of one that occurs twice the first.
        disposition: `Content-Disposition` taken apart; its own value is `subtype`.
        content: the bytes, a transfer encoding undone.
    """

    name: str
    filename: str | None
    content_type: str
    headers: Mapping[str, str]
    disposition: Mapping[str, str]
    content: bytes


def read_parts(body: bytes, content_type: str, limits: MultipartLimits) -> tuple[Part, ...]:
    """
    Return the parts of *body* in their order.

    Raises:
        UnreadableBody: it is not what *content_type* says, or ends early.
        TooManyParts: it goes beyond one of *limits*.
    """
    from python_multipart.exceptions import FormParserError

    collector = _Collector(limits)
    parser = collector.parser(_boundary(body, content_type))
    parser.logger.disabled = True  # it logs what callers send, a line for each mistake
    try:
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        # The library has no error of its own for its limits.
        if str(error).startswith("Maximum header"):
            raise TooManyParts("a part has too long or too many headers") from None
        raise UnreadableBody("the multipart body is malformed") from None
    if not collector.is_complete:
        raise UnreadableBody("the multipart body ends early")
    return tuple(collector.parts)


def _boundary(body: bytes, content_type: str) -> str:
    _, parameters = read_parameters(content_type)
    boundary = parameters.get("boundary", "")
    if not boundary or not boundary.isascii() or not boundary.isprintable() or len(boundary) > _LONGEST_BOUNDARY:
        raise UnreadableBody("the Content-Type names no boundary")
    # Some senders count the two dashes of the delimiter as part of the boundary; no other body begins so.
    return boundary[2:] if boundary.startswith("--") and body.startswith(boundary.encode() + b"\r\n") else boundary


class _Collector:
    """Receives what the parser finds. Slices of the body are joined once, when their part ends."""

    def __init__(self, limits: MultipartLimits) -> None:
        self.parts: list[Part] = []
        self.is_complete = False
        self._limits = limits
        self._headers: list[tuple[str, str]] = []
        self._name = b""
        self._value = b""
        self._pieces: list[bytes] = []
        self._size = 0

    def parser(self, boundary: str) -> "MultipartParser":
        """Return a parser that tells this collector."""
        from python_multipart import MultipartParser

        return MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._add_name,
                "on_header_value": self._add_value,
                "on_header_end": self._end_header,
                "on_part_data": self._add_data,
                "on_part_end": self._end,
                "on_end": self._complete,
            },
            max_header_count=self._limits.max_headers,
            max_header_size=self._limits.max_header_bytes,
        )

    def _begin(self) -> None:
        if len(self.parts) == self._limits.max_parts:
            raise TooManyParts("the body has too many parts")
        self._headers, self._pieces, self._size = [], [], 0

    def _add_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        name = self._name.decode("ascii", "replace").title()
        self._headers.append((name, self._value.decode("utf-8", "replace").strip()))
        self._name = self._value = b""

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._size > self._limits.max_part_bytes:
            raise TooManyParts("a part is too large")
        self._pieces.append(data[start:end])

    def _end(self) -> None:
        headers = dict(reversed(self._headers))
        if sum(name == _DISPOSITION for name, _ in self._headers) > 1:
            raise UnreadableBody("a part has two Content-Dispositions")
        subtype, parameters = read_parameters(headers.get(_DISPOSITION, ""))
        self.parts.append(
            Part(
                name=parameters.get("name", ""),
                filename=parameters.get("filename"),
                content_type=headers.get("Content-Type", ""),
                headers=MappingProxyType(headers),
                disposition=MappingProxyType({"subtype": subtype} | parameters) if _DISPOSITION in headers else {},
                content=_plain(b"".join(self._pieces), headers.get("Content-Transfer-Encoding", "")),
            )
        )

    def _complete(self) -> None:
        self.is_complete = True


def _plain(content: bytes, transfer_encoding: str) -> bytes:
    """Return *content* with its transfer encoding undone; senders of mail still write one (RFC 7578, 4.7)."""
    decode = _TRANSFER_ENCODINGS.get(transfer_encoding.lower())
    if decode is None:
        raise UnreadableBody("a part has an unknown Content-Transfer-Encoding")
    return decode(content)


def _from_base64(content: bytes) -> bytes:
    try:
        return base64.b64decode(content.translate(None, _BLANKS), validate=True)
    except binascii.Error:
        raise UnreadableBody("a part that says so is not base64") from None


def _as_it_is(content: bytes) -> bytes:
    return content


_TRANSFER_ENCODINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = MappingProxyType(
    {
        "": _as_it_is,
        "7bit": _as_it_is,
        "8bit": _as_it_is,
        "binary": _as_it_is,
        "base64": _from_base64,
        "quoted-printable": quopri.decodestring,
    }
)
