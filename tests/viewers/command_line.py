"""Programs that draw a picture: DCMTK, GDCM, dicom3tools."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
from viewer import Drawer, RefusedError, first_line, load, require, run

if TYPE_CHECKING:
    from pathlib import Path

    from plane_set import Kind
    from viewer import Pixels, Place


class Dcmtk(Drawer):
    """dcm2img of DCMTK 3.6.8 and later, or dcmj2pnm of the versions before; all planes are asked for."""

    name = "DCMTK"
    key = "dcmtk"

    def __init__(self) -> None:
        self.program = shutil.which("dcm2img") or shutil.which("dcmj2pnm")

    def version(self) -> str | None:
        """See `Tool.version`."""
        if self.program is None:
            return None
        return f"DCMTK {dcmtk_version(self.program)}"

    def draw(self, place: Place, folder: Path, kind: Kind, frame: int) -> Pixels:
        """See `Drawer.draw`."""
        made = place.scratch / "dcmtk.ppm"
        window = () if kind.colour else ("+Ww", "1000", "2000")
        require([str(self.program), "+O", "0", *window, "+F", str(frame), folder / f"{kind.name}.dcm", made], made)
        return load(made)


class Gdcm(Drawer):
    """gdcmconv, which decompresses, and gdcmimg, which turns the image into a portable greymap; frames of a volume come one behind the other."""

    name = "GDCM"
    key = "gdcm"

    def version(self) -> str | None:
        """See `Tool.version`."""
        if shutil.which("gdcmimg") is None:
            return None
        return first_line(["gdcmimg", "--version"]).partition("$")[0].partition(":")[2].strip().upper()

    def draw(self, place: Place, folder: Path, kind: Kind, frame: int) -> Pixels:
        """See `Drawer.draw`."""
        made = place.scratch / ("gdcm.ppm" if kind.colour else "gdcm.pgm")
        plain = place.scratch / "gdcm-plain.dcm"
        require(["gdcmconv", "--raw", folder / f"{kind.name}.dcm", plain], plain)
        require(["gdcmimg", plain, made], made)
        return _nth(made.read_bytes(), kind, frame)


class Dicom3tools(Drawer):
    """dctopgm8 for grey, dctopnm for colour."""

    name = "dicom3tools"
    key = "dicom3tools"

    def version(self) -> str | None:
        """See `Tool.version`."""
        if shutil.which("dctopgm8") is None:
            return None
        lines = run(["dciodvfy", "-version"])
        return (lines.stdout + lines.stderr).decode("latin-1").splitlines()[0].replace(" Version:", "")

    def draw(self, place: Place, folder: Path, kind: Kind, frame: int) -> Pixels:
        """See `Drawer.draw`."""
        program = "dctopnm" if kind.colour else "dctopgm8"
        return _nth(
            require([program, "-quiet", folder / f"{kind.name}.dcm", place.scratch / "d3.pnm"])
            or (place.scratch / "d3.pnm").read_bytes(),
            kind,
            frame,
        )


def _nth(data: bytes, kind: Kind, frame: int) -> Pixels:
    """Return one frame of a portable greymap or pixmap that may hold several behind one header."""
    fields = data[:40].split(maxsplit=4)
    if len(fields) < 4 or fields[0] not in {b"P5", b"P6"}:
        words = "no picture is written"
        raise RefusedError(words)
    samples = 3 if fields[0] == b"P6" else 1
    deep = int(fields[3]) > 255
    start = data.index(fields[3]) + len(fields[3]) + 1
    size = kind.rows * kind.columns * samples
    if len(data) - start < frame * size * (2 if deep else 1):
        words = "the picture lacks frames"
        raise RefusedError(words)
    values = np.frombuffer(data, ">u2" if deep else "u1", size, start + (frame - 1) * size * (2 if deep else 1))
    grey = (values.reshape(kind.rows, kind.columns, samples) >> (4 if deep else 0)).astype(np.uint8)
    return np.repeat(grey, 3, axis=2) if samples == 1 else grey


def dcmtk_version(program: str) -> str:
    """Return the version that a program of DCMTK says: 3.6.7."""
    return first_line([program, "--version"]).partition(" v")[2].split()[0]
