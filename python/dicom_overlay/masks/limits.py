"""Limits on a mask's size: checked before anything is unpacked, and compared with what the file can contain."""

import math
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from dicom_overlay.errors import FileAccessError, InvalidMaskError, LimitExceededError
from dicom_overlay.replacing import file_errors

DEFAULT_LIMIT: Final = 2 * 1024**3
"""Maximum bytes of a mask's unpacked voxels; larger masks are refused unless the caller raises the limit."""

_MOST_DEFLATED: Final = 1032
"""Maximum number of bytes to which one byte of a deflate stream can expand."""


def require_regular(path: Path) -> int:
    """Return the size of a regular file in bytes."""
    with file_errors("read", str(path)):
        status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        msg = "a mask, and each file that it refers to, must be a regular file; this is a pipe, a device or a socket"
        raise FileAccessError(msg, path=str(path), reason="ENOTREG")
    return status.st_size


def require_within(shape: Sequence[int], item_size: int, limit: int) -> int:
    """Return the size in bytes of an array that a header describes.

    Parameters
    ----------
    item_size : bytes of an item in memory.
    limit : maximum size in bytes.
    """
    if not shape or min(shape) < 1:
        msg = "the mask is empty: one of its dimensions is zero or negative"
        raise InvalidMaskError(msg, field="shape", found=list(shape))
    size = math.prod(shape) * item_size
    if size > limit:
        msg = f"the mask says it takes {size} bytes unpacked; {limit} are allowed (raise limit, or --limit, to read it)"
        raise LimitExceededError(msg, field="limit", expected=limit, found=size)
    return size


def require_contained(expected: int, found: int, *, is_packed: bool) -> None:
    """Refuse a file that is too small for the voxels that its header describes.

    Parameters
    ----------
    expected : size of the voxels in bytes.
    found : bytes that the file has for them.
    """
    most = found * _MOST_DEFLATED if is_packed else found
    if most < expected:
        msg = "the mask file is cut off, or its header is wrong: it is too small for its voxels"
        raise InvalidMaskError(msg, expected=expected, found=most)
