"""LabelVolume: a mask, whatever format it came from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

import numpy as np

from dicom_overlay.errors import InvalidMaskError
from dicom_overlay.notices import Notice, make_notice
from dicom_overlay.series.grid import MaskGeometry, invert

from .values import Array, to_labels, values_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One label of a mask.

    Attributes
    ----------
    name : name of its planes; None if the mask has no names.
    value : the number by which it is chosen; None if it has none, as in a folder with one file per label.
    values : the voxel values that are this label; empty means every value except 0.
    layer : the mask's layer in which it is.
    """

    name: str | None = field(default=None, repr=False)
    value: int | None = None
    values: tuple[int, ...] = ()
    layer: int = 0

    def where(self, voxels: Array) -> Array:
        """Return whether the label is set in each voxel, as bool."""
        if not self.values:
            return voxels if voxels.dtype.kind == "b" else voxels != 0
        if len(self.values) == 1:
            return np.equal(voxels, self.values[0])
        set_: Array = np.isin(voxels, self.values)
        return set_


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """An array of labels and its position.

    Attributes
    ----------
    load : returns the voxels, shape (slices, rows, columns), bool or integers.
    size : (columns, rows, slices).
    geometry : where the voxels are; None if the mask has no position.
    layer : the mask's layer to which it belongs; labels of different layers can overlap.
    image : path of the only image that the block is for, if its file name says so; None for a whole series.
    is_plane : it is a single slice, and is only for images in the same plane.
    """

    load: Callable[[], Array] = field(repr=False)
    size: tuple[int, int, int]
    geometry: MaskGeometry | None = None
    layer: int = 0
    image: str | None = None
    is_plane: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelVolume:
    """A mask: its labels, their names and their position.

    Attributes
    ----------
    labels : the labels, in the order in which planes are written.
    blocks : the voxels. Most masks have one block; if segments can overlap, there is one for each segment.
    is_picture : the mask is a two-dimensional drawing, for one image, or one for each image by name.
    is_grey : the mask is a picture with more values than a drawing; the caller must choose the label values.
    notices : what was unusual when the mask was read.
    study : (Patient ID, Study Instance UID) of a DICOM mask; None for other formats.
    """

    labels: tuple[Label, ...]
    blocks: tuple[Block, ...] = field(repr=False)
    is_picture: bool = False
    is_grey: bool = False
    notices: tuple[Notice, ...] = ()
    study: tuple[str, str] | None = field(default=None, repr=False)

    @classmethod
    def from_array(
        cls,
        array: Array,
        matrix: Array | Sequence[Sequence[float]] | None = None,
        *,
        names: Mapping[int, str] | None = None,
        threshold: float | None = None,
        frame_of_reference_uid: str | None = None,
    ) -> Self:
        """Make a mask from an array.

        Parameters
        ----------
        array : shape (rows, columns), for one image, or (slices, rows, columns); bool, whole numbers as labels, or
            fractions with ``threshold``.
        matrix : shape (4, 4); maps (column, row, slice, 1), counted from 0, to (x, y, z, 1) in mm, LPS. None means that the
            array has no position: its slices are then the images of the series in ITK's order.
        names : names of the label values.
        threshold : voxels at or above it are set.
        frame_of_reference_uid : of the matrix's coordinates.

        Raises
        ------
        InvalidMaskError : the array's shape or values, or the matrix, do not describe a mask.
        """
        voxels = np.asarray(array.filled(0) if isinstance(array, np.ma.MaskedArray) else array)
        if voxels.ndim not in {2, 3} or 0 in voxels.shape:
            msg = "a mask must have two or three dimensions, (rows, columns) or (slices, rows, columns), none of them zero"
            raise InvalidMaskError(msg, field="shape", found=list(voxels.shape))
        labels = to_labels(voxels, threshold)
        stack = np.ascontiguousarray(labels.reshape(-1, *labels.shape[-2:]))
        size, known = (stack.shape[2], stack.shape[1], stack.shape[0]), names or {}
        geometry = None if matrix is None else geometry_of_matrix(size, matrix, frame_of_reference_uid)
        return cls(
            labels=tuple(replace(label, name=known.get(label.value or 0)) for label in labels_of(values_of(stack))),
            blocks=(Block(load=lambda: stack, size=size, geometry=geometry),),
            is_picture=voxels.ndim == 2 and geometry is None,
        )

    @property
    def names(self) -> dict[int, str | None]:
        """The name of each label value."""
        return {label.value: label.name for label in self.labels if label.value is not None}

    @property
    def geometry(self) -> MaskGeometry | None:
        """Where the voxels are, as ITK describes it; None if the mask has no position, or more than one grid."""
        found = {block.geometry for block in self.blocks}
        return next(iter(found)) if len(found) == 1 else None

    @property
    def matrix(self) -> Array | None:
        """The matrix of shape (4, 4) from (column, row, slice, 1) to (x, y, z, 1) in mm, LPS; None as for `geometry`."""
        return None if self.geometry is None else matrix_of(self.geometry)

    @property
    def frame_of_reference_uid(self) -> str | None:
        """The frame of reference of `matrix`; None if it is not known."""
        return self.geometry.frame_of_reference_uid if self.geometry else None

    def mask_of(self, label: Label) -> Array:
        """Return whether a label is set in each voxel, as bool, shape (slices, rows, columns).

        Raises
        ------
        InvalidMaskError : the label is on more than one grid.
        """
        blocks = [block for block in self.blocks if block.layer == label.layer]
        if len(blocks) != 1:
            msg = "the label is on several grids, so it has no single array"
            raise InvalidMaskError(msg, found=len(blocks))
        return label.where(blocks[0].load())


