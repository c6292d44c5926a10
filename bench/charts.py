"""The four pictures of a result, as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

from rows import SPIKE, Table

if TYPE_CHECKING:
    from pathlib import Path

OURS, OTHER, FLOOR = "#1f6f8b", "#9aa7b3", "#dfe4e8"
mpl.rcParams["svg.hashsalt"] = "bench"
mpl.rcParams["svg.fonttype"] = "none"
mpl.rcParams["font.size"] = 9
NAMES = {
    "ours": "this package",
    "ours-files": "this package",
    "lean-pydicom": "pydicom",
    "lean loop": "pydicom, a plain loop",
    "spike": "the spike, mask ready-made",
    "spike+loop": "the spike with its loop",
}
"""What people read for a contender; the others are called as they are."""
Bars = list[tuple[str, float, str]]


def draw_charts(table: Table, folder: Path) -> None:
    """Draw a picture for each question."""
    folder.mkdir(exist_ok=True)
    draw(table, folder / "spike.svg", spike_bars, "s for 150 files (logarithmic)", is_log=True)
    draw(table, folder / "instead.svg", instead_bars, "times as long as this package")
    draw(table, folder / "floor.svg", floor_bars, "ms for each file")
    draw(table, folder / "growth.svg", growth_bars, "ms for each file (logarithmic)", is_log=True)


def bars(table: Table, place: str, names: dict[str, tuple[str, str]], factor: float = 1) -> Bars:
    """Return label, value and colour of what was measured; ``names`` gives workload and contender of a label."""
    found = []
    for label, (workload, contender) in names.items():
        value = table.ms(workload, contender, place)
        colour = FLOOR if "floor" in contender else OURS if contender.startswith(("ours", "export")) else OTHER
        if value is not None:
            found.append((label, value * factor, colour))
    return found


def spike_bars(table: Table, place: str) -> Bars:
    ours = "ours" if place == "native" else "ours-files"
    contenders = (ours, "dcmjs", "lean-pydicom", "spike", "spike+loop")
    return bars(table, place, {NAMES.get(name, name): (SPIKE, name) for name in contenders}, 0.15)


def instead_bars(table: Table, place: str) -> Bars:
    references = ("ours-files", "ours-exporter", "ours")
    found: Bars = []
    for (workload, contender, where), row in table.rows.items():
        own = next((ms for name in references if (ms := table.ms(workload, name, place))), None)
        is_other = contender in {"dcmjs", "lean-pydicom", "lean loop"}
        if where == place and is_other and own and row["ms_median"]:
            found.append((f"{workload}: {NAMES.get(contender, contender)}", row["ms_median"] / own, OTHER))
    return found


def floor_bars(table: Table, place: str) -> Bars:
    batch = next((work for work, _, where in table.rows if work.startswith("batch") and where == place), "batch")
    names = {
        "floor: head and Blob": (SPIKE, "floor: 64 KiB + Blob"),
        "floor: copy": (SPIKE, "floor: copy"),
        "many in one call": (SPIKE, "ours-files"),
        "one by one": (SPIKE, "ours-exporter" if place != "native" else "ours"),
        "into a folder, floor": (batch, "floor: copy to a folder"),
        "into a folder": (batch, "exportSeries to a folder"),
    }
    return bars(table, place, names)


def growth_bars(table: Table, place: str) -> Bars:
    starts = ("batch of", "many", "file of", "frames", "planes-", "write, ")
    return [
        (workload, row["ms_median"], OURS)
        for (workload, contender, where), row in table.rows.items()
        if where == place
        and workload.startswith(starts)
        and contender.startswith(("ours", "exportSeries"))
        and "folder" not in contender
        and row["ms_median"]
    ]


def draw(table: Table, path: Path, make: object, label: str, *, is_log: bool = False) -> None:
    """Draw one panel a place."""
    panels = [(place, found) for place in table.places if callable(make) and (found := make(table, place))]
    if not panels:
        return
    tallest = max(len(found) for _, found in panels)
    size = (3.8 * len(panels), 0.9 + 0.27 * tallest)
    figure, axes = plt.subplots(1, len(panels), figsize=size, squeeze=False)
    for axis, (place, found) in zip(axes[0], panels, strict=True):
        names, values, colours = zip(*found, strict=True)
        axis.barh(names, values, color=colours)
        axis.invert_yaxis()
        axis.spines[["top", "right"]].set_visible(False)
        axis.set_xscale("log" if is_log else "linear")
        axis.margins(x=0.25)
        axis.set_xlabel(label)
        engine = next(row["engine"] for (_, _, where), row in table.rows.items() if where == place)
        axis.set_title(engine.partition(".")[0] if place != "native" else "native")
        for at, value in enumerate(values):
            axis.text(value * 1.03, at, f"{value:.0f}" if value >= 100 else f"{value:.1f}", va="center")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
