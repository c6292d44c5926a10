"""Tools that are started once for the whole set, because starting them takes seconds: they leave pictures in a folder."""

from __future__ import annotations

import os
import shutil
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from plane_set import kinds
from viewer import Drawer, RefusedError, load, require

if TYPE_CHECKING:
    from plane_set import Kind
    from viewer import Mask, Pixels, Place


class DrawnInOneRun(Drawer):
    """A drawer whose pictures lie in ``scratch/KEY/marked`` and ``scratch/KEY/bare`` as NAME-FRAME.png or .ppm.

    Where there is none, NAME.refused may say why.
    """

    def __init__(self) -> None:
        self._is_drawn = False

    @abstractmethod
    def draw_all(self, place: Place, out: Path) -> None:
        """Draw every file of both folders below ``out``."""

    def draw_set(self, place: Place) -> Path:
        """Draw everything, unless that was done, and return the folder."""
        out = place.scratch / self.key
        if not self._is_drawn:
            shutil.rmtree(out, ignore_errors=True)
            for part in (place.marked, place.bare):
                (out / part.name).mkdir(parents=True)
            self.draw_all(place, out)
            self._is_drawn = True
        return out

    def draw(self, place: Place, folder: Path, kind: Kind, frame: int) -> Pixels:
        """See `Drawer.draw`."""
        out = self.draw_set(place) / folder.name
        for ending in ("png", "ppm"):
            made = out / f"{kind.name}-{frame}.{ending}"
            if made.is_file():
                return load(made)
        reason = out / f"{kind.name}.refused"
        raise RefusedError(reason.read_text("utf-8") if reason.is_file() else "no picture")


class PixelMed(DrawnInOneRun):
    """The panel of David Clunie's PixelMed toolkit that its viewer shows images in; it draws a shadow below each mark."""

    name = "PixelMed"
    key = "pixelmed"

    def version(self) -> str | None:
        """See `Tool.version`."""
        jar = _jars() / "pixelmed.jar"
        if shutil.which("java") is None or not jar.is_file():
            return None
        return f"PixelMed {jar.resolve().stem.partition('-')[2]}"

    def draw_all(self, place: Place, out: Path) -> None:
        """See `DrawnInOneRun.draw_all`."""
        names = ("pixelmed", "pixelmed_imageio", "slf4j-api", "slf4j-nop", "vecmath", "commons-codec", "javax.json")
        jars = [str(_jars() / f"{name}.jar") for name in names]
        pairs = [
            str(path)
            for folder in (place.marked, place.bare)
            for kind in kinds()
            for path in (folder / f"{kind.name}.dcm", out / folder.name / kind.name)
        ]
        program = Path(__file__).with_name("DrawWithPixelMed.java")
        require(["java", "-Djava.awt.headless=true", "-cp", os.pathsep.join(jars), program, *pairs])

    def difference(self, drawn: Pixels, without: Pixels) -> Mask:
        """See `Drawer.difference`: the shadow is darker than the image, the mark is lighter."""
        return (drawn.astype(int) > without).any(axis=2) if drawn.shape == without.shape else np.zeros((0, 0), bool)


def _jars() -> Path:
    return Path(os.environ.get("PIXELMED_JARS", "/usr/share/java"))
