"""Which voxel of a mask lies on which pixel: a mask's geometry laid onto a series' instances.

Theory of operation. Both sides have world coordinates (`grid`). Where an image's pixels hit voxel centres, and one
step on the image is one step in the mask, the image is a view of the mask's flat array: ``offset + r * row_step + c *
column_step``, with steps of either sign along any axis. The answer is such views, plain numbers, so that every caller
only copies. Nothing is interpolated unless that is asked for.

ITK reads a series onto a grid of its own: it leaves out a gantry's tilt and evens out the slices' distances. A mask
drawn on such a grid does not fit by position, although it belongs to the series voxel by voxel; it is known by its
grid, which is made here as ITK makes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import acos, degrees, prod, sqrt
from typing import Final, Literal

from dicom_overlay.errors import InvalidMaskError, InvalidSeriesError, MaskNotPlacedError
from dicom_overlay.notices import Notice, make_notice

from .grid import MaskGeometry, PixelGrid, Plane, Triple, invert, itk_geometry, norm, plane_of
from .order import InstanceFacts, order_instances

__all__ = ["TOLERANCE", "MaskGeometry", "MaskView", "NearestView", "Placement", "place_by_order", "place_mask"]

TOLERANCE: Final = 0.1
"""Largest distance of a pixel from its voxel's centre, in voxels along any axis."""


@dataclass(frozen=True, slots=True)
class MaskView:
    """An instance's pixels in the mask's flat array.

    Frame f, row r, column c, all from 0, is element ``offset + f * frame_step + r * row_step + c * column_step``.
    """

    offset: int
    row_step: int
    column_step: int
    frame_step: int = 0


@dataclass(frozen=True, slots=True)
class NearestView:
    """An instance's pixels by nearest neighbour, in voxel coordinates (i, j, k).

    Pixel (r, c) takes voxel ``floor(origin + r * per_row + c * per_column + 0.5)``; outside the mask it is clear.
    """

    origin: Triple
    per_row: Triple
    per_column: Triple


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where each instance's pixels are in the mask.

    Attributes
    ----------
    views : one for each instance, in the order given; None where the mask does not reach the instance.
    method : "world" by position, "grid" on the grid that ITK makes of the series, "order" by counting, or "nearest".
    notices : what the caller should tell its user.
    """

    views: tuple[MaskView | NearestView | None, ...]
    method: Literal["world", "grid", "order", "nearest"]
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class _Hit:
    """An exact view with the mask's axes (0 to 2) that rows and columns run along, and its slice on the third."""

    view: MaskView
    row_axis: int
    column_axis: int
    slice_index: int

    @property
    def normal_axis(self) -> int:
        return 3 - self.row_axis - self.column_axis


def place_mask(
    instances: Sequence[InstanceFacts],
    names: Sequence[str],
    geometry: MaskGeometry,
    *,
    resample: Literal["nearest"] | None = None,
) -> Placement:
    """Lay a mask onto instances by world coordinates.

    Parameters
    ----------
    instances : single-frame, of one frame of reference, in any order.
    names : their paths or names; needed to tell ITK's order.
    geometry : the mask's.
    resample : "nearest" takes the nearest voxel where pixels and voxels do not meet, and only then; None refuses.

    Raises
    ------
    MaskNotPlacedError : the mask does not fit; ``field`` says in what (direction, spacing, position, size or
        range), ``index`` which instance, ``found`` and ``expected`` how far off, in ``unit``.
    InvalidSeriesError : an instance lacks its place or has several frames, or there is none.
    InvalidMaskError : the geometry is none.
    """
    inverse = invert(geometry)
    _require_one_space(instances)
    try:
        grids = _grids(instances, geometry, inverse)
        hits = [_find(grid, geometry.size, index) for index, grid in enumerate(grids)]
        _require_some(hits, grids, geometry.size)
    except (MaskNotPlacedError, InvalidSeriesError):
        on_grid = _place_on_itk_grid(instances, names, geometry, inverse)
        if on_grid is not None:
            return on_grid
        if resample is None:
            raise
        return _place_nearest(_grids(instances, geometry, inverse), geometry.size)
    views = tuple(None if hit is None else hit.view for hit in hits)
    return Placement(views=views, method="world", notices=_coverage(hits, grids, geometry.size))


