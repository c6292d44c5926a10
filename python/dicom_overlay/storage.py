"""Where files come from and go to: paths, bytes, binary file objects; a path is replaced in one step (`replacing`).

On POSIX systems a writer holds an advisory lock on the file it replaces, so that two writers of this package work one
after the other; where a file changed all the same while it was edited, nothing is written.
"""

import contextlib
import io
import os
import stat
from collections.abc import Buffer, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, Final, NamedTuple, Protocol, TypeGuard, cast

from .edit.patch import Patch
from .errors import FileAccessError, FileChangedError, InvalidRequestError
from .replacing import Syncing, file_errors, is_still, lock, replacing, require_writable
from .scan.source import Source, flat_view

type StrPath = str | os.PathLike[str]


class Readable(Protocol):
    """A binary file object that can seek."""

    def read(self, size: int, /) -> bytes | None:
        """Return up to so many bytes."""

    def seek(self, offset: int, whence: int = ..., /) -> int:
        """Go to a position."""

    def tell(self) -> int:
        """Return the position."""


class Writable(Protocol):
    """A binary file object that can be written."""

    def write(self, data: bytes, /) -> object:
        """Write bytes; return how many were taken, or nothing where all were."""


type InMemory = Buffer | Readable
"""Bytes in memory (anything with the buffer protocol), or a binary file object that can seek."""
type Input = StrPath | InMemory
"""A path, bytes in memory (anything with the buffer protocol), or a binary file object that can seek."""
type Output = StrPath | Writable
"""A path, or a binary file object, which is written from its position on."""

_COPY: Final = 1024 * 1024


def is_path(value: object) -> TypeGuard[StrPath]:
    """Tell a path from bytes and file objects."""
    return isinstance(value, (str, os.PathLike))


@contextlib.contextmanager
def open_source(data: Input, *, field: str = "path") -> Iterator[Source]:
    """Open a path, bytes or a file object for reading; a file object's position is restored.

    Parameters
    ----------
    field : the argument's name, for errors.

    Raises
    ------
    FileAccessError : the path cannot be read.
    InvalidRequestError : a file object that is closed, in text mode or cannot seek.
    TypeError : none of these at all.
    """
    if is_path(data):
        with _open_path(os.fspath(data)) as file:
            yield _source_of(file, os.fstat(file.fileno()).st_size)
        return
    with contextlib.ExitStack() as stack:
        try:
            view = stack.enter_context(flat_view(cast("Buffer", data)))
        except (TypeError, ValueError):
            stream = cast("Readable", data)
            size, position = _require_seekable(stream, field)
            stack.callback(_restore, stream, position)
            yield _source_of(stream, size)
        else:
            yield Source.of_bytes(view)


def _restore(file: Readable, position: int) -> None:
    with contextlib.suppress(OSError, ValueError):
        file.seek(position)


def _source_of(file: Readable, size: int) -> Source:
    def read(start: int, end: int) -> bytes:
        with file_errors("read"):
            file.seek(start)
            data = file.read(end - start)
            # An unbuffered file may give less than it was asked for, and more when it is asked again.
            while data and len(data) < end - start:
                more = file.read(end - start - len(data))
                if not more:
                    break
                data += more
            return data or b""

    return Source(size, read)


def _require_seekable(file: Readable, field: str) -> tuple[int, int]:
    """Return a file object's size in bytes and its position."""
    if not hasattr(file, "read") or not hasattr(file, "seek"):
        msg = f"{field} must be a path, bytes or a binary file object, not {type(file).__name__}"
        raise TypeError(msg)
    found = _fault_of(file)
    if not found:
        try:
            position = file.tell()
            return file.seek(0, os.SEEK_END), position
        except (OSError, ValueError):
            found = "not seekable"
    msg = f"{field} must be an open binary file object that can seek"
    raise InvalidRequestError(msg, field=field, found=found)


def _fault_of(file: object) -> str:
    """Return why a file object cannot be used: "closed", "text" or ""."""
    if getattr(file, "closed", False):
        return "closed"
    is_text = isinstance(file, io.TextIOBase) or (hasattr(file, "encoding") and hasattr(file, "newlines"))
    return "text" if is_text else ""


@contextlib.contextmanager
def _open_path(path: str) -> Iterator[BinaryIO]:
    """Open a regular file for reading."""
    with file_errors("read", path):
        # Asked before opening: opening a pipe waits for somebody who writes to it.
        if not stat.S_ISREG(os.stat(path).st_mode):
            msg = "the file cannot be read: it is a folder, a pipe or a device"
            raise FileAccessError(msg, path=path, reason="ENOTREG")
        file = open(path, "rb")  # noqa: SIM115 - closed below, on every way out
    with file:
        yield file


