"""Grids in space: a mask's voxels, an instance's pixels between them, and the grid that ITK makes of a series.

Millimetres in the patient's coordinates (LPS) throughout; a pixel (row r, column c) of an instance lies at

    P = position + c * spacing[1] * row direction + r * spacing[0] * column direction

and in a mask at voxel ``inverse(direction * spacing) * (P - origin)``.

Standard: PS3.3 section C.7.6.2.1.1 (equation C.7.6.2.1-1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, prod, sqrt
from typing import Final

from dicom_overlay.errors import InvalidMaskError

from .order import InstanceFacts

__all__ = ["MaskGeometry", "PixelGrid", "Plane", "Triple", "invert", "itk_geometry", "norm", "plane_of"]

Triple = tuple[float, float, float]
_AXIAL: Final = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
_ZERO: Final = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskGeometry:
    """Where a mask's voxels are, in ITK's words.

    Attributes
    ----------
    size : voxels along the axes i, j, k; i runs fastest in the flat array.
    origin : centre of voxel (0, 0, 0), mm, LPS.
    spacing : distance of voxels along i, j, k, mm, above zero.
    direction : nine numbers, row by row; column n is the direction of axis n. Need not be orthogonal.
    """

    size: tuple[int, int, int]
    origin: Triple
    spacing: Triple
    direction: tuple[float, ...]

    def axis(self, n: int) -> Triple:
        """Return one step along axis n, in mm."""
        return _scaled(_triple(self.direction[n::3]), self.spacing[n])

    def slice_position(self, k: int) -> Triple:
        """Return where voxel (0, 0, k) is, in mm."""
        return _plus(self.origin, _scaled(self.axis(2), k))


@dataclass(frozen=True, slots=True)
class Plane:
    """An image's pixels in space: the first one, and one step to the next row and to the next column, in mm."""

    position: Triple
    per_row: Triple
    per_column: Triple


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
        """Turn an image's plane into a mask's coordinates."""

        def turned(vector: Triple) -> Triple:
            return (_dot(inverse[0], vector), _dot(inverse[1], vector), _dot(inverse[2], vector))

        origin = turned(_minus(plane.position, geometry.origin))
        return cls(origin, turned(plane.per_row), turned(plane.per_column), rows, columns)

    def at(self, row: int, column: int) -> Triple:
        """Return the voxel coordinates of a pixel, both counted from 0."""
        o, r, c = self.origin, self.per_row, self.per_column
        return (
            o[0] + row * r[0] + column * c[0],
            o[1] + row * r[1] + column * c[1],
            o[2] + row * r[2] + column * c[2],
        )

    @property
    def corners(self) -> tuple[tuple[int, int], ...]:
        """The (row, column) of the four corner pixels."""
        return tuple((r, c) for r in (0, self.rows - 1) for c in (0, self.columns - 1))

    @property
    def middle(self) -> Triple:
        """The voxel coordinates of the middle pixel."""
        return self.at(self.rows // 2, self.columns // 2)


def invert(geometry: MaskGeometry) -> tuple[Triple, Triple, Triple]:
    """Return the rows of the inverse of direction times spacing, in voxels a millimetre.

    Raises
    ------
    InvalidMaskError : the numbers are no geometry, or its axes lie in one plane.
    """
    numbers = (*geometry.size, *geometry.origin, *geometry.spacing, *geometry.direction)
    if (
        len(numbers) != 18
        or not all(map(isfinite, numbers))
        or min(*geometry.size, 1) < 1
        or min(geometry.spacing) <= 0
    ):
        msg = "size, origin and spacing are three numbers each, direction is nine; sizes and distances are above zero"
        raise InvalidMaskError(msg, field="geometry", found=len(numbers), expected=18)
    a, b, c = geometry.axis(0), geometry.axis(1), geometry.axis(2)
    determinant = _dot(a, _cross(b, c))
    if abs(determinant) < 1e-6 * prod(geometry.spacing):
        msg = "the mask's axes lie in one plane"
        raise InvalidMaskError(msg, field="direction", found=determinant)
    return (
        _scaled(_cross(b, c), 1 / determinant),
        _scaled(_cross(c, a), 1 / determinant),
        _scaled(_cross(a, b), 1 / determinant),
    )


def plane_of(facts: InstanceFacts) -> Plane:
    """Return where an instance's pixels are; what is missing is an axial one at zero with distances of one."""
    cosines = facts.image_orientation_patient or _AXIAL
    between_rows, between_columns = facts.pixel_spacing or (1.0, 1.0)
    return Plane(
        _triple(facts.image_position_patient or _ZERO),
        _scaled(_triple(cosines[3:]), between_rows),
        _scaled(_triple(cosines[:3]), between_columns),
    )


def itk_geometry(instances: Sequence[InstanceFacts], order: Sequence[int]) -> MaskGeometry:
    """Return the grid onto which ITK reads a series of single-frame instances.

    Parameters
    ----------
    order : the instances' indices in ITK's order.

    Notes
    -----
    As ``ImageSeriesReader``: origin and axes are the first slice's, the slices' distance is that of the first and the
    last one evened out, and the third axis stands upright on the others whatever the positions say.
    """
    first, last = instances[order[0]], instances[order[-1]]
    cosines = first.image_orientation_patient or _AXIAL
    row, column = _triple(cosines[:3]), _triple(cosines[3:])
    between_rows, between_columns = first.pixel_spacing or (1.0, 1.0)
    start = _triple(first.image_position_patient or _ZERO)
    length = norm(_minus(_triple(last.image_position_patient or _ZERO), start))
    return MaskGeometry(
        size=(first.columns or 0, first.rows or 0, len(order)),
        origin=start,
        spacing=(between_columns, between_rows, length / (len(order) - 1) if length else 1.0),
        direction=tuple(value for axes in zip(row, column, _cross(row, column), strict=True) for value in axes),
    )


def norm(a: Triple) -> float:
    """Return the length of a vector."""
    return sqrt(_dot(a, a))


def _triple(values: Sequence[float]) -> Triple:
    a, b, c = values
    return (a, b, c)


def _dot(a: Triple, b: Triple) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Triple, b: Triple) -> Triple:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def _plus(a: Triple, b: Triple) -> Triple:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def _minus(a: Triple, b: Triple) -> Triple:
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def _scaled(a: Triple, factor: float) -> Triple:
    return (a[0] * factor, a[1] * factor, a[2] * factor)
