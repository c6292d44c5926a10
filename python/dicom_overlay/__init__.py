"""Write, read and remove DICOM overlay planes (group 60xx); no other byte changes."""

from ._version import __version__
from .errors import ERROR_CODES, OverlayError
from .files import (
    WriteResult,
    read_dicom_overlays,
    remove_dicom_overlays,
    write_dicom_overlay,
    write_dicom_overlays,
)
from .notice import Notice
from .plane import OverlayPlane
from .verify import Comparison, compare_dicom

__all__ = [
    "ERROR_CODES",
    "Comparison",
    "Notice",
    "OverlayError",
    "OverlayPlane",
    "WriteResult",
    "__version__",
    "compare_dicom",
    "read_dicom_overlays",
    "remove_dicom_overlays",
    "write_dicom_overlay",
    "write_dicom_overlays",
]
