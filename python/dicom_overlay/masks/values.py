"""Which values of a mask are labels.

Whole numbers except 0 are labels. Fractions need a threshold: voxels at or above it are set. NaN, infinity, text, dates and
vectors are refused. All readers, the Python functions and the command use `to_labels`.
"""

from collections.abc import Iterator
from math import isfinite
from typing import Any, Final

import numpy as np

from dicom_overlay.errors import InvalidMaskError, InvalidRequestError

Array = np.ndarray[Any, Any]

MOST_VALUES: Final = 65536
"""Maximum number of values in a label map; an array with more is an image."""
_RUN: Final = 1 << 22
_LARGEST: Final = 2.0**31


def require_threshold(threshold: float | None) -> None:
    """Check that a threshold is a finite number."""
    given: object = threshold
    is_number = isinstance(given, (int, float, np.number)) and not isinstance(given, bool)
    if given is not None and not (is_number and isfinite(float(given))):  # type: ignore[arg-type]  # a number by now
        msg = "the threshold is not a finite number"
        raise InvalidRequestError(msg, field="threshold")


def require_kind(dtype: np.dtype[Any]) -> None:
    """Refuse an array whose items are not real numbers."""
    if dtype.kind not in "biuf":
        msg = "a mask must have one number for each voxel; this one has text, dates, complex numbers or records"
        raise InvalidMaskError(msg, field="dtype", found=str(dtype))


def to_labels(voxels: Array, threshold: float | None = None) -> Array:
    """Return the label values of voxels.

    Parameters
    ----------
    voxels : any shape, with one number per voxel.
    threshold : voxels at or above it become label 1, the others 0; None takes whole numbers as labels.

    Returns
    -------
    array of the same shape: bool and integers unchanged, whole floats as int32, bool with a threshold. Copied only if
    necessary.
    """
    require_threshold(threshold)
    require_kind(voxels.dtype)
    if voxels.dtype.kind != "f":
        return voxels if threshold is None else voxels >= threshold
    target = np.empty(voxels.shape, np.int32 if threshold is None else bool)
    for part, made in _runs(voxels, target):
        if not np.isfinite(part).all():
            msg = "the mask holds NaN or infinity, which are neither set nor clear"
            raise InvalidMaskError(msg, field="dtype", found=str(voxels.dtype))
        if threshold is not None:
            made[...] = part >= threshold
            continue
        # All half floats are below the limit, which is not a half float itself.
        is_large = part.dtype.itemsize > 2 and (np.abs(part) >= _LARGEST).any()
        if is_large or (part != np.rint(part)).any():
            msg = "the mask holds fractions, not labels; give a threshold (--threshold) to take them as probabilities"
            raise InvalidMaskError(msg, field="threshold", found=str(voxels.dtype))
        made[...] = part
    return target


def _runs(voxels: Array, target: Array) -> Iterator[tuple[Array, Array]]:
    """Yield parts of both arrays, so that intermediate results stay small."""
    if voxels.ndim == 0 or voxels.size <= _RUN:
        yield voxels, target
        return
    step = max(1, _RUN * len(voxels) // voxels.size)
    for start in range(0, len(voxels), step):
        yield voxels[start : start + step], target[start : start + step]


def values_of(labels: Array) -> tuple[int, ...]:
    """Return the label values that occur, ascending, without 0."""
    found: set[int] = set()
    flat = labels.reshape(-1)
    for start in range(0, flat.size, _RUN):
        part = flat[start : start + _RUN]
        if part.dtype.kind == "b":
            found |= {1} if part.any() else set()
        elif part.dtype.itemsize == 1:
            found |= _bytes_of(part, found)
        else:
            found.update(np.unique(part).tolist())
        if len(found) > MOST_VALUES:
            msg = "the mask has too many different values for a label map; is it an image?"
            raise InvalidMaskError(msg, expected=MOST_VALUES, found=len(found))
    return tuple(sorted(found - {0}))


def _bytes_of(part: Array, known: set[int]) -> set[int]:
    """Return the values in a part with one-byte items; deleting known values is faster than counting."""
    data, new = part.tobytes(), set[int]()
    seen = bytearray(value & 0xFF for value in known)
    while data := data.translate(None, bytes(seen)):
        seen.append(data[0])
        new.add(int(np.frombuffer(data[:1], part.dtype)[0]))
    return new
