"""Mask volumes for the demo's tests, without geometry; ``answers.py`` calls these functions."""

from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as Sitk
from pydicom import dcmread


def stacks(folder: str, slices: int, rows: int, columns: int) -> dict[str, Any]:
    """Write one stack of labels in the forms a user may have it, and the mask of each slice and label."""
    target = Path(folder)
    labels = np.zeros((slices, rows, columns), np.uint8)
    labels[1, 2:9, 3:20] = 1
    labels[2, 5:7, 1:4] = 1
    labels[2, 10:20, 10:30] = 2
    forms: dict[str, np.ndarray] = {
        "int16-c": labels.astype(np.int16),
        "float-fortran": np.asfortranarray(labels.astype(np.float64)),
        "big-endian": labels.astype(">u2"),
    }
    paths = {}
    for name, form in forms.items():
        paths[name] = str(target / f"{name}.npy")
        np.save(paths[name], form)
    wanted = {
        str(label): [np.packbits(labels[k] == label, bitorder="little").tobytes().hex() for k in range(slices)]
        for label in (1, 2)
    }
    return {"paths": paths, "wanted": wanted}


def elsewhere(folder: str) -> str:
    """Write the label map of an oblique series again, as if it lay 100 mm higher."""
    image = Sitk.ReadImage(str(Path(folder) / "itk.nii.gz"))
    x, y, z = image.GetOrigin()
    image.SetOrigin((x, y, z + 100))
    path = str(Path(folder) / "moved.nii.gz")
    Sitk.WriteImage(image, path)
    return path


def fractions(folder: str, rows: int, columns: int, threshold: float) -> dict[str, Any]:
    """Write one picture of fractions, and how many are at or above a threshold."""
    values = np.random.default_rng(3).random((rows, columns)).astype(np.float32)
    path = str(Path(folder) / "fractions.npy")
    np.save(path, values)
    return {"path": path, "above": int((values >= threshold).sum())}


def planes_in_space(folder: str) -> list[dict[str, str]]:
    """Return the packed planes of every exported file by label, the files in their order in space."""
    found = []
    for path in Path(folder).rglob("*.dcm"):
        image = dcmread(path)
        normal = np.cross(image.ImageOrientationPatient[:3], image.ImageOrientationPatient[3:])
        planes = {}
        for group in range(0x6000, 0x6020, 2):
            if (group, 0x3000) in image:
                planes[str(image[group, 0x1500].value)] = image[group, 0x3000].value.hex()
        found.append((float(np.dot(normal, image.ImagePositionPatient)), planes))
    return [planes for _, planes in sorted(found, key=lambda item: item[0])]


def frames_of(path: str) -> dict[str, Any]:
    """Return how many pixels each frame of the first plane has set."""
    image = dcmread(path)
    plane = image.overlay_array(0x6000)
    return {"frames": list(plane.shape), "set": [int((frame != 0).sum()) for frame in plane]}
