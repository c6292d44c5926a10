"""Refuse what SimpleITK wrongly accepts in a NIfTI file: missing voxels, and two different positions in one file.

The header is read here as it is stored: SimpleITK gives its numbers rounded to six digits, and no qfac (pixdim[0]).

Standard: NIfTI-1, nifti1.h (https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h), "method 2" and "method 3"; NIfTI-2,
nifti2.h.
"""

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import numpy as np

from dicom_overlay.errors import InvalidMaskError

_GZIP: Final = b"\x1f\x8b"
_CHUNK: Final = 1 << 20
_MOST_APART: Final = 0.1
"""Voxels by which the places of a file may differ; its numbers are rounded."""
_MOST_BEHIND: Final = 1 << 26
"""Bytes that may follow the voxels."""
_LEAST_TURN: Final = 1e-7
"""What a quaternion's first number has to exceed, squared; below it the other three are scaled to length 1 (nifti1_io)."""
_Affine = np.ndarray[Any, Any]

_REAL: Final = {16: "f4", 64: "f8"}
"""Data types of real numbers."""

# Of NIfTI-1 and NIfTI-2: where a field is, and how it is written.
_FIELDS: Final = {
    348: {
        "dim": (40, "8h"),
        "type": (70, "2h"),
        "pixdim": (76, "8f"),
        "vox_offset": (108, "f"),
        "units": (123, "b"),
        "codes": (252, "2h"),
        "quaternion": (256, "3f"),
        "offset": (268, "3f"),
        "rows": (280, "12f"),
    },
    540: {
        "dim": (16, "8q"),
        "type": (12, "2h"),
        "pixdim": (104, "8d"),
        "vox_offset": (168, "q"),
        "units": (500, "i"),
        "codes": (344, "2i"),
        "quaternion": (352, "3d"),
        "offset": (376, "3d"),
        "rows": (400, "12d"),
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NiftiHeader:
    """A NIfTI file's header.

    Attributes
    ----------
    size : voxels along each dimension.
    start, end : of the voxels in an unpacked file, in bytes; the end exclusive.
    dtype : of voxels that are real numbers; None for others, which cannot be NaN.
    units : xyzt_units.
    forms : the places that the file says it has, 3 x 4 each, in its own units: qform, sform.
    """

    size: tuple[int, ...]
    start: int
    end: int
    dtype: np.dtype[Any] | None
    units: int
    forms: dict[str, _Affine]


def read_nifti_header(path: Path) -> NiftiHeader:
    """Read the header of a NIfTI-1 or NIfTI-2 file, packed or not.

    Raises
    ------
    InvalidMaskError : it is cut off, or is neither.
    """
    try:
        with _unpacked(path) as file:
            head = file.read(max(_FIELDS))
    except (EOFError, gzip.BadGzipFile, zlib.error):
        head = b""
    order = next((order for order in "<>" if len(head) > 3 and struct.unpack(order + "i", head[:4])[0] in _FIELDS), "")
    kind = struct.unpack(order + "i", head[:4])[0] if order else 0
    if not order or len(head) < kind:
        msg = "the mask file is cut off, or is not what its name says"
        raise InvalidMaskError(msg, found=len(head))
    values = {name: struct.unpack_from(order + form, head, at) for name, (at, form) in _FIELDS[kind].items()}
    size = tuple(max(1, int(n)) for n in values["dim"][1 : 1 + max(0, min(7, int(values["dim"][0])))])
    kind_of, bits = values["type"]
    codes = values["codes"]
    forms = {}
    if codes[0] > 0:
        forms["qform"] = _qform(values["quaternion"], values["offset"], values["pixdim"])
    if codes[1] > 0:
        forms["sform"] = np.reshape(values["rows"], (3, 4)).astype(float)
    stated = values["vox_offset"][0]
    start = int(stated) if math.isfinite(stated) and stated > 0 else 0
    dtype = np.dtype(order + _REAL[int(kind_of)]) if int(kind_of) in _REAL else None
    end = start + math.prod(size) * int(bits) // 8
    return NiftiHeader(size=size, start=start, end=end, dtype=dtype, units=int(values["units"][0]), forms=forms)


def require_whole(path: Path, header: NiftiHeader) -> None:
    """Check that every voxel is in the file and is a number: SimpleITK gives clear ones for those that are not.

    All of a packed file is read, so that its checksum is.

    Raises
    ------
    InvalidMaskError : the file is cut off, its compressed data are damaged, or a voxel is NaN or infinite.
    """
    try:
        found = _read_through(path, header)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        found = -1
    if not header.end <= found <= header.end + _MOST_BEHIND:
        msg = "the mask file is cut off or damaged: it does not hold the voxels that its header says"
        raise InvalidMaskError(msg, expected=header.end, found=max(found, 0))


def _read_through(path: Path, header: NiftiHeader) -> int:
    """Return the bytes of a file, unpacked where it is packed, up to a few more than its header says."""
    with path.open("rb") as file:
        is_packed = file.read(2) == _GZIP
    if not is_packed and header.dtype is None:
        return path.stat().st_size
    length = 0
    with _unpacked(path) as unpacked:
        length += len(unpacked.read(header.start))
        while length < header.end and (part := unpacked.read(min(_CHUNK, header.end - length))):
            length += len(part)
            if header.dtype is not None:
                _require_finite(part, header.dtype)
        while length <= header.end + _MOST_BEHIND and (part := unpacked.read(_CHUNK)):
            length += len(part)
    return length


def _require_finite(data: bytes, dtype: np.dtype[Any]) -> None:
    values = np.frombuffer(data[: len(data) // dtype.itemsize * dtype.itemsize], dtype)
    if not np.isfinite(values).all():
        msg = "the mask holds NaN or infinity, which are neither set nor clear"
        raise InvalidMaskError(msg, field="dtype", found=str(dtype))


def require_sound(header: NiftiHeader, image: Any) -> None:
    """Check that a NIfTI file says where it lies, says it once, and lies there for SimpleITK too.

    Parameters
    ----------
    image : SimpleITK's reader, which has the header.

    Raises
    ------
    InvalidMaskError : it has neither sform nor qform, they are not finite, they are more than a tenth of a voxel apart, or
        SimpleITK does not take the place that they say (it believes a negative or absent pixdim more than the sform).
    """
    forms = list(header.forms.values())
    if not forms:
        msg = "the mask file does not say where it lies (sform_code and qform_code are 0); a .npy array is laid by the slices' order"
        raise InvalidMaskError(msg, field="qform_code")
    if not np.isfinite(forms).all():
        msg = "the mask file's place (sform or qform) holds NaN or infinity"
        raise InvalidMaskError(msg, field="sform_code")
    if len(forms) > 1 and (apart := _apart(header, *forms)):
        msg = "the mask file gives two different positions (sform and qform); save it with one of them"
        raise InvalidMaskError(msg, field="sform_code", found=apart)
    if apart := _apart(header, forms[-1], _taken(header, image)):
        msg = (
            "the mask file does not lie where it says (sform or qform): its voxel sizes (pixdim) contradict that, or it has "
            "two dimensions only; save it again, with three"
        )
        raise InvalidMaskError(msg, field="pixdim", found=apart)


def _apart(header: NiftiHeader, one: _Affine, other: _Affine) -> float:
    """Return how far two places of the file's voxels are apart, in the file's unit; 0 up to a tenth of a voxel."""
    size = [*header.size[:3], 1, 1][:3]
    corners = np.array([[*corner, 1.0] for corner in product(*((0, n - 1) for n in size))])
    apart = float(np.abs(corners @ (one - other).T).max())
    smallest = float(np.linalg.norm(one[:, :3], axis=0).min())
    return round(apart, 3) if apart > _MOST_APART * smallest else 0.0


def _taken(header: NiftiHeader, image: Any) -> _Affine:
    """Return the affine that SimpleITK made of the file, 3 x 4, in NIfTI's axes and units."""
    count = len(image.GetSize())
    affine = np.eye(3, 4)
    held = min(count, 3)
    axes = np.array(image.GetDirection()).reshape(count, count) * np.array(image.GetSpacing())
    affine[:held, :held] = axes[:held, :held]
    affine[:held, 3] = image.GetOrigin()[:held]
    # ITK's first two axes point the other way (LPS), and it gives millimetres.
    scale = {1: 1e-3, 3: 1e3}.get(header.units & 7, 1.0)
    turned: _Affine = affine * np.array([[-1.0], [-1.0], [1.0]]) * scale
    return turned


def _unpacked(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        is_packed = file.read(2) == _GZIP
    return cast("BinaryIO", gzip.open(path)) if is_packed else path.open("rb")


def _qform(quaternion: tuple[float, ...], offset: tuple[float, ...], pixdim: tuple[float, ...]) -> _Affine:
    """Return the affine of the quaternion, 3 x 4."""
    b, c, d = quaternion
    rest = 1.0 - (b * b + c * c + d * d)
    if rest < _LEAST_TURN:
        length = math.sqrt(b * b + c * c + d * d)
        a, b, c, d = 0.0, b / length, c / length, d / length
    else:
        a = math.sqrt(rest)
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    handed = -1.0 if pixdim[0] < 0 else 1.0
    return np.hstack([rotation * [pixdim[1], pixdim[2], pixdim[3] * handed], np.reshape(offset, (3, 1))])
