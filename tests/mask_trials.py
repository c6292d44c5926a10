"""Random masks on random series, judged by SimpleITK: each plane is the mask's nearest voxels, or the mask is refused.

The judge resamples the mask by nearest neighbour onto each image's own plane. A mask may be refused only where the judge
finds a pixel that is more than a tenth of a voxel from its voxel's centre, no pixel inside the mask, or another frame of
reference; and it has to be refused there. Run by itself it makes as many trials as it is told:

    .venv/bin/python tests/mask_trials.py 2000
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK

from dicom_overlay import OverlayError
from dicom_overlay.series_api import write_series_overlays
from mask_files import Array, Trial, itk_image, write_mask, write_series

FORMATS = (
    *("nifti-sform", "nifti-qform", "nifti-both", "nrrd-lps", "nrrd-ras", "nrrd-las", "mha", "sitk", "matrix"),
    *("seg-binary", "seg-fractional", "seg-labelmap", "seg-dcmqi"),
)
TOLERANCE = 0.1
EDGE = 0.02
"""How near to the tolerance, or to half a voxel, a trial may come and still say something; header numbers are rounded."""


def rotation(rng: np.random.Generator) -> Array:
    """A direction matrix: along the patient's axes in any order and sign, or turned by any angle."""
    if rng.random() < 0.6:
        axes = np.eye(3)[list(list(permutations(range(3)))[rng.integers(6)])]
        turned = axes * rng.choice([-1, 1], (3, 1))
    else:
        turned, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    if np.linalg.det(turned) < 0:
        turned[:, 2] *= -1
    return np.asarray(turned, float)


def make(seed: int) -> Trial:
    """Choose a series and a mask."""
    rng = np.random.default_rng(seed)
    trial = Trial(seed, kind=str(rng.choice(FORMATS)))
    trial.rows, trial.columns = int(rng.integers(3, 14)), int(rng.integers(3, 14))
    count = int(rng.choice([1, 2, 3, 5, 8, 12, 40], p=[0.1, 0.1, 0.2, 0.25, 0.2, 0.1, 0.05]))
    spacing = np.round(rng.uniform(0.4, 3, 3), 3)
    base = np.eye(4)
    base[:3, :3] = rotation(rng) * spacing
    base[:3, 3] = np.round(rng.uniform(-200, 200, 3), 2)
    at = np.arange(count, dtype=float)
    if count > 2 and rng.random() < 0.2:
        at = np.sort(rng.choice(count, size=max(2, count - 2), replace=False)).astype(float)
    elif count > 2 and rng.random() < 0.15:
        at = np.cumsum(rng.choice([1.0, 1.5, 2.0], count))
    for k in rng.permutation(at) if rng.random() < 0.5 else at:
        plane = base.copy()
        plane[:3, 3] += base[:3, 2] * k
        trial.planes.append(plane)
    trial.is_enhanced = bool(rng.random() < 0.3)
    size = np.array([trial.columns, trial.rows, int(at.max()) + 1])
    trial.matrix, size = changed(base, size, rng)
    values = rng.choice([0, 0, 0, 0, 1, 2, 3] if rng.random() < 0.5 else [0, 0, 1], size[::-1])
    if rng.random() < 0.5:
        values[rng.random(len(values)) < 0.4] = 0
    trial.voxels = values.astype(np.uint8)
    if not trial.voxels.any():
        trial.voxels.flat[rng.integers(trial.voxels.size)] = 1
    trial.is_foreign = trial.kind.startswith("seg") and bool(rng.random() < 0.07)
    if trial.kind == "seg-fractional":
        trial.voxels = (trial.voxels > 0).astype(np.uint8)
        trial.threshold = float(rng.choice([0.25, 0.5])) if rng.random() < 0.7 else None
    return trial


