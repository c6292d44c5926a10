"""A mask's geometry laid onto instances: exact views, in numbers; what does not fit is refused with numbers."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product
from math import cos, radians, sin

import pytest

from dicom_overlay.series.grid import MaskGeometry, itk_geometry
from dicom_overlay.series.order import InstanceFacts
from dicom_overlay.series.place import MaskView, NearestView, Placement, place_by_order, place_mask
from failing import fails_with

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
    return itk_geometry(files, range(len(files)))


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
    return place_mask(files, [str(n) for n in range(len(files))], mask, resample="nearest" if nearest else None)


def codes(placement: Placement) -> list[str]:
    return [notice.code for notice in placement.notices]


@pytest.mark.parametrize("axes", ORIENTATIONS)
def test_a_mask_of_the_same_grid_lies_slice_on_slice(axes: Axes) -> None:
    files = series(axes)
    expected = [MaskView(k * ROWS * COLUMNS, COLUMNS, 1) for k in range(SLICES)]

    placed = place(files, geometry(files))
    backwards = place(files[::-1], geometry(files))

    assert (list(placed.views), placed.method, codes(placed)) == (expected, "world", [])
    assert list(backwards.views) == expected[::-1]


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

    assert placed.method == "world"
    for k, view in enumerate(placed.views):
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

    assert [view.offset for view in placed.views if isinstance(view, MaskView)] == [0, 36, 48]
    assert codes(placed) == ["mask-slices-unused"]
    assert placed.notices[0].detail == {"found": 2, "expected": 5}


def test_a_mask_of_fewer_slices_leaves_the_other_images_without() -> None:
    files = series()
    placed = place(files, geometry(files[1:3]))

    assert placed.views == (None, MaskView(0, 4, 1), MaskView(12, 4, 1), None, None)
    assert codes(placed) == ["mask-covers-part"]
    assert placed.notices[0].detail == {"found": 2, "expected": 5}


def test_images_at_one_place_take_the_same_slice() -> None:
    files = series(distances=(0, 0, 2.5, 2.5))
    placed = place(files, geometry([files[0], files[2]]))

    assert [view.offset for view in placed.views if isinstance(view, MaskView)] == [0, 0, 12, 12]
    assert codes(placed) == ["slices-repeat"]


def test_a_mask_wider_than_the_image_is_cropped_with_a_notice() -> None:
    files = series()
    grid = geometry(files)
    wide = replace(grid, size=(COLUMNS + 2, ROWS + 1, SLICES), origin=along(grid.origin, (grid.axis(0), -1.0)))
    placed = place(files, wide)

    assert placed.views[1] == MaskView(1 * 6 * 4 + 1, 6, 1)
    assert codes(placed) == ["mask-cropped"]


def test_an_image_that_reaches_beyond_the_mask_is_refused_with_both_sizes() -> None:
    files = series()
    narrow = replace(geometry(files), size=(COLUMNS, ROWS - 1, SLICES))

    with fails_with("mask-not-placed") as caught:
        place(files, narrow)
    assert caught.value.detail == {
        "field": "size",
        "index": 0,
        "expected": [3, 4],
        "found": [2, 4],
        "outside": 1,
        "unit": "voxel",
    }


@pytest.mark.parametrize("share, is_placed", [(0.0, True), (0.09, True), (-0.09, True), (0.11, False), (0.5, False)])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_tenth_of_a_voxel_is_near_enough(axis: int, share: float, is_placed: bool) -> None:
    files = series()[1:4]
    grid = geometry(series())
    moved = replace(grid, origin=along(grid.origin, (grid.axis(axis), share)))

    if is_placed:
        assert [view.offset for view in place(files, moved).views if isinstance(view, MaskView)] == [12, 24, 36]
        return
    with fails_with("mask-not-placed") as caught:
        place(files, moved)
    detail = caught.value.detail
    assert (detail["field"], detail["unit"], detail["expected"]) == ("position", "voxel", 0.1)
    assert detail["found"] == pytest.approx(share)


def test_other_spacing_is_refused_with_the_step_in_voxels() -> None:
    files = series()
    grid = geometry(files)
    with fails_with("mask-not-placed") as caught:
        place(files, replace(grid, spacing=(1.5, 0.5, 2.5)))
    assert caught.value.detail == {"field": "spacing", "index": 0, "found": 0.5, "expected": 1, "unit": "voxel"}


def test_a_turned_mask_is_refused_with_the_angle() -> None:
    files = series()
    c, s = cos(radians(10)), sin(radians(10))
    with fails_with("mask-not-placed") as caught:
        place(files, replace(geometry(files), direction=(c, -s, 0, s, c, 0, 0, 0, 1)))
    assert caught.value.detail["field"] == "direction"
    assert caught.value.detail["unit"] == "degree"
    assert 5 < float(str(caught.value.detail["found"])) < 15


def test_a_mask_elsewhere_is_refused_with_the_distance() -> None:
    files = series()
    grid = geometry(files)
    with fails_with("mask-not-placed") as caught:
        place(files, replace(grid, origin=along(grid.origin, (grid.axis(2), 20.0))))
    assert caught.value.detail["field"] == "range"
    assert caught.value.detail["found"] == pytest.approx(16)


def test_a_mask_whose_axes_lean_with_a_tilted_gantry_fits_by_position() -> None:
    files = [instance((0.0, 0.5 * k, 2.0 * k), number=k) for k in range(SLICES)]
    grid = geometry(files)
    lean = replace(grid, spacing=(0.75, 0.5, 1.0), direction=(1, 0, 0, 0, 1, 0.5, 0, 0, 2.0))

    placed = place(files, lean)

    assert placed.method == "world"
    assert [view.offset for view in placed.views if isinstance(view, MaskView)] == [0, 12, 24, 36, 48]


TILTED = [instance((0.0, 0.5 * k, 2.0 * k), number=k) for k in range(SLICES)]
UNEVEN = series(distances=(0, 1, 2, 4, 9))


@pytest.mark.parametrize("files", [pytest.param(TILTED, id="tilted"), pytest.param(UNEVEN, id="uneven")])
@pytest.mark.parametrize("flips", [(False, False, False), (True, True, False), (False, True, True)], ids=str)
def test_a_mask_on_the_grid_that_itk_makes_is_counted_and_said(
    files: list[InstanceFacts], flips: tuple[bool, bool, bool]
) -> None:
    mask = turned(geometry(files), (0, 1, 2), flips)
    placed = place(files, mask)
    slices = [view.offset // 12 for view in placed.views if isinstance(view, MaskView)]

    assert (placed.method, codes(placed)) == ("grid", ["placed-on-itk-grid"])
    assert slices == ([4, 3, 2, 1, 0] if flips[2] else [0, 1, 2, 3, 4])


@pytest.mark.parametrize("files", [pytest.param(TILTED, id="tilted"), pytest.param(UNEVEN, id="uneven")])
def test_a_part_of_itks_grid_is_not_guessed(files: list[InstanceFacts]) -> None:
    grid = geometry(files)
    with fails_with("mask-not-placed") as caught:
        place(files, replace(grid, size=(COLUMNS, ROWS, SLICES - 1)))
    assert caught.value.detail["field"] in {"position", "size"}


def test_slices_at_uneven_distances_fit_a_fine_grid_by_position() -> None:
    grid = replace(geometry(UNEVEN), size=(COLUMNS, ROWS, 10), spacing=(0.75, 0.5, 1.0))
    placed = place(UNEVEN, grid)

    assert [view.offset // 12 for view in placed.views if isinstance(view, MaskView)] == [0, 1, 2, 4, 9]
    assert codes(placed) == ["mask-slices-unused"]


def test_nearest_is_taken_only_when_asked_and_only_where_it_is_needed() -> None:
    files = series()
    grid = geometry(files)
    fine = replace(grid, size=(8, 6, 5), spacing=(0.375, 0.25, 2.5))

    with fails_with("mask-not-placed"):
        place(files, fine)
    placed = place(files, fine, nearest=True)
    view = placed.views[1]

    assert place(files, grid, nearest=True).method == "world"
    assert (placed.method, codes(placed)) == ("nearest", ["resampled"])
    assert isinstance(view, NearestView)
    assert view.origin == pytest.approx((0, 0, 1))
    assert view.per_row == pytest.approx((0, 2, 0))
    assert view.per_column == pytest.approx((2, 0, 0))


def test_nearest_leaves_out_images_that_the_mask_does_not_reach_and_refuses_when_it_reaches_none() -> None:
    files = series()
    grid = replace(geometry(files), size=(4, 3, 2), spacing=(0.75, 0.6, 2.4))
    far = replace(grid, origin=(900.0, 0.0, 0.0))

    placed = place(files, grid, nearest=True)

    assert [view is not None for view in placed.views] == [True, True, False, False, False]
    assert codes(placed) == ["resampled", "mask-covers-part"]
    with fails_with("mask-not-placed"):
        place(files, far, nearest=True)


@pytest.mark.parametrize("field", ["image_position_patient", "image_orientation_patient", "pixel_spacing", "rows"])
def test_an_instance_without_its_place_is_named(field: str) -> None:
    files = series()
    grid = replace(geometry(files), origin=(1.0, 2.0, 3.0))
    broken = [*files[:2], replace(files[2], **{field: None}), *files[3:]]  # type: ignore[arg-type]

    with fails_with("invalid-series") as caught:
        place(broken, grid)
    assert caught.value.detail == {"field": field, "index": 2}


def test_instances_that_share_no_space_or_have_frames_or_are_none_are_refused() -> None:
    files = series()
    grid = geometry(files)
    for broken in (
        [],
        [*files[:4], replace(files[4], frame_of_reference_uid="9")],
        [*files[:4], replace(files[4], number_of_frames=2)],
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
    ids=str,
)
def test_numbers_that_are_no_geometry_are_an_invalid_mask(change: dict[str, tuple[float, ...]]) -> None:
    files = series()
    with fails_with("invalid-mask"):
        place(files, replace(geometry(files), **change))  # type: ignore[arg-type]


# Without geometry.


def test_a_mask_without_geometry_follows_itks_order() -> None:
    files = series()
    placed = place_by_order(files[::-1], list("abcde"), (COLUMNS, ROWS, SLICES))

    assert placed.method == "order"
    assert [view.offset for view in placed.views if isinstance(view, MaskView)] == [48, 36, 24, 12, 0]


def test_frames_count_as_slices() -> None:
    file = replace(series()[0], number_of_frames=3)
    placed = place_by_order([file], ["a"], (COLUMNS, ROWS, 3))

    assert placed.views == (MaskView(0, 4, 1, 12),)


def test_other_counts_and_sizes_are_refused_with_numbers() -> None:
    files = series()
    with fails_with("invalid-series") as caught:
        place_by_order(files, list("abcde"), (COLUMNS, ROWS, 4))
    assert caught.value.detail == {"field": "slices", "expected": 5, "found": 4}
    with fails_with("invalid-mask") as caught:
        place_by_order(files, list("abcde"), (ROWS, COLUMNS, 5))
    assert caught.value.detail == {"field": "size", "expected": [3, 4], "found": [4, 3]}
