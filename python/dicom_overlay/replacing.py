"""Write a file under a temporary name and rename it, so that its real name never refers to half a file.

Theory of operation. A new file is written under a hidden name in its target folder, and takes its real name in one step.
Until then its writer holds an advisory lock on it. If the writer is killed, the lock ends with the process, so leftover
files can be told from those in use. The next writer in that folder removes them.
"""

import contextlib
import errno
import importlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, Final, Literal

from .errors import FileAccessError, NoPermissionError, OverlayError, file_access_error

type Syncing = Literal["now", "later"]
"""When a new file is synced to the disk: before it takes its name, or when `sync_files` is called."""

_HIDDEN: Final = re.compile(r"\.dicom-overlay-[0-9a-f]{16}\.tmp")
_UNLOCKED_AGE: Final = 60 * 60
"""Age in seconds from which a hidden file counts as a leftover if the file system has no locks."""
_MOST_FOLDERS: Final = 1024
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV})
# A run writes thousands of files into one folder, but looks for leftovers there only once.
_cleared: Final[set[str]] = set()
fcntl: Any = None
with contextlib.suppress(ImportError):  # Windows has no advisory locks of this kind.
    fcntl = importlib.import_module("fcntl")


@contextlib.contextmanager
def file_errors(action: str, path: str | None = None) -> Iterator[None]:
    """Turn the operating system's errors into `FileAccessError`, without a path in the message.

    Parameters
    ----------
    action : what was tried, as in "the file cannot be <action>".
    path : the error's ``filename``.
    """
    try:
        yield
    except OverlayError:
        raise
    except (OSError, ValueError) as error:
        raise file_access_error(error, action, path) from None


@contextlib.contextmanager
def replacing(
    target: str,
    *,
    like: os.stat_result | None = None,
    must_be_new: bool = False,
    sync: Syncing = "now",
    before_rename: Callable[[], None] = lambda: None,
) -> Iterator[BinaryIO]:
    """Yield an open file that replaces ``target`` when the block ends; after an error nothing has changed.

    Parameters
    ----------
    target : a path whose last part is not a symbolic link; its folder must exist.
    like : status of the file whose mode and owner a new file gets; None takes the user's defaults.
    must_be_new : never replace a file, even one that appears meanwhile.
    sync : "later" leaves syncing a new file to the caller; a file that is replaced is always synced now.
    before_rename : called last; if it raises, ``target`` is not replaced.

    Raises
    ------
    FileAccessError : the file system refused, or ``target`` is not a regular file.
    """
    with file_errors("written", target):
        folder = os.path.dirname(target) or "."
        before = _stat_place(target, must_be_new=must_be_new)
        like = before or like
        is_synced = sync == "now" or before is not None
        _clear_once(folder)
        file = _create(folder, 0o666 if like is None else 0o600)
        try:
            with file:
                yield file
                file.flush()
                if is_synced:
                    os.fsync(file.fileno())
                if like is not None:
                    _take_after(file.name, like, is_new=before is None)
                before_rename()
                if fcntl is None:
                    # Windows cannot rename an open file; where there are no locks, closing it loses nothing.
                    file.close()
                _take_place(file.name, target, must_be_new=must_be_new)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(file.name)
            raise
        if is_synced:
            sync_folder(folder)


def _stat_place(target: str, *, must_be_new: bool) -> os.stat_result | None:
    """Return the status of the file that will be replaced; None if there is none."""
    try:
        found = os.lstat(target)
    except FileNotFoundError:
        return None
    if must_be_new:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    if not stat.S_ISREG(found.st_mode):
        msg = "the file cannot be written: a folder, a pipe or a device has its name"
        raise FileAccessError(msg, path=target, reason="ENOTREG")
    require_writable(found, target)
    return found


def require_writable(found: os.stat_result, path: str) -> None:
    """Refuse to replace a read-only file: its folder would allow that, but the file was made read-only on purpose."""
    if not found.st_mode & 0o222:
        msg = "the file is read-only; it was not replaced"
        raise NoPermissionError(msg, path=path, number=errno.EACCES)


