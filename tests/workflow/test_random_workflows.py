"""Workflows made of the support tables: problems or a pipeline that answers, and the same however they travelled."""

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzzing.promises import check_workflow
from fuzzing.random_workflows import workflows, wrong_somewhere
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.contract.load import load_workflow
from httpreceiver_workflow.endpoint import ServedReceiver, decode_receiver, encode_receiver

bodies = st.binary(max_size=20) | st.sampled_from([b"MSH|^~\\&|A\rPID|1", b'{"a":[{"b":1}]}', b"<a><b>1</b></a>"])


@settings(max_examples=30)
@given(workflows(), bodies)
def test_every_workflow_is_refused_with_problems_or_answers(workflow: list[dict[str, Any]], body: bytes) -> None:
    check_workflow(workflow, body)


@settings(max_examples=20)
@given(workflows().flatmap(wrong_somewhere), bodies)
def test_a_member_that_is_wrong_missing_or_extra_raises_nothing(workflow: list[dict[str, Any]], body: bytes) -> None:
    check_workflow(workflow, body)


@settings(max_examples=20)
@given(workflows())
def test_a_workflow_means_the_same_in_every_form_it_is_handed_in(workflow: list[dict[str, Any]]) -> None:
    """As text, as a value, with other blanks, and as the API server hands it to the operator."""
    text = json.dumps(workflow, indent=1)
    forms = [text, text.encode(), json.loads(text), json.dumps(json.loads(text)), msgspec.json.encode(workflow)]
    expected = load_workflow(workflow)
    assert [expected] * len(forms) == [load_workflow(form) for form in forms]
    assert prepare_workflow(text).problems == prepare_workflow(workflow).problems


@settings(max_examples=20)
@given(st.text(), workflows())
def test_the_text_of_a_workflow_reaches_the_pod_unchanged(name: str, workflow: list[dict[str, Any]]) -> None:
    receiver = ServedReceiver(name=name, generation=1, workflow=json.dumps(workflow, ensure_ascii=False))
    arrived = decode_receiver(encode_receiver(receiver))
    assert (receiver, receiver.revision) == (arrived, arrived.revision)
