"""Who may ask for a record: the tokens of a folder, one file each, read again when asked a second later."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from httpreceiver_listener.authentication.secrets import NamedSecrets

SHORTEST_TOKEN_BYTES: Final = 16
LARGEST_TOKEN_BYTES: Final = 4096
LOOK_EVERY_S: Final = 1.0


class DebugTokens:
    """
    The tokens of a folder, each named by its file; as a mounted Secret has them.

    Args:
        complain: told once in one sentence of what cannot be used.
    """

    def __init__(self, folder: Path, complain: Callable[[str], None]) -> None:
        self._folder = folder
        self._complain = complain
        self._complaints: frozenset[str] = frozenset()
        self._secrets = NamedSecrets(())
        self._next_look = 0.0

    def owner(self, presented: str, now: float) -> str | None:
        """Return the name of the token that was *presented* at loop time *now*; None when there is no such token."""
        if now >= self._next_look:
            self._next_look = now + LOOK_EVERY_S
            self._look()
        return self._secrets.owner(presented)

    def _look(self) -> None:
        complaints: list[str] = []
        self._secrets = NamedSecrets(self._read(complaints))
        for sentence in complaints:
            if sentence not in self._complaints:
                self._complain(sentence)
        self._complaints = frozenset(complaints)

    def _read(self, complaints: list[str]) -> Iterator[tuple[str, bytes]]:
        """Yield name and token of each file; hidden ones are a mount's own."""
        try:
            files = sorted(path for path in self._folder.iterdir() if not path.name.startswith(".") and path.is_file())
            for path in files:
                token = path.read_bytes()[:LARGEST_TOKEN_BYTES].strip()
                if len(token) >= SHORTEST_TOKEN_BYTES:
                    yield path.name, token
                else:
                    complaints.append(f"The debug token {path.name} has less than {SHORTEST_TOKEN_BYTES} bytes.")
        except OSError as error:
            complaints.append(f"The debug tokens cannot be read: {error.strerror}.")
