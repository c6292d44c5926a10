"""What SimpleITK accepts of a NIfTI file and nobody should: voxels that are missing, and a place that is said twice, differently.

Standard: NIfTI-1, nifti1.h (https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h), "method 2" and "method 3".
"""

import gzip
import math
import zlib
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np

from dicom_overlay.errors import InvalidMaskError

__all__ = ["require_sound", "require_whole"]

_GZIP: Final = b"\x1f\x8b"
_CHUNK: Final = 1 << 20
_MOST_APART: Final = 0.1
"""Voxels by which the places of a file may differ; its numbers are rounded."""
_Affine = np.ndarray[Any, Any]


def require_whole(path: Path, image: Any) -> None:
    """Check that every voxel is in the file: SimpleITK gives clear ones for those that are not.

    Parameters
    ----------
    image : an image, or a reader that has its header.

    Raises
    ------
    InvalidMaskError : the file is cut off, or its compressed data are damaged.
    """
    voxels = math.prod(image.GetSize())
    expected = int(float(_text(image, "vox_offset"))) + voxels * int(_text(image, "bitpix")) // 8
    try:
        found = _length(path)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        found = -1
    if found < expected:
        msg = "the mask file is cut off or damaged: it does not hold all its voxels"
        raise InvalidMaskError(msg, expected=expected, found=max(found, 0))


def require_sound(image: Any) -> None:
    """Check that a NIfTI file says where it lies, says it once, and lies there for SimpleITK too.

    Raises
    ------
    InvalidMaskError : it has neither sform nor qform, they are no numbers, they are more than a tenth of a voxel apart, or SimpleITK takes another
        place than they say (it believes a negative or absent pixdim more than the sform).
    """
    forms = [
        form(image) for form, key in ((_sform, "sform_code"), (_qform, "qform_code")) if int(_text(image, key)) > 0
    ]
    if not forms:
        msg = "the mask file does not say where it lies (sform_code and qform_code are 0); a .npy array is laid by the slices' order"
        raise InvalidMaskError(msg, field="qform_code")
    if not np.isfinite(forms).all():
        msg = "the mask file's place (sform or qform) holds what is no number"
        raise InvalidMaskError(msg, field="sform_code")
    if len(forms) > 1 and (apart := _apart(image, *forms)):
        msg = "the mask file says twice where it lies, and not the same (sform and qform); save it with one of them"
        raise InvalidMaskError(msg, field="sform_code", found=apart)
    if apart := _apart(image, forms[0], _taken(image)):
        msg = (
            "the mask file does not lie where it says (sform or qform): its voxel sizes (pixdim) contradict that, or it has "
            "two dimensions only; save it anew, with three"
        )
        raise InvalidMaskError(msg, field="pixdim", found=apart)


def _apart(image: Any, one: _Affine, other: _Affine) -> float:
    """Return how far two places of the file's voxels are apart, in the file's unit; 0 up to a tenth of a voxel."""
    size = [*image.GetSize()[:3], 1, 1][:3]
    corners = np.array([[*corner, 1.0] for corner in product(*((0, n - 1) for n in size))])
    apart = float(np.abs(corners @ (one - other).T).max())
    smallest = float(np.linalg.norm(one[:, :3], axis=0).min())
    return round(apart, 3) if apart > _MOST_APART * smallest else 0.0


def _taken(image: Any) -> _Affine:
    """Return the affine that SimpleITK made of the file, 3 x 4, in NIfTI's axes and units."""
    count = len(image.GetSize())
    affine = np.eye(3, 4)
    held = min(count, 3)
    axes = np.array(image.GetDirection()).reshape(count, count) * np.array(image.GetSpacing())
    affine[:held, :held] = axes[:held, :held]
    affine[:held, 3] = image.GetOrigin()[:held]
    # ITK's first two axes point the other way (LPS), and it gives millimetres.
    scale = {1: 1e-3, 3: 1e3}.get(int(_text(image, "xyzt_units")) & 7, 1.0)
    turned: _Affine = affine * np.array([[-1.0], [-1.0], [1.0]]) * scale
    return turned


def _length(path: Path) -> int:
    """Return the bytes of a file, unpacked where it is packed; all of a packed file is read, so that its checksum is."""
    with path.open("rb") as file:
        if file.read(2) != _GZIP:
            return path.stat().st_size
    length = 0
    with gzip.open(path) as unpacked:
        while part := unpacked.read(_CHUNK):
            length += len(part)
    return length


def _sform(image: Any) -> _Affine:
    return np.array([[float(value) for value in _text(image, f"srow_{axis}").split()] for axis in "xyz"])


def _qform(image: Any) -> _Affine:
    """Return the affine of the quaternion, 3 x 4."""
    b, c, d = (float(_text(image, f"quatern_{part}")) for part in "bcd")
    a = math.sqrt(max(0.0, 1.0 - (b * b + c * c + d * d)))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    handed = -1.0 if float(_text(image, "pixdim[0]")) < 0 else 1.0
    steps = [float(_text(image, f"pixdim[{n}]")) for n in (1, 2, 3)]
    offset = [[float(_text(image, f"qoffset_{axis}"))] for axis in "xyz"]
    return np.hstack([rotation * [steps[0], steps[1], steps[2] * handed], offset])


def _text(image: Any, key: str) -> str:
    return image.GetMetaData(key) if image.HasMetaDataKey(key) else "0"
