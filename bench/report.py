"""bench/README.md and its charts, written from a result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from charts import draw_charts
from goals import SPIKE, Table, judge_goals
from published import PUBLISHED, README, update_readme
from reasons import reasons_section

FOLDER = Path(__file__).parent
ORDER = (
    "floor: copy",
    "floor: 64 KiB + Blob",
    "ours-exporter",
    "ours-exporter-read",
    "ours-pool-1",
    "ours-pool-2",
    "ours-fs",
    "ours",
    "dcmjs",
    "lean-pydicom",
    "spike",
    "spike+loop",
    "dcmodify",
)
MEANING = {
    "floor: copy": "no overlay: the bytes read once and written once",
    "floor: 64 KiB + Blob": "no overlay: 64 KiB read in a worker, the mask sent there, a Blob of slices made",
    "ours-exporter": "this package, `writeOverlays`, one worker, one file at a time; the result is a Blob of slices",
    "ours-exporter-read": "the same, and the result read into memory",
    "ours-pool-1": "the same with two files in flight, one worker",
    "ours-pool-2": "four files in flight, two workers",
    "ours-fs": "this package, `writeDicomOverlay`, through Pyodide's file system, in the page",
    "ours": "this package in native CPython, `write_dicom_overlay`, on files in memory",
    "dcmjs": "dcmjs: `readFile`, `upsertTag`, `write`",
    "lean-pydicom": "pydicom as a careful user writes it: `dcmread`, `numpy.packbits`, `add_new`, `save_as`",
    "spike": "the spike's method: as before, and `pixel_array` for the shape, `pack_bits`; the mask is ready-made",
    "spike+loop": "the spike's method with its mask made by a Python loop over the pixels, as in its published times",
    "dcmodify": "DCMTK's dcmodify, one process for each file",
}


def write_report(record: dict[str, Any]) -> None:
    """Write README.md, and the charts beside it."""
    table = Table(record["rows"])
    draw_charts(table, FOLDER / "results")
    parts = [
        HEAD,
        about(record),
        "## Goals\n\n" + goals_table(record["rows"]),
        "## The spike's workload\n\n" + spike_section(table),
        "## Other files\n\n" + others_section(table),
        "## Python calls alone\n\n" + calls_section(table),
        "## Any size, any length\n\n" + scale_section(table),
        "## From navigation to the first changed file\n\n" + start_section(table),
        reasons_section(table),
        METHOD,
    ]
    (FOLDER / "README.md").write_text("\n\n".join(part.strip() for part in parts if part) + "\n", "utf-8")
    update_readme(README, record)


HEAD = """
# Benchmark

`make bench` measures everything below in one run on one machine and writes this page from the result;
`make bench QUICK=1` measures a part and writes `results/quick.json`. For a browser that cannot be driven,
`.venv/bin/python bench/run.py serve` prints the address of a page with a Start button. Microsoft Edge is measured where `EDGE_PATH` names its executable. Ratios carry over to other
machines, milliseconds do not.
"""

METHOD = """
## How it is measured

- The spike's workload: 512 × 512 images of 16 bits and 0.53 MB with the header of a real CT (pydicom's `CT_small.dcm`;
  position and UIDs varied), a new random mask for every file, made outside the timed part. Each round is a fresh page in
  which the contender first works for half a second, on ten files at least; native contenders too. The time is from a `File` on disk to a `Blob`
  of the changed file.
- Every output of every contender is read back by pydicom, outside the timed part: the mask must be equal and the pixel
  data too, else there is no time. *Damage* names what else changed; *same bytes* says that the output is the input with
  bytes put in at one place.
- The spike's method is written anew from its description, for a mask that is ready-made and, as its published times were,
  with its Python loop over the pixels. The published times are for 155 files on its author's machine.
- A sequence of stated length is jumped by pydicom as by this package; one of undefined length has to be walked. Both
  are measured.
- Times are medians; p95 and all samples are in the JSON. Memory is the proportional set size of the browser with all its
  processes, sampled every 50 ms.
