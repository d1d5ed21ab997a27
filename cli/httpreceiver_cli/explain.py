"""`httpreceiver explain`: what a code or reason means, wherever it was met: report, condition, log or answer."""

from collections.abc import Mapping
from dataclasses import dataclass

import click

from httpreceiver_cli.usage import example


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One word of the vocabulary.

    Attributes:
        group: where the word is met.
        level: severity of a problem, HTTP status of a fault, default of a switch, ``""`` for the rest.
    """

    word: str
    group: str
    level: str
    meaning: str
    remedy: str


@click.command(
    "explain", short_help="Say what a code or reason means.", epilog=example("httpreceiver explain LinkDangling")
)
@click.argument("words", metavar="[CODE]...", nargs=-1)
def command(words: tuple[str, ...]) -> None:
    """
    Say what a problem code, condition reason, fault kind or switch of compatibility means and what to do about it.

    Without CODE all of them are listed.
    """
    entries = vocabulary()
    if not words:
        click.echo(listing(entries))
        return
    known = {entry.word.lower() for entry in entries}
    for word in words:
        if word.lower() not in known:
            raise click.UsageError(unknown_word(word, [entry.word for entry in entries]))
    texts = [article(entry) for word in words for entry in entries if entry.word.lower() == word.lower()]
    click.echo("\n\n".join(texts))


def vocabulary() -> list[Entry]:
    """Return every word that can be explained; one word may be met in several places."""
    from httpreceiver_cli.checking.mistakes import CaseCode
    from httpreceiver_cli.fault_texts import FAULT_TEXTS
    from httpreceiver_cli.manifest_shape import ManifestCode
    from httpreceiver_listener.faults import STATUS
    from httpreceiver_operator.conditions import REASONS
    from httpreceiver_workflow.explained_code import ExplainedCode
    from httpreceiver_workflow.options.switches import SWITCHES
    from httpreceiver_workflow.problem_codes import ProblemCode

    origins: dict[str, type[ExplainedCode]] = {"workflow": ProblemCode, "manifest": ManifestCode, "case file": CaseCode}
    return [
        *(
            Entry(code, f"problem of a {origin}", code.severity, code.meaning, code.remedy)
            for origin, codes in origins.items()
            for code in codes
        ),
        *(Entry(reason, "reason of a condition", "", *texts) for reason, texts in REASONS.items()),
        *(
            Entry(switch.name, "switch of compatibility", f"default {switch.default}", switch.meaning, switch.remedy)
            for switch in SWITCHES
        ),
        *(Entry(kind, "kind of a fault", f"HTTP {STATUS[kind]}", *texts) for kind, texts in FAULT_TEXTS.items()),
    ]


def article(entry: Entry) -> str:
    """Return the full explanation of one word."""
    level = f", {entry.level}" if entry.level else ""
    return f"{entry.word} ({entry.group}{level})\n  {entry.meaning}\n  What to do: {entry.remedy}"


def listing(entries: list[Entry]) -> str:
    """Return all words with their meanings, one a line, by group."""
    groups: Mapping[str, list[Entry]] = {entry.group: [] for entry in entries}
    for entry in entries:
        groups[entry.group].append(entry)
    width = max(len(entry.word) for entry in entries)
    return "\n\n".join(
        "\n".join([f"{group.capitalize()}:", *(f"  {entry.word:<{width}}  {entry.meaning}" for entry in members)])
        for group, members in groups.items()
    )


def unknown_word(word: str, known: list[str]) -> str:
    """Return the one line for a word that is none, with the nearest ones that are."""
    import difflib

    lowered = {candidate.lower(): candidate for candidate in known}
    near = [lowered[match] for match in difflib.get_close_matches(word.lower(), lowered, n=3, cutoff=0.5)]
    hint = f"did you mean {' or '.join(near)}?" if near else "`httpreceiver explain` lists all"
    return f'"{word}" is no code, reason, fault kind or switch; {hint}'
