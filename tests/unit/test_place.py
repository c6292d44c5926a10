"""A mask's geometry laid onto instances: exact views, in numbers; what does not fit is refused with numbers."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product
from math import cos, radians, sin

import numpy as np
import pytest

from dicom_overlay.series.frames import FramePlace
from dicom_overlay.series.grid import MaskGeometry, Plane, image_planes, regular_grid
from dicom_overlay.series.order import InstanceFacts
from dicom_overlay.series.place import MaskView, NearestView, Placement, View, place_mask
from failing import codes, fails_with

ROWS, COLUMNS, SLICES = 3, 4, 5
AXIAL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
CORONAL = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0))
SAGITTAL = ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0))
C, S = cos(radians(25)), sin(radians(25))
OBLIQUE = ((C, S, 0.0), (-S * C, C * C, S))
ORIENTATIONS = [
    pytest.param(axes, id=name)
    for name, axes in [("axial", AXIAL), ("coronal", CORONAL), ("sagittal", SAGITTAL), ("oblique", OBLIQUE)]
]
Vector = tuple[float, float, float]
Axes = tuple[Vector, Vector]


def cross(a: Vector, b: Vector) -> Vector:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def along(start: Vector, *steps: tuple[Vector, float]) -> Vector:
    x, y, z = (start[n] + sum(axis[n] * length for axis, length in steps) for n in range(3))
    return (x, y, z)


def instance(position: Vector, axes: Axes = AXIAL, *, number: int = 1, rows: int = ROWS) -> InstanceFacts:
    return InstanceFacts(
        transfer_syntax_uid=None,
        sop_class_uid=None,
        sop_instance_uid=f"1.2.{number}",
        series_instance_uid="1.2",
        frame_of_reference_uid="1.3",
        rows=rows,
        columns=COLUMNS,
        number_of_frames=1,
        image_position_patient=position,
        image_orientation_patient=(*axes[0], *axes[1]),
        pixel_spacing=(0.5, 0.75),
        instance_number=number,
        overlay_groups=(),
        has_pixel_data=True,
    )


def series(axes: Axes = AXIAL, distances: tuple[float, ...] = (0, 2.5, 5, 7.5, 10)) -> list[InstanceFacts]:
    normal = cross(*axes)
    start = (-40.0, 13.0, 77.5)
    return [instance(along(start, (normal, d)), axes, number=k + 1) for k, d in enumerate(distances)]


def geometry(files: list[InstanceFacts]) -> MaskGeometry:
    """The mask of the same grid as the files, voxel by voxel."""
    planes = [plane for index, file in enumerate(files) for plane in image_planes(file, index)]
    return regular_grid(planes, files[0].rows or 0, files[0].columns or 0).geometry


def whole(offset: int, row_step: int = COLUMNS, column_step: int = 1) -> MaskView:
    """A view of an image that is inside the mask with all its pixels."""
    return MaskView(offset, row_step, column_step, (0, ROWS), (0, COLUMNS))


def views(placed: Placement) -> list[View | None]:
    """The view of each single-frame image."""
    return [view for (view,) in placed.views]


def offsets(placed: Placement) -> list[int]:
    return [view.offset for view in views(placed) if isinstance(view, MaskView)]


def turned(grid: MaskGeometry, order: tuple[int, int, int], flips: tuple[bool, bool, bool]) -> MaskGeometry:
    """The same voxels in another order: axis n of the new one is axis ``order[n]``, backwards where it is flipped."""
    axes = [tuple(grid.direction[n::3]) for n in range(3)]
    origin = grid.origin
    for n in range(3):
        if flips[n]:
            origin = along(origin, (grid.axis(n), grid.size[n] - 1.0))
            axes[n] = tuple(-value for value in axes[n])
    return MaskGeometry(
        size=(grid.size[order[0]], grid.size[order[1]], grid.size[order[2]]),
        origin=origin,
        spacing=(grid.spacing[order[0]], grid.spacing[order[1]], grid.spacing[order[2]]),
        direction=tuple(axes[order[column]][row] for row in range(3) for column in range(3)),
    )


def place(files: list[InstanceFacts], mask: MaskGeometry, *, nearest: bool = False) -> Placement:
    names = [str(n) for n in range(len(files))]
    return place_mask(files, names, mask.size, mask, resample="nearest" if nearest else None)


@pytest.mark.parametrize("axes", ORIENTATIONS)
def test_a_mask_of_the_same_grid_lies_slice_on_slice(axes: Axes) -> None:
    files = series(axes)
    expected = [whole(k * ROWS * COLUMNS) for k in range(SLICES)]

    placed = place(files, geometry(files))
    backwards = place(files[::-1], geometry(files))

    assert (views(placed), placed.method, codes(placed.notices)) == (expected, "position", [])
    assert views(backwards) == expected[::-1]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
@pytest.mark.parametrize("flips", list(product((False, True), repeat=3)), ids=str)
@pytest.mark.parametrize("axes", ORIENTATIONS)
def test_every_flip_and_permutation_is_a_view_of_the_same_voxels(
    axes: Axes, order: tuple[int, int, int], flips: tuple[bool, bool, bool]
) -> None:
    files = series(axes)
    mask = turned(geometry(files), order, flips)
    size = (COLUMNS, ROWS, SLICES)

    placed = place(files, mask)

    assert placed.method == "position"
    for k, view in enumerate(views(placed)):
        assert isinstance(view, MaskView)
        for row, column in product(range(ROWS), range(COLUMNS)):
            pixel = [column, row, k]
            voxel = [size[n] - 1 - pixel[n] if flips[n] else pixel[n] for n in order]
            flat = voxel[0] + mask.size[0] * (voxel[1] + mask.size[1] * voxel[2])
            assert view.offset + row * view.row_step + column * view.column_step == flat


def test_a_missing_slice_leaves_the_others_where_they_are() -> None:
    files = series()
    mask = geometry(files)
    placed = place([files[0], files[3], files[4]], mask)

    assert offsets(placed) == [0, 36, 48]
    assert codes(placed.notices) == ["mask-slices-unused"]
    assert placed.notices[0].detail == {"found": 2, "expected": 5}


def test_a_mask_of_fewer_slices_leaves_the_other_images_without() -> None:
    files = series()
    placed = place(files, geometry(files[1:3]))

    assert views(placed) == [None, whole(0), whole(12), None, None]
    assert codes(placed.notices) == ["mask-covers-part"]
    assert placed.notices[0].detail == {"found": 2, "expected": 5}


def test_images_at_one_place_take_the_same_slice() -> None:
    files = series(distances=(0, 0, 2.5, 2.5))
    placed = place(files, geometry([files[0], files[2]]))

    assert offsets(placed) == [0, 0, 12, 12]
    assert codes(placed.notices) == ["slices-repeat"]


def test_a_mask_wider_than_the_image_is_cropped_with_a_notice() -> None:
    files = series()
    grid = geometry(files)
    wide = replace(grid, size=(COLUMNS + 2, ROWS + 1, SLICES), origin=along(grid.origin, (grid.axis(0), -1.0)))
    placed = place(files, wide)

    assert views(placed)[1] == whole(1 * 6 * 4 + 1, 6)
    assert codes(placed.notices) == ["mask-cropped"]


@pytest.mark.parametrize(
    "first, size, rows, columns",
    [((0, 0), (COLUMNS, 2), (0, 2), (0, 4)), ((1, 0), (2, ROWS), (0, 3), (1, 3)), ((-2, -1), (4, 3), (0, 2), (0, 2))],
)
def test_what_of_an_image_is_outside_the_mask_is_clear(
    first: tuple[int, int], size: tuple[int, int], rows: tuple[int, int], columns: tuple[int, int]
) -> None:
    files = series()
    grid = geometry(files)
    origin = along(grid.origin, (grid.axis(0), first[0]), (grid.axis(1), first[1]))
    placed = place(files, replace(grid, size=(*size, SLICES), origin=origin))
    view = views(placed)[2]

    assert isinstance(view, MaskView)
    assert (view.rows, view.columns) == (rows, columns)
    assert (
        view.offset + rows[0] * view.row_step + columns[0] * view.column_step
        == 2 * size[0] * size[1] + max(-first[0], 0) + max(-first[1], 0) * size[0]
    )
    assert codes(placed.notices)[0] == "mask-covers-part"
    assert placed.notices[0].detail == {"found": 0, "expected": 5}


def test_a_finer_mask_is_placed_where_each_pixel_lies_on_a_voxel() -> None:
    """PS3.3 C.7.6.2.1.1: half the spacing, and each pixel on every second voxel; a quarter aside it is refused."""
    files = series()
    grid = geometry(files)
    fine = replace(grid, size=(8, 9, 5), spacing=(0.375, 0.5 / 3, 2.5))
    placed = place(files, fine)

    assert views(placed)[1] == whole(72, 3 * 8, 2)
    assert codes(placed.notices) == ["mask-cropped"]
    with fails_with("mask-not-placed", field="position", index=0, found=0.25, expected=0.1, unit="voxel") as caught:
        place(files, replace(fine, origin=along(fine.origin, (fine.axis(0), 0.25))))
    assert caught.value.detail["field"] == "position"


def test_the_first_pixel_of_a_finer_mask_is_the_first_whose_voxel_is_in_it() -> None:
    """Pixels lie on every second voxel of a row: the first two on voxels -3 and -1, the third on voxel 1."""
    files = series()
    grid = geometry(files)
    fine = replace(grid, size=(4, 9, 5), spacing=(0.375, 0.5 / 3, 2.5))
    placed = place(files, replace(fine, origin=along(fine.origin, (fine.axis(0), 3))))

    assert views(placed)[0] == MaskView(-3, 3 * 4, 2, (0, ROWS), (2, 4))


@pytest.mark.parametrize("share, is_placed", [(0.0, True), (0.09, True), (-0.09, True), (0.11, False), (0.5, False)])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_tenth_of_a_voxel_is_near_enough(axis: int, share: float, is_placed: bool) -> None:
    files = series()[1:4]
    grid = geometry(series())
    moved = replace(grid, origin=along(grid.origin, (grid.axis(axis), share)))

    if is_placed:
        assert offsets(place(files, moved)) == [12, 24, 36]
        return
    with fails_with("mask-not-placed", "field", "index", "found", "expected", "unit") as caught:
        place(files, moved)
    detail = caught.value.detail
    assert (detail["field"], detail["unit"], detail["expected"]) == ("position", "voxel", 0.1)
    assert detail["found"] == pytest.approx(share)


@pytest.mark.parametrize(
    "per_row, per_column, fits", [(1.04, 1.0, True), (1.0, 1.03, True), (1.06, 1.0, False), (1.0, 1.04, False)]
)
def test_what_counts_is_how_far_the_last_row_and_column_are_from_their_voxels(
    per_row: float, per_column: float, fits: bool
) -> None:
    files = series()
    mask = geometry(files)
    finer = replace(mask, spacing=(mask.spacing[0] / per_column, mask.spacing[1] / per_row, mask.spacing[2]))
    if fits:
        assert views(place(files, finer)) == [whole(12 * k) for k in range(SLICES)]
        return
    with fails_with("mask-not-placed", "field", "index", "found", "expected", "unit"):
        place(files, finer)


def test_other_spacing_is_refused_with_the_step_in_voxels() -> None:
    files = series()
    grid = geometry(files)
    with fails_with("mask-not-placed", field="spacing", index=0, found=0.4, expected=1, unit="voxel") as caught:
        place(files, replace(grid, spacing=(1.875, 0.5, 2.5)))
    assert caught.value.detail == {"field": "spacing", "index": 0, "found": 0.4, "expected": 1, "unit": "voxel"}


def test_a_turned_mask_is_refused_with_the_angle() -> None:
    files = series()
    c, s = cos(radians(10)), sin(radians(10))
    with fails_with("mask-not-placed", field="direction", index=0, found=6.7044, expected=0, unit="degree") as caught:
        place(files, replace(geometry(files), direction=(c, -s, 0, s, c, 0, 0, 0, 1)))
    assert caught.value.detail["field"] == "direction"
    assert caught.value.detail["unit"] == "degree"
    assert 5 < float(str(caught.value.detail["found"])) < 15


def test_a_mask_elsewhere_is_refused_with_the_distance() -> None:
    files = series()
    grid = geometry(files)
    with fails_with("mask-not-placed", field="range", found=16.0, expected=0.5, unit="voxel") as caught:
        place(files, replace(grid, origin=along(grid.origin, (grid.axis(2), 20.0))))
    assert caught.value.detail["field"] == "range"
    assert caught.value.detail["found"] == pytest.approx(16)


def test_a_mask_whose_axes_lean_with_a_tilted_gantry_fits_by_position() -> None:
    files = [instance((0.0, 0.5 * k, 2.0 * k), number=k) for k in range(SLICES)]
    grid = geometry(series(distances=(0, 2, 4, 6, 8)))
    lean = replace(grid, origin=(0.0, 0.0, 0.0), spacing=(0.75, 0.5, 1.0), direction=(1, 0, 0, 0, 1, 0.5, 0, 0, 2.0))

    placed = place(files, lean)

    assert placed.method == "position"
    assert offsets(placed) == [0, 12, 24, 36, 48]


TILTED = [instance((0.0, 0.5 * k, 2.0 * k), number=k) for k in range(SLICES)]
UNEVEN = series(distances=(0, 1, 2, 4, 9))


@pytest.mark.parametrize("files", [pytest.param(TILTED, id="tilted"), pytest.param(UNEVEN, id="uneven")])
def test_a_mask_that_says_where_it_lies_is_placed_by_that_alone(files: list[InstanceFacts]) -> None:
    """ITK evens out distances and leaves a tilt away: a mask on its grid has as many slices, but lies elsewhere."""
    even = geometry(series(distances=(0, 2.25, 4.5, 6.75, 9)))
    start = files[0].image_position_patient or ()
    with fails_with("mask-not-placed", "field", "index", "found", "expected", "unit") as caught:
        place(files, replace(even, origin=(start[0], start[1], start[2])))
    assert caught.value.detail["field"] == "position"


def test_slices_at_uneven_distances_fit_a_fine_grid_by_position() -> None:
    grid = replace(geometry(UNEVEN), size=(COLUMNS, ROWS, 10), spacing=(0.75, 0.5, 1.0))
    placed = place(UNEVEN, grid)

    assert [offset // 12 for offset in offsets(placed)] == [0, 1, 2, 4, 9]
    assert codes(placed.notices) == ["mask-slices-unused"]


def test_nearest_is_taken_only_when_asked_and_only_where_it_is_needed() -> None:
    files = series()
    grid = geometry(files)
    fine = replace(grid, size=(8, 6, 5), spacing=(0.5, 0.25, 2.5))

    with fails_with("mask-not-placed", field="spacing", index=0, found=1.5, expected=2, unit="voxel"):
        place(files, fine)
    placed = place(files, fine, nearest=True)
    view = views(placed)[1]

    assert place(files, grid, nearest=True).method == "position"
    assert (placed.method, codes(placed.notices)) == ("nearest", ["resampled"])
    assert isinstance(view, NearestView)
    assert view.origin == pytest.approx((0, 0, 1))
    assert view.per_row == pytest.approx((0, 2, 0))
    assert view.per_column == pytest.approx((1.5, 0, 0))


def test_nearest_leaves_out_images_that_the_mask_does_not_reach_and_refuses_when_it_reaches_none() -> None:
    files = series()
    grid = replace(geometry(files), size=(4, 3, 2), spacing=(0.75, 0.6, 2.4))
    far = replace(grid, origin=(900.0, 0.0, 0.0))

    placed = place(files, grid, nearest=True)

    assert [view is not None for view in views(placed)] == [True, True, False, False, False]
    assert codes(placed.notices) == ["resampled", "mask-covers-part"]
    with fails_with("mask-not-placed", field="range", found=1250.3333, expected=0.5, unit="voxel"):
        place(files, far, nearest=True)


@pytest.mark.parametrize("field", ["image_position_patient", "image_orientation_patient", "pixel_spacing", "rows"])
def test_an_instance_without_its_place_is_named(field: str) -> None:
    files = series()
    grid = geometry(files)
    broken = [*files[:2], replace(files[2], **{field: None}), *files[3:]]  # type: ignore[arg-type]

    with fails_with("invalid-series", "field", "index") as caught:
        place(broken, grid)
    assert caught.value.detail == {"field": field, "index": 2}


def test_instances_that_share_no_space_or_have_frames_or_are_none_are_refused() -> None:
    files = series()
    grid = geometry(files)
    for broken in (
        [],
        [*files[:4], replace(files[4], frame_of_reference_uid="9")],
        [*files[:4], replace(files[4], number_of_frames=2)],
        [*files[:4], replace(files[4], pixel_spacing=(0.5, 0.0))],
        [*files[:4], replace(files[4], image_orientation_patient=(0.0,) * 6)],
        [*files[:4], replace(files[4], image_orientation_patient=(1.0, 0.0, 0.0, 1.0, 0.0, 0.0))],
    ):
        with fails_with("invalid-series"):
            place(broken, grid)


@pytest.mark.parametrize(
    "change",
    [
        {"size": (0, 1, 1)},
        {"spacing": (1.0, 0.0, 1.0)},
        {"spacing": (1.0, -1.0, 1.0)},
        {"origin": (float("nan"), 0.0, 0.0)},
        {"origin": (0.0, 0.0)},
        {"direction": (1.0,) * 8},
        {"direction": (1.0, 0, 0, 0, 1, 0, 1, 1, 0)},
    ],
    ids=lambda value: value if isinstance(value, str) else "files",
)
def test_numbers_that_are_no_geometry_are_an_invalid_mask(change: dict[str, tuple[float, ...]]) -> None:
    files = series()
    with fails_with("invalid-mask"):
        place(files, replace(geometry(files), **change))  # type: ignore[arg-type]


def test_another_frame_of_reference_is_refused_and_none_is_not() -> None:
    files = series()
    grid = geometry(files)

    assert place(files, grid.in_frame_of_reference("1.3")).method == "position"
    assert place([replace(f, frame_of_reference_uid=None) for f in files], grid.in_frame_of_reference("9")).views
    for nearest in (False, True):
        with fails_with("mask-not-placed", field="frame_of_reference_uid", index=0) as caught:
            place(files, grid.in_frame_of_reference("9"), nearest=nearest)
        assert caught.value.detail["field"] == "frame_of_reference_uid"


# Enhanced multi-frame images.


def enhanced(files: list[InstanceFacts]) -> InstanceFacts:
    """The same images as frames of one file."""
    frames = tuple(FramePlace(f.image_position_patient, f.image_orientation_patient, f.pixel_spacing) for f in files)
    return replace(
        files[0],
        number_of_frames=len(files),
        frames=frames,
        image_position_patient=None,
        image_orientation_patient=None,
        pixel_spacing=None,
    )


@pytest.mark.parametrize("axes", ORIENTATIONS)
def test_frames_lie_where_each_of_them_says(axes: Axes) -> None:
    """PS3.3 C.7.6.16.2.3 and .4: the order of the frames says nothing."""
    files = series(axes)
    shuffled = [files[n] for n in (3, 0, 4, 1, 2)]
    placed = place([enhanced(shuffled)], geometry(files))

    assert placed.views == (tuple(whole(12 * k) for k in (3, 0, 4, 1, 2)),)


def test_frames_that_the_mask_does_not_reach_have_no_view() -> None:
    files = series()
    placed = place([enhanced(files)], geometry(files[3:]))

    assert placed.views == ((None, None, None, whole(0), whole(12)),)
    assert placed.notices[0].detail == {"found": 2, "expected": 5}


@pytest.mark.parametrize("frames", [None, (), (FramePlace(None, None, None),) * 5])
def test_frames_that_do_not_say_where_they_lie_are_refused(frames: tuple[FramePlace, ...] | None) -> None:
    files = series()
    with fails_with("invalid-series", "field", "index"):
        place([replace(enhanced(files), frames=frames)], geometry(files))


# Images of one row or column, and masks of one slice.


def voxels(file: InstanceFacts, mask: MaskGeometry) -> dict[tuple[int, int], int]:
    """The element of the mask's flat array at each pixel that is inside, by the equation of PS3.3 C.7.6.2.1.1."""
    (plane,) = image_planes(file, 0)
    matrix = np.array(mask.direction).reshape(3, 3) * np.array(mask.spacing)
    pixels = list(product(range(file.rows or 0), range(file.columns or 0)))
    points = np.array(plane.position) + pixels @ np.array([plane.per_row, plane.per_column])
    voxels = np.rint(np.linalg.solve(matrix, (points - np.array(mask.origin)).T)).astype(int).T
    inside = ((voxels >= 0) & (voxels < mask.size)).all(axis=1)
    flat = (voxels @ (1, mask.size[0], mask.size[0] * mask.size[1])).tolist()
    return {pixel: place for pixel, place, is_in in zip(pixels, flat, inside, strict=True) if is_in}


