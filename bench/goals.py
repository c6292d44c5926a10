"""Twelve goals, as ratios within one run, each with the reason for its number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rows import SPIKE, Table

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Goal:
    """A number to reach; ``places`` is native, or each browser."""

    what: str
    wanted: float
    unit: str
    is_least: bool
    reason: str
    in_browsers: bool
    measure: Callable[[Table, str], float | None]


@dataclass(frozen=True)
class Found:
    """What a run says of a goal at one place."""

    goal: Goal
    where: str
    value: float

    @property
    def met(self) -> bool:
        return self.value >= self.goal.wanted if self.goal.is_least else self.value <= self.goal.wanted


def beyond(table: Table, place: str) -> float | None:
    ours, floor = table.ms(SPIKE, "ours-files", place), table.ms(SPIKE, "floor: 64 KiB + Blob", place)
    return None if ours is None or floor is None else ours - floor


def grown(table: Table, place: str) -> float | None:
    """Return the time of the largest file over that of the smallest."""
    names = [workload for workload, _, where in table.rows if workload.startswith("file of") and where == place]
    sizes = sorted(names, key=lambda name: float(name.split()[2]))
    one, other = (table.ms(name, "ours-exporter", place) for name in (sizes[0], sizes[-1])) if sizes else (None, None)
    return None if not one or other is None else other / one


def most(prefix: str, table: Table, place: str) -> float | None:
    """Return the largest of the memories of the workloads that begin so."""
    values = [
        row["megabytes"]
        for (workload, contender, where), row in table.rows.items()
        if workload.startswith(prefix) and where == place and "megabytes" in row and contender.startswith("ours")
    ]
    return max(values, default=None)


def of(prefix: str, slow: str, quick: str, table: Table, place: str) -> float | None:
    """Return the smallest ratio of the workloads that begin so."""
    names = dict.fromkeys(work for work, _, where in table.rows if work.startswith(prefix) and where == place)
    ratios = [ratio for name in names if (ratio := table.ratio(name, slow, quick, place)) is not None]
    return min(ratios, default=None)


def least(what: str, wanted: float, reason: str, measure: Callable[[Table, str], float | None], *, web: bool) -> Goal:
    return Goal(what, wanted, "×", True, reason, web, measure)


def at_most(
    what: str, wanted: float, unit: str, reason: str, measure: Callable[[Table, str], float | None], *, web: bool
) -> Goal:
    return Goal(what, wanted, unit, False, reason, web, measure)


GOALS = (
    least(
        "a file against the spike's method with its loop",
        60,
        "two to three minutes for 150 files become two to three seconds",
        lambda table, place: table.ratio(SPIKE, "spike+loop", "ours-files", place),
        web=True,
    ),
    least(
        "a file of many against dcmjs",
        5,
        "what an editor would use instead: a change has to be worth its trouble",
        lambda table, place: table.ratio(SPIKE, "dcmjs", "ours-files", place),
        web=True,
    ),
    at_most(
        "a file beyond what the browser needs to read its head and make a Blob",
        1,
        "ms",
        "less than a browser's own share",
        beyond,
        web=True,
    ),
    at_most(
        "a series into a folder against a loop that only copies the files",
        1.3,
        "×",
        "saving is where a user waits",
        lambda table, place: of("batch", "exportSeries to a folder", "floor: copy to a folder", table, place),
        web=True,
    ),
    at_most("2 GB against 0.5 MB", 2, "×", "pixel data is never read, so its length costs nothing", grown, web=True),
    at_most(
        "memory of 10,000 files",
        200,
        "MB",
        "the files are 5 GB: of each, 20 KB may be kept, the start of Python included",
        lambda table, place: most("many", table, place),
        web=True,
    ),
    at_most(
        "first file with a warm cache",
        800,
        "ms",
        "a person waits a second without wondering",
        lambda table, place: table.ms("first file, warm cache", "snapshot", place),
        web=True,
    ),
    least(
        "`dicom-overlay write` against a pool of pydicom",
        4,
        "an archive of a million files in a night",
        lambda table, place: of("write, 39", "lean-pydicom", "ours", table, place),
        web=False,
    ),
    least(
        "`dicom-overlay list` against a pool of pydicom",
        5,
        "headers alone are read: the scan decides",
        lambda table, place: of("list, 39", "lean-pydicom", "ours", table, place),
        web=False,
    ),
    least(
        "small files into a new folder against a plain pydicom loop",
        2.5,
        "safe writing may not eat what the scan wins",
        lambda table, place: of("write, 4", "lean loop", "ours", table, place),
        web=False,
    ),
    at_most(
        "`compare` against pydicom's own walk",
        2,
        "×",
        "two files are walked and compared: each once",
        lambda table, place: of("compare", "ours", "floor: pydicom walks both", table, place),
        web=False,
    ),
    at_most(
        "memory beyond the planes, any number of frames",
        40,
        "MB",
        "files are copied in pieces, whatever their size",
        lambda table, place: most("frames on disk", table, place),
        web=False,
    ),
)


def judge_goals(table: Table) -> list[Found]:
    """Return every goal that the rows can answer, at each place."""
    found = []
    for goal in GOALS:
        for place in table.browsers if goal.in_browsers else ["native"]:
            value = goal.measure(table, place)
            if value is not None:
                found.append(Found(goal, place, value))
    return found
