"""
From a workflow file to the HttpReceiver that carries it. `wrap` prints it; `plan` and `serve` hand it to the planner.

The workflow is never rewritten: same members in the same order, the same texts, the same numbers.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from httpreceiver_cli.sources import WorkflowFile
from httpreceiver_cli.written_number import WrittenNumber
from httpreceiver_operator.names import API_VERSION

NAME_LIMIT: Final = 63


def http_receiver(name: str, workflow: object, *, namespace: str = "", host: str = "") -> dict[str, Any]:
    """Return the HttpReceiver that carries *workflow*; blank *namespace* and *host* are left out."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    spec = ({"host": host} if host else {}) | {"workflow": workflow}
    return {"apiVersion": API_VERSION, "kind": "HttpReceiver", "metadata": metadata, "spec": spec}


def workflow_value(text: str) -> object:
    """Return the JSON value of a workflow's *text*; the last of equal members wins. Raises ValueError."""
    try:
        return json.loads(text, parse_float=WrittenNumber, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("the JSON is nested too deep") from None


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def receiver_name(stem: str) -> str:
    """
    Return *stem* as the name of an HttpReceiver: a letter, then letters, digits and ``-``, lower case, at most 63.

    >>> receiver_name("Patient API (v2).hl7"), receiver_name("2nd try")
    ('patient-api-v2-hl7', 'receiver-2nd-try')
    """
    name = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")
    if not name[:1].isalpha():
        name = f"receiver-{name}"
    return name[:NAME_LIMIT].rstrip("-")


def names_for(workflows: Iterable[WorkflowFile], taken: Iterable[str] = ()) -> Mapping[Path, str]:
    """
    Return a name for each workflow, made of its file name, none of them in *taken*.

    Files of equal names in different folders are told apart by a digest of their path, so that a name never depends on
    which other files are there beyond the clash itself.
    """
    plain = {workflow.path: receiver_name(workflow.path.stem) for workflow in workflows}
    counts: dict[str, int] = {}
    for name in [*plain.values(), *taken]:
        counts[name] = counts.get(name, 0) + 1
    return {path: name if counts[name] == 1 else _distinct(name, path) for path, name in plain.items()}


def _distinct(name: str, path: Path) -> str:
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:6]
    return f"{name[: NAME_LIMIT - 7].rstrip('-')}-{digest}"
