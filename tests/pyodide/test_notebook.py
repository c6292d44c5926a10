"""The documentation's notebook runs in Pyodide too, but for its pictures (matplotlib) and ITK."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom.data import get_testdata_file

if TYPE_CHECKING:
    from pyodide_machine import Machine

NOT_HERE = {"pictures", "simpleitk"}


def cells(root: Path) -> list[str]:
    """The code cells that need nothing but the package, pydicom and numpy."""
    notebook = json.loads((root / "web" / "docs" / "tour.ipynb").read_text("utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return ["".join(cell["source"]) for cell in code if not NOT_HERE & set(cell["metadata"].get("tags", []))]


def test_the_notebook_runs_in_pyodide(machine: Machine, root: Path) -> None:
    if not machine.has_numpy:
        return  # its masks are arrays
    source = get_testdata_file("CT_small.dcm", download=False)
    assert isinstance(source, str)
    # The runtime's pydicom is without its test files.
    folder = machine.run("""
from pathlib import Path
import numpy, pydicom
folder = Path(pydicom.__file__).parent / "data" / "test_files"
folder.mkdir(exist_ok=True)
str(folder)
""")
    machine.put(f"{folder}/CT_small.dcm", Path(source).read_bytes())
    wanted = cells(root)
    assert len(wanted) > 8
    for cell in wanted:
        machine.run(f"notebook_cell = {cell!r}\nexec(notebook_cell, globals())\n")

    assert machine.run("compare_dicom(original, path).identical and plane._repr_html_().count('<table>') == 1") is True
