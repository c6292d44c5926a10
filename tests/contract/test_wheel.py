"""The wheel is pure, typed, small, and made from what is in the tree."""

from __future__ import annotations

import json
import zipfile
from email import message_from_string
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dicom_overlay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message


@pytest.fixture(scope="module")
def wheel(root: Path) -> Iterator[zipfile.ZipFile]:
    (path,) = (root / "dist").glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return message_from_string(wheel.read(name).decode())


def test_the_wheel_fits_every_python_and_platform(wheel: zipfile.ZipFile) -> None:
    assert Path(str(wheel.filename)).name == f"dicom_overlay-{dicom_overlay.__version__}-py3-none-any.whl"


def test_the_wheel_holds_the_package_as_it_is_in_the_tree_and_nothing_else(wheel: zipfile.ZipFile, root: Path) -> None:
    source = root / "python"
    wanted = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in (source / "dicom_overlay").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    packed = {name: wheel.read(name) for name in wheel.namelist() if ".dist-info/" not in name}

    assert "dicom_overlay/py.typed" in packed
    assert packed == wanted


def test_the_tests_run_what_the_wheel_holds(wheel: zipfile.ZipFile) -> None:
    installed = Path(dicom_overlay.__file__).parent
    names = [name for name in wheel.namelist() if name.startswith("dicom_overlay/")]

    assert {name for name in names if (installed.parent / name).read_bytes() != wheel.read(name)} == set()


def test_pydicom_is_the_only_dependency(metadata: Message) -> None:
    plain = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]

    assert plain == ["pydicom>=3.0"]
    assert sorted(metadata.get_all("Provides-Extra", [])) == ["cli", "dask", "masks", "numpy"]
    assert metadata["Requires-Python"] == ">=3.12"
    assert metadata["License-Expression"] == "Apache-2.0"


def test_wheel_package_and_npm_package_share_one_version(root: Path, metadata: Message) -> None:
    npm = json.loads((root / "web" / "package.json").read_text("utf-8"))["version"]

    assert metadata["Version"] == dicom_overlay.__version__ == version("dicom-overlay") == npm