def place_by_order(instances: Sequence[InstanceFacts], names: Sequence[str], size: tuple[int, int, int]) -> Placement:
    """Lay a mask without geometry onto a whole series: slice k is the k-th image in ITK's order.

    Parameters
    ----------
    names : the instances' paths or names; see `order_instances`.
    size : (columns, rows, slices) of the mask.

    Raises
    ------
    InvalidSeriesError : the mask has another number of slices than the series has images (files, or frames), or
        the instances are not one volume.
    InvalidMaskError : the mask has other rows or columns.
    """
    order, notices = order_instances(instances, names)
    columns, rows, slices = size
    total = sum(facts.number_of_frames for facts in instances)
    if total != slices:
        msg = "the mask has another number of slices than the series has images"
        raise InvalidSeriesError(msg, field="slices", expected=total, found=slices)
    wanted = [instances[0].rows or 0, instances[0].columns or 0]
    if wanted != [rows, columns]:
        msg = "the mask has other rows and columns than the images"
        raise InvalidMaskError(msg, field="size", expected=wanted, found=[rows, columns])
    views: list[MaskView | None] = [None] * len(instances)
    first = 0
    for index in order:
        views[index] = MaskView(first * rows * columns, columns, 1, rows * columns)
        first += instances[index].number_of_frames
    return Placement(views=tuple(views), method="order", notices=notices)


def _require_one_space(instances: Sequence[InstanceFacts]) -> None:
    if not instances:
        msg = "no instance was given"
        raise InvalidSeriesError(msg, field="instances", found=0)
    frames_of_reference = {facts.frame_of_reference_uid for facts in instances}
    if len(frames_of_reference) > 1:
        msg = "the instances differ in frame of reference uid; they are not one volume"
        raise InvalidSeriesError(msg, field="frame_of_reference_uid", found=len(frames_of_reference))
    for index, facts in enumerate(instances):
        if facts.number_of_frames > 1:
            msg = "a mask with a geometry is placed on single-frame images only"
            raise InvalidSeriesError(msg, field="number_of_frames", index=index, found=facts.number_of_frames)


def _grids(instances: Sequence[InstanceFacts], geometry: MaskGeometry, inverse: Sequence[Triple]) -> list[PixelGrid]:
    """Return each instance's pixels in voxel coordinates.

    Raises
    ------
    InvalidSeriesError : an instance does not say where it is.
    """
    for index, facts in enumerate(instances):
        for field in ("rows", "columns", "image_position_patient", "image_orientation_patient", "pixel_spacing"):
            if not getattr(facts, field):
                msg = f"an instance lacks its {field.replace('_', ' ')}; a mask cannot be placed by position"
                raise InvalidSeriesError(msg, field=field, index=index)
    return [_grid(plane_of(facts), facts, geometry, inverse) for facts in instances]


def _grid(plane: Plane, facts: InstanceFacts, geometry: MaskGeometry, inverse: Sequence[Triple]) -> PixelGrid:
    return PixelGrid.of(plane, geometry, inverse, facts.rows or 0, facts.columns or 0)


# By position.


def _find(grid: PixelGrid, size: tuple[int, int, int], index: int) -> _Hit | None:
    """Return the exact view of an instance; None where its slice is outside the mask.

    Raises
    ------
    MaskNotPlacedError : its pixels are not the mask's voxels.
    """
    row_axis, row_sign = _axis_of(grid.per_row, grid.rows - 1, index)
    column_axis, column_sign = _axis_of(grid.per_column, grid.columns - 1, index)
    if row_axis == column_axis:
        msg = "an image's rows and columns run along one axis of the mask"
        raise MaskNotPlacedError(msg, field="direction", index=index)
    normal_axis = 3 - row_axis - column_axis
    if not -0.5 <= grid.middle[normal_axis] < size[normal_axis] - 0.5:
        return None
    start = [round(value) for value in grid.origin]
    for row, column in grid.corners:
        voxel = list(start)
        voxel[row_axis] += row_sign * row
        voxel[column_axis] += column_sign * column
        _require_close(grid.at(row, column), voxel, normal_axis, index)
        outside = max(max(-a, a - (n - 1)) for a, n in zip(voxel, size, strict=True))
        if outside > 0:
            msg = "an image reaches beyond the mask"
            wanted, found = [grid.rows, grid.columns], [size[row_axis], size[column_axis]]
            raise MaskNotPlacedError(
                msg, field="size", index=index, expected=wanted, found=found, outside=outside, unit="voxel"
            )
    steps = (1, size[0], size[0] * size[1])
    offset = sum(a * step for a, step in zip(start, steps, strict=True))
    view = MaskView(offset, row_sign * steps[row_axis], column_sign * steps[column_axis])
    return _Hit(view, row_axis, column_axis, start[normal_axis])


def _axis_of(step: Triple, far: int, index: int) -> tuple[int, int]:
    """Return the mask's axis, 0 to 2, along which a step on the image goes, and its sign.

    Parameters
    ----------
    far : steps to the image's last row or column, where the differences add up.

    Raises
    ------
    MaskNotPlacedError : the image leaves the axis, or its pixels are no voxels.
    """
    axis = max(range(3), key=lambda n: abs(step[n]))
    length = norm(step)
    aside = sqrt(max(length * length - step[axis] * step[axis], 0.0))
    if aside * far > 2 * TOLERANCE:
        msg = "the mask's axes are turned or sheared against the image's"
        angle = degrees(acos(min(abs(step[axis]) / length, 1.0)))
        raise MaskNotPlacedError(msg, field="direction", index=index, found=round(angle, 4), expected=0, unit="degree")
    if abs(abs(step[axis]) - 1) * far > 2 * TOLERANCE:
        msg = "the mask's voxels are larger or smaller than the image's pixels"
        found = round(abs(step[axis]), 6)
        raise MaskNotPlacedError(msg, field="spacing", index=index, found=found, expected=1, unit="voxel")
    return axis, 1 if step[axis] > 0 else -1


