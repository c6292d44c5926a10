"""A plane shows itself in a notebook: facts as text, and a picture that an independent reader decodes."""

from __future__ import annotations

import base64
import io
import re
import sys
import tracemalloc
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dicom_overlay import OverlayPlane
from dicom_overlay.notices import make_notice


def picture(plane: OverlayPlane) -> np.ndarray:
    """Decode the picture with Pillow."""
    found = re.search(r'src="data:image/png;base64,([^"]+)"', plane._repr_html_())
    assert found is not None
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(found[1]))))


@pytest.mark.parametrize("shape", [(1, 1), (3, 13), (64, 64), (17, 256)])
def test_a_small_plane_is_shown_pixel_for_pixel(shape: tuple[int, int]) -> None:
    mask = np.random.default_rng(1).integers(0, 2, shape).astype(bool)

    assert np.array_equal(picture(OverlayPlane.from_mask(mask)), mask)


def test_in_a_large_plane_one_pixel_stays_visible() -> None:
    mask = np.zeros((1000, 700), dtype=bool)
    mask[999, 699] = True
    shown = picture(OverlayPlane.from_mask(mask))

    assert shown.shape == (250, 175)
    assert np.argwhere(shown).tolist() == [[249, 174]]


@pytest.mark.parametrize("first", [(0, 0, 0), (0, 4, 6), (1, 0, 0), (1, 2, 3), (2, 4, 6)])
def test_of_several_frames_the_first_marked_one_is_shown(first: tuple[int, int, int]) -> None:
    mask = np.zeros((3, 5, 7), dtype=bool)
    mask[first] = mask[2, 4, 6] = True
    plane = OverlayPlane.from_mask(mask)

    assert np.array_equal(picture(plane), mask[first[0]])
    assert f"3 (shown: {first[0] + 1})" in plane._repr_html_()


def test_a_marked_frame_far_behind_is_found() -> None:
    mask = np.zeros((5, 3000, 1000), dtype=bool)
    mask[3, 2999, 999] = True

    assert "5 (shown: 4)" in OverlayPlane.from_mask(mask)._repr_html_()


@pytest.mark.parametrize(
    "options, expected",
    [
        pytest.param({}, {"Rows, columns": "2, 3", "Pixels set": "1", "Type": "G, graphics"}, id="what-all-have"),
        pytest.param(
            {"label": "L", "group": 0x601E, "origin": (1, 2), "overlay_type": "R", "subtype": "USER"},
            {
                "Label": "L",
                "Group": "601E",
                "Rows, columns": "2, 3",
                "Pixels set": "1",
                "Origin (row, column)": "(1, 2)",
                "Type": "R, region of interest",
                "Subtype": "USER",
            },
            id="what-some-have",
        ),
        pytest.param(
            {
                "overlay_type": "",
                "number_of_frames": 1,
                "notices": (make_notice("no-data"), make_notice("invalid-type")),
            },
            {
                "Rows, columns": "2, 3",
                "Frames": "1 (shown: 1)",
                "Pixels set": "1",
                "Type": "unknown",
                "Notices": "no-data, invalid-type",
            },
            id="what-was-read-and-is-odd",
        ),
    ],
)
def test_each_fact_has_its_name(options: dict[str, Any], expected: dict[str, str]) -> None:
    shown = OverlayPlane(rows=2, columns=3, packed=b"\x10\0", **options)._repr_html_()

    assert dict(re.findall(r"<th[^>]*>(.*?)</th><td[^>]*>(.*?)</td>", shown)) == expected


def test_an_empty_plane_is_black() -> None:
    assert not picture(OverlayPlane.from_mask(np.zeros((2, 9, 9), dtype=bool))).any()


def test_the_facts_are_escaped_and_count_the_pixels_set() -> None:
    plane = OverlayPlane.from_mask(np.eye(9, dtype=bool), label="<b>Liver</b> & co", origin=(3, -2))
    text = plane._repr_html_()

    assert "&lt;b&gt;Liver&lt;/b&gt; &amp; co" in text
    assert "<b>" not in text
    assert re.search(r"Pixels set</th><td[^>]*>9<", text)
    assert "(3, -2)" in text


def test_a_plane_of_very_many_pixels_costs_little_more_than_its_bits() -> None:
    packed = bytes(20_000 * 20_000 // 8 - 1) + b"\x80"
    plane = OverlayPlane(rows=20_000, columns=20_000, packed=packed)
    tracemalloc.start()
    try:
        shown = picture(plane)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert np.argwhere(shown).tolist() == [[253, 253]]
    assert peak < 16 * 1024 * 1024


def test_without_pillow_the_facts_are_shown_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    text = OverlayPlane.from_mask(np.eye(9, dtype=bool), label="Liver")._repr_html_()

    assert "<img" not in text
    assert "Liver" in text
