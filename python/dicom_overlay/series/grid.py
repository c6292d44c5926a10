"""Grids in space: a mask's voxels, an image's pixels in the mask's coordinates, and the grid that a series forms.

All coordinates are in millimetres in the patient's system (LPS). The pixel (row r, column c) of an instance is at

    P = position + c * spacing[1] * row direction + r * spacing[0] * column direction

and in a mask at voxel ``inverse(direction * spacing) * (P - origin)``.

Standard: PS3.3 section C.7.6.2.1.1 (equation C.7.6.2.1-1).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isfinite, prod, sqrt
from typing import Final, NamedTuple, NoReturn

from dicom_overlay.errors import InvalidMaskError, InvalidSeriesError

from .frames import FramePlace
from .order import InstanceFacts

Triple = tuple[float, float, float]
_MOST_ASKEW: Final = 0.01
_REPEATED: Final = 0.005
"""Fraction of a pixel within which two images count as being at the same position."""
_FAR: Final = 1e15
_SAME: Final = 0.05
"""Fraction of a pixel or slice by which positions on one grid may differ, because headers have rounded numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskGeometry:
    """Where a mask's voxels are, as ITK describes it.

    Attributes
    ----------
    size : voxels along the axes i, j, k; i runs fastest in the flat array.
    origin : centre of voxel (0, 0, 0), mm, LPS.
    spacing : distance between voxels along i, j, k, mm, above zero.
    direction : nine numbers, row by row; column n is the direction of axis n. Does not have to be orthogonal.
    frame_of_reference_uid : of the coordinates; None if it is not known.
    """

    size: tuple[int, int, int]
    origin: Triple
    spacing: Triple
    direction: tuple[float, ...]
    frame_of_reference_uid: str | None = None

    def axis(self, n: int) -> Triple:
        """Return one step along axis n, in mm."""
        return _scaled(_triple(self.direction[n::3]), self.spacing[n])

    def in_frame_of_reference(self, uid: str | None) -> "MaskGeometry":
        """Return the geometry with another Frame of Reference UID."""
        return replace(self, frame_of_reference_uid=uid)


@dataclass(frozen=True, slots=True)
class Plane:
    """An image's pixels in space: the first pixel, and the steps to the next row and the next column, in mm."""

    position: Triple
    per_row: Triple
    per_column: Triple


class RegularGrid(NamedTuple):
    """A grid with equal distances, and the slice of each plane, counted from 0."""

    geometry: MaskGeometry
    slices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PixelGrid:
    """An image's pixels in a mask's voxel coordinates: ``origin + r * per_row + c * per_column``."""

    origin: Triple
    per_row: Triple
    per_column: Triple
    rows: int
    columns: int

    @classmethod
    def of(
        cls, plane: Plane, geometry: MaskGeometry, inverse: Sequence[Triple], rows: int, columns: int
    ) -> "PixelGrid":
        """Transform an image's plane to a mask's voxel coordinates."""

        def turned(vector: Triple) -> Triple:
            return (dot(inverse[0], vector), dot(inverse[1], vector), dot(inverse[2], vector))

        origin = turned(minus(plane.position, geometry.origin))
        return cls(origin, turned(plane.per_row), turned(plane.per_column), rows, columns)

    def at(self, row: int, column: int) -> Triple:
        """Return the voxel coordinates of a pixel; row and column count from 0."""
        o, r, c = self.origin, self.per_row, self.per_column
        return (
            o[0] + row * r[0] + column * c[0],
            o[1] + row * r[1] + column * c[1],
            o[2] + row * r[2] + column * c[2],
        )

    @property
    def is_parallel(self) -> bool:
        """Whether the image stays on one slice of the mask."""
        return abs(self.per_row[2]) * (self.rows - 1) + abs(self.per_column[2]) * (self.columns - 1) <= 0.5

    @property
    def far(self) -> "PixelGrid":
        """The image, moved away from the mask."""
        return PixelGrid((_FAR, _FAR, _FAR), self.per_row, self.per_column, self.rows, self.columns)

    @property
    def corners(self) -> tuple[tuple[int, int], ...]:
        """The (row, column) of the four corner pixels."""
        return tuple((r, c) for r in (0, self.rows - 1) for c in (0, self.columns - 1))


