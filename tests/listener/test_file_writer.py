"""The file writer writes only below its roots, whole or not at all, and moves what is finished."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from httpreceiver_listener.senders import FileWriterPerformer, Roots
from httpreceiver_listener.senders.file_writer import PathRefused
from httpreceiver_workflow.pipeline.effects import Fault, FileWrite, Reply
from workflow_files import WRITER_ID


def a_writer(*roots: Path) -> FileWriterPerformer:
    return FileWriterPerformer(Roots(roots), retry_after_s=0.01)


def a_write(path: object, data: bytes = b"x\r\n", *, append: bool = True, **members: object) -> FileWrite:
    return FileWrite(path=str(path), data=data, append=append, **members)  # type: ignore[arg-type]


async def written(writer: FileWriterPerformer, *writes: FileWrite) -> None:
    """Perform *writes* and expect each to succeed."""
    for write in writes:
        assert await writer.perform(WRITER_ID, write) == Reply()


def tree(folder: Path) -> Mapping[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_lines_are_appended_parents_made_and_the_header_written_once(tmp_path: Path) -> None:
    await written(
        a_writer(tmp_path),
        a_write(tmp_path / "a/b/out.csv", b"1\r\n", header=b"H\r\n"),
        a_write(tmp_path / "a/b/out.csv", b"2\r\n", header=b"H\r\n"),
    )

    assert tree(tmp_path) == {"a/b/out.csv": b"H\r\n1\r\n2\r\n"}


async def test_overwriting_replaces_the_content(tmp_path: Path) -> None:
    writer = a_writer(tmp_path)
    await written(writer, a_write("a", b"long", append=False), a_write("a", b"s", append=False))

    assert tree(tmp_path) == {"a": b"s"}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("x.txt", "x.txt"),
        ("a\\b.txt", "a/b.txt"),
        ("c:\\in\\x.txt", "c/in/x.txt"),
        ("D:/in/x.txt", "d/in/x.txt"),
        ("c:x.txt", "c/x.txt"),
        ("a/../b.txt", "b.txt"),
        ("..data.txt", "..data.txt"),
    ],
)
def test_a_path_means_a_place_below_the_first_root(tmp_path: Path, text: str, where: str) -> None:
    assert Roots([tmp_path, tmp_path / "other"]).resolve(text) == tmp_path / where


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        ".",
        "..",
        "../x",
        "a/../../x",
        "a\\..\\..\\x",
        "c:\\..\\..\\x",
        "c:/../../x",
        "/etc/passwd",
        "\\\\server\\share\\x",
        "//server/share/x",
        "x\0y",
        "link/x",
        "file-link",
        "dangling",
    ],
)
async def test_no_path_leads_out_of_the_roots(tmp_path: Path, text: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("s")
    (root / "link").symlink_to(outside)
    (root / "file-link").symlink_to(outside / "secret")
    (root / "dangling").symlink_to(outside / "new")

    with pytest.raises(PathRefused):
        Roots([root]).resolve(text)
    fault = await a_writer(root).perform(WRITER_ID, a_write(text))

    assert isinstance(fault, Fault)
    assert fault.kind == "ActivityFailed"
    assert text.strip(". ") == "" or text not in fault.message
    assert tree(outside) == {"secret": b"s"}


async def test_a_link_that_stays_inside_and_a_root_that_is_a_link_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real/deep").mkdir(parents=True)
    (tmp_path / "root").symlink_to(tmp_path / "real")
    (tmp_path / "real/inside").symlink_to("deep")
    await written(a_writer(tmp_path / "root"), a_write("inside/x", b"1"), a_write(tmp_path / "root/deep/x", b"2"))

    assert (tmp_path / "real/deep/x").read_bytes() == b"12"


async def test_any_root_may_hold_an_absolute_path(tmp_path: Path) -> None:
    await written(a_writer(tmp_path / "one", tmp_path / "two"), a_write(tmp_path / "two/x", b"1"))

    assert tree(tmp_path) == {"two/x": b"1"}


async def test_without_a_root_nothing_is_written(tmp_path: Path) -> None:
    fault = await a_writer().perform(WRITER_ID, a_write(tmp_path / "x"))

    assert isinstance(fault, Fault)
    assert "--files-root" in fault.message
    assert tree(tmp_path) == {}


async def test_a_full_file_is_moved_under_a_free_name(tmp_path: Path) -> None:
    writer = a_writer(tmp_path)
    write = a_write("in/f.txt", b"r", header=b"H", move_into="done", max_records=2)
    await written(writer, *[write] * 7)

    assert tree(tmp_path) == {
        "done/f.txt": b"Hrr",
        "done/f_1.txt": b"Hrr",
        "done/f_2.txt": b"Hrr",
        "in/f.txt": b"Hr",
    }


async def test_a_changed_path_and_the_end_move_what_was_being_filled(tmp_path: Path) -> None:
    writer = a_writer(tmp_path)
    await written(writer, a_write("a.txt", b"1", move_into="done"), a_write("b.txt", b"2", move_into="done"))
    assert tree(tmp_path) == {"done/a.txt": b"1", "b.txt": b"2"}
    await writer.close()

    assert tree(tmp_path) == {"done/a.txt": b"1", "done/b.txt": b"2"}


async def test_without_move_mode_the_number_of_records_has_no_effect(tmp_path: Path) -> None:
    await written(a_writer(tmp_path), *[a_write("a", b"r", max_records=1)] * 3)

    assert tree(tmp_path) == {"a": b"rrr"}


async def test_a_place_to_move_to_that_is_outside_is_refused_before_writing(tmp_path: Path) -> None:
    fault = await a_writer(tmp_path / "root").perform(WRITER_ID, a_write("a", move_into="../out"))

    assert isinstance(fault, Fault)
    assert tree(tmp_path) == {}


async def test_an_error_of_the_file_system_is_tried_once_more_and_then_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file where a folder must be")
    writer = a_writer(tmp_path)
    fault = await writer.perform(WRITER_ID, a_write("a/b"))
    assert isinstance(fault, Fault)
    assert fault.message.startswith("The file was not written: ")

    slow = FileWriterPerformer(Roots([tmp_path]), retry_after_s=0.3)
    retried = asyncio.ensure_future(slow.perform(WRITER_ID, a_write("a/b", b"1")))
    await asyncio.sleep(0.1)  # between the two attempts
    (tmp_path / "a").unlink()
    assert await retried == Reply()
    assert tree(tmp_path) == {"a/b": b"1"}


async def test_writes_of_one_activity_never_mix(tmp_path: Path) -> None:
    writer = a_writer(tmp_path)
    lines = [bytes([65 + number % 26]) * 5000 + b"\n" for number in range(200)]
    await asyncio.gather(*(writer.perform(WRITER_ID, a_write("a", line)) for line in lines))

    assert sorted((tmp_path / "a").read_bytes().splitlines(keepends=True)) == sorted(lines)


async def test_a_write_that_failed_half_way_leaves_no_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = a_writer(tmp_path)
    await written(writer, a_write("a", b"first\n"))
    real = os.write
    calls = 0

    def full_disk(descriptor: int, data: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls % 2 == 0:
            raise OSError(28, "No space left on device")
        return real(descriptor, bytes(data[:3]))

    monkeypatch.setattr(os, "write", full_disk)
    fault = await writer.perform(WRITER_ID, a_write("a", b"second\n"))
    monkeypatch.undo()

    assert isinstance(fault, Fault)
    assert "No space left on device" in fault.message
    assert tree(tmp_path) == {"a": b"first\n"}
