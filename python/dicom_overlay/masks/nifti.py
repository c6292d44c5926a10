"""Read and write NIfTI with nibabel.

Standard: NIfTI-1, nifti1.h (https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h), "method 2" and "method 3"; NIfTI-2,
nifti2.h.
"""

import gzip
import logging
import math
import zlib
from itertools import product
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import numpy as np

from dicom_overlay.errors import InvalidMaskError, InvalidRequestError
from dicom_overlay.replacing import file_errors
from dicom_overlay.series.grid import MaskGeometry

from .limits import require_contained, require_within
from .values import Array, require_kind
from .volume import Block, geometry_of_matrix, matrix_of

NIFTI_SUFFIXES: Final = (".nii.gz", ".nii")

_GZIP: Final = b"\x1f\x8b"
_CHUNK: Final = 1 << 20
_MOST_BEHIND: Final = 1 << 26
"""Maximum number of bytes that can follow the voxels."""
_MOST_APART: Final = 0.1
"""Maximum difference of a file's two positions in voxels; its numbers are rounded."""
_NIFTI_2: Final = frozenset({(540).to_bytes(4, "little"), (540).to_bytes(4, "big")})
_MILLIMETRES: Final = {"meter": 1000.0, "micron": 0.001}
_LPS: Final = np.diag([-1.0, -1.0, 1.0, 1.0])
"""NIfTI's first two axes point the opposite way."""
_SILENT: Final = logging.Logger("dicom_overlay", logging.CRITICAL + 1)  # noqa: LOG001 - one that no configuration reaches


def open_nifti(path: Path, limit: int) -> Block:
    """Read a file's header; the voxels are read only when they are needed."""
    header = _read_header(path)
    try:
        dtype, shape, unit = header.get_data_dtype(), header.get_data_shape(), header.get_xyzt_units()[0]
        is_scaled = header.get_slope_inter() not in {(None, None), (1.0, 0.0)}
        forms = [form for form, _ in (header.get_qform(coded=True), header.get_sform(coded=True)) if form is not None]
    except (KeyError, ValueError, _nibabel().spatialimages.HeaderDataError) as error:
        msg = "the mask file's header contradicts itself, or is not a NIfTI header"
        raise InvalidMaskError(msg, found=type(error).__name__) from None
    require_kind(dtype)
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if not 2 <= len(shape) <= 3:
        msg = "a mask must have three dimensions; this one has several volumes, such as points in time"
        raise InvalidMaskError(msg, expected=3, found=len(shape))
    size: tuple[int, int, int] = (*shape, 1)[:3]
    found = require_within(size, dtype.itemsize, limit)
    require_within(size, 8 if is_scaled else dtype.itemsize, limit)
    with _unpacked(path) as file:
        is_packed = isinstance(file, gzip.GzipFile)
    require_contained(found + _start_of(header), path.stat().st_size, is_packed=is_packed)
    place = _place_of(forms, header["pixdim"][1:4], size)
    place[:3] *= _MILLIMETRES.get(unit, 1.0)
    return Block(load=lambda: _load(path, size), size=size, geometry=geometry_of_matrix(size, _LPS @ place, None))


def write_nifti(file: BinaryIO, array: Array, geometry: MaskGeometry, *, is_packed: bool) -> None:
    """Write an array of shape (slices, rows, columns) with its geometry."""
    image = _nibabel().Nifti1Image(array.T, None)
    affine = _LPS @ matrix_of(geometry)
    image.set_sform(affine, 1)
    image.set_qform(affine, 1)
    image.header.set_xyzt_units("mm")
    data = image.to_bytes()
    file.write(gzip.compress(data, 6, mtime=0) if is_packed else data)


def _nibabel() -> Any:
    try:
        import nibabel  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        msg = 'NIfTI needs the extra: pip install "dicom-overlay[masks]"'
        raise InvalidRequestError(msg, field="mask") from error
    return nibabel


