"""The demo's pictures are pydicom's pixels, one for one: every image of both corpora, first and last frame (D-020)."""

from __future__ import annotations

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "browser" / "demo" / "pictures.py"

REFUSED = {
    "JPEG2000-embedded-sequence-delimiter.dcm": "its stream is cut off by a delimiter inside it",
    "SC_rgb_jpeg.dcm": "its elements are coded otherwise than its transfer syntax says",
}
"""Name -> why the page says that it cannot show it."""


def test_no_picture_differs_from_pydicoms_pixels() -> None:
    spec = importlib.util.spec_from_file_location("pictures", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    pictures = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pictures)

    found = pictures.compare_folders(list(pictures.ROOTS))

    assert found["wrong"] == {}
    assert set(found["refused"]) == set(REFUSED)
    assert len(found["right"]) >= 160
