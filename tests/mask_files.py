"""Series and masks of a trial as files: images by pydicom, masks by nibabel, SimpleITK, highdicom, dcmqi and by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import highdicom
import nibabel
import numpy as np
import pydicom
import SimpleITK
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian, generate_uid

Array = np.ndarray[Any, Any]


@dataclass
class Trial:
    """One series and one mask.

    Attributes
    ----------
    planes : of each image, 4 x 4: (column, row, 0, 1) to mm.
    matrix : of the mask, 4 x 4: (i, j, k, 1) to mm.
    voxels : shape (k, j, i), label values.
    """

    seed: int
    kind: str = ""
    rows: int = 0
    columns: int = 0
    planes: list[Array] = field(default_factory=list)
    matrix: Array = field(default_factory=lambda: np.eye(4))
    voxels: Array = field(default_factory=lambda: np.zeros((1, 1, 1), np.uint8))
    is_enhanced: bool = False
    is_foreign: bool = False
    threshold: float | None = None


def write_series(trial: Trial, folder: Path) -> None:
    """Write the images: files of one frame, or one enhanced multi-frame image."""
    study, series, frame = generate_uid(), generate_uid(), generate_uid()
    shared = Dataset()
    shared.StudyInstanceUID, shared.SeriesInstanceUID, shared.FrameOfReferenceUID = study, series, frame
    shared.PatientID, shared.PatientName, shared.Modality = "1", "", "CT"
    shared.PatientBirthDate = shared.PatientSex = shared.AccessionNumber = shared.StudyID = ""
    shared.StudyDate = shared.StudyTime = shared.ReferringPhysicianName = shared.Manufacturer = ""
    shared.PositionReferenceIndicator, shared.SeriesNumber = "", 1
    shared.Rows, shared.Columns, shared.SamplesPerPixel = trial.rows, trial.columns, 1
    shared.PhotometricInterpretation, shared.PixelRepresentation = "MONOCHROME2", 0
    shared.BitsAllocated, shared.BitsStored, shared.HighBit = 16, 16, 15
    pixels = bytes(2 * trial.rows * trial.columns)
    if trial.is_enhanced:
        ds = pydicom.Dataset(shared)
        ds.SOPClassUID, ds.SOPInstanceUID, ds.InstanceNumber = EnhancedCTImageStorage, generate_uid(), 1
        ds.NumberOfFrames, ds.PixelData = len(trial.planes), pixels * len(trial.planes)
        groups = Dataset()
        groups.PixelMeasuresSequence, groups.PlaneOrientationSequence = [Dataset()], [Dataset()]
        put_plane(trial.planes[0], groups.PixelMeasuresSequence[0], groups.PlaneOrientationSequence[0], None)
        ds.SharedFunctionalGroupsSequence = Sequence([groups])
        ds.PerFrameFunctionalGroupsSequence = Sequence()
        for plane in trial.planes:
            groups = Dataset()
            groups.PlanePositionSequence = [Dataset()]
            put_plane(plane, None, None, groups.PlanePositionSequence[0])
            ds.PerFrameFunctionalGroupsSequence.append(groups)
        save(ds, folder / "enhanced.dcm")
        return
    for number, plane in enumerate(trial.planes):
        ds = pydicom.Dataset(shared)
        ds.SOPClassUID, ds.SOPInstanceUID, ds.InstanceNumber = CTImageStorage, generate_uid(), number + 1
        ds.SliceThickness, ds.PixelData = "1", pixels
        put_plane(plane, ds, ds, ds)
        save(ds, folder / f"{number:03d}.dcm")


def put_plane(plane: Array, measures: Dataset | None, orientation: Dataset | None, position: Dataset | None) -> None:
    column, row = np.linalg.norm(plane[:3, 0]), np.linalg.norm(plane[:3, 1])
    if measures is not None:
        measures.PixelSpacing = [f"{row:.10g}", f"{column:.10g}"]
    if orientation is not None:
        orientation.ImageOrientationPatient = [f"{v:.10f}"[:16] for v in (*plane[:3, 0] / column, *plane[:3, 1] / row)]
    if position is not None:
        position.ImagePositionPatient = [f"{v:.9f}"[:16] for v in plane[:3, 3]]


def save(ds: Dataset, path: Path) -> None:
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.save_as(path, enforce_file_format=True)


def itk_image(trial: Trial) -> Any:
    image = SimpleITK.GetImageFromArray(trial.voxels)
    spacing = np.linalg.norm(trial.matrix[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetOrigin(trial.matrix[:3, 3].tolist())
    image.SetDirection((trial.matrix[:3, :3] / spacing).ravel().tolist())
    return image


def write_mask(trial: Trial, series: Path, folder: Path) -> Any:
    """Write the mask in the trial's format and return what is given to the library."""
    kind = trial.kind
    if kind == "sitk":
        return itk_image(trial)
    if kind == "matrix":
        return trial.voxels, trial.matrix
    if kind.startswith("nifti"):
        affine = np.diag([-1.0, -1, 1, 1]) @ trial.matrix
        made = nibabel.Nifti1Image(trial.voxels.T, affine)
        made.set_sform(affine, code=int(kind != "nifti-qform"))
        made.set_qform(affine, code=int(kind != "nifti-sform"))
        path = folder / ("mask.nii.gz" if trial.seed % 2 else "mask.nii")
        nibabel.save(made, path)
        return path
    if kind == "mha":
        SimpleITK.WriteImage(itk_image(trial), str(folder / "mask.mha"), bool(trial.seed % 2))
        return folder / "mask.mha"
    if kind.startswith("nrrd"):
        return write_nrrd(trial, folder / "mask.nrrd")
    path = folder / "seg.dcm"
    if kind == "seg-dcmqi":
        write_by_dcmqi(trial, series, path)
    else:
        write_by_highdicom(trial, series, path)
    if trial.is_foreign:
        ds = pydicom.dcmread(path)
        ds.FrameOfReferenceUID = generate_uid()
        ds.save_as(path)
    return path


