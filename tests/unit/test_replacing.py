"""A new file takes its place in one step; what killed writers left is removed, and what is in use is not."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import io
import os
import pickle
import signal
import stat
import subprocess
import sys
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from dicom_files import image_file
from dicom_overlay import read_dicom_overlays, remove_dicom_overlays, replacing, write_dicom_overlay
from dicom_overlay.edit.plan import plan_remove
from dicom_overlay.editing import edit_file
from dicom_overlay.replacing import clear_leftovers, sync_files
from failing import fails_with

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MASK = [[1, 0, 0, 1, 0, 1, 1]] * 5
HIDDEN = ".dicom-overlay-0123456789abcdef.tmp"


@pytest.fixture(autouse=True)
def looked_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test be the first that writes into its folder."""
    monkeypatch.setattr(replacing, "_cleared", set())


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


# A file that is only copied goes the same way.


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_a_copy_is_equal_and_keeps_the_mode_but_its_owner_may_write_it(mode: int, image_path: Path) -> None:
    image_path.chmod(mode)
    target = image_path.with_name("copy.dcm")
    edited = edit_file(image_path, target, None)

    assert (edited.plan, edited.written, edited.is_changed) == (None, str(target), False)
    assert target.read_bytes() == image_path.read_bytes()
    assert stat.S_IMODE(target.stat().st_mode) == mode | 0o200


def test_a_copy_on_a_full_disk_leaves_nothing(image_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.FileIO):
        def write(self, _: Any, /) -> int:
            raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(replacing, "open", Full, raising=False)
    with fails_with("file-access", reason="ENOSPC") as caught:
        edit_file(image_path, image_path.with_name("copy.dcm"), None)

    assert str(caught.value) == "the file cannot be written: no space left on device"
    assert names_in(image_path.parent) == ["image.dcm"]


# What is at the place.


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
@pytest.mark.parametrize("edit", [True, False], ids=["edit", "copy"])
def test_what_is_no_regular_file_is_not_replaced(kind: str, edit: bool, image_path: Path) -> None:
    target = image_path.with_name("target")
    if kind == "pipe":
        os.mkfifo(target)
    elif kind == "device":
        target.symlink_to("/dev/full")
    else:
        target.mkdir()
    before = target.stat()
    with fails_with("file-access", reason="ENOTREG") as caught:
        if edit:
            write_dicom_overlay(image_path, MASK, output=target)
        else:
            edit_file(image_path, target, None)

    assert caught.value.detail["reason"] == "ENOTREG"
    assert (target.stat().st_ino, target.stat().st_mode) == (before.st_ino, before.st_mode)
    assert names_in(image_path.parent) == ["image.dcm", "target"]


def test_a_dry_run_refuses_what_the_run_would_refuse(image_path: Path) -> None:
    image_path.chmod(0o400)

    with fails_with("file-access") as caught:
        edit_file(image_path, None, plan_remove, is_dry=True)

    assert isinstance(caught.value, PermissionError)


