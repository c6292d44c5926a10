"""The benchmark's own checks: each native contender writes a right file, and a wrong one gets no time."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pydicom
import pytest

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np

BENCH = Path(__file__).resolve().parents[2] / "bench"
NAMES = ("browser", "check", "goals", "methods", "native", "plan", "report", "rows", "run", "workloads")


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
def series(bench: dict[str, ModuleType], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two files of the spike's workload."""
    paths: list[Path] = bench["workloads"].make_series(tmp_path_factory.mktemp("series"), 2)
    return paths


def damaged(source: bytes, mask: np.ndarray, bench: dict[str, ModuleType], tmp_path: Path) -> bytes:
    path, output = tmp_path / "source.dcm", tmp_path / "output.dcm"
    path.write_bytes(source)
    bench["methods"].lean(str(path), str(output), [mask])
    return output.read_bytes()


@pytest.mark.parametrize("contender", ["spike", "spike+loop", "lean-pydicom", "ours"])
def test_a_contender_writes_the_mask_and_keeps_the_pixels(
    contender: str, bench: dict[str, ModuleType], series: list[Path], tmp_path: Path
) -> None:
    row = bench["native"].run_contender("spike-150", contender, series, tmp_path, rounds=2)

    assert row["reason"] == ""
    assert (row["judged"], len(row["samples"])) == (4, 2)
    assert min(row["samples"]) <= row["ms_median"] <= max(row["samples"])
    assert list(tmp_path.iterdir()) == []


def test_our_contender_changes_no_other_byte_of_several_frames(bench: dict[str, ModuleType], tmp_path: Path) -> None:
    path = bench["workloads"].make_frames(tmp_path / "frames.dcm", 3)
    row = bench["native"].run_contender("frames-3", "ours", [path], tmp_path, frames=3, planes=2)

    assert (row["reason"], row["judged"], row["other_bytes_equal"]) == ("", 1, True)


def test_a_contender_that_cannot_do_the_job_says_so(bench: dict[str, ModuleType], tmp_path: Path) -> None:
    (tmp_path / "text.dcm").write_text("no image")
    row = bench["native"].run_contender("spike-150", "ours", [tmp_path / "text.dcm"], tmp_path)

    assert (row["reason"], row["ms_median"], row["other_bytes_equal"]) == ("NotDicomError", None, False)


def test_the_rows_of_the_command_answer_their_goals(bench: dict[str, ModuleType], tmp_path: Path) -> None:
    plan = bench["plan"].Plan(archive=4, slices=2, elements=2000, peaks=(3,))
    rows = bench["native"].folder_rows(plan, tmp_path)
    table = bench["rows"].Table(rows)
    found = [goal.what.split()[0] for goal in bench["goals"].GOALS if goal.measure(table, "native") is not None]

    assert all(row["samples"] and row["reason"] == "" for row in rows)
    assert found == ["`dicom-overlay", "`dicom-overlay", "small", "`compare`", "memory"]
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


def test_the_benchmarks_page_is_the_one_that_is_written_from_the_last_full_result(
    bench: dict[str, ModuleType], tmp_path: Path
) -> None:
    (tmp_path / "results").mkdir()
    bench["report"].write_report(bench["run"].latest(), tmp_path)
    pictures = [question.picture for question in bench["report"].QUESTIONS]
    written = [path.relative_to(tmp_path) for path in sorted(tmp_path.rglob("*")) if path.is_file()]

    assert [str(path) for path in written] == ["README.md", *(f"results/{name}" for name in sorted(pictures))]
    assert [path for path in written if (tmp_path / path).read_bytes() != (BENCH / path).read_bytes()] == []


def test_every_row_of_the_last_full_result_is_on_the_page(bench: dict[str, ModuleType]) -> None:
    table = bench["rows"].Table(bench["run"].latest()["rows"])
    shown = [row for question in bench["report"].QUESTIONS for row in question.rows(table)]

    assert [key for key, row in table.rows.items() if row not in shown] == []


def test_the_memory_that_a_job_starts_from_is_read_before_its_work_begins(
    bench: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = tmp_path / "driver.cjs"  # in place of a browser: it holds 64 MiB from the moment on that it may begin
    driver.write_text("""
        const lines = require("node:readline").createInterface({ input: process.stdin })[Symbol.asyncIterator]();
        const say = (message) => console.log(JSON.stringify(message));
        (async () => {
          await lines.next();
          say({ version: "Stand-in/1", pid: process.pid });
          say({ ready: true });
          const { done } = await lines.next();
          globalThis.held = Buffer.alloc(2 ** 26, 1);
          say({ isTold: !done });
          say({ ready: true });
          await lines.next();
          process.exit();
        })();
    """)
    monkeypatch.setattr(bench["browser"], "DRIVER", driver)
    _, results = bench["browser"].drive("chromium", "", [{"watch": True}, {}])

    assert results[0]["isTold"]
    assert 60 < results[0]["megabytes"] < 100
    assert results[1] == {"fault": "the browser ended before"}


def test_masks_are_the_ones_that_the_page_makes(bench: dict[str, ModuleType]) -> None:
    mask = bench["workloads"].make_mask(3)

    # From web/bench/src/page.ts, run in Node.
    assert sha256(mask.tobytes()).hexdigest().startswith("c2fcb0301b0eeb2c")


def test_an_output_with_another_mask_is_wrong(bench: dict[str, ModuleType], series: list[Path], tmp_path: Path) -> None:
    source = series[0].read_bytes()
    mask = bench["workloads"].make_mask(0)
    output = damaged(source, mask, bench, tmp_path)
    other = mask.copy()
    other[511, 511] ^= 1

    assert bench["check"].judge(source, output, [mask])["reason"] == ""
    assert bench["check"].judge(source, output, [other])["reason"] == "the mask does not read back"


def test_an_output_with_other_pixels_is_wrong(bench: dict[str, ModuleType], series: list[Path], tmp_path: Path) -> None:
    source = series[0].read_bytes()
    mask = bench["workloads"].make_mask(0)
    output = bytearray(damaged(source, mask, bench, tmp_path))
    output[-1000] ^= 1

    assert bench["check"].judge(source, bytes(output), [mask])["reason"] == "the pixel data changed"
    assert bench["check"].judge(source, bytes(output[:3000]), [mask])["reason"] != ""


def test_an_output_that_lost_an_element_has_other_bytes(
    bench: dict[str, ModuleType], series: list[Path], tmp_path: Path
) -> None:
    source = series[0].read_bytes()
    mask = bench["workloads"].make_mask(0)
    (tmp_path / "damaged.dcm").write_bytes(damaged(source, mask, bench, tmp_path))
    image = pydicom.dcmread(tmp_path / "damaged.dcm")
    del image.KVP
    image.save_as(tmp_path / "damaged.dcm")
    verdict = bench["check"].judge(source, (tmp_path / "damaged.dcm").read_bytes(), [mask])

    assert (verdict["reason"], verdict["other_bytes_equal"]) == ("", False)


def test_a_wrong_output_has_no_time(bench: dict[str, ModuleType]) -> None:
    wrong = {"reason": "the mask does not read back", "other_bytes_equal": False}
    sample = bench["rows"].Sample("spike-150", "dcmjs", "firefox", "Firefox", [1.0], [wrong])
    table = bench["rows"].Table([bench["rows"].make_row(sample)])

    assert table.ms("spike-150", "dcmjs", "firefox") is None
