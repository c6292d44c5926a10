"""Find the files of a folder while the command works on them; the names of only one folder are in memory at a time.

All names of a folder are read before the command works on its first file, so that files come in the order of their names,
and no result is taken for an input. Everything that is not a file is reported and passed over: links to folders (which can
form circles, or lead to the same files twice), pipes, sockets, devices, and folders that cannot be read.
"""

import os
import stat
from collections.abc import Iterator

from dicom_overlay.errors import FileAccessError

from .job import Outcome, failed


def discover(root: str) -> Iterator[str | Outcome]:
    """Yield a folder's files, or the file itself, and an outcome for everything that is not a file.

    Hidden files and folders, and DICOMDIR, are passed over silently.
    """
    try:
        status = os.stat(root)
    except OSError:
        msg = "the file or folder does not exist"
        raise FileAccessError(msg, reason="ENOENT") from None
    if not stat.S_ISDIR(status.st_mode):
        yield root
        return
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        folders: list[str] = []
        found: list[str | Outcome] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    item = _look(entry, folders, root)
                    if item is not None:
                        found.append(item)
        except OSError as error:
            yield failed(folder, _refused("the folder cannot be read", error))
        yield from sorted(found, key=lambda item: item if isinstance(item, str) else item.source)
        waiting += sorted(folders, reverse=True)


def _look(entry: "os.DirEntry[str]", folders: list[str], root: str) -> str | Outcome | None:
    """Return a file's path, an outcome if it is not a file, or None; folders are added to ``folders``."""
    if entry.name.startswith(".") or entry.name.upper() == "DICOMDIR":
        return None
    try:
        if entry.is_file(follow_symlinks=False):
            return entry.path
        if entry.is_dir(follow_symlinks=False):
            folders.append(entry.path)
            return None
        if entry.is_symlink():
            return _look_behind(entry, root)
    except OSError as error:
        return failed(entry.path, _refused("the entry cannot be examined", error))
    return _passed_over(entry.path, "a pipe, socket or device is not a file", "ENOTREG")


def _look_behind(entry: "os.DirEntry[str]", root: str) -> str | Outcome | None:
    """Accept a link to a file outside the folder; files inside are found by their own paths."""
    try:
        status = entry.stat()
    except OSError:
        return _passed_over(entry.path, "the link's target does not exist, or the link leads in a circle", "ELOOP")
    if stat.S_ISDIR(status.st_mode):
        return _passed_over(entry.path, "links to folders are not followed", "EISDIR")
    if not stat.S_ISREG(status.st_mode):
        return _passed_over(entry.path, "a pipe, socket or device is not a file", "ENOTREG")
    behind, inside = os.path.realpath(entry.path), os.path.realpath(root)
    if behind.startswith(os.path.join(inside, "")):
        return _passed_over(
            entry.path, "the link's target is in the same folder; it is found by its own name", "EEXIST"
        )
    return entry.path


def _passed_over(path: str, text: str, reason: str) -> Outcome:
    return Outcome(source=path, kind="passed-over", error=FileAccessError(text, reason=reason).as_record())


def _refused(text: str, error: OSError) -> FileAccessError:
    return FileAccessError(text, reason=error.strerror or "unknown")


def count_files(root: str) -> int:
    """Count the files that `discover` will yield, to estimate the remaining time."""
    return sum(isinstance(found, str) for found in discover(root))
