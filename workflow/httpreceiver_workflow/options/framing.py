"""`streaming` and `compression`: how the bytes of an answer travel. What they say is the workflow's."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from httpreceiver_workflow.options.option import Option
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.problems import Problem


class Streaming(StrEnum):
    """
    How the end of an answer's body is told.

    Auto and Never declare its length; they are the same as long as every answer is complete before its first byte is
    sent. Always sends it in chunks, to callers of HTTP/1.0 until the connection closes.
    """

    AUTO = "Auto"
    ALWAYS = "Always"
    NEVER = "Never"


COMPRESSED_ALREADY: Final = frozenset(
    {
        "application/gzip",
        "application/pdf",
        "application/vnd.rar",
        "application/x-7z-compressed",
        "application/x-bzip2",
        "application/x-gzip",
        "application/x-xz",
        "application/zip",
        "application/zstd",
        "font/woff",
        "font/woff2",
        "image/avif",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
    }
)
"""What gains nothing from being compressed again; all of `audio/` and `video/` stand with it."""

MediaRange = Annotated[
    str,
    msgspec.Meta(min_length=3, max_length=127, pattern=r"^[-!#$&^_.+a-z0-9]+/(\*(\+[-a-z0-9]+)?|[-!#$&^_.+a-z0-9]+)$"),
]
"""``text/csv``, ``text/*`` or ``application/*+json``, in lower case."""


class CompressionOptions(Option, frozen=True, kw_only=True):
    """
    Attributes:
        min_bytes: smaller bodies are sent as they are.
        types: media types that are compressed.
    """

    min_bytes: Annotated[int, msgspec.Meta(ge=1, le=1073741824)] = 1024
    types: Annotated[tuple[MediaRange, ...], msgspec.Meta(min_length=1, max_length=32)] = (
        "text/*",
        "application/json",
        "application/*+json",
        "application/xml",
        "application/*+xml",
    )


def is_compressed_already(media_type: str) -> bool:
    """Whether bodies of *media_type*, in lower case, are compressed by their nature."""
    return media_type in COMPRESSED_ALREADY or media_type.startswith(("audio/", "video/"))


def compression_problems(options: CompressionOptions | None) -> Iterator[Problem]:
    """Yield the types that are listed in vain."""
    for number, one in enumerate(options.types if options is not None else ()):
        if is_compressed_already(one):
            message = f"{one} is compressed already and is never compressed again."
            yield Problem(f"spec.compression.types[{number}]", ProblemCode.OPTION_UNSUITED, message)
