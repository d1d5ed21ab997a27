"""`httpreceiver plan --match`: which receiver a request would reach, and why no other."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any, Final
from urllib.parse import urlsplit

from httpreceiver_cli.local_cluster import Answer
from httpreceiver_cli.receiver_rows import shown_name
from httpreceiver_cli.tables import aligned
from httpreceiver_operator.names import ObjectName
from httpreceiver_workflow.addresses import host_key, is_malformed, path_keys
from httpreceiver_workflow.endpoint import Endpoint
from httpreceiver_workflow.routes import Rank, Route, rank, rank_host, rank_path

DEFAULT_PORTS: Final[Mapping[str, int]] = {"http": 80, "https": 443}
HEADINGS: Final = ("RECEIVER", "PATH", "METHODS", "HOSTNAMES", "VERDICT")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as far as routing looks at it; *path* is raw."""

    method: str
    scheme: str
    host: str
    port: int
    path: str

    def rank(self, route: Route) -> Rank | None:
        """Return how specifically *route* means this request; None when it does not."""
        return rank(route, self.method, host_key(self.host), path_keys(self.path))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one receiver has to do with the request."""

    receiver: str
    path: str
    methods: str
    hostnames: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    What becomes of one request at one host.

    Attributes:
        summary: one sentence.
        receiver: who answers, ``""`` when the listener itself does.
        verdicts: of every receiver of the port, the most specific first.
    """

    summary: str
    receiver: str
    verdicts: tuple[Verdict, ...]

    def __str__(self) -> str:
        """Return the text people read."""
        rows = [tuple(asdict(verdict).values()) for verdict in self.verdicts]
        return "\n".join([self.summary, *([aligned(HEADINGS, rows)] if rows else [])])

    def as_json(self) -> Mapping[str, Any]:
        """Return what `-o json` prints."""
        return asdict(self)


def read_asked(text: str) -> Asked:
    """
    Return the request that *text* writes as method and URL. Raises ValueError.

    >>> read_asked("GET http://lab.example.com:8080/api/a%2Fb?x=1")
    Asked(method='GET', scheme='http', host='lab.example.com', port=8080, path='/api/a%2Fb')
    """
    method, _, url = text.strip().partition(" ")
    parts = urlsplit(url.strip())
    if not method or parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError('write METHOD http://HOST:PORT/PATH, for instance "GET http://localhost:8080/api"')
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    return Asked(method, parts.scheme, parts.hostname, port, parts.path or "/")


def explanations(answer: Answer, asked: Asked) -> list[Explanation]:
    """Return what becomes of the request, once for each host that serves its port."""
    endpoints = [endpoint for endpoint in answer.plan.endpoints if endpoint.port == asked.port]
    if not endpoints:
        return [Explanation(f"Nothing listens on port {asked.port}.", "", ())]
    return [_explanation(answer, endpoint, asked) for endpoint in endpoints]


def _explanation(answer: Answer, endpoint: Endpoint, asked: Asked) -> Explanation:
    if endpoint.scheme.value != asked.scheme:
        return Explanation(f"Port {asked.port} of host {endpoint.host} speaks {endpoint.scheme.value}.", "", ())
    if is_malformed(asked.path):
        text = f"400 from host {endpoint.host}: the path has a broken escape, a dot segment or a null byte."
        return Explanation(text, "", ())
    routes = dict(_routes(answer, endpoint))
    ranked = sorted((found, name) for name, route in routes.items() if (found := asked.rank(route)) is not None)
    names = sorted(routes.keys() - {name for _, name in ranked})
    others = [_verdict(name, routes[name], _why_not(routes[name], asked)) for name in names]
    if not ranked:
        return Explanation(_unanswered(routes.values(), asked, endpoint), "", tuple(others))
    (best, winner), *later = ranked
    answers = _verdict(winner, routes[winner], "answers")
    passed = [_verdict(name, routes[name], _why_later(best, found)) for found, name in later]
    how = " with 200 and without a run" if asked.method == "HEAD" and "HEAD" not in routes[winner].methods else ""
    summary = f"{winner} at host {endpoint.host} answers{how}."
    return Explanation(summary, winner, (answers, *passed, *others))


def _routes(answer: Answer, endpoint: Endpoint) -> Iterator[tuple[str, Route]]:
    for served in endpoint.receivers:
        key = ObjectName(*served.name.split("/"))
        route = answer.readings[key].route
        if route is not None:
            yield shown_name(key), route


def _verdict(name: str, route: Route, verdict: str) -> Verdict:
    return Verdict(name, route.path, ",".join(route.methods), ",".join(route.hosts), verdict)


def _why_not(route: Route, asked: Asked) -> str:
    if rank_host(route, host_key(asked.host)) is None:
        return "listens to other hostnames"
    if rank_path(route, path_keys(asked.path)) is None:
        return "has another path"
    return "takes other methods"


def _why_later(winner: Rank, other: Rank) -> str:
    if winner[0] != other[0]:
        return "less specific hostname"
    if winner[1] != other[1]:
        pairs = enumerate(zip_longest(winner[1], other[1]), 1)
        segment = next(number for number, (one, another) in pairs if one != another)
        return f"less specific path from segment {segment} on"
    return "takes every method; one that lists the method comes first"


def _unanswered(routes: Iterable[Route], asked: Asked, endpoint: Endpoint) -> str:
    """Return how the listener answers where no receiver takes the method, or none is at the path."""
    allowed = {
        method
        for route in routes
        if rank_host(route, host_key(asked.host)) is not None
        if rank_path(route, path_keys(asked.path)) is not None
        for method in route.methods
    }
    if not allowed:
        return f"404 from host {endpoint.host}: no receiver is at this path."
    listed = ", ".join(sorted(allowed | {"HEAD", "OPTIONS"}))
    status = {"HEAD": "200 without a run", "OPTIONS": "204"}.get(asked.method, "405")
    return f"{status} from host {endpoint.host}: no receiver takes {asked.method} here; Allow: {listed}."
