"""No cut file is edited as if it were whole: it is refused, or what is missing is said."""

from __future__ import annotations

import numpy as np
import pytest

from corpus import corpus
from dicom_overlay import OverlayError, OverlayPlane
from element_diff import tokens
from in_memory import plan_write

_PLANE = OverlayPlane.from_mask(np.eye(5, 7, dtype=bool))
_CUT_CODES = {"not-dicom", "truncated", "malformed-data-set", "no-image"}


def _cut(data: bytes, length: int) -> str:
    """Return what comes of a cut file: an error's code, the notice that its pixels are missing, or "written"."""
    try:
        edit = plan_write(data[:length], [_PLANE])
    except OverlayError as error:
        return error.code
    codes = {notice.code for notice in edit.notices}
    return "no-pixel-data" if "no-pixel-data" in codes else "written"


@pytest.mark.parametrize(
    "name", ["test_files/CT_small.dcm", "test_files/MR_small_implicit.dcm", "test_files/MR_small_bigendian.dcm"]
)
def test_a_real_file_cut_in_its_first_4_kib_is_refused(name: str) -> None:
    """A cut between two elements behind Columns leaves a whole data set without pixels, which is said."""
    data = next(file for file in corpus() if file.name == name).path.read_bytes()
    found = {_cut(data, length) for length in range(4096)}
    assert found <= _CUT_CODES | {"no-pixel-data"}
    assert {"not-dicom", "truncated"} <= found


@pytest.mark.parametrize(
    "name",
    ["test_files/CT_small.dcm", "test_files/MR_small_RLE.dcm", "test_files/JPEG2000.dcm", "test_files/image_dfl.dcm"],
)
def test_a_real_file_cut_at_200_later_offsets_is_refused(name: str) -> None:
    """A pixel, a fragment, its delimiter, or the end of a deflate stream is missing: no such file is edited.

    Behind the pixels a cut may leave a whole file with less padding, or with stray bytes: those are edited.
    """
    data = next(file for file in corpus() if file.name == name).path.read_bytes()
    found = tokens(data)
    pixels = next(token for token in found.elements if token.tag == 0x7FE00010)
    first, end = pixels.start, pixels.end
    if found.deflated:
        first, end = found.elements[5].end, len(data) - len(found.after_stream)
    step = max(1, (end - first) // 200)
    codes = {length: _cut(data, length) for length in (*range(first + 1, end, step), *range(end - 20, end))}
    assert set(codes.values()) <= {"truncated", "malformed-data-set"}, codes
    assert len(codes) >= 200
    assert all(_cut(data, length) for length in range(end, len(data)))
