"""The Python ways to write planes, run unchanged by CPython and by Pyodide.

`spike` is rewritten from the description of the method whose times were published; `lean` is what a careful
pydicom user writes; `ours` is this project. Each takes masks of one byte for each pixel, shape (rows, columns) or
(frames, rows, columns), and returns the masks that it wrote.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pydicom


def spike(path: str, output: str, masks: list[Any]) -> list[Any]:
    """Decode the pixels for the image's shape, pack, add the elements one by one, save the whole file."""
    from pydicom.pixels.utils import pack_bits

    dataset = pydicom.dcmread(path)
    shape = dataset.pixel_array.shape
    dataset.add_new(0x60000010, "US", dataset.pixel_array.shape[0])
    dataset.add_new(0x60000011, "US", dataset.pixel_array.shape[1])
    dataset.add_new(0x60000040, "CS", "R")
    dataset.add_new(0x60000045, "LO", "AUTOMATED")
    dataset.add_new(0x60000050, "SS", [1, 1])
    dataset.add_new(0x60000100, "US", 1)
    dataset.add_new(0x60000102, "US", 0)
    dataset.add_new(0x60003000, "OW", pack_bits(masks[0].reshape(shape)))
    dataset.save_as(output)
    return masks


def spike_with_loop(path: str, output: str, masks: list[Any]) -> list[Any]:
    """Do `spike` with a random mask made in the same go, one pixel after the other, as the published times were."""
    rows, columns = masks[0].shape
    mask = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            if row < rows / 2 and column < columns / 2:
                mask[row, column] = 1
            else:
                mask[row, column] = random.randint(0, 1)
    return spike(path, output, [mask])


def lean(path: str, output: str, masks: list[Any]) -> list[Any]:
    """Read, pack, add the elements, save; no pixel is decoded."""
    dataset = pydicom.dcmread(path)
    for index, mask in enumerate(masks):
        packed = np.packbits(mask, bitorder="little").tobytes()
        group = (0x6000 + 2 * index) << 16
        dataset.add_new(group | 0x0010, "US", mask.shape[-2])
        dataset.add_new(group | 0x0011, "US", mask.shape[-1])
        if mask.ndim == 3:
            dataset.add_new(group | 0x0015, "IS", mask.shape[0])
            dataset.add_new(group | 0x0051, "US", 1)
        dataset.add_new(group | 0x0040, "CS", "G")
        dataset.add_new(group | 0x0050, "SS", [1, 1])
        dataset.add_new(group | 0x0100, "US", 1)
        dataset.add_new(group | 0x0102, "US", 0)
        dataset.add_new(group | 0x3000, "OW", packed + bytes(len(packed) % 2))
    dataset.save_as(output)
    return masks


def ours(path: str, output: str, masks: list[Any]) -> list[Any]:
    """Call this project's function on paths."""
    from dicom_overlay import OverlayPlane, write_dicom_overlays

    write_dicom_overlays(path, [OverlayPlane.from_mask(mask) for mask in masks], output=output)
    return masks
