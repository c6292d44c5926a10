"""Libraries and programs that hand out the bits of a plane: what they read is laid on the image by what they read besides.

Nothing of this project reads here but the class `Ours`.
"""

from __future__ import annotations

import base64
import re
import shutil
from abc import abstractmethod
from importlib.metadata import version as installed
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import SimpleITK
from command_line import Gdcm, dcmtk_version
from plane_set import Plane
from viewer import RefusedError, Role, Tool, require

import dicom_overlay

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from plane_set import Kind
    from viewer import Mask, Place


class Reader(Tool):
    """A tool that reads planes."""

    role: Role = "reads"

    @abstractmethod
    def planes(self, place: Place, path: Path) -> list[Plane]:
        """Return the planes as this tool reads them."""

    def marks(self, place: Place, kind: Kind) -> list[Mask]:
        """See `Tool.marks`."""
        return lay(self.planes(place, place.marked / f"{kind.name}.dcm"), kind)


def lay(planes: Sequence[Plane], kind: Kind) -> list[Mask]:
    """Return the image pixels that planes mark on each frame."""
    none = np.zeros((kind.rows, kind.columns), bool)
    return [
        np.any([none, *(plane.on_frame(frame, kind.rows, kind.columns) for plane in planes)], axis=0)
        for frame in range(1, kind.frames + 1)
    ]


def unpack(data: bytes, frames: int, rows: int, columns: int) -> np.ndarray:
    """Return bits as pixels, clear where there are too few: shape (frames, rows, columns)."""
    bits = np.unpackbits(np.frombuffer(data, np.uint8), count=frames * rows * columns, bitorder="little")
    return bits.reshape(frames, rows, columns).astype(bool)


class Pydicom(Reader):
    """``Dataset.overlay_array``."""

    name = "pydicom"
    key = "pydicom"

    def version(self) -> str:
        """See `Tool.version`."""
        return f"pydicom {pydicom.__version__}"

    def planes(self, place: Place, path: Path) -> list[Plane]:  # noqa: ARG002 - it needs no folder
        """See `Reader.planes`."""
        dataset = pydicom.dcmread(path)
        found = []
        for group in range(0x6000, 0x6020, 2):
            if (group, 0x0010) not in dataset:
                continue
            try:
                pixels = dataset.overlay_array(group)
            except (AttributeError, ValueError) as reason:
                words = f"overlay_array raises {type(reason).__name__}"
                raise RefusedError(words) from reason
            row, column = dataset[group, 0x0050].value
            found.append(
                Plane(
                    pixels=np.asarray(pixels, bool).reshape(-1, *pixels.shape[-2:]),
                    origin=(int(row), int(column)),
                    number_of_frames=int(dataset[group, 0x0015].value) if (group, 0x0015) in dataset else None,
                    frame_origin=int(dataset[group, 0x0051].value) if (group, 0x0051) in dataset else None,
                )
            )
        return found


_LINE = re.compile(r"^\((60[01][0-9a-f]),([0-9a-f]{4})\) (\w\w) (\S+)", re.MULTILINE)


def dumped(path: Path) -> list[Plane]:
    """Return the planes as dcmdump prints them."""
    text = require(["dcmdump", "-q", "+L", path]).decode("latin-1")
    groups: dict[str, dict[str, tuple[str, str]]] = {}
    for group, element, vr, value in _LINE.findall(text):
        groups.setdefault(group, {})[element] = (vr, value.strip("[]"))
    found = []
    for elements in groups.values():
        if "3000" not in elements:
            continue
        number = {element: int(value) for element, (vr, value) in elements.items() if vr in {"US", "IS"}}
        row, column = elements["0050"][1].split("\\")
        vr, value = elements["3000"]
        width = 2 if vr == "OW" else 1
        bits = b"".join(int(part, 16).to_bytes(width, "little") for part in value.split("\\"))
        found.append(
            Plane(
                pixels=unpack(bits, number.get("0015", 1), number["0010"], number["0011"]),
                origin=(int(row), int(column)),
                number_of_frames=number.get("0015"),
                frame_origin=number.get("0051"),
            )
        )
    return found


class Dcmdump(Reader):
    """What DCMTK's dcmdump prints."""

    name = "DCMTK dcmdump"
    key = "dcmdump"

    def version(self) -> str | None:
        """See `Tool.version`."""
        if shutil.which("dcmdump") is None:
            return None
        return f"DCMTK {dcmtk_version('dcmdump')}"

    def planes(self, place: Place, path: Path) -> list[Plane]:  # noqa: ARG002 - it needs no folder
        """See `Reader.planes`."""
        return dumped(path)


class GdcmConverted(Reader):
    """What is left in a file that ``gdcmconv --raw`` wrote, read with dcmdump: GDCM takes planes apart and writes them again."""

    name = "GDCM gdcmconv"
    key = "gdcmconv"

    def version(self) -> str | None:
        """See `Tool.version`."""
        return Gdcm().version()

    def planes(self, place: Place, path: Path) -> list[Plane]:
        """See `Reader.planes`."""
        made = place.scratch / "gdcm.dcm"
        require(["gdcmconv", "--raw", path, made], made)
        return dumped(made)


class SimpleItk(Reader):
    """The metadata of SimpleITK's reader, where Overlay Data is base64."""

    name = "SimpleITK metadata"
    key = "simpleitk-metadata"

    def version(self) -> str:
        """See `Tool.version`."""
        return f"SimpleITK {installed('simpleitk')}"

    def planes(self, place: Place, path: Path) -> list[Plane]:  # noqa: ARG002 - it needs no folder
        """See `Reader.planes`."""
        reader = opened(path)
        keys = set(reader.GetMetaDataKeys())
        found = []
        for group in (f"{number:04x}" for number in range(0x6000, 0x6020, 2)):
            if f"{group}|3000" not in keys:
                continue
            value = {
                element: reader.GetMetaData(f"{group}|{element}").strip()
                for element in ("0010", "0011", "0015", "0050", "0051", "3000")
                if f"{group}|{element}" in keys
            }
            frames = int(value["0015"]) if "0015" in value else None
            row, column = value["0050"].split("\\")
            found.append(
                Plane(
                    pixels=unpack(base64.b64decode(value["3000"]), frames or 1, int(value["0010"]), int(value["0011"])),
                    origin=(int(row), int(column)),
                    number_of_frames=frames,
                    frame_origin=int(value["0051"]) if "0051" in value else None,
                )
            )
        return found


def opened(path: Path) -> SimpleITK.ImageFileReader:
    """Return SimpleITK's reader with the header of a file.

    Raises
    ------
    RefusedError : it does not take the file.
    """
    reader = SimpleITK.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError as reason:
        words = "the reader raises"
        raise RefusedError(words) from reason
    return reader


class Ours(Reader):
    """This project."""

    name = "dicom-overlay"
    key = "ours"

    def version(self) -> str:
        """See `Tool.version`."""
        return f"dicom-overlay {dicom_overlay.__version__}"

    def planes(self, place: Place, path: Path) -> list[Plane]:  # noqa: ARG002 - it needs no folder
        """See `Reader.planes`."""
        return [
            Plane(
                pixels=unpack(plane.packed, plane.number_of_frames or 1, plane.rows, plane.columns),
                origin=plane.origin,
                number_of_frames=plane.number_of_frames,
                frame_origin=plane.image_frame_origin,
            )
            for plane in dicom_overlay.read_dicom_overlays(path)
        ]
