"""A file is replaced in one step or not at all; on an error it is as before and nothing is left beside it."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from dicom_overlay import replacing
from dicom_overlay.edit.patch import Patch, Splice
from dicom_overlay.errors import NotDicomError
from dicom_overlay.replacing import file_errors
from dicom_overlay.storage import open_edit
from failing import fails_with

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 256 * 8200


def patch_file(path: Path, patch: Patch, target: Path | None = None) -> None:
    with open_edit(path, target) as editing:
        assert editing.finish(patch) is None


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file of a little more than two copying steps, in a folder of its own."""
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "source.bin"
    path.write_bytes(bytes(range(256)) * 8200)
    return path


CHANGE = Patch(SIZE, (Splice(1000, 1000, bytes(100)),))


@pytest.mark.parametrize(
    "splices",
    [
        pytest.param([Splice(0, 0, b"first")], id="at-the-start"),
        pytest.param([Splice(1_500_000, 1_500_001, b"middle")], id="in-the-middle"),
        pytest.param([Splice(SIZE, SIZE, b"end")], id="at-the-end"),
        pytest.param([Splice(5, 7, b""), Splice(2_000_000, 2_000_000, bytes(3_000_000))], id="several"),
        pytest.param([], id="none"),
    ],
)
def test_the_result_is_what_the_patch_makes_of_the_bytes(splices: list[Splice], source: Path) -> None:
    data = source.read_bytes()
    patch = Patch(len(data), tuple(splices))
    with open_edit(data, None) as editing:
        in_memory = editing.finish(patch)
    patch_file(source, patch, source.with_name("copy.bin"))
    patch_file(source, patch)

    assert source.read_bytes() == source.with_name("copy.bin").read_bytes() == in_memory == patch.apply(data)
    assert names_in(source.parent) == ["copy.bin", "source.bin"]


def test_an_edit_that_changes_nothing_does_not_touch_the_file(source: Path) -> None:
    before = source.stat()
    patch_file(source, Patch(SIZE, ()))

    assert (source.stat().st_ino, source.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


# Permissions, owners and links.


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o604, 0o777, 0o4755])
def test_the_permissions_are_the_replaced_files_or_else_the_sources(mode: int, source: Path) -> None:
    source.chmod(mode)
    other = source.with_name("other.bin")
    other.write_bytes(b"old")
    other.chmod(0o622)
    for target in (source.with_name("new.bin"), other, None):
        patch_file(source, CHANGE, target)

    assert [mode_of(path) for path in (source, source.with_name("new.bin"), other)] == [mode, mode, 0o622]


def test_a_read_only_source_makes_an_output_that_can_be_edited(source: Path) -> None:
    source.chmod(0o444)
    patch_file(source, CHANGE, source.with_name("new.bin"))

    assert mode_of(source.with_name("new.bin")) == 0o644
    patch_file(source.with_name("new.bin"), Patch(SIZE + 100, (Splice(0, 1, b""),)))


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_file_made_of_bytes_has_the_users_default_permissions(mask: int, source: Path) -> None:
    target = source.with_name("new.bin")
    before = os.umask(mask)
    try:
        with open_edit(source.read_bytes(), target) as editing:
            editing.finish(CHANGE)
        assert mode_of(target) == 0o666 & ~mask
        assert os.umask(mask) == mask
    finally:
        os.umask(before)


