"""What is heavy is imported by the first workflow that needs it, and what is not installed is refused by name."""

import json
import subprocess
import sys
from typing import Any

import pytest

from engine import create_variable, receiver, transformers

SCRIPT = """
import json, sys
settings, blocked, watched, spec = json.loads(sys.argv[1])
for name in blocked:
    sys.modules[name] = None
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.options import read_options
prepared = prepare_workflow(settings, options=read_options(spec)[0])
print(json.dumps([[f"{p.where} {p.code.value}: {p.message}" for p in prepared.problems],
                  [name for name in watched if sys.modules.get(name)]]))
"""


def prepared(settings: list[Any], *blocked: str, spec: dict[str, Any] | None = None) -> Any:
    """Return the problems of a workflow and the heavy libraries it made a fresh process import."""
    arguments = json.dumps([settings, blocked, ["jsonpath", "pydicom", "cel_expr_python"], spec or {}])
    done = subprocess.run([sys.executable, "-c", SCRIPT, arguments], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def reading(message_type: int, path: str) -> list[Any]:
    """Return a workflow that reads *path* of a request."""
    return [
        receiver(MessageType=message_type, VariableTransformers="00000000-0000-0000-0000-0000000000d1"),
        transformers("d1", create_variable("v", path)),
    ]


@pytest.mark.parametrize(
    ("message_type", "path", "imported"),
    [
        (11, "a/b", []),
        (11, "newtonsoft:$.a.b", ["jsonpath"]),
        (16, "PatientID", ["pydicom"]),
        (0, "a/b", []),
    ],
)
def test_a_workflow_imports_what_it_needs(message_type: int, path: str, imported: list[str]) -> None:
    assert [[], imported] == prepared(reading(message_type, path))


@pytest.mark.parametrize(("body", "imported"), [("${a}", []), ("#[vars.a]", ["cel_expr_python"])])
def test_expressions_are_imported_by_the_first_one(body: str, imported: list[str]) -> None:
    assert [[], imported] == prepared(reading(11, "a/b"), spec={"response": {"body": body}})


def test_dicom_without_pydicom_is_refused_by_name() -> None:
    problems, _ = prepared(reading(16, "PatientID"), "pydicom")
    missing = "DICOM messages need pydicom; install httpreceiver[dicom]."
    assert [f"$[0].MessageType MessageTypeNotSupported: {missing}"] == problems
