"""The README's Python and shell examples run as they are."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK
from PIL import Image
from pydicom.data import get_testdata_file

from sample_commands import PYTHON, run_commands


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what the examples name: a CT slice, a series of three, and masks."""
    source = get_testdata_file("CT_small.dcm", download=False)
    assert isinstance(source, str)
    shutil.copy(source, tmp_path / "ct.dcm")
    Image.new("L", (128, 128), 255).save(tmp_path / "mask.png")
    (tmp_path / "series").mkdir()
    for index in range(3):
        instance = pydicom.dcmread(source)
        instance.ImagePositionPatient = [0, 0, float(index)]
        instance.save_as(tmp_path / "series" / f"{index}.dcm")
    image = SimpleITK.ReadImage(SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(tmp_path / "series")))
    liver = SimpleITK.GetImageFromArray(np.ones((3, 128, 128), dtype=np.uint8))
    liver.CopyInformation(image)
    SimpleITK.WriteImage(liver, str(tmp_path / "liver.nii.gz"))
    return tmp_path


def blocks(root: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (root / "README.md").read_text("utf-8"), re.DOTALL)


def test_the_examples_run_from_top_to_bottom(root: Path, folder: Path) -> None:
    script = "\n".join(blocks(root, "python"))
    text = (root / "README.md").read_text("utf-8")
    commands = [line.split("#")[0] for line in text.splitlines() if line.startswith("    dicom-overlay ")]

    done = subprocess.run([PYTHON, "-c", script], cwd=folder, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "group 6000 ['tiff-dual']",
        "6000 Liver 2000",
    ]  # this file's preamble is a TIFF's
    assert (folder / "ct-liver.dcm").read_bytes() == (folder / "ct.dcm").read_bytes()
    assert {shlex.split(command)[1] for command in commands} == {"write", "list", "render", "remove", "verify"}
    run_commands((folder, command) for command in commands)
    assert len(list((folder / "pictures").iterdir())) == 3
