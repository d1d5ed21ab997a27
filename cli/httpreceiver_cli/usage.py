"""What all subcommands share in their dealings with the caller: exit codes and the form of examples."""

from typing import Final

EXIT_FINE: Final = 0
EXIT_PROBLEMS: Final = 1
EXIT_USAGE: Final = 2


def example(*lines: str) -> str:
    """Return the closing part of a help page that shows ways to call the command."""
    title = "Example" if len(lines) == 1 else "Examples"
    return "\n".join([f"\b\n{title}:", *(f"  {line}" for line in lines)])
