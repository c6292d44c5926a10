"""Where files come from and go to: paths, bytes, binary file objects; a path is replaced in one step.

The new file is written beside its destination and renamed over it, synced first, so that after a power cut there is the
old one or the new one, never half of either. On any error the temporary file is removed. The source is closed before the
rename, which Windows asks for.

On POSIX systems a writer holds an advisory lock on the file it replaces, so that two
writers of this package work one after the other; where a file changed all the same
while it was edited, nothing is written.
"""

import contextlib
import errno
import importlib
import io
import os
import stat
import tempfile
from _thread import allocate_lock
from collections.abc import Buffer, Iterable, Iterator
from typing import Any, BinaryIO, Final, Literal, TypeGuard, cast

from .edit.patch import Patch
from .errors import FileAccessError, FileChangedError, InvalidRequestError, OverlayError
from .scan.source import Source

type StrPath = str | os.PathLike[str]
type InMemory = Buffer | BinaryIO
"""Bytes in memory (anything with the buffer protocol), or a binary file object that can seek."""
type Input = StrPath | InMemory
"""A path, bytes in memory, or a binary file object that can seek."""
type Output = StrPath | BinaryIO
"""A path, or a binary file object, which is written from where it stands."""

type Syncing = Literal["now", "later"]
"""When a new file is brought onto the disk: before it takes its name, or when `sync_files` is called."""

_COPY: Final = 1024 * 1024
_ASKING: Final = allocate_lock()
_fcntl: Any = None
with contextlib.suppress(ImportError):  # Windows has no advisory locks of this kind.
    _fcntl = importlib.import_module("fcntl")


@contextlib.contextmanager
def file_errors(action: str) -> Iterator[None]:
    """Turn the operating system's errors into `FileAccessError`, without any path.

    Parameters
    ----------
    action : what was tried, as in "the file cannot be <action>".
    """
    try:
        yield
    except OverlayError:
        raise
    except (OSError, ValueError) as error:
        number = getattr(error, "errno", None)
        reason = errno.errorcode.get(number, "unknown") if number else type(error).__name__
        msg = f"the file cannot be {action} ({reason})"
        raise FileAccessError(msg, reason=reason) from None


def is_path(value: object) -> TypeGuard[StrPath]:
    """Tell a path from bytes and file objects."""
    return isinstance(value, (str, os.PathLike))


@contextlib.contextmanager
def open_source(data: Input, *, field: str = "path") -> Iterator[Source]:
    """Open a path, bytes or a file object for reading.

    Parameters
    ----------
    field : the argument's name, for errors.

    Raises
    ------
    FileAccessError : the path cannot be read.
    InvalidRequestError : a file object that is closed, in text mode or cannot seek, or none of these at all.
    """
    if is_path(data):
        with _open_path(os.fspath(data)) as file:
            yield _source_of(file, os.fstat(file.fileno()).st_size)
    elif isinstance(data, (bytes, bytearray, memoryview)):
        yield Source.of_bytes(data)
    else:
        file = cast("BinaryIO", data)
        size, position = _require_seekable(file, field)
        try:
            yield _source_of(file, size)
        finally:
            with contextlib.suppress(OSError, ValueError):
                file.seek(position)


def _source_of(file: BinaryIO, size: int) -> Source:
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


def _require_seekable(file: BinaryIO, field: str) -> tuple[int, int]:
    """Return a file object's size in bytes and its position."""
    if not hasattr(file, "read") or not hasattr(file, "seek"):
        msg = f"{field} is a path, bytes or a binary file object, not {type(file).__name__}"
        raise TypeError(msg)
    found = _fault_of(file)
    if not found:
        try:
            position = file.tell()
            return file.seek(0, os.SEEK_END), position
        except (OSError, ValueError):
            found = "not seekable"
    msg = f"{field} is a file object that is open, binary and can seek"
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
    with file_errors("read"):
        # Asked before opening: opening a pipe waits for somebody who writes to it.
        if not stat.S_ISREG(os.stat(path).st_mode):
            msg = "a regular file is needed"
            raise FileAccessError(msg, reason="ENOTREG")
        file = open(path, "rb")  # noqa: SIM115 - closed below, on every way out
    with file:
        yield file


class Editing:
    """An open source, and where the patched file goes.

    Attributes
    ----------
    source : the file that is edited.
    """

    def __init__(self, source: Source, output: Output | None) -> None:
        """Take what is open."""
        self.source = source
        self._output = output

    def finish(self, patch: Patch) -> bytes | None:
        """Write the result; return it where there is no output."""
        parts = _pieces(self.source, patch)
        if self._output is None:
            return b"".join(parts)
        with file_errors("written"):
            for part in parts:
                self._output.write(part)  # type: ignore[union-attr]  # open_edit gives paths to _PathEditing
        return None


