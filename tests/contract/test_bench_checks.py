"""The benchmark's own checks: each native contender writes a right file, and a wrong one gets no time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydicom
import pytest

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np

BENCH = Path(__file__).resolve().parents[2] / "bench"
NAMES = ("check", "commands", "goals", "masks", "methods", "native", "report", "rows", "run", "workloads")


@pytest.fixture(scope="module")
def bench() -> dict[str, ModuleType]:
    """The benchmark's modules, which are scripts beside each other and no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCH))
        modules = {name: __import__(name) for name in NAMES}
    for name in NAMES:
        sys.modules.pop(name, None)
    return modules


@pytest.fixture(scope="module")
def series(bench: dict[str, ModuleType], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Two files of the spike's workload."""
    folder = tmp_path_factory.mktemp("series")
    return [bench["workloads"].describe(path, "spike-150") for path in bench["workloads"].make_series(folder, 2)]


def damaged(source: bytes, mask: np.ndarray, bench: dict[str, ModuleType], tmp_path: Path) -> bytes:
    path, output = tmp_path / "source.dcm", tmp_path / "output.dcm"
    path.write_bytes(source)
    bench["methods"].lean(str(path), str(output), [bench["methods"].pack(mask)], *mask.shape)
    return output.read_bytes()


@pytest.mark.parametrize("contender", ["spike", "spike+loop", "lean-pydicom", "ours"])
def test_a_contender_writes_the_mask_and_keeps_the_pixels(
    contender: str, bench: dict[str, ModuleType], series: list[dict[str, Any]], tmp_path: Path
) -> None:
    row = bench["native"].run_workload("spike-150", series, contender, 1, tmp_path)

    assert row["reason"] == ""
    assert (row["judged"], len(row["samples"])) == (2, 2)
    assert row["ms_min"] <= row["ms_median"] <= row["ms_max"]


def test_our_contender_changes_no_other_byte_of_several_frames(bench: dict[str, ModuleType], tmp_path: Path) -> None:
    path = bench["workloads"].multi_frame(tmp_path / "frames.dcm", 3)
    file = bench["workloads"].describe(path, "frames-3")
    row = bench["native"].run_workload("frames-3", [file], "ours", 1, tmp_path)

    assert (row["reason"], row["other_bytes_equal"]) == ("", True)


def test_the_rows_of_the_command_answer_their_goals(bench: dict[str, ModuleType], tmp_path: Path) -> None:
    rows = bench["commands"].archive_rows(tmp_path, 4)
    rows += bench["commands"].small_rows(tmp_path, 3)
    rows += bench["commands"].volume_rows(tmp_path, 2)
    rows += bench["commands"].compare_rows(tmp_path, 2000)
    found = bench["goals"].judge_goals(bench["rows"].Table(rows))

    assert all(row["samples"] and row["reason"] == "" for row in rows)
    assert [one.goal.what.split()[0] for one in found] == ["`dicom-overlay", "`dicom-overlay", "small", "`compare`"]
    assert list(tmp_path.iterdir()) == []


def test_there_are_at_most_twelve_goals_and_each_has_a_reason(bench: dict[str, ModuleType]) -> None:
    goals = bench["goals"].GOALS

    assert len(goals) <= 12
    assert all(len(goal.reason) > 20 for goal in goals)


def test_the_readmes_table_is_that_of_the_last_full_result(bench: dict[str, ModuleType], root: Path) -> None:
    table = bench["report"].speed_table(bench["run"].latest())
    text = (root / "README.md").read_text("utf-8")

    assert "| this package |" in table
    assert f"{bench['report'].BEGIN}\n{table}\n{bench['report'].END}" in text


def test_masks_are_the_ones_that_the_page_makes(bench: dict[str, ModuleType]) -> None:
    mask = bench["masks"].make_mask(3, 4, 8)

    # From web/bench/src/masks.ts, run in Node.
    assert "".join(map(str, mask.ravel())) == "11111000111100100000001101011001"


def test_an_output_with_another_mask_is_wrong(
    bench: dict[str, ModuleType], series: list[dict[str, Any]], tmp_path: Path
) -> None:
    source = Path(series[0]["path"]).read_bytes()
    mask = bench["masks"].make_mask(0, 512, 512)
    output = damaged(source, mask, bench, tmp_path)
    other = mask.copy()
    other[511, 511] ^= 1

    assert bench["check"].judge(source, output, [mask])["correct"] is True
    assert bench["check"].judge(source, output, [other])["reason"] == "the mask does not read back"


def test_an_output_with_other_pixels_is_wrong(
    bench: dict[str, ModuleType], series: list[dict[str, Any]], tmp_path: Path
) -> None:
    source = Path(series[0]["path"]).read_bytes()
    mask = bench["masks"].make_mask(0, 512, 512)
    output = bytearray(damaged(source, mask, bench, tmp_path))
    output[-1000] ^= 1

    assert bench["check"].judge(source, bytes(output), [mask])["reason"] == "the pixel data changed"
    assert bench["check"].judge(source, bytes(output[:3000]), [mask])["correct"] is False


def test_an_output_that_lost_an_element_has_other_bytes(
    bench: dict[str, ModuleType], series: list[dict[str, Any]], tmp_path: Path
) -> None:
    source = Path(series[0]["path"]).read_bytes()
    mask = bench["masks"].make_mask(0, 512, 512)
    (tmp_path / "damaged.dcm").write_bytes(damaged(source, mask, bench, tmp_path))
    image = pydicom.dcmread(tmp_path / "damaged.dcm")
    del image.KVP
    image.save_as(tmp_path / "damaged.dcm")
    verdict = bench["check"].judge(source, (tmp_path / "damaged.dcm").read_bytes(), [mask])

    assert (verdict["correct"], verdict["other_bytes_equal"]) == (True, False)


def test_a_wrong_output_has_no_time(bench: dict[str, ModuleType]) -> None:
    wrong = {"correct": False, "reason": "the mask does not read back", "other_bytes_equal": False}
    sample = bench["rows"].Sample("spike-150", "dcmjs", "firefox", "Firefox", [1.0], [wrong])
    table = bench["rows"].Table([bench["rows"].make_row(sample)])

    assert table.ms("spike-150", "dcmjs", "firefox") is None
