"""bench/README.md, its pictures, and the table of the project's README, written from a result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from charts import draw_charts
from goals import GOALS, Found, judge_goals
from rows import SPIKE, Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FOLDER = Path(__file__).parent
README = FOLDER.parent / "README.md"
BEGIN, END = "<!-- benchmark: written by bench/run.py report -->", "<!-- end of benchmark -->"
# The spike's own report: 155 files of 500 KB, the means of its runs, in seconds, on its author's machine.
PUBLISHED = {"native": 33.61, "firefox": 138.88, "edge": 181.62}
LINES = {
    "this package": ("ours-files", "ours"),
    "pydicom, as a careful user writes it": ("lean-pydicom", "lean-pydicom"),
    "dcmjs": ("dcmjs", "dcmjs"),
    "the spike's method, mask ready-made": ("spike", "spike"),
    "the spike's method with its Python loop over the pixels": ("spike+loop", "spike+loop"),
}
"""Each line's contender in a browser and natively."""
HEAD = """
# Benchmark

How long do the spike's 150 files take, how long does what one would use instead, how far is that from what the machine can
do, and what does it cost as files, frames, planes and counts grow? `make bench` measures all of it in one run (about fifteen
minutes on a quiet machine) and writes this page; `make bench QUICK=1` measures a part in about six, into `build/bench-quick`. Ratios carry over to other
machines, milliseconds do not. Microsoft Edge is measured where `EDGE_PATH` names it: the workflow `edge` does so once a
week and keeps its result.
"""
METHOD = """
## How it is measured

- The files: 512 × 512 images of 16 bits and 0.53 MB with the header of a real CT (pydicom's `CT_small.dcm`), on disk, and a
  new random mask for each, made outside the timed part. Each round is a fresh page in which the contender first works for half
  a second. The time is from a `File` to a `Blob` of the changed file; times are medians, all samples are in the JSON.
- Every output is read back by pydicom, outside the timed part: a wrong mask or changed pixel data, and there is no time.
- `ours-exporter` is `writeOverlays`, one file after the other; `ours-files` is `exportFiles`, many in one call;
  `ours` is the wheel in CPython, or the command. One worker, two processes.
- `lean-pydicom` is `dcmread`, `packbits`, `add_new`, `save_as`; the spike's method was rewritten from its description, with
  a ready-made mask and, as its published times were, with its loop. The floor reads 64 KiB in a worker, sends the mask there
  and makes a Blob of slices.
- Memory is the proportional set size of the browser with all its processes beyond what it was before the work began (the
  start of Python included), or the peak of the process.
"""


