"""A file is replaced in one step or not at all; on an error it is as before and nothing is left beside it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import os
import stat
from typing import IO, TYPE_CHECKING, Any

import pytest
from dicom_overlay.layout import scan
from dicom_overlay.patch import Patch, Splice
from dicom_overlay.replace import drive, file_errors, open_for_edit, open_source, write_patched

from dicom_files import element, file, image_elements, image_file, meta
from dicom_overlay import replace, write_dicom_overlay
from dicom_overlay.errors import NotDicomError
from failing import fails_with

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MASK = [[1] * 7] * 5


def patch_file(path: Path, patch: Patch, target: Path) -> None:
    with open_source(str(path)) as (source, _):
        write_patched(source, patch, str(target), opened=str(path), before=os.fstat(source.fileno()))


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file of a little more than two copying steps, in a folder of its own."""
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "source.bin"
    path.write_bytes(bytes(range(256)) * 8200)
    return path


@pytest.mark.parametrize(
    "splices",
    [
        pytest.param([Splice(0, 0, b"begin")], id="at-the-begin"),
        pytest.param([Splice(1_500_000, 1_500_001, b"middle")], id="in-the-middle"),
        pytest.param([Splice(256 * 8200, 256 * 8200, b"end")], id="at-the-end"),
        pytest.param([Splice(5, 7, b""), Splice(2_000_000, 2_000_000, bytes(3_000_000))], id="several"),
        pytest.param([], id="none"),
    ],
)
def test_the_result_is_what_the_patch_makes_of_the_bytes(splices: list[Splice], source: Path) -> None:
    data = source.read_bytes()
    patch = Patch(len(data), tuple(splices))

    patch_file(source, patch, source.with_name("copy.bin"))
    patch_file(source, patch, source)

    assert source.read_bytes() == source.with_name("copy.bin").read_bytes() == patch.apply(data)
    assert names_in(source.parent) == ["copy.bin", "source.bin"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o604, 0o777])
def test_the_permissions_are_the_replaced_files_or_else_the_sources(mode: int, source: Path) -> None:
    source.chmod(mode)
    other = source.with_name("other.bin")
    other.write_bytes(b"old")
    other.chmod(0o622)
    patch = Patch(source.stat().st_size, (Splice(0, 0, b"x"),))

    patch_file(source, patch, source.with_name("new.bin"))
    patch_file(source, patch, other)
    patch_file(source, patch, source)

    found = [stat.S_IMODE(path.stat().st_mode) for path in (source, source.with_name("new.bin"), other)]
    assert found == [mode, mode, 0o622]


def test_the_owner_stays_where_that_is_allowed(source: Path) -> None:
    with contextlib.suppress(PermissionError):
        os.chown(source, 12345, 23456)
    before = source.stat()
    patch_file(source, Patch(before.st_size, (Splice(0, 0, b"x"),)), source)

    assert (source.stat().st_uid, source.stat().st_gid) == (before.st_uid, before.st_gid)


def test_a_long_name_of_many_bytes_leaves_room_for_the_temporary_files(source: Path) -> None:
    path = source.with_name("é" * 125 + ".dcm")
    source.rename(path)
    patch_file(path, Patch(path.stat().st_size, (Splice(0, 1, b""),)), path)

    assert names_in(path.parent) == [path.name]


# Faults.


class FullDisk(io.FileIO):
    """A file on a disk with no room for more than so many bytes."""

    room = 0

    def write(self, data: Any, /) -> int:
        """Write as long as there is room."""
        FullDisk.room -= len(data)
        if FullDisk.room < 0:
            raise OSError(errno.ENOSPC, "no space left")
        return super().write(data)


