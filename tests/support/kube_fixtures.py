"""The pytest fixtures that need a real Kubernetes API or Helm; listed as a plugin by the conftest.py at the root."""

from collections.abc import Iterator

import pytest

from helm_command import Helm
from kube_api import KubeApi, running_kube_api
from kube_binaries import KubeBinaryError, find_binary


@pytest.fixture(scope="session")
def kube_api() -> Iterator[KubeApi]:
    """
    One API server for the whole run; a test takes a namespace of its own from it.

    A missing program fails the test: a run that says it tested against a real API server has done so.
    """
    try:
        with running_kube_api() as api:
            yield api
    except KubeBinaryError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Helm, with folders of its own."""
    try:
        find_binary("helm")
    except KubeBinaryError as error:
        pytest.fail(str(error), pytrace=False)
    return Helm(tmp_path_factory.mktemp("helm"))
