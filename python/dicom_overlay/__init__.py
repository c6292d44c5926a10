"""Write, read and remove DICOM overlay planes (group 60xx); no other byte changes.

The names listed here, and those of `dicom_overlay.masks`, are the public API. All other modules are private and may change.
"""

from typing import TYPE_CHECKING

from ._version import __version__
from .api import (
    plan_dicom_overlays,
    read_dicom_overlays,
    remove_dicom_overlays,
    write_dicom_overlay,
    write_dicom_overlays,
)
from .edit.options import Existing, InstanceOptions
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
from .inputs import Input
from .notices import NOTICE_CODES, Notice
from .planes.file_planes import OverlayPlanes
from .planes.frames import Frames
from .planes.mask import Mask
from .planes.plane import OverlayPlane
from .results import MemoryResult, WriteResult
from .storage import Output

if TYPE_CHECKING:
    from .audit.compare import Comparison, ElementDifference, compare_dicom

    # Not in `__all__`, so that `import *` does not need an extra.
    from .masks.read import read_mask as read_mask
    from .masks.volume import LabelVolume as LabelVolume
    from .render.rendering import Rendering as Rendering
    from .render.rendering import render_dicom_overlays as render_dicom_overlays
    from .series_api import (
        SeriesFile,
        SeriesOverlays,
        SeriesProgress,
        SeriesResult,
        read_series_overlays,
        write_series_overlays,
    )

__all__ = [
    "ERROR_CODES",
    "NOTICE_CODES",
    "Comparison",
    "EditPlan",
    "ElementDifference",
    "Existing",
    "ExistingFileError",
    "FileAccessError",
    "FileChangedError",
    "Frames",
    "GroupInUseError",
    "Input",
    "InstanceOptions",
    "InvalidMaskError",
    "InvalidPlaneError",
    "InvalidRequestError",
    "InvalidSeriesError",
    "LimitExceededError",
    "MalformedDataSetError",
    "Mask",
    "MaskNotPlacedError",
    "MemoryResult",
    "MissingFileError",
    "NoFreeGroupError",
    "NoImageError",
    "NoPermissionError",
    "NotDicomError",
    "Notice",
    "Output",
    "OverlayError",
    "OverlayPlane",
    "OverlayPlanes",
    "Patch",
    "PatchMismatchError",
    "PlaneNotFoundError",
    "SeriesFile",
    "SeriesOverlays",
    "SeriesProgress",
    "SeriesResult",
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
    "read_series_overlays",
    "remove_dicom_overlays",
    "write_dicom_overlay",
    "write_dicom_overlays",
    "write_series_overlays",
]

_LATER = {
    "Comparison": "audit.compare",
    "ElementDifference": "audit.compare",
    "compare_dicom": "audit.compare",
    "LabelVolume": "masks.volume",
    "SeriesFile": "series_api",
    "SeriesOverlays": "series_api",
    "SeriesProgress": "series_api",
    "SeriesResult": "series_api",
    "read_mask": "masks.read",
    "read_series_overlays": "series_api",
    "Rendering": "render.rendering",
    "render_dicom_overlays": "render.rendering",
    "write_series_overlays": "series_api",
}
"""Public name → the module that defines it. Reading and writing a single file does not need these modules. They are
imported on first use, because in a browser the user waits for each import."""


def __getattr__(name: str) -> object:
    """Import a name of `_LATER` on first use."""
    if name not in _LATER:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module  # noqa: PLC0415 - as above

    return getattr(import_module(f".{_LATER[name]}", __name__), name)


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