def _create(folder: str, mode: int) -> BinaryIO:
    """Create a hidden file and lock it; try again if another process removed it before it was locked."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    while True:
        path = os.path.join(folder, f".dicom-overlay-{os.urandom(8).hex()}.tmp")
        # The file's name must be the path, not the descriptor, because it is renamed by that name.
        file = open(path, "w+b", opener=lambda name, _: os.open(name, flags, mode))  # noqa: SIM115 - the caller closes it
        if lock(file, wait=False) is None or os.fstat(file.fileno()).st_nlink:
            return file
        file.close()


def lock(file: BinaryIO, *, wait: bool) -> bool | None:
    """Take a file's advisory lock: True once it is held, False if another process holds it, None without locks."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def is_still(path: str, file: BinaryIO) -> bool:
    """Tell whether a path still refers to the opened file."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _take_after(path: str, like: os.stat_result, *, is_new: bool) -> None:
    """Copy owner and mode from another file; a new file is always writable by its owner."""
    if hasattr(os, "chown"):
        # Only root can give a file to another user; this fails for everybody else, and the file stays theirs.
        with contextlib.suppress(OSError):
            os.chown(path, like.st_uid, like.st_gid)
    # After the owner, because changing the owner clears the set-user-ID bits.
    os.chmod(path, stat.S_IMODE(like.st_mode) | (stat.S_IWUSR if is_new else 0))


def _take_place(path: str, target: str, *, must_be_new: bool) -> None:
    if not must_be_new:
        os.replace(path, target)
        return
    try:
        os.link(path, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # Without hard links, POSIX systems have no single step for this; another process could come in between.
        _stat_place(target, must_be_new=True)
        os.rename(path, target)
    else:
        os.unlink(path)


def _clear_once(folder: str) -> None:
    if len(_cleared) >= _MOST_FOLDERS:
        _cleared.clear()
    if folder not in _cleared:
        _cleared.add(folder)
        clear_leftovers(folder)


def clear_leftovers(folder: str) -> None:
    """Remove what killed writers left in a folder: this package's hidden files that this user owns and no process locks."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if _HIDDEN.match(entry.name):
                with contextlib.suppress(OSError):
                    _clear(entry.path)


def _clear(path: str) -> None:
    with open(path, "r+b", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NOFOLLOW", 0))) as file:
        found = os.fstat(file.fileno())
        is_ours = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
        is_free = lock(file, wait=False)
        if is_free is None:
            is_free = time.time() - found.st_mtime > _UNLOCKED_AGE
        if stat.S_ISREG(found.st_mode) and is_ours and is_free and is_still(path, file):
            os.unlink(path)


def sync_folder(folder: str) -> None:
    """Make renames in a folder durable, where folders can be synced."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_files(paths: Iterable[str]) -> dict[str, FileAccessError]:
    """Sync files that were written with ``sync="later"``, and their names, to the disk.

    All at once if the system can; one by one takes some milliseconds each.

    Returns
    -------
    The error of each file that could not be synced.
    """
    paths = list(paths)
    folders = {os.path.dirname(path) or "." for path in paths}
    if len(paths) > 1 and _sync_file_systems(folders):
        return {}
    failed: dict[str, FileAccessError] = {}
    for path in paths:
        try:
            with file_errors("brought onto the disk", path), open(path, "rb") as file:
                os.fsync(file.fileno())
        except FileAccessError as error:
            failed[path] = error
    for folder in folders:
        sync_folder(folder)
    return failed


def _sync_file_systems(folders: Iterable[str]) -> bool:
    """Sync the whole file systems of these folders to the disk; False if that is not possible or failed."""
    import ctypes  # noqa: PLC0415 - only whoever writes many files needs it

    try:
        sync = ctypes.CDLL(None).syncfs
        for folder in {os.stat(folder).st_dev: folder for folder in folders}.values():
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                if sync(descriptor) != 0:
                    return False
            finally:
                os.close(descriptor)
    except (AttributeError, OSError, TypeError):  # Only Linux has it.
        return False
    return True