"""


def about(record: dict[str, Any]) -> str:
    machine, versions = record["machine"], record["versions"]
    is_busy = max(machine["load"]) > 2 * machine["cores"]
    busy = " (far above the number of cores: other work ran beside, times are too long and spread)" if is_busy else ""
    engines = sorted({row["engine"] for row in record["rows"]})
    return (
        f"Result `results/{record['name']}.json`, {record['started'][:10]}, {record['seconds']} s on {machine['cpu']}, "
        f"{machine['cores']} cores, {machine['system']}; load average at the start and after each place "
        f"{', '.join(str(value) for value in machine['load'])}{busy}. {', '.join(engines)}; "
        + ", ".join(f"{name} {value}" for name, value in versions.items() if name != "python")
        + "."
    )


def goals_table(rows: list[dict[str, Any]]) -> str:
    """Write the goals by the medians, as they were set, and by the fastest samples, which other work disturbs least."""
    lines = ["| goal | where | wanted | by medians | | by the fastest | |", "|---|---|---|---:|---|---:|---|"]
    goals, fastest = judge_goals(rows), judge_goals(rows, "ms_min")
    for goal, best in zip(goals, fastest, strict=True):
        found = f"{goal.found} | {verdict(goal.met)} | {best.found} | {verdict(best.met)}"
        lines.append(f"| {goal.what} | {goal.where} | {goal.wanted} | {found} |")
    met, met_at_best = sum(goal.met for goal in goals), sum(goal.met for goal in fastest)
    return f"{met} of {len(goals)} met by the medians, {met_at_best} by the fastest samples.\n\n" + "\n".join(lines)


def verdict(met: bool) -> str:
    return "met" if met else "**not met**"


def number(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def output_of(row: dict[str, Any]) -> str:
    if row["correct"] is None:
        return ""
    if not row["correct"]:
        return f"**wrong: {row['reason']}**"
    state = "same bytes" if row["other_bytes_equal"] else "other bytes changed"
    return f"{row['judged']} equal, {state}" + (
        f"; **damage:** {', '.join(row['damage'][:3])}" if row["damage"] else ""
    )


def contender_rows(table: Table, workload: str, place: str, ours: str) -> list[str]:
    reference = table.ms(workload, ours, place)
    lines = []
    for contender in ORDER:
        row = table.find(workload, contender, place)
        if row is None:
            continue
        median = table.ms(workload, contender, place)
        ratio = f"{median / reference:.1f} ×" if median and reference else "–"
        lines.append(
            f"| {place} | {contender} | {ratio} | {number(median)} | {number(row['ms_min'])} | {number(row['ms_p95'])} "
            f"| {row['files']} | {output_of(row)} |"
        )
    return lines


COLUMNS = (
    "| where | method | times ours | ms, median | fastest | p95 | files | output |",
    "|---|---|---:|---:|---:|---:|---:|---|",
)


def spike_section(table: Table) -> str:
    lines = list(COLUMNS)
    for place in table.places:
        lines += contender_rows(table, SPIKE, place, "ours" if place == "native" else "ours-exporter")
    totals = [
        "| seconds for 150 files | " + " | ".join(table.places) + " |",
        "|---|" + "---:|" * len(table.places),
    ]
    for contender in ("ours-exporter", "ours", "lean-pydicom", "dcmjs", "spike", "spike+loop"):
        values = [table.ms(SPIKE, contender, place) for place in table.places]
        if any(values):
            cells = [number(None if value is None else value * 0.15, 2) for value in values]
            totals.append(f"| {contender} | " + " | ".join(cells) + " |")
    published = [number(PUBLISHED.get(place), 2) for place in table.places]
    totals.append("| *the spike, as published, on another machine (155 files)* | " + " | ".join(published) + " |")
    meaning = "\n".join(f"- `{name}`: {text}" for name, text in MEANING.items())
    return (
        "![Milliseconds for each file](results/spike.svg)\n\n"
        + "\n".join(totals)
        + f"\n\nMedian × 150. The spike published {PUBLISHED['edge']} s for Edge too.\n\n"
        + "\n".join(lines)
        + "\n\n"
        + meaning
    )


def others_section(table: Table) -> str:
    known = {key[0] for key in table.rows}
    names = ("sequence-378", "sequence-378-stated", "j2k", "deflated", "frames-100", "planes-16")
    parts = []
    for name in names:
        if name not in known:
            continue
        lines = list(COLUMNS)
        for place in table.places:
            lines += contender_rows(table, name, place, "ours" if place == "native" else "ours-exporter")
        parts.append(f"### {name}\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def calls_section(table: Table) -> str:
    lines = ["| where | file | ours / pydicom | ours, ms | pydicom, ms |", "|---|---|---:|---:|---:|"]
    for (workload, contender, place), row in table.rows.items():
        if not workload.startswith("call ") or contender != "ours":
            continue
        other = table.ms(workload, "lean", place)
        ratio = None if not other or row["ms_median"] is None else row["ms_median"] / other
        name = workload.removeprefix("call ")
        lines.append(f"| {place} | {name} | {number(ratio, 2)} | {number(row['ms_median'])} | {number(other)} |")
    text = (
        "`write_dicom_overlay` (packing included) against `dcmread` + `add_new` + `save_as` (bits packed beforehand)."
    )
    return f"{text}\n\n" + "\n".join(lines)


def scale_section(table: Table) -> str:
    lines = ["| where | what | ms for each file, median | p95 | memory, MB more |", "|---|---|---:|---:|---:|"]
    starts = (
        "file of",
        "series of",
        "batch of",
        "kept of",
        "multi-frame on disk",
        "planes: ",
        "command line",
        "archive,",
    )
    for (workload, contender, place), row in table.rows.items():
        if workload.startswith(starts):
            megabytes = row.get("megabytes", {})
            memory = megabytes.get("more", megabytes.get("parent"))
            what = f"{workload} ({contender})"
            lines.append(
                f"| {place} | {what} | {number(row['ms_median'])} | {number(row['ms_p95'])} | {number(memory, 0)} |"
            )
    return "\n".join(lines) + (
        "\n\nIn a browser the memory includes the start of the worker and its Python; of the command line it is all of the "
        "parent process, with its libraries."
    )


def start_section(table: Table) -> str:
    lines = ["| where | start | cold cache, ms | warm cache, ms | started from |", "|---|---|---:|---:|---|"]
    for place in table.browsers:
        for start in ("spike", "plain", "snapshot"):
            cold = table.find("first file, cold cache", start, place)
            warm = table.ms("first file, warm cache", start, place)
            if cold is not None:
                lines.append(
                    f"| {place} | {start} | {number(cold['ms_median'], 0)} | {number(warm, 0)} | {cold.get('start', '')} |"
                )
    head = "![Start](results/start.svg)\n\nA fresh profile, a server on the same machine."
    return head + "\n\n" + "\n".join(lines)
