"""
`python -m bench.soak --minutes 30`: everything at once, for long, and a verdict.

Callers send good, bad and early-answered requests over kept and new connections to `httpreceiver serve --workers 2`,
while its files are edited, its certificate changes and one of its workers is killed again and again. Right is: no wrong
answer, no early-answered message lost by a worker that lived, and memory and descriptors that do not grow.

A killed worker breaks the requests that were in flight on it, as the contract of one process says. They are counted as
broken and allowed only within a few seconds of a kill.
"""

import argparse
import asyncio
import itertools
import json
import os
import random
import signal
import ssl
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import aiohttp
from yarl import URL

from bench.job import DEVICE, PATIENT, job_workflow, target, wrong_answer
from bench.processes import free_port

Call = Callable[[aiohttp.ClientSession], Awaitable[tuple[str, str | None]]]
"""Sends one request; returns its kind, and what is wrong with the answer."""
_PROGRAM = Path(sys.executable).parent / "httpreceiver"
_START_WITHIN_S = 60.0
_KILL_SHADOW_S = 10.0
"""How long after a kill a broken connection may be its doing; a busy machine tells late."""
_SAMPLE_EVERY_S = 1.0
_MEMORY_MIB, _DESCRIPTORS = 8.0, 12.0
"""What may be more at the end of the second half than at its beginning: an allocator's noise, connections that come."""
_EARLY = "00000000-0000-4000-8000-0000000000e1"
_WRITER = "00000000-0000-4000-8000-0000000000e2"


def early_workflow(port: int) -> list[dict[str, object]]:
    """Return a receiver that answers before it writes its message to a file."""
    prefix, suffix = "HL7Soup.Functions.Settings.", ", HL7SoupWorkflow"
    return [
        {
            "$type": f"{prefix}Receivers.HttpReceiverSetting{suffix}",
            "Id": _EARLY,
            "Name": "early",
            "ServiceName": "early",
            "Port": port,
            "MessageType": 13,
            "ReponsePriority": 0,
            "ResponseMessageTemplate": "accepted",
            "Activities": [_WRITER],
        },
        {
            "$type": f"{prefix}Senders.FileWriterSenderSetting{suffix}",
            "Id": _WRITER,
            "Name": "keep",
            "MessageType": 13,
            "MessageTemplate": f"${{{_EARLY} inbound}}",
            "FilePathToWrite": "early.txt",
        },
    ]


def secure_workflow(port: int, answer: str) -> dict[str, object]:
    """Return an HTTPS receiver with the default certificate."""
    return {
        "$type": "HL7Soup.Functions.Settings.Receivers.HttpReceiverSetting, HL7SoupWorkflow",
        "Id": "00000000-0000-4000-8000-0000000000f1",
        "Name": "secure",
        "ServiceName": "secure",
        "Port": port,
        "UseSsl": True,
        "MessageType": 13,
        "ResponseMessageTemplate": answer,
    }


