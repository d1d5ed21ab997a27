"""What attacks on a listener have in common: a request behind the attack that must never be seen, and every answer."""

import re
from typing import Final

from listening import exchange

HEAD: Final = b"POST /v HTTP/1.1\r\nHost: test\r\n"
CHUNKED: Final = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
SMUGGLED: Final = b"GET /smuggled HTTP/1.1\r\nHost: test\r\n\r\n"

REFUSED: Final = [400]
SERVED_BOTH: Final = [200, 404]
"""The request and the one behind it, which nobody serves: where both are plainly there."""

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.1 ([0-9]{3}) [^\r\n]*\r\n")


def statuses_in(answers: bytes) -> list[int]:
    """Return the statuses of all *answers* of one connection."""
    return [int(status) for status in _STATUS_LINE.findall(answers)]


async def statuses(port: int, sent: bytes) -> list[int]:
    """Send *sent*, close that half, and return the statuses of all answers."""
    return statuses_in(await exchange(port, sent, half_close=True))
