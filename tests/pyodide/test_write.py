"""The same wheel gives the same bytes in Pyodide as natively: with numpy, without it, in Node and in Chromium."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydicom.data import get_testdata_file
from pydicom.filereader import dcmread

import dicom_overlay

if TYPE_CHECKING:
    from pyodide_machine import Machine

FILES = ["CT_small.dcm", "MR_small_implicit.dcm", "JPEG2000.dcm", "ExplVR_BigEnd.dcm", "image_dfl.dcm"]


def find(name: str) -> Path:
    found = get_testdata_file(name, download=False)
    assert isinstance(found, str)
    return Path(found)


def checker(rows: int, columns: int) -> bytes:
    """A mask with every kind of neighbourhood: one byte for each pixel, never symmetric."""
    return bytes((row * 7 + column * 3) % 5 == 0 for row in range(rows) for column in range(columns))


def test_micropip_installs_the_wheel_and_pydicom_and_importing_it_leaves_numpy_alone(machine: Machine) -> None:
    installed = machine.run("""
import builtins, importlib.util, json, sys
from importlib.metadata import version

# Another test may have imported numpy into this interpreter; what counts is who asks for it.
for name in [name for name in sys.modules if name.partition(".")[0] == "dicom_overlay"]:
    del sys.modules[name]
asked, original = set(), builtins.__import__
def watched(name, *arguments, **keywords):
    asked.add(name.partition(".")[0])
    return original(name, *arguments, **keywords)
builtins.__import__ = watched
try:
    import dicom_overlay, dicom_overlay.bridge
finally:
    builtins.__import__ = original
assert "dicom_overlay" in asked
numpy = [importlib.util.find_spec("numpy") is not None, "numpy" in asked]
json.dumps([version("dicom-overlay"), version("pydicom"), *numpy])
""")

    assert json.loads(str(installed)) == [dicom_overlay.__version__, version("pydicom"), machine.has_numpy, False]


@pytest.mark.parametrize("name", FILES)
def test_a_real_file_gets_the_same_bytes_as_natively(machine: Machine, name: str, tmp_path: Path) -> None:
    source = find(name)
    header = dcmread(source, stop_before_pixels=True)
    rows, columns = header.Rows, header.Columns
    mask = checker(rows, columns)
    native = tmp_path / "native.dcm"
    dicom_overlay.write_dicom_overlay(
        source, mask, rows=rows, columns=columns, output=native, label="Lesion", existing="replace-group", group=0x6002
    )
    machine.put("/home/pyodide/in.dcm", source.read_bytes())
    machine.put("/home/pyodide/mask.raw", mask)
    build = "memoryview(mask)"
    if machine.has_numpy:
        build = f"numpy.frombuffer(mask, dtype='uint8').reshape({rows}, {columns})"

    machine.run(f"""
{"import numpy" if machine.has_numpy else ""}
import dicom_overlay
mask = open("/home/pyodide/mask.raw", "rb").read()
dicom_overlay.write_dicom_overlay(
    "/home/pyodide/in.dcm", {build}, rows={rows}, columns={columns},
    output="/home/pyodide/out.dcm", label="Lesion", existing="replace-group", group=0x6002,
)
""")

    assert machine.get("/home/pyodide/out.dcm") == native.read_bytes()


def test_an_error_crosses_with_its_code_and_detail(machine: Machine, tmp_path: Path) -> None:
    broken = find("CT_small.dcm").read_bytes()[:700]
    source = tmp_path / "broken.dcm"
    source.write_bytes(broken)
    with pytest.raises(dicom_overlay.OverlayError) as native:
        dicom_overlay.write_dicom_overlay(source, b"\1", rows=1, columns=1)
    machine.put("/home/pyodide/broken.dcm", broken)

    record = machine.run("""
import json
import dicom_overlay
try:
    dicom_overlay.write_dicom_overlay("/home/pyodide/broken.dcm", bytes([1]), rows=1, columns=1)
except dicom_overlay.OverlayError as error:
    record = error.as_record()
json.dumps(record)
""")

    assert native.value.code == "truncated"
    assert json.loads(str(record)) == native.value.as_record()
    assert machine.get("/home/pyodide/broken.dcm") == broken