def invert(geometry: MaskGeometry) -> tuple[Triple, Triple, Triple]:
    """Return the rows of the inverse of direction times spacing, in voxels per millimetre."""
    numbers = (*geometry.size, *geometry.origin, *geometry.spacing, *geometry.direction)
    if (
        len(numbers) != 18
        or not all(map(isfinite, numbers))
        or min(*geometry.size, 1) < 1
        or min(geometry.spacing) <= 0
    ):
        msg = "size, origin and spacing must be three finite numbers each and direction nine; size and spacing must be above zero"
        raise InvalidMaskError(msg, field="geometry", found=len(numbers), expected=18)
    a, b, c = geometry.axis(0), geometry.axis(1), geometry.axis(2)
    determinant = dot(a, _cross(b, c))
    if abs(determinant) < 1e-6 * prod(geometry.spacing):
        msg = "the mask's three axes are in the same plane"
        raise InvalidMaskError(msg, field="direction", found=determinant)
    return (
        _scaled(_cross(b, c), 1 / determinant),
        _scaled(_cross(c, a), 1 / determinant),
        _scaled(_cross(a, b), 1 / determinant),
    )


def image_planes(facts: InstanceFacts, index: int) -> tuple[Plane, ...]:
    """Return where the pixels of each of an instance's frames are.

    Parameters
    ----------
    index : of the instance, for errors.

    Raises
    ------
    InvalidSeriesError : the instance has no position, or numbers that do not describe a plane.
    """
    for field in ("rows", "columns"):
        if not getattr(facts, field):
            _refuse_place(field, index)
    if facts.image_position_patient is not None and facts.number_of_frames == 1:
        place = FramePlace(facts.image_position_patient, facts.image_orientation_patient, facts.pixel_spacing)
        return (plane_of(place, index),)
    if facts.frames is None or len(facts.frames) != facts.number_of_frames:
        _refuse_place("frames" if facts.number_of_frames > 1 else "image_position_patient", index)
    return tuple(plane_of(frame, index) for frame in facts.frames)


def plane_of(place: FramePlace, index: int) -> Plane:
    """Return where the pixels of one frame are; see `image_planes`."""
    position, cosines, spacing = place
    if position is None:
        _refuse_place("image_position_patient", index)
    if cosines is None:
        _refuse_place("image_orientation_patient", index)
    if spacing is None:
        _refuse_place("pixel_spacing", index)
    row, column = _triple(cosines[:3]), _triple(cosines[3:])
    between_rows, between_columns = spacing
    if min(between_rows, between_columns) <= 0:
        msg = "an image's Pixel Spacing is zero or negative; a mask cannot be placed by position"
        raise InvalidSeriesError(msg, field="pixel_spacing", index=index)
    if max(abs(norm(row) - 1), abs(norm(column) - 1), abs(dot(row, column))) > _MOST_ASKEW:
        msg = "an image's row and column directions are not at right angles, or their length is not 1"
        raise InvalidSeriesError(msg, field="image_orientation_patient", index=index)
    return Plane(_triple(position), _scaled(column, between_rows), _scaled(row, between_columns))


def _refuse_place(field: str, index: int) -> NoReturn:
    where = "say where its frames lie" if field == "frames" else f"have its {field.replace('_', ' ')}"
    msg = f"an image does not {where}; a mask cannot be placed by position"
    raise InvalidSeriesError(msg, field=field, index=index)