@dataclass
class Seen:
    """
    What the callers saw.

    Attributes:
        broken: seconds since the start of each connection that broke in the middle of a request.
        accepted: the numbers of early-answered messages, with the second of their answer.
        samples: of the parent and the worker that is never killed: second, resident MiB, descriptors.
    """

    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    broken: list[float] = field(default_factory=list)
    accepted: dict[int, float] = field(default_factory=dict)
    samples: list[tuple[float, float, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Verdict:
    """The numbers that matter, and everything that is wrong with them."""

    seconds: float
    answers: dict[str, int]
    edits: int
    certificates: int
    kills: int
    broken: int
    lost: int
    memory_mib: tuple[float, float]
    descriptors: tuple[float, float]
    wrong: list[str]


class Soak:
    """One run."""

    def __init__(self, folder: Path, seconds: float, kill_every_s: float) -> None:
        self._folder = folder
        self._seconds = seconds
        self._kill_every_s = kill_every_s
        self._port, self._early_port, self._secure_port = free_port(), free_port(), free_port()
        self._seen = Seen()
        self._began = 0.0
        self._kills: list[float] = []
        self._edits = 0
        self._certificates = 0
        self._numbers = itertools.count(1)
        self._versions = {"0"}

    async def run(self) -> Verdict:
        """Serve, load, disturb, end, judge."""
        self._write("job.json", job_workflow(self._port))
        self._write("early.json", early_workflow(self._early_port))
        self._write("secure.json", secure_workflow(self._secure_port, "0"))
        with (self._folder / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *self._command(), cwd=self._folder, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )
            try:
                await self._until_serving(process)
                self._began = time.monotonic()
                await self._disturbed_load(process.pid)
                process.send_signal(signal.SIGTERM)
                code = await asyncio.wait_for(process.wait(), 60)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        return self._judged(code)

    def _command(self) -> list[str]:
        options = ["--workers=2", "--admin-port=0", "--log=none", "--state-dir=state", "--files-root=files"]
        return [str(_PROGRAM), "serve", "job.json", "early.json", "secure.json", *options]

    def _write(self, name: str, content: object) -> None:
        (self._folder / "files").mkdir(exist_ok=True)
        new = self._folder / f".{name}"
        new.write_text(json.dumps(content))
        new.replace(self._folder / name)

    async def _until_serving(self, process: asyncio.subprocess.Process) -> None:
        deadline = time.monotonic() + _START_WITHIN_S
        for port in (self._port, self._early_port, self._secure_port):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    if process.returncode is not None or time.monotonic() > deadline:
                        log = (self._folder / "log").read_text()
                        raise RuntimeError(f"the server does not serve: {log[-2000:]}") from None
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    break

    # --- load and disturbance ----------------------------------------------------------------------------------------

    def _now(self) -> float:
        return time.monotonic() - self._began

    async def _disturbed_load(self, root: int) -> None:
        callers = [self._good, self._bad, self._early, self._secure]
        async with asyncio.TaskGroup() as group:
            for call in callers:
                for is_new in (False, True):
                    group.create_task(self._keep(call, is_new))
            group.create_task(self._edit())
            group.create_task(self._renew())
            group.create_task(self._kill(root))
            group.create_task(self._sample(root))

    async def _keep(self, call: Call, is_new: bool) -> None:
        """Send one request after the other; with *is_new* each over a connection of its own."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connector = aiohttp.TCPConnector(force_close=is_new, ssl=context)
        async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(30)) as client:
            client._retry_connection = False  # what was lost must be seen
            while self._now() < self._seconds:
                try:
                    kind, wrong = await call(client)
                except (aiohttp.ClientError, TimeoutError):
                    self._seen.broken.append(self._now())
                else:
                    self._seen.answers[kind] += 1
                    if wrong:
                        self._seen.wrong.append(wrong)

    async def _good(self, client: aiohttp.ClientSession) -> tuple[str, str | None]:
        number = next(self._numbers)
        headers = {"Content-Type": "application/json"}
        url = f"http://127.0.0.1:{self._port}{target(number)}"
        async with client.post(url, data=PATIENT, headers=headers) as answer:
            return "good", wrong_answer(number, answer.status, await answer.read())

    async def _bad(self, client: aiohttp.ClientSession) -> tuple[str, str | None]:
        """Send what is turned away: another document, no path, no JSON."""
        path, body, expected = random.choice(
            [
                (target(1), DEVICE, {200}),
                ("/nothing", PATIENT, {404}),
                ("/%zz", b"", {400}),
                (target(1), b"{", {400}),
            ]
        )
        url = URL(f"http://127.0.0.1:{self._port}{path}", encoded=True)
        async with client.post(url, data=body, headers={"Content-Type": "application/json"}) as answer:
            text = await answer.read()
            is_right = answer.status in expected and b'"ok":true' not in text
            return "bad", None if is_right else f"{path} {body[:20]!r} was answered {answer.status} {text[:80]!r}"

    async def _early(self, client: aiohttp.ClientSession) -> tuple[str, str | None]:
        number = next(self._numbers)
        async with client.post(f"http://127.0.0.1:{self._early_port}/early", data=f"<{number}>\n") as answer:
            text = await answer.text()
            if (answer.status, text) == (200, "accepted"):
                self._seen.accepted[number] = self._now()
                return "early", None
            return "early", f"early: {answer.status} {text[:80]}"

    async def _secure(self, client: aiohttp.ClientSession) -> tuple[str, str | None]:
        async with client.get(f"https://localhost:{self._secure_port}/secure") as answer:
            text = await answer.text()
            is_right = answer.status == 200 and text in self._versions
            return "secure", None if is_right else f"secure: {answer.status} {text[:80]}"

    async def _edit(self) -> None:
        while await self._pause(1.5):
            self._edits += 1
            self._versions.add(str(self._edits))
            self._write("secure.json", secure_workflow(self._secure_port, str(self._edits)))
            if self._edits % 3 == 0:
                self._write("job.json", job_workflow(self._port))

    async def _renew(self) -> None:
        """Break the default certificate, which is made anew then."""
        while await self._pause(5):
            self._certificates += 1
            (self._folder / "state" / "listener.pem").unlink(missing_ok=True)

    async def _kill(self, root: int) -> None:
        while await self._pause(self._kill_every_s):
            if self._now() > self._seconds - _KILL_SHADOW_S / 2:
                return
            self._kills.append(self._now())
            os.kill(workers_of(root)[-1], signal.SIGKILL)  # the newest: the oldest lives through the run

    async def _sample(self, root: int) -> None:
        while await self._pause(_SAMPLE_EVERY_S):
            self._seen.samples.append((self._now(), *held_by([root, workers_of(root)[0]])))

    async def _pause(self, seconds: float) -> bool:
        """Wait; return whether the run still goes on."""
        await asyncio.sleep(min(seconds, max(0.0, self._seconds - self._now())))
        return self._now() < self._seconds

    # --- the verdict -------------------------------------------------------------------------------------------------

    def _judged(self, code: int) -> Verdict:
        written = Counter((self._folder / "files" / "early.txt").read_text().split())
        lost = [at for number, at in self._seen.accepted.items() if not written[f"<{number}>"]]
        wrong = list(self._seen.wrong)
        if code != 0:
            wrong.append(f"the server ended with {code}")
        wrong += [
            f"a request broke at {at:.1f} s without a kill" for at in self._seen.broken if not self._killed_at(at)
        ]
        wrong += [
            f"an early-answered message of {at:.1f} s is lost without a kill" for at in lost if not self._killed_at(at)
        ]
        wrong += [f"message {number} was written {count} times" for number, count in written.items() if count > 1]
        half = [sample for sample in self._seen.samples if sample[0] > self._seconds / 2]
        memory, descriptors = thirds([one[1] for one in half]), thirds([float(one[2]) for one in half])
        if memory[1] > memory[0] + _MEMORY_MIB:
            wrong.append(f"memory grows from {memory[0]:.0f} to {memory[1]:.0f} MiB")
        if descriptors[1] > descriptors[0] + _DESCRIPTORS:
            wrong.append(f"descriptors grow from {descriptors[0]:.0f} to {descriptors[1]:.0f}")
        return Verdict(
            round(self._seconds, 1),
            dict(self._seen.answers),
            self._edits,
            self._certificates,
            len(self._kills),
            len(self._seen.broken),
            len(lost),
            memory,
            descriptors,
            wrong,
        )

    def _killed_at(self, second: float) -> bool:
        return any(-1 < second - kill < _KILL_SHADOW_S for kill in self._kills)


def thirds(values: Sequence[float]) -> tuple[float, float]:
    """Return the medians of the first and the last third: what grows differs, what swings does not."""
    if not values:
        return 0.0, 0.0
    size = max(1, len(values) // 3)
    return round(statistics.median(values[:size]), 1), round(statistics.median(values[-size:]), 1)


def workers_of(root: int) -> list[int]:
    """Return the worker processes of a server, the oldest first."""
    return [int(child) for child in Path(f"/proc/{root}/task/{root}/children").read_text().split()]


def held_by(processes: Sequence[int]) -> tuple[float, int]:
    """Return the resident MiB and the descriptors of *processes*; one that has just ended holds nothing."""
    memory, descriptors = 0.0, 0
    for process in processes:
        try:
            memory += int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
            descriptors += len(os.listdir(f"/proc/{process}/fd"))
        except OSError:
            continue
    return memory, descriptors


def main() -> int:
    """Run and tell; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description="Serve under everything at once; judge.")
    parser.add_argument("--minutes", type=float, default=30, help="how long (default: %(default)s)")
    parser.add_argument("--kill-every", type=float, default=20, help="seconds between kills (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        verdict = asyncio.run(Soak(Path(folder), options.minutes * 60, options.kill_every).run())
    print(json.dumps(asdict(verdict), indent=2))
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