def write_nrrd(trial: Trial, path: Path) -> Path:
    """Write by hand, in the space that the trial names."""
    space, turn = {
        "nrrd-lps": ("left-posterior-superior", [1, 1, 1]),
        "nrrd-ras": ("right-anterior-superior", [-1, -1, 1]),
        "nrrd-las": ("left-anterior-superior", [1, -1, 1]),
    }[trial.kind]
    matrix = np.diag([*turn, 1]) @ trial.matrix
    axes = " ".join("({},{},{})".format(*matrix[:3, n].tolist()) for n in range(3))
    sizes = " ".join(map(str, trial.voxels.shape[::-1]))
    header = (
        f"NRRD0004\ntype: uchar\ndimension: 3\nspace: {space}\nsizes: {sizes}\nspace directions: {axes}\nkinds: domain "
        f"domain domain\nencoding: raw\nspace origin: ({','.join(map(str, matrix[:3, 3].tolist()))})\n\n"
    )
    path.write_bytes(header.encode() + trial.voxels.tobytes())
    return path


def write_by_highdicom(trial: Trial, series: Path, path: Path) -> None:
    """Write a Segmentation of the mask's own grid, without its empty frames."""
    kind = trial.kind.removeprefix("seg-").upper()
    if kind == "BINARY" and np.prod(trial.voxels.shape[1:]) < 8:
        msg = "highdicom 0.28 shifts the bits of frames of fewer than eight pixels"
        raise ValueError(msg)
    order = [2, 1, 0]
    affine = trial.matrix[:, [*order, 3]]
    values = trial.voxels
    numbers = sorted(set(np.unique(values).tolist()) - {0})
    pixels = np.searchsorted([0, *numbers], values).astype(np.uint8)
    array = pixels.astype(np.float32) * 0.5 if kind == "FRACTIONAL" and trial.threshold else pixels
    sources = [pydicom.dcmread(file) for file in sorted(series.iterdir())]
    volume = highdicom.Volume(
        array, affine, coordinate_system="PATIENT", frame_of_reference_uid=sources[0].FrameOfReferenceUID
    )
    made = highdicom.seg.Segmentation(
        source_images=sources,
        pixel_array=volume,
        segmentation_type=kind,
        segment_descriptions=[segment(n, f"Label {value}") for n, value in enumerate(numbers, 1)],
        series_instance_uid=generate_uid(),
        series_number=2,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="none",
        manufacturer_model_name="none",
        software_versions="1",
        device_serial_number="1",
    )
    made.save_as(path)


def segment(number: int, name: str) -> Any:
    return highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=name,
        segmented_property_category=codes.SCT.Tissue,
        segmented_property_type=codes.SCT.Tissue,
        algorithm_type="MANUAL",
    )


def write_by_dcmqi(trial: Trial, series: Path, path: Path) -> None:
    """Write a Segmentation by dcmqi, an independent writer, from a NIfTI of the mask."""
    SimpleITK.WriteImage(itk_image(trial), str(path.with_suffix(".nii.gz")))
    numbers = sorted(set(np.unique(trial.voxels).tolist()) - {0})
    tissue = {"CodeValue": "85756007", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Tissue"}
    meta = {
        "ContentCreatorName": "none",
        "SeriesDescription": "mask",
        "SeriesNumber": "2",
        "InstanceNumber": "1",
        "segmentAttributes": [
            [
                {
                    "labelID": number,
                    "SegmentLabel": f"Label {number}",
                    "SegmentDescription": "mask",
                    "SegmentAlgorithmType": "MANUAL",
                    "SegmentedPropertyCategoryCodeSequence": tissue,
                    "SegmentedPropertyTypeCodeSequence": tissue,
                }
                for number in numbers
            ]
        ],
    }
    path.with_suffix(".json").write_text(json.dumps(meta))
    command = Path(sys.executable).with_name("itkimage2segimage")
    subprocess.run(
        [
            *(command, "--inputImageList", path.with_suffix(".nii.gz"), "--inputDICOMDirectory", series),
            *("--outputDICOM", path, "--inputMetadata", path.with_suffix(".json"), "--skip"),
        ],
        check=True,
        capture_output=True,
    )
