"""
Which manifests can be handed to the planner, and what is wrong with the others.

The planner trusts the API server to have refused what has the wrong shape and to have kept one object for each name.
Without a cluster both is decided here, for every command alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from httpreceiver_cli.manifest_shape import ManifestCode, ShapeMistake, shape_mistakes
from httpreceiver_cli.sources import ManifestObject
from httpreceiver_operator.api_objects import object_name
from httpreceiver_operator.names import ObjectKey


@dataclass(frozen=True, slots=True)
class Sorted:
    """
    Manifests, sorted by whether they can be used.

    Attributes:
        sound: in the order they came; of equal names the first.
        mistaken: each with all that is wrong with it.
    """

    sound: tuple[ManifestObject, ...]
    mistaken: tuple[tuple[ManifestObject, ShapeMistake], ...]


def sort_out(manifests: Iterable[ManifestObject]) -> Sorted:
    """Separate *manifests* of the right shape and a name of their own from the others."""
    sound: dict[ObjectKey, ManifestObject] = {}
    mistaken: list[tuple[ManifestObject, ShapeMistake]] = []
    for manifest in manifests:
        mistakes = shape_mistakes(manifest)
        if mistakes:
            mistaken.extend((manifest, mistake) for mistake in mistakes)
            continue
        key = ObjectKey(manifest.kind, *object_name(manifest.content))
        first = sound.setdefault(key, manifest)
        if first is not manifest:
            mistaken.append((manifest, ShapeMistake("$.metadata.name", ManifestCode.NAME_TWICE, _twice(key, first))))
    return Sorted(tuple(sound.values()), tuple(mistaken))


def _twice(key: ObjectKey, first: ManifestObject) -> str:
    return f"{key} stands in {first.place} already."
