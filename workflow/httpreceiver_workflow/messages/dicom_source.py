"""
DICOM Part-10 files → pydicom datasets, with everything bounded that a hostile file could make grow.

pydicom reads what it is given without limits: it inflates a deflated file in one go, makes an object of every element
and item, and goes on with what it has when a file is cut short. Here its reads go through `_Reader`, which counts them,
and a file that was cut short is refused. This module is imported when a workflow has DICOM messages, as pydicom is.
"""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

from pydicom import config
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import dcmread, read_dataset, read_sequence

from httpreceiver_workflow.messages.message import MessageFault

ELEMENT_LIMIT: Final = 50_000
"""Most elements and sequence items of one file: each costs some hundred bytes, however few it has in the file."""

INFLATED_LIMIT: Final = 32 * 1024 * 1024
"""Most bytes that a deflated file may inflate to."""

REREAD_LIMIT: Final = 8
"""How often the bytes of a file may be read: a sequence of known length is read again for every level around it."""

CUT_SHORT: Final = "it is cut short"
TOO_DEEP: Final = "its sequences are nested too deeply"

_LEAST_BYTES: Final = 16 * 1024 * 1024
_UNDEFINED: Final = 0xFFFFFFFF

_PYDICOM_FAILS: Final = (
    *(InvalidDicomError, BytesLengthException, EOFError, OSError, ValueError, TypeError, LookupError, AttributeError),
    *(NotImplementedError, RecursionError, ArithmeticError, struct.error, AssertionError),
)
"""What pydicom's readers and converters raise for files that are none."""

# What it logs may quote the message, and whoever listens to the root logger would write it down.
config.logger.propagate = False


class _Deflated(Exception):
    """Raised where pydicom asks for all the rest of the file, which it does for a deflated one only."""


class Budget:
    """What reading one file may still cost."""

    def __init__(self, size: int) -> None:
        self._elements = ELEMENT_LIMIT
        self._bytes = max(size * REREAD_LIMIT, _LEAST_BYTES)
        self.reason = ""
        """Why reading stopped; pydicom hides exceptions of its reader behind its own."""

    def spend(self, size: int, *, element: bool) -> None:
        """Count one read. Raises MessageFault."""
        self._bytes -= size
        self._elements -= element
        if self._elements < 0:
            self.refuse(f"it has more than {ELEMENT_LIMIT} elements")
        if self._bytes < 0:
            self.refuse(TOO_DEEP)

    def refuse(self, reason: str) -> NoReturn:
        """Raise the fault for *reason*."""
        self.reason = reason
        raise fault(reason)


class _Reader(io.BytesIO):
    """A file in memory that counts what is read; every header of an element or item is a read of 8 bytes."""

    def __init__(self, data: bytes, budget: Budget) -> None:
        super().__init__(data)
        self.budget = budget

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to *size* bytes; none is cut in the middle of a header."""
        if size is None or size < 0:
            raise _Deflated
        got = super().read(size)
        self.budget.spend(len(got), element=size == 8)
        if size == 8 and 0 < len(got) < 8:
            self.budget.refuse(CUT_SHORT)
        return got


def fault(reason: str) -> MessageFault:
    """Return the fault that refuses a file for *reason*."""
    return MessageFault(f"the DICOM file cannot be read: {reason}")


def read_file(data: bytes, budget: Budget) -> Dataset:
    """
    Return the dataset of the Part-10 file *data*; its values are not converted yet.

    Raises:
        MessageFault: not a DICOM file, cut short, or above one of the limits.
    """
    if data[128:132] != b"DICM":
        raise fault("it has no DICOM prefix")
    reader = _Reader(data, budget)
    with refusing(budget):
        try:
            with config.strict_reading():
                dataset: Dataset = dcmread(reader)
        except _Deflated:
            rest = _inflated(data[reader.tell() :])
            reader = _Reader(rest, budget)
            with config.strict_reading():
                dataset = read_dataset(reader, is_implicit_VR=False, is_little_endian=True)
        if reader.tell() != len(reader.getbuffer()):
            raise fault("it goes on after its end")
        for element in dataset.values():
            if isinstance(element, RawDataElement):
                value_of(element)
    return dataset


def read_items(element: RawDataElement, around: Dataset, budget: Budget) -> list[Dataset]:
    """Return the items of a sequence of known length, which pydicom would read without limits. Raises MessageFault."""
    data = value_of(element)
    with refusing(budget), config.strict_reading():
        reader = _Reader(data, budget)
        encoding = around.original_character_set
        return list(read_sequence(reader, element.is_implicit_VR, element.is_little_endian, len(data), encoding))


def value_of(element: RawDataElement) -> bytes:
    """Return the bytes of *element*. Raises MessageFault when the file holds fewer than it says."""
    value = bytes(element.value or b"")
    if element.length not in (_UNDEFINED, len(value)):
        raise fault(CUT_SHORT)
    return value


@contextmanager
def refusing(budget: Budget) -> Iterator[None]:
    """Turn whatever pydicom raises inside into a MessageFault, and keep its warnings, which may quote the message."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except _PYDICOM_FAILS as error:
        raise fault(budget.reason or _reason(error)) from error


def _reason(error: Exception) -> str:
    match error:
        case EOFError():
            return CUT_SHORT
        case RecursionError():
            return TOO_DEEP
    return f"pydicom reports {type(error).__name__}"


def _inflated(data: bytes) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflated = inflater.decompress(data, INFLATED_LIMIT + 1)
    except zlib.error as error:
        raise fault("its deflated part is damaged") from error
    if len(inflated) > INFLATED_LIMIT:
        raise fault(f"it inflates to more than {INFLATED_LIMIT} bytes")
    if not inflater.eof:
        raise fault(CUT_SHORT)
    return inflated
