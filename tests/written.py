"""One plane written into one corpus file: what most oracle tests look at."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dicom_overlay import write_dicom_overlay

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from corpus import CorpusFile
    from dicom_overlay import WriteResult

LABEL = "Test plane"


@dataclass(frozen=True, slots=True)
class Written:
    """A corpus file with one plane more.

    Attributes
    ----------
    mask : shape (rows, columns), or (frames, rows, columns) on a multi-frame image; dtype bool.
    packed : the bits as they must be in a little endian file, padded to an even length.
    folder : the place for what the oracles make of it.
    """

    file: CorpusFile
    path: Path
    mask: NDArray[np.bool_]
    result: WriteResult
    folder: Path

    @property
    def group(self) -> int:
        """The group that was taken."""
        return self.result.groups[0]

    @property
    def packed(self) -> bytes:
        """The plane's bits, packed by numpy."""
        return pack(self.mask)

    @property
    def source(self) -> bytes:
        """The file before."""
        return self.file.path.read_bytes()

    @property
    def data(self) -> bytes:
        """The file after."""
        return self.path.read_bytes()


def pack(mask: NDArray[np.bool_]) -> bytes:
    """Pack a mask least significant bit first, padded to an even length. Standard: PS3.5 section 8.1.2."""
    data = np.packbits(mask, axis=None, bitorder="little").tobytes()
    return data + b"\0" * (len(data) % 2)


def random_mask(seed: str, *shape: int) -> NDArray[np.bool_]:
    """Return a mask with about a quarter of its pixels set, the corners among them."""
    count = int(np.prod(shape))
    source = random.Random(seed)  # str seeds are stable
    size = (count + 7) // 8
    data = source.getrandbits(size * 8) & source.getrandbits(size * 8)
    bits = np.unpackbits(np.frombuffer(data.to_bytes(size, "little"), np.uint8), count=count).reshape(shape)
    mask: NDArray[np.bool_] = bits.astype(bool)
    mask[..., 0, 0] = mask[..., -1, -1] = True
    return mask


def write(file: CorpusFile, folder: Path) -> Written:
    """Write a random plane into a copy of the file."""
    shape = (file.rows, file.columns) if file.frames == 1 else (file.frames, file.rows, file.columns)
    mask = random_mask(file.name, *shape)
    path = folder / "written.dcm"
    result = write_dicom_overlay(file.path, mask, output=path, label=LABEL, description="A description", subtype="USER")
    return Written(file, path, mask, result, folder)
