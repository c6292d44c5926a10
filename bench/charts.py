"""Charts of a result as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

from goals import SPIKE, Table

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

OURS, OTHER, FLOOR = "#1f6f8b", "#9aa7b3", "#dfe4e8"
BARS = (
    "floor: copy",
    "floor: 64 KiB + Blob",
    "ours",
    "ours-exporter",
    "ours-fs",
    "dcmjs",
    "lean-pydicom",
    "spike",
    "spike+loop",
)
mpl.rcParams.update(
    {
        "svg.hashsalt": "bench",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
)


def draw_charts(table: Table, folder: Path) -> None:
    """Draw what the table has rows for."""
    folder.mkdir(exist_ok=True)
    draw_bars(table, SPIKE, BARS, folder / "spike.svg", "ms for each file, median (logarithmic)")
    starts = ("spike", "plain", "snapshot")
    draw_bars(table, "first file, warm cache", starts, folder / "start.svg", "ms to the first file, warm cache")


def draw_bars(table: Table, workload: str, contenders: tuple[str, ...], path: Path, label: str) -> None:
    """Draw one panel a place, shortest times on top."""
    places = [place for place in table.places if any(table.ms(workload, name, place) for name in contenders)]
    if not places:
        return
    figure, panels = plt.subplots(1, len(places), figsize=(3.6 * len(places), 2.8), sharex=True, squeeze=False)
    for axes, place in zip(panels[0], places, strict=True):
        draw_panel(axes, table, workload, [name for name in contenders if table.ms(workload, name, place)], place)
        axes.set_xlabel(label)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def draw_panel(axes: Axes, table: Table, workload: str, names: list[str], place: str) -> None:
    values = [table.ms(workload, name, place) or 0.0 for name in names]
    colours = [
        FLOOR if "floor" in name else OURS if name.startswith(("ours", "snap", "plain")) else OTHER for name in names
    ]
    axes.barh(names, values, color=colours)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.margins(x=0.25)
    for at, value in enumerate(values):
        axes.text(value * 1.08, at, f"{value:.0f}" if value >= 100 else f"{value:.1f}", va="center")
    row = table.find(workload, names[0], place)
    axes.set_title(row["engine"].split("(")[0] if row else place)
