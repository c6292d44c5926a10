"""Orthanc, and OHIF in front of it: without and with this project's plug-in."""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING

import numpy as np
from in_one_run import DrawnInOneRun
from npm_packages import HERE, ROOT
from viewer import first_line, run

if TYPE_CHECKING:
    from pathlib import Path

    from plane_set import Kind
    from viewer import Pixels, Place

_LONG = 900
"""Seconds that OHIF may take for the whole set."""


class Orthanc(DrawnInOneRun):
    """Orthanc's REST interface, ``/instances/ID/frames/N/rendered``."""

    name = "Orthanc"
    key = "orthanc"
    word = "orthanc"

    def version(self) -> str | None:
        """See `Tool.version`."""
        program = _program()
        return f"Orthanc {first_line([program, '--version']).rpartition(' ')[2]}" if program else None

    def draw_all(self, place: Place, out: Path) -> None:
        """See `DrawnInOneRun.draw_all`."""
        run(["node", HERE / "archive_tools.mjs", self.word, out, place.marked, place.bare], seconds=_LONG)

    def metadata(self, place: Place) -> Path:
        """Return the folder with the DICOMweb metadata of the set, NAME.json; Orthanc draws the set where that was not done yet."""
        self.draw_set(place)
        return place.scratch / self.key / place.marked.name


class Ohif(Orthanc):
    """OHIF as released, its Image Overlay tool switched on; the series come from Orthanc over DICOMweb."""

    name = "OHIF"
    key = "ohif"
    word = "ohif"
    threshold = 24
    """The page is a photograph: what is drawn there differs by 60 and more."""

    def version(self) -> str | None:
        """See `Tool.version`."""
        if _program() is None or shutil.which(os.environ.get("CHROMIUM_PATH", "chromium")) is None:
            return None
        text = (ROOT / "web" / "scripts" / "pacs" / "ohif-app.mjs").read_text("utf-8")
        found = re.search(r'OHIF_VERSION = "([^"]+)"', text)
        return f"@ohif/app {found[1]}" if found else None

    def draw(self, place: Place, folder: Path, kind: Kind, frame: int) -> Pixels:
        """See `Drawer.draw`: the colour at the middle of each pixel of the image."""
        shot = super().draw(place, folder, kind, frame)
        where = json.loads((place.scratch / self.key / folder.name / f"{kind.name}-{frame}.json").read_text("utf-8"))
        (left, top), (right, down) = where["first"], where["step"]
        columns = np.clip((left + right * np.arange(kind.columns)).astype(int), 0, shot.shape[1] - 1)
        rows = np.clip((top + down * np.arange(kind.rows)).astype(int), 0, shot.shape[0] - 1)
        middles: Pixels = shot[rows[:, None], columns[None, :]]
        return middles


class OhifPlugin(Ohif):
    """The same with the plug-in of this project."""

    name = "OHIF with the plug-in"
    key = "ohif-plugin"
    word = "plugin"


def _program() -> str | None:
    return shutil.which("Orthanc", path=f"/usr/sbin{os.pathsep}{os.environ.get('PATH', '')}")
