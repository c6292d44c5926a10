"""A series' planes as one labelled mask: NIfTI, .npy or a DICOM Segmentation."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from dicom_overlay._version import __version__
from dicom_overlay.cli.readers import Found
from dicom_overlay.errors import FileAccessError, InvalidSeriesError
from dicom_overlay.notices import Notice, make_notice
from dicom_overlay.series.gather import OverlayVolume
from dicom_overlay.series.grid import itk_geometry
from dicom_overlay.series.place import place_mask

from .segmentations import write_segmentation
from .volumes import write_volume

__all__ = ["export_volumes"]

_UNSAFE: Final = re.compile(r"[^\w.+-]+")


def export_volumes(
    volumes: Sequence[OverlayVolume], files: Sequence[Found], form: str, folder: Path, *, may_overwrite: bool
) -> tuple[list[Path], tuple[Notice, ...]]:
    """Write volumes, the first as label 1.

    Parameters
    ----------
    files : the series, in slice order.
    form : "nifti", "npy" or "seg".
    folder : made if it is not there. A label map is called overlays, with overlays.json for the labels' names; where
        labels overlap, each has a file of its own, called as the label is.

    Raises
    ------
    FileAccessError : a result exists, or cannot be written.
    InvalidSeriesError : a Segmentation cannot refer to these images.
    """
    names = [volume.label or f"{next(filter(None, volume.groups)):04X}" for volume in volumes]
    notices: tuple[Notice, ...] = ()
    if form == "seg":
        _require_vacant([folder / "overlays.dcm"], may_overwrite=may_overwrite)
        stack = np.stack([_array(volume) for volume in volumes], axis=-1)
        write_segmentation(folder / "overlays.dcm", stack, [file.path for file in files], names, __version__)
        return [folder / "overlays.dcm"], ()
    suffix = ".nii.gz" if form == "nifti" else ".npy"
    merged = _merge(volumes)
    if merged is None:
        notices = (make_notice("labels-overlap", found=len(volumes)),)
        pairs = [(folder / f"{stem}{suffix}", volume) for stem, volume in zip(_stems(names), volumes, strict=True)]
        _require_vacant([path for path, _ in pairs], may_overwrite=may_overwrite)
        for path, volume in pairs:
            notices += _write(path, _array(volume), files)
        return [path for path, _ in pairs], tuple(dict.fromkeys(notices))
    path, labels = folder / f"overlays{suffix}", folder / "overlays.json"
    _require_vacant([path, labels], may_overwrite=may_overwrite)
    notices = _write(path, merged, files)
    text = json.dumps({"labels": {str(value): name for value, name in enumerate(names, 1)}}, indent=2)
    try:
        labels.write_text(text + "\n", "utf-8")
    except OSError as error:
        msg = "the names of the labels cannot be written"
        raise FileAccessError(msg, reason=error.strerror or "unknown") from None
    return [path, labels], notices


def _array(volume: OverlayVolume) -> np.ndarray[Any, Any]:
    shape = (len(volume.slices), volume.rows, volume.columns)
    return np.frombuffer(volume.to_mask(), np.uint8).reshape(shape)


def _merge(volumes: Sequence[OverlayVolume]) -> np.ndarray[Any, Any] | None:
    """Return a label map; None where labels overlap or are more than a byte counts."""
    merged = np.zeros((len(volumes[0].slices), volumes[0].rows, volumes[0].columns), np.uint8)
    if len(volumes) > 255:
        return None
    for value, volume in enumerate(volumes, 1):
        for k, packed in enumerate(volume.slices):
            if packed is None:
                continue
            pixels = np.frombuffer(volume.unpack(k), np.uint8).reshape(volume.rows, volume.columns)
            if (merged[k][pixels > 0] != 0).any():
                return None
            merged[k][pixels > 0] = value
    return merged


def _stems(names: Sequence[str]) -> list[str]:
    """Return a file name for each label; equal ones are numbered."""
    stems: list[str] = []
    for name in names:
        stem = _UNSAFE.sub("_", name).strip("._") or "label"
        count = sum(known == stem or known.startswith(f"{stem}-") for known in stems)
        stems.append(f"{stem}-{count + 1}" if count else stem)
    return stems


def _require_vacant(paths: Sequence[Path], *, may_overwrite: bool) -> None:
    try:
        paths[0].parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = "the output folder cannot be made"
        raise FileAccessError(msg, reason=error.strerror or "unknown") from None
    if not may_overwrite and any(path.exists() for path in paths):
        msg = "a result exists already; give --overwrite"
        raise FileAccessError(msg, reason="EEXIST")


def _write(path: Path, array: np.ndarray[Any, Any], files: Sequence[Found]) -> tuple[Notice, ...]:
    if path.suffix == ".npy":
        try:
            np.save(path, array, allow_pickle=False)
        except OSError as error:
            msg = "the array cannot be written"
            raise FileAccessError(msg, reason=error.strerror or "unknown") from None
        return ()
    facts = [file.facts for file in files]
    if len(array) != len(facts):
        msg = "the series has images of several frames, whose places are not known; take --as npy"
        raise InvalidSeriesError(msg, field="number_of_frames", expected=len(facts), found=len(array))
    geometry = itk_geometry(facts, range(len(facts)))
    write_volume(path, array, geometry)
    # Told by the same rule that finds the way back: a tilted or uneven series is on ITK's grid.
    return tuple(
        n for n in place_mask(facts, [f.path for f in files], geometry).notices if n.code == "placed-on-itk-grid"
    )
