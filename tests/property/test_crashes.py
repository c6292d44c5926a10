"""Whatever happens while a file is edited, it is the old file or the new one; nothing else of it is left behind.

Kill, full disk, missing rights, several writers. A SIGKILL gives nobody the chance to tidy up: the hidden temporary file
beside the target may then stay, until the next writer in that folder removes it.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

import dicom_files as build
from dicom_overlay import OverlayError, read_dicom_overlays, remove_dicom_overlays, write_dicom_overlay
from edit_process import EditProcesses
from element_diff import without_groups

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_KILLS = 100
_ROWS, _COLUMNS = 1024, 1024
_NOBODY = 65534
_SIZE = {"rows": _ROWS, "columns": _COLUMNS}


@pytest.fixture(scope="module")
def processes() -> Iterator[EditProcesses]:
    with EditProcesses() as server:
        yield server


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image.dcm"
    path.write_bytes(build.image_file(_ROWS, _COLUMNS, trailing=build.element(0xFFFCFFFC, b"OB", bytes(64))))
    return path


def _leftovers(path: Path) -> list[Path]:
    return [found for found in path.parent.iterdir() if found != path]


def test_100_kills_leave_the_old_file_or_the_new_one(processes: EditProcesses, image: Path) -> None:
    old = image.read_bytes()
    reference = image.with_name("reference.dcm")
    processes.run("write", image, output=str(reference), **_SIZE)
    new = reference.read_bytes()
    reference.unlink()
    start = time.perf_counter()
    processes.run("write", image, **_SIZE)
    remove_dicom_overlays(image)
    pair = time.perf_counter() - start
    seen = {old: 0, new: 0}
    interrupted = 0
    source = random.Random(100)
    for _ in range(_KILLS):
        pid = processes.start("toggle", image, **_SIZE)
        time.sleep(source.uniform(0, 1.2 * pair))  # a random moment is what is under test
        os.kill(pid, signal.SIGKILL)
        _wait_until_gone(pid)
        found = image.read_bytes()
        assert found in seen, "the file is neither the old one nor the new one"
        seen[found] += 1
        for left in _leftovers(image):
            assert re.fullmatch(r"\.dicom-overlay-[0-9a-f]{16}\.tmp", left.name), left.name
            interrupted += 1
        processes.run("restore", image)
        assert _leftovers(image) == [], "the next writer has to remove what a killed one left"
        assert image.read_bytes() == old
    print(f"{_KILLS} kills: old {seen[old]}, new {seen[new]}, inside a write {interrupted}")
    assert seen[old]
    assert seen[new]
    assert interrupted > _KILLS // 20, "hardly any kill struck inside a write"


def test_100_kills_while_a_new_file_is_written_leave_it_whole_or_not_there(
    processes: EditProcesses, image: Path
) -> None:
    old, target = image.read_bytes(), image.with_name("new.dcm")
    start = time.perf_counter()
    processes.run("write", image, output=str(target), **_SIZE)
    once, new = time.perf_counter() - start, target.read_bytes()
    source = random.Random(100)
    seen = {"there": 0, "not there": 0}
    for _ in range(_KILLS):
        target.unlink(missing_ok=True)
        pid = processes.start("write", image, output=str(target), **_SIZE)
        time.sleep(source.uniform(0, 1.2 * once))  # a random moment is what is under test
        with contextlib.suppress(ProcessLookupError):  # it was done already
            os.kill(pid, signal.SIGKILL)
        _wait_until_gone(pid)
        seen["there" if target.exists() else "not there"] += 1
        assert not target.exists() or target.read_bytes() == new
        processes.run("restore", image)
        assert set(_leftovers(image)) <= {target}
    assert image.read_bytes() == old
    assert all(seen.values()), seen


def _wait_until_gone(pid: int) -> None:
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return


@pytest.mark.parametrize("limit", [0, 1, 4096, 65536, 1_000_000, 1_048_576, 1_179_000])
def test_a_full_disk_leaves_the_file_as_it_was(processes: EditProcesses, image: Path, limit: int) -> None:
    old = image.read_bytes()
    answer = processes.run("write-limited", image, limit=limit, **_SIZE)
    assert answer["error"]["code"] == "file-access"
    assert answer["error"]["detail"]["reason"] == "EFBIG"
    assert image.read_bytes() == old
    assert _leftovers(image) == []


def test_a_full_disk_leaves_no_part_of_another_output(processes: EditProcesses, image: Path) -> None:
    output = image.with_name("output.dcm")
    answer = processes.run("write-limited", image, limit=500_000, output=str(output), **_SIZE)
    assert answer["error"]["code"] == "file-access"
    assert _leftovers(image) == []


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_missing_rights_leave_the_file_as_it_was(processes: EditProcesses, image: Path, kind: str) -> None:
    for folder in [image.parent, *image.parent.parents[:3]]:
        folder.chmod(folder.stat().st_mode | 0o055)
    old = image.read_bytes()
    if kind == "file":
        image.chmod(0o000)
        image.parent.chmod(0o777)
    else:
        image.chmod(0o666)
        image.parent.chmod(0o555)
    answer = processes.run("write-as", image, uid=_NOBODY, **_SIZE)
    image.parent.chmod(0o755)
    assert answer["error"]["code"] == "file-access"
    assert answer["error"]["detail"]["reason"] in {"EACCES", "EPERM"}
    assert image.read_bytes() == old
    assert _leftovers(image) == []


def test_a_file_without_write_permission_is_refused_also_for_root(image: Path) -> None:
    image.chmod(0o444)
    with pytest.raises(OverlayError) as caught:
        write_dicom_overlay(image, bytes(_ROWS * _COLUMNS))
    assert caught.value.code == "file-access"
    assert _leftovers(image) == []


def test_an_edit_in_place_keeps_the_permissions(image: Path) -> None:
    image.chmod(0o640)
    write_dicom_overlay(image, bytes(_ROWS * _COLUMNS))
    assert image.stat().st_mode & 0o777 == 0o640


def test_an_edit_through_a_symbolic_link_edits_what_it_leads_to(image: Path) -> None:
    link = image.with_name("link.dcm")
    link.symlink_to(image.name)
    write_dicom_overlay(link, bytes(_ROWS * _COLUMNS))
    assert link.is_symlink()
    assert len(read_dicom_overlays(image)) == 1


def test_two_writers_on_one_file_lose_no_plane(processes: EditProcesses, image: Path) -> None:
    """Writers of this package wait for each other, so sixteen planes by two processes are sixteen planes."""
    old = image.read_bytes()
    for _ in range(2):
        processes.start("add", image, count=8, **_SIZE)
    answers = [processes.answer() for _ in range(2)]
    groups = [group for answer in answers for group in answer["done"]["groups"]]
    assert sorted(groups) == list(range(0x6000, 0x6020, 2))
    planes = read_dicom_overlays(image)
    assert len(planes) == 16
    assert sorted(plane.label or "" for plane in planes) == sorted(f"Plane {index}" for index in [*range(8), *range(8)])
    assert without_groups(image.read_bytes(), tuple(groups)) == old
    assert _leftovers(image) == []


def test_processes_that_write_replace_and_remove_on_the_same_files_leave_each_whole(
    processes: EditProcesses, tmp_path: Path
) -> None:
    """Each file then holds whole planes of its writers and, without them, its first bytes."""
    folder = tmp_path / "files"
    folder.mkdir()
    old = build.image_file(64, 64)
    paths = [folder / f"{number}.dcm" for number in range(40)]
    for path in paths:
        path.write_bytes(old)
    for number in range(8):
        processes.start("mix", folder, index=number, rows=64, columns=64)
    answers = [processes.answer() for _ in range(8)]

    assert all("done" in answer for answer in answers), answers
    assert sorted(folder.iterdir()) == sorted(paths)
    for path in paths:
        planes = read_dicom_overlays(path)
        for plane in planes:
            index = int((plane.label or "").removeprefix("Plane "))
            assert np.flatnonzero(plane.mask.any(axis=1)).tolist() == [index]
        assert without_groups(path.read_bytes(), tuple(plane.group or 0 for plane in planes)) == old


def test_two_writers_of_one_output_leave_one_whole_result(processes: EditProcesses, image: Path) -> None:
    output = image.with_name("output.dcm")
    for _ in range(2):
        processes.start("write", image, output=str(output), **_SIZE)
    answers = [processes.answer() for _ in range(2)]
    assert all("done" in answer for answer in answers), answers
    assert without_groups(output.read_bytes(), (0x6000,)) == image.read_bytes()
    assert _leftovers(image) == [output]


@pytest.mark.parametrize(
    "way, codes",
    [("rewritten", {"file-changed"}), ("replaced", {"file-changed"}), ("cut", {"file-changed", "truncated"})],
)
def test_a_file_that_another_program_changes_meanwhile_is_not_overwritten(
    image: Path, way: str, codes: set[str]
) -> None:
    """The mask is converted while the file is open: there another program strikes."""
    os.utime(image, (1, 1))  # so that the clock's coarseness hides no change
    work = b"another program's work".ljust(10 if way == "cut" else image.stat().st_size)

    class Treacherous:
        def __array__(self, dtype: object = None, copy: object = None) -> object:
            if way == "replaced":
                image.unlink()
            image.write_bytes(work)
            return np.ones((_ROWS, _COLUMNS), bool)

    with pytest.raises(OverlayError) as caught:
        write_dicom_overlay(image, Treacherous())
    assert caught.value.code in codes
    assert image.read_bytes() == work
    assert _leftovers(image) == []