def taken(view: View | None) -> dict[tuple[int, int], int]:
    """The element that a view takes at each pixel that is inside."""
    assert view is None or isinstance(view, MaskView)
    return {
        (r, c): view.offset + r * view.row_step + c * view.column_step
        for view in [view]
        if view is not None
        for r, c in product(range(*view.rows), range(*view.columns))
    }


@pytest.mark.parametrize("axes", ORIENTATIONS)
@pytest.mark.parametrize(
    "rows, columns, shift",
    [
        *((rows, columns, shift) for rows, columns in [(1, 4), (3, 1), (1, 1)] for shift in [(0, 0), (1, 2), (0, 3)]),
        *((3, 4, shift) for shift in [(0, 0), (1, 2), (-1, -2), (2, -3)]),
    ],
)
def test_each_pixel_of_a_small_image_takes_the_voxel_where_it_lies(
    axes: Axes, rows: int, columns: int, shift: tuple[int, int]
) -> None:
    files = series(axes)
    moved = [
        replace(
            file,
            rows=rows,
            columns=columns,
            image_position_patient=along(
                (file.image_position_patient or (0, 0, 0))[:3],  # type: ignore[arg-type]  # three of them
                (axes[1], 0.5 * shift[0]),
                (axes[0], 0.75 * shift[1]),
            ),
        )
        for file in files
    ]
    ways = list(product(permutations(range(3)), product([False, True], repeat=3)))
    # A third of them for each shape, another for the next: all are looked at above, where the image is whole.
    for order, flips in ways[(rows + columns + sum(shift)) % 3 :: 3]:
        mask = turned(geometry(files), order, flips)  # type: ignore[arg-type]  # three of each
        placed = place(moved, mask)
        assert [taken(view) for view in views(placed)] == [voxels(file, mask) for file in moved]


