"""bench/README.md, its pictures, and the table of the project's README, written from a result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

from goals import goals_table
from rows import SPIKE, Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parent
README = FOLDER.parent / "README.md"
BEGIN, END = "<!-- benchmark: written by bench/run.py report -->", "<!-- end of benchmark -->"
# The spike's own report: 155 files of 500 KB, the means of its runs, in seconds, on its author's machine.
PUBLISHED = {"native": 33.61, "firefox": 138.88, "edge": 181.62}
LINES = {
    "ours-files": "this package",  # in a browser
    "ours": "this package",  # native
    "lean-pydicom": "pydicom, as a careful user writes it",
    "dcmjs": "dcmjs",
    "spike": "the spike's method, mask ready-made",
    "spike+loop": "the spike's method with its Python loop over the pixels",
}
"""The contenders in the table of seconds, with what it calls them."""
mpl.rcParams["svg.hashsalt"] = "bench"
mpl.rcParams["svg.fonttype"] = "none"
mpl.rcParams["font.size"] = 9
Bar = tuple[str, float, str]
"""A label, a value, and the contender, which decides the colour."""
INSTEAD = {"dcmjs", "lean-pydicom", "lean loop", "floor: pydicom walks both"}
OURS = ("ours", "export", "read", "plain", "snapshot")
"""How the names of our contenders begin; the last two are the ways to start."""


@dataclass(frozen=True)
class Question:
    """A part of the page: what it asks, its picture, and the rows of both its picture and its table."""

    title: str
    picture: str
    axis: str
    is_wanted: Callable[[Table, Row], bool]
    value: Callable[[Table, Row], float | None] = lambda _, row: row["ms_median"]
    label: Callable[[Row], str] = lambda row: f"{row['workload']}: {row['contender']}"
    is_log: bool = True

    def rows(self, table: Table) -> list[Row]:
        rows = [row for row in table.rows.values() if self.is_wanted(table, row)]
        return sorted(
            rows, key=lambda row: (row["workload"] != SPIKE, row["workload"], row["where"], row["ms_median"] or 1e9)
        )

    def bars(self, table: Table, place: str) -> list[Bar]:
        rows = [row for row in self.rows(table) if row["where"] == place]
        values = [(self.label(row), self.value(table, row), row["contender"]) for row in rows]
        return [(label, value, contender) for label, value, contender in values if value]


def line_name(row: Row) -> str:
    """Return what the table of seconds calls a row's contender, or nothing."""
    return LINES.get(row["contender"], "")


def has_floor(table: Table, row: Row) -> bool:
    """Tell whether a row is a floor of the machine, or ours beside one."""
    floors = {workload for workload, contender, _ in table.rows if contender.startswith("floor")}
    is_shown = row["contender"].startswith(("floor", *OURS)) and not row["workload"].startswith("compare")
    return is_shown and row["workload"] in floors


QUESTIONS = (
    Question(
        "How long do 150 files take?",
        "spike.svg",
        "s for 150 files (logarithmic)",
        lambda _, row: row["workload"] == SPIKE and line_name(row) != "",
        value=lambda _, row: row["ms_median"] and row["ms_median"] * 0.15,
        label=line_name,
    ),
    Question(
        "How long does what one would use instead take?",
        "instead.svg",
        "times as long as this package",
        lambda _, row: row["contender"] in INSTEAD,
        value=lambda table, row: table.own_ratio(row),
        is_log=False,
    ),
    Question("How far is it from what the machine can do?", "floor.svg", "ms for each file", has_floor, is_log=False),
    Question(
        "What does the first file cost, and what as things grow?",
        "growth.svg",
        "ms for each file (logarithmic)",
        lambda _, row: row["contender"].startswith(OURS) and row["workload"] != SPIKE,
    ),
)


