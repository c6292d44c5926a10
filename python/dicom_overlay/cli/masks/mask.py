"""A mask as the readers give it: labels, and for each the voxels that are set."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from dicom_overlay.errors import InvalidMaskError
from dicom_overlay.notices import Notice
from dicom_overlay.planes.packing import packed_size
from dicom_overlay.series.order import InstanceFacts
from dicom_overlay.series.place import MaskGeometry, MaskView, NearestView, Placement, place_by_order, place_mask

__all__ = ["Label", "LabelCut", "Layer", "Mask", "VolumeMask", "choose_labels", "pack_bits"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One label of a mask.

    Attributes
    ----------
    name : what the plane is called; None where the file does not say.
    value : in the layer's voxels; None for every voxel that is not zero.
    layer : which of the mask's layers it is in.
    """

    name: str | None = field(repr=False)
    value: int | None
    layer: int = 0


LabelCut = list[bytes | None]
"""For each chosen label, an image's packed bits; None where the mask does not reach the image."""


class Mask(Protocol):
    """A mask that can be laid onto a series."""

    @property
    def labels(self) -> Sequence[Label]:
        """The labels that are there."""

    def place(
        self, instances: Sequence[InstanceFacts], names: Sequence[str], labels: Sequence[Label], *, nearest: bool
    ) -> tuple[Notice, ...]:
        """Lay the mask onto a series; needed before `cut`."""

    def cut(self, index: int) -> LabelCut:
        """Return the chosen labels' bits on an instance."""


@dataclass(slots=True)
class Layer:
    """An array of labels in space.

    Attributes
    ----------
    load : gives the voxels, shape (slices, rows, columns) of any integer dtype or bool.
    geometry : None where the file has none.
    size : (columns, rows, slices).
    """

    load: Callable[[], Array]
    geometry: MaskGeometry | None
    size: tuple[int, int, int]


@dataclass(slots=True)
class VolumeMask:
    """Labels in one or more arrays (several where labels overlap or have a file each)."""

    labels: tuple[Label, ...]
    layers: tuple[Layer, ...]
    _chosen: Sequence[Label] = ()
    _instances: Sequence[InstanceFacts] = ()
    _placements: dict[int, Placement] = field(default_factory=dict)
    _packed: dict[int, list[LabelCut]] = field(default_factory=dict)
    _voxels: dict[int, Array] = field(default_factory=dict)

    def place(
        self, instances: Sequence[InstanceFacts], names: Sequence[str], labels: Sequence[Label], *, nearest: bool
    ) -> tuple[Notice, ...]:
        """Lay the mask onto a series.

        Raises
        ------
        MaskNotPlacedError, InvalidSeriesError, InvalidMaskError : it does not fit.
        """
        self._chosen, self._instances = labels, instances
        notices: dict[Notice, None] = {}
        used = sorted({label.layer for label in labels})
        for number in used:
            layer = self.layers[number]
            if layer.geometry is None:
                placement = place_by_order(instances, names, layer.size)
            else:
                placement = place_mask(instances, names, layer.geometry, resample="nearest" if nearest else None)
            self._placements[number] = placement
            notices |= dict.fromkeys(placement.notices)
        # One array stays as it is and is cut file by file; of several, each is packed and let go.
        for number in used if len(used) > 1 else ():
            voxels = self.layers[number].load()
            own = [label for label in labels if label.layer == number]
            self._packed[number] = [
                self._cut_layer(voxels, self._placements[number], index, own) for index in range(len(instances))
            ]
        return tuple(notices)

    def cut(self, index: int) -> LabelCut:
        """Return the chosen labels' bits on an instance."""
        if len(self._placements) == 1:
            ((number, placement),) = self._placements.items()
            if number not in self._voxels:
                self._voxels[number] = self.layers[number].load()
            return self._cut_layer(self._voxels[number], placement, index, self._chosen)
        cuts: dict[int, Iterator[bytes | None]] = {n: iter(files[index]) for n, files in self._packed.items()}
        return [next(cuts[label.layer]) for label in self._chosen]

    def _cut_layer(self, voxels: Array, placement: Placement, index: int, labels: Sequence[Label]) -> LabelCut:
        view, facts = placement.views[index], self._instances[index]
        if view is None:
            return [None] * len(labels)
        rows, columns = facts.rows or 0, facts.columns or 0
        if isinstance(view, NearestView):
            picture = _nearest(voxels, view, rows, columns)
        else:
            picture = _view(voxels, view, facts.number_of_frames, rows, columns)
        return [pack_bits(picture != 0 if label.value is None else picture == label.value) for label in labels]


