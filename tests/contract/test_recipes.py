"""The recipes of `web/docs/python-recipes.md` run as they are printed, and do what they say.

Orthanc's module exists in Orthanc alone and pynetdicom is not installed: both are stand-ins here with the few calls that
the recipes make, and the bytes that pynetdicom's event gives are written by pydicom.
"""

from __future__ import annotations

import doctest
import re
import sys
from contextlib import redirect_stdout
from io import BytesIO, StringIO
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest

import dicom_overlay
from dicom_files import image_file, overlay_elements, pack
from dicom_overlay import compare_dicom, read_dicom_overlays

if TYPE_CHECKING:
    from pathlib import Path

MASK = np.eye(5, 7, dtype=bool)


class Recipes(SimpleNamespace):
    """What the page's code blocks define, and what they printed."""

    names: dict[str, Any]
    printed: str
    logged: list[str]
    stored: list[bytes]


@pytest.fixture
def recipes(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipes:
    """Run every code block of the page in a folder that holds `image.dcm`."""
    stored: list[bytes] = [image_file()]
    logged: list[str] = []
    orthanc: Any = ModuleType("orthanc")
    orthanc.GetDicomForInstance = lambda number: stored[number]
    orthanc.LogError = logged.append

    def post(_: str, data: bytes) -> int:
        stored.append(data)
        return len(stored) - 1

    orthanc.RestApiPost = post
    monkeypatch.setitem(sys.modules, "orthanc", orthanc)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "image.dcm").write_bytes(image_file())
    page = (root / "web" / "docs" / "python-recipes.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == page.count("\n## ") == 6
    names: dict[str, Any] = {}
    printed = StringIO()
    with redirect_stdout(printed):
        for block in blocks:
            exec(block, names)  # noqa: S102 - the page's own code
    return Recipes(names=names, printed=printed.getvalue(), logged=logged, stored=stored)


def test_the_object_store_holds_both_instances(recipes: Recipes) -> None:
    held = {"a": image_file()}
    uid = recipes.names["add_plane"](SimpleNamespace(get=held.get, put=held.__setitem__), "a", MASK)

    assert held["a"] == image_file()
    assert pydicom.dcmread(BytesIO(held["a-overlay"])).SOPInstanceUID == uid
    assert [plane.label for plane in read_dicom_overlays(held["a-overlay"])] == ["Liver"]


def test_the_orthanc_plug_in_stores_a_derived_instance_or_logs_why_not(recipes: Recipes) -> None:
    number = recipes.names["add_planes"](0, {"Liver": MASK, "Spleen": ~MASK})

    assert [plane.label for plane in read_dicom_overlays(recipes.stored[number])] == ["Liver", "Spleen"]
    assert recipes.logged == []
    with pytest.raises(dicom_overlay.OverlayError):
        recipes.names["add_planes"](0, {str(number): MASK for number in range(17)})
    assert recipes.logged[0].startswith("invalid-plane: ")
    assert len(recipes.stored) == 2


def test_the_store_handler_keeps_everything_but_the_planes(recipes: Recipes, tmp_path: Path) -> None:
    received = BytesIO()
    pydicom.dcmread(BytesIO(image_file(before_pixels=overlay_elements(0x6000, 5, 7, pack([1] * 35))))).save_as(received)
    request = SimpleNamespace(AffectedSOPInstanceUID="1.2.3.4")
    event = SimpleNamespace(request=request, encoded_dataset=received.getvalue)

    assert recipes.names["handle_store"](event, tmp_path) == 0x0000
    found = compare_dicom(received.getvalue(), tmp_path / "1.2.3.4.dcm")
    assert found.other_bytes_equal
    assert found.groups == {0x6000}
    event.encoded_dataset = lambda: b"no dicom"
    assert recipes.names["handle_store"](event, tmp_path / "none") == 0xC210


def test_the_notebook_and_the_plan_say_what_they_did(recipes: Recipes) -> None:
    first, on_image, *rest = recipes.printed.splitlines()
    size = len(image_file())

    assert first == "6000 Tumour (5, 7) 6 pixels"
    assert on_image == "6"
    assert rest[0].startswith("bytes 0 to ")
    assert rest[-1].endswith(f" to {size} of the file")
    assert any(line.isdigit() for line in rest)


def test_the_examples_of_the_docstrings_run() -> None:
    result = image_file()
    attempted = failed = 0
    for name in dicom_overlay.__all__:
        for test in doctest.DocTestFinder(recurse=True).find(getattr(dicom_overlay, name), name):
            # The examples begin where the caller has a file and a mask.
            test.globs.update(vars(dicom_overlay) | {"data": result, "mask": MASK})
            for example in test.examples:
                example.options.pop(doctest.SKIP, None)
            found = doctest.DocTestRunner(verbose=False).run(test)
            attempted, failed = attempted + found.attempted, failed + found.failed
    assert (attempted > 1, failed) == (True, 0)
