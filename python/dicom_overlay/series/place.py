"""Place a mask on a series: find the voxel for each pixel.

A mask with a position is placed by that position alone. Both sides have world coordinates (`grid`). If each of an image's
pixels is at the centre of a voxel, the image is a view of the mask's flat array: ``offset + r * row_step + c *
column_step``, with steps of either sign along any axis. Pixels outside the mask are clear. The result is a list of such
views, which are plain numbers, so that callers only have to copy. If pixels and voxels do not coincide, the mask is refused,
and the error says by how much they differ. Pixels take their nearest voxels only if the caller asks for that.

A mask without a position is laid onto the series in ITK's order, if the sizes agree.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import acos, degrees, sqrt
from typing import Final, Literal

from dicom_overlay.errors import InvalidMaskError, InvalidSeriesError, MaskNotPlacedError
from dicom_overlay.notices import Notice, make_notice

from .grid import MaskGeometry, PixelGrid, Triple, image_planes, invert, norm
from .order import InstanceFacts, order_instances

TOLERANCE: Final = 0.1
"""Maximum distance of a pixel from its voxel's centre, in voxels along any axis."""
_ROUNDING: Final = 1e-6
_EDGE: Final = 1e-3
"""Distance in voxels beyond the outer half voxel at which an image still reaches the mask. An image exactly between two
positions is therefore refused, not left clear."""


@dataclass(frozen=True, slots=True)
class MaskView:
    """An image's pixels in the mask's flat array.

    Row r, column c, both from 0, is element ``offset + r * row_step + c * column_step``; pixels outside ``rows`` and
    ``columns`` are outside the mask, and clear.

    Attributes
    ----------
    rows, columns : half-open ranges of the pixels inside the mask.
    """

    offset: int
    row_step: int
    column_step: int
    rows: tuple[int, int]
    columns: tuple[int, int]


@dataclass(frozen=True, slots=True)
class NearestView:
    """An image's pixels by nearest neighbour, in voxel coordinates (i, j, k).

    Pixel (r, c) takes the voxel ``floor(origin + r * per_row + c * per_column + 0.5)``; outside the mask it is clear.
    """

    origin: Triple
    per_row: Triple
    per_column: Triple


View = MaskView | NearestView


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where each image's pixels are in the mask.

    Attributes
    ----------
    views : for each instance, in the given order, one view per frame; None if the mask does not reach the frame.
    method : "position", "order" or "nearest".
    notices : what the caller should tell the user.
    """

    views: tuple[tuple[View | None, ...], ...]
    method: Literal["position", "order", "nearest"]
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class _Hit:
    """An exact view, and the voxels that it covers along each of the mask's axes."""

    view: MaskView
    voxels: tuple[range, range, range]
    normal_axis: int


def place_mask(
    instances: Sequence[InstanceFacts],
    names: Sequence[str],
    size: tuple[int, int, int],
    geometry: MaskGeometry | None,
    *,
    resample: Literal["nearest"] | None = None,
    is_plane: bool = False,
) -> Placement:
    """Place a mask on a series: by position, or in ITK's order if the mask has no position.

    Parameters
    ----------
    instances : of one series, in any order.
    names : their paths or names; needed for ITK's order.
    size : (columns, rows, slices) of the mask's array.
    geometry : where the array is; None if the mask has no position.
    resample : "nearest" takes the nearest voxels, but only if pixels and voxels do not coincide; None raises an error.
    is_plane : the mask is a single slice, only for images in the same plane; images that cross it are not reached.

    Raises
    ------
    MaskNotPlacedError : the mask does not fit. ``field`` says why (direction, spacing, position, range or
        frame_of_reference_uid), ``index`` on which instance, and ``found`` and ``expected`` by how much, in ``unit``.
    InvalidSeriesError : an instance has no position; or the instances are not one series; or the mask has no position, and
        its number of slices is not the number of images.
    InvalidMaskError : the geometry is invalid, or a mask without a position differs from the images in rows or columns.

    Standard: PS3.3 sections C.7.6.2.1.1 and C.7.6.16.2.3 to .4.
    """
    if geometry is None:
        return _place_by_order(instances, names, size)
    inverse = invert(geometry)
    _require_one_space(instances, geometry)
    grids = [
        [
            PixelGrid.of(plane, geometry, inverse, facts.rows or 0, facts.columns or 0)
            for plane in image_planes(facts, index)
        ]
        for index, facts in enumerate(instances)
    ]
    if is_plane:
        grids = [[grid if grid.is_parallel else grid.far for grid in some] for some in grids]
    _require_some(grids, geometry.size)
    try:
        hits = [[_find(grid, geometry.size, index) for grid in some] for index, some in enumerate(grids)]
    except MaskNotPlacedError:
        if resample is None:
            raise
        return _place_nearest(grids, geometry.size)
    views = tuple(tuple(None if hit is None else hit.view for hit in some) for some in hits)
    return Placement(views=views, method="position", notices=_coverage(hits, grids, geometry.size))


