"""The public names are a promise: changing this list belongs in the changelog."""

from __future__ import annotations

import re
import subprocess
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

import dicom_overlay
from dicom_overlay import errors

if TYPE_CHECKING:
    from pathlib import Path

PUBLIC = [
    "Comparison",
    "ERROR_CODES",
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
    "NOTICE_CODES",
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
JS_ONLY = {
    "archive-refused",
    "archive-response",
    "not-sent",
    "archive-slow",
    "archive-unreachable",
    "disposed",
    "internal",
    "protocol-mismatch",
    "runtime-mismatch",
    "file-exists",
    "unsupported-sink",
    "worker-died",
    "worker-mismatch",
    "worker-start-failed",
}


def test_the_public_names_are_these() -> None:
    assert sorted(dicom_overlay.__all__) == PUBLIC


def test_every_public_name_exists_and_nothing_else_is_offered() -> None:
    named = {
        name
        for name, value in vars(dicom_overlay).items()
        if not name.startswith("_") and name != "TYPE_CHECKING" and not isinstance(value, ModuleType)
    }

    assert dir(dicom_overlay) == sorted(dicom_overlay.__all__)
    assert named <= set(dicom_overlay.__all__)
    assert [name for name in dicom_overlay.__all__ if getattr(dicom_overlay, name, None) is None] == []
    with pytest.raises(AttributeError):
        _ = dicom_overlay.nothing


def test_the_types_of_arguments_say_something() -> None:
    """None of them is `Any`, or an alias of it."""
    for name in ("Mask", "Existing", "Frames", "Input", "Output"):
        alias = getattr(dicom_overlay, name)
        assert "Any" not in repr(alias.__value__)


def test_what_a_single_file_does_not_need_is_imported_when_it_is_used() -> None:
    program = (
        "import sys, dicom_overlay\n"
        "later = {'numpy', 'pydicom', 'concurrent.futures', 'dicom_overlay.series_api', 'dicom_overlay.audit.compare'}\n"
        "assert not later & set(sys.modules)\n"
        "dicom_overlay.write_series_overlays\n"
        "assert 'dicom_overlay.series_api' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_every_public_name_is_documented() -> None:
    bare = [
        name
        for name in dicom_overlay.__all__
        if callable(getattr(dicom_overlay, name)) and not getattr(dicom_overlay, name).__doc__
    ]

    assert bare == []


def test_both_languages_know_the_same_error_codes(root: Path) -> None:
    text = (root / "web" / "src" / "errors.ts").read_text("utf-8")
    lists = dict(re.findall(r"(\w+_ERROR_CODES) = \[(.*?)\] as const", text, flags=re.DOTALL))
    codes = {name: set(re.findall(r'"([a-z-]+)"', body)) for name, body in lists.items()}

    assert codes["PYTHON_ERROR_CODES"] == set(errors.ERROR_CODES)
    assert codes["BROWSER_ERROR_CODES"] == JS_ONLY


def test_both_languages_know_the_same_notices(root: Path) -> None:
    text = (root / "web" / "src" / "notices.ts").read_text("utf-8")
    body = re.search(r"NOTICE_CODES = \[(.*?)\] as const", text, flags=re.DOTALL)

    assert body is not None
    assert set(re.findall(r'"([a-z-]+)"', body[1])) == set(dicom_overlay.NOTICE_CODES)


def test_every_error_class_is_exported_and_those_with_a_meaning_of_their_own_carry_a_code_of_their_own() -> None:
    classes = [
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, errors.OverlayError)
    ]
    codes = [value.code for value in classes if value is not errors.OverlayError and "code" in vars(value)]

    assert {value.__name__ for value in classes} <= set(dicom_overlay.__all__)

    assert sorted(codes) == sorted(errors.ERROR_CODES)
