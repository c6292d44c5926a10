"""Scan, plan and seal as one coroutine: what is asked of the source, and who the result is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from dicom_overlay.engine import edit_remove, edit_write, read_planes, require_instance

from dicom_files import element, file, image_elements, image_file, meta, overlay_elements, pack
from dicom_overlay import OverlayPlane
from failing import fails_with
from ranges import Source, drive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicom_overlay.layout import Layout

DATA = pack([1] * 35)
PLANE = OverlayPlane(rows=5, columns=7, packed=DATA)


def test_keeping_the_instance_needs_no_identity() -> None:
    assert require_instance("keep", None) is None


def test_each_derived_instance_is_another_one() -> None:
    first, second = require_instance("derived", None), require_instance("derived", "1.2.3")

    assert first is not None
    assert second is not None
    assert first.sop_instance_uid != second.sop_instance_uid
    assert first.sop_instance_uid.startswith("2.25.")
    assert (first.series_instance_uid, second.series_instance_uid) == (None, "1.2.3")
    assert first.created.utcoffset() is not None


@pytest.mark.parametrize("instance, series", [("keep", "1.2"), ("other", None), ("", None), ("derived", "no uid")])
def test_what_makes_no_sense_of_an_instance_is_refused(instance: str, series: str | None) -> None:
    with fails_with("invalid-request"):
        require_instance(instance, series)


def test_planes_are_made_once_the_layout_is_known_and_only_once() -> None:
    seen: list[Layout] = []

    def make(layout: Layout) -> Iterator[tuple[OverlayPlane, None]]:
        seen.append(layout)
        yield PLANE, None
        yield PLANE, None

    data = image_file()
    edit = drive(data, edit_write(len(data), make, replace_groups=False, identity=None, strict=False))

    assert edit.groups == (0x6000, 0x6002)
    assert [layout.integer(0x00280010) for layout in seen] == [5]


def test_an_error_while_planes_are_made_ends_the_edit() -> None:
    def make(_: Layout) -> list[tuple[OverlayPlane, None]]:
        raise LookupError

    data = image_file()
    with pytest.raises(LookupError):
        drive(data, edit_write(len(data), make, replace_groups=False, identity=None, strict=False))


def test_only_an_embedded_plane_makes_a_removal_read_pixels() -> None:
    pixels = element(0x7FE00010, b"OW", bytes(900_000))
    overlay = overlay_elements(0x6000, 5, 7, DATA)
    source = Source(file(meta(), image_elements(5, 7, before_pixels=overlay, pixels=pixels)))
    source.drive(edit_remove(len(source.data), None, with_embedded=True, strict=False))

    assert sum(end - start for start, end in source.ranges) < 2 * 65_536


def test_a_write_reads_nothing_but_the_structure() -> None:
    source = Source(image_file())
    identity = require_instance("derived", None)
    source.drive(
        edit_write(len(source.data), lambda _: [(PLANE, None)], replace_groups=False, identity=identity, strict=False)
    )

    assert source.ranges[0] == (0, len(source.data))
    assert len(source.ranges) <= 3


def test_reading_gives_every_plane() -> None:
    data = image_file(before_pixels=overlay_elements(0x6000, 5, 7, DATA) + overlay_elements(0x6002, 5, 7, DATA))

    assert [plane.group for plane in drive(data, read_planes(len(data)))] == [0x6000, 0x6002]
