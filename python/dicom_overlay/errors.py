"""All errors of this package; each class says when it is raised.

A message says what was expected, what was found and where. It never quotes an
attribute's value or a path: both may name a patient.
"""

import errno
import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypedDict

DetailValue = str | int | float | bool | None | list[int]
Detail = dict[str, DetailValue]
"""Flat, JSON-able evidence: ``offset`` (bytes from the file's start), ``tag``,
``group``, ``expected``, ``found``, ``field``, …"""

_MEANINGS: Final[dict[str, str]] = {}

ERROR_CODES: Final[Mapping[str, str]] = MappingProxyType(_MEANINGS)
"""The stable codes, each with a sentence that explains it; ``web/src/errors.ts`` lists the same codes."""


class ErrorRecord(TypedDict):
    """An error as plain data, as it is passed to JavaScript."""

    code: str
    message: str
    detail: Detail


def format_tag(tag: int) -> str:
    """Return a tag as the standard writes it, (gggg,eeee)."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def describe_place(detail: Mapping[str, DetailValue]) -> str:
    """Return in words where in the file the error is (tag, VR, offset in hex); empty if the detail does not say."""
    tag, vr, offset = detail.get("tag"), detail.get("vr"), detail.get("offset")
    parts = []
    if isinstance(tag, int):
        parts.append(format_tag(tag) + (f" of VR {vr}" if vr else ""))
    if isinstance(offset, int):
        parts.append(f"offset 0x{offset:X}")
    return ", ".join(parts)


def _describe_numbers(detail: Mapping[str, DetailValue]) -> str:
    """Return in words what was expected and what was found; empty if either is not a number or a size."""
    expected, found, unit = (detail.get(key) for key in ("expected", "found", "unit"))
    words = [_number_words(value) for value in (expected, found)]
    if not all(words):
        return ""
    return f"expected {words[0]}, found {words[1]}" + (f" {unit}" if isinstance(unit, str) else "")


def _number_words(value: DetailValue) -> str:
    if isinstance(value, list):
        return " x ".join(map(str, value))
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


class OverlayError(Exception):
    """Base class of every error that this package raises on purpose.

    Attributes
    ----------
    code : stable, kebab-case; the same in Python and in JavaScript.
    message : one sentence without any attribute value or path; it says where the error is, if that is known.
    detail : flat, JSON-able evidence.
    """

    code: ClassVar[str] = "overlay-error"
    _tells_numbers: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        """Add the class's code to `ERROR_CODES`, with the first line of its docstring."""
        super().__init_subclass__()
        if "code" in vars(cls):
            _MEANINGS[cls.code] = (cls.__doc__ or "").partition("\n")[0]

    def __init__(self, message: str, **detail: DetailValue) -> None:
        """Store the message and the detail."""
        place = describe_place(detail)
        numbers = _describe_numbers(detail) if self._tells_numbers else ""
        parts = [f"at {place}"] * bool(place) + [numbers] * bool(numbers)
        self.message = f"{message} ({'; '.join(parts)})" if parts else message
        self.detail: Detail = detail
        super().__init__(self.message)

    def __str__(self) -> str:
        """Return the message alone, even if a base class would add to it."""
        return self.message

    def as_record(self) -> ErrorRecord:
        """Return the error as plain data for JSON or a structured clone."""
        return {"code": self.code, "message": self.message, "detail": dict(self.detail)}


class NotDicomError(OverlayError, ValueError):
    """The bytes do not begin like a DICOM file or a bare data set."""

    code = "not-dicom"


class MalformedDataSetError(OverlayError, ValueError):
    """The data set's structure is broken, or can be read in more than one way."""

    code = "malformed-data-set"


class TruncatedError(MalformedDataSetError):
    """The file ends before a declared length or a delimiter does."""

    code = "truncated"


class LimitExceededError(OverlayError, ValueError):
    """A limit (nesting, elements, inflated size, blank bytes) was exceeded."""

    code = "limit-exceeded"


class NoImageError(OverlayError, ValueError):
    """The data set has no usable Rows (0028,0010) and Columns (0028,0011)."""

    code = "no-image"