def write_report(record: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write README.md into the folder, and its pictures into the folder's folder ``results``."""
    table = Table(record["rows"])
    draw_charts(table, folder / "results")
    parts = [
        HEAD,
        about(record),
        "## Goals\n\n" + goals_section(judge_goals(table)),
        "## How long do 150 files take?\n\n![Seconds for 150 files](results/spike.svg)\n\n" + speed_table(record),
        "## How long does what one would use instead take?\n\n![Times as long](results/instead.svg)\n\n"
        + rows_table(
            table, lambda row: row["contender"] in {"dcmjs", "lean-pydicom", "lean loop", "spike", "spike+loop"}
        ),
        "## How far is it from what the machine can do?\n\n![Beside the floors](results/floor.svg)\n\n"
        + rows_table(
            table,
            lambda row: (
                row["workload"].startswith(("batch", "compare", SPIKE))
                and row["contender"].startswith(("floor", "ours", "export", "write", "read"))
            ),
        ),
        "## What does it cost as things grow?\n\n![As things grow](results/growth.svg)\n\n"
        + rows_table(
            table,
            lambda row: (
                row["contender"].startswith("ours") and not row["workload"].startswith(("batch", "compare", SPIKE))
            ),
        ),
        METHOD,
    ]
    (folder / "README.md").write_text("\n\n".join(part.strip() for part in parts) + "\n", "utf-8")


def write_table(record: dict[str, Any]) -> None:
    """Write the table of the project's README."""
    before, _, rest = README.read_text("utf-8").partition(BEGIN)
    README.write_text(f"{before}{BEGIN}\n{speed_table(record)}\n{END}{rest.partition(END)[2]}", "utf-8")


def about(record: dict[str, Any]) -> str:
    machine, versions = record["machine"], record["versions"]
    is_busy = max(machine["load"]) > 2 * machine["cores"]
    busy = " (far above the number of cores: other work ran beside, times are too long and spread)" if is_busy else ""
    engines = sorted({row["engine"] for row in record["rows"]})
    return (
        f"Result `results/{record['name']}.json`, {record['started'][:10]}, {record['seconds']} s on {machine['cpu']}, "
        f"{machine['cores']} cores, {machine['system']}; load average at the start and after each place "
        f"{', '.join(str(value) for value in machine['load'])}{busy}. {', '.join(engines)}; "
        + ", ".join(f"{name} {value}" for name, value in versions.items())
        + "."
    )


def goals_section(found: list[Found]) -> str:
    """Write each goal with the reason for its number, and what was found at each place."""
    lines = ["| goal | wanted | why this number | found |", "|---|---|---|---|"]
    for goal in GOALS:
        cells = [
            f"{one.where} {one.value:.{0 if one.value >= 100 else 2}f} {goal.unit}{'' if one.met else ' **(missed)**'}"
            for one in found
            if one.goal is goal
        ]
        wanted = f"{'≥' if goal.is_least else '≤'} {goal.wanted:g} {goal.unit}"
        lines.append(f"| {goal.what} | {wanted} | {goal.reason} | {'; '.join(cells) or '–'} |")
    return "\n".join(lines)


def speed_table(record: dict[str, Any]) -> str:
    """Return the table of both READMEs: seconds for 150 files, 150 times the median."""
    table = Table(record["rows"])
    head = ["| seconds for 150 files | " + " | ".join(table.places) + " |", "|---|" + "---:|" * len(table.places)]
    lines = []
    for name, (in_browser, natively) in LINES.items():
        times = [table.ms(SPIKE, natively if place == "native" else in_browser, place) for place in table.places]
        lines.append(f"| {name} | " + " | ".join("–" if ms is None else f"{ms * 0.15:.2f}" for ms in times) + " |")
    cells = [f"{PUBLISHED[place]:.2f}" if place in PUBLISHED else "–" for place in table.places]
    lines.append("| *the spike as published, on another machine (155 files)* | " + " | ".join(cells) + " |")
    note = f"Result `bench/results/{record['name']}.json`, on {record['machine']['cores']} cores."
    return "\n".join([*head, *lines]) + f"\n\n{note}"


def rows_table(table: Table, is_wanted: Callable[[Row], bool]) -> str:
    """Return rows with their ratio to ours on the same workload."""
    lines = ["| where | workload | method | ms a file | times ours | MB | output |", "|---|---|---|---:|---:|---:|---|"]
    lines += [line_of(table, row) for row in sorted_rows(table.rows.values()) if is_wanted(row)]
    return "\n".join(lines)


def sorted_rows(rows: Iterable[Row]) -> list[Row]:
    return sorted(
        rows, key=lambda row: (row["workload"] != SPIKE, row["workload"], row["where"], row["ms_median"] or 1e9)
    )


def line_of(table: Table, row: Row) -> str:
    workload, where, median = row["workload"], row["where"], row["ms_median"]
    own = next(
        (
            ms
            for name in ("exportFiles", "ours-files", "ours-exporter", "ours")
            if (ms := table.ms(workload, name, where))
        ),
        None,
    )
    ratio = f"{median / own:.{1 if median > own else 2}f} ×" if median and own else ""
    state = "same bytes" if row["other_bytes_equal"] else "other bytes changed"
    output = (
        f"**wrong: {row['reason']}**" if row["reason"] else f"{row['judged']} equal, {state}" if row["judged"] else ""
    )
    memory = f"{row['megabytes']:.0f}" if "megabytes" in row else ""
    time = "–" if median is None else f"{median:.2f}"
    return f"| {where} | {workload} | {row['contender']} | {time} | {ratio} | {memory} | {output} |"
