"""Which changes on disk are worth a new reading."""

import asyncio
from pathlib import Path

import pytest
from watchfiles import Change

from httpreceiver_cli.file_changes import FileChanges


@pytest.mark.parametrize(
    ("name", "concerns"),
    [
        ("a.json", True),
        ("sub/a.HL7Workflow", True),
        ("a.yml", True),
        ("sub", True),
        ("..data", True),
        ("received/adt-1.hl7", False),
        (".a.json.swp", False),
        (".git/index", False),
        ("notes.txt", False),
    ],
)
def test_only_what_is_read_concerns_us(tmp_path: Path, name: str, concerns: bool) -> None:
    """Files written by workflows into the same folder must not cause a reading each."""
    changes = FileChanges([tmp_path])
    assert changes._concerns_folder(Change.modified, str(tmp_path / name)) is concerns


async def test_a_named_file_is_seen_when_it_is_replaced(tmp_path: Path) -> None:
    """Its neighbours are not."""
    path, neighbour = tmp_path / "a.json", tmp_path / "b.json"
    path.write_text("{}")
    never = asyncio.Event()
    async with FileChanges([path]) as changes:
        assert await changes.wait(never, timeout_s=10)  # what changed before is told once
        neighbour.write_text("{}")
        assert not await changes.wait(never, timeout_s=0.5)
        neighbour.replace(path)
        assert await changes.wait(never, timeout_s=10)


async def test_a_swapped_mount_is_seen(tmp_path: Path) -> None:
    """Kubernetes turns one link for all files of a mounted ConfigMap."""
    for version in ("..1", "..2"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "a.json").write_text("{}")
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "a.json").symlink_to("..data/a.json")
    never = asyncio.Event()
    for watched in (tmp_path, tmp_path / "a.json"):
        async with FileChanges([watched]) as changes:
            await changes.wait(never, timeout_s=10)
            (tmp_path / "..data_tmp").symlink_to("..2")
            (tmp_path / "..data_tmp").replace(tmp_path / "..data")
            assert await changes.wait(never, timeout_s=10)


async def test_stopping_ends_the_wait(tmp_path: Path) -> None:
    """Though nothing changed."""
    stopping = asyncio.Event()
    async with FileChanges([tmp_path]) as changes:
        await changes.wait(stopping, timeout_s=10)
        stopping.set()
        assert not await changes.wait(stopping, timeout_s=None)


@pytest.mark.parametrize(
    ("name", "concerns"),
    [("Site.txt", True), ("Wards.CSV", True), ("..data", True), ("notes.md", False), ("sub", False)],
)
def test_a_folder_of_the_host_has_files_of_its_own(tmp_path: Path, name: str, concerns: bool) -> None:
    """Global variables and tables, also where the kubelet mounts them."""
    changes = FileChanges([], [tmp_path])
    assert changes._concerns_host(Change.modified, str(tmp_path / name)) is concerns
