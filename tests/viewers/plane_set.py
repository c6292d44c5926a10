"""Make a test set of overlay planes: ``plane_set.py OUTDIR``; 24 DICOM files, planes.json, and what has to be seen.

The field has no such set, so this one may be used by anybody who writes a viewer. Each file is one kind of plane. planes.json
names the kinds and gives for every plane its group, grid, origin, frames and packed bits (base64); ``seen/NAME-FRAME.pbm`` is
the union of the file's planes on the grid of the image: exactly these image pixels have to be marked on that frame (from 1).

Nothing here knows dicom_overlay. The images are drawn, the identifiers derived from names: nobody's data are in them. DCMTK and
GDCM compress. A second run gives the same planes; compressed pixels may differ with the version of the tool.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MRImageStorage,
    SecondaryCaptureImageStorage,
    UltrasoundMultiFrameImageStorage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS, COLUMNS = 80, 112  # not square, so that swapped axes show
FRAMES = 3
Compression = Literal["none", "jpeg", "j2k", "rle"]


@dataclass(frozen=True, kw_only=True)
class Plane:
    """One overlay plane: ``pixels`` of shape (frames, rows, columns), dtype bool; tags as in PS3.3 C.9.2 and C.9.3."""

    pixels: np.ndarray
    group: int = 0x6000
    origin: tuple[int, int] = (1, 1)  # row, column, from 1
    kind: Literal["G", "R"] = "G"
    label: str = "Mark"
    number_of_frames: int | None = None
    frame_origin: int | None = None
    vr: Literal["OB", "OW"] = "OW"
    embedded_bit: int | None = None  # the bit of Pixel Data that holds it, a retired form

    def packed(self) -> bytes:
        """Return the bits as PS3.5 section 8.1.2 has them: first pixel lowest, frames not padded apart, even length."""
        bits = np.packbits(self.pixels.reshape(-1), bitorder="little").tobytes()
        return bits + b"\0" * (len(bits) % 2)

    def on_frame(self, frame: int, rows: int, columns: int) -> np.ndarray:
        """Return the image pixels that this plane marks on image frame ``frame`` (from 1): shape (rows, columns)."""
        seen = np.zeros((rows, columns), bool)
        at = 0 if self.number_of_frames is None and self.frame_origin is None else frame - (self.frame_origin or 1)
        if not 0 <= at < len(self.pixels):
            return seen
        top, left = self.origin[0] - 1, self.origin[1] - 1
        for row, column in np.argwhere(self.pixels[at]):
            if 0 <= row + top < rows and 0 <= column + left < columns:
                seen[row + top, column + left] = True
        return seen


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One file of the set: its name, what it is about in words, and its planes."""

    name: str
    words: str
    planes: tuple[Plane, ...]
    rows: int = ROWS
    columns: int = COLUMNS
    frames: int = 1
    syntax: UID = ExplicitVRLittleEndian
    compression: Compression = "none"
    colour: bool = False
    charset: str = "ISO_IR 100"
    change: Callable[[Dataset], None] | None = field(default=None)


