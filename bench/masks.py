"""The annotation of file ``number``: the spike's pattern, made from a hash so that the page makes the same one."""

from __future__ import annotations

import numpy as np

U32 = np.uint32


def make_mask(number: int, rows: int, columns: int) -> np.ndarray:
    """Return uint8 of shape (rows, columns): the first quadrant set, every other pixel set by chance.

    ``web/bench/src/masks.ts`` computes the same bits.
    """
    index = np.arange(rows * columns, dtype=U32)
    seed = U32((number * 0x9E3779B1 + 0x7F4A7C15) & 0xFFFFFFFF)
    mixed = (index ^ seed) * U32(0x85EBCA6B)
    mixed ^= mixed >> U32(13)
    mixed *= U32(0xC2B2AE35)
    mask = (mixed >> U32(31)).astype(np.uint8).reshape(rows, columns)
    mask[: rows // 2, : columns // 2] = 1
    return mask


def make_volume(number: int, frames: int, rows: int, columns: int) -> np.ndarray:
    """Return uint8 of shape (frames, rows, columns), one mask a frame."""
    return np.stack([make_mask(number * 1000 + frame, rows, columns) for frame in range(frames)])
