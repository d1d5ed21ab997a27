"""Helm as tests run it: pinned, with no settings of the machine's, on this repository's chart."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kube_binaries import find_binary

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "httpreceiver-operator"
HELM_TIMEOUT_S = 60.0


class HelmError(Exception):
    """Helm refused; the message is its stderr."""


@dataclass(frozen=True)
class Helm:
    """
    The helm command.

    Attributes:
        folder: where it keeps its cache, configuration and data.
    """

    folder: Path

    def run(self, *arguments: str | Path, kubeconfig: Path | None = None) -> str:
        """
        Run helm and return what it printed.

        Raises:
            HelmError: it exited with another code than 0.
        """
        homes = {f"HELM_{kind}_HOME": str(self.folder / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
        done = subprocess.run(
            [find_binary("helm"), *arguments],
            env={**os.environ, **homes, "KUBECONFIG": str(kubeconfig or self.folder / "none")},
            capture_output=True,
            text=True,
            timeout=HELM_TIMEOUT_S,
            check=False,
        )
        if done.returncode:
            raise HelmError(done.stderr.strip() or done.stdout.strip())
        return done.stdout

    def template(self, *arguments: str | Path, values: object = None) -> list[dict[str, Any]]:
        """Render the chart as release `demo` in namespace `system`, and return the objects."""
        return list(filter(None, yaml.safe_load_all(self.template_text(*arguments, values=values))))

    def template_text(self, *arguments: str | Path, values: object = None) -> str:
        """Render the chart as `template` does, and return the manifest."""
        if values is not None:
            file = self.folder / "values.yaml"
            file.write_text(yaml.safe_dump(values))
            arguments = (*arguments, "--values", file)
        return self.run("template", "demo", CHART, "--namespace", "system", *arguments)


def of_kind(objects: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The objects of one kind, in their order."""
    return [each for each in objects if each["kind"] == kind]