def shape(rows: int = ROWS, columns: int = COLUMNS, turn: int = 0) -> np.ndarray:
    """Draw a mark that no flip, turn, swap or shift leaves the same; shape (1, rows, columns), dtype bool."""
    pixels = np.zeros((rows, columns), bool)
    high, wide = rows // 2, columns // 2
    top, left = rows // 6 + turn * 2, columns // 5 + turn * 3
    pixels[top : top + high, left : left + max(2, wide // 8)] = True
    pixels[top : top + max(2, high // 8), left : left + wide] = True
    pixels[top + high // 3 : top + high // 3 + max(2, high // 8), left : left + wide // 2] = True
    pixels[0, 0] = pixels[0, -1] = pixels[-1, 0] = True  # three corners, so that an edge that is cut off shows
    return pixels[None]


def stack(*turns: int, rows: int = ROWS, columns: int = COLUMNS) -> np.ndarray:
    """Draw one mark for each frame; shape (frames, rows, columns)."""
    return np.concatenate([shape(rows, columns, turn) for turn in turns])


def make_derived(dataset: Dataset) -> None:
    """Say that the instance was derived from another by other equipment (PS3.3 C.12.4, C.12.1)."""
    source, purpose = Dataset(), Dataset()
    purpose.CodeValue, purpose.CodingSchemeDesignator = "121322", "DCM"
    purpose.CodeMeaning = "Source image for image processing operation"
    source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = dataset.SOPClassUID, uid("the source")
    source.PurposeOfReferenceCodeSequence = Sequence([purpose])
    dataset.SourceImageSequence = Sequence([source])
    dataset.DerivationDescription = "Overlay planes added"


def kinds() -> tuple[Kind, ...]:
    """Return the 24 kinds, in the order of the table."""
    full = Plane(pixels=shape())
    multi = stack(0, 1, 2)
    return (
        Kind(name="full-size", words="full size at 1\\1, type G", planes=(full,)),
        Kind(
            name="offset",
            words="smaller, at row 31, column 21",
            planes=(Plane(pixels=shape(40, 56), origin=(31, 21)),),
        ),
        Kind(
            name="negative-origin",
            words="begins above and left of the image (-9\\-4)",
            planes=(Plane(pixels=shape(60, 70), origin=(-9, -4)),),
        ),
        Kind(
            name="oversize",
            words="larger than the image on every side",
            planes=(Plane(pixels=shape(100, 140), origin=(-9, -13)),),
        ),
        Kind(name="type-r", words="type R (region of interest)", planes=(Plane(pixels=shape(), kind="R"),)),
        Kind(
            name="sixteen-planes",
            words="all sixteen groups, 6000 to 601E",
            planes=tuple(
                Plane(pixels=shape(turn=turn % 5), group=0x6000 + 2 * turn, label=f"Mark {turn + 1}")
                for turn in range(16)
            ),
        ),
        Kind(
            name="group-6002-alone",
            words="one plane, in group 6002",
            planes=(Plane(pixels=shape(), group=0x6002),),
        ),
        Kind(name="group-601e-alone", words="one plane, in group 601E", planes=(Plane(pixels=shape(), group=0x601E),)),
        Kind(
            name="every-frame",
            words="multi-frame, a bitmap for each frame (0015, 0051)",
            planes=(Plane(pixels=multi, number_of_frames=3, frame_origin=1),),
            frames=FRAMES,
        ),
        Kind(
            name="one-for-all-frames",
            words="multi-frame, one bitmap without 0015: every frame",
            planes=(full,),
            frames=FRAMES,
        ),
        Kind(
            name="frame-origin",
            words="multi-frame, two bitmaps from frame 2 on (0051 = 2)",
            planes=(Plane(pixels=stack(1, 2), number_of_frames=2, frame_origin=2),),
            frames=FRAMES,
        ),
        Kind(
            name="odd-size",
            words="13 x 11 x 3: frames begin inside a byte",
            planes=(Plane(pixels=stack(0, 0, 1, rows=13, columns=11), number_of_frames=3, frame_origin=1),),
            rows=13,
            columns=11,
            frames=FRAMES,
        ),
        Kind(name="ob", words="Explicit VR Little Endian, OB", planes=(Plane(pixels=shape(), vr="OB"),)),
        Kind(
            name="big-endian-ow",
            words="Explicit VR Big Endian, OW (bytes swapped)",
            planes=(full,),
            syntax=ExplicitVRBigEndian,
        ),
        Kind(
            name="big-endian-ob",
            words="Explicit VR Big Endian, OB",
            planes=(Plane(pixels=shape(), vr="OB"),),
            syntax=ExplicitVRBigEndian,
        ),
        Kind(name="implicit", words="Implicit VR Little Endian", planes=(full,), syntax=ImplicitVRLittleEndian),
        Kind(name="deflated", words="Deflated", planes=(full,), syntax=DeflatedExplicitVRLittleEndian),
        Kind(name="jpeg", words="JPEG Lossless", planes=(full,), compression="jpeg"),
        Kind(name="jpeg-2000", words="JPEG 2000 Lossless", planes=(full,), compression="j2k"),
        Kind(name="rle", words="RLE Lossless", planes=(full,), compression="rle"),
        Kind(name="colour", words="colour (RGB) image", planes=(full,), colour=True),
        Kind(
            name="label-utf-8",
            words="label in UTF-8 (ISO_IR 192)",
            planes=(Plane(pixels=shape(), label="Läsion 肝臓"),),
            charset="ISO_IR 192",
        ),
        Kind(
            name="embedded",
            words="in bit 12 of Pixel Data (retired)",
            planes=(Plane(pixels=shape(), embedded_bit=12),),
        ),
        Kind(name="derived", words="derived instance with its source", planes=(full,), change=make_derived),
    )


def main() -> None:
    """Write the set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("outdir", type=Path)
    write_set(parser.parse_args().outdir)


def write_set(outdir: Path) -> None:
    """Write the 24 files, planes.json and the folder ``seen``."""
    (outdir / "seen").mkdir(parents=True, exist_ok=True)
    described = [describe(kind) for kind in kinds()]
    (outdir / "planes.json").write_text(json.dumps(described, indent=1, ensure_ascii=False) + "\n", "utf-8")
    for number, kind in enumerate(kinds(), 1):
        write_file(kind, number, outdir / f"{kind.name}.dcm")
        for frame in range(1, kind.frames + 1):
            (outdir / "seen" / f"{kind.name}-{frame}.pbm").write_bytes(to_pbm(seen_on(kind, frame)))


def seen_on(kind: Kind, frame: int) -> np.ndarray:
    """Return the image pixels that are marked on ``frame`` (from 1), all planes together."""
    return np.any([plane.on_frame(frame, kind.rows, kind.columns) for plane in kind.planes], axis=0)


def describe(kind: Kind) -> dict[str, Any]:
    """Return the entry of planes.json."""
    planes = [
        {
            "group": f"{plane.group:04X}",
            "rows": plane.pixels.shape[1],
            "columns": plane.pixels.shape[2],
            "origin": plane.origin,
            "type": plane.kind,
            "label": plane.label,
            "numberOfFrames": plane.number_of_frames,
            "imageFrameOrigin": plane.frame_origin,
            "embeddedBit": plane.embedded_bit,
            "bits": base64.b64encode(plane.packed()).decode(),
        }
        for plane in kind.planes
    ]
    return {
        "name": kind.name,
        "words": kind.words,
        "rows": kind.rows,
        "columns": kind.columns,
        "frames": kind.frames,
        "planes": planes,
    }


def to_pbm(pixels: np.ndarray) -> bytes:
    """Return a portable bitmap, in which 1 is black."""
    rows, columns = pixels.shape
    return b"P4\n%d %d\n" % (columns, rows) + np.packbits(pixels, axis=1).tobytes()


def uid(name: str) -> UID:
    """Return a UID under 2.25 that depends on ``name`` alone."""
    digest = hashlib.sha256(f"dicom-overlay plane set {name}".encode()).digest()
    return UID(f"2.25.{int.from_bytes(digest[:15])}")


def write_file(kind: Kind, number: int, path: Path) -> None:
    """Write one file of the set, compressed by DCMTK or GDCM where the kind asks for it."""
    dataset = make_image(kind, number)
    for plane in kind.planes:
        add_plane(dataset, plane, swapped=kind.syntax == ExplicitVRBigEndian)
    if kind.change is not None:
        kind.change(dataset)
    dataset.save_as(path, enforce_file_format=True)
    commands = {
        "jpeg": ["dcmcjpeg", "+e1", "--uid-never", str(path), str(path)],
        "j2k": ["gdcmconv", "--j2k", str(path), str(path)],
        "rle": ["gdcmconv", "--rle", str(path), str(path)],
    }
    if kind.compression != "none":
        subprocess.run(commands[kind.compression], check=True, capture_output=True)


def make_image(kind: Kind, number: int) -> Dataset:
    """Return the image without planes: a slope of grey that reaches neither black nor white."""
    sop_class = (
        UltrasoundMultiFrameImageStorage
        if kind.frames > 1
        else SecondaryCaptureImageStorage
        if kind.colour
        else MRImageStorage
    )
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = kind.syntax
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID = sop_class
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID = uid(f"instance {kind.name}")
    image.SpecificCharacterSet = kind.charset
    image.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    image.StudyDate = image.StudyTime = image.AccessionNumber = ""
    image.Modality = {UltrasoundMultiFrameImageStorage: "US", MRImageStorage: "MR"}.get(sop_class, "OT")
    image.Manufacturer = image.ReferringPhysicianName = ""
    image.SeriesDescription = kind.name
    image.PatientName = image.PatientID = image.PatientBirthDate = image.PatientSex = ""
    image.PatientIdentityRemoved, image.DeidentificationMethod = "YES", "drawn by a program"
    image.StudyInstanceUID, image.SeriesInstanceUID = uid("study"), uid(f"series {kind.name}")
    image.StudyID, image.SeriesNumber, image.InstanceNumber = "", number, 1
    if sop_class == MRImageStorage:
        image.ScanningSequence, image.SequenceVariant, image.ScanOptions = "SE", "NONE", ""
        image.MRAcquisitionType, image.EchoTime, image.RepetitionTime, image.EchoTrainLength = "2D", "", "", ""
        image.FrameOfReferenceUID, image.PositionReferenceIndicator = uid(f"frame {kind.name}"), ""
        image.SliceThickness, image.PixelSpacing = 1, [1, 1]
        image.PatientPosition, image.Laterality = "HFS", ""
        image.ImagePositionPatient, image.ImageOrientationPatient = [0, 0, 0], [1, 0, 0, 0, 1, 0]
    elif sop_class == SecondaryCaptureImageStorage:
        image.ConversionType = "WSD"
    add_pixels(image, kind)
    return image


def add_pixels(image: Dataset, kind: Kind) -> None:
    """Add Pixel Data: 12 bits of 16, or RGB of 8."""
    image.Rows, image.Columns = kind.rows, kind.columns
    if kind.frames > 1:
        image.NumberOfFrames = kind.frames
    slope = np.add.outer(np.arange(kind.rows) / kind.rows, np.arange(kind.columns) / kind.columns) / 2
    if kind.colour:
        image.SamplesPerPixel, image.PhotometricInterpretation, image.PlanarConfiguration = 3, "RGB", 0
        image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 8, 8, 7, 0
        values = np.repeat((40 + slope * 120)[..., None], 3, axis=2).astype("u1")
        image.PixelData = values.tobytes() + b"\0" * (values.size % 2)
        image["PixelData"].VR = "OB"
        return
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 12, 11, 0
    image.WindowCenter, image.WindowWidth = 1000, 2000
    values = np.repeat((300 + slope * 1000)[None], kind.frames, axis=0).astype("u2")
    for plane in kind.planes:
        if plane.embedded_bit is not None:
            values |= plane.pixels.astype("u2") << plane.embedded_bit
    image.PixelData = values.astype(">u2" if kind.syntax == ExplicitVRBigEndian else "<u2").tobytes()
    image["PixelData"].VR = "OW"


def add_plane(image: Dataset, plane: Plane, *, swapped: bool) -> None:
    """Add the elements of one group. ``swapped``: the words of OW are written in big endian."""
    at = plane.group << 16
    image.add_new(at | 0x0010, "US", plane.pixels.shape[1])
    image.add_new(at | 0x0011, "US", plane.pixels.shape[2])
    if plane.number_of_frames is not None:
        image.add_new(at | 0x0015, "IS", plane.number_of_frames)
    image.add_new(at | 0x0040, "CS", plane.kind)
    image.add_new(at | 0x0050, "SS", list(plane.origin))
    if plane.frame_origin is not None:
        image.add_new(at | 0x0051, "US", plane.frame_origin)
    image.add_new(at | 0x0100, "US", 1 if plane.embedded_bit is None else 16)
    image.add_new(at | 0x0102, "US", plane.embedded_bit or 0)
    image.add_new(at | 0x1500, "LO", plane.label)
    if plane.embedded_bit is None:
        bits = plane.packed()
        is_words = plane.vr == "OW" and swapped
        image.add_new(at | 0x3000, plane.vr, np.frombuffer(bits, "<u2").astype(">u2").tobytes() if is_words else bits)


if __name__ == "__main__":
    main()
