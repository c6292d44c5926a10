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

GROUP = 0x6000


def judge(source: bytes, output: bytes, masks: list[np.ndarray]) -> dict[str, Any]:
    """Compare an output with its source; ``masks`` are the planes wanted, each (rows, columns) or (frames, …).

    Returns the ``reason`` why the output is wrong, empty where it is right, and ``other_bytes_equal``.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reason = find_fault(source, output, masks)
    except Exception as error:  # noqa: BLE001 - whatever pydicom throws at a broken output, the output is broken
        reason = f"unreadable: {type(error).__name__}"
    return {"reason": reason, "other_bytes_equal": not reason and is_insertion(source, output)}


def find_fault(source: bytes, output: bytes, masks: list[np.ndarray]) -> str:
    """Return what is wrong with an output, or nothing."""
    before, after = (pydicom.dcmread(BytesIO(data)) for data in (source, output))
    for index, mask in enumerate(masks):
        found = after.overlay_array(GROUP + 2 * index)
        if found.shape != mask.shape or not np.array_equal(found.astype(bool), mask.astype(bool)):
            return "the mask does not read back"
    if before.PixelData != after.PixelData:
        return "the pixel data changed"
    if before.file_meta.TransferSyntaxUID != after.file_meta.TransferSyntaxUID:
        return "the transfer syntax changed"
    return ""


def is_insertion(source: bytes, output: bytes) -> bool:
    """Say whether ``output`` is ``source`` with bytes put in at one place and no other changed."""
    head = next((at for at, (one, other) in enumerate(zip(source, output, strict=False)) if one != other), len(source))
    return len(output) > len(source) and output.endswith(source[head:])
