"""Two at one file: no plane is lost, and nobody's change is overwritten; also where a system has no locks."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dicom_files import image_file
from dicom_overlay import read_dicom_overlays, remove_dicom_overlays, replacing, write_dicom_overlay
from dicom_overlay.edit.patch import Patch, Splice
from dicom_overlay.planes.rules import OVERLAY_GROUPS
from dicom_overlay.storage import open_edit
from failing import fails_with

if TYPE_CHECKING:
    from collections.abc import Callable

MASK = [[1, 0, 0, 1, 0, 1, 1]] * 5


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def insert(path: Path) -> Patch:
    return Patch(path.stat().st_size, (Splice(0, 0, b"x"),))


def test_planes_of_many_threads_all_survive(image_path: Path) -> None:
    before = image_path.read_bytes()
    start = threading.Barrier(8)

    def write() -> None:
        start.wait()
        write_dicom_overlay(image_path, MASK)
        write_dicom_overlay(image_path, MASK)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [plane.group for plane in read_dicom_overlays(image_path)] == list(OVERLAY_GROUPS)
    remove_dicom_overlays(image_path)
    assert image_path.read_bytes() == before
    assert names_in(image_path.parent) == ["image.dcm"]


# Changes from outside.


def rewrite(path: Path) -> None:
    path.write_bytes(path.read_bytes()[::-1])


def swap(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    status = path.stat()
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)


def grow(path: Path) -> None:
    status = path.stat()
    with path.open("ab") as stream:
        stream.write(b"!")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("change", [rewrite, swap, grow])
@pytest.mark.parametrize("in_place", [True, False])
def test_a_change_between_opening_and_replacing_is_noticed(
    change: Callable[[Path], None], in_place: bool, image_path: Path
) -> None:
    os.utime(image_path, ns=(0, 0))
    with open_edit(image_path, None if in_place else image_path.with_name("out.dcm")) as editing:
        patch = insert(image_path)
        change(image_path)
        data = image_path.read_bytes()
        with fails_with("file-changed"):
            editing.finish(patch)

    assert image_path.read_bytes() == data
    assert names_in(image_path.parent) == ["image.dcm"]


def test_a_file_that_vanishes_while_its_edit_is_planned_is_an_error(image_path: Path) -> None:
    with open_edit(image_path, None) as editing:
        patch = insert(image_path)
        image_path.unlink()
        with fails_with("file-access", reason="ENOENT"):
            editing.finish(patch)

    assert names_in(image_path.parent) == []


# Locks.


def test_a_writer_that_waited_edits_the_file_that_stands_there_now(
    image_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locks: list[int] = []
    real = fcntl.flock

    def replaced_while_waiting(descriptor: int, operation: int) -> None:
        if not locks:
            other = image_path.with_name("other")
            other.write_bytes(image_file(charset="ISO_IR 192"))
            other.replace(image_path)
        locks.append(operation)
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", replaced_while_waiting)
    write_dicom_overlay(image_path, MASK)

    assert b"ISO_IR 192" in image_path.read_bytes()
    assert b"\x00\x60\x00\x30OW" in image_path.read_bytes()
    assert len(locks) == 3, "of the file twice, of the temporary one once"


def test_a_file_that_vanished_while_its_writer_waited_is_not_made_anew(
    image_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", lambda *_: image_path.unlink())

    with fails_with("file-access", reason="ENOENT"):
        write_dicom_overlay(image_path, MASK)
    assert names_in(image_path.parent) == []


def test_a_file_system_without_locks_edits_all_the_same(image_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", unsupported)

    assert write_dicom_overlay(image_path, MASK).groups == (0x6000,)


# Windows: no locks of this kind, and no file that is open can be replaced.


@pytest.fixture
def replacements(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Make `os.replace` refuse what Windows refuses; gives the targets of those that it let pass."""
    passed: list[Path] = []
    real = os.replace

    def replace(source: str, target: str) -> None:
        for descriptor in Path("/proc/self/fd").iterdir():
            if descriptor.exists() and any(
                os.path.exists(path) and descriptor.samefile(path) for path in (source, target)
            ):
                raise PermissionError(errno.EACCES, "the file is open")
        real(source, target)
        passed.append(Path(target))

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(replacing, "fcntl", None)
    return passed


def test_the_stand_in_for_windows_refuses_an_open_file(image_path: Path, replacements: list[Path]) -> None:
    other = image_path.with_name("other.dcm")
    other.write_bytes(b"new")
    with image_path.open("rb"), pytest.raises(PermissionError):
        os.replace(other, image_path)
    os.replace(other, image_path)

    assert replacements == [image_path]


@pytest.mark.parametrize("in_place", [True, False])
def test_no_file_is_open_when_it_is_replaced(in_place: bool, image_path: Path, replacements: list[Path]) -> None:
    target = image_path if in_place else image_path.with_name("out.dcm")
    for _ in range(2):
        write_dicom_overlay(image_path, MASK, output=None if in_place else target)
    remove_dicom_overlays(target, [0x6000])

    assert replacements == [target] * 3
    assert names_in(image_path.parent) == (["image.dcm"] if in_place else ["image.dcm", "out.dcm"])


def test_a_file_that_another_program_has_open_stays_as_it_was(image_path: Path, replacements: list[Path]) -> None:
    before = image_path.read_bytes()
    with image_path.open("rb"), fails_with("file-access", reason="EACCES") as caught:
        write_dicom_overlay(image_path, MASK)

    assert caught.value.detail == {"reason": "EACCES"}
    assert replacements == []
    assert image_path.read_bytes() == before
    assert names_in(image_path.parent) == ["image.dcm"]
