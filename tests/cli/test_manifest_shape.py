"""The shape of manifests is what the CRDs say."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from cli_process import ROOT
from httpreceiver_cli.manifest_shape import (
    HostSpec,
    ReceiverSpec,
    shape_mistakes,
)
from httpreceiver_cli.sources import ManifestObject
from httpreceiver_cli.yaml_text import load_documents
from wrong_specs import WRONG_PLACES

JSON_SCHEMA_WORDS = (
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "enum",
    "minItems",
    "maxItems",
    "maxProperties",
)


def crd_fields(crd: str) -> dict[str, dict[str, Any]]:
    """Return path → bounds of every field below `spec` of a CRD."""
    [document] = load_documents((ROOT / "crds" / crd).read_text())
    [version] = document["spec"]["versions"]
    found: dict[str, dict[str, Any]] = {}
    _walk("spec", version["schema"]["openAPIV3Schema"]["properties"]["spec"], {}, found)
    return found


def struct_fields(spec: type) -> dict[str, dict[str, Any]]:
    """Return the same of one of our structs, by way of its JSON schema."""
    (reference,), definitions = msgspec.json.schema_components([spec], ref_template="{name}")
    found: dict[str, dict[str, Any]] = {}
    _walk("spec", reference, definitions, found)
    return found


def _walk(path: str, schema: dict[str, Any], definitions: dict[str, Any], found: dict[str, dict[str, Any]]) -> None:
    scalars = [one for one in schema.get("anyOf", []) if "$ref" not in one and one.get("type") != "null"]
    while "$ref" in schema or "anyOf" in schema:
        chosen = next((one for one in schema.get("anyOf", []) if one.get("type") != "null"), schema)
        schema = definitions[chosen["$ref"]] if "$ref" in chosen else chosen
    # A number or a text has the bounds of both; the CRD writes them side by side.
    found[path] = {word: one[word] for one in (schema, *scalars) for word in JSON_SCHEMA_WORDS if word in one}
    if "enum" in schema:
        found[path]["enum"] = sorted(schema["enum"])
    for name, child in schema.get("properties", {}).items():
        _walk(f"{path}.{name}", child, definitions, found)
    if "items" in schema:
        _walk(f"{path}[]", schema["items"], definitions, found)
    if isinstance(schema.get("additionalProperties"), dict):
        _walk(f"{path}.*", schema["additionalProperties"], definitions, found)


@pytest.mark.parametrize(("crd", "spec"), [("httpreceivers.yaml", ReceiverSpec), ("receiverhosts.yaml", HostSpec)])
def test_fields_and_bounds_are_those_of_the_crd(crd: str, spec: type) -> None:
    """A field or bound added on one side only would let a laptop and a cluster disagree."""
    assert struct_fields(spec) == crd_fields(crd)


def manifest(kind: str = "HttpReceiver", **content: Any) -> ManifestObject:
    """Return an object of a file of its own."""
    whole = {"apiVersion": "httpreceiver.dev/v1alpha1", "kind": kind, "metadata": {"name": "a"}} | content
    return ManifestObject(Path("a.yaml"), None, whole)


@pytest.mark.parametrize(("spec", "place"), WRONG_PLACES, ids=[place for _, place in WRONG_PLACES])
def test_a_field_of_the_wrong_shape_is_named(spec: dict[str, Any], place: str) -> None:
    """The mistake carries the JSON path and its code."""
    [mistake] = shape_mistakes(manifest(spec=spec))
    assert f"{mistake.where} {mistake.code}" == place


@pytest.mark.parametrize("name", ["", "A", "1a", "a.b", "a" * 64, None])
def test_a_receiver_is_named_as_a_service_can_be(name: object) -> None:
    """The cluster makes a Service of the same name."""
    [mistake] = shape_mistakes(manifest(metadata={"name": name}, spec={"workflow": {}}))
    assert mistake.where == "$.metadata.name"


@pytest.mark.parametrize("version", [None, "v1", "httpreceiver.dev/v1"])
def test_another_version_of_the_api_is_refused(version: object) -> None:
    """An object of a version we do not know may mean something else."""
    [mistake] = shape_mistakes(manifest(apiVersion=version, spec={"workflow": {}}))
    assert mistake.where == "$.apiVersion"


def test_sound_manifests_have_no_mistakes() -> None:
    """Also with members that belong to others."""
    assert shape_mistakes(manifest(spec={"workflow": []}, status={"x": 1})) == []
    assert shape_mistakes(manifest("ReceiverHost", spec={"serviceAddress": {"port": 443}})) == []


@pytest.mark.parametrize(
    ("variable", "place"),
    [
        ({"name": "PATH", "value": "/"}, "$.spec.pods.env[0].name"),
        ({"name": "HTTPRECEIVER_FILES_ROOT", "value": "/"}, "$.spec.pods.env[0].name"),
        ({"name": "OTEL_SERVICE_NAME"}, "$.spec.pods.env[0]"),
        (
            {"name": "OTEL_A", "value": "", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}},
            "$.spec.pods.env[0]",
        ),
    ],
)
def test_a_variable_of_pods_is_one_of_those_that_tell_of_requests(variable: dict[str, Any], place: str) -> None:
    """Nothing else of a listener is anybody's but the operator's."""
    [mistake] = shape_mistakes(manifest("ReceiverHost", spec={"pods": {"env": [variable]}}))
    assert mistake.where == place


def test_a_duration_of_nothing_is_refused_in_a_host_too() -> None:
    """As the CRD's rule does; every request would be late."""
    limits = {"bodyTimeout": "0s", "port": {"headerTimeout": "0ms", "writeTimeout": "1s"}}
    mistakes = shape_mistakes(manifest("ReceiverHost", spec={"limits": limits}))
    assert [mistake.where for mistake in mistakes] == [
        "$.spec.limits.bodyTimeout",
        "$.spec.limits.port.headerTimeout",
    ]
