"""Files of a folder are found while they are worked on; what is not a file is named and skipped."""

from __future__ import annotations

import os
import socket
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from dicom_overlay.cli.discover import count_files, discover
from dicom_overlay.cli.job import Outcome
from failing import fails_with

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

as_user = pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every folder")


def found(root: Path) -> tuple[list[str], dict[str, str]]:
    """Relative paths of files, and the reason of what was passed over or failed."""
    files, others = [], {}
    for item in discover(str(root)):
        if isinstance(item, Outcome):
            assert item.error is not None
            others[os.path.relpath(item.source, root)] = f"{item.kind} {item.error['detail']['reason']}"
        else:
            files.append(os.path.relpath(item, root))
    return files, others


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for name in ("b.dcm", "a", "sub/c.dcm", "sub/deep/d.dcm", ".hidden/e.dcm", ".f.dcm", "DICOMDIR", "sub/dicomdir"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return root


def test_files_come_in_the_order_of_their_names_folder_by_folder(tree: Path) -> None:
    assert found(tree) == (["a", "b.dcm", "sub/c.dcm", "sub/deep/d.dcm"], {})
    assert count_files(str(tree)) == 4


def test_a_file_is_itself_and_nothing_is_an_error(tree: Path) -> None:
    assert list(discover(str(tree / ".f.dcm"))) == [str(tree / ".f.dcm")]
    with fails_with("file-access"):
        list(discover(str(tree / "missing")))


def test_pipes_sockets_and_links_are_named_and_passed_over(tree: Path, tmp_path: Path) -> None:
    os.mkfifo(tree / "pipe")
    (tmp_path / "outside.dcm").write_bytes(b"x")
    (tree / "out").symlink_to(tmp_path / "outside.dcm")
    (tree / "in").symlink_to(tree / "a")
    (tree / "round").symlink_to(tree)
    (tree / "self").symlink_to(tree / "self")
    (tree / "nowhere").symlink_to(tree / "missing")
    (tree / "linked-pipe").symlink_to(tree / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        folder = os.open(tree, os.O_RDONLY)
        server.bind(f"/proc/self/fd/{folder}/socket")
        files, others = found(tree)
        os.close(folder)

    assert files == ["a", "b.dcm", "out", "sub/c.dcm", "sub/deep/d.dcm"]
    assert others == {
        "pipe": "passed-over ENOTREG",
        "in": "passed-over EEXIST",
        "round": "passed-over EISDIR",
        "self": "passed-over ELOOP",
        "nowhere": "passed-over ELOOP",
        "linked-pipe": "passed-over ENOTREG",
        "socket": "passed-over ENOTREG",
    }


def test_a_folder_that_cannot_be_read_is_a_failure_and_not_the_end(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The superuser may read everything, so the system call is made to refuse.
    scandir = os.scandir

    def refuse(path: str) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    files, others = found(tree)

    assert files == ["a", "b.dcm", "sub/c.dcm"]
    assert others == {"sub/deep": "failed Permission denied"}


def test_nothing_is_collected_before_the_first_file_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        (tmp_path / f"{number:02}" / "x").mkdir(parents=True)
        (tmp_path / f"{number:02}" / "x" / "file").write_bytes(b"")
    scandir, opened = os.scandir, []

    def count(path: str) -> Iterator[os.DirEntry[str]]:
        opened.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", count)
    assert len(list(islice(discover(str(tmp_path)), 3))) == 3
    assert len(opened) < 10
