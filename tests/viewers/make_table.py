"""Make the table of viewers: ``make_table.py WORKDIR PAGE PICTURES``; the set, every tool that is there, the page, the pictures.

Each cell is decided by comparing pixels. A tool that is not there is left out, with a line that says so. ``--only KEY`` runs one
column and keeps the others as an earlier run in WORKDIR left them.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive_tools import Ohif, OhifPlugin, Orthanc
from command_line import Dcmtk, Dicom3tools, Gdcm
from dciodvfy import said_of_planes
from in_one_run import PixelMed
from itk import SimpleItkImage
from node_tools import CornerstoneFile, CornerstoneMetadata, Dcmjs, DcmjsImaging, DcmjsImagingBefore, DcmjsNaturalized
from other_programs import Dwv, ImageJ, ItkWasm, NiiVueReader, XMedCon
from pictures import write_sheet, write_wanted
from plane_set import kinds
from readers import Dcmdump, GdcmConverted, Ours, Pydicom, SimpleItk
from twins import wanted, write_twins
from verdict import Verdict, judge
from viewer import RefusedError
from viewers_page import Column, write_page

if TYPE_CHECKING:
    from plane_set import Kind
    from viewer import Place, Tool


@dataclass(frozen=True)
class Run:
    """Where a run reads and writes."""

    place: Place
    results: Path
    pictures: Path


def tools() -> list[Tool]:
    """Return every column, in the order of the page."""
    orthanc = Orthanc()
    drawers: list[Tool] = [Dcmtk(), PixelMed(), OhifPlugin(), Ohif(), orthanc, DcmjsImaging(), DcmjsImagingBefore()]
    drawers += [Dicom3tools(), Gdcm(), SimpleItkImage(), ImageJ(), XMedCon(), ItkWasm()]
    readers: list[Tool] = [Ours(), Dcmdump(), GdcmConverted(), Pydicom(), SimpleItk(), Dcmjs(), DcmjsNaturalized()]
    readers += [Dwv(), NiiVueReader()]
    return [*drawers, *readers, CornerstoneFile(orthanc), CornerstoneMetadata(orthanc)]


def main() -> None:
    """Run everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("workdir", "page", "pictures"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--only", action="append", default=[], help="the key of a column")
    given = parser.parse_args()
    run = Run(write_twins(given.workdir.resolve()), given.workdir / "results", given.pictures)
    for folder in (run.results, run.pictures):
        folder.mkdir(parents=True, exist_ok=True)
    columns = [column for tool in tools() if (column := column_of(tool, run, given.only)) is not None]
    checked = {kind.name: said_of_planes(run.place, kind) for kind in kinds()}
    write_wanted(run.place, run.pictures / "wanted.png")
    write_page(given.page, columns, checked, run.pictures)


def column_of(tool: Tool, run: Run, only: list[str]) -> Column | None:
    """Return the column of a tool; None when the tool is not there."""
    kept = run.results / f"{tool.key}.json"
    if only and tool.key not in only:
        if not kept.is_file():
            return None
        found = json.loads(kept.read_text("utf-8"))
        cells = {name: Verdict(**cell) for name, cell in found.pop("cells").items()}
        return Column(**found, cells=cells)
    version = tool.version()
    if version is None:
        kept.unlink(missing_ok=True)
        print(f"viewers: {tool.name} is not here, its column is left out")
        return None
    cells = {kind.name: cell(tool, run.place, kind) for kind in kinds()}
    column = Column(name=tool.name, key=tool.key, role=tool.role, version=version, cells=cells)
    kept.write_text(json.dumps(asdict(column)), "utf-8")
    (run.pictures / f"{tool.key}.png").unlink(missing_ok=True)
    if tool.role == "draws" and any(each.word not in {"nothing", "refused"} for each in cells.values()):
        write_sheet(tool, run.place, cells, run.pictures / f"{tool.key}.png")
    print(f"viewers: {tool.name}: {sum(each.word == 'right' for each in cells.values())} of {len(cells)} right")
    return column


def cell(tool: Tool, place: Place, kind: Kind) -> Verdict:
    """Return the verdict on one kind."""
    try:
        return judge(kind, tool.marks(place, kind), wanted(place, kind))
    except RefusedError as reason:
        return Verdict("refused", str(reason))


if __name__ == "__main__":
    main()
