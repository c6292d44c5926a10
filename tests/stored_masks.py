"""Masks in the many forms that programs store them in, for the page and the command to read alike."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nibabel
import numpy as np
import SimpleITK
from PIL import Image

import mask_files
from given_masks import COLUMNS, OTHER, PICTURE, ROWS, VOXELS, Array, trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TWO = VOXELS * 2 + np.roll(VOXELS, 4, axis=1)


def png_chunks(
    header: tuple[int, ...], *chunks: tuple[bytes, bytes], rows: Iterable[bytes], interlace: int = 0
) -> bytes:
    """A PNG by hand, of a header (bits, colour type) that Pillow does not write."""
    depth, colour = header

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    size = COLUMNS.to_bytes(4, "big") + ROWS.to_bytes(4, "big")
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    head = chunk(b"IHDR", size + bytes([depth, colour, 0, 0, interlace]))
    rest = b"".join(chunk(*one) for one in chunks)
    return b"\x89PNG\r\n\x1a\n" + head + rest + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def hand_made(depth: int, colour: int, rows: Iterable[bytes], *chunks: tuple[bytes, bytes]) -> Callable[[Path], Path]:
    return lambda folder: written(folder / "mask.png", png_chunks((depth, colour), *chunks, rows=rows))


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def packed_rows(picture: Array, depth: int) -> list[bytes]:
    """Rows of samples of 1, 2 or 4 bits, each begun at a whole byte."""
    per_byte = 8 // depth
    padded = np.zeros((ROWS, -(-COLUMNS // per_byte) * per_byte), np.uint8)
    padded[:, :COLUMNS] = picture
    parts = padded.reshape(ROWS, -1, per_byte)
    shifts = np.arange(per_byte)[::-1] * depth
    return [bytes(row) for row in (parts << shifts).sum(-1).astype(np.uint8)]


def image(picture: Array, mode: str, **options: Any) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        Image.fromarray(picture).convert(mode).save(folder / "mask.png", **options)
        return folder / "mask.png"

    return make


def with_palette(picture: Array, colours: list[int], **options: Any) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        made = Image.fromarray(picture, "P")
        made.putpalette(colours)
        made.save(folder / "mask.png", **options)
        return folder / "mask.png"

    return make


def coloured(*colours: tuple[int, ...]) -> Array:
    """Ground, PICTURE and OTHER in these colours."""
    made = np.zeros((ROWS, COLUMNS, len(colours[0])), np.uint8)
    made[:] = colours[0]
    made[PICTURE > 0] = colours[1]
    if len(colours) > 2:
        made[OTHER > 0] = colours[2]
    return made


def itk(name: str, *, compress: bool = False, matrix: Array | None = None, dtype: str = "u1") -> Callable[[Path], Path]:
    """VOXELS in the series' own place, or in that of ``matrix``, as SimpleITK writes them."""

    def make(folder: Path) -> Path:
        made = trial()
        made.voxels = VOXELS.astype(dtype)
        if matrix is not None:
            made.matrix = matrix
        SimpleITK.WriteImage(mask_files.itk_image(made), folder / name, useCompression=compress)
        return folder / name

    return make


def by_nibabel(
    change: Callable[[Any], None], voxels: Array = VOXELS, kind: type = nibabel.Nifti1Image, name: str = "mask.nii"
) -> Callable[[Path], Path]:
    """The series' own place as NIfTI has it, then changed."""

    def make(folder: Path) -> Path:
        found = kind(np.ascontiguousarray(voxels.T), np.diag([-1.0, -1, 2, 1]), dtype=voxels.dtype)
        change(found)
        nibabel.save(found, folder / name)
        return folder / name

    return make


def of_kind(kind: str, **changes: Any) -> Callable[[Path], Path]:
    """A mask by the writer of a trial: SEG by highdicom and dcmqi, NRRD by hand."""

    def make(folder: Path) -> Path:
        made = trial(kind)
        for name, value in changes.items():
            setattr(made, name, value)
        found = mask_files.write_mask(made, folder / "series", folder)
        return Path(found)

    return make


def no_place(folder: Path) -> Path:
    found = nibabel.Nifti1Image(np.ascontiguousarray(TWO.T), None)
    nibabel.save(found, folder / "mask.nii")
    return folder / "mask.nii"


def exif_of(orientation: int) -> Any:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def interlaced(picture: Array) -> bytes:
    """A grey PNG of 8 bits, in the seven passes of Adam7."""
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    rows = [row.tobytes() for top, left, down, across in passes for row in picture[top::down, left::across] if row.size]
    return png_chunks((8, 0), rows=rows, interlace=1)


def qform_alone(found: Any) -> None:
    found.set_qform(found.affine, 1)
    found.set_sform(None, 0)


def two_places(found: Any) -> None:
    found.set_sform(found.affine, 1)
    found.set_qform(np.diag([-1.0, -1, 2, 1]) + np.eye(4, k=3) * 3, 1)


def other_pixdim(found: Any) -> None:
    """The sform says where it lies; pixdim is another's."""
    found.set_sform(found.affine, 1)
    found.header["qform_code"] = 0
    found.header["pixdim"][1:4] = [3, 3, 3]


def in_microns(found: Any) -> None:
    found.set_sform(np.diag([-1000.0, -1000, 2000, 1]), 1)
    found.header["qform_code"] = 0
    found.header.set_xyzt_units("micron")


def in_metres(found: Any) -> None:
    found.set_sform(np.diag([-0.001, -0.001, 0.002, 1]), 1)
    found.header["qform_code"] = 0
    found.header.set_xyzt_units("meter")


def scaled(found: Any) -> None:
    found.header.set_slope_inter(2, 0)


def nothing(_: Any) -> None:
    """Leave it as it is."""


def big_endian(name: str = "mask.nii") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        header = nibabel.Nifti1Header(endianness=">")
        header.set_data_dtype(np.int16)
        nibabel.save(
            nibabel.Nifti1Image(np.ascontiguousarray(VOXELS.T), np.diag([-1.0, -1, 2, 1]), header), folder / name
        )
        return folder / name

    return make
