"""Whatever a user hands in, loading answers with problems and never with an exception."""

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from httpreceiver_workflow.contract.load import Loaded, load_workflow
from httpreceiver_workflow.contract.support import CLASSES, fields_of
from httpreceiver_workflow.problems import has_errors

WHOLE = json.loads((Path(__file__).parent / "files" / "whole_workflow.json").read_text())
NAMES = sorted({name for class_name in CLASSES for name in fields_of(class_name)} | {"$type", "$values", "SettingType"})
TYPES = sorted(CLASSES)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-1, 20)
    | st.floats()
    | st.text()
    | st.text(st.characters(codec=None), max_size=5)
    | st.sampled_from(TYPES)
    | st.sampled_from(["00000000-0000-0000-0000-0000000000a1", "00000000-0000-0000-0000-0000000000b1"])
)
names = st.sampled_from(NAMES) | st.text(max_size=10)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6),
    max_leaves=12,
)
typed = st.builds(
    lambda name, members: {**members, "$type": name}, st.sampled_from(TYPES), st.dictionaries(names, values)
)


def answer(source: object) -> Loaded:
    loaded = load_workflow(source)
    assert (loaded.workflow is None) == has_errors(loaded.problems)
    for problem in loaded.problems:
        problem.message.encode()
        problem.where.encode()
    return loaded


@given(st.text() | st.binary() | values)
def test_anything(source: object) -> None:
    answer(source)


@settings(max_examples=40)
@given(st.lists(typed, max_size=3), values)
def test_settings_with_random_fields(found: list[Any], extra: object) -> None:
    answer([{"$type": "HttpReceiverSetting"}, *found])
    answer({"WorkflowPattern": found, "Name": extra})


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of everything inside *value*."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in inner for place in places(child, (*path, key)))][bool(not path) :]


PLACES = places(WHOLE)


def mutated(place: tuple[Any, ...], value: object) -> Any:
    """Return the whole workflow with *value* at *place*."""
    copied = copy.deepcopy(WHOLE)
    inner = copied
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return copied


@settings(max_examples=150)
@given(st.sampled_from(PLACES), values)
def test_a_valid_workflow_with_anything_anywhere(place: tuple[Any, ...], value: object) -> None:
    answer(mutated(place, value))


def test_a_valid_workflow_with_each_part_made_null_or_replaced() -> None:
    odd: list[object] = [None, "", 0, 1.5, True, [[]], {"": None}, "\ud800", WHOLE["WorkflowId"]]
    for place in PLACES:
        for value in odd:
            answer(mutated(place, value))


@given(st.data())
def test_a_text_cut_or_changed_at_one_byte(data: st.DataObject) -> None:
    text = json.dumps(WHOLE).encode()
    position = data.draw(st.integers(0, len(text) - 1))
    answer(text[:position])
    answer(text[:position] + bytes([data.draw(st.integers(0, 255))]) + text[position + 1 :])


@settings(max_examples=30)
@given(st.lists(typed, max_size=3))
def test_the_order_of_members_does_not_change_the_answer(found: list[Any]) -> None:
    def turned(value: Any) -> Any:
        if isinstance(value, list):
            return [turned(item) for item in value]
        if isinstance(value, dict) and len({str(key).lower() for key in value}) == len(value):
            return {key: turned(value[key]) for key in reversed(value)}
        return value

    assert load_workflow(found).problems == load_workflow(turned(found)).problems
