"""A few dozen random masks on random series in each run; thousands by `make mask-trials`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mask_files
import mask_trials

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("seed", range(30))
def test_each_plane_is_the_masks_nearest_voxels_or_the_mask_is_refused(seed: int, tmp_path: Path) -> None:
    mask_trials.run(seed, tmp_path)


def test_the_judge_can_tell_a_mask_that_lies_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = next(seed for seed in range(100) if mask_trials.make(seed).kind == "matrix" and is_placed(seed))
    write = mask_files.write_mask

    def shifted(trial: mask_files.Trial, series: Path, folder: Path) -> object:
        voxels, matrix = write(trial, series, folder)
        return voxels[..., ::-1], matrix

    monkeypatch.setattr(mask_trials, "write_mask", shifted)
    with pytest.raises(AssertionError):
        mask_trials.run(seed, tmp_path)


def is_placed(seed: int) -> bool:
    trial = mask_trials.make(seed)
    verdict = mask_trials.judge(trial)
    return verdict.is_refusal == "no" and any((plane != plane[:, ::-1]).any() for plane in verdict.wanted)
