"""Folders as the kubelet mounts Secrets into a pod."""

import os
from pathlib import Path

from httpreceiver_workflow.endpoint import ServedReceiver, encode_receiver


def mount(folder: Path, *receivers: ServedReceiver) -> None:
    """Write *receivers* as the kubelet mounts a Secret, and swap the link."""
    number = len(list(folder.glob("..v*"))) if folder.exists() else 0
    version = folder / f"..v{number}"
    version.mkdir(parents=True)
    for receiver in receivers:
        name = receiver.name.replace("/", "_")
        (version / name).write_bytes(encode_receiver(receiver))
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")
    (folder / "..tmp").symlink_to(version.name)
    os.replace(folder / "..tmp", folder / "..data")
    for path in folder.iterdir():
        if path.is_symlink() and not path.exists():
            path.unlink()
