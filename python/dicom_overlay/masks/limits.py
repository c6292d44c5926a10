"""How large a mask may be: looked at before anything is unpacked, and held against what the file can contain."""

import math
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from dicom_overlay.errors import FileAccessError, InvalidMaskError, LimitExceededError
from dicom_overlay.replacing import file_errors

DEFAULT_LIMIT: Final = 2 * 1024**3
"""Bytes that a mask's voxels may take once they are unpacked; more is refused unless the caller raises it."""

_MOST_DEFLATED: Final = 1032
"""Bytes that one byte of a deflate stream can unpack to, at most."""


def require_regular(path: Path) -> int:
    """Return the size of a regular file in bytes."""
    with file_errors("read", str(path)):
        status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        msg = "a mask, and each file that it names, is a regular file; this is a pipe, a device or a socket"
        raise FileAccessError(msg, path=str(path), reason="ENOTREG")
    return status.st_size


def require_within(shape: Sequence[int], item_size: int, limit: int) -> int:
    """Return the bytes of an array that a header describes.

    Parameters
    ----------
    item_size : bytes that an item takes in memory.
    limit : the most that is allowed.
    """
    if not shape or min(shape) < 1:
        msg = "the mask is empty: one of its sizes is zero or negative"
        raise InvalidMaskError(msg, field="shape", found=list(shape))
    size = math.prod(shape) * item_size
    if size > limit:
        msg = f"the mask says it takes {size} bytes unpacked; {limit} are allowed (raise limit, or --limit, to read it)"
        raise LimitExceededError(msg, field="limit", expected=limit, found=size)
    return size


def require_contained(expected: int, found: int, *, is_packed: bool) -> None:
    """Refuse a file that cannot hold the voxels that its header states.

    Parameters
    ----------
    expected : bytes of the voxels.
    found : bytes that the file has for them.
    """
    most = found * _MOST_DEFLATED if is_packed else found
    if most < expected:
        msg = "the mask file is cut off, or its header is wrong: it cannot hold all its voxels"
        raise InvalidMaskError(msg, expected=expected, found=most)