def test_a_mask_of_one_slice_is_laid_on_images_of_its_plane_alone() -> None:
    """A drawing on one image of a localizer says nothing of the images that cross it."""
    files = series()
    crossing = instance((-40.0, 13.0, 77.5), CORONAL, number=6)
    mask = geometry(files[:1])
    placed = place_mask([*files, crossing], list("abcdef"), mask.size, mask, is_plane=True)

    assert views(placed) == [whole(0), *([None] * 5)]


def test_an_image_whose_rows_and_columns_run_along_one_axis_is_refused() -> None:
    files = [
        replace(file, image_orientation_patient=(*AXIAL[0], *AXIAL[1]), pixel_spacing=(0.5, 0.75)) for file in series()
    ]
    mask = geometry(series())
    sheared = replace(mask, direction=(1.0, 0.999, 0.0, 0.0, 0.045, 0.0, 0.0, 0.0, 1.0))
    with fails_with("mask-not-placed", "field", "index", "found", "expected", "unit") as caught:
        place(files, sheared)
    assert caught.value.detail["field"] == "direction"


def test_an_image_that_touches_the_masks_outer_half_voxel_only_is_not_inside() -> None:
    files = series()
    beside = [
        replace(file, image_position_patient=along(file.image_position_patient, ((1.0, 0.0, 0.0), 0.75 * 3.5)))  # type: ignore[arg-type]  # three numbers
        for file in files
    ]
    with fails_with("mask-not-placed", "field", "index", "found", "expected", "unit"):
        place(beside, geometry(files))


