"""The planes of a series' files become one volume for each label, slice by slice as they lie on the images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dicom_files import pack
from dicom_overlay import Notice, OverlayPlane
from dicom_overlay.series.gather import FilePlanes, OverlayVolume, gather_volumes
from dicom_overlay.series.order import InstanceFacts
from failing import codes

ROWS, COLUMNS = 5, 7


def facts(frames: int = 1) -> InstanceFacts:
    return InstanceFacts(
        transfer_syntax_uid=None,
        sop_class_uid=None,
        sop_instance_uid=None,
        series_instance_uid=None,
        frame_of_reference_uid=None,
        rows=ROWS,
        columns=COLUMNS,
        number_of_frames=frames,
        image_position_patient=None,
        image_orientation_patient=None,
        pixel_spacing=None,
        instance_number=None,
        overlay_groups=(),
        has_pixel_data=True,
    )


def picture(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).random(shape or (ROWS, COLUMNS)) < 0.5


def plane(mask: np.ndarray, group: int = 0x6000, label: str | None = None, **options: object) -> OverlayPlane:
    return OverlayPlane.from_mask(mask, group=group, label=label, **options)  # type: ignore[arg-type]


def gather(*files: list[OverlayPlane], frames: int = 1) -> list[OverlayVolume]:
    volumes, _ = gather_volumes(FilePlanes(facts=facts(frames), planes=planes) for planes in files)
    return list(volumes)


def array(volume: OverlayVolume) -> np.ndarray:
    return np.frombuffer(volume.to_mask(), np.uint8).reshape(-1, ROWS, COLUMNS) > 0


@pytest.mark.usefixtures("either_way")
def test_planes_of_a_label_belong_together_whatever_their_groups() -> None:
    masks = [picture(k) for k in range(4)]
    liver, other = gather(
        [plane(masks[0], 0x6000, "liver"), plane(masks[1], 0x6002)],
        [],
        [plane(masks[2], 0x6004, "liver"), plane(masks[3], 0x6002)],
    )
    blank = np.zeros_like(masks[0])

    assert (liver.label, liver.groups, liver.overlay_type) == ("liver", (0x6000, None, 0x6004), "G")
    assert (other.label, other.groups) == (None, (0x6002, None, 0x6002))
    assert (array(liver) == np.stack([masks[0], blank, masks[2]])).all()
    assert (array(other) == np.stack([masks[1], blank, masks[3]])).all()
    assert liver.slices[1] is None
    assert (codes(liver.notices), codes(other.notices)) == ([], [])


def test_what_was_packed_stays_packed_as_it_was() -> None:
    mask = plane(picture(1))
    (volume,) = gather([mask])

    assert volume.slices == (mask.packed,)


def test_a_label_twice_in_a_file_is_one_volume_of_the_joined_pixels_and_said() -> None:
    masks = [picture(k) for k in range(3)]
    (volume,) = gather([plane(masks[0], 0x6000, "a"), plane(masks[1], 0x6002, "a")], [plane(masks[2], 0x6004, "a")])

    assert volume.groups == (0x6000, 0x6004)
    assert (array(volume) == np.stack([masks[0] | masks[1], masks[2]])).all()
    assert [(n.code, n.detail) for n in volume.notices] == [("layer-repeated", {"index": 0, "group": 0x6002})]


def test_only_the_labels_asked_for_are_taken() -> None:
    planes = [plane(picture(1), 0x6000, "a"), plane(picture(2), 0x6002, "b"), plane(picture(3), 0x6004)]
    volumes, _ = gather_volumes([FilePlanes(facts=facts(), planes=planes)], labels=["b"])

    assert [volume.label for volume in volumes] == ["b"]


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize(
    "shape, origin, code",
    [
        ((2, 3), (2, 3), "plane-enlarged"),
        ((5, 7), (2, 1), "plane-cropped"),
        ((9, 11), (-1, -2), "plane-cropped"),
        ((5, 7), (-3, 6), "plane-cropped"),
        ((2, 2), (40, 40), "plane-cropped"),
    ],
)
def test_a_plane_is_laid_onto_the_image_by_its_origin(
    shape: tuple[int, int], origin: tuple[int, int], code: str
) -> None:
    mask = picture(4, *shape)
    wanted = np.zeros((ROWS, COLUMNS), bool)
    for row, column in np.argwhere(mask):
        r, c = row + origin[0] - 1, column + origin[1] - 1
        if 0 <= r < ROWS and 0 <= c < COLUMNS:
            wanted[r, c] = True
    (volume,) = gather([plane(mask, origin=origin)])

    assert (array(volume)[0] == wanted).all()
    assert codes(volume.notices) == [code]
    assert volume.notices[0].detail == {"index": 0, "group": 0x6000}


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (4, 6), (5, 7)])
@pytest.mark.parametrize("row", range(-4, 8))
@pytest.mark.parametrize("column", range(-4, 9))
def test_a_plane_that_leaves_its_image_is_cropped_and_one_inside_it_is_enlarged(
    shape: tuple[int, int], row: int, column: int
) -> None:
    (volume,) = gather([plane(np.ones(shape, bool), origin=(row, column))])
    is_inside = row >= 1 and column >= 1 and row + shape[0] - 1 <= ROWS and column + shape[1] - 1 <= COLUMNS
    is_whole = (shape, row, column) == ((ROWS, COLUMNS), 1, 1)

    expected = [] if is_whole else ["plane-enlarged" if is_inside else "plane-cropped"]
    assert codes(volume.notices) == expected


@pytest.mark.parametrize("rows, columns", [(5, 7), (4, 4), (2, 4), (8, 8), (3, 8), (1, 1), (16, 1)])
@pytest.mark.parametrize("frames", [1, 2, 3, 9])
def test_each_frame_is_packed_for_itself_whatever_its_number_of_pixels(rows: int, columns: int, frames: int) -> None:
    masks = picture(7, frames, rows, columns)
    image = replace(facts(frames), rows=rows, columns=columns)
    ((volume,), _) = gather_volumes([FilePlanes(facts=image, planes=[plane(masks)])])

    assert volume.slices == tuple(pack(mask.ravel().tolist()) for mask in masks)


@pytest.mark.usefixtures("either_way")
def test_frames_are_slices_between_those_of_other_files() -> None:
    masks = picture(5, 3, ROWS, COLUMNS)
    (volume,) = gather([plane(masks)], [plane(picture(6), 0x6000)], frames=3)

    assert (array(volume)[:3] == masks).all()
    # A plane that does not say how many frames it has is for every frame (CP-1974).
    assert all((image == picture(6)).all() for image in array(volume)[3:])


@pytest.mark.parametrize("first, expected", [(2, [None, 0, 1]), (3, [None, None, 0]), (None, [0, 1, None])])
def test_planes_of_some_frames_start_at_their_frame(first: int | None, expected: list[int | None]) -> None:
    masks = picture(7, 2, ROWS, COLUMNS)
    (volume,) = gather([plane(masks, image_frame_origin=first)], frames=3)

    for image, frame in zip(array(volume), expected, strict=True):
        assert (image == (np.zeros((ROWS, COLUMNS), bool) if frame is None else masks[frame])).all()
    is_whole = {0, 1} <= set(expected)
    assert codes(volume.notices) == ([] if is_whole else ["frames-left-out"])


def test_what_was_unusual_is_said_with_the_file_it_was_in() -> None:
    odd = OverlayPlane(
        rows=ROWS,
        columns=COLUMNS,
        packed=bytes(6),
        group=0x6000,
        overlay_type="R",
        notices=(Notice("short-data", "x"),),
    )
    cut = FilePlanes(facts=facts(), planes=[odd], notices=(Notice("truncated-file", "y"),))
    (volume,), notices = gather_volumes([FilePlanes(facts=facts(), planes=[plane(picture(1))]), cut])

    assert [(notice.code, notice.detail["index"]) for notice in volume.notices] == [
        ("short-data", 1),
        ("types-differ", 1),
    ]
    assert volume.overlay_type == "G"
    assert [(notice.code, notice.detail) for notice in notices] == [("truncated-file", {"index": 1})]


def test_no_plane_is_no_volume() -> None:
    assert gather([], []) == []
    assert gather_volumes([]) == ((), ())
