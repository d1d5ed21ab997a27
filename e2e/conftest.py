"""Fixtures of the end-to-end tests: a namespace with the CRDs installed, and the operator that serves it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kube_api import KubeApi
from operator_process import OperatorProcess, running_operator
from team import Team

CRDS = Path(__file__).parent.parent / "crds"


@pytest.fixture
def team(kube_api: KubeApi) -> Team:
    """A namespace nobody has used, in an API server that knows our kinds."""
    kube_api.kubectl("apply", "--server-side", "-f", CRDS)
    kube_api.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "httpreceivers.httpreceiver.dev")
    kube_api.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "receiverhosts.httpreceiver.dev")
    return Team(kube_api, kube_api.create_namespace("e2e"))


@pytest.fixture
def operator(team: Team, tmp_path: Path) -> Iterator[OperatorProcess]:
    """The operator, serving the team's namespace."""
    with running_operator(team.api, tmp_path, team.namespace) as process:
        yield process
