"""What an edit reads of its source: the structure, and pixels only where it must."""

from __future__ import annotations

import pytest

from dicom_files import element, file, image_elements, image_file, meta, overlay_elements, pack
from dicom_overlay import OverlayPlane
from dicom_overlay.edit.options import InstanceRule, WriteOptions, require_requests
from dicom_overlay.edit.plan import plan_remove, plan_write
from dicom_overlay.planes.decode import decode_planes
from dicom_overlay.scan.layout import scan
from ranges import RecordedSource

DATA = pack([1] * 35)
PLANE = OverlayPlane(rows=5, columns=7, packed=DATA)
PIXELS = element(0x7FE00010, b"OW", bytes(900_000))
OVERLAY = overlay_elements(0x6000, 5, 7, DATA)
HEAD = 65_536


def bytes_read(source: RecordedSource) -> int:
    return sum(end - start for start, end in source.ranges)


def test_only_an_embedded_plane_makes_a_removal_read_pixels() -> None:
    source = RecordedSource(file(meta(), image_elements(5, 7, before_pixels=OVERLAY, pixels=PIXELS)))
    plan = plan_remove(scan(source), source, embedded=True)

    assert plan.groups == (0x6000,)
    assert bytes_read(source) < 2 * HEAD


@pytest.mark.parametrize("instance, most", [("keep", 1), ("derived", 10)])
def test_a_write_reads_nothing_but_the_structure(instance: InstanceRule, most: int) -> None:
    """A derived instance's header is read once more, from the patch and the source, as the proof that it reads as planned."""
    source = RecordedSource(file(meta(), image_elements(5, 7, pixels=PIXELS)))
    plan_write(scan(source), require_requests([PLANE], "refuse"), WriteOptions(instance=instance), source)

    assert source.ranges[0] == (0, HEAD)
    assert len(source.ranges) <= most
    assert bytes_read(source) < 2 * HEAD


def test_reading_a_plane_reads_its_bits_and_no_pixels() -> None:
    source = RecordedSource(file(meta(), image_elements(5, 7, before_pixels=OVERLAY, pixels=PIXELS)))
    planes = decode_planes(scan(source), source)

    assert [plane.packed for plane in planes] == [DATA]
    assert bytes_read(source) < 2 * HEAD


@pytest.mark.parametrize("trailing", [b"", bytes(9)])
def test_a_small_file_is_read_whole_and_once(trailing: bytes) -> None:
    data = image_file(trailing=trailing)
    source = RecordedSource(data)
    plan_write(scan(source), require_requests([PLANE], "refuse"), WriteOptions(), source)

    assert source.ranges == [(0, len(data))]
