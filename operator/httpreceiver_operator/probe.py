"""
Ask listener pods, on their admin port, which version of which receiver they run.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

import aiohttp
import msgspec

from httpreceiver_operator.names import ObjectName
from httpreceiver_operator.snapshot import ListenerPod, ReceiverReport

ASK_TIMEOUT_S: Final = 2.0
ASKED_AT_ONCE: Final = 32
ANSWER_LIMIT_BYTES: Final = 16 * 1024 * 1024


class ReportedReceiver(msgspec.Struct, frozen=True):
    """One element of a pod's ``/receivers``; other members are not for us."""

    name: str
    generation: int
    revision: str
    state: str
    message: str = ""


async def ask_pods(
    session: aiohttp.ClientSession, pods: Iterable[ListenerPod]
) -> dict[ObjectName, tuple[ReceiverReport, ...] | None]:
    """Return what each pod reports; None for those that do not answer in time or not in our language."""
    turn = asyncio.Semaphore(ASKED_AT_ONCE)

    async def ask(pod: ListenerPod) -> tuple[ReceiverReport, ...] | None:
        async with turn:
            return await _ask(session, pod)

    asked = list(pods)
    answers = await asyncio.gather(*map(ask, asked))
    return {pod.key: answer for pod, answer in zip(asked, answers, strict=True)}


async def _ask(session: aiohttp.ClientSession, pod: ListenerPod) -> tuple[ReceiverReport, ...] | None:
    if pod.admin_address is None:
        return None
    address, port = pod.admin_address
    url = f"http://[{address}]:{port}/receivers" if ":" in address else f"http://{address}:{port}/receivers"
    try:
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=ASK_TIMEOUT_S)) as response:
            if response.status != 200 or (response.content_length or 0) > ANSWER_LIMIT_BYTES:
                return None
            reported = msgspec.json.decode(await response.read(), type=list[ReportedReceiver])
    except (TimeoutError, aiohttp.ClientError, OSError, msgspec.DecodeError):
        return None
    return tuple(
        ReceiverReport(
            receiver=one.name,
            generation=one.generation,
            revision=one.revision,
            state=one.state,
            message=one.message,
        )
        for one in reported
    )
