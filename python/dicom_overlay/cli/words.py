"""Reword errors for the command line: options instead of function arguments, and what to do."""

import errno
import os
import re
from typing import Final

from dicom_overlay.errors import ErrorRecord

_SAME: Final = "dask description every_image existing frames group in_place jobs label output resample series subtype threshold window"
_OPTIONS: Final = {name: f"--{name.replace('_', '-')}" for name in _SAME.split()} | {
    "groups": "--group",
    "instance": "--derived",
    "labels": "--label",
    "overlay_type": "--type",
}
"""Function argument → the command's option."""

_CURES: Final = {
    "file-changed": "run the command again",
    "group-in-use": "leave --group out to take a free group, or give --existing replace-group",
    "no-free-group": "remove a plane first, or give --existing replace-label",
    "plane-not-found": "`dicom-overlay list` shows the planes",
    "strict-notice": "leave --strict out to accept it",
    "truncated": "get the file again",
    "worker-died": "run the command again, with fewer --jobs if memory is short",
}
"""What to do, for errors whose message does not say it."""

_REASONS: Final = {
    "EACCES": "permission denied",
    "EDQUOT": "your quota of disk space is used up",
    "EEXIST": "there is a file of that name",
    "EISDIR": "it is a folder",
    "ELOOP": "symbolic links form a circle",
    "EMFILE": "too many files are open; use fewer --jobs",
    "ENAMETOOLONG": "the name is too long",
    "ENOENT": "the file or folder does not exist",
    "ENOSPC": "no space is left on the device",
    "ENOTDIR": "part of the path is not a folder",
    "EROFS": "the file system is read-only",
}
_ERRNO: Final = re.compile(r"\b(E[A-Z0-9]{2,})\b")


def reword(record: ErrorRecord) -> ErrorRecord:
    """Return an error with a message for users of the command."""
    message, field = record["message"], record["detail"].get("field")
    option = _OPTIONS.get(field) if isinstance(field, str) else None
    message = re.sub(r"\((\w+)\)", lambda found: f"({_OPTIONS.get(found[1], found[1])})", message)
    if option is not None:
        # By convention, a message about an argument begins with its name.
        message = re.sub(rf"^{field}\b", option, message)
        message = message if option in message else f"{message} ({option})"
    message = _ERRNO.sub(lambda found: describe_errno(found[1]), message)
    cure = _CURES.get(record["code"])
    return {**record, "message": message if cure is None or cure in message else f"{message}; {cure}"}


def describe_errno(name: str) -> str:
    """Return the meaning of a system error such as "ENOSPC"; other names are returned as they are."""
    number = getattr(errno, name, None)
    return _REASONS.get(name) or (os.strerror(number).lower() if isinstance(number, int) else name)
