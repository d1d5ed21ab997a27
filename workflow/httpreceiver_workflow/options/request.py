"""`request`: how the bytes of a request's body are read."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import msgspec

from httpreceiver_workflow.options.option import Option
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.problems import Problem


class MessageText(StrEnum):
    """What of the body becomes the text of the workflow's message."""

    DECODED = "Decoded"
    BASE64 = "Base64"


class Undecodable(StrEnum):
    """What is done with bytes that are no text in the body's charset."""

    REPLACE = "Replace"
    REFUSE = "Refuse"


class MultipartLimits(Option, frozen=True, kw_only=True):
    """
    How much of a multipart body is read; beyond it 413.

    Attributes:
        max_parts: most parts of one body.
        max_part_bytes: largest content of one part.
        max_header_bytes: longest header line of a part.
        max_headers: most header lines of a part.
    """

    max_parts: Annotated[int, msgspec.Meta(ge=1, le=10000)] = 100
    max_part_bytes: Annotated[int, msgspec.Meta(ge=1, le=1073741824)] = 10485760
    max_header_bytes: Annotated[int, msgspec.Meta(ge=64, le=65536)] = 4096
    max_headers: Annotated[int, msgspec.Meta(ge=1, le=100)] = 8


class RequestOptions(Option, frozen=True, kw_only=True):
    """
    Attributes:
        text: whether the message is the body as text, or base64 of its exact bytes.
        charset: of bodies that do not say theirs.
        undecodable: whether a byte that is no text becomes U+FFFD (contract 3.1) or the request is refused.
        well_formed: whether a body that is not what its Content-Type says is refused before the run.
        multipart: how much of a multipart body is read.
    """

    text: MessageText = MessageText.DECODED
    charset: Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern="^[-_.:A-Za-z0-9]+$")] = "utf-8"
    undecodable: Undecodable = Undecodable.REPLACE
    well_formed: bool = False
    multipart: MultipartLimits = MultipartLimits()


def request_problems(options: RequestOptions, *, charset_is_known: bool, holds_bytes: bool) -> Iterator[Problem]:
    """
    Yield what of *options* cannot be done.

    Args:
        charset_is_known: whether the charset of *options* is one we can decode.
        holds_bytes: whether the workflow's message type is one whose text may be base64.
    """
    if not charset_is_known:
        message = f"The charset {options.charset} is none that is known."
        yield Problem("spec.request.charset", ProblemCode.OPTION_UNSUITED, message)
    if options.text is MessageText.BASE64 and not holds_bytes:
        message = "Base64 needs a workflow whose MessageType is 14 (Binary), 16 (DICOM) or 13 (Text)."
        yield Problem("spec.request.text", ProblemCode.OPTION_UNSUITED, message)
