"""Two at one file: no plane is lost, and nobody's change is overwritten."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from dicom_overlay.files import write_planes
from dicom_overlay.plane import OVERLAY_GROUPS

from dicom_files import image_file
from dicom_overlay import OverlayPlane, read_dicom_overlays, remove_dicom_overlays, write_dicom_overlay
from failing import fails_with

if TYPE_CHECKING:
    from pathlib import Path

MASK = [[1, 0, 0, 1, 0, 1, 1]] * 5
PLANE = OverlayPlane.from_mask(MASK)


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


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


def test_a_file_that_changes_while_its_edit_is_planned_is_not_overwritten(image_path: Path) -> None:
    changed = image_file(charset="ISO_IR 192")

    def change(_: object) -> list[tuple[OverlayPlane, None]]:
        image_path.write_bytes(changed)
        return [(PLANE, None)]

    for output in (None, image_path.with_name("out.dcm")):
        image_path.write_bytes(image_file())
        os.utime(image_path, ns=(0, 0))
        with fails_with("file-changed"):
            write_planes(image_path, change, output=output)

        assert image_path.read_bytes() == changed
        assert names_in(image_path.parent) == ["image.dcm"]


def test_a_file_that_vanishes_while_its_edit_is_planned_is_an_error(image_path: Path) -> None:
    def vanish(_: object) -> list[tuple[OverlayPlane, None]]:
        image_path.unlink()
        return [(PLANE, None)]

    with fails_with("file-access"):
        write_planes(image_path, vanish)
    assert names_in(image_path.parent) == []