def changed(base: Array, size: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Make the mask's grid of the series' grid: as it is, cropped, larger, finer, coarser, shifted, turned; in any axes."""
    matrix, size = base.copy(), size.copy()
    for _ in range(int(rng.integers(0, 3))):
        axis = int(rng.integers(3))
        change = rng.choice(["crop", "pad", "finer", "coarser", "near", "far", "whole", "away", "turned"])
        if change == "crop":
            first = int(rng.integers(0, size[axis]))
            matrix[:3, 3] += matrix[:3, axis] * first
            size[axis] = int(rng.integers(1, size[axis] - first + 1))
        elif change == "pad":
            before, behind = rng.integers(0, 3, 2).tolist()
            matrix[:3, 3] -= matrix[:3, axis] * before
            size[axis] += before + behind
        elif change == "finer":
            factor = int(rng.integers(2, 4))
            matrix[:3, axis] /= factor
            size[axis] = size[axis] * factor if rng.random() < 0.7 else size[axis]
        elif change == "coarser":
            matrix[:3, axis] *= 2
            size[axis] = (size[axis] + 1) // 2
        elif change == "turned":
            angle = np.deg2rad(rng.uniform(3, 40))
            turn = np.eye(3)
            turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
            matrix[:3, :3] = turn @ matrix[:3, :3]
        else:
            share = {"near": rng.uniform(-0.06, 0.06), "far": rng.choice([-1, 1]) * rng.uniform(0.15, 0.45)}
            share |= {"whole": float(rng.integers(-2, 3)), "away": 60.0}
            matrix[:3, 3] += matrix[:3, axis] * share[str(change)]
    order, flips = list(list(permutations(range(3)))[rng.integers(6)]), rng.random(3) < 0.5
    for axis in np.flatnonzero(flips).tolist():
        matrix[:3, 3] += matrix[:3, axis] * (size[axis] - 1)
        matrix[:3, axis] *= -1
    return matrix[:, [*order, 3]], size[order]


# Judging.


@dataclass(frozen=True)
class Verdict:
    """What the judge says.

    Attributes
    ----------
    wanted : for each image the label values, shape (rows, columns).
    is_refusal : "yes" where the mask has to be refused, "no" where it must not be, "maybe" near a limit.
    """

    wanted: list[Array]
    is_refusal: str


def judge(trial: Trial) -> Verdict:
    """Resample the mask onto each image, and measure how far pixels are from their voxels."""
    image = itk_image(trial)
    wanted, off, reached, edge = [], 0.0, False, 0.0
    size = np.array(trial.voxels.shape[::-1])
    inverse = np.linalg.inv(trial.matrix)
    for plane in trial.planes:
        steps = np.linalg.norm(plane[:3, :2], axis=0)
        normal = np.cross(plane[:3, 0] / steps[0], plane[:3, 1] / steps[1])
        reference = SimpleITK.Image([trial.columns, trial.rows, 1], SimpleITK.sitkUInt8)
        reference.SetOrigin(plane[:3, 3].tolist())
        reference.SetSpacing([*steps.tolist(), 1.0])
        reference.SetDirection(np.stack([plane[:3, 0] / steps[0], plane[:3, 1] / steps[1], normal], 1).ravel().tolist())
        nearest = SimpleITK.Resample(image, reference, SimpleITK.Transform(), SimpleITK.sitkNearestNeighbor, 0)
        wanted.append(SimpleITK.GetArrayFromImage(nearest)[0])
        r, c = np.mgrid[: trial.rows, : trial.columns]
        points = np.stack([c, r, np.zeros_like(r), np.ones_like(r)], -1) @ (inverse @ plane).T
        at = points[..., :3]
        box = np.maximum(at.min((0, 1)) - (size - 1), -at.max((0, 1))).max()
        edge = max(edge, 1.0 if abs(box - 0.5) < EDGE else 0.0)
        inside = ((at > -0.5) & (at < size - 0.5)).all(-1)
        if box <= 0.5:
            reached = reached or bool(inside.any())
            off = max(off, float(np.abs(at - np.rint(at)).max()))
    if trial.is_foreign or not reached:
        return Verdict(wanted, "yes")
    if edge or abs(off - TOLERANCE) < EDGE:
        return Verdict(wanted, "maybe")
    return Verdict(wanted, "yes" if off > TOLERANCE else "no")


def planes_of(trial: Trial, series: Path) -> list[dict[str, Array]]:
    """What pydicom reads of each image: the pixels of each label."""
    found: list[dict[str, Array]] = []
    for path in sorted(series.iterdir()):
        ds = pydicom.dcmread(path)
        count = int(ds.get("NumberOfFrames", 1))
        stacks = {
            str(ds[group, 0x1500].value) if (group, 0x1500) in ds else "": ds.overlay_array(group).reshape(
                count, trial.rows, trial.columns
            )
            for group in range(0x6000, 0x6020, 2)
            if (group, 0x3000) in ds
        }
        found += [{label: stack[k] for label, stack in stacks.items()} for k in range(count)]
    return found


def run(seed: int, folder: Path) -> str:
    """Run one trial and return what came of it; raises AssertionError where the judge disagrees."""
    trial = make(seed)
    series = folder / "series"
    series.mkdir()
    write_series(trial, series)
    try:
        mask = write_mask(trial, series, folder)
    except (ValueError, TypeError, subprocess.CalledProcessError, RuntimeError):
        return "not made"
    verdict = judge(trial)
    before = [path.read_bytes() for path in sorted(series.iterdir())]
    try:
        result = write_series_overlays(sorted(series.iterdir()), mask, threshold=trial.threshold)
    except OverlayError as error:
        refusal: OverlayError | None = error
    else:
        refusal = None
    if refusal is not None:
        assert [path.read_bytes() for path in sorted(series.iterdir())] == before, "something was written"
        is_empty = not any(wanted.any() for wanted in verdict.wanted)
        assert verdict.is_refusal != "no" or is_empty, f"refused: {refusal.code}: {refusal} {refusal.detail}"
        assert refusal.code == "mask-not-placed", refusal.code
        return f"refused {trial.kind}"
    assert result.failed == (), result.failed
    is_segmentation = trial.kind.startswith("seg")
    # A Segmentation leaves empty frames out, so that images beside them need not meet its grid.
    assert verdict.is_refusal != "yes" or (is_segmentation and not trial.is_foreign), "not refused"
    values = sorted(set(np.unique(trial.voxels).tolist()) - {0})
    for index, (found, wanted) in enumerate(zip(planes_of(trial, series), verdict.wanted, strict=True)):
        for value in values:
            plane = found.get("" if len(values) == 1 and not is_segmentation else f"Label {value}")
            set_ = np.zeros_like(wanted, bool) if plane is None else plane > 0
            assert (set_ == (wanted == value)).all(), f"image {index}, value {value}"
    return f"placed {trial.kind}"


def main() -> int:
    """Run trials; print what came of them and each that went wrong."""
    first, count = (int(sys.argv[2]) if len(sys.argv) > 2 else 0), int(sys.argv[1])
    found: Counter[str] = Counter()
    wrong = 0
    for seed in range(first, first + count):
        folder = Path(tempfile.mkdtemp())
        try:
            found[run(seed, folder)] += 1
        except Exception:  # noqa: BLE001 - a run of thousands goes on
            wrong += 1
            trial = make(seed)
            print(f"seed {seed} ({trial.kind}, enhanced {trial.is_enhanced}):", traceback.format_exc(limit=-2))
        shutil.rmtree(folder)
    for what, times in sorted(found.items()):
        print(f"{times:6} {what}")
    print(f"{count} trials, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
