"""Lay a mask onto images: for each chosen label, the packed bits of each image, as in Overlay Data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from dicom_overlay.errors import InvalidMaskError, InvalidRequestError, InvalidSeriesError, MaskNotPlacedError
from dicom_overlay.notices import Notice, make_notice
from dicom_overlay.planes.packing import packed_size
from dicom_overlay.series.gather import joined
from dicom_overlay.series.order import InstanceFacts
from dicom_overlay.series.place import MaskView, NearestView, Placement, View, place_mask, whole_view

from .choose import choose_labels, name_labels
from .folders import PictureFolder
from .names import Names
from .values import Array
from .volume import Block, Label, LabelVolume

Views = tuple[tuple[View | None, ...], ...]
"""For each image (file), a view of a block for each of its frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The caller's options for a mask.

    Attributes
    ----------
    labels : the labels to write, as in `choose_labels`.
    names : names of the label values.
    resample : "nearest", or None.
    every_image : write a two-dimensional picture onto every image.
    has_frames : the caller names the frames onto which a picture is written.
    """

    labels: tuple[str, ...] = field(default=(), repr=False)
    names: Names = field(default=(), repr=False)
    resample: str | None = None
    every_image: bool = False
    has_frames: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidMask:
    """A mask laid onto images.

    Attributes
    ----------
    labels : the chosen labels.
    cut : takes an image's index and returns the bits of each label on it; None if the mask does not reach it.
    notices : what the caller should tell the user.
    is_picture : the mask is one two-dimensional picture for all frames of an image.
    """

    labels: tuple[Label, ...]
    cut: Callable[[int], list[bytes | None]]
    notices: tuple[Notice, ...] = ()
    is_picture: bool = False


def lay_mask(
    mask: LabelVolume | PictureFolder, instances: Sequence[InstanceFacts], names: Sequence[str], wishes: Wishes
) -> LaidMask:
    """Choose a mask's labels and lay them onto images.

    Parameters
    ----------
    instances : the images of one series.
    names : their paths.
    """
    volume = mask.for_images(names, instances) if isinstance(mask, PictureFolder) else mask
    volume = name_labels(volume, wishes.names)
    labels, chosen = choose_labels(volume, wishes.labels)
    _require_used(volume, wishes)
    used = {label.layer for label in labels}
    blocks = [block for block in volume.blocks if block.layer in used]
    is_one = volume.is_picture and bool(blocks) and blocks[0].image is None
    if is_one:
        placed = [(blocks[0], _spread(blocks[0], instances, every_image=wishes.every_image or wishes.has_frames))]
        said: tuple[Notice, ...] = ()
    else:
        placed, said = _place_all(blocks, instances, names, wishes.resample)
    if len(placed) == 1:
        # A single array is cut image by image, because all its labels together can be larger than the array.
        ((block, views),) = placed
        voxels = block.load()

        def cut(index: int) -> list[bytes | None]:
            return _cut(voxels, views[index], instances[index], labels)

        found = _Found(any(any(bits) for index in range(len(instances)) for bits in cut(index) if bits))
        found.look(voxels, labels, is_picture=volume.is_picture)
    else:
        packed, found = _pack_all(placed, labels, instances, is_picture=volume.is_picture)

        def cut(index: int) -> list[bytes | None]:
            return [some[index] for some in packed]

    if found.has_voxels and not found.is_set:
        msg = "the mask and the images overlap, but no set voxel is on an image"
        raise MaskNotPlacedError(msg, field="range", found=0)
    if found.mostly:
        said = (*said, make_notice("mostly-set", found=found.mostly))
    if not found.is_set:
        said = (*said, make_notice("empty-mask"))
    notices = tuple(dict.fromkeys((*volume.notices, *chosen, *said)))
    return LaidMask(labels=labels, cut=cut, notices=notices, is_picture=is_one)


@dataclass(slots=True)
class _Found:
    """Whether anything is set on the images and in the mask, and how many pictures are more than half set."""

    is_set: bool = False
    has_voxels: bool = False
    mostly: int = 0

    def look(self, voxels: Array, labels: Sequence[Label], *, is_picture: bool) -> None:
        if is_picture:
            counts = [np.count_nonzero(label.where(voxels)) for label in labels]
            self.has_voxels = self.has_voxels or any(counts)
            self.mostly += any(2 * count > voxels.size for count in counts)
        elif not self.is_set:
            self.has_voxels = self.has_voxels or any(label.where(part).any() for label in labels for part in voxels)


def _require_used(volume: LabelVolume, wishes: Wishes) -> None:
    """Refuse options that have no effect on this kind of mask."""
    has_place = any(block.geometry is not None for block in volume.blocks)
    is_one = volume.is_picture and all(block.image is None for block in volume.blocks)
    for field_, is_given, is_used, what in (
        ("resample", wishes.resample is not None, has_place, "says where it lies"),
        ("every_image", wishes.every_image, is_one, "is one picture of two dimensions"),
        ("frames", wishes.has_frames, is_one, "is one picture of two dimensions"),
    ):
        if is_given and not is_used:
            msg = f"{field_} is only for a mask that {what}"
            raise InvalidRequestError(msg, field=field_)


def _spread(block: Block, instances: Sequence[InstanceFacts], *, every_image: bool) -> Views:
    """Lay one picture onto one image, or onto every image if the caller asked for that."""
    if len(instances) > 1 and not every_image:
        msg = "a two-dimensional mask is for one image; give that file, or write the mask onto every image (--every-image)"
        raise InvalidSeriesError(msg, field="images", expected=1, found=len(instances))
    columns, rows, _ = block.size
    for index, facts in enumerate(instances):
        wanted = [facts.rows or 0, facts.columns or 0]
        if wanted != [rows, columns]:
            msg = "the mask and the image differ in rows or columns"
            raise InvalidMaskError(msg, field="size", index=index, expected=wanted, found=[rows, columns])
    return tuple((whole_view(0, rows, columns),) for _ in instances)


def _place_all(
    blocks: Sequence[Block], instances: Sequence[InstanceFacts], names: Sequence[str], resample: str | None
) -> tuple[list[tuple[Block, Views]], tuple[Notice, ...]]:
    placed: list[tuple[Block, Views]] = []
    outside: list[MaskNotPlacedError] = []
    notices: dict[Notice, None] = {}
    known: dict[object, Placement] = {}
    for block in blocks:
        if block.image is not None:
            placed.append((block, _views_by_name(block, instances, names)))
            continue
        key = (block.size, block.geometry, block.is_plane)
        try:
            if key not in known:
                known[key] = place_mask(
                    instances,
                    names,
                    block.size,
                    block.geometry,
                    resample="nearest" if resample else None,
                    is_plane=block.is_plane,
                )
        except MaskNotPlacedError as error:
            if error.detail.get("field") != "range" or len(blocks) == 1:
                raise
            outside.append(error)
            continue
        placed.append((block, known[key].views))
        notices |= dict.fromkeys(notice for notice in known[key].notices if not block.is_plane)
    if outside and not placed:
        raise min(outside, key=lambda error: float(str(error.detail["found"])))
    reached = [any(any(views[index]) for _, views in placed) for index in range(len(instances))]
    if not all(reached) and blocks:
        notices |= {make_notice("mask-covers-part", found=sum(reached), expected=len(reached)): None}
    if outside:
        notices |= {make_notice("mask-slices-unused", found=len(outside), expected=len(blocks)): None}
    return placed, tuple(notices)


def _views_by_name(block: Block, instances: Sequence[InstanceFacts], names: Sequence[str]) -> Views:
    """Return the views of pictures that are for certain images, by name."""
    columns, rows, slices = block.size
    index = list(names).index(block.image or "")
    count = instances[index].number_of_frames
    if slices not in {1, count}:
        msg = "the mask's number of slices does not match the image's number of frames"
        raise InvalidSeriesError(msg, field="slices", index=index, expected=count, found=slices)
    own = tuple(whole_view(min(k, slices - 1), rows, columns) for k in range(count))
    return tuple(own if at == index else (None,) for at in range(len(instances)))


def _pack_all(
    placed: Sequence[tuple[Block, Views]],
    labels: Sequence[Label],
    instances: Sequence[InstanceFacts],
    *,
    is_picture: bool,
) -> tuple[list[list[bytes | None]], _Found]:
    """Cut one block after the other, so that only one is unpacked at a time."""
    packed: list[list[bytes | None]] = [[None] * len(instances) for _ in labels]
    found = _Found()
    for block, views in placed:
        own = [n for n, label in enumerate(labels) if label.layer == block.layer]
        voxels = block.load()
        for index in [index for index, some in enumerate(views) if any(some)]:
            cuts = _cut(voxels, views[index], instances[index], [labels[n] for n in own])
            for n, cut in zip(own, cuts, strict=True):
                held = packed[n][index]
                packed[n][index] = cut if held is None or cut is None else joined(held, cut)
                found.is_set = found.is_set or any(cut or b"")
        found.look(voxels, [labels[n] for n in own], is_picture=is_picture)
    return packed, found


def _cut(
    voxels: Array, views: Sequence[View | None], facts: InstanceFacts, labels: Sequence[Label]
) -> list[bytes | None]:
    """Return each label's bits on all frames of an image; None if the mask reaches no frame."""
    if not any(views):
        return [None] * len(labels)
    rows, columns = facts.rows or 0, facts.columns or 0
    pictures = [None if view is None else _sample(voxels, view, rows, columns) for view in views]
    if len(pictures) == 1 and pictures[0] is not None:
        stack = pictures[0][None]
    else:
        clear = np.zeros((rows, columns), voxels.dtype)
        stack = np.stack([clear if picture is None else picture for picture in pictures])
    return [pack_bits(label.where(stack)) for label in labels]


def _sample(voxels: Array, view: View, rows: int, columns: int) -> Array:
    if isinstance(view, NearestView):
        return _nearest(voxels, view, rows, columns)
    return _exact(voxels, view, rows, columns)


def _exact(voxels: Array, view: MaskView, rows: int, columns: int) -> Array:
    """Return an image's pixels, copied only if they are not contiguous. numpy checks the bounds."""
    flat = voxels.reshape(-1)
    size = flat.itemsize
    (top, bottom), (left, right) = view.rows, view.columns
    inside = np.ndarray(
        (bottom - top, right - left),
        flat.dtype,
        flat,
        (view.offset + top * view.row_step + left * view.column_step) * size,
        (view.row_step * size, view.column_step * size),
    )
    if inside.shape == (rows, columns):
        return np.ascontiguousarray(inside)
    picture = np.zeros((rows, columns), flat.dtype)
    picture[top:bottom, left:right] = inside
    return picture


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
    """Pack pixels into Overlay Data bits."""
    if not pixels.any():
        return bytes(packed_size(pixels.size))
    return np.packbits(pixels, axis=None, bitorder="little").tobytes().ljust(packed_size(pixels.size), b"\0")