@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.parametrize("room", [0, 1, 999, 1_000_000, 1_100_000, 2_099_199])
def test_a_full_disk_at_any_byte_leaves_all_as_it_was(
    room: int, in_place: bool, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_on_full_disk(path: str, mode: str) -> IO[bytes]:
        return FullDisk(path, mode) if "x" in mode else open(path, mode)  # noqa: PTH123

    data = source.read_bytes()
    patch = Patch(len(data), (Splice(1000, 1000, bytes(100)),))
    FullDisk.room = room
    monkeypatch.setattr(replace, "open", open_on_full_disk, raising=False)

    with fails_with("file-access") as caught:
        patch_file(source, patch, source if in_place else source.with_name("copy.bin"))

    assert caught.value.detail == {"reason": "ENOSPC"}
    assert source.read_bytes() == data
    assert names_in(source.parent) == ["source.bin"]


@pytest.mark.parametrize("step", ["fsync", "replace", "stat"])
@pytest.mark.parametrize(
    "error", [OSError(errno.EIO, "i/o"), OSError(errno.EDQUOT, "quota"), PermissionError(13, "no")]
)
def test_a_step_that_fails_leaves_all_as_it_was(
    step: str, error: OSError, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = source.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise error

    with open_source(str(source)) as (opened, size):
        before = os.fstat(opened.fileno())
        with monkeypatch.context() as broken, fails_with("file-access") as caught:
            broken.setattr(os, step, fail)
            write_patched(opened, Patch(size, ()), str(source), opened=str(source), before=before)

    assert caught.value.detail["reason"] == errno.errorcode[error.errno or 0]
    assert source.read_bytes() == data
    assert names_in(source.parent) == ["source.bin"]


def test_an_interrupt_leaves_all_as_it_was(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = source.read_bytes()

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        patch_file(source, Patch(len(data), ()), source)

    assert source.read_bytes() == data
    assert names_in(source.parent) == ["source.bin"]


@pytest.mark.parametrize("call", ["chown", "open"])
def test_what_some_systems_lack_does_not_stop_the_edit(
    call: str, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "not here")

    source.chmod(0o604)
    monkeypatch.setattr(os, call, fail)
    patch_file(source, Patch(source.stat().st_size, (Splice(0, 256 * 8200, b"new"),)), source)

    assert source.read_bytes() == b"new"
    assert stat.S_IMODE(source.stat().st_mode) == 0o604


@pytest.mark.parametrize(
    "target, reason",
    [("missing/out.bin", "ENOENT"), ("source.bin/out.bin", "ENOTDIR"), ("inner", "EISDIR")],
)
def test_a_target_that_cannot_be_written_is_refused_without_its_path(target: str, reason: str, source: Path) -> None:
    (source.parent / "inner").mkdir()

    with fails_with("file-access") as caught:
        patch_file(source, Patch(source.stat().st_size, ()), source.parent / target)

    assert caught.value.detail["reason"] == reason
    assert target not in repr(caught.value.as_record())
    assert names_in(source.parent) == ["inner", "source.bin"]


def test_an_error_of_the_system_is_told_by_name_and_without_its_path() -> None:
    def fail() -> None:
        raise OSError(errno.ENAMETOOLONG, "name", "/secret/path")

    with fails_with("file-access") as caught, file_errors("read"):
        fail()

    assert caught.value.detail == {"reason": "ENAMETOOLONG"}
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_error_of_ours_passes_through() -> None:
    with fails_with("not-dicom"), file_errors("read"):
        raise NotDicomError("no")


# Reading.


class Broken(io.BytesIO):
    """A file whose disk fails from a position on."""

    def __init__(self, data: bytes, good: int) -> None:
        super().__init__(data)
        self.good = good

    def read(self, size: int | None = -1, /) -> bytes:
        """Read where the disk is good."""
        if self.tell() + (size or 0) > self.good:
            raise OSError(errno.EIO, "i/o")
        return super().read(size)


@pytest.mark.parametrize("good", [0, 70_000])
def test_a_disk_that_cannot_be_read_is_an_error_with_a_code(good: int) -> None:
    filler = element(0x00411010, b"OB", bytes(200_000))
    data = file(meta(), image_elements(5, 7, before_pixels=filler))

    with fails_with("file-access") as caught:
        drive(scan(len(data)), Broken(data, good))
    assert caught.value.detail["reason"] == "EIO"


def test_a_file_that_became_shorter_while_it_was_copied_leaves_no_result(source: Path) -> None:
    with open_source(str(source)) as (opened, size):
        before = os.fstat(opened.fileno())
        os.truncate(source, 1_500_000)
        with fails_with("truncated"):
            write_patched(opened, Patch(size, ()), str(source), opened=str(source), before=before)

    assert names_in(source.parent) == ["source.bin"]
    assert source.stat().st_size == 1_500_000


@pytest.mark.parametrize("kind", ["folder", "pipe", "missing", "loop"])
def test_only_a_regular_file_is_opened_and_a_pipe_does_not_block(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "it"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path)

    with fails_with("file-access"), open_source(str(path)):
        pass


def test_a_file_without_write_permission_is_not_edited_also_by_root(source: Path) -> None:
    source.chmod(0o444)

    with fails_with("file-access") as caught, open_for_edit(str(source)):
        pass
    assert caught.value.detail["reason"] == "EACCES"


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
    change: Callable[[Path], None], in_place: bool, source: Path
) -> None:
    target = source if in_place else source.with_name("copy.bin")
    with open_source(str(source)) as (opened, size):
        before = os.fstat(opened.fileno())
        os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns - 10**9))
        before = os.fstat(opened.fileno())
        change(source)
        data = source.read_bytes()
        with fails_with("file-changed"):
            write_patched(opened, Patch(size, ()), str(target), opened=str(source), before=before)

    assert source.read_bytes() == data
    assert names_in(source.parent) == ["source.bin"]


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
    assert len(locks) == 2


def test_a_file_that_vanished_while_its_writer_waited_is_not_made_anew(
    image_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", lambda *_: image_path.unlink())

    with fails_with("file-access"):
        write_dicom_overlay(image_path, MASK)
    assert names_in(image_path.parent) == []


@pytest.mark.parametrize("locks", ["unsupported", "missing"])
def test_a_system_without_locks_edits_all_the_same(
    locks: str, image_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    if locks == "missing":
        monkeypatch.setattr(replace, "fcntl", None)
    else:
        monkeypatch.setattr(fcntl, "flock", unsupported)

    assert write_dicom_overlay(image_path, MASK).groups == (0x6000,)
