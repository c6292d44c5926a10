"""The documentation site: no broken link, no public name left out, every code explained, every sample run."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import tomllib
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import numpy as np
import pydicom
import pytest
import SimpleITK
from docs_codes import browser_codes
from PIL import Image
from pydicom.data import get_testdata_file

import dicom_overlay
from sample_commands import PYTHON, run_commands

if TYPE_CHECKING:
    from pathlib import Path

# What lies beside the documentation where it is served; `make site` puts it there.
BESIDE = re.compile(r"^(\.\./)+(harness/|downloads/[\w.-]+|)$")
COMPILED_ONLY = {
    "start/pyodide.md",  # runs inside a browser
    "python-recipes.md",  # run by test_recipes.py
}
STARTS_PYTHON = "recipes/dask.md"
"""Its cluster's workers import the script that started them, which a fork of another program does not have."""


class Links(HTMLParser):
    """What a page links to and which places in it can be linked to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src"} and value and tag != "link":
                self.links.append(value)
            elif name == "id" and value:
                self.places.add(value)


@pytest.fixture(scope="module")
def site(root: Path) -> Path:
    folder = root / "build" / "docs" / "html"
    assert (folder / "index.html").is_file(), "run `make docs` first"
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Links]:
    found = {}
    for path in site.rglob("*.html"):
        found[path] = Links()
        found[path].feed(path.read_text("utf-8"))
    return found


def broken(path: Path, link: str, pages: dict[Path, Links]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or BESIDE.match(parts.path):
        return False
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return True
    return bool(parts.fragment) and target in pages and unquote(parts.fragment) not in pages[target].places


def test_no_link_of_the_site_is_broken(pages: dict[Path, Links], site: Path) -> None:
    assert len(pages) > 40
    found = {
        f"{path.relative_to(site)}: {link}"
        for path, page in pages.items()
        if path.name not in {"search.html", "genindex.html"}
        for link in page.links
        if broken(path, link, pages)
    }

    assert found == set()


def test_the_pages_in_the_npm_package_can_be_read_without_the_site(root: Path) -> None:
    package = json.loads((root / "web" / "package.json").read_text("utf-8"))
    pages = [root / "web" / name for name in package["files"] if name.startswith("docs/")]
    assert len(pages) >= 4
    for page in pages:
        text = page.read_text("utf-8")
        links = [link for link in re.findall(r"\]\(([^)#]+)", text) if not urlsplit(link).scheme]
        assert [link for link in links if (page.parent / link).resolve() not in pages] == [], page.name
        assert re.findall(r"@VERSION@|```\{|:::", text) == [], page.name


def test_every_public_name_of_python_has_its_place(pages: dict[Path, Links], site: Path) -> None:
    places = pages[site / "reference" / "python.html"].places
    missing = [
        name for name in dicom_overlay.__all__ if name != "__version__" and f"dicom_overlay.{name}" not in places
    ]

    assert missing == []


def test_every_public_name_of_typescript_has_its_page(root: Path, site: Path) -> None:
    entries = [root / "web" / "src" / name for name in ("index.ts", "dicomweb/index.ts")]
    text = "".join(path.read_text("utf-8") for path in entries)
    names = {name for block in re.findall(r"export (?:type )?\{([^}]*)\}", text) for name in re.findall(r"\w+", block)}
    documented = {path.stem.rpartition(".")[2] for path in (site / "reference" / "typescript").rglob("*.html")}

    assert len(names) > 30
    assert names - documented == set()


def test_every_code_is_explained_and_nothing_else_is(root: Path, pages: dict[Path, Links], site: Path) -> None:
    cures = tomllib.loads((root / "web" / "docs" / "reference" / "cures.toml").read_text("utf-8"))
    errors = {*dicom_overlay.ERROR_CODES, *browser_codes()}

    assert set(cures["errors"]) == errors
    assert set(cures["notices"]) == set(dicom_overlay.NOTICE_CODES)
    assert errors | set(dicom_overlay.NOTICE_CODES) <= pages[site / "reference" / "codes.html"].places


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what the samples name."""
    source = get_testdata_file("CT_small.dcm", download=False)
    assert isinstance(source, str)
    shutil.copy(source, tmp_path / "ct.dcm")
    many = get_testdata_file("emri_small.dcm", download=False)
    assert isinstance(many, str)
    shutil.copy(many, tmp_path / "multi-frame.dcm")
    Image.new("L", (128, 128), 255).save(tmp_path / "mask.png")
    np.save(tmp_path / "mask.npy", np.ones((128, 128), dtype=bool))
    np.save(tmp_path / "volume.npy", np.ones((3, 128, 128), dtype=np.uint8))
    (tmp_path / "series").mkdir()
    for index in range(3):
        instance = pydicom.dcmread(source)
        instance.ImagePositionPatient = [0, 0, float(index)]
        instance.save_as(tmp_path / "series" / f"{index}.dcm")
    image = SimpleITK.ReadImage(SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(tmp_path / "series")))
    labels = np.zeros(SimpleITK.GetArrayFromImage(image).shape, np.uint8)
    labels[:, 10:40, 10:40], labels[:, 60:90, 60:90] = 1, 5
    organs = SimpleITK.GetImageFromArray(labels)
    organs.CopyInformation(image)
    SimpleITK.WriteImage(organs, str(tmp_path / "organs.nii.gz"))
    return tmp_path


