"""
From the receivers a listener is told to serve to compiled ones, keeping the last good version of each.

A receiver whose new version does not compile goes on with its old one and is reported as stale; one that never compiled
is reported as failed and holds no address. Unchanged receivers are not compiled again.
"""

from collections.abc import Iterator, Mapping, Sequence

from httpreceiver_listener.admission.intake import Intake, is_asking
from httpreceiver_listener.admission.patience import Patience
from httpreceiver_listener.authentication.access import access_rule
from httpreceiver_listener.authentication.compile import GuardMaker, asks_certificate
from httpreceiver_listener.authentication.guard import Guard
from httpreceiver_listener.http.compression import compile_compression
from httpreceiver_listener.limits import Limits, body_bounds
from httpreceiver_listener.routing.cors import CorsRule
from httpreceiver_listener.states import ReceiverState, State
from httpreceiver_listener.telemetry.logged_queries import QueryMask
from httpreceiver_listener.telemetry.metrics import ListenerMetrics, ReceiverMetrics
from httpreceiver_workflow import prepare_workflow
from httpreceiver_workflow.contract.enums import ResponsePriority
from httpreceiver_workflow.credentials import CredentialFault
from httpreceiver_workflow.endpoint import Endpoint, Scheme, ServedReceiver
from httpreceiver_workflow.openapi import Description, describe_receiver
from httpreceiver_workflow.options import Streaming
from httpreceiver_workflow.options.limits import ReceiverLimits
from httpreceiver_workflow.pipeline.compiler import Pipeline, load_overrides
from httpreceiver_workflow.problems import Problem


class LiveReceiver:
    """One compiled receiver on one endpoint; a request keeps the one it began with."""

    __slots__ = (
        "asks_certificate",
        "bodies",
        "compression",
        "correlates",
        "cors",
        "description",
        "generation",
        "guard",
        "intake",
        "is_guarded",
        "may_outlive",
        "metrics",
        "name",
        "offered",
        "patience",
        "pipeline",
        "query_mask",
        "revision",
        "runs_head",
        "streams",
        "suspended",
    )

    def __init__(
        self,
        offered: ServedReceiver,
        revision: str,
        pipeline: Pipeline,
        guard: Guard | None,
        metrics: ReceiverMetrics,
        limits: Limits,
        intake: Intake | None,
        description: Description,
        *,
        asks_certificate: bool,
        query_mask: QueryMask | None,
    ) -> None:
        self.offered = offered
        self.name = offered.name
        self.generation = offered.generation
        self.revision = revision
        self.suspended = offered.suspended
        self.pipeline = pipeline
        self.description = description
        self.guard = guard
        self.is_guarded = guard is not None or offered.suspended
        self.asks_certificate = asks_certificate
        self.query_mask = query_mask
        self.correlates = offered.options.correlation.enabled
        self.runs_head = "HEAD" in pipeline.route.methods
        cors = offered.options.cors
        self.cors = None if cors is None else CorsRule(cors, pipeline.route.methods)
        self.metrics = metrics
        self.bodies = body_bounds(offered.options.limits, limits)
        self.intake = intake
        patience = Patience(offered.options.limits)
        self.patience = None if patience.is_idle else patience
        self.streams = offered.options.streaming is Streaming.ALWAYS
        self.compression = compile_compression(offered.options.compression)
        self.may_outlive = pipeline.priority is not ResponsePriority.AFTER_ALL_PROCESSING


