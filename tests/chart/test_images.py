"""
What goes into the two images. No container engine is needed: the Containerfiles are read, and the packages are imported
while everything their lock does not hold is hidden.
"""

import json
import re
import subprocess
import sys
from importlib.metadata import packages_distributions

import pytest

from helm_command import ROOT

IMAGES = ("listener", "operator")
OURS = {"listener": {"httpreceiver_workflow", "httpreceiver_listener"}}
OURS["operator"] = {"httpreceiver_workflow", "httpreceiver_operator"}
IMPORT_EVERYTHING = """
import importlib, json, pkgutil, sys
hidden, ours = map(set, json.loads(sys.argv[1]))
from importlib.machinery import PathFinder
class Visible:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return None if name.partition(".")[0] in hidden else PathFinder.find_spec(name, path, target)
    find_distributions = PathFinder.find_distributions  # some libraries ask for their own version
sys.meta_path[sys.meta_path.index(PathFinder)] = Visible
for name in ours:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        importlib.import_module(module.name)
"""


def instructions(image: str) -> list[tuple[str, str]]:
    """The instructions of a Containerfile in their order, continued lines joined."""
    text = (ROOT / image / "Containerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def locked(image: str) -> set[str]:
    """Names of the distributions in the lock of an image."""
    return set(re.findall(r"^([a-z0-9-]+)==", (ROOT / image / "requirements.lock").read_text(), re.MULTILINE))


@pytest.mark.parametrize("image", IMAGES)
def test_every_file_it_copies_exists_and_is_in_the_build_context(image: str) -> None:
    copied = [words.split()[:-1] for name, words in instructions(image) if name == "COPY" and "--from" not in words]
    context = (ROOT / ".dockerignore").read_text().splitlines()
    for source in (path for paths in copied for path in paths):
        assert (ROOT / source).exists()
        assert f"!{source}" in context


@pytest.mark.parametrize("image", IMAGES)
def test_it_runs_as_nobody_the_module_of_its_package(image: str) -> None:
    final_stage = dict(instructions(image))
    assert "65532:65532" == final_stage["USER"]
    assert ["python", "-m", f"httpreceiver_{image}"] == json.loads(final_stage["ENTRYPOINT"])
    assert (ROOT / image / f"httpreceiver_{image}" / "__main__.py").exists()


@pytest.mark.parametrize("image", IMAGES)
def test_what_it_copies_is_all_that_it_imports(image: str) -> None:
    """Every module of the image's packages can be imported with nothing but what its lock holds."""
    kept = locked(image)
    hidden = [
        package
        for package, distributions in packages_distributions().items()
        if package not in OURS[image] and not any(normalized(name) in kept for name in distributions)
    ]
    assert "pytest" in hidden
    names = json.dumps([hidden, sorted(OURS[image])])
    done = subprocess.run([sys.executable, "-c", IMPORT_EVERYTHING, names], capture_output=True, text=True, check=False)
    assert "" == done.stderr


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_listener_has_no_kubernetes_client() -> None:
    assert {"kubernetes", "kopf"} <= locked("operator")
    assert set() == {"kubernetes", "kopf"} & locked("listener")


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_holds_the_versions_that_are_tested(image: str) -> None:
    tested = set(re.findall(r"^[a-z0-9-]+==\S+", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    shipped = set(re.findall(r"^[a-z0-9-]+==\S+", (ROOT / image / "requirements.lock").read_text(), re.MULTILINE))
    assert set() == shipped - tested


LOCKS = [
    f"{folder}requirements.lock" for folder in ("", "listener/", "operator/", "tests/support/fuzzing/", "bench/peers/")
]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_registry(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text()
