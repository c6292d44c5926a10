"""Write, read and remove DICOM overlay planes (group 60xx); no other byte changes.

What is listed here is the public API; every other module of the package is private and may change.
"""

from ._version import __version__
from .api import (
    MemoryResult,
    WriteResult,
    plan_dicom_overlays,
    read_dicom_overlays,
    remove_dicom_overlays,
    write_dicom_overlay,
    write_dicom_overlays,
)
from .audit.compare import Comparison, ElementDifference, compare_dicom
from .edit.patch import Patch, Splice
from .edit.plan import EditPlan
from .errors import (
    ERROR_CODES,
    ExistingFileError,
    FileAccessError,
    FileChangedError,
    GroupInUseError,
    InvalidMaskError,
    InvalidPlaneError,
    InvalidRequestError,
    InvalidSeriesError,
    LimitExceededError,
    MalformedDataSetError,
    MaskNotPlacedError,
    MissingFileError,
    NoFreeGroupError,
    NoImageError,
    NoPermissionError,
    NotDicomError,
    OverlayError,
    PatchMismatchError,
    PlaneNotFoundError,
    StrictNoticeError,
    TruncatedError,
    UnsupportedOverlayError,
    UnsupportedTransferSyntaxError,
)
from .notices import NOTICE_CODES, Notice
from .planes.plane import OverlayPlane, OverlayPlanes

__all__ = [
    "ERROR_CODES",
    "NOTICE_CODES",
    "Comparison",
    "EditPlan",
    "ElementDifference",
    "ExistingFileError",
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
    "MemoryResult",
    "MissingFileError",
    "NoFreeGroupError",
    "NoImageError",
    "NoPermissionError",
    "NotDicomError",
    "Notice",
    "OverlayError",
    "OverlayPlane",
    "OverlayPlanes",
    "Patch",
    "PatchMismatchError",
    "PlaneNotFoundError",
    "Splice",
    "StrictNoticeError",
    "TruncatedError",
    "UnsupportedOverlayError",
    "UnsupportedTransferSyntaxError",
    "WriteResult",
    "__version__",
    "compare_dicom",
    "plan_dicom_overlays",
    "read_dicom_overlays",
    "remove_dicom_overlays",
    "write_dicom_overlay",
    "write_dicom_overlays",
]
