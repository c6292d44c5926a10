"""Judge a contender's output with pydicom, which shares no code with the splicing that is measured.

A time counts only when the mask reads back and the pixel data is equal. Whether every other byte is the source's is told beside
the time.
"""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Any

import numpy as np
import pydicom
from pydicom.encaps import generate_frames

GROUP = 0x6000


def judge(source: bytes, output: bytes, masks: list[np.ndarray]) -> dict[str, Any]:
    """Compare an output with its source; ``masks`` are the planes wanted, each (rows, columns) or (frames, …)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reason = find_fault(source, output, masks)
    except Exception as error:  # noqa: BLE001 - whatever pydicom throws at a broken output, the output is broken
        reason = f"unreadable: {type(error).__name__}"
    return {"correct": not reason, "reason": reason, "other_bytes_equal": not reason and is_insertion(source, output)}


def find_fault(source: bytes, output: bytes, masks: list[np.ndarray]) -> str:
    """Return what is wrong with an output, or nothing."""
    before = pydicom.dcmread(BytesIO(source))
    after = pydicom.dcmread(BytesIO(output))
    for index, mask in enumerate(masks):
        found = after.overlay_array(GROUP + 2 * index)
        if found.shape != mask.shape or not np.array_equal(found.astype(bool), mask.astype(bool)):
            return "the mask does not read back"
    if not same_pixels(before, after):
        return "the pixel data changed"
    if before.file_meta.TransferSyntaxUID != after.file_meta.TransferSyntaxUID:
        return "the transfer syntax changed"
    return ""


def same_pixels(before: pydicom.Dataset, after: pydicom.Dataset) -> bool:
    """Compare Pixel Data, encapsulated frames one by one: how they are cut into fragments is not the image."""
    if before.PixelData == after.PixelData or not before.file_meta.TransferSyntaxUID.is_encapsulated:
        return bool(before.PixelData == after.PixelData)
    frames = int(before.get("NumberOfFrames", 1) or 1)
    pairs = [list(generate_frames(image.PixelData, number_of_frames=frames)) for image in (before, after)]
    return [frame.rstrip(b"\0") for frame in pairs[0]] == [frame.rstrip(b"\0") for frame in pairs[1]]


def is_insertion(source: bytes, output: bytes) -> bool:
    """Say whether ``output`` is ``source`` with bytes put in at one place and no other changed."""
    if len(output) <= len(source):
        return False
    head = common_length(source, output)
    return source[head:] == output[len(output) - (len(source) - head) :]


def common_length(first: bytes, second: bytes) -> int:
    """Return how many leading bytes are equal, by halving."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if first[:middle] == second[:middle] else (low, middle - 1)
    return low
