"""Small CT series of every orientation, written by pydicom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

if TYPE_CHECKING:
    from pathlib import Path

ROWS, COLUMNS, SLICES = 11, 14, 6
SPACING = (0.8, 1.25)  # between rows, between columns
ANGLE = np.deg2rad(25)
OBLIQUE = (
    np.cos(ANGLE),
    np.sin(ANGLE),
    0,
    -np.sin(ANGLE) * np.cos(ANGLE),
    np.cos(ANGLE) ** 2,
    np.sin(ANGLE),
)
ORIENTATIONS: dict[str, tuple[float, ...]] = {
    "axial": (1, 0, 0, 0, 1, 0),
    "axial-prone": (-1, 0, 0, 0, -1, 0),
    "axial-mirrored": (1, 0, 0, 0, -1, 0),
    "coronal": (1, 0, 0, 0, 0, -1),
    "sagittal": (0, 1, 0, 0, 0, -1),
    "oblique": OBLIQUE,
}
RNG = np.random.default_rng(11)


def step_of(orientation: tuple[float, ...]) -> np.ndarray:
    return np.cross(orientation[:3], orientation[3:]) * 3.0


def write_series(folder: Path, orientation: tuple[float, ...], step: np.ndarray, distances: list[float]) -> list[Path]:
    """CT slices whose names and numbers say nothing about their order; pixel values say where each pixel is."""
    study, series, frame = generate_uid(), generate_uid(), generate_uid()
    paths = []
    for k in RNG.permutation(len(distances)):
        ds = Dataset()
        ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, generate_uid()
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = study, series, frame
        ds.Modality, ds.PatientID, ds.PatientName = "CT", "", ""
        ds.PatientBirthDate = ds.PatientSex = ds.AccessionNumber = ds.StudyID = ds.StudyDate = ds.StudyTime = ""
        ds.ReferringPhysicianName = ds.Manufacturer = ds.PositionReferenceIndicator = ""
        ds.SeriesNumber, ds.InstanceNumber = 1, int(RNG.integers(1, 10_000))
        ds.ImageOrientationPatient = [f"{value:.10g}" for value in orientation]
        position = np.array([-40.0, 13.0, 77.5]) + distances[int(k)] * step
        ds.ImagePositionPatient = [f"{value:.10g}" for value in position]
        ds.PixelSpacing, ds.SliceThickness = [str(value) for value in SPACING], "3"
        ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = ROWS, COLUMNS, 1, "MONOCHROME2"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
        ds.PixelData = (np.arange(ROWS * COLUMNS) + int(k) * ROWS * COLUMNS).astype("<u2").tobytes()
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        path = folder / f"{RNG.integers(1 << 40):x}.dcm"
        ds.save_as(path, enforce_file_format=True)
        paths.append(path)
    return sorted(paths)