def _unpacked(path: Path) -> BinaryIO:
    with file_errors("read", str(path)):
        with path.open("rb") as file:
            is_packed = file.read(2) == _GZIP
        return cast("BinaryIO", gzip.open(path)) if is_packed else path.open("rb")


def _read_header(path: Path) -> Any:
    """Return nibabel's header of a NIfTI-1 or NIfTI-2 file, compressed or not."""
    nibabel = _nibabel()
    try:
        with _unpacked(path) as file:
            head = file.read(540)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        head = b""
    kind = nibabel.Nifti2Header if head[:4] in _NIFTI_2 else nibabel.Nifti1Header
    try:
        header = kind(head[: kind.template_dtype.itemsize], check=False)
        header.check_fix(_SILENT, error_level=35)
    except (TypeError, ValueError, nibabel.wrapstruct.WrapStructError, nibabel.spatialimages.HeaderDataError):
        msg = "the mask file is cut off, is not NIfTI, or has voxel sizes (pixdim) below zero"
        raise InvalidMaskError(msg, found=len(head)) from None
    if header["magic"].item() != header.single_magic:
        msg = "the mask's voxels are in another file (.img); save the mask as one file"
        raise InvalidMaskError(msg, field="magic")
    return header


def _start_of(header: Any) -> int:
    """Return where the voxels begin, in bytes; never inside the header, even if the file says 0."""
    return max(int(header.get_data_offset()), int(header.single_vox_offset))


def _load(path: Path, size: tuple[int, int, int]) -> Array:
    """Return the voxels, shape (slices, rows, columns), scaled as the header says.

    A compressed file is read to its end, so that its checksum is verified.
    """
    header = _read_header(path)
    dtype, start = header.get_data_dtype(), _start_of(header)
    data = np.empty(math.prod(size) * dtype.itemsize, np.uint8)
    read = behind = 0
    try:
        with _unpacked(path) as file:
            file.seek(start)
            while read < data.size and (part := file.read(min(_CHUNK, data.size - read))):
                data[read : read + len(part)] = np.frombuffer(part, np.uint8)
                read += len(part)
            while behind <= _MOST_BEHIND and (part := file.read(_CHUNK)):
                behind += len(part)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        read = -1
    if read < data.size or behind > _MOST_BEHIND:
        msg = "the mask file is cut off or damaged: it does not have the voxels that its header describes"
        raise InvalidMaskError(msg, expected=data.size, found=max(read, 0) + behind)
    slope, inter = header.get_slope_inter()
    voxels: Array = _nibabel().volumeutils.apply_read_scaling(data.view(dtype), slope, inter)
    return voxels.reshape(size[::-1])


def _place_of(forms: list[Array], pixdim: Array, size: tuple[int, int, int]) -> Array:
    """Return the file's position as a 4 x 4 matrix in its own unit and axes; sform wins over qform."""
    if not forms:
        msg = "the mask file has no position (sform_code and qform_code are 0); save it as .npy to place it by slice order"
        raise InvalidMaskError(msg, field="qform_code")
    if not np.isfinite(forms).all():
        msg = "the mask file's position (sform or qform) has NaN or infinity"
        raise InvalidMaskError(msg, field="sform_code")
    corners = np.array([[*corner, 1.0] for corner in product(*((0, n - 1) for n in size))])
    place = forms[-1].astype(float)
    steps = np.linalg.norm(place[:3, :3], axis=0)
    apart = float(np.abs(corners @ (forms[0] - place).T).max())
    if apart > _MOST_APART * steps.min():
        msg = "the mask file has two different positions (sform and qform); save it with only one of them"
        raise InvalidMaskError(msg, field="sform_code", found=round(apart, 3))
    off = np.abs(steps - np.abs(pixdim)) * (np.array(size) - 1)
    if (off > _MOST_APART * steps)[pixdim != 0].any():
        msg = "the mask file contradicts itself: its voxel sizes (pixdim) differ from those of its position (sform); save it again"
        raise InvalidMaskError(msg, field="pixdim", found=round(float(off.max()), 3))
    return place