_IDENTITY_ROW: Final = (0.0, 0.0, 0.0, 1.0)


def geometry_of_matrix(size: tuple[int, int, int], matrix: Any, frame_of_reference_uid: str | None) -> MaskGeometry:
    """Return a matrix of shape (4, 4) as a geometry."""
    try:
        affine = np.asarray(matrix, np.float64)
    except (TypeError, ValueError):
        affine = np.empty(0)
    if affine.shape != (4, 4) or not np.isfinite(affine).all() or tuple(affine[3]) != _IDENTITY_ROW:
        msg = "a mask's matrix must have four rows and four columns of finite numbers, and its last row must be 0, 0, 0, 1"
        raise InvalidMaskError(msg, field="matrix", found=list(affine.shape))
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if not spacing.all():
        msg = "a column of the mask's matrix is zero"
        raise InvalidMaskError(msg, field="matrix")
    origin, steps = affine[:3, 3].tolist(), spacing.tolist()
    geometry = MaskGeometry(
        size=size,
        origin=(origin[0], origin[1], origin[2]),
        spacing=(steps[0], steps[1], steps[2]),
        direction=tuple((affine[:3, :3] / spacing).ravel().tolist()),
        frame_of_reference_uid=frame_of_reference_uid,
    )
    invert(geometry)
    return geometry


def matrix_of(geometry: MaskGeometry) -> Array:
    """Return a geometry as a matrix of shape (4, 4)."""
    matrix = np.eye(4)
    matrix[:3, :3] = np.reshape(geometry.direction, (3, 3)) * geometry.spacing
    matrix[:3, 3] = geometry.origin
    return matrix


def labels_of(values: Sequence[int], layer: int = 0) -> tuple[Label, ...]:
    """Return an unnamed label for each value."""
    return tuple(Label(value=value, values=(value,), layer=layer) for value in values)


def left_out(values: Sequence[int], count: int | None = None) -> tuple[Notice, ...]:
    """Return a notice of labels that are not written, with their values; no notice if there are none.

    Parameters
    ----------
    count : number of labels; more than the number of values if some labels have no value.
    """
    found = len(values) if count is None else count
    if not found:
        return ()
    notice = make_notice("labels-left-out", found=found, values=list(values))
    if not values:
        return (notice,)
    listed = ", ".join(map(str, values[:20])) + (", …" if len(values) > 20 else "")
    return (Notice(notice.code, f"{notice.message} (values {listed})", notice.detail),)