def samples(root: Path, language: str) -> dict[str, list[str]]:
    """The code blocks of each page."""
    docs = root / "web" / "docs"
    found = {}
    for path in sorted(docs.rglob("*.md")):
        blocks = re.findall(rf"```{language}\n(.*?)```", path.read_text("utf-8"), re.DOTALL)
        if blocks:
            found[path.relative_to(docs).as_posix()] = blocks
    return found


def test_the_python_samples_of_each_page_run_one_after_the_other(root: Path, folder: Path) -> None:
    found = samples(root, "python")
    assert len(found) > 5
    assert set(found) >= COMPILED_ONLY
    scripts = []
    for page, blocks in found.items():
        script = "\n".join(blocks)
        compile(script, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        if page in COMPILED_ONLY:
            continue
        place = folder.with_name(f"{folder.name}-{page.replace('/', '-')}")
        shutil.copytree(folder, place)
        name = f"{page.replace('/', '-')}.py"
        (place / name).write_text(script, "utf-8")
        if page == STARTS_PYTHON:
            command = [PYTHON, name]
            done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=300)
            assert done.returncode == 0, f"{page}: {done.stderr}"
        else:
            scripts.append((place, f"python {name}"))
    run_commands(scripts)


def test_the_commands_of_each_page_run(root: Path, folder: Path) -> None:
    commands = []
    for page, blocks in samples(root, "sh").items():
        place = folder.with_name(f"{folder.name}-{page.replace('/', '-')}-sh")
        shutil.copytree(folder, place)
        lines = "\n".join(blocks).splitlines()
        commands += [(place, line) for line in lines if line.startswith("dicom-overlay ")]

    assert len(commands) > 5
    run_commands(commands)


def test_no_document_names_a_file_that_the_project_does_not_have(root: Path) -> None:
    built = ("web/dist", "web/site", "build/", "dist/", "web/node_modules", "web/.cache", "test-results")
    named = re.compile(r"`((?:python|web|tests|bench|\.ci|\.github)/[\w./-]*)`")
    documents = [*root.glob("*.md"), root / "bench" / "README.md", *(root / "web" / "docs").rglob("*.md")]
    missing = {
        f"{path.relative_to(root)}: {name}"
        for path in documents
        for name in named.findall(path.read_text("utf-8"))
        if not name.startswith(built) and not (root / name).exists()
    }

    assert missing == set()
