"""Twelve goals, as ratios within one run where they can be, each with the reason for its number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rows import SPIKE, Row, Table

Measure = Callable[[Table, str], float | None]
"""What a run found at a place; None where it has not the rows."""


@dataclass(frozen=True)
class Goal:
    """A number to reach: ``wanted`` is ``≥`` or ``≤``, the number, and its unit."""

    what: str
    wanted: str
    reason: str
    measure: Measure

    def is_met(self, value: float) -> bool:
        sense, number, _ = self.wanted.split()
        return value >= float(number) if sense == "≥" else value <= float(number)


def rows_of(table: Table, prefix: str, place: str) -> list[Row]:
    return [row for row in table.rows.values() if row["workload"].startswith(prefix) and row["where"] == place]


def ratio(prefix: str, slow: str, quick: str) -> Measure:
    """Return how many times as long ``slow`` takes on the workload that begins so."""

    def measure(table: Table, place: str) -> float | None:
        rows = (row for row in rows_of(table, prefix, place) if row["contender"] == slow and row["ms_median"])
        pairs = ((row["ms_median"], table.ms(row["workload"], quick, place)) for row in rows)
        return next((one / other for one, other in pairs if other), None)

    return measure


def memory(prefix: str) -> Measure:
    """Return the largest of the memories of the workloads that begin so."""

    def measure(table: Table, place: str) -> float | None:
        return max((row["megabytes"] for row in rows_of(table, prefix, place) if "megabytes" in row), default=None)

    return measure


def beyond_floor(table: Table, place: str) -> float | None:
    ours, floor = table.ms(SPIKE, "ours-files", place), table.ms(SPIKE, "floor: 64 KiB + Blob", place)
    return None if ours is None or floor is None else ours - floor


def growth_with_size(table: Table, place: str) -> float | None:
    """Return the time of the largest file over that of the smallest."""
    rows = sorted(rows_of(table, "file of", place), key=lambda row: float(row["workload"].split()[2]))
    times = [row["ms_median"] for row in rows]
    return times[-1] / times[0] if times and all(times) else None


GOALS = (
    Goal(
        "a file against the spike's method with its loop",
        "≥ 60 ×",
        "two to three minutes for 150 files become two to three seconds",
        ratio(SPIKE, "spike+loop", "ours-files"),
    ),
    Goal(
        "a file of many against dcmjs",
        "≥ 5 ×",
        "what an editor would use instead: a change has to be worth its trouble",
        ratio(SPIKE, "dcmjs", "ours-files"),
    ),
    Goal(
        "a file beyond what the browser needs to read its head and make a Blob",
        "≤ 1 ms",
        "less than a browser's own share",
        beyond_floor,
    ),
    Goal(
        "a series into a folder against a loop that only copies the files",
        "≤ 1.3 ×",
        "saving is where a user waits",
        ratio("batch", "exportSeries to a folder", "floor: copy to a folder"),
    ),
    Goal("2 GB against 0.5 MB", "≤ 2 ×", "pixel data is never read, so its length costs nothing", growth_with_size),
    Goal(
        "memory of 10,000 files",
        "≤ 200 MB",
        "5 GB of files whose results are not kept: memory may not grow with their number; the start of Python included",
        memory("many"),
    ),
    Goal(
        "first file with a warm cache",
        "≤ 800 ms",
        "a person waits a second without wondering",
        lambda table, place: table.ms("first file, warm cache", "snapshot", place),
    ),
    Goal(
        "`dicom-overlay write` against a pool of pydicom",
        "≥ 4 ×",
        "an archive of a million files in a night",
        ratio("write, 39", "lean-pydicom", "ours"),
    ),
    Goal(
        "`dicom-overlay list` against a pool of pydicom",
        "≥ 5 ×",
        "headers alone are read: the scan decides",
        ratio("list, 39", "lean-pydicom", "ours"),
    ),
    Goal(
        "small files into a new folder against a plain pydicom loop",
        "≥ 2.5 ×",
        "safe writing may not eat what the scan wins",
        ratio("write, 4", "lean loop", "ours"),
    ),
    Goal(
        "`compare` against pydicom's own walk",
        "≤ 2 ×",
        "two files are walked and compared: each once",
        ratio("compare", "ours", "floor: pydicom walks both"),
    ),
    Goal(
        "memory beyond the planes, any number of frames",
        "≤ 40 MB",
        "files are copied in pieces, whatever their size",
        memory("frames on disk"),
    ),
)


def goals_table(table: Table) -> str:
    """Return each goal with the reason for its number, and what was found at each place that answers it."""
    lines = ["| goal | wanted | why this number | found |", "|---|---|---|---|"]
    for goal in GOALS:
        unit = goal.wanted.split()[2]
        values = [(place, goal.measure(table, place)) for place in table.places]
        cells = [
            f"{place} {value:.{0 if value >= 100 else 2}f} {unit}{'' if goal.is_met(value) else ' **(missed)**'}"
            for place, value in values
            if value is not None
        ]
        lines.append(f"| {goal.what} | {goal.wanted} | {goal.reason} | {'; '.join(cells) or '–'} |")
    return "\n".join(lines)
