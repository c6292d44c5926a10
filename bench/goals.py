"""The goals, as ratios within one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
SPIKE = "spike-150"


class Table:
    """Rows by workload, contender and place; ``statistic`` is the row's key that `ms` gives."""

    def __init__(self, rows: list[Row], statistic: str = "ms_median") -> None:
        self.statistic = statistic
        self.rows = {(row["workload"], row["contender"], row["where"]): row for row in rows}
        self.places = list(dict.fromkeys(row["where"] for row in rows))

    @property
    def browsers(self) -> list[str]:
        return [place for place in self.places if place != "native"]

    def find(self, workload: str, contender: str, where: str) -> Row | None:
        return self.rows.get((workload, contender, where))

    def ms(self, workload: str, contender: str, where: str) -> float | None:
        """Return the time where the work was done; wrong or missing outputs have none."""
        row = self.find(workload, contender, where)
        return None if row is None or row["correct"] is False else row[self.statistic]

    def ratio(self, workload: str, one: tuple[str, str], other: tuple[str, str]) -> float | None:
        """Return the time of ``one`` = (contender, where) over that of ``other``."""
        first, second = self.ms(workload, *one), self.ms(workload, *other)
        return None if first is None or not second else first / second


@dataclass(frozen=True)
class Goal:
    """One goal at one place."""

    what: str
    where: str
    wanted: str
    found: str
    met: bool


def judge_goals(rows: list[Row], statistic: str = "ms_median") -> list[Goal]:
    """Return every goal that the rows can answer."""
    table = Table(rows, statistic)
    goals: list[Goal] = []
    for place in table.browsers:
        goals += spike_goals(table, place) + size_goals(table, place) + start_goals(table, place)
        goals += batch_goals(table, place) + archive_goals(table, place)
    for place in table.places:
        goals += call_goals(table, place)
    return [*goals, *native_goals(table), *command_goals(table)]


def at_least(what: str, where: str, wanted: float, found: float | None) -> list[Goal]:
    if found is None:
        return []
    return [Goal(what, where, f"≥ {wanted:g} ×", f"{found:.1f} ×", found >= wanted)]


def at_most(what: str, where: str, wanted: float, found: float | None, unit: str = "×") -> list[Goal]:
    if found is None:
        return []
    return [Goal(what, where, f"≤ {wanted:g} {unit}", f"{found:.2f} {unit}", found <= wanted)]


def spike_goals(table: Table, place: str) -> list[Goal]:
    ours = ("ours-exporter", place)

    def times(workload: str, contender: str, where: str = place) -> float | None:
        return table.ratio(workload, (contender, where), ours)

    mine, floor = table.ms(SPIKE, *ours), table.ms(SPIKE, "floor: 64 KiB + Blob", place)
    return [
        *at_least("exporter against the spike's method with its mask loop", place, 60, times(SPIKE, "spike+loop")),
        *at_least("the same without the loop (mask ready-made)", place, 60, times(SPIKE, "spike")),
        *at_least("exporter against lean pydicom", place, 3, times(SPIKE, "lean-pydicom")),
        *at_least("exporter against dcmjs", place, 4, times(SPIKE, "dcmjs")),
        *at_least("exporter against dcmjs, 378-item sequence", place, 10, times("sequence-378", "dcmjs")),
        *at_least(
            "exporter against the spike's method with its loop in native CPython",
            place,
            30,
            times(SPIKE, "spike+loop", "native"),
        ),
        *at_least("the same without the loop", place, 30, times(SPIKE, "spike", "native")),
        *at_most(
            "`write_dicom_overlay` in Pyodide against native CPython, same code, no numpy",
            place,
            2.5,
            table.ratio("call spike-150, without numpy", ("ours", place), ("ours", "native")),
        ),
        *at_most(
            "the same from File to Blob, through Pyodide's file system",
            place,
            2.5,
            table.ratio(SPIKE, ("ours-fs", place), ("ours", "native")),
        ),
        *at_most(
            "overhead a file beyond reading 64 KiB and making the Blob",
            place,
            1,
            None if mine is None or floor is None else mine - floor,
            "ms",
        ),
    ]


def batch_goals(table: Table, place: str) -> list[Goal]:
    """Return the goals of many files in one call: against dcmjs, each other, a copy; Firefox reads files sooner."""
    is_firefox = place == "firefox"
    goals = []
    for workload in dict.fromkeys(name for name, _, where in table.rows if name.startswith("batch") and where == place):

        def ratio(one: str, other: str, workload: str = workload) -> float | None:
            return table.ratio(workload, (one, place), (other, place))

        files = f"{workload.removeprefix('batch of ')} files"
        goals += [
            *at_least(
                f"`exportFiles` against dcmjs, {files}", place, 10 if is_firefox else 6, ratio("dcmjs", "exportFiles")
            ),
            *at_least(
                f"`exportSeries` against dcmjs, {files}", place, 8 if is_firefox else 5, ratio("dcmjs", "exportSeries")
            ),
            *at_most(f"`readSeries` against `exportSeries`, {files}", place, 1, ratio("readSeries", "exportSeries")),
            *at_most(
                f"`exportSeries` into a folder against copying the files there, {files}",
                place,
                1.3,
                ratio("exportSeries to a folder", "floor: copy to a folder"),
            ),
        ]
        for way in ("exportFiles", "exportSeries"):
            row = table.find(workload, way, place)
            busy = None if row is None else row.get("page_ms")
            goals += at_most(f"the page's own thread, `{way}`, a file of {files}", place, 0.4, busy, "ms")
    return goals


