"""What an HttpReceiver says beside its workflow is read strictly, and travels with it."""

import pytest

from httpreceiver_workflow.endpoint import ServedReceiver, decode_receiver, encode_receiver
from httpreceiver_workflow.options import NO_OPTIONS, read_options
from httpreceiver_workflow.problem_codes import ProblemCode


def test_fields_that_are_no_options_are_passed_over() -> None:
    """`host`, `service` and the like say where it is served, not how it answers."""
    assert read_options({"host": "lab", "workflow": {"a": 1}, "compatibility": None}) == (NO_OPTIONS, ())


@pytest.mark.parametrize(
    ("spec", "where"),
    [
        ({"compatibility": {"noSuchSwitch": 1}}, "spec.compatibility.noSuchSwitch"),
        ({"compatibility": []}, "spec.compatibility"),
    ],
)
def test_what_is_not_understood_is_a_problem_at_its_place(spec: dict[str, object], where: str) -> None:
    """Passing it over would answer requests otherwise than the user asked."""
    options, [problem] = read_options(spec)
    assert (options, problem.where, problem.code) == (NO_OPTIONS, where, ProblemCode.OPTION_INVALID)


def test_options_travel_with_the_workflow() -> None:
    """From the operator to the pod, as compressed JSON."""
    route = {"path": "{a}", "methods": ["GET"], "hostnames": ["a.test"]}
    options, problems = read_options({"compatibility": {}, "route": route, "cors": {"allowOrigins": ["*"]}})
    assert problems == ()
    served = ServedReceiver(name="a/b", generation=1, workflow="[]", options=options)
    assert decode_receiver(encode_receiver(served)) == served
