"""DICOM files: small ones made here, those that come with pydicom, and hostile ones."""

import base64
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydicom.data import data_manager

EXPLICIT: Final = "1.2.840.10008.1.2.1"
IMPLICIT: Final = "1.2.840.10008.1.2"
DEFLATED: Final = "1.2.840.10008.1.2.1.99"
UNDEFINED: Final = 0xFFFFFFFF
_LONG: Final = frozenset({"OB", "OW", "SQ", "UN", "UT"})


def element(tag: int, representation: str, value: bytes, length: int | None = None) -> bytes:
    """Return an explicit little-endian element; *length* may lie."""
    size = len(value) if length is None else length
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + representation.encode()
    return head + (struct.pack("<HI", 0, size) if representation in _LONG else struct.pack("<H", size)) + value


def item(content: bytes, length: int | None = None) -> bytes:
    """Return a sequence item."""
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(content) if length is None else length) + content


def part10(dataset: bytes, transfer_syntax: str = EXPLICIT) -> bytes:
    """Return a Part-10 file of the encoded *dataset*."""
    syntax = transfer_syntax.encode() + b"\0" * (len(transfer_syntax) % 2)
    meta = element(0x00020010, "UI", syntax)
    return b"\0" * 128 + b"DICM" + element(0x00020000, "UL", struct.pack("<I", len(meta))) + meta + dataset


def small_file(patient_id: str = "4711") -> bytes:
    """Return a file with a patient and a sequence of two items."""
    codes = b"".join(item(element(0x00080100, "SH", code)) for code in (b"A1", b"B2"))
    return part10(
        element(0x00080050, "SH", b"ACC1")
        + element(0x00081032, "SQ", codes)
        + element(0x00100010, "PN", b"DOE^JANE")
        + element(0x00100020, "LO", patient_id.encode())
        + element(0x00180050, "DS", b"2.50")
    )


def as_text(data: bytes) -> str:
    """Return *data* as the body of a request holds it."""
    return base64.b64encode(data).decode()


def files_of_pydicom() -> Iterator[Path]:
    """Yield every DICOM file in the package itself; nothing is downloaded."""
    root = Path(data_manager.__file__).parent
    for folder in ("test_files", "charset_files"):
        yield from sorted((root / folder).rglob("*.dcm"))


def hostile_files() -> Iterator[tuple[str, bytes]]:
    """Yield files of at most a few megabytes that would cost a careless reader gigabytes or minutes."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    zeros = bytes(16 * 1024 * 1024)
    bomb = b"".join(deflate.compress(zeros) for _ in range(6)) + deflate.flush()
    yield "96 megabytes, deflated", part10(bomb, DEFLATED)
    yield "deflated and cut short", part10(zlib.compress(bytes(9000), wbits=-zlib.MAX_WBITS)[:-4], DEFLATED)
    yield "deflated nonsense", part10(b"\xff" * 1000, DEFLATED)
    yield "a length of 4 GB", part10(element(0x7FE00010, "OW", b"\0" * 8, 0xFFFFFFF0))
    yield "pixels without end", part10(element(0x7FE00010, "OW", b"\0" * 4_000_000, UNDEFINED))
    yield "a million elements", part10(b"".join(element(0x00110000 + n, "LO", b"") for n in range(0x10, 0xFFFF)) * 8)
    yield "a million items", part10(element(0x00081032, "SQ", item(b"") * 500_000))
    yield "a million items without end", part10(element(0x00081032, "SQ", item(b"") * 500_000, UNDEFINED))
    contour = struct.pack("<HHI", 0x3006, 0x0050, 2_000_000) + b"1\\" * 1_000_000
    yield "a million numbers", part10(contour, IMPLICIT)
    yield "nested, lengths known", part10(_nested(400, known=True))
    yield "nested, lengths unknown", part10(_nested(400, known=False))
    yield "nested around a megabyte", part10(_nested(30, known=True, inside=element(0x00420011, "OB", bytes(900_000))))
    yield "cut in a header", small_file()[:-9]
    yield "cut in a value", small_file()[:-2]
    yield "a sequence cut short", part10(element(0x00081032, "SQ", item(element(0x00080100, "SH", b"A1")), 1000))
    yield "more after the end", small_file() + struct.pack("<HHI", 0xFFFE, 0xE00D, 0) + b"rest"
    yield "a prefix alone", b"\0" * 128 + b"DICM" + b"\xff" * 40
    yield "no prefix", b"\0" * 400


def _nested(depth: int, *, known: bool, inside: bytes = b"") -> bytes:
    content = inside or element(0x00080100, "SH", b"A1")
    for _ in range(depth):
        end = b"" if known else struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
        content = element(0x00081032, "SQ", item(content) + end, None if known else UNDEFINED)
    return content