class _Origin(NamedTuple):
    """The path that is edited, open, and what was known of it then."""

    path: str
    file: BinaryIO
    before: os.stat_result

    def close(self) -> None:
        """Close the file, which Windows asks for before it can be replaced, and check that nobody has changed it."""
        self.file.close()
        now = os.stat(self.path)
        if (now.st_ino, now.st_size, now.st_mtime_ns) != (
            self.before.st_ino,
            self.before.st_size,
            self.before.st_mtime_ns,
        ):
            msg = "the file changed while it was edited; nothing was written"
            raise FileChangedError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """An open source, and where the patched file goes.

    Attributes
    ----------
    source : the file that is edited.
    output : the file object that is written, if any.
    target : the path that is written, if any.
    origin : the path that is edited, if any.
    must_be_new, sync : as `replacing` takes them.
    """

    source: Source
    output: Writable | None = None
    target: str | None = None
    origin: _Origin | None = None
    must_be_new: bool = False
    sync: Syncing = "now"

    def finish(self, patch: Patch) -> bytes | None:
        """Write the result; return it where there is no output."""
        if self.target is not None:
            self._replace(self.target, patch)
        elif self.output is not None:
            with file_errors("written"):
                _write_all(self.output, self.source, patch)
        else:
            return b"".join(_pieces(self.source, patch))
        return None

    def _replace(self, target: str, patch: Patch) -> None:
        origin = self.origin
        is_in_place = origin is not None and target == origin.path
        if is_in_place and not patch.splices:
            return
        with replacing(
            target,
            like=None if origin is None else origin.before,
            must_be_new=self.must_be_new and not is_in_place,
            sync=self.sync,
            before_rename=(lambda: None) if origin is None else origin.close,
        ) as file:
            # Pyodide's file system copies a growing file again and again; it is told the size at once.
            file.truncate(patch.target_size)
            for piece in _pieces(self.source, patch):
                file.write(piece)


@contextlib.contextmanager
def open_edit(
    data: Input, output: Output | None, *, must_be_new: bool = False, sync: Syncing = "now"
) -> Iterator[Editing]:
    """Open a source that is edited, and say where the result goes.

    A path without an output is replaced itself, alone among this package's writers. Bytes and file objects without an
    output are never changed: the result is returned. ``must_be_new`` and ``sync`` are those of `replacing`.

    Raises
    ------
    FileAccessError : the path cannot be read, or is read-only and would be replaced.
    InvalidRequestError : a file object that cannot be used; the same one for input and output.
    """
    opened = _real_path(data) if is_path(data) else None
    target, stream = (opened, None) if output is None else (None, None)
    if is_path(output):
        target = _real_path(output)
    elif output is not None:
        stream = _require_output(output, data)
    place = partial(Editing, output=stream, target=target, must_be_new=must_be_new, sync=sync)
    with contextlib.ExitStack() as stack:
        if opened is None:
            yield place(source=stack.enter_context(open_source(data)))
            return
        if target == opened:
            stack.enter_context(_hold_lock(opened))
        file = stack.enter_context(_open_path(opened))
        found = os.fstat(file.fileno())
        yield place(source=_source_of(file, found.st_size), origin=_Origin(opened, file, found))


def _real_path(path: StrPath) -> str:
    """Return where a path leads: a symbolic link stays one, and what it leads to is replaced."""
    with file_errors("found", os.fspath(path)):
        return os.path.realpath(path)


def _write_all(output: Writable, source: Source, patch: Patch) -> None:
    """Write a file object from its position on; one without a buffer may take less than it is given."""
    for piece in _pieces(source, patch):
        left: bytes = piece
        while left:
            written = output.write(left)
            # Objects of other classes than those of io may return nothing, and have then taken everything.
            if written is None and not isinstance(output, io.RawIOBase):
                break
            if not isinstance(written, int) or written <= 0:
                msg = "the file cannot be written: it does not take any more bytes"
                raise FileAccessError(msg, reason="short-write")
            left = memoryview(left)[written:]  # type: ignore[assignment]  # as good as bytes, and not copied
    if hasattr(output, "flush"):
        output.flush()


def _require_output(output: object, data: object) -> Writable:
    if not hasattr(output, "write"):
        msg = f"output must be a path or a binary file object, not {type(output).__name__}"
        raise TypeError(msg)
    found = _fault_of(output)
    if not found and hasattr(output, "writable") and not output.writable():
        found = "not writable"
    if output is data or _is_same_file(output, data):
        found = "the input"
    if found:
        msg = "output is a file object that is open, binary, can be written and is not the input"
        raise InvalidRequestError(msg, field="output", found=found)
    return cast("Writable", output)


def _is_same_file(output: object, data: object) -> bool:
    """Tell whether a file object writes the file that is read: it would overwrite what was not yet copied."""
    try:
        written = os.fstat(output.fileno())  # type: ignore[attr-defined]  # an object without one is caught
        read = os.stat(os.fspath(data)) if is_path(data) else os.fstat(data.fileno())  # type: ignore[attr-defined]
    except (AttributeError, OSError, TypeError, ValueError):
        return False
    return os.path.samestat(written, read)


@contextlib.contextmanager
def _hold_lock(path: str) -> Iterator[None]:
    """Wait for this package's other writers of a file that will be replaced, and keep them out."""
    while True:
        with _open_path(path) as file:
            require_writable(os.fstat(file.fileno()), path)
            is_locked = lock(file, wait=True)
            if is_locked is None:
                # An open file could not be replaced on Windows; without locks the check at the end stays.
                file.close()
            elif not is_still(path, file):
                # Another writer replaced the file while this one waited.
                continue
            yield
            return


def _pieces(source: Source, patch: Patch) -> Iterator[bytes]:
    """Yield the patched file in pieces of bounded size."""
    for piece in patch.pieces():
        if isinstance(piece, bytes):
            yield piece
            continue
        for start in range(piece[0], piece[1], _COPY):
            yield source.read(start, min(start + _COPY, piece[1]))
