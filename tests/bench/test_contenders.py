"""The benchmark's correctness checks, quickly: what is timed does the job, and the judge refuses what does not."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

CONTENDERS = ["spike", "spike+loop", "lean-pydicom", "ours", "dcmodify"]


@pytest.fixture(scope="module")
def bench(root: Path) -> Iterator[dict[str, ModuleType]]:
    """The benchmark's modules, which are scripts beside each other and not a package."""
    sys.path.insert(0, str(root / "bench"))
    names = ("native", "workloads", "check", "masks")
    try:
        yield {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(str(root / "bench"))


@pytest.fixture(scope="module")
def images(bench: dict[str, ModuleType], tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """One small file of each kind: plain, with a long sequence, of several frames."""
    folder = tmp_path_factory.mktemp("bench")
    make = bench["workloads"]
    paths = {
        "plain": make.make_series(folder, 1)[0],
        "sequence": make.with_sequence(folder / "sequence.dcm", undefined=True),
        "frames": make.multi_frame(folder / "frames.dcm", 3),
    }
    return {name: make.describe(path, name) for name, path in paths.items()}


@pytest.mark.parametrize("contender", CONTENDERS)
def test_a_contender_writes_the_spikes_workload_correctly(
    bench: dict[str, ModuleType], images: dict[str, dict[str, Any]], contender: str, tmp_path: Path
) -> None:
    row = bench["native"].run_workload("plain", [images["plain"]], contender, 1, tmp_path)

    assert row["correct"] is True, row["reason"]


@pytest.mark.parametrize("kind", ["plain", "sequence", "frames"])
def test_ours_changes_no_other_byte(
    bench: dict[str, ModuleType], images: dict[str, dict[str, Any]], kind: str, tmp_path: Path
) -> None:
    image, output = images[kind], tmp_path / "output.dcm"
    mask = bench["native"].mask_for(image, 1)
    source = bench["workloads"].Path(image["path"])
    bench["native"].ours(source, output, mask)

    verdict = bench["check"].judge(source.read_bytes(), output.read_bytes(), [mask])

    assert (verdict.correct, verdict.damage, verdict.other_bytes_equal) == (True, [], True)


def test_the_judge_refuses_another_mask_and_changed_pixels(
    bench: dict[str, ModuleType], images: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    image, output = images["plain"], tmp_path / "output.dcm"
    judge, mask = bench["check"].judge, bench["native"].mask_for(images["plain"], 1)
    source = bench["workloads"].Path(image["path"])
    bench["native"].ours(source, output, mask)
    data = output.read_bytes()
    changed = bytearray(data)
    changed[-1000] ^= 1  # inside Pixel Data, the file's last element

    assert not judge(source.read_bytes(), data, [bench["native"].mask_for(image, 2)]).correct
    assert not judge(source.read_bytes(), bytes(changed), [mask]).correct
