"""One plane in each image of both corpora, written once for all oracles of that image.

Our own bytes are compared in every image; the other programs, which take most of the time, judge the first image of each kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corpus import NATIVE, CorpusFile, images, sample
from dicom_tools import CANNOT_DRAW, CANNOT_READ
from written import Written, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from _pytest.mark.structures import ParameterSet


def _params(files: Sequence[CorpusFile]) -> list[ParameterSet]:
    # One group an image: with `--dist loadgroup` a worker writes an image once and keeps it to itself.
    return [pytest.param(file, id=file.name, marks=pytest.mark.xdist_group(file.name)) for file in files]


def _write_once(file: CorpusFile, factory: pytest.TempPathFactory) -> Iterator[Written]:
    folder = factory.mktemp("written")
    yield write(file, folder)
    for left in folder.iterdir():
        left.unlink()


@pytest.fixture(scope="session", params=_params(images()))
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    """Any image."""
    yield from _write_once(request.param, tmp_path_factory)


@pytest.fixture(scope="session", params=_params(sample(images())))
def converted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    """An image of each kind."""
    yield from _write_once(request.param, tmp_path_factory)


@pytest.fixture(scope="session", params=_params(sample([file for file in images() if file.name not in CANNOT_READ])))
def readable(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    """An image that DCMTK and dicom3tools can read at all."""
    yield from _write_once(request.param, tmp_path_factory)


def _is_drawn(file: CorpusFile) -> bool:
    return not file.colour and file.has_pixels and file.name not in CANNOT_DRAW


@pytest.fixture(scope="session", params=_params(sample([file for file in images() if _is_drawn(file)])))
def drawable(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    """A monochrome image: DCMTK draws no overlay on colour (see `test_matrix`), where other tools have to do."""
    yield from _write_once(request.param, tmp_path_factory)


@pytest.fixture(scope="session", params=_params(sample([file for file in images() if file.syntax in NATIVE])))
def native(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    """An image whose pixels are not compressed."""
    yield from _write_once(request.param, tmp_path_factory)
