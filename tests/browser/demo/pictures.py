"""Compare the page's pictures with pydicom's pixels: ``pictures.py [FOLDER ...]``, by default both corpora.

Every image that pydicom or GDCM can decode is decoded by the page's own code (see ``pictures.mjs``), the first and the
last frame. Grey values must be pydicom's stored values, every one; colours may differ by three steps of 255 where a
lossy decoder or a change of colour space lies between. The answer is a count of right, wrong and refused files and a
line for each file that is not right; the exit code is 1 when one is wrong.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import data_store
import numpy as np
import pydicom
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOTS = (Path(pydicom.__file__).parent / "data", Path(data_store.__file__).parent / "data")
TYPES = {
    "Uint8Array": "u1",
    "Uint8ClampedArray": "u1",
    "Int8Array": "i1",
    "Uint16Array": "<u2",
    "Int16Array": "<i2",
    "Uint32Array": "<u4",
    "Int32Array": "<i4",
    "Float32Array": "<f4",
    "Float64Array": "<f8",
}
COLOUR_STEPS = 3


def compare_folders(folders: list[Path]) -> dict[str, Any]:
    """Return the names of right, wrong and refused files; the last two with what was found."""
    paths = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file() and is_image(path))
    found: dict[str, Any] = {"right": [], "wrong": {}, "refused": {}, "unjudged": []}
    with tempfile.TemporaryDirectory() as scratch:
        list_file = Path(scratch) / "list.json"
        list_file.write_text(json.dumps([str(path) for path in paths]))
        script = Path(__file__).with_suffix(".mjs")
        subprocess.run(["node", str(script), str(list_file), scratch], check=True, stderr=subprocess.DEVNULL)
        answers = json.loads((Path(scratch) / "answers.json").read_text())
        for number, (path, answer) in enumerate(zip(paths, answers, strict=True)):
            sort_in(found, path, answer, Path(scratch) / str(number))
    return found


def is_image(path: Path) -> bool:
    """Whether pydicom finds an image in the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            header = pydicom.dcmread(path, stop_before_pixels=True, force=True)
            if "DirectoryRecordSequence" in header or not header.get("Rows") or not header.get("Columns"):
                return False
            tags = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
            return any(tag in pydicom.dcmread(path, force=True) for tag in tags)
        except Exception:  # noqa: BLE001 - whatever a file that is no DICOM does to the reader
            return False


def sort_in(found: dict[str, Any], path: Path, answer: dict[str, Any], target: Path) -> None:
    """Judge the frames of one file."""
    name = path.name
    problems, codes, judged = [], [], False
    for part, got in answer.items():
        if "code" in got:
            codes.append(got["code"])
            continue
        wanted = wanted_pixels(path, got["frame"])
        if wanted is None:
            continue
        judged = True
        problem = difference(np.fromfile(f"{target}-{part}", TYPES[got["type"]]), got, wanted)
        if problem:
            problems.append(f"{part}: {problem}")
    if problems:
        found["wrong"][name] = problems
    elif codes:
        found["refused"][name] = codes[0]
    elif judged:
        found["right"].append(name)
    else:
        found["unjudged"].append(name)


def wanted_pixels(path: Path, frame: int) -> NDArray[Any] | None:
    """Return pydicom's pixels of a frame, decompressed by GDCM where pydicom has no decoder; None without either."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return decoded(path, frame)
        except Exception:  # noqa: BLE001 - pydicom has no decoder for it, or it is damaged
            with tempfile.TemporaryDirectory() as folder:
                plain = Path(folder) / "plain.dcm"
                run = subprocess.run(["gdcmconv", "--raw", str(path), str(plain)], capture_output=True, check=False)
                if run.returncode != 0:
                    return None
                try:
                    return decoded(plain, frame)
                except Exception:  # noqa: BLE001 - as above
                    return None


def decoded(path: Path, frame: int) -> NDArray[Any]:
    """Return stored values, or RGB of 8 bits."""
    image = pydicom.dcmread(path, force=True)
    pixels = pixel_array(image, index=frame)
    if image.get("PhotometricInterpretation") == "PALETTE COLOR":
        colours = apply_color_lut(pixels, image)[..., :3]
        deep = image.RedPaletteColorLookupTableDescriptor[2] == 16 and int(colours.max()) > 255
        return (colours >> 8 if deep else colours).astype(int)
    if pixels.ndim == 3:
        return pixels.astype(int) >> max(0, int(image.BitsStored) - 8)
    return pixels


def difference(got: NDArray[Any], answer: dict[str, Any], wanted: NDArray[Any]) -> str:
    """Return what differs in words; empty when nothing does."""
    if answer["colour"] != (wanted.ndim == 3):
        return "grey and colour"
    shape = (answer["rows"], answer["columns"])
    if wanted.shape[:2] != shape:
        return f"{shape} is not {wanted.shape[:2]}"
    if answer["colour"]:
        step = int(np.abs(got.reshape(*shape, 4)[..., :3].astype(int) - wanted).max())
        return f"{step} steps" if step > COLOUR_STEPS else ""
    same = np.array_equal(got.reshape(shape), wanted, equal_nan=wanted.dtype.kind == "f")
    return "" if same else f"{int((got.reshape(shape) != wanted).sum())} values differ"


if __name__ == "__main__":
    result = compare_folders([Path(name) for name in sys.argv[1:]] or list(ROOTS))
    for kind in ("wrong", "refused"):
        for name, why in result[kind].items():
            print(f"{kind}: {name}: {why}")
    print("unjudged:", " ".join(result["unjudged"]))
    print({kind: len(files) for kind, files in result.items()})
    sys.exit(1 if result["wrong"] else 0)
