"""The rig itself: what other tests take for granted about the API server they are given."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kube_api import KubeApi, KubeApiError
from kube_binaries import PROGRAMS, KubeBinaryError, find_binary


@pytest.mark.kube
def test_a_service_account_token_may_do_only_what_rbac_grants(kube_api: KubeApi) -> None:
    namespace = kube_api.create_namespace("rig")
    token = kube_api.service_account_token(namespace, "default")

    who = kube_api.kubectl("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}", token=token)
    assert f"system:serviceaccount:{namespace}:default" == who
    with pytest.raises(KubeApiError, match="forbidden"):
        kube_api.kubectl("-n", namespace, "get", "secrets", token=token)


@pytest.mark.kube
def test_a_kubeconfig_carries_the_namespace_it_was_made_for(kube_api: KubeApi, tmp_path: Path) -> None:
    namespace = kube_api.create_namespace("rig")
    config = kube_api.kubeconfig(tmp_path / "config", namespace=namespace)
    kube_api.kubectl("--kubeconfig", config, "create", "configmap", "here")
    assert namespace == kube_api.get("-n", namespace, "configmap", "here")["metadata"]["namespace"]


@pytest.mark.kube
def test_the_server_reports_the_pinned_version(kube_api: KubeApi) -> None:
    assert f'"gitVersion": "v{PROGRAMS["kube-apiserver"].version}"' in kube_api.kubectl("get", "--raw", "/version")


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_program_is_pinned_by_its_go_mod(name: str) -> None:
    assert PROGRAMS[name].version.count(".") == 2


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A machine without any of the programs: its PATH is one empty folder, which is returned."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}")
    monkeypatch.setenv("XDG_CACHE_HOME", f"{tmp_path}")
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    find_binary.cache_clear()
    yield folder
    find_binary.cache_clear()


def make_program(path: Path, says: str) -> Path:
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(0o755)
    return path


@pytest.mark.usefixtures("bare_machine")
def test_a_missing_program_is_one_line_that_names_the_command() -> None:
    with pytest.raises(KubeBinaryError, match=r"^kube-apiserver \S+ is not on this machine: run `make kube` [^\n]*$"):
        find_binary("kube-apiserver")


def test_kubebuilder_assets_come_first(bare_machine: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make_program(bare_machine / "etcd", f"etcd Version: {PROGRAMS['etcd'].version}")
    chosen = make_program(tmp_path / "etcd", "etcd Version: 3.1.0")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", f"{tmp_path}")
    assert chosen == find_binary("etcd")


def test_a_program_on_path_is_taken_when_it_is_of_the_pinned_version(bare_machine: Path) -> None:
    pinned = PROGRAMS["etcd"].version.rsplit(".", 1)[0]
    program = make_program(bare_machine / "etcd", f"etcd Version: {pinned}.99")
    assert program == find_binary("etcd")


def test_a_program_on_path_of_another_version_is_passed_over(bare_machine: Path) -> None:
    make_program(bare_machine / "etcd", "etcd Version: 2.3.6")
    with pytest.raises(KubeBinaryError):
        find_binary("etcd")
