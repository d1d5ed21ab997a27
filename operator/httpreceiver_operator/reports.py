"""
What the pods said last, and which of them have to be asked again. Pure: time comes with each question.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from httpreceiver_operator.names import ObjectName
from httpreceiver_operator.snapshot import ListenerPod, ReceiverReport

FRESH_S: Final = 60.0
"""How long a report that was as expected counts."""

Expected = Mapping[ObjectName, frozenset[tuple[str, int, str]]]


class Reports:
    """The last report of each pod."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self.by_pod: dict[ObjectName, tuple[ReceiverReport, ...]] = {}
        self._heard: dict[ObjectName, tuple[str, float]] = {}

    def to_ask(self, expected: Expected, pods: Iterable[ListenerPod], now: float) -> list[ListenerPod]:
        """Return the pods that take traffic and lag behind, or were not asked lately; forget pods that are gone."""
        present = {pod.key: pod for pod in pods}
        for key in [key for key, (uid, _) in self._heard.items() if key not in present or present[key].uid != uid]:
            del self._heard[key]
            self.by_pod.pop(key, None)
        return [present[key] for key in expected if self._lags(key, expected) or now - self._heard[key][1] >= FRESH_S]

    def take(
        self,
        asked: Iterable[ListenerPod],
        answers: Mapping[ObjectName, tuple[ReceiverReport, ...] | None],
        now: float,
    ) -> None:
        """Take in the answers; a pod that did not answer has said nothing."""
        for pod in asked:
            answer = answers[pod.key]
            if answer is None:
                self.by_pod.pop(pod.key, None)
                self._heard.pop(pod.key, None)
            else:
                self.by_pod[pod.key] = answer
                self._heard[pod.key] = (pod.uid, now)

    def lagging(self, expected: Expected) -> bool:
        """Whether a pod that takes traffic does not run what it should."""
        return any(self._lags(key, expected) for key in expected)

    def due_in_s(self, expected: Expected, now: float) -> float:
        """Return the seconds until a pod has to be asked again; infinite when there is none."""
        return min((max(0.0, self._heard[key][1] + FRESH_S - now) for key in expected), default=float("inf"))

    def _lags(self, key: ObjectName, expected: Expected) -> bool:
        said = {(report.receiver, report.generation, report.revision) for report in self.by_pod.get(key, ())}
        return key not in self._heard or not expected[key] <= said
