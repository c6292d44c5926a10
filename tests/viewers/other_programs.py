"""What doctors and editors' makers have besides: ImageJ, XMedCon, itk-wasm, dwv, and NiiVue's reader of DICOM."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import SimpleITK
from in_one_run import DrawnInOneRun
from node_tools import ReadInOneRun
from npm_packages import HERE, extra, version_of
from plane_set import kinds
from viewer import Drawer, RefusedError, Role, Tool, load, require, run

if TYPE_CHECKING:
    from plane_set import Kind
    from viewer import Mask, Pixels, Place


class ImageJ(DrawnInOneRun):
    """ImageJ 1, started once without a window."""

    name = "ImageJ"
    key = "imagej"

    def version(self) -> str | None:
        """See `Tool.version`."""
        jar = Path(os.environ.get("IMAGEJ_JAR", "/usr/share/java/ij.jar"))
        if shutil.which("java") is None or not jar.is_file():
            return None
        return f"ImageJ {jar.resolve().stem.partition('-')[2] or 'of the system'}"

    def draw_all(self, place: Place, out: Path) -> None:
        """See `DrawnInOneRun.draw_all`."""
        pairs = [
            str(path)
            for folder in (place.marked, place.bare)
            for kind in kinds()
            for path in (folder / f"{kind.name}.dcm", out / folder.name / kind.name)
        ]
        jar = os.environ.get("IMAGEJ_JAR", "/usr/share/java/ij.jar")
        program = Path(__file__).with_name("DrawWithImageJ.java")
        require(["java", "-Djava.awt.headless=true", "-cp", jar, program, *pairs])


class XMedCon(Drawer):
    """``medcon``, which turns every frame into a PNG."""

    name = "XMedCon"
    key = "xmedcon"

    def version(self) -> str | None:
        """See `Tool.version`."""
        if shutil.which("medcon") is None:
            return None
        found = re.search(rb"MedCon ([0-9.]+)", run(["medcon", "--help"]).stdout)
        return f"XMedCon {found[1].decode()}" if found else None

    def draw(self, place: Place, folder: Path, kind: Kind, frame: int) -> Pixels:
        """See `Drawer.draw`."""
        out = place.scratch / "medcon"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        require(["medcon", "-f", folder / f"{kind.name}.dcm", "-c", "png", "-o", out / "frame"])
        made = sorted(out.glob("*.png"))
        if len(made) != kind.frames:
            words = f"medcon writes {len(made)} pictures of {kind.frames} frames"
            raise RefusedError(words)
        return load(made[frame - 1])


class ItkWasm(DrawnInOneRun):
    """itk-wasm's ``readImageNode``, the reader of VolView and other pages."""

    name = "itk-wasm"
    key = "itk-wasm"

    def version(self) -> str | None:
        """See `Tool.version`."""
        own = version_of(extra(), "@itk-wasm/image-io")
        return own and f"@itk-wasm/image-io {own}"

    def draw_all(self, place: Place, out: Path) -> None:
        """See `DrawnInOneRun.draw_all`."""
        command = ["node", HERE / "other_tools.mjs", "itk", extra(), out, place.marked, place.bare]
        require([str(part) for part in command])


class Dwv(ReadInOneRun):
    """dwv's ``DicomParser``; dwv itself draws no plane."""

    name = "dwv"
    key = "dwv"

    def version(self) -> str | None:
        """See `Tool.version`."""
        own = version_of(extra(), "dwv")
        return own and f"dwv {own}"

    def read_all(self, place: Place, out: Path) -> None:
        """See `ReadInOneRun.read_all`."""
        require([str(part) for part in ("node", HERE / "other_tools.mjs", "dwv", extra(), out, place.marked)])

    def choose(self, found: Any) -> Any:
        """See `ReadInOneRun.choose`."""
        if "refused" in found:
            raise RefusedError(found["refused"])
        return found["planes"]


class NiiVueReader(Tool):
    """dcm2niix, by which NiiVue and MRIcroGL read DICOM: it writes each plane as a further NIfTI volume."""

    name = "dcm2niix (NiiVue)"
    key = "dcm2niix"
    role: Role = "reads"

    def version(self) -> str | None:
        """See `Tool.version`."""
        if shutil.which("dcm2niix") is None:
            return None
        found = re.search(rb"version v([0-9.]+)", run(["dcm2niix", "-v"]).stdout)
        return f"dcm2niix {found[1].decode()}" if found else None

    def marks(self, place: Place, kind: Kind) -> list[Mask]:
        """See `Tool.marks`: NIfTI has its rows from below, so that volumes are turned as the image of the same run is."""
        out = place.scratch / "niix"
        shutil.rmtree(out, ignore_errors=True)
        (out / "in").mkdir(parents=True)
        shutil.copy(place.marked / f"{kind.name}.dcm", out / "in")
        require(["dcm2niix", "-z", "n", "-b", "n", "-f", "image", "-o", out, out / "in"])
        masks = [np.zeros((kind.rows, kind.columns), bool) for _ in range(kind.frames)]
        for path in sorted(out.glob("image_ROI*.nii")):
            volume = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
            if volume.size != kind.frames * kind.rows * kind.columns:
                words = "the size of a plane's volume is not the image's"
                raise RefusedError(words)
            drawn = volume.reshape(kind.frames, kind.rows, kind.columns)[:, ::-1] > 0
            masks = [mask | more for mask, more in zip(masks, drawn, strict=True)]
        return masks