def test_a_mask_between_the_pixels_of_all_images_is_refused() -> None:
    """The mask is one voxel wide, and the pixels of a row lie on voxels -1, 1, 3 and 5."""
    files = series()
    grid = geometry(files)
    fine = replace(grid, size=(1, 9, 5), spacing=(0.375, 0.5 / 3, 2.5))
    with fails_with("mask-not-placed", field="range", found=0.5, expected=0.5, unit="voxel"):
        place(files, replace(fine, origin=along(fine.origin, (fine.axis(0), 1))))


def test_directions_askew_name_their_image() -> None:
    files = series()
    askew = [*files[:2], replace(files[2], image_orientation_patient=(1.0, 0.0, 0.0, 1.0, 0.0, 0.0)), *files[3:]]
    with fails_with("invalid-series", field="image_orientation_patient", index=2):
        place(askew, geometry(files))


@pytest.mark.parametrize("change", [{"origin": (0.0, 0.0)}, {"direction": (1.0,) * 8}], ids=str)
def test_a_geometry_with_a_number_too_few_says_how_many_it_has(change: dict[str, tuple[float, ...]]) -> None:
    files = series()
    with fails_with("invalid-mask", field="geometry", found=17, expected=18):
        place(files, replace(geometry(files), **change))  # type: ignore[arg-type]  # that is the fault