def _view(voxels: Array, view: MaskView, frames: int, rows: int, columns: int) -> Array:
    """Return an exact view of the array, copied only where it does not lie in order; numpy checks its bounds."""
    flat = voxels.reshape(-1)
    size = flat.itemsize
    picture = np.ndarray(
        (frames, rows, columns),
        flat.dtype,
        flat,
        view.offset * size,
        (view.frame_step * size, view.row_step * size, view.column_step * size),
    )
    return np.ascontiguousarray(picture)


def _nearest(voxels: Array, view: NearestView, rows: int, columns: int) -> Array:
    r, c = np.arange(rows)[:, None], np.arange(columns)[None, :]
    at = [
        np.floor(view.origin[n] + r * view.per_row[n] + c * view.per_column[n] + 0.5).astype(np.int64) for n in range(3)
    ]
    slices, height, width = voxels.shape
    inside = np.ones((rows, columns), dtype=bool)
    for value, limit in zip(at, (width, height, slices), strict=True):
        inside &= (value >= 0) & (value < limit)
    picture = np.zeros((rows, columns), voxels.dtype)
    i, j, k = (np.broadcast_to(value, (rows, columns))[inside] for value in at)
    picture[inside] = voxels[k, j, i]
    return picture


def pack_bits(pixels: Array) -> bytes:
    """Pack pixels as Overlay Data holds them."""
    return np.packbits(pixels, axis=None, bitorder="little").tobytes().ljust(packed_size(pixels.size), b"\0")


def choose_labels(labels: Sequence[Label], wanted: Sequence[str], most: int) -> tuple[Label, ...]:
    """Return the labels that were asked for, in that order; all where none was.

    Parameters
    ----------
    wanted : a name, a value, or VALUE=NAME, which gives the plane that name. One name alone names a mask's only label.

    Raises
    ------
    InvalidMaskError : there is no such label, or more than ``most``.
    """
    chosen = list(labels)
    if len(labels) == 1 and len(wanted) == 1 and not _matches(labels, wanted[0]) and "=" not in wanted[0]:
        return (Label(name=wanted[0], value=labels[0].value, layer=labels[0].layer),)
    if wanted:
        chosen = []
        for place, text in enumerate(wanted):
            value, is_renamed, name = text.rpartition("=")
            found = _matches(labels, text) or (_matches(labels, value) if is_renamed else [])
            if not found:
                msg = f"the mask has no label as asked for; it has {len(labels)}, which --dry-run lists"
                raise InvalidMaskError(msg, field="label", index=place, found=len(labels))
            if is_renamed and not _matches(labels, text):
                found = [Label(name=name, value=label.value, layer=label.layer) for label in found]
            chosen += found
    if len(chosen) > most:
        msg = (
            f"the mask has {len(chosen)} labels, a file holds {most} planes; choose with --label (--dry-run lists them)"
        )
        raise InvalidMaskError(msg, field="label", expected=most, found=len(chosen))
    if not chosen:
        msg = "the mask marks nothing: all its voxels are zero"
        raise InvalidMaskError(msg, field="label", found=0)
    return tuple(chosen)


def _matches(labels: Sequence[Label], text: str) -> list[Label]:
    named = [label for label in labels if label.name == text]
    return named or [label for label in labels if str(label.value) == text]