def test_a_read_only_file_elsewhere_is_not_replaced_either(image_path: Path) -> None:
    target = image_path.with_name("old.dcm")
    target.write_bytes(b"old")
    target.chmod(0o444)
    with fails_with("file-access", reason="EACCES") as caught:
        write_dicom_overlay(image_path, MASK, output=target)

    assert isinstance(caught.value, PermissionError)
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize("has_links", [True, False])
@pytest.mark.parametrize("appears", ["before", "meanwhile"])
def test_what_must_be_new_never_replaces_a_file(
    appears: str, has_links: bool, image_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = image_path.with_name("new.dcm")
    if not has_links:

        def refuse(*_: object) -> None:
            raise OSError(errno.EPERM, "no links")

        monkeypatch.setattr(os, "link", refuse)
    real = os.fsync

    def other_writer(descriptor: int) -> None:
        target.write_bytes(b"theirs")
        real(descriptor)

    if appears == "before":
        target.write_bytes(b"theirs")
    else:
        monkeypatch.setattr(os, "fsync", other_writer)
    with fails_with("file-access", reason="EEXIST") as caught:
        edit_file(image_path, target, None, must_be_new=True)

    assert isinstance(caught.value, FileExistsError)
    assert caught.value.detail == {"reason": "EEXIST"}
    assert target.read_bytes() == b"theirs"
    assert names_in(image_path.parent) == ["image.dcm", "new.dcm"]


@pytest.mark.parametrize("has_links", [True, False])
def test_what_must_be_new_is_written_where_there_is_nothing(
    has_links: bool, image_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "no links")

    if not has_links:
        monkeypatch.setattr(os, "link", refuse)
    target = image_path.with_name("new.dcm")
    edit_file(image_path, target, None, must_be_new=True)

    assert target.read_bytes() == image_path.read_bytes()
    assert names_in(image_path.parent) == ["image.dcm", "new.dcm"]


def test_of_many_that_write_one_new_file_one_succeeds(image_path: Path) -> None:
    target, start = image_path.with_name("new.dcm"), threading.Barrier(8)
    outcomes: list[str] = []

    def write(number: int) -> None:
        start.wait()
        try:
            edit_file(bytes([number]) * 1000, target, None, must_be_new=True)
            outcomes.append("written")
        except FileExistsError:
            outcomes.append("refused")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["refused"] * 7 + ["written"]
    assert len(set(target.read_bytes())) == 1
    assert names_in(image_path.parent) == ["image.dcm", "new.dcm"]


@pytest.mark.parametrize("is_dry", [True, False])
def test_only_a_run_that_is_not_dry_says_where_it_wrote(is_dry: bool, image_path: Path) -> None:
    target = image_path.with_name("new.dcm")
    edited = edit_file(image_path, target, None, is_dry=is_dry)

    assert (edited.written, target.exists()) == ((None, False) if is_dry else (str(target), True))


# When it is on the disk.


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The inodes that were synced, in order."""
    seen: list[int] = []
    real = os.fsync

    def look(descriptor: int) -> None:
        seen.append(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    return seen


def test_a_new_file_may_be_synced_later_and_one_that_is_replaced_is_synced_now(
    image_path: Path, synced: list[int]
) -> None:
    target = image_path.with_name("new.dcm")
    edit_file(image_path, target, None, sync="later")
    assert synced == []

    edit_file(image_path, target, None, sync="later")
    assert synced == [target.stat().st_ino, image_path.parent.stat().st_ino]

    del synced[:]
    edit_file(image_path, image_path.with_name("newer.dcm"), None)
    assert len(synced) == 2


SYNCFS = {
    "works": SimpleNamespace(syncfs=lambda _: 0),
    "fails": SimpleNamespace(syncfs=lambda _: -1),
    "is-missing": SimpleNamespace(),
}
"""The C library, by what its call does that brings a whole file system onto the disk; Linux alone has it."""


@pytest.mark.parametrize("library", SYNCFS)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_files_are_synced_all_at_once_or_one_by_one(
    library: str, count: int, image_path: Path, synced: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SYNCFS[library])
    paths = [image_path.with_name(f"{number}.dcm") for number in range(count)]
    for path in paths:
        path.write_bytes(b"other")
    assert sync_files(map(str, paths)) == {}

    inodes = [path.stat().st_ino for path in (*paths, image_path.parent)]
    assert synced == ([] if library == "works" and count > 1 else inodes)


@pytest.mark.parametrize("library", SYNCFS)
def test_files_named_without_a_folder_are_synced_with_the_current_one(
    library: str, image_path: Path, synced: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(image_path.parent)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SYNCFS[library])
    (image_path.parent / "second.dcm").write_bytes(b"other")
    inodes = [os.stat(path).st_ino for path in (image_path.name, "second.dcm", ".")]

    assert sync_files([image_path.name, "second.dcm"]) == {}
    assert synced == ([] if library == "works" else inodes)


@pytest.mark.parametrize("library", SYNCFS)
def test_syncing_leaves_no_folder_open(library: str, image_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SYNCFS[library])
    opened: list[int] = []
    opening, closing = os.open, os.close

    def note_opened(*given: Any) -> int:
        opened.append(opening(*given))
        return opened[-1]

    def note_closed(descriptor: int) -> None:
        opened.remove(descriptor)
        closing(descriptor)

    monkeypatch.setattr(os, "open", note_opened)
    monkeypatch.setattr(os, "close", note_closed)
    sync_files([str(image_path), str(image_path)])

    assert opened == []


def test_a_file_that_cannot_be_synced_is_told(image_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = str(image_path.with_name("gone.dcm"))
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SYNCFS["is-missing"])
    found = sync_files([str(image_path), missing])

    assert list(found) == [missing]
    assert isinstance(found[missing], FileNotFoundError)


# What killed writers left.

KILLED = """
import os, signal, sys
from dicom_overlay import replacing
from dicom_overlay.editing import edit_file
def stop(descriptor):
    print("writing", flush=True)
    {stop}
os.fsync = stop
edit_file(sys.argv[1], sys.argv[2], None)
"""


def writer(image: Path, target: Path, stop: str) -> subprocess.Popen[str]:
    """Start a process that stops while it writes; returns when it does."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED.format(stop=stop), image, target], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    return process


def test_what_a_killed_writer_left_is_removed_by_the_next_one_in_the_folder(image_path: Path) -> None:
    with writer(image_path, image_path.with_name("a.dcm"), "os.kill(os.getpid(), signal.SIGKILL)"):
        pass
    (left,) = set(names_in(image_path.parent)) - {"image.dcm"}
    assert left.startswith(".dicom-overlay-")
    write_dicom_overlay(image_path, MASK, output=image_path.with_name("b.dcm"))

    assert names_in(image_path.parent) == ["b.dcm", "image.dcm"]


def test_what_another_process_is_writing_stays_and_becomes_its_result(image_path: Path) -> None:
    target = image_path.with_name("a.dcm")
    with writer(image_path, target, "signal.pause()") as process:
        before = set(names_in(image_path.parent))
        clear_leftovers(str(image_path.parent))
        assert set(names_in(image_path.parent)) == before
        os.kill(process.pid, signal.SIGKILL)


def test_what_is_cleared_between_a_files_creation_and_its_lock_is_made_again(
    image_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = fcntl.flock, list[int]()

    def clear_before(descriptor: int, operation: int) -> None:
        if not seen:
            seen.append(descriptor)
            clear_leftovers(str(image_path.parent))
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", clear_before)
    target = image_path.with_name("b.dcm")
    edit_file(image_path.read_bytes(), target, None)

    assert target.read_bytes() == image_path.read_bytes()
    assert names_in(image_path.parent) == ["b.dcm", "image.dcm"]


@pytest.mark.parametrize(
    "name", ["dicom-overlay-0123456789abcdef.tmp", ".dicom-overlay-012345.tmp", ".image.dcm.x.tmp", ".dicom-overlay-"]
)
def test_files_that_only_look_like_it_stay(name: str, image_path: Path) -> None:
    image_path.with_name(name).write_bytes(b"somebody's")
    clear_leftovers(str(image_path.parent))

    assert names_in(image_path.parent) == sorted(["image.dcm", name])


@pytest.mark.parametrize("kind", ["folder", "link", "another user's"])
def test_what_is_no_file_of_this_user_stays(kind: str, image_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = image_path.with_name(HIDDEN)
    if kind == "folder":
        left.mkdir()
    elif kind == "link":
        left.symlink_to(image_path)
    else:
        left.write_bytes(b"theirs")
        monkeypatch.setattr(os, "geteuid", lambda: left.stat().st_uid + 1)
    clear_leftovers(str(image_path.parent))

    assert names_in(image_path.parent) == [HIDDEN, "image.dcm"]
    assert image_path.read_bytes()


@pytest.mark.parametrize("age, stays", [(60, True), (2 * 60 * 60, False)])
def test_without_locks_only_what_is_old_is_removed(
    age: int, stays: bool, image_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = image_path.with_name(HIDDEN)
    left.write_bytes(b"")
    os.utime(left, (time.time() - age,) * 2)

    def unsupported(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    clear_leftovers(str(image_path.parent))

    assert left.exists() == stays


def test_a_folder_is_looked_at_once(image_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr(replacing, "clear_leftovers", looked.append)
    for number in range(3):
        edit_file(image_path, image_path.with_name(f"{number}.dcm"), None)

    assert looked == [str(image_path.parent)]


# File objects.


class Raw(io.RawIOBase):
    """A raw file that takes at most so many bytes at a time, and so many in all."""

    def __init__(self, step: int, room: int) -> None:
        super().__init__()
        self.step, self.room, self.data = step, room, b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        taken = bytes(data)[: min(self.step, self.room - len(self.data))]
        self.data += taken
        return len(taken)


def test_a_file_object_that_takes_a_part_at_a_time_gets_all() -> None:
    expected = write_dicom_overlay(image_file(), MASK).data
    output = Raw(step=7, room=10_000)
    write_dicom_overlay(image_file(), MASK, output=output)

    assert output.data == expected


@pytest.mark.parametrize("says", [0, None])
def test_a_file_object_that_takes_no_more_is_an_error(says: int | None) -> None:
    class Full(Raw):
        def write(self, data: Any, /) -> int:
            return super().write(data) or says  # type: ignore[return-value]  # what raw files say when they would block

    with fails_with("file-access", reason="short-write") as caught:
        write_dicom_overlay(image_file(), MASK, output=Full(step=7, room=100))

    assert caught.value.detail["reason"] == "short-write"


def test_what_a_file_object_holds_back_is_written_before_success_is_told() -> None:
    class Late(io.BytesIO):
        def flush(self) -> None:
            if not self.closed:
                raise OSError(errno.ENOSPC, "no space left")

    with fails_with("file-access", reason="ENOSPC") as caught:
        write_dicom_overlay(image_file(), MASK, output=Late())

    assert caught.value.detail["reason"] == "ENOSPC"


def test_an_object_whose_write_returns_nothing_has_taken_everything() -> None:
    class Plain:
        data = b""

        def write(self, data: bytes) -> None:
            self.data += data

    output: Any = Plain()
    write_dicom_overlay(image_file(), MASK, output=output)

    assert output.data == write_dicom_overlay(image_file(), MASK).data


# Errors.


@pytest.mark.parametrize(
    "verb",
    [
        read_dicom_overlays,
        lambda path: write_dicom_overlay(path, MASK),
        lambda path: remove_dicom_overlays(path, output=path.with_name("out")),
    ],
    ids=["read", "write", "remove"],
)
def test_a_missing_file_is_what_python_calls_it_and_its_words_hold_no_path(
    verb: Callable[[Path], object], tmp_path: Path
) -> None:
    path = tmp_path / "Secret.dcm"
    with pytest.raises(FileNotFoundError) as caught:
        verb(path)
    error: Any = caught.value

    assert (error.errno, error.filename, error.code) == (errno.ENOENT, str(path), "file-access")
    assert str(error) == "the file cannot be read: no such file or directory"
    assert "Secret" not in repr(error) + str(error.as_record()) + str(error.args)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own error
    assert (type(again), again.errno, again.filename, str(again), again.detail) == (
        type(error),
        error.errno,
        error.filename,
        str(error),
        error.detail,
    )


def test_a_missing_folder_of_the_output_names_the_output(image_path: Path) -> None:
    target = image_path.parent / "missing" / "out.dcm"
    with pytest.raises(FileNotFoundError) as caught:
        write_dicom_overlay(image_path, MASK, output=target)

    assert caught.value.filename == str(target)
