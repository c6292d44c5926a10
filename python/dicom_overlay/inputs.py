"""What can be read: a path, bytes in memory or a binary file object; and the checks that refuse the rest."""

import contextlib
import io
import os
import stat
from collections.abc import Buffer, Iterator
from typing import BinaryIO, Protocol, TypeGuard

from .errors import FileAccessError, InvalidRequestError
from .replacing import file_errors

type StrPath = str | os.PathLike[str]


class Readable(Protocol):
    """A binary file object that can seek."""

    def read(self, size: int, /) -> bytes | None:
        """Return up to ``size`` bytes."""

    def seek(self, offset: int, whence: int = ..., /) -> int:
        """Move to a position."""

    def tell(self) -> int:
        """Return the position."""


type InMemory = Buffer | Readable
"""Bytes in memory (anything with the buffer protocol), or a binary file object that can seek."""
type Input = StrPath | InMemory
"""A path, bytes in memory (anything with the buffer protocol), or a binary file object that can seek."""


def is_path(value: object) -> TypeGuard[StrPath]:
    """Tell whether a value is a path, not bytes or a file object."""
    return isinstance(value, (str, os.PathLike))


@contextlib.contextmanager
def open_path(path: str) -> Iterator[BinaryIO]:
    """Open a regular file for reading."""
    with file_errors("read", path):
        # Checked before opening, because opening a pipe waits until another process writes to it.
        if not stat.S_ISREG(os.stat(path).st_mode):
            msg = "the file cannot be read: it is a folder, a pipe or a device"
            raise FileAccessError(msg, path=path, reason="ENOTREG")
        file = open(path, "rb")  # noqa: SIM115 - closed below, on every way out
    with file:
        yield file


@contextlib.contextmanager
def hold_object(file: Readable, field: str) -> Iterator[int]:
    """Check a file object and yield its size in bytes; its position is restored when the block ends."""
    if not hasattr(file, "read") or not hasattr(file, "seek"):
        msg = f"{field} must be a path, bytes or a binary file object, not {type(file).__name__}"
        raise TypeError(msg)
    found, size, position = fault_of(file), 0, 0
    try:
        if not found:
            position = file.tell()
            size = file.seek(0, os.SEEK_END)
    except (OSError, ValueError):
        found = "not seekable"
    if found:
        msg = f"{field} must be an open binary file object that can seek"
        raise InvalidRequestError(msg, field=field, found=found)
    try:
        yield size
    finally:
        with contextlib.suppress(OSError, ValueError):
            file.seek(position)


def fault_of(file: object) -> str:
    """Return why a file object cannot be used: "closed", "text" or ""."""
    if getattr(file, "closed", False):
        return "closed"
    is_text = isinstance(file, io.TextIOBase) or (hasattr(file, "encoding") and hasattr(file, "newlines"))
    return "text" if is_text else ""
