"""Every file that pydicom and pydicom-data carry, with what pydicom says about it.

The files are found by path: `pydicom.data.get_testdata_files` tries to download what is missing. Nothing here asks
dicom_overlay anything. `REFUSED` names each file that cannot get a plane, with the code and the reason; a file that is
refused and is not in the list, or is in the list and not refused, fails a test.
"""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import data_store
import pydicom
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
    JPEGLSNearLossless,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOTS = (Path(pydicom.__file__).parent / "data", Path(data_store.__file__).parent / "data")
_NOT_DATA = {".py", ".pyc"}

REFUSED: dict[str, tuple[str, str]] = {
    "test_files/MR_truncated.dcm": ("truncated", "Pixel Data is shorter than its length says"),
    "test_files/rtplan_truncated.dcm": ("truncated", "the last sequence item ends before its length"),
    "emri_small_jpeg_2k_lossless_too_short.dcm": ("truncated", "a sequence of undefined length has no delimiter"),
    "test_files/no_meta.dcm": (
        "not-dicom",
        "a stray byte is before the data set; dcmdump and gdcmdump refuse it too",
    ),
    "charset_files/FileInfo.txt": ("not-dicom", "text"),
    "hashes.json": ("not-dicom", "text"),
    "palettes/README.md": ("not-dicom", "text"),
    "test_files/README.txt": ("not-dicom", "text"),
    "test_files/crayons.icc": ("not-dicom", "an ICC profile"),
    "test_files/dicomdirtests/README.txt": ("not-dicom", "text"),
    "test_files/dicomdirtests/TINY_ALPHA/README": ("not-dicom", "text"),
    "test_files/rtplan.dump": ("not-dicom", "text"),
    "test_files/rtstruct.dump": ("not-dicom", "text"),
    "test_files/test1.json": ("not-dicom", "text"),
    "test_files/test_PN.json": ("not-dicom", "text"),
    "test_files/zipMR.gz": ("not-dicom", "a gzip file"),
    "urls.json": ("not-dicom", "text"),
}
"""Name -> (error code, reason). Data sets without Rows and Columns are refused too: `no-image`, by `is_image`."""

LOSSY_OR_JPEG = frozenset({f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 57, 70)})
JPEG_LS = frozenset({JPEGLSLossless, JPEGLSNearLossless})
JPEG_2000 = frozenset({"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"})
NATIVE = frozenset(
    {ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian}
)


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """One file and pydicom's answers.

    Attributes
    ----------
    name : path below its data folder; the test's id.
    syntax : transfer syntax UID, "" where the file states none.
    rows, columns : 0 where pydicom finds none.
    frames : Number of Frames, 1 where absent.
    colour : not a MONOCHROME image.
    groups : even groups 60xx at the top level.
    """

    name: str
    path: Path
    syntax: str
    rows: int
    columns: int
    frames: int
    colour: bool
    bits_allocated: int
    has_pixels: bool
    groups: tuple[int, ...]

    @property
    def is_image(self) -> bool:
        """Whether pydicom finds usable Rows and Columns."""
        return bool(self.rows and self.columns)

    @property
    def is_big_endian(self) -> bool:
        """Whether the transfer syntax is Explicit VR Big Endian."""
        return self.syntax == ExplicitVRBigEndian

    @property
    def is_deflated(self) -> bool:
        """Whether the data set is deflated."""
        return self.syntax == DeflatedExplicitVRLittleEndian

    def __str__(self) -> str:
        """Return the name, as a test id."""
        return self.name


def _describe(root: Path, path: Path) -> CorpusFile:
    name = path.relative_to(root).as_posix()
    try:
        data_set = pydicom.dcmread(path, force=True, stop_before_pixels=False)
        rows, columns = int(data_set.get("Rows") or 0), int(data_set.get("Columns") or 0)
        frames = str(data_set.get_item("NumberOfFrames").value or b"1") if "NumberOfFrames" in data_set else "1"
    except Exception:  # noqa: BLE001 - pydicom has no common error; what it cannot read does not count as an image
        return CorpusFile(name, path, "", 0, 0, 1, colour=False, bits_allocated=0, has_pixels=False, groups=())
    digits = "".join(c for c in frames.replace("b'", "") if c.isdecimal())
    groups = {tag.group for tag in data_set.keys() if 0x6000 <= tag.group <= 0x60FE and tag.group % 2 == 0}  # noqa: SIM118
    return CorpusFile(
        name=name,
        path=path,
        syntax=str(data_set.file_meta.get("TransferSyntaxUID", "")),
        rows=rows,
        columns=columns,
        frames=int(digits or 1),
        colour=not str(data_set.get("PhotometricInterpretation", "")).startswith("MONOCHROME"),
        bits_allocated=int(data_set.get("BitsAllocated") or 0),
        has_pixels="PixelData" in data_set,
        groups=tuple(sorted(groups)),
    )


@cache
def corpus() -> tuple[CorpusFile, ...]:
    """Return every file of both data folders, in a stable order."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what pydicom thinks of odd files is not under test
        return tuple(
            _describe(root, path)
            for root in ROOTS
            for path in sorted(root.rglob("*"))
            if path.is_file() and path.suffix not in _NOT_DATA and "__pycache__" not in path.parts
        )


def images() -> tuple[CorpusFile, ...]:
    """Return the files with Rows and Columns that must get a plane."""
    return tuple(file for file in corpus() if file.is_image and file.name not in REFUSED)


def is_whole() -> bool:
    """Whether other programs judge all: `make oracle WHOLE=1`."""
    return bool(os.environ.get("WHOLE"))


def sample(files: Sequence[CorpusFile]) -> tuple[CorpusFile, ...]:
    """Return the first file of each kind, for what other programs judge; all of them for `make oracle WHOLE=1`."""
    if is_whole():
        return tuple(files)
    kinds: dict[tuple[object, ...], CorpusFile] = {}
    for file in files:
        ends_in_a_byte = file.rows * file.columns % 8 == 0
        shape = (file.colour, file.frames > 1, file.bits_allocated, ends_in_a_byte)
        kinds.setdefault((file.syntax, file.has_pixels, bool(file.groups), *shape), file)
    return tuple(kinds.values())
