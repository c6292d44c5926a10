"""The series functions and the options of an instance say which argument is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dicom_files import image_file
from dicom_overlay import (
    read_series_overlays,
    remove_dicom_overlays,
    write_dicom_overlay,
    write_dicom_overlays,
    write_series_overlays,
)
from dicom_overlay.edit.options import WriteOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("is_text", [True, False])
def test_a_single_path_is_not_taken_for_a_sequence_of_paths(is_text: bool, tmp_path: Path) -> None:
    path: Any = tmp_path / "a.dcm"
    path.write_bytes(image_file())
    path = str(path) if is_text else path

    with pytest.raises(TypeError, match="paths must be a sequence of paths"):
        read_series_overlays(path)
    with pytest.raises(TypeError, match="paths must be a sequence of paths"):
        write_series_overlays(path, np.ones((1, 5, 7)))


@pytest.mark.parametrize(
    "call",
    [
        lambda **unknown: write_dicom_overlay(image_file(), np.ones((5, 7)), **unknown),
        lambda **unknown: write_dicom_overlays(image_file(), [], **unknown),
        lambda **unknown: remove_dicom_overlays(image_file(), **unknown),
    ],
)
def test_an_unknown_keyword_is_named_without_naming_what_is_inside(call: Callable[..., object]) -> None:
    with pytest.raises(TypeError, match=r"^got an unexpected keyword argument 'labl'$"):
        call(labl="Liver")


def test_a_seed_that_is_given_stays_and_each_call_makes_its_own() -> None:
    seeds = [WriteOptions(instance="derived").series_seed for _ in range(2)]

    assert WriteOptions(instance="derived", series_seed="one study").series_seed == "one study"
    assert None not in seeds
    assert seeds[0] != seeds[1]
