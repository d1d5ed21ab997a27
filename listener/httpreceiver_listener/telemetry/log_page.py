"""docs/access-log.md, made from the lines themselves: `python -m httpreceiver_listener.telemetry.log_page`."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

from httpreceiver_listener.telemetry.access_log import RequestLine
from httpreceiver_listener.telemetry.logged_queries import LONGEST_QUERY, MASK, MASKED_NAMES

EVENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "receiver": "A receiver is served from now on, or is not, and why.",
        "endpoint": "A port is served from now on, or is not, and why.",
        "unreadable": "A mounted file cannot be used as what it should be; it is left out.",
        "debug": "All of one request, because its caller asked for it and may: [debugging](debugging.md).",
        "debug-refused": "A caller asked for that and may not, or it was asked for too often; at most one a second.",
        "notification": "What a workflow notified of; its text only with `--log-fault-messages`.",
        "notifications-left-out": "How many notifications of one run were not logged, since they were too many.",
        "bug": "A mistake of ours: the kind of error and where it was, without the data it met.",
        "spans": "Why spans that were asked for do not reach a collector.",
        "drain": "Draining began.",
        "stopped": "The last line.",
    }
)
_JSON_TYPES: Final[Mapping[type, str]] = MappingProxyType({int: "number", float: "number"})

_HEAD: Final = """\
# Access log

Made by `python -m httpreceiver_listener.telemetry.log_page`; do not edit. A pod writes it to standard output,
`httpreceiver serve --log json` to standard error: one line of JSON for each request and for each event of the listener.

No header and no body is ever logged, and no secret. A slow reader of the log never delays an answer; lines that nobody
reads for too long are dropped and counted in `httpreceiver_access_log_dropped_total`.

## A request

The fields stand in this order. The last ones are left out where they are empty."""

_QUERIES: Final = """\
## Queries

A query may hold whatever callers put there, names of patients among it, so that it is logged only with `--log-query`,
and only once the request has found its receiver. Hidden as `{mask}` are the values of these names, in any case and
coding:

{names}

of the parameter in which `spec.auth` expects an API key, of names that `--log-mask` adds (`--log-mask 'mrn'`,
`--log-mask '*name*'`; `--log-mask '*'` leaves nothing but names), and whatever has no name. `*` stands for any
characters. Nothing takes a name off the list. A query is cut after {longest} characters.

In a pod the same is said by `HTTPRECEIVER_LOG_QUERY=true` and `HTTPRECEIVER_LOG_MASK=mrn,*name*`."""

_EVENTS: Final = """\
## An event

`time`, `event` and `fields`, an object whose members depend on the event."""


def log_markdown() -> str:
    """Return the page."""
    hints = get_type_hints(RequestLine, include_extras=True)
    optional = len(RequestLine.__struct_fields__) - len(RequestLine.__struct_defaults__)
    fields = [
        (f"`{name}`", _json_type(hints[name]), "" if number < optional else "yes", _meaning(hints[name]))
        for number, name in enumerate(RequestLine.__struct_fields__)
    ]
    names = ", ".join(f"`{name}`" for name in sorted(MASKED_NAMES, key=lambda name: name.strip("*")))
    parts = [
        _HEAD,
        _table(("field", "type", "may be left out", "meaning"), fields),
        _QUERIES.format(mask=MASK, names=names, longest=LONGEST_QUERY),
        _EVENTS,
        _table(("event", "meaning"), ((f"`{name}`", meaning) for name, meaning in EVENTS.items())),
    ]
    return "\n\n".join(parts) + "\n"


def _json_type(hint: Any) -> str:
    return _JSON_TYPES.get(get_args(hint)[0], "text")


def _meaning(hint: Any) -> str:
    if get_origin(hint) is not Annotated:
        raise TypeError(f"{hint} has no meaning")
    return str(get_args(hint)[1].description)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = tuple(head)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


if __name__ == "__main__":
    print(log_markdown(), end="")  # noqa: T201
