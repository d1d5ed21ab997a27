"""What counts as a workflow, as a manifest, and as neither."""

from pathlib import Path

import pytest

from httpreceiver_cli.manifests import names_for
from httpreceiver_cli.sources import WorkflowFile, read_sources


def make(folder: Path, *names: str, text: str = "{}") -> None:
    """Write files of one content."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_folder_is_searched_with_its_subfolders(tmp_path: Path) -> None:
    """Every suffix in any case, in the order of the names; hidden names and other suffixes are passed over."""
    make(tmp_path, "b.hl7Workflow", "a.JSON", "sub/deep/c.SoupWorkflow", ".hidden.json", ".git/d.json", "notes.txt")
    found = [workflow.path.relative_to(tmp_path).as_posix() for workflow in read_sources([tmp_path]).workflows]
    assert found == ["a.JSON", "b.hl7Workflow", "sub/deep/c.SoupWorkflow"]


def test_a_file_reached_twice_counts_once(tmp_path: Path) -> None:
    """By its name and by its folder."""
    make(tmp_path, "a.json")
    sources = read_sources([tmp_path / "a.json", tmp_path, tmp_path / "a.json"])
    assert (len(sources.workflows), sources.refusals) == (1, ())


def test_a_named_file_is_read_whatever_its_suffix(tmp_path: Path) -> None:
    """The caller knows what it is."""
    make(tmp_path, "export.bak")
    assert len(read_sources([tmp_path / "export.bak"]).workflows) == 1


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    """Windows editors write one."""
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf{}")
    (tmp_path / "b.yaml").write_bytes(b"\xef\xbb\xbfkind: Secret\nmetadata: {name: b}\n")
    sources = read_sources([tmp_path])
    assert [workflow.text for workflow in sources.workflows] == ["{}"]
    assert [manifest.kind for manifest in sources.manifests] == ["Secret"]


def test_manifests_are_told_from_workflows(tmp_path: Path) -> None:
    """By apiVersion and kind; a List counts as its items; other kinds are for other tools."""
    make(tmp_path, "w.json", text='{"kind": "of a workflow"}')
    make(tmp_path, "m.json", text='{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}}')
    make(tmp_path, "l.yaml", text="kind: List\nitems: [{kind: Secret}, {kind: Service}]\n---\nkind: ReceiverHost\n")
    sources = read_sources([tmp_path])
    assert [workflow.path.name for workflow in sources.workflows] == ["w.json"]
    assert [(one.path.name, one.document, one.kind) for one in sources.manifests] == [
        ("l.yaml", 1, "Secret"),
        ("l.yaml", 3, "ReceiverHost"),
        ("m.json", None, "ConfigMap"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.yaml", "a: [", "is not YAML: "),
        ("a.yaml", "# nothing\n", "is empty"),
        ("a.json", b"\xff", "is not UTF-8 text (byte 0)"),
        ("a.yaml", b"a: \xff", "is not UTF-8 text (byte 3)"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(
    tmp_path: Path, name: str, text: str | bytes, message: str
) -> None:
    """As a mistake in the content, not in the call."""
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    [refusal] = read_sources([tmp_path]).refusals
    assert refusal.message.startswith(message)
    assert not refusal.is_usage


def test_files_of_one_name_get_names_of_their_own(tmp_path: Path) -> None:
    """Which do not depend on other files, and no manifest's name is taken."""
    workflows = [WorkflowFile(Path(path), "") for path in ("x/a.json", "y/a.json", "b.json", "c.json")]
    names = list(names_for(workflows, taken=["b"]).values())
    assert len(set(names)) == 4
    assert names[3] == "c"
    assert all(name.startswith(("a-", "b-")) for name in names[:3])
    assert names_for(workflows[:2])[Path("x/a.json")] == names[0]
