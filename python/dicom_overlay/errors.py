"""Every error of this package, in one leaf.

OverlayError
├── NotDicomError (ValueError)               not-dicom
├── MalformedDataSetError (ValueError)       malformed-data-set
│   └── TruncatedError                       truncated
├── LimitExceededError (ValueError)          limit-exceeded
├── NoImageError (ValueError)                no-image
├── UnsupportedTransferSyntaxError           unsupported-transfer-syntax
├── UnsupportedOverlayError                  unsupported-overlay
├── InvalidMaskError (ValueError)            invalid-mask
├── MaskNotPlacedError (ValueError)          mask-not-placed
├── InvalidPlaneError (ValueError)           invalid-plane
├── InvalidSeriesError (ValueError)          invalid-series
├── InvalidRequestError (ValueError)         invalid-request
├── GroupInUseError (LookupError)            group-in-use
├── NoFreeGroupError (LookupError)           no-free-group
├── PlaneNotFoundError (LookupError)         plane-not-found
├── PatchMismatchError (ValueError)          patch-mismatch
├── FileAccessError (OSError)                file-access
├── FileChangedError                         file-changed
└── StrictNoticeError                        strict-notice

A message says what was expected, what was found and where. It never quotes an
attribute's value or a path: both may name a patient.
"""

from typing import ClassVar, TypedDict

__all__ = [
    "ERROR_CODES",
    "Detail",
    "DetailValue",
    "ErrorRecord",
    "FileAccessError",
    "FileChangedError",
    "GroupInUseError",
    "InvalidMaskError",
    "InvalidPlaneError",
    "InvalidRequestError",
    "InvalidSeriesError",
    "LimitExceededError",
    "MalformedDataSetError",
    "MaskNotPlacedError",
    "NoFreeGroupError",
    "NoImageError",
    "NotDicomError",
    "OverlayError",
    "PatchMismatchError",
    "PlaneNotFoundError",
    "StrictNoticeError",
    "TruncatedError",
    "UnsupportedOverlayError",
    "UnsupportedTransferSyntaxError",
]

DetailValue = str | int | float | bool | None | list[int]
Detail = dict[str, DetailValue]
"""Flat, JSON-able evidence: ``offset`` (bytes from the file's start), ``tag``,
``group``, ``expected``, ``found``, ``field``, …"""


class ErrorRecord(TypedDict):
    """An error as plain data, the form in which it crosses to JavaScript."""

    code: str
    message: str
    detail: Detail


class OverlayError(Exception):
    """Base of every error that this package raises on purpose.

    Attributes
    ----------
    code : stable, kebab-case; the same word in Python and in JavaScript.
    message : one sentence without any attribute value or path.
    detail : flat, JSON-able evidence.
    """

    code: ClassVar[str] = "overlay-error"

    def __init__(self, message: str, **detail: DetailValue) -> None:
        """Keep the message and the evidence."""
        super().__init__(message)
        self.message = message
        self.detail: Detail = detail

    def __str__(self) -> str:
        """Return the message alone, also where a base class would add to it."""
        return self.message

    def as_record(self) -> ErrorRecord:
        """Return the error as plain data for JSON or a structured clone."""
        return {"code": self.code, "message": self.message, "detail": dict(self.detail)}


class NotDicomError(OverlayError, ValueError):
    """The bytes begin like no DICOM file and no bare data set."""

    code = "not-dicom"


class MalformedDataSetError(OverlayError, ValueError):
    """The data set's structure is broken at ``offset``."""

    code = "malformed-data-set"


class TruncatedError(MalformedDataSetError):
    """A declared length passes the end of the file, or a delimiter is missing."""

    code = "truncated"


class LimitExceededError(OverlayError, ValueError):
    """A stated limit (nesting, elements, inflated size) was passed."""

    code = "limit-exceeded"


class NoImageError(OverlayError, ValueError):
    """The data set has no usable Rows (0028,0010) and Columns (0028,0011)."""

    code = "no-image"


class UnsupportedTransferSyntaxError(OverlayError):
    """The transfer syntax cannot be edited as a splice."""

    code = "unsupported-transfer-syntax"


class UnsupportedOverlayError(OverlayError):
    """The file's overlay has a form on which the edit is not defined."""

    code = "unsupported-overlay"


class InvalidMaskError(OverlayError, ValueError):
    """The mask's shape, type or content does not fit."""

    code = "invalid-mask"


class MaskNotPlacedError(OverlayError, ValueError):
    """The mask's voxels do not lie on the images' pixels; ``field`` says in what, ``found`` by how much."""

    code = "mask-not-placed"


class InvalidPlaneError(OverlayError, ValueError):
    """An attribute of the plane breaks PS3.3 C.9.2 or C.9.3; see ``field``."""

    code = "invalid-plane"


class InvalidSeriesError(OverlayError, ValueError):
    """Instances and volume do not belong together."""

    code = "invalid-series"


class InvalidRequestError(OverlayError, ValueError):
    """An argument or a request of the worker is not of the stated form."""

    code = "invalid-request"


class GroupInUseError(OverlayError, LookupError):
    """The overlay group holds data already and ``replace`` was not given."""

    code = "group-in-use"


class NoFreeGroupError(OverlayError, LookupError):
    """All sixteen overlay groups are taken, or too few are free."""

    code = "no-free-group"


class PlaneNotFoundError(OverlayError, LookupError):
    """No overlay plane stands in the group that was named."""

    code = "plane-not-found"


class PatchMismatchError(OverlayError, ValueError):
    """A patch was applied to bytes for which it was not planned."""

    code = "patch-mismatch"


class FileAccessError(OverlayError, OSError):
    """The operating system refused to read or write; see ``reason``."""

    code = "file-access"


class FileChangedError(OverlayError):
    """The file changed while it was being edited; nothing was written."""

    code = "file-changed"


class StrictNoticeError(OverlayError):
    """``strict=True`` turned a notice into an error; see ``notice``."""

    code = "strict-notice"


ERROR_CODES: tuple[str, ...] = tuple(
    sorted(
        cls.code
        for cls in (
            NotDicomError,
            MalformedDataSetError,
            TruncatedError,
            LimitExceededError,
            NoImageError,
            UnsupportedTransferSyntaxError,
            UnsupportedOverlayError,
            InvalidMaskError,
            MaskNotPlacedError,
            InvalidPlaneError,
            InvalidSeriesError,
            InvalidRequestError,
            GroupInUseError,
            NoFreeGroupError,
            PlaneNotFoundError,
            PatchMismatchError,
            FileAccessError,
            FileChangedError,
            StrictNoticeError,
        )
    )
)
"""The stable codes, sorted; ``web/src/errors.ts`` lists the same ones."""
