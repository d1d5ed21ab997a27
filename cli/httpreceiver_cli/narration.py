"""
What `serve` tells while it runs: results on standard output, complaints on standard error.

For people a table, then a line for each change. With `-o json` one JSON object a line: ``serving`` first, then
``changed`` and ``stopped``.
"""

import contextlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime

import click

from httpreceiver_cli.receiver_rows import ReceiverRow, table


def _say(text: str, *, err: bool = False) -> None:
    """Write *text*. Receivers matter more than whoever stopped reading (``serve | head``): that ends nothing."""
    with contextlib.suppress(OSError, ValueError):
        click.echo(text, err=err)


class Narration:
    """Tells what is new, and only that."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._rows: dict[str, ReceiverRow] = {}
        self._complaints: set[str] = set()

    def begin(self, rows: Sequence[ReceiverRow], complaints: Iterable[str], admin_port: int | None, trial: str) -> None:
        """Tell what is served, where the admin port is, and what to try."""
        self._rows = {row.name: row for row in rows}
        self.complain(complaints)
        admin = f"http://127.0.0.1:{admin_port}" if admin_port else ""
        if self._as_json:
            self._event("serving", receivers=[row.as_json() for row in rows], admin=admin, trial=trial)
            return
        lines = [table(rows), ""]
        if admin:
            lines.append(f"Admin: {admin} with /healthz, /readyz, /metrics, /receivers and /openapi.json")
        if trial:
            lines.append(f"Try: {trial}")
        _say("\n".join(lines))

    def complain(self, complaints: Iterable[str]) -> None:
        """Tell complaints that were not told before."""
        current = list(complaints)
        for complaint in current:
            if complaint not in self._complaints:
                _say(f"httpreceiver: {complaint}", err=True)
        self._complaints |= set(current)

    def change(self, rows: Sequence[ReceiverRow], complaints: Iterable[str]) -> None:
        """Tell which receivers were added, changed or removed."""
        current = list(complaints)
        self._complaints &= set(current)  # one that comes back is told again
        self.complain(current)
        before, after = self._rows, {row.name: row for row in rows}
        self._rows = after
        added = [row for name, row in after.items() if name not in before]
        changed = [row for name, row in after.items() if name in before and row != before[name]]
        removed = [row for name, row in before.items() if name not in after]
        if not (added or changed or removed):
            return
        if self._as_json:
            groups = {"added": added, "changed": changed, "removed": removed}
            self._event("changed", **{group: [row.as_json() for row in members] for group, members in groups.items()})
            return
        clock = f"{datetime.now():%H:%M:%S}"
        for verb, members in (("added", added), ("changed", changed)):
            for row in members:
                reason = f": {row.reason}" if row.reason else ""
                _say(f"{clock} {verb} {row.name}, {row.state} {row.url}{reason}")
        for row in removed:
            _say(f"{clock} removed {row.name}")

    def stop(self) -> None:
        """Tell that the end has begun."""
        if not self._as_json:
            _say("Stopping: what has begun is finished. Ctrl-C again quits at once.", err=True)

    def end(self, lost: int) -> None:
        """Tell how it ended; *lost* counts what could not be finished."""
        if self._as_json:
            self._event("stopped", unfinished=lost)
        if lost:
            self.complain([f"{lost} ports or background runs had not finished in time; --grace gives them longer"])

    @staticmethod
    def _event(event: str, **fields: object) -> None:
        _say(json.dumps({"event": event, **fields}))
