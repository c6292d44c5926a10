"""Where the package falls short, in the words of rows of the same run: a reason without its rows is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goals import SPIKE, Table, judge_goals

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOOR = "floor: 64 KiB + Blob"


def reasons_section(table: Table) -> str:
    """Return the section, or nothing where every goal is met."""
    missed = [goal for goal in judge_goals(list(table.rows.values())) if not goal.met]
    lines = [f"- {goal.what}, {goal.where}: {goal.found}, wanted {goal.wanted}" for goal in missed]
    if not lines:
        return ""
    found = [*floors(table), *losses(table), *first_files(table), *workers(table), *file_system(table)]
    text = "## Where it falls short\n\n" + "\n".join(lines)
    return text + (
        "\n\nWhat rows of this run say about it:\n\n" + "\n".join(f"- {line}" for line in found) if found else ""
    )


def floors(table: Table) -> Iterator[str]:
    """Say which part of a file's time is the browser's alone."""
    for place in table.browsers:
        ours, floor = table.ms(SPIKE, "ours-exporter", place), table.ms(SPIKE, FLOOR, place)
        if ours and floor:
            yield (
                f"{place}: a file takes {ours:.1f} ms, and {floor:.1f} ms ({floor / ours:.0%}) where nothing is written "
                f"(`{FLOOR}`: a read in a worker, the mask sent there, a Blob made)."
            )
        spike, loop = table.ms(SPIKE, "spike", place), table.ms(SPIKE, "spike+loop", place)
        if floor and spike:
            yield f"{place}: the spike's method without its loop takes {spike / floor:.1f} times that floor, so no method can be faster than it by more."
        if spike and loop:
            yield f"{place}: its loop alone is {1 - spike / loop:.0%} of the spike's time."


def losses(table: Table) -> Iterator[str]:
    """Name every row in which another contender that did the work right was faster."""
    for workload, contender, place in table.rows:
        reference = "ours" if place == "native" else "ours-exporter"
        if contender.startswith(("ours", "floor")) or workload.startswith(("call ", "first file", "start")):
            continue
        other, mine = table.ms(workload, contender, place), table.ms(workload, reference, place)
        if other and mine and other < mine:
            yield f"{place}, {workload}: {contender} is faster, {other:.1f} ms against {mine:.1f} ms."


def first_files(table: Table) -> Iterator[str]:
    """Compare a short series with the longest one: what the first files of a page cost more."""
    for place in table.browsers:
        series = {
            int(workload.split()[2]): row["ms_median"]
            for (workload, contender, where), row in table.rows.items()
            if where == place
            and workload.startswith("series of")
            and contender.endswith(" 1 workers")
            and row["ms_median"]
        }
        if len(series) > 1:
            short, long = min(series), max(series)
            yield (
                f"{place}: in a series of {short} a file takes {series[short]:.1f} ms, in one of {long:,} {series[long]:.1f} ms; "
                "a fresh page's WebAssembly is compiled while it works."
            )


def workers(table: Table) -> Iterator[str]:
    """Compare one worker with two."""
    for place in table.browsers:
        one, two = table.ms(SPIKE, "ours-pool-1", place), table.ms(SPIKE, "ours-pool-2", place)
        if one and two:
            yield f"{place}: two workers take {two / one:.2f} times as long as one for the same files."


def file_system(table: Table) -> Iterator[str]:
    """Say what the way through Pyodide's file system costs."""
    for place in table.browsers:
        through, ours = table.ms(SPIKE, "ours-fs", place), table.ms(SPIKE, "ours-exporter", place)
        if through and ours:
            yield f"{place}: through Pyodide's file system a file takes {through:.1f} ms instead of {ours:.1f} ms; its bytes go into WebAssembly's memory and back."
