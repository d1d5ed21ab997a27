"""What is wrong with `compatibility`: every mistake of it, each with the nearest name that is right."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from httpreceiver_workflow.options.switches import SWITCHES, Switch


def compatibility_mistakes(value: object) -> Iterator[tuple[str, str]]:
    """
    Yield what is wrong with `compatibility`, every mistake of it.

    Returns:
        Place below `compatibility`, such as ``.jsonNull``, and one sentence.
    """
    if not isinstance(value, Mapping):
        yield "", "compatibility must be an object of switches."
        return
    switches = {switch.name: switch for switch in SWITCHES}
    for name, chosen in value.items():
        switch = switches.get(str(name))
        if switch is None:
            yield f".{name}", f"compatibility has no switch {_quoted(name)}.{_hint(name, switches)}"
        elif switch.is_list:
            yield from _list_mistakes(switch, chosen)
        elif chosen not in list(switch.values):
            yield f".{name}", _no_value(switch, chosen)


def _list_mistakes(switch: Switch, chosen: object) -> Iterator[tuple[str, str]]:
    if not isinstance(chosen, list | tuple):
        yield f".{switch.name}", f"{switch.name} must be a list of names."
        return
    for position, name in enumerate(chosen):
        if name not in list(switch.values):
            yield f".{switch.name}[{position}]", _no_value(switch, name)


def _no_value(switch: Switch, chosen: object) -> str:
    allowed = ", ".join(switch.values)
    return f"{switch.name} cannot be {_quoted(chosen)}; it can be {allowed}.{_hint(chosen, switch.values)}"


def _quoted(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return f'"{text[:100]}"' if isinstance(value, str) else text[:100]


def _hint(written: object, known: Mapping[Any, object]) -> str:
    spelling = {str(name).lower(): str(name) for name in known}
    close = difflib.get_close_matches(str(written).lower()[:100], spelling, n=1, cutoff=0.6)
    return f" Did you mean {spelling[close[0]]}?" if close else ""
