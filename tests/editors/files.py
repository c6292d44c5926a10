"""Series for the editors and what became of them: ``files.py make FOLDER`` and ``files.py judge ZIP FOLDER``, answers as JSON.

Every pixel's value says where it lies, so that a mark is told by the value below it: 3 or 5 left when divided by 7.
"""

import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import SimpleITK
from pydicom.uid import MultiFrameGrayscaleWordSecondaryCaptureImageStorage, generate_uid

sys.path.insert(0, str(Path(__file__).parents[1]))
from series_files import ORIENTATIONS, SLICES, step_of, write_series

LABELS = {3: "Liver", 5: "Spleen"}
FRAMES = 4


def make(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Write a series of each orientation, as NIfTI too, and a multi-frame image; describe the files by series."""
    made = {}
    for name, orientation in ORIENTATIONS.items():
        (folder / name).mkdir()
        paths = write_series(folder / name, orientation, step_of(orientation), list(range(SLICES)))
        reader = SimpleITK.ImageSeriesReader()
        reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder / name)))
        SimpleITK.WriteImage(reader.Execute(), str(folder / f"{name}.nii"))
        made[name] = [describe(path) for path in paths]
    (folder / "frames").mkdir()
    made["frames"] = [describe(multi_frame(folder / "frames" / "frames.dcm", paths[0]))]
    return made


def multi_frame(path: Path, template: Path) -> Path:
    """Write an image of several frames, made of a single one."""
    image = pydicom.dcmread(template)
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = MultiFrameGrayscaleWordSecondaryCaptureImageStorage
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    image.NumberOfFrames = FRAMES
    image.PixelData = np.arange(FRAMES * image.Rows * image.Columns).astype("<u2").tobytes()
    image.save_as(path)
    return path


def describe(path: Path) -> dict[str, Any]:
    """What an image loader knows of a file; Pixel Data are its last bytes."""
    image = pydicom.dcmread(path)
    return {
        "name": path.name,
        "rows": image.Rows,
        "columns": image.Columns,
        "frames": int(image.get("NumberOfFrames", 1)),
        "position": [float(value) for value in image.ImagePositionPatient],
        "orientation": [float(value) for value in image.ImageOrientationPatient],
        "spacing": [float(value) for value in image.PixelSpacing],
    }


def judge(archive: Path, folder: Path) -> dict[str, Any]:
    """Tell which files have planes, and count pixels that are marked, and pixels whose mark is wrong."""
    originals = {path.name: pydicom.dcmread(path).pixel_array for path in folder.glob("*.dcm")}
    marked = wrong = 0
    names = []
    with zipfile.ZipFile(archive) as files:
        for name in files.namelist():
            image = pydicom.dcmread(io.BytesIO(files.read(name)))
            pixels = originals[name]
            planes = {
                image[group << 16 | 0x1500].value: image.overlay_array(group)
                for group in range(0x6000, 0x6020, 2)
                if group << 16 | 0x3000 in image
            }
            assert sorted(planes) == sorted(LABELS.values()), planes.keys()
            for rest, label in LABELS.items():
                marked += int(np.count_nonzero(planes[label]))
                wrong += int(np.count_nonzero((planes[label] != 0) != (pixels % 7 == rest)))
            names.append(name)
    return {"missing": sorted(set(originals) - set(names)), "marked": marked, "wrong": wrong}


def main() -> None:
    """Run the command."""
    command, *paths = sys.argv[1:]
    answer = make(Path(paths[0])) if command == "make" else judge(Path(paths[0]), Path(paths[1]))
    json.dump(answer, sys.stdout)


main()
