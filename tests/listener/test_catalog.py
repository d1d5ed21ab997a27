"""The pod's mounts: one file per receiver, over several folders."""

from itertools import pairwise
from pathlib import Path

from httpreceiver_listener.catalog import mounts_state, read_mounts
from listening import a_served
from mounted import mount


def test_receivers_of_all_folders_come_sorted_and_missing_folders_are_empty(tmp_path: Path) -> None:
    a, b, c = (a_served(f"team/{name}") for name in "abc")
    mount(tmp_path / "0", c, a)
    mount(tmp_path / "2", b)

    catalog = read_mounts([tmp_path / "0", tmp_path / "1", tmp_path / "2"])

    assert catalog.receivers == (a, b, c)
    assert catalog.unreadable == ()


def test_a_file_that_cannot_be_read_is_left_out_and_named(tmp_path: Path) -> None:
    a = a_served()
    mount(tmp_path / "0", a)
    (tmp_path / "0" / "broken").write_bytes(b"no gzip")

    catalog = read_mounts([tmp_path / "0"])

    assert catalog.receivers == (a,)
    assert catalog.unreadable[0].startswith(f"{tmp_path}/0/broken is left out: not an encoded receiver")


def test_while_a_receiver_moves_between_folders_its_newer_version_counts(tmp_path: Path) -> None:
    old, new = a_served(generation=1), a_served(generation=2)
    mount(tmp_path / "0", new)
    mount(tmp_path / "1", old)

    assert read_mounts([tmp_path / "0", tmp_path / "1"]).receivers == (new,)


def test_every_swap_is_seen_and_nothing_else(tmp_path: Path) -> None:
    folders = [tmp_path / "0", tmp_path / "1"]
    states = [mounts_state(folders)]
    for receivers in ([a_served()], [a_served(generation=2)], []):
        mount(folders[0], *receivers)
        states.append(mounts_state(folders))

    assert all(before != after for before, after in pairwise(states))
    assert mounts_state(folders) == states[-1]
