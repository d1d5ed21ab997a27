"""
Server processes: started on a core of their own, read from /proc, ended by their id.
"""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_START_WITHIN_S = 30.0
_END_WITHIN_S = 10.0


def pick_cores() -> tuple[int, int]:
    """Return the core for the server and the one for the load; the same when there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[0], cores[-1]


def free_port() -> int:
    """Return a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(command: Sequence[str], port: int, core: int, log: IO[bytes]) -> Iterator[int]:
    """
    Run *command* pinned to *core* and yield its process id once it accepts connections on *port*.

    Raises RuntimeError when it ends before, or does not accept in time; the text holds the end of *log*.
    """
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})  # inherited, so that no helper has to be installed
    try:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    finally:
        os.sched_setaffinity(0, ours)
    try:
        _wait_until_accepting(process, port, log)
        yield process.pid
    finally:
        _end(process)


def _wait_until_accepting(process: "subprocess.Popen[bytes]", port: int, log: IO[bytes]) -> None:
    deadline = time.monotonic() + _START_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}: {_tail(log)}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"{process.args!r} does not accept on port {port}: {_tail(log)}")


def _tail(log: IO[bytes]) -> str:
    return Path(log.name).read_bytes()[-2000:].decode(errors="replace")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_END_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def cpu_s(root: int) -> float:
    """
    Return the seconds that the threads of *root* and its descendants have run, user and system.

    From the scheduler, in nanoseconds: the ticks of /proc/PID/stat are too coarse for a second, and may miss who always
    runs between two of them.
    """
    return sum(_thread_ns(task) for pid in _tree(root) for task in _threads(pid)) / 1e9


def _threads(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def _thread_ns(task: Path) -> int:
    try:
        return int((task / "schedstat").read_text().split()[0])
    except OSError:
        return 0


def rss_mib(root: int) -> float:
    """Return the resident memory of *root* and its descendants; pages that they share count once for each."""
    return sum(int(fields[21]) for fields in map(_stat, _tree(root)) if fields) * _PAGE_BYTES / 2**20


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat behind the command's name, None when the process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _stat(int(entry))):
            children.setdefault(int(fields[1]), []).append(int(entry))
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children.get(pid, [])
    return found
