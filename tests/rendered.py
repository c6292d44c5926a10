"""Images of every kind with known pixels and planes, and what each pixel has to look like, worked out by hand."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, MRImageStorage, MultiFrameTrueColorSecondaryCaptureImageStorage

from dicom_overlay import OverlayPlane, write_dicom_overlays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ROWS, COLUMNS = 6, 10
PINK, ORANGE = (204, 121, 167), (213, 94, 0)
"""Of the planes in groups 6000 and 6002."""
IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
SOURCE_UID, STUDY_UID, SERIES_UID = "1.2.3.4.5", "1.2.3.4", "1.2.3.4.6"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """An image: its pixels, what its header says besides, and red, green and blue of each pixel without planes."""

    pixels: Any
    shown: Any
    header: dict[str, Any]
    syntax: str = EXPLICIT
    frames: int = 1


def grey(*values: float) -> NDArray[np.uint8]:
    """Return the greys of a row's ten values, in all rows and all three colours."""
    row = np.array(values, np.uint8)
    return np.repeat(np.tile(row, (ROWS, 1))[..., None], 3, axis=-1)


def rows_of(*values: int, dtype: str = "<u2") -> NDArray[Any]:
    return np.tile(np.array(values, dtype), (ROWS, 1))


def look_up(first: int, bits: int, *entries: int, vr: str = "US", order: str = "<") -> list[Dataset]:
    """Return a sequence with one table: the value of its first entry, their depth, and the entries."""
    table = Dataset()
    table.add_new("LUTDescriptor", "SS" if first < 0 else "US", [len(entries), first, bits])
    table.add_new("LUTData", vr, np.array(entries, f"{order}u2").tobytes() if vr == "OW" else list(entries))
    return [table]


_SHORT = {"BitsAllocated": 16, "BitsStored": 12, "HighBit": 11, "PixelRepresentation": 0}
_BYTE = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0}
_COLOURS = np.stack([rows_of(*range(first, first + 10), dtype="u1") for first in (10, 100, 200)], axis=-1)
# A window of 11 at 5 takes -0.5 … 9.5 to 0 … 255: 25.5 for each step, from 12.75 on (PS3.3 C.11.2.1.2.1).
_RAMP = (13, 38, 64, 89, 115, 140, 166, 191, 217, 242)