def _place_by_order(instances: Sequence[InstanceFacts], names: Sequence[str], size: tuple[int, int, int]) -> Placement:
    """Place a mask without a position on a whole series: slice k is the k-th image (file, or frame) in ITK's order."""
    order, notices = order_instances(instances, names)
    columns, rows, slices = size
    total = sum(facts.number_of_frames for facts in instances)
    if total != slices:
        msg = "the mask's number of slices does not match the series' number of images"
        raise InvalidSeriesError(msg, field="slices", expected=total, found=slices)
    wanted = [instances[0].rows or 0, instances[0].columns or 0]
    if wanted != [rows, columns]:
        msg = "the mask and the images differ in rows or columns"
        raise InvalidMaskError(msg, field="size", expected=wanted, found=[rows, columns])
    views: list[tuple[View | None, ...]] = [()] * len(instances)
    first = 0
    for index in order:
        count = instances[index].number_of_frames
        views[index] = tuple(whole_view(first + frame, rows, columns) for frame in range(count))
        first += count
    said = (make_notice("placed-by-order"),) if total > 1 else ()
    return Placement(views=tuple(views), method="order", notices=(*said, *notices))


def whole_view(k: int, rows: int, columns: int) -> MaskView:
    """Return the view for an image that is slice k of the array."""
    return MaskView(k * rows * columns, columns, 1, (0, rows), (0, columns))


def _require_one_space(instances: Sequence[InstanceFacts], geometry: MaskGeometry) -> None:
    if not instances:
        msg = "no files were given"
        raise InvalidSeriesError(msg, field="instances", found=0)
    found = {facts.frame_of_reference_uid for facts in instances}
    if len(found) > 1:
        msg = "the images are in different frames of reference; they are not one volume"
        raise InvalidSeriesError(msg, field="frame_of_reference_uid", found=len(found))
    (uid,) = found
    if uid and geometry.frame_of_reference_uid and uid != geometry.frame_of_reference_uid:
        msg = (
            "the mask and the images are in different frames of reference (0020,0052); register the mask to the images"
        )
        raise MaskNotPlacedError(msg, field="frame_of_reference_uid", index=0)


# By position.


def _find(grid: PixelGrid, size: tuple[int, int, int], index: int) -> _Hit | None:
    """Return the exact view of an image; None if no part of it is in the mask."""
    if not _reaches(grid, size):
        return None
    row_axis, row_step = _axis_of(grid.per_row, grid.rows - 1, index)
    column_axis, column_step = _axis_of(grid.per_column, grid.columns - 1, index)
    if row_axis == column_axis:
        # An image with a single row or column has no step along that axis.
        if grid.rows == 1:
            row_axis = (column_axis + 1) % 3
        elif grid.columns == 1:
            column_axis = (row_axis + 1) % 3
        else:
            msg = "an image's rows and columns run along the same axis of the mask"
            raise MaskNotPlacedError(msg, field="direction", index=index)
    normal_axis = 3 - row_axis - column_axis
    start = [round(value) for value in grid.origin]
    for row, column in grid.corners:
        voxel = list(start)
        voxel[row_axis] += row_step * row
        voxel[column_axis] += column_step * column
        _require_close(grid.at(row, column), voxel, normal_axis, index)
    rows = _inside(start[row_axis], row_step, grid.rows, size[row_axis])
    columns = _inside(start[column_axis], column_step, grid.columns, size[column_axis])
    if not (rows and columns and 0 <= start[normal_axis] < size[normal_axis]):
        return None
    steps = (1, size[0], size[0] * size[1])
    view = MaskView(
        sum(a * step for a, step in zip(start, steps, strict=True)),
        row_step * steps[row_axis],
        column_step * steps[column_axis],
        (rows[0], rows[-1] + 1),
        (columns[0], columns[-1] + 1),
    )
    voxels = [range(0)] * 3
    voxels[row_axis] = _along(start[row_axis], row_step, rows)
    voxels[column_axis] = _along(start[column_axis], column_step, columns)
    voxels[normal_axis] = range(start[normal_axis], start[normal_axis] + 1)
    return _Hit(view, (voxels[0], voxels[1], voxels[2]), normal_axis)