def size_goals(table: Table, place: str) -> list[Goal]:
    sizes = sorted(
        (row for row in table.rows.values() if row["workload"].startswith("file of") and row["where"] == place),
        key=lambda row: float(row["workload"].split()[2]),
    )
    if len(sizes) < 2 or not sizes[0]["ms_median"] or not sizes[-1]["ms_median"]:
        return []
    small, large = sizes[0], sizes[-1]
    key = table.statistic
    more = large["megabytes"]["more"] - small["megabytes"]["more"]
    what = f"{large['workload']} against {small['workload'].removeprefix('file of ')}"
    return [
        *at_most(f"{what}, time", place, 2, large[key] / small[key]),
        *at_most(f"{what}, more memory", place, 32, more, "MB"),
    ]


def archive_goals(table: Table, place: str) -> list[Goal]:
    workloads = {row["workload"] for row in table.rows.values() if row["workload"].startswith("archive,")}
    return [
        goal
        for workload in sorted(workloads)
        for goal in at_most(
            f"`toDicomWeb` against a bare STOW, {workload}",
            place,
            1.2,
            table.ratio(workload, ("ours, STOW-RS", place), ("bare STOW", place)),
        )
    ]


def start_goals(table: Table, place: str) -> list[Goal]:
    snapshot = ("snapshot", place)
    warm = table.ms("first file, warm cache", *snapshot)
    return [
        *at_most(
            "first file after a cold start, snapshot, against the spike's start",
            place,
            0.25,
            table.ratio("first file, cold cache", snapshot, ("spike", place)),
        ),
        *at_most("first file, warm cache, snapshot", place, 0.8, None if warm is None else warm / 1000, "s"),
    ]


def call_goals(table: Table, place: str) -> list[Goal]:
    wanted = {"spike-150": 0.4, "sequence-378": 0.1}
    goals = []
    for workload, limit in wanted.items():
        for rule in ("without numpy", "with numpy"):
            name = f"call {workload}, {rule}"
            what = f"write_dicom_overlay against dcmread + add_new + save_as, {workload}, {rule}"
            goals += at_most(what, place, limit, table.ratio(name, ("ours", place), ("lean", place)))
    return goals


def native_goals(table: Table) -> list[Goal]:
    goals = []
    for row in table.rows.values():
        if row["workload"].startswith("multi-frame on disk"):
            beyond = row["megabytes"]["more"] - row["megabytes"]["planes"]
            goals += at_most(f"memory beyond the planes, {row['workload']}", "native", 40, max(beyond, 0.0), "MB")
    kept = table.find("kept of 10,000 files", "ours", "native")
    if kept is not None:
        goals += at_most(
            "what a series of 10,000 files keeps between its two passes", "native", 32, kept["megabytes"]["more"], "MB"
        )
    one, sixteen = table.ms("planes: 1", "ours", "native"), table.ms("planes: 16", "ours", "native")
    if one and sixteen:
        goals += at_most("16 planes against one, 0.5 MB file", "native", 8, sixteen / one)
    return goals


def command_goals(table: Table) -> list[Goal]:
    """Return the goals of the command line: against pydicom's pool, in memory, beyond reading and writing."""
    goals = []
    for (workload, contender, _), row in table.rows.items():
        if not workload.startswith("command line") or contender != "ours" or "parent" not in row.get("megabytes", {}):
            continue
        what, ours = workload.removeprefix("command line, "), ("ours", "native")
        wanted = 5 if what.startswith("list") else 3
        pool = table.ratio(workload, ("lean-pydicom", "native"), ours)
        goals += at_least(f"`dicom-overlay`, {what}, against a pool of pydicom", "native", wanted, pool)
        memory, mine = row["megabytes"], table.ms(*(workload, *ours))
        if "mask" not in memory:
            goals += at_most(f"the parent's memory, {what}", "native", 150, memory["parent"], "MB")
            continue
        floor = table.ms(workload, "floor: read and write", "native")
        beyond = None if mine is None or floor is None else (mine - floor) * row["files"] / 1000
        goals += at_most(f"{what}, beyond reading and writing them", "native", 3, beyond, "s")
        more = memory["parent"] - memory["mask"] - memory["libraries"]
        goals += at_most(f"{what}, memory beyond the mask and the libraries", "native", 100, more, "MB")
    return goals
