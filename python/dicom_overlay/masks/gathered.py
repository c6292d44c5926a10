"""Turn the planes of a series into one mask: the inverse of `lay`."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from dicom_overlay.errors import InvalidSeriesError
from dicom_overlay.series.gather import OverlayVolume
from dicom_overlay.series.grid import Plane, RegularGrid, image_planes, regular_grid
from dicom_overlay.series.order import InstanceFacts

from .values import Array
from .volume import Block, Label, LabelVolume


def volume_of_planes(volumes: Sequence[OverlayVolume], instances: Sequence[InstanceFacts]) -> LabelVolume:
    """Return gathered planes as one mask.

    Parameters
    ----------
    instances : the images, in the order in which the planes were gathered.

    Notes
    -----
    If the images form one grid, the mask is on that grid. If not, the mask has no position, and its slices are the images
    in their order.
    """
    try:
        grid: RegularGrid | None = grid_of(instances)
    except InvalidSeriesError:
        grid = None
    blocks, labels = [], []
    for layer, volume in enumerate(volumes):
        count = len(volume.slices)
        slices = tuple(range(count)) if grid is None else grid.slices
        size = (volume.columns, volume.rows, count) if grid is None else grid.geometry.size
        load = partial(stack_of, volume, slices, size[2])
        blocks.append(Block(load=load, size=size, geometry=None if grid is None else grid.geometry, layer=layer))
        labels.append(Label(name=volume.label or group_name(volume), value=layer + 1, layer=layer))
    return LabelVolume(labels=tuple(labels), blocks=tuple(blocks))


def group_name(volume: OverlayVolume) -> str:
    """Return the name for planes without a label: their first group."""
    return f"{next(filter(None, volume.groups), 0):04X}"


def planes_of(instances: Sequence[InstanceFacts]) -> list[Plane]:
    """Return the position of all images, frame by frame.

    Raises
    ------
    InvalidSeriesError : an image does not have one.
    """
    return [plane for index, facts in enumerate(instances) for plane in image_planes(facts, index)]


def grid_of(instances: Sequence[InstanceFacts]) -> RegularGrid:
    """Return the grid that the images form, and each image's slice."""
    sizes = {(facts.rows or 0, facts.columns or 0) for facts in instances}
    if len(sizes) != 1:
        msg = "the images have different sizes; they do not form one grid"
        raise InvalidSeriesError(msg, field="rows", expected=1, found=len(sizes))
    ((rows, columns),) = sizes
    grid = regular_grid(planes_of(instances), rows, columns)
    uid = instances[0].frame_of_reference_uid
    return RegularGrid(grid.geometry.in_frame_of_reference(uid), grid.slices)


def stack_of(volume: OverlayVolume, slices: Sequence[int], count: int) -> Array:
    """Return a label's pixels, shape (count, rows, columns), with each image in its slice."""
    stack = np.zeros((count, volume.rows, volume.columns), bool)
    for index, at in enumerate(slices):
        if volume.slices[index] is not None:
            stack[at] = np.frombuffer(volume.unpack(index), bool).reshape(volume.rows, volume.columns)
    return stack
