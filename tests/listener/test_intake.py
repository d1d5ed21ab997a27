"""Who is let in, who waits and who is turned away at the gate of one receiver."""

import asyncio

import pytest

from httpreceiver_listener.admission.intake import Gate, QueueFull
from listening import DEADLINE_S, until


def a_gate(concurrency: int | None, queue: int = 0) -> Gate:
    """Return a gate with these bounds."""
    gate = Gate()
    gate.configure(concurrency, queue)
    return gate


async def test_as_many_are_let_in_as_may_and_the_queue_is_bounded() -> None:
    gate = a_gate(2, 1)
    await gate.enter(DEADLINE_S)
    await gate.enter(DEADLINE_S)
    waiting = asyncio.ensure_future(gate.enter(DEADLINE_S))
    await until(lambda: gate.waiting == 1)

    with pytest.raises(QueueFull):
        await gate.enter(DEADLINE_S)
    gate.leave()
    await waiting

    assert (gate.running, gate.waiting) == (2, 0)


async def test_whoever_waits_longest_is_next_and_nobody_overtakes() -> None:
    gate = a_gate(1, 9)
    await gate.enter(DEADLINE_S)
    entered: list[int] = []

    async def enter(number: int) -> None:
        await gate.enter(DEADLINE_S)
        entered.append(number)
        gate.leave()

    waiting = []
    for number in range(5):
        waiting.append(asyncio.ensure_future(enter(number)))
        await until(lambda: gate.waiting == len(waiting))
    gate.leave()
    await asyncio.gather(*waiting)

    assert (entered, gate.running) == ([0, 1, 2, 3, 4], 0)


async def test_a_turn_that_does_not_come_in_time_is_given_up_and_leaves_no_debt() -> None:
    gate = a_gate(1, 1)
    await gate.enter(DEADLINE_S)

    with pytest.raises(TimeoutError):
        await gate.enter(0.01)
    assert gate.waiting == 0
    gate.leave()

    assert gate.running == 0


async def test_a_turn_that_comes_while_its_request_is_cancelled_goes_to_the_next() -> None:
    gate = a_gate(1, 2)
    await gate.enter(DEADLINE_S)
    first = asyncio.ensure_future(gate.enter(DEADLINE_S))
    second = asyncio.ensure_future(gate.enter(DEADLINE_S))
    await until(lambda: gate.waiting == 2)
    gate.leave()  # the turn is the first one's now
    first.cancel()  # which never learns of it
    await second

    assert first.cancelled()
    assert (gate.running, gate.waiting) == (1, 0)


async def test_a_request_that_is_cancelled_just_before_its_turn_is_passed_over() -> None:
    gate = a_gate(1, 2)
    await gate.enter(DEADLINE_S)
    first = asyncio.ensure_future(gate.enter(DEADLINE_S))
    second = asyncio.ensure_future(gate.enter(DEADLINE_S))
    await until(lambda: gate.waiting == 2)
    first.cancel()  # which has not run since
    gate.leave()
    await second
    await asyncio.wait([first])

    assert first.cancelled()
    assert (gate.running, gate.waiting) == (1, 0)


async def test_an_edit_lets_in_who_waits_and_forgets_nobody() -> None:
    gate = a_gate(1, 2)
    await gate.enter(DEADLINE_S)
    waiting = [asyncio.ensure_future(gate.enter(DEADLINE_S)) for _ in range(2)]
    await until(lambda: gate.waiting == 2)

    gate.configure(2, 0)
    await until(lambda: gate.running == 2)
    gate.configure(None, 0)
    await asyncio.gather(*waiting)

    assert gate.running == 3


async def test_what_follows_from_a_run_keeps_a_place_of_its_own() -> None:
    gate = a_gate(1)
    await gate.enter(DEADLINE_S)
    gate.stay()
    gate.leave()

    with pytest.raises(QueueFull):
        await gate.enter(DEADLINE_S)
