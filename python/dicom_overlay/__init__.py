"""Write, read and remove DICOM overlay planes (group 60xx); no other byte changes.

What stands here is the public API; every other module of the package is private and may change.
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
from .errors import ERROR_CODES, OverlayError
from .notices import NOTICE_CODES, Notice
from .planes.plane import OverlayPlane, OverlayPlanes

__all__ = [
    "ERROR_CODES",
    "NOTICE_CODES",
    "Comparison",
    "EditPlan",
    "ElementDifference",
    "MemoryResult",
    "Notice",
    "OverlayError",
    "OverlayPlane",
    "OverlayPlanes",
    "Patch",
    "Splice",
    "WriteResult",
    "__version__",
    "compare_dicom",
    "plan_dicom_overlays",
    "read_dicom_overlays",
    "remove_dicom_overlays",
    "write_dicom_overlay",
    "write_dicom_overlays",
]
