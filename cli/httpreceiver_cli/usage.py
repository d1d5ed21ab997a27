"""What all subcommands share in their dealings with the caller: exit codes and the form of examples."""

from typing import Final

EXIT_FINE: Final = 0
EXIT_PROBLEMS: Final = 1
EXIT_USAGE: Final = 2


def example(line: str) -> str:
    """Return the closing part of a help page that shows one way to call the command."""
    return f"\b\nExample:\n  {line}"
