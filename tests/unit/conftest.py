"""Fixtures of the unit tests: files in a temporary folder, numpy taken away."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from dicom_files import image_file

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def no_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make numpy impossible to import, as on a page that did not load it."""
    monkeypatch.setitem(sys.modules, "numpy", None)


@pytest.fixture(params=["with numpy", "without numpy"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Run the test with numpy loaded and with numpy missing; tells whether it is there."""
    if request.param == "without numpy":
        monkeypatch.setitem(sys.modules, "numpy", None)
    return bool(request.param == "with numpy")


@pytest.fixture
def image_path(tmp_path: Path) -> Path:
    """A file of 5 rows and 7 columns, explicit VR little endian, without any overlay."""
    path = tmp_path / "image.dcm"
    path.write_bytes(image_file())
    return path
