"""The command `httpreceiver` as users start it: a process of its own."""

import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

ROOT: Final = Path(__file__).resolve().parents[2]
COMMAND: Final = (sys.executable, "-m", "httpreceiver_cli")
COMMAND_TIMEOUT_S: Final = 60.0
"""A command that ends by itself takes a second; a busy machine may take many."""
EVENT_TIMEOUT_S: Final = 30.0
"""A change of a file is served within half a second; a busy machine may take many."""


def run_cli(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command to its end in *cwd* and return exit code and outputs."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S, check=False)


class ServeProcess:
    """
    `httpreceiver serve` in *folder*, which it also serves unless other paths are given; a context manager.

    Results come as JSON, one `event` at a time; the process is ended when the block is left.
    """

    def __init__(self, folder: Path, *arguments: str | Path) -> None:
        self._folder = folder
        self._arguments = ["--admin-port", "0", "--state-dir", str(folder / ".state"), *map(str, arguments)]
        if not any(Path(folder, argument).exists() for argument in self._arguments[4:]):
            self._arguments.append(".")
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._complaints: queue.Queue[str | None] = queue.Queue()
        self._readers: list[threading.Thread] = []
        self.started: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Start the process and wait until it serves."""
        self.process = subprocess.Popen(
            [*COMMAND, "serve", "-o", "json", "--log", "none", *self._arguments],
            cwd=self._folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        for stream, lines in ((self.process.stdout, self._lines), (self.process.stderr, self._complaints)):
            self._readers.append(threading.Thread(target=_pass_on, args=(stream, lines), daemon=True))
            self._readers[-1].start()
        self.started = self.event("serving")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process, whatever state it is in."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join(EVENT_TIMEOUT_S)  # its workers have the streams too, and end a moment later
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()

    def event(self, name: str) -> dict[str, Any]:
        """Return the next result, which must be the event *name*."""
        line = self._lines.get(timeout=EVENT_TIMEOUT_S)
        assert line is not None, f"serve ended: {list(self.complaint_lines())}"
        event: dict[str, Any] = json.loads(line)
        assert event["event"] == name, event
        return event

    def complaint_lines(self) -> Iterator[str]:
        """Yield what the process said on standard error; ends when the process does."""
        while (line := self._complaints.get(timeout=EVENT_TIMEOUT_S)) is not None:
            yield line.rstrip("\n")

    def complaint(self) -> str:
        """Return the next line of standard error."""
        return next(self.complaint_lines())

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def wait(self) -> int:
        """Wait for the end and return the exit code."""
        return self.process.wait(EVENT_TIMEOUT_S)


def _pass_on(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)