def _require_close(point: Triple, voxel: Sequence[int], normal_axis: int, index: int) -> None:
    off = [abs(a - b) for a, b in zip(point, voxel, strict=True)]
    if max(off) > TOLERANCE:
        where = "slices" if off[normal_axis] == max(off) else "rows or columns"
        msg = f"an image lies between the mask's {where}"
        found = round(max(off), 4)
        raise MaskNotPlacedError(msg, field="position", index=index, found=found, expected=TOLERANCE, unit="voxel")


def _require_some(hits: Sequence[_Hit | None], grids: Sequence[PixelGrid], size: tuple[int, int, int]) -> None:
    if any(hits):
        return
    msg = "the mask lies beside the series: no image is inside it"
    found = round(min(_gap(grid, size) for grid in grids), 4)
    raise MaskNotPlacedError(msg, field="range", found=found, expected=0.5, unit="voxel")


def _gap(grid: PixelGrid, size: tuple[int, int, int]) -> float:
    """Return how far an image's middle is outside the mask, in voxels along the worst axis."""
    return max(max(-value, value - (n - 1), 0.0) for value, n in zip(grid.middle, size, strict=True))


def _coverage(
    hits: Sequence[_Hit | None], grids: Sequence[PixelGrid], size: tuple[int, int, int]
) -> tuple[Notice, ...]:
    """Say what of the series or of the mask is left out."""
    placed = [(hit, grid) for hit, grid in zip(hits, grids, strict=True) if hit is not None]
    slices = {hit.slice_index for hit, _ in placed}
    first, grid = placed[0]
    notices = []
    if len(placed) < len(hits):
        notices.append(_covers_part(len(placed), len(hits)))
    if len(slices) < len(placed):
        notices.append(make_notice("slices-repeat", found=len(placed) - len(slices)))
    if len(slices) < size[first.normal_axis]:
        found, expected = size[first.normal_axis] - len(slices), size[first.normal_axis]
        notices.append(make_notice("mask-slices-unused", found=found, expected=expected))
    wide = [size[first.row_axis], size[first.column_axis]]
    if wide != [grid.rows, grid.columns]:
        notices.append(make_notice("mask-cropped", found=wide, expected=[grid.rows, grid.columns]))
    return tuple(notices)


def _covers_part(found: int, expected: int) -> Notice:
    return make_notice("mask-covers-part", found=found, expected=expected)


# On ITK's grid, and by nearest neighbour.


def _place_on_itk_grid(
    instances: Sequence[InstanceFacts], names: Sequence[str], geometry: MaskGeometry, inverse: Sequence[Triple]
) -> Placement | None:
    """Place a mask that covers exactly the grid that ITK makes of the series; None where it does not."""
    try:
        order, notices = order_instances(instances, names)
    except InvalidSeriesError:
        return None
    own = itk_geometry(instances, order)
    if prod(own.size) != prod(geometry.size):
        return None
    views: list[MaskView | None] = [None] * len(instances)
    for k, index in enumerate(order):
        plane = Plane(own.slice_position(k), own.axis(1), own.axis(0))
        try:
            hit = _find(_grid(plane, instances[index], geometry, inverse), geometry.size, index)
        except MaskNotPlacedError:
            return None
        views[index] = hit.view if hit else None
    if None in views or len(set(views)) < len(views):
        return None
    return Placement(views=tuple(views), method="grid", notices=(*notices, make_notice("placed-on-itk-grid")))


def _place_nearest(grids: Sequence[PixelGrid], size: tuple[int, int, int]) -> Placement:
    views = [
        NearestView(grid.origin, grid.per_row, grid.per_column) if _reaches(grid, size) else None for grid in grids
    ]
    placed = sum(view is not None for view in views)
    if not placed:
        _require_some([], grids, size)
    notices = [make_notice("resampled")]
    if placed < len(views):
        notices.append(_covers_part(placed, len(views)))
    return Placement(views=tuple(views), method="nearest", notices=tuple(notices))


def _reaches(grid: PixelGrid, size: tuple[int, int, int]) -> bool:
    """Tell whether an image's bounding box in voxel coordinates meets the mask's."""
    corners = [grid.at(row, column) for row, column in grid.corners]
    return all(
        max(corner[n] for corner in corners) >= -0.5 and min(corner[n] for corner in corners) < size[n] - 0.5
        for n in range(3)
    )