KINDS: dict[str, Kind] = {
    "window": Kind(
        pixels=rows_of(*range(10)),
        shown=grey(*_RAMP),
        header={**_SHORT, "WindowCenter": ["5", "1"], "WindowWidth": ["11", "3"]},
    ),
    "MONOCHROME1": Kind(
        pixels=rows_of(*range(10)),
        shown=255 - grey(*_RAMP),
        header={**_SHORT, "WindowCenter": "5", "WindowWidth": "11", "PhotometricInterpretation": "MONOCHROME1"},
    ),
    "signed 16 bit with rescale": Kind(
        pixels=rows_of(*range(-5, 5), dtype="<i2"),
        # Values are 2 x stored + 10: 0 … 18; a window of 21 at 10 begins at -0.5 and rises by 12.75 a unit.
        shown=grey(6, 32, 57, 83, 108, 134, 159, 185, 210, 236),
        header={
            **_SHORT,
            "BitsStored": 16,
            "HighBit": 15,
            "PixelRepresentation": 1,
            "RescaleSlope": "2",
            "RescaleIntercept": "10",
            "WindowCenter": "10",
            "WindowWidth": "21",
        },
    ),
    "range, padding left out": Kind(
        pixels=rows_of(4000, 100, 150, 200, 250, 300, 350, 400, 450, 610),
        shown=grey(255, 0, 25, 50, 75, 100, 125, 150, 175, 255),
        header={**_SHORT, "PixelPaddingValue": 4000},
    ),
    "linear exact": Kind(
        pixels=rows_of(*range(10)),
        shown=grey(0, 23, 46, 70, 93, 116, 139, 162, 185, 209),
        header={**_SHORT, "WindowCenter": "5.5", "WindowWidth": "11", "VOILUTFunction": "LINEAR_EXACT"},
    ),
    "VOI LUT": Kind(
        pixels=rows_of(*range(10)),
        shown=grey(0, 10, 20, 30, 40, 50, 60, 70, 80, 255),
        header={**_SHORT, "VOILUTSequence": look_up(0, 8, 0, 10, 20, 30, 40, 50, 60, 70, 80, 255)},
    ),
    "VOI LUT in words, beyond its ends": Kind(
        pixels=rows_of(*range(10)),
        shown=grey(51, 51, 51, 0, 102, 153, 255, 204, 204, 204),
        header={**_SHORT, "VOILUTSequence": look_up(2, 12, 819, 0, 1638, 2457, 4095, 3276, vr="OW")},
    ),
    "VOI LUT of 8 bits with many entries": Kind(
        pixels=rows_of(*range(0, 4000, 400)),
        shown=grey(0, 25, 50, 75, 100, 125, 150, 175, 200, 225),
        header={**_SHORT, "VOILUTSequence": look_up(0, 8, *(value // 16 for value in range(4096)))},
    ),
    "VOI LUT of what a rescale gives, inverted": Kind(
        pixels=rows_of(*range(-5, 5), dtype="<i2"),
        # Values are 2 x stored: -10 … 8; the table begins at -4.
        shown=255 - grey(0, 0, 0, 0, 2, 4, 6, 7, 7, 7),
        header={
            **_SHORT,
            "BitsStored": 16,
            "HighBit": 15,
            "PixelRepresentation": 1,
            "PhotometricInterpretation": "MONOCHROME1",
            "RescaleSlope": "2",
            "RescaleIntercept": "0",
            "VOILUTSequence": look_up(-4, 8, *range(8)),
        },
    ),
    "VOI LUT beside a window": Kind(
        pixels=rows_of(*range(10)),
        shown=grey(*_RAMP),
        header={**_SHORT, "WindowCenter": "5", "WindowWidth": "11", "VOILUTSequence": look_up(0, 8, 9, 8, 7)},
    ),
    "Modality LUT, big endian": Kind(
        pixels=rows_of(*range(10), dtype=">u2"),
        # The values 0, 0, 0, 1, 2, 3, 9, 9, 9, 9, seen in a window of 11 at 5.
        shown=grey(13, 13, 13, 38, 64, 89, 242, 242, 242, 242),
        header={
            **_SHORT,
            "WindowCenter": "5",
            "WindowWidth": "11",
            "ModalityLUTSequence": look_up(2, 16, 0, 1, 2, 3, 9, vr="OW", order=">"),
        },
        syntax=BIG,
    ),
    "RGB": Kind(
        pixels=_COLOURS,
        shown=_COLOURS,
        header={**_BYTE, "SamplesPerPixel": 3, "PlanarConfiguration": 0, "PhotometricInterpretation": "RGB"},
    ),
    "palette": Kind(
        pixels=rows_of(*range(10), dtype="u1"),
        shown=_COLOURS,
        header={
            **_BYTE,
            "PhotometricInterpretation": "PALETTE COLOR",
            **{f"{name}PaletteColorLookupTableDescriptor": [256, 0, 16] for name in ("Red", "Green", "Blue")},
            **{
                f"{name}PaletteColorLookupTableData": (np.arange(first, first + 256, dtype="<u2") % 256 * 257).tobytes()
                for name, first in (("Red", 10), ("Green", 100), ("Blue", 200))
            },
        },
    ),
    "frames": Kind(
        pixels=np.stack([rows_of(*range(10), dtype="u1"), rows_of(*range(10), dtype="u1")[:, ::-1]]),
        shown=np.stack([grey(*_RAMP), grey(*_RAMP)[:, ::-1]]),
        header={**_BYTE, "WindowCenter": "5", "WindowWidth": "11"},
        frames=2,
    ),
    "big endian": Kind(
        pixels=rows_of(*range(10), dtype=">u2"),
        shown=grey(*_RAMP),
        header={**_SHORT, "WindowCenter": "5", "WindowWidth": "11"},
        syntax=BIG,
    ),
    "implicit": Kind(
        pixels=rows_of(*range(10)),
        shown=grey(*_RAMP),
        header={**_SHORT, "WindowCenter": "5", "WindowWidth": "11"},
        syntax=IMPLICIT,
    ),
}


def source_file(kind: Kind, **more: Any) -> bytes:
    """Return an image of the kind, with an invented patient."""
    image = Dataset()
    image.SOPClassUID = MultiFrameTrueColorSecondaryCaptureImageStorage if kind.frames > 1 else MRImageStorage
    image.SOPInstanceUID, image.StudyInstanceUID, image.SeriesInstanceUID = SOURCE_UID, STUDY_UID, SERIES_UID
    image.SpecificCharacterSet = "ISO_IR 100"
    image.PatientName, image.PatientID, image.PatientSex, image.PatientBirthDate = "Müller^Änne", "P1", "O", "19700101"
    other = Dataset()
    other.PatientID, other.IssuerOfPatientID, other.TypeOfPatientID = "P2", "Büro", "TEXT"
    image.OtherPatientIDsSequence = [other]
    image.StudyDate, image.StudyTime, image.StudyID, image.AccessionNumber = "20200102", "101112", "S", "A1"
    image.ReferringPhysicianName, image.Modality, image.SeriesNumber, image.InstanceNumber = "", "MR", 3, 7
    image.SeriesDescription, image.BodyPartExamined = "Kopf", "HEAD"
    image.PixelSpacing, image.ImageOrientationPatient = ["0.5", "0.25"], [1, 0, 0, 0, 0.8, -0.6]
    image.Rows, image.Columns, image.SamplesPerPixel = ROWS, COLUMNS, 1
    image.PhotometricInterpretation = "MONOCHROME2"
    if kind.frames > 1:
        image.NumberOfFrames = kind.frames
    for keyword, value in {**kind.header, **more}.items():
        setattr(image, keyword, value)
    if "PixelPaddingValue" in image:
        image["PixelPaddingValue"].VR = "US"
    image.PixelData = kind.pixels.tobytes()
    image["PixelData"].VR = "OB" if image.BitsAllocated == 8 and kind.syntax != IMPLICIT else "OW"
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = UID(kind.syntax)
    buffer = io.BytesIO()
    implicit, little = kind.syntax == IMPLICIT, kind.syntax != BIG
    dcmwrite(buffer, image, implicit_vr=implicit, little_endian=little, enforce_file_format=True)
    return buffer.getvalue()


def planes_of(kind: Kind) -> tuple[OverlayPlane, ...]:
    """Return a plane on two rows, and one whose origin is beyond the image; with frames, the first is for the second alone."""
    rows = np.zeros((2, COLUMNS), bool)
    rows[0] = rows[1, ::2] = True
    first = OverlayPlane.from_mask(rows, origin=(2, 1), label="Rows")
    if kind.frames > 1:
        first = OverlayPlane.from_mask(rows[None], origin=(2, 1), label="Rows", image_frame_origin=2)
    beyond = OverlayPlane.from_mask(np.ones((4, 4), bool), origin=(-1, COLUMNS - 1), label="Beyond")
    return first, beyond


def marked_file(kind: Kind, **more: Any) -> bytes:
    """Return an image of the kind with its planes."""
    return write_dicom_overlays(source_file(kind, **more), planes_of(kind)).data


def painted(
    shown: NDArray[np.uint8], *marks: tuple[Sequence[tuple[int, int]], tuple[int, int, int]]
) -> NDArray[np.uint8]:
    """Return a picture with marks at 70 % of their colour."""
    made = shown.astype(int)
    for places, colour in marks:
        for row, column in places:
            made[row, column] = (3 * made[row, column] + 7 * np.array(colour) + 5) // 10
    return made.astype(np.uint8)


def expected(kind: Kind) -> NDArray[np.uint8]:
    """Return the frames as they have to look, of shape (frames, rows, columns, 3)."""
    rows = [*((1, column) for column in range(COLUMNS)), *((2, column) for column in range(0, COLUMNS, 2))]
    beyond = [(row, column) for row in (0, 1) for column in (8, 9)]
    frames = kind.shown if kind.frames > 1 else kind.shown[None]
    marked = range(1, 2) if kind.frames > 1 else range(1)
    return np.stack(
        [
            painted(frame, *([(rows, PINK)] if number in marked else []), (beyond, ORANGE))
            for number, frame in enumerate(frames)
        ]
    )
