"""Packages of npm that run in Node: dcmjs-imaging draws, dcmjs and cornerstone3D's image loader read."""

from __future__ import annotations

import base64
import json
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from in_one_run import DrawnInOneRun
from npm_packages import HERE, WEB, extra, version_of
from plane_set import Plane
from readers import Reader, unpack
from viewer import RefusedError, require

if TYPE_CHECKING:
    from pathlib import Path

    from archive_tools import Orthanc
    from viewer import Place


class DcmjsImaging(DrawnInOneRun):
    """dcmjs-imaging as npm installs it, with the dcmjs that it asks for."""

    name = "dcmjs-imaging"
    key = "dcmjs-imaging"

    def folder(self) -> Path | None:
        """Return where node_modules lies."""
        return WEB

    def version(self) -> str | None:
        """See `Tool.version`."""
        own = version_of(self.folder(), "dcmjs-imaging")
        nested = version_of(WEB / "node_modules" / "dcmjs-imaging", "dcmjs") if self.folder() == WEB else None
        return own and f"dcmjs-imaging {own} with dcmjs {nested or version_of(self.folder(), 'dcmjs')}"

    def draw_all(self, place: Place, out: Path) -> None:
        """See `DrawnInOneRun.draw_all`."""
        command = ["node", HERE / "dcmjs_tools.mjs", "draw", str(self.folder()), out, place.marked, place.bare]
        require([str(part) for part in command])


class DcmjsImagingBefore(DcmjsImaging):
    """The same with dcmjs 0.49.4, the last one with which it finds planes."""

    name = "dcmjs-imaging, older dcmjs"
    key = "dcmjs-imaging-before"

    def folder(self) -> Path | None:
        """See `DcmjsImaging.folder`."""
        return extra()


class ReadInOneRun(Reader):
    """A reader that one run of a script asks about every file; the script leaves JSON."""

    def __init__(self) -> None:
        self._found: dict[str, Any] | None = None

    @abstractmethod
    def read_all(self, place: Place, out: Path) -> None:
        """Let the script write ``out``."""

    @abstractmethod
    def choose(self, found: Any) -> Any:
        """Return of what was found in one file what belongs to this column: a list of planes."""

    def planes(self, place: Place, path: Path) -> list[Plane]:
        """See `Reader.planes`."""
        if self._found is None:
            out = place.scratch / f"{self.key}.json"
            self.read_all(place, out)
            self._found = json.loads(out.read_text("utf-8"))
        return [_plane(each) for each in self.choose(self._found[path.stem])]


class Dcmjs(ReadInOneRun):
    """dcmjs: the data set as it was read."""

    name = "dcmjs"
    key = "dcmjs"

    def version(self) -> str | None:
        """See `Tool.version`."""
        own = version_of(WEB, "dcmjs")
        return own and f"dcmjs {own}"

    def read_all(self, place: Place, out: Path) -> None:
        """See `ReadInOneRun.read_all`."""
        require([str(part) for part in ("node", HERE / "dcmjs_tools.mjs", "read", WEB, out, place.marked)])

    def choose(self, found: Any) -> Any:
        """See `ReadInOneRun.choose`."""
        return _allowed(found)["planes"]


class DcmjsNaturalized(Dcmjs):
    """dcmjs: the data set naturalized and denaturalized, as an application does that writes it again."""

    name = "dcmjs, naturalized and back"
    key = "dcmjs-naturalized"

    def choose(self, found: Any) -> Any:
        """See `ReadInOneRun.choose`."""
        return _allowed(found)["naturalized"]


class CornerstoneFile(ReadInOneRun):
    """cornerstone3D's ``overlayPlaneModule`` of a file (``wadouri:``)."""

    name = "cornerstone3D wadouri"
    key = "cornerstone3d-wadouri"
    scheme = "wadouri"

    def __init__(self, archive: Orthanc) -> None:
        super().__init__()
        self.archive = archive

    def version(self) -> str | None:
        """See `Tool.version`."""
        own = version_of(extra(), "@cornerstonejs/dicom-image-loader")
        return own and f"@cornerstonejs/dicom-image-loader {own}"

    def read_all(self, place: Place, out: Path) -> None:
        """See `ReadInOneRun.read_all`."""
        metadata = self.archive.metadata(place)
        require([str(part) for part in ("node", HERE / "cornerstone.mjs", extra(), out, place.marked, metadata)])

    def choose(self, found: Any) -> Any:
        """See `ReadInOneRun.choose`."""
        return _allowed(found[self.scheme])["planes"]


class CornerstoneMetadata(CornerstoneFile):
    """The same of DICOMweb metadata (``wadors:``), which Orthanc gives."""

    name = "cornerstone3D wadors"
    key = "cornerstone3d-wadors"
    scheme = "wadors"


def _allowed(found: dict[str, Any]) -> dict[str, Any]:
    if "refused" in found:
        raise RefusedError(found["refused"])
    return found


def _plane(found: dict[str, Any]) -> Plane:
    return Plane(
        pixels=unpack(base64.b64decode(found["bits"]), found["frames"] or 1, found["rows"], found["columns"]),
        origin=tuple(found["origin"]),
        number_of_frames=found["frames"],
        frame_origin=found["begins"],
    )