@pytest.mark.parametrize("change, expected", [({"rows": None}, [0, COLUMNS]), ({"columns": None}, [ROWS, 0])], ids=str)
def test_by_order_an_image_without_a_size_is_refused(change: dict[str, None], expected: list[int]) -> None:
    files = [replace(series()[0], **change)]  # type: ignore[arg-type]  # that is the fault
    with fails_with("invalid-mask", field="size", expected=expected, found=[ROWS, COLUMNS]):
        by_order(files, (COLUMNS, ROWS, 1))


# Without a place.


def by_order(files: list[InstanceFacts], size: tuple[int, int, int]) -> Placement:
    return place_mask(files, list("abcde"), size, None)


def test_a_mask_without_a_place_follows_itks_order_and_that_is_said() -> None:
    placed = by_order(series()[::-1], (COLUMNS, ROWS, SLICES))

    assert placed.method == "order"
    assert offsets(placed) == [48, 36, 24, 12, 0]
    assert codes(placed.notices) == ["placed-by-order"]


def test_frames_count_as_slices() -> None:
    file = replace(series()[0], number_of_frames=3)
    placed = by_order([file], (COLUMNS, ROWS, 3))

    assert placed.views == ((whole(0), whole(12), whole(24)),)


def test_other_counts_and_sizes_are_refused_with_numbers() -> None:
    files = series()
    with fails_with("invalid-series", field="slices", expected=5, found=4) as caught:
        by_order(files, (COLUMNS, ROWS, 4))
    assert caught.value.detail == {"field": "slices", "expected": 5, "found": 4}
    with fails_with("invalid-mask", field="size", expected=[3, 4], found=[4, 3]) as caught:
        by_order(files, (ROWS, COLUMNS, 5))
    assert caught.value.detail == {"field": "size", "expected": [3, 4], "found": [4, 3]}