class _PathEditing(Editing):
    """Writes a path in one step.

    ``opened`` is the source's path, None where the source is in memory; ``file`` is the source's open file.
    """

    def __init__(
        self, source: Source, target: str, opened: str | None, file: BinaryIO | None, *, sync: Syncing
    ) -> None:
        super().__init__(source, target)
        self._is_synced = sync == "now" or os.path.lexists(target)
        self._target, self._opened, self._file = target, opened, file
        self._before = os.fstat(file.fileno()) if file is not None else None

    def finish(self, patch: Patch) -> None:
        if self._target == self._opened and not patch.splices:
            return
        with file_errors("written"):
            folder, name = os.path.split(self._target)
            descriptor, temporary = tempfile.mkstemp(prefix=f".{name[:40]}.", suffix=".tmp", dir=folder or ".")
            try:
                with os.fdopen(descriptor, "wb") as result:
                    # Pyodide's file system copies a growing file again and again; it is told the size at once.
                    result.truncate(patch.target_size)
                    for part in _pieces(self.source, patch):
                        result.write(part)
                    result.flush()
                    if self._is_synced:
                        os.fsync(result.fileno())
                if self._file is not None:
                    self._file.close()
                self._set_permissions(temporary)
                if self._opened is not None and self._before is not None:
                    _require_unchanged(self._before, self._opened)
                os.replace(temporary, self._target)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
                raise
        if self._is_synced:
            _sync_folder(folder or ".")

    def _set_permissions(self, temporary: str) -> None:
        """Give the new file the replaced one's mode, else the source's with leave to write, else the user's default."""
        if os.path.exists(self._target):
            status = os.stat(self._target)
            mode = stat.S_IMODE(status.st_mode)
        elif self._before is not None:
            status = self._before
            mode = stat.S_IMODE(status.st_mode) | stat.S_IWUSR
        else:
            # It can only be asked by setting it, for the whole process: two threads at once would leave the wrong one.
            with _ASKING:
                mask = os.umask(0o077)
                os.umask(mask)
            os.chmod(temporary, 0o666 & ~mask)
            return
        if hasattr(os, "chown"):
            # Only root may give files away; everybody else owns what he could replace.
            with contextlib.suppress(OSError):
                os.chown(temporary, status.st_uid, status.st_gid)
        # After the owner, whose change takes set-user-ID bits away.
        os.chmod(temporary, mode)


@contextlib.contextmanager
def open_edit(data: Input, output: Output | None, *, sync: Syncing = "now") -> Iterator[Editing]:
    """Open a source that is edited, and say where the result goes.

    A path without an output is replaced itself, alone among this package's writers. Bytes and file objects without an
    output are never changed: the result is returned. ``sync`` is when a new file is brought onto the disk.

    Raises
    ------
    FileAccessError : the path cannot be read, or is read-only and would be replaced.
    InvalidRequestError : a file object that cannot be used; the same one for input and output.
    """
    if output is not None and not is_path(output):
        _require_writable(output, data)
    # A symbolic link stays one: what it leads to is replaced.
    with file_errors("found"):
        opened = os.path.realpath(os.fspath(data)) if is_path(data) else None
        target = os.path.realpath(os.fspath(output)) if is_path(output) else None
    if opened is None:
        with open_source(data) as source:
            yield Editing(source, output) if target is None else _PathEditing(source, target, None, None, sync=sync)
        return
    target = opened if output is None else target
    with contextlib.ExitStack() as stack:
        if target == opened:
            stack.enter_context(_hold_lock(opened))
        file = stack.enter_context(_open_path(opened))
        source = _source_of(file, os.fstat(file.fileno()).st_size)
        yield Editing(source, output) if target is None else _PathEditing(source, target, opened, file, sync=sync)


def _require_writable(output: object, data: object) -> None:
    if not hasattr(output, "write"):
        msg = f"output is a path or a binary file object, not {type(output).__name__}"
        raise TypeError(msg)
    found = _fault_of(output)
    if not found and hasattr(output, "writable") and not output.writable():
        found = "not writable"
    if output is data or _is_same_file(output, data):
        found = "the input"
    if found:
        msg = "output is a file object that is open, binary, can be written and is not the input"
        raise InvalidRequestError(msg, field="output", found=found)


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
    """Wait for this package's other writers of a file that will be replaced, and keep them out.

    A file without any write permission is refused, although its folder would allow
    the rename: whoever took the permission away meant it.
    """
    while True:
        with _open_path(path) as lock:
            if not os.fstat(lock.fileno()).st_mode & 0o222:
                msg = "the file is read-only"
                raise FileAccessError(msg, reason="EACCES")
            if _fcntl is None:
                # An open file could not be replaced here.
                lock.close()
            else:
                # Not every file system has locks; without one the check at the end stays.
                with contextlib.suppress(OSError):
                    _fcntl.flock(lock.fileno(), _fcntl.LOCK_EX)
                if not _is_still(path, lock):
                    # Another writer replaced the file while this one waited.
                    continue
            yield
            return


def _is_still(path: str, file: BinaryIO) -> bool:
    """Tell whether the path still leads to the opened file."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(file.fileno()))
    except FileNotFoundError:
        return True


def _pieces(source: Source, patch: Patch) -> Iterator[bytes]:
    """Yield the patched file in pieces of bounded size."""
    for piece in patch.pieces():
        if isinstance(piece, bytes):
            yield piece
            continue
        for start in range(piece[0], piece[1], _COPY):
            yield source.read(start, min(start + _COPY, piece[1]))


def _require_unchanged(before: os.stat_result, path: str) -> None:
    now = os.stat(path)
    if (now.st_ino, now.st_size, now.st_mtime_ns) != (
        before.st_ino,
        before.st_size,
        before.st_mtime_ns,
    ):
        msg = "the file changed while it was edited; nothing was written"
        raise FileChangedError(msg)


def _sync_folder(folder: str) -> None:
    """Make the rename itself durable, where folders can be synced."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_files(paths: Iterable[str]) -> dict[str, FileAccessError]:
    """Bring files that were written with ``sync="later"`` onto the disk, and their names.

    Returns
    -------
    The error of each file for which that failed.
    """
    failed: dict[str, FileAccessError] = {}
    folders: set[str] = set()
    for path in paths:
        try:
            with file_errors("brought onto the disk"), open(path, "rb") as file:
                os.fsync(file.fileno())
        except FileAccessError as error:
            failed[path] = error
        folders.add(os.path.dirname(path) or ".")
    for folder in folders:
        _sync_folder(folder)
    return failed