class Catalogue:
    """
    The receivers of all endpoints: what was offered, what runs, and why the two may differ.

    Args:
        query_masks: patterns of further names whose values are not logged; None when no query is.
    """

    def __init__(
        self, metrics: ListenerMetrics, guards: GuardMaker, limits: Limits, query_masks: Sequence[str] | None = None
    ) -> None:
        self._metrics = metrics
        self._guards = guards
        self._limits = limits
        self._query_masks = query_masks
        self._intakes: dict[tuple[str, int, str], Intake] = {}
        self._live: dict[tuple[str, int, str], LiveReceiver] = {}
        self._states: dict[tuple[str, int, str], ReceiverState] = {}
        self._offered: dict[tuple[str, int, str], tuple[ServedReceiver, str, Scheme]] = {}

    def update(self, endpoint: Endpoint, offered: ServedReceiver) -> LiveReceiver | None:
        """
        Return what serves *offered* on *endpoint* from now on: the new version, the last good one, or None.

        `state` tells which, and why.
        """
        key = (endpoint.host, endpoint.port, offered.name)
        running = self._live.get(key)
        asked = (offered, endpoint.admin_certificates, endpoint.scheme)
        if self._offered.get(key) == asked:
            return running
        self._offered[key] = asked
        prepared = prepare_workflow(offered.workflow, offered.resources, offered.options)
        revision = offered.revision
        if prepared.workflow is None or prepared.pipeline is None:
            self._states[key] = _failed(offered, revision, running, prepared.problems)
            return running
        receiver = prepared.pipeline.receiver
        if receiver.disabled:
            self._live.pop(key, None)
            self._states[key] = _state(
                offered, revision, State.DISABLED, "The workflow is disabled.", prepared.problems
            )
            return None
        if broken := load_overrides(prepared.pipeline):
            self._states[key] = _failed(offered, revision, running, (*prepared.problems, *broken))
            return running
        rule = access_rule(receiver, prepared.pipeline.basic, endpoint.admin_certificates)
        try:
            guard = self._guards.guard(rule, offered, endpoint.scheme)
        except CredentialFault as fault:
            self._states[key] = _failed(offered, revision, running, prepared.problems, f"{fault}.")
            return running
        numbers = self._metrics.receiver(offered.name)
        live = LiveReceiver(
            offered,
            revision,
            prepared.pipeline,
            guard,
            numbers,
            self._limits,
            self._intake(key, offered.options.limits, numbers),
            describe_receiver(offered.name, prepared.workflow, prepared.pipeline, offered.options),
            asks_certificate=rule.thumbprints is not None or asks_certificate(offered.options.auth),
            query_mask=None if self._query_masks is None else QueryMask(self._query_masks, key_names(offered)),
        )
        self._live[key] = live
        state = State.SUSPENDED if offered.suspended else State.SERVING
        self._states[key] = _state(offered, revision, state, "", prepared.problems)
        return live

    def _intake(self, key: tuple[str, int, str], limits: ReceiverLimits, numbers: ReceiverMetrics) -> Intake | None:
        """Return what asks the next requests of a receiver; one that once had such limits keeps who is in and waits."""
        intake = self._intakes.get(key)
        if intake is None:
            if not is_asking(limits):
                return None
            intake = self._intakes[key] = Intake(numbers)
        intake.configure(limits)
        return intake if is_asking(limits) else None

    def state(self, endpoint: Endpoint, offered: ServedReceiver) -> ReceiverState:
        """Return how *offered* fares on *endpoint*; `update` came before."""
        return self._states[endpoint.host, endpoint.port, offered.name]

    def forget_all_but(self, endpoints: Mapping[tuple[str, int], Endpoint]) -> None:
        """Drop everything about receivers that are offered no more."""
        kept = {(host, port, one.name) for (host, port), endpoint in endpoints.items() for one in endpoint.receivers}
        for table in (self._live, self._states, self._offered, self._intakes):
            for key in [key for key in table if key not in kept]:
                del table[key]
        self._metrics.forget_all_but({name for _, _, name in kept})


def key_names(offered: ServedReceiver) -> Iterator[str]:
    """Yield the names of the query's parameters in which callers give their key."""
    for one in offered.options.auth:
        if one.api_key is not None and one.api_key.query is not None:
            yield one.api_key.query


def secret_headers(offered: ServedReceiver) -> Iterator[str]:
    """Yield the names, in lower case, of the headers in which callers give their key or signature."""
    for one in offered.options.auth:
        for header in (one.api_key and one.api_key.header, one.hmac and one.hmac.header):
            if header:
                yield header.lower()


def _state(
    offered: ServedReceiver, revision: str, state: State, message: str, problems: tuple[Problem, ...]
) -> ReceiverState:
    return ReceiverState(
        name=offered.name,
        generation=offered.generation,
        revision=revision,
        state=state,
        message=message,
        problems=problems,
    )


def _failed(
    offered: ServedReceiver,
    revision: str,
    running: LiveReceiver | None,
    problems: tuple[Problem, ...],
    reason: str = "The workflow cannot be compiled.",
) -> ReceiverState:
    errors = [problem for problem in problems if problem.severity == "error"]
    first = f"{errors[0].where}: {errors[0].message}" if errors else reason
    if running is None:
        return _state(offered, revision, State.FAILED, first, problems)
    return ReceiverState(
        name=offered.name,
        generation=running.generation,
        revision=running.revision,
        state=State.STALE,
        message=f"Generation {offered.generation} is not served: {first}",
        problems=problems,
    )