def regular_grid(planes: Sequence[Plane], rows: int, columns: int, *, step: float | None = None) -> RegularGrid:
    """Return the grid with equal distances that parallel planes form; it can have slices without a plane.

    Parameters
    ----------
    planes : in any order.
    rows, columns : pixels of each plane.
    step : preferred distance between slices in mm, used if all planes are at multiples of it, or if there is only one.

    Raises
    ------
    InvalidSeriesError : the planes differ in "orientation", are at the same "positions" or at uneven "distances", or are
        "shifted" against each other; ``field`` says which.
    """
    first = planes[0]
    pixel = min(norm(first.per_row), norm(first.per_column))
    normal = _unit(_cross(first.per_column, first.per_row))
    for index, plane in enumerate(planes):
        turned = norm(minus(plane.per_row, first.per_row)) * rows
        turned = max(turned, norm(minus(plane.per_column, first.per_column)) * columns)
        if turned > _SAME * pixel:
            msg = "the images differ in orientation or pixel spacing; they do not form one grid"
            raise InvalidSeriesError(msg, field="orientation", index=index)
    heights = [dot(normal, minus(plane.position, first.position)) for plane in planes]
    origin = planes[heights.index(min(heights))].position
    distance, slices = _even_slices([height - min(heights) for height in heights], step, pixel)
    for index, plane in enumerate(planes):
        wanted = _plus(origin, _scaled(normal, slices[index] * distance))
        if norm(minus(plane.position, wanted)) > _SAME * min(pixel, distance):
            msg = "the images are shifted against each other, as with a tilted gantry; they do not form one grid"
            raise InvalidSeriesError(msg, field="shifted", index=index)
    row, column = _unit(first.per_column), _unit(first.per_row)
    geometry = MaskGeometry(
        size=(columns, rows, max(slices) + 1),
        origin=origin,
        spacing=(norm(first.per_column), norm(first.per_row), distance),
        direction=tuple(value for axes in zip(row, column, normal, strict=True) for value in axes),
    )
    return RegularGrid(geometry, slices)


def _even_slices(heights: Sequence[float], step: float | None, pixel: float) -> tuple[float, tuple[int, ...]]:
    """Return the distance between slices and the slice of each height, if all heights are multiples of a distance."""
    if len(heights) == 1:
        return step or pixel, (0,)
    ordered = sorted(heights)
    gaps = [above - below for below, above in pairwise(ordered)]
    smallest = min(gaps)
    if smallest < _REPEATED * pixel:
        msg = "several images are at the same position, such as points in time; they do not form one grid"
        raise InvalidSeriesError(msg, field="positions", found=len(heights))
    # Positions are rounded, so the distance is the mean of similar distances.
    alike = [gap for gap in gaps if gap < (1 + _SAME) * smallest]
    for candidate in filter(None, (step, sum(alike) / len(alike))):
        count = max(1, round(ordered[-1] / candidate))
        distance = ordered[-1] / count
        slices = tuple(round(height / distance) for height in heights)
        off = max(abs(height / distance - at) for height, at in zip(heights, slices, strict=True))
        if off <= _SAME and len(set(slices)) == len(slices):
            return distance, slices
    msg = "the distances between the images differ; they do not form one grid"
    raise InvalidSeriesError(msg, field="distances", found=len(heights))


def norm(a: Triple) -> float:
    """Return the length of a vector."""
    return sqrt(dot(a, a))


def _unit(a: Triple) -> Triple:
    return _scaled(a, 1 / norm(a))


def _triple(values: Sequence[float]) -> Triple:
    a, b, c = values
    return (a, b, c)


def dot(a: Triple, b: Triple) -> float:
    """Return the scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Triple, b: Triple) -> Triple:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def _plus(a: Triple, b: Triple) -> Triple:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def minus(a: Triple, b: Triple) -> Triple:
    """Return the vector from b to a."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def _scaled(a: Triple, factor: float) -> Triple:
    return (a[0] * factor, a[1] * factor, a[2] * factor)
