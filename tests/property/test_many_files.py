"""A hundred thousand files go through the command's queue without being held: what waits is bounded, however many there are."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dicom_overlay.cli.discover import discover
from dicom_overlay.cli.job import Job, Outcome, lost
from dicom_overlay.cli.run import LARGEST_CHUNK, Crew
from dicom_overlay.cli.run import run as run_jobs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pytest


class Entry:
    """What the system says of a file, or of a folder of a thousand files."""

    def __init__(self, folder: str, number: int, *, is_file: bool) -> None:
        self.name = f"{number:03}"
        self.path = f"{folder}/{self.name}"
        self.is_there = is_file

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        return not self.is_there and not follow_symlinks

    def is_file(self, *, follow_symlinks: bool) -> bool:
        return self.is_there and not follow_symlinks


def test_a_hundred_thousand_files_are_never_held_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def scandir(folder: str) -> Iterator[Iterator[Entry]]:
        is_top = folder == str(tmp_path)
        yield (Entry(folder, number, is_file=not is_top) for number in range(100 if is_top else 1000))

    monkeypatch.setattr(os, "scandir", scandir)
    taken = done = most = 0

    def jobs() -> Iterator[Job]:
        nonlocal taken
        for path in discover(str(tmp_path)):
            taken += 1
            yield Job(source=str(path))

    def work(jobs: Sequence[Job]) -> list[Outcome]:
        return [Outcome(source=job.source, kind="listed") for job in jobs]

    with ThreadPoolExecutor(2) as pool:
        for _ in run_jobs(work, jobs(), Crew(executor=pool, workers=2), again=work, lost=lost):
            done += 1
            most = max(most, taken - done)

    assert done == 100_000
    # Two workers, three chunks for each, and one that is being made.
    assert most <= 7 * LARGEST_CHUNK