@pytest.mark.parametrize("kind", ["in place", "output", "bytes"])
def test_the_temporary_file_is_never_readable_by_more_than_the_result(
    kind: str, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy of a 0600 original was 0644 while it held the data."""
    source.chmod(0o600)
    seen: list[int] = []
    real = os.fsync

    def look(descriptor: int) -> None:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode):
            seen.append(stat.S_IMODE(status.st_mode))
            assert status.st_size == CHANGE.target_size, "synced before it was whole"
        real(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    # What is made of bytes has no original whose mode it could keep: it is the user's default from the start.
    mask = os.umask(0)
    os.umask(mask)
    allowed = 0o600 if kind != "bytes" else 0o666 & ~mask
    target = None if kind == "in place" else source.with_name("new.bin")
    with open_edit(source.read_bytes() if kind == "bytes" else source, target) as editing:
        editing.finish(CHANGE)

    assert seen == [allowed]


def test_the_owner_stays_where_that_is_allowed(source: Path) -> None:
    with contextlib.suppress(PermissionError):
        os.chown(source, 12345, 23456)
    before = source.stat()
    patch_file(source, CHANGE)

    assert (source.stat().st_uid, source.stat().st_gid) == (before.st_uid, before.st_gid)


def test_a_symbolic_link_stays_one_and_its_file_is_edited(source: Path) -> None:
    link = source.with_name("link.bin")
    link.symlink_to(source.name)
    patch_file(link, CHANGE)
    patch_file(source, Patch(SIZE + 100, (Splice(0, 1, b""),)), link)

    assert link.is_symlink()
    assert not source.is_symlink()
    assert source.stat().st_size == SIZE + 99


def test_a_hard_link_keeps_the_old_file(source: Path) -> None:
    before, other = source.read_bytes(), source.with_name("other.bin")
    other.hardlink_to(source)
    patch_file(source, CHANGE)

    assert other.read_bytes() == before


def test_a_file_without_write_permission_is_not_edited_also_by_root(source: Path) -> None:
    source.chmod(0o444)

    with fails_with("file-access", reason="EACCES") as caught, open_edit(source, None):
        pass
    assert caught.value.detail["reason"] == "EACCES"


def test_a_long_name_of_many_bytes_leaves_room_for_the_temporary_files(source: Path) -> None:
    path = source.with_name("é" * 125 + ".dcm")
    source.rename(path)
    patch_file(path, CHANGE)

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
    data = source.read_bytes()
    FullDisk.room = room
    monkeypatch.setattr(replacing, "open", FullDisk, raising=False)

    with fails_with("file-access", reason="ENOSPC") as caught:
        patch_file(source, CHANGE, None if in_place else source.with_name("copy.bin"))

    assert caught.value.detail == {"reason": "ENOSPC"}
    assert source.read_bytes() == data
    assert names_in(source.parent) == ["source.bin"]


@pytest.mark.parametrize("step", ["fsync", "replace", "stat", "chmod"])
@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.parametrize(
    "error", [OSError(errno.EIO, "i/o"), OSError(errno.EDQUOT, "quota"), PermissionError(13, "no")]
)
def test_a_step_that_fails_leaves_all_as_it_was(
    step: str, in_place: bool, error: OSError, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = source.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise error

    with (
        open_edit(source, None if in_place else source.with_name("copy.bin")) as editing,
        monkeypatch.context() as broken,
        fails_with("file-access", "reason") as caught,
    ):
        broken.setattr(os, step, fail)
        editing.finish(CHANGE)

    assert caught.value.detail["reason"] == errno.errorcode[error.errno or 0]
    assert source.read_bytes() == data
    assert names_in(source.parent) == ["source.bin"]


def test_an_interrupt_leaves_all_as_it_was(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = source.read_bytes()

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        patch_file(source, CHANGE)

    assert source.read_bytes() == data
    assert names_in(source.parent) == ["source.bin"]


@pytest.mark.parametrize("call", ["chown", "the folder's fsync"])
def test_what_some_systems_lack_does_not_stop_the_edit(
    call: str, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def fail(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "not here")

    def fail_on_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            fail()
        real(descriptor)

    source.chmod(0o604)
    if call == "chown":
        monkeypatch.setattr(os, "chown", fail)
    else:
        monkeypatch.setattr(os, "fsync", fail_on_folders)
    patch_file(source, Patch(SIZE, (Splice(0, SIZE, b"new"),)))

    assert source.read_bytes() == b"new"
    assert mode_of(source) == 0o604


@pytest.mark.parametrize(
    "target, reason",
    [("missing/out.bin", "ENOENT"), ("source.bin/out.bin", "ENOTDIR"), ("inner", "ENOTREG")],
)
@pytest.mark.parametrize("in_memory", [True, False])
def test_a_target_that_cannot_be_written_is_refused_without_its_path(
    target: str, reason: str, in_memory: bool, source: Path
) -> None:
    (source.parent / "inner").mkdir()

    with (
        fails_with("file-access", "reason") as caught,
        open_edit(source.read_bytes() if in_memory else source, source.parent / target) as editing,
    ):
        editing.finish(CHANGE)

    assert caught.value.detail["reason"] == reason
    assert target not in repr(caught.value.as_record())
    assert names_in(source.parent) == ["inner", "source.bin"]


def test_a_file_that_became_shorter_while_it_was_copied_leaves_no_result(source: Path) -> None:
    with open_edit(source, None) as editing:
        os.truncate(source, 1_500_000)
        with fails_with("truncated", "offset", "expected", "found"):
            editing.finish(CHANGE)

    assert names_in(source.parent) == ["source.bin"]
    assert source.stat().st_size == 1_500_000


def test_an_error_of_the_system_is_told_by_name_and_without_its_path() -> None:
    def fail() -> None:
        raise OSError(errno.ENAMETOOLONG, "name", "/secret/path")

    with fails_with("file-access", reason="ENAMETOOLONG") as caught, file_errors("read"):
        fail()

    assert caught.value.detail == {"reason": "ENAMETOOLONG"}
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_error_of_ours_passes_through() -> None:
    with fails_with("not-dicom"), file_errors("read"):
        raise NotDicomError("no")


def test_a_system_without_posix_calls_edits_files(source: Path) -> None:
    program = (
        "import os, sys\n"
        "sys.modules['fcntl'] = None\n"
        "del os.chown\n"
        "from dicom_overlay.edit.patch import Patch, Splice\n"
        "from dicom_overlay.storage import open_edit\n"
        "with open_edit(sys.argv[1], None) as editing:\n"
        "    editing.finish(Patch(editing.source.size, (Splice(0, editing.source.size, b'new'),)))\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program, source], check=True)

    assert source.read_bytes() == b"new"


@pytest.mark.skipif(not hasattr(os, "fchmod"), reason="the system has no umask of its own")
def test_threads_that_write_new_files_leave_the_umask_and_get_its_mode(tmp_path: Path) -> None:
    def write(number: int) -> int:
        with open_edit(b"abc", tmp_path / str(number)) as editing:
            editing.finish(Patch(3, ()))
        return stat.S_IMODE((tmp_path / str(number)).stat().st_mode)

    before = os.umask(0o022)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            modes = set(threads.map(write, range(400)))
        assert (modes, os.umask(0o022)) == ({0o644}, 0o022)
    finally:
        sys.setswitchinterval(interval)
        os.umask(before)
