"""Find the files of a folder while they are worked on: nothing is collected, however many there are.

Folders are read with ``os.scandir`` and sorted in runs, so that the order is that of the names in folders of an
ordinary size. What is no file is named and passed over: links to folders (which may lead in circles, or to files that
are reached twice), pipes, sockets, devices, folders that cannot be read.
"""

import os
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from dicom_overlay.errors import FileAccessError, InvalidRequestError

from .job import Outcome, failed

__all__ = ["Shard", "count_files", "discover", "is_mine", "parse_shard"]

_RUN: Final = 4096


@dataclass(frozen=True, slots=True)
class Shard:
    """Part ``number`` (from 1) of ``count`` parts into which files fall by their paths."""

    number: int
    count: int


def discover(root: str, shard: Shard | None = None) -> Iterator[str | Outcome]:
    """Yield a folder's files, or the file itself, and an outcome for what cannot be one.

    Hidden files and folders, and DICOMDIR, are passed over without a word.

    Parameters
    ----------
    shard : the part to yield; the parts are the same on every machine that sees the same folder.

    Raises
    ------
    FileAccessError : there is no such file or folder.
    """
    try:
        status = os.stat(root)
    except OSError:
        msg = "there is no such file or folder"
        raise FileAccessError(msg, reason="ENOENT") from None
    if not stat.S_ISDIR(status.st_mode):
        yield root
        return
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        folders: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for run in iter(lambda entries=entries: sorted(islice(entries, _RUN), key=lambda e: e.name), []):  # type: ignore[misc]
                    for entry in run:
                        found = _look(entry, folders, root)
                        if found is not None and is_mine(entry.path, root, shard):
                            yield found
        except OSError as error:
            if is_mine(folder, root, shard):
                yield failed(folder, _refused("the folder cannot be read", error))
        waiting += reversed(folders)


def _look(entry: "os.DirEntry[str]", folders: list[str], root: str) -> str | Outcome | None:
    """Return a file's path, an outcome for what is none, or None; folders are put on the list."""
    if entry.name.startswith(".") or entry.name.upper() == "DICOMDIR":
        return None
    try:
        if entry.is_dir(follow_symlinks=False):
            folders.append(entry.path)
            return None
        if entry.is_file(follow_symlinks=False):
            return entry.path
        if entry.is_symlink():
            return _look_behind(entry, root)
    except OSError as error:
        return failed(entry.path, _refused("the entry cannot be looked at", error))
    return _passed_over(entry.path, "a pipe, socket or device is no file", "ENOTREG")


def _look_behind(entry: "os.DirEntry[str]", root: str) -> str | Outcome | None:
    """Take a link to a file outside the folder; those inside are reached by their own paths."""
    try:
        status = entry.stat()
    except OSError:
        return _passed_over(entry.path, "a link leads nowhere, or in a circle", "ELOOP")
    if stat.S_ISDIR(status.st_mode):
        return _passed_over(entry.path, "a link to a folder is not followed", "EISDIR")
    if not stat.S_ISREG(status.st_mode):
        return _passed_over(entry.path, "a pipe, socket or device is no file", "ENOTREG")
    behind, inside = os.path.realpath(entry.path), os.path.realpath(root)
    if behind.startswith(os.path.join(inside, "")):
        return _passed_over(entry.path, "a link to a file of the same folder is not followed", "EEXIST")
    return entry.path


def _passed_over(path: str, text: str, reason: str) -> Outcome:
    return Outcome(source=path, kind="passed-over", error=FileAccessError(text, reason=reason).as_record())


def _refused(text: str, error: OSError) -> FileAccessError:
    return FileAccessError(text, reason=error.strerror or "unknown")


def is_mine(path: str, root: str, shard: Shard | None) -> bool:
    """Tell whether a path below the root is in the shard; by its relative path, with / on every system."""
    if shard is None:
        return True
    relative = os.path.relpath(path, root).replace(os.sep, "/")
    return zlib.crc32(os.fsencode(relative)) % shard.count == shard.number - 1


def parse_shard(text: str | None) -> Shard | None:
    """Read "3/8".

    Raises
    ------
    InvalidRequestError : it is no part.
    """
    if text is None:
        return None
    number, _, count = text.partition("/")
    if number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count):
        return Shard(int(number), int(count))
    msg = "a shard is NUMBER/COUNT, like 3/8, counted from 1"
    raise InvalidRequestError(msg, field="shard")


def count_files(root: str, shard: Shard | None = None) -> int:
    """Count the files that `discover` will yield; for the remaining time."""
    return sum(isinstance(found, str) for found in discover(root, shard))
