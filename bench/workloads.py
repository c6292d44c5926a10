"""The files that the contenders work on, made from the real header of pydicom's public `CT_small.dcm`."""

from __future__ import annotations

import json
import shutil
import struct
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np
import pydicom
from pydicom.data import get_testdata_file
from pydicom.uid import UID

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pydicom.dataset import FileDataset

SIZE = 512
SMALL = 16  # rows and columns of the images whose number matters alone
ARCHIVE = 128  # rows and columns of the archive's images
DISTINCT = 200  # images of the archive that pydicom writes
ROOT = "1.2.826.0.1.3680043.10.1562"
U32 = np.uint32


def make_mask(number: int) -> np.ndarray:
    """Return the mask of file ``number``: the spike's pattern, uint8 of shape (rows, columns).

    The first quadrant is set, every other pixel is set by chance, from a hash: `web/bench/src/page.ts` computes the same bits.
    """
    index = np.arange(SIZE * SIZE, dtype=U32)
    seed = U32((number * 0x9E3779B1 + 0x7F4A7C15) & 0xFFFFFFFF)
    mixed = (index ^ seed) * U32(0x85EBCA6B)
    mixed ^= mixed >> U32(13)
    mixed *= U32(0xC2B2AE35)
    mask = (mixed >> U32(31)).astype(np.uint8).reshape(SIZE, SIZE)
    mask[: SIZE // 2, : SIZE // 2] = 1
    return mask


def make_masks(number: int, frames: int, planes: int) -> list[np.ndarray]:
    """Return the masks of file ``number``, one for each plane; of several frames, shape (frames, rows, columns)."""
    numbers = [number + plane * 10_000 for plane in range(planes)]
    if frames == 1:
        return [make_mask(each) for each in numbers]
    return [np.stack([make_mask(each * 1000 + frame) for frame in range(frames)]) for each in numbers]


def synthetic_pixels(number: int) -> bytes:
    """Return 512 × 512 pixels of 16 bits: a ramp with noise, as incompressible as a CT."""
    generator = np.random.default_rng(number)
    ramp = np.add.outer(np.arange(SIZE), np.arange(SIZE))
    return bytes((ramp + generator.integers(0, 256, (SIZE, SIZE))).astype("<u2").tobytes())


def ct_image(number: int, size: int = SIZE) -> FileDataset:
    """Return image ``number`` of a series; ``size`` is its rows and columns, ARCHIVE those of the original."""
    image = pydicom.dcmread(str(get_testdata_file("CT_small.dcm", download=False)))
    if size != ARCHIVE:
        image.Rows = image.Columns = size
        image.PixelData = synthetic_pixels(number % 30) if size == SIZE else bytes(2 * size * size)
        image.pop((0xFFFC, 0xFFFC), None)
    image.StudyInstanceUID, image.SeriesInstanceUID = f"{ROOT}.1", f"{ROOT}.2"
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = UID(f"{ROOT}.3.{number + 1}")
    image.FrameOfReferenceUID = f"{ROOT}.4"
    image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    image.ImagePositionPatient = [-125, -125, 2.5 * number]
    image.InstanceNumber = number + 1
    return image


def make_series(folder: Path, count: int, size: int = SIZE) -> list[Path]:
    """Write a series; the first two hundred images are written by pydicom, the others are their copies."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number:06}.dcm" for number in range(count)]
    for number, path in enumerate(paths):
        if number >= DISTINCT and size != SIZE:
            shutil.copyfile(paths[number % DISTINCT], path)
        else:
            ct_image(number, size).save_as(path)
    return paths


def make_elements(path: Path, count: int) -> Path:
    """Write a CT with a private sequence of items of undefined length that hold ``count`` elements."""
    ct_image(0).save_as(path)
    data = path.read_bytes()
    at = data.index(struct.pack("<HH2s", 0x0010, 0x0010, b"PN"))
    body = b"".join(struct.pack("<HH2sHH", 0x0009, 0x1010 + number, b"US", 2, 7) for number in range(1000))
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + body + struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
    end = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    sequence = struct.pack("<HH2sHI", 0x0009, 0x1001, b"SQ", 0, 0xFFFFFFFF) + item * (count // 1000) + end
    creator = struct.pack("<HH2sH", 0x0009, 0x0010, b"LO", 6) + b"BENCH "
    path.write_bytes(data[:at] + creator + sequence + data[at:])
    return path


def write_nifti(path: Path, slices: int, labels: int) -> None:
    """Write a mask of the series' geometry: blocks of labels, each of them in every slice."""
    import SimpleITK

    k, r, c = np.ogrid[:slices, :SIZE, :SIZE]
    mask = SimpleITK.GetImageFromArray((((r // 16) * 7 + c // 16 + k // 8) % (labels + 1)).astype(np.uint8))
    spacing = ct_image(0).PixelSpacing
    mask.SetSpacing((float(spacing[1]), float(spacing[0]), 2.5))
    mask.SetOrigin((-125.0, -125.0, 0.0))
    SimpleITK.WriteImage(mask, str(path))


def make_headers(folder: Path, count: int) -> None:
    """Write the headers alone of a long series, their lengths beside them; the page adds shared pixels."""
    lengths = []
    scratch = folder / "scratch.dcm"
    with (folder / "headers.bin").open("wb") as file:
        for number in range(count):
            image = ct_image(number)
            image.save_as(scratch)
            lengths.append(scratch.stat().st_size - len(image.PixelData))
            file.write(scratch.read_bytes()[: lengths[-1]])
    scratch.unlink()
    (folder / "pixels.bin").write_bytes(synthetic_pixels(0))
    (folder / "headers.json").write_text(json.dumps(lengths), "utf-8")


def make_frames(path: Path, frames: int) -> Path:
    """Write a multi-frame image of 512 × 512 pixels of 16 bits, frame by frame, so that memory stays small."""
    image = ct_image(0)
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.7.3")
    image.NumberOfFrames = frames
    return write_pixels(path, image, len(image.PixelData) * frames, repeat(image.PixelData, frames))


def make_large(path: Path, size: int) -> Path:
    """Write a sparse file of ``size`` bytes whose Pixel Data is one long value that does not end in zeros."""
    return write_pixels(path, ct_image(0), size - size % 2, [b"the last bytes of the file."])


def write_pixels(path: Path, image: FileDataset, length: int, pieces: Iterable[bytes]) -> Path:
    """Write an image whose Pixel Data is ``length`` bytes long and ends in the pieces; what is before them is sparse."""
    image.save_as(path)
    start = path.stat().st_size - len(image.PixelData)
    pieces = list(pieces)
    with path.open("r+b") as file:
        file.truncate(start)
        file.seek(start - 4)
        file.write(length.to_bytes(4, "little"))
        file.seek(start + length - sum(map(len, pieces)))
        file.writelines(pieces)
    return path
