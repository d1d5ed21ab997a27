"""Python that receivers bring in the place of C#: only where it is switched on, and only what a workflow uses."""

import copy
from typing import Any

import pytest

from httpreceiver_operator.config import Config
from httpreceiver_operator.difference import difference
from httpreceiver_operator.plan import Plan, plan
from httpreceiver_workflow.endpoint import ServedReceiver
from httpreceiver_workflow.resources import code_digest
from plan_cases import applied, plan_cases

[CASE] = [case for case in plan_cases() if case.name == "host-values-from-configmaps-and-secrets"]
"""Whose receiver `reads` lends its shape."""
JsonDict = dict[str, Any]
CODE = 'SetVariable("v", "1");'
TRANSFORMERS = "cccccccc-cccc-cccc-cccc-cccccccccccc"
ON, OFF = Config(code_overrides=True), Config()


def receiver() -> JsonDict:
    """Return a receiver with code that brings an override in a ConfigMap."""
    entry = copy.deepcopy(next(one for one in CASE.objects if one["metadata"]["name"] == "reads"))
    workflow = [
        entry["spec"]["workflow"] | {"VariableTransformers": TRANSFORMERS, "ResponseMessageTemplate": "${v}"},
        {
            "$type": "HL7Soup.Functions.Settings.TransformerSetting, HL7SoupWorkflow",
            "Id": TRANSFORMERS,
            "Transformers": [
                {"$type": "HL7Soup.Functions.Settings.CodeTransformerAction, HL7SoupWorkflow", "Code": CODE}
            ],
        },
    ]
    return entry | {"spec": {"workflow": workflow, "codeOverridesFrom": [{"configMapRef": {"name": "code"}}]}}


def config_map(**data: str) -> JsonDict:
    """Return the ConfigMap; its keys are file names without their suffix."""
    metadata = {"namespace": "team-a", "name": "code"}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "data": {f"{k}.py": v for k, v in data.items()},
    }


def overrides(source: str = "def run(context): pass") -> JsonDict:
    """Return the ConfigMap with the workflow's override and another one."""
    return config_map(**{code_digest(CODE): source, code_digest("other"): "def run(context): pass"})


def planned(objects: list[JsonDict], config: Config) -> Plan:
    """Return the plan of *objects*."""
    return plan(CASE.snapshot(objects), config)


def conditions(decided: Plan) -> dict[str, JsonDict]:
    """Return the receiver's conditions by type."""
    [status] = [status for key, status in decided.statuses.items() if key.name == "reads"]
    return {one["type"]: one for one in status["conditions"]}


def served(decided: Plan) -> list[ServedReceiver]:
    """Return what listeners are told."""
    return [one for endpoint in decided.endpoints for one in endpoint.receivers]


def test_switched_on_the_override_that_is_used_travels() -> None:
    """And no other."""
    [one] = served(planned([receiver(), overrides()], ON))
    assert [code_digest(CODE)] == [override.name for override in one.resources.code_overrides]


def test_switched_off_a_receiver_that_brings_code_is_not_served() -> None:
    """The condition says why, not that the workflow is wrong."""
    decided = planned([receiver(), overrides()], OFF)
    assert [] == served(decided)
    found = conditions(decided)
    assert ("False", "CodeOverridesOff") == (found["ResolvedRefs"]["status"], found["ResolvedRefs"]["reason"])
    assert "codeOverridesFrom is set, but code overrides are switched off here." == found["ResolvedRefs"]["message"]


def test_switching_off_ends_what_was_served_with_overrides() -> None:
    """Although the last good version of a receiver otherwise stays served, also when it names no ConfigMap any more."""
    objects = [receiver(), overrides()]
    snapshot = CASE.snapshot(objects)
    decided = plan(snapshot, ON)
    cluster = applied(CASE, objects, decided, difference(decided, snapshot))
    broken = [one if one["kind"] != "ConfigMap" else config_map() for one in cluster]
    assert 1 == len(served(planned(broken, ON)))
    assert [] == served(planned(cluster, OFF))
    for one in cluster:
        if one["kind"] == "HttpReceiver":
            del one["spec"]["codeOverridesFrom"]
    assert [] == served(planned(cluster, OFF))


def test_planning_runs_nothing_of_an_override() -> None:
    """The operator may read every Secret; the users' code must not run in it."""
    raises = "raise SystemExit('run by the planner')\ndef run(context): pass"
    assert 1 == len(served(planned([receiver(), overrides(raises)], ON)))


@pytest.mark.parametrize(
    ("data", "condition", "message"),
    [
        ({"hello": ""}, "ResolvedRefs", 'Key "hello.py" of ConfigMap team-a/code is no override: its name is not the'),
        ({code_digest(CODE): "x ="}, "Accepted", f"{code_digest(CODE)}.py is not Python: line 1: invalid syntax."),
        ({}, "Accepted", f"its file would be {code_digest(CODE)}.py."),
    ],
)
def test_an_override_that_cannot_be_used_is_named(data: dict[str, str], condition: str, message: str) -> None:
    """With the key, or the place of the code in the workflow."""
    decided = planned([receiver(), config_map(**data)], ON)
    assert [] == served(decided)
    assert "False" == conditions(decided)[condition]["status"]
    assert message in conditions(decided)[condition]["message"]
