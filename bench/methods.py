"""The Python ways to write a plane, run unchanged by CPython and by Pyodide.

`spike` is written anew from the description of the method whose times were published; `lean` is what a careful
pydicom user writes; `ours` is this project.
"""

from __future__ import annotations

import random
from typing import Any

import pydicom


def spike_mask(rows: int, columns: int) -> Any:
    """Make a random mask as the spike does: one pixel after the other, in Python."""
    import numpy as np

    mask = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            if row < rows / 2 and column < columns / 2:
                mask[row, column] = 1
            else:
                mask[row, column] = random.randint(0, 1)
    return mask


def spike(path: str, output: str, mask: Any) -> None:
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
    dataset.add_new(0x60003000, "OW", pack_bits(mask.reshape(shape)))
    dataset.save_as(output)


def spike_with_loop(path: str, output: str, rows: int, columns: int) -> Any:
    """Do `spike` with the mask made in the same go, as the published times were; return the mask."""
    mask = spike_mask(rows, columns)
    spike(path, output, mask)
    return mask


def lean(path: str, output: str, planes: list[bytes], rows: int, columns: int, frames: int = 0) -> None:
    """Read, add the elements of ready-packed planes, save; no pixel is decoded."""
    dataset = pydicom.dcmread(path)
    for index, packed in enumerate(planes):
        group = (0x6000 + 2 * index) << 16
        dataset.add_new(group | 0x0010, "US", rows)
        dataset.add_new(group | 0x0011, "US", columns)
        if frames:
            dataset.add_new(group | 0x0015, "IS", frames)
            dataset.add_new(group | 0x0051, "US", 1)
        dataset.add_new(group | 0x0040, "CS", "G")
        dataset.add_new(group | 0x0050, "SS", [1, 1])
        dataset.add_new(group | 0x0100, "US", 1)
        dataset.add_new(group | 0x0102, "US", 0)
        dataset.add_new(group | 0x3000, "OW", packed)
    dataset.save_as(output)


def pack(mask: Any) -> bytes:
    """Pack one byte for each pixel, 0 or 1, with numpy, padded to even."""
    import numpy as np

    packed = np.packbits(np.frombuffer(mask, dtype=np.uint8), bitorder="little").tobytes()
    return packed + bytes(len(packed) % 2)


def ours(path: str, output: str, mask: Any, rows: int, columns: int) -> None:
    """Call this project's function on paths."""
    import dicom_overlay

    dicom_overlay.write_dicom_overlay(path, mask, output=output, rows=rows, columns=columns)
