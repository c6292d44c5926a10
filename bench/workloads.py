"""The files that the contenders work on, made from real headers of pydicom's public test files."""

from __future__ import annotations

import json
import shutil
import struct
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from pydicom.uid import UID, ExplicitVRLittleEndian

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SIZE = 512
SMALL = 16  # rows and columns of the images whose number matters alone
ARCHIVE = 128  # rows and columns of the archive's images
DISTINCT = 200  # images of the archive that pydicom writes
ROOT = "1.2.826.0.1.3680043.10.1562"
FRAMES = 100
MARKER = b"the last bytes of the file."


def sample(name: str) -> Path:
    """Return one of pydicom's or pydicom-data's files."""
    import data_store

    folders = [Path(str(files(pydicom))) / "data" / "test_files", *(Path(p) / "data" for p in data_store.__path__)]
    return next(folder / name for folder in folders if (folder / name).is_file())


def synthetic_pixels(number: int) -> bytes:
    """Return 512 × 512 pixels of 16 bits: a ramp with noise, as incompressible as a CT."""
    generator = np.random.default_rng(number)
    ramp = np.add.outer(np.arange(SIZE), np.arange(SIZE))
    return bytes((ramp + generator.integers(0, 256, (SIZE, SIZE))).astype("<u2").tobytes())


def ct_image(number: int) -> Dataset:
    """Return image ``number`` of a series with the header of a real CT."""
    image = pydicom.dcmread(sample("CT_small.dcm"))
    image.Rows = image.Columns = SIZE
    image.PixelData = synthetic_pixels(number % 30)
    image.StudyInstanceUID, image.SeriesInstanceUID = f"{ROOT}.1", f"{ROOT}.2"
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = UID(f"{ROOT}.3.{number + 1}")
    image.FrameOfReferenceUID = f"{ROOT}.4"
    image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    image.ImagePositionPatient = [-125, -125, 2.5 * number]
    image.InstanceNumber = number + 1
    return image


def make_series(folder: Path, count: int) -> list[Path]:
    """Write the series of the spike's workload."""
    paths = [folder / f"ct-{number:04}.dcm" for number in range(count)]
    for number, path in enumerate(paths):
        ct_image(number).save_as(path)
    return paths


def make_archive(folder: Path, count: int) -> Path:
    """Write many real CT images of 39 KB, each with UIDs, a number and a place of its own; two hundred are written by
    pydicom, and the others are their copies."""
    folder.mkdir()
    image = pydicom.dcmread(sample("CT_small.dcm"))
    for number in range(count):
        path = folder / f"{number:06}.dcm"
        if number >= DISTINCT:
            shutil.copyfile(folder / f"{number % DISTINCT:06}.dcm", path)
            continue
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = UID(f"{ROOT}.3.{7 * number + 1}")
        image.ImagePositionPatient = [-125, -125, 2.5 * number]
        image.InstanceNumber = number + 1
        image.save_as(path)
    return folder


def make_small(folder: Path, count: int) -> Path:
    """Write many images of 4 KB."""
    folder.mkdir()
    image = pydicom.dcmread(sample("CT_small.dcm"))
    image.Rows = image.Columns = SMALL
    image.PixelData = bytes(2 * SMALL * SMALL)
    image.pop((0xFFFC, 0xFFFC), None)
    first = folder / "000000.dcm"
    image.save_as(first)
    for number in range(1, count):
        shutil.copyfile(first, folder / f"{number:06}.dcm")
    return folder


def make_elements(path: Path, count: int) -> Path:
    """Write a CT with a private sequence of items of undefined length that hold ``count`` elements."""
    image = ct_image(0)
    image.save_as(path)
    data = path.read_bytes()
    at = data.index(struct.pack("<HH2s", 0x0010, 0x0010, b"PN"))
    body = b"".join(struct.pack("<HH2sHH", 0x0009, 0x1010 + number, b"US", 2, 7) for number in range(1000))
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + body + struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
    end = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    sequence = struct.pack("<HH2sHI", 0x0009, 0x1001, b"SQ", 0, 0xFFFFFFFF) + item * (count // 1000) + end
    creator = struct.pack("<HH2sH", 0x0009, 0x0010, b"LO", 6) + b"BENCH "
    path.write_bytes(data[:at] + creator + sequence + data[at:])
    return path


def label_volume(slices: int, labels: int) -> np.ndarray:
    """Return blocks of labels, shape (slices, rows, columns), each of them in every slice."""
    k, r, c = np.ogrid[:slices, :SIZE, :SIZE]
    values: np.ndarray = (((r // 16) * 7 + c // 16 + k // 8) % (labels + 1)).astype(np.uint8)
    return values


def write_nifti(path: Path, volume: np.ndarray) -> None:
    """Write a mask of the series' geometry: slices, rows, columns."""
    import SimpleITK

    mask = SimpleITK.GetImageFromArray(volume)
    spacing = ct_image(0).PixelSpacing
    mask.SetSpacing((float(spacing[1]), float(spacing[0]), 2.5))
    mask.SetOrigin((-125.0, -125.0, 0.0))
    SimpleITK.WriteImage(mask, str(path))


def make_headers(folder: Path, count: int) -> Path:
    """Write the headers alone of a long series, one JSON list of lengths beside; the page adds shared pixels."""
    blob, lengths = bytearray(), []
    path = folder / "headers.bin"
    scratch = folder / "scratch.dcm"
    for number in range(count):
        image = ct_image(number)
        image.save_as(scratch)
        data = scratch.read_bytes()
        header = data[: data.index(image.PixelData[:64])]
        lengths.append(len(header))
        blob += header
    scratch.unlink()
    path.write_bytes(blob)
    (folder / "pixels.bin").write_bytes(synthetic_pixels(0))
    (folder / "headers.json").write_text(json.dumps(lengths), "utf-8")
    return path


def multi_frame(path: Path, frames: int) -> Path:
    """Write a multi-frame image of 512 × 512 pixels of 16 bits, frame by frame, so that memory stays small."""
    image = ct_image(0)
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.7.3")
    image.NumberOfFrames = frames
    frame = image.PixelData
    image.pop((0xFFFC, 0xFFFC), None)
    image.save_as(path)
    data = path.read_bytes()
    start = data.rindex(frame[:64])
    length = len(frame) * frames
    with path.open("wb") as file:
        file.write(data[: start - 4] + length.to_bytes(4, "little"))
        for _ in range(frames):
            file.write(frame)
    return path


def large(path: Path, size: int) -> Path:
    """Write a sparse file of ``size`` bytes whose Pixel Data is one long value that ends in MARKER."""
    image = ct_image(0)
    image.pop((0xFFFC, 0xFFFC), None)
    image.save_as(path)
    data = path.read_bytes()
    start = data.rindex(image.PixelData[:64])
    length = size - start - (size - start) % 2
    with path.open("wb") as file:
        file.write(data[: start - 4] + length.to_bytes(4, "little"))
        file.seek(start + length - len(MARKER))
        file.write(MARKER)
    return path


def describe(path: Path, name: str) -> dict[str, Any]:
    """Return what a contender needs to know of a file."""
    header = pydicom.dcmread(path, stop_before_pixels=True)
    return {
        "workload": name,
        "path": str(path),
        "file": path.name,
        "bytes": path.stat().st_size,
        "rows": int(header.Rows),
        "columns": int(header.Columns),
        "frames": int(header.get("NumberOfFrames", 1) or 1),
        "transferSyntax": str(header.file_meta.get("TransferSyntaxUID", ExplicitVRLittleEndian)),
    }
