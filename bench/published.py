"""The table of the project's README, and the text around it, made from a result; a test compares them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from goals import SPIKE, Table

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- benchmark: written by bench/run.py report -->", "<!-- end of benchmark -->"
# The spike's own report: 155 files of 500 KB, the means of its runs, in seconds, on its author's machine.
PUBLISHED = {"native": 33.61, "firefox": 138.88, "edge": 181.62}
LINES = {
    "this package": ("ours-exporter", "ours"),
    "pydicom, as a careful user writes it": ("lean-pydicom", "lean-pydicom"),
    "dcmjs": ("dcmjs", "dcmjs"),
    "the spike's method, mask ready-made": ("spike", "spike"),
    "the spike's method with its Python loop over the pixels": ("spike+loop", "spike+loop"),
}
"""Each line's contender in a browser and natively."""


def speed_table(record: dict[str, Any]) -> str:
    """Return the table: seconds for 150 files, 150 times the median."""
    table = Table(record["rows"])
    head = ["| seconds for 150 files | " + " | ".join(table.places) + " |", "|---|" + "---:|" * len(table.places)]
    lines = []
    for name, (in_browser, natively) in LINES.items():
        times = [table.ms(SPIKE, natively if place == "native" else in_browser, place) for place in table.places]
        cells = ["–" if ms is None else f"{ms * 0.15:.2f}" for ms in times]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    cells = [f"{PUBLISHED[place]:.2f}" if place in PUBLISHED else "–" for place in table.places]
    lines.append("| *the spike as published, on another machine (155 files)* | " + " | ".join(cells) + " |")
    machine = record["machine"]
    note = f"Result `bench/results/{record['name']}.json`, on {machine['cores']} cores."
    return "\n".join([*head, *lines]) + f"\n\n{note}"


def update_readme(path: Path, record: dict[str, Any]) -> None:
    """Write the table between the two marks of a README."""
    before, _, rest = path.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n{speed_table(record)}\n{END}{after}", "utf-8")