class UnsupportedTransferSyntaxError(OverlayError):
    """The transfer syntax cannot be edited as a splice, or its pixels cannot be decoded here."""

    code = "unsupported-transfer-syntax"


class UnsupportedOverlayError(OverlayError):
    """The file's overlay has a form on which the edit is not defined."""

    code = "unsupported-overlay"


class InvalidMaskError(OverlayError, ValueError):
    """The mask's shape, type or content does not fit."""

    code = "invalid-mask"
    _tells_numbers = True


class MaskNotPlacedError(OverlayError, ValueError):
    """The mask's voxels do not match the images' pixels; ``field`` says what differs, ``found`` by how much."""

    code = "mask-not-placed"
    _tells_numbers = True


class InvalidPlaneError(OverlayError, ValueError):
    """An attribute of the plane breaks PS3.3 C.9.2 or C.9.3; ``field`` says which."""

    code = "invalid-plane"


class InvalidSeriesError(OverlayError, ValueError):
    """Instances and volume do not belong together."""

    code = "invalid-series"
    _tells_numbers = True


class InvalidRequestError(OverlayError, ValueError):
    """An argument, or a request to the worker, is not valid; ``field`` says which."""

    code = "invalid-request"


class GroupInUseError(OverlayError, LookupError):
    """The overlay group holds a plane already, and ``existing`` does not say to replace it."""

    code = "group-in-use"


class NoFreeGroupError(OverlayError, LookupError):
    """All sixteen overlay groups are taken, or too few are free."""

    code = "no-free-group"


class PlaneNotFoundError(OverlayError, LookupError):
    """There is no overlay plane in the named group or with the named label."""

    code = "plane-not-found"


class PatchMismatchError(OverlayError, ValueError):
    """A patch was applied to bytes other than those it was planned for."""

    code = "patch-mismatch"


class FileAccessError(OverlayError, OSError):
    """The operating system refused to read or write; ``reason`` says why.

    Attributes
    ----------
    errno : the operating system's error number, or None.
    filename : the path, or None; it is never in the message or in ``detail``.
    """

    code = "file-access"

    def __init__(
        self, message: str, *, number: int | None = None, path: str | None = None, **detail: DetailValue
    ) -> None:
        """Store the error number and the path apart from the message and the detail, which may be shown."""
        if number is not None:
            detail.setdefault("reason", errno.errorcode.get(number, "unknown"))
        super().__init__(message, **detail)
        self.errno, self.filename = number, path

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep the error number and the path when the error is passed to another process."""
        return type(self), (self.message,), vars(self) | {"errno": self.errno, "filename": self.filename}


class MissingFileError(FileAccessError, FileNotFoundError):
    """There is no such file or folder."""


class ExistingFileError(FileAccessError, FileExistsError):
    """There is a file already where a new one was to be written."""


class NoPermissionError(FileAccessError, PermissionError):
    """The file system, or a file's mode, does not permit it."""


_BUILTINS: Final[Mapping[int, type[FileAccessError]]] = {
    errno.ENOENT: MissingFileError,
    errno.EEXIST: ExistingFileError,
    errno.EACCES: NoPermissionError,
    errno.EPERM: NoPermissionError,
}


def file_access_error(error: OSError | ValueError, action: str, path: str | None) -> FileAccessError:
    """Return the error that says why the operating system refused.

    Parameters
    ----------
    action : what was tried, as in "the file cannot be <action>".
    path : the error's ``filename``.
    """
    number = getattr(error, "errno", None)
    if number is None:
        return FileAccessError(f"the file cannot be {action}", path=path, reason=type(error).__name__)
    words = os.strerror(number)
    msg = f"the file cannot be {action}: {words[:1].lower()}{words[1:]}"
    return _BUILTINS.get(number, FileAccessError)(msg, number=number, path=path)


class FileChangedError(OverlayError):
    """The file changed while it was being edited; nothing was written."""

    code = "file-changed"


class StrictNoticeError(OverlayError):
    """``strict`` turned a notice into an error; ``notice`` says which."""

    code = "strict-notice"
