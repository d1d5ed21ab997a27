"""
Every timeout of the tests against a real API server, with its reason, and the one way to wait: for a fact, not a time.
"""

import time
from collections.abc import Callable
from typing import TypeVar

START_S = 60.0
"""A process imports kopf, the Kubernetes client and the engine, and lists everything: 2 to 4 s on two idle cores."""

SETTLE_S = 30.0
"""The operator acts on a change within half a second; the rest is for a busy machine."""

STOP_S = 20.0
"""A process told to stop ends what it has begun."""

QUIET_S = 3.0
"""How long nothing must be written before we say that nothing is: several passes of the loop."""

POLL_S = 0.1

Fact = TypeVar("Fact")


def wait_for(fact: Callable[[], Fact | None], what: str, deadline_s: float = SETTLE_S) -> Fact:
    """
    Return what *fact* returns as soon as it is true.

    Raises:
        AssertionError: it was not within *deadline_s*; the text names *what* and what was there last.
    """
    end = time.monotonic() + deadline_s
    while True:
        found = fact()
        if found:
            return found
        assert time.monotonic() < end, f"{what}: not within {deadline_s:g} s, last seen: {found!r}"
        time.sleep(POLL_S)