def write_report(record: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write the folder's README.md, with bench/README.md's words, and its pictures into the folder's folder ``results``."""
    table = Table(record["rows"])
    engines = {row["where"]: row["engine"].partition(".")[0] for row in record["rows"]} | {"native": "native"}
    parts = [about(record), "## Goals", goals_table(table)]
    for question in QUESTIONS:
        panels = {engines[place]: question.bars(table, place) for place in table.places}
        draw(folder / "results" / question.picture, panels, question.axis, is_log=question.is_log)
        rows = speed_table(record) if question.label is line_name else rows_table(table, question)
        parts += [f"## {question.title}", f"![{question.title}](results/{question.picture})", rows]
    write_between(FOLDER / "README.md", "\n\n".join(parts), folder / "README.md")


def write_table(record: dict[str, Any]) -> None:
    """Write the table of the project's README."""
    write_between(README, speed_table(record), README)


def write_between(source: Path, text: str, output: Path) -> None:
    """Write what ``source`` says, with ``text`` between its two marks."""
    before, _, rest = source.read_text("utf-8").partition(BEGIN)
    output.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", "utf-8")


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


def speed_table(record: dict[str, Any]) -> str:
    """Return the table of both READMEs: seconds for 150 files, 150 times the median."""
    table = Table(record["rows"])
    lines = ["| seconds for 150 files | " + " | ".join(table.places) + " |", "|---|" + "---:|" * len(table.places)]
    found = {
        (line_name(row), row["where"]): row["ms_median"] for row in table.rows.values() if row["workload"] == SPIKE
    }
    for name in dict.fromkeys(LINES.values()):
        times = [found.get((name, place)) for place in table.places]
        lines.append(f"| {name} | " + " | ".join("–" if ms is None else f"{ms * 0.15:.2f}" for ms in times) + " |")
    cells = [f"{PUBLISHED[place]:.2f}" if place in PUBLISHED else "–" for place in table.places]
    lines.append("| *the spike as published, on another machine (155 files)* | " + " | ".join(cells) + " |")
    note = f"Result `bench/results/{record['name']}.json`, on {record['machine']['cores']} cores."
    return "\n".join(lines) + f"\n\n{note}"


def rows_table(table: Table, question: Question) -> str:
    """Return a question's rows with their ratio to ours on the same workload."""
    lines = ["| where | workload | method | ms a file | times ours | MB | output |", "|---|---|---|---:|---:|---:|---|"]
    for row in question.rows(table):
        time = "–" if row["ms_median"] is None else f"{row['ms_median']:.2f}"
        ratio = table.own_ratio(row)
        times = "" if ratio is None else f"{ratio:.{1 if ratio > 1 else 2}f} ×"
        memory = f"{row['megabytes']:.0f}" if "megabytes" in row else ""
        state = "same bytes" if row["other_bytes_equal"] else "other bytes changed"
        judged = f"{row['judged']} equal, {state}" if row["judged"] else ""
        output = f"**wrong: {row['reason']}**" if row["reason"] else judged
        cells = (row["where"], row["workload"], row["contender"], time, times, memory, output)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def draw(path: Path, panels: dict[str, list[Bar]], label: str, *, is_log: bool) -> None:
    """Draw one panel for each title that has bars."""
    panels = {title: found for title, found in panels.items() if found}
    if not panels:
        return
    tallest = max(len(found) for found in panels.values())
    size = (3.8 * len(panels), 0.9 + 0.27 * tallest)
    figure, axes = plt.subplots(1, len(panels), figsize=size, squeeze=False)
    for axis, (title, found) in zip(axes[0], panels.items(), strict=True):
        names, values, contenders = zip(*found, strict=True)
        axis.barh(names, values, color=[colour_of(contender) for contender in contenders])
        axis.invert_yaxis()
        axis.spines[["top", "right"]].set_visible(False)
        axis.set_xscale("log" if is_log else "linear")
        axis.margins(x=0.25)
        axis.set_xlabel(label)
        axis.set_title(title)
        for at, value in enumerate(values):
            axis.text(value * 1.03, at, f"{value:.0f}" if value >= 100 else f"{value:.1f}", va="center")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def colour_of(contender: str) -> str:
    return "#dfe4e8" if contender.startswith("floor") else "#1f6f8b" if contender.startswith(OURS) else "#9aa7b3"
