"""
The planner as a whole: each case of tests/cases/plan, also with its objects shuffled, and with its own output fed back.
"""

import os
import random

import pytest

from httpreceiver_operator.config import Config
from httpreceiver_operator.difference import difference
from httpreceiver_operator.plan import plan
from plan_cases import PlanCase, applied, plan_cases, plan_document

CASES = plan_cases()
CONFIG = Config()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_plan_is_as_written(case: PlanCase) -> None:
    """The plan of the input is the expected one."""
    snapshot = case.snapshot()
    decided = plan(snapshot, CONFIG)
    document = plan_document(decided, difference(decided, snapshot))
    if os.environ.get("GOLDEN") == "rewrite":
        case.expected_path.write_text(document)
    assert case.expected_path.read_text() == document


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_plan_does_not_depend_on_the_order_of_objects(case: PlanCase, seed: int) -> None:
    """Shuffled input gives the same plan."""
    shuffled = list(case.objects)
    random.Random(seed).shuffle(shuffled)
    assert plan(case.snapshot(), CONFIG) == plan(case.snapshot(shuffled), CONFIG)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_plan_fed_back_leaves_no_object_to_write(case: PlanCase) -> None:
    """Once the plan is written, the next pass finds every object as planned; only statuses may follow."""
    snapshot = case.snapshot()
    first = plan(snapshot, CONFIG)
    written = applied(case, case.objects, first, difference(first, snapshot))
    after = case.snapshot(written)
    second = plan(after, CONFIG)
    left = difference(second, after)
    assert ((), (), (), {}) == (left.create, left.update, left.delete, second.pod_revisions)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_plan_comes_to_rest(case: PlanCase) -> None:
    """After two passes there is nothing to write and nothing to tell."""
    objects = case.objects
    for _ in range(2):
        snapshot = case.snapshot(objects)
        decided = plan(snapshot, CONFIG)
        objects = applied(case, objects, decided, difference(decided, snapshot))
    snapshot = case.snapshot(objects)
    decided = plan(snapshot, CONFIG)
    assert (True, (), ()) == (difference(decided, snapshot).is_empty, decided.certificates, decided.events)
