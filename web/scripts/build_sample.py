"""Make the demo's sample series: ``build_sample.py OUTDIR``; 24 MR instances of 512 x 512, and index.json naming them.

The pixels come from MR2_UNCR.dcm, a public sample image that the test package pydicom-data carries: halved in size, and
scaled down a little from the middle of the series outwards, so that scrolling shows a body that tapers. The header is
newly written: no attribute of a person is taken over, and the UIDs are derived from names, so that a second build gives the
same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from importlib.metadata import files
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filereader import dcmread
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage

SOURCE = "MR2_UNCR.dcm"
COUNT = 24
SIZE = 512  # rows and columns
SPACING = 0.5  # mm between pixels; the halved image's real spacing is not claimed
THICKNESS = 3.0  # mm between slices


def main() -> None:
    """Write the series, unless it is there already."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("outdir", type=Path)
    outdir = parser.parse_args().outdir
    index = outdir / "index.json"
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    if index.is_file() and json.loads(index.read_text("utf-8")).get("recipe") == recipe:
        return
    outdir.mkdir(parents=True, exist_ok=True)
    middle = read_middle()
    names = []
    for number in range(1, COUNT + 1):
        name = f"sample-{number:02}.dcm"
        make_instance(middle, number).save_as(outdir / name, enforce_file_format=True)
        names.append(name)
    index.write_text(json.dumps({"recipe": recipe, "files": names}, indent=1) + "\n", "utf-8")
    print(f"sample: {outdir}, {COUNT} instances")


def read_middle() -> np.ndarray:
    """Return the source image at half its size: shape (SIZE, SIZE), dtype float64."""
    (path,) = (path for path in files("pydicom-data") or [] if path.name == SOURCE)
    pixels: np.ndarray = dcmread(path.locate()).pixel_array.astype(np.float64)
    return np.asarray(pixels.reshape(SIZE, 2, SIZE, 2).mean(axis=(1, 3)))


def taper(middle: np.ndarray, number: int) -> np.ndarray:
    """Return the image of one slice: scaled about its centre, bilinear, background zero; dtype uint16."""
    off = (number - (COUNT + 1) / 2) / (COUNT / 2)
    scale = np.sqrt(1 - 0.45 * off * off)
    centre = (SIZE - 1) / 2
    at = (np.arange(SIZE) - centre) / scale + centre
    low = np.clip(np.floor(at).astype(int), 0, SIZE - 2)
    part = np.clip(at - low, 0, 1)
    inside = (at >= 0) & (at <= SIZE - 1)
    rows = middle[low] * (1 - part)[:, None] + middle[low + 1] * part[:, None]
    image = rows[:, low] * (1 - part) + rows[:, low + 1] * part
    return np.asarray(np.round(image * inside[:, None] * inside), dtype="<u2")


def uid(name: str) -> UID:
    """Return a UID under 2.25 that depends on ``name`` alone."""
    digest = hashlib.sha256(f"dicom-overlay sample {name}".encode()).digest()
    return UID(f"2.25.{int.from_bytes(digest[:15])}")


def make_instance(middle: np.ndarray, number: int) -> Dataset:
    """Return one instance of the series, instance numbers from 1."""
    image = taper(middle, number)
    instance = Dataset()
    instance.file_meta = FileMetaDataset()
    instance.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    instance.file_meta.MediaStorageSOPClassUID = instance.SOPClassUID = MRImageStorage
    instance.file_meta.MediaStorageSOPInstanceUID = instance.SOPInstanceUID = uid(f"instance {number}")
    instance.SpecificCharacterSet = "ISO_IR 100"
    instance.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    instance.StudyDate = instance.StudyTime = instance.AccessionNumber = ""
    instance.Modality = "MR"
    instance.Manufacturer = instance.ReferringPhysicianName = ""
    instance.SeriesDescription = "Sample series"
    instance.PatientName = instance.PatientID = instance.PatientBirthDate = instance.PatientSex = ""
    instance.PatientIdentityRemoved = "YES"
    instance.DeidentificationMethod = "header newly written"
    instance.ScanningSequence, instance.SequenceVariant, instance.ScanOptions = "SE", "NONE", ""
    instance.MRAcquisitionType, instance.EchoTime, instance.RepetitionTime, instance.EchoTrainLength = "2D", "", "", ""
    instance.SliceThickness = THICKNESS
    instance.PatientPosition, instance.Laterality = "HFS", ""
    instance.StudyInstanceUID, instance.SeriesInstanceUID = uid("study"), uid("series")
    instance.FrameOfReferenceUID, instance.PositionReferenceIndicator = uid("frame of reference"), ""
    instance.StudyID, instance.SeriesNumber, instance.InstanceNumber = "", 1, number
    corner = -SPACING * (SIZE - 1) / 2
    instance.ImagePositionPatient = [corner, corner, THICKNESS * (number - (COUNT + 1) / 2)]
    instance.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    instance.SamplesPerPixel, instance.PhotometricInterpretation = 1, "MONOCHROME2"
    instance.Rows, instance.Columns = image.shape
    instance.PixelSpacing = [SPACING, SPACING]
    instance.BitsAllocated, instance.BitsStored, instance.HighBit, instance.PixelRepresentation = 16, 12, 11, 0
    instance.WindowCenter, instance.WindowWidth = 250, 500
    instance.PixelData = image.tobytes()
    return instance


if __name__ == "__main__":
    main()
