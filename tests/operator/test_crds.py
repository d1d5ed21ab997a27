"""The CRDs as a manual: every field is described and bounded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from httpreceiver_operator import names
from httpreceiver_workflow.options.switches import SWITCHES

FOLDER = Path(__file__).parents[2] / "crds"
CRDS = [yaml.safe_load(path.read_text()) for path in sorted(FOLDER.glob("*.yaml"))]
ALL = pytest.mark.parametrize("crd", CRDS, ids=lambda crd: crd["spec"]["names"]["kind"])


def fields(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field below *schema*, with its path; `metadata` is the API server's."""
    for name, child in schema.get("properties", {}).items():
        if f"{path}.{name}" != ".metadata":
            yield f"{path}.{name}", child
            yield from fields(child, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if key in schema:
            yield f"{path}[]", schema[key]
            yield from fields(schema[key], f"{path}[]")


def schema_of(crd: dict[str, Any]) -> dict[str, Any]:
    """The schema of the only version."""
    (version,) = crd["spec"]["versions"]
    return dict(version["schema"]["openAPIV3Schema"])


@ALL
def test_every_field_is_described(crd: dict[str, Any]) -> None:
    """`kubectl explain` is the manual."""
    undescribed = [
        path
        for path, field in fields(schema_of(crd))
        if "description" not in field and not path.endswith("annotations[]")
    ]
    assert [] == undescribed


@ALL
def test_every_text_and_list_is_bounded(crd: dict[str, Any]) -> None:
    """Unbounded values make validation rules unaffordable."""
    bounds = {"string": {"maxLength", "enum"}, "array": {"maxItems"}}
    unbounded = [
        path
        for path, field in fields(schema_of(crd))
        if path not in (".apiVersion", ".kind")
        and field.get("type") in bounds
        and not bounds[field["type"]] & field.keys()
    ]
    assert [] == unbounded


@ALL
def test_every_rule_says_what_is_wrong(crd: dict[str, Any]) -> None:
    """A CEL rule without a message shows its source to the user."""
    schema = schema_of(crd)
    rules = [rule for _, field in [("", schema), *fields(schema)] for rule in field.get("x-kubernetes-validations", ())]
    assert rules
    assert all(rule.get("message") for rule in rules)


@ALL
def test_names_are_those_the_operator_uses(crd: dict[str, Any]) -> None:
    """Group, version and kinds of code and CRD are the same."""
    assert names.GROUP == crd["spec"]["group"]
    assert names.VERSION == crd["spec"]["versions"][0]["name"]
    assert crd["spec"]["names"]["kind"] in (names.RECEIVER, names.HOST)


def test_the_switches_are_those_of_the_code() -> None:
    """Names, values and meanings in the CRD are those of the table that `explain` and docs/supported.md show."""
    [receiver] = [crd for crd in CRDS if crd["spec"]["names"]["kind"] == names.RECEIVER]
    properties = schema_of(receiver)["properties"]["spec"]["properties"]["compatibility"]["properties"]
    assert list(properties) == [switch.name for switch in SWITCHES]
    for switch in SWITCHES:
        field = properties[switch.name]
        allowed = field["items"]["enum"] if switch.is_list else field["enum"]
        assert allowed == [str(value) for value in switch.values]
        assert field["description"].startswith(switch.meaning.replace("`", "'"))
        for value, note in switch.values.items():
            assert note.replace("`", "'") in field["description"], value


@ALL
def test_status_and_columns_are_there(crd: dict[str, Any]) -> None:
    """The status subresource, and columns that begin with Ready and its reason, wide ones too."""
    (version,) = crd["spec"]["versions"]
    columns = version["additionalPrinterColumns"]
    assert "status" in version["subresources"]
    assert ["Ready", "Reason"] == [column["name"] for column in columns[:2]]
    assert len([column for column in columns if column.get("priority")]) >= 3