def _inside(start: int, step: int, count: int, size: int) -> range:
    """Return which of ``count`` pixels are inside an axis of ``size`` voxels."""
    if step == 0:
        return range(count) if 0 <= start < size else range(0)
    first, last = sorted((-start / step, (size - 1 - start) / step))
    return range(max(0, -int(-first // 1)), min(count - 1, int(last // 1)) + 1)


def _along(start: int, step: int, pixels: range) -> range:
    """Return the voxels along an axis that have pixels, ascending."""
    ends = sorted((start + step * pixels[0], start + step * pixels[-1]))
    return range(ends[0], ends[1] + 1, abs(step) or 1)


def _axis_of(step: Triple, far: int, index: int) -> tuple[int, int]:
    """Return the mask's axis, 0 to 2, along which a step on the image goes, and the step's signed length in voxels.

    Parameters
    ----------
    far : number of steps to the image's last row or column, over which small differences add up.
    """
    axis = max(range(3), key=lambda n: abs(step[n]))
    length = norm(step)
    aside = sqrt(max(length * length - step[axis] * step[axis], 0.0))
    if aside * far > 2 * TOLERANCE:
        msg = "the mask's axes are rotated or sheared against the image's"
        angle = degrees(acos(min(abs(step[axis]) / length, 1.0)))
        raise MaskNotPlacedError(msg, field="direction", index=index, found=round(angle, 4), expected=0, unit="degree")
    whole = round(step[axis])
    if abs(step[axis] - whole) * far > 2 * TOLERANCE:
        msg = "the mask's voxels and the image's pixels have different sizes"
        found = round(abs(step[axis]), 6)
        expected = max(abs(whole), 1)
        raise MaskNotPlacedError(msg, field="spacing", index=index, found=found, expected=expected, unit="voxel")
    return axis, whole


def _require_close(point: Triple, voxel: Sequence[int], normal_axis: int, index: int) -> None:
    off = [abs(a - b) for a, b in zip(point, voxel, strict=True)]
    if max(off) > TOLERANCE + _ROUNDING:
        where = "slices" if off[normal_axis] == max(off) else "rows or columns"
        msg = f"an image lies between the mask's {where}"
        found = round(max(off), 4)
        raise MaskNotPlacedError(msg, field="position", index=index, found=found, expected=TOLERANCE, unit="voxel")


def _require_some(grids: Sequence[Sequence[PixelGrid]], size: tuple[int, int, int]) -> None:
    """Refuse a mask that no image reaches."""
    if any(_reaches(grid, size) for grid in _flat(grids)):
        return
    msg = "the mask does not overlap the series: no image is inside it"
    found = round(min(_gap(grid, size) for grid in _flat(grids)), 4)
    raise MaskNotPlacedError(msg, field="range", found=found, expected=0.5, unit="voxel")


def _flat[Item](some: Sequence[Sequence[Item]]) -> Iterator[Item]:
    for items in some:
        yield from items


def _reaches(grid: PixelGrid, size: tuple[int, int, int]) -> bool:
    """Tell whether an image's bounding box in voxel coordinates touches the mask's."""
    return _gap(grid, size) <= 0.5 + _EDGE


def _gap(grid: PixelGrid, size: tuple[int, int, int]) -> float:
    """Return how far an image's bounding box is from the mask's outer voxels, in voxels along the worst axis."""
    corners = [grid.at(row, column) for row, column in grid.corners]
    gaps = [
        max(min(corner[n] for corner in corners) - (size[n] - 1), -max(corner[n] for corner in corners))
        for n in range(3)
    ]
    return max(gaps)


def _coverage(
    hits: Sequence[Sequence[_Hit | None]], grids: Sequence[Sequence[PixelGrid]], size: tuple[int, int, int]
) -> tuple[Notice, ...]:
    """Return notices about the parts of the series or the mask that are left out."""
    pairs = list(zip(_flat(hits), _flat(grids), strict=True))
    placed = [(hit, grid) for hit, grid in pairs if hit is not None]
    if not placed:
        msg = "the mask does not overlap the series: no pixel of an image is inside it"
        raise MaskNotPlacedError(msg, field="range", found=0.5, expected=0.5, unit="voxel")
    whole = [(hit.view.rows, hit.view.columns) == ((0, grid.rows), (0, grid.columns)) for hit, grid in placed]
    notices = []
    if sum(whole) < len(pairs):
        notices.append(make_notice("mask-covers-part", found=sum(whole), expected=len(pairs)))
    first = placed[0][0]
    repeated = len(placed) - len({hit.voxels for hit, _ in placed})
    if repeated:
        notices.append(make_notice("slices-repeat", found=repeated))
    taken = [{voxel for hit, _ in placed for voxel in hit.voxels[n]} for n in range(3)]
    missing = [size[n] - len(taken[n]) for n in range(3)]
    if missing[first.normal_axis]:
        expected = size[first.normal_axis]
        notices.append(make_notice("mask-slices-unused", found=missing[first.normal_axis], expected=expected))
    if any(missing[n] for n in range(3) if n != first.normal_axis):
        wide = [size[n] for n in range(3) if n != first.normal_axis]
        used = [len(taken[n]) for n in range(3) if n != first.normal_axis]
        notices.append(make_notice("mask-cropped", found=wide, expected=used))
    return tuple(notices)


# By nearest neighbour.


def _place_nearest(grids: Sequence[Sequence[PixelGrid]], size: tuple[int, int, int]) -> Placement:
    views = tuple(
        tuple(
            NearestView(grid.origin, grid.per_row, grid.per_column) if _reaches(grid, size) else None for grid in some
        )
        for some in grids
    )
    placed, total = sum(view is not None for view in _flat(views)), sum(map(len, views))
    notices = [make_notice("resampled")]
    if placed < total:
        notices.append(make_notice("mask-covers-part", found=placed, expected=total))
    return Placement(views=views, method="nearest", notices=tuple(notices))
