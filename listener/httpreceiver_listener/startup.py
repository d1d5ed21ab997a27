"""What must hold before the first byte is served; otherwise one clear line and no start."""

import os
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from aiohttp import http_parser

LOWEST_AIOHTTP: Final = (3, 14, 3)
"""Below it, published holes of the HTTP parser are open."""


@cache
def own_version() -> str:
    """Return the version of this program; an image holds its packages without the metadata that would tell it."""
    try:
        return version("httpreceiver")
    except PackageNotFoundError:
        return os.environ.get("HTTPRECEIVER_VERSION", "unknown")


def unfit_environment() -> str | None:
    """Return why this environment must not serve, one sentence; None when it may."""
    installed = version("aiohttp")
    numbers = tuple(int(part) for part in installed.split(".")[:3] if part.isdecimal())
    if numbers < LOWEST_AIOHTTP:
        lowest = ".".join(map(str, LOWEST_AIOHTTP))
        return f"aiohttp {installed} has known security holes; install {lowest} or later."
    if http_parser.HttpRequestParser is http_parser.HttpRequestParserPy:
        return "aiohttp runs without its C parser; install a wheel of it and unset AIOHTTP_NO_EXTENSIONS."
    if not sys.flags.hash_randomization:
        return "hashes of text are predictable, so that messages could be made to take hours; unset PYTHONHASHSEED."
    return None
