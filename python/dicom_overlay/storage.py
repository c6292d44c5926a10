"""Open inputs and write results: paths, bytes and binary file objects. A file at a path is replaced in one step (`replacing`).

On POSIX systems, a writer holds an advisory lock on the file that it replaces, so that two writers of this package work
one after the other. If a file changes anyway while it is being edited, nothing is written.
"""

import contextlib
import io
import os
from collections.abc import Buffer, Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import BinaryIO, Final, NamedTuple, Protocol, cast

from .edit.patch import Patch
from .errors import FileAccessError, FileChangedError, InvalidRequestError
from .inputs import Input, Readable, StrPath, fault_of, hold_object, is_path, open_path
from .replacing import Syncing, file_errors, is_still, lock, replacing, require_writable
from .scan.source import Source, flat_view


class Writable(Protocol):
    """A binary file object that can be written."""

    def write(self, data: bytes, /) -> object:
        """Write bytes and return how many were written; None means all of them."""


type Output = StrPath | Writable
"""A path, or a binary file object, which is written from its current position."""

_COPY: Final = 1024 * 1024


@contextlib.contextmanager
def open_source(data: Input, *, field: str = "path") -> Iterator[Source]:
    """Open a path, bytes or a file object for reading; a file object's position is restored.

    Parameters
    ----------
    field : name of the argument, for errors.
    """
    if is_path(data):
        with open_path(os.fspath(data)) as file:
            yield _source_of(file, os.fstat(file.fileno()).st_size)
        return
    with contextlib.ExitStack() as stack:
        try:
            view = stack.enter_context(flat_view(cast("Buffer", data)))
        except (TypeError, ValueError):
            stream = cast("Readable", data)
            yield _source_of(stream, stack.enter_context(hold_object(stream, field)))
        else:
            yield Source.of_bytes(view)


def _source_of(file: Readable, size: int) -> Source:
    def read(start: int, end: int) -> bytes:
        with file_errors("read"):
            file.seek(start)
            data = file.read(end - start)
            # An unbuffered file may return less than was asked for, and the rest on the next call.
            while data and len(data) < end - start:
                more = file.read(end - start - len(data))
                if not more:
                    break
                data += more
            return data or b""

    return Source(size, read)


class _Origin(NamedTuple):
    """The path being edited, its open file, and the file's status when it was opened."""

    path: str
    file: BinaryIO
    before: os.stat_result

    def close(self) -> None:
        """Close the file, because Windows cannot replace an open one, and check that it has not changed."""
        self.file.close()
        now = os.stat(self.path)
        if (now.st_ino, now.st_size, now.st_mtime_ns) != (
            self.before.st_ino,
            self.before.st_size,
            self.before.st_mtime_ns,
        ):
            msg = "the file changed while it was edited; nothing was written"
            raise FileChangedError(msg)


class Editing(NamedTuple):
    """An open source, and a function that writes the patched file; without an output it returns the bytes."""

    source: Source
    finish: Callable[[Patch], bytes | None]


@contextlib.contextmanager
def open_edit(
    data: Input, output: Output | None, *, must_be_new: bool = False, sync: Syncing = "now"
) -> Iterator[Editing]:
    """Open a source for editing, and prepare where the result goes.

    Without an output, a file at a path is replaced, and no other writer of this package can replace it meanwhile. Bytes and
    file objects are never changed: without an output, the result is returned. ``must_be_new`` and ``sync`` are passed on to
    `replacing`.

    Raises
    ------
    FileAccessError : the path cannot be read, or is read-only and would be replaced.
    InvalidRequestError : a file object cannot be used, or is both input and output.
    """
    path = _real_path(data) if is_path(data) else None
    stream = None if output is None or is_path(output) else _require_output(output, data)
    target = _real_path(output) if is_path(output) else path if output is None else None
    origin = None
    with contextlib.ExitStack() as stack:
        if path is None:
            source = stack.enter_context(open_source(data))
        else:
            if target == path:
                stack.enter_context(_hold_lock(path))
            file = stack.enter_context(open_path(path))
            origin = _Origin(path, file, os.fstat(file.fileno()))
            source = _source_of(file, origin.before.st_size)
        if target is not None:
            place = replacing(
                target,
                like=None if origin is None else origin.before,
                must_be_new=must_be_new and target != path,
                sync=sync,
                before_rename=(lambda: None) if origin is None else origin.close,
            )
            yield Editing(source, partial(_write_place, place, source, may_stay=target == path))
        elif stream is not None:
            yield Editing(source, partial(_write_all, stream, source))
        else:
            yield Editing(source, lambda patch: b"".join(_pieces(source, patch)))


def _write_place(place: AbstractContextManager[BinaryIO], source: Source, patch: Patch, *, may_stay: bool) -> None:
    if may_stay and not patch.splices:
        return
    with place as file:
        # Pyodide's file system copies a file each time it grows, so the size is set at once.
        file.truncate(patch.target_size)
        for piece in _pieces(source, patch):
            file.write(piece)


def _real_path(path: StrPath) -> str:
    """Resolve symbolic links: a link is kept, and the file that it points to is replaced."""
    with file_errors("found", os.fspath(path)):
        return os.path.realpath(path)


@file_errors("written")
def _write_all(output: Writable, source: Source, patch: Patch) -> None:
    """Write to a file object from its current position; an unbuffered one may accept only a part at a time."""
    for piece in _pieces(source, patch):
        left: bytes = piece
        while left:
            written = output.write(left)
            # Objects that are not from io may return None, which means that they wrote everything.
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
    found = fault_of(output)
    if not found and hasattr(output, "writable") and not output.writable():
        found = "not writable"
    if output is data or _is_same_file(output, data):
        found = "the input"
    if found:
        msg = "output must be an open, writable, binary file object other than the input"
        raise InvalidRequestError(msg, field="output", found=found)
    return cast("Writable", output)


def _is_same_file(output: object, data: object) -> bool:
    """Tell whether the output is the file that is being read: writing would overwrite bytes not yet copied."""
    try:
        written = os.fstat(output.fileno())  # type: ignore[attr-defined]  # an object without one is caught
        read = os.stat(os.fspath(data)) if is_path(data) else os.fstat(data.fileno())  # type: ignore[attr-defined]
    except (AttributeError, OSError, TypeError, ValueError):
        return False
    return os.path.samestat(written, read)


@contextlib.contextmanager
def _hold_lock(path: str) -> Iterator[None]:
    """Wait until no other writer of this package is replacing the file, and keep others out."""
    while True:
        with open_path(path) as file:
            require_writable(os.fstat(file.fileno()), path)
            is_locked = lock(file, wait=True)
            if is_locked is None:
                # Windows cannot replace an open file; without locks, the check at the end remains.
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
