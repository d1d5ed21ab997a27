"""Case files as short Python values, checked by the real command in this process."""

import contextlib
import io
from pathlib import Path
from typing import Any, Final

from engine import RECEIVER, guid, receiver, typed
from httpreceiver_cli.__main__ import run
from httpreceiver_cli.yaml_text import dump_documents

ECHO: Final = [receiver(ResponseMessageTemplate=f"${{{RECEIVER} inbound}}")]
"""Answers with what it was sent."""

WRITER: Final = typed(
    "FileWriterSenderSetting",
    Id=guid("b1"),
    Name="Keep",
    MessageType=13,
    MessageTemplate=f"${{{RECEIVER} inbound}}",
    FilePathToWrite="{TMP}/kept.txt",
)
SENDER: Final = typed(
    "HttpSenderSetting",
    Id=guid("b1"),
    Name="Tell",
    MessageType=13,
    Server="{STUB}/told",
    MessageTemplate="told",
    ResponseNotAvailable=False,
)


def file_writer() -> list[dict[str, Any]]:
    """Return a workflow that keeps what it was sent in a file."""
    return [receiver(Activities=[guid("b1")], ResponseMessageTemplate="done"), WRITER]


def http_sender(**fields: Any) -> list[dict[str, Any]]:
    """Return a workflow that answers with what its activity replied, or with the error."""
    answer = f"${{{guid('b1')} inbound}}${{WorkflowErrorMessage}}"
    return [receiver(Activities=[guid("b1")], ResponseMessageTemplate=answer, **fields), SENDER]


def case(sent: str = "", /, *, request: Any = (), replies: Any = (), **expect: Any) -> dict[str, Any]:
    """Return a case that sends *sent*."""
    return {"request": {"path": "/v", "body": sent, **dict(request)}, "replies": dict(replies), "expect": expect}


def check_cases(
    folder: Path, workflow: Any, /, *cases: Any, options: tuple[str, ...] = (), **more: Any
) -> tuple[int, str]:
    """Write a case file into *folder*, check it, and return exit code and report, in which the folder is ``DIR``."""
    path = folder / "a.yaml"
    path.write_text(dump_documents([{"workflow": workflow, **({"cases": list(cases)} if cases else {}), **more}]))
    report = io.StringIO()
    with contextlib.redirect_stdout(report), contextlib.redirect_stderr(report):
        code = run(["check", str(path), *options])
    return code, report.getvalue().replace(str(folder), "DIR")
