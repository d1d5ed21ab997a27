"""Every test of the listener runs on the event loop that the product runs on."""

import asyncio
from collections.abc import Callable, Mapping

import uvloop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Return the loops to run each test on."""
    return {"uvloop": uvloop.new_event_loop}
