"""The chart's values: each is described, each is in the schema, and nothing else is accepted. No Helm is needed."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from helm_command import CHART, ROOT

VALUES = (CHART / "values.yaml").read_text()
SCHEMA = json.loads((CHART / "values.schema.json").read_text())


def names_of_values(values: Mapping[str, Any], described: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Every value that is a setting of its own; a mapping the schema leaves open, or closes by type, is one value."""
    for name, value in values.items():
        schema = resolve(described["properties"][name])
        if isinstance(value, dict) and schema.get("properties"):
            yield from ((name, *rest) for rest in names_of_values(value, schema))
        else:
            yield (name,)


def names_in_schema(schema: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, each in schema["properties"].items():
        inner = resolve(each)
        yield from ((name, *rest) for rest in names_in_schema(inner)) if inner.get("properties") else [(name,)]


def resolve(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    return found


def objects_in(schema: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(schema, dict):
        if "properties" in schema and schema.get("type") == "object":
            yield schema
        for each in schema.values():
            yield from objects_in(each)


def test_schema_and_values_name_the_same_settings() -> None:
    only_helms_own = {("global",)}
    assert set(names_in_schema(SCHEMA)) - only_helms_own == set(names_of_values(yaml.safe_load(VALUES), SCHEMA))


def test_every_setting_has_a_description_above_it() -> None:
    lines = VALUES.splitlines()
    settings = set(names_of_values(yaml.safe_load(VALUES), SCHEMA))
    places = [(name, line) for name, line in lines_of_keys(yaml.compose(VALUES)) if name in settings]
    assert len(settings) == len(places)
    assert [] == [".".join(name) for name, line in places if not lines[line - 1].lstrip().startswith("# ")]


def lines_of_keys(node: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int]]:
    """The path of every key of a YAML mapping with its 0-based line."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*above, key.value), key.start_mark.line
            yield from lines_of_keys(value, (*above, key.value))


def test_every_object_of_the_schema_refuses_other_names() -> None:
    assert all(each["additionalProperties"] is False for each in objects_in(SCHEMA))


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "crds").glob("*.yaml")))
def test_the_chart_has_the_crds_as_they_are(name: str) -> None:
    copied = CHART / "files" / "crds" / name
    assert (ROOT / "crds" / name).read_text() == copied.read_text(), "run `make chart`"


def test_the_chart_has_no_crd_that_is_gone() -> None:
    expected = sorted(path.name for path in (ROOT / "crds").glob("*.yaml"))
    assert expected == sorted(path.name for path in (CHART / "files" / "crds").iterdir())


def test_chart_and_project_have_one_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    project = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert project
    assert {project[1]} == {chart["version"], chart["appVersion"]}
