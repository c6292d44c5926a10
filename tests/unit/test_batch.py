"""Many files: which are found, where results go, and one outcome for each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dicom_files import element, file, image_elements, image_file, meta, text
from dicom_overlay.batch import Job, Outcome, find_instances, order_files, require_slices, run_jobs, target_of
from failing import fails_with


def slice_file(folder: Path, name: str, position: float) -> Path:
    place = element(0x00200032, b"DS", text(f"0\\0\\{position}"))
    parts = image_elements(5, 7)
    cut = parts.index(b"\x28\0\2\0US")
    path = folder / name
    path.write_bytes(file(meta(), parts[:cut] + place + parts[cut:]))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of images, and of what else stands in such folders."""
    (tmp_path / "b" / "deep").mkdir(parents=True)
    (tmp_path / "a.dcm").write_bytes(image_file())
    (tmp_path / "b" / "IM0001").write_bytes(image_file())
    (tmp_path / "b" / "deep" / "large.dcm").write_bytes(image_file(300, 300))
    (tmp_path / "b" / "cut.dcm").write_bytes(image_file()[:-5])
    for name in ("README.txt", ".hidden.dcm", "DICOMDIR", "b/dicomdir", "picture.png", "empty"):
        (tmp_path / name).write_bytes(image_file() if "dcm" in name or "DIR" in name.upper() else b"x" * 500)
    return tmp_path


def test_of_a_folder_the_dicom_files_are_found_in_the_order_of_their_paths(folder: Path) -> None:
    found = find_instances(folder)

    assert [path.relative_to(folder).as_posix() for path in found] == [
        *("a.dcm", "b/IM0001", "b/cut.dcm"),
        "b/deep/large.dcm",
    ]


def test_a_file_named_outright_is_taken_whatever_it_holds(folder: Path) -> None:
    assert find_instances(folder / "README.txt") == (folder / "README.txt",)


def test_what_is_not_there_is_an_error(folder: Path) -> None:
    with fails_with("file-access") as caught:
        find_instances(folder / "missing")

    assert caught.value.detail == {"reason": "ENOENT"}


def test_files_get_their_slice_number_in_itks_order(tmp_path: Path) -> None:
    paths = [slice_file(tmp_path, name, z) for name, z in [("a", 5.0), ("b", -1.5), ("c", 2.0)]]

    assert order_files(paths) == (2, 0, 1)
    assert require_slices(paths, 3) == (2, 0, 1)


@pytest.mark.parametrize("count", [0, 2, 4])
def test_a_volume_of_another_number_of_slices_is_refused(count: int, tmp_path: Path) -> None:
    paths = [slice_file(tmp_path, name, z) for name, z in [("a", 5.0), ("b", -1.5), ("c", 2.0)]]

    with fails_with("invalid-series") as caught:
        require_slices(paths, count)
    assert caught.value.detail == {"field": "slices", "expected": 3, "found": count}


def test_files_of_different_size_are_no_volume(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(image_file(6, 7))

    with fails_with("invalid-series"):
        order_files([slice_file(tmp_path, "a", 1.0), tmp_path / "other"])


@pytest.mark.parametrize(
    "source, output, target",
    [
        ("a.dcm", None, "a-overlay.dcm"),
        ("b/IM0001", None, "b/IM0001-overlay.dcm"),
        ("a.dcm", "out.dcm", "out.dcm"),
        ("a.dcm", "b", "b/a-overlay.dcm"),
    ],
)
def test_the_result_of_a_file_stands_beside_it_or_where_it_is_wanted(
    source: str, output: str | None, target: str, folder: Path
) -> None:
    wanted = None if output is None else folder / output

    assert target_of(folder / source, folder / source, wanted, "-overlay") == folder / target


@pytest.mark.parametrize("output, target", [(None, "series-overlay/b/x.dcm"), ("out", "out/b/x.dcm")])
def test_the_results_of_a_folder_keep_its_tree(output: str | None, target: str, tmp_path: Path) -> None:
    root = tmp_path / "series"
    (root / "b").mkdir(parents=True)
    wanted = None if output is None else tmp_path / output

    assert target_of(root / "b" / "x.dcm", root, wanted, "-overlay") == tmp_path / target


@pytest.mark.parametrize("processes", [0, 1, 5])
def test_one_job_or_one_process_runs_right_here(processes: int) -> None:
    jobs = [Job(Path(str(i)), None) for i in range(1 if processes > 1 else 3)]
    ran: list[Path] = []

    def work(job: Job) -> Outcome:
        ran.append(job.source)
        return Outcome(job.source, ("done",))

    assert list(run_jobs(work, jobs, processes)) == [Outcome(job.source, ("done",)) for job in jobs]
    assert ran == [job.source for job in jobs]


def test_several_processes_give_one_outcome_a_job() -> None:
    program = (
        "import os\n"
        "from pathlib import Path\n"
        "from dicom_overlay.batch import Job, Outcome, run_jobs\n"
        "def work(job):\n"
        "    return Outcome(job.source, (str(os.getpid() != int(job.target.name)),))\n"
        "if __name__ == '__main__':\n"
        "    jobs = [Job(Path(str(i)), Path(str(os.getpid()))) for i in range(6)]\n"
        "    found = sorted((o.source.name, o.lines) for o in run_jobs(work, jobs, 2))\n"
        "    assert found == [(str(i), ('True',)) for i in range(6)], found\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
