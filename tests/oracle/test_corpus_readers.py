"""What pydicom, DCMTK, GDCM and dicom3tools read is the plane that was written, in every image of both corpora."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest

from corpus import JPEG_2000, images, is_whole, sample
from dicom_tools import (
    CANNOT_DRAW,
    CANNOT_READ,
    GDCM_CANNOT,
    GDCM_MODES,
    decompressed,
    draw,
    draw_frames,
    dump,
    dumped_bytes,
    iod_errors,
    rebased,
    require_run,
    run,
    without_pixels,
)
from element_diff import group_values

if TYPE_CHECKING:
    from pathlib import Path

    from written import Written


def _shown(written: Written) -> str:
    return f"{written.group:04x},3000"


def test_pydicom_reads_the_mask_back(written: Written) -> None:
    """Big endian is written as OB, the only form that pydicom 3.0.2, which never swaps, reads rightly."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data_set = pydicom.dcmread(written.path, force=True)
        found = data_set.overlay_array(written.group)
    assert found.shape == written.mask.shape
    assert (found == written.mask).all()


def test_dcmdump_shows_the_bits_and_no_new_complaint(readable: Written) -> None:
    lines = [line for line in dump(readable.path, _shown(readable)) if line.startswith(f"({_shown(readable)})")]
    assert len(lines) == 1
    assert dumped_bytes(lines[0]) == readable.packed
    before = run("dcmdump", readable.file.path).stderr
    after = run("dcmdump", readable.path).stderr
    assert after == before


@pytest.mark.parametrize("name", sorted(CANNOT_READ))
def test_dcmdump_still_cannot_read_an_image_on_the_list(name: str) -> None:
    file = next(file for file in images() if file.name == name)
    assert run("dcmdump", "-q", file.path).returncode != 0


def test_dcmtk_draws_exactly_the_mask_on_each_frame(drawable: Written) -> None:
    file = drawable.file
    path = drawable.path
    if file.syntax in JPEG_2000:
        path = decompressed(file.path, drawable.data, drawable.group, drawable.folder)
    masks = drawable.mask.reshape(-1, file.rows, file.columns)
    bare, drawn = (
        draw_frames(path, drawable.folder, count=len(masks), syntax=file.syntax, overlay=overlay)
        for overlay in (None, 1 + len(file.groups))
    )
    for mask, without, shown in zip(masks, bare, drawn, strict=True):
        assert (shown == np.where(mask, 255, without)).all()
        assert (without[mask] < 255).any(), "the image is too white to show the plane"


@pytest.mark.parametrize("name", sorted(CANNOT_DRAW))
def test_dcmtk_still_cannot_draw_an_image_on_the_list(name: str, tmp_path: Path) -> None:
    file = next(file for file in images() if file.name == name)
    with pytest.raises(AssertionError, match="ended with"):
        draw(file.path, tmp_path, syntax=file.syntax)


def test_dciodvfy_reports_no_new_error(readable: Written) -> None:
    before, after = readable.folder / "before.dcm", readable.folder / "after.dcm"
    deflated = readable.file.is_deflated
    source, data = readable.source, readable.data if deflated else rebased(readable.data, readable.group)
    if readable.file.bits_allocated == 32 and readable.file.has_pixels and not deflated:
        source, data = without_pixels(source), without_pixels(data)
    before.write_bytes(source)
    after.write_bytes(data)
    known = iod_errors(before, readable.folder, deflated=deflated)
    assert iod_errors(after, readable.folder, deflated=deflated) - known == Counter()


def test_dcmconv_turns_the_plane_into_either_byte_order(native: Written) -> None:
    """DCMTK judges big endian: OB stays as it is, OW is swapped. Standard: PS3.5 sections A.2 and A.3."""
    for option, is_big in (("+te", False), ("+tb", True)):
        path = native.folder / "converted.dcm"
        require_run("dcmconv", option, native.path, path)
        vr, value = group_values(path.read_bytes(), native.group)[0x3000]
        swapped = np.frombuffer(native.packed, "<u2").byteswap().tobytes()
        assert value == (swapped if is_big and vr == "OW" else native.packed)


def test_gdcmconv_keeps_the_plane_through_transcoding(converted: Written) -> None:
    """What GDCM cannot convert without a plane either is named in `GDCM_CANNOT`, and must then fail with the plane."""
    # The way back from GDCM does not depend on kind and mode together: each kind goes by one mode in turn, or by all.
    turn = sample(images()).index(converted.file) % len(GDCM_MODES)
    for mode in GDCM_MODES if is_whole() else GDCM_MODES[turn : turn + 1]:
        require_kept(converted, mode)


def require_kept(converted: Written, mode: str) -> None:
    path = converted.folder / "transcoded.dcm"
    path.unlink(missing_ok=True)
    modes, reason = GDCM_CANNOT.get(converted.file.name, (frozenset(), ""))
    done = run("gdcmconv", mode, converted.path, path)
    if mode in modes:
        assert done.returncode != 0 or "sometimes" in reason, "gdcmconv can do this now: take it off the list"
        return
    assert done.returncode == 0, done.stderr[-300:]
    value = group_values(path.read_bytes(), converted.group)[0x3000][1]
    if converted.file.frames == 1:
        assert value == converted.packed
    else:
        # GDCM 3.0.21 keeps the first frame's bytes only, and leaves Number of Frames in Overlay as it was: its fault.
        count = (converted.file.rows * converted.file.columns + 7) // 8
        assert value[:count] == converted.packed[:count]