# The grid of a series.


def planes(files: list[InstanceFacts]) -> list[Plane]:
    return [plane for index, file in enumerate(files) for plane in image_planes(file, index)]


def test_a_grid_may_have_slices_without_an_image_and_takes_rounded_positions() -> None:
    files = series(distances=(0, 2.5004, 7.4999, 12.5, 500))
    found = regular_grid(planes(files[::-1]), ROWS, COLUMNS)

    assert found.slices == (200, 5, 3, 1, 0)
    assert found.geometry.size == (COLUMNS, ROWS, 201)
    assert found.geometry.spacing == pytest.approx((0.75, 0.5, 2.5))


@pytest.mark.parametrize("step, distance", [(None, 0.5), (3.0, 3.0)])
def test_a_single_image_has_the_distance_that_is_given_or_that_of_its_pixels(
    step: float | None, distance: float
) -> None:
    found = regular_grid(planes(series()[:1]), ROWS, COLUMNS, step=step)

    assert found.slices == (0,)
    assert found.geometry == replace(geometry(series()), size=(COLUMNS, ROWS, 1), spacing=(0.75, 0.5, distance))


@pytest.mark.parametrize("step, slices", [(None, (0, 1, 2)), (2.5, (0, 2, 4)), (4.0, (0, 1, 2)), (5.0, (0, 1, 2))])
def test_a_distance_that_is_given_is_taken_where_all_images_lie_on_it(
    step: float | None, slices: tuple[int, ...]
) -> None:
    found = regular_grid(planes(series(distances=(0, 5, 10))), ROWS, COLUMNS, step=step)

    assert found.slices == slices
    assert found.geometry.spacing[2] == pytest.approx(10 / max(slices))


@pytest.mark.parametrize(
    "files, field",
    [
        (TILTED, "shifted"),
        (series(distances=(0, 1, 2.4, 4, 9)), "distances"),
        (series() + series(), "positions"),
        (series() + series(CORONAL), "orientation"),
        ([*series(), replace(series(distances=(20,))[0], pixel_spacing=(0.5, 0.5))], "orientation"),
    ],
    ids=lambda value: value if isinstance(value, str) else "files",
)
def test_what_is_not_one_grid_is_named(files: list[InstanceFacts], field: str) -> None:
    with fails_with("invalid-series") as caught:
        regular_grid(planes(files), ROWS, COLUMNS)
    assert caught.value.detail["field"] == field
