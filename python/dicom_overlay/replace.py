"""Write a patched copy of a file, and put it in place in one step.

The new file is written beside its destination and renamed over it. A file that is
replaced is synced first, so that after a power cut there is the old one or the new
one, never half of either. On any error the temporary file is removed.

On POSIX systems a writer holds an advisory lock on the file it replaces, so that two
writers of this package work one after the other; where a file changed all the same
while it was edited, nothing is written.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Generator, Iterator
from typing import BinaryIO, Final, TypeVar

from .errors import FileAccessError, FileChangedError, OverlayError, TruncatedError
from .patch import Patch

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no advisory locks of this kind
    fcntl = None  # type: ignore[assignment]

__all__ = ["drive", "file_errors", "open_for_edit", "open_source", "write_patched"]

_COPY: Final = 1024 * 1024
_Result = TypeVar("_Result")


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


def drive(walker: Generator[tuple[int, int], bytes, _Result], source: BinaryIO) -> _Result:
    """Run a coroutine of the core over an open file and return its result."""
    try:
        start, end = next(walker)
        while True:
            with file_errors("read"):
                source.seek(start)
                data = source.read(end - start)
            start, end = walker.send(data)
    except StopIteration as stop:
        result: _Result = stop.value
        return result


@contextlib.contextmanager
def open_source(path: str) -> Iterator[tuple[BinaryIO, int]]:
    """Open a regular file for reading; yields it and its size in bytes."""
    with file_errors("read"):
        # Asked before opening: opening a pipe waits for somebody who writes to it.
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116
            msg = "a regular file is needed"
            raise FileAccessError(msg, reason="ENOTREG")
        source = open(path, "rb")  # noqa: SIM115, PTH123 - closed below, on every way out
    with source:
        yield source, os.fstat(source.fileno()).st_size


@contextlib.contextmanager
def open_for_edit(path: str) -> Iterator[tuple[BinaryIO, int]]:
    """Open a file that will be replaced, alone among this package's writers.

    A file without any write permission is refused, although its folder would allow
    the rename: whoever took the permission away meant it.
    """
    while True:
        with open_source(path) as (source, size):
            if not os.fstat(source.fileno()).st_mode & 0o222:
                msg = "the file is read-only"
                raise FileAccessError(msg, reason="EACCES")
            if fcntl is not None:
                # Not every file system has locks; without one the check at the end stays.
                with contextlib.suppress(OSError):
                    fcntl.flock(source.fileno(), fcntl.LOCK_EX)
                if not _is_still(path, source):
                    # Another writer replaced the file while this one waited.
                    continue
            yield source, size
            return


def _is_still(path: str, source: BinaryIO) -> bool:
    """Tell whether the path still leads to the opened file."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(source.fileno()))  # noqa: PTH116
    except FileNotFoundError:
        return True


def write_patched(source: BinaryIO, patch: Patch, target: str, *, opened: str, before: os.stat_result) -> None:
    """Write the patched source to ``target`` in one step.

    Parameters
    ----------
    source : open for reading.
    target : path of the result; replaced if it exists.
    opened : path of the source; the same as ``target`` for an edit in place.
    before : the source's status before the edit was planned.

    Raises
    ------
    FileAccessError : the folder or the disk refuses; no temporary file stays.
    FileChangedError : the source changed meanwhile; nothing is written.
    """
    folder, name = os.path.split(target)
    # Random, because a thread of this process may write beside the same file.
    temporary = os.path.join(folder, f".{name[:40]}.{secrets.token_hex(6)}.tmp")  # noqa: PTH118
    is_replacing = os.path.exists(target)  # noqa: PTH110
    with file_errors("written"):
        try:
            with open(temporary, "xb") as result:  # noqa: PTH123
                # Pyodide's file system copies a growing file again and again; it is told the size at once.
                result.truncate(patch.target_size)
                _copy(source, patch, result)
                if is_replacing:
                    result.flush()
                    os.fsync(result.fileno())
            _keep_permissions(opened if not is_replacing else target, temporary)
            _require_unchanged(before, opened)
            os.replace(temporary, target)  # noqa: PTH105
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
            raise
    if is_replacing:
        _sync_folder(folder or ".")


def _copy(source: BinaryIO, patch: Patch, result: BinaryIO) -> None:
    for piece in patch.pieces():
        if isinstance(piece, bytes):
            result.write(piece)
            continue
        position, end = piece
        source.seek(position)
        while position < end:
            data = source.read(min(_COPY, end - position))
            if not data:
                msg = "the file ended before its stated size"
                raise TruncatedError(msg, offset=position)
            result.write(data)
            position += len(data)


def _keep_permissions(pattern: str, temporary: str) -> None:
    """Give the new file the old one's mode, and its owner where that is allowed."""
    status = os.stat(pattern)  # noqa: PTH116
    if hasattr(os, "chown"):
        # Only root may give files away; everybody else owns what he could replace.
        with contextlib.suppress(OSError):
            os.chown(temporary, status.st_uid, status.st_gid)
    # After the owner, whose change takes set-user-ID bits away.
    os.chmod(temporary, stat.S_IMODE(status.st_mode))  # noqa: PTH101


def _require_unchanged(before: os.stat_result, path: str) -> None:
    now = os.stat(path)  # noqa: PTH116
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
