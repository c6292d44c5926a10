"""The demo's pictures are pydicom's pixels, one for one: every image of both corpora, first and last frame (D-020)."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from dicom_overlay import render_dicom_overlays
from rendered import COLUMNS, KINDS, ROWS, source_file

SCRIPT = Path(__file__).parents[1] / "browser" / "demo" / "pictures.py"

REFUSED = {
    "JPEG2000-embedded-sequence-delimiter.dcm": "its stream is cut off by a delimiter inside it",
    "SC_rgb_jpeg.dcm": "its elements are coded otherwise than its transfer syntax says",
}
"""Name -> why the page says that it cannot show it."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[np.ndarray]]:
    """What the page shows of the first and the last frame (of several) of each kind of image, in red, green and blue."""
    folder = tmp_path_factory.mktemp("shown")
    paths = []
    for number, kind in enumerate(KINDS.values()):
        paths.append(folder / f"{number}.dcm")
        paths[-1].write_bytes(source_file(kind))
    listed = folder / "list.json"
    listed.write_text(json.dumps([str(path) for path in paths]))
    subprocess.run(["node", SCRIPT.with_suffix(".mjs"), listed, folder], check=True)

    def picture(number: int, part: str) -> np.ndarray:
        return np.fromfile(folder / f"{number}-{part}-shown", np.uint8).reshape(ROWS, COLUMNS, 4)[..., :3]

    answers = json.loads((folder / "answers.json").read_text("utf-8"))
    return {
        name: [picture(number, part) for part in answer]
        for number, (name, answer) in enumerate(zip(KINDS, answers, strict=True))
    }


@pytest.mark.parametrize("name", KINDS)
def test_the_page_and_python_show_an_image_alike(name: str, shown: dict[str, list[np.ndarray]]) -> None:
    drawn = render_dicom_overlays(source_file(KINDS[name]))
    frames = np.reshape(KINDS[name].shown, (-1, ROWS, COLUMNS, 3))
    numbers = sorted({1, len(frames)})
    assert drawn.size[2] == len(frames)
    for number, picture in zip(numbers, shown[name], strict=True):
        assert np.array_equal(picture, frames[number - 1])
        assert np.array_equal(drawn.pixels(number), frames[number - 1])


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
