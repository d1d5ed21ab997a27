"""One namespace of a real API server, and what tests do and ask there."""

from dataclasses import dataclass
from typing import Any

from kube_api import KubeApi


@dataclass(frozen=True)
class Team:
    """One namespace with what the tests do in it."""

    api: KubeApi
    namespace: str

    def apply(self, manifest: str) -> None:
        """Apply a manifest, server-side, as the documentation tells users to."""
        self.api.kubectl("-n", self.namespace, "apply", "--server-side", "-f", "-", stdin=manifest)

    def delete(self, kind: str, name: str) -> None:
        """Delete one object and wait until it is gone: nothing may hold it back."""
        self.api.kubectl("-n", self.namespace, "delete", kind, name, "--timeout=10s")

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        """One object; None when there is none."""
        items = self.list(kind)
        return next((item for item in items if item["metadata"]["name"] == name), None)

    def list(self, kind: str) -> list[dict[str, Any]]:
        """All objects of a kind."""
        items: list[dict[str, Any]] = self.api.get("-n", self.namespace, kind)["items"]
        return items

    def names(self, kind: str) -> set[str]:
        """The names of all objects of a kind."""
        return {item["metadata"]["name"] for item in self.list(kind)}

    def condition(self, receiver: str, kind: str) -> dict[str, Any] | None:
        """One condition of a receiver, if it speaks of the present generation; None otherwise."""
        found = self.get("httpreceiver", receiver)
        if found is None:
            return None
        for condition in found.get("status", {}).get("conditions", ()):
            if condition["type"] == kind and condition["observedGeneration"] == found["metadata"]["generation"]:
                return dict(condition)
        return None

    def reason(self, receiver: str, kind: str) -> str:
        """Status and reason of one condition, e.g. ``False Conflicted``; empty while there is none."""
        condition = self.condition(receiver, kind)
        return f"{condition['status']} {condition['reason']}" if condition else ""

    def versions(self) -> dict[str, str]:
        """The resourceVersion of everything the operator may write, by kind and name."""
        kinds = "httpreceivers,receiverhosts,deployments,services,secrets,pods,events"
        return {
            f"{item['kind']} {item['metadata']['name']}": item["metadata"]["resourceVersion"]
            for item in self.list(kinds)
        }
