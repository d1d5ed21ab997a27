"""
CPU time of several ways to do one job, taken in turns so that a busy machine disturbs all of them alike.
"""

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

Job = Callable[[], object]
Name = TypeVar("Name")


def medians_us(sides: Mapping[Name, Job], rounds: int, slice_s: float) -> dict[Name, float]:
    """
    Return the CPU µs that one call of each side takes: the median of *rounds*.

    Args:
        slice_s: CPU seconds that each side gets in each round; at least one call is made.
    """
    gc.collect()
    gc.freeze()  # what is there already is no part of any job, and would be looked through before each slice
    counts = {name: _calls_in(job, slice_s) for name, job in sides.items()}
    times: dict[Name, list[float]] = {name: [] for name in sides}
    for number in range(rounds):
        for name in list(sides)[:: -1 if number % 2 else 1]:
            times[name].append(_once_us(sides[name], counts[name]))
    gc.unfreeze()
    return {name: statistics.median(each) for name, each in times.items()}


def _calls_in(job: Job, slice_s: float) -> int:
    """Return how often *job* can be called in about *slice_s*; the first call warms it up and is not counted."""
    job()
    took = _once_us(job, 3) / 1e6
    return max(1, int(slice_s / max(took, 1e-7)))


def _once_us(job: Job, calls: int) -> float:
    gc.collect()
    began = time.process_time()
    for _ in range(calls):
        job()
    return (time.process_time() - began) / calls * 1e6
